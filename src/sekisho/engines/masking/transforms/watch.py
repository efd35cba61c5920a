"""Collisions of tokens are seen when they happen: every token is remembered with a print of what it was made from."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sekisho.engines.compiled import compiled

__all__ = ["CollisionWatch"]

_Words = NDArray[np.uint64]
_FIRST_SIZE: Final = 1 << 14
_LOAD: Final = 0.5
_GROWTH: Final = 4


@compiled
def _enter(table: _Words, tokens: _Words, prints: _Words) -> tuple[int, int, np.uint64]:
    """Enter rows into an open-addressing table (columns: token, print; print 0 is free).

    Gives how many were entered, the row of the first collision or -1, and a sum without meaning. A first loop only reads the
    places of some rows, so that the memory answers for all of them at once; the sum keeps it from being optimised away.
    """
    mask = np.uint64(table.shape[0] - 1)
    entered, touched = 0, np.uint64(0)
    for start in range(0, tokens.shape[0], 1024):
        stop = min(start + 1024, tokens.shape[0])
        for row in range(start, stop):
            mixed = tokens[row] * np.uint64(0x9E3779B97F4A7C15)
            touched ^= table[(mixed ^ (mixed >> np.uint64(32))) & mask, 1]
        for row in range(start, stop):
            mixed = tokens[row] * np.uint64(0x9E3779B97F4A7C15)
            place = (mixed ^ (mixed >> np.uint64(32))) & mask
            while table[place, 1] != np.uint64(0) and table[place, 0] != tokens[row]:
                place = (place + np.uint64(1)) & mask
            if table[place, 1] == np.uint64(0):
                table[place, 0] = tokens[row]
                table[place, 1] = prints[row]
                entered += 1
            elif table[place, 1] != prints[row]:
                return entered, row, touched
    return entered, -1, touched


class CollisionWatch:
    """The tokens of one column so far: 16 bytes for each place of the table, 32 to 128 for each distinct token."""

    __slots__ = ("_table", "distinct")

    def __init__(self) -> None:
        self._table: _Words = np.zeros((_FIRST_SIZE, 2), dtype=np.uint64)
        self.distinct = 0

    def enter(self, tokens: _Words, prints: _Words) -> int | None:
        """Enter tokens, each as one number, with prints of their inputs. The row of the first collision; None if there is
        none.
        """
        self._grow(self.distinct + len(tokens))
        entered, row, _ = _enter(self._table, tokens, prints | np.uint64(1))
        self.distinct += entered
        return None if row < 0 else row

    def _grow(self, wanted: int) -> None:
        size = len(self._table)
        while wanted > size * _LOAD:
            size *= _GROWTH
        if size > len(self._table):
            held = self._table[self._table[:, 1] != 0]
            self._table = np.zeros((size, 2), dtype=np.uint64)
            _enter(self._table, held[:, 0].copy(), held[:, 1].copy())
