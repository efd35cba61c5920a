"""What the first page asks for: judgements that went stale and judgements that fell, in one query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db.models import BooleanField, Case, F, Max, OuterRef, Q, Subquery, Value, When

from sekisho.records.assessment.models import Judgement, JudgementChange
from sekisho.records.assessment.queries.judgements import Filters, judgements

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from sekisho.records.organization.principals import Principal

__all__ = ["Attention", "attention"]

_FALLS: Final = ("worsened", "lapsed", "overridden", "declared", "confirmed")


@dataclass(slots=True)
class Attention:
    """Judgements on stale evidence, the first to lapse first, and those that fell, the latest first (``fell_*`` say how)."""

    stale: list[Judgement]
    worse: list[Judgement]


def attention(
    principal: Principal, *, organization_ids: QuerySet[Any, Any], now: datetime, since: datetime, limit: int
) -> Attention:
    """At most ``limit`` of each, over several organisations. One query."""
    rows = judgements(principal, now=now).filter(organization__in=organization_ids)
    falls = JudgementChange.objects.filter(
        Q(level_after__lt=F("level_before")) | Q(level_before__isnull=False, level_after=None), what__in=_FALLS, at__gte=since
    )
    fall = falls.filter(judgement=OuterRef("pk")).order_by("-at", "-pk")
    old = judgements(principal, now=now, filters=Filters(view="stale")).filter(organization__in=organization_ids)
    old_first = old.order_by(F("lapses_at").asc(nulls_last=True), "pk").values("pk")[:limit]
    # From the few changes to their judgements, not from each of many thousand judgements to its changes.
    fell_first = (
        falls.filter(judgement__organization__in=organization_ids, judgement__applicable=True)
        .order_by()
        .values("judgement")
        .annotate(latest=Max("at"))
        .order_by("-latest", "judgement")
        .values("judgement")[:limit]
    )
    shown_stale = Case(When(pk__in=old_first, then=Value(value=True)), default=Value(value=False), output_field=BooleanField())
    found: list[Any] = list(
        rows.filter(Q(pk__in=old_first) | Q(pk__in=fell_first)).annotate(
            fell_at=Subquery(fall.values("at")[:1]),
            fell_from=Subquery(fall.values("level_before")[:1]),
            fell_to=Subquery(fall.values("level_after")[:1]),
            fell_why=Subquery(fall.values("what")[:1]),
            shown_stale=shown_stale,
        )
    )
    far = max((row.lapses_at for row in found if row.lapses_at), default=now)
    return Attention(
        stale=sorted((r for r in found if r.shown_stale), key=lambda r: r.lapses_at or far),
        worse=sorted((r for r in found if r.fell_at is not None), key=lambda r: r.fell_at, reverse=True)[:limit],
    )
