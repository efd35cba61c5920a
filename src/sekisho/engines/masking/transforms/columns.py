"""Arrow columns as NumPy sees them: offsets and bytes of texts, code points, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = [
    "Bytes",
    "Points",
    "as_text",
    "filled",
    "fixed_texts",
    "flat",
    "is_text",
    "points_of",
    "text_of_points",
    "utf8",
    "with_gaps_of",
]

_CONTINUATION: Final = 0x80
_ROOM: Final = 16
"""Free bytes behind the data of :class:`Bytes`, so that a block may be read at every place."""


@dataclass(frozen=True, slots=True)
class Bytes:
    """Texts as UTF-8: row i is ``data[offsets[i]:offsets[i + 1]]``; behind the last one lie 16 free bytes."""

    offsets: NDArray[np.int64]
    data: NDArray[np.uint8]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Length of each text in bytes."""
        return np.diff(self.offsets)


@dataclass(frozen=True, slots=True)
class Points:
    """Texts as code points: row i is ``points[offsets[i]:offsets[i + 1]]``."""

    offsets: NDArray[np.int64]
    points: NDArray[np.uint32]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Length of each text in code points."""
        return np.diff(self.offsets)

    @property
    def rows(self) -> NDArray[np.int64]:
        """The row of each code point."""
        return np.repeat(np.arange(len(self.offsets) - 1), self.lengths)


def flat(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """One array without chunks and without a dictionary."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
        if isinstance(column, pa.ChunkedArray):  # what does not fit into one array stays in chunks
            column = pa.concat_arrays(column.chunks)
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def is_text(kind: pa.DataType) -> bool:
    """Whether this is a type of texts."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def as_text(column: pa.Array) -> pa.Array:
    """The values as Arrow writes them: texts as they are, numbers in decimal, dates in ISO 8601."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return column
    return column.cast(pa.large_string() if pa.types.is_string_view(column.type) else pa.string())


def filled(column: pa.Array) -> NDArray[np.bool_]:
    """Which values are there: neither NULL nor an empty text."""
    there = np.ones(len(column), dtype=bool)
    if column.null_count:
        there = np.asarray(column.is_valid().to_numpy(zero_copy_only=False))
    if is_text(column.type):
        there &= np.asarray(pc.fill_null(pc.binary_length(column), 0).to_numpy(zero_copy_only=False)) > 0
    return there


def utf8(column: pa.Array) -> Bytes:
    """The bytes of a column of texts (string or large_string); a NULL has none."""
    if column.null_count:
        column = pc.fill_null(column, "")
    kind = np.int64 if pa.types.is_large_string(column.type) else np.int32
    buffers = column.buffers()
    if not len(column) or buffers[1] is None:
        return Bytes(np.zeros(len(column) + 1, dtype=np.int64), np.zeros(_ROOM, dtype=np.uint8))
    offsets = np.frombuffer(buffers[1], dtype=kind)[column.offset : column.offset + len(column) + 1].astype(np.int64)
    first, last = int(offsets[0]), int(offsets[-1])
    data = np.zeros(last - first + _ROOM, dtype=np.uint8)
    if last > first:
        data[:-_ROOM] = np.frombuffer(buffers[2], dtype=np.uint8)[first:last]
    return Bytes(offsets - first, data)


def points_of(column: pa.Array) -> Points:
    """The code points of a column of texts."""
    encoded = utf8(column)
    data = encoded.data[:-_ROOM]
    if not len(data) or int(data.max()) < 0x80:  # noqa: PLR2004 - ASCII: a byte is a character
        return Points(encoded.offsets, data.astype(np.uint32))
    points = np.frombuffer(data.tobytes().decode("utf-8").encode("utf-32-le"), dtype=np.uint32)
    begins = np.zeros(len(data) + 1, dtype=np.int64)
    np.cumsum((data & 0xC0) != _CONTINUATION, out=begins[1:])
    return Points(begins[encoded.offsets], points)


def text_of_points(offsets: NDArray[np.int64], points: NDArray[np.uint32]) -> pa.Array:
    """A column of texts out of code points (no NULLs; see :func:`with_gaps_of`)."""
    if not len(points) or int(points.max()) < 0x80:  # noqa: PLR2004 - ASCII
        return _texts(offsets, points.astype(np.uint8))
    data = np.frombuffer(np.ascontiguousarray(points, dtype="<u4").tobytes().decode("utf-32-le").encode("utf-8"), dtype=np.uint8)
    sizes = 1 + (points >= 0x80).astype(np.int64) + (points >= 0x800) + (points >= 0x10000)  # noqa: PLR2004 - UTF-8
    ends = np.zeros(len(points) + 1, dtype=np.int64)
    np.cumsum(sizes, out=ends[1:])
    return _texts(ends[offsets], data)


def fixed_texts(rows: NDArray[np.uint8]) -> pa.Array:
    """A column of ASCII texts of one length out of a matrix of bytes, shape (n, length)."""
    count, length = rows.shape
    return _texts(np.arange(count + 1, dtype=np.int64) * length, np.ascontiguousarray(rows).reshape(-1))


def with_gaps_of(result: pa.Array, original: pa.Array, there: NDArray[np.bool_]) -> pa.Array:
    """``result`` where ``there``; elsewhere NULL or empty, as ``original`` has it."""
    if bool(there.all()):
        return result
    return pc.if_else(pa.array(there), result, original.cast(result.type) if original.type != result.type else original)


def _texts(offsets: NDArray[np.int64], data: NDArray[np.uint8]) -> pa.Array:
    large = int(offsets[-1]) > np.iinfo(np.int32).max
    kind: Any = pa.large_string() if large else pa.string()
    places = offsets if large else offsets.astype(np.int32)
    return pa.Array.from_buffers(kind, len(offsets) - 1, [None, pa.py_buffer(places), pa.py_buffer(data)])
