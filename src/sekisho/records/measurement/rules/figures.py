"""Figures from facts. Pure: the facts are handed in, nothing is looked up, and every figure names what it was made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

from sekisho.standards.indicators import ComputedIndicator, IndicatorSource

__all__ = [
    "ActionFact",
    "DutyFact",
    "EvidenceFact",
    "Facts",
    "Figure",
    "FindingFact",
    "JudgementFact",
    "MeasureFact",
    "compute",
]


@dataclass(frozen=True, slots=True)
class JudgementFact:
    """One applicable pair. ``level`` is the counted level (None: 未測定 or lapsed)."""

    id: str
    catalog: str
    level: int | None
    basis: str
    stale: bool = False
    target: int | None = None
    evidence_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FindingFact:
    """One finding; ``closed_at`` None while open. ``consideration``: one of the eight of control 8.9 (baseline only)."""

    id: str
    engine: str
    severity: str
    consideration: str
    first_seen_at: datetime
    closed_at: datetime | None = None
    evidence_id: str = ""


@dataclass(frozen=True, slots=True)
class MeasureFact:
    """The latest value of a measure for one subject. ``value`` None: not measured, with the ``status`` that says why."""

    subject_id: str
    key: str
    dimensions: Mapping[str, str]
    status: str
    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    evidence_id: str = ""


@dataclass(frozen=True, slots=True)
class DutyFact:
    """One duty."""

    id: str
    due_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class ActionFact:
    """One corrective action; ``open`` while planned or being done."""

    id: str
    overdue: bool


@dataclass(frozen=True, slots=True)
class EvidenceFact:
    """One evidence out of date."""

    id: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the figures of one organisation (and those below it, to the next boundary) are made of."""

    now: datetime
    period_start: datetime
    period_end: datetime
    judgements: Sequence[JudgementFact] = ()
    findings: Sequence[FindingFact] = ()
    measures: Sequence[MeasureFact] = ()
    subjects: Mapping[str, str] = field(default_factory=dict)  # id -> kind
    duties: Sequence[DutyFact] = ()
    actions: Sequence[ActionFact] = ()
    stale_evidence: Sequence[EvidenceFact] = ()
    engines_seen: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with what it was made of. ``value`` None is 未測定: no source, or nothing to count over.

    ``inputs`` lists ids by kind of object (``judgements``, ``findings``, ``measures`` …): what a trace follows.
    """

    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    measured: int = 0
    documented: int = 0
    declared: int = 0
    unmeasured: int = 0
    inputs: Mapping[str, Any] = field(default_factory=dict)


def compute(indicator: ComputedIndicator, facts: Facts) -> Figure:
    """The figure of one indicator."""
    return _BY_KIND[indicator.source.kind](indicator.source, facts)


def _ratio(numerator: float, denominator: float) -> float | None:
    return numerator / denominator if denominator else None


def _judgements(source: IndicatorSource, facts: Facts) -> Figure:
    pairs = [j for j in facts.judgements if not source.catalog or j.catalog == source.catalog]
    if source.count == "below_target":
        pairs = [j for j in pairs if j.target is not None]  # without a target nobody can fall short of it
    judged = [j for j in pairs if j.level is not None]
    choices: dict[str, Callable[[JudgementFact], bool]] = {
        "judged": lambda j: j.level is not None,
        "ume": lambda j: (j.level or 0) >= 1,
        "take": lambda j: (j.level or 0) >= 2,  # noqa: PLR2004 - 竹
        "measured": lambda j: j.level is not None and j.basis == "measured",
        "below_target": lambda j: j.level is None or (j.target is not None and j.level < j.target),
        "stale": lambda j: j.stale,
    }
    chosen = choices[source.count]
    hits = [j for j in pairs if chosen(j)]
    over = {"applicable": pairs, "judged": judged, "": None}[source.of]
    return Figure(
        value=(float(len(hits)) if pairs else None) if over is None else _ratio(len(hits), len(over)),
        numerator=None if over is None else len(hits),
        denominator=None if over is None else len(over),
        measured=sum(j.basis == "measured" for j in judged),
        documented=sum(j.basis == "documented" for j in judged),
        declared=sum(j.basis == "declared" for j in judged),
        unmeasured=len(pairs) - len(judged),
        inputs={
            "judgements": [j.id for j in hits],
            "evidence": _unique(e for j in hits for e in j.evidence_ids),
        },
    )


def _findings(source: IndicatorSource, facts: Facts) -> Figure:
    if source.engines and not facts.engines_seen & set(source.engines):
        return Figure(value=None)  # nobody looked: 未測定, not zero
    if not source.engines and not facts.engines_seen:
        return Figure(value=None)
    rows = [
        f
        for f in facts.findings
        if (not source.engines or f.engine in source.engines)
        and (not source.severities or f.severity in source.severities)
        and (not source.considerations or f.consideration in source.considerations)
    ]
    if source.count == "days_to_close":
        closed = [f for f in rows if f.closed_at is not None and facts.period_start <= f.closed_at <= facts.period_end]
        days = [(f.closed_at - f.first_seen_at).total_seconds() / 86400 for f in closed if f.closed_at is not None]
        return Figure(value=median(days) if days else None, measured=len(closed), inputs=_finding_inputs(closed))
    still_open = [f for f in rows if f.closed_at is None]
    return Figure(value=float(len(still_open)), measured=len(still_open), inputs=_finding_inputs(still_open))


def _finding_inputs(rows: Sequence[FindingFact]) -> dict[str, Any]:
    return {"findings": [f.id for f in rows], "evidence": _unique(f.evidence_id for f in rows)}


def _measures(source: IndicatorSource, facts: Facts) -> Figure:
    rows = [m for m in facts.measures if m.key == source.key and dict(m.dimensions) == source.dimensions]
    good = [m for m in rows if m.status == "measured" and m.value is not None]
    numbers = [m.value for m in good if m.value is not None]
    inputs = {
        "measures": [{"subject": m.subject_id, "key": m.key, "value": m.value, "evidence": m.evidence_id} for m in good],
        "evidence": _unique(m.evidence_id for m in good),
    }
    numerator: float | None = None
    denominator: float | None = None
    if not numbers:
        value = None
    elif source.aggregate == "ratio":
        numerator = sum(m.numerator or 0 for m in good)
        denominator = sum(m.denominator or 0 for m in good)
        value = _ratio(numerator, denominator)
    elif source.aggregate == "share_true":
        numerator, denominator = float(sum(n > 0 for n in numbers)), float(len(numbers))
        value = _ratio(numerator, denominator)
    else:
        aggregates: dict[str, Callable[[list[float]], float]] = {"sum": sum, "max": max, "min": min}
        value = aggregates[source.aggregate](numbers)
    return Figure(
        value=value,
        numerator=numerator,
        denominator=denominator,
        measured=len(good),
        unmeasured=len(rows) - len(good),
        inputs=inputs,
    )


def _subjects(source: IndicatorSource, facts: Facts) -> Figure:
    wanted = {pk for pk, kind in facts.subjects.items() if kind in source.subject_kinds}
    rows = [m for m in facts.measures if m.key == source.with_measure and m.status == "measured" and m.subject_id in wanted]
    seen = {m.subject_id for m in rows}
    return Figure(
        value=_ratio(len(seen), len(wanted)),
        numerator=len(seen),
        denominator=len(wanted),
        measured=len(seen),
        unmeasured=len(wanted) - len(seen),
        inputs={"subjects": sorted(seen), "evidence": _unique(m.evidence_id for m in rows)},
    )


def _duties(source: IndicatorSource, facts: Facts) -> Figure:
    if source.count == "overdue":
        late = [d for d in facts.duties if d.done_at is None and d.due_at < facts.now]
        return Figure(value=float(len(late)), inputs={"duties": [d.id for d in late]})
    fell_due = [d for d in facts.duties if facts.period_start <= d.due_at <= min(facts.period_end, facts.now)]
    in_time = [d for d in fell_due if d.done_at is not None and d.done_at <= d.due_at]
    return Figure(
        value=_ratio(len(in_time), len(fell_due)),
        numerator=len(in_time),
        denominator=len(fell_due),
        inputs={"duties": [d.id for d in fell_due]},
    )


def _actions(source: IndicatorSource, facts: Facts) -> Figure:
    del source
    late = [a for a in facts.actions if a.overdue]
    return Figure(value=float(len(late)), inputs={"corrective_actions": [a.id for a in late]})


def _evidence(source: IndicatorSource, facts: Facts) -> Figure:
    del source
    return Figure(value=float(len(facts.stale_evidence)), inputs={"evidence": [e.id for e in facts.stale_evidence]})


def _unique(ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(i for i in ids if i))


_BY_KIND = {
    "judgements": _judgements,
    "findings": _findings,
    "measures": _measures,
    "subjects": _subjects,
    "duties": _duties,
    "corrective_actions": _actions,
    "evidence": _evidence,
}
