# ruff: noqa: C901, PLR0911, PLR0912, PLR0914, PLR0915, PLR0917, PLR1702, PLR1714, PLR2004, SIM102 - kernels: numbers are classes of codes.py
"""How digits stand in a text: what joins and what touches them, eras and letters before them, dates. Kernels only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sekisho.engines.compiled import compiled
from sekisho.engines.leakscan.forms import date_holds, number_of

__all__ = ["born", "class_of", "date_of", "edge", "era_of", "free", "joint_of", "letter", "letters_before"]


@compiled
def class_of(codes: NDArray[np.uint32], info: NDArray[np.uint16], place: int) -> int:
    if place < 0 or place >= len(codes) or codes[place] >= 65536:
        return 0
    return info[codes[place]] >> 11


@compiled
def joint_of(codes: NDArray[np.uint32], info: NDArray[np.uint16], start: int, end: int) -> int:
    """The class of the one sign between two groups, spaces around it left out; 0: they do not belong together."""
    if end - start > 3 or end <= start:
        return 0
    sign = 0
    for place in range(start, end):
        kind = class_of(codes, info, place)
        if kind == 4:
            continue
        if sign or kind < 6 or kind > 17:
            return 0
        sign = kind
    return sign or 4


@compiled
def edge(kind: int, other: int, inner: int, parts: int, same: bool) -> bool:
    """Whether a neighbouring group belongs to the number: then this part of it is none."""
    if kind == 6 or kind == 7 or kind == 16 or kind == 17 or 12 <= kind <= 14:
        return True
    if kind == 9 or kind == 8:
        return other <= 5 and (parts == 1 or kind == inner)
    if kind == 4:
        return parts > 1 and inner == 4 and same
    return False


@compiled
def free(codes: NDArray[np.uint32], info: NDArray[np.uint16], start: int, end: int, parts: int, word_end: int) -> bool:
    """Whether no letter and no sign of a longer token touches a number; a word that ends where it begins may."""
    before, further = class_of(codes, info, start - 1), class_of(codes, info, start - 2)
    if (before == 1 or before == 17) and word_end != start - 1:
        return False
    if (before == 6 or before == 7 or before == 9) and (further == 2 or further == 3):
        return False
    if (before == 6 or before == 9) and further == 1 and word_end != start - 2:
        return False
    if start > 1 and codes[start - 1] == 43 and (further == 1 or further == 2):
        return False
    after, behind = class_of(codes, info, end), class_of(codes, info, end + 1)
    if after == 1 or after == 17:
        return False
    if (after == 6 or after == 9) and (behind == 1 or behind == 2):
        return after == 9 and parts > 1
    if after == 7 and (behind == 2 or (behind == 1 and parts == 1)):
        return False
    return not (after == 16 and behind == 2 and parts == 1)


@compiled
def era_of(codes: NDArray[np.uint32], start: int) -> tuple[int, int]:
    """The era before a year (0 明治 … 4 令和) and where it begins; -1: none."""
    place = start - 1
    while place >= 0 and start - place <= 3 and (codes[place] == 32 or codes[place] == 0x3000):
        place -= 1
    if place < 0:
        return -1, start
    last = codes[place]
    before = codes[place - 1] if place > 0 else 0
    if last == 0x548C:
        if before == 0x662D:
            return 2, place - 1
        if before == 0x4EE4:
            return 4, place - 1
    if last == 0x6210 and before == 0x5E73:
        return 3, place - 1
    if last == 0x6CBB and before == 0x660E:
        return 0, place - 1
    if last == 0x6B63 and before == 0x5927:
        return 1, place - 1
    if 0x337B <= last <= 0x337E:
        return 0x337E - last, place
    if last == 0x32FF:
        return 4, place
    if last == 0x662D:
        return 2, place
    if last == 0x5E73:
        return 3, place
    if last == 0x4EE4:
        return 4, place
    if last == 0x660E:
        return 0, place
    if last == 0x5927:
        return 1, place
    if last == 46 and place > 0:
        place -= 1
        last = codes[place]
        before = codes[place - 1] if place > 0 else 0
    if last >= 0xFF21 and last <= 0xFF5A:
        last -= 0xFEE0
    if last >= 97:
        last -= 32
    if (before >= 65 and before <= 90) or (before >= 97 and before <= 122) or (before >= 0xFF21 and before <= 0xFF5A):
        return -1, start
    if last == 77:
        return 0, place
    if last == 84:
        return 1, place
    if last == 83:
        return 2, place
    if last == 72:
        return 3, place
    if last == 82:
        return 4, place
    return -1, start


@compiled
def letters_before(codes: NDArray[np.uint32], info: NDArray[np.uint16], start: int) -> int:
    """How many letters stand directly before a number, counted up to 3."""
    count = 0
    while count < 3 and class_of(codes, info, start - 1 - count) == 1:
        count += 1
    return count


@compiled
def letter(code: int) -> int:
    """A letter of either width as a small ASCII one."""
    if code >= 0xFF21:
        code -= 0xFEE0
    return code | 32


@compiled
def date_of(
    codes: NDArray[np.uint32],
    info: NDArray[np.uint16],
    digits: NDArray[np.uint8],
    sizes: NDArray[np.int64],
    parts: int,
    joints: NDArray[np.int64],
    start: int,
    end: int,
) -> tuple[int, int, int]:
    """Era + 2 of a date (0: no date), its start and its end."""
    if parts == 3 and sizes[1] <= 2 and sizes[2] <= 2 and (sizes[0] == 4 or sizes[0] <= 2):
        written = joints[0] == 12 and joints[1] == 13
        if not written and not (joints[0] == joints[1] and (joints[0] == 6 or joints[0] == 7 or joints[0] == 9)):
            return 0, start, end
        era, first = -1, start
        if sizes[0] != 4:
            era, first = era_of(codes, start)
            if era < 0:
                return 0, start, end
        year = number_of(digits, 0, sizes[0])
        month, day = number_of(digits, sizes[0], sizes[1]), number_of(digits, sizes[0] + sizes[1], sizes[2])
        if not date_holds(era, year, month, day):
            return 0, start, end
        last = end
        if class_of(codes, info, last) == 4 and class_of(codes, info, last + 1) == 14:
            last += 1
        if class_of(codes, info, last) == 14:
            last += 1
        return era + 2, first, last
    if parts == 2 and joints[0] == 13 and sizes[0] <= 2 and sizes[1] <= 2 and start > 3:
        if codes[start - 1] == 0x5E74 and codes[start - 2] == 0x5143:
            era, first = era_of(codes, start - 2)
            if era >= 0 and date_holds(era, 1, number_of(digits, 0, sizes[0]), number_of(digits, sizes[0], sizes[1])):
                return era + 2, first, end + int(class_of(codes, info, end) == 14)
    if parts == 1 and sizes[0] == 8 and date_holds(-1, number_of(digits, 0, 4), number_of(digits, 4, 2), number_of(digits, 6, 2)):
        return 1, start, end
    if parts == 1 and (sizes[0] == 7 or sizes[0] == 6):
        era, first, shift = digits[0] - 1, start, 1
        if sizes[0] == 6:
            era, first = era_of(codes, start)
            shift = 0
        if 0 <= era <= 4 and date_holds(
            era, number_of(digits, shift, 2), number_of(digits, shift + 2, 2), number_of(digits, shift + 4, 2)
        ):
            return era + 2, first, end
    return 0, start, end


@compiled
def born(codes: NDArray[np.uint32], info: NDArray[np.uint16], end: int) -> int:
    """2: 生 follows a date (生まれ, 生 at its end), 1: an age follows within eight characters, 0: neither."""
    place = end
    while place < len(codes) and place - end < 3 and class_of(codes, info, place) == 4:
        place += 1
    if place < len(codes) and codes[place] == 0x751F:
        after = codes[place + 1] if place + 1 < len(codes) else 0
        if after < 0x4E00 or after > 0x9FFF:
            return 2
    for ahead in range(end, min(len(codes), end + 9)):
        if (codes[ahead] == 0x6B73 or codes[ahead] == 0x624D) and class_of(codes, info, ahead - 1) == 2:
            return 1
        if codes[ahead] == 10 or codes[ahead] == 0 or codes[ahead] == 0x3002:
            break
    return 0
