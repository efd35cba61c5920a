"""The learned history: kept as one Parquet file, brought up to date day by day, bounded in memory and on disk.

A day that is learned again replaces what was known of it, so that nothing counts double.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sekisho.engines.detection.baselines.cells import Tally
from sekisho.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

__all__ = ["KEEP_DAYS", "Baseline", "History"]

KEEP_DAYS: Final = 91
"""Thirteen weeks: every hour of the week is known thirteen times."""

_FORMAT: Final = "sekisho.baseline/1"
_SEEN: Final = -1  # in the column hour: the row says when an entity was first and last seen, not how often
_WORDS: Final = pa.dictionary(pa.int32(), pa.string())
_SCHEMA: Final = pa.schema(
    [
        ("series", _WORDS), ("entity", _WORDS), ("day", pa.int32()), ("hour", pa.int8()), ("count", pa.int64()),
        ("sum", pa.float64()), ("min", pa.float64()), ("max", pa.float64()), ("last_day", pa.int32()),
    ]
)  # fmt: skip


@dataclass(frozen=True)
class History:
    """One entity's hours: ``counts[i, h]`` on ``days[i]``; hours without events on a covered day are 0. Values NaN where none."""

    days: NDArray[np.int32]
    counts: NDArray[np.float64]
    sums: NDArray[np.float64]
    lows: NDArray[np.float64]
    highs: NDArray[np.float64]


@dataclass
class _Series:
    """What is known of one series."""

    definition: str
    days: set[int] = field(default_factory=set)
    cells: dict[str, NDArray[np.void]] = field(default_factory=dict)
    seen: dict[str, tuple[int, int]] = field(default_factory=dict)
    left_out: int = 0


_STORED: Final = np.dtype([("day", "i4"), ("hour", "i1"), ("count", "i8"), ("sum", "f8"), ("min", "f8"), ("max", "f8")])


class Baseline:
    """History of every series (a rule's id), each with the definition under which it was counted."""

    def __init__(self, *, zone: str = "Asia/Tokyo", keep_days: int = KEEP_DAYS) -> None:
        """``zone``: of the days and hours. ``keep_days``: how much history is kept."""
        self.zone, self.keep_days = zone, keep_days
        self._series: dict[str, _Series] = {}

    @property
    def series(self) -> tuple[str, ...]:
        """Ids of the series that have history, sorted."""
        return tuple(sorted(self._series))

    def definition(self, series: str) -> str:
        """The definition under which a series was counted; "" when there is none."""
        known = self._series.get(series)
        return known.definition if known else ""

    def days(self, series: str, *, before: int | None = None) -> NDArray[np.int32]:
        """The covered days of a series (days since 1970), sorted, only those ``before`` a day if given."""
        known = self._series.get(series)
        days = sorted(known.days) if known else []
        return np.array([d for d in days if before is None or d < before], dtype=np.int32)

    def entities(self, series: str) -> tuple[str, ...]:
        """Entities with hours in the history of a series, sorted."""
        known = self._series.get(series)
        return tuple(sorted(known.cells)) if known else ()

    def known(self, series: str) -> int:
        """How many entities of a series were ever seen."""
        known = self._series.get(series)
        return len(known.seen) if known else 0

    def seen(self, series: str, entity: str) -> tuple[int, int] | None:
        """First and last day on which an entity was seen, or None; remembered beyond ``keep_days``."""
        known = self._series.get(series)
        return known.seen.get(entity) if known else None

    def last_before(self, series: str, entity: str, day: int) -> int | None:
        """The last day before ``day`` on which an entity was seen, as far as is known; None when it never was."""
        known = self._series.get(series)
        if known is None:
            return None
        cells = known.cells.get(entity)
        days = [int(d) for d in cells["day"] if d < day] if cells is not None else []
        days += [d for d in known.seen.get(entity, ()) if d < day]
        return max(days, default=None)

    def left_out(self, series: str) -> int:
        """Events of entities beyond the limit, which no figure contains."""
        known = self._series.get(series)
        return known.left_out if known else 0

    def history(self, series: str, entity: str, *, before: int) -> History:
        """The hours of an entity on covered days before ``before`` (days since 1970)."""
        days = self.days(series, before=before)
        shape = (days.size, 24)
        made = History(days, np.zeros(shape), np.zeros(shape), np.full(shape, np.nan), np.full(shape, np.nan))
        known = self._series.get(series)
        cells = known.cells.get(entity) if known else None
        if cells is None or not days.size:
            return made
        cells = cells[np.isin(cells["day"], days)]
        at = (np.searchsorted(days, cells["day"]), cells["hour"])
        made.counts[at], made.sums[at], made.lows[at], made.highs[at] = (cells[k] for k in ("count", "sum", "min", "max"))
        return made

    def begin(self, definitions: Mapping[str, str], days: range) -> None:
        """Make ready to take in the whole of ``days`` (days since 1970): what was known of them is forgotten.

        A series whose definition has changed begins anew: its old figures counted something else.
        """
        for name, definition in definitions.items():
            known = self._series.get(name)
            if known is None or known.definition != definition:
                known = self._series[name] = _Series(definition)
            known.days -= set(days)
            kept = {e: c[(c["day"] < days.start) | (c["day"] >= days.stop)] for e, c in known.cells.items()}
            known.cells = {e: c for e, c in kept.items() if c.size}

    def absorb(self, tally: Tally, *, only_seen: Collection[str] = ()) -> None:
        """Add figures of days that :meth:`begin` has named. ``only_seen``: series of which only the first and last day of each
        entity are kept, no figures.
        """
        cells = tally.cells()
        for name in set(tally.covered) | set(tally.series):
            known = self._series[name]
            known.days |= tally.covered.get(name, set())
            known.left_out += tally.left_out.get(name, 0)
            if name in tally.series:
                self._take(known, cells[cells["series"] == tally.series[name]], tally, figures=name not in only_seen)
            self._trim(known)

    @staticmethod
    def _take(known: _Series, cells: NDArray[np.void], tally: Tally, *, figures: bool) -> None:
        codes, starts = np.unique(cells["entity"], return_index=True)
        for code, start, end in zip(codes, starts, [*starts[1:], cells.size], strict=True):
            entity, rows = tally.names[code], cells[start:end]
            first, last = int(rows["day"].min()), int(rows["day"].max())
            before = known.seen.get(entity, (first, last))
            known.seen[entity] = (min(before[0], first), max(before[1], last))
            if not figures:
                continue
            stored = np.empty(rows.size, dtype=_STORED)
            for key in _STORED.names or ():
                stored[key] = rows[key]
            old = known.cells.get(entity)
            known.cells[entity] = stored if old is None else _merged(np.concatenate([old, stored]))

    def _trim(self, known: _Series) -> None:
        if not known.days:
            return
        oldest = max(known.days) - self.keep_days
        if min(known.days) > oldest:
            return
        known.days = {d for d in known.days if d > oldest}
        kept = {e: c[c["day"] > oldest] for e, c in known.cells.items()}
        known.cells = {e: c for e, c in kept.items() if c.size}

    # ------------------------------------------------------------------------------------------------------------ on disk

    def save(self, path: Path) -> None:
        """Write it whole: a new file takes the old one's place only when it is complete."""
        about = {
            "format": _FORMAT, "zone": self.zone, "keep_days": self.keep_days,
            "series": {
                n: {"definition": s.definition, "days": sorted(s.days), "left_out": s.left_out} for n, s in self._series.items()
            },
        }  # fmt: skip
        schema = _SCHEMA.with_metadata({"sekisho": json.dumps(about, sort_keys=True)})
        waiting = path.with_name(f"{path.name}.new")
        with pq.ParquetWriter(waiting, schema, compression="zstd") as writer:
            for name in self.series:
                writer.write_table(_table(name, self._series[name]).cast(schema))
        waiting.replace(path)

    @classmethod
    def load(cls, path: Path) -> Baseline:
        """Read it. Raises InputError ``watch.baseline_unreadable`` for anything that :meth:`save` has not written."""
        try:
            table = pq.read_table(path, memory_map=False)
            about = _about(table)
            made = cls(zone=about["zone"], keep_days=int(about["keep_days"]))
            for name, row in about["series"].items():
                made._series[name] = _Series(row["definition"], {int(d) for d in row["days"]}, left_out=int(row["left_out"]))
            made._read(table)
        except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
            problem = Problem("watch.baseline_unreadable", {}, file=path.name)
            raise InputError("watch.baseline_unreadable", problems=(problem,), file=path.name) from error
        return made

    def _read(self, table: pa.Table) -> None:
        columns: dict[str, Any] = {n: table.column(n).combine_chunks() for n in ("series", "entity")}
        codes = {n: c.dictionary_encode() if not isinstance(c.type, pa.DictionaryType) else c for n, c in columns.items()}
        names = {n: c.dictionary.to_pylist() for n, c in codes.items()}
        series, entity = (np.asarray(codes[n].indices) for n in ("series", "entity"))
        numbers = {n: table.column(n).to_numpy() for n in ("day", "hour", "count", "sum", "min", "max", "last_day")}
        order = np.lexsort((numbers["hour"], numbers["day"], entity, series))
        edges = np.flatnonzero((np.diff(series[order]) != 0) | (np.diff(entity[order]) != 0)) + 1
        for rows in np.split(order, edges) if order.size else ():
            known = self._series[names["series"][series[rows[0]]]]
            name = names["entity"][entity[rows[0]]]
            marks = rows[numbers["hour"][rows] == _SEEN]
            if marks.size:
                known.seen[name] = (int(numbers["day"][marks[0]]), int(numbers["last_day"][marks[0]]))
            hours = rows[numbers["hour"][rows] != _SEEN]
            if hours.size:
                stored = np.empty(hours.size, dtype=_STORED)
                for key in _STORED.names or ():
                    stored[key] = numbers[key][hours]
                known.cells[name] = stored


def _merged(cells: NDArray[np.void]) -> NDArray[np.void]:
    """Cells of one entity, each hour once, sorted."""
    cells = cells[np.lexsort((cells["hour"], cells["day"]))]
    new = np.ones(cells.size, dtype=bool)
    new[1:] = (np.diff(cells["day"]) != 0) | (np.diff(cells["hour"]) != 0)
    at = np.flatnonzero(new)
    if at.size == cells.size:
        return cells
    made = cells[at].copy()
    for name, add in (("count", np.add), ("sum", np.add), ("min", np.fmin), ("max", np.fmax)):
        made[name] = add.reduceat(cells[name], at)
    return made


def _about(table: pa.Table) -> dict[str, Any]:
    about: dict[str, Any] = json.loads((table.schema.metadata or {})[b"sekisho"])
    if about["format"] != _FORMAT:
        raise ValueError(about["format"])
    return about


def _table(name: str, known: _Series) -> pa.Table:
    entities = list(known.cells)
    parts = [known.cells[e] for e in entities]
    cells = np.concatenate(parts) if parts else np.empty(0, dtype=_STORED)
    lengths = [p.size for p in parts]
    owners = np.repeat(np.arange(len(entities)), lengths) if entities else np.empty(0, dtype=int)
    seen = list(known.seen.items())
    words = pa.array([*entities, *(e for e, _ in seen)], pa.string()).take(
        pa.array(np.concatenate([owners, len(entities) + np.arange(len(seen))]))
    )
    nothing = np.zeros(len(seen))
    none = np.full(len(seen), np.nan)
    return pa.table(
        {
            "series": pa.array([name] * len(words), pa.string()).dictionary_encode(),
            "entity": words.dictionary_encode(),
            "day": np.concatenate([cells["day"], np.array([s[0] for _, s in seen], dtype=np.int32)]),
            "hour": np.concatenate([cells["hour"], np.full(len(seen), _SEEN, dtype=np.int8)]),
            "count": np.concatenate([cells["count"], nothing.astype(np.int64)]),
            "sum": np.concatenate([cells["sum"], nothing]),
            "min": np.concatenate([cells["min"], none]),
            "max": np.concatenate([cells["max"], none]),
            "last_day": np.concatenate([cells["day"], np.array([s[1] for _, s in seen], dtype=np.int32)]),
        }
    )
