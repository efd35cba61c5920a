"""Reads of duties."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from sekisho.errors import NotFound
from sekisho.records.duties.models import CalendarFeed, Duty
from sekisho.records.organization.actions import hash_secret
from sekisho.records.organization.permissions import Role
from sekisho.records.organization.queries import visible_to

if TYPE_CHECKING:
    from sekisho.records.organization.principals import Principal

__all__ = ["duties", "mine", "one", "person_of_feed"]


def duties(principal: Principal, *, state: str = "open") -> QuerySet[Duty]:
    """All visible duties, soonest first. ``state``: open, done or all."""
    rows = visible_to(Duty.objects.select_related("organization", "subject", "owner"), principal)
    if state == "open":
        rows = rows.filter(done_at=None)
    elif state == "done":
        rows = rows.filter(done_at__isnull=False)
    return rows


def mine(principal: Principal) -> QuerySet[Duty]:
    """What the principal has to do: their own, those of a role they hold there, and, for the line, what was escalated."""
    condition = Q(owner_id=principal.person_id)
    for grant in principal.grants:
        reach = Q(organization__reached_by__ancestor=grant.organization_id, organization__reached_by__inside=True)
        unowned = Q(owner=None, owner_role=grant.role)
        if grant.role in {Role.CISO, Role.CHIEF_OFFICER}:
            unowned |= Q(escalated_at__isnull=False)
        condition |= reach & unowned
    return duties(principal).filter(condition).distinct()


def one(principal: Principal, duty_id: uuid.UUID) -> Duty:
    """One visible duty. Raises NotFound."""
    found = duties(principal, state="all").filter(pk=duty_id).first()
    if found is None:
        raise NotFound("access.not_found")
    return found


def person_of_feed(secret: str) -> uuid.UUID | None:
    """Whose calendar a secret opens."""
    return CalendarFeed.objects.filter(secret_hash=hash_secret(secret)).values_list("person_id", flat=True).first()
