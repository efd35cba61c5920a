"""What people do: paper and media destroyed, suppliers asked and their certificates received."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from sekisho.errors import Conflict, InputError, Problem
from sekisho.records.ledger.actions import recording
from sekisho.records.lifecycle.actions.common import checked_document, fresh
from sekisho.records.lifecycle.actions.deletion_runs import finish_if_done
from sekisho.records.lifecycle.bound import load
from sekisho.records.lifecycle.models import Deletion, DeletionState, ErasedPlace, ErasedState, Place, PlaceKind
from sekisho.records.lifecycle.queries import deletions as queries
from sekisho.records.lifecycle.queries.retention import standings
from sekisho.records.lifecycle.rules.checking import checked_choice, checked_day, checked_text
from sekisho.records.lifecycle.rules.deleting import BY_MACHINE, METHODS, obstacles

if TYPE_CHECKING:
    from sekisho.records.organization.principals import Principal

__all__ = ["FACT_NAMES", "RecordFacts", "record_erasure", "request_supplier"]

FACT_NAMES: Final = ("quantity", "serial", "how", "tool", "done_by", "witness")
_FACT: Final = 500
_RUNNABLE: Final = (DeletionState.APPROVED, DeletionState.PARTIAL, DeletionState.WAITING)


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What was done: on which day, how thoroughly, by whom (``facts``: quantity, serial, how, tool, done_by, witness), and the
    document that shows it (a supplier's certificate).
    """

    done_on: date
    method: str = "destroy"
    facts: Mapping[str, str] = field(default_factory=dict)
    document_id: uuid.UUID | None = None


def _open(one: ErasedPlace, version: int) -> ErasedPlace:
    """The copy locked, if its deletion was approved and nothing stands in the way now. Raises Conflict, InputError."""
    row = fresh(ErasedPlace.objects.select_related("deletion", "entry", "place__supplier"), one.pk, version)
    deletion: Deletion = row.deletion
    if deletion.state not in _RUNNABLE or row.state == ErasedState.DONE:
        raise Conflict("lifecycle.deletion_state")
    if row.place.kind in BY_MACHINE:
        raise Conflict("lifecycle.by_machine")
    if queries.digest_of(deletion) != deletion.approved_digest:
        raise Conflict("lifecycle.changed_since_approval")
    return row


def _require_free(row: ErasedPlace, now: datetime) -> None:
    found = obstacles(row.entry.number, standings([row.entry], on=timezone.localdate(now))[row.entry_id])
    if found:
        raise InputError("lifecycle.deletion_blocked", problems=tuple(found), count=len(found))


def request_supplier(
    principal: Principal, one: ErasedPlace, *, requested_on: date, how: str, version: int, now: datetime
) -> ErasedPlace:
    """The supplier was asked to delete its copy: on which day, and how. Raises Conflict, InputError."""
    principal.require("lifecycle.record", one.deletion.organization_id)
    if checked_day(requested_on, name="requested_on") > timezone.localdate(now):
        raise InputError("lifecycle.day_in_future", name="requested_on")
    how = checked_text(how, name="how", limit=_FACT, needed=True)
    with recording(principal, "lifecycle.request_supplier", now=now, organization_id=one.deletion.organization_id) as entry:
        row = _open(one, version)
        if row.place.kind != PlaceKind.SUPPLIER:
            raise Conflict("lifecycle.not_a_supplier")
        _require_free(row, now)
        row.state, row.requested_on, row.version = ErasedState.REQUESTED, requested_on, row.version + 1
        row.facts = {**row.facts, "requested_how": how}
        row.recorded_by_id, row.recorded_at = principal.person_id, now
        row.save(update_fields=["state", "requested_on", "facts", "version", "recorded_by", "recorded_at"])
        entry.about(row.deletion_id, row.entry_id, row.pk)
        entry.fact(requested_on=requested_on.isoformat())
        entry.words(how=how)
        finish_if_done(principal, row.deletion, now=now)
    return row


def record_erasure(principal: Principal, one: ErasedPlace, *, facts: RecordFacts, version: int, now: datetime) -> ErasedPlace:
    """What people destroyed, or a supplier confirmed. Every field that the record needs must be there.

    Raises InputError ``lifecycle.record_incomplete`` naming each missing field, ``lifecycle.deletion_blocked`` for a hold;
    Conflict for a supplier that was not asked, ``lifecycle.changed_meanwhile``.
    """
    principal.require("lifecycle.record", one.deletion.organization_id)
    given = {name: checked_text(str(facts.facts.get(name, "")), name=name, limit=_FACT) for name in FACT_NAMES}
    method = checked_choice(facts.method, name="method", known=METHODS)
    done_on = checked_day(facts.done_on, name="done_on")
    if done_on > timezone.localdate(now):
        raise InputError("lifecycle.day_in_future", name="done_on")
    organization_id = one.deletion.organization_id
    with recording(principal, "lifecycle.record_erasure", now=now, organization_id=organization_id) as entry:
        row = _open(one, version)
        _require_free(row, now)
        supplier = row.place.kind == PlaceKind.SUPPLIER
        if supplier and row.requested_on is None:
            raise Conflict("lifecycle.supplier_not_asked")
        first = row.requested_on if supplier else timezone.localdate(row.deletion.approved_at or now)
        if first and done_on < first:
            raise InputError("lifecycle.done_before", name="done_on", day=first.isoformat())
        document = checked_document(principal, organization_id, facts.document_id, name="document", now=now, needed=supplier)
        _settle(row, given, done_on, method, document)
        row.document_id, row.done_on, row.version = document, done_on, row.version + 1
        row.recorded_by_id, row.recorded_at = principal.person_id, now
        row.save()
        Place.objects.filter(pk=row.place_id).update(gone_at=now)
        entry.about(row.deletion_id, row.entry_id, row.pk)
        entry.fact(kind=row.place.kind, method=method, done_on=done_on.isoformat(), document=str(document) if document else "")
        entry.words(**given)
        finish_if_done(principal, row.deletion, now=now)
    return row


def _settle(row: ErasedPlace, given: dict[str, str], done_on: date, method: str, document: uuid.UUID | None) -> None:
    """Let the engine say what is missing and what it came to. Raises InputError ``lifecycle.record_incomplete``."""
    door = load("deleting")
    told = {
        **given,
        "done_on": done_on.isoformat(),
        "requested_on": row.requested_on.isoformat() if row.requested_on else "",
        "supplier": row.place.supplier.name if row.place.supplier else "",
        "certificate": str(document) if document else "",
    }
    missing, outcome, verified = door.recorded(row.place, method=method, facts={k: v for k, v in told.items() if v})
    if missing:
        problems = tuple(Problem("lifecycle.missing", {"name": name}, column=name) for name in missing)
        raise InputError("lifecycle.record_incomplete", problems=problems, name=missing[0], count=len(missing))
    row.facts = {**row.facts, **{name: value for name, value in given.items() if value}}
    row.state, row.achieved = ErasedState.DONE, outcome.achieved
    row.outcome, row.verified = door.shown(outcome), door.shown(verified)
