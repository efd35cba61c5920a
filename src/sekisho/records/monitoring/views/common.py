"""What the pages of the room share: reading the address, errors beside fields, exports of what a list shows."""

from __future__ import annotations

import uuid
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from sekisho.errors import NotFound
from sekisho.records.downloads import table_attachment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.core.paginator import Page
    from django.db.models import QuerySet

    from sekisho.records.pages import PageRequest
    from sekisho.records.tabular import Column

__all__ = ["MOST_EXPORTED", "choice_of", "export", "id_of", "local", "moment_of", "page_of", "text_of"]

PER_PAGE: Final = 50
MOST_EXPORTED: Final = 100_000

T = TypeVar("T")


def page_of(request: PageRequest, rows: QuerySet[Any] | Sequence[T], *, each: int = PER_PAGE) -> Page[Any]:
    """The page of a list that the address names."""
    return Paginator(rows, each).get_page(request.GET.get("page"))


def text_of(request: PageRequest, name: str = "q", *, limit: int = 200) -> str:
    """A text of the address."""
    return request.GET.get(name, "").strip()[:limit]


def choice_of(request: PageRequest, name: str, known: Iterable[str], *, default: str = "") -> str:
    """A value of the address, if it is a known one."""
    given = request.GET.get(name, default)
    return given if given in set(known) else default


def id_of(request: PageRequest, name: str) -> uuid.UUID | None:
    """An id of the address. Raises NotFound for what is none."""
    given = request.GET.get(name, "")
    try:
        return uuid.UUID(given) if given else None
    except ValueError as error:
        raise NotFound("access.not_found") from error


def moment_of(given: str, *, end: bool = False) -> datetime | None:
    """A date, or a date and time, of a form; a date stands for its beginning (``end``: for its end). None for what is neither."""
    try:
        moment = parse_datetime(given) if "T" in given or " " in given.strip() else None
        if moment is None:
            day = parse_date(given.strip())
            if day is None:
                return None
            moment = datetime.combine(day, time.max if end else time.min)
    except (ValueError, OverflowError):
        return None
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def local(moment: datetime | None) -> Any:
    """A time as a cell of a table holds it."""
    return timezone.localtime(moment) if moment else ""


def export(
    request: PageRequest,
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, Any]],
    *,
    form: str,
    title: str,
    name: str,
) -> HttpResponse:
    """Exactly what a list shows, as XLSX or CSV."""
    if form not in {"xlsx", "csv", "cp932"}:
        raise NotFound("access.not_found")
    stem = f"{name}-{request.organization.code}-{timezone.localdate(request.now)}"
    return table_attachment(columns, rows, form=form, title=title, name=stem, language=request.principal.language)
