"""The heading of a column as the label of everything in it."""

from __future__ import annotations

import re
from typing import Final

from sekisho.engines.leakscan.codes import as_codes
from sekisho.engines.leakscan.kinds import Kind
from sekisho.engines.leakscan.sweep import sweep
from sekisho.engines.leakscan.words import OTHER, Words

__all__ = ["header_mask"]

_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=[0-9])")
_LABELLED: Final = (1 << (Kind.IP_ADDRESS + 1)) - 1


def header_mask(heading: str, words: Words) -> int:
    """Bits of the kinds that a heading names; the last label in it counts (連絡先メールアドレス: a mail address).

    A heading of something else (受付番号) names nothing. Humps (``phoneNumber``) and underscores part words.
    """
    if not heading:
        return 0
    spaced = _HUMP.sub(" ", heading)
    mask = 0
    for form in {heading, spaced, spaced.replace("_", " ")}:
        places = sweep(as_codes(form), words)
        for number in places.word.tolist():
            if int(words.mask[number]):
                found = int(words.mask[number]) & _LABELLED
            elif words.flag[number] & OTHER:
                found = 0
            else:
                continue
            if form == heading or found:
                mask = found if form == heading else mask | found
    return mask
