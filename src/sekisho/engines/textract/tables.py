"""Rows of cells that have no text of their own (spreadsheets, tables of documents, databases) as pieces."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.textract.headers import LOOKED_AT, header_row
from sekisho.engines.textract.model import Place, Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["as_text", "rows_of", "table"]

_WHOLE: Final = 1e15


def as_text(value: Any) -> str:  # noqa: PLR0911 - one way out for each kind
    """A cell's value as a person would type it: 123456789018.0 → 123456789018, a date in ISO 8601, None → empty."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _WHOLE else repr(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ", "seconds")
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "replace")
    return str(value)


def table(cells: list[list[str]], place: Place, *, header: Sequence[str], first: int, first_column: int = 1) -> Rows:
    """One piece of a table: cells joined by tabs, rows by line feeds; ``first`` is the number of its first row."""
    lines = ["\t".join(row) for row in cells]
    starts = list(accumulate((len(line) + 1 for line in lines[:-1]), initial=0))
    return Rows(
        text="\n".join(lines), cells=cells, place=place, header=tuple(header), row_starts=starts,
        numbers=range(first, first + len(cells)), first_column=first_column,
    )  # fmt: skip


def rows_of(
    rows: Iterable[list[str]],
    place: Place,
    *,
    most: int,
    first: int = 1,
    first_column: int = 1,
    header: Sequence[str] | None = None,
) -> Iterator[Rows]:
    """A table in pieces of at most ``most`` rows. ``header`` None: the headings are recognised among its first rows."""
    waiting: list[list[str]] = []
    settled = header
    for row in rows:
        waiting.append(row)
        if len(waiting) >= most:
            settled = _header(waiting) if settled is None else settled
            yield table(waiting, place, header=settled, first=first, first_column=first_column)
            first += len(waiting)
            waiting = []
    if waiting:
        settled = _header(waiting) if settled is None else settled
        yield table(waiting, place, header=settled, first=first, first_column=first_column)


def _header(rows: list[list[str]]) -> tuple[str, ...]:
    found = header_row(rows[:LOOKED_AT])
    return tuple(cell.strip() for cell in rows[found]) if found is not None else ()
