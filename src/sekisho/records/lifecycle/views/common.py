"""What the pages of the room share: reading the address, errors beside fields, exports of what a list shows."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.downloads import table_attachment
from sekisho.records.languages import language
from sekisho.records.pages import beside, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from django import forms
    from django.core.paginator import Page
    from django.db.models import QuerySet

    from sekisho.records.pages import PageRequest
    from sekisho.records.tabular import Column

__all__ = [
    "MOST_EXPORTED",
    "attempt",
    "choice_of",
    "day_of",
    "export",
    "form_page",
    "id_of",
    "local",
    "page_of",
    "text_of",
    "today_of",
]

PER_PAGE: Final = 50
MOST_EXPORTED: Final = 100_000

T = TypeVar("T")


def page_of(request: PageRequest, rows: QuerySet[Any] | Sequence[T], *, each: int = PER_PAGE) -> Page[Any]:
    """The page of a list that the address names."""
    return Paginator(rows, each).get_page(request.GET.get("page"))


def text_of(request: PageRequest, name: str = "q", *, limit: int = 200) -> str:
    """A text of the address."""
    return request.GET.get(name, "").strip()[:limit].replace("\x00", "")


def choice_of(request: PageRequest, name: str, known: Iterable[str], *, default: str = "") -> str:
    """A value of the address, if it is a known one."""
    given = request.GET.get(name, default)
    return given if given in set(known) else default


def id_of(given: str) -> uuid.UUID:
    """An id out of an address or a form. Raises NotFound for what is none."""
    try:
        return uuid.UUID(given)
    except ValueError as error:
        raise NotFound("access.not_found") from error


def today_of(request: PageRequest) -> date:
    """Today in the installation's zone."""
    return timezone.localdate(request.now)


def day_of(request: PageRequest, name: str, *, default: date) -> date:
    """A day of the address."""
    try:
        return parse_date(request.GET.get(name, "")) or default
    except ValueError:
        return default


def local(moment: datetime | None) -> Any:
    """A time as a cell of a table holds it."""
    return timezone.localtime(moment) if moment else ""


def attempt(form: forms.BaseForm, act: Callable[[], T]) -> tuple[T | None, list[str]]:
    """Do it, or put what is wrong beside its field: (what was made, sentences for the top)."""
    try:
        return act(), []
    except (InputError, Conflict) as error:
        lines = beside(form, error)
        return None, lines or ([] if form.errors else say(error, language()))


def form_page(
    request: PageRequest,
    form: forms.BaseForm,
    lines: list[str],
    *,
    heading: str,
    submit: str,
    back: str,
    crumbs: Sequence[tuple[str, str]] = (),
    lead: str = "",
    version: int | None = None,
    hidden: Sequence[tuple[str, str]] = (),
    multipart: bool = False,
    template: str = "lifecycle/form.html",
    more: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """A page with one form: its heading, where it leads back to, and what was wrong."""
    context = {
        "form": form,
        "lines": lines,
        "heading": heading,
        "lead": lead,
        "submit": submit,
        "back": back,
        "trail": crumbs,
        "version": version,
        "hidden": hidden,
        "multipart": multipart,
        **(more or {}),
    }
    return render(request, template, context, status=422 if form.errors or lines else 200)


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
    stem = f"{name}-{request.organization.code}-{today_of(request)}"
    return table_attachment(columns, rows, form=form, title=title, name=stem, language=request.principal.language)
