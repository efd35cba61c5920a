"""From flattened records to Arrow batches: rows of one shape are transposed at once, no object is made for an event.

A *shape* is the tuple of field names of a record, in its order. Records of one partition and shape wait as plain tuples; a
batch is made from all shapes of a partition when it is large enough, or when too much waits altogether.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
import pyarrow as pa

from sekisho.engines.events.model import FILE, HOST, OFFSET, RECORD, SHA256, SYSTEM_COLUMNS, TIME, Batch, Partition
from sekisho.engines.events.options import Limits

__all__ = ["MORE", "Collector", "Group", "as_text", "text_column"]

MORE: Final = "_more"  # JSON of the fields beyond the most that a partition may have
_TIMES: Final = pa.timestamp("us", tz="UTC")
_STRING: Final = pa.string()
_ONLY_TEXT: Final = {str}
_ONLY_INTEGERS: Final = {int}
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - only ever subtracted from another time in UTC
_OWN_TABLE_FROM: Final = 32  # rows of one shape from which a table of its own costs less than filling gaps
_MOST_GROUPS: Final = 4_000
_SYSTEM: Final = len(SYSTEM_COLUMNS) - 1  # waiting rows name their file by number, which gives two columns
_ROW_COST: Final = 400  # bytes that a waiting row costs beside its text
_RESERVED: Final = frozenset((*SYSTEM_COLUMNS, MORE))


def as_text(value: Any) -> str | None:
    """A value as the field's text: texts as they are, everything else as JSON writes it; None stays None."""
    if value is None or isinstance(value, str):
        return value
    if type(value) is int:
        return str(value)
    return orjson.dumps(value, default=str).decode()


def text_column(values: Sequence[Any]) -> pa.Array | None:
    """A nullable string column; None where there is nothing in it."""
    kinds = set(map(type, values))
    nothing = type(None) in kinds
    kinds.discard(type(None))
    if not kinds:
        return None
    texts: Sequence[str | None]
    if kinds == _ONLY_TEXT:
        texts = values
    elif kinds == _ONLY_INTEGERS:
        texts = [None if value is None else str(value) for value in values] if nothing else list(map(str, values))
    else:
        texts = [as_text(value) for value in values]
    try:
        return pa.array(texts, type=_STRING)
    except UnicodeError:
        return pa.array([_clean(text) for text in texts], type=_STRING)


def _clean(text: str | None) -> str | None:
    """Halves of surrogate pairs cannot be stored; they are written out."""
    return text if text is None else text.encode("utf-8", "backslashreplace").decode()


def _time_column(values: Sequence[Any]) -> pa.Array:
    """Microseconds since 1970 (integers) or ISO texts that end in Z."""
    kinds = set(map(type, values)) - {type(None)}
    if kinds == _ONLY_TEXT:
        try:
            return pa.array(values, type=_STRING).cast(_TIMES)
        except pa.ArrowException:
            pass
    elif kinds == _ONLY_INTEGERS:
        return pa.array(values, type=pa.int64()).cast(_TIMES)
    return pa.array([_micro(value) for value in values], type=pa.int64()).cast(_TIMES)


def _micro(value: Any) -> int | None:
    if isinstance(value, int):
        return value
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value).replace(tzinfo=None)
    except ValueError:
        return None
    return (found - _EPOCH) // timedelta(microseconds=1)


class Group:
    """Waiting rows of one partition and shape.

    ``add`` takes ``(file number, record, time, offset, host, *values)``: the appending method of a plain list, so that the tight
    loops of readers pay for nothing else.
    """

    __slots__ = ("add", "keys", "names", "rows")

    def __init__(self, keys: tuple[str, ...], names: tuple[str | None, ...]) -> None:
        """``names`` are the columns of ``keys``; None where the value goes to :data:`MORE`."""
        self.keys = keys
        self.names = names
        self.rows: list[tuple[Any, ...]] = []
        self.add = self.rows.append


class _Waiting:
    """A partition with its shapes."""

    __slots__ = ("bytes", "groups", "keys", "partition", "spelling")

    def __init__(self, partition: Partition) -> None:
        self.partition = partition
        self.spelling: dict[str, str] = {}
        self.groups: dict[tuple[str, ...], Group] = {}
        self.keys: list[tuple[Any, ...]] = []
        self.bytes = 0

    def shape(self, keys: tuple[str, ...], first: tuple[str, ...], most: int) -> Group:
        """The group of a shape: the first spelling of a name is the column, a second value of one name is numbered."""
        names: list[str | None] = []
        taken: set[str] = set()
        for key in (*first, *keys):
            wanted, number = key or "_", 1
            while (lower := wanted.lower()) in taken or lower in _RESERVED:
                number += 1
                wanted = f"{key}_{number}"
            taken.add(lower)
            if lower not in self.spelling and len(self.spelling) >= most:
                names.append(None)
            else:
                names.append(self.spelling.setdefault(lower, wanted))
        group = self.groups[keys] = Group((*first, *keys), tuple(names))
        return group

    @property
    def rows(self) -> int:
        return sum(len(group.rows) for group in self.groups.values())


class Collector:
    """Takes rows of any partition and gives bounded batches."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.pending = 0
        self._full = False  # whether some partition is large enough
        self._files: list[tuple[str, str]] = []
        self._waiting: dict[tuple[str, str, str], _Waiting] = {}
        self._groups: dict[tuple[Any, ...], tuple[_Waiting, Group]] = {}

    def file(self, name: str, sha256: str) -> int:
        """The number under which rows name their file."""
        self._files.append((name, sha256))
        return len(self._files) - 1

    def group(
        self, source: str, channel: str, event: str, keys: tuple[str, ...], first: tuple[str, ...] = ()
    ) -> tuple[_Waiting, Group]:
        """The waiting partition and the group of a shape in it; valid until the reader next hands over control.

        ``first`` are names that stand before ``keys`` in every shape of the source.
        """
        known = self._groups.get((source, channel, event, keys))
        if known is not None:
            return known
        waiting = self._waiting.get((source, channel, event))
        if waiting is None:
            place = (source, channel, event) if len(self._waiting) < self.limits.partitions else (source, "", "")
            waiting = self._waiting.get(place)
            if waiting is None:
                waiting = self._waiting[place] = _Waiting(Partition(*place))
        made = (waiting, waiting.groups.get(keys) or waiting.shape(keys, first, self.limits.fields))
        self._groups[source, channel, event, keys] = made
        waiting.keys.append((source, channel, event, keys))
        return made

    def count(self, waiting: _Waiting, size: int) -> None:
        """``size`` bytes of input were added to a partition."""
        waiting.bytes += size + _ROW_COST
        self.pending += size + _ROW_COST
        if waiting.bytes >= self.limits.batch_bytes:
            self._full = True

    def ready(self) -> Iterator[Batch]:
        """Batches of partitions that are large enough, and of the largest while too much waits altogether."""
        if self._full:
            self._full = False
            for waiting in [one for one in self._waiting.values() if one.bytes >= self.limits.batch_bytes]:
                yield from self._take(waiting)
        if self.pending > self.limits.pending_bytes or len(self._groups) >= _MOST_GROUPS:
            target = self.limits.pending_bytes // 4 if len(self._groups) < _MOST_GROUPS else 0
            for waiting in sorted(self._waiting.values(), key=lambda one: -one.bytes):
                if self.pending <= target:
                    break
                yield from self._take(waiting)

    def rest(self) -> Iterator[Batch]:
        """Everything that waits."""
        for waiting in sorted(self._waiting.values(), key=lambda one: one.partition.source):
            yield from self._take(waiting)

    def _take(self, waiting: _Waiting) -> Iterator[Batch]:
        groups = [group for group in waiting.groups.values() if group.rows]
        self.pending -= waiting.bytes
        waiting.bytes = 0
        partition = waiting.partition
        waiting.groups = {}
        for key in waiting.keys:
            del self._groups[key]
        waiting.keys.clear()
        if not groups:
            return
        table = self._table(groups)
        for start in range(0, table.num_rows, self.limits.batch_rows):
            yield Batch(partition, table.slice(start, self.limits.batch_rows))

    def _table(self, groups: list[Group]) -> pa.Table:
        large = [group for group in groups if len(group.rows) >= _OWN_TABLE_FROM]
        small = [group for group in groups if len(group.rows) < _OWN_TABLE_FROM]
        tables = [self._one(group) for group in large]
        if len(small) == 1:
            tables.append(self._one(small[0]))
        elif small:
            tables.append(self._several(small))
        if len(tables) == 1:
            return tables[0]
        return pa.concat_tables(tables, promote_options="default").combine_chunks()

    def _one(self, group: Group) -> pa.Table:
        columns = list(zip(*group.rows, strict=True))
        fields: list[tuple[str, Sequence[Any]]] = [
            (name, columns[_SYSTEM + index]) for index, name in enumerate(group.names) if name is not None
        ]
        return self._made(columns[:_SYSTEM], fields, len(group.rows), _more(group))

    def _several(self, groups: list[Group]) -> pa.Table:
        count = sum(len(group.rows) for group in groups)
        places: dict[str, list[Any]] = {}
        system: list[list[Any]] = [[None] * count for _ in range(_SYSTEM)]
        more: list[Any] = [None] * count
        at = 0
        for group in groups:
            targets = [*system, *(None if n is None else places.setdefault(n, [None] * count) for n in group.names)]
            more[at : at + len(group.rows)] = _more(group) or [None] * len(group.rows)
            for row in group.rows:
                for target, value in zip(targets, row, strict=True):
                    if target is not None and value is not None:
                        target[at] = value
                at += 1
        return self._made(system, list(places.items()), count, more)

    def _made(
        self, system: Sequence[Any], fields: Sequence[tuple[str, Sequence[Any]]], count: int, more: Sequence[Any]
    ) -> pa.Table:
        numbers, records, times, offsets, hosts = system
        files = [self._files[number] for number in numbers]
        host = text_column(hosts)
        columns = {
            TIME: _time_column(times),
            OFFSET: pa.array(offsets, type=pa.int16()),
            FILE: text_column([name for name, _ in files]),
            SHA256: pa.array([sha256 for _, sha256 in files], type=_STRING),
            RECORD: pa.array(records, type=pa.int64()),
            HOST: pa.nulls(count, _STRING) if host is None else host,
        }
        for name, values in fields:
            made = text_column(values)
            if made is not None:
                columns[name] = made
        if more:
            columns[MORE] = pa.array(more, type=_STRING)
        return pa.table(columns)


def _more(group: Group) -> list[str | None]:
    """JSON of the fields that found no column."""
    beyond = [
        (index + _SYSTEM, key) for index, (key, name) in enumerate(zip(group.keys, group.names, strict=True)) if name is None
    ]
    if not beyond:
        return []
    return [orjson.dumps({key: row[at] for at, key in beyond if row[at] is not None}, default=str).decode() for row in group.rows]
