"""CSV (UTF-8 or CP932), Excel and JSON lines as columns of text, every fault with its row."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.csv as pacsv

from sekisho.errors import InputError, NotFound, Problem

__all__ = ["read_columns", "row_numbers"]

LARGEST: Final = 4_000_000_000
_BLOCK: Final = 1 << 24
_ROW: Final = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")
_BOOK: Final = (".xlsx", ".xlsm", ".xls", ".ods")


def read_columns(path: Path) -> dict[str, pa.Array]:
    """Every column of the file as text, by its heading.

    Raises NotFound ``retention.ledger_missing``; InputError ``retention.ledger_*`` for files that are empty, too large, of an
    unknown kind, in an unknown encoding, or broken, with the row where there is one.
    """
    if not path.is_file():
        raise NotFound("retention.ledger_missing", file=str(path))
    if path.stat().st_size > LARGEST:
        raise InputError("retention.ledger_too_large", file=path.name, limit=LARGEST)
    kind = path.suffix.lower()
    if kind in {".csv", ".tsv"}:
        return _csv(path, "\t" if kind == ".tsv" else ",")
    if kind in {".jsonl", ".ndjson"}:
        return _lines(path)
    if kind in _BOOK:
        return _book(path)
    raise InputError("retention.ledger_kind", file=path.name)


def row_numbers(path: Path) -> list[int]:
    """For each record of a file that :func:`read_columns` could read, the row that a spreadsheet or an editor shows."""
    kind = path.suffix.lower()
    if kind in _BOOK:
        return [number for number, row in enumerate(_sheet(path), 1) if number > 1 and _filled(row)]
    if kind in {".jsonl", ".ndjson"}:
        with path.open("rb") as lines:
            return [number for number, line in enumerate(lines, 1) if line.strip()]
    encoding = _encoding(path)
    with path.open(encoding="utf-8-sig" if encoding == "utf8" else encoding, newline="") as file:
        reader = csv.reader(file, delimiter="\t" if kind == ".tsv" else ",")
        return [number for number, row in enumerate(reader, 1) if row][1:]


def _encoding(path: Path) -> str:
    """UTF-8 when the whole file is, else CP932 when the whole file is."""
    for name in ("utf8", "cp932"):
        decoder = codecs.getincrementaldecoder(name)()
        try:
            with path.open("rb") as file:
                while block := file.read(_BLOCK):
                    decoder.decode(block)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return name
    raise InputError("retention.ledger_encoding", file=path.name)


def _fault(file: str, code: str, row: int, **fields: Any) -> InputError:
    problem = Problem(f"retention.{code}", fields, file, row)
    return InputError("retention.ledger_wrong", problems=(problem,), count=1, file=file)


def _csv(path: Path, delimiter: str) -> dict[str, pa.Array]:
    encoding = _encoding(path)
    headings = _headings(path, encoding, delimiter)
    convert = pacsv.ConvertOptions(column_types=dict.fromkeys(headings, pa.string()), strings_can_be_null=False)
    parse = pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=True)
    for threads in (True, False):  # only one thread by itself knows the number of a row
        options = pacsv.ReadOptions(encoding=encoding, block_size=_BLOCK, column_names=headings, skip_rows=1, use_threads=threads)
        try:
            table = pacsv.read_csv(path, read_options=options, convert_options=convert, parse_options=parse)
        except pa.ArrowInvalid as error:
            if "Empty CSV file" in str(error):
                return {heading: pa.array([], pa.string()) for heading in headings}
            fault = _ROW.search(str(error))
            if fault:
                raise _fault(path.name, "ledger_ragged", int(fault[1]), expected=int(fault[2]), found=int(fault[3])) from None
        else:
            return {name: table.column(name).combine_chunks() for name in headings}
    raise InputError("retention.ledger_broken", file=path.name)


def _headings(path: Path, encoding: str, delimiter: str) -> list[str]:
    with path.open(encoding="utf-8-sig" if encoding == "utf8" else encoding, newline="") as file:
        first = next(csv.reader(io.StringIO(file.readline(_BLOCK)), delimiter=delimiter), [])
    if not any(first):
        raise InputError("retention.ledger_empty_file", file=path.name)
    if len(set(first)) != len(first):
        raise _fault(path.name, "ledger_double_column", 1, column=next(h for h in first if first.count(h) > 1)[:40])
    return first


def _lines(path: Path) -> dict[str, pa.Array]:
    rows: list[Mapping[str, Any]] = []
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = msgspec.json.decode(line)
            except msgspec.DecodeError:
                raise _fault(path.name, "ledger_line", number) from None
            if not isinstance(row, dict) or any(isinstance(v, dict) for v in row.values()):
                raise _fault(path.name, "ledger_line", number)
            rows.append(row)
    if not rows:
        raise InputError("retention.ledger_empty_file", file=path.name)
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: pa.array([_plain(row.get(name)) for row in rows], pa.string()) for name in names}


def _sheet(path: Path) -> list[list[Any]]:
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415 - only for such a file

    try:
        rows: list[list[Any]] = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as error:
        raise InputError("retention.ledger_broken", file=path.name) from error
    return rows


def _filled(row: list[Any]) -> bool:
    return any(cell not in {"", None} for cell in row)


def _book(path: Path) -> dict[str, pa.Array]:
    rows = _sheet(path)
    if not rows or not any(rows[0]):
        raise InputError("retention.ledger_empty_file", file=path.name)
    headings = [_plain(cell) for cell in rows[0]]
    used = [at for at, heading in enumerate(headings) if heading]
    names = [headings[at] for at in used]
    if len(set(names)) != len(names):
        raise _fault(path.name, "ledger_double_column", 1, column=next(h for h in names if names.count(h) > 1)[:40])
    body = [row for row in rows[1:] if _filled(row)]
    return {headings[at]: pa.array([_plain(row[at]) for row in body], pa.string()) for at in used}


def _plain(value: Any) -> str:
    """A cell or a JSON value as the text that a CSV would hold."""
    if isinstance(value, list):
        return ";".join(_plain(one) for one in value)
    if value is None or isinstance(value, bool):
        return {None: "", True: "yes", False: "no"}[value]
    if isinstance(value, date):  # a datetime, too
        return value.strftime("%Y-%m-%d")
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
