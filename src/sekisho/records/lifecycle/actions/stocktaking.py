"""棚卸し: started for a period, answered by the owners, closed with its result."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from sekisho.errors import Conflict, InputError
from sekisho.records.duties import actions as duties
from sekisho.records.ledger.actions import recording
from sekisho.records.lifecycle.actions.common import NAME, TEXT, end_of_day, fresh
from sekisho.records.lifecycle.models import EntryState, RetentionEntry, StockAnswer, StockAnswerKind, StockTaking
from sekisho.records.lifecycle.rules.checking import checked_choice, checked_day, checked_text
from sekisho.records.organization import queries as organization_queries

if TYPE_CHECKING:
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["answer_stock", "close_stocktaking", "start_stocktaking"]

_BATCH: Final = 1000
_PLACE: Final = 300


def start_stocktaking(
    principal: Principal, *, organization: Organization, title: str, due_on: date, now: datetime
) -> StockTaking:
    """Ask the owners of all that is held here and below whether it is still there. Each owner gets a duty.

    Raises InputError for a day that is over and when nothing is held, Conflict ``lifecycle.stock_open`` while one is under way.
    """
    principal.require("lifecycle.stocktaking", organization.pk)
    title = checked_text(title, name="title", limit=NAME, needed=True)
    if checked_day(due_on, name="due_on") < timezone.localdate(now):
        raise InputError("lifecycle.day_over", name="due_on")
    with recording(principal, "lifecycle.start_stocktaking", now=now, organization_id=organization.pk) as entry:
        if StockTaking.objects.select_for_update().filter(organization=organization, closed_at=None).exists():
            raise Conflict("lifecycle.stock_open")
        rows = RetentionEntry.objects.filter(
            organization__in=organization_queries.within(organization.pk), state__in=(EntryState.HELD, EntryState.DELETING)
        )
        ids = list(rows.values_list("pk", flat=True))
        if not ids:
            raise InputError("lifecycle.stock_empty", name="title")
        made = StockTaking.objects.create(
            organization=organization, title=title, due_on=due_on, started_by_id=principal.person_id, started_at=now
        )
        StockAnswer.objects.bulk_create([StockAnswer(taking=made, entry_id=one) for one in ids], batch_size=_BATCH)
        entry.about(made.pk)
        entry.fact(entries=len(ids), due_on=due_on.isoformat())
        entry.words(title=title)
        _set_duties(principal, made, now=now)
    return made


def _groups(taking: StockTaking) -> dict[tuple[Any, str], int]:
    open_ones = taking.answers.filter(answer=StockAnswerKind.OPEN).values_list("entry__owner_id", "entry__owner_role")
    return dict(Counter(open_ones))


def _source(taking: StockTaking, owner: object, role: str) -> str:
    return f"lifecycle:stock:{taking.pk}:{owner or role}"


def _set_duties(principal: Principal, taking: StockTaking, *, now: datetime) -> None:
    for (owner, role), count in _groups(taking).items():
        duties.set_duty(
            principal,
            source=_source(taking, owner, role),
            organization_id=taking.organization_id,
            code="lifecycle.duty_stock",
            fields={"title": taking.title, "count": count},
            due_at=end_of_day(taking.due_on),
            owner_id=owner,
            owner_role="" if owner else role,
            url=f"lifecycle/stock-takings/{taking.pk}/",
            now=now,
        )


def answer_stock(
    principal: Principal,
    answer: StockAnswer,
    *,
    kind: str,
    version: int,
    now: datetime,
    moved_to: str = "",
    note: str = "",
) -> StockAnswer:
    """Say what was found: confirmed, missing, moved (where to), surplus (should be gone). It may be changed until the closing.

    Raises Conflict ``lifecycle.stock_closed``, ``lifecycle.changed_meanwhile``.
    """
    principal.require("lifecycle.edit", answer.entry.organization_id)
    checked_choice(kind, name="answer", known=set(StockAnswerKind.values) - {StockAnswerKind.OPEN.value})
    moved_to = checked_text(moved_to, name="moved_to", limit=_PLACE, needed=kind == StockAnswerKind.MOVED)
    note = checked_text(note, name="note", limit=TEXT, needed=kind == StockAnswerKind.MISSING)
    with recording(principal, "lifecycle.answer_stock", now=now, organization_id=answer.entry.organization_id) as entry:
        row = fresh(StockAnswer.objects.select_related("taking", "entry"), answer.pk, version)
        if row.taking.closed_at is not None:
            raise Conflict("lifecycle.stock_closed")
        row.answer, row.moved_to, row.note = kind, moved_to, note
        row.answered_by_id, row.answered_at, row.version = principal.person_id, now, row.version + 1
        row.save(update_fields=["answer", "moved_to", "note", "answered_by", "answered_at", "version"])
        if kind in {StockAnswerKind.CONFIRMED, StockAnswerKind.MOVED, StockAnswerKind.SURPLUS}:
            RetentionEntry.objects.filter(pk=row.entry_id).update(confirmed_at=now)
        entry.about(row.taking_id, row.entry_id)
        entry.fact(answer=kind)
        entry.words(moved_to=moved_to, note=note)
        owner, role = row.entry.owner_id, row.entry.owner_role
        rest = row.taking.answers.filter(answer=StockAnswerKind.OPEN, entry__owner_id=owner)
        if not (rest if owner else rest.filter(entry__owner_role=role)).exists():
            duties.complete_by_source(principal, source=_source(row.taking, owner, role), now=now)
    return row


def close_stocktaking(principal: Principal, taking: StockTaking, *, conclusion: str, version: int, now: datetime) -> StockTaking:
    """End it: the counts are frozen, what is missing is marked so in the ledger, open duties end.

    Entries without an answer stay counted as such. Raises Conflict ``lifecycle.stock_closed``, ``lifecycle.changed_meanwhile``.
    """
    principal.require("lifecycle.stocktaking", taking.organization_id)
    conclusion = checked_text(conclusion, name="conclusion", limit=TEXT, needed=True)
    with recording(principal, "lifecycle.close_stocktaking", now=now, organization_id=taking.organization_id) as entry:
        row = fresh(StockTaking.objects.all(), taking.pk, version)
        if row.closed_at is not None:
            raise Conflict("lifecycle.stock_closed")
        groups = _groups(row)
        counted = Counter(row.answers.values_list("answer", flat=True))
        row.result = {kind.value: counted.get(kind.value, 0) for kind in StockAnswerKind}
        row.conclusion, row.closed_at, row.closed_by_id, row.version = conclusion, now, principal.person_id, row.version + 1
        row.save(update_fields=["result", "conclusion", "closed_at", "closed_by", "version"])
        missing = row.answers.filter(answer=StockAnswerKind.MISSING, entry__state=EntryState.HELD).values("entry")
        RetentionEntry.objects.filter(pk__in=missing).update(state=EntryState.MISSING, gone_at=now)
        entry.about(row.pk)
        entry.fact(**row.result)
        entry.words(conclusion=conclusion)
        for owner, role in groups:
            duties.complete_by_source(principal, source=_source(row, owner, role), now=now)
    return row
