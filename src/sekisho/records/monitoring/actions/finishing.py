"""A finished review becomes evidence: an Observation about the organisation, and one about each subject of its sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sekisho.engines.observation import encode
from sekisho.errors import InputError
from sekisho.records.evidence import actions as evidence
from sekisho.records.evidence import queries as evidence_queries
from sekisho.records.monitoring import eventstore
from sekisho.records.monitoring.queries.reviews import figures
from sekisho.records.monitoring.rules.measuring import observe
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.monitoring.models import LogReview
    from sekisho.records.subjects.models import Subject

__all__ = ["report"]


def report(review: LogReview, *, now: datetime) -> None:
    """Freeze the coverage of a review and hand its figures in. Called inside the recording that finishes it.

    Raises InputError when the figures are refused: then nothing of the finishing is kept.
    """
    review.coverage = {
        "sources": review.explanation.get("sources", []),
        "rules": review.explanation.get("rules", {}),
        "findings": review.seen.count(),
    }
    review.save(update_fields=["coverage"])
    sources = list(review.sources.select_related("subject"))
    subjects: dict[object, Subject] = {
        row.subject.pk: row.subject for row in sources if row.subject and row.subject.retired_at is None
    }
    whole = subject_queries.organization_subject(review.organization_id)
    if whole is not None:
        subjects[whole.pk] = whole
    for subject in subjects.values():
        measured = figures(
            review.organization_id,
            subject_id=None if whole is not None and subject.pk == whole.pk else subject.pk,
            entry_kinds=eventstore.entry_kinds(),
            last=review,
            now=now,
        )
        made = observe(
            measured,
            review=str(review.pk),
            kind=subject.kind,
            name=subject.name,
            period=(review.period_start, review.period_end),
            now=now,
        )
        result = evidence.receive_observations(SYSTEM, observations=[encode(made)], subject=subject, now=now)
        for item in result.results:
            if item.status == "refused":
                raise InputError(item.code, problems=tuple(item.problems), **item.fields)
        rows = evidence_queries.observations(SYSTEM, organization_id=review.organization_id).filter(
            subject=subject, content_id__in=[item.content_id for item in result.results]
        )
        review.evidence.add(*(row.evidence for row in rows.select_related("evidence")))
