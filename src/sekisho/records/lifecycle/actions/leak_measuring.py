"""Leak scans measured: the figures and the places to be treated become evidence about the organisation."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.observation import encode
from sekisho.errors import InputError
from sekisho.records.evidence import actions as evidence
from sekisho.records.ledger.actions import recording
from sekisho.records.lifecycle.models import LeakPlan
from sekisho.records.lifecycle.queries import leakscans as queries
from sekisho.records.lifecycle.rules.leak_observing import observe
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["measure_all_leaks", "measure_leaks"]

WINDOW: Final = timedelta(days=365)


def measure_leaks(principal: Principal, organization: Organization, *, now: datetime) -> dict[str, Any]:
    """Hand in the figures of one organisation. Without a subject that stands for it nothing is handed in."""
    principal.require("lifecycle.measure", organization.pk)
    subject = subject_queries.organization_subject(organization.pk)
    if subject is None or subject.retired_at is not None:
        return {"measured": False}
    found = queries.figures_of(organization.pk, since=now - WINDOW, now=now)
    places = queries.to_be_treated(organization.pk)
    made = observe(found, places, kind=subject.kind, name=subject.name, period=(now - WINDOW, now), now=now)
    with recording(principal, "lifecycle.measure_leaks", now=now, organization_id=organization.pk) as entry:
        result = evidence.receive_observations(SYSTEM, observations=[encode(made)], subject=subject, now=now).results[0]
        if result.status == "refused":
            raise InputError(result.code, problems=tuple(result.problems), **result.fields)
        entry.about(subject.pk)
        entry.fact(outside=found.outside, content=result.content_id)
    return {"measured": True}


def measure_all_leaks(*, now: datetime) -> int:
    """Every organisation with a plan (the scheduler asks once a day): days go by without a run, too."""
    ids = set(LeakPlan.objects.filter(ended_at=None).values_list("organization_id", flat=True))
    rows = organization_queries.organizations(SYSTEM).filter(pk__in=ids).order_by("pk")
    for one in rows:
        measure_leaks(SYSTEM, one, now=now)
    return len(rows)
