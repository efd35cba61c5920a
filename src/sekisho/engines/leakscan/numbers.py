# ruff: noqa: C901, PLR0911, PLR0912, PLR0914, PLR0915, PLR0917, PLR1702, PLR1714, PLR2004, SIM102 - kernels: numbers are classes of codes.py
"""Numbers in a text: which groups of digits belong together, what they can be, and which of it they are.

One kernel goes over all groups once. A number that may be of several kinds becomes the kind with the best score; the others are
kept as alternatives. Scores are in ``RULES``; documentation: ``docs/reference/leak-scan-kinds.md``.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sekisho.engines.compiled import compiled
from sekisho.engines.leakscan.codes import digit_table
from sekisho.engines.leakscan.forms import (
    AREAS,
    LICENCES,
    card,
    check_of,
    looks_like_time,
    luhn,
    nine,
    telephone,
    ten,
)
from sekisho.engines.leakscan.grouping import born, class_of, date_of, edge, free, joint_of, letter, letters_before
from sekisho.engines.leakscan.labels import (
    SOFT,
    UNITS,
    gap_is_soft,
    in_locator,
    label_after,
    label_before,
    record_words,
    unit_follows,
)
from sekisho.engines.leakscan.sweep import Places
from sekisho.engines.leakscan.words import Words

__all__ = ["COLUMNS", "RULES", "find_numbers"]

COLUMNS: Final = 7
"""Columns of a row: kind, start, end, reasons, word, cost of its label, alternatives (bits of kinds)."""

# kind: score with a label that touches, with one that is near, and what a near label may cost
_RULES: Final = {
    1: (0.99, 0.92, 60), 2: (0.98, 0.9, 60), 3: (0.86, 0.62, 14), 4: (0.97, 0.9, 60), 5: (0.98, 0.92, 60), 6: (0.98, 0.92, 60),
    7: (0.96, 0.88, 50), 8: (0.98, 0.94, 60), 9: (0.95, 0.8, 40), 10: (0.94, 0.82, 40), 11: (0.92, 0.7, 25), 12: (0.99, 0.95, 60),
    13: (0.93, 0.72, 24), 14: (0.98, 0.93, 60), 16: (0.98, 0.9, 30),
}  # fmt: skip
RULES: Final = np.zeros((32, 3), dtype=np.float32)
for _kind, _rule in _RULES.items():
    RULES[_kind] = _rule


@compiled
def _plain_kinds(digits: NDArray[np.uint8], count: int, signature: int, joint: int, bare: NDArray[np.float32]) -> int:
    """Which kinds digits can be by their number, grouping and check digits; ``bare`` gets their scores without a label."""
    kinds = 0
    grouped = signature > 19
    if count == 12 and (signature == 12 or signature == 0x444 or signature == 0x66 or signature == 0x3333 or signature == 0):
        if check_of(digits, 12, 1):
            kinds |= 1 << 1
            bare[1] = 0.36 if signature == 0x444 else 0.2
        if LICENCES[digits[0] * 10 + digits[1]] and check_of(digits, 12, 6):
            kinds |= 1 << 6
            bare[6] = 0.22
        if kinds == 0:
            kinds = 1 << 31
    elif count == 13 and (signature == 13 or signature == 0x1444 or signature == 0x4441 or signature == 0x49 or signature == 0):
        kinds = 1 << 4 if nine(digits) else 1 << 31
        bare[4] = 0.4 if signature == 0x1444 else 0.15
    elif count == 11:
        if (signature == 11 or signature == 0x443 or signature == 0x344 or signature == 0x47 or signature == 0x56 or signature == 0x65
                or signature == 0) and check_of(digits, 11, 2):  # fmt: skip
            kinds |= 1 << 2
            bare[2] = 0.1
        if signature == 0x461 or signature == 11:
            kinds |= 1 << 11
            bare[11] = 0.2 if grouped else 0.02
    elif count == 10 and (signature == 10 or signature == 0x46):
        kinds |= 1 << 9 | 1 << 11
        bare[9], bare[11] = (0.25 if grouped else 0.03), 0.02
    elif signature == 8 or signature == 6:
        if luhn(digits, count):
            kinds |= 1 << 10
            bare[10] = 0.05
        kinds |= 1 << 11
        bare[11] = 0.02
    if signature == 7 or signature == 0x37 or signature == 0x347 or signature == 0x437 or signature == 0x417:
        kinds |= 1 << 13
        bare[13] = 0.3 if grouped else 0.02
    elif (signature == 0x58 or signature == 0x518 or signature == 0x57) and digits[0] == 1 and digits[4] == 0:
        kinds |= 1 << 13
        bare[13] = 0.4
    if 5 <= signature <= 10 and signature != 8:
        kinds |= 1 << 11
        bare[11] = 0.02
    if ((count == 16 and (signature == 16 or signature == 0x4444)) or (count == 15 and (signature == 15 or signature == 0x465))
            or (count == 14 and (signature == 14 or signature == 0x464))):  # fmt: skip
        if luhn(digits, count) and card(digits, count):
            kinds |= 1 << 12
            bare[12] = 0.88 if grouped else 0.62 if count == 16 else 0.55 if count == 15 else 0.3
    if 10 <= count <= 11 and (joint == 0 or joint == 4 or joint == 6 or joint == 7 or joint == 8 or joint >= 10):
        sure = telephone(digits, count, signature, AREAS)
        if sure:
            kinds |= 1 << 14
            bare[14] = sure / 100
    if 3 <= count <= 15 and not grouped:
        kinds |= 1 << 3
        bare[3] = 0.01
    return kinds


@compiled
def _lettered(
    codes: NDArray[np.uint32], info: NDArray[np.uint16], digits: NDArray[np.uint8], signature: int, start: int, end: int
) -> tuple[int, int, int]:
    """Kind of a number with letters before it (5 T and 法人番号, 7 passport, 8 residence card), its start and its end; 0: none."""
    count = letters_before(codes, info, start)
    if count == 0 and signature >= 13 and start > 1:
        joint = class_of(codes, info, start - 1)
        if (
            (joint == 6 or joint == 4 or joint == 16)
            and letters_before(codes, info, start - 1) == 1
            and letter(codes[start - 2]) == 116
        ):
            count, start = 1, start - 1
    if count == 0 or count > 2 or class_of(codes, info, start - count - 1) == 2:
        return 0, start, end
    first = start - count
    after = class_of(codes, info, end)
    if (
        count == 1
        and (signature == 13 or signature == 0x1444 or signature == 0x49)
        and letter(codes[first]) == 116
        and after != 1
    ):
        return (5 if nine(digits) else 0), first, end
    if count == 2 and signature == 7 and after != 1:
        return 7, first, end
    if count == 2 and signature == 8 and after == 1 and class_of(codes, info, end + 1) == 1:
        if class_of(codes, info, end + 2) != 1 and class_of(codes, info, end + 2) != 2:
            return 8, first, end + 2
    return 0, start, end


@compiled
def _joined(joints: NDArray[np.int64], parts: int, opened: bool) -> int:
    """The sign between all parts: its class, 0 for one part, 10 or 11 with one pair of brackets, -1: mixed."""
    if parts == 1:
        return 0
    if parts > 2 and joints[0] == 10 and joints[1] == 11:
        return 10
    if opened and joints[0] == 11:
        for place in range(1, parts - 1):
            if joints[place] != 6 and joints[place] != 4:
                return -1
        return 11
    for place in range(1, parts - 1):
        if joints[place] != joints[0]:
            return -1
    return joints[0]


@compiled
def _foreign(
    codes: NDArray[np.uint32], digits: NDArray[np.uint8], sizes: NDArray[np.int64], joints: NDArray[np.int64], total: int
) -> tuple[int, int]:
    """Parts of a telephone number behind a plus sign and how sure it is, in hundredths; 0: none."""
    parts, count = 1, sizes[0]
    while parts < total and (
        joints[parts - 1] == 4 or joints[parts - 1] == 6 or joints[parts - 1] == 10 or joints[parts - 1] == 11
    ):
        if count + sizes[parts] > 15:
            break
        count += sizes[parts]
        parts += 1
    if digits[0] == 8 and digits[1] == 1:
        rest = count - 2 - int(digits[2] == 0)
        return (parts, 86) if 9 <= rest <= 10 else (0, 0)
    if parts > 2 and 9 <= count <= 15 and digits[0] != 0:
        return parts, 62
    return 0, 0


@compiled
def _score(
    kinds: int,
    bare: NDArray[np.float32],
    before: NDArray[np.int32],
    after: NDArray[np.int32],
    header: int,
    chosen: NDArray[np.float64],
) -> None:
    """The best kind: ``chosen`` gets kind, score, reasons, word and cost of its label, whether the label is firm."""
    chosen[:] = 0
    for kind in range(1, 17):
        bit = 1 << kind
        if not kinds & bit:
            continue
        score, reasons, word, cost, firm = float(bare[kind]), 0, 0, 0, 0.0
        if before[0] & bit and before[1] <= RULES[kind, 2]:
            score, word, cost = (
                RULES[kind, 0 if before[3] else 1] - (0.0 if before[3] else 0.004 * before[1]),
                before[2],
                before[1],
            )
            reasons, firm = 1 << 2 | (1 << 5 if before[3] else 0), float(before[3])
        if after[0] & bit:
            behind = RULES[kind, 0] - 0.03 if after[3] else RULES[kind, 1] - 0.004 * after[1] - 0.05
            if behind > score and (kind != 13 or after[3]):
                score, word, cost, reasons, firm = (
                    behind,
                    after[2],
                    after[1],
                    1 << 3 | (1 << 5 if after[3] else 0),
                    float(after[3]),
                )
        if header & bit and RULES[kind, 0] - 0.01 > score:
            score, word, cost, reasons, firm = RULES[kind, 0] - 0.01, 0, 0, 1 << 4, 1.0
        if score > chosen[1]:
            chosen[0], chosen[1], chosen[2], chosen[3], chosen[4], chosen[5] = kind, score, reasons, word, cost, firm


@compiled
def _record(kind: int, count: int, signature: int, generic: int, words: int, era: int) -> float:
    """The score of a number without a label of its own among ``words`` words of a person's record; 0: they do not help."""
    if kind == 1:
        if words >= 3 or (words >= 2 and (generic or signature == 0x444)) or (generic and words >= 1 and signature == 0x444):
            return 0.56
    elif kind == 14:
        return 0.6 if words >= 2 and count >= 10 else 0.0
    elif kind == 7 or (kind == 9 and signature == 0x46):
        return 0.52 if words >= 2 else 0.0
    elif kind == 16:
        if words >= 2 and 2 <= era <= 4:
            return 0.58
        return 0.52 if words >= 3 else 0.0
    return 0.0


@compiled
def _find(
    codes: NDArray[np.uint32],
    info: NDArray[np.uint16],
    values: NDArray[np.uint8],
    groups: tuple[NDArray[np.int32], NDArray[np.int32]],
    said: tuple[NDArray[np.int32], NDArray[np.int16]],
    mask: NDArray[np.uint32],
    flag: NDArray[np.uint16],
    length: NDArray[np.int32],
    header: int,
    low: int,
    high: int,
    last: NDArray[np.int64],
    rows: NDArray[np.int32],
    scores: NDArray[np.float32],
    signs: tuple[NDArray[np.uint8], NDArray[np.uint8]],
) -> int:
    starts, ends = groups
    word_at, word = said
    softs, units = signs
    sizes, joints = np.zeros(16, dtype=np.int64), np.zeros(16, dtype=np.int64)
    digits, bare = np.zeros(32, dtype=np.uint8), np.zeros(32, dtype=np.float32)
    before, after, chosen = np.zeros(8, dtype=np.int32), np.zeros(8, dtype=np.int32), np.zeros(8, dtype=np.float64)
    found = words = index = 0
    while index < len(starts):
        start = starts[index]
        if start >= high:
            break
        if start < low:
            index += 1
            continue
        while words < len(word_at) and word_at[words] < start:
            words += 1
        family, total, filled = class_of(codes, info, start), 0, 0
        single = True
        while total < 16 and index + total < len(starts):
            first, until = starts[index + total], ends[index + total]
            if total:
                joint = joint_of(codes, info, ends[index + total - 1], first)
                if joint == 0 or class_of(codes, info, first) != family:
                    break
                joints[total - 1] = joint
            if until - first > 1:
                single = False
            sizes[total] = until - first
            total += 1
            place = first
            while place < until and filled < 20:
                digits[filled] = values[codes[place]]
                filled += 1
                place += 1
        near = joint_of(codes, info, ends[index - 1], start) if index else 0
        near_size = ends[index - 1] - starts[index - 1] if index else 0
        opened = class_of(codes, info, start - 1) == 10
        word_end = word_at[words - 1] if words else -2
        step = 1
        plus = start > 0 and (codes[start - 1] == 43 or codes[start - 1] == 0xFF0B)
        for attempt in range(6):
            parts = total if attempt == 0 else 6 - attempt
            if (attempt == 0 and not (single and total >= 10)) or parts > total:
                continue
            count, signature = 0, 0
            for place in range(parts):
                count += sizes[place]
                signature = signature << 4 | min(sizes[place], 15)
            if parts == 1:
                signature = count
            if attempt == 0:
                signature = 0
            if count < 3 or count > 19 or (parts == 1 and count < 4):
                continue
            begin, end, kinds, era, form = start, ends[index + parts - 1], 0, 0, 0
            joint = _joined(joints, parts, opened)
            next_joint, next_size = (joints[parts - 1], sizes[parts]) if parts < total else (0, 0)
            bare[:] = 0
            if plus and attempt == 1:
                some, sure = _foreign(codes, digits, sizes, joints, total)
                if some:
                    parts, kinds, begin, end, form = some, 1 << 14, start - 1, ends[index + some - 1], 1 << 9
                    bare[14] = sure / 100
            if kinds == 0 and parts <= 3 and family == 2:
                era, begin, end = date_of(codes, info, digits, sizes, parts, joints, start, end)
                written = parts > 1 and joints[parts - 2] == 13
                if era and (written or ((parts == 1 or (near != joint and next_joint != joint)) and (
                        era > 1 or free(codes, info, start, end, parts, word_end)))):  # fmt: skip
                    kinds, form = 1 << 16, 1 << 11 if era > 1 else 0
                    bare[16] = 0.14
                    if parts == 1:
                        bare[16] = 0.02
                else:
                    era, begin, end = 0, start, ends[index + parts - 1]
            outer = parts < total and edge(next_joint, next_size, joint, parts, next_size == sizes[parts - 1])
            outer = outer or (near != 0 and edge(near, near_size, joint, parts, near_size == sizes[0]))
            usable = joint == 0 or joint == 4 or joint == 6 or joint == 7 or joint == 8 or joint == 10 or joint == 11
            if not plus and (kinds == 0 or parts == 1) and usable and not outer and count >= 5:
                kind, first, until = _lettered(codes, info, digits, signature, start, end)
                if kind:
                    kinds, begin, end, form = 1 << kind, first, until, 1 << 9
                    bare[kind] = 0.76 if kind == 5 else 0.7 if kind == 8 else 0.42 if (letter(codes[first]) == 116 or letter(codes[first]) == 109) else 0.28  # fmt: skip
                elif free(codes, info, start, end, parts, word_end):
                    kinds |= _plain_kinds(digits, count, signature, joint, bare)
            if kinds == 0:
                continue
            failed = kinds == 1 << 31
            if failed:
                kinds = 1 << (1 if count == 12 else 4)
                bare[:] = 0
            kinds &= (1 << 31) - 1
            wanted = kinds
            if failed:
                chosen[:] = 0
                chosen[0] = 1 if count == 12 else 4
                before[:] = 0
                # a label of another kind may still own these digits (宛名番号)
                if count <= 15 and parts == 1:
                    wanted = 1 << 3
            label_before(codes, begin, word_at, word, words, mask, flag, wanted, softs, before)
            after[:] = 0
            if not before[3]:
                label_after(codes, info, end, word_at, word, words, mask, length, wanted, softs, after)
            if failed:
                bare[3] = 0.0
                if (before[0] | after[0] | header) & (1 << 3):
                    _score(1 << 3, bare, before, after, header, chosen)
                    failed = False
            else:
                _score(kinds, bare, before, after, header, chosen)
            kind, score, reasons = int(chosen[0]), chosen[1], int(chosen[2]) | form
            firm = chosen[5] > 0
            if kind == 16 and not firm:
                grown = born(codes, info, end)
                if grown:
                    score, reasons = max(score, 0.95 if grown == 2 else 0.72), reasons | (1 << 3 if grown == 2 else 1 << 12)
            if not failed and score < 0.86 and last[0] and kinds >> last[0] & 1 and 0 <= begin - last[1] <= 40:
                if gap_is_soft(codes, last[1], begin, softs):
                    kind, score, reasons = last[0], 0.86, form | 1 << 6
            if not firm and not reasons & (1 << 6):
                timed = parts == 1 and kind != 14 and kind != 16 and kind != 12 and looks_like_time(digits, count)
                product = count == 13 and parts == 1 and kind == 4 and ten(digits)
                if timed:
                    score, reasons = score * 0.3, reasons | 1 << 20
                if product:
                    score, reasons = score * 0.3, reasons | 1 << 21
                if before[4]:
                    score, reasons = score * 0.45, reasons | 1 << 22
                elif score < 0.5 and not timed and not product:
                    helped = _record(
                        kind, count, signature, before[6], record_words(codes, begin, end, word_at, word, words, flag), era
                    )
                    if helped > score:
                        score, reasons = helped, reasons | 1 << 7
                if unit_follows(codes, end, units):
                    score *= 0.1
                elif kind != 14 and kind != 16 and in_locator(codes, begin):
                    score *= 0.2
            elif kind != 14 and kind != 16 and parts == 1 and looks_like_time(digits, count):
                score, reasons = min(score, 0.72), reasons | 1 << 20
            if kind == 1 or kind == 2 or kind == 4 or kind == 5 or kind == 6 or kind == 10 or kind == 12:
                reasons |= 1 << 23 if failed else 1
            if parts > 1:
                reasons |= 1 << 1
            if kind == 12 or kind == 14 or kind == 6:
                reasons |= 1 << 8
            if family == 3:
                reasons |= 1 << 19
            if score >= 0.5 and (firm or reasons & (1 << 6 | 1 << 2)):
                last[0], last[1] = kind, end
            rows[found, 0], rows[found, 1], rows[found, 2], rows[found, 3] = kind, begin, end, reasons
            rows[found, 4], rows[found, 5], rows[found, 6] = int(chosen[3]), int(chosen[4]), wanted & ~(1 << kind)
            scores[found] = 0.0 if failed else score
            found += 1
            step = parts
            break
        index += step
    return found


def find_numbers(
    codes: NDArray[np.uint32], places: Places, words: Words, *, header: int, low: int, high: int, last: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """All numbers that begin from ``low`` to before ``high``, whatever their score.

    ``header``: bits of the kinds that the heading of the column names. ``last`` (kind and end of the last number with a label) is
    read and written: what follows it in a list is of the same kind. Returns rows (n, ``COLUMNS``) and scores (n).
    """
    rows = np.empty((len(places.group_start) + 1, COLUMNS), dtype=np.int32)
    scores = np.empty(len(rows), dtype=np.float32)
    count = _find(
        codes,
        words.info,
        digit_table(),
        (places.group_start, places.group_end),
        (places.word_at, places.word),
        words.mask,
        words.flag,
        words.length,
        header,
        low,
        high,
        last,
        rows,
        scores,
        (SOFT, UNITS),
    )
    return rows[:count], scores[:count]
