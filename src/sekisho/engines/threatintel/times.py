"""The outcome of threat intelligence: how long from received to judged, blocked, searched and reported, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.observation import Measure, MeasureStatus
from sekisho.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Case", "Course", "Step", "course", "measures"]


class Step(StrEnum):
    """Steps of a piece of threat information, in their order. ``blocked`` is shown by a deny log or a configuration read back."""

    RECEIVED = "received"
    JUDGED = "judged"
    BLOCKED = "blocked"
    SEARCHED = "searched"
    REPORTED = "reported"


_AFTER_JUDGING: Final = (Step.BLOCKED, Step.SEARCHED, Step.REPORTED)
_HOUR: Final = 3_600


@dataclass(frozen=True, slots=True)
class Case:
    """One piece of information. ``at``: when each step was done (UTC). ``relevant`` None: not judged yet.

    ``needed``: which steps after judging this one asks for (one without indicators is not blocked); ``acted``: something was
    done that protects; ``shared_in``/``shared_out``: received from, given to another organisation by an agreed channel.
    """

    at: dict[Step, datetime]
    relevant: bool | None = None
    needed: frozenset[Step] = frozenset(_AFTER_JUDGING)
    acted: bool = False
    shared_in: bool = False
    shared_out: bool = False


@dataclass(frozen=True, slots=True)
class Course:
    """How one case went: ``took`` from received to each step that was done, ``open`` what is still to be done and since when,
    ``problems`` what cannot be right.
    """

    took: dict[Step, timedelta]
    open: dict[Step, timedelta] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The course as plain JSON values, in hours."""
        return {
            "hours": {step.value: round(length.total_seconds() / _HOUR, 3) for step, length in self.took.items()},
            "open_hours": {step.value: round(length.total_seconds() / _HOUR, 3) for step, length in self.open.items()},
            "problems": [problem.as_dict() for problem in self.problems],
        }


def _asked_for(case: Case) -> list[Step]:
    if case.relevant is None:
        return [Step.JUDGED]
    return [Step.JUDGED, *(step for step in _AFTER_JUDGING if case.relevant and step in case.needed)]


def course(case: Case, *, now: datetime) -> Course:
    """The durations of ``case`` as of ``now``. What was judged not to concern the organisation asks for no further step."""
    received = case.at.get(Step.RECEIVED)
    if received is None:
        return Course({}, {}, (Problem("threatintel.times_missing", {"step": Step.RECEIVED.value}),))
    took: dict[Step, timedelta] = {}
    still: dict[Step, timedelta] = {}
    problems: list[Problem] = []
    for step in Step:
        done = case.at.get(step)
        if step is Step.RECEIVED:
            continue
        if done is not None and (done < received or done > now):
            earlier, later = (Step.RECEIVED.value, step.value) if done < received else (step.value, "now")
            problems.append(Problem("threatintel.times_out_of_order", {"earlier": earlier, "later": later}))
        elif done is not None:
            took[step] = done - received
        elif step in _asked_for(case):
            still[step] = now - received
    judged = case.at.get(Step.JUDGED)
    if judged is None and case.relevant is not None:
        problems.append(Problem("threatintel.times_missing", {"step": Step.JUDGED.value}))
    return Course(took, still, tuple(problems))


def measures(cases: Sequence[Case], *, now: datetime) -> list[Measure]:
    """Measures ``intel.*`` over ``cases`` (those received in the period that is reported).

    A median counts the cases in which the step was done; its coverage says how many of those that asked for it that are. A
    figure without a single case is not applicable, never zero.
    """
    relevant = [case for case in cases if case.relevant]
    judged = [case for case in cases if case.at.get(Step.JUDGED) is not None]
    acted = [case for case in relevant if case.acted]
    found = [
        Measure(key="intel.received", value=len(cases)),
        _share("intel.judged", len(judged), len(cases)),
        _share("intel.acted", len(acted), len(relevant)),
        Measure(key="intel.shared_in", value=sum(case.shared_in for case in cases)),
        Measure(key="intel.shared_out", value=sum(case.shared_out for case in cases)),
    ]
    courses = [(case, course(case, now=now)) for case in cases]
    for step in (Step.JUDGED, *_AFTER_JUDGING):
        asked = [one for case, one in courses if step in one.took or step in one.open or step in _asked_for(case)]
        found.append(_median(f"intel.hours_to_{step.value}", [one.took[step] for one in asked if step in one.took], len(asked)))
    return found


def _share(key: str, part: int, whole: int) -> Measure:
    if not whole:
        return Measure(key=key, status=MeasureStatus.NOT_APPLICABLE, reason="threatintel.no_case")
    return Measure(key=key, value=part / whole, numerator=part, denominator=whole)


def _median(key: str, lengths: Iterable[timedelta], asked: int) -> Measure:
    hours = [length.total_seconds() / _HOUR for length in lengths]
    if not hours:
        return Measure(key=key, status=MeasureStatus.NOT_APPLICABLE, reason="threatintel.no_case")
    return Measure(key=key, value=round(median(hours), 3), coverage=round(len(hours) / asked, 4))
