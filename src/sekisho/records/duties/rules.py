"""When things fall due. Pure: dates in, dates out."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

import jpholiday

__all__ = ["ESCALATE_AFTER", "Urgency", "add_business_days", "is_business_day", "urgency"]

ESCALATE_AFTER: Final = timedelta(days=3)
_SOON: Final = timedelta(days=7)
NEAR: Final = timedelta(days=30)
"""What falls due within this time is counted in the navigation; the list shows the rest, too."""


class Urgency(StrEnum):
    """How pressing a duty is: shown in words, never by colour alone."""

    LATE = "late"
    TODAY = "today"
    SOON = "soon"
    LATER = "later"
    DONE = "done"


def is_business_day(day: date) -> bool:
    """Not a Saturday, Sunday, national holiday, or one of the year-end days 12-29 – 01-03 (行政機関の休日に関する法律 第1条)."""
    if day.weekday() >= 5 or (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3):  # noqa: PLR2004 - Saturday
        return False
    return not jpholiday.is_holiday(day)


def add_business_days(start: date, count: int) -> date:
    """The ``count``-th business day after ``start`` (the first day is not counted: 民法 第140条)."""
    if count < 0:
        raise ValueError(count)
    day = start
    while count:
        day += timedelta(days=1)
        if is_business_day(day):
            count -= 1
    return day


def urgency(*, due_at: datetime, done_at: datetime | None, now: datetime) -> Urgency:
    """How pressing it is at ``now`` (days counted in the zone of ``now``)."""
    if done_at is not None:
        return Urgency.DONE
    if due_at < now:
        return Urgency.LATE
    if due_at.astimezone(now.tzinfo).date() == now.date():
        return Urgency.TODAY
    return Urgency.SOON if due_at - now <= _SOON else Urgency.LATER
