"""ODT and ODP: paragraphs, headings, tables, notes, comments and metadata (ISO/IEC 26300)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.textract import openxml
from sekisho.engines.textract.model import Part, Piece, Place
from sekisho.engines.textract.reading import Unreadable
from sekisho.engines.textract.tables import rows_of

if TYPE_CHECKING:
    from sekisho.engines.textract.package import Package
    from sekisho.engines.textract.reading import Reading
    from sekisho.engines.textract.source import Source

__all__ = ["read_opendocument"]

_PARTS: Final = (("content.xml", ""), ("styles.xml", "header"), ("meta.xml", "property"))
_REPEAT: Final = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}c"


def read_opendocument(source: Source, reading: Reading, place: Place) -> Iterator[Piece]:
    """The pieces of an ODT or ODP."""
    with openxml.opened_package(source, reading, place) as package:
        if package.has("META-INF/manifest.xml") and b"encryption-data" in package.read("META-INF/manifest.xml"):
            raise Unreadable("encrypted")
        if not package.has("content.xml"):
            raise Unreadable("damaged")
        for name, part in _PARTS:
            if package.has(name):
                where = place.at(part=part)
                yield from openxml.attempt(
                    reading, where, lambda name=name, where=where: _part(package, reading, where, name)  # type: ignore[misc]
                )  # fmt: skip
        pictures = sum(name.startswith("Pictures/") for name in package.names)
        if pictures:
            reading.note("pictures_not_read", place, count=pictures)


def _part(package: Package, reading: Reading, place: Place, name: str) -> Iterator[Piece]:
    root = package.xml(name)
    if place.part == "property":
        yield from openxml.element_texts(root, place, skip=frozenset({"generator", "creation-date", "date", "editing-duration"}))
        return
    for element in root.iter():
        kind = openxml.local(element)
        if kind == "table" and not _within(element, "table"):
            rows = (
                [_text(cell) for cell in row if openxml.local(cell) in {"table-cell", "covered-table-cell"}]
                for row in element.iter()
                if openxml.local(row) == "table-row"
            )
            yield from rows_of((row for row in rows if any(row)), place.at(part="table"), most=reading.limits.rows)
        elif (
            kind in {"p", "h"}
            and not _within(element, "table")
            and not _within(element, "p")
            and (text := _text(element)).strip()
        ):
            yield Part(text, place.at(part="comment") if _within(element, "annotation") else place)


def _within(element: Any, kind: str) -> bool:
    return any(openxml.local(ancestor) == kind for ancestor in element.iterancestors())


def _text(element: Any) -> str:
    texts = []
    for child in element.iter():
        kind = openxml.local(child)
        if kind in {"tab", "line-break"}:
            texts.append("\t" if kind == "tab" else "\n")
        elif kind == "s":
            count = child.get(_REPEAT, "1")
            texts.append(" " * (int(count) if count.isdecimal() and len(count) < 4 else 1))  # noqa: PLR2004
        if kind and child.text:
            texts.append(child.text)
        if child is not element and child.tail:
            texts.append(child.tail)
    return "".join(texts)
