"""Evaluations against the learned history: deviation, silence, first seen, come back, trend to a limit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sekisho.engines.detection.baselines import (
    KINDS,
    SEPARATOR,
    Baseline,
    Forecast,
    Usual,
    comparable,
    expected,
    normal,
    score,
    time_to_limit,
)  # fmt: skip
from sekisho.engines.detection.review.windows import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from sekisho.engines.detection.baselines import Comparable, OfficeCalendar, Tally
    from sekisho.standards.watch_rules import Deviation, Silence, Trend

__all__ = ["Past", "deviation", "first_seen", "returned", "silence", "too_short", "trend"]

_EPOCH: Final = date(1970, 1, 1)
_DAY_JA: Final = ("月曜", "火曜", "水曜", "木曜", "金曜", "土曜", "日曜", "祝休日")
_BROAD: Final = {"worked": ("平日", "working days"), "free": ("休日", "days off")}


@dataclass(frozen=True)
class Past:
    """What a rule is compared by: its history, the figures of the period, the calendar, and the whole hours of the period.

    ``start``, ``end``: local hours since 1970, of which all that lie between are covered by the review. ``names``: file and hash
    of each file that the figures of the period point to.
    """

    series: str
    baseline: Baseline
    tally: Tally
    calendar: OfficeCalendar
    start: int
    end: int
    parameters: Mapping[str, float]
    names: Sequence[str]

    @property
    def first_day(self) -> int:
        """The first local day of the period; history is what lies before it."""
        return self.start // 24

    def cells(self) -> dict[str, NDArray[np.void]]:
        """The hours of the period by entity."""
        number = self.tally.series.get(self.series)
        if number is None:
            return {}
        cells = self.tally.cells()
        mine = cells[cells["series"] == number]
        codes, starts = np.unique(mine["entity"], return_index=True)
        parts = np.split(mine, starts[1:])
        return {self.tally.names[int(c)]: part for c, part in zip(codes, parts, strict=True)}

    def records(self, cell: np.void) -> list[tuple[str, int, int]]:
        """The first and the last record of an hour."""
        found = [(self.names[cell[f"{k}_file"]], int(cell[f"{k}_record"]), int(cell[k])) for k in ("first", "last")]
        return found[:1] if found[0] == found[1] else found


def too_short(past: Past, wanted: float) -> int | None:
    """How many days of history there are when that is fewer than ``wanted``; None when it is enough."""
    have = int(past.baseline.days(past.series, before=past.first_day).size)
    return have if have < wanted else None


def deviation(rule: Deviation, past: Past) -> Iterator[Hit]:
    """Hours (days) whose figure is far from what is usual; of each entity and day the one that is farthest."""
    cells = past.cells()
    names = set(cells) | (set(past.baseline.entities(past.series)) if rule.direction == "down" else set())
    days = range(past.start // 24, (past.end - 1) // 24 + 1)
    for entity in sorted(names):
        history = past.baseline.history(past.series, entity, before=past.first_day)
        mine = cells.get(entity)
        for day in days:
            today = None if mine is None else mine[mine["day"] == day]
            if rule.direction == "up" and (today is None or not today.size):
                continue
            like = comparable(history.days, day, past.calendar)
            if like is None:
                continue
            figures = history.sums if rule.value else history.counts
            now = _by_hour(today, value=bool(rule.value))
            worst = _worst(rule, past, figures=figures, like=like, now=now, day=day)
            if worst:
                yield _deviating(rule, past, entity, like=like, day=day, worst=worst, today=today)


def _by_hour(today: NDArray[np.void] | None, *, value: bool) -> NDArray[np.float64]:
    figures = np.zeros(24)
    if today is not None:
        figures[today["hour"]] = today["sum"] if value else today["count"]
    return figures


def _worst(
    rule: Deviation, past: Past, *, figures: NDArray[np.float64], like: Comparable, now: NDArray[np.float64], day: int
) -> tuple[float, int | None, float, Usual] | None:  # fmt: skip
    """(score, hour or None, figure, what is usual) of the hour that is farthest out, if any is far enough."""
    hours: list[int | None]
    if rule.per == "day":
        whole = past.start <= day * 24 and (day + 1) * 24 <= past.end
        hours = [None] if whole or rule.direction == "up" else []
    else:
        hours = [h for h in range(24) if past.start <= day * 24 + h < past.end]
    found: list[tuple[float, int | None, float, Usual]] = []
    for hour in hours:
        figure = float(now.sum() if hour is None else now[hour])
        if rule.direction == "up" and figure < past.parameters["at_least"]:
            continue
        seen = normal(figures, like, hour)
        if seen is None or (rule.direction == "down" and seen.median < past.parameters["at_least"]):
            continue
        by = score(figure, seen) * (1 if rule.direction == "up" else -1)
        if by >= past.parameters["score"]:
            found.append((by, hour, figure, seen))
    return max(found, key=lambda f: f[0]) if found else None


def _deviating(
    rule: Deviation, past: Past, entity: str, *, like: Comparable, day: int, worst: tuple[float, int | None, float, Usual],
    today: NDArray[np.void] | None,
) -> Hit:  # fmt: skip
    by, hour, figure, seen = worst
    cells = [] if today is None else [c for c in today if hour is None or c["hour"] == hour]
    shown = {
        **_day_words(like), "date": _iso(day), "hour": hour, "low": _whole(seen.low), "high": _whole(seen.high),
        "value": _whole(figure), "samples": seen.samples, "score": round(by, 1), "median": _whole(seen.median),
    }  # fmt: skip
    return Hit(
        _entity(entity), sum(int(c["count"]) for c in cells), min((int(c["first"]) for c in cells), default=None),
        max((int(c["last"]) for c in cells), default=None), [r for c in cells for r in past.records(c)],
        f"watch.found_{'sum' if rule.value else 'count'}_deviation_{rule.per}", shown, joins=False,
    )  # fmt: skip


def _day_words(like: Comparable) -> dict[str, str]:
    if like.by == "same":
        return {"day_ja": _DAY_JA[like.kind], "day_en": KINDS[like.kind].capitalize() + "s"}
    ja, en = _BROAD[like.by]
    return {"day_ja": ja, "day_en": en}


def _whole(value: float) -> int | float:
    return int(value) if float(value).is_integer() and abs(value) < 2**53 else round(float(value), 1)


def _iso(day: int) -> str:
    return (_EPOCH + timedelta(days=int(day))).isoformat()


def silence(rule: Silence, past: Past) -> Iterator[Hit]:
    """Entities of the history without an event in hours (days) in which they always had one."""
    cells = past.cells()
    share, missed = past.parameters["share"] / 100, int(past.parameters["missed"])
    for entity in past.baseline.entities(past.series):
        history = past.baseline.history(past.series, entity, before=past.first_day)
        mine = cells.get(entity)
        there = set() if mine is None else {int(c["day"]) * 24 + int(c["hour"]) for c in mine}
        due = list(_due(rule, past, history.counts, history.days, share))
        for run in _runs(due, there, per_day=rule.per == "day"):
            if len(run) < missed:
                continue
            start, like = run[0]
            shown: dict[str, Any] = {**_day_words(like), "samples": int(like.rows.size), "missed": len(run)}
            shown |= {
                "date": _iso(start // 24),
                "hour": start % 24,
                "until": _iso(run[-1][0] // 24),
                "until_hour": run[-1][0] % 24,
            }
            yield Hit(_entity(entity), 0, None, None, [], f"watch.found_silence_{rule.per}", shown, joins=False)


def _entity(entity: str) -> tuple[str, ...]:
    return tuple(entity.split(SEPARATOR)) if entity else ()


def _due(
    rule: Silence, past: Past, counts: NDArray[np.float64], days: NDArray[np.int32], share: float
) -> Iterator[tuple[int, Comparable]]:
    """(local hour since 1970 – of a day its first –, what it was compared with) for each hour (day) that always has events."""
    for day in range(past.start // 24, (past.end - 1) // 24 + 1):
        like = comparable(days, day, past.calendar)
        if like is None:
            continue
        if rule.per == "day":
            whole = past.start <= day * 24 and (day + 1) * 24 <= past.end
            if whole and (counts[like.rows].sum(axis=1) > 0).mean() >= share:
                yield day * 24, like
            continue
        for hour in np.flatnonzero(expected(counts, like, share)):
            if past.start <= day * 24 + int(hour) < past.end:
                yield day * 24 + int(hour), like


def _runs(due: list[tuple[int, Comparable]], there: set[int], *, per_day: bool) -> Iterator[list[tuple[int, Comparable]]]:
    run: list[tuple[int, Comparable]] = []
    days = {h // 24 for h in there}
    for hour, like in due:
        if (hour // 24 in days) if per_day else (hour in there):
            if run:
                yield run
            run = []
        else:
            run.append((hour, like))
    if run:
        yield run


def first_seen(past: Past) -> Iterator[Hit]:
    """Entities of the period that the history does not know (or knows only from the period itself)."""
    for entity, cells in past.cells().items():
        known = past.baseline.seen(past.series, entity)
        if known is None or known[0] >= past.first_day:
            yield _appeared(past, entity, cells, "watch.found_first_seen", {
                "days": int(past.baseline.days(past.series, before=past.first_day).size)
            })  # fmt: skip


def returned(past: Past) -> Iterator[Hit]:
    """Entities of the period that were last seen ``absent_days`` or more before."""
    for entity, cells in past.cells().items():
        last = past.baseline.last_before(past.series, entity, past.first_day)
        absent = int(cells["day"].min()) - last if last is not None else 0
        if last is not None and absent >= past.parameters["absent_days"]:
            shown = {"days": absent, "last": _iso(last)}
            yield _appeared(past, entity, cells, "watch.found_returned", shown)


def _appeared(past: Past, entity: str, cells: NDArray[np.void], code: str, shown: dict[str, Any]) -> Hit:
    first = cells[np.argmin(cells["first"])]
    return Hit(
        _entity(entity), int(cells["count"].sum()), int(cells["first"].min()), int(cells["last"].max()), past.records(first),
        code, shown, joins=False,
    )  # fmt: skip


def trend(rule: Trend, past: Past) -> tuple[list[Hit], int]:
    """What reaches its limit within the horizon, and how many entities had too few points to say."""
    up = rule.direction == "up"
    best = np.fmax if up else np.fmin
    hits, few = [], 0
    for entity, cells in past.cells().items():
        history = past.baseline.history(past.series, entity, before=past.first_day)
        old = best.reduce(history.highs if up else history.lows, axis=1)
        days = np.unique(cells["day"])
        new = [float(best.reduce(cells["max" if up else "min"][cells["day"] == d])) for d in days]
        found = time_to_limit(
            np.concatenate([history.days, days]), np.concatenate([old, new]),
            limit=past.parameters["limit"], direction=rule.direction, minimum=int(past.parameters["points"]),
        )  # fmt: skip
        if isinstance(found, Forecast):
            if found.earliest <= past.parameters["horizon_days"]:
                hits.append(_approaching(past, entity, cells, found))
        elif found.why == "few_points":
            few += 1
    return hits, few


def _approaching(past: Past, entity: str, cells: NDArray[np.void], found: Forecast) -> Hit:
    shown = {
        "limit": _whole(past.parameters["limit"]), "level": _whole(found.level), "per_day": round(found.per_day, 3),
        "earliest": int(found.earliest), "likely": round(found.likely), "latest": round(found.latest), "points": found.points,
        "low": round(found.per_day_low, 3), "high": round(found.per_day_high, 3),
    }  # fmt: skip
    code = "watch.found_limit_reached" if found.likely == 0 else "watch.found_trend"
    last = cells[np.argmax(cells["last"])]
    return Hit(
        _entity(entity), found.points, int(cells["first"].min()), int(cells["last"].max()), past.records(last), code, shown,
        joins=False,
    )  # fmt: skip
