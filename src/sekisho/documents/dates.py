"""Dates as officials write them: 和暦 or 西暦, 年度 (April to March), 四半期. Pure; "today" is always handed in.

Era borders: 元号法 and the cabinet orders made under it. Before 1873-01-01 Japan kept the lunar calendar; such dates are refused.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Final, NamedTuple

from sekisho.errors import InputError

__all__ = [
    "Era",
    "era_of",
    "fiscal_quarter",
    "fiscal_year",
    "fiscal_year_range",
    "format_date",
    "format_datetime",
    "format_fiscal_year",
    "format_quarter",
    "parse_date",
]


class Era(NamedTuple):
    """A 元号: its name, its letter on forms, and its first day."""

    name: str
    letter: str
    start: dt.date


ERAS: Final = (
    Era("令和", "R", dt.date(2019, 5, 1)),
    Era("平成", "H", dt.date(1989, 1, 8)),
    Era("昭和", "S", dt.date(1926, 12, 25)),
    Era("大正", "T", dt.date(1912, 7, 30)),
    Era("明治", "M", dt.date(1868, 1, 25)),
)
GREGORIAN: Final = dt.date(1873, 1, 1)
APRIL: Final = 4

_WAREKI = re.compile(
    r"(?P<era>令和|平成|昭和|大正|明治|[RHSTM])\s*(?P<year>元|[0-9]{1,2})\s*[年.\-/]\s*(?P<month>[0-9]{1,2})\s*[月.\-/]\s*"
    r"(?P<day>[0-9]{1,2})\s*日?",
    re.IGNORECASE,
)
_SEIREKI = re.compile(r"(?P<year>[0-9]{4})\s*[年.\-/]\s*(?P<month>[0-9]{1,2})\s*[月.\-/]\s*(?P<day>[0-9]{1,2})\s*日?")


def era_of(day: dt.date) -> tuple[Era, int]:
    """The era of ``day`` and the year within it; InputError ``documents.date_before_gregorian`` before 1873."""
    day = _date(day)
    if day < GREGORIAN:
        raise InputError("documents.date_before_gregorian", date=day.isoformat())
    era = next(e for e in ERAS if day >= e.start)
    return era, day.year - era.start.year + 1


def format_date(day: dt.date, *, language: str = "ja", era: bool = True) -> str:
    """「令和8年11月22日」, 「2026年11月22日」 (``era`` off) or ``2026-11-22`` (English)."""
    day = _date(day)
    if language != "ja":
        return day.isoformat()
    if not era:
        return f"{day.year}年{day.month}月{day.day}日"
    name, year = _era_year(day)
    return f"{name}{year}年{day.month}月{day.day}日"


def format_datetime(moment: dt.datetime, *, language: str = "ja", era: bool = True) -> str:
    """Date and minute in the moment's own offset: 「令和8年11月22日 9時05分」 or ``2026-11-22 09:05 +09:00``."""
    if language != "ja":
        written = moment.replace(second=0, microsecond=0).isoformat(sep=" ", timespec="minutes")
        return f"{written[:16]} {written[16:]}".rstrip()
    return f"{format_date(moment, era=era)} {moment.hour}時{moment.minute:02}分"


def fiscal_year(day: dt.date) -> int:
    """The 年度 (the calendar year in which its April falls)."""
    return day.year if day.month >= APRIL else day.year - 1


def fiscal_quarter(day: dt.date) -> int:
    """1 (April–June) to 4 (January–March)."""
    return (day.month - APRIL) % 12 // 3 + 1


def fiscal_year_range(year: int) -> tuple[dt.date, dt.date]:
    """First and last day of the 年度."""
    return dt.date(year, APRIL, 1), dt.date(year + 1, APRIL - 1, 31)


def format_fiscal_year(year: int, *, language: str = "ja", era: bool = True) -> str:
    """「令和8年度」, 「2026年度」 or ``FY2026``.

    The era is that of 1 May: 2019 is 令和元年度 as a whole, as the ministries agreed on 1 April 2019.
    """
    if language != "ja":
        return f"FY{year}"
    if not era:
        return f"{year}年度"
    name, within = _era_year(dt.date(year, 5, 1))
    return f"{name}{within}年度"


def format_quarter(day: dt.date, *, language: str = "ja", era: bool = True) -> str:
    """「令和8年度第3四半期」 or ``FY2026 Q3`` for the quarter that holds ``day``."""
    year = format_fiscal_year(fiscal_year(day), language=language, era=era)
    quarter = fiscal_quarter(day)
    return f"{year} Q{quarter}" if language != "ja" else f"{year}第{quarter}四半期"


def parse_date(text: str) -> dt.date:
    """A date written in 和暦 (令和8年11月22日, R8.11.22, full width too) or 西暦; InputError ``documents.not_a_date`` otherwise.

    A day outside its era (平成31年5月1日, 昭和64年1月8日) is refused, since one of its two halves must be a mistake.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    try:
        if found := _SEIREKI.fullmatch(plain):
            return dt.date(int(found["year"]), int(found["month"]), int(found["day"]))
        if found := _WAREKI.fullmatch(plain):
            era = next(e for e in ERAS if found["era"].upper() in {e.name, e.letter})
            within = 1 if found["year"] == "元" else int(found["year"])
            day = dt.date(era.start.year + within - 1, int(found["month"]), int(found["day"]))
            if within >= 1 and era_of(day) == (era, within):
                return day
    except ValueError as error:
        raise InputError("documents.not_a_date", text=text) from error
    raise InputError("documents.not_a_date", text=text)


def _era_year(day: dt.date) -> tuple[str, str]:
    era, year = era_of(day)
    return era.name, "元" if year == 1 else str(year)


def _date(day: dt.date) -> dt.date:
    return day.date() if isinstance(day, dt.datetime) else day
