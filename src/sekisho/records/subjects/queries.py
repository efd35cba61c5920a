"""Reads of subjects and machines: only what the reader may see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from sekisho.errors import Conflict, NotFound
from sekisho.records.organization.actions import hash_secret
from sekisho.records.organization.principals import Principal
from sekisho.records.organization.queries import visible_to
from sekisho.records.subjects.models import ExternalKey, Machine, Subject

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from django.db.models import QuerySet

__all__ = ["machine_of", "machine_principal", "machines", "named_by_others", "subject", "subjects"]


def subjects(principal: Principal, *, action: str = "read") -> QuerySet[Subject]:
    """The subjects in whose organisation the principal may do ``action``."""
    return visible_to(Subject.objects.all(), principal, action=action)


def subject(principal: Principal, subject_id: uuid.UUID) -> Subject:
    """One subject with its organisation and owner. Raises NotFound."""
    found = subjects(principal).select_related("organization", "owner").filter(pk=subject_id).first()
    if found is None:
        raise NotFound("access.not_found")
    return found


def machines(principal: Principal) -> QuerySet[Machine]:
    """The enrolments that the principal sees."""
    return visible_to(Machine.objects.select_related("subject"), principal, field="subject__organization")


def machine_principal(secret: str, now: datetime) -> Principal | None:
    """Who reports with this ``skm_…`` secret; None when it opens nothing (unknown, revoked, expired).

    Raises Conflict ``subjects.machine_suspended`` for a suspended one, so that its operator learns why. One query.
    """
    if not secret.startswith("skm_"):
        return None
    machine = (
        Machine.objects.filter(secret_hash=hash_secret(secret), revoked_at=None)
        .filter(Q(expires_at=None) | Q(expires_at__gt=now))
        .first()
    )
    if machine is None:
        return None
    if machine.suspended_at is not None:
        raise Conflict("subjects.machine_suspended", machine=machine.name)
    return Principal(kind="machine", id=str(machine.pk), machine_id=machine.pk)


def machine_of(principal: Principal) -> Machine:
    """The enrolment of a machine's principal, with its subject. Raises NotFound."""
    machine = Machine.objects.select_related("subject").filter(pk=principal.machine_id, revoked_at=None).first()
    if machine is None:
        raise NotFound("access.not_found")
    return machine


def named_by_others(
    *, identities: set[str], keys: set[tuple[str, str]]
) -> tuple[dict[str, set[uuid.UUID]], dict[tuple[str, str], uuid.UUID]]:
    """To whom machine identities and external keys belong: identity → subject ids, (scheme, value) → subject id.

    For checking a sender's claim, not for showing: nothing of it may reach the sender.
    """
    bound: dict[str, set[uuid.UUID]] = {}
    if identities:
        rows = Machine.objects.filter(identity__in=identities, revoked_at=None).values_list("identity", "subject_id")
        for identity, subject_id in rows:
            bound.setdefault(identity, set()).add(subject_id)
    owners: dict[tuple[str, str], uuid.UUID] = {}
    if keys:
        found = ExternalKey.objects.filter(value__in={value for _, value in keys}).values_list("scheme", "value", "subject_id")
        owners = {(scheme, value): subject_id for scheme, value, subject_id in found if (scheme, value) in keys}
    return bound, owners
