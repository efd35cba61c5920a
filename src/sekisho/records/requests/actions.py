"""Every write of requests: submit, decide, return, withdraw, resubmit, review afterwards, absences."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from sekisho.errors import Conflict, InputError, NotFound, NotPermitted
from sekisho.records.duties import actions as duties
from sekisho.records.duties.rules import add_business_days
from sekisho.records.ledger.actions import recording
from sekisho.records.organization import queries as organization
from sekisho.records.organization.actions import accounts
from sekisho.records.organization.permissions import Role
from sekisho.records.requests import registry
from sekisho.records.requests.models import Absence, Decision, DecisionKind, Request, RequestState, Step, StepState
from sekisho.records.requests.rules import LINE, StepView, next_position, plan_route, step_outcome

if TYPE_CHECKING:
    from datetime import date

    from sekisho.records.organization.principals import Principal

__all__ = ["add_absence", "decide", "end_absence", "remind", "resubmit", "review_afterwards", "submit", "withdraw"]

_DECIDE_WITHIN: Final = 5  # business days


def submit(
    principal: Principal,
    *,
    kind: str,
    organization_id: uuid.UUID,
    payload: dict[str, Any],
    summary: dict[str, Any],
    reason: str,
    now: datetime,
    subject_id: uuid.UUID | None = None,
) -> Request:
    """Ask for something. Opens the first step; applied at once when the requester is the highest in the line.

    ``summary`` is {code, fields} for lists. Raises InputError ``requests.no_decider`` when nobody else could decide and the
    requester may not decide alone.
    """
    known = registry.kind(kind)
    principal.require(known.action, organization_id)
    if principal.person_id is None:
        raise Conflict("input.person_needed")
    if not reason.strip():
        raise InputError("requests.reason_missing")
    with recording(principal, "request.submit", now=now, organization_id=organization_id) as entry:
        request = Request(
            organization_id=organization_id,
            subject_id=subject_id,
            kind=kind,
            number=_next_number(now),
            payload=payload,
            summary=summary,
            reason=reason,
            requester_id=principal.person_id,
            created_at=now,
            due_at=_due(now),
        )
        if known.check is not None:
            known.check(principal, request, now)
        request.save(force_insert=True)
        entry.about(request.pk)
        entry.fact(kind=kind, number=request.number)
        entry.words(reason=reason)
        _start_round(principal, request, now=now)
    return request


def resubmit(principal: Principal, request: Request, *, payload: dict[str, Any], reason: str, now: datetime) -> Request:
    """Ask again after a return (差戻し), with what was mended; a new round of steps begins."""
    _own(principal, request)
    if request.state != RequestState.RETURNED:
        raise Conflict("requests.not_returned")
    with recording(principal, "request.resubmit", now=now, organization_id=request.organization_id) as entry:
        _save(request, state=RequestState.PENDING, payload=payload, reason=reason, round=request.round + 1, due_at=_due(now))
        known = registry.kind(request.kind)
        if known.check is not None:
            known.check(principal, request, now)
        entry.about(request.pk)
        entry.words(reason=reason)
        _start_round(principal, request, now=now)
    return request


def withdraw(principal: Principal, request: Request, *, now: datetime) -> None:
    """引戻し: the requester takes it back before it is decided."""
    _own(principal, request)
    if request.state not in {RequestState.PENDING, RequestState.RETURNED}:
        raise Conflict("requests.already_decided")
    with recording(principal, "request.withdraw", now=now, organization_id=request.organization_id) as entry:
        _save(request, state=RequestState.WITHDRAWN, decided_at=now)
        _close_steps(principal, request, now=now)
        entry.about(request.pk)


def decide(principal: Principal, step: Step, *, kind: DecisionKind, comment: str, now: datetime, today: date) -> Request:
    """Approve, return (差戻し), refuse (却下), or give an opinion. A deputy decides for an absent holder (代決).

    Raises NotPermitted when the principal is neither a holder nor a deputy, or asked for it themselves; InputError when a
    return or refusal has no comment; Conflict when the step is no longer open.
    """
    accounts.require_person(principal)  # a decision is a person's, never a token's
    request = Request.objects.select_for_update().get(pk=step.request_id)
    step.refresh_from_db()
    if request.state != RequestState.PENDING or step.state != StepState.OPEN:
        raise Conflict("requests.already_decided")
    if (kind == DecisionKind.OPINION) != step.advisory:
        raise InputError("requests.opinion_only" if step.advisory else "requests.decision_needed")
    if kind in {DecisionKind.RETURN, DecisionKind.REFUSE, DecisionKind.OPINION} and not comment.strip():
        raise InputError("requests.comment_missing")
    holders = organization.holders(role=step.role, organization_id=step.organization_id, today=today)
    deputy_for = _acting_for(principal, request, holders=[p.pk for p in holders], today=today)
    assert principal.person_id is not None  # only people pass _acting_for
    with recording(principal, f"request.{kind.value}", now=now, organization_id=request.organization_id) as entry:
        Decision.objects.create(
            step=step,
            person_id=principal.person_id,
            deputy_for_id=deputy_for,
            kind=kind,
            comment=comment,
            at=now,
            review_needed=deputy_for is not None,
        )
        entry.about(request.pk, step.pk)
        entry.fact(deputy=deputy_for is not None, round=step.round, position=step.position)
        entry.words(comment=comment)
        if kind == DecisionKind.APPROVE:
            _after_approval(principal, request, step, holders=[p.pk for p in holders], now=now)
        elif kind == DecisionKind.OPINION:
            _close(principal, step, StepState.APPROVED, now=now)
        else:
            returned = kind == DecisionKind.RETURN
            _close(principal, step, StepState.RETURNED if returned else StepState.REFUSED, now=now)
            _save(
                request, state=RequestState.RETURNED if returned else RequestState.REFUSED, decided_at=None if returned else now
            )
            _close_steps(principal, request, now=now)
    return request


def review_afterwards(principal: Principal, decision: Decision, *, now: datetime) -> None:
    """後閲: the one for whom a deputy decided has looked at it."""
    accounts.require_person(principal)
    if decision.deputy_for_id != principal.person_id or not decision.review_needed:
        raise NotFound("access.not_found")
    with recording(principal, "request.review_afterwards", now=now, organization_id=decision.step.organization_id) as entry:
        Decision.objects.filter(pk=decision.pk).update(reviewed_at=now)
        entry.about(decision.step.request_id, decision.pk)


def add_absence(principal: Principal, *, deputy_id: uuid.UUID, starts_on: date, ends_on: date, now: datetime) -> Absence:
    """While away (both days included), ``deputy``, somebody with a role where the principal has one, may decide for them."""
    accounts.require_person(principal)
    if principal.person_id is None:
        raise Conflict("input.person_needed")
    if ends_on < starts_on:
        raise InputError("input.period_reversed")
    if deputy_id == principal.person_id:
        raise InputError("requests.deputy_self")
    today = timezone.localdate(now)
    places = {grant.organization_id for grant in principal.grants}
    if not any(organization.people_of(place, today=today).filter(pk=deputy_id).exists() for place in places):
        raise InputError("requests.deputy_unknown")
    with recording(principal, "absence.add", now=now) as entry:
        made = Absence.objects.create(person_id=principal.person_id, deputy_id=deputy_id, starts_on=starts_on, ends_on=ends_on)
        entry.about(made.pk, deputy_id)
    return made


def end_absence(principal: Principal, absence_id: uuid.UUID, *, now: datetime) -> None:
    """Back again."""
    accounts.require_person(principal)
    if principal.person_id is None:
        raise NotFound("access.not_found")
    with recording(principal, "absence.end", now=now) as entry:
        if not Absence.objects.filter(pk=absence_id, person_id=principal.person_id).delete()[0]:
            raise NotFound("access.not_found")
        entry.about(absence_id)


def remind(principal: Principal, *, now: datetime) -> int:
    """Mark pending requests whose time is over as reminded (their steps' duties are overdue and go up the line)."""
    rows = Request.objects.filter(state=RequestState.PENDING, due_at__lt=now, reminded_at=None)
    count = 0
    for request in rows:
        with recording(principal, "request.remind", now=now, organization_id=request.organization_id) as entry:
            Request.objects.filter(pk=request.pk).update(reminded_at=now)
            entry.about(request.pk)
        count += 1
    return count


def _own(principal: Principal, request: Request) -> None:
    accounts.require_person(principal)
    if principal.person_id != request.requester_id:
        raise NotPermitted("requests.requester_only")


def _save(request: Request, **changes: Any) -> None:
    """Change a request if nobody did meanwhile."""
    if not Request.objects.filter(pk=request.pk, version=request.version).update(version=request.version + 1, **changes):
        raise Conflict("input.changed_meanwhile")
    request.refresh_from_db()


def _next_number(now: datetime) -> str:
    year = now.astimezone(UTC).year
    last = Request.objects.filter(number__startswith=f"{year}-").order_by("-number").values_list("number", flat=True).first()
    return f"{year}-{int(last.split('-')[1]) + 1 if last else 1:06d}"


def _due(now: datetime) -> datetime:
    day = add_business_days(now.date(), _DECIDE_WITHIN)
    return now + timedelta(days=(day - now.date()).days)


def _start_round(principal: Principal, request: Request, *, now: datetime) -> None:
    """Lay out the steps of the round and open the first; apply at once when the requester is the highest in the line."""
    assert principal.person_id is not None
    today = now.date()
    specs = registry.kind(request.kind).route
    roles = {spec.role for spec in specs} | set(LINE)
    people = {role: organization.holders(role=role, organization_id=request.organization_id, today=today) for role in roles}
    holders = {role: [p.pk for p in found] for role, found in people.items()}
    own = {role for role, found in holders.items() if principal.person_id in found}
    steps = plan_route(specs, requester_roles=own, holders=holders, requester=principal.person_id)
    if not steps:
        if not own & {Role.CHIEF_OFFICER, Role.CISO}:
            raise InputError("requests.no_decider")
        _approve(principal, request, now=now)
        return
    Step.objects.bulk_create(
        [
            Step(
                request=request,
                round=request.round,
                position=spec.position,
                role=spec.role,
                organization_id=request.organization_id,
                joint=spec.joint,
                advisory=spec.advisory,
            )
            for spec in steps
        ]
    )
    _open_next(principal, request, now=now)


def _open_next(principal: Principal, request: Request, *, now: datetime) -> None:
    steps = list(Step.objects.filter(request=request, round=request.round))
    position = next_position([StepView(s.position, s.state, s.advisory) for s in steps])
    if position is None:
        for step in steps:
            if step.state in {StepState.OPEN, StepState.WAITING}:
                _close(principal, step, StepState.SKIPPED, now=now)
        _approve(principal, request, now=now)
        return
    for step in steps:
        if step.position == position and step.state == StepState.WAITING:
            Step.objects.filter(pk=step.pk).update(state=StepState.OPEN, opened_at=now)
            duties.set_duty(
                principal,
                source=f"requests:step:{step.pk}",
                organization_id=request.organization_id,
                subject_id=request.subject_id,
                code="requests.duty_advise" if step.advisory else "requests.duty_decide",
                fields={"number": request.number, "summary": request.summary},
                due_at=request.due_at or now,
                owner_role=step.role,
                url=f"requests/{request.pk}/",
                now=now,
            )


def _after_approval(principal: Principal, request: Request, step: Step, *, holders: list[uuid.UUID], now: datetime) -> None:
    made = Decision.objects.filter(step=step, kind=DecisionKind.APPROVE).values_list("person_id", "deputy_for_id")
    approved_for = {deputy_for or person for person, deputy_for in made}
    asked = [pk for pk in holders if pk != request.requester_id]
    if step_outcome(joint=step.joint, holders=asked, approved_for=approved_for):
        _close(principal, step, StepState.APPROVED, now=now)
        _open_next(principal, request, now=now)


def _approve(principal: Principal, request: Request, *, now: datetime) -> None:
    _save(request, state=RequestState.APPROVED, decided_at=now, applied_at=now)
    registry.kind(request.kind).apply(principal, request, now)


def _close(principal: Principal, step: Step, state: StepState, *, now: datetime) -> None:
    Step.objects.filter(pk=step.pk).update(state=state, closed_at=now)
    duties.complete_by_source(principal, source=f"requests:step:{step.pk}", now=now)


def _close_steps(principal: Principal, request: Request, *, now: datetime) -> None:
    for step in Step.objects.filter(request=request, round=request.round, state__in=(StepState.OPEN, StepState.WAITING)):
        _close(principal, step, StepState.SKIPPED, now=now)


def _acting_for(principal: Principal, request: Request, *, holders: list[uuid.UUID], today: date) -> uuid.UUID | None:
    """None when the principal holds the role; the absent holder's id when the principal is their deputy. Else NotPermitted."""
    if principal.person_id is None or principal.person_id == request.requester_id:
        raise NotPermitted("requests.not_decider")
    if principal.person_id in holders:
        return None
    absent = Absence.objects.filter(
        person__in=holders, deputy_id=principal.person_id, starts_on__lte=today, ends_on__gte=today
    ).exclude(person_id=request.requester_id)
    found = absent.values_list("person_id", flat=True).first()
    if found is None:
        raise NotPermitted("requests.not_decider")
    return found
