"""Sources: registered, changed, retired."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from sekisho.errors import Conflict, InputError
from sekisho.records.ledger.actions import recording
from sekisho.records.monitoring import eventstore
from sekisho.records.monitoring.models import LogSource
from sekisho.records.monitoring.rules.checking import checked_encoding, checked_number, checked_text, checked_zone
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.permissions import Role
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["SourceFacts", "edit_source", "register_source", "retire_source"]

_NAME: Final = 200
_NOTE: Final = 4000
_LONGEST_RHYTHM: Final = 24 * 400
_LONGEST_RETENTION: Final = 366 * 30


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What is said of a source. ``kind``: id of a field map, empty to find it out; ``owner_role`` when no person owns it."""

    name: str
    kind: str
    subject_id: uuid.UUID | None = None
    owner_id: uuid.UUID | None = None
    owner_role: str = ""
    rhythm_hours: int = 24
    retention_days: int = 365
    time_zone: str = "Asia/Tokyo"
    encoding: str = ""
    watches_folder: bool = False
    note: str = ""


def _checked(principal: Principal, organization_id: uuid.UUID, facts: SourceFacts, now: datetime) -> dict[str, Any]:
    if facts.kind and facts.kind not in eventstore.kinds():
        raise InputError("monitoring.unknown_kind", name="kind", value=facts.kind[:64])
    if facts.subject_id is not None:
        subject = subject_queries.subject(principal, facts.subject_id)
        if subject.organization_id != organization_id or subject.retired_at is not None:
            raise InputError("monitoring.subject_elsewhere", name="subject")
    check_owner(organization_id, facts.owner_id, facts.owner_role, now=now)
    return {
        "name": checked_text(facts.name, name="name", limit=_NAME, needed=True),
        "kind": facts.kind,
        "subject_id": facts.subject_id,
        "owner_id": facts.owner_id,
        "owner_role": "" if facts.owner_id else facts.owner_role,
        "rhythm_hours": checked_number(facts.rhythm_hours, name="rhythm_hours", least=1, most=_LONGEST_RHYTHM),
        "retention_days": checked_number(facts.retention_days, name="retention_days", least=1, most=_LONGEST_RETENTION),
        "time_zone": checked_zone(facts.time_zone),
        "encoding": checked_encoding(facts.encoding),
        "watches_folder": facts.watches_folder,
        "note": checked_text(facts.note, name="note", limit=_NOTE),
    }


def check_owner(organization_id: uuid.UUID, owner_id: uuid.UUID | None, owner_role: str, *, now: datetime) -> None:
    """Raise InputError unless there is an owner: a person with a role in the organisation, or a role."""
    if owner_id is None and not owner_role:
        raise InputError("monitoring.owner_missing", name="owner")
    if owner_role and owner_role not in set(Role):
        raise InputError("monitoring.unknown_role", name="owner_role", value=owner_role[:32])
    people = organization_queries.people_of(organization_id, today=timezone.localdate(now))
    if owner_id is not None and not people.filter(pk=owner_id).exists():
        raise InputError("monitoring.owner_unknown", name="owner")


def register_source(principal: Principal, *, organization: Organization, facts: SourceFacts, now: datetime) -> LogSource:
    """Register a source of logs. With ``watches_folder`` its folder is made on the server.

    Raises InputError for its facts, Conflict ``monitoring.source_twice`` when the organisation has one of that name.
    """
    principal.require("monitoring.source", organization.pk)
    values = _checked(principal, organization.pk, facts, now)
    with recording(principal, "monitoring.register_source", now=now, organization_id=organization.pk) as entry:
        made = LogSource(organization=organization, created_at=now, **values)
        _save(made)
        if made.watches_folder:
            eventstore.folder_of(made.organization_id, made.pk, make=True)
        entry.about(made.pk)
        entry.fact(kind=made.kind, retention_days=made.retention_days)
        entry.words(name=made.name)
    return made


def _save(row: LogSource, *, update_fields: list[str] | None = None) -> None:
    try:
        with transaction.atomic():
            row.save(update_fields=update_fields)
    except IntegrityError as error:
        raise Conflict("monitoring.source_twice", name="name", value=row.name) from error


def edit_source(principal: Principal, source: LogSource, *, facts: SourceFacts, version: int, now: datetime) -> LogSource:
    """Change what is said of a source. Raises Conflict ``monitoring.changed_meanwhile`` when somebody else was faster."""
    principal.require("monitoring.source", source.organization_id)
    values = _checked(principal, source.organization_id, facts, now)
    with recording(principal, "monitoring.edit_source", now=now, organization_id=source.organization_id) as entry:
        row = LogSource.objects.select_for_update().get(pk=source.pk)
        if row.version != version:
            raise Conflict("monitoring.changed_meanwhile")
        if row.retired_at is not None:
            raise Conflict("monitoring.source_retired", source=row.name)
        changed = [name for name, value in values.items() if getattr(row, name) != value]
        for name in changed:
            setattr(row, name, values[name])
        row.version += 1
        _save(row, update_fields=[*(name.removesuffix("_id") for name in changed), "version"])
        if row.watches_folder:
            eventstore.folder_of(row.organization_id, row.pk, make=True)
        entry.about(row.pk)
        entry.fact(changed=sorted(changed))
    return row


def retire_source(principal: Principal, source: LogSource, *, reason: str, now: datetime) -> None:
    """No more logs are taken from the source. Its events stay until their retention ends; plans go on without it."""
    principal.require("monitoring.source", source.organization_id)
    reason = checked_text(reason, name="reason", limit=_NOTE, needed=True)
    with recording(principal, "monitoring.retire_source", now=now, organization_id=source.organization_id) as entry:
        row = LogSource.objects.select_for_update().get(pk=source.pk)
        if row.retired_at is not None:
            raise Conflict("monitoring.source_retired", source=row.name)
        row.retired_at, row.watches_folder = now, False
        row.version += 1
        row.save(update_fields=["retired_at", "watches_folder", "version"])
        entry.about(row.pk)
        entry.words(reason=reason)
