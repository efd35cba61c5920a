"""What is longer than the target is refused, or cut where the plan says so; what the target's encoding cannot write is
refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sekisho.engines.masking.transforms.clusters import cluster_starts
from sekisho.engines.masking.transforms.columns import Points, filled, points_of, text_of_points, with_gaps_of
from sekisho.engines.masking.transforms.context import Context, rows_error

__all__ = ["Fit", "fitted"]

_PLANE: Final = 0x10000


@dataclass(frozen=True, slots=True)
class Fit:
    """What the target takes: characters (code points), bytes in an encoding; and whether the plan lets longer values be cut."""

    characters: int | None
    bytes: int | None
    encoding: str
    cut: bool


def fitted(column: pa.Array, fit: Fit, context: Context) -> pa.Array:
    """The texts as the target takes them.

    Raises:
        InputError: a value is too long (``masking.too_long``) or cannot be written in the encoding; the rows are named.
    """
    if fit.characters is None and fit.bytes is None and fit.encoding == "utf-8":
        return column
    text = points_of(column)
    weights = _weights(text.points, fit.encoding)
    strange = np.unique(text.rows[weights == 0])
    if len(strange):
        raise rows_error("masking.not_in_encoding", strange, context, encoding=fit.encoding)
    sizes = _sums(weights, text.offsets)
    long = np.zeros(len(column), dtype=bool)
    if fit.characters is not None:
        long |= text.lengths > fit.characters
    if fit.bytes is not None:
        long |= sizes > fit.bytes
    if not long.any():
        return column
    if not fit.cut:
        limits = (fit.characters or "-", fit.bytes or "-")
        places = np.flatnonzero(long)
        raise rows_error("masking.too_long", places, context, characters=limits[0], bytes=limits[1], encoding=fit.encoding)
    context.memory.count("cut", int(long.sum()))
    return with_gaps_of(_cut(text, weights, fit), column, filled(column))


def _cut(text: Points, weights: NDArray[np.int64], fit: Fit) -> pa.Array:
    """Each text up to its last whole character that fits."""
    rows = text.rows
    begins = text.offsets[:-1]
    places = np.arange(len(text.points)) - begins[rows] + 1
    running = np.cumsum(weights)
    used = running - (running[begins[rows]] - weights[begins[rows]])
    inside = np.ones(len(rows), dtype=bool)
    if fit.characters is not None:
        inside &= places <= fit.characters
    if fit.bytes is not None:
        inside &= used <= fit.bytes
    starts = np.flatnonzero(cluster_starts(text))
    whole = np.logical_and.reduceat(inside, starts) if len(starts) else inside
    kept = np.repeat(whole, np.diff(np.append(starts, len(rows))))
    offsets = np.zeros(len(text.offsets), dtype=np.int64)
    np.cumsum(np.bincount(rows[kept], minlength=len(text.offsets) - 1), out=offsets[1:])
    return text_of_points(offsets, text.points[kept])


def _sums(weights: NDArray[np.int64], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    running = np.zeros(len(weights) + 1, dtype=np.int64)
    np.cumsum(weights, out=running[1:])
    return np.asarray(running[offsets[1:]] - running[offsets[:-1]])


def _weights(points: NDArray[np.uint32], encoding: str) -> NDArray[np.int64]:
    """Bytes of each code point in the encoding; 0 where it cannot be written."""
    if encoding == "utf-8":
        one = points >= 0x80, points >= 0x800, points >= _PLANE  # noqa: PLR2004 - UTF-8
        return np.asarray(1 + one[0].astype(np.int64) + one[1] + one[2])
    return np.where(points < _PLANE, _widths(encoding)[np.minimum(points, _PLANE - 1)], 0).astype(np.int64)


@cache
def _widths(encoding: str) -> NDArray[np.uint8]:
    widths = np.zeros(_PLANE, dtype=np.uint8)
    for point in range(_PLANE):
        widths[point] = len(chr(point).encode(encoding, errors="ignore")) if not 0xD800 <= point < 0xE000 else 0  # noqa: PLR2004
    return widths
