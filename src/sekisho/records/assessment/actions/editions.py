"""A new edition of a catalogue: judgements move along the mapping, and are to be reviewed."""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from sekisho.errors import InputError
from sekisho.records.assessment.actions.applicability import refresh_applicability
from sekisho.records.assessment.models import Judgement, JudgementChange
from sekisho.records.catalog import queries as catalog_queries
from sekisho.records.ledger.actions import recording

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.principals import Principal

__all__ = ["move_to_edition"]

_CARRIED: Final = (
    "level", "basis", "fresh_until", "stale_at", "lapses_at", "target_level", "target_on", "target_origin", "target_reason",
    "judged_by_id", "judged_at", "approved_by_id", "request_id", "reason",
)  # fmt: skip


def move_to_edition(
    principal: Principal, *, organization_id: uuid.UUID, old_catalog_id: uuid.UUID, new_catalog_id: uuid.UUID, now: datetime
) -> int:
    """Carry the levels of ``old`` to the corresponding requirements of ``new``; each is then to be reviewed.

    The same reference corresponds by itself; otherwise the mapping says. Where several old requirements were merged, the lowest
    level is carried. The old edition's judgements leave the denominators and stay on record. Returns how many were carried.
    """
    principal.require("applicability.decide", organization_id)
    old = {r.pk: r for r in catalog_queries.requirements(principal, catalog_id=old_catalog_id)}
    new = {r.pk: r for r in catalog_queries.requirements(principal, catalog_id=new_catalog_id)}
    if not old or not new or old_catalog_id == new_catalog_id:
        raise InputError("assessment.edition_empty")
    with transaction.atomic():
        refresh_applicability(principal, organization_id=organization_id, now=now)
        follows = _follows(principal, old, new)
        sources: dict[tuple[uuid.UUID, uuid.UUID], list[Judgement]] = defaultdict(list)
        rows = Judgement.objects.filter(organization=organization_id, requirement__catalog=old_catalog_id, level__isnull=False)
        for row in rows:
            for target in follows.get(row.requirement_id, ()):
                sources[target, row.subject_id].append(row)
        targets = list(
            Judgement.objects.filter(organization=organization_id, requirement__catalog=new_catalog_id, level=None).filter(
                requirement__in=[requirement for requirement, _ in sources]
            )
        )
        moved = [t for t in targets if sources.get((t.requirement_id, t.subject_id))]
        changes = [_carry(t, sources[t.requirement_id, t.subject_id], old, now=now) for t in moved]
        with recording(principal, "judgement.edition", now=now, organization_id=organization_id) as entry:
            Judgement.objects.bulk_update(
                moved,
                [*(n.removesuffix("_id") for n in _CARRIED), "state", "explanation", "changed_at", "version"],
                batch_size=100,
            )
            _carry_evidence(moved, sources)
            Judgement.objects.filter(organization=organization_id, requirement__catalog=old_catalog_id).update(applicable=False)
            entry.about(old_catalog_id, new_catalog_id)
            entry.fact(moved=len(moved))
        for change in changes:
            change.ledger_sequence = entry.sequence
        JudgementChange.objects.bulk_create(changes, batch_size=200)
    return len(moved)


def _follows(principal: Principal, old: dict[uuid.UUID, Any], new: dict[uuid.UUID, Any]) -> dict[uuid.UUID, list[uuid.UUID]]:
    """Old requirement → new requirements. Mappings count in both directions; "new" says that there is no counterpart."""
    found: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    tied = catalog_queries.mappings_between(principal, list(old), list(new))
    for mapping in tied:
        before, after = (
            (mapping.source_id, mapping.target_id) if mapping.source_id in old else (mapping.target_id, mapping.source_id)
        )
        if mapping.relation not in {"new", "related"} and after not in found[before]:
            found[before].append(after)
    by_ref = {row.ref: pk for pk, row in new.items()}
    for pk, row in old.items():
        if not found.get(pk) and row.ref in by_ref and not tied:
            found[pk].append(by_ref[row.ref])
    return found


def _carry(target: Judgement, sources: list[Judgement], old: dict[uuid.UUID, Any], *, now: datetime) -> JudgementChange:
    lowest = min(sources, key=lambda row: row.level if row.level is not None else -1)
    for name in _CARRIED:
        setattr(target, name, getattr(lowest, name))
    target.state = Judgement.State.TO_REVIEW
    target.explanation = {**target.explanation, "moved_from": sorted(old[row.requirement_id].ref for row in sources)}
    target.changed_at = now
    target.version += 1
    return JudgementChange(
        judgement=target, at=now, what="edition", level_before=None, level_after=target.level, basis=target.basis,
        explanation={"moved_from": target.explanation["moved_from"]},
    )  # fmt: skip


def _carry_evidence(moved: list[Judgement], sources: dict[tuple[uuid.UUID, uuid.UUID], list[Judgement]]) -> None:
    through: Any = Judgement.evidence.through
    origin = {row.pk for rows in sources.values() for row in rows}
    held: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for judgement_id, evidence_id in through.objects.filter(judgement__in=list(origin)).values_list(
        "judgement_id", "evidence_id"
    ):
        held[judgement_id].add(evidence_id)
    through.objects.bulk_create(
        [
            through(judgement_id=target.pk, evidence_id=evidence_id)
            for target in moved
            for evidence_id in {e for row in sources[target.requirement_id, target.subject_id] for e in held[row.pk]}
        ],
        ignore_conflicts=True,
        batch_size=500,
    )
