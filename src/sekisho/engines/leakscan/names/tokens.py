"""The words of a text as lists, with what each can be, for rules over single places."""
# ruff: noqa: PLR2004 - rules over few characters; numbers are weights, lengths and classes of characters.py

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from sekisho.engines.leakscan.names.characters import SPACE, categories, members
from sekisho.engines.leakscan.names.lattice import GIVEN_BASE
from sekisho.engines.leakscan.names.lookup import known
from sekisho.engines.leakscan.names.segmentation import segments

__all__ = [
    "COMMON", "GIVEN", "ORGANISATION", "PARTICLE", "PERSON", "PERSON_SUFFIX", "PLACE", "PREFIX", "PROPER", "SIGN", "SUFFIX",
    "SURNAME", "VERB",
    "Tokens", "tokens",
]  # fmt: skip

SURNAME, GIVEN, PERSON, PLACE, ORGANISATION, PROPER, COMMON, PERSON_SUFFIX, SUFFIX, PARTICLE, VERB, SIGN, NUMBER, PREFIX = range(
    1, 15
)
NAMES: Final = (SURNAME, GIVEN, PERSON)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Words of the normalised text: places, kind, bits of what else each can be.

    ``candidates``: words that may begin a name; ``followed``: for each of these whether a given name may follow it.
    """

    text: str
    starts: list[int]
    ends: list[int]
    kinds: list[int]
    bits: np.ndarray
    candidates: list[int]
    followed: list[bool]
    codes: np.ndarray
    places: np.ndarray | None

    def word(self, index: int) -> str:
        """The normalised spelling of a word."""
        return self.text[self.starts[index] : self.ends[index]]

    def __len__(self) -> int:
        return len(self.starts)


@cache
def _one_of(values: tuple[int, ...], *, value: bool = True) -> np.ndarray:
    """For each small number whether it is one of these (``value``: what it is for these)."""
    table = np.full(32, not value)
    table[list(values)] = value
    return table


def followed(kinds: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """For each candidate whether a given name may follow: of the next two words one is no sign and no particle."""
    possible: np.ndarray = np.append(_one_of((SIGN, PARTICLE), value=False)[kinds], (False, False))
    return np.asarray(possible[candidates + 1] | possible[np.minimum(candidates + 2, len(possible) - 1)])


def tokens(text: str, firsts: str, honorifics: tuple[str, ...]) -> Tokens:
    """The words of a text; ``firsts`` are the characters that titles and honorifics begin with, ``honorifics`` those."""
    found = segments(text)
    codes = found.codes
    in_dictionary = (found.words >= 0) & (found.words < GIVEN_BASE)
    bits = np.where(
        in_dictionary, known().can_be[np.where(in_dictionary, found.words, 0)], np.left_shift(1, found.kinds.astype(np.int32))
    )
    name = _one_of(NAMES)[found.kinds]
    # before a title or an honorific also what the segmentation took for something else
    size = len(codes)
    category = categories()[codes]
    ends = np.minimum(found.ends, max(0, size - 1))
    behind = np.where(category[ends] == SPACE, codes[np.minimum(ends + 1, max(0, size - 1))], codes[ends])
    noun = _one_of((PARTICLE, VERB, SIGN, NUMBER, SUFFIX), value=False)[found.kinds]
    other = members(firsts)[behind] & noun & (found.ends < size)
    # behind a sign or a space, or at the beginning, a label may stand before it
    start_after_sign = _one_of((0, 6, 8, 9))[category[np.maximum(found.starts - 1, 0)]] | (found.starts == 0)
    surname = (bits & (1 << SURNAME)) != 0
    unknown = found.words < 0
    first_kanji = _one_of((1, 7))[category[found.starts]]
    long_enough = (found.ends - found.starts >= 2) & _one_of((PLACE, ORGANISATION, PROPER, COMMON))[found.kinds]
    mask = (
        name
        | (surname & (other | start_after_sign | long_enough))
        | (start_after_sign & first_kanji & (unknown | ~_one_of((COMMON, SUFFIX, VERB, PREFIX))[found.kinds]))
    )
    normalised = codes.astype("<u2").tobytes().decode("utf-16-le", "replace")
    for index in np.flatnonzero(other & ~mask).tolist():
        mask[index] = normalised.startswith(honorifics, int(found.ends[index]))
    candidates = np.flatnonzero(mask)
    return Tokens(
        normalised, found.starts.tolist(), found.ends.tolist(), found.kinds.tolist(), bits,
        candidates.tolist(), followed(found.kinds, candidates).tolist(), codes, found.places,
    )  # fmt: skip
