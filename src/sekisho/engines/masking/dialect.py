"""Which encoding, delimiter, line end and quoting a CSV file uses; where it is broken, the row and the column."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sekisho.engines.masking.tables import Dialect, Reading
from sekisho.errors import InputError, Problem

__all__ = ["detect", "fault", "headings"]

_CHUNK: Final = 1 << 20
_LOOKED_AT: Final = 1 << 18  # bytes from which quoting and line ends are told
_LINES: Final = 20
_DELIMITERS: Final = ",\t;|"
_BOMS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_STRAY: Final = re.compile("[\x80\xa0\uf8f0-\uf8f3]")
"""What the codec makes of bytes that no CP932 text has (0x80, 0xA0, 0xFD to 0xFF)."""
LONGEST_ROW: Final = 4 << 20
"""Bytes of one row; a longer one is more often a quotation mark that is never closed."""


def detect(path: Path, reading: Reading) -> Dialect:
    """How the file is written. Raises InputError ``masking_runs.*`` naming the row that is not in the declared encoding."""
    with path.open("rb") as file:
        start = file.read(_LOOKED_AT)
    if not start.strip():
        raise InputError("masking_runs.file_bad", problems=(Problem("masking_runs.csv_empty", {}, str(path)),), file=str(path))
    bom, encoding = next(((mark, name) for mark, name in _BOMS if start.startswith(mark)), (b"", ""))
    encoding = _encoding(path, reading, encoding, len(bom))
    text = start[len(bom) :].decode(encoding, "ignore")
    newline = "\r\n" if "\r\n" in text else "\n"
    delimiter = reading.delimiter if reading.delimiter != "auto" else _delimiter(text)
    return Dialect(encoding, bool(bom), delimiter, newline, _quotes_all(text, delimiter), reading.heading)


def _encoding(path: Path, reading: Reading, marked: str, skip: int) -> str:
    """The encoding that was declared, marked or found; the whole file is held against it."""
    declared = reading.encoding.lower().replace("_", "-")
    if declared == "utf-8-sig":
        declared = "utf-8"
    if declared in {"shift-jis", "sjis", "ms932", "windows-31j"}:
        declared = "cp932"  # what Japanese offices call Shift_JIS is this
    if marked and declared not in {"auto", marked, "utf-16"}:
        _refuse(path, declared, marked, 1)
    if marked:
        declared = marked
    try:
        codecs.lookup("utf-8" if declared == "auto" else declared)
    except LookupError as error:
        raise InputError("masking_runs.encoding_unknown", encoding=reading.encoding) from error
    candidates = ["utf-8", "cp932"] if declared == "auto" else [declared]
    bad = [_undecodable(path, name, skip) for name in candidates]
    if None in bad:
        return candidates[bad.index(None)]
    other = next((name for name in ("utf-8", "cp932") if name not in candidates and _undecodable(path, name, skip) is None), "")
    _refuse(path, candidates[0] if declared != "auto" else "UTF-8, CP932", other, max(n for n in bad if n is not None))
    raise AssertionError  # _refuse always raises


def _refuse(path: Path, declared: str, other: str, row: int) -> None:
    code = "encoding_other" if other else "encoding_wrong"
    problem = Problem(f"masking_runs.{code}", {"declared": declared, "other": other}, str(path), row)
    raise InputError("masking_runs.file_bad", problems=(problem,), file=str(path))


def _undecodable(path: Path, encoding: str, skip: int) -> int | None:
    """The line (1-based) at which the file stops being ``encoding``; None when all of it is."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    with path.open("rb") as file:
        file.seek(skip)
        while True:
            chunk = file.read(_CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return lines + error.object[: error.start].count(b"\n")
            stray = _STRAY.search(text) if encoding == "cp932" else None
            if stray is not None:
                return lines + text[: stray.start()].count("\n")
            if not chunk:
                return None
            lines += chunk.count(b"\n")


def _delimiter(text: str) -> str:
    """The likeliest separator: one that parts the first lines into equally many cells, and the first one into most."""
    lines = [one for one in re.sub(r'"[^"]*"', '""', text).split("\n")[:_LINES] if one.strip()] or [""]

    def fits(mark: str) -> tuple[bool, int, int]:
        counts = [line.count(mark) for line in lines]
        return (counts[0] > 0 and len(set(counts)) == 1, counts[0], -_DELIMITERS.index(mark))

    return max(_DELIMITERS, key=fits)


def _quotes_all(text: str, delimiter: str) -> bool:
    """Whether every filled cell at the start of the file stands in quotes."""
    lines = text.replace("\r\n", "\n").split("\n")[:200]
    cells = [cell for line in lines[:-1] or lines for cell in re.sub(r'"[^"]*"', '""', line).split(delimiter) if cell]
    return bool(cells) and all(cell.startswith('"') for cell in cells)


def headings(path: Path, dialect: Dialect) -> list[str]:
    """The names of the columns. Raises InputError for an empty heading or one that stands twice."""
    first = next(_records(path, dialect), None)
    cells = (first[1] if first else None) or []
    if not dialect.heading:
        return [f"列{number}" for number in range(1, len(cells) + 1)]
    problems = []
    for number, cell in enumerate(cells, 1):
        if not cell.strip():
            problems.append(Problem("masking_runs.heading_empty", {"number": number}, str(path), 1))
        elif cell in cells[: number - 1]:
            problems.append(Problem("masking_runs.heading_twice", {"heading": cell}, str(path), 1, cell))
    if not cells:
        problems.append(Problem("masking_runs.csv_empty", {}, str(path)))
    if problems:
        raise InputError("masking_runs.file_bad", problems=tuple(problems), file=str(path))
    return cells


def _records(path: Path, dialect: Dialect) -> Iterator[tuple[int, list[str] | None]]:
    """Records with their number, for headings and for looking closely at a broken file; slow, and never for whole good files."""
    with path.open("rb") as raw:
        text = io.TextIOWrapper(raw, "utf-8-sig" if dialect.bom and dialect.encoding == "utf-8" else dialect.encoding, newline="")
        if dialect.bom and dialect.encoding.startswith("utf-16"):
            text.read(1)
        held, number, quotes = "", 0, 0
        for line in text:
            held += line
            quotes += line.count('"')
            if len(held) > LONGEST_ROW:
                yield number + 1, None
                return
            if quotes % 2 == 0:
                number += 1
                yield (
                    number,
                    next(
                        csv.reader(
                            [held.rstrip("\r\n")] if quotes == 0 else held.splitlines(keepends=True), delimiter=dialect.delimiter
                        ),
                        [],
                    ),
                )
                held, quotes = "", 0
        if held:
            yield number + 1, None


def fault(path: Path, dialect: Dialect, columns: int) -> InputError:
    """The error for a file that the fast reader refused: which row is ragged or has an open quotation mark (no cell is shown)."""
    for number, cells in _records(path, dialect):
        if cells is None:
            problem = Problem("masking_runs.csv_open_quote", {"limit": LONGEST_ROW}, str(path), number)
        elif len(cells) != columns and cells:
            problem = Problem("masking_runs.csv_ragged", {"expected": columns, "found": len(cells)}, str(path), number)
        else:
            continue
        return InputError("masking_runs.file_bad", problems=(problem,), file=str(path))
    return InputError("masking_runs.file_bad", problems=(Problem("masking_runs.csv_unreadable", {}, str(path)),), file=str(path))
