"""Trend and time to a limit, with what is not known about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from sekisho.engines.detection.baselines.statistics import theil_sen

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Forecast", "Refusal", "time_to_limit"]

Why = Literal["few_points", "no_clear_direction", "moving_away"]


@dataclass(frozen=True, slots=True)
class Forecast:
    """When a limit is reached, in days from the last point; all 0: it is reached now.

    ``earliest`` and ``latest`` follow from the 95 % interval of the slope (``per_day_low``–``per_day_high``) and the spread
    around the line, ``likely`` from the middle of the slopes. ``level``: the line at the last point.
    """

    points: int
    level: float
    per_day: float
    per_day_low: float
    per_day_high: float
    earliest: float
    likely: float
    latest: float


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no forecast. ``points``: how many there were."""

    why: Why
    points: int


def time_to_limit(
    days: ArrayLike, values: ArrayLike, *, limit: float, direction: Literal["up", "down"] = "up", minimum: int = 14
) -> Forecast | Refusal:
    """When values that move ``direction`` reach ``limit``; ``days`` in days, one value a day.

    Refused: fewer than ``minimum`` points on different days, a slope whose interval holds zero, a movement the other way.
    """
    xs, ys = np.asarray(days, dtype=np.float64).ravel(), np.asarray(values, dtype=np.float64).ravel()
    different = int(np.unique(xs[np.isfinite(xs) & np.isfinite(ys)]).size)
    sign = 1.0 if direction == "up" else -1.0
    line = theil_sen(xs, sign * ys)
    if different < max(minimum, 3) or line is None:
        return Refusal("few_points", different)
    gap = sign * limit - line.level
    shown = (line.slope, line.low, line.high) if sign > 0 else (-line.slope, -line.high, -line.low)
    if gap <= 0:
        return Forecast(line.points, sign * line.level, *shown, 0.0, 0.0, 0.0)
    if line.high < 0:
        return Refusal("moving_away", line.points)
    if line.low <= 0:
        return Refusal("no_clear_direction", line.points)
    return Forecast(
        line.points,
        sign * line.level,
        *shown,
        earliest=max(gap - line.spread, 0.0) / line.high,
        likely=gap / line.slope,
        latest=(gap + line.spread) / line.low,
    )
