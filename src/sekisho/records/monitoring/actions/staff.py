"""Watching staff: a basis is asked for and approved through a request; every search on it is recorded with its result."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from sekisho.errors import Conflict, InputError
from sekisho.records.evidence import queries as evidence_queries
from sekisho.records.ledger.actions import recording
from sekisho.records.monitoring import detecting
from sekisho.records.monitoring.models import LogSource, StaffBasis, StaffSearch
from sekisho.records.monitoring.queries.staff import in_force
from sekisho.records.monitoring.rules.checking import checked_text
from sekisho.records.organization.permissions import Role
from sekisho.records.requests import actions as requests
from sekisho.records.requests.registry import RequestKind
from sekisho.records.requests.rules import StepSpec

if TYPE_CHECKING:
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal
    from sekisho.records.requests.models import Request

__all__ = ["REQUEST_KIND", "BasisFacts", "ask_basis", "end_basis", "search_staff"]

KIND: Final = "monitoring.staff_basis"
_TEXT: Final = 4000
_ABOUT: Final = 200
_LONGEST_DAYS: Final = 366
_MOST_SEARCHED_DAYS: Final = 93


@dataclass(frozen=True, slots=True)
class BasisFacts:
    """Why staff is to be watched, under which rule, after which notice (ids of evidence), and when. Days are included."""

    purpose: str
    rule_document: uuid.UUID
    notice_document: uuid.UUID
    noticed_on: date
    starts_on: date
    ends_on: date


def ask_basis(principal: Principal, *, organization: Organization, facts: BasisFacts, reason: str, now: datetime) -> StaffBasis:
    """Register a basis and ask for its approval. Nothing may be searched before it is given.

    Raises InputError ``monitoring.*``: documents that are not the organisation's own or not in force, a notice after the
    beginning, a period longer than a year.
    """
    principal.require("monitoring.staff", organization.pk)
    purpose = checked_text(facts.purpose, name="purpose", limit=_TEXT, needed=True)
    reason = checked_text(reason, name="reason", limit=_TEXT, needed=True)
    if facts.ends_on < facts.starts_on:
        raise InputError("monitoring.period_reversed", name="ends_on")
    if (facts.ends_on - facts.starts_on).days >= _LONGEST_DAYS:
        raise InputError("monitoring.basis_too_long", name="ends_on", days=_LONGEST_DAYS)
    if facts.noticed_on > facts.starts_on:
        raise InputError("monitoring.notice_late", name="noticed_on")
    documents = {
        name: _document(principal, organization, name, given, now)
        for name, given in (("rule_document", facts.rule_document), ("notice_document", facts.notice_document))
    }
    with recording(principal, "monitoring.ask_basis", now=now, organization_id=organization.pk) as entry:
        made = StaffBasis.objects.create(
            organization=organization,
            purpose=purpose,
            rule_document_id=documents["rule_document"],
            notice_document_id=documents["notice_document"],
            noticed_on=facts.noticed_on,
            starts_on=facts.starts_on,
            ends_on=facts.ends_on,
            asked_by_id=principal.person_id,
            asked_at=now,
        )
        request = requests.submit(
            principal,
            kind=KIND,
            organization_id=organization.pk,
            payload={"basis": str(made.pk)},
            summary={
                "code": "monitoring.request_basis",
                "fields": {"since": facts.starts_on.isoformat(), "until": facts.ends_on.isoformat()},
            },
            reason=f"{purpose}\n{reason}"[:_TEXT],
            now=now,
        )
        StaffBasis.objects.filter(pk=made.pk).update(request=request)
        entry.about(made.pk, request.pk)
        entry.fact(starts_on=facts.starts_on.isoformat(), ends_on=facts.ends_on.isoformat())
        entry.words(purpose=purpose)
    made.refresh_from_db()
    return made


def _document(principal: Principal, organization: Organization, name: str, given: uuid.UUID, now: datetime) -> uuid.UUID:
    rows = evidence_queries.evidence(principal, now=now, organization_id=organization.pk)
    found = rows.filter(pk=given, organization=organization, kind="document", withdrawn_at=None).first()
    if found is None:
        raise InputError("monitoring.document_unknown", name=name)
    if found.valid_until is not None and found.valid_until <= now:
        raise InputError("monitoring.document_expired", name=name)
    return found.pk


def _approve(principal: Principal, request: Request, now: datetime) -> None:
    """The request was approved: the basis holds, from its first day on."""
    StaffBasis.objects.filter(pk=request.payload["basis"], approved_at=None, ended_at=None).update(
        approved_at=now, approved_by_id=principal.person_id
    )


def _check(principal: Principal, request: Request, now: datetime) -> None:
    """It can only be asked for the basis that stands there, as long as it has not begun to be used or was ended."""
    del principal
    rows = StaffBasis.objects.filter(
        pk=request.payload.get("basis"), organization_id=request.organization_id, approved_at=None, ended_at=None
    )
    found = rows.first()
    if found is None:
        raise Conflict("monitoring.basis_gone")
    if found.ends_on < timezone.localdate(now):
        raise Conflict("monitoring.basis_over")


REQUEST_KIND: Final = RequestKind(
    name=KIND,
    title="monitoring.request_basis_title",
    action="monitoring.staff",
    apply=_approve,
    check=_check,
    route=(StepSpec(1, Role.ADVISOR, advisory=True), StepSpec(1, Role.CHIEF_OFFICER), StepSpec(2, Role.CISO)),
)


def end_basis(principal: Principal, basis: StaffBasis, *, reason: str, now: datetime) -> None:
    """From now on nothing may be searched on this basis any more."""
    principal.require("monitoring.staff", basis.organization_id)
    reason = checked_text(reason, name="reason", limit=_TEXT, needed=True)
    with recording(principal, "monitoring.end_basis", now=now, organization_id=basis.organization_id) as entry:
        if not StaffBasis.objects.filter(pk=basis.pk, ended_at=None).update(ended_at=now, ended_reason=reason):
            raise Conflict("monitoring.basis_gone")
        entry.about(basis.pk)
        entry.words(reason=reason)


def _facts_of(row: StaffBasis) -> dict[str, Any]:
    """The basis as the engine asks for it."""
    return {
        "purpose": row.purpose,
        "rule_document": row.rule_document.title,
        "noticed_on": row.noticed_on,
        "approver": str(row.approved_by_id or row.approved_at),
        "valid_from": row.starts_on,
        "valid_until": row.ends_on,
    }


def search_staff(
    principal: Principal,
    *,
    organization: Organization,
    basis: StaffBasis,
    about: str,
    since: datetime,
    until: datetime,
    reason: str,
    now: datetime,
) -> StaffSearch:
    """Join door and log-in records of a person (``about``; empty: everybody) in a period, on a basis that is in force.

    The search is written down, on the ledger and in the list that the auditor sees, in one transaction with its result: nobody
    reads a result of which no record exists. Raises Conflict ``monitoring.no_basis`` without a basis in force.
    """
    principal.require("monitoring.staff_search", organization.pk)
    about = checked_text(about, name="about", limit=_ABOUT)
    reason = checked_text(reason, name="reason", limit=_TEXT, needed=True)
    if since >= until:
        raise InputError("monitoring.period_reversed", name="until")
    if (until - since).days > _MOST_SEARCHED_DAYS:
        raise InputError("monitoring.search_too_long", name="until", days=_MOST_SEARCHED_DAYS)
    with recording(principal, "monitoring.search_staff", now=now, organization_id=organization.pk) as entry:
        row = in_force(organization.pk, today=timezone.localdate(now)).select_for_update().filter(pk=basis.pk).first()
        if row is None:
            raise Conflict("monitoring.no_basis")
        result: dict[str, Any] = detecting.join_staff(
            organization_id=organization.pk,
            sources=list(LogSource.objects.filter(organization=organization)),
            about=about,
            period=(since, until),
            basis=_facts_of(row),
            who=principal.id,
            why=reason,
            now=now,
        )
        made = StaffSearch.objects.create(
            organization=organization,
            basis=row,
            about=about,
            since=since,
            until=until,
            reason=reason,
            found=len(result.get("findings", ())),
            result=result,
            person_id=principal.person_id,
            at=now,
        )
        entry.about(made.pk, row.pk)
        entry.fact(found=made.found)
        entry.words(about=about, reason=reason)
    return made
