"""The words of a text as lists, with what each can be, for rules over single places."""
# ruff: noqa: PLR2004 - rules over few characters; numbers are weights, lengths and classes of characters.py

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from sekisho.engines.leakscan.names.characters import categories, members
from sekisho.engines.leakscan.names.lattice import GIVEN_BASE
from sekisho.engines.leakscan.names.lookup import known
from sekisho.engines.leakscan.names.segmentation import segments

__all__ = [
    "COMMON", "GIVEN", "ORGANISATION", "PARTICLE", "PERSON", "PLACE", "PREFIX", "PROPER", "SIGN", "SUFFIX", "SURNAME", "VERB",
    "Tokens", "tokens",
]  # fmt: skip

SURNAME, GIVEN, PERSON, PLACE, ORGANISATION, PROPER, COMMON, PERSON_SUFFIX, SUFFIX, PARTICLE, VERB, SIGN, NUMBER, PREFIX = range(
    1, 15
)
NAMES: Final = (SURNAME, GIVEN, PERSON)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Words of the normalised text: places, kind, bits of what else each can be; ``candidates``: words that may begin a name."""

    text: str
    starts: list[int]
    ends: list[int]
    kinds: list[int]
    bits: list[int]
    candidates: list[int]
    codes: np.ndarray
    places: np.ndarray | None

    def word(self, index: int) -> str:
        """The normalised spelling of a word."""
        return self.text[self.starts[index] : self.ends[index]]

    def __len__(self) -> int:
        return len(self.starts)


def tokens(text: str, firsts: str) -> Tokens:
    """The words of a text; ``firsts`` are the characters that titles and honorifics begin with."""
    found = segments(text)
    codes = found.codes
    in_dictionary = (found.words >= 0) & (found.words < GIVEN_BASE)
    bits = np.where(
        in_dictionary, known().can_be[np.where(in_dictionary, found.words, 0)], np.left_shift(1, found.kinds.astype(np.int32))
    )
    name = np.isin(found.kinds, NAMES)
    # before a title or an honorific also what the segmentation took for something else
    begins = members(firsts)
    after = codes[np.minimum(found.ends, max(0, len(codes) - 1))]
    space = categories()[after] == 8
    behind = np.where(space, codes[np.minimum(found.ends + 1, max(0, len(codes) - 1))], after)
    other = begins[behind] & ~np.isin(found.kinds, (PARTICLE, VERB, SIGN, NUMBER, SUFFIX)) & (found.ends < len(codes))
    # behind a sign or a space, or at the beginning, a label may stand before it
    previous = categories()[codes[np.maximum(found.starts - 1, 0)]]
    start_after_sign = np.isin(previous, (0, 6, 8, 9)) | (found.starts == 0)
    surname = (bits & (1 << SURNAME)) != 0
    unknown = found.words < 0
    first_kanji = np.isin(categories()[codes[found.starts]], (1, 7)) if len(codes) else np.zeros(0, bool)
    long_enough = (found.ends - found.starts >= 2) & np.isin(found.kinds, (PLACE, ORGANISATION, PROPER, COMMON))
    mask = name | other | (surname & (start_after_sign | long_enough)) | (start_after_sign & unknown & first_kanji)
    normalised = codes.astype("<u2").tobytes().decode("utf-16-le", "replace")
    return Tokens(
        normalised, found.starts.tolist(), found.ends.tolist(), found.kinds.tolist(), bits.tolist(),
        np.flatnonzero(mask).tolist(), codes, found.places,
    )  # fmt: skip
