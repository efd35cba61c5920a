"""Tables in Excel workbooks: each sheet with something in it is a table; its first row are the headings.

Read row by row; types come from the cells over the whole sheet. Formulas are refused: what they show depends on who saved last.
Everything else a workbook may hold (comments, hidden properties, old pivot data) is not read, and so never reaches a target.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import openpyxl
import pyarrow as pa
from openpyxl.utils.escape import unescape

from sekisho.engines.masking.places import file_identity
from sekisho.engines.masking.tables import BATCH_ROWS, ColumnInfo, Reading, Source, Table, chosen
from sekisho.engines.masking.typing_of import Kinds, as_text
from sekisho.errors import InputError, Problem

__all__ = ["XlsxSource"]

_UNPACKED: Final = 4 << 30
_MEMBERS: Final = 20_000
_MOST_PROBLEMS: Final = 50
_LONG_NUMBER: Final = re.compile(r"-?[1-9][0-9]{15,}", re.ASCII)
_OLD_DAY: Final = re.compile(r"1[0-8][0-9]{2}-[0-9]{2}-[0-9]{2}", re.ASCII)


class XlsxSource(Source):
    """The sheets of a workbook. In our own outputs long numbers and days before 1900 are text there and come back."""

    kind = "xlsx"

    def __init__(self, path: Path, reading: Reading) -> None:
        """Look through all sheets. Raises InputError ``masking_runs.file_bad`` naming sheet, row and column."""
        super().__init__(str(path))
        self._path, self._reading = path, reading
        _check_container(path)
        problems: list[Problem] = []
        tables = []
        with _opened(path) as book:
            names = [name for name in book.sheetnames if hasattr(book[name], "iter_rows")]
            for name in chosen(names, reading, str(path)):
                table = self._look(book[name], name, problems)
                if table is not None:
                    tables.append(table)
        if problems or not tables:
            problems = problems or [Problem("masking_runs.no_columns", {}, str(path))]
            raise InputError("masking_runs.file_bad", problems=tuple(problems[:_MOST_PROBLEMS]), file=str(path))
        self.tables = tuple(tables)

    def identities(self) -> frozenset[str]:
        """The file."""
        return frozenset({file_identity(self._path)})

    def batches(self, table: str) -> Iterator[pa.RecordBatch]:
        """See :meth:`Source.batches`."""
        found = self.table(table)
        kinds = [one.type for one in found.columns]
        held: list[list[Any]] = [[] for _ in kinds]
        with _opened(self._path) as book:
            for number, cells in _rows(book[table]):
                if number < found.first_row:
                    continue
                for place, kind in enumerate(kinds):
                    value = _value(cells[place]) if place < len(cells) else None
                    held[place].append(_fit(value, kind))
                if len(held[0]) == BATCH_ROWS:
                    yield _batch(held, found)
                    held = [[] for _ in kinds]
        if held[0]:
            yield _batch(held, found)

    def _look(self, sheet: Any, name: str, problems: list[Problem]) -> Table | None:
        place = f"{self._path}#{name}"
        rows = _rows(sheet)
        first = next(rows, None)
        if first is None:
            return None
        headings = _headings(first[1], place, first[0], problems)
        kinds = [Kinds() for _ in headings]
        for number, cells in rows:
            for position, cell in enumerate(cells):
                if cell.value is None:
                    continue
                if position >= len(headings):
                    problems.append(Problem("masking_runs.cell_without_heading", {"column": position + 1}, place, number))
                    break
                if cell.data_type in {"f", "e"}:
                    code = "formula" if cell.data_type == "f" else "error_cell"
                    problems.append(Problem(f"masking_runs.{code}", {}, place, number, headings[position]))
                    continue
                value = _value(cell)
                kinds[position].see(value, number, _shape(value))
            if len(problems) >= _MOST_PROBLEMS:
                return None
        as_words = self._reading.mixed_as_text
        columns = tuple(
            ColumnInfo(heading, seen.settle(place, heading, problems, as_text=as_words))
            for heading, seen in zip(headings, kinds, strict=True)
        )
        return Table(name, columns, place, first[0] + 1)


def _check_container(path: Path) -> None:
    """Refuse what is no plain workbook before any of it is interpreted."""
    code = ""
    try:
        with path.open("rb") as file:
            if file.read(4) == b"\xd0\xcf\x11\xe0":
                code = "xlsx_encrypted"
        if not code:
            with zipfile.ZipFile(path) as archive:
                members = archive.infolist()
                if sum(one.file_size for one in members) > _UNPACKED or len(members) > _MEMBERS:
                    code = "xlsx_bomb"
                for one in members if not code else []:
                    if one.filename.endswith((".xml", ".rels")):
                        with archive.open(one) as part:
                            start = part.read(4096).replace(b"\0", b"")
                        if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
                            code = "xlsx_doctype"
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError):
        code = "xlsx_unreadable"
    if code:
        raise InputError("masking_runs.file_bad", problems=(Problem(f"masking_runs.{code}", {}, str(path)),), file=str(path))


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
        try:
            yield book
        finally:
            book.close()
    except (InputError, OSError, GeneratorExit, MemoryError):
        raise
    except Exception as error:  # openpyxl raises whatever a damaged part leads to (KeyError, ValueError, lxml's own …)
        problem = Problem("masking_runs.xlsx_unreadable", {}, str(path))
        raise InputError("masking_runs.file_bad", problems=(problem,), file=str(path)) from error


def _rows(sheet: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Rows from the first to the last that hold something, with their number; the sheet's claim of its size is not believed."""
    sheet.reset_dimensions()
    last = 0
    for number, cells in enumerate(sheet.iter_rows(), 1):
        if any(cell.value is not None for cell in cells):
            if last:
                yield from ((blank, ()) for blank in range(last + 1, number))
            yield number, cells
            last = number


def _headings(cells: tuple[Any, ...], place: str, row: int, problems: list[Problem]) -> list[str]:
    found = [as_text(value) if (value := _value(cell)) is not None else "" for cell in cells]
    while found and not found[-1]:
        found.pop()
    for number, heading in enumerate(found, 1):
        if not heading.strip():
            problems.append(Problem("masking_runs.heading_empty", {"number": number}, place, row))
        elif heading in found[: number - 1]:
            problems.append(Problem("masking_runs.heading_twice", {"heading": heading}, place, row, heading))
    return found


def _value(cell: Any) -> Any:
    """A cell's value: days as days."""
    value = cell.value
    if isinstance(value, str):
        return unescape(value) if "_x" in value else value
    if isinstance(value, dt.datetime):
        shape = re.sub(r'"[^"]*"|\[[^\]]*\]', "", str(cell.number_format or "")).lower()
        return value if "h" in shape or "s" in shape else value.date()
    if isinstance(value, dt.timedelta):
        return str(value)
    return value


def _shape(value: Any) -> str:
    """What a text may stand for in our own outputs: a number too long for Excel, a day before its first one."""
    if not isinstance(value, str):
        return ""
    if _LONG_NUMBER.fullmatch(value):
        return "number" if abs(int(value)) < 2**63 else ""
    try:
        return "day" if _OLD_DAY.fullmatch(value) and dt.date.fromisoformat(value) else ""
    except ValueError:
        return ""


def _fit(value: Any, kind: pa.DataType) -> Any:
    if value is None:
        return None
    if pa.types.is_string(kind):
        return as_text(value)
    if isinstance(value, str):
        value = int(value) if pa.types.is_integer(kind) else dt.date.fromisoformat(value)
    if pa.types.is_timestamp(kind) and not isinstance(value, dt.datetime):
        return dt.datetime.combine(value, dt.time())
    return value


def _batch(held: list[list[Any]], table: Table) -> pa.RecordBatch:
    arrays = [pa.array(values, one.type) for values, one in zip(held, table.columns, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=table.schema)
