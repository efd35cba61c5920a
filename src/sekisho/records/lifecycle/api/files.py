"""Reports of the room as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from sekisho.documents import MEDIA_TYPES, render
from sekisho.documents.model import decode
from sekisho.errors import NotFound
from sekisho.records.api_base import bytes_of
from sekisho.records.downloads import attachment

if TYPE_CHECKING:
    from django.http import HttpResponse

__all__ = ["REPORT_FILE", "ReportForm", "report_file"]

ReportForm = Literal["docx", "pdf", "html", "xlsx"]
REPORT_FILE: Final = bytes_of(*MEDIA_TYPES.values())
"""``openapi_extra`` of an operation that answers with :func:`report_file`."""


def report_file(report: dict[str, Any], form: ReportForm, *, name: str) -> HttpResponse:
    """A kept document model as a file ``name``.``form``. Raises NotFound when there is none yet."""
    if not report:
        raise NotFound("access.not_found")
    made = render(decode(msgspec.json.encode(report)), form)
    return attachment(made, name=f"{name}.{form}", media_type=MEDIA_TYPES[form])
