"""Documents of the room as files to keep: the same for pages and API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sekisho.documents import ALL_MEDIA_TYPES
from sekisho.records.downloads import attachment
from sekisho.records.procurement.writing import render_one

if TYPE_CHECKING:
    from django.http import HttpResponse

    from sekisho.documents.model import Document

__all__ = ["document_attachment"]


def document_attachment(made: Document, form: str, *, name: str) -> HttpResponse:
    """The document in one of ``writing.FORMATS``, called ``name`` with the form as its ending."""
    return attachment(render_one(made, form), name=f"{name}.{form}", media_type=ALL_MEDIA_TYPES[form])
