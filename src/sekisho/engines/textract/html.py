"""HTML: visible text by blocks, attributes that carry text, comments, and scripts apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from sekisho.engines.textract.model import Part, Piece, Place
from sekisho.engines.textract.plain import text_of
from sekisho.engines.textract.tables import rows_of

if TYPE_CHECKING:
    from sekisho.engines.textract.reading import Reading
    from sekisho.engines.textract.source import Source

__all__ = ["pieces_of_html", "read_html"]

_CHARSET: Final = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]+)", re.IGNORECASE)
_HEAD: Final = 4096
_ATTRIBUTES: Final = ("alt", "title", "value", "placeholder", "label", "content", "summary", "aria-label")
_LINKS: Final = ("mailto:", "tel:")
_APART: Final = frozenset({"script", "style", "template", "noscript"})
_BLOCKS: Final = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr",
    "html", "legend", "li", "main", "menu", "nav", "ol", "option", "p", "pre", "section", "select", "summary", "table", "tbody",
    "td", "textarea", "tfoot", "th", "thead", "title", "tr", "ul",
})  # fmt: skip
_SPACE: Final = re.compile(r"[ \t\r\n\f]+")


def read_html(source: Source, reading: Reading, place: Place) -> Iterator[Piece]:
    """The pieces of an HTML page; a charset that it declares is tried first."""
    with reading.opened(source, place) if not source.once else _nothing() as stream:
        head = stream.read(_HEAD) if stream else b""
    found = _CHARSET.search(head)
    declared = found.group(1).decode("ascii") if found and not source.declared else ""
    yield from pieces_of_html(text_of(source, reading, place, declared=declared), reading, place)


class _nothing:  # noqa: N801 - a context manager in the place of an opened stream
    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


def pieces_of_html(text: str, reading: Reading, place: Place) -> Iterator[Piece]:
    """The pieces of HTML that was decoded already. What the parser cannot hold (nested too deeply) is read as plain text."""
    parser = etree.HTMLParser(recover=True, no_network=True, huge_tree=True, remove_pis=True, encoding="utf-8")
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    errors: Any = parser.error_log
    if root is None or any(
        "xcessive depth" in str(entry.message) or "too deep" in str(entry.message).lower() for entry in errors
    ):
        if text.strip():
            reading.problem("html_as_text", place, unread=False)
            yield Part(text, place)
        return
    yield from _Page(reading, place).walk(root)


class _Page:
    """One page, once through, without recursion."""

    def __init__(self, reading: Reading, place: Place) -> None:
        self._reading = reading
        self._place = place
        self._line: list[str] = []

    def walk(self, root: Any) -> Iterator[Piece]:
        tables: list[Any] = []
        apart = 0
        for event, element in etree.iterwalk(root, events=("start", "end", "comment")):
            if event == "comment":
                if text := (element.text or "").strip():
                    yield Part(text, self._place.at(part="comment"))
                self._line.append(element.tail or "")
                continue
            tag = element.tag if isinstance(element.tag, str) else ""
            if event == "start":
                if tag == "table" and element.find(".//table") is None and not apart and not tables:
                    yield from self._flush()
                    yield from self._table(element)
                    tables.append(element)
                yield from self._start(element, tag, quiet=bool(apart or tables))
                apart += tag in _APART
            else:
                apart -= tag in _APART
                if tables and tables[-1] is element:
                    tables.pop()
                    self._line = []
                if tag in _BLOCKS and not apart and not tables:
                    yield from self._flush()
                if not apart and not tables:
                    self._line.append(element.tail or "")
        yield from self._flush()

    def _start(self, element: Any, tag: str, *, quiet: bool) -> Iterator[Piece]:
        if tag in _APART:
            if tag != "noscript" and (text := (element.text or "").strip()):
                yield Part(text, self._place.at(part="script" if tag != "style" else "style"))
        elif not quiet:
            if tag in _BLOCKS:
                yield from self._flush()
            elif tag == "br":
                self._line.append("\0")
            self._line.append(element.text or "")
        for key in _ATTRIBUTES:
            if text := (element.get(key) or "").strip():
                yield Part(text, self._place.at(part="attribute"), context=element.get("name") or key)
        link = element.get("href") or ""
        if link.lower().startswith(_LINKS):
            yield Part(link.partition(":")[2], self._place.at(part="attribute"), context=link.partition(":")[0])

    def _flush(self) -> Iterator[Piece]:
        text = _SPACE.sub(" ", "".join(self._line)).replace(" \0", "\n").replace("\0 ", "\n").replace("\0", "\n").strip()
        self._line = []
        if text:
            yield Part(text, self._place)

    def _table(self, element: Any) -> Iterator[Piece]:
        rows = (
            [_SPACE.sub(" ", "".join(cell.itertext())).strip() for cell in row if cell.tag in {"td", "th"}]
            for row in element.iter("tr")
        )
        yield from rows_of((row for row in rows if row), self._place.at(part="table"), most=self._reading.limits.rows)
