"""What a reading of log files gave, as it is kept and shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

__all__ = ["MOST_PLACES", "Place", "Report", "covered", "merge_gaps"]

MOST_PLACES: Final = 200


@dataclass(frozen=True, slots=True)
class Place:
    """A record that could not be read: its line or number, ``code`` says what is wrong, ``excerpt`` how it begins."""

    file: str
    record: int | None
    code: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Report:
    """Counts of a reading. ``doubled`` were there already; ``gaps`` are stretches without any event, longer than the rhythm."""

    read: int
    doubled: int
    rejected: int
    first_at: datetime | None
    last_at: datetime | None
    places: tuple[Place, ...] = ()
    gaps: tuple[tuple[datetime, datetime], ...] = ()
    kinds: tuple[str, ...] = ()
    notices: tuple[dict[str, Any], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "read": self.read,
            "doubled": self.doubled,
            "rejected": self.rejected,
            "first_at": self.first_at.isoformat() if self.first_at else None,
            "last_at": self.last_at.isoformat() if self.last_at else None,
            "places": [
                {"file": p.file, "record": p.record, "code": p.code, "excerpt": p.excerpt} for p in self.places[:MOST_PLACES]
            ],
            "gaps": [[start.isoformat(), end.isoformat()] for start, end in self.gaps],
            "kinds": list(self.kinds),
            "notices": list(self.notices),
        }


def merge_gaps(
    moments: Sequence[datetime], *, since: datetime, until: datetime, rhythm: timedelta, width: timedelta = timedelta(0)
) -> list[tuple[datetime, datetime]]:
    """Stretches of [since, until) longer than ``rhythm`` without an event. ``moments``: sorted times at which there were some.

    With ``width`` each moment stands for [moment, moment + width) in which there was at least one.
    """
    gaps, at = [], since
    for moment in moments:
        if moment - at > rhythm:
            gaps.append((at, moment))
        at = max(at, moment + width)
    if until - at > rhythm:
        gaps.append((at, until))
    return gaps


def covered(gaps: Sequence[tuple[datetime, datetime]], *, since: datetime, until: datetime) -> float:
    """The share (0–1) of the period outside the gaps."""
    whole = (until - since).total_seconds()
    if whole <= 0:
        return 0.0
    missing = sum(max(0.0, (min(end, until) - max(start, since)).total_seconds()) for start, end in gaps)
    return max(0.0, min(1.0, 1 - missing / whole))
