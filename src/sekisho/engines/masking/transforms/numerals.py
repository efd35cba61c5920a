"""Rows of numerals as numbers and back: matrices of shape (n, places), most significant place first."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["read_numbers", "write_numbers"]

_TABLE: Final = 1 << 14
_AT_ONCE: Final = 1 << 14
"""Rows that are worked on together, so that they stay in the processor's cache."""


def read_numbers(rows: NDArray[Any], radix: int) -> NDArray[np.uint64]:
    """The number of each row of numerals; ``radix ** places`` must be below 2**64."""
    numbers = np.zeros(len(rows), dtype=np.uint64)
    for start in range(0, len(rows), _AT_ONCE):
        part, chunk = numbers[start : start + _AT_ONCE], rows[start : start + _AT_ONCE]
        for place in range(rows.shape[1]):
            part *= np.uint64(radix)
            part += chunk[:, place]
    return numbers


def write_numbers(rows: NDArray[Any], numbers: NDArray[np.uint64], letters: NDArray[Any]) -> None:
    """Write each number into a row in the letters of its radix (``letters[n]`` stands for the numeral n), zeros in front.

    As many places go together as a small table can hold.
    """
    table, width = _table(letters.tobytes(), letters.dtype.str)
    for start in range(0, len(rows), _AT_ONCE):
        _write(rows[start : start + _AT_ONCE], numbers[start : start + _AT_ONCE], table, width, len(letters))


def _write(rows: NDArray[Any], rest: NDArray[np.uint64], table: NDArray[Any], width: int, radix: int) -> None:
    place = rows.shape[1]
    while place > 0:
        taken = min(width, place)
        if place > taken:
            above = rest // np.uint64(radix**taken)
            low = rest - above * np.uint64(radix**taken)
        else:
            above, low = rest, rest
        found = table.take(low.view(np.int64)).view(rows.dtype).reshape(-1, width)
        rows[:, place - taken : place] = found[:, width - taken :]
        rest, place = above, place - taken


@lru_cache(maxsize=32)
def _table(content: bytes, kind: str) -> tuple[NDArray[Any], int]:
    """Every combination of 1, 2 or 4 letters as one item, and how many letters an item has."""
    letters = np.frombuffer(content, dtype=kind)
    size, width = len(letters), 1
    while size ** (width * 2) <= _TABLE:
        width *= 2
    places = (np.arange(size**width)[:, None] // size ** np.arange(width - 1, -1, -1)) % size
    return np.ascontiguousarray(letters[places]).view(f"V{width * letters.itemsize}").reshape(-1), width
