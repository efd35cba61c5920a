"""The keyed function under tokens, replacements, shuffles, noise and date shifts: AES-256-CMAC over whole columns.

CMAC (NIST SP 800-38B; on the list of ciphers recommended to Japanese government, CRYPTREC) is a pseudorandom function up to about
2**64 blocks if AES is a pseudorandom permutation (Iwata and Kurosawa, "OMAC: One-Key CBC MAC", FSE 2003), and SP 800-108 uses
it as such. All rows of a batch go through AES together, block by block: the first block of every row, the second of those that
have one, … Why not HMAC, BLAKE2 or SipHash: docs/explanation/decisions/0021-keyed-functions-of-masking.md.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from sekisho.engines.masking.transforms.columns import Bytes, utf8

__all__ = ["BLOCK", "BlockCipher", "pseudorandom", "pseudorandom_numbers", "pseudorandom_texts"]

BLOCK: Final = 16
_AT_ONCE: Final = 1 << 14
"""Rows that are worked on together, so that their blocks stay in the processor's cache."""
_ITEM: Final = np.dtype("V16")
_Words = NDArray[np.uint64]


class BlockCipher:
    """AES of one key over many blocks at once (ECB of independent blocks: the building stone, never a mode for data)."""

    __slots__ = ("_encryptor", "_out")

    def __init__(self, key: bytes) -> None:
        """``key``: 16, 24 or 32 bytes."""
        self._encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - blocks of CMAC and FF1
        self._out = np.empty(0, dtype=np.uint8)

    def blocks(self, words: _Words) -> _Words:
        """AES of each row; ``words``: shape (n, 2), memory order. The result is valid until the next call."""
        size = words.shape[0] * BLOCK
        if len(self._out) < size + BLOCK:
            self._out = np.empty(size + BLOCK, dtype=np.uint8)
        source: Any = np.ascontiguousarray(words).view(np.uint8).reshape(-1)
        target: Any = self._out[: size + BLOCK - 1]
        self._encryptor.update_into(source, target)
        return self._out[:size].view(np.uint64).reshape(-1, 2)

    def block(self, content: bytes) -> bytes:
        """AES of one block."""
        return self._encryptor.update(content)


def pseudorandom_texts(key: bytes, column: pa.Array) -> _Words:
    """AES-CMAC of each text's UTF-8 bytes; shape (n, 2): the first and the last eight bytes as numbers. A NULL counts as
    empty.
    """
    return pseudorandom(key, utf8(column))


def pseudorandom(key: bytes, texts: Bytes) -> _Words:
    """AES-CMAC of each row, as big-endian numbers; shape (n, 2)."""
    cipher = BlockCipher(key)
    tables = _tables(cipher)
    lengths = texts.lengths
    result = np.empty((len(lengths), 2), dtype=np.uint64)
    windows = as_strided(texts.data, shape=(len(texts.data) - BLOCK + 1, BLOCK), strides=(1, 1)).view(_ITEM)[:, 0]
    for start in range(0, len(lengths), _AT_ONCE):
        stop = min(start + _AT_ONCE, len(lengths))
        result[start:stop] = _chains(cipher, tables, windows, texts.offsets[start:stop], lengths[start:stop])
    return result.byteswap() if np.little_endian else result


def _chains(cipher: BlockCipher, tables: tuple[Any, Any], windows: Any, starts: Any, lengths: Any) -> _Words:
    """The CBC chains of some rows, all at once."""
    keep, flip = tables
    state = np.zeros((len(lengths), 2), dtype=np.uint64)
    rows: Any = None
    for skipped in range(0, max(int(lengths.max(initial=0)), 1), BLOCK):
        left, places = lengths, starts
        if skipped:
            rows = np.flatnonzero(lengths > skipped) if int(lengths.min()) <= skipped else None
            left, places = (lengths, starts) if rows is None else (lengths.take(rows), starts.take(rows))
            left, places = left - skipped, places + skipped
        left = np.minimum(left, BLOCK + 1)  # more than a block: this is not the last one
        piece = windows[places].view(np.uint64)  # not take: it would first make the overlapping windows a copy
        piece &= keep.take(left).view(np.uint64)
        piece ^= flip.take(left).view(np.uint64)
        piece = piece.reshape(-1, 2)
        if skipped:
            piece ^= state if rows is None else state[rows]
        if rows is None:
            state[:] = cipher.blocks(piece)
        else:
            state[rows] = cipher.blocks(piece)
    return state


def _tables(cipher: BlockCipher) -> tuple[Any, Any]:
    """What is kept of a block and what is flipped in it, by the bytes left: 0–15 padded, 16 a full last block, 17 not the
    last.
    """
    first = _doubled(int.from_bytes(cipher.block(bytes(BLOCK)), "big"))
    second = _doubled(first)
    keep = [(b"\xff" * left).ljust(BLOCK, b"\0") for left in range(BLOCK)] + [b"\xff" * BLOCK] * 2
    flip = [(second ^ (0x80 << 8 * (BLOCK - 1 - left))).to_bytes(BLOCK, "big") for left in range(BLOCK)]
    flip += [first.to_bytes(BLOCK, "big"), bytes(BLOCK)]
    return np.frombuffer(b"".join(keep), dtype=_ITEM), np.frombuffer(b"".join(flip), dtype=_ITEM)


def _doubled(value: int) -> int:
    """Twice in GF(2**128), SP 800-38B 5.3."""
    return ((value << 1) & ((1 << 128) - 1)) ^ (0x87 if value >> 127 else 0)


def pseudorandom_numbers(key: bytes, count: int, first: int = 0) -> _Words:
    """AES-CMAC of the numbers from ``first`` on, each as 16 bytes; shape (count, 2)."""
    rows = np.zeros((count + 1, 2), dtype=">u8")
    rows[:count, 1] = np.arange(first, first + count)
    offsets = np.arange(count + 1, dtype=np.int64) * BLOCK
    return pseudorandom(key, Bytes(offsets, rows.view(np.uint8).reshape(-1)))
