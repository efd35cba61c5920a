"""Reads of jobs: one's own, and those of the organisations that one sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from sekisho.records.jobs.models import Job
from sekisho.records.organization.queries import organization_ids
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    import uuid

    from sekisho.records.organization.principals import Principal

__all__ = ["job", "jobs"]


def jobs(principal: Principal, *, organization_id: uuid.UUID | None = None, state: str = "", kind: str = "") -> QuerySet[Job]:
    """Jobs that the principal sees, newest first."""
    rows = Job.objects.select_related("started_by", "organization")
    if not principal.is_system:
        visible = Q(organization__in=organization_ids(principal))
        if principal.person_id is not None:
            visible |= Q(started_by_id=principal.person_id)
        rows = rows.filter(visible)
    if organization_id is not None:
        rows = rows.filter(organization_id=organization_id)
    rows = rows.filter(**{name: value for name, value in (("state", state), ("kind", kind)) if value})
    return rows.order_by("-created_at", "pk")


def job(principal: Principal, job_id: uuid.UUID) -> Job:
    """One job. Raises NotFound."""
    return the_row(jobs(principal).filter(pk=job_id))
