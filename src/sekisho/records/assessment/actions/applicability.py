"""Applicability: by rule in bulk, by decision one at a time. It fixes every denominator."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from sekisho.records.assessment.models import Applicability, Judgement
from sekisho.records.assessment.rules.applicable import Answer, Described, applies, decide
from sekisho.records.catalog import queries as catalog_queries
from sekisho.records.ledger.actions import recording
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.organization.queries import body_kind_of
from sekisho.records.subjects import queries as subject_queries
from sekisho.standards.applicability_rules import applicability_rules

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.catalog.models import Requirement
    from sekisho.records.organization.principals import Principal
    from sekisho.records.subjects.models import Subject

__all__ = ["Refreshed", "refresh_applicability"]

_BATCH: Final = 2000
_CHUNK: Final = 400


@dataclass(frozen=True, slots=True)
class Refreshed:
    """How many pairs hold or not by rule after the run, and how many answers were new or different."""

    pairs: int
    changed: int
    judgements: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A requirement of a catalogue that holds for the organisation, and why the catalogue does."""

    requirement: Requirement
    catalog_key: str
    code: str
    fields: dict[str, Any]


def refresh_applicability(
    principal: Principal,
    *,
    subject_ids: Collection[uuid.UUID] | None = None,
    organization_id: uuid.UUID | None = None,
    now: datetime,
) -> Refreshed:
    """Bring the answers by rule up to date for these subjects (or all of an organisation). Decisions by people are left alone.

    Makes the judgements (未測定) of newly applicable pairs. Idempotent; the number of queries does not grow with the pairs.
    """
    rows = subject_queries.subjects(principal, action="subject.edit")
    if organization_id is not None:
        rows = rows.filter(organization=organization_id)
    if subject_ids is not None:
        rows = rows.filter(pk__in=list(subject_ids))
    by_organization: dict[uuid.UUID, list[Subject]] = defaultdict(list)
    for row in rows.select_related("organization").order_by("pk"):
        by_organization[row.organization_id].append(row)
    done = [_refresh(principal, pk, subjects, now=now) for pk, subjects in sorted(by_organization.items())]
    return Refreshed(sum(d.pairs for d in done), sum(d.changed for d in done), sum(d.judgements for d in done))


def _candidates(organization_id: uuid.UUID) -> list[_Candidate]:
    applying = {a.catalog.pk: a for a in catalog_queries.applying_to(organization_id) if a.adopted}
    rows = catalog_queries.requirements(SYSTEM).filter(catalog__in=list(applying), assessable=True)
    found = []
    for row in rows.defer("search_text", "levels", "attributes"):
        because = applying[row.catalog_id]
        found.append(_Candidate(row, because.catalog.key, because.reason, {"force": because.force, **because.fields}))
    return found


def _described(subject: Subject, body_kind: str) -> Described:
    return Described(
        kind=subject.kind,
        body_kind=body_kind,
        network_zone=subject.network_zone,
        confidentiality=subject.confidentiality,
        integrity=subject.integrity,
        availability=subject.availability,
        grade=subject.grade,
        attributes=subject.attributes,
        retired=subject.retired_at is not None,
    )


def _answers(organization_id: uuid.UUID, subjects: Iterable[Subject]) -> dict[tuple[uuid.UUID, uuid.UUID], Answer]:
    candidates, rules, body_kind = _candidates(organization_id), applicability_rules(), body_kind_of(organization_id)
    found = {}
    for subject in subjects:
        if subject.kind == "organization" and body_kind and not subject.organization.body_kind:
            continue  # an office within a body: what is asked of an organisation is asked of the body
        described = _described(subject, body_kind)
        for candidate in candidates:
            own = rules.get((candidate.catalog_key, candidate.requirement.ref), ())
            if applies(candidate.requirement.applies_to, own, described):
                found[candidate.requirement.pk, subject.pk] = decide(own, described, code=candidate.code, fields=candidate.fields)
    return found


def _refresh(principal: Principal, organization_id: uuid.UUID, subjects: list[Subject], *, now: datetime) -> Refreshed:
    answers = _answers(organization_id, subjects)
    with transaction.atomic():
        present: dict[tuple[uuid.UUID, uuid.UUID], Applicability] = {}
        judgements: dict[tuple[uuid.UUID, uuid.UUID], tuple[uuid.UUID, bool]] = {}
        ids = [s.pk for s in subjects]
        for start in range(0, len(ids), _CHUNK):
            chunk = ids[start : start + _CHUNK]
            for row in Applicability.objects.filter(subject__in=chunk, superseded_at=None):
                present[row.requirement_id, row.subject_id] = row
            for pk, requirement, subject, holds in Judgement.objects.filter(subject__in=chunk).values_list(
                "pk", "requirement_id", "subject_id", "applicable"
            ):
                judgements[requirement, subject] = (pk, holds)
        gone = {
            pair: Answer(applicable=False, code="assessment.no_longer_asked")
            for pair, row in present.items()
            if pair not in answers and row.by_rule and row.applicable
        }
        changed = {pair: answer for pair, answer in (answers | gone).items() if _differs(present.get(pair), answer)}
        if changed:
            with recording(principal, "applicability.refresh", now=now, organization_id=organization_id) as entry:
                _write(organization_id, changed, present, now=now)
                entry.about(*sorted({subject for _, subject in changed}))
                entry.fact(changed=len(changed), applicable=sum(a.applicable for a in changed.values()))
        sides = {
            pair: present[pair].applicable if pair in present and not present[pair].by_rule else answer.applicable
            for pair, answer in (answers | gone).items()
        }
        made = _judgements(organization_id, sides, judgements, now=now)
    return Refreshed(len(answers), len(changed), made)


def _differs(row: Applicability | None, answer: Answer) -> bool:
    if row is None:
        return True
    return row.by_rule and (row.applicable, row.rule, row.fields) != (answer.applicable, answer.code, answer.fields)


def _write(
    organization_id: uuid.UUID,
    changed: dict[tuple[uuid.UUID, uuid.UUID], Answer],
    present: dict[tuple[uuid.UUID, uuid.UUID], Applicability],
    *,
    now: datetime,
) -> None:
    old = [present[pair].pk for pair in changed if pair in present]
    for start in range(0, len(old), _CHUNK):
        Applicability.objects.filter(pk__in=old[start : start + _CHUNK]).update(superseded_at=now)
    Applicability.objects.bulk_create(
        [
            Applicability(
                organization_id=organization_id,
                requirement_id=requirement,
                subject_id=subject,
                applicable=answer.applicable,
                by_rule=True,
                rule=answer.code,
                fields=answer.fields,
                decided_at=now,
            )
            for (requirement, subject), answer in changed.items()
        ],
        batch_size=_BATCH,
    )


def _judgements(
    organization_id: uuid.UUID,
    holds: dict[tuple[uuid.UUID, uuid.UUID], bool],
    present: dict[tuple[uuid.UUID, uuid.UUID], tuple[uuid.UUID, bool]],
    *,
    now: datetime,
) -> int:
    """Judgements of newly applicable pairs; those of pairs that changed sides are marked. Returns how many were made."""
    new = [pair for pair, applicable in holds.items() if applicable and pair not in present]
    Judgement.objects.bulk_create(
        [
            Judgement(organization_id=organization_id, requirement_id=requirement, subject_id=subject, changed_at=now)
            for requirement, subject in new
        ],
        batch_size=_BATCH,
    )
    for value in (True, False):
        turned = [
            present[pair][0]
            for pair, applicable in holds.items()
            if applicable is value and pair in present and present[pair][1] is not value
        ]
        for start in range(0, len(turned), _CHUNK):
            Judgement.objects.filter(pk__in=turned[start : start + _CHUNK]).update(applicable=value, changed_at=now)
    return len(new)
