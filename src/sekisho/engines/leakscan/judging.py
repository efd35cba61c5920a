# ruff: noqa: C901, PLR0917, PLR1714, PLR2004, SIM102 - kernels: numbers are classes of codes.py
"""Which kind a number is, and how sure: labels, lists, records, and what speaks against it. Kernels only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sekisho.engines.compiled import compiled
from sekisho.engines.leakscan.forms import NINE_CHECK, SCORES, TEN_CHECK
from sekisho.engines.leakscan.grouping import born, holds, looks_like_time
from sekisho.engines.leakscan.labels import UNITS, gap_is_soft, in_locator
from sekisho.engines.leakscan.possible import BEGIN, COUNT, END, ERA, FAILED, FAMILY, FORM, HEADER, KEY, PARTS, VALUE, WANTED

__all__ = ["decide"]

KIND, SCORE, REASONS, WORD, COST, FIRM = range(6)
_CHECKS = np.array([TEN_CHECK, NINE_CHECK])


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
def _against(
    codes: NDArray[np.uint32],
    kinds: NDArray[np.int8],
    digits: NDArray[np.int64],
    other: int,
    state: NDArray[np.int64],
    chosen: NDArray[np.float64],
) -> bool:
    """Lower the score of a number that reads as a time, a product's code, an amount, or has the label of something else."""
    kind, score, reasons, end = int(chosen[KIND]), chosen[SCORE], int(chosen[REASONS]), state[END]
    firm, plain = chosen[FIRM] > 0, state[PARTS] == 1 and kind != 14 and kind != 16 and kind != 12
    amount = False
    if plain and looks_like_time(state[VALUE], state[COUNT]):
        reasons |= 1 << 20
        score = min(score, 0.72) if firm else score * 0.3
    if plain and kind == 4 and holds(digits, _CHECKS[0]) and (not firm or not holds(digits, _CHECKS[1])):
        reasons |= 1 << 21
        score = score if firm else score * 0.3
    if not firm:
        if other:
            score, reasons = score * 0.45, reasons | 1 << 22
        amount = (codes[end] < 65536 and UNITS[codes[end]] == 1) or in_locator(codes, state[BEGIN])
        amount = amount or (kind == 16 and kinds[end + 1] == 2 and kinds[end] > 0 and kinds[end] != 5)
        if amount:
            score *= 0.1
    chosen[SCORE], chosen[REASONS] = score, reasons
    return not firm and not amount and score < 0.5 and reasons >> 20 & 15 == 0


@compiled
def decide(
    codes: NDArray[np.uint32],
    kinds: NDArray[np.int8],
    digits: NDArray[np.int64],
    bare: NDArray[np.float64],
    before: NDArray[np.int64],
    after: NDArray[np.int64],
    last: NDArray[np.int64],
    records: int,
    state: NDArray[np.int64],
    chosen: NDArray[np.float64],
) -> None:
    """``chosen`` gets kind, score, reasons, word and cost of the label; ``last`` what a list would go on with."""
    wanted, form, begin, end = state[WANTED], state[FORM], state[BEGIN], state[END]
    _score(wanted, bare, before, after, state[HEADER], chosen)
    chosen[REASONS] += form
    if state[FAILED] and chosen[SCORE] < 0.5:
        chosen[KIND], chosen[SCORE], chosen[REASONS] = 1.0 if state[COUNT] == 12 else 4.0, 0.0, 8388608.0
        return
    if chosen[KIND] == 16 and chosen[FIRM] == 0:
        grown = born(codes, kinds, end)
        if grown:
            chosen[SCORE], chosen[FIRM] = max(chosen[SCORE], 0.74 + 0.21 * (grown - 1)), 1.0
            chosen[REASONS] = form + (8 if grown == 2 else 4096)
    if chosen[SCORE] < 0.86 and last[0] and wanted >> last[0] & 1 and 0 <= begin - last[1] <= 40:
        if gap_is_soft(codes, last[1], begin):
            chosen[KIND], chosen[SCORE], chosen[REASONS], chosen[FIRM] = last[0], 0.86, form + 64, 1.0
    helpless = _against(codes, kinds, digits, before[4], state, chosen)
    kind, reasons = int(chosen[KIND]), int(chosen[REASONS])
    if helpless:
        helped = _record(kind, state[KEY], before[6], records, state[ERA])
        if helped > chosen[SCORE]:
            chosen[SCORE], reasons = helped, reasons | 1 << 7
    if bare[kind] > 0 and (kind <= 2 or 4 <= kind <= 6 or kind == 10 or kind == 12):
        reasons |= 1
    if state[PARTS] > 1:
        reasons |= 1 << 1
    if kind == 12 or kind == 14 or kind == 6:
        reasons |= 1 << 8
    if state[FAMILY] == 3:
        reasons |= 1 << 19
    chosen[REASONS] = reasons
    if chosen[SCORE] >= 0.5 and reasons & (1 << 6 | 1 << 5 | 1 << 2):
        last[0], last[1] = kind, end
