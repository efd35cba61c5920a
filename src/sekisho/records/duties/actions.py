"""Every write of duties. Other rooms set and complete theirs by ``source``; people complete and assign on the pages."""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.duties.models import BASIS_EN, CalendarFeed, Duty
from sekisho.records.duties.rules import ESCALATE_AFTER
from sekisho.records.ledger.actions import recording
from sekisho.records.organization import queries as organization
from sekisho.records.organization.actions import accounts, hash_secret

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.principals import Principal

__all__ = ["assign", "complete", "complete_by_source", "escalate_overdue", "make_calendar_feed", "set_duty", "stop_calendar_feed"]


def set_duty(
    principal: Principal,
    *,
    source: str,
    organization_id: uuid.UUID,
    code: str,
    fields: dict[str, Any],
    due_at: datetime,
    now: datetime,
    owner_id: uuid.UUID | None = None,
    owner_role: str = "",
    subject_id: uuid.UUID | None = None,
    basis: str = "",
    basis_en: str = "",
    url: str = "",
) -> Duty:
    """Make the duty of ``source`` ("room:kind:id"), or move the open one. A done duty opens again only with a later date.

    ``basis`` is the law, rule or requirement behind it in Japanese, ``basis_en`` in English where it has an English text.
    Called by other rooms' actions, which have checked the right to do what makes it due.
    """
    values: dict[str, Any] = {
        "organization_id": organization_id,
        "subject_id": subject_id,
        "code": code,
        "fields": {**fields, BASIS_EN: basis_en} if basis_en else fields,
        "basis": basis,
        "url": url,
        "owner_id": owner_id,
        "owner_role": owner_role,
        "due_at": due_at,
    }
    duty = Duty.objects.filter(source=source).first()
    if duty is None:
        with recording(principal, "duty.set", now=now, organization_id=organization_id) as entry:
            duty = Duty.objects.create(source=source, created_at=now, **values)
            entry.about(duty.pk)
            entry.fact(source=source, due_at=due_at.isoformat())
        return duty
    if all(getattr(duty, name) == value for name, value in values.items()) and (duty.done_at is None or due_at <= duty.due_at):
        return duty
    if duty.done_at is not None and due_at <= duty.due_at:
        return duty
    with recording(principal, "duty.move", now=now, organization_id=organization_id) as entry:
        Duty.objects.filter(pk=duty.pk).update(done_at=None, done_by=None, done_note="", escalated_at=None, **values)
        entry.about(duty.pk)
        entry.fact(source=source, due_at=due_at.isoformat())
    duty.refresh_from_db()
    return duty


def complete_by_source(principal: Principal, *, source: str, now: datetime) -> bool:
    """The open duty of ``source`` is done, because what it asked for happened. False when there is none open."""
    duty = Duty.objects.filter(source=source, done_at=None).first()
    if duty is None:
        return False
    with recording(principal, "duty.complete", now=now, organization_id=duty.organization_id) as entry:
        Duty.objects.filter(pk=duty.pk).update(done_at=now, done_by_id=principal.person_id)
        entry.about(duty.pk)
        entry.fact(source=source)
    return True


def complete(principal: Principal, duty: Duty, *, note: str, now: datetime) -> None:
    """A person says that it is done."""
    principal.require("duty.complete", duty.organization_id)
    with recording(principal, "duty.complete", now=now, organization_id=duty.organization_id) as entry:
        if not Duty.objects.filter(pk=duty.pk, done_at=None).update(done_at=now, done_by_id=principal.person_id, done_note=note):
            raise Conflict("duties.already_done")
        entry.about(duty.pk)
        entry.words(note=note)


def assign(principal: Principal, duty: Duty, *, owner_id: uuid.UUID, now: datetime) -> None:
    """Give the duty to somebody."""
    principal.require("duty.assign", duty.organization_id)
    if not organization.people_of(duty.organization_id, today=timezone.localdate(now)).filter(pk=owner_id).exists():
        raise InputError("duties.owner_unknown")
    if duty.done_at is not None:
        raise Conflict("duties.already_done")
    with recording(principal, "duty.assign", now=now, organization_id=duty.organization_id) as entry:
        Duty.objects.filter(pk=duty.pk).update(owner_id=owner_id)
        entry.about(duty.pk, owner_id)


def escalate_overdue(principal: Principal, *, now: datetime) -> int:
    """Duties overdue for longer than ``ESCALATE_AFTER`` go up the line (they then show on the chief officer's first page)."""
    rows = list(
        Duty.objects.filter(done_at=None, escalated_at=None, due_at__lt=now - ESCALATE_AFTER).values_list("pk", "organization_id")
    )
    for pk, organization_id in rows:
        with recording(principal, "duty.escalate", now=now, organization_id=organization_id) as entry:
            Duty.objects.filter(pk=pk).update(escalated_at=now)
            entry.about(pk)
    return len(rows)


def make_calendar_feed(principal: Principal, *, now: datetime) -> str:
    """A new secret for the person's iCalendar address; the former one ends. Shown once. Not for tokens: it may read more."""
    accounts.require_person(principal)
    if principal.person_id is None:
        raise NotFound("access.not_found")
    secret = secrets.token_urlsafe(32)
    with recording(principal, "calendar.make", now=now) as entry:
        CalendarFeed.objects.update_or_create(
            person_id=principal.person_id, defaults={"secret_hash": hash_secret(secret), "created_at": now}
        )
        entry.about(principal.person_id)
    return secret


def stop_calendar_feed(principal: Principal, *, now: datetime) -> None:
    """End the person's iCalendar address."""
    if principal.person_id is None:
        raise NotFound("access.not_found")
    with recording(principal, "calendar.stop", now=now) as entry:
        CalendarFeed.objects.filter(person_id=principal.person_id).delete()
        entry.about(str(principal.person_id))
