"""The allow-list: what is one's own or needed, and never blocked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sekisho.errors import Conflict, InputError
from sekisho.records.intelligence import bound
from sekisho.records.intelligence.models import Allowed, Ioc
from sekisho.records.intelligence.rules.checking import checked_choice, checked_text
from sekisho.records.ledger.actions import recording

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["allow", "end_allowed"]

_ACTION: Final = "intelligence.allow"
_KINDS: Final = ("domain", "network")


def allow(principal: Principal, organization: Organization, *, kind: str, value: str, reason: str, now: datetime) -> Allowed:
    """Never block this domain with all below it, or this address or network. Raises InputError for what is none, or all of them.

    What stands on the block list already has to be taken from it first: the two must not contradict each other.
    """
    principal.require(_ACTION, organization.pk)
    checked_choice(kind, _KINDS, name="kind")
    plain = checked_text(value, name="value", limit=300, needed=True)
    normal: str | None = bound.load("values").normal(kind, plain)
    if normal is None or normal.endswith("/0"):
        raise InputError("intelligence.not_allowable", name="value", value=plain[:100])
    reason = checked_text(reason, name="reason", limit=2000, needed=True)
    with recording(principal, "intelligence.allow", now=now, organization_id=organization.pk) as entry:
        if Allowed.objects.filter(organization=organization, kind=kind, value=normal, ended_at=None).exists():
            raise InputError("intelligence.allowed_already", name="value", value=normal)
        if Ioc.objects.filter(organization=organization, value=normal, released_at__isnull=False, removed_at=None).exists():
            raise Conflict("intelligence.listed_already", value=normal)
        made = Allowed.objects.create(
            organization=organization, kind=kind, value=normal, reason=reason, person_id=principal.person_id, at=now
        )
        entry.about(made.pk)
        entry.fact(kind=kind)
        entry.words(value=normal, reason=reason)
    return made


def end_allowed(principal: Principal, row: Allowed, *, now: datetime) -> None:
    """It may be blocked again."""
    principal.require(_ACTION, row.organization_id)
    with recording(principal, "intelligence.end_allowed", now=now, organization_id=row.organization_id) as entry:
        if not Allowed.objects.filter(pk=row.pk, ended_at=None).update(ended_at=now):
            raise Conflict("intelligence.allowed_ended")
        entry.about(row.pk)
