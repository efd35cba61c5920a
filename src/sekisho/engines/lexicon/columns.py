r"""Read a file of columns: one xz stream, lines of one column, ``\x1d`` between columns."""

from __future__ import annotations

import lzma
from importlib import resources

import numpy as np
import pyarrow as pa

__all__ = ["read"]

COLUMN_END = 0x1D
LINE_END = 0x0A


def _strings(column: np.ndarray) -> pa.StringArray:
    """The lines of one column, without a copy for each of them."""
    ends = np.flatnonzero(column == LINE_END)
    offsets = np.empty(len(ends) + 2, np.int32)
    offsets[0] = 0
    offsets[1:-1] = ends - np.arange(len(ends))  # the line ends before a line are left out of the data
    offsets[-1] = len(column) - len(ends)
    data = column[column != LINE_END]
    return pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(data))


def read(name: str) -> list[pa.StringArray]:
    """The columns of ``data/<name>.xz``, all of one length."""
    packed = resources.files("sekisho.engines.lexicon").joinpath(f"data/{name}.xz").read_bytes()
    raw = np.frombuffer(lzma.decompress(packed), np.uint8)
    borders = np.flatnonzero(raw == COLUMN_END)
    return [_strings(column[1:] if i else column) for i, column in enumerate(np.split(raw, borders))]
