"""FF1, the format-preserving encryption of NIST SP 800-38G (algorithms 7 and 8), over many rows at once.

Domains are held to the limit of Revision 1: ``radix ** length`` must be at least 1,000,000. All rows of one length share the
first blocks of each round's CBC-MAC, so that each round is one AES call over one block a row. Halves up to 2**62 are worked on
as arrays of numbers, larger ones one by one with Python's integers.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sekisho.engines.masking.transforms.numerals import read_numbers, write_numbers
from sekisho.engines.masking.transforms.prf import BLOCK, BlockCipher

__all__ = ["FF1", "SMALLEST_DOMAIN", "domain_is_large_enough"]

SMALLEST_DOMAIN: Final = 1_000_000
"""SP 800-38G Rev. 1, 5.2: fewer possible values than this can be tried out."""
_ROUNDS: Final = 10
_LARGEST_RADIX: Final = 1 << 16
_LARGEST_TWEAK: Final = 1 << 16
_FAST: Final = 1 << 62
_ONE_WORD: Final = 4
_AT_ONCE: Final = 1 << 14
_Words = NDArray[np.uint64]


def domain_is_large_enough(radix: int, length: int) -> bool:
    """Whether values of so many numerals may be encrypted."""
    return length > 1 and length * np.log2(radix) > 19 and radix**length >= SMALLEST_DOMAIN  # noqa: PLR2004 - spares large powers


class FF1:
    """FF1 of one key, radix and tweak."""

    __slots__ = ("_cipher", "_key", "radix", "tweak")

    def __init__(self, key: bytes, radix: int, tweak: bytes = b"") -> None:
        """``key``: 16, 24 or 32 bytes; ``radix``: 2 to 65,536; ``tweak``: not secret, up to 65,536 bytes.

        Raises:
            ValueError: the radix or the tweak is out of bounds.
        """
        if not 2 <= radix <= _LARGEST_RADIX or len(tweak) > _LARGEST_TWEAK:  # noqa: PLR2004 - the smallest radix
            raise ValueError("radix or tweak out of bounds")
        self._key = key
        self._cipher = BlockCipher(key)
        self.radix, self.tweak = radix, tweak

    def encrypt(self, rows: NDArray[Any]) -> NDArray[Any]:
        """The rows encrypted; numerals 0 to radix - 1, shape (n, length), same shape and type back.

        Raises:
            ValueError: the domain has fewer than a million values.
        """
        return self._whole(rows, backward=False)

    def decrypt(self, rows: NDArray[Any]) -> NDArray[Any]:
        """The rows decrypted; see :meth:`encrypt`."""
        return self._whole(rows, backward=True)

    def permute_bits(self, numbers: _Words, bits: int, *, backward: bool) -> _Words:
        """Numbers below ``2 ** bits`` encrypted or decrypted as rows of bits (radix 2); ``bits`` at most 62."""
        assert self.radix == 2  # noqa: PLR2004 - bits
        rounds, below = self._rounds(bits), bits - bits // 2
        result = np.empty_like(numbers)
        for start in range(0, len(numbers), _AT_ONCE):
            part = numbers[start : start + _AT_ONCE]
            low = part & np.uint64((1 << below) - 1)
            high, low = self._chunk(part >> np.uint64(below), low, rounds, bits, backward=backward)
            result[start : start + _AT_ONCE] = (high << np.uint64(below)) | low
        return result

    def permute_number(self, number: int, bits: int, *, backward: bool) -> int:
        """One number of any size, as :meth:`permute_bits`."""
        return _number(self._one(_numerals(number, 2, bits), backward=backward), 2)

    def _whole(self, rows: NDArray[Any], *, backward: bool) -> NDArray[Any]:
        count, length = rows.shape
        if not domain_is_large_enough(self.radix, length):
            raise ValueError("the domain is smaller than a million values")
        result = np.empty_like(rows)
        if self.radix ** (length - length // 2) > _FAST:
            for place, row in enumerate(rows.tolist()):
                result[place] = self._one(row, backward=backward)
            return result
        rounds = self._rounds(length)
        letters = np.arange(self.radix, dtype=rows.dtype)

        def part(start: int) -> None:
            half = length // 2
            source, target = rows[start : start + _AT_ONCE], result[start : start + _AT_ONCE]
            left, right = read_numbers(source[:, :half], self.radix), read_numbers(source[:, half:], self.radix)
            left, right = self._chunk(left, right, rounds, length, backward=backward)
            write_numbers(target[:, :half], left, letters)
            write_numbers(target[:, half:], right, letters)

        for start in range(0, count, _AT_ONCE):
            part(start)
        return result

    def _first_block(self, length: int) -> bytes:
        half = length // 2
        head = bytes((1, 2, 1)) + self.radix.to_bytes(3, "big") + bytes((_ROUNDS, half % 256))
        return head + length.to_bytes(4, "big") + len(self.tweak).to_bytes(4, "big")

    def _size(self, length: int) -> int:
        """The bytes of the larger half as a number (b of the standard)."""
        largest: int = self.radix ** (length - length // 2) - 1
        return (largest.bit_length() + 7) // 8

    def _rounds(self, length: int) -> list[tuple[np.uint64, np.uint64]]:
        """For each round the last block without the half's number, already with the state of the chain before it."""
        size = self._size(length)
        padded = self.tweak + bytes((-len(self.tweak) - size - 1) % BLOCK)
        state = self._cipher.block(self._first_block(length))
        result = []
        for number in range(_ROUNDS):
            content = padded + bytes((number,)) + bytes(size)
            chain = state
            for start in range(0, len(content) - BLOCK, BLOCK):
                chain = self._cipher.block(_xor(chain, content[start : start + BLOCK]))
            words = np.frombuffer(_xor(chain, content[-BLOCK:]), dtype=np.uint64)
            result.append((words[0], words[1]))
        return result

    def _chunk(
        self, left: _Words, right: _Words, rounds: list[tuple[np.uint64, np.uint64]], length: int, *, backward: bool
    ) -> tuple[_Words, _Words]:
        """All rounds over as many rows as stay in the cache."""
        cipher = BlockCipher(self._key)
        half = length // 2
        sizes = np.uint64(self.radix**half), np.uint64(self.radix ** (length - half))
        words = self._size(length)
        first = rounds[0][0]
        blocks = np.full((len(left), 2), first, dtype=np.uint64)
        a, b = (right, left) if backward else (left, right)
        for number in reversed(range(_ROUNDS)) if backward else range(_ROUNDS):
            if rounds[number][0] != first:
                first = rounds[number][0]
                blocks[:, 0] = first
            np.bitwise_xor(b.byteswap(), rounds[number][1], out=blocks[:, 1])
            size = sizes[number % 2]
            step = _remainder(cipher.blocks(blocks), size, words)
            total = a + (size - step if backward else step)
            a, b = b, np.minimum(total, total - size)  # below zero wraps to the top, where the minimum does not look
        return (b, a) if backward else (a, b)

    def _one(self, row: list[int], *, backward: bool) -> list[int]:
        """One row with Python's integers, step by step as the standard writes it."""
        length, half, radix = len(row), len(row) // 2, self.radix
        size = self._size(length)
        wanted = 4 * ((size + 3) // 4) + 4
        state = self._cipher.block(self._first_block(length))
        padding = self.tweak + bytes((-len(self.tweak) - size - 1) % BLOCK)
        a, b = _number(row[:half], radix), _number(row[half:], radix)
        if backward:
            a, b = b, a
        for number in reversed(range(_ROUNDS)) if backward else range(_ROUNDS):
            content = padding + bytes((number,)) + b.to_bytes(size, "big")
            chain = state
            for start in range(0, len(content), BLOCK):
                chain = self._cipher.block(_xor(chain, content[start : start + BLOCK]))
            stream = chain
            for counter in range(1, -(-wanted // BLOCK)):
                stream += self._cipher.block(_xor(chain, counter.to_bytes(BLOCK, "big")))
            step = int.from_bytes(stream[:wanted], "big")
            modulus = radix ** (half if number % 2 == 0 else length - half)
            a, b = b, (a - step if backward else a + step) % modulus
        if backward:
            a, b = b, a
        return _numerals(a, radix, half) + _numerals(b, radix, length - half)


def _remainder(blocks: _Words, size: np.uint64, half_bytes: int) -> _Words:
    """The number at the front of each block (8 bytes for halves of up to 4 bytes, else 12) modulo ``size``."""
    front = blocks[:, 0].byteswap()
    rest = front - front // size * size
    if half_bytes <= _ONE_WORD:
        return rest
    low = blocks[:, 1].byteswap() >> np.uint64(32)
    step = 64 - int(size).bit_length()
    done = 0
    while done < 32:  # noqa: PLR2004 - the bits of the last word
        taken = min(step, 32 - done)
        piece = (low >> np.uint64(32 - done - taken)) & np.uint64((1 << taken) - 1)
        rest = (rest << np.uint64(taken)) | piece
        rest -= rest // size * size
        done += taken
    return rest


def _xor(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).to_bytes(BLOCK, "big")


def _number(row: list[int], radix: int) -> int:
    number = 0
    for numeral in row:
        number = number * radix + numeral
    return number


def _numerals(number: int, radix: int, length: int) -> list[int]:
    row = [0] * length
    for place in range(length - 1, -1, -1):
        number, row[place] = divmod(number, radix)
    return row
