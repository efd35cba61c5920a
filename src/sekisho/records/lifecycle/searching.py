"""What the search box finds in the retention ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.urls import reverse

from sekisho.records.lifecycle.queries.retention import in_organization
from sekisho.records.shell import Hit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["find_entries"]


def find_entries(principal: Principal, organization: Organization, text: str, limit: int) -> Sequence[Hit]:
    """Entries whose number or name holds the text."""
    rows = in_organization(principal, organization.pk).filter(Q(number__icontains=text) | Q(name__icontains=text))
    return [
        Hit(title=row.name, code=row.number, url=reverse("lifecycle:entry", args=[row.organization.code, row.pk]))
        for row in rows.order_by("number")[:limit]
    ]
