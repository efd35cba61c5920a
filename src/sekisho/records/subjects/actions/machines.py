"""Enrolment of machines, and what their reports do to it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sekisho.errors import Conflict, InputError, NotFound, NotPermitted
from sekisho.records.ledger.actions import recording
from sekisho.records.organization.actions import hash_secret
from sekisho.records.rows import the_row
from sekisho.records.subjects import hooks
from sekisho.records.subjects.models import Machine
from sekisho.records.subjects.rules import MachineState, Report, Verdict, judge

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from sekisho.records.organization.principals import Principal
    from sekisho.records.subjects.models import Subject

__all__ = ["Taken", "enroll_machine", "resume_machine", "revoke_machine", "suspend_machine", "take_report"]


@dataclass(frozen=True, slots=True)
class Taken:
    """The outcome of :func:`take_report`: the verdict, the machine, and the nonce that its next report must carry."""

    verdict: Verdict
    machine: Machine
    nonce: str


def enroll_machine(
    principal: Principal, *, subject: Subject, name: str, now: datetime, expires_at: datetime | None = None
) -> tuple[Machine, str]:
    """Let a collector report about ``subject``; returns the enrolment with its secret, which is shown once and not kept."""
    principal.require("machine.enroll", subject.organization_id)
    if not name.strip():
        raise InputError("subjects.machine_name_missing")
    if expires_at is not None and expires_at <= now:
        raise InputError("subjects.expiry_in_past")
    if subject.retired_at is not None:
        raise Conflict("subjects.retired", subject=subject.name)
    secret = f"skm_{secrets.token_urlsafe(32)}"
    with recording(principal, "machine.enroll", now=now, organization_id=subject.organization_id) as entry:
        machine = Machine.objects.create(
            subject=subject,
            name=name.strip(),
            secret_hash=hash_secret(secret),
            enrolled_by_id=principal.person_id,
            enrolled_at=now,
            expires_at=expires_at,
        )
        entry.about(machine.pk, subject.pk)
        entry.fact(expires_at=expires_at.isoformat() if expires_at else None)
        entry.words(name=machine.name)
    return machine, secret


def revoke_machine(principal: Principal, *, machine: Machine, now: datetime) -> None:
    """End an enrolment for ever: its secret opens nothing any more. What it reported stays."""
    organization_id = machine.subject.organization_id
    principal.require("machine.revoke", organization_id)
    with recording(principal, "machine.revoke", now=now, organization_id=organization_id) as entry:
        if not Machine.objects.filter(pk=machine.pk, revoked_at=None).update(revoked_at=now):
            raise Conflict("subjects.machine_revoked", machine=machine.name)
        entry.about(machine.pk, machine.subject_id)
    machine.revoked_at = now


def resume_machine(principal: Principal, *, machine: Machine, reason: str, now: datetime) -> None:
    """Let a suspended enrolment report again; identity and nonce are bound afresh at its next report. ``reason`` is required."""
    organization_id = machine.subject.organization_id
    principal.require("machine.revoke", organization_id)
    if not reason.strip():
        raise InputError("subjects.reason_missing")
    with recording(principal, "machine.resume", now=now, organization_id=organization_id) as entry:
        resumed = Machine.objects.filter(pk=machine.pk, revoked_at=None, suspended_at__isnull=False).update(
            suspended_at=None, suspended_reason="", identity="", nonce="", previous_nonce="", last_batch="", counter=0
        )
        if not resumed:
            raise Conflict("subjects.machine_not_suspended", machine=machine.name)
        entry.about(machine.pk, machine.subject_id)
        entry.words(reason=reason.strip())
    machine.refresh_from_db()


def suspend_machine(principal: Principal, *, machine_id: uuid.UUID, code: str, now: datetime) -> None:
    """Take nothing more from this machine until a person resumes it. Tells those who registered with
    ``hooks.machine_suspended``.
    """
    machine = the_row(Machine.objects.select_related("subject").filter(pk=machine_id))
    if principal.kind != "machine" or principal.machine_id != machine_id:
        principal.require("machine.revoke", machine.subject.organization_id)
    with recording(principal, "machine.suspend", now=now, organization_id=machine.subject.organization_id) as entry:
        Machine.objects.filter(pk=machine_id).update(suspended_at=now, suspended_reason=code)
        entry.about(machine_id, machine.subject_id)
        entry.fact(code=code)
        for told in hooks.MACHINE_SUSPENDED:
            told(machine_id=machine_id, code=code, now=now)


def take_report(*, machine_id: uuid.UUID, report: Report, now: datetime) -> Taken:
    """Judge a report and, when it may be taken, move on to the next nonce. To be called inside the caller's transaction.

    The machine's row is locked until the end of that transaction, so that two copies cannot pass at the same moment.
    The machine's
    right to report was proven by its secret.
    """
    machine = Machine.objects.select_for_update(of=("self",)).select_related("subject").get(pk=machine_id)
    if machine.revoked_at is not None:
        raise NotFound("access.not_found")
    if machine.suspended_at is not None:
        # Not a Conflict: a sender may take that for "already there" and forget what it holds.
        raise NotPermitted("subjects.machine_suspended", machine=machine.name)
    state = MachineState(
        identity=machine.identity,
        nonce=machine.nonce,
        counter=machine.counter,
        previous_nonce=machine.previous_nonce,
        last_batch=machine.last_batch,
    )
    verdict = judge(state, report)
    if verdict is Verdict.ACCEPT:
        machine.identity = machine.identity or report.identity
        machine.previous_nonce = machine.nonce or report.nonce
        machine.nonce = secrets.token_hex(32)
        machine.counter = report.counter
        machine.last_batch = report.batch
        machine.last_seen_at = now
        machine.save(update_fields=["identity", "previous_nonce", "nonce", "counter", "last_batch", "last_seen_at"])
    return Taken(verdict=verdict, machine=machine, nonce=machine.nonce)
