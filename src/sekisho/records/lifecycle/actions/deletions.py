"""Deletions: planned, asked for, approved by a second person, given up."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from sekisho.errors import Conflict, InputError, Problem
from sekisho.records.ledger.actions import recording
from sekisho.records.lifecycle.actions.common import NAME, TEXT, fresh, next_number
from sekisho.records.lifecycle.actions.refreshing import refresh_later
from sekisho.records.lifecycle.models import (
    Deletion,
    DeletionState,
    EntryState,
    ErasedPlace,
    ErasedState,
    Place,
    RetentionEntry,
)
from sekisho.records.lifecycle.queries import deletions as deletion_queries
from sekisho.records.lifecycle.queries import retention as queries
from sekisho.records.lifecycle.rules.checking import checked_choice, checked_number, checked_text
from sekisho.records.lifecycle.rules.deleting import LIMITS, METHODS, limits_of, obstacles
from sekisho.records.organization.permissions import Role
from sekisho.records.requests import actions as requests
from sekisho.records.requests.registry import RequestKind
from sekisho.records.requests.rules import StepSpec

if TYPE_CHECKING:
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal
    from sekisho.records.requests.models import Request

__all__ = ["DELETION_KIND", "DeletionFacts", "ask_deletion", "cancel_deletion", "make_deletion"]

_MOST: Final = 2_000
_LONGEST_RESTORE: Final = 90
_OPEN: Final = (DeletionState.DRAFT, DeletionState.ASKED, DeletionState.APPROVED, DeletionState.STALE)


@dataclass(frozen=True, slots=True)
class DeletionFacts:
    """What is to go, why, how thoroughly (clear, purge, destroy), how much at most, and how long it can be undone."""

    title: str
    reason: str
    entries: Sequence[uuid.UUID] = field(default_factory=tuple)
    method: str = "clear"
    limits: Mapping[str, int | None] = field(default_factory=dict)
    restore_days: int = 0


def make_deletion(principal: Principal, *, organization: Organization, facts: DeletionFacts, now: datetime) -> Deletion:
    """Plan the deletion of entries whose period is over, with every copy that the ledger names.

    Raises InputError ``lifecycle.deletion_blocked`` naming each entry that is not due and why, ``lifecycle.no_places`` for one
    without a copy, ``lifecycle.restore_not_allowed`` where the law demands that it is gone; Conflict for one in another deletion.
    """
    principal.require("lifecycle.request", organization.pk)
    wanted = list(dict.fromkeys(facts.entries))
    if not wanted or len(wanted) > _MOST:
        raise InputError("lifecycle.deletion_entries", name="entries", limit=_MOST)
    rows = [
        row
        for start in range(0, len(wanted), 500)
        for row in queries.in_organization(principal, organization.pk).filter(pk__in=wanted[start : start + 500])
    ]
    if len(rows) != len(wanted):
        raise InputError("lifecycle.deletion_elsewhere", name="entries")
    return plan_deletion(principal, organization.pk, rows, facts=facts, now=now)


def plan_deletion(
    principal: Principal,
    organization_id: uuid.UUID,
    rows: Sequence[RetentionEntry],
    *,
    facts: DeletionFacts,
    now: datetime,
    automatic_id: uuid.UUID | None = None,
) -> Deletion:
    """The same for rows that were read already (a person's choice, or a standing order's)."""
    values = _checked(facts, rows)
    today = timezone.localdate(now)
    with recording(principal, "lifecycle.make_deletion", now=now, organization_id=organization_id) as entry:
        locked = list(
            RetentionEntry.objects.select_for_update(of=("self",)).filter(pk__in=[row.pk for row in rows]).order_by("number")
        )
        _check_entries(locked, today)
        places: dict[uuid.UUID, list[Place]] = {}
        for place in Place.objects.filter(entry__in=locked, gone_at=None):
            places.setdefault(place.entry_id, []).append(place)
        bare = [row.number for row in locked if row.pk not in places]
        if bare:
            raise InputError("lifecycle.no_places", name="entries", numbers=", ".join(bare[:20]))
        made = Deletion.objects.create(
            organization_id=organization_id,
            number=next_number(
                Deletion.objects.filter(organization_id=organization_id), prefix=f"D{_fiscal_year(now)}-", digits=4
            ),
            automatic_id=automatic_id,
            requested_by_id=principal.person_id,
            created_at=now,
            **values,
        )
        made.entries.set(locked)
        ErasedPlace.objects.bulk_create(
            [ErasedPlace(deletion=made, entry=row, place=place) for row in locked for place in places[row.pk]], batch_size=500
        )
        entry.about(made.pk, *(row.pk for row in locked))
        entry.fact(number=made.number, method=made.method, limits=made.limits, restore_days=made.restore_days)
        entry.words(title=made.title, reason=made.reason)
    return made


def _fiscal_year(now: datetime) -> int:
    today = timezone.localdate(now)
    return today.year if today.month >= 4 else today.year - 1  # noqa: PLR2004 - April


def _checked(facts: DeletionFacts, rows: Sequence[RetentionEntry]) -> dict[str, Any]:
    for name, (_usual, most) in LIMITS.items():
        if (given := facts.limits.get(name)) is not None:
            checked_number(given, name=name, least=1, most=most)
    days = checked_number(facts.restore_days, name="restore_days", least=0, most=_LONGEST_RESTORE)
    method = checked_choice(facts.method, name="method", known=METHODS)
    if days and (method != "clear" or any(row.my_number or row.delete_by for row in rows)):
        raise InputError("lifecycle.restore_not_allowed", name="restore_days")
    return {
        "title": checked_text(facts.title, name="title", limit=NAME, needed=True),
        "reason": checked_text(facts.reason, name="reason", limit=TEXT, needed=True),
        "method": method,
        "limits": limits_of(facts.limits),
        "restore_days": days,
    }


def _check_entries(rows: Sequence[RetentionEntry], today: Any) -> None:
    """Only what is due may be planned; holds and consents may still come until it is asked for."""
    standing = queries.standings(rows, on=today)
    problems: list[Problem] = []
    for row in rows:
        if row.state != EntryState.HELD:
            raise Conflict("lifecycle.entry_in_deletion", number=row.number)
        if standing[row.pk].state not in {"due", "must_delete", "awaiting", "held"} or (row.due_on and row.due_on > today):
            problems += obstacles(row.number, standing[row.pk], last_day=row.last_day.isoformat() if row.last_day else "")
    if problems:
        raise InputError("lifecycle.deletion_blocked", problems=tuple(problems), count=len(problems))


def require_free(deletion: Deletion, *, now: datetime) -> None:
    """Raise InputError ``lifecycle.deletion_blocked`` with every hold, step and date that stands in the way now."""
    problems = deletion_queries.obstacles_of(deletion, on=timezone.localdate(now))
    if problems:
        raise InputError("lifecycle.deletion_blocked", problems=tuple(problems), count=len(problems))


def ask_deletion(principal: Principal, deletion: Deletion, *, reason: str, version: int, now: datetime) -> Deletion:
    """Ask a second person to approve it as it stands now. Raises InputError for what stands in the way, Conflict."""
    principal.require("lifecycle.request", deletion.organization_id)
    reason = checked_text(reason, name="reason", limit=TEXT, needed=True)
    with recording(principal, "lifecycle.ask_deletion", now=now, organization_id=deletion.organization_id) as entry:
        row = fresh(Deletion.objects.all(), deletion.pk, version)
        undecided = row.state == DeletionState.ASKED and row.request is not None
        over = undecided and row.request is not None and row.request.state in {"refused", "withdrawn"}
        if row.state not in {DeletionState.DRAFT, DeletionState.STALE} and not over:
            raise Conflict("lifecycle.deletion_state")
        require_free(row, now=now)
        digest = deletion_queries.digest_of(row)
        row.state, row.stopped, row.version = DeletionState.ASKED, {}, row.version + 1
        row.save(update_fields=["state", "stopped", "version"])
        request = requests.submit(
            principal,
            kind=DELETION_KIND.name,
            organization_id=row.organization_id,
            payload={"deletion": str(row.pk), "digest": digest},
            summary={
                "code": "lifecycle.request_deletion",
                "fields": {"number": row.number, "title": row.title, "count": row.entries.count()},
            },
            reason=reason,
            now=now,
        )
        Deletion.objects.filter(pk=row.pk).update(request=request)
        entry.about(row.pk, request.pk)
        entry.fact(digest=digest)
    row.refresh_from_db()
    return row


def _apply(principal: Principal, request: Request, now: datetime) -> None:
    """The request was approved: it may be executed, if it is still what was asked for and nothing stands in the way."""
    if principal.person_id == request.requester_id:
        raise InputError("lifecycle.second_person")
    row = Deletion.objects.select_for_update().get(pk=request.payload["deletion"])
    if row.state != DeletionState.ASKED:
        raise Conflict("lifecycle.deletion_state")
    if deletion_queries.digest_of(row) != request.payload["digest"]:
        raise Conflict("lifecycle.changed_since_request")
    require_free(row, now=now)
    row.state, row.approved_digest, row.approved_at = DeletionState.APPROVED, request.payload["digest"], now
    row.approved_by_id, row.version = principal.person_id, row.version + 1
    row.save(update_fields=["state", "approved_digest", "approved_at", "approved_by", "version"])
    RetentionEntry.objects.filter(deletions=row).update(state=EntryState.DELETING)


def _check(principal: Principal, request: Request, now: datetime) -> None:
    del principal, now
    rows = Deletion.objects.filter(
        pk=request.payload.get("deletion"), organization_id=request.organization_id, state=DeletionState.ASKED
    )
    if not rows.exists():
        raise Conflict("lifecycle.deletion_state")


def cancel_deletion(principal: Principal, deletion: Deletion, *, reason: str, version: int, now: datetime) -> Deletion:
    """Give it up before anything was deleted; its entries stay. Raises Conflict once anything is gone."""
    principal.require("lifecycle.request", deletion.organization_id)
    reason = checked_text(reason, name="reason", limit=TEXT, needed=True)
    with recording(principal, "lifecycle.cancel_deletion", now=now, organization_id=deletion.organization_id) as entry:
        row = fresh(Deletion.objects.all(), deletion.pk, version)
        touched = row.erased.exclude(state__in=(ErasedState.WAITING, ErasedState.HELD, ErasedState.FAILED)).exists()
        if row.state not in {*_OPEN, DeletionState.PARTIAL} or touched:
            raise Conflict("lifecycle.deletion_state")
        row.state, row.finished_at, row.version = DeletionState.CANCELLED, now, row.version + 1
        row.save(update_fields=["state", "finished_at", "version"])
        release_entries(row)
        entry.about(row.pk)
        entry.words(reason=reason)
        refresh_later(row.organization_id, now=now)
    return row


def release_entries(deletion: Deletion) -> None:
    """Its entries are held again, unless they are gone."""
    RetentionEntry.objects.filter(deletions=deletion, state=EntryState.DELETING).update(state=EntryState.HELD)


DELETION_KIND: Final = RequestKind(
    name="lifecycle.deletion",
    title="lifecycle.request_deletion_title",
    action="lifecycle.request",
    apply=_apply,
    check=_check,
    route=(StepSpec(1, Role.CHIEF_OFFICER),),
)
