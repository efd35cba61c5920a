"""Which rows of a batch belong to a class of events, and their roles: vectorised, each field looked at by its distinct values."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sekisho.engines.events.model import FILE, HOST, RECORD, SHA256, TIME
from sekisho.standards.watch_rules import Extract

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from sekisho.engines.events.model import Batch, Partition
    from sekisho.standards.watch_rules import EventClass, RoleSpec, Take

__all__ = ["COLUMNS", "NO_TIME", "Seen", "Selector", "numbers", "test_values"]

NO_TIME: Final = np.iinfo(np.int64).min
"""Stands for an event without a time that could be read."""

COLUMNS: Final = {"t": pa.int64(), "file": pa.dictionary(pa.int32(), pa.string()), "record": pa.int64()}
"""Columns of selected rows beside the roles: microseconds since 1970 UTC, ``file␟sha256``, record."""

_WORDS: Final = pa.dictionary(pa.int32(), pa.string())
_NUMBER: Final = re.compile(r"\s*[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?\s*%?\s*", re.ASCII)
_COMPARE: Final = {
    "gt": np.greater,
    "gte": np.greater_equal,
    "lt": np.less,
    "lte": np.less_equal,
}


def numbers(words: Iterable[str | None]) -> NDArray[np.float64]:
    """Each text as a number (a per cent sign is dropped), NaN where it is none."""
    return np.array(
        [float(w.strip().rstrip("%")) if w is not None and _NUMBER.fullmatch(w) else np.nan for w in words], dtype=np.float64
    )


def test_values(words: pa.Array, operator: str, wanted: Iterable[Any]) -> NDArray[np.bool_]:
    """For each of some distinct values (no nulls) whether it meets the condition; comparison of texts knows no case."""
    if operator in _COMPARE:
        have = numbers(words.to_pylist())
        with np.errstate(invalid="ignore"):
            return np.asarray(np.logical_or.reduce([_COMPARE[operator](have, float(w)) for w in wanted]), dtype=bool)
    texts = [_text(w) for w in wanted]
    if operator == "re":
        hits = [pc.match_substring_regex(words, t) for t in texts]
    else:
        lower = pc.utf8_lower(words)
        low = [t.lower() for t in texts]
        if operator == "":
            hits = [pc.is_in(lower, pa.array(low, pa.string()))]
        else:
            test = {"contains": pc.match_substring, "startswith": pc.starts_with, "endswith": pc.ends_with}[operator]
            hits = [test(lower, t) for t in low]
    return np.asarray(np.logical_or.reduce([h.to_numpy(zero_copy_only=False) for h in hits]), dtype=bool)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


@dataclass
class Seen:
    """What the batches had: which sources with how many events, which class in how many, and which fields no batch had.

    ``missing[class, source]``: fields that were asked for and that not one batch of the source had; ``met``: those that one had.
    """

    sources: dict[str, int] = field(default_factory=dict)
    channels: set[tuple[str, str]] = field(default_factory=set)
    classes: dict[str, int] = field(default_factory=dict)
    asked: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    met: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    untimed: dict[str, int] = field(default_factory=dict)

    def has(self, take: Take) -> bool:
        """Whether there was any batch of the source (and channel) of a class."""
        return take.source in self.sources and (not take.channel or any((take.source, c) in self.channels for c in take.channel))

    def missing(self, class_id: str, source: str) -> tuple[str, ...]:
        """Fields that a class asks of a source and that no batch of it had, sorted."""
        return tuple(sorted(self.asked.get((class_id, source), set()) - self.met.get((class_id, source), set())))


class _Columns:
    """The columns of one batch, each encoded once by its distinct values."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.table = batch.table
        self._encoded: dict[str, tuple[pa.Array, NDArray[np.int64]] | None] = {}

    def encoded(self, name: str) -> tuple[pa.Array, NDArray[np.int64]] | None:
        """(distinct values, index of each row: −1 for null) of a field, or None when the batch has no such field."""
        if name not in self._encoded:
            if name not in self.table.column_names:
                self._encoded[name] = None
            else:
                column = self.table.column(name)
                if not pa.types.is_string(column.type):
                    column = column.cast(pa.string())
                coded = column.combine_chunks().dictionary_encode()
                coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
                indices = np.asarray(coded.indices.fill_null(-1), dtype=np.int64)
                self._encoded[name] = (coded.dictionary, indices)
        return self._encoded[name]


class Selector:
    """Finds the events of the wanted classes in batches."""

    def __init__(self, classes: Mapping[str, EventClass], wanted: Mapping[str, Iterable[str]]) -> None:
        """``wanted``: class id → the roles that are asked of it."""
        self.roles = {name: tuple(sorted(set(roles))) for name, roles in wanted.items()}
        self.seen = Seen()
        self._takes: dict[str, list[tuple[str, Take]]] = {}
        for name in wanted:
            for take in classes[name].take:
                self._takes.setdefault(take.source, []).append((name, take))

    def select(self, batch: Batch) -> Iterator[tuple[str, pa.Table]]:
        """(class id, its rows: :data:`COLUMNS` and its roles) for each class that has any in this batch."""
        source = batch.partition.source
        self.seen.sources[source] = self.seen.sources.get(source, 0) + batch.table.num_rows
        self.seen.channels.add((source, batch.partition.channel))
        takes = [(name, t) for name, t in self._takes.get(source, ()) if _fits(t, batch.partition)]
        if not takes or not batch.table.num_rows:
            return
        columns = _Columns(batch)
        parts: dict[str, list[NDArray[np.int64]]] = {}
        for name, take in takes:
            rows = self._rows(name, take, columns)
            if not rows.size:
                continue
            self._note_roles(name, take, columns)
            if parts.get(name):  # a row belongs to a class once, however many of its descriptions fit
                rows = rows[~np.isin(rows, np.concatenate(parts[name]))]
            parts.setdefault(name, []).append(rows)
            self.seen.classes[name] = self.seen.classes.get(name, 0) + int(rows.size)
            if rows.size:
                yield name, self._table(name, take, columns, rows)

    def _rows(self, name: str, take: Take, columns: _Columns) -> NDArray[np.int64]:
        """Each condition looks only at the rows that the ones before have left."""
        rows = np.arange(columns.table.num_rows)
        for key, values in take.match.items():
            if not rows.size:
                break
            rows = rows[self._condition(name, columns, key, values, rows)]
        for key, values in take.unless.items():
            if not rows.size:
                break
            rows = rows[~self._condition(name, columns, key, values, rows, required=False)]
        return rows

    def _condition(
        self, name: str, columns: _Columns, key: str, values: Any, rows: NDArray[np.int64], *, required: bool = True
    ) -> NDArray[np.bool_]:
        field_name, _, operator = key.partition("|")
        wanted = values if isinstance(values, tuple | list) else (values,)
        coded = columns.encoded(field_name)
        if required and operator != "exists":
            self._note(name, columns, (field_name,))
        if operator == "exists":
            there = np.zeros(rows.size, dtype=bool) if coded is None else coded[1][rows] >= 0
            return there if wanted[0] else ~there
        if coded is None:
            return np.zeros(rows.size, dtype=bool)
        words, indices = coded
        mine = indices[rows]
        if rows.size * 2 < len(words):  # few rows are left: look only at their values
            used, mine = np.unique(mine, return_inverse=True)
            found = np.zeros(used.size, dtype=bool)
            found[used >= 0] = test_values(words.take(pa.array(used[used >= 0])), operator, wanted)
            return found[mine]
        return np.append(test_values(words, operator, wanted), False)[mine]  # −1, the null, is the last

    def _note(self, name: str, columns: _Columns, names: tuple[str, ...]) -> None:
        place = (name, columns.batch.partition.source)
        shown = " / ".join(names)
        self.seen.asked.setdefault(place, set()).add(shown)
        if any(columns.encoded(n) is not None for n in names):
            self.seen.met.setdefault(place, set()).add(shown)

    def _note_roles(self, name: str, take: Take, columns: _Columns) -> None:
        for role in self.roles[name]:
            spec = take.roles.get(role)
            fields = _fields(spec) if spec is not None else (role,)
            if fields:
                self._note(name, columns, fields)

    def _table(self, name: str, take: Take, columns: _Columns, rows: NDArray[np.int64]) -> pa.Table:
        table = columns.table
        at = pa.array(rows)
        time = table.column(TIME).cast(pa.int64()).take(at).combine_chunks()
        if time.null_count:
            source = columns.batch.partition.source
            self.seen.untimed[source] = self.seen.untimed.get(source, 0) + time.null_count
        made = {
            "t": time.fill_null(NO_TIME),
            "file": _files(table, at),
            "record": table.column(RECORD).cast(pa.int64()).take(at).fill_null(-1),
        }
        for role in self.roles[name]:
            made[f"r_{role}"] = _role(take.roles.get(role), columns, rows)
        return pa.table(made)


def _fits(take: Take, partition: Partition) -> bool:
    return (not take.channel or partition.channel in take.channel) and (not take.event or partition.event in take.event)


def _files(table: pa.Table, at: pa.Array) -> pa.ChunkedArray:
    names = table.column(FILE).cast(pa.string()).take(at)
    hashes = table.column(SHA256).cast(pa.string()).take(at)
    return (
        pc.binary_join_element_wise(names.fill_null(""), hashes.fill_null(""), "\x1f").dictionary_encode().cast(COLUMNS["file"])
    )


def _fields(spec: RoleSpec) -> tuple[str, ...]:
    if isinstance(spec, Extract):
        return (spec.field,)
    names = (spec,) if isinstance(spec, str) else tuple(spec)
    return () if any(n.startswith("=") for n in names) or names == (HOST,) else names


def _role(spec: RoleSpec | None, columns: _Columns, rows: NDArray[np.int64]) -> pa.Array:
    if spec is None:
        return pa.nulls(rows.size, pa.string()).dictionary_encode().cast(_WORDS)
    if isinstance(spec, Extract):
        return _extracted(spec, columns, rows)
    found: pa.Array = None
    for name in (spec,) if isinstance(spec, str) else spec:
        part = _plain(name, columns, rows)
        found = part if found is None else pc.coalesce(_none_if_empty(found), part)
    return _none_if_empty(found).dictionary_encode().cast(_WORDS)


def _plain(name: str, columns: _Columns, rows: NDArray[np.int64]) -> pa.Array:
    if name.startswith("="):
        partition = columns.batch.partition
        constant = {"=$source": partition.source, "=$channel": partition.channel, "=$event": partition.event}.get(name, name[1:])
        return pa.repeat(constant, rows.size)
    coded = columns.encoded(name)
    if coded is None:
        return pa.nulls(rows.size, pa.string())
    words, indices = coded
    chosen = indices[rows]
    return words.take(pa.array(np.where(chosen < 0, 0, chosen), mask=chosen < 0))


def _extracted(spec: Extract, columns: _Columns, rows: NDArray[np.int64]) -> pa.Array:
    coded = columns.encoded(spec.field)
    if coded is None:
        return pa.nulls(rows.size, pa.string()).dictionary_encode().cast(_WORDS)
    words, indices = coded
    parts = pc.struct_field(pc.extract_regex(words, spec.extract), "x")
    chosen = indices[rows]
    taken = parts.take(pa.array(np.where(chosen < 0, 0, chosen), mask=chosen < 0))
    return _none_if_empty(taken).dictionary_encode().cast(_WORDS)


def _none_if_empty(words: pa.Array) -> pa.Array:
    """A dash and nothing at all mean the same in logs: no value."""
    empty = pc.is_in(words, pa.array(["", "-"], pa.string()))
    return pc.if_else(empty, pa.scalar(None, pa.string()), words)
