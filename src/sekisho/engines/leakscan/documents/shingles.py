"""From text to the keyed shingles of a document: what is compared when a passage was copied.

Text is brought to one spelling (compatibility forms, case, voiced marks), everything but letters and digits is dropped. Every run
of :data:`LENGTH` characters has a rolling hash; of every :data:`WINDOW` runs the smallest hash is kept (winnowing: Schleimer,
Wilkerson, Aiken, SIGMOD 2003), so that a copied passage of :data:`GUARANTEED` characters or more always shares one. What is kept
goes through SipHash-2-4 (Aumasson, Bernstein 2012) under a key: without the key the numbers say nothing about the text.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["GUARANTEED", "LENGTH", "WINDOW", "Shingler", "normalised"]

LENGTH: Final = 20
"""Characters of one shingle."""
WINDOW: Final = 12
"""Shingles of which at least one is kept."""
GUARANTEED: Final = LENGTH + WINDOW - 1
"""A common passage of this many characters is always found."""
_BMP: Final = 0x10000
_ROUNDS: Final = 2
_MASK: Final = (1 << 64) - 1
_FINAL_ROUNDS: Final = 4

Codes = NDArray[np.uint32]
Hashes = NDArray[np.uint64]


@cache
def _folding() -> Codes:
    """For each code of the basic plane the letter or digit that stands for it; 0 is dropped."""
    table = np.zeros(_BMP, dtype=np.uint32)
    for code in range(_BMP):
        if 0xD800 <= code < 0xE000:  # noqa: PLR2004 - surrogates
            continue
        for char in unicodedata.normalize("NFKD", chr(code)).casefold():
            if unicodedata.category(char)[0] in "LN":
                table[code] = ord(char)
                break
    return table


def normalised(text: str) -> tuple[Codes, NDArray[np.int64]]:
    """The code points that are compared, and where each stands in ``text``."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    folded = np.where(codes < _BMP, _folding()[np.minimum(codes, _BMP - 1)], codes)
    kept = np.flatnonzero(folded)
    return folded[kept], kept


def _sliding(values: Hashes, length: int, smaller: bool) -> Hashes:
    """The smallest (or largest) of every ``length`` neighbours."""
    pick = np.minimum if smaller else np.maximum
    width = 1
    while width * 2 <= length:
        values = pick(values[:-width], values[width:])
        width *= 2
    rest = length - width
    return pick(values[:-rest], values[rest:]) if rest else values


class Shingler:
    """Makes shingles under one key (32 bytes or more)."""

    def __init__(self, key: bytes) -> None:
        """The parts of the hashes are derived from ``key``; it is not kept."""
        material = hashlib.blake2b(key=hashlib.sha256(key).digest(), person=b"sekisho-shingle").digest()
        numbers = np.frombuffer(material, dtype=np.uint64)
        self._base = numbers[0] | np.uint64(1)
        self._mix = numbers[1:3]
        self._k0, self._k1 = numbers[3], numbers[4]
        self._exact_key = material[40:]
        self.check = hmac.new(self._exact_key, b"check", "sha256").hexdigest()[:32]

    def exact(self) -> hmac.HMAC:
        """A running keyed hash over normalised code points (as little-endian bytes): equal documents have equal values."""
        return hmac.new(self._exact_key, b"exact", "sha256")

    def select(self, codes: Codes) -> tuple[NDArray[np.int64], Hashes]:
        """The kept shingles of normalised ``codes``: where each begins, and its keyed value."""
        rolled = self._rolled(codes)
        if len(rolled) < WINDOW:
            at = np.array([int(rolled.argmin())], dtype=np.int64) if len(rolled) else np.zeros(0, dtype=np.int64)
            return at, self._keyed(rolled[at])
        lowest = _sliding(rolled, WINDOW, smaller=True)
        edge = np.zeros(WINDOW - 1, dtype=np.uint64)
        highest = _sliding(np.concatenate((edge, lowest, edge)), WINDOW, smaller=False)
        at = np.flatnonzero(highest == rolled)
        return at, self._keyed(rolled[at])

    def _rolled(self, codes: Codes) -> Hashes:
        """The rolling hash of every run of LENGTH characters, by doubling the length."""
        if len(codes) < LENGTH:
            return np.zeros(0, dtype=np.uint64)
        value = codes.astype(np.uint64)
        value = (value + self._mix[0]) * self._mix[1]
        value = (value ^ (value >> np.uint64(29))) * self._base
        power, width, done, result = int(self._base), 1, 0, None
        length = LENGTH
        while length:
            if length & 1:
                count = len(codes) - LENGTH + 1
                part = value[done : done + count]
                result = part if result is None else result * np.uint64(power) + part
                done += width
            length >>= 1
            if length:
                value = value[:-width] * np.uint64(power) + value[width:]
                power = power * power & _MASK
                width *= 2
        assert result is not None
        mixed: Hashes = result ^ (result >> np.uint64(32))
        return mixed

    def _keyed(self, values: Hashes) -> Hashes:
        """SipHash-2-4 of each value (eight bytes, little-endian)."""
        ones = np.ones(len(values), dtype=np.uint64)
        v = [
            ones * (self._k0 ^ np.uint64(0x736F6D6570736575)),
            ones * (self._k1 ^ np.uint64(0x646F72616E646F6D)),
            ones * (self._k0 ^ np.uint64(0x6C7967656E657261)),
            ones * (self._k1 ^ np.uint64(0x7465646279746573)),
        ]
        for block in (values, ones * np.uint64(8 << 56)):
            v[3] = v[3] ^ block
            for _ in range(_ROUNDS):
                _round(v)
            v[0] = v[0] ^ block
        v[2] = v[2] ^ np.uint64(0xFF)
        for _ in range(_FINAL_ROUNDS):
            _round(v)
        keyed: Hashes = v[0] ^ v[1] ^ v[2] ^ v[3]
        return keyed


def _turned(value: Hashes, bits: int) -> Hashes:
    return (value << np.uint64(bits)) | (value >> np.uint64(64 - bits))


def _round(v: list[Hashes]) -> None:
    v[0] = v[0] + v[1]
    v[1] = _turned(v[1], 13) ^ v[0]
    v[0] = _turned(v[0], 32)
    v[2] = v[2] + v[3]
    v[3] = _turned(v[3], 16) ^ v[2]
    v[0] = v[0] + v[3]
    v[3] = _turned(v[3], 21) ^ v[0]
    v[2] = v[2] + v[1]
    v[1] = _turned(v[1], 17) ^ v[2]
    v[2] = _turned(v[2], 32)
