"""XLSX, XLSM, XLSB, XLS and ODS: cells by calamine; comments, headers, names, properties, caches from the package itself."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from sekisho.engines.textract import openxml
from sekisho.engines.textract.model import Part, Piece, Place
from sekisho.engines.textract.package import Package, parse_xml
from sekisho.engines.textract.reading import Unreadable
from sekisho.engines.textract.tables import as_text, rows_of

if TYPE_CHECKING:
    from sekisho.engines.textract.reading import Reading
    from sekisho.engines.textract.source import Source

__all__ = ["read_spreadsheet"]

_CELL: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_TAIL: Final = 1 << 18
_HEADER_FOOTER: Final = re.compile(rb"<(?:\w+:)?headerFooter\b.*?</(?:\w+:)?headerFooter>", re.DOTALL)
_CODES: Final = re.compile(r'&(?:"[^"]*"|[LCRPNDTFAZGUEXYSBIOH]|K[0-9A-F]{6}|\d{1,3}|&)')
_BESIDE: Final = {"comments": "comment", "threadedComment": "comment", "drawing": "textbox", "vmlDrawing": "textbox"}
_CACHES: Final = re.compile(
    r"xl/(pivotCache/pivotCache(?:Definition|Records)\d*|externalLinks/externalLink\d+|connections|queryTables/\w+)\.xml"
)


def read_spreadsheet(source: Source, reading: Reading, place: Place) -> Iterator[Piece]:
    """The pieces of a workbook, sheet by sheet, hidden ones too; then what stands beside the cells (Open XML only)."""
    data = reading.whole(source, place)
    package = Package(data, reading.file, reading.refuse) if data.startswith(b"PK") else None
    hidden: list[str] = []
    yield from _cells(data, reading, place, hidden)
    if hidden:
        reading.note("sheets_hidden", place, count=len(hidden), names=", ".join(hidden[:20]))
    if package is None:
        return
    if package.has("xl/workbook.xml"):
        yield from openxml.attempt(reading, place, lambda: _workbook(package, reading, place))
    elif package.has("content.xml"):
        yield from openxml.attempt(reading, place, lambda: _annotations(package, place))
    yield from openxml.properties(package, reading, place)
    yield from openxml.extras(package, reading, place, "xl/")
    yield from openxml.embedded(package, reading, place, "xl/")


def _cells(data: bytes, reading: Reading, place: Place, hidden: list[str]) -> Iterator[Piece]:
    from python_calamine import (  # noqa: PLC0415 - of the extra
        CalamineError,
        CalamineWorkbook,
        PasswordError,
        SheetTypeEnum,
        SheetVisibleEnum,
    )  # fmt: skip

    try:
        book = CalamineWorkbook.from_object(io.BytesIO(data))
        sheets = book.sheets_metadata
    except PasswordError as error:
        raise Unreadable("encrypted") from error
    except (CalamineError, OSError, ValueError, KeyError, IndexError, OverflowError, MemoryError) as error:
        raise Unreadable("damaged") from error
    if not sheets:
        raise Unreadable("damaged")
    for index, sheet in enumerate(sheets):
        if sheet.typ is not SheetTypeEnum.WorkSheet:
            continue
        where = place.at(name=sheet.name, hidden=sheet.visible is not SheetVisibleEnum.Visible)
        if where.hidden:
            hidden.append(sheet.name)
        yield Part(sheet.name, where.at(part="sheet_name"))
        try:
            found = book.get_sheet_by_index(index)
            start = found.start
            rows = ([as_text(value) for value in row] for row in found.to_python(skip_empty_area=True)) if start else iter(())
        except (CalamineError, OSError, ValueError, KeyError, IndexError, OverflowError, MemoryError):
            reading.problem("sheet_damaged", where, column=sheet.name)
            continue
        first, column = start or (0, 0)
        yield from rows_of(rows, where, most=reading.limits.rows, first=first + 1, first_column=column + 1)


def _workbook(package: Package, reading: Reading, place: Place) -> Iterator[Piece]:
    """Defined names; comments, text boxes, headers and footers of every sheet; cached data of pivots and other workbooks."""
    root = package.xml("xl/workbook.xml")
    for element in root.iter():
        if openxml.local(element) == "definedName" and (text := (element.text or "").strip()):
            yield Part(text, place.at(part="defined_name"), context=element.get("name", ""))
    targets = openxml.relations(package, "xl/workbook.xml")
    for element in root.iter():
        if openxml.local(element) == "sheet":
            ids = [value for key, value in element.attrib.items() if key.endswith("}id")]
            part = targets.get(ids[0], ("", ""))[1] if ids else ""
            if package.has(part):
                where = place.at(name=element.get("name", ""), hidden=element.get("state", "visible") != "visible")
                yield from openxml.attempt(
                    reading, where, lambda part=part, where=where: _beside(package, reading, where, part)  # type: ignore[misc]
                )  # fmt: skip
    for name in sorted(package.names):
        if _CACHES.fullmatch(name):
            where = place.at(part="cache", name=name.rpartition("/")[2])
            yield from openxml.attempt(reading, where, lambda name=name, where=where: _cache(package, name, where))  # type: ignore[misc]


def _beside(package: Package, reading: Reading, place: Place, sheet: str) -> Iterator[Piece]:
    yield from _header_footer(package, reading, place, sheet)
    for kind, target in openxml.relations(package, sheet).values():
        part = _BESIDE.get(kind)
        if part and package.has(target):
            where = place.at(part=part)
            yield from openxml.attempt(
                reading, where, lambda target=target, where=where: _texts(package, target, where)  # type: ignore[misc]
            )  # fmt: skip


def _texts(package: Package, name: str, place: Place) -> Iterator[Piece]:
    if name.endswith(".vml"):  # comments in their old drawing: the text is in comments.xml
        return
    for element in package.xml(name).iter():
        kind = openxml.local(element)
        if kind in {"comment", "threadedComment"}:
            where = place
            if found := _CELL.fullmatch(element.get("ref", "")):
                where = place.at(row=int(found.group(2)), column=_column(found.group(1)))
            text = "".join(e.text or "" for e in element.iter() if openxml.local(e) in {"t", "text"})
            if text.strip():
                yield Part(text, where)
        elif element.tag == f"{openxml.A}p":
            text = "".join(e.text or "" for e in element.iter(f"{openxml.A}t"))
            if text.strip():
                yield Part(text, place)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _header_footer(package: Package, reading: Reading, place: Place, sheet: str) -> Iterator[Piece]:
    """Headers and footers, which stand near the end of a sheet's part."""
    found = _HEADER_FOOTER.search(package.tail(sheet, _TAIL))
    if found is None:
        return
    cleaned = re.sub(rb"(</?)\w+:", rb"\1", found.group())
    for element in parse_xml(cleaned, reading.file, sheet, reading.refuse):
        if text := _CODES.sub(" ", element.text or "").strip():
            part = "footer" if "Footer" in openxml.local(element) else "header"
            yield Part(text, place.at(part=part))


def _cache(package: Package, name: str, place: Place) -> Iterator[Piece]:
    """Values that Excel keeps though no cell shows them."""
    field = ""
    for element in package.xml(name).iter():
        kind = openxml.local(element)
        if kind == "cacheField":
            field = element.get("name", "")
        elif kind == "v" and (text := (element.text or "").strip()):
            yield Part(text, place)
        elif kind in {"s", "n", "d"} and (value := element.get("v")):
            yield Part(value, place, context=field)
        elif kind in {"dbPr", "webPr", "textPr"}:
            yield from (Part(value, place, context=key) for key, value in element.attrib.items() if value)


def _annotations(package: Package, place: Place) -> Iterator[Piece]:
    """Comments of an ODS."""
    for element in package.xml("content.xml").iter():
        if openxml.local(element) == "annotation":
            text = "\n".join("".join(p.itertext()) for p in element.iter() if openxml.local(p) == "p")
            if text.strip():
                yield Part(text, place.at(part="comment"))
