"""Which rows can hold an indicator at all: whole columns at once, over the bytes of Arrow's own buffers.

This is a sieve in front of the exact comparison (:mod:`.lookup`): it may let through what is no hit, it never holds back what
is one. Keys are 64-bit sums over the words of a name, read from its end, so that the keys of all parent domains come from the
same words; rows with anything unusual in them (ports, escapes, other letters, IPv6) are let through and compared exactly.
"""

# ruff: noqa: PLR2004 - bytes and digits
from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = [
    "Chunk",
    "Keys",
    "Parts",
    "any_in",
    "edge_keys",
    "hash_keys",
    "hexadecimal_end",
    "parts_of",
    "prepare",
    "quads",
    "suffix_keys",
    "suffixes",
    "unusual",
]

U8 = np.uint8
U64 = np.uint64
_PAD: Final = 80
_WORD: Final = 8
_WORDS: Final = 8  # 64 bytes of a name decide about its key; the exact comparison decides about the rest
_DOT, _COLON, _ZERO, _LETTER_X = ord("."), ord(":"), ord("0"), ord("x")
_SLASH, _QUESTION, _HASH, _BACKSLASH, _PERCENT = ord("/"), ord("?"), ord("#"), ord("\\"), ord("%")
_STRIPPED: Final = tuple(b"\"'<>")  # taken off around a URL before it is compared
_FIRST, _LAST = 33, 126  # printable ASCII without the space
_MULTIPLIERS: Final = tuple(
    U64(value)
    for value in (
        0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93,
        0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3, 0x589965CC75374CC3,
    )
)  # fmt: skip
_LENGTH: Final = U64(0x1D8E4E27C47D124F)
_FINAL: Final = U64(0xEB44ACCAB455D165)
_SHIFT: Final = U64(32)
_HIGH: Final = U64(0x8080808080808080)
_LOW: Final = U64(0x7F7F7F7F7F7F7F7F)
_ONES: Final = U64(0x0101010101010101)
_CASE: Final = U64(0x2020202020202020)  # set in every letter: lower case; digits have it anyway


@dataclass(frozen=True, slots=True)
class Chunk:
    """The bytes of a column in lower case, with room before and after, where each row begins and ends, and its words."""

    text: NDArray[np.uint8]
    words: NDArray[np.uint64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self.starts)


def hexadecimal_end(
    chunk: Chunk, starts: NDArray[np.int64], ends: NDArray[np.int64], first: NDArray[np.int64], counts: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Which hosts end in a label ``0x…``: browsers read such a host as an address."""
    marks = np.flatnonzero((chunk.text[:-1] == U8(_ZERO)) & (chunk.text[1:] == U8(_LETTER_X)))
    if not len(marks):
        return np.zeros(len(starts), dtype=bool)
    rows = np.flatnonzero(any_in(marks, starts, ends))
    result = np.zeros(len(starts), dtype=bool)
    if len(rows):
        dots = np.flatnonzero(chunk.text == _DOT)
        last = starts[rows]
        if len(dots):
            final = dots[np.minimum(first[rows] + counts[rows] - 1, len(dots) - 1)]
            last = np.where(counts[rows] > 0, final + 1, last)
        result[rows] = (chunk.text[last] == U8(_ZERO)) & (chunk.text[last + 1] == U8(_LETTER_X))
    return result


def _offsets(array: Any) -> NDArray[np.int64]:
    """Where each row of an Arrow string array begins, and the last one ends."""
    kind: Any = np.int64 if str(array.type).startswith("large") else np.int32
    return np.frombuffer(array.buffers()[1], dtype=kind)[array.offset : array.offset + len(array) + 1].astype(np.int64)


def prepare(array: Any) -> Chunk:
    """A :class:`Chunk` of an Arrow ``string`` or ``large_string`` array; a null has no length."""
    buffers, count = array.buffers(), len(array)
    offsets = _offsets(array)
    low, high = (int(offsets[0]), int(offsets[-1])) if count else (0, 0)
    text = np.zeros(high - low + 2 * _PAD, dtype=U8)
    if high > low:
        raw = np.frombuffer(buffers[2], dtype=U8, count=high)[low:]
        upper = (raw - U8(65)) < U8(26)
        np.bitwise_or(raw, upper.view(U8) << U8(5), out=text[_PAD : _PAD + high - low])
    starts = offsets[:-1] - low + _PAD
    ends = offsets[1:] - low + _PAD
    if array.null_count:
        valid = np.asarray(array.is_valid())
        ends = np.where(valid, ends, starts)
    words = np.lib.stride_tricks.as_strided(text[:_WORD].view("<u8"), shape=(len(text) - 7,), strides=(1,))
    return Chunk(text, words, starts, ends)


def spans(
    mask: NDArray[np.bool_], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Of the places that ``mask`` marks: (all of them, index of the first in each row, number in each row)."""
    running = np.cumsum(mask, dtype=np.int32)
    first = running[starts - 1].astype(np.int64)
    counts = np.maximum(running[ends - 1] - first, 0)
    return np.flatnonzero(mask), first, counts


def members(
    places: NDArray[np.int64], first: NDArray[np.int64], counts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(row, place) of each marked place that lies in a row."""
    rows = np.repeat(np.arange(len(counts)), counts)
    if not len(rows):
        return rows, rows
    within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    return rows, places[np.repeat(first, counts) + within]


def _word_sum(
    words: NDArray[np.uint64], anchors: NDArray[np.int64], lengths: NDArray[np.int64], *, backwards: bool
) -> NDArray[np.uint64]:
    """A sum over up to 64 bytes of each name, read from ``anchors`` backwards or forwards. Empty words add nothing."""
    total = lengths.astype(U64) * _LENGTH
    chosen: NDArray[np.int64] | None = None
    for number, multiplier in enumerate(_MULTIPLIERS[:_WORDS]):
        left = lengths - _WORD * number if chosen is None else lengths[chosen] - _WORD * number
        if number >= 2:
            longer = np.flatnonzero(left > 0)
            if not len(longer):
                break
            chosen = longer if chosen is None else chosen[longer]
            left = left[longer]
        anchor = anchors if chosen is None else anchors[chosen]
        size = (np.clip(left, 0, _WORD) * _WORD).astype(U64)
        if backwards:
            word = words[anchor - _WORD * (number + 1)] >> (U64(64) - size)
        else:
            at = np.minimum(anchor + _WORD * number, len(words) - 1)
            word = words[at] << (U64(64) - size)
        word = word * multiplier
        word ^= word >> _SHIFT
        word *= _FINAL
        if chosen is None:
            total += word
        else:
            total[chosen] += word
    total ^= total >> _SHIFT
    return np.asarray(total * _MULTIPLIERS[0])


def suffix_keys(chunk: Chunk, ends: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.uint64]:
    """The key of the last ``lengths`` bytes before ``ends``."""
    return _word_sum(chunk.words, ends, lengths, backwards=True)


def edge_keys(chunk: Chunk, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.uint64]:
    """A key of a long text: its length, its first and its last 64 bytes."""
    lengths = np.maximum(ends - starts, 0)
    head = _word_sum(chunk.words, starts, lengths, backwards=False)
    tail = _word_sum(chunk.words, starts + lengths, lengths, backwards=True)
    return np.asarray(head ^ (tail * _LENGTH))


def suffixes(
    chunk: Chunk, starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]:
    """(row, key) of each name and its parents of two labels or more; then the first dot's index and the dots of each row."""
    dots, first, counts = spans(chunk.text == _DOT, starts, ends)
    rows, places = members(dots, first, np.maximum(counts - 1, 0))
    named = np.flatnonzero(counts > 0)
    all_rows = np.concatenate([named, rows])
    begins = np.concatenate([starts[named], places + 1])
    at = ends[all_rows]
    return all_rows, suffix_keys(chunk, at, at - begins), first, counts


def quads(
    chunk: Chunk, starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.bool_]]:
    """(rows with three dots, their value as IPv4 address, whether they are one in plain decimal writing)."""
    dots, first, counts = spans(chunk.text == _DOT, starts, ends)
    rows = np.flatnonzero((counts == 3) & (ends - starts <= 15))
    at = first[rows]
    edges = [starts[rows] - 1, *(dots[at + n] for n in range(3)), ends[rows]]
    value = np.zeros(len(rows), dtype=np.uint32)
    good = np.ones(len(rows), dtype=bool)
    for left, right in pairwise(edges):
        length = right - left - 1
        ones = chunk.text[right - 1] - U8(_ZERO)
        tens = chunk.text[right - 2] - U8(_ZERO)
        hundreds = chunk.text[right - 3] - U8(_ZERO)
        two, three = length > 1, length > 2
        good &= (length >= 1) & (length <= 3) & (ones < 10)
        good &= ~two | ((tens < 10) & (three | (tens > 0)))
        good &= ~three | ((hundreds < 3) & (hundreds > 0))
        octet = ones.astype(np.uint32) + tens * two * np.uint32(10) + hundreds * three * np.uint32(100)
        good &= octet <= 255
        value = (value << np.uint32(8)) | (octet & np.uint32(255))
    return rows, value, good


class Keys:
    """A set of 64-bit keys: a bitmap that answers "no" at once, the sorted keys behind it."""

    __slots__ = ("_bits", "_shift", "_sorted")

    def __init__(self, keys: NDArray[np.uint64]) -> None:
        """``keys`` in any order, repeats allowed."""
        self._sorted = np.unique(keys)
        wanted = max(16, int(np.ceil(np.log2(max(len(self._sorted), 1) * 256))))
        size = min(wanted, 28)  # at most 32 MB
        self._shift = U64(64 - size)
        self._bits = np.zeros(1 << (size - 3), dtype=U8)
        at = self._sorted >> self._shift
        np.bitwise_or.at(self._bits, at >> U64(3), U8(1) << (at & U64(7)).astype(U8))

    def __len__(self) -> int:
        return len(self._sorted)

    def among(self, keys: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Indices of those of ``keys`` that are in the set."""
        if not len(self._sorted) or not len(keys):
            return np.zeros(0, dtype=np.int64)
        at = (keys >> self._shift).astype(np.int64)
        maybe = np.flatnonzero((self._bits[at >> 3] >> (at & 7).astype(U8)) & U8(1))
        found = keys[maybe]
        place = np.minimum(np.searchsorted(self._sorted, found), len(self._sorted) - 1)
        return np.asarray(maybe[self._sorted[place] == found])


@dataclass(frozen=True, slots=True)
class Parts:
    """Where the host of each URL stands, where its path begins and ends, which rows have an unusual host or path."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    paths: NDArray[np.int64]
    path_ends: NDArray[np.int64]
    odd_host: NDArray[np.bool_]
    odd_path: NDArray[np.bool_]


def unusual(chunk: Chunk) -> NDArray[np.bool_]:
    """Which bytes cannot stand in a plain host name."""
    text = chunk.text
    plain = (text - U8(97)) < U8(26)
    plain |= (text - U8(48)) < U8(10)
    plain |= (text == U8(_DOT)) | (text == U8(45)) | (text == U8(95))
    return np.asarray(~plain)


def hash_keys(array: Any, lengths: Iterable[int]) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.int64]]:
    """(rows that begin with 16 hexadecimal digits and have one of ``lengths``, key of those digits, longer rows of another form).

    Reads Arrow's buffers as they are: nothing is copied but two words of each row.
    """
    buffers, offsets = array.buffers(), _offsets(array)
    starts, sizes = offsets[:-1], np.diff(offsets)
    if array.null_count:
        sizes = np.where(np.asarray(array.is_valid()), sizes, 0)
    shortest = min(lengths)
    regular = np.zeros(len(sizes), dtype=bool)
    for length in lengths:
        regular |= sizes == length
    rows = np.flatnonzero(regular)
    odd = (sizes >= shortest) & ~regular
    if not len(rows):
        return rows, np.zeros(0, dtype=U64), np.flatnonzero(odd)
    raw = np.frombuffer(buffers[2], dtype=U8)
    words = np.lib.stride_tricks.as_strided(raw[:_WORD].view("<u8"), shape=(len(raw) - 7,), strides=(1,))
    first = words[starts[rows]] | _CASE
    second = words[starts[rows] + _WORD] | _CASE
    plain = (_not_hexadecimal(first) | _not_hexadecimal(second)) == 0
    odd[rows[~plain]] = True
    key = (first * _MULTIPLIERS[0]) ^ (second * _MULTIPLIERS[1])
    key ^= key >> _SHIFT
    return rows[plain], np.asarray(key * _FINAL)[plain], np.flatnonzero(odd)


def _not_hexadecimal(word: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The high bit of each byte of lower-cased words that is no hexadecimal digit."""
    seven = word & _LOW
    below, above_nine = ~(seven + _ONES * U64(0x80 - 0x30)), seven + _ONES * U64(0x80 - 0x3A)
    below_a, above_f = ~(seven + _ONES * U64(0x80 - 0x61)), seven + _ONES * U64(0x80 - 0x67)
    return np.asarray((below | (above_nine & below_a) | above_f | word) & _HIGH)


def _next(places: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first of ``places`` at or after each start, or the row's end."""
    padded = np.append(places, np.int64(1 << 62))
    return np.minimum(padded[np.searchsorted(places, starts)], ends)


def parts_of(chunk: Chunk) -> Parts:
    """The parts of the URLs of a chunk (with or without scheme, ``host:port`` among them)."""
    starts, ends = chunk.starts, chunk.ends
    text = chunk.text
    head = chunk.words[starts]
    plain = (head & U64(0x00FFFFFFFFFFFFFF)) == U64(0x002F2F3A70747468)  # http://
    secure = head == U64(0x2F2F3A7370747468)  # https://
    hosts = starts + 7 * plain + 8 * secure
    stops = np.flatnonzero((text == U8(_SLASH)) | (text == U8(_QUESTION)) | (text == U8(_HASH)) | (text == U8(_BACKSLASH)))
    rest = np.flatnonzero(~(plain | secure))
    colons = np.flatnonzero(text == U8(_COLON))
    if len(rest) and len(colons):
        colon = _next(colons, starts[rest], ends[rest])
        schemed = colon < _next(stops, starts[rest], ends[rest])
        schemed &= (text[colon + 1] == _SLASH) & (text[colon + 2] == _SLASH)
        schemed &= (text[starts[rest]] - U8(97)) < U8(26)
        hosts[rest] += np.where(schemed, colon + 3 - starts[rest], 0)
    hosts = np.minimum(hosts, ends)
    authority_ends = _next(stops, hosts, ends)
    host_ends = _next(colons, hosts, authority_ends) if len(colons) else authority_ends
    odd = unusual(chunk) & (text != _SLASH) & (text != _COLON) & (text != _QUESTION) & (text != _HASH)
    odd_host = any_in(np.flatnonzero(odd), starts, authority_ends)
    odd_host |= any_in(np.flatnonzero(text == U8(_BACKSLASH)), starts, ends)
    odd_host |= ((authority_ends == hosts) | (text[hosts] == _DOT)) & (ends > starts)
    odd_host |= authority_ends - host_ends > 6
    path_ends = ends
    hashes = np.flatnonzero(text == U8(_HASH))
    if len(hashes):
        path_ends = _next(hashes, authority_ends, ends)
    strange = (text < _FIRST) | (text > _LAST) | (text == _PERCENT) | (text == _BACKSLASH)
    for sign in _STRIPPED:
        strange |= text == sign
    strange[:-1] |= (text[:-1] == _SLASH) & (text[1:] == _DOT)
    strange[:_PAD] = False
    odd_path = any_in(np.flatnonzero(strange), starts, ends) | (text[ends - 1] == _QUESTION) | (text[path_ends - 1] == _QUESTION)
    slash = (text[authority_ends] == _SLASH) & (authority_ends < ends)
    host_ends = host_ends - ((host_ends > hosts) & (text[host_ends - 1] == _DOT))
    return Parts(hosts, host_ends, authority_ends + slash, path_ends, odd_host, odd_path)


def any_in(places: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which rows hold at least one of ``places``."""
    if not len(places):
        return np.zeros(len(starts), dtype=bool)
    return np.asarray(_next(places, starts, ends) < ends)
