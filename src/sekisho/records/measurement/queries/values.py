"""Reads of stored figures, reports and references."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sekisho.errors import NotFound
from sekisho.records.measurement.models import IndicatorTarget, IndicatorValue, Report, ReportReference, Submission
from sekisho.records.organization.queries import visible_to
from sekisho.standards.indicators import ComputedIndicator, computed_indicators

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sekisho.records.organization.principals import Principal

__all__ = ["Latest", "indicator_value", "latest", "received_reports", "reference", "report", "reports", "series"]


@dataclass(frozen=True, slots=True)
class Latest:
    """An indicator as it stands: the newest value, the newest of an earlier period, the target, and the course (oldest first)."""

    indicator: ComputedIndicator
    value: IndicatorValue | None
    previous: IndicatorValue | None
    target: IndicatorTarget | None
    course: tuple[IndicatorValue, ...] = ()

    @property
    def better(self) -> bool | None:
        """Whether it got better since the earlier value; None when nobody can say."""
        if self.value is None or self.previous is None or self.value.value is None or self.previous.value is None:
            return None
        if self.value.value == self.previous.value or self.indicator.direction == "context":
            return None
        return (self.value.value > self.previous.value) == (self.indicator.direction == "higher")


def latest(principal: Principal, *, organization_id: uuid.UUID, course: int = 12) -> list[Latest]:
    """Every computed indicator with its newest figures: two queries."""
    rows = visible_to(IndicatorValue.objects.filter(organization=organization_id), principal).defer("inputs")
    by_key: dict[str, list[IndicatorValue]] = {}
    for row in rows.order_by("-as_of")[: course * len(computed_indicators())]:
        by_key.setdefault(row.key, []).append(row)
    targets = {t.key: t for t in visible_to(IndicatorTarget.objects.filter(organization=organization_id), principal)}
    found = []
    for key, indicator in computed_indicators().items():
        values = by_key.get(key, [])
        newest = values[0] if values else None
        earlier = next((v for v in values[1:] if newest is not None and v.value is not None), None)
        found.append(Latest(indicator, newest, earlier, targets.get(key), tuple(reversed(values[:course]))))
    return found


def series(principal: Principal, *, organization_id: uuid.UUID, key: str, limit: int = 100) -> QuerySet[IndicatorValue]:
    """The stored values of one indicator, newest first."""
    if key not in computed_indicators():
        raise NotFound("access.not_found")
    rows = visible_to(IndicatorValue.objects.filter(organization=organization_id, key=key), principal)
    return rows.order_by("-as_of")[:limit]


def indicator_value(principal: Principal, value_id: uuid.UUID) -> IndicatorValue:
    """One stored value with its inputs. Raises NotFound."""
    found = visible_to(IndicatorValue.objects.select_related("organization"), principal).filter(pk=value_id).first()
    if found is None:
        raise NotFound("access.not_found")
    return found


def reports(principal: Principal, *, organization_id: uuid.UUID | None = None) -> QuerySet[Report]:
    """Reports that the principal sees, newest first."""
    rows = visible_to(Report.objects.select_related("organization", "issued_by", "built_by"), principal)
    return rows.filter(organization=organization_id) if organization_id else rows


def report(principal: Principal, report_id: uuid.UUID) -> Report:
    """One report of a visible organisation, or one that was submitted to a visible organisation. Raises NotFound."""
    found = reports(principal).filter(pk=report_id).first()
    if found is None:
        handed_up = received_reports(principal).filter(report=report_id).select_related("report__organization").first()
        if handed_up is None:
            raise NotFound("access.not_found")
        return handed_up.report
    return found


def received_reports(principal: Principal, *, organization_id: uuid.UUID | None = None) -> QuerySet[Submission]:
    """Reports that were handed up to the organisations that the principal sees."""
    rows = visible_to(
        Submission.objects.select_related("report__organization", "to_organization"), principal, field="to_organization"
    )
    return (rows.filter(to_organization=organization_id) if organization_id else rows).order_by("-submitted_at")


def reference(principal: Principal, *, report_id: uuid.UUID, number: int) -> ReportReference:
    """One 根 of a report that the principal sees as one of its own organisation's (a submitted report shows no evidence)."""
    rows = visible_to(ReportReference.objects.select_related("report__organization"), principal, field="report__organization")
    found = rows.filter(report=report_id, number=number).first()
    if found is None:
        raise NotFound("access.not_found")
    return found
