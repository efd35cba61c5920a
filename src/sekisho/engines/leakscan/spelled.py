"""Forms that are too rare for the kernel: birth dates in kanji numerals, telephone numbers with a country's code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sekisho.engines.leakscan.codes import KANJI_DIGIT, SPACE, digit_table, fold
from sekisho.engines.leakscan.grouping import day_holds
from sekisho.engines.leakscan.kinds import Kind, Reason
from sekisho.engines.leakscan.rows import EMPTY, Part
from sekisho.engines.leakscan.sweep import Places
from sekisho.engines.leakscan.words import ERA, Words

__all__ = ["find_spelled"]

_ERAS: Final = {"明治": 1, "大正": 2, "昭和": 3, "平成": 4, "令和": 5}
_NUMERAL: Final = "〇零一二三四五六七八九十"
_DATE: Final = re.compile(rf"[\s]{{0,2}}([元{_NUMERAL}]{{1,4}})\s?年\s?([{_NUMERAL}]{{1,3}})\s?月\s?([{_NUMERAL}]{{1,3}})\s?日")
_BORN: Final = re.compile(r"\s{0,2}(?:生(?![一-鿿])|に?(?:生まれ|誕生|出生))")
_WANTED: Final = 1 << Kind.BIRTH_DATE
_REACH: Final = 30
_Row = tuple[tuple[int, ...], float]


def _value(numeral: str) -> int:
    """A kanji numeral below 10,000: 五十三, 五三, 元, 一九七八."""
    if numeral == "元":
        return 1
    if "十" in numeral:
        tens, _, ones = numeral.partition("十")
        return (_value(tens) if tens else 1) * 10 + (_value(ones) if ones else 0)
    table = digit_table()
    return int("".join(str(table[ord(sign)]) for sign in numeral))


_YEAR: Final = 4
_STARTS: Final = np.isin(np.arange(0x10000), [ord(sign) for sign in _NUMERAL + "元"])


def find_spelled(text: str, codes: NDArray[np.uint32], places: Places, words: Words, header: int) -> Part:
    """Birth dates in kanji numerals, rows as of numbers."""
    if not places.rare:
        return EMPTY
    source = _Source(text, places, words, header)
    found = [*_with_era(source, codes), *_western(source), *_foreign(text, codes, places)]
    if not found:
        return EMPTY
    return np.array([row for row, _ in found], dtype=np.int32), np.array([score for _, score in found], dtype=np.float32)


def _with_era(source: _Source, codes: NDArray[np.uint32]) -> Iterator[_Row]:
    text, places = source.text, source.places
    eras = np.flatnonzero(places.flags & ERA)
    if len(eras):
        ends = places.word_at[eras] + 1
        ends += places.kinds[ends] == SPACE
        eras = eras[_STARTS[np.minimum(codes[ends], 0xFFFF)]]
    for index in eras.tolist():
        last = int(places.word_at[index])
        found = _DATE.match(text, last + 1)
        era = _ERAS.get(text[last - 1 : last + 1], 0)
        if found and era and day_holds(era, *map(_value, found.groups())):
            yield _birth(source, last - 1, found.end(), index, Reason.ERA)


def _western(source: _Source) -> Iterator[_Row]:
    text, places = source.text, source.places
    kanji = np.flatnonzero((places.kinds[places.group_start] == KANJI_DIGIT) & (places.group_end - places.group_start == _YEAR))
    for index in kanji.tolist():
        start = int(places.group_start[index])
        found = _DATE.match(text, start)
        if found and day_holds(0, *map(_value, found.groups())):
            yield _birth(source, start, found.end(), int(np.searchsorted(places.word_at, start)), Reason(0))


def _foreign(text: str, codes: NDArray[np.uint32], places: Places) -> Iterator[_Row]:
    before = codes[places.group_start - 1]
    for start in places.group_start[(before == _PLUS) | (before == _WIDE_PLUS)].tolist():
        found = _FOREIGN.match(text, start - 1)
        if found is None or _PLAIN.match(text, start - 2):
            continue
        digits = "".join(sign for sign in fold(found.group()) if sign.isdigit())
        rest = digits[2:].removeprefix("0")
        if digits.startswith("81"):
            score = 0.88 if len(rest) in _NATIONAL else 0.0
        else:
            score = 0.62 if len(found.group()) > len(digits) + 2 and len(digits) in _LENGTHS else 0.3
        yield (int(Kind.TELEPHONE), start - 1, found.end(), int(Reason.FORM | Reason.PREFIX), 0, 0, 0), score


_PLUS, _WIDE_PLUS = 0x2B, 0xFF0B
_NATIONAL, _LENGTHS = range(9, 11), range(9, 16)
_PLAIN: Final = re.compile("[0-9A-Za-z]")
_FOREIGN: Final = re.compile(r"[+＋](?:[0-9０-９][-‐‑–−－ \u3000.()（）]{0,2}){7,14}[0-9０-９](?![0-9０-９A-Za-z]|[-.][0-9])")


@dataclass(frozen=True, slots=True)
class _Source:
    text: str
    places: Places
    words: Words
    header: int


def _birth(source: _Source, start: int, end: int, index: int, reason: Reason) -> tuple[tuple[int, ...], float]:
    """The row and the score of a date; ``index``: the first word that does not stand before it."""
    score, word, distance = 0.14, 0, 0
    reason |= Reason.KANJI_NUMERALS
    if _BORN.match(source.text, end):
        score, reason = 0.95, reason | Reason.LABEL_AFTER
    elif source.header & _WANTED:
        score, reason = 0.97, reason | Reason.COLUMN_HEADER
    else:
        for before in range(index - 1, max(-1, index - 6), -1):
            gap = start - int(source.places.word_at[before]) - 1
            number = int(source.places.word[before])
            if gap > _REACH or number == 0:
                break
            if int(source.words.mask[number]) & _WANTED and "\n\n" not in source.text[start - gap : start]:
                score, word, distance, reason = 0.95 - 0.004 * gap, number, gap, reason | Reason.LABEL_BEFORE
                break
    return (int(Kind.BIRTH_DATE), start, end, int(reason), word, distance, 0), score
