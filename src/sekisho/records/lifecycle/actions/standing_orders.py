"""松: automatic deletion. A standing order is approved once; each run passes the same holds, consents, limits and proofs."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec
from django.db.models import Q
from django.utils import timezone

from sekisho.errors import Conflict, InputError, SekishoError
from sekisho.records.duties import actions as duties
from sekisho.records.jobs import actions as jobs
from sekisho.records.ledger.actions import recording
from sekisho.records.lifecycle.actions.common import NAME, TEXT, checked_subject, end_of_day, fresh
from sekisho.records.lifecycle.actions.deletion_runs import look, run
from sekisho.records.lifecycle.actions.deletions import DeletionFacts, plan_deletion
from sekisho.records.lifecycle.models import DataStore, Deletion, DeletionState, EntryState, Place, RetentionEntry, StandingOrder
from sekisho.records.lifecycle.queries import deletions as queries
from sekisho.records.lifecycle.queries.retention import book_of, standings
from sekisho.records.lifecycle.rules.checking import checked_choice, checked_number, checked_text
from sekisho.records.lifecycle.rules.deleting import BY_MACHINE, LIMITS, METHODS, limits_of
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.permissions import Role
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.requests import actions as requests
from sekisho.records.requests.registry import RequestKind
from sekisho.records.requests.rules import StepSpec

if TYPE_CHECKING:
    from sekisho.records.jobs.registry import JobContext
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal
    from sekisho.records.requests.models import Request

__all__ = ["ORDER_KIND", "ORDER_RUN", "OrderFacts", "ask_order", "end_order", "orders_due", "run_order"]

ORDER_RUN: Final = "lifecycle.order"
_MOST: Final = 2_000


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """Which entries (kinds of record, a store, a subject), how often, how thoroughly, how much at most in one run."""

    name: str
    reason: str
    kinds: Sequence[str] = field(default_factory=tuple)
    store_id: uuid.UUID | None = None
    subject_id: uuid.UUID | None = None
    every_days: int = 1
    method: str = "clear"
    limits: Mapping[str, int | None] = field(default_factory=dict)


def ask_order(principal: Principal, *, organization: Organization, facts: OrderFacts, now: datetime) -> StandingOrder:
    """Ask for automatic deletion of a scope; nothing is deleted before a second person has approved it.

    Raises InputError for a scope that names nothing, unknown kinds, a store of another organisation.
    """
    principal.require("lifecycle.automatic", organization.pk)
    values = _checked(principal, organization, facts)
    with recording(principal, "lifecycle.ask_order", now=now, organization_id=organization.pk) as entry:
        made = StandingOrder.objects.create(organization=organization, asked_by_id=principal.person_id, created_at=now, **values)
        made.request = requests.submit(
            principal,
            kind=ORDER_KIND.name,
            organization_id=organization.pk,
            payload={"order": str(made.pk), "digest": order_digest(made)},
            summary={"code": "lifecycle.request_order", "fields": {"name": made.name}},
            reason=made.reason,
            now=now,
        )
        StandingOrder.objects.filter(pk=made.pk).update(request=made.request)
        entry.about(made.pk, made.request.pk)
        entry.fact(kinds=made.kinds, every_days=made.every_days, limits=made.limits, method=made.method)
        entry.words(name=made.name, reason=made.reason)
    made.refresh_from_db()
    return made


def _checked(principal: Principal, organization: Organization, facts: OrderFacts) -> dict[str, Any]:
    rules = book_of(organization.pk).rules
    kinds = sorted(set(facts.kinds))
    for kind in kinds:
        checked_choice(kind, name="kinds", known=rules.kinds)
    if not (kinds or facts.store_id or facts.subject_id):
        raise InputError("lifecycle.order_names_nothing", name="kinds")
    if facts.store_id is not None:
        rows = DataStore.objects.filter(pk=facts.store_id, organization=organization, retired_at=None)
        if not rows.exists():
            raise InputError("lifecycle.store_unfit", name="store")
    for name, (_usual, most) in LIMITS.items():
        if (given := facts.limits.get(name)) is not None:
            checked_number(given, name=name, least=1, most=most)
    return {
        "name": checked_text(facts.name, name="name", limit=NAME, needed=True),
        "reason": checked_text(facts.reason, name="reason", limit=TEXT, needed=True),
        "kinds": kinds,
        "store_id": facts.store_id,
        "subject_id": checked_subject(principal, organization.pk, facts.subject_id, name="subject"),
        "every_days": checked_number(facts.every_days, name="every_days", least=1, most=366),
        "method": checked_choice(facts.method, name="method", known=METHODS),
        "limits": limits_of(facts.limits),
    }


def order_digest(row: StandingOrder) -> str:
    """What an approval is about: scope, method, limits, and the words of the rules that it rests on."""
    rules = book_of(row.organization_id).rules
    words = [
        (kind, msgspec.json.encode(rules.kinds[kind], order="deterministic").decode())
        for kind in row.kinds
        if kind in rules.kinds
    ]
    rested = [row.kinds, row.store_id, row.subject_id, row.every_days, row.method, row.limits, words]
    return hashlib.sha256(msgspec.json.encode(rested, order="deterministic")).hexdigest()


def _apply(principal: Principal, request: Request, now: datetime) -> None:
    """The request was approved: runs begin with the scheduler's next look."""
    if principal.person_id == request.requester_id:
        raise InputError("lifecycle.second_person")
    row = StandingOrder.objects.select_for_update().get(pk=request.payload["order"])
    if row.ended_at is not None or row.approved_at is not None:
        raise Conflict("lifecycle.order_gone")
    if order_digest(row) != request.payload["digest"]:
        raise Conflict("lifecycle.changed_since_request")
    row.approved_at, row.approved_by_id, row.approved_digest = now, principal.person_id, request.payload["digest"]
    row.version += 1
    row.save(update_fields=["approved_at", "approved_by", "approved_digest", "version"])


def _check(principal: Principal, request: Request, now: datetime) -> None:
    del principal, now
    rows = StandingOrder.objects.filter(
        pk=request.payload.get("order"), organization_id=request.organization_id, ended_at=None, approved_at=None
    )
    if not rows.exists():
        raise Conflict("lifecycle.order_gone")


def end_order(principal: Principal, order: StandingOrder, *, reason: str, version: int, now: datetime) -> StandingOrder:
    """No more runs. Raises Conflict ``lifecycle.order_gone``, ``lifecycle.changed_meanwhile``."""
    principal.require("lifecycle.automatic", order.organization_id)
    reason = checked_text(reason, name="reason", limit=TEXT, needed=True)
    with recording(principal, "lifecycle.end_order", now=now, organization_id=order.organization_id) as entry:
        row = fresh(StandingOrder.objects.all(), order.pk, version)
        if row.ended_at is not None:
            raise Conflict("lifecycle.order_gone")
        row.ended_at, row.version = now, row.version + 1
        row.save(update_fields=["ended_at", "version"])
        entry.about(row.pk)
        entry.words(reason=reason)
    return row


def orders_due(now: datetime) -> int:
    """Each standing order whose time has come gets its job (the scheduler asks)."""
    count = 0
    for row in StandingOrder.objects.filter(ended_at=None, approved_at__isnull=False):
        if row.last_run_at is None or row.last_run_at + timedelta(days=row.every_days) <= now + timedelta(minutes=5):
            jobs.enqueue(
                SYSTEM, ORDER_RUN, now=now, payload={"order": str(row.pk)}, organization_id=row.organization_id,
                unique_key=f"{ORDER_RUN}:{row.pk}",
            )  # fmt: skip
            count += 1
    return count


def run_order(context: JobContext) -> dict[str, Any]:
    """The job: what is due in the scope and not stopped by anything is deleted; what is stopped is counted, with why."""
    now = context.now
    row = StandingOrder.objects.select_related("organization").get(pk=context.payload["order"])
    if row.ended_at is not None or row.approved_at is None:
        return {"state": "ended"}
    if order_digest(row) != row.approved_digest:
        return _again(row, now)
    open_one = row.runs.filter(state=DeletionState.RUNNING).first()
    deletion = open_one or _plan(row, now=now)
    result: dict[str, Any] = {"deleted": 0, "stopped": _stopped(row, now)}
    if deletion is not None:
        result |= _run(deletion, context)
    with recording(SYSTEM, "lifecycle.order_run", now=now, organization_id=row.organization_id) as entry:
        StandingOrder.objects.filter(pk=row.pk).update(last_run_at=now, last_result=result)
        entry.about(row.pk, *([deletion.pk] if deletion else []))
        entry.fact(**{name: value for name, value in result.items() if name != "error"})
    return result


def _again(row: StandingOrder, now: datetime) -> dict[str, Any]:
    """The rules changed since the approval: nothing runs until somebody asks anew."""
    with recording(SYSTEM, "lifecycle.order_stale", now=now, organization_id=row.organization_id) as entry:
        result = {"deleted": 0, "error": {"code": "lifecycle.changed_since_approval", "fields": {}}}
        StandingOrder.objects.filter(pk=row.pk).update(last_run_at=now, last_result=result)
        entry.about(row.pk)
        duties.set_duty(
            SYSTEM,
            source=f"lifecycle:order:{row.pk}",
            organization_id=row.organization_id,
            code="lifecycle.duty_order_again",
            fields={"name": row.name},
            due_at=end_of_day(timezone.localdate(now)),
            owner_id=row.asked_by_id,
            owner_role="" if row.asked_by_id else "chief_officer",
            url=f"lifecycle/automatic/{row.pk}/",
            now=now,
        )
    return result


def _scope(row: StandingOrder, *, now: datetime) -> Any:
    rows = RetentionEntry.objects.filter(
        organization__in=organization_queries.within(row.organization_id),
        state=EntryState.HELD,
        outcome="dated",
        due_on__lte=timezone.localdate(now),
    )
    if row.kinds:
        named = Q(pk__in=[])
        for kind in row.kinds:
            named |= Q(kinds__icontains=f'"{kind}"')
        rows = rows.filter(named)
    if row.subject_id:
        rows = rows.filter(subject=row.subject_id)
    if row.store_id:
        rows = rows.filter(pk__in=Place.objects.filter(store=row.store_id, gone_at=None).values("entry"))
    # What has a copy that only people or suppliers can delete is not for a machine alone.
    by_hand = Place.objects.filter(gone_at=None).exclude(kind__in=BY_MACHINE).values("entry")
    bare = Place.objects.filter(gone_at=None).values("entry")
    return rows.filter(pk__in=bare).exclude(pk__in=by_hand).order_by("due_on", "number")


def _stopped(row: StandingOrder, now: datetime) -> dict[str, int]:
    """How many of the scope are due and stopped, by why."""
    rows = list(_scope(row, now=now)[:_MOST])
    counted: dict[str, int] = {}
    for standing in standings(rows, on=timezone.localdate(now)).values():
        if not standing.deletable:
            counted[standing.state] = counted.get(standing.state, 0) + 1
    return counted


def _plan(row: StandingOrder, *, now: datetime) -> Deletion | None:
    """The deletion of what may go now; None when there is nothing."""
    rows = list(_scope(row, now=now)[:_MOST])
    standing = standings(rows, on=timezone.localdate(now))
    free = [one for one in rows if standing[one.pk].deletable]
    if not free:
        return None
    facts = DeletionFacts(title=row.name, reason=row.reason, method=row.method, limits=row.limits)
    with recording(SYSTEM, "lifecycle.order_plan", now=now, organization_id=row.organization_id) as entry:
        made = plan_deletion(SYSTEM, row.organization_id, free, facts=facts, now=now, automatic_id=row.pk)
        made.approved_digest, made.approved_at, made.approved_by_id = queries.digest_of(made), now, row.approved_by_id
        made.state, made.request_id, made.requested_by_id = DeletionState.RUNNING, row.request_id, row.asked_by_id
        made.save(update_fields=["approved_digest", "approved_at", "approved_by", "state", "request", "requested_by"])
        RetentionEntry.objects.filter(deletions=made).update(state=EntryState.DELETING)
        entry.about(row.pk, made.pk)
    return made


def _run(deletion: Deletion, context: JobContext) -> dict[str, Any]:
    """Dry run, limits, deletion. Over a limit nothing is deleted, and somebody is told."""
    looked = look(SYSTEM, deletion, tell=context.progress, now=context.now)
    if looked["over"]:
        with recording(SYSTEM, "lifecycle.order_over_limit", now=context.now, organization_id=deletion.organization_id) as entry:
            Deletion.objects.filter(pk=deletion.pk).update(
                state=DeletionState.CANCELLED, finished_at=context.now, stopped={"code": "deletion.over_limit", "fields": {}}
            )
            RetentionEntry.objects.filter(deletions=deletion, state=EntryState.DELETING).update(state=EntryState.HELD)
            entry.about(deletion.pk)
        return {"deleted": 0, "error": {"code": "deletion.over_limit", "fields": {}}}
    try:
        run(SYSTEM, deletion, tell=context.progress, clock=context.clock)
    except SekishoError as error:
        Deletion.objects.filter(pk=deletion.pk).update(
            state=DeletionState.PARTIAL, stopped={"code": error.code, "fields": {}}, version=deletion.version + 1
        )
        raise
    deletion.refresh_from_db()
    done = deletion.entries.filter(state=EntryState.DELETED).count()
    return {"deleted": done, "deletion": str(deletion.pk), "state": deletion.state}


ORDER_KIND: Final = RequestKind(
    name="lifecycle.order",
    title="lifecycle.request_order_title",
    action="lifecycle.automatic",
    apply=_apply,
    check=_check,
    route=(StepSpec(1, Role.CHIEF_OFFICER),),
)
