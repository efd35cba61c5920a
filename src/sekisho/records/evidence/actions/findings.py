"""Findings of a batch: opened, seen again, reopened, closed. Inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sekisho.records.evidence.models import Finding, Observation

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Sequence

    from sekisho.engines import observation as engine_observation
    from sekisho.records.evidence.rules import Read

__all__ = ["apply_findings"]

_UPDATED = (
    "code",
    "fields",
    "severity",
    "scope",
    "location",
    "references",
    "first_observation",
    "last_observation",
    "first_seen_at",
    "last_seen_at",
    "closed_at",
    "closed_by",
)


def apply_findings(taken: Sequence[tuple[Observation, Read]]) -> None:
    """Bring the findings of these observations' (subject, engine) up to date, oldest observation first.

    A finding is closed only by a later observation of the same subject and engine that covered its scope and no longer has it; it
    is reopened when seen again. An observation that arrives late changes nothing that a later one has already said.
    """
    groups: dict[tuple[uuid.UUID, str], list[tuple[Observation, Read]]] = {}
    for row, read in taken:
        groups.setdefault((row.subject_id, row.engine), []).append((row, read))
    for (subject_id, engine), members in groups.items():
        _apply_group(subject_id, engine, sorted(members, key=lambda m: m[0].observed_at))


def _apply_group(subject_id: uuid.UUID, engine: str, members: list[tuple[Observation, Read]]) -> None:
    prints = {f.fingerprint for _, read in members for f in read.value.findings}
    scopes = {s for _, read in members for s in read.value.scope}
    # Those still open (which may now close) and those that are seen now.
    known = {f.fingerprint: f for f in Finding.objects.filter(subject_id=subject_id, engine=engine, closed_at=None)}
    unknown = list(prints - set(known))
    for start in range(0, len(unknown), 500):
        chunk = unknown[start : start + 500]
        rows = Finding.objects.filter(subject_id=subject_id, engine=engine, fingerprint__in=chunk)
        known.update({f.fingerprint: f for f in rows})
    later = list(
        Observation.objects.filter(subject_id=subject_id, engine=engine, observed_at__gt=members[0][0].observed_at)
        .order_by("observed_at")
        .only("id", "observed_at", "scope")
    )
    made: dict[str, Finding] = {}
    changed: dict[str, Finding] = {}
    for row, read in members:
        seen = set()
        for item in read.value.findings:
            seen.add(item.fingerprint)
            finding = known.get(item.fingerprint)
            if finding is None:
                known[item.fingerprint] = made[item.fingerprint] = _new(row, item, later)
            elif _see(finding, row, item, later):
                changed[item.fingerprint] = finding
        changed.update(_close(known.values(), row, seen, set(read.value.scope) & scopes))
    Finding.objects.bulk_create(list(made.values()), batch_size=500)
    # An upsert of rows that exist: one statement for many rows, where an update of each (or bulk_update's CASE) is slow.
    Finding.objects.bulk_create(
        [f for p, f in changed.items() if p not in made],
        batch_size=500,
        update_conflicts=True,
        unique_fields=("subject", "engine", "fingerprint"),
        update_fields=_UPDATED,
    )


def _new(row: Observation, item: engine_observation.Finding, later: list[Observation]) -> Finding:
    """A finding never seen before. One that arrives late is closed by the first later observation of its scope
    (which lacked it).
    """
    closing = next((o for o in later if o.observed_at > row.observed_at and item.scope in o.scope), None)
    finding = Finding(
        organization_id=row.organization_id,
        subject_id=row.subject_id,
        engine=row.engine,
        fingerprint=item.fingerprint,
        first_observation=row,
        first_seen_at=row.observed_at,
    )
    _describe(finding, row, item)
    if closing is not None:
        finding.closed_at, finding.closed_by = closing.observed_at, closing
    return finding


def _see(finding: Finding, row: Observation, item: engine_observation.Finding, later: list[Observation]) -> bool:
    """The finding is seen in ``row``; returns whether anything changed."""
    changed = False
    if row.observed_at < finding.first_seen_at:
        finding.first_observation, finding.first_seen_at = row, row.observed_at
        changed = True
    if row.observed_at >= finding.last_seen_at:
        _describe(finding, row, item)
        changed = True
        if finding.closed_at is not None and row.observed_at >= finding.closed_at:
            finding.closed_at, finding.closed_by = None, None
            closing = next((o for o in later if o.observed_at > row.observed_at and item.scope in o.scope), None)
            if closing is not None:
                finding.closed_at, finding.closed_by = closing.observed_at, closing
    return changed


def _describe(finding: Finding, row: Observation, item: engine_observation.Finding) -> None:
    finding.code = item.code
    finding.fields = item.fields
    finding.severity = str(item.severity)
    finding.scope = item.scope
    finding.location = item.location
    finding.references = list(item.references)
    finding.last_observation = row
    finding.last_seen_at = row.observed_at


def _close(known: Iterable[Finding], row: Observation, seen: set[str], scopes: set[str]) -> dict[str, Finding]:
    """Those still open, of a covered scope, last seen before ``row`` and not in it: closed by it."""
    closed = {}
    for finding in known:
        if (
            finding.closed_at is None
            and finding.fingerprint not in seen
            and finding.scope in scopes
            and finding.last_seen_at < row.observed_at
        ):
            finding.closed_at, finding.closed_by = row.observed_at, row
            closed[finding.fingerprint] = finding
    return closed
