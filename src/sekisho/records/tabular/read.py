"""Reading an XLSX or CSV file of a stranger: every problem is told with file, row and column; nothing is guessed."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from sekisho.errors import Problem
from sekisho.records.tabular.columns import Column, Row, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["read_table"]

_MOST_PROBLEMS: Final = 200
_UNPACKED: Final = 300 * 1024 * 1024
_BROKEN: Final = (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, EOFError, OSError, ParseError, TypeError,
                  IndexError, AttributeError, NotImplementedError, RuntimeError)  # fmt: skip
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MARK_OF_TEXT: Final = re.compile(r"'(?=[=+\-@])")
# Bytes that CP932 does not use, and what Python makes of them.
_UNUSED: Final = (b"\x80", b"\xa0", b"\xfd", b"\xfe", b"\xff")
_NOT_CP932: Final = re.compile("[\x80\uf8f0-\uf8f3]")
_Cells = tuple[int, list[Any]]


def read_table(untrusted: bytes, *, name: str, columns: Sequence[Column], encoding: str = "", most_rows: int = 20_000) -> Table:
    """Read the first sheet of an XLSX file, or a CSV or TSV file.

    ``encoding``: "utf-8" or "cp932" as declared by the sender, or "" to find out. Headings may stand in either
    language. Rows that
    are wholly empty are passed over. Formulas, error values, unknown or doubled headings, values that are no choice,
    cells that are
    too long and more than ``most_rows`` rows are problems. Where there is a problem the rows must not be used.
    """
    table = Table()
    if not untrusted.strip():
        table.problems.append(Problem("tabular.empty", file=name))
        return table
    if untrusted[:4] in {b"PK\x03\x04", b"PK\x05\x06"} or name.lower().endswith((".xlsx", ".xlsm")):
        cells = _xlsx(untrusted, name, table)
    elif untrusted[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        table.problems.append(Problem("tabular.old_excel", file=name))
        return table
    else:
        cells = _csv(untrusted, name, encoding, table)
    _rows(cells, name, columns, most_rows, table)
    if len(table.problems) > _MOST_PROBLEMS:
        more = len(table.problems) - _MOST_PROBLEMS
        table.problems = [*table.problems[:_MOST_PROBLEMS], Problem("tabular.more_problems", {"count": more}, file=name)]
    return table


def _xlsx(untrusted: bytes, name: str, table: Table) -> Iterator[_Cells]:
    try:
        with zipfile.ZipFile(io.BytesIO(untrusted)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _UNPACKED:
                table.problems.append(Problem("tabular.too_large", file=name))
                return
        book = load_workbook(io.BytesIO(untrusted), read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        table.sheet = str(sheet.title)
        for number, row in enumerate(sheet.iter_rows(), 1):
            yield number, [_cell(cell) for cell in row]
        book.close()
    except _BROKEN:
        table.problems.append(Problem("tabular.broken_xlsx", file=name))


class _Formula(str):
    """A cell with a formula."""

    __slots__ = ()


class _Fault(str):
    """A cell with an error value (#N/A …)."""

    __slots__ = ()


def _cell(cell: Any) -> Any:
    kind = getattr(cell, "data_type", "n")
    if kind == "f":
        return _Formula(cell.value)
    if kind == "e":
        return _Fault(cell.value)
    return cell.value


def _csv(untrusted: bytes, name: str, encoding: str, table: Table) -> Iterator[_Cells]:
    text = _decoded(untrusted, name, encoding, table)
    if text is None:
        return
    first = text.split("\n", 1)[0]
    delimiter = "\t" if first.count("\t") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            table.problems.append(Problem("tabular.broken_csv", file=name, row=line))
            return
        yield line, [_MARK_OF_TEXT.sub("", c, count=1) if c.startswith("'") else c for c in cells]


def _decoded(untrusted: bytes, name: str, encoding: str, table: Table) -> str | None:
    """The text of a CSV file; a wrong declaration is told with the row where it shows."""
    if untrusted.startswith((b"\xff\xfe", b"\xfe\xff")):
        tried = ["utf-16"]
    elif untrusted.startswith(b"\xef\xbb\xbf"):
        tried = ["utf-8-sig"]
    else:
        tried = [encoding] if encoding else ["utf-8", "cp932"]
    for candidate in tried:
        text, wrong = _try(untrusted, candidate)
        if text is not None:
            table.encoding = candidate
            return text
        row = untrusted.count(b"\n", 0, wrong) + 1
    if encoding and tried == [encoding]:
        other = "cp932" if encoding == "utf-8" else "utf-8"
        code = "tabular.not_text" if _try(untrusted, other)[0] is None else "tabular.other_encoding"
        table.problems.append(Problem(code, {"declared": encoding, "other": other}, file=name, row=row))
    else:
        table.problems.append(Problem("tabular.not_text", {"declared": "UTF-8"}, file=name, row=row))
    return None


def _try(untrusted: bytes, encoding: str) -> tuple[str | None, int]:
    """The text, or None and the place of the first byte that does not fit."""
    try:
        text = untrusted.decode(encoding)
    except UnicodeDecodeError as error:
        return None, error.start
    if encoding == "cp932":
        unused = [i for b in _UNUSED if (i := untrusted.find(b)) >= 0]
        if _NOT_CP932.search(text) and unused:
            return None, min(unused)
        if not untrusted.isascii() and _try(untrusted, "utf-8")[0] is not None:  # two such files in the world are both
            return None, next(i for i, b in enumerate(untrusted) if b > 0x7F)  # noqa: PLR2004 - the first that is not ASCII
    return text, 0


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return unicodedata.normalize("NFC", str(value)).strip()


def _rows(cells: Iterable[_Cells], name: str, columns: Sequence[Column], most_rows: int, table: Table) -> None:  # noqa: C901 - one answer for each kind of trouble
    source = iter(cells)
    header: list[Column | None] = []
    for number, row in source:
        if any(_text(c) for c in row):
            header = _header(row, number, name, columns, table)
            break
    if not header:
        if not table.problems:
            table.problems.append(Problem("tabular.empty", file=name))
        return
    if table.problems:
        return
    for number, row in source:
        if not any(_text(c) for c in row):
            continue
        if len(table.rows) >= most_rows:
            table.problems.append(Problem("tabular.too_many_rows", {"limit": most_rows}, file=name, row=number))
            return
        table.rows.append(Row(number, _values(row, number, name, header, table)))
        if len(table.problems) > _MOST_PROBLEMS * 5:
            return
    if not table.rows and not table.problems:
        table.problems.append(Problem("tabular.no_rows", file=name))


def _plain(heading: str) -> str:
    return unicodedata.normalize("NFKC", heading).replace("※必須", "").replace("*", "").strip().casefold()


def _header(row: list[Any], number: int, name: str, columns: Sequence[Column], table: Table) -> list[Column | None]:
    known = {_plain(h): c for c in columns for h in (c.key, c.ja, c.en, *c.aliases)}
    found: list[Column | None] = []
    for value in row:
        heading = _text(value)
        column = known.get(_plain(heading)) if heading else None
        if heading and column is None:
            expected = ", ".join(c.ja for c in columns)
            problem = Problem("tabular.unknown_column", {"heading": heading[:60], "expected": expected}, file=name, row=number)
            table.problems.append(problem)
        if column is not None and column in found:
            table.problems.append(Problem("tabular.column_twice", {"heading": heading[:60]}, file=name, row=number))
        found.append(column)
    table.problems += [
        Problem("tabular.column_missing", {"heading": c.ja, "heading_en": c.en}, file=name, row=number)
        for c in columns
        if c.required and c not in found
    ]
    return found


def _values(row: list[Any], number: int, name: str, header: list[Column | None], table: Table) -> dict[str, str]:
    values: dict[str, str] = {}
    for column, cell in zip([*header, *[None] * (len(row) - len(header))], row, strict=False):  # short rows end in empty cells
        if column is None:
            if _text(cell):
                table.problems.append(Problem("tabular.cell_without_heading", {"value": _text(cell)[:40]}, file=name, row=number))
            continue
        text = _text(cell)
        code, fields = _fault(column, cell, text)
        if code:
            table.problems.append(Problem(code, fields, file=name, row=number, column=column.ja))
            continue
        values[column.key] = _choice(column, text)
    return values


def _fault(column: Column, cell: Any, text: str) -> tuple[str, dict[str, Any]]:  # noqa: PLR0911 - one answer for each kind of trouble
    if isinstance(cell, _Formula):
        return "tabular.formula", {"value": text[:40]}
    if isinstance(cell, _Fault):
        return "tabular.error_value", {"value": text[:40]}
    if _CONTROL.search(text):
        return "tabular.control_character", {}
    if len(text) > column.limit:
        return "tabular.cell_too_long", {"count": len(text), "limit": column.limit}
    if column.required and not text:
        return "tabular.cell_missing", {}
    if text and column.choices and _choice(column, text) not in {c.id for c in column.choices}:
        return "tabular.not_a_choice", {"value": text[:40], "expected": ", ".join(c.ja for c in column.choices)}
    return "", {}


def _choice(column: Column, text: str) -> str:
    wanted = _plain(text)
    for choice in column.choices:
        if wanted in {_plain(choice.id), _plain(choice.ja), _plain(choice.en)}:
            return choice.id
    return text
