"""Looking at data with the eyes of a role that a masking plan names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from sekisho.records.ledger.actions import recording
from sekisho.records.lifecycle import secrets_of
from sekisho.records.lifecycle.actions.masking import shown_as
from sekisho.records.lifecycle.bound import load

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.lifecycle.models import MaskPlan
    from sekisho.records.organization.principals import Principal

__all__ = ["sample_mask_view"]


def sample_mask_view(principal: Principal, plan: MaskPlan, role: str, *, now: datetime) -> dict[str, Any]:
    """A few rows as a role sees them, personal data that it sees as they are partly hidden.

    That somebody looked, and as whom, is on the Ledger; the rows are not. Raises NotFound for a role that the plan does not name.
    """
    principal.require("lifecycle.mask", plan.organization_id)
    bound = load("masking")
    store = plan.source_store
    location = bound.location_of(store, plan.source, secret=secrets_of.read(settings.CONFIG.keys, store.pk))
    with (
        recording(principal, "lifecycle.sample_mask_view", now=now, organization_id=plan.organization_id) as entry,
        bound.called((location, shown_as(store, plan.source))),
    ):
        found: dict[str, Any] = load("mask_views").see_as(
            bound.checked_plan(plan.text),
            role,
            location,
            folder=settings.CONFIG.keys,
            organization_id=plan.organization_id,
            now=now,
        )
        entry.about(plan.pk)
        entry.words(role=role)
    return found
