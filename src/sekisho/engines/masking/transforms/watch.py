"""Collisions of tokens are seen when they happen: every token is remembered with a print of what it was made from."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sekisho.engines.compiled import compiled

__all__ = ["CollisionWatch"]

_Words = NDArray[np.uint64]
_FIRST_SIZE: Final = 1 << 12
_LOAD: Final = 0.6


@compiled
def _enter(table: NDArray[np.uint64], first: _Words, second: _Words, prints: _Words) -> tuple[int, int]:
    """Enter rows into an open-addressing table (columns: first, second, print; print 0 is free). (entered, row of a collision
    or -1).
    """
    mask = np.uint64(table.shape[0] - 1)
    entered = 0
    for row in range(first.shape[0]):
        mixed = (first[row] ^ (second[row] * np.uint64(0x9E3779B97F4A7C15))) * np.uint64(0xFF51AFD7ED558CCD)
        place = (mixed ^ (mixed >> np.uint64(32))) & mask
        while True:
            held = table[place, 2]
            if held == np.uint64(0):
                table[place, 0] = first[row]
                table[place, 1] = second[row]
                table[place, 2] = prints[row]
                entered += 1
                break
            if table[place, 0] == first[row] and table[place, 1] == second[row]:
                if held != prints[row]:
                    return entered, row
                break
            place = (place + np.uint64(1)) & mask
    return entered, -1


class CollisionWatch:
    """The tokens of one column so far: 24 bytes for each distinct one, 40 to 80 with the free places of the table."""

    __slots__ = ("_table", "distinct")

    def __init__(self) -> None:
        self._table: _Words = np.zeros((_FIRST_SIZE, 3), dtype=np.uint64)
        self.distinct = 0

    def enter(self, first: _Words, second: _Words, prints: _Words) -> int | None:
        """Enter tokens (two words each) with the print of their inputs. The row of the first collision, None if there is none."""
        marked = prints | np.uint64(1)
        self._grow(self.distinct + len(first))
        entered, row = _enter(self._table, first, second, marked)
        self.distinct += entered
        return None if row < 0 else row

    def _grow(self, wanted: int) -> None:
        size = len(self._table)
        while wanted > size * _LOAD:
            size *= 2
        if size > len(self._table):
            held = self._table[self._table[:, 2] != 0]
            self._table = np.zeros((size, 3), dtype=np.uint64)
            _enter(self._table, held[:, 0].copy(), held[:, 1].copy(), held[:, 2].copy())
