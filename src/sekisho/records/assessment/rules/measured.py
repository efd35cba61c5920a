"""A figure against its threshold, over the parts of a subject."""

from __future__ import annotations

import operator
from collections import Counter
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any, Final

from sekisho.records.assessment.rules.verdict import Outcome, Verdict
from sekisho.standards.level_rules import duration

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sekisho.records.assessment.rules.facts import Facts, Figure, Part
    from sekisho.standards.level_rules import MeasureCondition

__all__ = ["judge_measure"]

_COMPARE: Final[dict[str, Callable[[float, float], bool]]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}
_AGGREGATES: Final[dict[str, Callable[[Sequence[float]], float]]] = {"min": min, "max": max, "mean": fmean, "sum": sum}
_EPSILON: Final = 1e-9
_WHY_ORDER: Final = ("missing", "stale", "error", "coverage", "not_applicable")


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one part says: a usable figure, or why there is none."""

    why: str = ""
    figure: Figure | None = None

    @property
    def value(self) -> float:
        assert self.figure is not None
        assert self.figure.value is not None
        return self.figure.value


def _read(part: Part, condition: MeasureCondition, facts: Facts, now: datetime) -> _Reading:
    """The newest usable figure. A run that failed or read too little does not hide an earlier good one that is still fresh."""
    fresh = duration(condition.fresh)
    why = "missing"
    for figure in facts.figures.get((part.id, condition.key), ()):
        if dict(figure.dimensions) != condition.dimensions:
            continue
        if now - figure.observed_at > fresh:
            return _Reading(why if why != "missing" else "stale", None)
        if figure.status == "not_applicable":
            return _Reading("not_applicable", figure)
        if figure.status != "measured" or figure.value is None:
            why = "error"
        elif figure.coverage is not None and figure.coverage < condition.min_coverage:
            why = "coverage"
        else:
            return _Reading("", figure)
    return _Reading(why, None)


def _worst(values: Sequence[float], condition: MeasureCondition) -> float:
    if condition.op in {">=", ">"}:
        return min(values)
    if condition.op in {"<=", "<"}:
        return max(values)
    return max(values, key=lambda value: abs(value - condition.value))


def _figures(condition: MeasureCondition, readings: Sequence[_Reading]) -> tuple[Verdict, float | None, int]:
    """Verdict, the actual figure to show, and how many parts meet the threshold."""
    good = [r.value for r in readings if not r.why]
    met = sum(_COMPARE[condition.op](value, condition.value) for value in good)
    count = len(readings)
    if condition.aggregate in {"worst", "share"}:
        needed = (condition.share_of_parts if condition.aggregate == "share" else 1.0) * count - _EPSILON
        unknown = count - len(good)
        actual = None
        if good:
            actual = met / count if condition.aggregate == "share" else _worst(good, condition)
        if met >= needed:
            return Verdict.TRUE, actual, met
        return (Verdict.FALSE if met + unknown < needed else Verdict.UNDECIDED), actual, met
    if not good:
        return Verdict.UNDECIDED, None, met
    actual = _AGGREGATES[condition.aggregate](good)
    if len(good) < condition.share_of_parts * count - _EPSILON:
        return Verdict.UNDECIDED, actual, met
    return (Verdict.TRUE if _COMPARE[condition.op](actual, condition.value) else Verdict.FALSE), actual, met


def _why(verdict: Verdict, readings: Sequence[_Reading]) -> str:
    if verdict is not Verdict.UNDECIDED:
        return "met" if verdict is Verdict.TRUE else "not_met"
    counts = Counter(r.why for r in readings if r.why)
    return next((why for why in _WHY_ORDER if counts[why]), "missing")


def judge_measure(condition: MeasureCondition, facts: Facts, now: datetime) -> Outcome:
    """Judge one measure condition. The detail says the figure, the threshold, the parts, the age and why."""
    parts = [part for part in facts.parts if part.kind in condition.parts]
    readings = [_read(part, condition, facts, now) for part in parts]
    detail: dict[str, Any] = {
        "type": "measure",
        "key": condition.key,
        "dimensions": dict(condition.dimensions),
        "op": condition.op,
        "threshold": condition.value,
        "aggregate": condition.aggregate,
        "share_of_parts": condition.share_of_parts,
        "fresh": condition.fresh,
        "part_kinds": list(condition.parts),
        "parts": len(parts),
    }
    if not parts:
        return Outcome(Verdict.UNDECIDED, detail=detail | {"verdict": "undecided", "why": "no_parts"})
    if condition.not_applicable == "skip":
        readings = [r for r in readings if r.why != "not_applicable"]
        if not readings:
            return Outcome(Verdict.UNDECIDED, detail=detail | {"verdict": "undecided", "why": "not_applicable"})
    verdict, actual, met = _figures(condition, readings)
    used = [r.figure for r in readings if not r.why and r.figure is not None]
    evidence = tuple(dict.fromkeys(f.evidence_id for f in used if f.evidence_id is not None))
    oldest = min((f.observed_at for f in used), default=None)
    coverages = [f.coverage for f in used if f.coverage is not None]
    detail |= {
        "verdict": str(verdict),
        "why": _why(verdict, readings),
        "actual": actual,
        "measured": len(used),
        "met": met,
        "observed_at": oldest.isoformat() if oldest else None,
        "coverage": min(coverages) if coverages else None,
        "evidence": [str(e) for e in evidence],
    }
    if verdict is Verdict.UNDECIDED:
        return Outcome(verdict, detail=detail)
    return Outcome(verdict, "measured", oldest + duration(condition.fresh) if oldest else None, evidence, detail)
