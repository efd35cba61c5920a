"""Registered bases for watching staff, and the searches that were made on them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from sekisho.records.evidence import queries as evidence_queries
from sekisho.records.monitoring.models import StaffBasis, StaffSearch
from sekisho.records.organization.queries import visible_to, within
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    from datetime import date, datetime

    from django.db.models import QuerySet

    from sekisho.records.evidence.models import Evidence
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["bases", "basis", "basis_state", "documents", "in_force", "listed_bases", "search_of", "searches"]

_READ = "monitoring.staff_read"


def bases(principal: Principal) -> QuerySet[StaffBasis]:
    """The bases that the principal may see."""
    rows = StaffBasis.objects.select_related(
        "organization", "rule_document", "notice_document", "asked_by", "approved_by", "request"
    )
    return visible_to(rows, principal, action=_READ)


def basis(principal: Principal, basis_id: uuid.UUID) -> StaffBasis:
    """One basis. Raises NotFound."""
    return the_row(bases(principal).filter(pk=basis_id))


def listed_bases(principal: Principal, organization: Organization) -> QuerySet[StaffBasis]:
    """The bases of an organisation and those below it, newest first, with the number of searches on each."""
    rows = bases(principal).filter(organization__in=within(organization.pk))
    return rows.annotate(made=Count("searches")).order_by("-asked_at", "pk")


def basis_state(row: StaffBasis, *, today: date) -> str:
    """asked, refused (its request was decided otherwise), ended, future, expired, or active."""
    if row.ended_at is not None:
        return "ended"
    if row.approved_at is None:
        decided = row.request is not None and row.request.state in {"refused", "withdrawn"}
        return "refused" if decided else "asked"
    if today < row.starts_on:
        return "future"
    return "active" if today <= row.ends_on else "expired"


def in_force(organization_id: uuid.UUID, *, today: date) -> QuerySet[StaffBasis]:
    """The bases of an organisation on which may be searched today."""
    return StaffBasis.objects.filter(
        organization_id=organization_id, approved_at__isnull=False, ended_at=None, starts_on__lte=today, ends_on__gte=today
    )


def searches(
    principal: Principal, organization: Organization, *, basis_id: uuid.UUID | None = None, text: str = ""
) -> QuerySet[StaffSearch]:
    """Every search of staff's records here and below, newest first: who, about whom, why."""
    rows = visible_to(StaffSearch.objects.select_related("organization", "basis", "person"), principal, action=_READ)
    rows = rows.filter(organization__in=within(organization.pk))
    if basis_id is not None:
        rows = rows.filter(basis_id=basis_id)
    if text:
        rows = rows.filter(Q(about__icontains=text) | Q(reason__icontains=text) | Q(person__name__icontains=text))
    return rows.order_by("-at", "pk")


def search_of(principal: Principal, search_id: uuid.UUID) -> StaffSearch:
    """One search with its result, for those who may search themselves. Raises NotFound."""
    rows = visible_to(StaffSearch.objects.select_related("organization", "basis", "person"), principal, action=_READ)
    return the_row(rows.filter(pk=search_id))


def documents(principal: Principal, organization: Organization, *, now: datetime) -> list[Evidence]:
    """Documents in force of the organisation that may be named as rule or notice."""
    rows = evidence_queries.evidence(principal, now=now, organization_id=organization.pk).filter(
        kind="document", organization=organization, withdrawn_at=None
    )
    return list(rows.filter(Q(valid_until=None) | Q(valid_until__gt=now)).order_by("title")[:500])
