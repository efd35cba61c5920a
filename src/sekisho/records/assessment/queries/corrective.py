"""Reads of corrective actions."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from sekisho.records.assessment.models import CorrectiveAction
from sekisho.records.organization.queries import visible_to, within
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sekisho.records.organization.principals import Principal

__all__ = ["corrective_action", "corrective_actions"]

_OPEN = ("planned", "doing", "done")


def corrective_actions(
    principal: Principal, *, organization_id: uuid.UUID | None = None, state: str = ""
) -> QuerySet[CorrectiveAction]:
    """Corrective actions, the first due first; ``state`` "open" for all that still need somebody."""
    rows = visible_to(CorrectiveAction.objects.select_related("subject", "owner", "organization"), principal)
    if organization_id:
        rows = rows.filter(organization__in=within(organization_id))
    if state == "open":
        rows = rows.filter(state__in=_OPEN)
    elif state:
        rows = rows.filter(state=state)
    return rows.order_by("due_on", "created_at", "pk")


def corrective_action(principal: Principal, action_id: uuid.UUID) -> CorrectiveAction:
    """One corrective action with what it is about. Raises NotFound."""
    rows = corrective_actions(principal).select_related("finding", "judgement__requirement__catalog", "verified_by")
    return the_row(rows.filter(pk=action_id))
