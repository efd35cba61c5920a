"""What the search box finds in this room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from sekisho.records.procurement import queries
from sekisho.records.procurement.views.names import RULE_SETS, STATES
from sekisho.records.shell import Hit

if TYPE_CHECKING:
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["find_cases"]


def find_cases(principal: Principal, organization: Organization, text: str, limit: int) -> list[Hit]:
    """Cases by title or number, those only that the principal may see."""
    rows = queries.in_organization(principal, organization.pk, text=text)
    return [
        Hit(
            row.title,
            reverse("procurement:case", args=[organization.code, row.pk]),
            row.number,
            f"{RULE_SETS.get(row.rule_set, row.rule_set)}　{STATES[row.state][1]}",
        )
        for row in rows[:limit]
    ]
