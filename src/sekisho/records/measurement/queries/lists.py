"""Lists behind a number: exactly the pairs or findings that it counts, down to the next boundary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sekisho.records.assessment import queries as assessment
from sekisho.records.evidence import queries as evidence
from sekisho.records.organization.queries import within

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from django.db.models import QuerySet

    from sekisho.records.assessment.models import Judgement
    from sekisho.records.evidence.models import Finding
    from sekisho.records.organization.principals import Principal

__all__ = ["findings", "pairs"]


def pairs(
    principal: Principal,
    *,
    organization_id: uuid.UUID,
    now: datetime,
    filters: assessment.Filters | None = None,
    theme: str = "",
) -> QuerySet[Judgement]:
    """Applicable pairs of the organisation and those below it, of one ``theme``; with a ``basis`` those with a valid level."""
    rows = assessment.judgements(principal, now=now, organization_id=organization_id, filters=filters)
    if filters is not None and filters.basis:
        rows = rows.filter(level__isnull=False).exclude(lapses_at__lte=now)
    return rows.filter(requirement__theme=theme) if theme else rows


def findings(
    principal: Principal,
    *,
    organization_id: uuid.UUID,
    state: str = "open",
    engine: str = "",
    severity: str = "",
) -> QuerySet[Finding]:
    """Findings of the organisation and those below it; ``severity`` also "severe" for critical and high."""
    one = severity if severity in evidence.SEVERITIES else ""
    rows = evidence.findings(principal, state=state, engine=engine, severity=one).filter(organization__in=within(organization_id))
    return rows.filter(severity__in=("critical", "high")) if severity == "severe" else rows
