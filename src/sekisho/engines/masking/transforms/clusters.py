"""Characters as people count them (grapheme clusters, UAX #29) in columns of code points.

A cluster is a base with its combining marks, variation selectors, emoji modifiers and joined emoji; two regional indicators
are one flag; conjoining Hangul stays together. Code points that only some scripts of India put in front of a cluster are left
out.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sekisho.engines.masking.transforms.columns import Points

__all__ = ["cluster_starts", "wide"]

_JOINER: Final = 0x200D
_FLAGS: Final = range(0x1F1E6, 0x1F200)
_EXTENDING: Final = (
    range(0x200C, 0x200E),  # joiners
    range(0xFF9E, 0xFFA0),  # half-width voiced marks
    range(0x1F3FB, 0x1F400),  # emoji modifiers
    range(0xE0020, 0xE0080),  # tags
    range(0x1160, 0x1200),  # conjoining vowels and finals
    range(0xD7B0, 0xD800),
)
_MARKS: Final = frozenset({"Mn", "Me", "Mc"})
_FIRST_MARK: Final = 0x300


def cluster_starts(text: Points) -> NDArray[np.bool_]:
    """Which code points begin a character; the first of a text always does."""
    points = text.points
    starts = np.ones(len(points), dtype=bool)
    if not len(points):
        return starts
    if int(points.max()) >= _FIRST_MARK:
        starts = ~_among(points, _extends)
        starts[1:] &= points[:-1] != _JOINER
        _pair_flags(points, text.offsets, starts)
    starts[1:] &= (points[1:] != 0x0A) | (points[:-1] != 0x0D)  # noqa: PLR2004 - a line's end of two
    begins = text.offsets[:-1]
    starts[begins[begins < len(points)]] = True
    return starts


def wide(points: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which code points take the width of a kanji (UAX #11, W and F, and the letters of flags)."""
    if not len(points) or int(points.max()) < _FIRST_MARK:
        return np.zeros(len(points), dtype=bool)
    return _among(points, _is_wide)


def _among(points: NDArray[np.uint32], question: object) -> NDArray[np.bool_]:
    """A question about each code point, asked once for each distinct one."""
    assert callable(question)
    distinct, places = np.unique(points, return_inverse=True)
    return np.array([question(int(point)) for point in distinct], dtype=bool)[places]


@lru_cache(maxsize=65536)
def _extends(point: int) -> bool:
    return any(point in one for one in _EXTENDING) or unicodedata.category(chr(point)) in _MARKS


@lru_cache(maxsize=65536)
def _is_wide(point: int) -> bool:
    return point in _FLAGS or unicodedata.east_asian_width(chr(point)) in {"W", "F"}


def _pair_flags(points: NDArray[np.uint32], offsets: NDArray[np.int64], starts: NDArray[np.bool_]) -> None:
    """Every second regional indicator of a run belongs to the one before it."""
    flags = np.flatnonzero((points >= _FLAGS.start) & (points < _FLAGS.stop))
    if not len(flags):
        return
    begins = set(offsets[:-1].tolist())
    before, open_pair = -2, False
    for place in flags.tolist():
        goes_on = place == before + 1 and place not in begins and open_pair
        if goes_on:
            starts[place] = False
        open_pair = not goes_on
        before = place
