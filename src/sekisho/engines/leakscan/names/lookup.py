"""Names of the lexicon as sets for look-ups, and what the words of the dictionary can be."""
# ruff: noqa: PLR2004 - rules over few characters; numbers are weights, lengths and classes of characters.py

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from sekisho.engines.leakscan.names.characters import normalise_words
from sekisho.engines.lexicon import foreign_names, names
from sekisho.engines.lexicon.words import Words, words

__all__ = ["Known", "katakana_of", "known"]

NOT_PERSON: Final = 1 << 4 | 1 << 5 | 1 << 7
COMMON: Final = 1 << 7
PERSON: Final = 1 << 1 | 1 << 2 | 1 << 3


@dataclass(frozen=True, slots=True)
class Known:
    """Normalised spellings: ``surnames`` and ``given`` with their weights, readings in katakana, parts of foreign names.

    ``katakana_words`` and ``common_words`` are no names; ``given_letters`` stand in many given names, ``surname_letters`` begin
    several surnames.
    ``can_be[w]``: bits of the kinds that the entries of word w of the dictionary have (bit 1: surname, 2: given name, …).
    """

    surnames: dict[str, int]
    given: dict[str, int]
    surname_kana: dict[str, int]
    given_kana: dict[str, int]
    foreign: frozenset[str]
    katakana_words: frozenset[str]
    common_words: frozenset[str]
    given_letters: frozenset[str]
    surname_letters: frozenset[str]
    can_be: np.ndarray


def _common_letters(letters: str, least: int) -> frozenset[str]:
    """Characters that occur at least so often."""
    return frozenset(letter for letter, count in Counter(letters).items() if count >= least)


def _words(data: Words, chosen: np.ndarray) -> frozenset[str]:
    """The spellings of chosen words."""
    starts, ends = _places(data)
    text = data.spellings.astype("<u2").tobytes().decode("utf-16-le")
    return frozenset(text[a:b] for a, b in zip(starts[chosen].tolist(), ends[chosen].tolist(), strict=True))


def _places(data: Words) -> tuple[np.ndarray, np.ndarray]:
    """Where the spelling of each word starts and ends."""
    ends = np.append(np.flatnonzero(data.spellings == 10), len(data.spellings))
    return np.append(0, ends[:-1] + 1), ends


def _katakana_words(data: Words, can_be: np.ndarray) -> frozenset[str]:
    """Words in katakana that are common nouns, places or organisations and no names of persons."""
    first = data.spellings[_places(data)[0]]
    return _words(data, (first >= 0x30A1) & (first <= 0x30FA) & ((can_be & NOT_PERSON) != 0) & ((can_be & PERSON) == 0))


def _common_words(data: Words, can_be: np.ndarray) -> frozenset[str]:
    """Common nouns of two to four characters: a surname and a given name that spell one together are none."""
    starts, ends = _places(data)
    size = ends - starts
    return _words(data, (size >= 2) & (size <= 4) & ((can_be & COMMON) != 0))


def _weights(spellings: list[str], weights: list[int]) -> dict[str, int]:
    """The greatest weight of each spelling; the tables have the likeliest first."""
    return dict(zip(reversed(spellings), reversed(weights), strict=True))


@cache
def known() -> Known:
    """Made at the first call."""
    table = names()
    surnames = _weights(
        normalise_words(table.surnames.column("spelling").to_pylist()), table.surnames.column("weight").to_pylist()
    )
    given = _weights(
        normalise_words(table.given_names.column("spelling").to_pylist()), table.given_names.column("weight").to_pylist()
    )
    kana = _weights(table.given_names.column("kana").to_pylist(), table.given_names.column("weight").to_pylist())
    surname_kana = _weights(table.surnames.column("kana").to_pylist(), table.surnames.column("weight").to_pylist())
    data = words()
    bits = np.left_shift(np.int32(1), data.kinds.astype(np.int32))[data.contexts]
    starts = np.zeros(len(data.counts), np.int64)
    np.cumsum(data.counts[:-1], out=starts[1:])
    can_be = np.bitwise_or.reduceat(bits, starts)
    return Known(
        surnames=surnames,
        given=given,
        surname_kana=surname_kana,
        given_kana=kana,
        foreign=frozenset(foreign_names().to_pylist()),
        common_words=_common_words(data, can_be),
        katakana_words=_katakana_words(data, can_be),
        given_letters=_common_letters("".join(given), 20),
        surname_letters=_common_letters("".join(name[0] for name in surnames), 3),
        can_be=can_be,
    )


def katakana_of(text: str) -> str:
    """Hiragana of a text as katakana."""
    return "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in text)
