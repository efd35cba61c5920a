"""Reviews: begun, run over the rules, worked on, finished as evidence with what they covered."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from sekisho.errors import Conflict, InputError, SekishoError
from sekisho.records.jobs import actions as jobs
from sekisho.records.ledger.actions import recording
from sekisho.records.monitoring import detecting
from sekisho.records.monitoring.actions.alerts import take_hits
from sekisho.records.monitoring.actions.finishing import report
from sekisho.records.monitoring.actions.plans import chosen_sources, next_due, set_duty
from sekisho.records.monitoring.models import AlertState, LogReview, LogSource, Purpose, ReviewPlan, ReviewState
from sekisho.records.monitoring.queries.rules import settings_of, sigma_files_of
from sekisho.records.monitoring.rules.checking import checked_text
from sekisho.records.monitoring.rules.planning import next_end

if TYPE_CHECKING:
    from sekisho.records.jobs.registry import JobContext
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["begin_planned", "begin_review", "cancel_review", "finish_review", "rerun_review", "run_review", "save_notes"]

_TITLE: Final = 200
_NOTES: Final = 20_000
_REASON: Final = 4000
JOB: Final = "monitoring.review"


def begin_planned(principal: Principal, plan: ReviewPlan, *, now: datetime) -> LogReview:
    """Begin the next review of a plan: from where the last one ended, up to the last period that is over (else up to now).

    Raises Conflict ``monitoring.review_open`` when one of the plan is under way, ``monitoring.plan_ended``.
    """
    principal.require("monitoring.review", plan.organization_id)
    with recording(principal, "monitoring.begin_review", now=now, organization_id=plan.organization_id) as entry:
        row = ReviewPlan.objects.select_for_update().get(pk=plan.pk)
        if row.ended_at is not None:
            raise Conflict("monitoring.plan_ended")
        if LogReview.objects.filter(plan=row, state__in=(ReviewState.RUNNING, ReviewState.OPEN)).exists():
            raise Conflict("monitoring.review_open")
        sources = list(row.sources.filter(retired_at=None))
        if not sources:
            raise Conflict("monitoring.plan_without_sources")
        start, end, periods = _period(row, now)
        if end <= start:
            raise Conflict("monitoring.nothing_to_review")
        made = LogReview(
            organization_id=row.organization_id,
            plan=row,
            title=row.title,
            purpose=row.purpose,
            period_start=start,
            period_end=end,
            periods=periods,
            due_at=row.due_at,
            started_by_id=principal.person_id,
            started_at=now,
        )
        _begin(principal, made, sources, now=now)
        entry.about(made.pk, row.pk)
        entry.fact(period_start=start.isoformat(), period_end=end.isoformat())
    return made


def _period(plan: ReviewPlan, now: datetime) -> tuple[datetime, datetime, int]:
    """From where, until when, and how many periods of the plan that is."""
    start = timezone.localtime(plan.reviewed_until)
    end, periods = next_end(start, plan.every), 1
    if end > now:
        return start, now, 1
    while (later := next_end(end, plan.every)) <= now:
        end, periods = later, periods + 1
    return start, end, periods


def begin_review(
    principal: Principal,
    *,
    organization: Organization,
    title: str,
    purpose: str,
    sources: Sequence[uuid.UUID],
    period: tuple[datetime, datetime],
    now: datetime,
) -> LogReview:
    """Begin a review beside any plan: after an incident, or out of suspicion. The period is half open."""
    principal.require("monitoring.review", organization.pk)
    title = checked_text(title, name="title", limit=_TITLE, needed=True)
    if purpose not in Purpose.values:
        raise InputError("monitoring.unknown_purpose", name="purpose", value=purpose[:20])
    start, end = period
    if start >= end:
        raise InputError("monitoring.period_reversed", name="until")
    rows = chosen_sources(organization.pk, sources)
    with recording(principal, "monitoring.begin_review", now=now, organization_id=organization.pk) as entry:
        made = LogReview(
            organization=organization,
            title=title,
            purpose=purpose,
            period_start=start,
            period_end=min(end, now) if start < now else end,
            started_by_id=principal.person_id,
            started_at=now,
        )
        _begin(principal, made, rows, now=now)
        entry.about(made.pk)
        entry.fact(period_start=start.isoformat(), period_end=end.isoformat())
        entry.words(title=title)
    return made


def _begin(principal: Principal, made: LogReview, sources: Sequence[LogSource], *, now: datetime) -> None:
    made.save(force_insert=True)
    made.sources.set(sources)
    made.job = jobs.enqueue(
        principal,
        JOB,
        payload={"review": str(made.pk)},
        organization_id=made.organization_id,
        unique_key=f"{JOB}:{made.pk}",
        now=now,
    )
    made.save(update_fields=["job"])


def rerun_review(principal: Principal, review: LogReview, *, now: datetime) -> None:
    """Apply the rules once more: logs came late, or rules changed. What people said of the findings stays."""
    principal.require("monitoring.review", review.organization_id)
    with recording(principal, "monitoring.rerun_review", now=now, organization_id=review.organization_id) as entry:
        row = LogReview.objects.select_for_update().get(pk=review.pk)
        if row.state not in {ReviewState.OPEN, ReviewState.RUNNING}:
            raise Conflict("monitoring.review_closed")
        row.state = ReviewState.RUNNING
        row.job = jobs.enqueue(
            principal,
            JOB,
            payload={"review": str(row.pk)},
            organization_id=row.organization_id,
            unique_key=f"{JOB}:{row.pk}",
            now=now,
        )
        row.save(update_fields=["state", "job"])
        entry.about(row.pk)


def run_review(context: JobContext) -> dict[str, Any]:
    """The job: applies the rules to the period and keeps what they found. Safe to repeat.

    When the run fails for good, the review opens with the reason instead of findings: people can still look, and run it again.
    """
    review = LogReview.objects.select_related("organization").get(pk=context.payload["review"])
    if review.state != ReviewState.RUNNING:
        return {}
    sources = list(review.sources.order_by("name"))
    try:
        ran = detecting.run(
            organization_id=review.organization_id,
            sources=sources,
            purpose=review.purpose,
            period=(review.period_start, review.period_end),
            settings=settings_of(review.organization_id),
            sigma=sigma_files_of(review.organization_id),
            now=context.now,
            progress=context.progress,
        )
    except SekishoError as error:
        _opened(context, review, {"explanation": {"error": {"code": error.code, "fields": _plain(error.fields)}}})
        raise
    found = _opened(
        context, review, {"explanation": {**ran.explanation, "baselines": ran.baselines}, "trends": list(ran.trends)}, ran.hits
    )
    return {"findings": found}


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value if isinstance(value, str | int | float | bool) else str(value) for key, value in fields.items()}


def _opened(context: JobContext, review: LogReview, values: dict[str, Any], hits: Sequence[Any] = ()) -> int:
    now = context.now
    with recording(context.principal, "monitoring.review_run", now=now, organization_id=review.organization_id) as entry:
        row = LogReview.objects.select_for_update().get(pk=review.pk)
        found = 0
        if row.state == ReviewState.RUNNING:
            found = take_hits(row, hits, now=now)
            row.state = ReviewState.OPEN
            for name, value in values.items():
                setattr(row, name, value)
            row.version += 1
            row.save(update_fields=["state", "version", *values])
        entry.about(row.pk)
        entry.fact(findings=found)
    return found


def save_notes(principal: Principal, review: LogReview, *, notes: str, version: int, now: datetime) -> LogReview:
    """Keep what was written so far."""
    principal.require("monitoring.review", review.organization_id)
    notes = checked_text(notes, name="notes", limit=_NOTES)
    with recording(principal, "monitoring.save_notes", now=now, organization_id=review.organization_id) as entry:
        row = _workable(review, version)
        row.notes = notes
        row.version += 1
        row.save(update_fields=["notes", "version"])
        entry.about(row.pk)
        entry.words(notes=notes)
    return row


def _workable(review: LogReview, version: int) -> LogReview:
    row = LogReview.objects.select_for_update().get(pk=review.pk)
    if row.state in {ReviewState.FINISHED, ReviewState.CANCELLED}:
        raise Conflict("monitoring.review_closed")
    if row.version != version:
        raise Conflict("monitoring.changed_meanwhile")
    return row


def finish_review(principal: Principal, review: LogReview, *, notes: str, version: int, now: datetime) -> LogReview:
    """Finish a review: what it covered is frozen and becomes evidence, its plan goes on to the next period.

    Raises Conflict when the rules still run, when they failed, or when a finding of it has not been looked at; InputError without
    notes.
    """
    principal.require("monitoring.review", review.organization_id)
    notes = checked_text(notes, name="notes", limit=_NOTES, needed=True)
    with recording(principal, "monitoring.finish_review", now=now, organization_id=review.organization_id) as entry:
        row = _workable(review, version)
        if row.state == ReviewState.RUNNING:
            raise Conflict("monitoring.review_running")
        if "error" in row.explanation:
            raise Conflict("monitoring.review_failed")
        waiting = row.seen.filter(alert__state=AlertState.NEW, alert__suppressed_by=None).count()
        if waiting:
            raise Conflict("monitoring.not_all_seen", count=waiting)
        row.state, row.notes, row.finished_at, row.finished_by_id = ReviewState.FINISHED, notes, now, principal.person_id
        row.version += 1
        row.save(update_fields=["state", "notes", "finished_at", "finished_by", "version"])
        if row.plan is not None:  # before the figures: a plan that moved on is late no more
            _advance(principal, row.plan, row.period_end, now=now)
        report(row, now=now)
        entry.about(row.pk)
        entry.fact(on_time=row.due_at is None or now <= row.due_at)
        entry.words(notes=notes)
    return row


def _advance(principal: Principal, plan: ReviewPlan, until: datetime, *, now: datetime) -> None:
    found = ReviewPlan.objects.select_for_update().get(pk=plan.pk)
    found.reviewed_until = max(found.reviewed_until, until)
    found.due_at = next_due(found)
    found.save(update_fields=["reviewed_until", "due_at"])
    if found.ended_at is None:
        set_duty(principal, found, now=now)


def cancel_review(principal: Principal, review: LogReview, *, reason: str, now: datetime) -> None:
    """Give a review up: it covers nothing, its plan's duty stays. Findings stay in the queue."""
    principal.require("monitoring.review", review.organization_id)
    reason = checked_text(reason, name="reason", limit=_REASON, needed=True)
    with recording(principal, "monitoring.cancel_review", now=now, organization_id=review.organization_id) as entry:
        rows = LogReview.objects.filter(pk=review.pk, state__in=(ReviewState.RUNNING, ReviewState.OPEN))
        if not rows.update(state=ReviewState.CANCELLED, finished_at=now, finished_by_id=principal.person_id, notes=reason):
            raise Conflict("monitoring.review_closed")
        entry.about(review.pk)
        entry.words(reason=reason)
