"""Words of values, as numbers: the same function for what is stored and for what is searched.

A *word* is a run of ASCII letters and digits, in lower case; ``.``, ``-`` and ``_`` belong to it where they stand alone between
two of them (``10.0.2.17``, ``evil.exe``, ``a-b``). Of other scripts, which put no spaces between words, each pair of neighbouring
characters counts. Words become 64-bit numbers; two words with one number cost a needless look, never a missed hit.
"""

from __future__ import annotations

import re
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["JOINERS", "Numbers", "numbers_of", "numbers_of_term"]

Numbers = npt.NDArray[np.uint64]

JOINERS: Final = "._-"
_ALNUM: Final = np.zeros(256, dtype=bool)
_ALNUM[list(b"abcdefghijklmnopqrstuvwxyz0123456789")] = True
_JOINS: Final = np.zeros(256, dtype=bool)
_JOINS[list(JOINERS.encode())] = True
_LOWER: Final = np.arange(256, dtype=np.uint8)
_LOWER[65:91] += 32
_LONGEST: Final = 256  # characters whose place in a word counts
_FOREIGN: Final = re.compile(r"[^\x00-\x7f]{2,}")
_NONE: Final[Numbers] = np.empty(0, dtype=np.uint64)


def _powers() -> Numbers:
    value, made = 1, []
    for _ in range(_LONGEST):
        made.append(value)
        value = value * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
    return np.array(made, dtype=np.uint64)


_POWERS: Final = _powers()


def _mixed(sums: Numbers, lengths: npt.NDArray[Any]) -> Numbers:
    """Spread the sums over all 64 bits."""
    made = sums + lengths.astype(np.uint64) * np.uint64(0xBF58476D1CE4E5B9)
    made ^= made >> np.uint64(31)
    made *= np.uint64(0x94D049BB133111EB)
    made ^= made >> np.uint64(29)
    return made


def _bytes_of(values: Any) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
    """The bytes of a string array and where each value begins (one more than there are values)."""
    _, places, data = values.buffers()
    begins = np.frombuffer(places, dtype=np.int32)[values.offset : values.offset + len(values) + 1]
    if data is None:
        return np.empty(0, dtype=np.uint8), begins - begins[0]
    return np.frombuffer(data, dtype=np.uint8)[begins[0] : begins[-1]], begins - begins[0]


def _sums(data: npt.NDArray[np.uint8], is_word: npt.NDArray[Any], begins: npt.NDArray[Any]) -> Numbers:
    """One number for each run of ``is_word`` that starts where ``begins`` says."""
    places = np.flatnonzero(is_word)
    firsts = np.flatnonzero(begins[places])
    lengths = np.diff(np.append(firsts, places.size))
    at = np.arange(places.size) - np.repeat(firsts, lengths)
    weighted = (data[places].astype(np.uint64) + np.uint64(1)) * _POWERS[np.minimum(at, _LONGEST - 1)]
    return _mixed(np.add.reduceat(weighted, firsts), lengths)


def numbers_of(values: Any) -> Numbers:
    """The distinct words of a string array without nulls, sorted."""
    data, begins = _bytes_of(values)
    if not data.size:
        return _NONE
    made = [_ascii(data, begins)]
    if (data >= 0x80).any():  # noqa: PLR2004 - beyond ASCII
        grams = {
            run[i : i + 2] for text in values.to_pylist() for run in _FOREIGN.findall(text.lower()) for i in range(len(run) - 1)
        }
        made.append(_grams(grams))
    return np.unique(np.concatenate(made))


def _ascii(data: npt.NDArray[np.uint8], begins: npt.NDArray[Any]) -> Numbers:
    data = _LOWER[data]
    first = np.zeros(data.size + 1, dtype=bool)
    first[begins] = True
    plain = _ALNUM[data]
    before = np.empty_like(plain)
    before[0], before[1:] = False, plain[:-1]
    after = np.empty_like(plain)
    after[-1], after[:-1] = False, plain[1:]
    is_word = plain | (_JOINS[data] & before & ~first[:-1] & after & ~first[1:])
    if not is_word.any():
        return _NONE
    starts = is_word.copy()
    starts[1:] &= ~is_word[:-1] | first[1:-1]
    return _sums(data, is_word, starts)


def _grams(grams: set[str]) -> Numbers:
    if not grams:
        return _NONE
    data, begins = _bytes_of(pa.array(sorted(grams), type=pa.string()))
    starts = np.zeros(data.size, dtype=bool)
    starts[begins[:-1]] = True
    return _sums(data, np.ones(data.size, dtype=bool), starts)


def numbers_of_term(term: str) -> Numbers:
    """The words that a value must have to contain ``term`` as a whole; none where that cannot be told.

    A term that begins or ends with a joiner (``.exe``) may be part of a longer word: its word at that end is not asked for.
    """
    if term[:1] and term[0] in JOINERS:
        term = re.sub(r"^[._-]+[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*", "", term)
    if term[-1:] and term[-1] in JOINERS:
        term = re.sub(r"(?:[A-Za-z0-9]+[._-])*[A-Za-z0-9]+[._-]+$", "", term)
    return numbers_of(pa.array([term], type=pa.string()))
