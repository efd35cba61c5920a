"""What a search for indicators says about itself: what it looked at, and what it could not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sekisho.errors import InputError

__all__ = ["LONGEST_DAYS", "PLACES", "Looked", "Report", "Seen", "checked_period"]

PLACES: Final = 30
"""Records that are kept of each indicator in a search; the rest stands in the store."""
LONGEST_DAYS: Final = 3_700


@dataclass(frozen=True, slots=True)
class Looked:
    """One source in a search. ``rows``: records looked at; ``without_columns``: those in which nothing could hold an indicator;
    ``since``/``until``: from the first to the last record of the period; ``gaps``: stretches without any; ``missing``: a code
    that says why nothing could be searched.
    """

    id: str
    name: str
    rows: int = 0
    without_columns: int = 0
    rejected: int = 0
    since: str | None = None
    until: str | None = None
    covered_hours: float = 0.0
    hours: float = 0.0
    gaps: tuple[tuple[str, str], ...] = ()
    missing: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "id": self.id, "name": self.name, "rows": self.rows, "without_columns": self.without_columns,
            "rejected": self.rejected, "since": self.since, "until": self.until, "covered_hours": self.covered_hours,
            "hours": self.hours, "gaps": [list(gap) for gap in self.gaps], "missing": self.missing,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """All sources of a search, and the kinds of indicators it asked for: kind → how many."""

    sources: tuple[Looked, ...]
    kinds: dict[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Records that were looked at."""
        return sum(one.rows for one in self.sources)

    @property
    def coverage(self) -> float | None:
        """The share of hours of all sources that had records; None without a source."""
        hours = sum(one.hours for one in self.sources)
        return sum(one.covered_hours for one in self.sources) / hours if hours else None

    @property
    def conclusive(self) -> bool:
        """Whether any record was looked at that could hold an indicator."""
        return self.rows > sum(one.without_columns for one in self.sources)

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "sources": [one.as_dict() for one in self.sources], "kinds": self.kinds, "rows": self.rows, "coverage": self.coverage,
            "conclusive": self.conclusive,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """What a search saw of the indicator at ``position`` of those it was given."""

    position: int
    count: int
    denied: int
    outside_period: int
    first_at: datetime | None
    last_at: datetime | None
    first_denied_at: datetime | None
    last_passed_at: datetime | None
    hosts: dict[str, int]
    places: Sequence[dict[str, Any]]
    source_id: str


def checked_period(since: datetime, until: datetime, *, now: datetime) -> tuple[datetime, datetime]:
    """A period to search. Raises InputError ``intelligence.period_reversed``, ``intelligence.period_long``."""
    end = min(until, now)
    if since >= end:
        raise InputError("intelligence.period_reversed", name="until")
    if (end - since).days > LONGEST_DAYS:
        raise InputError("intelligence.period_long", name="since", days=LONGEST_DAYS)
    return since, end
