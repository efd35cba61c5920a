"""Counting days as the Civil Code counts (art. 138–143), years of organisations, and Japanese dates."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta
from typing import Final, Literal

from sekisho.errors import InputError

__all__ = ["APRIL", "YearEnd", "last_day", "months_after", "parse_day", "parse_period", "year_end_of", "year_start_of"]

DAY: Final = timedelta(days=1)
_MONTHS: Final = 12
_LAST_OF_FEBRUARY: Final = 28


@dataclass(frozen=True, slots=True)
class YearEnd:
    """The last day of a business year: month, and day (31 and the end of February: the last day of the month, whatever it is)."""

    month: int
    day: int = 31

    @classmethod
    def parse(cls, text: str) -> YearEnd:
        """``03-31``, ``3/31``, ``02-end``, ``2月末日``, ``3月20日``. Raises InputError ``retention.year_end_wrong``."""
        plain = unicodedata.normalize("NFKC", text).strip()
        found = re.fullmatch(r"(\d{1,2})(?:月|[-/.])(?:(\d{1,2})日?|(end|末日?))", plain)
        if found is None:
            raise InputError("retention.year_end_wrong", value=text[:20])
        month, day = int(found[1]), 31 if found[3] else int(found[2])
        if not 1 <= month <= _MONTHS or (not found[3] and not 1 <= day <= monthrange(2000, month)[1]):
            raise InputError("retention.year_end_wrong", value=text[:20])
        return cls(month, day)

    def __str__(self) -> str:
        return f"{self.month:02d}-end" if self.is_month_end else f"{self.month:02d}-{self.day:02d}"

    @property
    def is_month_end(self) -> bool:
        """Whether the year ends with the month; 28 February is taken as its last day, leap year or not."""
        return self.day >= monthrange(2001, self.month)[1]

    def on(self, year: int) -> date:
        """The last day of the business year that ends in ``year``."""
        return date(year, self.month, monthrange(year, self.month)[1] if self.is_month_end else self.day)


APRIL: Final = YearEnd(3)
"""The fiscal year of the state and of local governments: 1 April to 31 March (財政法第11条、地方自治法第208条第1項)."""


def _date(year: int, month: int, day: int) -> date:
    if not 1 <= year <= MAXYEAR:
        raise InputError("retention.day_out_of_range", year=year)
    return date(year, month, day)


def last_day(first: date, *, value: int, unit: Literal["year", "month", "day"]) -> date:
    """The last day of a period whose first counted day is ``first``.

    Years and months by the calendar: it ends on the day before the one that corresponds to the first day; where the last month
    has no such day, with that month (Civil Code art. 143(2)). Raises InputError ``retention.day_out_of_range``.
    """
    if unit == "day":
        if first.toordinal() + value - 1 > date.max.toordinal():
            raise InputError("retention.day_out_of_range", year=MAXYEAR + 1)
        return first + timedelta(days=value - 1)
    years, month = divmod(first.month - 1 + (value * _MONTHS if unit == "year" else value), _MONTHS)
    end = _date(first.year + years, month + 1, 1)
    length = monthrange(end.year, end.month)[1]
    if first.day > length:
        return end.replace(day=length)
    return end.replace(day=first.day) - DAY


def months_after(day: date, months: int) -> date:
    """``day`` の翌日から ``months`` か月を経過した日: the day after a period of months that begins the day after ``day``."""
    return last_day(day + DAY, value=months, unit="month") + DAY


def year_end_of(day: date, end: YearEnd) -> date:
    """The last day of the business year that holds ``day``."""
    here = end.on(day.year)
    return here if day <= here else end.on(_date(day.year + 1, 1, 1).year)


def year_start_of(day: date, end: YearEnd) -> date:
    """The first day of the business year that holds ``day``."""
    return end.on(year_end_of(day, end).year - 1) + DAY


_ERAS: Final[dict[str, tuple[str, date]]] = {
    "令和": ("R", date(2019, 5, 1)),
    "平成": ("H", date(1989, 1, 8)),
    "昭和": ("S", date(1926, 12, 25)),
    "大正": ("T", date(1912, 7, 30)),
    "明治": ("M", date(1873, 1, 1)),  # the Gregorian calendar begins in 明治6年
}
_BASE: Final = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867}
_BY_LETTER: Final = {letter: name for name, (letter, _) in _ERAS.items()}
_KANJI: Final = {char: value for value, char in enumerate("〇一二三四五六七八九")}
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_WESTERN: Final = re.compile(r"(\d{4})(?:年|[-/.])(\d{1,2})(?:月|[-/.])(\d{1,2})日?(?:[T ]\d{2}:\d{2}(?::\d{2})?)?")
_ERA: Final = re.compile(
    r"(令和|平成|昭和|大正|明治|[RHSTM])(\d{1,2}|元)(?:年|[-/.])(\d{1,2})(?:月|[-/.])(\d{1,2})日?", re.IGNORECASE
)
_NUMERALS: Final = re.compile("[〇一二三四五六七八九十]+")


def _numeral(found: re.Match[str]) -> str:
    text = found[0]
    if "十" not in text:
        return "".join(str(_KANJI[c]) for c in text)
    tens, _, ones = text.partition("十")
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return text
    return str((_KANJI[tens] if tens else 1) * 10 + (_KANJI[ones] if ones else 0))


def parse_day(text: str) -> date:
    """A day as people write it: ``2026-03-31``, ``2026/3/31``, ``20260331``, ``2026年3月31日``, ``令和8年3月31日``, ``R8.3.31``,
    ``令和元年5月1日``; full-width and kanji numerals are read. Years past the end of an era count on (平成32年 is 2020).

    Raises InputError ``retention.day_wrong``, or ``retention.day_before_era`` for a day before the era began (令和元年4月1日).
    """
    plain = _NUMERALS.sub(_numeral, unicodedata.normalize("NFKC", text).strip())
    if "年" in plain:
        plain = "".join(plain.split())
    western = _COMPACT.fullmatch(plain) or _WESTERN.fullmatch(plain)
    try:
        if western:
            return date(int(western[1]), int(western[2]), int(western[3]))
        found = _ERA.fullmatch(plain)
        if found is None:
            raise InputError("retention.day_wrong", value=text[:40])
        era = _BY_LETTER.get(found[1].upper(), found[1])
        number = 1 if found[2] == "元" else int(found[2])
        if number < 1:
            raise InputError("retention.day_wrong", value=text[:40])
        day = date(_BASE[era] + number, int(found[3]), int(found[4]))
    except ValueError as error:
        raise InputError("retention.day_wrong", value=text[:40]) from error
    if day < _ERAS[era][1]:
        raise InputError("retention.day_before_era", value=text[:40], era=era, first=_ERAS[era][1].isoformat())
    return day


_WORDS: Final = {"year": ("year", "years", "年"), "month": ("month", "months", "か月", "ヶ月"), "day": ("day", "days", "日")}
_UNITS: Final = {word: unit for unit, words in _WORDS.items() for word in words}
_LONGEST: Final = 1000


def parse_period(text: str) -> tuple[int, str]:
    """``5年``, ``18 months``, ``30日`` as a value and its unit. Raises InputError ``retention.period_wrong``."""
    found = re.fullmatch(r"(\d{1,4})\s*(\D+)", unicodedata.normalize("NFKC", text).strip())
    if found is None or found[2] not in _UNITS or not 1 <= int(found[1]) <= _LONGEST:
        raise InputError("retention.period_wrong", value=text[:20])
    return int(found[1]), _UNITS[found[2]]
