"""Reads of what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import F, Q

from sekisho.records.assessment.models import Judgement, JudgementChange
from sekisho.records.organization.queries import visible_to

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from sekisho.records.organization.principals import Principal

__all__ = ["changes"]


def changes(principal: Principal, *, since: date, organization_ids: QuerySet[Any, Any], limit: int = 50) -> list[JudgementChange]:
    """Judgements whose level became another one since the day, newest first; the first level of a judgement is none."""
    judgements = visible_to(Judgement.objects.filter(organization__in=organization_ids, applicable=True), principal)
    moved = ~Q(level_before=F("level_after")) & (Q(level_before__isnull=False) | Q(level_after__isnull=False))
    moved |= Q(level_before__isnull=True, level_after__isnull=False) | Q(level_before__isnull=False, level_after__isnull=True)
    rows = JudgementChange.objects.filter(moved, judgement__in=judgements.values("pk"), at__date__gte=since)
    return list(rows.select_related("judgement__requirement__catalog", "judgement__subject").defer("explanation")[:limit])
