"""Equivalence classes: which records look alike in all quasi-identifiers, and how sensitive values lie in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

__all__ = ["Classes", "Spread", "classes_of", "distinct_keys", "spread_of"]

_DIRECT: Final = 1 << 22  # places of a table that is looked up directly instead of by hashing
_WIDEST: Final = 1 << 62

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Classes:
    """``of``: int32, the class of each row. ``sizes``: records of each class. ``first``: a row of each class."""

    of: npt.NDArray[np.int32]
    sizes: Ints
    first: Ints

    @property
    def count(self) -> int:
        """How many classes there are."""
        return len(self.sizes)


@dataclass(frozen=True, slots=True)
class Spread:
    """How often each value of a sensitive column occurs in each class, sparse: parallel arrays, ordered by class, then value.

    ``starts``: where each class begins (every class has at least one entry). ``values``: how many values the column has.
    """

    owner: Ints
    value: Ints
    count: Ints
    starts: Ints
    values: int


def distinct_keys(keys: Ints, size: int) -> tuple[npt.NDArray[np.int32], Ints]:
    """Number equal keys (0 ≤ key < ``size``) alike: the number of each key, and the first row of each number."""
    if size <= min(_DIRECT, 4 * len(keys) + 1024):
        places = np.full(size, -1, np.int64)
        places[keys[::-1]] = np.arange(len(keys) - 1, -1, -1)
        there = np.flatnonzero(places >= 0)
        number = np.empty(size, np.int32)
        number[there] = np.arange(len(there), dtype=np.int32)
        return number[keys], places[there]
    from sekisho.engines.privacyrisk.kernels import number_keys  # noqa: PLC0415 - the compiler loads only when it is needed

    slots = np.full(1 << max(4, int(2 * len(keys) - 1).bit_length()), -1, np.int32)
    ids, firsts = np.empty(len(keys), np.int32), np.empty(len(keys), np.int64)
    count = number_keys(keys, slots, ids, firsts)
    return ids, firsts[:count].copy()


def classes_of(columns: Sequence[tuple[npt.NDArray[Any], int]]) -> Classes:
    """The classes of rows by columns of codes, each with the number of its values; any number of columns."""
    keys, size = columns[0][0].astype(np.int64), max(columns[0][1], 1)
    for codes, distinct in columns[1:]:
        if size > _WIDEST // max(distinct, 1):  # the key would no longer fit into a word: number what there is so far
            ids, firsts = distinct_keys(keys, size)
            keys, size = ids.astype(np.int64), len(firsts)
        keys *= distinct
        keys += codes
        size *= max(distinct, 1)
    ids, firsts = distinct_keys(keys, size)
    return Classes(ids, np.bincount(ids, minlength=len(firsts)).astype(np.int64), firsts)


def spread_of(owner: npt.NDArray[Any], owners: int, codes: npt.NDArray[Any], values: int, weights: Ints | None = None) -> Spread:
    """The spread of a column's ``codes`` over classes; ``weights``: how many records each entry stands for (1 each)."""
    keys = owner.astype(np.int64) * values + codes
    size = owners * values
    if size <= _DIRECT:
        counts = np.bincount(keys, minlength=size).astype(np.int64) if weights is None else _summed(keys, weights, size)
        there = np.flatnonzero(counts)
        counts = counts[there]
    else:
        ids, firsts = distinct_keys(keys, size)
        counts = (
            np.bincount(ids, minlength=len(firsts)).astype(np.int64) if weights is None else _summed(ids, weights, len(firsts))
        )
        there = keys[firsts]
        order = np.argsort(there)
        there, counts = there[order], counts[order]
    owner_of, value_of = np.divmod(there, values)
    return Spread(owner_of, value_of, counts, np.flatnonzero(np.diff(owner_of, prepend=-1)), values)


def _summed(keys: npt.NDArray[Any], weights: Ints, size: int) -> Ints:
    """Exact sums: counts stay far below 2^53, to which floating point counts without error."""
    return np.bincount(keys, weights=weights, minlength=size).astype(np.int64)
