"""What this room tells the lower rooms when Django starts: its jobs and their rhythm."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from sekisho.records.jobs import registry
from sekisho.records.measurement import actions, queries
from sekisho.records.organization import queries as organization_queries

if TYPE_CHECKING:
    from sekisho.records.jobs.registry import JobContext

__all__ = ["register"]

_DAY: Final = 86400
_FILES: Final = 4


def _compute_all(context: JobContext) -> dict[str, Any]:
    """The indicators of every open organisation that anything is known about."""
    rows = [o for o in organization_queries.organizations(context.principal) if o.closed_on is None]
    for number, organization in enumerate(rows):
        context.progress(number, len(rows))
        actions.compute(context.principal, organization=organization, now=context.now)
    return {"organizations": len(rows)}


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
    registry.register("report.build", _build, permission="report.build")
    registry.register("report.issue", _issue, permission="report.issue")
    registry.schedule("measurement.compute", kind="measurement.compute", every_seconds=_DAY)
