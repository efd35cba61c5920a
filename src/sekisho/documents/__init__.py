"""Documents: one model (:mod:`.model`), rendered to HTML, DOCX, PDF, XLSX and Markdown with the same numbers and marks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sekisho.errors import InputError

if TYPE_CHECKING:
    from sekisho.documents.model import Document

__all__ = ["ALL_MEDIA_TYPES", "FORMATS", "MEDIA_TYPES", "render"]

MEDIA_TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FORMATS: Final = tuple(MEDIA_TYPES)
"""What a report is issued in: an issued one keeps a file of each, so that a new format here would be missing in the old ones."""

ALL_MEDIA_TYPES: Final = {**MEDIA_TYPES, "md": "text/markdown; charset=utf-8"}
"""Everything that :func:`render` makes."""


def render(document: Document, output: str, *, template: bytes | None = None) -> bytes:
    """The document as a file: ``output`` is html, docx, pdf, xlsx or md; ``template`` is for docx only.

    The same document gives the same bytes. Errors: InputError ``documents.unknown_format``, ``documents.broken_document``,
    ``documents.wrong_template``; Unavailable ``documents.no_japanese_font``.
    """
    # Each renderer's library loads only when it is used: the command line and the pages start without them.
    if output == "html":
        from sekisho.documents.html import render_html  # noqa: PLC0415

        return render_html(document, embed=False).encode()
    if output == "docx":
        from sekisho.documents.docx import render_docx  # noqa: PLC0415

        return render_docx(document, template=template)
    if output == "pdf":
        from sekisho.documents.pdf import render_pdf  # noqa: PLC0415

        return render_pdf(document)
    if output == "xlsx":
        from sekisho.documents.xlsx import render_xlsx  # noqa: PLC0415

        return render_xlsx(document)
    if output == "md":
        from sekisho.documents.markdown import render_markdown  # noqa: PLC0415

        return render_markdown(document).encode()
    raise InputError("documents.unknown_format", format=output)
