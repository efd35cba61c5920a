"""Writing segments: batches of any partition in, Parquet files of bounded size out, buffers bounded altogether.

Events of a batch go to a file of their UTC day where the day has enough of them; sparse days share one file (a folder of old
exports would otherwise become thousands of tiny files), which is then read, and cut by retention, by its row groups' times.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sekisho.engines.events.model import HOST, SYSTEM_COLUMNS, TIME, Batch, Partition
from sekisho.engines.events.store.index import INDEX_FROM, IndexBuilder
from sekisho.engines.events.store.manifest import Segment, moment
from sekisho.engines.events.store.names import folder_of

__all__ = ["GROUP_ROWS", "SegmentWriter"]

GROUP_ROWS: Final = 8_192
"""Rows of a row group: what a search has to read around one hit."""
_FILE_ROWS: Final = 1 << 20
_DAY_ROWS: Final = 4_096
_BUFFERED: Final = 96 << 20
_OPEN: Final = 48
_HOURS: Final = 3_600_000_000
_DAYS: Final = 24 * _HOURS
_BIAS: Final = 1 << 31  # hours before 1970 are negative
_UNIX: Final = date(1970, 1, 1).toordinal()
_MOST_HOSTS: Final = 10_000
_SMALL: Final = 8_192


@dataclass(slots=True)
class _Target:
    """A file that is being filled: tables wait until a row group is full, then a Parquet writer is opened."""

    partition: Partition
    path: Path
    tables: list[pa.Table] = field(default_factory=list)
    waiting: int = 0
    bytes: int = 0
    rows: int = 0
    timeless: int = 0
    low: int | None = None
    high: int | None = None
    schema: pa.Schema | None = None
    writer: Any = None
    packed: Any = None  # where a small file is put together before it is written at once
    index: IndexBuilder | None = None


class SegmentWriter:
    """Writes batches below ``folder``; :meth:`finish` gives the segments, which are on the disk by then but not yet known."""

    def __init__(self, folder: Path, run: str, spellings: dict[tuple[str, str], str], now: datetime) -> None:
        """``run`` makes the names of files unique; ``spellings`` are the column names that the store knows."""
        self.now = now
        self.folder = folder
        self.run = run
        self.spellings = spellings
        self.new_spellings: dict[tuple[str, str], str] = {}
        self.activity: Counter[tuple[str, str, int]] = Counter()
        self.segments: list[Segment] = []
        self._hosts: set[str] = set()
        self._targets: dict[Partition, _Target] = {}
        self._buffered = 0
        self._count = 0

    def add(self, batch: Batch) -> None:
        """Take one batch of any size."""
        table = self._spelled(batch)
        times = table.column(TIME).cast(pa.int64()).combine_chunks()
        self._note_activity(batch.partition.source, table, times)
        source, channel, event = batch.partition.source, batch.partition.channel, batch.partition.event
        for day, part in _by_day(table, times):
            self._put(Partition(source, channel, event, day), part)
        while self._buffered > _BUFFERED:
            self._flush(max(self._targets.values(), key=lambda one: one.bytes))

    def finish(self) -> list[Segment]:
        """Close every file. Returns the segments; the files are flushed to the disk."""
        for target in list(self._targets.values()):
            self._close(target)
        done, self.segments = self.segments, []
        return done

    def abandon(self) -> None:
        """Forget what is open; files that lie there are nobody's."""
        for target in self._targets.values():
            if target.writer is not None:
                target.writer.close()
        self._targets.clear()

    def _spelled(self, batch: Batch) -> pa.Table:
        names, source = [], batch.partition.source
        for name in batch.table.column_names:
            if name in SYSTEM_COLUMNS:
                names.append(name)
                continue
            key = (source, name.lower())
            known = self.spellings.get(key)
            if known is None:
                known = self.spellings[key] = self.new_spellings[key] = name
            names.append(known)
        return batch.table if names == batch.table.column_names else batch.table.rename_columns(names)

    def _note_activity(self, source: str, table: pa.Table, times: Any) -> None:
        hosts = table.column(HOST).combine_chunks().dictionary_encode()
        names = [name or "" for name in hosts.dictionary.to_pylist()]
        codes = hosts.indices.fill_null(len(names)).to_numpy(zero_copy_only=False).astype(np.int64)
        names.append("")
        known = times.is_valid().to_numpy(zero_copy_only=False)
        hours = times.fill_null(0).to_numpy(zero_copy_only=False) // _HOURS
        pairs = np.sort((codes[known] << 32) + hours[known] + _BIAS)
        borders = np.flatnonzero(np.diff(pairs, prepend=-1, append=-1))
        for pair, count in zip(pairs[borders[:-1]].tolist(), np.diff(borders).tolist(), strict=True):
            self.activity[source, self._host(names[pair >> 32]), (pair & 0xFFFFFFFF) - _BIAS] += count

    def _host(self, name: str) -> str:
        if name in self._hosts or len(self._hosts) < _MOST_HOSTS:
            self._hosts.add(name)
            return name
        return ""

    def _put(self, partition: Partition, table: pa.Table) -> None:
        target = self._targets.get(partition)
        if target is None:
            self._count += 1
            folder = self.folder / folder_of(partition)
            target = self._targets[partition] = _Target(partition, folder / f"{self.run}-{self._count}.parquet")
        size = table.nbytes
        target.tables.append(table)
        target.waiting += table.num_rows
        target.bytes += size
        self._buffered += size
        if target.waiting >= 8 * GROUP_ROWS:
            self._flush(target)
            if target.rows >= _FILE_ROWS:
                self._close(target)

    def _flush(self, target: _Target, *, last: bool = False) -> None:
        """Write the waiting tables of one file, sorted by time."""
        if not target.tables:
            return None
        table = pa.concat_tables(target.tables, promote_options="default").combine_chunks()
        self._buffered -= target.bytes
        target.tables, target.waiting, target.bytes = [], 0, 0
        times = table.column(TIME).cast(pa.int64()).combine_chunks()
        table, times = _sorted(table, times)
        if target.schema is not None and not set(table.column_names) <= set(target.schema.names):
            self._close(target)  # a field that the file does not have: the next file has it
            return self._reopen(target.partition, table, last=last)
        self._write(target, table, whole=last)
        valid = times.drop_null()
        target.rows += table.num_rows
        target.timeless += table.num_rows - len(valid)
        if len(valid):
            low, high = valid[0].as_py(), valid[len(valid) - 1].as_py()
            target.low = low if target.low is None else min(target.low, low)
            target.high = high if target.high is None else max(target.high, high)
        return None

    def _reopen(self, partition: Partition, table: pa.Table, *, last: bool) -> None:
        self._put(partition, table)
        if last and partition in self._targets:
            self._close(self._targets[partition])

    def _write(self, target: _Target, table: pa.Table, *, whole: bool) -> None:
        if target.writer is None:
            self._spare_handles()
            target.path.parent.mkdir(parents=True, exist_ok=True)
            small = whole and table.num_rows < _SMALL
            target.schema = table.schema
            target.packed = pa.BufferOutputStream() if small else None
            target.writer = _parquet(target.packed or target.path, table.schema, small=small)
            target.index = None if whole and table.num_rows < INDEX_FROM else IndexBuilder()
        else:
            table = _filled(table, target.schema)
        target.writer.write_table(table, row_group_size=GROUP_ROWS)
        if target.index is not None:
            for start in range(0, table.num_rows, GROUP_ROWS):
                target.index.add(table.slice(start, GROUP_ROWS))

    def _spare_handles(self) -> None:
        is_open = [one for one in self._targets.values() if one.writer is not None]
        if len(is_open) >= _OPEN:
            self._close(min(is_open, key=lambda one: one.rows + one.waiting))

    def _close(self, target: _Target) -> None:
        self._targets.pop(target.partition, None)
        self._flush(target, last=True)
        if target.writer is None:
            return
        target.writer.close()
        target.writer = None
        if target.index is not None:
            target.index.write(target.path)
        _synced(target.path, target.packed)
        target.packed = None
        day = target.partition.day
        if day is None and not target.timeless and target.low is not None and target.high is not None:
            first, final = target.low // _DAYS, target.high // _DAYS
            day = date.fromordinal(_UNIX + first) if first == final and _UNIX + first > 0 else None
        partition = Partition(target.partition.source, target.partition.channel, target.partition.event, day)
        self.segments.append(
            Segment(
                target.path, partition, moment(target.low), moment(target.high), target.rows, target.path.stat().st_size,
                target.timeless, tuple(target.schema.names if target.schema is not None else ()), target.index is not None,
                self.now,
            )
        )  # fmt: skip


def _parquet(place: Any, schema: pa.Schema, *, small: bool) -> Any:
    """A small file is written quickly (dictionaries do not pay there), a large one packed well."""
    packing: dict[str, Any] = {"compression": "zstd", "compression_level": 1}
    if small:
        packing = {"compression": "lz4", "use_dictionary": False}
    return pq.ParquetWriter(place, schema, store_schema=False, write_statistics=[TIME], **packing)


def _synced(path: Path, packed: Any) -> None:
    """Down to the disk; ``packed`` holds what is not in the file yet."""
    with path.open("rb+" if packed is None else "wb", buffering=0) as file:  # Windows refuses to flush what is open for reading
        if packed is not None:
            _whole(file, memoryview(packed.getvalue()))
        os.fsync(file.fileno())


def _whole(file: Any, data: memoryview) -> None:
    while data:
        data = data[file.write(data) :]


def _filled(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """``table`` with the columns of ``schema`` in their order; what it does not have is null."""
    there = set(table.column_names)
    count = table.num_rows
    columns = [table.column(one.name) if one.name in there else pa.nulls(count, one.type) for one in schema]
    return pa.table(columns, schema=schema)


def _sorted(table: pa.Table, times: Any) -> tuple[pa.Table, Any]:
    numbers = times.fill_null(np.iinfo(np.int64).max).to_numpy(zero_copy_only=False)
    if numbers.size < 2 or (numbers[1:] >= numbers[:-1]).all():  # noqa: PLR2004 - one row is sorted
        return table, times
    order = pa.array(np.argsort(numbers, kind="stable"))
    return table.take(order), times.take(order)


def _by_day(table: pa.Table, times: Any) -> list[tuple[date | None, pa.Table]]:
    """The table by UTC day where each day has enough events, else undivided (day None)."""
    if table.num_rows < _DAY_ROWS or times.null_count:
        return [(None, table)]
    days = times.to_numpy() // _DAYS
    found, counts = np.unique(days, return_counts=True)
    if counts.max() < _DAY_ROWS:
        return [(None, table)]
    parts: list[tuple[date | None, pa.Table]] = []
    rest = np.zeros(table.num_rows, dtype=bool)
    for day, count in zip(found.tolist(), counts.tolist(), strict=True):
        if count < _DAY_ROWS or not 0 < _UNIX + day <= date.max.toordinal():
            rest |= days == day
        else:
            part = table if len(found) == 1 else table.filter(pa.array(days == day))
            parts.append((date.fromordinal(_UNIX + day), part))
    if rest.any():
        parts.append((None, table.filter(pa.array(rest))))
    return parts
