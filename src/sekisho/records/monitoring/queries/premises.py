"""The 建物と札の台帳."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sekisho.records.monitoring.models import PremisesEntry
from sekisho.records.organization.queries import visible_to

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["premises"]


def premises(principal: Principal, organization: Organization) -> QuerySet[PremisesEntry]:
    """The lines of an organisation: who holds which card is shown to those only who may search logs."""
    rows = visible_to(PremisesEntry.objects.all(), principal, action="monitoring.search")
    return rows.filter(organization=organization).order_by("kind", "key", "value", "pk")
