"""What this room tells the lower rooms when Django starts: its jobs and their rhythm."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sekisho.records.evidence import hooks as evidence_hooks
from sekisho.records.jobs import actions as jobs
from sekisho.records.jobs import registry
from sekisho.records.measurement import actions, queries
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.jobs.registry import JobContext

__all__ = ["register"]

_DAY: Final = 86400
_FILES: Final = 4
# Figures follow what came in: soon after it as long as little comes in, and else not more often than this, for every run is kept.
_SOON: Final = timedelta(seconds=5)
_SELDOM: Final = timedelta(minutes=15)
_MANY_RUNS_A_DAY: Final = 20


def _compute_all(context: JobContext) -> dict[str, Any]:
    """The indicators of every open organisation that anything is known about."""
    rows = [o for o in organization_queries.organizations(context.principal) if o.closed_on is None]
    for number, organization in enumerate(rows):
        context.progress(number, len(rows))
        actions.compute(context.principal, organization=organization, now=context.now)
    return {"organizations": len(rows)}


def _follow(context: JobContext) -> dict[str, Any]:
    """The indicators of one organisation, after something came in about its subjects."""
    assert context.organization_id is not None
    organization = organization_queries.organizations(context.principal).get(pk=context.organization_id)
    return {"indicators": len(actions.compute(context.principal, organization=organization, now=context.now))}


def _after_ingest(subject_ids: frozenset[uuid.UUID], *, now: datetime) -> None:
    concerned = subject_queries.subjects(SYSTEM).filter(pk__in=subject_ids).order_by()
    for organization_id in concerned.values_list("organization_id", flat=True).distinct():
        runs = queries.runs_since(SYSTEM, organization_id=organization_id, since=now - timedelta(seconds=_DAY))
        wait = _SOON if runs < _MANY_RUNS_A_DAY else _SELDOM
        key = f"measurement.follow:{organization_id}"
        jobs.enqueue(SYSTEM, "measurement.follow", organization_id=organization_id, unique_key=key, run_after=now + wait, now=now)


def _build(context: JobContext) -> dict[str, Any]:
    assert context.organization_id is not None
    organization = organization_queries.organizations(context.principal).get(pk=context.organization_id)
    context.progress(0, 1)
    made = actions.build_report(
        context.principal,
        organization=organization,
        now=context.now,
        language=context.payload["language"],
        era=context.payload["era"],
    )
    return {"report": str(made.pk)}


def _issue(context: JobContext) -> dict[str, Any]:
    """Safe to repeat: a report that a crashed run has issued already stays as it is."""
    row = queries.report(context.principal, uuid.UUID(context.payload["report"]))
    if row.state != "issued":
        context.progress(0, _FILES)
        actions.issue_report(context.principal, row, now=context.now, progress=lambda done: context.progress(done, _FILES))
    return {"report": str(row.pk)}


def register() -> None:
    """Kinds of job and the daily schedule."""
    registry.register("measurement.compute", _compute_all)
    registry.register("measurement.follow", _follow)
    registry.register("report.build", _build, permission="report.build")
    registry.register("report.issue", _issue, permission="report.issue")
    registry.schedule("measurement.compute", kind="measurement.compute", every_seconds=_DAY)
    evidence_hooks.AFTER_INGEST.append(_after_ingest)
