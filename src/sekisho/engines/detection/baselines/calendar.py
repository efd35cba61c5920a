"""Days and hours of an office: holidays, working hours, the local clock. The calendar is handed in; nothing reads a clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import jpholiday
import numpy as np

from sekisho.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

__all__ = ["HOLIDAY", "KINDS", "OfficeCalendar", "japanese_calendar", "minutes_of_day"]

KINDS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "holiday")
HOLIDAY: Final = 7
_EPOCH: Final = date(1970, 1, 1)
_HOUR_US: Final = 3_600_000_000
_DAY_MINUTES: Final = 24 * 60


def minutes_of_day(text: str) -> int:
    """``"08:30"`` as minutes after midnight; ``"24:00"`` is the end of the day. Raises InputError ``watch.hour_wrong``."""
    hours, _, minutes = text.partition(":")
    if not (hours.isascii() and hours.isdigit() and minutes.isascii() and minutes.isdigit() and len(minutes) == 2):  # noqa: PLR2004
        raise InputError("watch.hour_wrong", value=text[:20])
    total = int(hours) * 60 + int(minutes)
    if total > _DAY_MINUTES or int(minutes) > 59:  # noqa: PLR2004 - minutes of an hour
        raise InputError("watch.hour_wrong", value=text[:20])
    return total


@dataclass(frozen=True)
class OfficeCalendar:
    """When an office works.

    ``holidays``: days that are not worked, with their names (public holidays and the office's own). ``working_days``: weekdays
    that are, Monday = 0. ``opens``, ``closes``: minutes after midnight; when ``closes`` is not later than ``opens``, the
    working time goes on past midnight and belongs to the day on which it began.
    """

    zone: str = "Asia/Tokyo"
    holidays: Mapping[date, str] = field(default_factory=dict)
    working_days: frozenset[int] = frozenset({0, 1, 2, 3, 4})
    opens: int = 8 * 60
    closes: int = 19 * 60

    def __post_init__(self) -> None:
        """The zone exists, the hours lie within a day."""
        if not (0 <= self.opens < _DAY_MINUTES and 0 <= self.closes <= _DAY_MINUTES):
            raise InputError("watch.hour_wrong", value=f"{self.opens}–{self.closes}")
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError) as error:
            raise InputError("watch.zone_wrong", value=self.zone[:40]) from error

    def local(self, moments: NDArray[np.int64]) -> NDArray[np.int64]:
        """Microseconds since 1970 UTC as microseconds of the local clock since 1970."""
        if not moments.size:
            return moments
        zone = ZoneInfo(self.zone)
        hours, inverse = np.unique(moments // _HOUR_US, return_inverse=True)
        offsets = np.array(
            [int((datetime.fromtimestamp(int(h) * 3600, UTC).astimezone(zone).utcoffset() or timedelta()).total_seconds())
             for h in hours],
            dtype=np.int64,
        )  # fmt: skip
        return moments + offsets[inverse] * 1_000_000

    def day_and_hour(self, moments: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
        """For each moment (microseconds since 1970 UTC) its local day (days since 1970) and hour (0–23)."""
        hours = self.local(moments) // _HOUR_US
        return (hours // 24).astype(np.int32), (hours % 24).astype(np.int8)

    def kind(self, day: int) -> int:
        """The kind of a day (days since 1970): 0 Monday … 6 Sunday, 7 a holiday."""
        on = _EPOCH + timedelta(days=int(day))
        return HOLIDAY if on in self.holidays else on.weekday()

    def kinds(self, days: NDArray[np.int32]) -> NDArray[np.int8]:
        """:meth:`kind` of each day."""
        different, inverse = np.unique(days, return_inverse=True)
        return np.array([self.kind(int(d)) for d in different], dtype=np.int8)[inverse]

    def is_working_kind(self, kind: int) -> bool:
        """Whether days of this kind are worked."""
        return kind in self.working_days

    def working_days_among(self, days: NDArray[np.int32]) -> NDArray[np.bool_]:
        """For each day whether it is worked."""
        return np.isin(self.kinds(days), list(self.working_days))

    def working_time(self, moments: NDArray[np.int64]) -> NDArray[np.bool_]:
        """For each moment (microseconds since 1970 UTC) whether it lies within working hours of a working day."""
        minutes = self.local(moments) // 60_000_000
        day, minute = (minutes // _DAY_MINUTES).astype(np.int32), minutes % _DAY_MINUTES
        today: NDArray[np.bool_] = self.working_days_among(day)
        if self.closes > self.opens:
            return today & (minute >= self.opens) & (minute < self.closes)
        yesterday = self.working_days_among(day - 1)
        return (today & (minute >= self.opens)) | (yesterday & (minute < self.closes))


def japanese_calendar(
    years: Iterable[int], *, closed: Mapping[date, str] | None = None, opens: str = "08:00", closes: str = "19:00"
) -> OfficeCalendar:
    """The calendar of a Japanese public office for the given years: public holidays and 29 December to 3 January.

    ``closed``: further days of one's own. Raises InputError ``watch.hour_wrong``. Source: 国民の祝日に関する法律 (by way of the
    library jpholiday), 行政機関の休日に関する法律 1条.
    """
    days: dict[date, str] = {}
    for year in years:
        days |= dict(jpholiday.year_holidays(year))
        turn = [date(year, 12, d) for d in (29, 30, 31)] + [date(year, 1, d) for d in (1, 2, 3)]
        days |= {on: "年末年始" for on in turn if on not in days}
    return OfficeCalendar(holidays={**days, **(closed or {})}, opens=minutes_of_day(opens), closes=minutes_of_day(closes))
