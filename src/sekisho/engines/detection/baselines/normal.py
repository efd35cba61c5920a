"""What is usual at this hour of such a day, from a history; and the hours in which something always happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from sekisho.engines.detection.baselines.statistics import Usual, usual

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sekisho.engines.detection.baselines.calendar import OfficeCalendar

__all__ = ["MINIMUM_BROAD", "MINIMUM_SAME", "Comparable", "Compared", "comparable", "expected", "normal"]

MINIMUM_SAME: Final = 4
"""So many days of the very same kind (four Mondays) are asked for, …"""

MINIMUM_BROAD: Final = 8
"""… else so many worked (or free) days of any kind; with fewer there is no normal state: 未測定."""

Compared = Literal["same", "worked", "free"]


@dataclass(frozen=True, slots=True)
class Comparable:
    """Which days of a history (``rows`` of its arrays) a day may be compared with, and by what: the same kind, or all worked or
    all free days.
    """

    rows: NDArray[np.int64]
    by: Compared
    kind: int


def comparable(days: NDArray[np.int32], day: int, calendar: OfficeCalendar) -> Comparable | None:
    """The days of a history that are like ``day``; None when there are too few."""
    kind = calendar.kind(day)
    kinds = calendar.kinds(days) if days.size else np.zeros(0, dtype=np.int8)
    same = np.flatnonzero(kinds == kind)
    if same.size >= MINIMUM_SAME:
        return Comparable(same, "same", kind)
    worked = calendar.is_working_kind(kind)
    like = np.flatnonzero(np.isin(kinds, list(calendar.working_days)) == worked)
    if like.size >= MINIMUM_BROAD:
        return Comparable(like, "worked" if worked else "free", kind)
    return None


def normal(figures: NDArray[np.float64], like: Comparable, hour: int | None) -> Usual | None:
    """What is usual at ``hour`` (None: over the whole day) on the comparable days of ``figures[day, hour]``."""
    chosen = figures[like.rows]
    return usual(np.nansum(chosen, axis=1) if hour is None else chosen[:, hour])


def expected(counts: NDArray[np.float64], like: Comparable, share: float) -> NDArray[np.bool_]:
    """For each hour whether there were events in at least ``share`` (0–1) of the comparable days."""
    return np.asarray((counts[like.rows] > 0).mean(axis=0) >= share, dtype=np.bool_)
