"""Assessments of the risk of re-identification."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from django.db.models import QuerySet

from sekisho.records.lifecycle.models import PrivacyAssessment
from sekisho.records.organization.queries import visible_to, within
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["READ", "assessment", "assessments"]

READ: Final = "lifecycle.leak_read"


def assessments(principal: Principal, organization: Organization, *, text: str = "") -> QuerySet[PrivacyAssessment]:
    """Assessments of an organisation and those below, newest first, without their reports."""
    rows = PrivacyAssessment.objects.select_related("organization", "person", "signed_by").defer("report", "declared")
    rows = visible_to(rows, principal, action=READ).filter(organization__in=within(organization.pk))
    if text:
        rows = rows.filter(name__icontains=text)
    return rows.order_by("-at", "pk")


def assessment(principal: Principal, assessment_id: uuid.UUID) -> PrivacyAssessment:
    """One assessment. Raises NotFound."""
    rows = PrivacyAssessment.objects.select_related("organization", "person", "signed_by", "mask_run__plan")
    return the_row(visible_to(rows, principal, action=READ).filter(pk=assessment_id))
