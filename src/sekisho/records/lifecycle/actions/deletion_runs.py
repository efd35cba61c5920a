"""Dry runs and runs of approved deletions: jobs that ask for holds, consents and rules again before each thing they delete."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from django.conf import settings
from django.utils import timezone

from sekisho.errors import Conflict, MissingComponent, SekishoError, Unavailable
from sekisho.records.duties import actions as duties
from sekisho.records.evidence import actions as evidence
from sekisho.records.jobs import actions as jobs
from sekisho.records.ledger.actions import recording
from sekisho.records.lifecycle import secrets_of
from sekisho.records.lifecycle.actions.common import end_of_day, fresh
from sekisho.records.lifecycle.actions.deletions import release_entries
from sekisho.records.lifecycle.actions.refreshing import refresh_later
from sekisho.records.lifecycle.bound import load
from sekisho.records.lifecycle.models import Deletion, DeletionState, EntryState, ErasedPlace, ErasedState, Place, RetentionEntry
from sekisho.records.lifecycle.queries import deletions as queries
from sekisho.records.lifecycle.queries.retention import standings
from sekisho.records.lifecycle.rules.deleting import BY_MACHINE, obstacles, outcome_state

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.engines.deletion import Listing, Outcome
    from sekisho.records.jobs.registry import JobContext
    from sekisho.records.organization.principals import Principal

__all__ = [
    "DRY_RUN",
    "RUN",
    "Runner",
    "begin_dry_run",
    "execute_deletion",
    "finish_if_done",
    "run_deletion",
    "run_dry_run",
    "secret_of",
]

DRY_RUN: Final = "lifecycle.dry_run"
RUN: Final = "lifecycle.delete"
_LOOK_AGAIN: Final = 0.05  # seconds: how old an answer about holds may be, within one copy
_FRESH_DAYS: Final = 7
_TO_DO: Final = (ErasedState.WAITING, ErasedState.PARTIAL, ErasedState.FAILED, ErasedState.HELD)
_RUNNABLE: Final = (DeletionState.APPROVED, DeletionState.PARTIAL, DeletionState.WAITING)


def _todo(row: Deletion) -> list[ErasedPlace]:
    return [one for one in queries.erased_places(row) if one.place.kind in BY_MACHINE and one.state in _TO_DO]


def secret_of(place: Place) -> str:
    """The secret of the store in which a copy lies."""
    return secrets_of.read(settings.CONFIG.keys, place.store_id) if place.store_id else ""


# ------------------------------------------------------------------------------------------------------------- dry run


def begin_dry_run(principal: Principal, deletion: Deletion, *, now: datetime) -> Deletion:
    """Have a job look what would be deleted. It may be asked for at any time before the end."""
    principal.require("lifecycle.request", deletion.organization_id)
    if deletion.state in {DeletionState.DONE, DeletionState.CANCELLED, DeletionState.RUNNING}:
        raise Conflict("lifecycle.deletion_state")
    with recording(principal, "lifecycle.begin_dry_run", now=now, organization_id=deletion.organization_id) as entry:
        job = jobs.enqueue(
            principal,
            DRY_RUN,
            now=now,
            payload={"deletion": str(deletion.pk)},
            organization_id=deletion.organization_id,
            unique_key=f"{DRY_RUN}:{deletion.pk}",
        )
        Deletion.objects.filter(pk=deletion.pk).update(job=job)
        entry.about(deletion.pk)
    deletion.refresh_from_db()
    return deletion


def run_dry_run(context: JobContext) -> dict[str, Any]:
    """The job: lists what each copy holds, deletes nothing. What cannot be looked at is told, not passed over."""
    row = Deletion.objects.get(pk=context.payload["deletion"])
    return look(context.principal, row, tell=context.progress, now=context.now)


def look(principal: Principal, row: Deletion, *, tell: Any, now: datetime) -> dict[str, Any]:
    """List every copy that the machine deletes and keep what was found."""
    door = load("deleting")
    todo = _todo(row)
    found: list[Listing] = []
    problems: list[dict[str, Any]] = []
    for number, one in enumerate(todo):
        tell(number, len(todo))
        try:
            with door.reached(one.place, method=row.method, secret=secret_of(one.place)) as place:
                listing = door.listing(place)
        except (Unavailable, MissingComponent):
            raise
        except SekishoError as error:
            problems.append({"place": one.place.label, "entry": one.entry.number, **error.as_dict()})
            one.listing = {"error": error.as_dict()}
            continue
        found.append(listing)
        one.listing = door.shown(listing)
    over: dict[str, Any] | None = None
    try:
        door.check_limits(found, row.limits)
    except Conflict as error:
        over = error.as_dict()
    counted = {
        "places": len(todo), "found": len(found), "count": sum(one.count for one in found),
        "bytes": sum(one.bytes for one in found), "refused": sum(one.refused for one in found),
        "problems": problems, "over": over, "digest": queries.digest_of(row),
    }  # fmt: skip
    with recording(principal, "lifecycle.dry_run", now=now, organization_id=row.organization_id) as entry:
        for one in todo:
            ErasedPlace.objects.filter(pk=one.pk).update(listing=one.listing)
        Deletion.objects.filter(pk=row.pk).update(dry_run=counted, dry_run_at=now)
        entry.about(row.pk)
        entry.fact(places=len(todo), count=counted["count"], bytes=counted["bytes"], problems=len(problems))
    row.dry_run, row.dry_run_at = counted, now
    return {name: value for name, value in counted.items() if name not in {"problems", "digest"}} | {"problems": len(problems)}


# ----------------------------------------------------------------------------------------------------------- execution


def execute_deletion(principal: Principal, deletion: Deletion, *, version: int, now: datetime) -> Deletion:
    """Have a job delete what was approved. The dry run must be of what stands there now, within limits, and fresh.

    Raises Conflict ``lifecycle.deletion_state``, ``lifecycle.dry_run_first``, ``lifecycle.changed_meanwhile``.
    """
    principal.require("lifecycle.execute", deletion.organization_id)
    with recording(principal, "lifecycle.execute_deletion", now=now, organization_id=deletion.organization_id) as entry:
        row = fresh(Deletion.objects.all(), deletion.pk, version)
        if row.state not in _RUNNABLE:
            raise Conflict("lifecycle.deletion_state")
        if not _todo(row):
            raise Conflict("lifecycle.nothing_for_machine")
        looked = row.dry_run
        if row.dry_run_at is None or (now - row.dry_run_at).days >= _FRESH_DAYS:
            raise Conflict("lifecycle.dry_run_first")
        if looked.get("over") or looked.get("problems") or looked.get("digest") != row.approved_digest:
            raise Conflict("lifecycle.dry_run_not_clean")
        row.state, row.stopped, row.version = DeletionState.RUNNING, {}, row.version + 1
        row.executed_by_id = principal.person_id
        row.job = jobs.enqueue(
            principal,
            RUN,
            now=now,
            payload={"deletion": str(row.pk)},
            organization_id=row.organization_id,
            unique_key=f"{RUN}:{row.pk}",
        )
        row.save(update_fields=["state", "stopped", "version", "executed_by", "job"])
        entry.about(row.pk)
        entry.fact(digest=row.approved_digest)
    return row


def run_deletion(context: JobContext) -> dict[str, Any]:
    """The job. Safe to repeat: what was deleted before a crash is known from the journal of each copy."""
    row = Deletion.objects.select_related("organization").get(pk=context.payload["deletion"])
    if row.state != DeletionState.RUNNING:
        return {"state": row.state}
    try:
        run(context.principal, row, tell=context.progress, clock=context.clock)
    except (Unavailable, MissingComponent) as error:
        _stop(context.principal, row, error.as_dict(), state=DeletionState.PARTIAL, now=context.now)
        raise
    row.refresh_from_db()
    return {"state": row.state}


def run(principal: Principal, row: Deletion, *, tell: Any, clock: Any) -> None:
    """Delete each copy that is the machine's; notes each outcome at once."""
    now = clock()
    if queries.digest_of(row) != row.approved_digest:
        _stop(principal, row, {"code": "lifecycle.changed_since_approval", "fields": {}}, state=DeletionState.STALE, now=now)
        return
    runner = Runner(principal, row, clock)
    todo = _todo(row)
    for number, one in enumerate(todo):
        tell(number, len(todo))
        runner.place(one)
    with recording(principal, "lifecycle.deletion_run", now=clock(), organization_id=row.organization_id) as entry:
        until = clock() + timedelta(days=row.restore_days) if row.restore_days else None
        Deletion.objects.filter(pk=row.pk).update(executed_at=clock(), restore_until=until)
        entry.about(row.pk)
        entry.fact(places=len(todo), **runner.counted)
        finish_if_done(principal, row, now=clock())


def _stop(principal: Principal, row: Deletion, why: dict[str, Any], *, state: str, now: datetime) -> None:
    """The run goes no further; what is deleted already stays noted. What changed goes back to the one who asked."""
    with recording(principal, "lifecycle.deletion_stopped", now=now, organization_id=row.organization_id) as entry:
        plain = {"code": why["code"], "fields": {name: str(value)[:200] for name, value in why["fields"].items()}}
        Deletion.objects.filter(pk=row.pk).update(state=state, stopped=plain, version=row.version + 1)
        entry.about(row.pk)
        entry.fact(code=why["code"], state=state)
        if state == DeletionState.STALE:
            release_entries(row)
            duties.set_duty(
                principal,
                source=f"lifecycle:stale:{row.pk}:{row.version + 1}",
                organization_id=row.organization_id,
                code="lifecycle.duty_approve_again",
                fields={"number": row.number, "title": row.title},
                due_at=end_of_day(timezone.localdate(now)),
                owner_id=row.requested_by_id,
                owner_role="" if row.requested_by_id else "chief_officer",
                url=f"lifecycle/deletions/{row.pk}/",
                now=now,
            )
            refresh_later(row.organization_id, now=now)


class Runner:
    """One run: asks again whether each entry may go, lists, compares with what the dry run saw, deletes, verifies."""

    def __init__(self, principal: Principal, row: Deletion, clock: Any) -> None:
        self.principal, self.row, self.clock = principal, row, clock
        self.door = load("deleting")
        self.counted = {"done": 0, "held": 0, "failed": 0}
        self.folder: Path = settings.CONFIG.home / "lifecycle" / "journals"

    def _blocked(self, entry_id: uuid.UUID) -> dict[str, Any] | None:
        """Why the entry may not go at this moment: read anew each time."""
        entry = RetentionEntry.objects.get(pk=entry_id)
        found = obstacles(entry.number, standings([entry], on=timezone.localdate(self.clock()))[entry.pk])
        return found[0].as_dict() if found else None

    def _guard(self, entry_id: uuid.UUID) -> Any:
        from sekisho.engines.deletion import Stop  # noqa: PLC0415 - an engine

        seen: dict[str, Any] = {"at": float("-inf"), "stop": None}

        def asked(_target: str, _name: str) -> Stop | None:
            if time.monotonic() - seen["at"] >= _LOOK_AGAIN:
                why = self._blocked(entry_id)
                seen["at"] = time.monotonic()
                seen["stop"] = Stop(code="deletion.held", fields={"code": why["code"], **why["fields"]}) if why else None
            stop: Stop | None = seen["stop"]
            return stop

        return asked

    def place(self, one: ErasedPlace) -> None:
        """One copy."""
        why = self._blocked(one.entry_id)
        if why is not None:
            self._note(one, state=ErasedState.HELD, outcome={"stopped": {"code": why["code"], "fields": why["fields"]}})
            return
        run_id, journal = f"{one.pk}:{one.attempts}", self.folder / f"{one.pk}-{one.attempts}.jsonl"
        plan = self.row.approved_digest
        with self.door.reached(one.place, method=self.row.method, secret=secret_of(one.place)) as place:
            try:
                begun = self.door.begun(journal, run=run_id, plan=plan, target=str(one.place_id))
                listing = begun or self.door.listing(place)
                if begun is None and listing.digest != one.listing.get("digest"):
                    raise Conflict("lifecycle.changed_since_dry_run")
                guard = self._guard(one.entry_id)
                if self.row.restore_days and one.place.kind == "folder":
                    self._aside(one, self.door.set_aside(place, listing, guard=guard, run=str(self.row.pk)))
                    return
                outcome = self.door.erase(place, listing, guard=guard, journal=journal, run=run_id, plan=plan)
                verified = self.door.verify(place, outcome)
            except (Unavailable, MissingComponent):
                raise
            except SekishoError as error:
                self._note(one, state=ErasedState.FAILED, outcome={"error": _plain(error)})
                return
        self._settle(one, outcome, verified)
        journal.unlink(missing_ok=True)

    def _aside(self, one: ErasedPlace, outcome: Outcome) -> None:
        """Out of reach; it is gone only when the window is over."""
        state = ErasedState.HELD if outcome.stopped is not None else ErasedState.ASIDE
        self._note(one, state=state, achieved=outcome.achieved, outcome=self.door.shown(outcome))

    def over(self, one: ErasedPlace) -> None:
        """The window of a copy that was set aside is over: it is deleted, if nothing stops it now."""
        why = self._blocked(one.entry_id)
        if why is not None:
            return
        with self.door.reached(one.place, method=self.row.method, secret="") as place:
            outcome, verified = self.door.erase_aside(place, guard=self._guard(one.entry_id), run=str(self.row.pk))
        self._settle(one, outcome, verified)

    def _settle(self, one: ErasedPlace, outcome: Outcome, verified: Any) -> None:
        if outcome.complete and verified.result in {"gone", "not_checked"}:
            state = ErasedState.DONE
        elif outcome.done == 0 and outcome.stopped is not None:
            state = ErasedState.HELD
        else:
            state = ErasedState.PARTIAL if outcome.done else ErasedState.FAILED
        report = evidence.store_artifact(
            self.principal,
            chunks=(msgspec.json.encode({"outcome": outcome, "verification": verified}),),
            now=self.clock(),
            media_type="application/json",
            name=f"{self.row.number}-{one.entry.number}.json",
            organization_id=self.row.organization_id,
            action="lifecycle.execute",
        )
        self._note(
            one,
            state=state,
            achieved=outcome.achieved,
            outcome=self.door.shown(outcome),
            verified=self.door.shown(verified),
            report=report,
        )

    def _note(
        self,
        one: ErasedPlace,
        *,
        state: str,
        outcome: dict[str, Any],
        achieved: str = "",
        verified: dict[str, Any] | None = None,
        report: Any = None,
    ) -> None:
        now = self.clock()
        with recording(self.principal, "lifecycle.erase_place", now=now, organization_id=self.row.organization_id) as entry:
            ErasedPlace.objects.filter(pk=one.pk).update(
                state=state, achieved=achieved, outcome=outcome, verified=verified or {}, report=report,
                attempts=one.attempts + 1, done_on=timezone.localdate(now) if state == ErasedState.DONE else None,
                recorded_by_id=self.principal.person_id, recorded_at=now, version=one.version + 1,
            )  # fmt: skip
            if state == ErasedState.DONE:
                Place.objects.filter(pk=one.place_id).update(gone_at=now)
            entry.about(self.row.pk, one.entry_id, one.pk)
            entry.fact(
                state=state, achieved=achieved, done=outcome.get("done", 0), left=outcome.get("left", 0),
                verified=(verified or {}).get("result", ""), report=report.sha256 if report else "",
            )  # fmt: skip
        self.counted["done" if state == ErasedState.DONE else "held" if state == ErasedState.HELD else "failed"] += 1


def _plain(error: SekishoError) -> dict[str, Any]:
    return {"code": error.code, "fields": {name: str(value)[:200] for name, value in error.fields.items()}}


def finish_if_done(principal: Principal, row: Deletion, *, now: datetime) -> Deletion:
    """Where the deletion stands now; entries all of whose copies are gone are deleted. Inside the caller's recording."""
    state = outcome_state(row.erased.values_list("state", flat=True))
    found = Deletion.objects.select_for_update().get(pk=row.pk)
    found.state, found.version = state, found.version + 1
    found.finished_at = now if state == DeletionState.DONE else None
    found.save(update_fields=["state", "version", "finished_at"])
    here = set(Place.objects.filter(entry__deletions=found, gone_at=None).values_list("entry_id", flat=True))
    _gone([pk for pk in found.entries.values_list("pk", flat=True) if pk not in here], now=now)
    _waiting_duty(principal, found, now=now)
    refresh_later(found.organization_id, now=now)
    row.refresh_from_db()
    return row


def _gone(ids: Sequence[uuid.UUID], *, now: datetime) -> None:
    for start in range(0, len(ids), 500):
        RetentionEntry.objects.filter(pk__in=ids[start : start + 500], state=EntryState.DELETING).update(
            state=EntryState.DELETED, gone_at=now
        )


def _waiting_duty(principal: Principal, row: Deletion, *, now: datetime) -> None:
    """Who asked for it sees to paper, media and suppliers within thirty days."""
    source = f"lifecycle:waiting:{row.pk}"
    if row.state != DeletionState.WAITING:
        duties.complete_by_source(principal, source=source, now=now)
        return
    duties.set_duty(
        principal,
        source=source,
        organization_id=row.organization_id,
        code="lifecycle.duty_record",
        fields={"number": row.number, "title": row.title},
        due_at=end_of_day(timezone.localdate(row.approved_at or now) + timedelta(days=30)),
        owner_id=row.requested_by_id,
        owner_role="" if row.requested_by_id else "chief_officer",
        url=f"lifecycle/deletions/{row.pk}/",
        now=now,
    )
