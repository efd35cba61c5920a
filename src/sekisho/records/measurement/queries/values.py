"""Reads of stored figures, reports and references."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Max, OuterRef, Subquery

from sekisho.errors import NotFound
from sekisho.records.measurement.models import IndicatorTarget, IndicatorValue, Report, ReportReference, Submission
from sekisho.records.measurement.rules.wording import trend
from sekisho.records.organization.queries import visible_to
from sekisho.records.rows import the_row
from sekisho.standards.indicators import ComputedIndicator, computed_indicators

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from sekisho.records.organization.principals import Principal

__all__ = [
    "Latest",
    "indicator_value",
    "latest",
    "received_reports",
    "reference",
    "report",
    "reports",
    "runs_since",
    "series",
    "submission",
    "targets",
]


@dataclass(frozen=True, slots=True)
class Latest:
    """An indicator as it stands: its newest value, the last one of the period before, the target, and the last value of each
    period (oldest first, the present one at the end).
    """

    indicator: ComputedIndicator
    value: IndicatorValue | None
    previous: IndicatorValue | None
    target: float | None
    course: tuple[IndicatorValue, ...] = ()

    @property
    def better(self) -> bool | None:
        """Whether it got better since the period before; None when nobody can say."""
        if self.value is None or self.previous is None:
            return None
        return trend(self.value.value, self.previous.value, self.indicator.direction)


def latest(principal: Principal, *, organization_id: uuid.UUID, course: int = 12, with_inputs: bool = False) -> list[Latest]:
    """Every computed indicator with the last figure of each of the last ``course`` periods, and its target. One query.

    ``with_inputs`` loads what the figures were made of, too (large).
    """
    indicators = computed_indicators()
    own = IndicatorValue.objects.filter(organization=organization_id)
    # All figures of one run share their moment: the last run of each period, told by any one of the keys.
    runs = (
        own.filter(key=next(iter(indicators)))
        .order_by()
        .values("period_start")
        .annotate(last=Max("as_of"))
        .order_by("-period_start")
        .values("last")[:course]
    )
    target = IndicatorTarget.objects.filter(organization=organization_id, key=OuterRef("key")).values("value")[:1]
    rows = visible_to(own.filter(key__in=list(indicators), as_of__in=runs), principal)
    if not with_inputs:
        rows = rows.defer("inputs")
    by_key: dict[str, list[IndicatorValue]] = {}
    targets: dict[str, float | None] = {}
    for row in rows.annotate(wanted=Subquery(target)).order_by("-as_of"):
        by_key.setdefault(row.key, []).append(row)
        targets[row.key] = row.wanted
    found = []
    for key, indicator in indicators.items():
        values = by_key.get(key, [])
        newest, earlier = (values[0] if values else None), (values[1] if len(values) > 1 else None)
        found.append(Latest(indicator, newest, earlier, targets.get(key), tuple(reversed(values))))
    return found


def targets(principal: Principal, *, organization_id: uuid.UUID) -> dict[str, IndicatorTarget]:
    """The organisation's targets by key of indicator."""
    rows = visible_to(IndicatorTarget.objects.filter(organization=organization_id).select_related("set_by"), principal)
    return {row.key: row for row in rows}


def series(principal: Principal, *, organization_id: uuid.UUID, key: str, limit: int = 100) -> QuerySet[IndicatorValue]:
    """The stored values of one indicator, newest first."""
    if key not in computed_indicators():
        raise NotFound("access.not_found")
    rows = visible_to(IndicatorValue.objects.filter(organization=organization_id, key=key), principal)
    return rows.order_by("-as_of")[:limit]


def runs_since(principal: Principal, *, organization_id: uuid.UUID, since: datetime) -> int:
    """How many times the indicators were computed after ``since``."""
    own = IndicatorValue.objects.filter(organization=organization_id, key=next(iter(computed_indicators())), as_of__gt=since)
    return visible_to(own, principal).count()


def indicator_value(principal: Principal, value_id: uuid.UUID) -> IndicatorValue:
    """One stored value with its inputs. Raises NotFound."""
    return the_row(visible_to(IndicatorValue.objects.select_related("organization"), principal).filter(pk=value_id))


def reports(principal: Principal, *, organization_id: uuid.UUID | None = None) -> QuerySet[Report]:
    """Reports that the principal sees, newest first."""
    rows = visible_to(Report.objects.select_related("organization", "issued_by", "built_by"), principal)
    return rows.filter(organization=organization_id) if organization_id else rows


def report(principal: Principal, report_id: uuid.UUID) -> Report:
    """One report of a visible organisation, or one that was submitted to a visible organisation. Raises NotFound."""
    found = reports(principal).filter(pk=report_id).first()
    if found is None:
        handed_up = the_row(received_reports(principal).filter(report=report_id).select_related("report__organization"))
        return handed_up.report
    return found


def received_reports(principal: Principal, *, organization_id: uuid.UUID | None = None) -> QuerySet[Submission]:
    """Reports that were handed up to the organisations that the principal sees."""
    rows = visible_to(
        Submission.objects.select_related("report__organization", "to_organization"), principal, field="to_organization"
    )
    return (rows.filter(to_organization=organization_id) if organization_id else rows).order_by("-submitted_at")


def submission(principal: Principal, *, organization_id: uuid.UUID, submission_id: uuid.UUID) -> Submission:
    """One report that was handed up to the organisation. Raises NotFound."""
    return the_row(received_reports(principal, organization_id=organization_id).filter(pk=submission_id))


def reference(principal: Principal, *, report_id: uuid.UUID, number: int) -> ReportReference:
    """One 根 of a report that the principal sees as one of its own organisation's (a submitted report shows no evidence)."""
    rows = visible_to(ReportReference.objects.select_related("report__organization"), principal, field="report__organization")
    return the_row(rows.filter(report=report_id, number=number))
