"""Reading a PDF's text layer with PDFium: lines by page, without what repeats at the top and bottom; broken lines joined."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

import pypdfium2  # type: ignore[import-untyped]

from sekisho.engines.draftreview.container import refuse
from sekisho.engines.draftreview.draft import MAX_CHARACTERS, Block, Notice
from sekisho.engines.draftreview.lines import Line, join_lines
from sekisho.engines.textract.pdf import page_text

__all__ = ["MAX_PAGES", "read_pdf"]

MAX_PAGES: Final = 2_000
_EDGE: Final = 2
_REPEATS: Final = 0.5
_FEWEST_PAGES: Final = 3
_PAGE_NUMBER: Final = re.compile(
    r"[-‐–−―—ー\s]*(?:p\.?|page|ページ|頁)?\s*[0-9０-９]{1,4}\s*(?:[/／]\s*[0-9０-９]{1,4})?\s*(?:ページ|頁)?[-‐–−―—ー\s]*",
    re.IGNORECASE,
)
_UNREADABLE: Final = re.compile("[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f]")
_TOO_MUCH_UNREADABLE: Final = 0.3


def read_pdf(untrusted: bytes, file: str) -> tuple[tuple[Block, ...], tuple[Notice, ...], int]:
    """The blocks, notices and number of pages of a PDF.

    Raises InputError ``review.*``: damaged, encrypted, over 2,000 pages, no text at all (scanned), or text whose characters
    cannot be told (no mapping to Unicode).
    """
    pages = _pages(untrusted, file)
    lines = _body(pages)
    with_text = {line.page for line in lines}
    without = [number for number in range(1, len(pages) + 1) if number not in with_text]
    if not with_text:
        refuse("no_text", file, pages=len(pages), without=len(without))
    text = "".join(line.text for line in lines)
    if len(_UNREADABLE.findall(text)) > _TOO_MUCH_UNREADABLE * len(text):
        refuse("unreadable_text", file, pages=len(pages))
    notices = []
    if without:
        fields = {"without": len(without), "pages": len(pages), "numbers": ", ".join(map(str, without[:30]))}
        notices.append(Notice(code="review.pages_without_text", fields=fields))
    return tuple(join_lines(lines)), tuple(notices), len(pages)


def _pages(untrusted: bytes, file: str) -> list[list[str]]:
    """The lines of every page."""
    try:
        document = pypdfium2.PdfDocument(untrusted)
    except pypdfium2.PdfiumError as error:
        refuse("encrypted" if "assword" in str(error) or "ecurity" in str(error) else "pdf_damaged", file)
    try:
        count = len(document)
        if not count:
            refuse("pdf_damaged", file)
        if count > MAX_PAGES:
            refuse("too_many_pages", file, pages=count, limit=MAX_PAGES)
        pages: list[list[str]] = []
        total = 0
        for number in range(count):
            lines = _lines(document, number, file)
            total += sum(map(len, lines))
            if total > MAX_CHARACTERS:
                refuse("too_much_text", file, row=number + 1, limit=MAX_CHARACTERS)
            pages.append(lines)
        return pages
    finally:
        document.close()


def _lines(document: pypdfium2.PdfDocument, number: int, file: str) -> list[str]:
    try:
        text = page_text(document, number)
    except (pypdfium2.PdfiumError, UnicodeDecodeError):
        refuse("pdf_page_damaged", file, row=number + 1, page=number + 1)
    return [line.rstrip() for line in text.split("\n")]


def _body(pages: list[list[str]]) -> list[Line]:
    """All lines with their page and line number, but for page numbers and for what repeats at the edges of pages."""
    filled = [[(at, text) for at, text in enumerate(page, start=1) if text.strip()] for page in pages]
    repeated = _repeated([[text for _, text in page] for page in filled])
    kept = []
    for number, page in enumerate(filled, start=1):
        first = _edge([text for _, text in page], repeated)
        last = len(page) - _edge([text for _, text in reversed(page)], repeated)
        kept += [Line(text=text, page=number, number=at) for at, text in page[first:last]]
    return kept


def _edge(texts: list[str], repeated: set[str]) -> int:
    """How many lines from the edge inwards are page numbers or repeat; at most two, and none once a line is the page's own."""
    for place, text in enumerate(texts[:_EDGE]):
        outermost = place == 0 and _shape(text) in repeated
        if not (outermost or "".join(text.split()) in repeated or _PAGE_NUMBER.fullmatch(text.strip())):
            return place
    return min(len(texts), _EDGE)


def _shape(text: str) -> str:
    """A line with a sign for its figures, which change from page to page."""
    return re.sub("[0-9０-９]+", "\0", "".join(text.split()))


def _repeated(pages: list[list[str]]) -> set[str]:
    """Lines that stand at the edges of at least half of the pages: as they are, and the outermost also but for their figures."""
    if len(pages) < _FEWEST_PAGES:
        return set()
    seen: Counter[str] = Counter()
    for texts in pages:
        own = {"".join(text.split()) for text in (*texts[:_EDGE], *texts[-_EDGE:])}
        seen.update(own | {_shape(text) for text in (*texts[:1], *texts[-1:])})
    return {shape for shape, times in seen.items() if times >= max(_FEWEST_PAGES, _REPEATS * len(pages))}
