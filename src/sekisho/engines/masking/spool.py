"""Keyed prints of values on disk: whether a column has a value twice, found with bounded memory and without a value on disk.

A print is 128 bits of AES-CMAC under a key that lives as long as the run; prints are spread over parts by their first bits, and
each part is sorted alone. Two different values share a print with a probability of 2**-128 for each pair.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sekisho.engines.masking.targets.csvtext import words
from sekisho.engines.masking.transforms.prf import pseudorandom_texts

__all__ = ["UniqueSpool", "joined", "prints"]

_PARTS: Final = 64
_BITS: Final = np.uint64(58)  # 64 - log2(_PARTS)


def joined(columns: Sequence[pa.Array]) -> pa.Array:
    """The values of several columns as one text a row, NULL where one of them is NULL; different rows have different texts."""
    texts = [words(one) for one in columns]
    if len(texts) == 1:
        return texts[0]
    lengths = [pc.cast(pc.binary_length(one), pa.string()) for one in texts]
    return pc.binary_join_element_wise(*lengths, *texts, "\x1f")


def prints(key: bytes, column: pa.Array) -> NDArray[np.uint64]:
    """The prints of a column of texts, shape (n, 2); those of NULL are of no use."""
    return pseudorandom_texts(key, column)


class UniqueSpool:
    """Takes columns, then says how many values stood there more than once."""

    def __init__(self, random: Callable[[int], bytes], folder: str | None = None) -> None:
        """``random(n)`` gives n bytes of chance, for the key; ``folder``: where the parts lie."""
        self._key = random(32)
        self._parts: list[Any] = [tempfile.TemporaryFile(dir=folder) for _ in range(_PARTS)]  # noqa: SIM115 - closed in close()

    def add(self, columns: Sequence[pa.Array]) -> None:
        """One batch; rows with a NULL do not count, as in SQL."""
        text = joined(columns)
        found = prints(self._key, text)
        if text.null_count:
            found = found[np.asarray(text.is_valid().to_numpy(zero_copy_only=False))]
        parts = (found[:, 0] >> _BITS).astype(np.intp)
        order = np.argsort(parts, kind="stable")
        ends = np.searchsorted(parts[order], np.arange(_PARTS + 1))
        for number, file in enumerate(self._parts):
            if ends[number] < ends[number + 1]:
                file.write(np.ascontiguousarray(found[order[ends[number] : ends[number + 1]]]).tobytes())

    def repeated(self) -> int:
        """How many rows have a value that an earlier row had."""
        count = 0
        for file in self._parts:
            file.seek(0)
            rows = np.frombuffer(file.read(), dtype=np.uint64).reshape(-1, 2)
            order = np.lexsort((rows[:, 1], rows[:, 0]))
            rows = rows[order]
            count += int((rows[1:] == rows[:-1]).all(axis=1).sum())
        return count

    def close(self) -> None:
        """Let go of the parts."""
        for file in self._parts:
            file.close()
