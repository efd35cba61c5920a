# ruff: noqa: C901, PLR0911, PLR0912, PLR0915, PLR0917, PLR1714, PLR2004, SIM102 - kernels: numbers are classes of codes.py
"""Numbers in a text: which groups of digits belong together, what they can be, and which of it they are.

One kernel goes over all groups once. A number that may be of several kinds becomes the kind with the best score; the others are
kept as alternatives. Tables: ``forms.py``; documentation: ``docs/reference/leak-scan-kinds.md``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sekisho.engines.compiled import compiled
from sekisho.engines.leakscan.codes import digit_table
from sekisho.engines.leakscan.forms import NINE_CHECK, PREFIXES, RULES, SCORES, TEN_CHECK
from sekisho.engines.leakscan.grouping import (
    born,
    day_holds,
    edge,
    era_before,
    free,
    holds,
    joined,
    joint_of,
    looks_like_time,
)
from sekisho.engines.leakscan.labels import (
    UNITS,
    gap_is_soft,
    in_locator,
    label_after,
    label_before,
    record_words,
)
from sekisho.engines.leakscan.rows import COLUMNS
from sekisho.engines.leakscan.sweep import Places
from sekisho.engines.leakscan.words import Words

__all__ = ["find_numbers"]


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
    values: NDArray[np.int64],
    sizes: NDArray[np.int64],
    joints: NDArray[np.int64],
    parts: int,
    span: NDArray[np.int64],
    word_end: int,
    named: int,
) -> int:
    """1 + era of a date (0: no date); ``span``: start and end, both changed to those of the date."""
    start, era, year, month, day = span[0], 0, 0, 0, 0
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
    last = span[1]
    if parts > 1:
        if kinds[last] == 4 and kinds[last + 1] == 14:
            last += 1
        if kinds[last] == 14:
            last += 1
    span[0], span[1] = first, last
    return 1 + era


@compiled
def _score(
    kinds: int,
    bare: NDArray[np.float64],
    before: NDArray[np.int64],
    after: NDArray[np.int64],
    header: int,
    chosen: NDArray[np.float64],
) -> None:
    """The best kind: ``chosen`` gets kind, score, reasons, word and cost of its label, whether the label is firm."""
    for place in range(6):
        chosen[place] = 0.0
    for kind in range(1, 17):
        if not kinds >> kind & 1:
            continue
        score, reasons, word, cost, firm = bare[kind], 0, 0, 0, 0
        if before[0] >> kind & 1 and before[1] <= SCORES[kind, 2]:
            word, cost, firm = before[2], before[1], before[3]
            score = SCORES[kind, 0] if firm else max(score, SCORES[kind, 1] - 0.004 * cost)
            reasons = 4 + 32 * firm
        if after[0] >> kind & 1 and (kind != 13 or after[3]):
            behind = SCORES[kind, 0] - 0.03 if after[3] else SCORES[kind, 1] - 0.004 * after[1] - 0.05
            if behind > score:
                score, word, cost, firm = behind, after[2], after[1], after[3]
                reasons = 8 + 32 * firm
        if header >> kind & 1 and SCORES[kind, 0] - 0.01 > score:
            score, reasons, word, cost, firm = SCORES[kind, 0] - 0.01, 16, 0, 0, 1
        if score > chosen[1]:
            chosen[0], chosen[1], chosen[2], chosen[3], chosen[4], chosen[5] = kind, score, reasons, word, cost, firm


@compiled
def _record(kind: int, key: int, generic: int, words: int, era: int) -> float:
    """The score of a number without a label of its own among ``words`` words of a person's record; 0: they do not help."""
    if kind == 1 and words + generic + int(key == 0x444) >= 3 and words > 0:
        return 0.56
    if kind == 14 and words >= 2:
        return 0.6
    if (kind == 7 or (kind == 9 and key == 0x46)) and words >= 2:
        return 0.52
    if kind == 16 and words >= 2 and era > 0:
        return 0.58 if 3 <= era <= 5 else 0.52 if words >= 3 and era == 1 else 0.0
    return 0.0


@compiled
def _weighed(
    score: float,
    kind: int,
    reasons: int,
    firm: bool,
    value: int,
    count: int,
    parts: int,
    product: bool,
    other: bool,
    amount: bool,
) -> tuple[float, int]:
    """The score of a number after what speaks against it: it reads as a time or a product's code, another label, a unit."""
    plain = parts == 1 and kind != 14 and kind != 16 and kind != 12
    timed = plain and looks_like_time(value, count)
    if timed:
        reasons |= 1 << 20
    if product:
        reasons |= 1 << 21
    if firm:
        return (min(score, 0.72) if timed else score), reasons
    if timed or product:
        score *= 0.3
    if other:
        score, reasons = score * 0.45, reasons | 1 << 22
    if amount:
        score *= 0.1
    return score, reasons


@compiled
def _find(
    codes: NDArray[np.uint32],
    kinds: NDArray[np.int8],
    signs: NDArray[np.int16],
    starts: NDArray[np.int32],
    ends: NDArray[np.int32],
    word_at: NDArray[np.int32],
    word: NDArray[np.int16],
    mask: NDArray[np.int64],
    flag: NDArray[np.int32],
    length: NDArray[np.int32],
    header: int,
    low: int,
    high: int,
    last: NDArray[np.int64],
    rows: NDArray[np.int32],
    scores: NDArray[np.float32],
    sizes: NDArray[np.int64],
    joints: NDArray[np.int64],
    values: NDArray[np.int64],
    digits: NDArray[np.int64],
    bare: NDArray[np.float64],
    chosen: NDArray[np.float64],
    before: NDArray[np.int64],
    after: NDArray[np.int64],
    span: NDArray[np.int64],
) -> int:
    found = words = index = 0
    while index < len(starts):
        start = int(starts[index])
        if start >= high:
            break
        if start < low:
            index += 1
            continue
        while words < len(word_at) and word_at[words] < start:
            words += 1
        family, total, filled, single, whole = kinds[start], 0, 0, True, 0
        while total < 16 and index + total < len(starts):
            first, until, value = int(starts[index + total]), int(ends[index + total]), 0
            if total:
                joints[total - 1] = joint_of(kinds, int(ends[index + total - 1]), first)
                if joints[total - 1] == 0 or kinds[first] != family:
                    break
            sizes[total] = until - first
            single = single and until - first == 1
            for place in range(first, min(until, first + 18)):
                value = value * 10 + signs[codes[place]]
                if filled < 20:
                    digits[filled] = signs[codes[place]]
                    filled += 1
            values[total] = value
            total += 1
        near, near_size = 0, 0
        if index:
            near, near_size = joint_of(kinds, int(ends[index - 1]), start), int(ends[index - 1] - starts[index - 1])
        word_end, named, opened = -2, 0, kinds[start - 1] == 10
        if words:
            word_end, named = int(word_at[words - 1]), mask[word[words - 1]] >> 26
        step = 1
        for attempt in range(6):
            parts = total if attempt == 0 else 6 - attempt
            if parts > total or (attempt == 0 and not (single and total >= 10)):
                continue
            count, key = 0, 0
            for place in range(parts):
                count += sizes[place]
                key = key << 4 | min(sizes[place], 15)
            if parts == 1:
                key = count
            if attempt == 0:
                key = 1 << 28 | count
            if count < 2 or count > 19:
                continue
            joint = joined(joints, parts, opened)
            next_joint, next_size = 0, 0
            if parts < total:
                next_joint, next_size = joints[parts - 1], sizes[parts]
            span[0], span[1] = start, ends[index + parts - 1]
            for kind in range(17):
                bare[kind] = 0.0
            wanted, form, era = 0, 0, 0
            if family == 2 and parts <= 3 and (parts == 1 or (near != joint and next_joint != joint)):
                era = _date(codes, kinds, values, sizes, joints, parts, span, word_end, named)
                if era and not (era == 1 and parts > 1 and joint > 0 and not free(codes, kinds, start, span[1], parts, word_end)):
                    wanted, bare[16], form = 1 << 16, 0.02 if parts == 1 else 0.14, (1 << 11 if era > 1 else 0)
            outer = parts < total and edge(next_joint, next_size, joint, parts, next_size == sizes[parts - 1])
            outer = outer or (near > 0 and edge(near, near_size, joint, parts, near_size == sizes[0]))
            outer = outer or (
                parts == 1 and sizes[0] <= 3 and ((near == 15 and sizes[0] == 3) or (next_joint == 15 and next_size == 3))
            )
            if not outer and joint >= 0 and joint <= 11 and joint != 9 and (wanted == 0 or parts == 1):
                more, first, until = _letters(codes, kinds, start, int(ends[index + parts - 1]), count)
                if more or free(codes, kinds, start, int(ends[index + parts - 1]), parts, word_end):
                    lead = digits[0] * 1000 + digits[1] * 100 + digits[2] * 10 + digits[3]
                    if joint >= 10:
                        more |= 1 << 24
                        span[0] -= int(joint == 11)
                    for rule in range(len(RULES)):
                        if RULES[rule, 0] == key | more and (RULES[rule, 2] == 0 or PREFIXES[lead] & RULES[rule, 2]):
                            if holds(digits, RULES[rule, 3]):
                                wanted |= 1 << RULES[rule, 1]
                                bare[RULES[rule, 1]] = RULES[rule, 4] / 100
                    if more and more < 1 << 24:
                        form |= 1 << 9
                        span[0], span[1] = first, until
            failed = parts == 1 and (count == 12 or count == 13) and not outer and wanted & ~(1 << 3) == 0
            if wanted == 0 and not failed:
                continue
            begin, end = span[0], span[1]
            label_before(codes, begin, word_at, word, words, mask, flag, wanted, before)
            after[0] = 0
            if not before[3]:
                label_after(codes, kinds, end, word_at, word, words, mask, length, wanted, after)
            _score(wanted, bare, before, after, header, chosen)
            kind, score, reasons, firm = int(chosen[0]), chosen[1], int(chosen[2]) | form, chosen[5] > 0
            if failed and score < 0.5:
                kind, reasons, score = 1 if count == 12 else 4, 1 << 23, 0.0
            if kind == 16 and not firm:
                grown = born(codes, kinds, end)
                if grown:
                    score, reasons, firm = (
                        max(score, 0.74 + 0.21 * (grown - 1)),
                        reasons | (1 << 3 if grown == 2 else 1 << 12),
                        True,
                    )
            if (
                score < 0.86
                and last[0]
                and wanted >> last[0] & 1
                and 0 <= begin - last[1] <= 40
                and gap_is_soft(codes, last[1], begin)
            ):
                kind, score, reasons, firm = last[0], 0.86, form | 1 << 6, True
            whole = 0
            for place in range(min(count, 18)):
                whole = whole * 10 + digits[place]
            product = (
                kind == 4
                and parts == 1
                and count == 13
                and holds(digits, TEN_CHECK)
                and (not firm or not holds(digits, NINE_CHECK))
            )
            amount = False
            if not firm:
                amount = (codes[end] < 65536 and UNITS[codes[end]] == 1) or in_locator(codes, begin)
                amount = amount or (kind == 16 and kinds[end + 1] == 2 and kinds[end] > 0 and kinds[end] != 5)
            score, reasons = _weighed(score, kind, reasons, firm, whole, count, parts, product, before[4] == 1, amount)
            if not firm and score < 0.5 and not amount and reasons >> 20 & 15 == 0:
                helped = _record(kind, key, before[6], record_words(begin, end, word_at, word, words, flag), era)
                if helped > score:
                    score, reasons = helped, reasons | 1 << 7
            if bare[kind] > 0 and (kind <= 2 or 4 <= kind <= 6 or kind == 10 or kind == 12):
                reasons |= 1
            if parts > 1:
                reasons |= 1 << 1
            if kind == 12 or kind == 14 or kind == 6:
                reasons |= 1 << 8
            if family == 3:
                reasons |= 1 << 19
            if score >= 0.5 and reasons & (1 << 6 | 1 << 5 | 1 << 2):
                last[0], last[1] = kind, end
            rows[found, 0], rows[found, 1], rows[found, 2], rows[found, 3] = kind, begin, end, reasons
            rows[found, 4], rows[found, 5], rows[found, 6] = int(chosen[3]), int(chosen[4]), wanted & ~(1 << kind)
            scores[found] = score
            found += 1
            step = parts
            break
        index += step
    return found


def _slots(count: int) -> NDArray[np.int64]:
    return np.zeros(count, dtype=np.int64)


def find_numbers(
    codes: NDArray[np.uint32], places: Places, words: Words, *, header: int, low: int, high: int, last: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """All numbers that begin from ``low`` to before ``high`` of a padded text, whatever their score.

    ``header``: bits of the kinds that the heading of the column names. ``last`` (kind and end of the last number with a label) is
    read and written: what follows it in a list is of the same kind. Returns rows (n, ``rows.COLUMNS``) and scores (n).
    """
    rows = np.empty((len(places.group_start) + 1, COLUMNS), dtype=np.int32)
    scores = np.empty(len(rows), dtype=np.float32)
    count = _find(
        codes,
        places.kinds,
        digit_table(),
        places.group_start,
        places.group_end,
        places.word_at,
        places.word,
        words.mask,
        words.flag,
        words.length,
        header,
        low,
        high,
        last,
        rows,
        scores,
        _slots(32),
        _slots(32),
        _slots(32),
        _slots(32),
        np.zeros(32),
        np.zeros(8),
        _slots(8),
        _slots(8),
        _slots(8),
    )
    return rows[:count], scores[:count]
