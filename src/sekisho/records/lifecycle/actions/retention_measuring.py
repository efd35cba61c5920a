"""Retention and deletion measured: the figures become evidence about the organisation."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.observation import encode
from sekisho.errors import Conflict, InputError
from sekisho.records.evidence import actions as evidence
from sekisho.records.jobs import actions as jobs
from sekisho.records.ledger.actions import recording
from sekisho.records.lifecycle.models import RetentionEntry
from sekisho.records.lifecycle.queries.figures import PERIOD_DAYS, measured
from sekisho.records.lifecycle.rules.measuring import observe
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.jobs.registry import JobContext
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["MEASURE", "measure_due", "measure_retention", "run_measure"]

MEASURE: Final = "lifecycle.measure"


def measure_retention(principal: Principal, *, organization: Organization, now: datetime) -> None:
    """Measure now. Raises Conflict ``lifecycle.no_subject`` where no subject stands for the organisation."""
    principal.require("lifecycle.measure", organization.pk)
    with recording(principal, "lifecycle.measure", now=now, organization_id=organization.pk) as entry:
        if not _measure(organization.pk, now=now):
            raise Conflict("lifecycle.no_subject")
        entry.about(organization.pk)


def _measure(organization_id: uuid.UUID, *, now: datetime) -> bool:
    subject = subject_queries.organization_subject(organization_id)
    if subject is None or subject.retired_at is not None:
        return False
    made = observe(
        measured(organization_id, now=now),
        kind=subject.kind,
        name=subject.name,
        period=(now - timedelta(days=PERIOD_DAYS), now),
        now=now,
    )
    result = evidence.receive_observations(SYSTEM, observations=[encode(made)], subject=subject, now=now)
    for item in result.results:
        if item.status == "refused":
            raise InputError(item.code, problems=tuple(item.problems), **item.fields)
    return True


def measure_due(now: datetime) -> int:
    """Every organisation with entries gets its job (the scheduler asks once a day)."""
    ids = list(RetentionEntry.objects.values_list("organization_id", flat=True).distinct())
    for one in ids:
        jobs.enqueue(SYSTEM, MEASURE, now=now, organization_id=one, unique_key=f"{MEASURE}:{one}")
    return len(ids)


def run_measure(context: JobContext) -> dict[str, Any]:
    """The job."""
    assert context.organization_id is not None
    return {"measured": _measure(context.organization_id, now=context.now)}
