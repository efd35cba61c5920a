# ruff: noqa: C901, PLR0911, PLR0912, PLR0917, PLR1714, PLR2004, SIM102 - kernels: numbers are classes of codes.py
"""What a number can be: groups gathered, their form looked up in the rules. Kernels only.

``state`` holds what is known of one number, by the places below; ``groups`` are rows of sizes, joints and values of its groups.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sekisho.engines.compiled import compiled
from sekisho.engines.leakscan.forms import PREFIXES, RULES
from sekisho.engines.leakscan.grouping import day_holds, edge, era_before, free, holds, joined, joint_of

__all__ = ["gather", "possible"]

TOTAL, SINGLE, NEAR, NEAR_SIZE, WORDS, WORD_END, NAMED, FAMILY, COUNT, KEY, JOINT, WANTED, FORM, ERA, FAILED, PARTS = range(16)
START, BEGIN, END, HEADER, VALUE = range(16, 21)
SIZES, JOINTS, VALUES = range(3)


@compiled
def _letters(codes: NDArray[np.uint32], kinds: NDArray[np.int8], start: int, end: int, count: int) -> tuple[int, int, int]:
    """What letters around a number add to its key, and the start and the end with them; 0: none that mean anything."""
    place = start - 1
    if kinds[place] != 1 and count >= 13 and (kinds[place] == 6 or kinds[place] == 4 or kinds[place] == 16):
        place -= 1
    letters = 0
    while letters < 3 and kinds[place - letters] == 1:
        letters += 1
    if letters == 0 or letters > 2 or kinds[place - letters] == 2 or kinds[place - letters] == 17:
        return 0, start, end
    after = kinds[end]
    if letters == 1:
        sign = codes[place]
        if (sign == 0x54 or sign == 0x74 or sign == 0xFF34 or sign == 0xFF54) and after != 1:
            return 1 << 20, place, end
        return 0, start, end
    if place != start - 1:
        return 0, start, end
    if after != 1:
        return 2 << 20, start - 2, end
    if kinds[end + 1] == 1 and kinds[end + 2] != 1 and kinds[end + 2] != 2:
        return 3 << 20, start - 2, end + 2
    return 0, start, end


@compiled
def _date(
    codes: NDArray[np.uint32],
    kinds: NDArray[np.int8],
    groups: NDArray[np.int64],
    state: NDArray[np.int64],
) -> int:
    """1 + era of a date (0: no date); start and end in ``state`` become those of the date."""
    sizes, joints, values = groups[SIZES], groups[JOINTS], groups[VALUES]
    parts, word_end, named = state[PARTS], state[WORD_END], state[NAMED]
    start, era, year, month, day = state[BEGIN], 0, 0, 0, 0
    first = start
    if parts == 3 and sizes[1] <= 2 and sizes[2] <= 2 and (sizes[0] == 4 or sizes[0] <= 2):
        if joints[0] != joints[1] - int(joints[0] == 12) or (
            joints[0] != 12 and joints[0] != 6 and joints[0] != 7 and joints[0] != 9
        ):
            return 0
        year, month, day = values[0], values[1], values[2]
        if sizes[0] != 4:
            era, first = era_before(codes, kinds, start, word_end, named)
            if era == 0:
                return 0
    elif parts == 2 and joints[0] == 13 and codes[start - 1] == 0x5E74 and codes[start - 2] == 0x5143:
        era, first = era_before(codes, kinds, start - 2, word_end, named)
        year, month, day = 1, values[0], values[1]
        if era == 0:
            return 0
    elif parts == 1 and 6 <= sizes[0] <= 8:
        year, month, day = values[0] // 10000, values[0] // 100 % 100, values[0] % 100
        if sizes[0] == 7:
            era, year = year // 100, year % 100
        elif sizes[0] == 6:
            era, first = era_before(codes, kinds, start, word_end, named)
        if era > 5 or (sizes[0] != 8 and era == 0):
            return 0
    else:
        return 0
    if not day_holds(era, year, month, day):
        return 0
    last = state[END]
    if parts > 1:
        if kinds[last] == 4 and kinds[last + 1] == 14:
            last += 1
        if kinds[last] == 14:
            last += 1
    state[BEGIN], state[END] = first, last
    return 1 + era


@compiled
def gather(
    codes: NDArray[np.uint32],
    kinds: NDArray[np.int8],
    signs: NDArray[np.int16],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    index: int,
    groups: NDArray[np.int64],
    digits: NDArray[np.int64],
    state: NDArray[np.int64],
) -> None:
    """The groups that follow each other from one on, at most 16, and their first 20 digits."""
    family, filled, total = kinds[starts[index]], 0, 0
    state[SINGLE] = 1
    while total < 16 and index + total < len(starts):
        first, until, value = starts[index + total], ends[index + total], 0
        if total:
            groups[JOINTS, total - 1] = joint_of(kinds, ends[index + total - 1], first)
            if groups[JOINTS, total - 1] == 0 or kinds[first] != family:
                break
        if until - first > 1:
            state[SINGLE] = 0
        for place in range(first, min(until, first + 18)):
            value = value * 10 + signs[codes[place]]
            if filled < 20:
                digits[filled] = signs[codes[place]]
                filled += 1
        groups[SIZES, total], groups[VALUES, total] = until - first, value
        total += 1
    state[TOTAL], state[FAMILY], state[START] = total, family, starts[index]
    state[NEAR] = 0
    if index:
        state[NEAR] = joint_of(kinds, ends[index - 1], starts[index])
        state[NEAR_SIZE] = ends[index - 1] - starts[index - 1]


@compiled
def _outer(groups: NDArray[np.int64], state: NDArray[np.int64]) -> bool:
    """Whether a neighbouring group belongs to the number."""
    parts, joint, near, near_size = state[PARTS], state[JOINT], state[NEAR], state[NEAR_SIZE]
    first, behind, ahead = groups[SIZES, 0], groups[SIZES, parts], groups[JOINTS, parts - 1]
    if parts == state[TOTAL]:
        behind, ahead = 0 * behind, 0 * ahead
    if parts == 1 and first <= 3 and ((near == 15 and first == 3) or (ahead == 15 and behind == 3)):
        return True
    if ahead and edge(ahead, behind, joint, parts, behind == groups[SIZES, parts - 1]):
        return True
    return bool(near and edge(near, near_size, joint, parts, near_size == first))


@compiled
def _by_rules(
    codes: NDArray[np.uint32],
    kinds: NDArray[np.int8],
    digits: NDArray[np.int64],
    bare: NDArray[np.float64],
    state: NDArray[np.int64],
) -> None:
    """Kinds by key, prefix and check digit, and their scores without a label."""
    start, end, joint = state[START], state[END], state[JOINT]
    more, first, until = _letters(codes, kinds, start, end, state[COUNT])
    if more == 0 and not free(codes, kinds, start, end, state[PARTS], state[WORD_END]):
        return
    if more:
        state[FORM] |= 1 << 9
        state[BEGIN], state[END] = first, until
    elif joint >= 10:
        more = 1 << 24
        state[BEGIN] -= joint - 10
    lead = digits[0] * 1000 + digits[1] * 100 + digits[2] * 10 + digits[3]
    for rule in range(len(RULES)):
        if RULES[rule, 0] == state[KEY] | more and (RULES[rule, 2] == 0 or PREFIXES[lead] & RULES[rule, 2]):
            if holds(digits, RULES[rule, 3]):
                state[WANTED] |= 1 << RULES[rule, 1]
                bare[RULES[rule, 1]] = RULES[rule, 4] / 100


@compiled
def possible(
    codes: NDArray[np.uint32],
    kinds: NDArray[np.int8],
    end: int,
    groups: NDArray[np.int64],
    digits: NDArray[np.int64],
    bare: NDArray[np.float64],
    state: NDArray[np.int64],
) -> bool:
    """Whether the first ``state[PARTS]`` groups, up to ``end``, can be anything; ``state`` and ``bare`` get what."""
    parts = state[PARTS]
    state[COUNT] = state[KEY] = state[WANTED] = state[FORM] = state[ERA] = 0
    for place in range(parts):
        state[COUNT] += groups[SIZES, place]
        state[KEY] = state[KEY] << 4 | min(groups[SIZES, place], 15)
    count = state[COUNT]
    if count < 2 or count > 19 or (parts > 5 and not state[SINGLE]):
        return False
    if parts == 1:
        state[KEY] = count
    elif parts > 5:
        state[KEY] = 1 << 28 | count
    for kind in range(17):
        bare[kind] = 0.0
    state[BEGIN], state[END], state[VALUE] = state[START], end, groups[VALUES, 0]
    joint = joined(groups[JOINTS], parts, kinds[state[START] - 1] == 10)
    state[JOINT] = joint
    ahead = groups[JOINTS, parts - 1] if parts < state[TOTAL] else 0
    if state[FAMILY] == 2 and parts <= 3 and (parts == 1 or (state[NEAR] != joint and ahead != joint)):
        era = _date(codes, kinds, groups, state)
        if era > 1 or (era and (parts == 1 or joint < 0 or free(codes, kinds, state[START], end, parts, state[WORD_END]))):
            state[WANTED], state[ERA], state[FORM] = 1 << 16, era, 1 << 11 if era > 1 else 0
            bare[16] = 0.02 if parts == 1 else 0.14
        else:
            state[BEGIN], state[END] = state[START], end
    outer = _outer(groups, state)
    if not outer and joint >= 0 and joint <= 11 and joint != 9 and (state[WANTED] == 0 or parts == 1):
        _by_rules(codes, kinds, digits, bare, state)
    state[FAILED] = int(parts == 1 and (count == 12 or count == 13) and not outer and state[WANTED] & ~(1 << 3) == 0)
    return bool(state[WANTED] or state[FAILED])
