"""The figures of leak scans as an Observation, with a finding for each place that is to be treated. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sekisho import __version__
from sekisho.engines.observation import (
    ClaimedSubject,
    Collector,
    Finding,
    Measure,
    MeasureStatus,
    Observation,
    Period,
    Severity,
)
from sekisho.records.lifecycle.rules.leaking import Figures

__all__ = ["ENGINE", "MOST_FINDINGS", "Wrong", "observe"]

ENGINE: Final = "leak_review"
ENGINE_VERSION: Final = "1.0.0"
SCOPE: Final = "leaks"
MOST_FINDINGS: Final = 2_000
_GRAVE: Final = frozenset({"my_number", "secret", "payment_card", "resident_record_code"})


@dataclass(frozen=True, slots=True)
class Wrong:
    """A place that is to be treated."""

    mark: str
    plan: str
    path: str
    kinds: Mapping[str, int]


def _count(key: str, value: float, dimensions: dict[str, str] | None = None) -> Measure:
    return Measure(key=f"leaks.{key}", value=value, dimensions=dimensions or {})


def _or_nothing(key: str, value: float | None, reason: str) -> Measure:
    if value is None:
        return Measure(key=f"leaks.{key}", status=MeasureStatus.NOT_APPLICABLE, reason=f"lifecycle.{reason}")
    return _count(key, round(value, 2))


def observe(
    figures: Figures, places: Sequence[Wrong], *, kind: str, name: str, period: tuple[datetime, datetime], now: datetime
) -> Observation:
    """The Observation about the subject (``kind``, ``name``). The first places are findings; the measures count all."""
    part, whole = figures.stores
    share = (
        Measure(key="leaks.stores_scanned", value=part / whole, numerator=part, denominator=whole)
        if whole
        else Measure(key="leaks.stores_scanned", status=MeasureStatus.NOT_APPLICABLE, reason="lifecycle.leak_no_stores")
    )
    measures = [
        share,
        _or_nothing("days_since_scan", figures.days_since, "leak_no_scan"),
        _or_nothing("oldest_days", figures.oldest_days, "leak_nothing_open"),
        _or_nothing("days_to_treat", figures.days_to_treat, "leak_nothing_treated"),
    ]
    if figures.days_since is not None:  # before the first run nobody knows
        measures += [
            _count("places_outside", figures.outside),
            _count("places_with_secrets", figures.secrets),
            _count("places_treated", figures.treated),
            *(_count("findings", count, {"kind": one}) for one, count in sorted(figures.findings.items())),
        ]
    findings = [
        Finding(
            code="lifecycle.leak_place",
            fields={"path": place.path[:300], "plan": place.plan, "count": sum(place.kinds.values())},
            severity=Severity.HIGH if _GRAVE & place.kinds.keys() else Severity.MEDIUM,
            fingerprint=place.mark,
            scope=SCOPE,
            location=place.path[:500],
        )
        for place in places[:MOST_FINDINGS]
    ]
    return Observation(
        engine=ENGINE,
        engine_version=ENGINE_VERSION,
        collector=Collector(name="sekisho", version=__version__),
        subject=ClaimedSubject(kind=kind, name=name),
        observed_at=now.isoformat(timespec="microseconds"),
        period=Period(start=period[0].isoformat(), end=period[1].isoformat()),
        scope=(SCOPE,) if figures.days_since is not None and len(places) <= MOST_FINDINGS else (),
        measures=tuple(measures),
        findings=tuple(findings),
    )
