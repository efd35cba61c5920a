"""Hourly figures of each entity: what a history consists of, and what the period under review is compared by.

A cell is one series (a rule), one entity (the values of its group), one local day and hour: how many events, the sum, the lowest
and the highest of their values, and the first and last record, so that a figure leads back to its lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["CELL", "MAX_ENTITIES", "SEPARATOR", "Rows", "Tally", "aggregate"]

MAX_ENTITIES: Final = 200_000
"""Entities of one series that are told apart; events of further ones are counted as left out and reported."""

SEPARATOR: Final = "\x1f"
"""Stands between the parts of an entity."""

CELL: Final = np.dtype(
    [
        ("series", "i4"), ("entity", "i4"), ("day", "i4"), ("hour", "i1"), ("count", "i8"), ("sum", "f8"), ("min", "f8"),
        ("max", "f8"), ("first", "i8"), ("first_file", "i4"), ("first_record", "i8"), ("last", "i8"), ("last_file", "i4"),
        ("last_record", "i8"),
    ]
)  # fmt: skip
_COMPACT_AT: Final = 200_000
_KEYS: Final = ("series", "entity", "day", "hour")


@dataclass(frozen=True)
class Rows:
    """Selected events of one series: arrays of one length.

    ``entity`` are indices into ``names``, ``file`` into a list that the caller keeps; ``time`` in microseconds since 1970 UTC;
    ``value`` NaN where there is none.
    """

    names: Sequence[str]
    entity: NDArray[np.int64]
    day: NDArray[np.int32]
    hour: NDArray[np.int8]
    time: NDArray[np.int64]
    file: NDArray[np.int32]
    record: NDArray[np.int64]
    value: NDArray[np.float64] | None = None


def aggregate(cells: NDArray[np.void]) -> NDArray[np.void]:
    """The cells with each key once, sorted by it."""
    if not cells.size:
        return cells
    cells = cells[np.lexsort((cells["first"], cells["hour"], cells["day"], cells["entity"], cells["series"]))]
    new = np.ones(cells.size, dtype=bool)
    new[1:] = np.logical_or.reduce([cells[k][1:] != cells[k][:-1] for k in _KEYS])
    at = np.flatnonzero(new)
    if at.size == cells.size:
        return cells
    made = cells[at].copy()
    made["count"] = np.add.reduceat(cells["count"], at)
    with np.errstate(invalid="ignore"):  # all NaN: no value in this cell
        made["sum"] = np.add.reduceat(cells["sum"], at)
        made["min"] = np.fmin.reduceat(cells["min"], at)
        made["max"] = np.fmax.reduceat(cells["max"], at)
    order = np.lexsort((cells["last"], np.cumsum(new)))
    ends = np.append(at[1:], cells.size) - 1
    for name in ("last", "last_file", "last_record"):
        made[name] = cells[name][order][ends]
    return made


class Tally:
    """Cells that grow with series × entities × hours, never with the number of events."""

    def __init__(self, *, max_entities: int = MAX_ENTITIES) -> None:
        """``max_entities``: entities of one series that are told apart."""
        self.series: dict[str, int] = {}
        self.entities: dict[tuple[int, str], int] = {}
        self.names: list[str] = []
        self.covered: dict[str, set[int]] = {}
        self.left_out: dict[str, int] = {}
        self._max = max_entities
        self._sizes: dict[int, int] = {}
        self._parts: list[NDArray[np.void]] = []
        self._waiting = 0

    def cover(self, series: str, days: Sequence[int] | NDArray[np.int32]) -> None:
        """Say that the sources of a series were read on these days: an hour without events then counts as zero."""
        self.covered.setdefault(series, set()).update(int(d) for d in days)

    def add(self, series: str, rows: Rows) -> None:
        """Count events."""
        if not rows.time.size:
            return
        number = self.series.setdefault(series, len(self.series))
        codes = self._codes(number, rows.names)[rows.entity]
        keep = codes >= 0
        if not keep.all():
            self.left_out[series] = self.left_out.get(series, 0) + int((~keep).sum())
        cells = np.zeros(int(keep.sum()), dtype=CELL)
        cells["series"], cells["entity"], cells["count"] = number, codes[keep], 1
        cells["day"], cells["hour"] = rows.day[keep], rows.hour[keep]
        for name in ("first", "last"):
            cells[name], cells[f"{name}_file"], cells[f"{name}_record"] = rows.time[keep], rows.file[keep], rows.record[keep]
        value = np.full(cells.size, np.nan) if rows.value is None else rows.value[keep]
        cells["min"] = cells["max"] = value
        cells["sum"] = np.nan_to_num(value, nan=0.0, posinf=0.0, neginf=0.0)
        cells = aggregate(cells)
        self._parts.append(cells)
        self._waiting += cells.size
        if self._waiting > _COMPACT_AT and len(self._parts) > 1:
            self.cells()

    @property
    def size(self) -> int:
        """How many cells there are at most."""
        return sum(part.size for part in self._parts)

    def cells(self) -> NDArray[np.void]:
        """All cells, each key once, sorted by series, entity, day, hour."""
        if len(self._parts) > 1:
            self._parts = [aggregate(np.concatenate(self._parts))]
        self._waiting = 0
        return self._parts[0] if self._parts else np.zeros(0, dtype=CELL)

    def _codes(self, series: int, names: Sequence[str]) -> NDArray[np.int64]:
        codes = np.empty(len(names), dtype=np.int64)
        for i, name in enumerate(names):
            code = self.entities.get((series, name))
            if code is None:
                size = self._sizes.get(series, 0)
                if size >= self._max:
                    codes[i] = -1
                    continue
                code = self.entities[series, name] = len(self.names)
                self.names.append(name)
                self._sizes[series] = size + 1
            codes[i] = code
        return codes
