"""Findings, their notes, and what holds them back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Case, Count, F, IntegerField, Q, Value, When

from sekisho.records.monitoring.models import Alert, AlertNote, AlertState, Suppression
from sekisho.records.monitoring.rules.triage import CLOSED, Muted
from sekisho.records.organization.queries import visible_to, within
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from sekisho.records.monitoring.models import LogReview
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = [
    "AlertFilters",
    "alert",
    "alerts",
    "counts_by_state",
    "listed",
    "mutes_of",
    "notes_of",
    "of_review",
    "suppression",
    "suppressions",
    "waiting_count",
]

_READ = "monitoring.read"
_SEVERITIES = ("critical", "high", "medium", "low", "info")


@dataclass(frozen=True, slots=True)
class AlertFilters:
    """How the queue is narrowed. ``state``: open (neither closed nor suppressed), a state, suppressed, or all."""

    state: str = "open"
    purpose: str = ""
    sign: str = ""
    severity: str = ""
    rule: str = ""
    source_id: uuid.UUID | None = None
    assignee: str = ""  # mine | none
    text: str = ""


def alerts(principal: Principal) -> QuerySet[Alert]:
    """The findings that the principal may see."""
    rows = Alert.objects.select_related("organization", "source", "assignee", "suppressed_by")
    return visible_to(rows, principal, action=_READ)


def alert(principal: Principal, alert_id: uuid.UUID) -> Alert:
    """One finding. Raises NotFound."""
    return the_row(alerts(principal).filter(pk=alert_id))


def _open() -> Q:
    return ~Q(state__in=CLOSED) & Q(suppressed_by=None)


def _in_state(rows: QuerySet[Alert], state: str) -> QuerySet[Alert]:
    if state == "open":
        return rows.filter(_open())
    if state == "suppressed":
        return rows.filter(suppressed_by__isnull=False)
    if state in AlertState.values:
        return rows.filter(state=state, suppressed_by=None)
    return rows


def listed(principal: Principal, organization: Organization, *, filters: AlertFilters) -> QuerySet[Alert]:
    """The findings of an organisation and those below it, gravest first, then the newest."""
    rows = _in_state(alerts(principal).filter(organization__in=within(organization.pk)), filters.state)
    exact = {"purpose": filters.purpose, "sign": filters.sign, "severity": filters.severity, "rule": filters.rule}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if filters.source_id is not None:
        rows = rows.filter(source_id=filters.source_id)
    if filters.assignee:
        rows = rows.filter(assignee_id=principal.person_id) if filters.assignee == "mine" else rows.filter(assignee=None)
    if filters.text:
        rows = rows.filter(
            Q(entity__icontains=filters.text) | Q(rule__icontains=filters.text) | Q(rule_title__icontains=filters.text)
        )
    grave = Case(
        *(When(severity=name, then=Value(place)) for place, name in enumerate(_SEVERITIES)),
        default=Value(len(_SEVERITIES)),
        output_field=IntegerField(),
    )
    return rows.annotate(gravity=grave).order_by("gravity", "-last_at", "pk")


def counts_by_state(principal: Principal, organization: Organization, *, purpose: str = "") -> Mapping[str, int]:
    """How many findings stand where: each state (without suppressed ones), open, suppressed. One query."""
    rows = alerts(principal).filter(organization__in=within(organization.pk))
    if purpose:
        rows = rows.filter(purpose=purpose)
    wanted = {state: Count("pk", filter=Q(state=state, suppressed_by=None)) for state in AlertState.values}
    return rows.order_by().aggregate(
        open=Count("pk", filter=_open()), suppressed=Count("pk", filter=Q(suppressed_by__isnull=False)), **wanted
    )


def waiting_count(principal: Principal, organization: Organization, now: datetime) -> int:
    """How many findings nobody has looked at: one query."""
    del now
    return listed(principal, organization, filters=AlertFilters(state="new")).order_by().count()


def of_review(principal: Principal, review: LogReview) -> QuerySet[Alert]:
    """What the run of a review saw, gravest first; ``seen_count``: how many events in its period."""
    rows = listed(principal, review.organization, filters=AlertFilters(state="all")).filter(seen__review=review)
    return rows.annotate(seen_count=F("seen__count"))


def notes_of(row: Alert) -> QuerySet[AlertNote]:
    """What people wrote and decided, oldest first."""
    return AlertNote.objects.filter(alert=row).select_related("person").order_by("at", "pk")


def mutes_of(organization_id: uuid.UUID) -> list[Muted]:
    """The suppressions of an organisation that were not ended, for the rules."""
    rows = Suppression.objects.filter(organization_id=organization_id, ended_at=None).order_by("at", "pk")
    return [Muted(str(row.pk), row.rule, row.entity, row.expires_at, row.ended_at) for row in rows]


def suppressions(principal: Principal, organization: Organization, *, state: str = "", now: datetime) -> QuerySet[Suppression]:
    """Suppressions of an organisation and those below. ``state``: empty (in force), over, all; ``held``: findings held back."""
    rows = visible_to(Suppression.objects.select_related("organization", "person", "ended_by"), principal, action=_READ)
    rows = rows.filter(organization__in=within(organization.pk))
    in_force = Q(ended_at=None, expires_at__gt=now)
    if state == "over":
        rows = rows.exclude(in_force)
    elif state != "all":
        rows = rows.filter(in_force)
    return rows.annotate(held=Count("alerts")).order_by("expires_at", "pk")


def suppression(principal: Principal, suppression_id: uuid.UUID) -> Suppression:
    """One suppression. Raises NotFound."""
    return the_row(
        visible_to(Suppression.objects.select_related("organization"), principal, action=_READ).filter(pk=suppression_id)
    )
