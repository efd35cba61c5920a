"""The few loops that NumPy has no fast form of: giving equal keys one number, rolling classes up.

Imported only when a figure is computed (numba takes half a second to load).
"""

# ruff: noqa: PLR0917 - kernels take arrays, one by one and by position
from __future__ import annotations

from typing import Any

import numpy as np

from sekisho.engines.compiled import compiled

__all__ = ["number_keys", "roll_up"]


@compiled
def number_keys(keys: Any, slots: Any, ids: Any, firsts: Any) -> int:
    """Number the distinct ``keys`` (int64) by first occurrence.

    ``slots``: int32, length a power of two ≥ 2 × distinct keys, filled with −1. ``ids`` (int32, one a key) and ``firsts`` (int64,
    the row at which each number was given) are filled. Returns how many there are.
    """
    mask = np.uint64(slots.size - 1)
    factor = np.uint64(0x9E3779B97F4A7C15)
    shift = np.uint64(32)
    count = 0
    for row in range(keys.size):
        key = keys[row]
        mixed = np.uint64(key) * factor
        place = (mixed ^ (mixed >> shift)) & mask
        while True:
            held = slots[place]
            if held < 0:
                slots[place] = count
                firsts[count] = row
                ids[row] = count
                count += 1
                break
            if keys[firsts[held]] == key:
                ids[row] = held
                break
            place = (place + np.uint64(1)) & mask
    return count


@compiled
def roll_up(
    tuples: Any, members: Any, weights: Any, tables: Any, starts: Any, slots: Any, direct: bool,
    keys: Any, firsts: Any, sums: Any, ids: Any,
) -> int:  # fmt: skip
    """Merge classes to those of a more general node.

    ``tuples``: int32 (distinct tuples × quasi-identifiers), codes at the lowest level. ``members``: int32, the tuple that stands
    for each class so far; ``weights``: int64, its records. ``tables``: int64, for every quasi-identifier from ``starts`` on: its
    code at the lowest level → its part of the key (mixed radix). ``slots``: int32 filled with −1; ``direct``: the key itself is
    the place, else the length is a power of two. Fills ``keys``, ``firsts`` (index into ``tuples``), ``sums`` and ``ids`` (the
    new class of each old one); returns the number of classes.
    """
    mask = np.uint64(slots.size - 1)
    factor = np.uint64(0x9E3779B97F4A7C15)
    shift = np.uint64(32)
    wide = tuples.shape[1]
    count = 0
    for index in range(members.size):
        row = members[index]
        key = np.int64(0)
        for dimension in range(wide):
            key += tables[starts[dimension] + tuples[row, dimension]]
        if direct:
            held = slots[key]
            if held < 0:
                held = count
                slots[key] = count
                firsts[count] = row
                sums[count] = 0
                count += 1
        else:
            mixed = np.uint64(key) * factor
            place = (mixed ^ (mixed >> shift)) & mask
            while True:
                held = slots[place]
                if held < 0:
                    held = count
                    slots[place] = count
                    keys[count] = key
                    firsts[count] = row
                    sums[count] = 0
                    count += 1
                    break
                if keys[held] == key:
                    break
                place = (place + np.uint64(1)) & mask
        sums[held] += weights[index]
        ids[index] = held
    return count
