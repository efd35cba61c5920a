"""DOCX: body, tables, headers, footers, comments, notes, text boxes, tracked deletions and properties (ISO/IEC 29500-1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.textract import openxml
from sekisho.engines.textract.model import Part, Piece, Place
from sekisho.engines.textract.reading import Unreadable
from sekisho.engines.textract.tables import rows_of

if TYPE_CHECKING:
    from sekisho.engines.textract.package import Package
    from sekisho.engines.textract.reading import Reading
    from sekisho.engines.textract.source import Source

__all__ = ["read_docx"]

_SPACES: Final = (
    "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}",
    "{http://purl.oclc.org/ooxml/wordprocessingml/main}",
)
_MC: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_SIGNS: Final = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": ""}
_DELETED: Final = frozenset({"del", "moveFrom"})
_PASSED: Final = frozenset({"pPr", "rPr", "rt", "sectPr", "tblPr", "trPr", "tcPr"})
_BOXES: Final = frozenset({"txbxContent"})
_PART: Final = re.compile(r"word/(header|footer|comments|footnotes|endnotes|glossary/document)\d*\.xml")
_NAMES: Final = {"comments": "comment", "footnotes": "footnote", "endnotes": "endnote", "glossary/document": "glossary"}
_MAX_DEPTH: Final = 80


def read_docx(source: Source, reading: Reading, place: Place) -> Iterator[Piece]:
    """The pieces of a DOCX: paragraphs and tables in order; then what stands beside the body."""
    with openxml.opened_package(source, reading, place) as package:
        main = next((t for k, t in openxml.relations(package, "").values() if k == "officeDocument"), "word/document.xml")
        if not package.has(main):
            raise Unreadable("not_docx")
        yield from openxml.attempt(reading, place, lambda: _Walk(package, reading, place).part(main))
        for name in sorted(package.names):
            if found := _PART.fullmatch(name):
                where = place.at(part=_NAMES.get(found.group(1), found.group(1)))
                yield from openxml.attempt(
                    reading, where, lambda name=name, where=where: _Walk(package, reading, where).part(name)  # type: ignore[misc]
                )  # fmt: skip
        yield from openxml.properties(package, reading, place)
        yield from openxml.extras(package, reading, place, "word/")
        yield from openxml.embedded(package, reading, place, "word/")


class _Walk:
    """One part of the document, once through."""

    def __init__(self, package: Package, reading: Reading, place: Place) -> None:
        self._package = package
        self._reading = reading
        self._place = place
        self._deleted: list[str] = []
        self._boxes: list[Any] = []
        self._w = _SPACES[0]

    def part(self, name: str) -> Iterator[Piece]:
        root = self._package.xml(name)
        self._w = next((space for space in _SPACES if str(root.tag).startswith(space)), _SPACES[0])
        yield from self._container(root, self._place, 0)
        deleted = [text for text in self._deleted if text.strip()]
        if deleted:
            self._reading.note("tracked_deletions", self._place, count=len(deleted))
            for text in deleted:
                yield Part(text, self._place.at(part="deleted"))

    def _container(self, element: Any, place: Place, depth: int) -> Iterator[Piece]:
        if depth > _MAX_DEPTH:
            raise Unreadable("too_deep")
        for child in element:
            name = openxml.local(child)
            if name == "p":
                text = "".join(self._runs(child, 0))
                if text.strip():
                    yield Part(text, place)
                yield from self._waiting(place, depth)
            elif name == "tbl":
                yield from self._table(child, place)
                yield from self._waiting(place, depth)
            elif name and name not in _PASSED:
                yield from self._container(child, place, depth + 1)

    def _waiting(self, place: Place, depth: int) -> Iterator[Piece]:
        boxes, self._boxes = self._boxes, []
        for box in boxes:
            yield from self._container(box, place.at(part="textbox"), depth + 1)

    def _table(self, element: Any, place: Place) -> Iterator[Piece]:
        """The rows of a table; a table within a cell is a part of the cell's text."""
        rows = []
        for row in element.iter(f"{self._w}tr"):
            if next(row.iterancestors(f"{self._w}tbl"), None) is not element:
                continue
            cells = [c for c in row.iter(f"{self._w}tc") if next(c.iterancestors(f"{self._w}tr"), None) is row]
            rows.append([self._cell(cell) for cell in cells])
        yield from rows_of((row for row in rows if row), place.at(part=place.part or "table"), most=self._reading.limits.rows)

    def _cell(self, cell: Any) -> str:
        texts = [
            "".join(self._runs(paragraph, 0))
            for paragraph in cell.iter(f"{self._w}p")
            if not any(openxml.local(a) in _BOXES for a in takewhile(lambda a: a is not cell, paragraph.iterancestors()))
        ]
        return "\n".join(text for text in texts if text)

    def _runs(self, element: Any, depth: int) -> Iterator[str]:
        """The text of a paragraph; what was deleted is put aside."""
        if depth > _MAX_DEPTH:
            raise Unreadable("too_deep")
        for child in element:
            name = openxml.local(child)
            if name == "t":
                yield child.text or ""
            elif name in _SIGNS:
                yield _SIGNS[name]
            elif name in _DELETED:
                self._deleted.append("".join(e.text or "" for e in child.iter() if openxml.local(e) in {"t", "delText"}))
            elif name in _BOXES:
                self._boxes.append(child)
            elif name == "instrText":
                continue
            elif child.tag == f"{_MC}AlternateContent":
                choice = child.find(f"{_MC}Choice")
                yield from self._runs(choice if choice is not None else child, depth + 1)
            elif name and name not in _PASSED:
                yield from self._runs(child, depth + 1)
