"""Trails of investigations, and the search of the event store."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db.models import Count, Max

from sekisho.records.monitoring.models import LogSource, Trail, TrailStep
from sekisho.records.organization.queries import visible_to, within
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["listed_trails", "searchable", "steps_of", "trail", "trails"]

_SEARCH = "monitoring.search"


def searchable(principal: Principal, organization: Organization) -> QuerySet[LogSource]:
    """The sources whose logs the principal may search here and below, retired ones too (their events stay for a while)."""
    rows = visible_to(LogSource.objects.select_related("organization", "subject"), principal, action=_SEARCH)
    return rows.filter(organization__in=within(organization.pk)).order_by("name", "pk")


def trails(principal: Principal) -> QuerySet[Trail]:
    """The trails that the principal may see: whoever may search may read what others searched."""
    return visible_to(Trail.objects.select_related("organization", "person", "alert"), principal, action=_SEARCH)


def trail(principal: Principal, trail_id: uuid.UUID) -> Trail:
    """One trail. Raises NotFound."""
    return the_row(trails(principal).filter(pk=trail_id))


def listed_trails(principal: Principal, organization: Organization, *, state: str = "") -> QuerySet[Trail]:
    """Trails of an organisation and those below, the latest first, with the number of searches and the last one's time."""
    rows = trails(principal).filter(organization__in=within(organization.pk))
    if state in {"open", "closed"}:
        rows = rows.filter(closed_at__isnull=state == "open")
    return rows.annotate(searches=Count("steps"), last_at=Max("steps__at")).order_by("-opened_at", "pk")


def steps_of(row: Trail) -> QuerySet[TrailStep]:
    """The searches of a trail in order."""
    return TrailStep.objects.filter(trail=row).select_related("person").order_by("position")
