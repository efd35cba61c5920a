"""Masking plans and their runs."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from django.db.models import OuterRef, QuerySet, Subquery

from sekisho.records.lifecycle.models import DataStore, MaskPlan, MaskRun
from sekisho.records.organization.queries import visible_to, within
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["READ", "plan", "plans", "run", "runs", "store", "stores"]

READ: Final = "lifecycle.leak_read"


def plans(principal: Principal, organization: Organization, *, ended: bool = False) -> QuerySet[MaskPlan]:
    """Plans of an organisation and those below; ``last_at``, ``last_holds``: of the newest finished run."""
    last = MaskRun.objects.filter(plan=OuterRef("pk"), state="done").order_by("-at")
    rows = MaskPlan.objects.select_related("organization", "source_store", "target_store").filter(ended_at__isnull=not ended)
    rows = visible_to(rows, principal, action=READ).filter(organization__in=within(organization.pk))
    return rows.annotate(
        last_at=Subquery(last.values("finished_at")[:1]), last_holds=Subquery(last.values("proof_holds")[:1])
    ).order_by("name", "pk")


def plan(principal: Principal, plan_id: uuid.UUID) -> MaskPlan:
    """One plan. Raises NotFound."""
    rows = MaskPlan.objects.select_related("organization", "source_store", "target_store", "approved_by", "made_by")
    return the_row(visible_to(rows, principal, action=READ).filter(pk=plan_id))


def runs(principal: Principal, row: MaskPlan) -> QuerySet[MaskRun]:
    """The runs of a plan, newest first."""
    rows = MaskRun.objects.filter(plan=row).select_related("person", "signed_by", "job")
    return visible_to(rows, principal, action=READ).order_by("-at", "pk")


def run(principal: Principal, run_id: uuid.UUID) -> MaskRun:
    """One run. Raises NotFound."""
    rows = MaskRun.objects.select_related("plan__organization", "plan__source_store", "plan__target_store", "person", "signed_by")
    return the_row(visible_to(rows, principal, action=READ).filter(pk=run_id))


def stores(principal: Principal, organization: Organization) -> QuerySet[DataStore]:
    """The stores in use whose tables can be masked."""
    rows = visible_to(DataStore.objects.all(), principal, action=READ)
    return rows.filter(organization=organization, retired_at=None, kind__in=("folder", "database")).order_by("name", "pk")


def store(principal: Principal, store_id: uuid.UUID) -> DataStore:
    """One store in use. Raises NotFound."""
    rows = DataStore.objects.select_related("organization").filter(pk=store_id, retired_at=None)
    return the_row(visible_to(rows, principal, action=READ))
