"""Reads of duties."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from sekisho.records.duties.hooks import shown_to
from sekisho.records.duties.models import CalendarFeed, Duty
from sekisho.records.duties.rules import NEAR
from sekisho.records.organization.actions import hash_secret
from sekisho.records.organization.permissions import Role
from sekisho.records.organization.queries import principal_of, visible_to, within
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    from datetime import date, datetime

    from sekisho.records.organization.models import Organization, Person
    from sekisho.records.organization.principals import Principal

__all__ = ["duties", "feed", "has_feed", "is_near", "listed", "mine", "one", "person_of_feed", "sources", "waiting_count"]


def duties(principal: Principal, *, state: str = "open") -> QuerySet[Duty]:
    """All visible duties, soonest first. ``state``: open, done or all."""
    rows = visible_to(Duty.objects.select_related("organization", "subject", "owner", "done_by"), principal)
    rows = shown_to(principal, rows)
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


def listed(
    principal: Principal, organization: Organization, *, which: str, owner: str = "", role: str = "", now: datetime
) -> QuerySet[Duty]:
    """The duties of an organisation and of those below it for a page. ``which``: mine, near (mine that are overdue or due within
    ``rules.NEAR``), all, late or done.
    """
    rows = mine(principal) if which in ("mine", "near") else duties(principal, state="done" if which == "done" else "open")
    rows = rows.filter(organization__in=within(organization.pk))
    if which == "late":
        rows = rows.filter(due_at__lt=now)
    elif which == "near":
        rows = rows.filter(due_at__lte=now + NEAR)
    if owner == "none":
        rows = rows.filter(owner=None)
    elif owner:
        rows = rows.filter(Q(owner__name__icontains=owner) | Q(owner__login__icontains=owner))
    if role:
        rows = rows.filter(owner_role=role)
    return rows.order_by("-done_at", "pk") if which == "done" else rows.order_by("due_at", "pk")


def is_near(duty: Duty, *, now: datetime) -> bool:
    """Whether a duty is overdue or due within ``rules.NEAR``."""
    return duty.due_at <= now + NEAR


def waiting_count(principal: Principal, organization: Organization, now: datetime) -> int:
    """How many duties of the principal here are overdue or due within ``rules.NEAR``: one query, for the navigation."""
    return listed(principal, organization, which="near", now=now).order_by().count()


def has_feed(principal: Principal) -> bool:
    """Whether the principal has an iCalendar address."""
    return principal.person_id is not None and CalendarFeed.objects.filter(person_id=principal.person_id).exists()


def feed(secret: str, *, today: date) -> tuple[Person, QuerySet[Duty]] | None:
    """Whose calendar a secret opens and what they have to do; None for a wrong secret or somebody whose account is closed."""
    row = CalendarFeed.objects.filter(secret_hash=hash_secret(secret), person__is_active=True).select_related("person").first()
    if row is None:
        return None
    return row.person, mine(principal_of(row.person, today=today)).order_by("due_at", "pk")


def one(principal: Principal, duty_id: uuid.UUID) -> Duty:
    """One visible duty. Raises NotFound."""
    return the_row(duties(principal, state="all").filter(pk=duty_id))


def person_of_feed(secret: str) -> uuid.UUID | None:
    """Whose calendar a secret opens."""
    return CalendarFeed.objects.filter(secret_hash=hash_secret(secret)).values_list("person_id", flat=True).first()


def sources(prefix: str) -> dict[str, bool]:
    """The sources of duties that begin with ``prefix``, each with whether it is done. For the room that set them."""
    rows = Duty.objects.filter(source__startswith=prefix).values_list("source", "done_at")
    return {source: done_at is not None for source, done_at in rows}
