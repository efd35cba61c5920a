"""Leak scans: plans, runs as jobs, what becomes of the places that a run finds, decisions about what may lie there."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from sekisho.errors import Conflict, InputError, SekishoError, Unavailable
from sekisho.records.jobs import actions as jobs
from sekisho.records.ledger.actions import recording
from sekisho.records.lifecycle import secrets_of
from sekisho.records.lifecycle.actions.common import NAME, TEXT, check_owner, fresh
from sekisho.records.lifecycle.actions.leak_measuring import measure_leaks
from sekisho.records.lifecycle.bound import load
from sekisho.records.lifecycle.models import DataStore, LeakDecision, LeakEvery, LeakPlace, LeakPlan, LeakScan, LeakScanState
from sekisho.records.lifecycle.rules.checking import checked_choice, checked_number, checked_text
from sekisho.records.lifecycle.rules.leaking import (
    LONGEST_DECISION,
    Allowed,
    Found,
    covers,
    mark_of,
    next_run,
    pattern_of,
    still_open,
)
from sekisho.records.organization.principals import SYSTEM

if TYPE_CHECKING:
    from sekisho.records.jobs.registry import JobContext
    from sekisho.records.organization.principals import Principal

__all__ = [
    "LEAK_SCAN",
    "LeakPlanFacts",
    "begin_leak_scan",
    "decide_leak",
    "edit_leak_plan",
    "end_leak_decision",
    "end_leak_plan",
    "make_leak_plan",
    "plans_due",
    "run_leak_scan",
]

LEAK_SCAN: Final = "lifecycle.leak_scan"
_MOST_PLACES: Final = 50_000
_MOST_PATTERNS: Final = 100
_LONGEST_RULES: Final = 200_000
_BATCH: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakPlanFacts:
    """What is said of a plan; see ``models.LeakPlan``."""

    name: str
    production: bool = False
    kinds: Sequence[str] = field(default_factory=tuple)
    names: bool = True
    threshold: float = 0.5
    excluded: Sequence[str] = field(default_factory=tuple)
    rules: str = ""
    every: str = "monthly"
    treat_days: int = 30
    owner_id: uuid.UUID | None = None
    owner_role: str = ""


# -------------------------------------------------------------------------------------------------------------- plans


def _checked(organization_id: uuid.UUID, facts: LeakPlanFacts, *, now: datetime) -> dict[str, Any]:
    scanning = load("leakscanning")
    kinds = list(dict.fromkeys(facts.kinds))
    for kind in kinds:
        checked_choice(kind, name="kinds", known=scanning.KINDS)
    if not 0 < facts.threshold <= 1:
        raise InputError("lifecycle.out_of_range", name="threshold", least=0, most=1)
    excluded = [checked_text(one, name="excluded", limit=300) for one in facts.excluded]
    excluded = [one for one in dict.fromkeys(excluded) if one]
    if len(excluded) > _MOST_PATTERNS:
        raise InputError("lifecycle.out_of_range", name="excluded", least=0, most=_MOST_PATTERNS)
    rules = checked_text(facts.rules, name="rules", limit=_LONGEST_RULES)
    scanning.check_rules(rules)
    check_owner(organization_id, facts.owner_id, facts.owner_role, now=now)
    return {
        "name": checked_text(facts.name, name="name", limit=NAME, needed=True),
        "production": facts.production,
        "kinds": kinds,
        "names": facts.names,
        "threshold": facts.threshold,
        "excluded": excluded,
        "rules": rules,
        "every": checked_choice(facts.every, name="every", known=LeakEvery.values),
        "treat_days": checked_number(facts.treat_days, name="treat_days", least=1, most=366),
        "owner_id": facts.owner_id,
        "owner_role": facts.owner_role,
    }


def _save(row: LeakPlan) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Conflict("lifecycle.name_twice", name="name", value=row.name) from error


def make_leak_plan(principal: Principal, store: DataStore, *, facts: LeakPlanFacts, now: datetime) -> LeakPlan:
    """Plan to look through a store. It runs by itself from now on unless ``every`` is once.

    Raises InputError for what cannot be, Conflict ``lifecycle.name_twice``, MissingComponent without the extra.
    """
    principal.require("lifecycle.leakscan", store.organization_id)
    values = _checked(store.organization_id, facts, now=now)
    with recording(principal, "lifecycle.make_leak_plan", now=now, organization_id=store.organization_id) as entry:
        found = fresh(DataStore.objects.all(), store.pk, None)
        if found.retired_at is not None:
            raise Conflict("lifecycle.store_retired", store=found.name)
        if found.kind not in load("leakscanning").STORES:
            raise InputError("lifecycle.leak_store_kind", name="store")
        made = LeakPlan(organization_id=store.organization_id, store=found, created_at=now, **values)
        made.next_at = now if made.every != LeakEvery.ONCE else None
        _save(made)
        entry.about(made.pk, store.pk)
        entry.fact(production=made.production, every=made.every)
        entry.words(name=made.name)
    return made


def _plan(plan: LeakPlan, version: int | None) -> LeakPlan:
    row = fresh(LeakPlan.objects.select_related("store"), plan.pk, version)
    if row.ended_at is not None:
        raise Conflict("lifecycle.leak_plan_ended")
    return row


def edit_leak_plan(principal: Principal, plan: LeakPlan, *, facts: LeakPlanFacts, version: int, now: datetime) -> LeakPlan:
    """Change a plan. Raises Conflict ``lifecycle.changed_meanwhile``, ``lifecycle.name_twice``."""
    principal.require("lifecycle.leakscan", plan.organization_id)
    values = _checked(plan.organization_id, facts, now=now)
    with recording(principal, "lifecycle.edit_leak_plan", now=now, organization_id=plan.organization_id) as entry:
        row = _plan(plan, version)
        changed = sorted(name for name, value in values.items() if getattr(row, name) != value)
        if row.every != values["every"]:
            row.next_at = next_run(values["every"], after=now)
        for name, value in values.items():
            setattr(row, name, value)
        row.version += 1
        _save(row)
        entry.about(row.pk)
        entry.fact(changed=changed)
        entry.words(name=row.name)
    return row


def end_leak_plan(principal: Principal, plan: LeakPlan, *, reason: str, now: datetime) -> None:
    """The store is looked through no more; its places no longer count."""
    principal.require("lifecycle.leakscan", plan.organization_id)
    reason = checked_text(reason, name="reason", limit=TEXT, needed=True)
    with recording(principal, "lifecycle.end_leak_plan", now=now, organization_id=plan.organization_id) as entry:
        row = _plan(plan, None)
        row.ended_at, row.next_at, row.version = now, None, row.version + 1
        row.save(update_fields=["ended_at", "next_at", "version"])
        entry.about(row.pk)
        entry.words(reason=reason)


# --------------------------------------------------------------------------------------------------------------- runs


def begin_leak_scan(principal: Principal, plan: LeakPlan, *, now: datetime) -> LeakScan:
    """Have a job look through the store now. Raises Conflict ``lifecycle.scan_running``."""
    principal.require("lifecycle.leakscan", plan.organization_id)
    with recording(principal, "lifecycle.begin_leak_scan", now=now, organization_id=plan.organization_id) as entry:
        row = _plan(plan, None)
        if row.scans.filter(state=LeakScanState.WAITING).exists():
            raise Conflict("lifecycle.scan_running")
        made = LeakScan.objects.create(
            organization_id=row.organization_id, plan=row, production=row.production, person_id=principal.person_id, at=now
        )
        made.job = jobs.enqueue(
            principal, LEAK_SCAN, now=now, payload={"scan": str(made.pk)}, organization_id=row.organization_id
        )
        made.save(update_fields=["job"])
        LeakPlan.objects.filter(pk=row.pk).update(next_at=next_run(row.every, after=now))
        entry.about(row.pk, made.pk)
    return made


def plans_due(now: datetime) -> int:
    """Begin the runs whose time has come (the scheduler asks every hour). One that waits still is left alone."""
    begun = 0
    for plan in LeakPlan.objects.filter(ended_at=None, next_at__lte=now).order_by("next_at", "pk"):
        if plan.scans.filter(state=LeakScanState.WAITING).exists():
            continue
        begin_leak_scan(SYSTEM, plan, now=now)
        begun += 1
    return begun


def run_leak_scan(context: JobContext) -> dict[str, Any]:
    """The job: look through the store, and bring the places up to date. Safe to repeat: nothing is written before the end."""
    scan = LeakScan.objects.select_related("plan__store").get(pk=context.payload["scan"])
    if scan.state != LeakScanState.WAITING:
        return dict(scan.report)
    plan = scan.plan
    try:
        seen = load("leakscanning").look_through(
            plan,
            secret=secrets_of.read(settings.CONFIG.keys, plan.store_id),
            index=settings.CONFIG.home / "leakscan" / f"{plan.pk}.sqlite3",
            key_folder=settings.CONFIG.keys,
            tell=context.progress,
        )
        if len(seen.places) > _MOST_PLACES:
            raise InputError("lifecycle.leak_too_many_places", count=len(seen.places), limit=_MOST_PLACES)
    except Unavailable:
        raise
    except SekishoError as error:
        LeakScan.objects.filter(pk=scan.pk).update(state=LeakScanState.FAILED, error=error.as_dict(), finished_at=context.now)
        raise
    now = context.now
    with recording(context.principal, "lifecycle.leak_scan", now=now, organization_id=scan.organization_id) as entry:
        treated = _bring_up_to_date(scan, seen.places, read=seen.read, now=now)
        apply_decisions(plan, now=now)
        report = {
            **seen.report,
            "places": len(seen.places),
            "findings": sum(one.total for one in seen.places),
            "kinds": _sum(seen.places),
            "allowed": plan.places.filter(treated_at=None, decision__isnull=False).count(),
            "treated": treated,
        }
        LeakScan.objects.filter(pk=scan.pk).update(
            state=LeakScanState.DONE, report=report, problems=seen.problems, error=None, finished_at=now
        )
        entry.about(plan.pk, scan.pk)
        entry.fact(places=len(seen.places), findings=report["findings"], treated=treated)
    measure_leaks(SYSTEM, plan.organization, now=now)
    return {name: report[name] for name in ("places", "findings", "treated")}


def _sum(places: Sequence[Found]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for one in places:
        for kind, count in one.kinds.items():
            counted[kind] = counted.get(kind, 0) + count
    return dict(sorted(counted.items()))


def _bring_up_to_date(scan: LeakScan, places: Sequence[Found], *, read: set[str] | None, now: datetime) -> int:
    """Write what was found; returns how many places were treated since the run before."""
    found = {mark_of(one.path): one for one in places}
    known = {row.mark: row for row in LeakPlace.objects.select_for_update().filter(plan_id=scan.plan_id)}
    open_before = [mark for mark, row in known.items() if row.treated_at is None]
    _, treated = still_open(open_before, found=found, read=read)
    for mark in treated:
        known[mark].treated_at = now
    rows = []
    for mark, one in found.items():
        row = known.get(mark)
        if row is None:
            row = LeakPlace(organization_id=scan.organization_id, plan_id=scan.plan_id, mark=mark, first_seen_at=now)
            row.path = one.path[:1000]
        elif row.treated_at is not None:  # it came back
            row.first_seen_at, row.treated_at = now, None
        row.kinds, row.total, row.last_scan, row.last_seen_at = dict(one.kinds), one.total, scan, now
        rows.append(row)
    changed = [*rows, *(known[mark] for mark in treated)]
    LeakPlace.objects.bulk_create(
        changed,
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=("plan", "mark"),
        update_fields=("kinds", "total", "last_scan", "first_seen_at", "last_seen_at", "treated_at"),
    )
    return len(treated)


# ---------------------------------------------------------------------------------------------------------- decisions


def decide_leak(
    principal: Principal,
    plan: LeakPlan,
    *,
    pattern: str,
    kinds: Sequence[str],
    mistaken: bool,
    reason: str,
    until: date,
    now: datetime,
) -> LeakDecision:
    """Say what may lie in places that meet ``pattern`` (``mistaken``: that nothing is there), why, and until when.

    Raises InputError for a pattern that names everything, or a day that is past or more than a year away.
    """
    principal.require("lifecycle.leak_decide", plan.organization_id)
    pattern = pattern_of(checked_text(pattern, name="pattern", limit=300, needed=True))
    reason = checked_text(reason, name="reason", limit=TEXT, needed=True)
    known = load("leakscanning").KINDS
    for kind in kinds:
        checked_choice(kind, name="kinds", known=known)
    today = timezone.localdate(now)
    if not today < until <= today + LONGEST_DECISION:
        raise InputError("lifecycle.leak_until", name="until", days=LONGEST_DECISION.days)
    with recording(principal, "lifecycle.decide_leak", now=now, organization_id=plan.organization_id) as entry:
        row = _plan(plan, None)
        made = LeakDecision.objects.create(
            organization_id=row.organization_id, plan=row, pattern=pattern, kinds=sorted(set(kinds)), mistaken=mistaken,
            reason=reason, until=until, person_id=principal.person_id, at=now,
        )  # fmt: skip
        covered = apply_decisions(row, now=now)
        entry.about(row.pk, made.pk)
        entry.fact(kinds=made.kinds, mistaken=mistaken, until=until.isoformat(), covered=covered)
        entry.words(pattern=pattern, reason=reason)
    return made


def end_leak_decision(principal: Principal, decision: LeakDecision, *, now: datetime) -> None:
    """The decision no longer holds: its places are to be treated again."""
    principal.require("lifecycle.leak_decide", decision.organization_id)
    with recording(principal, "lifecycle.end_leak_decision", now=now, organization_id=decision.organization_id) as entry:
        if not LeakDecision.objects.filter(pk=decision.pk, ended_at=None).update(ended_at=now):
            raise Conflict("lifecycle.leak_decision_ended")
        apply_decisions(decision.plan, now=now)
        entry.about(decision.plan_id, decision.pk)


def apply_decisions(plan: LeakPlan, *, now: datetime) -> int:
    """Set for each open place which decision in force covers it; returns how many are covered. Inside the caller's recording."""
    today = timezone.localdate(now)
    rows = LeakDecision.objects.filter(plan=plan, ended_at=None, until__gte=today).order_by("at", "pk")
    decisions = [Allowed(str(row.pk), row.pattern, frozenset(row.kinds), row.until, row.mistaken) for row in rows]
    changed, covered = [], 0
    for place in LeakPlace.objects.filter(plan=plan, treated_at=None):
        found = covers(decisions, path=place.path, kinds=place.kinds, today=today)
        key = uuid.UUID(found) if found else None
        covered += found is not None
        if key != place.decision_id:
            place.decision_id = key
            changed.append(place)
    LeakPlace.objects.bulk_update(changed, ("decision",), batch_size=_BATCH)
    return covered
