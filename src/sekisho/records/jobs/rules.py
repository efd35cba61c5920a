"""Decisions about jobs as pure functions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

__all__ = ["LEASE", "backoff", "next_run"]

LEASE: Final = timedelta(seconds=90)
_FIRST_PAUSE: Final = timedelta(seconds=10)
_LONGEST_PAUSE: Final = timedelta(hours=1)


def backoff(attempts: int) -> timedelta:
    """How long to wait before the next attempt, after ``attempts`` that failed: 10 s, 20 s, 40 s … one hour at most."""
    factor: int = 2 ** (min(attempts, 20) - 1)
    return min(_FIRST_PAUSE * factor, _LONGEST_PAUSE)


def next_run(planned: datetime, *, every_seconds: int, now: datetime) -> datetime:
    """The next time after ``now`` in the rhythm of ``planned``; times that were slept through are not made up for."""
    every = timedelta(seconds=every_seconds)
    if planned > now:
        return planned
    return planned + every * ((now - planned) // every + 1)
