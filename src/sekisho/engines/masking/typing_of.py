"""The type of a column whose cells each have their own: numbers, words, dates, and what to do when they differ."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import pyarrow as pa

from sekisho.errors import Problem

__all__ = ["Kinds", "as_text"]

_EXACT: Final = 2**53  # integers up to here are exact as floating-point numbers
_INT64: Final = 2**63
_TYPES: Final = {
    "bool": pa.bool_(),
    "int": pa.int64(),
    "float": pa.float64(),
    "str": pa.string(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us"),
    "time": pa.time64("us"),
    "bytes": pa.binary(),
    "null": pa.string(),
}


class Kinds:
    """Gathers the kinds of one column's values, with the row where each was first seen."""

    __slots__ = ("first", "large", "nested")

    def __init__(self) -> None:
        """Nothing seen yet."""
        self.first: dict[str, int] = {}
        self.large: int | None = None
        self.nested: int | None = None

    def see(self, value: Any, row: int, shape: str = "") -> None:
        """One more value, in ``row``. ``shape``: ``day`` or ``number`` for a text that may stand for one."""
        kind = shape or type(value).__name__
        if kind not in self.first:
            self.first[kind] = row
        if kind == "int" and self.large is None and abs(value) > _EXACT:
            self.large = row if abs(value) < _INT64 else -row
        if kind in {"list", "dict"} and self.nested is None:
            self.nested = row

    def settle(self, file: str, column: str, problems: list[Problem], *, as_text: bool) -> pa.DataType:
        """The type that holds all of them without loss; otherwise a problem naming the row is added (text where allowed)."""
        if self.nested is not None:
            problems.append(Problem("masking_runs.nested", {"type": "JSON"}, file, self.nested, column))
            return pa.string()
        kinds = set(self.first) - {"NoneType"}
        kinds = _joined(_joined(kinds, "day", {"date", "datetime"}), "number", {"int", "float"})
        if self.large is not None and self.large < 0:
            kinds = {*kinds, "str"}
        if not kinds:
            return pa.string()
        if len(kinds) == 1:
            return _TYPES[next(iter(kinds))]
        if kinds == {"int", "float"} and self.large is None:
            return pa.float64()
        if kinds == {"date", "datetime"}:
            return pa.timestamp("us")
        if not as_text:
            ordered = sorted((row, kind) for kind, row in self.first.items() if kind in kinds)
            fields = {"first": ordered[0][1], "first_row": ordered[0][0], "other": ordered[-1][1]}
            problems.append(Problem("masking_runs.mixed", fields, file, ordered[-1][0], column))
        return pa.string()


def _joined(kinds: set[str], shape: str, others: set[str]) -> set[str]:
    """Texts that may stand for days (numbers) are such where all else in the column is, and words otherwise."""
    if shape not in kinds:
        return kinds
    rest = kinds - {shape}
    return rest if rest and rest <= others else {*rest, "str"}


def as_text(value: Any) -> str:
    """A value of a mixed column as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
