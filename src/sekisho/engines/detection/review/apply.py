"""One rule over one frame: its conditions, its groups, its evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sekisho.engines.detection.review import context as contexts
from sekisho.engines.detection.review import integrity, windows
from sekisho.engines.detection.review.select import NO_TIME
from sekisho.engines.detection.review.windows import DAY, MINUTE, Hit, Span
from sekisho.standards.watch_rules import (
    Context,
    Count,
    Deviation,
    Distinct,
    FirstSeen,
    Integrity,
    Match,
    Returned,
    Sequence,
    Silence,
    Sum,
    Trend,
    Unanswered,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sekisho.engines.detection.baselines import OfficeCalendar
    from sekisho.engines.detection.review.frame import Frame, Grouped
    from sekisho.standards.watch_rules import Evaluation, WatchRule, When

__all__ = ["HISTORIC", "chosen", "evaluated", "joined_within", "reach", "steps_of"]

HISTORIC: Final = (Deviation, Silence, FirstSeen, Returned, Trend)
"""Evaluations that compare with the learned history."""

_EVER: Final = Span(NO_TIME, np.iinfo(np.int64).max)
_WEEK: Final = 7 * DAY


def steps_of(evaluation: Evaluation) -> tuple[tuple[int, str], ...]:
    """(step, class) of each class of an evaluation: 0 what it is about, 1 what follows, 1, 2 … what stands around."""
    first = [(0, name) for name in evaluation.of]
    if isinstance(evaluation, Context):
        return (*first, *((number, name) for number, name in enumerate(evaluation.around, start=1)))
    return (*first, *((1, name) for name in getattr(evaluation, "then", ())))


def reach(rule: WatchRule, parameters: Mapping[str, float]) -> int:
    """How many microseconds back the windows of a rule reach from the first event that is not settled."""
    minutes = int(parameters.get("minutes", 0) * MINUTE)
    match rule.evaluate:
        case Unanswered():
            return 2 * minutes
        case Context():
            return int((2 * parameters["before_minutes"] + 2 * parameters["after_minutes"]) * MINUTE)
        case Integrity(check="boot_gap"):
            return 20 * MINUTE
        case Count() | Distinct() | Sum() | Sequence():
            return minutes
        case _:
            return 0


def joined_within(rule: WatchRule, parameters: Mapping[str, float]) -> int:
    """Within how many microseconds a later hit of the same group goes on with the one before."""
    return DAY if isinstance(rule.evaluate, Match) else int(parameters.get("minutes", 0) * MINUTE)


def chosen(rule: WatchRule, frame: Frame, parameters: Mapping[str, float], calendar: OfficeCalendar | None) -> Frame:
    """The events that meet the rule's conditions; those without a time only where time plays no part."""
    evaluation = rule.evaluate
    mask = np.ones(len(frame), dtype=bool)
    if evaluation.when:
        mask &= (frame.step != 0) | frame.meets(_filled(evaluation.when, parameters))
    if then := getattr(evaluation, "then_when", {}):
        mask &= (frame.step != 1) | frame.meets(_filled(then, parameters))
    if not isinstance(evaluation, Match) or evaluation.time:
        mask &= frame.time != NO_TIME
    if evaluation.time and calendar is not None:
        mask &= (frame.step != 0) | _at(evaluation.time, frame, calendar)
    return frame if mask.all() else frame.take(np.flatnonzero(mask))


def _filled(when: When, parameters: Mapping[str, float]) -> dict[str, Any]:
    def one(value: Any) -> Any:
        return parameters[value[1:]] if isinstance(value, str) and value[:1] == "$" and value[1:] in parameters else value

    return {key: tuple(one(v) for v in values) if isinstance(values, tuple) else one(values) for key, values in when.items()}


def _at(time: str, frame: Frame, calendar: OfficeCalendar) -> Any:
    moments = np.where(frame.time == NO_TIME, 0, frame.time)
    if time == "non_working_day":
        return ~calendar.working_days_among(calendar.day_and_hour(moments)[0])
    working = calendar.working_time(moments)
    return working if time == "working_hours" else ~working


def evaluated(
    rule: WatchRule, of: Grouped, new: Span, parameters: Mapping[str, float], *, now: int | None = None
) -> Iterable[Hit]:
    """The hits of a rule that needs no history among the events of one frame."""
    minutes = int(parameters.get("minutes", 0) * MINUTE)
    evaluation = rule.evaluate
    if isinstance(evaluation, Integrity):
        return _integrity(evaluation.check, of, new, minutes, now)
    if isinstance(evaluation, Context):
        before, after = (int(parameters[k] * MINUTE) for k in ("before_minutes", "after_minutes"))
        return contexts.context(of, _earlier(new, after), before=before, after=after, around=evaluation.around)
    if isinstance(evaluation, Unanswered):
        return windows.unanswered(of, _earlier(new, minutes), window=minutes)
    return _windows(evaluation, of, new, minutes, parameters)


def _windows(evaluation: Evaluation, of: Grouped, new: Span, window: int, parameters: Mapping[str, float]) -> Iterable[Hit]:
    number = int(parameters.get("count", 1))
    found: Iterable[Hit] = ()
    match evaluation:
        case Match():
            found = windows.match(of, new)
        case Count():
            found = windows.count(of, new, window=window, threshold=number)
        case Distinct(value=value):
            found = windows.distinct(of, value, new, window=window, threshold=number)
        case Sum(value=value):
            found = windows.sum_of(of, of.frame.values(value), new, window=window, limit=parameters["limit"])
        case Sequence():
            found = windows.sequence(of, new, window=window, threshold=number)
    return found


def _integrity(check: str, of: Grouped, new: Span, minutes: int, now: int | None) -> Iterable[Hit]:
    found: Iterable[Hit] = ()
    if check == "backwards":
        found = integrity.backwards(of, new, by=minutes)
    elif check == "boot_gap":
        found = integrity.boot_gap(of, new, gap=minutes)
    elif check == "future" and now is not None:
        found = integrity.future(of, new, now=now, by=minutes)
    return found


def _earlier(span: Span, by: int) -> Span:
    """What is settled once everything up to the end of ``span`` is known and ``by`` has passed."""
    start = span.start if span.start <= _EVER.start + by else span.start - by
    return Span(start, span.end - by)
