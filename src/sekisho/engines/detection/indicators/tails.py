"""The first sieve: the last labels of a URL's host (its tail), found within 64-bit words without reading the path.

Most rows of a proxy's log end here. What has an unusual host, an address for a host, or a tail that some indicator has too, goes
on to the second sieve (:mod:`.sieve`), which reads the rows wholly.

The tests for bytes within a word are those of Anderson's "Bit Twiddling Hacks" (determine if a word has a byte …).
"""

# ruff: noqa: PLR2004 - bytes and labels
from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from sekisho.engines.detection.indicators import quick

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["host_ends", "is_short_pair", "tail_keys", "web_starts"]

U64 = np.uint64
_HIGH: Final = U64(0x8080808080808080)
_LOW: Final = U64(0x7F7F7F7F7F7F7F7F)
_ONES: Final = U64(0x0101010101010101)
_DOTS: Final = U64(0x2E2E2E2E2E2E2E2E)
_SLASHES: Final = U64(0x2F2F2F2F2F2F2F2F)
_BELOW_DASH: Final = _ONES * U64(0x80 - 0x2D)
_ABOVE_NINE: Final = _ONES * U64(0x80 - 0x3A)
_UNDERSCORE: Final = _ONES * U64(0x80 - 0x5F)
_ABOVE_Z: Final = _ONES * U64(0x80 - 0x7B)
_HTTP: Final = U64(0x002F2F3A70747468)
_HTTPS: Final = U64(0x2F2F3A7370747468)
_SEVEN: Final = U64(0x00FFFFFFFFFFFFFF)
_GATHER: Final = U64(0x8040201008040201)
_ALL: Final = U64(0xFFFFFFFFFFFFFFFF)
_WORDS: Final = 7  # a longer host goes to the second sieve
_TAIL: Final = 64  # bytes of a host that are read for its tail; longer hosts go to the second sieve


def web_starts(chunk: quick.Chunk) -> NDArray[np.int64]:
    """Where the host begins: behind http:// or https://, else where the row begins."""
    head = chunk.words[chunk.starts]
    return np.asarray(chunk.starts + 7 * ((head & _SEVEN) == _HTTP) + 8 * (head == _HTTPS))


def _stops(word: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The high bit of each byte that cannot stand in a plain host name."""
    seven = word & _LOW
    below = ~(seven + _BELOW_DASH)  # < '-'
    middle = (seven + _ABOVE_NINE) & ~(seven + _UNDERSCORE)  # ':' … '^'
    above = seven + _ABOVE_Z  # > 'z'
    slash = ~((seven ^ _SLASHES) + _LOW)
    return np.asarray((below | middle | above | slash | word) & _HIGH)


def _lowest(mask: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Number of the first marked byte of each (non-zero) mask."""
    return np.bitwise_count((mask & (~mask + U64(1))) - U64(1)).astype(np.int64) >> 3


def host_ends(chunk: quick.Chunk, starts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """(where the plain name that begins at ``starts`` ends, whether its end was found). The row's own end counts, too."""
    ends = chunk.ends.copy()
    found = np.zeros(chunk.size, dtype=bool)
    rows: NDArray[np.int64] | None = None
    last = len(chunk.words) - 1
    for number in range(_WORDS):
        at = starts + 8 * number if rows is None else starts[rows] + 8 * number
        limit = chunk.ends if rows is None else chunk.ends[rows]
        mask = _stops(chunk.words[np.minimum(at, last)])
        place = np.where(mask != 0, at + _lowest(mask), at + 8)
        done = (mask != 0) | (place >= limit)
        place = np.minimum(place, limit)
        if rows is None:
            ends[done], found[done] = place[done], True
            rows = np.flatnonzero(~done)
        else:
            ends[rows[done]], found[rows[done]] = place[done], True
            rows = rows[~done]
        if not len(rows):
            break
    return ends, found


def _dot_bits(chunk: quick.Chunk, ends: NDArray[np.int64], number: int) -> NDArray[np.uint64]:
    """Eight bits: whether the bytes before ``ends - 8 * number`` are dots, the last one lowest."""
    word = chunk.words[ends - 8 * (number + 1)] ^ _DOTS
    marks = (~(((word & _LOW) + _LOW) | word) >> U64(7)) & _ONES
    return np.asarray((marks * _GATHER) >> U64(56))


def _lowest_bit(bits: NDArray[np.uint64]) -> NDArray[np.int64]:
    return np.bitwise_count((bits & (~bits + U64(1))) - U64(1)).astype(np.int64)


def _dots_before(
    chunk: quick.Chunk, starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """How many bytes lie behind the last, the second last and the third last dot (64: there is none); how many dots there are."""
    lengths = ends - starts
    bits = _dot_bits(chunk, ends, 0) | (_dot_bits(chunk, ends, 1) << U64(8)) | (_dot_bits(chunk, ends, 2) << U64(16))
    for number in range(3, _TAIL // 8):
        rows = np.flatnonzero((lengths > 8 * number) & (np.bitwise_count(bits) < 3))
        if not len(rows):
            break
        bits[rows] |= _dot_bits(chunk, ends[rows], number) << U64(8 * number)
    bits &= ~(_ALL << np.clip(lengths, 0, 63).astype(U64))  # what stands before the host is not its
    seen = np.bitwise_count(bits).astype(np.int64)
    last = _lowest_bit(bits)
    bits &= bits - U64(1)
    second = _lowest_bit(bits)
    bits &= bits - U64(1)
    return last, second, _lowest_bit(bits), seen


def tail_keys(
    chunk: quick.Chunk, starts: NDArray[np.int64], ends: NDArray[np.int64], *, pairs: bool = False
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """(row, key) of the tail of each name with a dot.

    The tail is the last two labels; the last three where the last has two letters and the one before at most three
    (``minamo.lg.jp``): there the last two belong to many. ``pairs``: give the key of the last two there, too (for ``t.co``).
    """
    last, second, third, seen = _dots_before(chunk, starts, ends)
    lengths = ends - starts
    rows = np.flatnonzero(seen)
    several = seen[rows] >= 2
    short = several & (last[rows] == 2) & (second[rows] - last[rows] <= 4)
    long = np.where(seen[rows] >= 3, third[rows], lengths[rows])
    sizes = np.where(short, long, np.where(several, second[rows], lengths[rows]))
    if pairs:
        more = rows[short]
        rows, sizes = np.concatenate([rows, more]), np.concatenate([sizes, second[more]])
    return rows, quick.suffix_keys(chunk, ends[rows], sizes)


def is_short_pair(name: str) -> bool:
    """Whether a name has two labels of which the rule of the tail would want a third (``t.co``, ``bit.ly``)."""
    first, _, rest = name.partition(".")
    return len(rest) == 2 and len(first) <= 3
