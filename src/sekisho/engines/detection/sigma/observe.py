"""From a review to an Observation: what was found by rule and host, and how much of the logs and rules stands behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

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
    fingerprint,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sekisho.engines.detection.sigma.review import Detection

__all__ = ["ENGINE", "ENGINE_VERSION", "Summary", "observe"]

ENGINE: Final = "detection.sigma"
ENGINE_VERSION: Final = "1.0.0"
_SEVERITY: Final = {
    "critical": Severity.CRITICAL, "high": Severity.HIGH, "medium": Severity.MEDIUM, "low": Severity.LOW,
    "informational": Severity.INFO,
}  # fmt: skip
_KEYS: Final = ("detection.records_reviewed", "detection.records_unreadable", "detection.rules_applied", "detection.findings")


@dataclass(slots=True)
class _Group:
    first: str
    last: str
    count: int
    one: Detection


@dataclass(slots=True)
class Summary:
    """Detections by rule and host: bounded by rules and hosts, not by events."""

    groups: dict[tuple[str, str, str], _Group] = field(default_factory=dict)

    def add(self, detections: Iterable[Detection]) -> None:
        """Count some more."""
        for one in detections:
            key = (one.id, one.title, one.host)
            known = self.groups.get(key)
            if known is None:
                self.groups[key] = _Group(one.first_time or one.time, one.time, 1, one)
                continue
            known.count += 1
            if one.time:
                known.first = min(filter(None, (known.first, one.first_time or one.time)))
                known.last = max(known.last, one.time)


def observe(
    summary: Summary, explanation: Mapping[str, Any], *, now: datetime, name: str, kind: str = "organization"
) -> Observation:
    """The Observation of a finished review; ``name`` and ``kind`` are the subject whose logs were reviewed.

    The scope is the period that the records cover, so that a later review of other records closes nothing of this one.
    """
    period = explanation["period"]
    scope = f"sigma:{period['start']}/{period['end']}" if period else "sigma"
    findings = tuple(
        Finding(
            code="detection.rule_matched",
            fingerprint=fingerprint(ENGINE, rule or title, host),
            scope=scope,
            severity=_SEVERITY.get(group.one.level, Severity.MEDIUM),
            fields={
                "title": title, "rule": rule, "host": host, "count": group.count, "first": group.first or "-",
                "last": group.last or "-", "file": group.one.file, "record": group.one.record,
            },
            location=f"{group.one.file}#{group.one.record}",
            references=group.one.tags,
        )
        for (rule, title, host), group in sorted(summary.groups.items())
    )  # fmt: skip
    return Observation(
        engine=ENGINE, engine_version=ENGINE_VERSION, collector=Collector(name="sekisho", version=__version__),
        subject=ClaimedSubject(kind=kind, name=name), observed_at=now.isoformat(timespec="seconds"),
        period=Period(start=period["start"], end=period["end"]) if period else None,
        scope=(scope,), measures=tuple(_measures(explanation)), findings=findings,
        parameters={
            "rules": explanation["rules"], "sources": explanation["sources"], "gaps": explanation["gaps"],
            "time_limits": explanation["time_limits"],
        },
    )  # fmt: skip


def _measures(explanation: Mapping[str, Any]) -> list[Measure]:
    records, rules = explanation["records"], explanation["rules"]
    read, rejected = records["read"], records["rejected"]
    if not read:
        return [Measure(key=key, status=MeasureStatus.NOT_APPLICABLE, reason="detection.no_records") for key in _KEYS]
    coverage = read / (read + rejected)
    known = rules["loaded"] + rules["unsupported"] + rules["broken"]
    by_level = explanation["findings"]["by_level"]
    return [
        Measure(key="detection.records_reviewed", value=read, coverage=coverage),
        Measure(key="detection.records_unreadable", value=rejected),
        Measure(
            key="detection.rules_applied", value=rules["applicable"] / known, numerator=rules["applicable"], denominator=known
        ),
        *(
            Measure(key="detection.findings", value=by_level.get(level, 0), dimensions={"level": level}, coverage=coverage)
            for level in _SEVERITY
        ),
    ]
