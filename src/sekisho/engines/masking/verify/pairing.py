"""Source and target side by side, as keyed prints on disk: row for row, column for column, and no value among them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from sekisho.engines.masking.spool import joined, prints
from sekisho.engines.masking.tables import BATCH_ROWS, Source, Table
from sekisho.engines.masking.targets.csvtext import words
from sekisho.engines.masking.transforms import Context
from sekisho.engines.masking.transforms.calendar_texts import read_dates
from sekisho.engines.masking.verify.holding import as_held

__all__ = ["Moments", "Pairs", "Side", "paired"]


@dataclass(slots=True)
class Moments:
    """Mean and deviation of a column of numbers (also where they are written as text), gathered batch by batch."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0
    numeric: bool = True

    def add(self, array: pa.Array) -> None:
        """One batch (Chan, Golub and LeVeque's way of joining means and squares)."""
        if not self.numeric:
            return
        try:
            values = pc.drop_null(_numbers(array))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            self.numeric = False
            return
        found = np.asarray(values.to_numpy(zero_copy_only=False), dtype=float)
        found = found[np.isfinite(found)]
        if not len(found):
            return
        mean, total = float(found.mean()), self.count + len(found)
        gap = mean - self.mean
        self.squares += float(((found - mean) ** 2).sum()) + gap * gap * self.count * len(found) / total
        self.mean += gap * len(found) / total
        self.count = total

    @property
    def deviation(self) -> float:
        """Standard deviation; 0 for one value."""
        return math.sqrt(self.squares / (self.count - 1)) if self.count > 1 else 0.0

    def as_dict(self) -> dict[str, float] | None:
        """Rounded to six digits; None where it is no column of numbers."""
        if not self.numeric or not self.count:
            return None
        return {"mean": float(f"{self.mean:.6g}"), "deviation": float(f"{self.deviation:.6g}")}


def _numbers(array: pa.Array) -> pa.Array:
    kind = array.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return array.cast(pa.float64())
    if pa.types.is_string(kind):
        return pc.if_else(pc.equal(array, ""), None, array).cast(pa.float64())
    raise pa.ArrowInvalid


@dataclass(slots=True)
class Side:
    """What one side of a table came to: rows, NULLs and empties by column, moments."""

    rows: int = 0
    nulls: dict[str, int] = field(default_factory=dict)
    empties: dict[str, int] = field(default_factory=dict)
    moments: dict[str, Moments] = field(default_factory=dict)

    def add(self, batch: pa.RecordBatch) -> None:
        """One batch."""
        self.rows += batch.num_rows
        for name, array in zip(batch.schema.names, batch.columns, strict=True):
            self.nulls[name] = self.nulls.get(name, 0) + array.null_count
            if pa.types.is_string(array.type):
                empty = int(pc.sum(pc.equal(array, "")).as_py() or 0)
                self.empties[name] = self.empties.get(name, 0) + empty
            self.moments.setdefault(name, Moments()).add(array)


@dataclass(frozen=True, slots=True)
class Pairs:
    """``file``: Parquet with ``s<n>`` and ``t<n>`` (prints of column n before and after, NULL for NULL) for each pair of rows.

    ``empty`` is the print of the empty text, ``print_of(text)`` that of any. ``numbers`` gives n by column; dropped
    columns have only ``s<n>``. ``moved``: see :func:`paired`.
    """

    file: Path
    numbers: dict[str, int]
    empty: int
    print_of: Callable[[str], int]
    source: Side
    target: Side
    compared: int
    moved: tuple[str, ...] = ()


def paired(
    source: Source, target: Source, table: Table, out: Table, *, folder: Path, key: bytes, moved: tuple[str, ...] = ()
) -> Pairs:
    """Read both sides once, in their order, and write their prints side by side into ``folder``.

    ``table`` as in the source, ``out`` as it is in the target (the name there, the columns that are left, the encoding: values
    are compared as it holds them).
    ``moved``: columns of dates for which ``m<n>`` is written: the print of the number of days between before and after.
    """
    sides = (Side(), Side())
    numbers = {one.name: place for place, one in enumerate(table.columns)}
    kept = [one.name for one in out.columns]
    schema = pa.schema([(f"s{n}", pa.uint64()) for n in numbers.values()] + [(f"t{numbers[name]}", pa.uint64()) for name in kept])
    schema = pa.schema([*schema, *((f"m{numbers[name]}", pa.uint64()) for name in moved)])
    file = folder / f"pairs-{len(list(folder.iterdir()))}.parquet"
    compared = 0
    with parquet.ParquetWriter(file, schema, compression="none", use_dictionary=False) as writer:
        for one, other in _zipped(source.batches(table.name), _stored(target, out.name), sides):
            arrays = [_print(key, as_held(array, out)) for array in one.columns]
            kinds = {name: table.column(name).type for name in kept}
            arrays += [_print(key, _alike(other.column(name), kinds[name])) for name in kept]
            arrays += [_print(key, _days_between(one.column(name), other.column(name))) for name in moved]
            writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
            compared += one.num_rows

    def print_of(text: str) -> int:
        return int(prints(key, as_held(pa.array([text]), out))[0, 0])

    return Pairs(file, numbers, print_of(""), print_of, *sides, compared, moved)


def _stored(target: Source, table: str) -> Iterator[pa.RecordBatch]:
    """The target's rows as they were written (a database otherwise sorts by a key that is masked)."""
    reader = getattr(target, "in_stored_order", target.batches)
    found: Iterator[pa.RecordBatch] = reader(table)
    return found


def _zipped(
    left: Iterator[pa.RecordBatch], right: Iterator[pa.RecordBatch], sides: tuple[Side, Side]
) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
    """Batches of equal length from both, as long as both have rows; then the rest of each is only counted."""
    one, other = next(left, None), next(right, None)
    for side, batch in zip(sides, (one, other), strict=True):
        if batch is not None:
            side.add(batch)
    while one is not None and other is not None:
        size = min(one.num_rows, other.num_rows, BATCH_ROWS)
        yield one.slice(0, size), other.slice(0, size)
        one, other = one.slice(size), other.slice(size)
        if not one.num_rows:
            one = _next(left, sides[0])
        if not other.num_rows:
            other = _next(right, sides[1])
    while one is not None:
        one = _next(left, sides[0])
    while other is not None:
        other = _next(right, sides[1])


def _next(batches: Iterator[pa.RecordBatch], side: Side) -> pa.RecordBatch | None:
    batch = next(batches, None)
    if batch is not None:
        side.add(batch)
    return batch


def _alike(array: pa.Array, kind: pa.DataType) -> pa.Array:
    """The target's values in the source's type where they can be (a number read back from text is a number again)."""
    if array.type == kind:
        return array
    try:
        return array.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return array


def _days_between(before: pa.Array, after: pa.Array) -> pa.Array:
    """How many days each date moved, as text; NULL where one of the two is no date."""
    context = Context()
    one, other = (read_dates(array, context, unreadable="null") for array in (before, after))
    there = one.there & other.there
    return pa.array(other.days - one.days, pa.int64(), mask=~there).cast(pa.string())


def _print(key: bytes, array: pa.Array) -> pa.Array:
    text = joined([array]) if not pa.types.is_string(array.type) else array
    found: Any = prints(key, words(text))[:, 0]
    return pa.array(found, pa.uint64(), mask=None if not array.null_count else array.is_null().to_numpy(zero_copy_only=False))
