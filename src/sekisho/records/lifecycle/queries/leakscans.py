"""Leak scans: plans, runs, places, decisions, figures."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery

from sekisho.records.lifecycle.models import DataStore, LeakDecision, LeakPlace, LeakPlan, LeakScan, LeakScanState
from sekisho.records.lifecycle.rules.leak_observing import Wrong
from sekisho.records.lifecycle.rules.leaking import Figures, PlaceFacts, figures, mark_of
from sekisho.records.organization.queries import visible_to, within
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = [
    "READ",
    "decision",
    "decisions",
    "figures_of",
    "places",
    "plan",
    "plans",
    "scan",
    "scans",
    "store",
    "stores",
    "to_be_treated",
]

READ: Final = "lifecycle.leak_read"
_IN_TIME: Final = {"daily": 2, "weekly": 9, "monthly": 35, "once": 35}
"""Days after which a store is no longer looked through in time, by the rhythm of its plan."""


def _open_and_wrong() -> Q:
    return Q(places__treated_at=None, places__decision=None) & (Q(production=False) | Q(places__kinds__has_key="secret"))


def plans(principal: Principal, organization: Organization, *, ended: bool = False) -> QuerySet[LeakPlan]:
    """Plans of an organisation and those below; ``last_at``: end of the newest run, ``wrong``: places to be treated."""
    last = LeakScan.objects.filter(plan=OuterRef("pk"), state=LeakScanState.DONE).order_by("-finished_at")
    rows = LeakPlan.objects.select_related("organization", "store", "owner").filter(ended_at__isnull=not ended)
    rows = visible_to(rows, principal, action=READ).filter(organization__in=within(organization.pk))
    return rows.annotate(
        last_at=Subquery(last.values("finished_at")[:1]),
        wrong=Count("places", filter=_open_and_wrong()),
        open=Count("places", filter=Q(places__treated_at=None)),
    ).order_by("name", "pk")


def plan(principal: Principal, plan_id: uuid.UUID) -> LeakPlan:
    """One plan. Raises NotFound."""
    rows = LeakPlan.objects.select_related("organization", "store", "owner").filter(pk=plan_id)
    return the_row(visible_to(rows, principal, action=READ))


def scans(principal: Principal, row: LeakPlan) -> QuerySet[LeakScan]:
    """The runs of a plan, newest first."""
    rows = LeakScan.objects.filter(plan=row).select_related("person", "job")
    return visible_to(rows, principal, action=READ).order_by("-at", "pk")


def scan(principal: Principal, scan_id: uuid.UUID) -> LeakScan:
    """One run. Raises NotFound."""
    rows = LeakScan.objects.select_related("plan__store", "plan__organization", "person").filter(pk=scan_id)
    return the_row(visible_to(rows, principal, action=READ))


def places(principal: Principal, row: LeakPlan, *, state: str = "open", text: str = "", kind: str = "") -> QuerySet[LeakPlace]:
    """The places of a plan, most findings first. ``state``: open, allowed, treated, all."""
    rows = LeakPlace.objects.filter(plan=row).select_related("decision")
    rows = visible_to(rows, principal, action=READ)
    if state == "open":
        rows = rows.filter(treated_at=None, decision=None)
    elif state == "allowed":
        rows = rows.filter(treated_at=None).exclude(decision=None)
    elif state == "treated":
        rows = rows.exclude(treated_at=None)
    if text:
        rows = rows.filter(path__icontains=text)
    if kind:
        rows = rows.filter(kinds__has_key=kind)
    return rows.order_by("-total", "path", "pk")


def decisions(principal: Principal, row: LeakPlan) -> QuerySet[LeakDecision]:
    """What may lie there, first to end first; ``covered``: open places."""
    rows = LeakDecision.objects.filter(plan=row).select_related("person")
    rows = visible_to(rows, principal, action=READ)
    return rows.annotate(covered=Count("places", filter=Q(places__treated_at=None))).order_by("ended_at", "until", "pk")


def decision(principal: Principal, decision_id: uuid.UUID) -> LeakDecision:
    """One decision. Raises NotFound."""
    rows = LeakDecision.objects.select_related("plan__organization", "organization").filter(pk=decision_id)
    return the_row(visible_to(rows, principal, action=READ))


def stores(principal: Principal, organization: Organization) -> QuerySet[DataStore]:
    """The stores in use of an organisation that can be planned for."""
    rows = visible_to(DataStore.objects.all(), principal, action=READ)
    return rows.filter(organization=organization, retired_at=None).order_by("name", "pk")


def store(principal: Principal, store_id: uuid.UUID) -> DataStore:
    """One store in use. Raises NotFound."""
    rows = DataStore.objects.select_related("organization").filter(pk=store_id, retired_at=None)
    return the_row(visible_to(rows, principal, action=READ))


# ------------------------------------------------------------------------------------------------------------ figures


def figures_of(organization_id: uuid.UUID, *, since: datetime, now: datetime) -> Figures:
    """The figures of one organisation's own stores and plans. Three queries."""
    in_use = set(DataStore.objects.filter(organization=organization_id, retired_at=None).values_list("pk", flat=True))
    done = LeakPlan.objects.filter(organization=organization_id, ended_at=None).annotate(
        last=Max("scans__finished_at", filter=Q(scans__state=LeakScanState.DONE))
    )
    ends, in_time = [], set()
    for store_id, every, last in done.values_list("store", "every", "last"):
        if last is not None:
            ends.append(last)
            if now - last <= timedelta(days=_IN_TIME[every]):
                in_time.add(store_id)
    rows = LeakPlace.objects.filter(organization=organization_id, plan__ended_at=None).filter(
        Q(treated_at=None) | Q(treated_at__gte=since)
    )
    facts = [
        PlaceFacts(production, kinds, first, treated, allowed is not None)
        for production, kinds, first, treated, allowed in rows.values_list(
            "plan__production", "kinds", "first_seen_at", "treated_at", "decision"
        )
    ]
    pair = (len(in_time & in_use), len(in_use))
    return figures(facts, stores=pair, last=max(ends, default=None), since=since, now=now)


def to_be_treated(organization_id: uuid.UUID) -> list[Wrong]:
    """The places of an organisation that are to be treated, gravest plans' names first by count. One query."""
    rows = (
        LeakPlace.objects.filter(organization=organization_id, plan__ended_at=None, treated_at=None, decision=None)
        .filter(Q(plan__production=False) | Q(kinds__has_key="secret"))
        .order_by("-total", "path", "pk")
    )
    return [
        Wrong(mark_of(f"{plan_id}:{path}"), name, path, kinds)
        for plan_id, name, path, kinds in rows.values_list("plan", "plan__name", "path", "kinds")
    ]
