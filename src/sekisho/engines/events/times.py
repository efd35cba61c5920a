"""Times as logs write them: any order and offset in, microseconds since 1970 (UTC) and the written offset out.

A time without offset is taken to be in the zone that was handed in; one without year is the latest such date that is not more
than a day after the reference time (RFC 3164 section 4.1.2 leaves the year out). Where clocks were set back, an hour exists
twice: a time in it without offset is taken to be the first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Final

__all__ = ["FORMATS", "TimeReader"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO: Final = timedelta(microseconds=1)
_EARLIEST: Final = datetime(1601, 1, 1, tzinfo=UTC)  # where Windows begins to count
_LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)
_MONTHS: Final = {
    name: number
    for number, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1)
}
_ZONES: Final = {"Z": 0, "UTC": 0, "GMT": 0, "JST": 540}
_KEPT: Final = 4_096  # times whose reading is remembered: lines of one second follow each other

_CALENDAR: Final = re.compile(  # Japanese and ISO 8601 forms
    r"\s*(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})日?(?:\s*[（(].[)）])?[T ,]*"
    r"(?:(午前|午後|AM|PM)?\s*(\d{1,2})\s*[:時]\s*(\d{1,2})(?:[:分]\s*(\d{1,2})秒?(?:[.,:](\d{1,9}))?|分)?\s*(AM|PM)?)?"
    r"\s*(Z|UTC|GMT|JST|[+-]\d{2}:?\d{2})?\s*",
    re.IGNORECASE,
)
_COMPACT: Final = re.compile(r"\s*(\d{4})(\d{2})(\d{2})[T _-]?(\d{2})(\d{2})(\d{2})(?:[.,](\d{1,9}))?\s*(Z|[+-]\d{2}:?\d{2})?\s*")
_COMMON: Final = re.compile(r"\[?(\d{1,2})/([A-Za-z]{3})/(\d{4})[: ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?\s*([+-]\d{4}|Z)?\]?")
_SYSLOG: Final = re.compile(
    r"(?:[A-Za-z]{3} )?([A-Za-z]{3})\s+(\d{1,2})(?:\s+(\d{4}))?\s+(\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?"
    r"(?:\s+(\d{4}))?\s*(Z|UTC|GMT|JST|[+-]\d{2}:?\d{2})?:?"
)
_MONTH_FIRST: Final = re.compile(
    r"\s*(\d{1,2})/(\d{1,2})/(\d{4})[ ,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s*(AM|PM)?\s*", re.IGNORECASE
)


_Parts = tuple[int | None, int, int, int, int, int, int, int | None]  # year … second, microsecond, offset in minutes


def _fraction(digits: str | None) -> int:
    return int((digits + "000000")[:6]) if digits else 0


def _offset(text: str | None) -> int | None:
    if not text:
        return None
    known = _ZONES.get(text.upper())
    if known is not None:
        return known
    digits = text[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:4])
    return -minutes if text[0] == "-" else minutes


def _hour(hour: str, half: str | None) -> int:
    """0–23; the second half of the day, also written in Japanese."""
    number = int(hour)
    if not half:
        return number
    return number % 12 + (12 if half.upper() in {"PM", "午後"} else 0)


def _calendar(text: str) -> _Parts | None:
    m = _CALENDAR.fullmatch(text)
    if m is None:
        m = _COMPACT.fullmatch(text)
        if m is None:
            return None
        year, month, day, hour, minute, second = (int(m[i]) for i in range(1, 7))
        return year, month, day, hour, minute, second, _fraction(m[7]), _offset(m[8])
    hour = _hour(m[5] or "0", m[4] or m[9])
    return int(m[1]), int(m[2]), int(m[3]), hour, int(m[6] or 0), int(m[7] or 0), _fraction(m[8]), _offset(m[10])


def _common(text: str) -> _Parts | None:
    m = _COMMON.fullmatch(text)
    month = _MONTHS.get(m[2].lower()) if m else None
    if m is None or month is None:
        return None
    return int(m[3]), month, int(m[1]), int(m[4]), int(m[5]), int(m[6]), _fraction(m[7]), _offset(m[8])


def _syslog(text: str) -> _Parts | None:
    m = _SYSLOG.fullmatch(text.strip())
    month = _MONTHS.get(m[1].lower()) if m else None
    if m is None or month is None:
        return None
    year = m[3] or m[8]
    return int(year) if year else None, month, int(m[2]), int(m[4]), int(m[5]), int(m[6]), _fraction(m[7]), _offset(m[9])


def _month_first(text: str) -> _Parts | None:
    m = _MONTH_FIRST.fullmatch(text)
    if m is None:
        return None
    return int(m[3]), int(m[1]), int(m[2]), _hour(m[4], m[8]), int(m[5]), int(m[6] or 0), _fraction(m[7]), None


_TEXTS: Final[dict[str, Callable[[str], _Parts | None]]] = {
    "calendar": _calendar,
    "common": _common,
    "syslog": _syslog,
    "month_first": _month_first,
}
_NUMBER: Final = re.compile(r"\s*(\d{1,20})(?:\.(\d{1,12}))?\s*")
FORMATS: Final = (*_TEXTS, "epoch")
"""``calendar`` 2026-01-02T03:04:05.678+09:00, 2026/1/2 3:04, 2026年1月2日 午後3時4分, 20260102030405;
``common`` [02/Jan/2026:03:04:05 +0900]; ``syslog`` Jan  2 03:04:05, with or without year; ``month_first`` 1/2/2026 3:04:05 PM;
``epoch`` seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their size."""


class TimeReader:
    """Reads times of one file."""

    def __init__(self, formats: Sequence[str], zone: tzinfo, reference: datetime) -> None:
        """``formats`` are tried in their order; see :class:`~sekisho.engines.events.options.Options` for the others."""
        self._formats = [_TEXTS.get(name) for name in formats]
        self._zone = zone
        self._latest = reference + timedelta(days=1)
        self._known: dict[Any, tuple[int | None, int | None]] = {}
        self.years_assumed = 0
        self.zones_assumed = 0

    def read(self, value: Any) -> tuple[int | None, int | None]:
        """Microseconds since 1970 and the written offset in minutes; (None, None) where there is no time to be read."""
        found = self._known.get(value)
        if found is None:
            found = self._read(value)
            if len(self._known) >= _KEPT:
                self._known.clear()
            self._known[value] = found
        return found

    def _read(self, value: Any) -> tuple[int | None, int | None]:
        text = value if isinstance(value, str) else str(value)
        for read in self._formats:
            if read is None:
                micros = _since_epoch(text)
                if micros is not None:
                    return micros, None
                continue
            parts = read(text)
            if parts is not None:
                return self._placed(parts)
        return None, None

    def _placed(self, parts: _Parts) -> tuple[int | None, int | None]:
        year, month, day, hour, minute, second, micro, offset = parts
        if second == 60:  # noqa: PLR2004 - a leap second is told as the second before
            second = 59
        zone = self._zone if offset is None else timezone(timedelta(minutes=offset)) if abs(offset) < 1440 else None  # noqa: PLR2004
        if zone is None:
            return None, None
        if offset is None:
            self.zones_assumed += 1
        if year is None:
            self.years_assumed += 1
            latest = self._latest.astimezone(zone).year
            years = range(latest, latest - 9, -1)  # the 29th of February may be eight years ago
        else:
            years = range(year, year - 1, -1)
        for one in years:
            try:
                found = datetime(one, month, day, hour % 24, minute, second, micro, tzinfo=zone)
                found += timedelta(days=hour // 24)  # 24:00 is the next day
                if (year is None and found > self._latest) or not _EARLIEST <= found < _LATEST:
                    continue
                return (found - _EPOCH) // _MICRO, offset
            except (ValueError, OverflowError):
                continue
        return None, None


def _since_epoch(text: str) -> int | None:
    m = _NUMBER.fullmatch(text)
    if m is None:
        return None
    digits = m[1]
    unit = 6 if len(digits) <= 11 else 3 if len(digits) <= 14 else 0 if len(digits) <= 17 else -3  # noqa: PLR2004
    number = int(digits)
    micros = number * 10**unit if unit >= 0 else number // 1000
    if unit > 0 and m[2]:
        micros += int((m[2] + "000000")[:unit])
    return micros if micros < (_LATEST - _EPOCH) // _MICRO else None
