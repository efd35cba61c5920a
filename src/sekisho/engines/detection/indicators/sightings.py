"""Sightings: which indicator was seen, how often, when first and last, and where."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sekisho.engines.events.model import FILE, HOST, RECORD, TIME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sekisho.engines.detection.indicators.model import Indicator
    from sekisho.engines.events.model import Batch

__all__ = ["Place", "Sighting", "Sightings"]

_ONE_BY_ONE: Final = 20_000  # hits of one column in one batch; more are grouped by indicator
_LONGEST_VALUE: Final = 2_048
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """One record that held the indicator. ``record``: record id or line, as in the batch; ``value`` as the log wrote it."""

    file: str
    record: int | None
    time: datetime | None
    host: str
    source: str
    column: str
    value: str

    def as_dict(self) -> dict[str, Any]:
        """The place as plain JSON values."""
        return {
            "file": self.file, "record_id": self.record, "time": None if self.time is None else self.time.isoformat(),
            "host": self.host, "source": self.source, "column": self.column, "value": self.value,
        }  # fmt: skip


@dataclass(slots=True)
class Sighting:
    """All that was seen of one indicator. ``count`` is of records, ``columns`` of each column; ``places`` are the first ones."""

    indicator: Indicator
    count: int = 0
    first: datetime | None = None
    last: datetime | None = None
    outside_period: int = 0
    files: dict[str, int] = field(default_factory=dict)
    hosts: dict[str, int] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The sighting as plain JSON values."""
        one = self.indicator
        return {
            "kind": one.kind.value, "value": one.value, "source": one.source, "reference": one.reference, "title": one.title,
            "tlp": one.tlp.value if one.tlp else None, "confidence": one.confidence, "count": self.count,
            "first": None if self.first is None else self.first.isoformat(),
            "last": None if self.last is None else self.last.isoformat(),
            "outside_period": self.outside_period, "files": self.files, "hosts": self.hosts, "columns": self.columns,
            "places": [place.as_dict() for place in self.places], "places_left_out": max(0, self.count - len(self.places)),
        }  # fmt: skip


class Sightings:
    """Collects hits of many batches. Memory grows with the indicators that were seen, not with the records."""

    def __init__(self, indicators: Sequence[Indicator], *, places: int = 50, names: int = 1_000) -> None:
        """``places``: how many records are kept of each indicator; ``names``: how many files and hosts are told apart."""
        self._indicators = indicators
        self._places = places
        self._names = names
        self._found: dict[int, Sighting] = {}

    def add(self, batch: Batch, column: str, positions: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
        """``rows`` of ``column`` in ``batch`` hold the indicators at ``positions`` (both of the same length)."""
        if len(rows) <= _ONE_BY_ONE:
            self._each(batch, column, positions, rows)
            return
        order = np.argsort(positions, kind="stable")
        positions, rows = positions[order], rows[order]
        edges = np.flatnonzero(np.diff(positions)) + 1
        for group in np.split(np.arange(len(positions)), edges):
            self._extend(self._of(int(positions[group[0]])), batch, column, rows[group])

    def again(self, column: str, positions: NDArray[np.int64]) -> None:
        """Records that were counted by another of their columns hold the indicators at ``positions`` in ``column``, too."""
        for position, count in zip(*np.unique(positions, return_counts=True), strict=True):
            columns = self._of(int(position)).columns
            columns[column] = columns.get(column, 0) + int(count)

    def _of(self, position: int) -> Sighting:
        sighting = self._found.get(position)
        if sighting is None:
            sighting = self._found[position] = Sighting(self._indicators[position])
        return sighting

    def _each(self, batch: Batch, column: str, positions: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
        """The same as :meth:`_extend` for few hits of many indicators, record by record."""
        for position, place in zip(positions.tolist(), _places(batch, column, rows), strict=True):
            sighting = self._of(position)
            sighting.count += 1
            sighting.columns[column] = sighting.columns.get(column, 0) + 1
            for key, counts in ((place.file, sighting.files), (place.host, sighting.hosts)):
                if key and (key in counts or len(counts) < self._names):
                    counts[key] = counts.get(key, 0) + 1
            if place.time is not None:
                sighting.first = place.time if sighting.first is None else min(place.time, sighting.first)
                sighting.last = place.time if sighting.last is None else max(place.time, sighting.last)
                sighting.outside_period += not sighting.indicator.active(place.time)
            if len(sighting.places) < self._places:
                sighting.places.append(place)

    def _extend(self, sighting: Sighting, batch: Batch, column: str, rows: NDArray[np.int64]) -> None:
        table = batch.table
        sighting.count += len(rows)
        sighting.columns[column] = sighting.columns.get(column, 0) + len(rows)
        picked = pa.array(rows)
        self._times(sighting, batch, picked)
        for name, counts in ((FILE, sighting.files), (HOST, sighting.hosts)):
            if name in table.column_names:
                for entry in table.column(name).take(picked).value_counts().to_pylist():
                    key = entry["values"]
                    if key and (key in counts or len(counts) < self._names):
                        counts[key] = counts.get(key, 0) + entry["counts"]
        room = self._places - len(sighting.places)
        if room > 0:
            sighting.places += _places(batch, column, rows[:room])

    @staticmethod
    def _times(sighting: Sighting, batch: Batch, picked: Any) -> None:
        if TIME not in batch.table.column_names:
            return
        times = batch.table.column(TIME).take(picked).cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).drop_null()
        if not len(times):
            return
        edge = pc.min_max(times).as_py()
        first, last = (_EPOCH + timedelta(microseconds=edge[side]) for side in ("min", "max"))
        sighting.first = first if sighting.first is None else min(first, sighting.first)
        sighting.last = last if sighting.last is None else max(last, sighting.last)
        one = sighting.indicator
        if one.active_from is not None or one.active_until is not None:
            sighting.outside_period += sum(not one.active(_EPOCH + timedelta(microseconds=value)) for value in times.to_pylist())

    def results(self) -> list[Sighting]:
        """All sightings, the most frequent first; equal ones in the order of the indicators."""
        return [self._found[at] for at in sorted(self._found, key=lambda at: (-self._found[at].count, at))]


def _places(batch: Batch, column: str, rows: NDArray[np.int64]) -> list[Place]:
    picked = pa.array(rows)
    source = batch.partition.source

    def values(name: str) -> list[Any]:
        if name not in batch.table.column_names:
            return [None] * len(rows)
        return list(batch.table.column(name).take(picked).to_pylist())

    return [
        Place(file or "", record, time, host or "", source, column, str(value)[:_LONGEST_VALUE])
        for file, record, time, host, value in zip(*map(values, (FILE, RECORD, TIME, HOST, column)), strict=True)
    ]
