# ruff: noqa: C901, PLR0912, PLR0917, PLR1714, PLR2004 - kernels: numbers are classes of codes.py
"""Which label a number has: words before and after it, what lies between, labels of other numbers. Kernels only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sekisho.engines.compiled import compiled

__all__ = [
    "REACH",
    "SOFT",
    "UNITS",
    "gap_is_soft",
    "in_locator",
    "label_after",
    "label_before",
    "record_words",
    "soft",
]

REACH = 60
"""Code points before a number in which a label is looked for; 80 on both sides for words of a record."""

SOFT = np.zeros(0x10000, dtype=np.uint8)
SOFT[list(map(ord, " \t\u00a0\u3000\n\r:：=＝\"'`「『【《〈<>（(［[{|｜・･_-‐−－—―./／,，、;；#＃№*＊→⇒▶>…”“’‘\\はがをのも"))] = 1
SOFT[list(map(ord, "※■□●○◆◇）)］]」』】+"))] = 1
UNITS = np.zeros(0x10000, dtype=np.uint8)
UNITS[[ord(sign) for sign in "円個件枚冊台点倍％%年歳才代階丁億万千㎡㎏トグドキメ℃㌔"]] = 1


@compiled
def soft(code: int) -> bool:
    """Whether a character may stand between a label and its number: signs, particles, spaces, a line end."""
    return code < 65536 and SOFT[code] == 1


@compiled
def gap_is_soft(codes: NDArray[np.uint32], start: int, end: int) -> bool:
    """Whether everything from ``start`` to ``end`` may stand between two numbers of one label."""
    for place in range(start, end):
        code = codes[place]
        if not soft(code) and code != 0x3068 and code != 0x53CA and code != 0x3073:  # と及び
            return False
    return True


@compiled
def label_before(
    codes: NDArray[np.uint32],
    start: int,
    word_at: NDArray[np.int64],
    word: NDArray[np.int16],
    words: int,
    mask: NDArray[np.int64],
    flag: NDArray[np.int32],
    wanted: int,
    found: NDArray[np.int64],
) -> None:
    """The nearest label before a number; ``words``: how many words end before it.

    ``found`` gets: kinds of the label (0: none), what it costs, the word, whether it touches, whether a label of something else
    touches, words of a record met, whether a generic label (番号, No.) touches.
    """
    for slot in range(7):
        found[slot] = 0
    place, cost, touching, seen = start - 1, 0, True, 0
    for index in range(words - 1, max(-1, words - 13), -1):
        at, number = word_at[index], word[index]
        if start - at > 60:
            return
        while place > at:
            code = codes[place]
            if code == 0:
                return
            if code == 10:
                cost += 6
                if place > 0 and codes[place - 1] == 10:
                    cost += 12
            elif code == 0x3002:
                cost += 12
            else:
                cost += 1
            if touching and not soft(code):
                touching = False
            place -= 1
        flags, kinds = flag[number], mask[number] & 0x3FFFFFF
        if kinds & wanted:
            found[0], found[1], found[2], found[3] = kinds & wanted, cost, number, int(touching)
            return
        if flags & 4:
            if touching and seen == 0:
                found[4] = 1
            cost += 12
        elif kinds:
            cost += 8
        elif flags & 8 and touching and seen == 0:
            found[6] = 1
        if flags & 12 or kinds:
            seen += 1


@compiled
def label_after(
    codes: NDArray[np.uint32],
    kinds: NDArray[np.int8],
    end: int,
    word_at: NDArray[np.int64],
    word: NDArray[np.int16],
    first: int,
    mask: NDArray[np.int64],
    length: NDArray[np.int64],
    wanted: int,
    found: NDArray[np.int64],
) -> None:
    """The label behind a number, unless it belongs to the number after it; ``first``: the first word that ends behind it."""
    for slot in range(4):
        found[slot] = 0
    for index in range(first, min(len(word_at), first + 6)):
        at, number = word_at[index], word[index]
        begin = at - length[number] + 1
        if begin < end:
            continue
        if begin - end > 12:
            return
        if not mask[number] & wanted:
            continue
        touching = True
        for place in range(end, begin):
            code = codes[place]
            if code == 0 or code == 10 or code == 0x3002:
                return
            if code == 0x3001 or code == 0xFF0C or code == 44 or code == 9:
                touching = False
            if not soft(code):
                touching = False
        ahead = at + 1
        while ahead - at < 6 and soft(codes[ahead]):
            ahead += 1
        if ahead > at + 1 and (kinds[ahead] == 2 or kinds[ahead] == 3):
            return
        found[0], found[1], found[2], found[3] = mask[number] & wanted, begin - end, number, int(touching)
        return


@compiled
def record_words(
    start: int,
    end: int,
    word_at: NDArray[np.int64],
    word: NDArray[np.int16],
    words: int,
    flag: NDArray[np.int32],
) -> int:
    """How many words of a person's record stand within 80 characters around a number (at most 8 are counted)."""
    count = 0
    for index in range(words - 1, max(-1, words - 24), -1):
        if start - word_at[index] > 80 or flag[word[index]] & 4096:
            break
        count += (flag[word[index]] >> 4) & 1
    for index in range(words, min(len(word_at), words + 24)):
        if word_at[index] - end > 80 or flag[word[index]] & 4096:
            break
        count += (flag[word[index]] >> 4) & 1
    return min(count, 8)


@compiled
def in_locator(codes: NDArray[np.uint32], start: int) -> bool:
    """Whether a number stands within a URL: back to the next space or Japanese character there is ``://`` or ``www``."""
    place, low = start - 1, max(2, start - 300)
    while place >= low and 0x21 <= codes[place] <= 0x7E:
        if codes[place] == 47 and codes[place - 1] == 47 and codes[place - 2] == 58:
            return True
        if codes[place] == 119 and codes[place - 1] == 119 and codes[place - 2] == 119:
            return True
        place -= 1
    return False
