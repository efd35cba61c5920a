"""Reads of requests."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from sekisho.records.organization.queries import visible_to, within
from sekisho.records.requests.models import Absence, Decision, Request, Step, StepState
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from sekisho.records.organization.models import Organization, Person
    from sekisho.records.organization.principals import Principal

__all__ = [
    "absences",
    "away",
    "listed",
    "one",
    "requests",
    "review_of",
    "reviews_waiting_for",
    "step",
    "steps_of",
    "waiting_count",
    "waiting_for",
    "waiting_here",
]


def requests(principal: Principal) -> QuerySet[Request]:
    """Requests of visible organisations and the principal's own, newest first."""
    rows = Request.objects.select_related("organization", "subject", "requester")
    seen = visible_to(rows, principal)
    return seen if principal.is_system else (seen | rows.filter(requester_id=principal.person_id)).distinct()


def one(principal: Principal, request_id: uuid.UUID) -> Request:
    """One visible request. Raises NotFound."""
    return the_row(requests(principal).filter(pk=request_id))


def step(principal: Principal, step_id: uuid.UUID) -> Step:
    """One step of a visible request. Raises NotFound."""
    found = the_row(Step.objects.select_related("request").filter(pk=step_id))
    one(principal, found.request_id)
    return found


def listed(principal: Principal, organization: Organization, *, which: str, state: str = "") -> QuerySet[Request]:
    """Requests about an organisation and those below it, newest first. ``which``: mine or all."""
    rows = requests(principal).filter(organization__in=within(organization.pk))
    if which == "mine":
        rows = rows.filter(requester_id=principal.person_id)
    if state:
        rows = rows.filter(state=state)
    return rows.order_by("-created_at", "pk")


def waiting_here(principal: Principal, organization: Organization, *, today: date) -> QuerySet[Step]:
    """Open steps about an organisation and those below it that the principal may decide."""
    return waiting_for(principal, today=today).filter(organization__in=within(organization.pk))


def waiting_count(principal: Principal, organization: Organization, now: datetime) -> int:
    """How many steps wait for the principal here: one query, for the navigation."""
    return waiting_here(principal, organization, today=timezone.localdate(now)).count()


def review_of(principal: Principal, decision_id: uuid.UUID) -> Decision:
    """A deputy's decision that waits for the principal. Raises NotFound."""
    return the_row(reviews_waiting_for(principal).filter(pk=decision_id))


def away(person_ids: Collection[uuid.UUID], *, today: date) -> dict[uuid.UUID, list[Person]]:
    """Who of them is away today, with the deputies."""
    found: dict[uuid.UUID, list[Person]] = {}
    rows = Absence.objects.filter(person__in=list(person_ids), starts_on__lte=today, ends_on__gte=today)
    for row in rows.select_related("deputy"):
        found.setdefault(row.person_id, []).append(row.deputy)
    return found


def steps_of(request: Request) -> list[Step]:
    """All steps of all rounds with their decisions and deciders."""
    decisions = Prefetch("decisions", Decision.objects.select_related("person", "deputy_for"))
    return list(Step.objects.filter(request=request).select_related("organization").prefetch_related(decisions))


def waiting_for(principal: Principal, *, today: date) -> QuerySet[Step]:
    """Open steps that the principal may decide: as a holder of the role in the line, or as a deputy of an absent holder."""
    reach = Q(pk__in=[])
    for grant in principal.grants:
        reach |= Q(
            role=grant.role,
            organization__reached_by__ancestor=grant.organization_id,
            organization__reached_by__inside=True,
        )
    # As the deputy of somebody who is away and holds the role today in the step's organisation or above it.
    holder = "person__memberships"
    away = Absence.objects.filter(
        Q(**{f"{holder}__valid_until": None}) | Q(**{f"{holder}__valid_until__gt": today}),
        deputy_id=principal.person_id,
        starts_on__lte=today,
        ends_on__gte=today,
        **{
            f"{holder}__role": OuterRef("role"),
            f"{holder}__valid_from__lte": today,
            f"{holder}__organization__reaches__descendant": OuterRef("organization"),
            f"{holder}__organization__reaches__inside": True,
        },
    )
    reach |= Q(Exists(away))
    return (
        Step.objects.filter(reach, state=StepState.OPEN)
        .exclude(request__requester_id=principal.person_id)
        .select_related("request__organization", "request__requester", "request__subject")
        .order_by("request__due_at")
        .distinct()
    )


def reviews_waiting_for(principal: Principal) -> QuerySet[Decision]:
    """Decisions that a deputy made for the principal and that they have not looked at (後閲)."""
    return Decision.objects.filter(deputy_for_id=principal.person_id, review_needed=True, reviewed_at=None).select_related(
        "step__request", "person"
    )


def absences(principal: Principal) -> QuerySet[Absence]:
    """The principal's own absences, newest first."""
    if principal.person_id is None:
        return Absence.objects.none()
    return Absence.objects.filter(person_id=principal.person_id).select_related("deputy").order_by("-starts_on")
