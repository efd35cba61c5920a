# ruff: noqa: PLR0917, PLR2004 - a kernel
"""Numbers in a text: which groups of digits belong together, what they can be, and which of it they are.

One kernel goes over all groups once. A number that may be of several kinds becomes the kind with the best score; the others are
kept as alternatives. Tables: ``forms.py``; documentation: ``docs/reference/leak-scan-kinds.md``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sekisho.engines.compiled import compiled
from sekisho.engines.leakscan.codes import digit_table
from sekisho.engines.leakscan.judging import COST, KIND, REASONS, SCORE, WORD, decide
from sekisho.engines.leakscan.labels import label_after, label_before, record_words
from sekisho.engines.leakscan.possible import BEGIN, END, HEADER, NAMED, PARTS, SINGLE, TOTAL, WANTED, WORD_END, gather, possible
from sekisho.engines.leakscan.rows import COLUMNS
from sekisho.engines.leakscan.sweep import Places
from sekisho.engines.leakscan.words import Words

__all__ = ["find_numbers"]


@compiled
def _find(
    codes: NDArray[np.uint32],
    kinds: NDArray[np.int8],
    signs: NDArray[np.int16],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    word_at: NDArray[np.int64],
    word: NDArray[np.int16],
    mask: NDArray[np.int64],
    flag: NDArray[np.int32],
    length: NDArray[np.int64],
    bounds: NDArray[np.int64],
    last: NDArray[np.int64],
    rows: NDArray[np.int32],
    scores: NDArray[np.float32],
    groups: NDArray[np.int64],
    digits: NDArray[np.int64],
    bare: NDArray[np.float64],
    chosen: NDArray[np.float64],
    before: NDArray[np.int64],
    after: NDArray[np.int64],
    state: NDArray[np.int64],
) -> int:
    found, words, index = 0, 0, len(starts) - len(starts)
    while index < len(starts) and starts[index] < bounds[1]:
        start, step = starts[index], 1
        if start >= bounds[0]:
            while words < len(word_at) and word_at[words] < start:
                words += 1
            state[WORD_END], state[NAMED] = -2, 0
            if words:
                state[WORD_END], state[NAMED] = word_at[words - 1], mask[word[words - 1]] >> 26
            gather(codes, kinds, signs, starts, ends, index, groups, digits, state)
            for attempt in range(6):
                state[PARTS] = 6 - attempt if attempt else state[TOTAL]
                if state[PARTS] > state[TOTAL] or (attempt == 0 and not (state[SINGLE] and state[TOTAL] >= 10)):
                    continue
                if not possible(codes, kinds, ends[index + state[PARTS] - 1], groups, digits, bare, state):
                    continue
                begin, end, wanted = state[BEGIN], state[END], state[WANTED]
                label_before(codes, begin, word_at, word, words, mask, flag, wanted, before)
                after[0] = 0
                if not before[3]:
                    label_after(codes, kinds, end, word_at, word, words, mask, length, wanted, after)
                records = record_words(begin, end, word_at, word, words, flag) if not before[3] else 0
                decide(codes, kinds, digits, bare, before, after, last, records, state, chosen)
                rows[found, 0], rows[found, 1], rows[found, 2], rows[found, 3] = chosen[KIND], begin, end, chosen[REASONS]
                rows[found, 4], rows[found, 5], rows[found, 6] = chosen[WORD], chosen[COST], wanted & ~(1 << int(chosen[KIND]))
                scores[found] = chosen[SCORE]
                found += 1
                step = state[PARTS]
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
    state = _slots(24)
    state[HEADER] = header
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
        np.array([low, high]),
        last,
        rows,
        scores,
        _slots(3 * 17).reshape(3, 17),
        _slots(32),
        np.zeros(32),
        np.zeros(8),
        _slots(8),
        _slots(8),
        state,
    )
    return rows[:count], scores[:count]
