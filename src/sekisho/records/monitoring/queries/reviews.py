"""Plans and reviews, and the figures that follow from finished ones."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Count, Prefetch, Q

from sekisho.records.monitoring.models import Alert, LogReview, LogSource, ReviewPlan, ReviewState
from sekisho.records.monitoring.queries.sources import silence_of
from sekisho.records.monitoring.rules.measuring import Group, Measured
from sekisho.records.monitoring.rules.triage import median_hours
from sekisho.records.organization.queries import visible_to, within
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["figures", "listed_plans", "listed_reviews", "plan", "plans", "review", "reviews"]

_READ: Final = "monitoring.read"
_RECENT: Final = timedelta(days=90)
_YEAR: Final = timedelta(days=365)


def plans(principal: Principal) -> QuerySet[ReviewPlan]:
    """The plans that the principal may see, with their sources."""
    rows = visible_to(ReviewPlan.objects.select_related("organization", "owner"), principal, action=_READ)
    return rows.prefetch_related(Prefetch("sources", LogSource.objects.order_by("name")))


def plan(principal: Principal, plan_id: uuid.UUID) -> ReviewPlan:
    """One plan. Raises NotFound."""
    return the_row(plans(principal).filter(pk=plan_id))


def listed_plans(
    principal: Principal, organization: Organization, *, state: str = "", purpose: str = "", now: datetime
) -> QuerySet[ReviewPlan]:
    """Plans of an organisation and those below, the soonest due first. ``state``: empty (in force), late, ended, all."""
    rows = plans(principal).filter(organization__in=within(organization.pk))
    if state == "late":
        rows = rows.filter(ended_at=None, due_at__lt=now)
    elif state != "all":
        rows = rows.filter(ended_at__isnull=state != "ended")
    if purpose:
        rows = rows.filter(purpose=purpose)
    return rows.order_by("due_at", "title", "pk")


def reviews(principal: Principal) -> QuerySet[LogReview]:
    """The reviews that the principal may see."""
    rows = LogReview.objects.select_related("organization", "plan", "started_by", "finished_by", "job")
    return visible_to(rows, principal, action=_READ)


def review(principal: Principal, review_id: uuid.UUID) -> LogReview:
    """One review. Raises NotFound."""
    return the_row(reviews(principal).filter(pk=review_id))


def listed_reviews(
    principal: Principal, organization: Organization, *, state: str = "", purpose: str = "", plan_id: uuid.UUID | None = None
) -> QuerySet[LogReview]:
    """Reviews of an organisation and those below, newest first; ``found``: how many findings the run saw."""
    rows = reviews(principal).filter(organization__in=within(organization.pk))
    rows = rows.filter(**{name: value for name, value in (("state", state), ("purpose", purpose)) if value})
    if plan_id is not None:
        rows = rows.filter(plan_id=plan_id)
    rows = rows.defer("explanation", "trends", "notes", "coverage")
    return rows.annotate(found=Count("seen")).order_by("-started_at", "pk")


# ------------------------------------------------------------------------------------------------------------ figures


def figures(
    organization_id: uuid.UUID, *, subject_id: uuid.UUID | None, entry_kinds: Collection[str], last: LogReview, now: datetime
) -> Measured:
    """What is measured when ``last`` is finished: over all sources of the organisation, or those of one subject.

    ``entry_kinds``: the kinds of source that are door records. Called by the action that finishes a review.
    """
    own = LogSource.objects.filter(organization_id=organization_id)
    if subject_id is not None:
        own = own.filter(subject_id=subject_id)
    sources = list(own)
    finished = list(
        LogReview.objects.filter(organization_id=organization_id, state=ReviewState.FINISHED, finished_at__gte=now - _RECENT)
        .only("coverage", "period_end", "finished_at")
        .order_by("period_end")
    )
    open_plans = ReviewPlan.objects.filter(organization_id=organization_id, ended_at=None, due_at__lt=now)
    due = list(
        LogReview.objects.filter(
            organization_id=organization_id, plan__isnull=False, state=ReviewState.FINISHED, due_at__gte=now - _YEAR
        ).prefetch_related("sources")
    )
    missed = list(open_plans.filter(due_at__gte=now - _YEAR).prefetch_related("sources"))
    groups: dict[str, Group] = {}
    for name in ("", "entry"):
        mine = {row.pk: row for row in sources if not name or row.kind in entry_kinds}
        if name and not mine:
            continue
        groups[name] = _group(mine, finished, due, missed, now=now)
    spans = _spans(organization_id, {row.pk for row in sources} if subject_id is not None else None, now=now)
    explained = last.explanation.get("rules", {})
    applicable, loaded = int(explained.get("applicable", 0)), int(explained.get("loaded", 0))
    return Measured(
        groups=groups,
        rules=(applicable, loaded),
        baselines=int(last.explanation.get("baselines", 0)),
        trends=len(last.trends),
        triage_hours=median_hours(spans, now=now),
        waiting=sum(looked is None for _found, looked in spans),
        parameters={"purpose": last.purpose, "plan": str(last.plan_id or "")},
    )


def _group(
    mine: Mapping[uuid.UUID, LogSource],
    finished: list[LogReview],
    due: list[LogReview],
    missed: list[ReviewPlan],
    *,
    now: datetime,
) -> Group:
    in_use = {pk for pk, row in mine.items() if row.retired_at is None}
    seen: set[uuid.UUID] = set()
    whole = covered = 0.0
    last_end: datetime | None = None
    for row in finished:
        for line in row.coverage.get("sources", ()):
            source_id = uuid.UUID(line["id"])
            if source_id not in mine:
                continue
            whole += line["hours"]
            covered += line["covered_hours"]
            if line["events"]:
                seen.add(source_id)
            last_end = max(last_end or row.period_end, row.period_end)
    concerned = [row for row in due if any(source.pk in mine for source in row.sources.all())]
    late = [row for row in missed if any(source.pk in mine for source in row.sources.all())]
    on_time = sum(
        row.periods == 1 and row.finished_at is not None and row.finished_at <= row.due_at for row in concerned if row.due_at
    )
    return Group(
        sources=len(in_use),
        silent=sum(silence_of(row, now=now) is not None for row in mine.values()),
        seen=(len(seen & in_use), len(in_use)),
        hours=(covered, whole),
        on_time=(on_time, sum(row.periods for row in concerned) + len(late)),
        days_since_review=round((now - last_end).total_seconds() / 86400, 2) if last_end else None,
    )


def _spans(organization_id: uuid.UUID, source_ids: Collection[uuid.UUID] | None, *, now: datetime) -> list[tuple[datetime, Any]]:
    rows = Alert.objects.filter(organization_id=organization_id, suppressed_by=None)
    rows = rows.filter(Q(opened_at__gte=now - _RECENT) | Q(triaged_at=None))
    if source_ids is not None:
        rows = rows.filter(source_id__in=source_ids)
    return list(rows.values_list("opened_at", "triaged_at"))
