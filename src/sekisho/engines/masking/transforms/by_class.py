"""Format-preserving encryption where each place has an alphabet of its own: letters stay letters, digits stay digits (TK1234567).

A value is a number in mixed radix, below the product N of its places' alphabets. FF1 over bits permutes the numbers below the
next power of two; what falls beyond N is encrypted again until it does not (cycle walking), which permutes the numbers below N
and takes less than two passes on average. N must be at least a million, as for FF1 itself.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sekisho.engines.masking.transforms.ff1 import FF1, SMALLEST_DOMAIN

__all__ = ["CLASSES", "class_of", "divided", "permuted", "possible"]

CLASSES: Final = (
    "0123456789",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "abcdefghijklmnopqrstuvwxyz",
    "".join(map(chr, range(0x3041, 0x3097))),
    "".join(map(chr, range(0x30A1, 0x30F7))),
)
"""Digits, capitals, small letters, hiragana, katakana."""
_SIZES: Final = np.array([len(one) for one in CLASSES], dtype=np.int64)
_FIRST: Final = np.cumsum(_SIZES) - _SIZES
_FAST: Final = 1 << 62


def class_of(numerals: NDArray[Any]) -> NDArray[np.int64]:
    """The class of each numeral of all classes one behind the other."""
    return np.asarray(np.searchsorted(_FIRST, numerals, side="right") - 1)


def divided(rows: NDArray[Any]) -> list[tuple[NDArray[np.int64], NDArray[np.intp]]]:
    """The rows divided by what stands at their places: the classes of the places, and the rows that have them."""
    classes = class_of(rows)
    keys = np.zeros(len(rows), dtype=np.uint64)
    for place in range(rows.shape[1]):  # beyond 27 places two forms may share a key, and are told apart below
        keys = keys * np.uint64(len(CLASSES)) + classes[:, place].astype(np.uint64)
    found = []
    for key in np.unique(keys):
        mine = np.flatnonzero(keys == key)
        while len(mine):
            same = (classes[mine] == classes[mine[0]]).all(axis=1)
            found.append((classes[mine[0]], mine[same]))
            mine = mine[~same]
    return found


def possible(classes: NDArray[np.int64]) -> bool:
    """Whether values with these classes at their places have a million possibilities."""
    return _product(classes) >= SMALLEST_DOMAIN


def permuted(cipher: FF1, rows: NDArray[Any], classes: NDArray[np.int64], *, backward: bool) -> NDArray[Any]:
    """Rows of numerals of all classes, encrypted or decrypted; ``classes``: of each place. ``cipher`` has the radix 2."""
    total, bits = _product(classes), (_product(classes) - 1).bit_length()
    within = rows.astype(np.int64) - _FIRST[classes]
    if total > _FAST:
        return np.array([_one(cipher, row, classes, backward=backward) for row in within.tolist()], dtype=rows.dtype).reshape(
            rows.shape
        )
    ranks = np.zeros(len(rows), dtype=np.uint64)
    for place, size in enumerate(_SIZES[classes].tolist()):
        ranks = ranks * np.uint64(size) + within[:, place].astype(np.uint64)
    waiting = np.arange(len(rows))
    while len(waiting):
        ranks[waiting] = cipher.permute_bits(ranks[waiting], bits, backward=backward)
        waiting = waiting[ranks[waiting] >= total]
    result = np.empty_like(rows)
    for place in range(len(classes) - 1, -1, -1):
        size = np.uint64(_SIZES[classes[place]])
        result[:, place] = ranks % size + np.uint64(_FIRST[classes[place]])
        ranks = ranks // size
    return result


def _one(cipher: FF1, row: list[int], classes: NDArray[np.int64], *, backward: bool) -> list[int]:
    """One long value with Python's integers."""
    sizes = _SIZES[classes].tolist()
    total = _product(classes)
    bits = (total - 1).bit_length()
    rank = 0
    for numeral, size in zip(row, sizes, strict=True):
        rank = rank * size + numeral
    while True:
        rank = cipher.permute_number(rank, bits, backward=backward)
        if rank < total:
            break
    result = []
    for size, first in zip(reversed(sizes), reversed(_FIRST[classes].tolist()), strict=True):
        rank, numeral = divmod(rank, size)
        result.append(numeral + first)
    return result[::-1]


def _product(classes: NDArray[np.int64]) -> int:
    total = 1
    for size in _SIZES[classes].tolist():
        total *= size
    return total
