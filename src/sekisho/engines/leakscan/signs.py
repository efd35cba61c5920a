# ruff: noqa: C901, PLR2004 - kernels: numbers are classes of codes.py
"""E-mail addresses around at-signs, and markings among the words."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sekisho.engines.compiled import compiled
from sekisho.engines.leakscan.codes import fold_table
from sekisho.engines.leakscan.kinds import Kind, Reason
from sekisho.engines.leakscan.rows import COLUMNS, EMPTY
from sekisho.engines.leakscan.sweep import Places, word_start
from sekisho.engines.leakscan.words import MARK, MARK_ALONE, MARK_NOT, Words

__all__ = ["find_mails", "find_markings"]

_LOCAL: Final = np.zeros(128, dtype=np.uint8)
"""1: letters and digits, 2: what else a local part may have (RFC 5322 dot-atom without what stands around addresses in texts)."""
_LOCAL[[ord(sign) for sign in "abcdefghijklmnopqrstuvwxyz0123456789"]] = 1
_LOCAL[[ord(sign) for sign in "._%+-"]] = 2
_FILE_NAMES: Final = "png jpg jpeg gif svg webp css js ts py html json yaml yml pdf txt php java"


def _packed(label: str) -> int:
    value = 0
    for letter in label:
        value = value * 27 + ord(letter) - 96
    return value


_FILES: Final = np.array(sorted(map(_packed, _FILE_NAMES.split())), dtype=np.int32)
_OPENING: Final = frozenset('【[［〔(（《〈<＜「『■□●◆◇※*＊|｜"“')
_CLOSING: Final = frozenset('】]］〕)）》〉>＞」』■□●◆◇※*＊|｜"”')


@compiled
def _spread(codes: NDArray[np.uint32], folds: NDArray[np.uint16], table: NDArray[np.uint8], at: int) -> tuple[int, int, int, int]:
    """Start, end and start of the last label of the address around an at-sign, and the letters of that label; start -1: none."""
    start = at
    while start > 0 and at - start < 65:
        code = folds[codes[start - 1]] if codes[start - 1] < 65536 else 128
        if code >= 128 or table[code] == 0:
            break
        start -= 1
    if at - start > 64:
        return -1, 0, 0, 0
    while start < at and table[folds[codes[start]]] == 2 and folds[codes[start]] != 95:
        start += 1
    end, label, letters, dots, plain = at + 1, at + 1, 0, 0, True
    good_end, good_label, good_letters = 0, 0, 0
    while end < len(codes) and end - at < 254:
        code = folds[codes[end]] if codes[end] < 65536 else 128
        if code == 46:
            if end == label:
                break
            label, letters, plain = end + 1, 0, True
            dots += 1
        elif code < 128 and (table[code] == 1 or code == 45):
            letters += 1
            plain = plain and 97 <= code <= 122
            if dots and plain and letters >= 2:
                good_end, good_label, good_letters = end + 1, label, letters
            elif dots and not plain and good_label == label:
                good_end = 0
        else:
            break
        end += 1
    if start == at or good_end == 0 or good_letters > 24:
        return -1, 0, 0, 0
    return start, good_end, good_label, good_letters


@compiled
def _mails(
    codes: NDArray[np.uint32],
    folds: NDArray[np.uint16],
    table: NDArray[np.uint8],
    ats: NDArray[np.int64],
    rows: NDArray[np.int32],
) -> int:
    count = 0
    for at in ats:
        start, end, label, letters = _spread(codes, folds, table, at)
        if start >= 0:
            rows[count, 0], rows[count, 1], rows[count, 2], rows[count, 3] = 15, start, end, 2
            value = 0
            if letters <= 5:
                for place in range(label, end):
                    value = value * 27 + folds[codes[place]] - 96
            rows[count, 4], rows[count, 5], rows[count, 6] = value, int(end < len(codes) and codes[end] == 58), 0
            count += 1
    return count


def find_mails(text: str, codes: NDArray[np.uint32], places: Places) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """All e-mail addresses, rows as of numbers; an address whose last label is that of a file name has a low score."""
    rows = np.zeros((len(places.at), COLUMNS), dtype=np.int32)
    if not len(places.at):
        return EMPTY
    rows = rows[: _mails(codes, fold_table(), _LOCAL, places.at, rows)]
    scores = np.full(len(rows), 0.96, dtype=np.float32)
    near = _FILES[np.minimum(np.searchsorted(_FILES, rows[:, 4]), len(_FILES) - 1)]
    doubted = (rows[:, 5] == 1) | (near == rows[:, 4])
    if doubted.any():
        for place in np.flatnonzero(doubted).tolist():
            if not rows[place, 5] or text.startswith("git@", int(rows[place, 1])):
                scores[place] = 0.2
    rows[:, 4:6] = 0
    return rows, scores


def _stands(text: str, start: int, end: int) -> Reason:
    """How a word stands: alone in its line, between brackets, or among other words."""
    before, after = start - 1, end
    while before >= 0 and text[before] in " \t\u3000":
        before -= 1
    while after < len(text) and text[after] in " \t\u3000":
        after += 1
    left, right = text[before : before + 1] if before >= 0 else "", text[after : after + 1]
    if left in {"", "\n", "\r", "\0", "\f"} and right in {"", "\n", "\r", "\0", "\f"}:
        return Reason.ALONE
    if left in _OPENING and right in _CLOSING:
        return Reason.BRACKETED
    return Reason(0)


def find_markings(
    text: str, codes: NDArray[np.uint32], places: Places, words: Words
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """All markings, rows as of numbers."""
    flags = places.flags
    chosen = np.flatnonzero(flags & (MARK | MARK_ALONE))
    if not len(chosen):
        return EMPTY
    rows: list[tuple[int, ...]] = []
    scores: list[float] = []
    spans: list[tuple[int, int]] = []
    for index in chosen.tolist():
        number, last = int(places.word[index]), int(places.word_at[index])
        start = word_start(codes, words.info, last, int(words.length[number]))
        end = last + 1
        if last - start > words.length[number] + 3 or _extended(places, flags, index, start):
            continue
        how = _stands(text, start, end)
        if flags[index] & MARK:
            score = 0.95 if how else 0.62
        elif how:
            score = 0.85 if how is Reason.BRACKETED else 0.75
        else:
            continue
        if spans and spans[-1][1] > start:
            if spans[-1][0] >= start:  # a longer word takes the place of the one that it ends with or holds
                spans.pop()
                rows.pop()
                scores.pop()
            else:
                continue
        spans.append((start, end))
        rows.append((int(Kind.MARKING), start, end, int(how or Reason.WORDED), number, 0, 0))
        scores.append(score)
    return np.array(rows, dtype=np.int32).reshape(-1, COLUMNS), np.array(scores, dtype=np.float32)


def _extended(places: Places, flags: NDArray[np.int32], index: int, start: int) -> bool:
    """Whether the marking is only the beginning of a word that is none (極秘裏)."""
    following = index + 1
    if following < len(flags) and flags[following] & MARK_NOT:
        return int(places.word_at[following]) - start < 10
    return bool(flags[index] & MARK_NOT)
