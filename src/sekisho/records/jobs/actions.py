"""Every write of jobs. The row is the truth; the queue (:mod:`.wake`) only wakes a worker."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from sekisho.errors import Conflict, InputError, NotFound, NotPermitted
from sekisho.records.jobs import registry, wake
from sekisho.records.jobs.models import Job, JobState, Schedule
from sekisho.records.jobs.rules import LEASE, backoff, next_run
from sekisho.records.ledger.actions import recording

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.principals import Principal

__all__ = ["beat", "cancel", "claim", "enqueue", "finish", "postpone", "report", "tick"]

_OPEN = (JobState.QUEUED, JobState.RUNNING)


def enqueue(
    principal: Principal,
    kind: str,
    *,
    now: datetime,
    payload: dict[str, Any] | None = None,
    organization_id: uuid.UUID | None = None,
    unique_key: str = "",
    run_after: datetime | None = None,
) -> Job:
    """Ask for work of a registered ``kind``. With a ``unique_key`` that is open already, that job is returned; one that runs just
    now runs once more afterwards. What the installation itself asks for is not noted in the ledger (its outcome is).
    """
    known = registry.KINDS.get(kind)
    if known is None:
        raise InputError("jobs.unknown_kind", kind=kind)
    if not principal.is_system:
        if known.permission is None:
            raise NotPermitted("access.not_permitted", action=f"job.{kind}")
        principal.require(known.permission, organization_id)
    with transaction.atomic():
        job = _open(unique_key) or _make(
            principal, kind, payload or {}, organization_id=organization_id, unique_key=unique_key, at=run_after or now, now=now
        )
        transaction.on_commit(wake.wake)
    return job


def _open(unique_key: str) -> Job | None:
    """The open job of that key, marked to run again if it runs already."""
    if not unique_key:
        return None
    job = Job.objects.select_for_update().filter(unique_key=unique_key, state__in=_OPEN).first()
    if job is not None and job.state == JobState.RUNNING and not job.again:
        job.again = True
        job.save(update_fields=["again"])
    return job


def _make(
    principal: Principal,
    kind: str,
    payload: dict[str, Any],
    *,
    organization_id: uuid.UUID | None,
    unique_key: str,
    at: datetime,
    now: datetime,
) -> Job:
    job = Job(
        kind=kind,
        organization_id=organization_id,
        started_by_id=principal.person_id,
        payload=payload,
        unique_key=unique_key,
        run_after=at,
        created_at=now,
    )
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError:
        other = _open(unique_key)  # somebody else was faster
        if other is None:
            raise
        return other
    if not principal.is_system:
        with recording(principal, "job.enqueue", now=now, organization_id=organization_id) as entry:
            entry.about(job.pk)
            entry.fact(kind=kind)
    return job


def cancel(principal: Principal, *, job: Job, now: datetime) -> Job:
    """Stop a job: at once when it waits, at its next step when it runs. One's own, or with ``job.manage``."""
    if job.started_by_id is None or job.started_by_id != principal.person_id:
        principal.require("job.manage", job.organization_id)
    with recording(principal, "job.cancel", now=now, organization_id=job.organization_id) as entry:
        waiting = Job.objects.filter(pk=job.pk, state=JobState.QUEUED)
        running = Job.objects.filter(pk=job.pk, state=JobState.RUNNING)
        stopped = waiting.update(state=JobState.CANCELLED, finished_at=now, cancel_requested=True)
        if not stopped and not running.update(cancel_requested=True, again=False):
            raise Conflict("jobs.already_finished")
        entry.about(job.pk)
    job.refresh_from_db()
    return job


def claim(*, now: datetime) -> Job | None:
    """Take the next job that is due, or whose worker has died (its lease ran out). Two workers never get the same one."""
    due = Q(state=JobState.QUEUED, run_after__lte=now) | Q(state=JobState.RUNNING, lease_until__lt=now)
    if not Job.objects.filter(due).exists():  # on SQLite a look costs no lock
        return None
    with transaction.atomic():
        job = Job.objects.select_for_update(skip_locked=True).filter(due).order_by("run_after", "created_at").first()
        if job is None:
            return None
        known = registry.KINDS.get(job.kind)
        if job.state == JobState.RUNNING and (job.cancel_requested or (known and job.attempts >= known.most_attempts)):
            job.state = JobState.CANCELLED if job.cancel_requested else JobState.FAILED
            job.error = None if job.cancel_requested else {"code": "jobs.worker_died", "fields": {"attempts": job.attempts}}
            job.finished_at = now
            job.save(update_fields=["state", "error", "finished_at"])
            return claim(now=now)
        job.state = JobState.RUNNING
        job.attempts += 1
        job.started_at = job.started_at or now
        job.lease_until = now + LEASE
        job.done = job.total = 0
        job.save(update_fields=["state", "attempts", "started_at", "lease_until", "done", "total"])
    return job


def _mine(job: Job) -> Any:
    return Job.objects.filter(pk=job.pk, state=JobState.RUNNING, attempts=job.attempts)


def beat(job: Job, *, now: datetime) -> bool:
    """Keep the job for another while. False when it is no longer ours."""
    return bool(_mine(job).update(lease_until=now + LEASE))


def report(job: Job, *, done: int, total: int, now: datetime) -> None:
    """Note progress. Raises JobCancelled when somebody cancelled, or when another worker has taken the job over."""
    ours = _mine(job).update(done=max(done, 0), total=max(total, 0), lease_until=now + LEASE)
    if not ours or _mine(job).filter(cancel_requested=True).exists():
        raise registry.JobCancelled


def finish(
    job: Job,
    *,
    state: JobState,
    now: datetime,
    result: dict[str, Any] | None = None,
    error: dict[str, Any] | None = None,
) -> bool:
    """Note the outcome; False when another worker has taken the job over. One that was asked for again waits once more."""
    with transaction.atomic():
        row = _mine(job).select_for_update().first()
        if row is None:
            return False
        row.result, row.error, row.finished_at, row.lease_until, row.state = result, error, now, None, state
        if row.again and state in {JobState.DONE, JobState.FAILED}:
            row.state, row.again, row.attempts, row.run_after, row.finished_at = JobState.QUEUED, False, 0, now, None
            transaction.on_commit(wake.wake)
        row.save()
    return True


def postpone(job: Job, *, error: dict[str, Any], now: datetime) -> bool:
    """Try again later, with growing pauses."""
    return bool(_mine(job).update(state=JobState.QUEUED, error=error, run_after=now + backoff(job.attempts), lease_until=None))


def tick(principal: Principal, *, now: datetime) -> list[Job]:
    """Enqueue what the schedules say is due. Any number of workers may tick at once."""
    if not principal.is_system:
        raise NotFound("access.not_found")
    rows = {row.key: row for row in Schedule.objects.all()}
    made: list[Job] = []
    for key, (kind, every) in registry.SCHEDULES.items():
        row = rows.get(key)
        if row is None:
            row, _ = Schedule.objects.get_or_create(key=key, defaults={"kind": kind, "every_seconds": every, "next_run_at": now})
        if row.kind != kind or row.every_seconds != every:
            Schedule.objects.filter(key=key).update(kind=kind, every_seconds=every)
        if row.next_run_at > now:
            continue
        coming = next_run(row.next_run_at, every_seconds=every, now=now)
        with transaction.atomic():
            if Schedule.objects.filter(key=key, next_run_at=row.next_run_at).update(next_run_at=coming, last_run_at=now):
                made.append(enqueue(principal, kind, now=now, unique_key=f"schedule:{key}"))
    return made
