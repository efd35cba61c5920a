# ruff: noqa: C901, PLR0912, PLR0917, PLR1714, PLR2004 - kernels: numbers are classes of codes.py
"""The one pass over all characters: words, groups of digits and at-signs, as arrays of their places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sekisho.engines.compiled import compiled
from sekisho.engines.leakscan.words import Words

__all__ = ["Places", "sweep", "word_start"]

_NUMERALS: Final = np.isin(np.arange(0x10000), [ord(sign) for sign in "〇一二三四五六七八九十元"]).astype(np.int8)


@dataclass(frozen=True, slots=True)
class Places:
    """What a text has, by place; all arrays are sorted.

    ``word_at``: last character of a word, ``word``: its number (0: the break between two texts), ``flags``: what it is.
    ``group_start``, ``group_end``: groups of digits of one family (exclusive end). ``at``: at-signs. ``kinds``: the class of
    every character. ``rare``: there are kanji numerals, or numbers behind a plus sign.
    """

    word_at: NDArray[np.int64]
    word: NDArray[np.int16]
    group_start: NDArray[np.int64]
    group_end: NDArray[np.int64]
    at: NDArray[np.int64]
    kinds: NDArray[np.int8]
    flags: NDArray[np.int32]
    rare: bool


@compiled
def word_start(codes: NDArray[np.uint32], info: NDArray[np.uint16], last: int, length: int) -> int:
    """The place of a word's first character; spaces and line ends between its characters do not count."""
    place = last
    while True:
        kind = info[codes[place]] >> 11 if codes[place] < 65536 else 0
        if kind != 4 and kind != 5:  # a space or a line end
            length -= 1
        if length <= 0 or place == 0:
            return place
        place -= 1


@compiled
def _touched(codes: NDArray[np.uint32], info: NDArray[np.uint16], start: int, last: int, flag: int) -> bool:
    """Whether another letter touches a word of letters; a hump (``phoneNumber``) is no touch."""
    if flag & 1 and start > 0 and codes[start - 1] < 65536 and info[codes[start - 1]] >> 11 == 1:
        before, first = codes[start - 1], codes[start]
        if not (97 <= before <= 122 and 65 <= first <= 90):
            return True
    if flag & 2 and last + 1 < len(codes) and codes[last + 1] < 65536 and info[codes[last + 1]] >> 11 == 1:
        after, end = codes[last + 1], codes[last]
        if not (65 <= after <= 90 and 97 <= end <= 122):
            return True
    return False


@compiled
def _spelled(code: int) -> bool:
    """Whether a year in kanji numerals begins: 一, 二 …, 十, 元."""
    return code < 65536 and (_NUMERALS[code] == 1)


@compiled
def _sweep(
    codes: NDArray[np.uint32],
    info: NDArray[np.uint16],
    go: NDArray[np.int16],
    out: NDArray[np.int16],
    flag: NDArray[np.int32],
    length: NDArray[np.int64],
    word_at: NDArray[np.int64],
    word: NDArray[np.int16],
    group_start: NDArray[np.int64],
    group_end: NDArray[np.int64],
    at: NDArray[np.int64],
    kinds: NDArray[np.int8],
) -> tuple[int, int, int, bool]:
    words = groups = ats = 0
    state = 0
    run, family = -1, 0
    rare = False
    for place in range(len(codes)):
        code = codes[place]
        entry = info[code] if code < 65536 else 0
        kind = entry >> 11
        kinds[place] = kind
        if run >= 0 and kind != family:
            if family == 2 or place - run > 1:
                group_start[groups] = run
                group_end[groups] = place
                groups += 1
            run = -1
        if kind == 2 or kind == 3:
            if run < 0:
                run, family = place, kind
                if kind == 3 or (place > 0 and (codes[place - 1] == 43 or codes[place - 1] == 0xFF0B)):
                    rare = True
        elif kind == 4 or kind == 5:
            continue
        elif kind == 19:
            at[ats] = place
            ats += 1
        elif kind == 18:
            word_at[words] = place
            word[words] = 0
            words += 1
        state = go[state, entry & 2047]
        number = out[state]
        if number:
            edges = flag[number] & 3
            if flag[number] & 2048 and place + 2 < len(codes):
                rare = rare or _spelled(codes[place + 1]) or (codes[place + 1] <= 0x3000 and _spelled(codes[place + 2]))
            if edges == 0 or not _touched(codes, info, word_start(codes, info, place, length[number]), place, edges):
                word_at[words] = place
                word[words] = number
                words += 1
    if run >= 0 and (family == 2 or len(codes) - run > 1):
        group_start[groups] = run
        group_end[groups] = len(codes)
        groups += 1
    return words, groups, ats, rare


def sweep(codes: NDArray[np.uint32], words: Words) -> Places:
    """All words, groups of digits and at-signs of a text of less than 2³¹ code points."""
    size = len(codes) + 1
    word_at, group_start, group_end, at = (np.empty(size, dtype=np.int64) for _ in range(4))
    word = np.empty(size, dtype=np.int16)
    kinds = np.empty(size, dtype=np.int8)
    found, groups, ats, rare = _sweep(
        codes, words.info, words.go, words.out, words.flag, words.length, word_at, word, group_start, group_end, at, kinds
    )
    flags = words.flag[word[:found]]
    return Places(word_at[:found], word[:found], group_start[:groups], group_end[:groups], at[:ats], kinds, flags, rare)
