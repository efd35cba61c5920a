# ruff: noqa: PLR0917, SIM102, FURB110, PLR1714, PLR2004 - kernels: numbers are classes of codes.py
"""How digits stand in a text: what joins and what touches them, dates, check digits. Kernels only, over padded texts.

``kinds`` are the classes of the characters (codes.py); four characters of padding before a text and many behind it make bounds
needless.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sekisho.engines.compiled import compiled
from sekisho.engines.leakscan.forms import (
    ADDS,
    CHECK_DIGITS,
    CHECKED_PLACES,
    DAYS,
    ERA_BASE,
    ERA_FIRST,
    ERA_LAST,
    ERA_SIGNS,
    MODULI,
)

__all__ = ["born", "day_holds", "edge", "era_before", "free", "holds", "joined", "joint_of", "looks_like_time"]


@compiled
def holds(digits: NDArray[np.int64], check: int) -> bool:
    """Whether digits have the check digit of a check of forms.py; 0: none is asked for."""
    total = 0
    for place in range(CHECKED_PLACES[check, 1]):
        total += ADDS[check, place, digits[place]]
    return bool(check == 0 or CHECK_DIGITS[check, total % MODULI[check]] == digits[CHECKED_PLACES[check, 0]])


@compiled
def joint_of(kinds: NDArray[np.int8], start: int, end: int) -> int:
    """The class of the one sign between two groups, spaces around it left out; 0: they do not belong together."""
    if end - start > 3 or end <= start:
        return 0
    sign = 0
    for place in range(start, end):
        kind = int(kinds[place])
        if kind == 4:
            continue
        if sign or kind < 6 or kind > 17:
            return 0
        sign = kind
    return sign if sign else 4


@compiled
def joined(joints: NDArray[np.int64], parts: int, opened: bool) -> int:
    """The sign between all parts: its class, 0 for one part, 10 or 11 with one pair of brackets, -1: mixed."""
    if parts == 1:
        return 0
    if parts > 2 and joints[0] == 10 and joints[1] == 11:
        return 10
    first = 1 if opened and joints[0] == 11 else 0
    for place in range(first, parts - 1):
        if joints[place] != joints[first]:
            return -1
    return 11 if first else joints[0]


@compiled
def edge(kind: int, other: int, inner: int, parts: int, same: bool) -> bool:
    """Whether a neighbouring group belongs to the number, so that this part of it is none.

    ``kind``: the sign between them, ``other``: the neighbour's length, ``same``: as long as the part at this end.
    """
    if kind == 6 or kind == 7 or kind == 16 or kind == 17 or (12 <= kind <= 14):
        return True
    if kind == 9 or kind == 8:
        return other <= 5 and (parts == 1 or kind == inner)
    return kind == 4 and parts > 1 and inner == 4 and same


@compiled
def free(codes: NDArray[np.uint32], kinds: NDArray[np.int8], start: int, end: int, parts: int, word_end: int) -> bool:
    """Whether no letter and no sign of a longer token touches a number; a word that ends where it begins may."""
    before, further = kinds[start - 1], kinds[start - 2]
    if (before == 1 or before == 17) and word_end != start - 1:
        return False
    if (before == 6 or before == 9) and further == 1 and word_end != start - 2:
        return False
    if codes[start - 1] == 43 or codes[start - 1] == 0xFF0B:
        return False
    after, behind = kinds[end], kinds[end + 1]
    if after == 1 or after == 17:
        return False
    return not (behind == 1 and (after == 6 or after == 9 or (after == 7 and parts == 1)))


@compiled
def day_holds(era: int, year: int, month: int, day: int) -> bool:
    """Whether a day exists; ``era``: 0 for the common era (1868 to 2100), 1 明治 … 5 令和, with first and last days."""
    year += ERA_BASE[era]
    if month < 1 or month > 12 or day < 1 or day > DAYS[month]:
        return False
    if month == 2 and day == 29 and (year % 4 != 0 or (year % 100 == 0 and year % 400 != 0)):
        return False
    whole = year * 10000 + month * 100 + day
    return bool(ERA_FIRST[era] <= whole <= ERA_LAST[era])


@compiled
def era_before(codes: NDArray[np.uint32], kinds: NDArray[np.int8], start: int, word_end: int, named: int) -> tuple[int, int]:
    """The era before a year (1 明治 … 5 令和; 0: none) and where it begins. ``named``: the era that the last word names."""
    place = start - 1
    while start - place <= 3 and kinds[place] == 4:
        place -= 1
    if named and word_end == place:
        return named, place - 1
    era = ERA_SIGNS[codes[place]] if codes[place] < 65536 else 0
    if era and (kinds[place] != 1 or (kinds[place - 1] != 1 and kinds[place - 1] != 2)):
        return int(era), place
    return 0, start


@compiled
def looks_like_time(value: int, count: int) -> bool:
    """Whether digits read as a time stamp: year to minute or second, short years too, seconds and parts of them since 1970."""
    if count == 10 or count == 13 or count == 16:
        if value // 10 ** (count - 1) == 1:
            return True
    if count < 12 or count > 18:
        return False
    for short in range(2):
        if short and count != 12:
            return False
        cut = value // 10 ** (count - 12) if short == 0 else 200000000000 + value // 100
        year = cut // 100000000
        if (
            1950 <= year <= 2060
            and cut // 100 % 100 < 25
            and cut % 100 < 61
            and day_holds(year * 0, year, cut // 1000000 % 100, cut // 10000 % 100)
        ):
            return True
    return False


@compiled
def born(codes: NDArray[np.uint32], kinds: NDArray[np.int8], end: int) -> int:
    """2: 生 follows a date (生まれ, 生 at its end), 1: an age follows within eight characters, 0: neither."""
    place = end
    while place - end < 3 and kinds[place] == 4:
        place += 1
    if codes[place] == 0x751F and (codes[place + 1] < 0x4E00 or codes[place + 1] > 0x9FFF):
        return 2
    for ahead in range(end, end + 9):
        if (codes[ahead] == 0x6B73 or codes[ahead] == 0x624D) and kinds[ahead - 1] == 2:
            return 1
        if codes[ahead] == 10 or codes[ahead] == 0 or codes[ahead] == 0x3002:
            break
    return 0
