"""Forms that are too rare for the kernel: dates in kanji numerals, telephone numbers with a country's code, addresses with [at]."""

from __future__ import annotations

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sekisho.engines.leakscan.codes import digit_table
from sekisho.engines.leakscan.forms import date_holds
from sekisho.engines.leakscan.kinds import Kind, Reason
from sekisho.engines.leakscan.numbers import COLUMNS
from sekisho.engines.leakscan.rows import Part
from sekisho.engines.leakscan.sweep import Places
from sekisho.engines.leakscan.words import ERA, Words

__all__ = ["find_spelled"]

_ERAS: Final = {"明治": 0, "大正": 1, "昭和": 2, "平成": 3, "令和": 4}
_NUMERAL: Final = "〇零一二三四五六七八九十"
_DATE: Final = re.compile(rf"[\s]{{0,2}}([元{_NUMERAL}]{{1,4}})\s?年\s?([{_NUMERAL}]{{1,3}})\s?月\s?([{_NUMERAL}]{{1,3}})\s?日")
_BORN: Final = re.compile(r"\s{0,2}(?:生(?![一-鿿])|に?(?:生まれ|誕生|出生))")
_WANTED: Final = 1 << Kind.BIRTH_DATE
_REACH: Final = 30


def _value(numeral: str) -> int:
    """A kanji numeral below 10,000: 五十三, 五三, 元, 一九七八."""
    if numeral == "元":
        return 1
    if "十" in numeral:
        tens, _, ones = numeral.partition("十")
        return (_value(tens) if tens else 1) * 10 + (_value(ones) if ones else 0)
    table = digit_table()
    return int("".join(str(table[ord(sign)]) for sign in numeral))


def find_spelled(text: str, codes: NDArray[np.uint32], places: Places, words: Words, header: int) -> Part:
    """Birth dates in kanji numerals, rows as of numbers."""
    table = digit_table()
    rows: list[tuple[int, ...]] = []
    scores: list[float] = []
    eras = np.flatnonzero(words.flag[places.word] & ERA)
    for index in eras.tolist():
        last = int(places.word_at[index])
        if last + 1 >= len(codes) or (codes[last + 1] not in _STARTS):
            continue
        found = _DATE.match(text, last + 1)
        if found is None:
            continue
        start = last - 1
        era = _ERAS.get(text[start : last + 1], -1)
        if era < 0 or not date_holds(era, *map(_value, found.groups())):
            continue
        _add(rows, scores, text, start, found.end(), places, words, header, index, Reason.ERA)
    western = np.flatnonzero(
        (places.group_end - places.group_start == 4) & (table[np.minimum(codes[places.group_start], 0xFFFF)] < 10)
    )
    for index in western[codes[places.group_start[western]] > 0x3000].tolist() if len(western) else []:
        start = int(places.group_start[index])
        found = _DATE.match(text, start)
        if found and date_holds(-1, *map(_value, found.groups())):
            _add(
                rows,
                scores,
                text,
                start,
                found.end(),
                places,
                words,
                header,
                int(np.searchsorted(places.word_at, start)),
                Reason(0),
            )
    return np.array(rows, dtype=np.int32).reshape(-1, COLUMNS), np.array(scores, dtype=np.float32)


_STARTS: Final = frozenset(map(ord, _NUMERAL + "元 \u3000"))


def _add(
    rows: list[tuple[int, ...]],
    scores: list[float],
    text: str,
    start: int,
    end: int,
    places: Places,
    words: Words,
    header: int,
    index: int,
    reason: Reason,
) -> None:
    score, word, distance = 0.14, 0, 0
    reason |= Reason.KANJI_NUMERALS
    if _BORN.match(text, end):
        score, reason = 0.95, reason | Reason.LABEL_AFTER
    elif header & _WANTED:
        score, reason = 0.97, reason | Reason.COLUMN_HEADER
    else:
        for before in range(index - 1, max(-1, index - 6), -1):
            distance = start - int(places.word_at[before]) - 1
            if distance > _REACH:
                break
            number = int(places.word[before])
            if int(words.mask[number]) & _WANTED and "\n\n" not in text[start - distance : start]:
                score, word, reason = 0.95 - 0.004 * distance, number, reason | Reason.LABEL_BEFORE
                break
        else:
            distance = 0
    rows.append((int(Kind.BIRTH_DATE), start, end, int(reason), word, distance if word else 0, 0))
    scores.append(score)
