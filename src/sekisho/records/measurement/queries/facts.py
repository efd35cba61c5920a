"""Gathering the facts that figures are made of: an organisation and those below it, down to the next boundary."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from sekisho.documents import dates
from sekisho.records.assessment import queries as assessment
from sekisho.records.duties import queries as duties
from sekisho.records.evidence import queries as evidence
from sekisho.records.measurement.rules.figures import (
    ActionFact,
    DutyFact,
    EvidenceFact,
    Facts,
    FindingFact,
    JudgementFact,
    MeasureFact,
)
from sekisho.records.organization.queries import within
from sekisho.records.subjects import queries as subjects
from sekisho.standards.indicators import computed_indicators

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from sekisho.records.organization.principals import Principal

__all__ = ["figure_facts", "period_of"]


def period_of(day: date) -> tuple[date, date]:
    """First and last day of the fiscal quarter that holds ``day``."""
    year, quarter = dates.fiscal_year(day), dates.fiscal_quarter(day)
    month = 4 + (quarter - 1) * 3
    first = date(year + (month > 12), (month - 1) % 12 + 1, 1)  # noqa: PLR2004 - December
    after = date(first.year + (first.month > 9), (first.month + 2) % 12 + 1, 1)  # noqa: PLR2004 - the next quarter is next year
    return first, after - timedelta(days=1)


def figure_facts(
    principal: Principal, *, organization_id: uuid.UUID, now: datetime, period: tuple[date, date], zone: tzinfo = UTC
) -> Facts:
    """All facts of one moment. The number of queries does not grow with subjects or judgements. ``period`` is in ``zone``."""
    area = within(organization_id)
    start = datetime.combine(period[0], time.min, zone)
    end = datetime.combine(period[1], time.max, zone)
    people = {
        str(pk): kind
        for pk, kind in subjects.subjects(principal).filter(organization__in=area, retired_at=None).values_list("pk", "kind")
    }
    ids = [uuid.UUID(pk) for pk in people]
    found = list(
        evidence.findings(principal, state="all")
        .filter(organization__in=area)
        .values_list(
            "pk", "engine", "severity", "fields__consideration", "first_seen_at", "closed_at", "last_observation__evidence__id"
        )
    )
    seen = evidence.observations(principal).filter(organization__in=area).order_by().values_list("engine", flat=True).distinct()
    action_rows = (
        assessment.corrective_actions(principal, state="open").filter(organization__in=area).values_list("pk", "due_on", "state")
    )
    today = now.astimezone(zone).date()
    return Facts(
        now=now,
        period_start=start,
        period_end=end,
        judgements=_judgements(principal, area, now),
        findings=[FindingFact(str(r[0]), r[1], r[2], r[3] or "", r[4], r[5], evidence_id=str(r[6] or "")) for r in found],
        measures=_measures(ids, now),
        subjects=people,
        duties=[
            DutyFact(str(pk), due, done)
            for pk, due, done in duties.duties(principal, state="all")
            .filter(organization__in=area)
            .values_list("pk", "due_at", "done_at")
        ],
        actions=[ActionFact(str(pk), due < today and state != "done") for pk, due, state in action_rows],
        stale_evidence=[
            EvidenceFact(str(pk))
            for pk in evidence.evidence(principal, now=now, state="expired", kind="document")
            .filter(organization__in=area)
            .values_list("pk", flat=True)
        ],
        engines_seen=frozenset(seen),
    )


def _judgements(principal: Principal, area: QuerySet[Any, Any], now: datetime) -> Sequence[JudgementFact]:
    rows = assessment.judgements(principal, now=now).filter(organization__in=area)
    evidence_of: dict[uuid.UUID, list[str]] = {}
    links = rows.order_by().filter(level__isnull=False).values_list("pk", "evidence")
    for pk, evidence_id in links:
        if evidence_id is not None:
            evidence_of.setdefault(pk, []).append(str(evidence_id))
    values = (
        rows.order_by()
        .annotate(counted=assessment.counted_level(now))
        .values_list("pk", "requirement__catalog__key", "counted", "basis", "stale_at", "fresh_until", "target_level")
    )
    return [
        JudgementFact(
            id=str(pk),
            catalog=catalog,
            level=level,
            basis=basis,
            stale=level is not None and (stale_at is not None or (fresh is not None and fresh <= now)),
            target=target,
            evidence_ids=tuple(evidence_of.get(pk, ())),
        )
        for pk, catalog, level, basis, stale_at, fresh, target in values
    ]


def _measures(subject_ids: list[uuid.UUID], now: datetime) -> list[MeasureFact]:
    keys = {i.source.key or i.source.with_measure for i in computed_indicators().values()} - {""}
    figures = evidence.latest_measures(subject_ids, sorted(keys), now)
    return [
        MeasureFact(
            subject_id=str(f.subject_id),
            key=f.key,
            dimensions=f.dimensions,
            status=f.status,
            value=f.value,
            numerator=f.numerator,
            denominator=f.denominator,
            evidence_id=str(f.evidence_id),
        )
        for rows in figures.values()
        for f in rows
    ]
