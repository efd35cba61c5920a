"""Holds: set at once, released only after a second person agreed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from sekisho.errors import Conflict, InputError
from sekisho.records.ledger.actions import recording
from sekisho.records.lifecycle.actions.common import NAME, TEXT, fresh
from sekisho.records.lifecycle.actions.refreshing import refresh_later
from sekisho.records.lifecycle.models import Hold, HoldKind
from sekisho.records.lifecycle.queries import retention as queries
from sekisho.records.lifecycle.rules.checking import checked_choice, checked_day, checked_text
from sekisho.records.organization.permissions import Role
from sekisho.records.requests import actions as requests
from sekisho.records.requests.registry import RequestKind
from sekisho.records.requests.rules import StepSpec
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal
    from sekisho.records.requests.models import Request

__all__ = ["RELEASE_KIND", "HoldFacts", "ask_release", "set_hold"]

_MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class HoldFacts:
    """What is to stay, why, and how long. At least one of entries, subjects, kinds, text, everything names it."""

    kind: str
    name: str
    reason: str
    starts_on: date
    ends_on: date | None = None
    entries: Sequence[uuid.UUID] = field(default_factory=tuple)
    subjects: Sequence[uuid.UUID] = field(default_factory=tuple)
    kinds: Sequence[str] = field(default_factory=tuple)
    text: str = ""
    everything: bool = False


def set_hold(principal: Principal, *, organization: Organization, facts: HoldFacts, now: datetime) -> Hold:
    """Stop deletions of what the hold names, from this moment on (also those under way, at their next step).

    Raises InputError for a hold that names nothing, an unknown kind of record, a period that ends before it begins.
    """
    principal.require("lifecycle.hold", organization.pk)
    values = _checked(organization, facts)
    entries = queries.in_organization(principal, organization.pk).filter(pk__in=list(facts.entries)[:_MOST])
    subjects = subject_queries.subjects(principal).filter(organization=organization, pk__in=list(facts.subjects)[:_MOST])
    if entries.count() != len(set(facts.entries)) or subjects.count() != len(set(facts.subjects)):
        raise InputError("lifecycle.hold_elsewhere", name="entries")
    with recording(principal, "lifecycle.set_hold", now=now, organization_id=organization.pk) as entry:
        made = Hold.objects.create(organization=organization, set_by_id=principal.person_id, set_at=now, **values)
        made.entries.set(entries)
        made.subjects.set(subjects)
        entry.about(made.pk, *(row.pk for row in entries))
        entry.fact(kind=made.kind, kinds=made.kinds, everything=made.everything, starts_on=made.starts_on.isoformat())
        entry.words(name=made.name, reason=made.reason)
        refresh_later(organization.pk, now=now)
    return made


def _checked(organization: Organization, facts: HoldFacts) -> dict[str, Any]:
    kinds = sorted(set(facts.kinds))
    known = queries.kind_ids(organization.pk)
    for kind in kinds:
        checked_choice(kind, name="kinds", known=known)
    text = checked_text(facts.text, name="text", limit=NAME)
    if not (facts.entries or facts.subjects or kinds or text or facts.everything):
        raise InputError("lifecycle.hold_names_nothing", name="entries")
    starts_on = checked_day(facts.starts_on, name="starts_on")
    ends_on = checked_day(facts.ends_on, name="ends_on") if facts.ends_on else None
    if ends_on and ends_on < starts_on:
        raise InputError("lifecycle.period_reversed", name="ends_on")
    return {
        "kind": checked_choice(facts.kind, name="kind", known=HoldKind.values),
        "name": checked_text(facts.name, name="name", limit=NAME, needed=True),
        "reason": checked_text(facts.reason, name="reason", limit=TEXT, needed=True),
        "kinds": kinds,
        "text": text,
        "everything": facts.everything,
        "starts_on": starts_on,
        "ends_on": ends_on,
    }


def ask_release(principal: Principal, hold: Hold, *, reason: str, version: int, now: datetime) -> Hold:
    """Ask that a hold ends. It holds on until a second person has approved.

    Raises Conflict ``lifecycle.hold_over``, ``lifecycle.release_asked``, ``lifecycle.changed_meanwhile``.
    """
    principal.require("lifecycle.hold", hold.organization_id)
    reason = checked_text(reason, name="reason", limit=TEXT, needed=True)
    with recording(principal, "lifecycle.ask_release", now=now, organization_id=hold.organization_id) as entry:
        row = fresh(Hold.objects.all(), hold.pk, version)
        if row.released_at is not None or (row.ends_on and row.ends_on < timezone.localdate(now)):
            raise Conflict("lifecycle.hold_over")
        if row.request is not None and row.request.state in {"pending", "returned"}:
            raise Conflict("lifecycle.release_asked")
        row.release_reason, row.version = reason, row.version + 1
        row.save(update_fields=["release_reason", "version"])
        request = requests.submit(
            principal,
            kind=RELEASE_KIND.name,
            organization_id=row.organization_id,
            payload={"hold": str(row.pk)},
            summary={"code": "lifecycle.request_release", "fields": {"name": row.name}},
            reason=reason,
            now=now,
        )
        Hold.objects.filter(pk=row.pk).update(request=request)
        entry.about(row.pk, request.pk)
        entry.words(reason=reason)
    row.refresh_from_db()
    return row


def _release(principal: Principal, request: Request, now: datetime) -> None:
    """The request was approved: the hold ends now."""
    if principal.person_id == request.requester_id:
        raise InputError("lifecycle.second_person")
    row = Hold.objects.select_for_update().get(pk=request.payload["hold"])
    if row.released_at is None:
        row.released_at, row.version = now, row.version + 1
        row.save(update_fields=["released_at", "version"])
        refresh_later(row.organization_id, now=now)


def _check(principal: Principal, request: Request, now: datetime) -> None:
    del principal, now
    rows = Hold.objects.filter(pk=request.payload.get("hold"), organization_id=request.organization_id, released_at=None)
    if not rows.exists():
        raise Conflict("lifecycle.hold_over")


RELEASE_KIND: Final = RequestKind(
    name="lifecycle.release",
    title="lifecycle.request_release_title",
    action="lifecycle.hold",
    apply=_release,
    check=_check,
    route=(StepSpec(1, Role.CHIEF_OFFICER),),
)
