"""Reports of the room as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from sekisho.errors import NotFound
from sekisho.records.downloads import attachment

if TYPE_CHECKING:
    from django.http import HttpResponse

__all__ = ["ReportForm", "report_file"]

ReportForm = Literal["docx", "pdf", "html", "xlsx"]


def report_file(report: dict[str, Any], form: ReportForm, *, name: str) -> HttpResponse:
    """A kept document model as a file ``name``.``form``. Raises NotFound when there is none yet."""
    if not report:
        raise NotFound("access.not_found")
    from sekisho.documents import ALL_MEDIA_TYPES, render  # noqa: PLC0415 - only when a file is asked for
    from sekisho.documents.model import decode  # noqa: PLC0415

    made = render(decode(msgspec.json.encode(report)), form)
    return attachment(made, name=f"{name}.{form}", media_type=ALL_MEDIA_TYPES[form])
