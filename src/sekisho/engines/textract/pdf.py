"""PDF by PDFium: the text layer page by page, annotations, form fields, attachments, metadata; pages without text are said."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pypdfium2  # type: ignore[import-untyped]
from pypdfium2 import raw

from sekisho.engines.textract.model import Part, Piece, Place
from sekisho.engines.textract.reading import Unreadable
from sekisho.engines.textract.source import from_bytes

if TYPE_CHECKING:
    from sekisho.engines.textract.reading import Reading
    from sekisho.engines.textract.source import Source

__all__ = ["page_text", "read_pdf"]

_PROTECTED: Final = ("assword", "ecurity")
_KEYS: Final = (b"Contents", b"V", b"TU", b"RC")
_LONGEST: Final = 1 << 20
_SHOWN: Final = 30
_UNREADABLE: Final = frozenset(map(chr, (*range(0xE000, 0xF900), 0xFFFD, 0, 1, 2, 3, 4, 5, 6, 7, 8)))
_TOO_MANY_UNREADABLE: Final = 0.3


def page_text(document: pypdfium2.PdfDocument, number: int) -> str:
    """The text of one page (counted from 0), line breaks as line feeds. Raises PdfiumError or UnicodeDecodeError when damaged."""
    page = document[number]
    try:
        text_page = page.get_textpage()
        try:
            text: str = text_page.get_text_range()
        finally:
            text_page.close()
    finally:
        page.close()
    return text.replace("\ufffe", "-").replace("\r\n", "\n").replace("\r", "\n")


@contextmanager
def _opened(data: bytes) -> Iterator[pypdfium2.PdfDocument]:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        protected = any(word in str(error) for word in _PROTECTED)
        raise Unreadable("encrypted" if protected else "damaged") from error
    try:
        yield document
    finally:
        document.close()


def read_pdf(source: Source, reading: Reading, place: Place) -> Iterator[Piece]:
    """The pieces of a PDF, page by page."""
    with _opened(reading.whole(source, place)) as document:
        count = len(document)
        if not count:
            raise Unreadable("damaged")
        if count > reading.limits.pages:
            reading.problem("too_many_pages", place, pages=count, limit=reading.limits.pages)
        without: list[int] = []
        strange: list[int] = []
        for number in range(min(count, reading.limits.pages)):
            where = place.at(page=number + 1)
            try:
                text = page_text(document, number)
            except (pypdfium2.PdfiumError, UnicodeDecodeError):
                reading.problem("page_damaged", where, row=number + 1, page=number + 1)
                continue
            if not text.strip():
                without.append(number + 1)
            elif sum(char in _UNREADABLE for char in text) > _TOO_MANY_UNREADABLE * len(text):
                strange.append(number + 1)
            if text.strip():
                yield Part(text.strip("\n"), where)
            yield from _annotations(document, number, where)
        _tell(reading, place, count, without, strange)
        yield from _metadata(document, place)
        yield from _attachments(document, reading, place)


def _tell(reading: Reading, place: Place, count: int, without: list[int], strange: list[int]) -> None:
    for code, pages in (("pages_without_text", without), ("pages_without_unicode", strange)):
        if pages:
            reading.problem(code, place, count=len(pages), pages=count, numbers=", ".join(map(str, pages[:_SHOWN])))
    if len(without) == count:
        reading.hollow = True


def _string(ask: Any) -> str:
    """A string of PDFium: asked for its length in bytes first, then for its UTF-16."""
    size = ask(None, 0)
    if not 2 < size <= _LONGEST:  # noqa: PLR2004 - two bytes are the empty string
        return ""
    buffer = ctypes.create_string_buffer(size)
    ask(ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace").replace("\r", "\n")


def _annotations(document: pypdfium2.PdfDocument, number: int, place: Place) -> Iterator[Piece]:
    """Notes, comments, values and hints of form fields on one page."""
    page = document[number]
    try:
        for index in range(raw.FPDFPage_GetAnnotCount(page.raw)):
            annotation = raw.FPDFPage_GetAnnot(page.raw, index)
            if not annotation:
                continue
            try:
                name = _string(lambda b, n, a=annotation: raw.FPDFAnnot_GetStringValue(a, b"T", b, n))
                for key in _KEYS:
                    text = _string(lambda b, n, a=annotation, k=key: raw.FPDFAnnot_GetStringValue(a, k, b, n))
                    if text.strip():
                        yield Part(text, place.at(part="annotation"), context=name)
            finally:
                raw.FPDFPage_CloseAnnot(annotation)
    finally:
        page.close()


def _metadata(document: pypdfium2.PdfDocument, place: Place) -> Iterator[Piece]:
    try:
        found = document.get_metadata_dict(skip_empty=True)
    except (pypdfium2.PdfiumError, UnicodeDecodeError):
        return
    for key in ("Title", "Author", "Subject", "Keywords"):
        if text := (found.get(key) or "").strip("\0 "):
            yield Part(text, place.at(part="property"), context=key)


def _attachments(document: pypdfium2.PdfDocument, reading: Reading, place: Place) -> Iterator[Piece]:
    try:
        count = document.count_attachments()
    except pypdfium2.PdfiumError:
        return
    for index in range(count):
        reading.entry()
        name = f"attachment-{index + 1}"
        try:
            attachment = document.get_attachment(index)
            name = attachment.get_name() or name
            data = bytes(attachment.get_data())
        except (pypdfium2.PdfiumError, UnicodeDecodeError, ValueError):
            reading.problem("attachment_damaged", place, column=name)
            continue
        yield from reading.dive(from_bytes(data, name), place)
