"""Sources: registered, changed, retired; their secrets; the rhythm in which somebody looks at them."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.utils import timezone

from sekisho.errors import Conflict, InputError
from sekisho.records.duties import actions as duties
from sekisho.records.intelligence import secrets_of
from sekisho.records.intelligence.models import IntelSource, SourceKind, Trust
from sekisho.records.intelligence.rules.checking import checked_choice, checked_number, checked_text
from sekisho.records.intelligence.rules.labels import checked_label
from sekisho.records.ledger.actions import recording
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.permissions import Role

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["SourceFacts", "edit_source", "looked_at", "plan_look", "register_source", "retire_source", "set_secret"]

_ACTION: Final = "intelligence.source"
_MOST_DAYS: Final = 366


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What people say of a source. The owner is a person or a role."""

    name: str
    kind: str
    default_tlp: str
    trust: str = "unknown"
    address: str = ""
    collection: str = ""
    login: str = ""
    owner_id: uuid.UUID | None = None
    owner_role: str = ""
    rhythm_days: int = 7
    gives_back: bool = False
    note: str = ""


def _checked(facts: SourceFacts, organization_id: uuid.UUID, *, now: datetime) -> dict[str, Any]:
    if facts.owner_id is None and not facts.owner_role:
        raise InputError("intelligence.owner_missing", name="owner")
    if facts.owner_role and facts.owner_role not in set(Role):
        raise InputError("intelligence.unknown_choice", name="owner", value=facts.owner_role[:32])
    if facts.owner_id is not None:
        people = organization_queries.people_of(organization_id, today=timezone.localdate(now))
        if not people.filter(pk=facts.owner_id).exists():
            raise InputError("intelligence.owner_unknown", name="owner")
    address = checked_text(facts.address, name="address", limit=500)
    if facts.kind == SourceKind.TAXII:
        address = secrets_of.checked_address(address)
    return {
        **asdict(facts),
        "name": checked_text(facts.name, name="name", limit=200, needed=True),
        "kind": checked_choice(facts.kind, SourceKind.values, name="kind"),
        "default_tlp": checked_label(facts.default_tlp),
        "trust": checked_choice(facts.trust, Trust.values, name="trust"),
        "address": address,
        "collection": checked_text(facts.collection, name="collection", limit=200),
        "login": checked_text(facts.login, name="login", limit=200),
        "rhythm_days": checked_number(facts.rhythm_days, name="rhythm_days", least=1, most=_MOST_DAYS),
        "note": checked_text(facts.note, name="note", limit=4000),
    }


def register_source(principal: Principal, organization: Organization, facts: SourceFacts, *, now: datetime) -> IntelSource:
    """Add a source. Raises InputError that names the field; ``intelligence.source_twice`` for a name that is there already."""
    principal.require(_ACTION, organization.pk)
    values = _checked(facts, organization.pk, now=now)
    with recording(principal, "intelligence.register_source", now=now, organization_id=organization.pk) as entry:
        _not_twice(organization.pk, values["name"], None)
        made = IntelSource.objects.create(organization=organization, created_at=now, **values)
        plan_look(principal, made, now=now)
        entry.about(made.pk)
        entry.fact(kind=made.kind, tlp=made.default_tlp)
        entry.words(name=made.name, address=made.address)
    return made


def _not_twice(organization_id: uuid.UUID, name: str, own: uuid.UUID | None) -> None:
    found = IntelSource.objects.filter(organization_id=organization_id, name=name).values_list("pk", flat=True).first()
    if found is not None and found != own:
        raise InputError("intelligence.source_twice", name="name", value=name)


def edit_source(principal: Principal, source: IntelSource, facts: SourceFacts, *, version: int, now: datetime) -> IntelSource:
    """Change a source. Another address makes its secret void: it was given for the former one."""
    principal.require(_ACTION, source.organization_id)
    values = _checked(facts, source.organization_id, now=now)
    with recording(principal, "intelligence.edit_source", now=now, organization_id=source.organization_id) as entry:
        _not_twice(source.organization_id, values["name"], source.pk)
        moved = (values["address"], values["collection"]) != (source.address, source.collection)
        if moved:
            values |= {"cursor": {}, "secret_set_at": None, "last_error": None}
        if not IntelSource.objects.filter(pk=source.pk, version=version, retired_at=None).update(version=version + 1, **values):
            raise Conflict("intelligence.changed_meanwhile")
        if moved:
            secrets_of.forget(settings.CONFIG.keys, source.pk)
        source.refresh_from_db()
        plan_look(principal, source, now=now)
        entry.about(source.pk)
        entry.fact(moved=moved, tlp=source.default_tlp)
        entry.words(name=source.name, address=source.address)
    return source


def retire_source(principal: Principal, source: IntelSource, *, reason: str, now: datetime) -> None:
    """Nobody looks at it any more; its notices stay."""
    principal.require(_ACTION, source.organization_id)
    reason = checked_text(reason, name="reason", limit=2000, needed=True)
    with recording(principal, "intelligence.retire_source", now=now, organization_id=source.organization_id) as entry:
        if not IntelSource.objects.filter(pk=source.pk, retired_at=None).update(retired_at=now, secret_set_at=None):
            raise Conflict("intelligence.source_retired", source=source.name)
        secrets_of.forget(settings.CONFIG.keys, source.pk)
        duties.complete_by_source(principal, source=_duty(source), now=now)
        entry.about(source.pk)
        entry.words(reason=reason)


def set_secret(principal: Principal, source: IntelSource, *, untrusted: str, now: datetime) -> None:
    """Keep the password or token of a TAXII server in the folder of keys; empty: forget it. It is never shown again."""
    principal.require(_ACTION, source.organization_id)
    if source.kind != SourceKind.TAXII:
        raise InputError("intelligence.no_secret_here", name="secret")
    with recording(principal, "intelligence.set_secret", now=now, organization_id=source.organization_id) as entry:
        if untrusted:
            secrets_of.keep(settings.CONFIG.keys, source.pk, untrusted)
        else:
            secrets_of.forget(settings.CONFIG.keys, source.pk)
        IntelSource.objects.filter(pk=source.pk).update(secret_set_at=now if untrusted else None)
        entry.about(source.pk)
        entry.fact(set=bool(untrusted))
    source.refresh_from_db()


def looked_at(principal: Principal, source: IntelSource, *, now: datetime) -> None:
    """Somebody looked, and there was nothing new: the next look is due after the rhythm."""
    principal.require("intelligence.take_in", source.organization_id)
    if source.retired_at is not None:
        raise Conflict("intelligence.source_retired", source=source.name)
    with recording(principal, "intelligence.look", now=now, organization_id=source.organization_id) as entry:
        note_look(principal, source, now=now)
        entry.about(source.pk)


def note_look(principal: Principal, source: IntelSource, *, now: datetime, received: bool = False) -> None:
    """The source was looked at just now. Inside the caller's recording."""
    values = {"last_looked_at": now} | ({"last_received_at": now} if received else {})
    IntelSource.objects.filter(pk=source.pk).update(**values)
    source.refresh_from_db()
    plan_look(principal, source, now=now)


def _duty(source: IntelSource) -> str:
    return f"intelligence:source:{source.pk}"


def plan_look(principal: Principal, source: IntelSource, *, now: datetime) -> None:
    """The duty of the next look."""
    due = (source.last_looked_at or now) + timedelta(days=source.rhythm_days)
    duties.complete_by_source(principal, source=_duty(source), now=now)
    duties.set_duty(
        principal,
        source=_duty(source),
        organization_id=source.organization_id,
        code="intelligence.duty_look",
        fields={"source": source.name},
        due_at=due,
        owner_id=source.owner_id,
        owner_role=source.owner_role,
        basis="附属書A 5.7",
        url=f"intelligence/sources/{source.pk}/",
        now=now,
    )
