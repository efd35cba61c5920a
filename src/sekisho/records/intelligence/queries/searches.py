"""Searches and what they saw."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from sekisho.records.intelligence.models import IocSearch, IocSighting
from sekisho.records.intelligence.queries.indicators import iocs
from sekisho.records.intelligence.queries.notices import READ, notices
from sekisho.records.organization.queries import visible_to, within
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sekisho.records.intelligence.models import Ioc, Notice
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["of_notice", "search", "searches", "sightings_of", "sightings_of_ioc"]


def searches(principal: Principal, organization: Organization | None = None, *, way: str = "") -> QuerySet[IocSearch]:
    """The searches, newest first, with ``seen``: how many indicators each saw that the reader may know of."""
    rows = visible_to(IocSearch.objects.select_related("organization", "notice", "person", "job"), principal, action=READ)
    if not principal.is_system:
        rows = rows.filter(Q(notice=None) | Q(notice__in=notices(principal).values("pk")))
    if organization is not None:
        rows = rows.filter(organization__in=within(organization.pk))
    if way:
        rows = rows.filter(way=way)
    known = Q(sightings__ioc__in=iocs(principal).values("pk"))
    return rows.annotate(seen=Count("sightings", filter=known, distinct=True)).order_by("-at", "pk")


def search(principal: Principal, search_id: uuid.UUID) -> IocSearch:
    """One search. Raises NotFound."""
    return the_row(searches(principal).filter(pk=search_id))


def sightings_of(principal: Principal, row: IocSearch) -> QuerySet[IocSighting]:
    """What a search saw of indicators that the reader may know of, the most frequent first."""
    rows = IocSighting.objects.filter(search=row, ioc__in=iocs(principal).values("pk"))
    return rows.select_related("ioc").order_by("-count", "pk")


def of_notice(principal: Principal, row: Notice) -> QuerySet[IocSearch]:
    """The searches for the indicators of a notice."""
    return searches(principal).filter(notice=row)


def sightings_of_ioc(row: Ioc) -> QuerySet[IocSighting]:
    """Where an indicator was seen, the newest search first. The reader must already see the indicator."""
    return IocSighting.objects.filter(ioc=row).select_related("search").order_by("-search__at", "pk")
