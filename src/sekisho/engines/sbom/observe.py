"""From an inventory to the Observation: measures, findings, and the CycloneDX file as artifact."""

from __future__ import annotations

import hashlib
import statistics
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sekisho import __version__
from sekisho.engines.observation import (
    Artifact,
    ClaimedSubject,
    Collector,
    Finding,
    Measure,
    MeasureStatus,
    Observation,
    Severity,
    fingerprint,
)  # fmt: skip
from sekisho.engines.sbom import cyclonedx
from sekisho.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sekisho.engines.sbom.model import Inventory, Update

__all__ = ["ENGINE", "ENGINE_VERSION", "MAX_LIST_AGE_DAYS", "observe"]

ENGINE: Final = "sbom"
ENGINE_VERSION: Final = "1.0.0"
MAX_LIST_AGE_DAYS: Final = 14  # older package lists no longer say what is pending today
_DAY: Final = timedelta(days=1)
_NOTHING: Final = MeasureStatus.NOT_APPLICABLE
_ERROR: Final = MeasureStatus.ERROR
_HARMLESS: Final = frozenset({"sbom.not_utf8", "sbom.version_broken", "sbom.release_without_date", "sbom.date_broken"})
WATCHED_SINCE: Final = ""
"""The key of ``known_since`` under which the first run of this collector stands."""
_WATCHED: Final = "sbom.security_updates.watched_days"
_PENDING: Final = ("sbom.security_updates.pending", "sbom.security_updates.max_age_days", "sbom.security_updates.median_age_days")


def observe(
    inventory: Inventory,
    *,
    now: datetime,
    host: str,
    machine: str = "",
    privileged: bool | None = None,
    known_since: Mapping[str, datetime] | None = None,
    max_list_age_days: int = MAX_LIST_AGE_DAYS,
) -> tuple[Observation, dict[str, bytes]]:
    """The Observation and its artifacts' bytes by SHA-256.

    ``now`` is aware. ``known_since`` holds, by finding fingerprint, when an earlier run first saw an update pending; without it
    the age of an update is what the package list alone proves (time since the list's own date), a lower bound; under
    ``WATCHED_SINCE`` it holds since when this collector has watched: only that bounds an age from above. Lists older than
    ``max_list_age_days`` make the pending figures an error. Raises InputError when nothing at all could be found.
    """
    if not inventory.components:
        raise InputError("sbom.nothing_found", problems=tuple(inventory.problems), host=host)
    document = cyclonedx.write(inventory, host=host, now=now, tool_version=__version__)
    digest = hashlib.sha256(document).hexdigest()
    artifact = Artifact(name=f"sbom-{host}.cdx.json", media_type=cyclonedx.MEDIA_TYPE, size=len(document), sha256=digest)
    update_measures, findings = _updates(inventory, now=now, known_since=known_since or {}, max_age=max_list_age_days)
    scope = [*inventory.ecosystems]
    if update_measures[0].status is MeasureStatus.MEASURED:
        scope.append("security_updates")
    observation = Observation(
        engine=ENGINE,
        engine_version=ENGINE_VERSION,
        collector=Collector(name="sekisho", version=__version__, privileged=privileged),
        subject=ClaimedSubject(kind="host", name=host, machine=machine),
        observed_at=now.isoformat(timespec="seconds"),
        scope=tuple(scope),
        measures=(*_counts(inventory), *update_measures, _watched(update_measures[0], known_since or {}, now)),
        findings=tuple(findings),
        artifacts=(artifact,),
        parameters={
            "max_list_age_days": max_list_age_days,
            "distribution": inventory.distribution.name,
            "unreadable": [{"path": u.path, "reason": u.reason} for u in inventory.unreadable[:200]],
            "problems": [p.as_dict() for p in inventory.problems[:200]],
        },
    )
    return observation, {digest: document}


def _counts(inventory: Inventory) -> list[Measure]:
    """Figures over the components. Components that the system's packages brought along count in their own ecosystem only."""
    components = inventory.components
    # Coverage: every problem or unreadable place may hide one component; the figure is a floor, and said to be one.
    hidden = sum(p.code not in _HARMLESS for p in inventory.problems) + len(inventory.unreadable)
    coverage = round(len(components) / (len(components) + hidden), 4)
    measures = [Measure(key="sbom.components", value=len(components), coverage=coverage)]
    measures += [
        Measure(
            key="sbom.components",
            value=sum(c.ecosystem == ecosystem for c in components),
            dimensions={"ecosystem": ecosystem},
            coverage=coverage,
        )
        for ecosystem in inventory.ecosystems
    ]
    versions: dict[tuple[str, str], set[str]] = {}
    for component in components:
        versions.setdefault((component.ecosystem, component.name), set()).add(component.version)
    without_licence = sum(not c.licences for c in components)
    measures += [
        Measure(key="sbom.without_version", value=sum(not c.version for c in components), coverage=coverage),
        Measure(key="sbom.without_licence", value=without_licence, coverage=coverage),
        Measure(
            key="sbom.licence_known",
            value=(len(components) - without_licence) / len(components),
            numerator=len(components) - without_licence,
            denominator=len(components),
            coverage=coverage,
        ),
        Measure(key="sbom.duplicated", value=sum(len(v) > 1 for v in versions.values()), coverage=coverage),
        Measure(key="sbom.unreadable", value=len(inventory.unreadable)),
        Measure(key="sbom.broken_records", value=len(inventory.problems)),
    ]
    return measures


def _updates(
    inventory: Inventory, *, now: datetime, known_since: Mapping[str, datetime], max_age: int
) -> tuple[list[Measure], list[Finding]]:
    lists = inventory.lists
    if lists.status != "read":
        status = _ERROR if lists.status == "missing" else _NOTHING
        keys = (*_PENDING, "sbom.package_lists.age_days")
        return [Measure(key=key, status=status, reason=lists.reason) for key in keys], []
    age = None if lists.dated is None else max((now - lists.dated) / _DAY, 0.0)
    if age is None:
        age_measure = Measure(key="sbom.package_lists.age_days", status=_ERROR, reason="sbom.list_date_unknown")
    else:
        age_measure = Measure(key="sbom.package_lists.age_days", value=round(age, 2))
    if age is not None and age > max_age:
        return [*(Measure(key=key, status=_ERROR, reason="sbom.package_lists_old") for key in _PENDING), age_measure], []
    findings, ages = [], []
    for update in lists.updates:
        mark = fingerprint("sbom.security_update", update.ecosystem, update.package, update.architecture, update.candidate)
        since = _earlier(update.offered, known_since.get(mark))
        days = None if since is None else max((now - since) / _DAY, 0.0)
        if days is not None:
            ages.append(days)
        findings.append(_finding(update, mark, days))
    pending = Measure(key=_PENDING[0], value=len(lists.updates))
    if ages and len(ages) == len(lists.updates):
        return [
            pending,
            Measure(key=_PENDING[1], value=round(max(ages), 2)),
            Measure(key=_PENDING[2], value=round(statistics.median(ages), 2)),
            age_measure,
        ], findings
    reason = "sbom.nothing_pending" if not lists.updates else "sbom.update_date_unknown"
    return [pending, *(Measure(key=key, status=_NOTHING, reason=reason) for key in _PENDING[1:]), age_measure], findings


def _watched(pending: Measure, known_since: Mapping[str, datetime], now: datetime) -> Measure:
    """For how many days pending updates have been watched: 0 at the first run. Says nothing where pending says nothing."""
    if pending.status is not MeasureStatus.MEASURED:
        return Measure(key=_WATCHED, status=pending.status, reason=pending.reason)
    since = known_since.get(WATCHED_SINCE)
    return Measure(key=_WATCHED, value=0.0 if since is None else round(max((now - since) / _DAY, 0.0), 2))


def _earlier(first: datetime | None, second: datetime | None) -> datetime | None:
    known = [value for value in (first, second) if value is not None]
    return min(known, default=None)


def _finding(update: Update, mark: str, days: float | None) -> Finding:
    return Finding(
        code="sbom.security_update",
        fingerprint=mark,
        scope="security_updates",
        severity=Severity.HIGH,
        fields={
            "package": update.package,
            "installed": update.installed,
            "candidate": update.candidate,
            "architecture": update.architecture,
            "source": update.source,
            "ecosystem": update.ecosystem,
            "days": None if days is None else round(days, 2),
        },
        location=f"{update.ecosystem}:{update.package}",
    )
