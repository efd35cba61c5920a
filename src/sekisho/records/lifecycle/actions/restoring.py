"""The window in which a deletion can be undone: brought back by people, ended by the scheduler."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from sekisho.errors import Conflict, SekishoError
from sekisho.records.ledger.actions import recording
from sekisho.records.lifecycle.actions.common import TEXT, fresh
from sekisho.records.lifecycle.actions.deletion_runs import Runner, finish_if_done
from sekisho.records.lifecycle.actions.refreshing import refresh_later
from sekisho.records.lifecycle.bound import load
from sekisho.records.lifecycle.models import Deletion, EntryState, ErasedPlace, ErasedState, RetentionEntry
from sekisho.records.lifecycle.queries import deletions as queries
from sekisho.records.lifecycle.rules.checking import checked_text
from sekisho.records.organization.principals import SYSTEM

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.principals import Principal

__all__ = ["end_windows", "restore_deletion"]


def restore_deletion(principal: Principal, deletion: Deletion, *, reason: str, version: int, now: datetime) -> Deletion:
    """Bring back everything that lies aside; its entries are held again.

    Raises Conflict ``lifecycle.nothing_aside``, ``lifecycle.changed_meanwhile``; of the engine when a name is taken again.
    """
    principal.require("lifecycle.execute", deletion.organization_id)
    reason = checked_text(reason, name="reason", limit=TEXT, needed=True)
    door = load("deleting")
    with recording(principal, "lifecycle.restore_deletion", now=now, organization_id=deletion.organization_id) as entry:
        row = fresh(Deletion.objects.all(), deletion.pk, version)
        aside = list(queries.erased_places(row).filter(state=ErasedState.ASIDE))
        if not aside:
            raise Conflict("lifecycle.nothing_aside")
        for one in aside:
            with door.reached(one.place, method=row.method, secret="") as place:
                door.bring_back(place, run=str(row.pk))
            ErasedPlace.objects.filter(pk=one.pk).update(
                state=ErasedState.RESTORED, achieved="none", recorded_at=now, recorded_by_id=principal.person_id,
                version=one.version + 1,
            )  # fmt: skip
        ids = [one.entry_id for one in aside]
        RetentionEntry.objects.filter(pk__in=ids, state=EntryState.DELETING).update(state=EntryState.HELD)
        entry.about(row.pk, *ids)
        entry.fact(places=len(aside))
        entry.words(reason=reason)
        finish_if_done(principal, row, now=now)
        refresh_later(row.organization_id, now=now)
    row.refresh_from_db()
    return row


def end_windows(now: datetime, *, clock: Any = timezone.now) -> int:
    """Delete what lies aside and whose window is over (the scheduler asks). What is held meanwhile stays aside."""
    count = 0
    rows = (
        Deletion.objects.filter(restore_until__lte=now, erased__state=ErasedState.ASIDE).select_related("organization").distinct()
    )
    for row in rows:
        runner = Runner(SYSTEM, row, clock)
        for one in queries.erased_places(row).filter(state=ErasedState.ASIDE):
            try:
                runner.over(one)
            except SekishoError as error:  # told on the page; the next look tries again
                ErasedPlace.objects.filter(pk=one.pk).update(outcome={**one.outcome, "error": error.as_dict()})
        with recording(SYSTEM, "lifecycle.end_window", now=now, organization_id=row.organization_id) as entry:
            entry.about(row.pk)
            finish_if_done(SYSTEM, row, now=now)
        count += 1
    return count
