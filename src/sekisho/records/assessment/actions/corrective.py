"""是正処置: made from a finding or a judgement, with an owner and a date; verified by an officer."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils import timezone

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.assessment.models import CorrectiveAction, Judgement
from sekisho.records.duties import actions as duties
from sekisho.records.ledger.actions import recording
from sekisho.records.organization.queries import people_of, visible_to
from sekisho.records.rows import the_row
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    from sekisho.records.organization.principals import Principal

__all__ = ["change_corrective_action", "make_corrective_action", "move_corrective_action"]

_State = CorrectiveAction.State
_STEPS: Final[dict[str, frozenset[str]]] = {
    _State.PLANNED: frozenset({_State.DOING, _State.DONE, _State.CANCELLED}),
    _State.DOING: frozenset({_State.DONE, _State.CANCELLED}),
    _State.DONE: frozenset({_State.VERIFIED, _State.DOING}),
    _State.VERIFIED: frozenset(),
    _State.CANCELLED: frozenset(),
}
_EDITABLE: Final = frozenset({"what", "cause", "owner_id", "due_on"})


def make_corrective_action(
    principal: Principal,
    *,
    subject_id: uuid.UUID,
    what: str,
    owner_id: uuid.UUID,
    due_on: date,
    now: datetime,
    cause: str = "",
    finding_id: uuid.UUID | None = None,
    judgement_id: uuid.UUID | None = None,
) -> CorrectiveAction:
    """Plan what is done about a finding, a judgement or a subject. A Duty appears for the owner."""
    subject = subject_queries.subject(principal, subject_id)
    principal.require("corrective_action.edit", subject.organization_id)
    if not what.strip():
        raise InputError("assessment.what_missing")
    if finding_id is not None and not subject_queries.subjects(principal).filter(pk=subject_id, findings=finding_id).exists():
        raise NotFound("access.not_found")
    if judgement_id is not None and not Judgement.objects.filter(pk=judgement_id, subject=subject_id).exists():
        raise NotFound("access.not_found")
    with transaction.atomic():
        with recording(principal, "corrective_action.make", now=now, organization_id=subject.organization_id) as entry:
            made = CorrectiveAction.objects.create(
                organization_id=subject.organization_id,
                subject_id=subject_id,
                finding_id=finding_id,
                judgement_id=judgement_id,
                what=what,
                cause=cause,
                owner_id=_owner(subject.organization_id, owner_id, now=now),
                due_on=due_on,
                created_at=now,
                changed_at=now,
            )
            entry.about(made.pk, subject_id, *(pk for pk in (finding_id, judgement_id) if pk))
            entry.fact(due_on=due_on.isoformat())
            entry.words(what=what, cause=cause)
        _duty(principal, made, now=now)
    return made


def _owner(organization_id: uuid.UUID, person_id: uuid.UUID, *, now: datetime) -> uuid.UUID:
    """Only somebody with a role that reaches this organisation can own an action there."""
    if not people_of(organization_id, today=timezone.localdate(now)).filter(pk=person_id).exists():
        raise InputError("assessment.unknown_owner")
    return person_id


def find_corrective_action(principal: Principal, pk: uuid.UUID) -> CorrectiveAction:
    """One corrective action. Raises NotFound."""
    return the_row(visible_to(CorrectiveAction.objects.select_related("subject", "owner"), principal).filter(pk=pk))


def change_corrective_action(
    principal: Principal, *, action_id: uuid.UUID, version: int, changes: dict[str, Any], now: datetime
) -> CorrectiveAction:
    """Change what, cause, owner, due date, while it is not yet done."""
    row = find_corrective_action(principal, action_id)
    principal.require("corrective_action.edit", row.organization_id)
    if unknown := set(changes) - _EDITABLE:
        raise InputError("input.unknown_fields", names=", ".join(sorted(unknown)))
    if row.state not in {_State.PLANNED, _State.DOING}:
        raise Conflict("assessment.action_closed")
    if "what" in changes and not str(changes["what"]).strip():
        raise InputError("assessment.what_missing")
    if "owner_id" in changes:
        _owner(row.organization_id, changes["owner_id"], now=now)
    with transaction.atomic():
        _save(principal, row, version=version, changes=changes, what="edit", now=now, words={"what": changes.get("what", "")})
        _duty(principal, row, now=now)
    return row


def move_corrective_action(
    principal: Principal, *, action_id: uuid.UUID, version: int, state: str, outcome: str = "", now: datetime
) -> CorrectiveAction:
    """Planned → doing → done → verified (by an officer other than the owner); back from done to doing; or cancelled."""
    row = find_corrective_action(principal, action_id)
    verifying = row.state == _State.DONE
    principal.require("corrective_action.verify" if verifying else "corrective_action.edit", row.organization_id)
    if state not in _STEPS[row.state]:
        raise Conflict("assessment.step_not_allowed", before=row.state, after=state)
    if state == _State.VERIFIED and principal.person_id == row.owner_id:
        raise Conflict("assessment.verify_own")
    if state in {_State.DONE, _State.CANCELLED} and not outcome.strip():
        raise InputError("assessment.outcome_missing")
    changes: dict[str, Any] = {"state": state}
    if outcome.strip():
        changes["outcome"] = outcome
    if state == _State.VERIFIED:
        changes["verified_by_id"] = principal.person_id
    with transaction.atomic():
        _save(principal, row, version=version, changes=changes, what=state, now=now, words={"outcome": outcome})
        if state in {_State.VERIFIED, _State.CANCELLED}:
            duties.complete_by_source(principal, source=f"assessment:corrective:{row.pk}", now=now)
        else:
            _duty(principal, row, now=now)
    return row


def _save(
    principal: Principal,
    row: CorrectiveAction,
    *,
    version: int,
    changes: dict[str, Any],
    what: str,
    now: datetime,
    words: dict[str, str],
) -> None:
    with recording(principal, f"corrective_action.{what}", now=now, organization_id=row.organization_id) as entry:
        values = {**changes, "changed_at": now, "version": version + 1}
        if not CorrectiveAction.objects.filter(pk=row.pk, version=version).update(**values):
            raise Conflict("input.changed_meanwhile")
        for name, value in values.items():
            setattr(row, name, value)
        entry.about(row.pk, row.subject_id)
        entry.fact(changed=sorted(changes), state=str(row.state))
        entry.words(**words)


def _duty(principal: Principal, row: CorrectiveAction, *, now: datetime) -> None:
    verify = row.state == _State.DONE
    end = datetime.combine(row.due_on, time(23, 59, 59), tzinfo=timezone.get_default_timezone())
    duties.set_duty(
        principal,
        source=f"assessment:corrective:{row.pk}",
        organization_id=row.organization_id,
        subject_id=row.subject_id,
        code="assessment.duty_verify" if verify else "assessment.duty_corrective",
        fields={"what": row.what[:80]},
        due_at=end.astimezone(UTC),
        owner_id=None if verify else row.owner_id,
        owner_role="system_officer" if verify else "",
        now=now,
    )
