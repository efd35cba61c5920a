"""When reviews fall due, which period they cover, and whether they were on time. Days are those of the reader's zone."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sekisho.records.duties.rules import add_business_days, is_business_day

__all__ = ["EVERY", "Silence", "due_after", "grace", "next_end", "silence"]

EVERY: Final = ("daily", "weekly", "monthly", "quarterly", "yearly")
_MONTHS: Final = {"monthly": 1, "quarterly": 3, "yearly": 12}
_GRACE: Final = {"daily": 1, "weekly": 2, "monthly": 5, "quarterly": 10, "yearly": 20}
"""Business days after the end of a period in which its review is to be finished."""


def _months_later(moment: datetime, months: int) -> datetime:
    count = moment.month - 1 + months
    year, month = moment.year + count // 12, count % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))


def next_end(start: datetime, every: str) -> datetime:
    """The end of the period that begins at ``start`` (aware; months are counted in its own zone)."""
    if every in _MONTHS:
        return _months_later(start, _MONTHS[every])
    return start + timedelta(days=7 if every == "weekly" else 1)


def grace(every: str) -> int:
    """Business days that a review has after the end of its period."""
    return _GRACE[every]


def due_after(end: datetime, every: str) -> datetime:
    """Until when the review of a period that ends at ``end`` is to be finished: the end of the last business day of its grace."""
    day = add_business_days(end.date(), _GRACE[every])
    assert is_business_day(day)
    return datetime(day.year, day.month, day.day, 23, 59, tzinfo=end.tzinfo)


@dataclass(frozen=True, slots=True)
class Silence:
    """A source from which nothing came for longer than its rhythm: since when, and how many hours."""

    since: datetime
    hours: int


def silence(*, last: datetime | None, since: datetime, rhythm_hours: int, now: datetime) -> Silence | None:
    """Whether a source is silent. ``last``: its newest event; ``since``: when it was registered, for one that never sent any."""
    beginning = max(last, since) if last else since
    quiet = now - beginning
    if quiet <= timedelta(hours=rhythm_hours):
        return None
    return Silence(beginning, int(quiet.total_seconds() // 3600))
