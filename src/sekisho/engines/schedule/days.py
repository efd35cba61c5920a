"""Which days are business days, and the counting of days forward and backward.

Each count comes in a pair: ``forward`` gives the first day on which what follows may be, ``backward`` the last day on which
what came before may have been. For every day and count, ``forward(d) <= e`` holds exactly when ``d <= backward(e)``.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, Literal, Protocol

import jpholiday

__all__ = ["Count", "Holidays", "JapaneseHolidays", "Span", "fiscal_year", "next_business", "previous_business"]

_SATURDAY: Final = 5
_APRIL: Final = 4
_DAY: Final = timedelta(days=1)
Count = Literal["clear", "after", "inclusive"]
Unit = Literal["calendar", "business"]
_EXTRA: Final[dict[str, int]] = {"inclusive": -1, "after": 0, "clear": 1}


class Holidays(Protocol):
    """Says which days an office works."""

    def is_business(self, day: date) -> bool:
        """Whether the office works on ``day``."""
        ...


@lru_cache(maxsize=8192)
def _works(day: date) -> bool:
    year_end = (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3)
    return day.weekday() < _SATURDAY and not year_end and not jpholiday.is_holiday(day)


class JapaneseHolidays:
    """行政機関の休日に関する法律 第1条: Saturdays, Sundays, national holidays and 12-29 – 01-03 are no business days."""

    def __init__(self, closed: Collection[date] = ()) -> None:
        """``closed``: further days on which the office does not work."""
        self._closed = frozenset(closed)

    def is_business(self, day: date) -> bool:
        """Whether the office works on ``day``."""
        return _works(day) and day not in self._closed


def next_business(day: date, holidays: Holidays) -> date:
    """``day`` itself or the first business day after it."""
    while not holidays.is_business(day):
        day += _DAY
    return day


def previous_business(day: date, holidays: Holidays) -> date:
    """``day`` itself or the last business day before it."""
    while not holidays.is_business(day):
        day -= _DAY
    return day


def fiscal_year(day: date) -> int:
    """The 年度 (April to March) that ``day`` lies in."""
    return day.year if day.month >= _APRIL else day.year - 1


class Span:
    """A number of days counted in one of the ways the rules know.

    Calendar days between a first day and a last day: ``clear`` leaves both out (中N日), ``after`` the first (初日不算入),
    ``inclusive`` none. Business days: ``inclusive`` counts the first day, ``after`` begins with the next business day; ``clear``
    one more.
    """

    __slots__ = ("_extra", "_unit", "days")

    def __init__(self, days: int, unit: Unit, count: Count) -> None:
        """``days`` ≥ 0; an inclusive span of 0 days is a single day."""
        self.days = days
        self._unit = unit
        self._extra = max(0, days + _EXTRA[count])

    def forward(self, first: date, holidays: Holidays) -> date:
        """The earliest last day for this first day (not yet moved to a business day when counted in calendar days)."""
        if self._unit == "calendar":
            return first + timedelta(days=self._extra)
        day = first
        for _ in range(self._extra):
            day = next_business(day + _DAY, holidays)
        return day

    def backward(self, last: date, holidays: Holidays) -> date:
        """The latest business day that may be the first day for this last day."""
        if self._unit == "calendar":
            return previous_business(last - timedelta(days=self._extra), holidays)
        day = previous_business(last, holidays)
        for _ in range(self._extra):
            day = previous_business(day - _DAY, holidays)
        return day
