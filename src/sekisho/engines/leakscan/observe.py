"""The result of a leak scan as an Observation: findings by kind, places with unmasked personal data, what could not be read.

Of what was found only kind, place and number are handed on; no value, no excerpt, no fingerprint of a value.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sekisho import __version__
from sekisho.engines.leakscan.kinds import Kind
from sekisho.engines.leakscan.places.model import ENGINE, ENGINE_VERSION
from sekisho.engines.observation import (
    ClaimedSubject,
    Collector,
    Finding,
    Measure,
    MeasureStatus,
    Observation,
    Severity,
    fingerprint,
)
from sekisho.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sekisho.engines.leakscan.places.model import Settings, Summary
    from sekisho.errors import Problem

__all__ = ["MOST_FINDINGS", "NOT_PERSONAL", "observe"]

MOST_FINDINGS: Final = 2_000
"""Places that become findings, those with most first; the measures count all."""
NOT_PERSONAL: Final = frozenset(
    kind.label
    for kind in (
        Kind.CORPORATE_NUMBER, Kind.INVOICE_NUMBER, Kind.MARKING, Kind.SECRET, Kind.IP_ADDRESS, Kind.OWN_PATTERN, Kind.OWN_TERM,
        Kind.OWN_DOCUMENT,
    )
)  # fmt: skip
"""Kinds that are no personal data."""
_GRAVE: Final = frozenset(
    kind.label for kind in (Kind.MY_NUMBER, Kind.RESIDENT_RECORD_CODE, Kind.PAYMENT_CARD, Kind.SECRET)
)  # fmt: skip
_SLIGHT: Final = frozenset({Kind.CORPORATE_NUMBER.label, Kind.INVOICE_NUMBER.label, Kind.IP_ADDRESS.label})
_PROBLEMS: Final = 200


def observe(
    summary: Summary,
    *,
    settings: Settings,
    roots: Sequence[str],
    problems: Sequence[Problem] = (),
    now: datetime,
    name: str,
    machine: str = "",
    production: bool | None = None,
) -> Observation:
    """The Observation of one scan of ``roots`` (its scope) on the machine ``name``.

    ``now`` is aware. ``production``: whether the places are where such data belongs; None when nobody said: then the number of
    places outside production is not measured. Raises InputError when no place was there at all.
    """
    if not summary.looked_at:
        raise InputError("leakplaces.nothing_looked_at", roots=", ".join(roots))
    personal = {path: count for path, kinds in summary.by_place.items() if (count := _personal(kinds))}
    coverage = round(summary.coverage or 0.0, 4)
    return Observation(
        engine=ENGINE,
        engine_version=ENGINE_VERSION,
        collector=Collector(name="sekisho", version=__version__),
        subject=ClaimedSubject(kind="host", name=name, machine=machine),
        observed_at=now.isoformat(timespec="seconds"),
        scope=tuple(dict.fromkeys(f"leakscan/{root}" for root in roots)),
        measures=tuple(_measures(summary, settings, len(personal), coverage, production)),
        findings=tuple(_findings(summary, roots)),
        parameters={
            "kinds": sorted(settings.kinds),
            "threshold": settings.threshold,
            "names": settings.names,
            "own_rules": bool(settings.rules),
            "own_documents": settings.documents is not None,
            "production": production,
            "places_with_findings": len(summary.by_place),
            "unreadable": [{"path": p.file, "reason": p.code} for p in problems[:_PROBLEMS]],
        },
    )


def _personal(kinds: Mapping[str, int]) -> int:
    return sum(count for kind, count in kinds.items() if kind not in NOT_PERSONAL)


def _measures(
    summary: Summary, settings: Settings, personal: int, coverage: float, production: bool | None
) -> list[Measure]:  # fmt: skip
    looked_for = [
        kind for kind in settings.kinds if settings.names or kind not in {"person_name", "person_kana", "postal_address"}
    ]
    measures = [
        Measure(key="leakscan.places", value=summary.looked_at),
        Measure(key="leakscan.places_unread", value=summary.unread + summary.partly),
        Measure(
            key="leakscan.places_read", value=coverage, numerator=summary.read, denominator=summary.looked_at
        ),
        Measure(key="leakscan.places_personal", value=personal, coverage=coverage),
        Measure(key="leakscan.findings", value=summary.findings, coverage=coverage),
        *(
            Measure(key="leakscan.findings", value=summary.kinds[kind], dimensions={"kind": kind}, coverage=coverage)
            for kind in sorted(looked_for)
        ),
    ]  # fmt: skip
    outside = "leakscan.places_outside_production"
    if production is None:
        return [*measures, Measure(key=outside, status=MeasureStatus.NOT_APPLICABLE, reason="leakplaces.production_unsaid")]
    return [*measures, Measure(key=outside, value=0 if production else personal, coverage=coverage)]


def _findings(summary: Summary, roots: Sequence[str]) -> list[Finding]:
    ranked = sorted(summary.by_place, key=lambda path: (-summary.places[path], path))[:MOST_FINDINGS]
    return [_finding(path, summary.by_place[path], _scope(path, roots)) for path in sorted(ranked)]


def _scope(path: str, roots: Sequence[str]) -> str:
    """The root under which a place stands; the longest, when roots lie within each other."""
    fitting = [root for root in roots if path == root or path.startswith((root.rstrip("/") + "/", root + "#"))]
    return f"leakscan/{max(fitting, key=len) if fitting else roots[0]}"


def _finding(path: str, kinds: Mapping[str, int], scope: str) -> Finding:
    severity = Severity.HIGH if _GRAVE & kinds.keys() else Severity.LOW if _SLIGHT.issuperset(kinds) else Severity.MEDIUM
    fields: dict[str, Any] = {"path": path, "count": sum(kinds.values()), "kinds": ",".join(sorted(kinds)), **_flat(kinds)}
    return Finding(
        code="leakplaces.place_found",
        fingerprint=fingerprint("leakscan", scope, path),
        scope=scope,
        severity=severity,
        fields=fields,
        location=path,
    )


def _flat(kinds: Mapping[str, int]) -> dict[str, int]:
    return {f"count_{kind}": count for kind, count in sorted(Counter(kinds).items())}
