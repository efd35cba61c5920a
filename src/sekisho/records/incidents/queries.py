"""Every read of 事案, through ``visible_to``."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Length
from django.utils import timezone

from sekisho.records.incidents.models import (
    AnalysisSheet,
    Countermeasure,
    Incident,
    IncidentState,
    SheetCause,
    SheetState,
    Weight,
)
from sekisho.records.incidents.rules import Counted, Figures, figures
from sekisho.records.organization.queries import visible_to, within
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = [
    "Filters",
    "counted",
    "countermeasure",
    "countermeasures",
    "figures_of",
    "incident",
    "incidents",
    "listed",
    "next_number",
    "sheet",
    "sheets",
    "treated",
]

_READ = "incident.read"


@dataclass(frozen=True, slots=True)
class Filters:
    """How a list or a count is narrowed. ``state``: open, closed, unanalysed (open, nothing settled) or all."""

    state: str = "open"
    kind: str = ""
    near_miss: bool | None = None
    text: str = ""
    since: date | None = None
    until: date | None = None


def next_number(organization_id: uuid.UUID, *, now: datetime) -> str:
    """The next number of the year in an organisation. Inside a transaction; the unique constraint catches who was faster."""
    start = f"HE-{timezone.localdate(now).year}-"
    rows = Incident.objects.filter(organization_id=organization_id, number__startswith=start).annotate(length=Length("number"))
    last = rows.order_by("-length", "-number").values_list("number", flat=True).first()
    return f"{start}{int(last.removeprefix(start)) + 1 if last else 1:04d}"


def incidents(principal: Principal) -> QuerySet[Incident]:
    """The incidents that the principal may see."""
    rows = Incident.objects.select_related("organization", "subject", "recorded_by", "closed_by")
    return visible_to(rows, principal, action=_READ)


def incident(principal: Principal, incident_id: uuid.UUID) -> Incident:
    """One incident. Raises NotFound."""
    return the_row(incidents(principal).filter(pk=incident_id))


def _narrowed(rows: QuerySet[Incident], filters: Filters) -> QuerySet[Incident]:
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.near_miss is not None:
        rows = rows.filter(near_miss=filters.near_miss)
    if filters.text:
        words = Q(number__icontains=filters.text) | Q(title__icontains=filters.text) | Q(did__icontains=filters.text)
        rows = rows.filter(words)
    if filters.since:
        rows = rows.filter(found_at__date__gte=filters.since)
    if filters.until:
        rows = rows.filter(found_at__date__lte=filters.until)
    return rows


def listed(principal: Principal, organization: Organization, *, filters: Filters) -> QuerySet[Incident]:
    """Incidents of an organisation and those below, newest first; ``analysed``: whether a sheet is settled."""
    settled = AnalysisSheet.objects.filter(incident=OuterRef("pk"), state=SheetState.SETTLED)
    rows = incidents(principal).filter(organization__in=within(organization.pk)).annotate(analysed=Exists(settled))
    if filters.state == "unanalysed":
        rows = rows.filter(state=IncidentState.OPEN, analysed=False)
    elif filters.state in IncidentState.values:
        rows = rows.filter(state=filters.state)
    return _narrowed(rows, filters).order_by("-found_at", "number", "pk")


def sheets(principal: Principal, row: Incident) -> QuerySet[AnalysisSheet]:
    """The sheets of an incident, those in force and drafts first, with their causes."""
    rows = AnalysisSheet.objects.filter(incident=row).select_related("made_by", "settled_by").prefetch_related("causes")
    return visible_to(rows, principal, field="incident__organization", action=_READ).order_by("made_at", "pk")


def sheet(principal: Principal, sheet_id: uuid.UUID) -> AnalysisSheet:
    """One sheet with its incident. Raises NotFound."""
    rows = AnalysisSheet.objects.select_related("incident__organization", "made_by", "settled_by").filter(pk=sheet_id)
    return the_row(visible_to(rows, principal, field="incident__organization", action=_READ))


def countermeasures(principal: Principal, row: Incident) -> QuerySet[Countermeasure]:
    """What is done so that it does not happen again, the first due first."""
    rows = Countermeasure.objects.filter(incident=row).select_related("action__owner", "effect_by")
    return visible_to(rows, principal, field="incident__organization", action=_READ)


def countermeasure(principal: Principal, countermeasure_id: uuid.UUID) -> Countermeasure:
    """One countermeasure. Raises NotFound."""
    rows = Countermeasure.objects.select_related("incident__organization", "action").filter(pk=countermeasure_id)
    return the_row(visible_to(rows, principal, field="incident__organization", action=_READ))


# ----------------------------------------------------------------------------------------------------------- counting


def counted(principal: Principal, organization: Organization, *, filters: Filters) -> list[Counted]:
    """The incidents with a settled sheet, with the causes of all their settled sheets. Two queries."""
    rows = _narrowed(incidents(principal).filter(organization__in=within(organization.pk)), filters)
    known = {pk: (found, kind) for pk, found, kind in rows.values_list("pk", "found_at", "kind")}
    causes: dict[uuid.UUID, set[str]] = defaultdict(set)
    roots: dict[uuid.UUID, set[str]] = defaultdict(set)
    factors: dict[uuid.UUID, set[str]] = defaultdict(set)
    lines = SheetCause.objects.filter(sheet__state=SheetState.SETTLED, sheet__incident__in=rows.values("pk"))
    for pk, factor, cause, weight in lines.values_list("sheet__incident", "factor", "cause", "weight"):
        factors[pk].add(factor)
        if cause:
            causes[pk].add(cause)
            if weight == Weight.ROOT:
                roots[pk].add(cause)
    return [
        Counted(
            incident=str(pk),
            found=timezone.localdate(known[pk][0]),
            kind=known[pk][1],
            causes=frozenset(causes[pk]),
            roots=frozenset(roots[pk]),
            factors=frozenset(seen),
        )
        for pk, seen in factors.items()
        if pk in known
    ]


def treated(principal: Principal, organization: Organization) -> dict[str, list[date]]:
    """Cause → the days on which countermeasures aimed at it were done and verified. One query."""
    rows = visible_to(Countermeasure.objects.all(), principal, field="incident__organization", action=_READ)
    rows = rows.filter(incident__organization__in=within(organization.pk), action__state="verified")
    found: dict[str, list[date]] = defaultdict(list)
    for causes, changed in rows.values_list("causes", "action__changed_at"):
        for cause in causes:
            found[cause].append(timezone.localdate(changed))
    return dict(found)


def figures_of(principal: Principal, organization: Organization, *, since: date, until: date) -> Figures:
    """The figures of a period (both days in it) by the day an incident was found. Five queries."""
    filters = Filters(state="all", since=since, until=until)
    rows = _narrowed(incidents(principal).filter(organization__in=within(organization.pk)), filters)
    kinds = list(rows.order_by().values_list("kind", "near_miss"))
    settled_rows = AnalysisSheet.objects.filter(state=SheetState.SETTLED, incident__in=rows.values("pk")).values_list(
        "incident", "incident__found_at", "settled_at"
    )
    first: dict[uuid.UUID, tuple[datetime, datetime]] = {}
    for pk, found, settled in settled_rows:
        if settled is not None and (pk not in first or settled < first[pk][1]):
            first[pk] = (found, settled)
    steps = list(
        Countermeasure.objects.filter(incident__in=rows.values("pk")).values_list("remedy", "action__state", "action__due_on")
    )
    alive = [(remedy, state, due) for remedy, state, due in steps if state != "cancelled"]
    done = sum(state in {"done", "verified"} for _, state, _ in alive)
    due_now = sum(state in {"done", "verified"} or due < until for _, state, due in alive)
    return figures(
        kinds,
        counted(principal, organization, filters=filters),
        settled=list(first.values()),
        due_measures=(done, due_now),
        remedies=[remedy for remedy, _, _ in alive],
        treated=treated(principal, organization),
    )
