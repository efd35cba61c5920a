"""What an approved request of this room does (registered with the room ``requests`` in ``apps.py``)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sekisho.errors import Conflict, InputError
from sekisho.records.assessment.actions.common import save
from sekisho.records.assessment.actions.grounding import ground
from sekisho.records.assessment.actions.judging import renew_duty
from sekisho.records.assessment.models import Applicability, Judgement, Level
from sekisho.records.ledger.actions import recording

if TYPE_CHECKING:
    from sekisho.records.organization.principals import Principal
    from sekisho.records.requests.models import Request

__all__ = ["apply_applicability", "apply_level", "check_applicability", "check_level"]


def _judgement_of(request: Request) -> Judgement:
    try:
        wanted = uuid.UUID(str(request.payload["judgement"]))
    except (KeyError, ValueError) as error:
        raise InputError("assessment.request_broken") from error
    rows = Judgement.objects.select_related("requirement__catalog", "subject")
    found = rows.filter(pk=wanted, organization=request.organization_id).first()
    if found is None:
        raise InputError("assessment.request_broken")
    return found


def check_level(principal: Principal, request: Request, now: datetime) -> None:
    """Refuse a payload that could not be applied."""
    del principal, now
    judgement = _judgement_of(request)
    if request.payload.get("level") not in Level.values:
        raise InputError("assessment.request_broken")
    if not judgement.applicable:
        raise Conflict("assessment.not_applicable_now")


def apply_level(principal: Principal, request: Request, now: datetime) -> None:
    """The level that was asked for, approved. The proposal stays beside it."""
    judgement = _judgement_of(request)
    if not judgement.applicable:
        raise Conflict("assessment.not_applicable_now")
    basis, until, papers = ground(judgement, now=now)
    override = request.kind == "judgement.override"
    was_stale = judgement.stale_at is not None
    changes: dict[str, Any] = {
        "state": Judgement.State.OVERRIDDEN if override else Judgement.State.DECLARED,
        "level": request.payload["level"],
        "basis": basis,
        "fresh_until": until,
        "stale_at": None,
        "lapses_at": None,
        "reason": request.reason,
        "judged_by_id": request.requester_id,
        "judged_at": now,
        "approved_by_id": principal.person_id if principal.person_id != request.requester_id else None,
        "request_id": request.pk,
        "explanation": {**judgement.explanation, "evidence": [str(pk) for pk in papers]},
    }
    save(
        principal,
        judgement,
        version=judgement.version,
        what="overridden" if override else "declared",
        changes=changes,
        now=now,
        reason=request.reason,
        facts={"request": request.number, "basis": str(basis)},
    )
    judgement.evidence.set(papers)  # type: ignore[arg-type] # ids do as well as rows
    if was_stale:
        renew_duty(principal, judgement.subject_id, now=now)


def check_applicability(principal: Principal, request: Request, now: datetime) -> None:
    """Refuse a payload that could not be applied."""
    del principal, now
    _judgement_of(request)
    if not isinstance(request.payload.get("applicable"), bool):
        raise InputError("assessment.request_broken")


def apply_applicability(principal: Principal, request: Request, now: datetime) -> None:
    """A person's answer takes the place of the rule's; the judgement leaves or enters every denominator."""
    judgement = _judgement_of(request)
    applicable = bool(request.payload["applicable"])
    with recording(principal, "applicability.decide", now=now, organization_id=judgement.organization_id) as entry:
        Applicability.objects.filter(
            requirement=judgement.requirement_id, subject=judgement.subject_id, superseded_at=None
        ).update(superseded_at=now)
        made = Applicability.objects.create(
            organization_id=judgement.organization_id,
            requirement_id=judgement.requirement_id,
            subject_id=judgement.subject_id,
            applicable=applicable,
            by_rule=False,
            rule="assessment.decided",
            fields={"request": request.number},
            reason=request.reason,
            decided_by_id=request.requester_id,
            approved_by_id=principal.person_id if principal.person_id != request.requester_id else None,
            request_id=request.pk,
            decided_at=now,
        )
        entry.about(made.pk, judgement.pk)
        entry.fact(applicable=applicable, request=request.number)
        entry.words(reason=request.reason)
    save(
        principal,
        judgement,
        version=judgement.version,
        what="applicable" if applicable else "not_applicable",
        changes={"applicable": applicable},
        now=now,
        reason=request.reason,
    )
