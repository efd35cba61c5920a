"""From received to reported: when each step was, and how long it took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

__all__ = ["STEPS", "WINDOW", "NoticeFacts", "Times", "hours"]

STEPS: Final = ("judged", "blocked", "searched", "reported")
WINDOW: Final = timedelta(days=365)
"""Notices that were received within this time are counted."""


@dataclass(frozen=True, slots=True)
class Times:
    """The times of one notice; None for what has not happened (or is not to happen)."""

    received: datetime
    judged: datetime | None = None
    blocked: datetime | None = None
    searched: datetime | None = None
    reported: datetime | None = None

    def at(self, step: str) -> datetime | None:
        """When a step was."""
        found: datetime | None = getattr(self, step)
        return found

    def took(self, step: str) -> float | None:
        """Hours from received to the step; never negative."""
        return hours(self.received, self.at(step))


def hours(start: datetime, end: datetime | None) -> float | None:
    """Hours between two times, at least 0; None when the second has not come."""
    return None if end is None else max(0.0, (end - start).total_seconds() / 3600)


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """What is known of one notice. ``blockable``: how many of its ``indicators`` a device could block."""

    received: datetime
    verdict: str
    horizon: str
    judged: datetime | None = None
    blocked: datetime | None = None
    searched: datetime | None = None
    reported: datetime | None = None
    announced: datetime | None = None
    indicators: int = 0
    blockable: int = 0
    shared_in: bool = False
    shared_out: bool = False
