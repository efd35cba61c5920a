"""A finished review as Observations: coverage, punctuality, baselines in use, time to triage. Pure: figures in, value out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sekisho import __version__
from sekisho.engines.observation import ClaimedSubject, Collector, Measure, MeasureStatus, Observation, Period

__all__ = ["ENGINE", "ENGINE_VERSION", "GROUPS", "Group", "Measured", "observe"]

ENGINE: Final = "monitoring"
ENGINE_VERSION: Final = "1.0.0"
GROUPS: Final = ("", "entry")
"""All sources, and the door records among them (the measure's dimension ``group``)."""


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of a group of sources. Pairs are (numerator, denominator); a denominator of 0 means: nothing to measure."""

    sources: int
    silent: int
    seen: tuple[int, int]
    hours: tuple[float, float]
    on_time: tuple[int, int]
    days_since_review: float | None


@dataclass(frozen=True, slots=True)
class Measured:
    """All figures of one subject at the end of a review."""

    groups: Mapping[str, Group]
    rules: tuple[int, int]
    baselines: int
    trends: int
    triage_hours: float | None
    waiting: int
    parameters: Mapping[str, Any] = field(default_factory=dict)


def _count(key: str, value: float, dimensions: dict[str, str]) -> Measure:
    return Measure(key=f"monitoring.{key}", value=value, dimensions=dimensions)


def _nothing(key: str, dimensions: dict[str, str], reason: str) -> Measure:
    return Measure(
        key=f"monitoring.{key}",
        status=MeasureStatus.NOT_APPLICABLE,
        dimensions=dimensions,
        reason=f"monitoring.{reason}",
    )


def _ratio(key: str, pair: tuple[float, float], dimensions: dict[str, str], reason: str) -> Measure:
    part, whole = pair
    if not whole:
        return _nothing(key, dimensions, reason)
    return Measure(key=f"monitoring.{key}", value=part / whole, numerator=part, denominator=whole, dimensions=dimensions)


def _of_group(name: str, group: Group) -> list[Measure]:
    dimensions = {"group": name} if name else {}
    made = [
        _count("sources", group.sources, dimensions),
        _count("silent_sources", group.silent, dimensions),
        _ratio("source_coverage", group.seen, dimensions, "no_sources"),
        _ratio("period_coverage", group.hours, dimensions, "no_reviews"),
        _ratio("reviews_on_time", group.on_time, dimensions, "nothing_due"),
    ]
    if group.days_since_review is None:
        made.append(_nothing("days_since_review", dimensions, "no_reviews"))
    else:
        made.append(_count("days_since_review", group.days_since_review, dimensions))
    return made


def observe(
    measured: Measured, *, review: str, kind: str, name: str, period: tuple[datetime, datetime], now: datetime
) -> Observation:
    """The Observation of a finished review (its id) about the subject (``kind``, ``name``) that the sources belong to."""
    measures = [one for group, figures in measured.groups.items() for one in _of_group(group, figures)]
    measures += [
        _ratio("rules_applicable", measured.rules, {}, "no_rules"),
        _count("baselines", measured.baselines, {}),
        _count("trends", measured.trends, {}),
        _count("waiting", measured.waiting, {}),
        _nothing("triage_hours", {}, "no_findings")
        if measured.triage_hours is None
        else _count("triage_hours", measured.triage_hours, {}),
    ]
    return Observation(
        engine=ENGINE,
        engine_version=ENGINE_VERSION,
        collector=Collector(name="sekisho", version=__version__),
        subject=ClaimedSubject(kind=kind, name=name),
        observed_at=now.isoformat(timespec="microseconds"),
        period=Period(start=period[0].isoformat(), end=period[1].isoformat()),
        scope=("log_review",),
        measures=tuple(measures),
        parameters={"review": review, **measured.parameters},
    )
