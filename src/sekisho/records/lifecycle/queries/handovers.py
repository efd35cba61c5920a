"""What was handed out of production: the list, one, the figures."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from sekisho.records.lifecycle.models import Handover, HandoverState, MaskRun, PrivacyAssessment
from sekisho.records.lifecycle.rules.handing import Given, HandoverFigures, figures
from sekisho.records.organization.queries import visible_to, within
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    from datetime import date

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["READ", "SHOWN", "assessments", "figures_of", "given_of", "handover", "handovers", "mask_runs"]

READ: Final = "lifecycle.handover_read"
SHOWN: Final = ("", "out", "overdue", "ended", "all")
"""Values of the filter ``show``: empty for what still needs somebody."""


def handovers(
    principal: Principal, organization: Organization, *, show: str = "", text: str = "", today: date
) -> QuerySet[Handover]:
    """Handovers of an organisation and those below, newest first."""
    rows = Handover.objects.select_related("organization", "request", "mask_run", "assessment", "made_by")
    rows = visible_to(rows, principal, action=READ).filter(organization__in=within(organization.pk))
    if show == "out":
        rows = rows.filter(state=HandoverState.GIVEN)
    elif show == "overdue":
        rows = rows.filter(state=HandoverState.GIVEN, back_on__lt=today)
    elif show == "ended":
        rows = rows.filter(state__in=(HandoverState.ENDED, HandoverState.WITHDRAWN))
    elif show != "all":
        rows = rows.exclude(state__in=(HandoverState.ENDED, HandoverState.WITHDRAWN))
    if text:
        words = Q(number__icontains=text) | Q(title__icontains=text) | Q(recipient__icontains=text)
        rows = rows.filter(words)
    return rows.order_by("-made_at", "number", "pk")


def handover(principal: Principal, handover_id: uuid.UUID) -> Handover:
    """One handover. Raises NotFound."""
    rows = Handover.objects.select_related(
        "organization", "request", "mask_run__plan", "assessment", "supplier", "pledge", "proof_of_end", "made_by"
    )
    return the_row(visible_to(rows, principal, action=READ).filter(pk=handover_id))


def mask_runs(principal: Principal, organization: Organization) -> QuerySet[MaskRun]:
    """Finished runs whose proof holds, newest first: what may be handed out as masked."""
    rows = visible_to(MaskRun.objects.select_related("plan"), principal, action=READ)
    return rows.filter(organization=organization, state="done", proof_holds=True).order_by("-at", "pk")


def assessments(principal: Principal, organization: Organization) -> QuerySet[PrivacyAssessment]:
    """Signed assessments, newest first."""
    rows = visible_to(PrivacyAssessment.objects.all(), principal, action=READ)
    return rows.filter(organization=organization).exclude(signed_at=None).order_by("-at", "pk")


def given_of(row: Handover) -> Given:
    """The handover for the rules."""
    run, assessment = row.mask_run, row.assessment
    return Given(
        content=row.content,
        personal=row.personal,
        my_number=row.my_number,
        proven=run.proof_holds if run else None,
        signed=bool(run and run.signed_at),
        assessed=bool(assessment and assessment.signed_at),
        pledge=row.pledge_id is not None,
        supplier=row.supplier_id is not None,
        back_on=row.back_on,
        approved_on=timezone.localdate(row.approved_at) if row.approved_at else None,
        given_on=row.given_on,
        ended_on=row.ended_on,
    )


def figures_of(organization_id: uuid.UUID, *, since: date, today: date) -> HandoverFigures:
    """The figures of what an organisation handed out since a day, and of what is still out. One query."""
    rows = Handover.objects.filter(organization=organization_id).exclude(given_on=None)
    rows = rows.filter(Q(given_on__gte=since) | Q(ended_on=None)).select_related("mask_run", "assessment")
    return figures([given_of(row) for row in rows], today=today)
