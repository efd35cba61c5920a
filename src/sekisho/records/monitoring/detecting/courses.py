"""The courses that rules about trends watch: one point a day, the limit, and when it is expected to be met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sekisho.engines.detection.baselines import SEPARATOR, Forecast, time_to_limit
from sekisho.standards.watch_rules import Trend, WatchRule

if TYPE_CHECKING:
    from sekisho.engines.detection.baselines import Baseline

__all__ = ["courses"]

_EPOCH: Final = date(1970, 1, 1)
_MOST: Final = 200
_FEW: Final = 2


def courses(
    baseline: Baseline, rules: Sequence[WatchRule], parameters: Mapping[str, Mapping[str, float]], *, until: datetime
) -> list[dict[str, Any]]:
    """``[{rule, title, entity, unit, points: [[time, value]], limit, reached_at, earliest_at, latest_at}]``, plain JSON values.

    Entities with fewer than two days are left out; ``reached_at`` is None where no time can be told.
    """
    before = (until.date() - _EPOCH).days + 1
    made = []
    for rule in rules:
        if not isinstance(rule.evaluate, Trend):
            continue
        for entity in baseline.entities(rule.id):
            line = _course(baseline, rule, rule.evaluate, entity, limits=parameters[rule.id], before=before)
            if line is not None:
                made.append(line)
    made.sort(key=lambda line: (line["reached_at"] is None, line["reached_at"] or ""))
    return made[:_MOST]


def _course(
    baseline: Baseline, rule: WatchRule, trend: Trend, entity: str, *, limits: Mapping[str, float], before: int
) -> dict[str, Any] | None:
    history = baseline.history(rule.id, entity, before=before)
    up = trend.direction == "up"
    best = np.fmax if up else np.fmin
    if not history.days.size:
        return None
    values = best.reduce(history.highs if up else history.lows, axis=1)
    known = np.isfinite(values)
    days, points = history.days[known], values[known]
    if days.size < _FEW:
        return None
    found = time_to_limit(days, points, limit=limits["limit"], direction=trend.direction, minimum=int(limits["points"]))
    last = int(days[-1])
    forecast = found if isinstance(found, Forecast) else None
    return {
        "rule": rule.id,
        "title": {"ja": rule.title.get("ja"), "en": rule.title.get("en")},
        "entity": " / ".join(entity.split(SEPARATOR)),
        "unit": rule.parameters["limit"].unit,
        "points": [[_noon(int(day)).isoformat(), float(value)] for day, value in zip(days, points, strict=True)],
        "limit": float(limits["limit"]),
        "is_reached": forecast is not None and forecast.likely == 0,
        "reached_at": _after(last, forecast.likely) if forecast else None,
        "earliest_at": _after(last, forecast.earliest) if forecast else None,
        "latest_at": _after(last, forecast.latest) if forecast else None,
        "horizon_days": float(limits["horizon_days"]),
    }


def _noon(day: int) -> datetime:
    return datetime.combine(_EPOCH + timedelta(days=day), time(12), UTC)


def _after(day: int, days: float) -> str | None:
    try:
        return (_noon(day) + timedelta(days=days)).isoformat()
    except OverflowError:
        return None
