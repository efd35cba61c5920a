"""Data handed out of production: recorded, approved by a second person, given, returned or erased with confirmation."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from sekisho.engines.observation import encode
from sekisho.errors import Conflict, InputError
from sekisho.records.duties import actions as duties
from sekisho.records.evidence import actions as evidence
from sekisho.records.ledger.actions import recording
from sekisho.records.lifecycle.actions.common import NAME, TEXT, checked_document, checked_subject, end_of_day, fresh, next_number
from sekisho.records.lifecycle.models import Handover, HandoverContent, HandoverState, MaskRun, PrivacyAssessment
from sekisho.records.lifecycle.queries import handovers as queries
from sekisho.records.lifecycle.rules.checking import checked_choice, checked_day, checked_text
from sekisho.records.lifecycle.rules.handing import gaps, observe
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.permissions import Role
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.requests import actions as requests
from sekisho.records.requests.registry import RequestKind
from sekisho.records.requests.rules import StepSpec
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal
    from sekisho.records.requests.models import Request

__all__ = [
    "HANDOVER_KIND",
    "HandoverFacts",
    "ask_handover",
    "edit_handover",
    "end_handover",
    "give_handover",
    "make_handover",
    "measure_all_handovers",
    "measure_handovers",
    "withdraw_handover",
]

_ENDS: Final = ("returned", "erased", "kept")
_WINDOW: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverFacts:
    """What is said of a handover; see ``models.Handover``."""

    title: str
    content: str
    purpose: str
    recipient: str
    supplier_id: uuid.UUID | None = None
    personal: bool = False
    my_number: bool = False
    mask_run_id: uuid.UUID | None = None
    assessment_id: uuid.UUID | None = None
    pledge_id: uuid.UUID | None = None
    back_on: date | None = None


def _checked(principal: Principal, organization: Organization, facts: HandoverFacts, *, now: datetime) -> dict[str, Any]:
    content = checked_choice(facts.content, name="content", known=HandoverContent.values)
    runs = MaskRun.objects.filter(organization=organization, state="done")
    if facts.mask_run_id is not None and not runs.filter(pk=facts.mask_run_id).exists():
        raise InputError("lifecycle.mask_run_unknown", name="mask_run")
    signed = PrivacyAssessment.objects.filter(organization=organization)
    if facts.assessment_id is not None and not signed.filter(pk=facts.assessment_id).exists():
        raise InputError("lifecycle.assessment_unknown", name="assessment")
    if facts.back_on is not None:
        checked_day(facts.back_on, name="back_on")
        if facts.back_on <= timezone.localdate(now):
            raise InputError("lifecycle.day_over", name="back_on")
    masked = content == HandoverContent.MASKED
    return {
        "title": checked_text(facts.title, name="title", limit=NAME, needed=True),
        "content": content,
        "purpose": checked_text(facts.purpose, name="purpose", limit=500, needed=True),
        "recipient": checked_text(facts.recipient, name="recipient", limit=NAME, needed=True),
        "supplier_id": checked_subject(principal, organization.pk, facts.supplier_id, name="supplier", kind="supplier"),
        "personal": (facts.personal or facts.my_number) and content != HandoverContent.SYNTHETIC,
        "my_number": facts.my_number and content == HandoverContent.REAL,
        "mask_run_id": facts.mask_run_id if masked else None,
        "assessment_id": facts.assessment_id if masked else None,
        "pledge_id": checked_document(
            principal, organization.pk, facts.pledge_id, name="pledge", now=now, needed=False
        ),
        "back_on": facts.back_on,
    }  # fmt: skip


def make_handover(principal: Principal, *, organization: Organization, facts: HandoverFacts, now: datetime) -> Handover:
    """Record that data are to be handed out. Nothing is allowed yet."""
    principal.require("lifecycle.handover", organization.pk)
    values = _checked(principal, organization, facts, now=now)
    with recording(principal, "lifecycle.make_handover", now=now, organization_id=organization.pk) as entry:
        prefix = f"HO-{timezone.localdate(now).year}-"
        made = Handover.objects.create(
            organization=organization,
            number=next_number(Handover.objects.filter(organization=organization), prefix=prefix, digits=4),
            made_at=now,
            made_by_id=principal.person_id,
            **values,
        )
        entry.about(made.pk)
        entry.fact(number=made.number, content=made.content)
        entry.words(title=made.title, recipient=made.recipient, purpose=made.purpose)
    return made


def _open(handover: Handover, version: int | None, *states: str) -> Handover:
    row = fresh(Handover.objects.select_related("request", "organization"), handover.pk, version)
    if row.state not in states:
        raise Conflict("lifecycle.handover_state", number=row.number, state=row.state)
    return row


def _waits(row: Handover) -> bool:
    return row.request is not None and row.request.state in {"pending", "returned"}


def edit_handover(principal: Principal, handover: Handover, *, facts: HandoverFacts, version: int, now: datetime) -> Handover:
    """Change it while nobody is asked. An approval is for what was approved: a changed one has to be asked for again."""
    principal.require("lifecycle.handover", handover.organization_id)
    values = _checked(principal, handover.organization, facts, now=now)
    with recording(principal, "lifecycle.edit_handover", now=now, organization_id=handover.organization_id) as entry:
        row = _open(handover, version, HandoverState.DRAFT, HandoverState.ASKED, HandoverState.APPROVED)
        if _waits(row):
            raise Conflict("lifecycle.handover_asked")
        changed = sorted(name for name, value in values.items() if getattr(row, name) != value)
        for name, value in values.items():
            setattr(row, name, value)
        row.state, row.approved_at, row.request_id = HandoverState.DRAFT, None, None
        row.version += 1
        row.save()
        entry.about(row.pk)
        entry.fact(changed=changed)
    return row


def ask_handover(principal: Principal, handover: Handover, *, reason: str, version: int, now: datetime) -> Handover:
    """Ask that it may be handed out. Raises InputError ``lifecycle.handover_gaps`` naming each thing that is missing."""
    principal.require("lifecycle.handover", handover.organization_id)
    reason = checked_text(reason, name="reason", limit=TEXT, needed=True)
    with recording(principal, "lifecycle.ask_handover", now=now, organization_id=handover.organization_id) as entry:
        row = _open(handover, version, HandoverState.DRAFT, HandoverState.ASKED)
        if _waits(row):
            raise Conflict("lifecycle.handover_asked")
        _whole(row)
        row.state, row.version = HandoverState.ASKED, row.version + 1
        row.save(update_fields=["state", "version"])
        request = requests.submit(
            principal,
            kind=HANDOVER_KIND.name,
            organization_id=row.organization_id,
            payload={"handover": str(row.pk), "version": row.version},
            summary={"code": "lifecycle.request_handover", "fields": {"number": row.number, "title": row.title}},
            reason=reason,
            now=now,
        )
        Handover.objects.filter(pk=row.pk).update(request=request)
        entry.about(row.pk, request.pk)
    row.refresh_from_db()
    return row


def _whole(row: Handover) -> None:
    missing = gaps(queries.given_of(row))
    if missing:
        first = missing[0]
        raise InputError(f"lifecycle.gap_{first}", missing=missing)


def _approve(principal: Principal, request: Request, now: datetime) -> None:
    if principal.person_id == request.requester_id:
        raise InputError("lifecycle.second_person")
    row = Handover.objects.select_for_update(of=("self",)).get(pk=request.payload["handover"])
    if row.state != HandoverState.ASKED or row.version != request.payload["version"]:
        raise Conflict("lifecycle.changed_meanwhile")
    _whole(row)
    row.state, row.approved_at, row.version = HandoverState.APPROVED, now, row.version + 1
    row.save(update_fields=["state", "approved_at", "version"])


def _check(principal: Principal, request: Request, now: datetime) -> None:
    del principal, now
    rows = Handover.objects.filter(pk=request.payload.get("handover"), organization_id=request.organization_id)
    if not rows.filter(state=HandoverState.ASKED).exists():
        raise Conflict("lifecycle.changed_meanwhile")


HANDOVER_KIND: Final = RequestKind(
    name="lifecycle.handover",
    title="lifecycle.request_handover_title",
    action="lifecycle.handover",
    apply=_approve,
    check=_check,
    route=(StepSpec(1, Role.CHIEF_OFFICER),),
)


def give_handover(principal: Principal, handover: Handover, *, given_on: date, how: str, version: int, now: datetime) -> Handover:
    """It was handed out. What has to come back shows among the duties."""
    principal.require("lifecycle.handover", handover.organization_id)
    how = checked_text(how, name="how", limit=500, needed=True)
    with recording(principal, "lifecycle.give_handover", now=now, organization_id=handover.organization_id) as entry:
        row = _open(handover, version, HandoverState.APPROVED)
        assert row.approved_at is not None
        if not timezone.localdate(row.approved_at) <= given_on <= timezone.localdate(now):
            raise InputError("lifecycle.given_before_approval", name="given_on")
        _whole(row)
        row.state, row.given_on, row.given_how, row.version = HandoverState.GIVEN, given_on, how, row.version + 1
        row.save(update_fields=["state", "given_on", "given_how", "version"])
        entry.about(row.pk)
        entry.fact(given_on=given_on.isoformat())
        entry.words(how=how)
        if row.back_on is not None:
            duties.set_duty(
                principal,
                source=f"lifecycle:handover:{row.pk}",
                organization_id=row.organization_id,
                code="lifecycle.duty_handover",
                fields={"number": row.number, "recipient": row.recipient[:80]},
                due_at=end_of_day(row.back_on),
                owner_id=row.made_by_id,
                owner_role="" if row.made_by_id else str(Role.SECTION_OFFICER),
                url=f"handovers/{row.pk}/",
                now=now,
            )
    return row


def end_handover(
    principal: Principal,
    handover: Handover,
    *,
    ended_on: date,
    how: str,
    note: str,
    document_id: uuid.UUID | None,
    version: int,
    now: datetime,
) -> Handover:
    """It came back or was erased (``how``: returned, erased; kept for synthetic data only), confirmed by a document.

    Raises InputError for real data without a document, Conflict when it was not given.
    """
    principal.require("lifecycle.handover", handover.organization_id)
    checked_choice(how, name="how", known=_ENDS)
    note = checked_text(note, name="note", limit=TEXT)
    document = checked_document(
        principal,
        handover.organization_id,
        document_id,
        name="document",
        now=now,
        needed=handover.content == HandoverContent.REAL,
    )
    with recording(principal, "lifecycle.end_handover", now=now, organization_id=handover.organization_id) as entry:
        row = _open(handover, version, HandoverState.GIVEN)
        assert row.given_on is not None
        if how == "kept" and row.content != HandoverContent.SYNTHETIC:
            raise InputError("lifecycle.kept_synthetic_only", name="how")
        if not row.given_on <= ended_on <= timezone.localdate(now):
            raise InputError("lifecycle.ended_before_given", name="ended_on")
        row.state, row.ended_on, row.ended_how, row.ended_note = HandoverState.ENDED, ended_on, how, note
        row.proof_of_end_id = document
        row.version += 1
        row.save()
        entry.about(row.pk, *([document] if document else []))
        entry.fact(how=how, ended_on=ended_on.isoformat())
        entry.words(note=note)
        duties.complete_by_source(principal, source=f"lifecycle:handover:{row.pk}", now=now)
    return row


def withdraw_handover(principal: Principal, handover: Handover, *, reason: str, version: int, now: datetime) -> Handover:
    """It is not handed out after all."""
    principal.require("lifecycle.handover", handover.organization_id)
    reason = checked_text(reason, name="reason", limit=TEXT, needed=True)
    with recording(principal, "lifecycle.withdraw_handover", now=now, organization_id=handover.organization_id) as entry:
        row = _open(handover, version, HandoverState.DRAFT, HandoverState.ASKED, HandoverState.APPROVED)
        if _waits(row):
            raise Conflict("lifecycle.handover_asked")
        row.state, row.ended_note, row.version = HandoverState.WITHDRAWN, reason, row.version + 1
        row.save(update_fields=["state", "ended_note", "version"])
        entry.about(row.pk)
        entry.words(reason=reason)
    return row


# -------------------------------------------------------------------------------------------------------- the figures


def measure_handovers(principal: Principal, organization: Organization, *, now: datetime) -> dict[str, Any]:
    """Hand in the figures of one organisation as evidence. Without a subject that stands for it nothing is handed in."""
    principal.require("lifecycle.measure", organization.pk)
    subject = subject_queries.organization_subject(organization.pk)
    if subject is None or subject.retired_at is not None:
        return {"measured": False}
    since = timezone.localdate(now - _WINDOW)
    found = queries.figures_of(organization.pk, since=since, today=timezone.localdate(now))
    made = observe(found, kind=subject.kind, name=subject.name, period=(now - _WINDOW, now), now=now)
    with recording(principal, "lifecycle.measure_handovers", now=now, organization_id=organization.pk) as entry:
        result = evidence.receive_observations(SYSTEM, observations=[encode(made)], subject=subject, now=now).results[0]
        if result.status == "refused":
            raise InputError(result.code, problems=tuple(result.problems), **result.fields)
        entry.about(subject.pk)
        entry.fact(content=result.content_id)
    return {"measured": True}


def measure_all_handovers(*, now: datetime) -> int:
    """Every organisation that has handed out data (the scheduler asks once a day)."""
    ids = set(Handover.objects.exclude(given_on=None).values_list("organization_id", flat=True))
    rows = organization_queries.organizations(SYSTEM).filter(pk__in=ids).order_by("pk")
    for one in rows:
        measure_handovers(SYSTEM, one, now=now)
    return len(rows)
