"""引渡し: the system among the subjects with what it was bought with; and at the end of its life, the case retired."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from sekisho.errors import Conflict, InputError
from sekisho.records.assessment import actions as assessment_actions
from sekisho.records.catalog import queries as catalog_queries
from sekisho.records.evidence import actions as evidence_actions
from sekisho.records.ledger.actions import recording
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.procurement import queries
from sekisho.records.procurement.actions.dated import drop_duties
from sekisho.records.procurement.models import Case, CaseState, MemberPart
from sekisho.records.procurement.queries import contract as contract_queries
from sekisho.records.procurement.rules.editing import checked_text
from sekisho.records.subjects import actions as subject_actions

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.principals import Principal
    from sekisho.records.procurement.queries.contract import HandOver
    from sekisho.records.subjects.models import Subject

__all__ = ["HandedOver", "hand_over", "retire_case"]

_SCHEME: Final = "procurement"
_PARTS: Final = (MemberPart.OWNER, MemberPart.EDITOR)
_REASON: Final = 4000


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What a hand-over wrote. ``missing``: requirements that no catalogue of the organisation asks."""

    subject: Subject
    judgements: dict[str, uuid.UUID]
    targets: int
    missing: tuple[str, ...]
    linked: int


def hand_over(principal: Principal, case: Case, *, now: datetime, name: str = "") -> HandedOver:
    """Put the accepted system into operation: among the subjects, with its grade and classes from the answers and each bought
    requirement as ``sbd:<requirement>``; the requirements become judgements (未測定) with their targets; documents accepted in
    tests are linked to their requirement. Needs ``subject.edit`` beside the part in the case.

    Raises Conflict ``procurement.wrong_state``, ``procurement_contract.nothing_to_operate`` for a study.
    """
    queries.require_part(principal, case, "procurement.accept", *_PARTS)
    principal.require("subject.edit", case.organization_id)
    name = checked_text(name, name="name", limit=200)
    with recording(principal, "procurement.hand_over", now=now, organization_id=case.organization_id) as entry:
        found = Case.objects.select_for_update(of=("self",)).select_related("organization", "edition").get(pk=case.pk)
        if found.state != CaseState.ACCEPTED:
            raise Conflict("procurement.wrong_state", state=found.state)
        if contract_queries.is_study(contract_queries.demanded(found)):
            raise Conflict("procurement_contract.nothing_to_operate")
        preview = contract_queries.hand_over_preview(found, name=name)
        subject = _write(principal, found, preview, now=now)
        taken = assessment_actions.take_over(
            principal, subject=subject, strengths=preview.strengths, source=found.number, now=now
        )
        linked = _link(found, now=now)
        Case.objects.filter(pk=found.pk).update(subject=subject, state=CaseState.OPERATING, changed_at=now)
        case.subject, case.state = subject, CaseState.OPERATING
        entry.about(found.pk, subject.pk)
        entry.fact(strengths=preview.strengths, targets=taken.targets, missing=list(taken.missing), linked=linked)
    return HandedOver(subject, taken.judgements, taken.targets, taken.missing, linked)


def _write(principal: Principal, case: Case, preview: HandOver, *, now: datetime) -> Subject:
    """Make the subject, or bring the linked one up to date."""
    bought = {f"sbd:{ref}": strength for ref, strength in preview.strengths.items()}
    present = preview.subject
    if present is None:
        return subject_actions.create_subject(
            principal,
            organization=case.organization,
            kind="information_system",
            name=preview.name,
            attributes=bought,
            keys={_SCHEME: case.number},
            now=now,
            **cast("dict[str, Any]", preview.values),
        )
    if present.retired_at is not None:
        raise Conflict("subjects.retired", subject=present.name)
    kept = {key: value for key, value in present.attributes.items() if not key.startswith("sbd:")}
    changes: dict[str, Any] = {**preview.values, "attributes": {**kept, **bought}}
    if preview.name != present.name:
        changes["name"] = preview.name
    changed = subject_actions.edit_subject(principal, present, version=present.version, changes=changes, now=now)
    if not changed.external_keys.filter(scheme=_SCHEME, value=case.number).exists():
        subject_actions.add_key(principal, subject=changed, scheme=_SCHEME, value=case.number, now=now)
    return changed


def _link(case: Case, *, now: datetime) -> int:
    """Link documents of passed tests to the requirement that they show. Returns how many links are new."""
    rows = catalog_queries.requirements(SYSTEM).filter(catalog__key=assessment_actions.BOUGHT_CATALOG)
    ids = dict(rows.values_list("ref", "pk"))
    wanted: dict[Any, tuple[Any, set[uuid.UUID]]] = {}
    for row, requirement in contract_queries.requirement_documents(case):
        if requirement in ids:
            wanted.setdefault(row.pk, (row, set()))[1].add(ids[requirement])
    return sum(
        evidence_actions.link_requirements(SYSTEM, evidence=row, requirement_ids=found, now=now) for row, found in wanted.values()
    )


def retire_case(principal: Principal, case: Case, *, reason: str, now: datetime, with_subject: bool = False) -> None:
    """The system is no longer in use: the case ends, its open duties are done; ``with_subject`` retires the subject, too.

    Items of the gate ``retire`` have to be dealt with before. Raises Conflict ``procurement.wrong_state``,
    ``procurement_contract.gates_open`` with what is missing.
    """
    from sekisho.records.procurement.queries import gates as gate_queries  # noqa: PLC0415 - a module of its own, read only here

    queries.require_part(principal, case, "procurement.accept", MemberPart.OWNER)
    reason = checked_text(reason, name="reason", limit=_REASON)
    if not reason:
        raise InputError("procurement.reason_missing")
    with recording(principal, "procurement.retire", now=now, organization_id=case.organization_id) as entry:
        found = Case.objects.select_for_update(of=("self",)).select_related("organization", "edition", "subject").get(pk=case.pk)
        if found.state not in (CaseState.ACCEPTED, CaseState.OPERATING):
            raise Conflict("procurement.wrong_state", state=found.state)
        if missing := [row.item.title.get(principal.language) for row in gate_queries.open_items(found, gate="retire")]:
            raise Conflict("procurement_contract.gates_open", items="、".join(missing), count=len(missing))
        Case.objects.filter(pk=found.pk).update(state=CaseState.RETIRED, changed_at=now)
        case.state = CaseState.RETIRED
        contract = contract_queries.contract_of(found)
        dropped = drop_duties(principal, f"procurement:{found.pk}:", keep=(), now=now)
        if contract is not None:
            dropped += drop_duties(principal, f"procurement:{contract.pk}:", keep=(), now=now)
        if with_subject and found.subject is not None and found.subject.retired_at is None:
            subject_actions.retire_subject(principal, found.subject, reason=f"{found.number} {reason}"[:_REASON], now=now)
        entry.about(found.pk)
        entry.fact(duties=dropped, with_subject=with_subject)
        entry.words(reason=reason)
