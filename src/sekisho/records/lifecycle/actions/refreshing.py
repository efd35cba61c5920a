"""Keeping up to date what is computed beside the entries, and the duties that follow from it."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Count
from django.utils import timezone

from sekisho.errors import SekishoError
from sekisho.records.duties import actions as duties
from sekisho.records.duties import queries as duty_queries
from sekisho.records.jobs import actions as jobs
from sekisho.records.ledger.actions import recording
from sekisho.records.lifecycle.models import EntryState, RetentionEntry
from sekisho.records.lifecycle.queries import retention as queries
from sekisho.records.lifecycle.rules import counting
from sekisho.records.lifecycle.rules.standing import SOON_DAYS
from sekisho.records.organization.principals import SYSTEM

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.jobs.registry import JobContext
    from sekisho.records.lifecycle.queries.retention import Book

__all__ = ["REFRESH", "compute_into", "refresh_due", "refresh_later", "run_refresh"]

REFRESH: Final = "lifecycle.refresh"
_BATCH: Final = 1000
_COLUMNS: Final = (
    "outcome", "certain", "last_day", "delete_by", "due_on", "computed", "rules_digest", "computed_at",
)  # fmt: skip
_HERE: Final = (EntryState.HELD, EntryState.DELETING)


def compute_into(row: RetentionEntry, book: Book, *, now: datetime) -> bool:
    """Write what the rules say into the row (not yet saved); whether any of it changed. Raises InputError ``retention.*``."""
    counted = counting.count(queries.facts_of(row, book), rules=book.rules)
    before = (row.rules_digest, row.outcome, row.due_on)
    row.outcome, row.certain = counted.outcome, counted.certain
    row.last_day, row.delete_by, row.due_on = counted.last_day, counted.delete_by, counted.due_on
    row.computed, row.rules_digest, row.computed_at = counted.shown, counted.digest, now
    return before != (row.rules_digest, row.outcome, row.due_on)


def refresh_later(organization_id: uuid.UUID, *, now: datetime) -> None:
    """Have a job compute the organisation's entries anew and set its duties. Quick, and once however often it is asked for."""
    jobs.enqueue(SYSTEM, REFRESH, now=now, organization_id=organization_id, unique_key=f"{REFRESH}:{organization_id}")


def refresh_due(now: datetime) -> int:
    """Every organisation with entries gets its job (the scheduler asks once a day: dates come closer by themselves)."""
    ids = list(RetentionEntry.objects.filter(state__in=_HERE).values_list("organization_id", flat=True).distinct())
    for one in ids:
        refresh_later(one, now=now)
    return len(ids)


def run_refresh(context: JobContext) -> dict[str, Any]:
    """The job: entries whose rules changed are computed anew (one line of the Ledger for all), duties follow."""
    now, organization_id = context.now, context.organization_id
    ids = (
        [organization_id]
        if organization_id
        else list(RetentionEntry.objects.values_list("organization_id", flat=True).distinct())
    )
    changed, broken = 0, 0
    for one in ids:
        some, wrong = _refresh(one, context, now=now)
        changed, broken = changed + some, broken + wrong
        set_duties(one, now=now)
    return {"organizations": len(ids), "changed": changed, "broken": broken}


def _refresh(organization_id: uuid.UUID, context: JobContext, *, now: datetime) -> tuple[int, int]:
    book = queries.book_of(organization_id)
    rows = RetentionEntry.objects.filter(organization_id=organization_id, state__in=_HERE)
    total, done, changed, broken = rows.count(), 0, 0, 0
    with recording(SYSTEM, "lifecycle.refresh", now=now, organization_id=organization_id) as entry:
        for batch in _batches(rows):
            moved = []
            for row in batch:
                try:
                    if compute_into(row, book, now=now):
                        moved.append(row)
                except SekishoError:  # an own rule that ended: the entry shows it as not determined
                    broken += 1
                    row.outcome, row.certain, row.due_on, row.last_day, row.delete_by = "undetermined", False, None, None, None
                    row.computed, row.rules_digest = {"broken": True}, ""
                    moved.append(row)
            RetentionEntry.objects.bulk_update(moved, _COLUMNS, batch_size=200)
            changed, done = changed + len(moved), done + len(batch)
            context.progress(done, total)
        entry.fact(entries=total, changed=changed, broken=broken)
    return changed, broken


def _batches(rows: Any) -> Any:
    last = None
    while True:
        batch = list((rows.filter(pk__gt=last) if last else rows).order_by("pk")[:_BATCH])
        if not batch:
            return
        yield batch
        last = batch[-1].pk


def set_duties(organization_id: uuid.UUID, *, now: datetime) -> None:
    """One duty for each day on which something falls due and whoever answers for it, from overdue up to ``SOON_DAYS`` ahead."""
    from sekisho.records.lifecycle.actions.common import end_of_day  # noqa: PLC0415 - common asks the same queries

    today = timezone.localdate(now)
    groups = (
        RetentionEntry.objects.filter(
            organization_id=organization_id,
            state=EntryState.HELD,
            outcome="dated",
            due_on__lte=today + timedelta(days=SOON_DAYS),
        )
        .values("due_on", "owner_id", "owner_role")
        .annotate(count=Count("pk"))
        .order_by("due_on")
    )
    known = duty_queries.sources(f"lifecycle:due:{organization_id}:")
    wanted: set[str] = set()
    for group in groups:
        day = group["due_on"]
        assert day is not None  # asked for above
        base = f"lifecycle:due:{organization_id}:{day.isoformat()}:{group['owner_id'] or group['owner_role'] or '-'}"
        source = _open_source(base, known)
        wanted.add(source)
        duties.set_duty(
            SYSTEM,
            source=source,
            organization_id=organization_id,
            code="lifecycle.duty_delete",
            fields={"count": group["count"], "day": day.isoformat()},
            due_at=end_of_day(day),
            owner_id=group["owner_id"],
            owner_role="" if group["owner_id"] else group["owner_role"],
            url=f"lifecycle/entries/?show=due&on={day.isoformat()}",
            now=now,
        )
    for source, done in known.items():
        if not done and source not in wanted:
            duties.complete_by_source(SYSTEM, source=source, now=now)


def _open_source(base: str, known: dict[str, bool]) -> str:
    """The source of the duty that is open, or of the next one: a duty that is done does not open again for the same day."""
    generation = 1
    while known.get(f"{base}:{generation}"):
        generation += 1
    return f"{base}:{generation}"
