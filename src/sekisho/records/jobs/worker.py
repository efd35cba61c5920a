"""Running jobs: once (tests, the demonstration), within ``sekisho serve``, or in processes of their own (``sekisho worker``)."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.utils import timezone

from sekisho.errors import NotPermitted, SekishoError, Unavailable
from sekisho.records.database import database_errors
from sekisho.records.jobs import actions, registry, wake
from sekisho.records.jobs.models import Job, JobState
from sekisho.records.jobs.rules import LEASE
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.principals import SYSTEM, Principal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    Clock = Callable[[], datetime]

__all__ = ["Worker", "run_due", "run_once", "start_embedded"]

logger = logging.getLogger(__name__)
_LOOK_SECONDS: Final = 2.0
_TICK_SECONDS: Final = 15.0
_BEATS: Final = 4  # within a lease


def run_once(*, clock: Clock = timezone.now, beating: bool = False) -> Job | None:
    """Run the next job that is due; None when there is none. ``beating`` keeps the lease from a thread of its own."""
    job = actions.claim(now=clock())
    if job is None:
        return None
    if beating:
        with _heart(job):
            _run(job, clock)
    else:
        _run(job, clock)
    return job


def run_due(*, clock: Clock = timezone.now, limit: int = 1000) -> int:
    """Run all jobs that are due, those included that they make; returns how many ran."""
    for count in range(limit):
        if run_once(clock=clock) is None:
            return count
    return limit


def _principal(job: Job, kind: registry.JobKind, now: datetime) -> Principal:
    """Who asked for it, with the rights that hold now. Raises NotPermitted or NotFound when they no longer do."""
    person = job.started_by
    if person is None:
        return SYSTEM
    if not person.is_active:
        raise NotPermitted("jobs.inactive_person")
    principal = organization_queries.principal_of(person, today=timezone.localdate(now))
    if kind.permission is not None:
        principal.require(kind.permission, job.organization_id)
    return principal


def _run(job: Job, clock: Clock) -> None:
    kind = registry.KINDS.get(job.kind)
    if kind is None:  # made by a newer version, or by a room that is no longer installed
        actions.finish(job, state=JobState.FAILED, error={"code": "jobs.unknown_kind", "fields": {"kind": job.kind}}, now=clock())
        return
    try:
        with database_errors():
            context = registry.JobContext(
                job_id=job.pk,
                kind=job.kind,
                principal=_principal(job, kind, clock()),
                organization_id=job.organization_id,
                payload=job.payload,
                clock=clock,
                report=lambda done, total: actions.report(job, done=done, total=total, now=clock()),
            )
            result = kind.handler(context)
        actions.finish(job, state=JobState.DONE, result=result, now=clock())
    except registry.JobCancelled:
        actions.finish(job, state=JobState.CANCELLED, now=clock())
    except Unavailable as error:
        _again(job, kind, error.as_dict(), clock)
    except SekishoError as error:
        actions.finish(job, state=JobState.FAILED, error=_plain(error.as_dict()), now=clock())
    except Exception as error:  # a defect of a handler must not end the worker: it is logged, kept, and tried again
        logger.exception("jobs: %s failed", job.kind)
        _again(job, kind, {"code": "jobs.defect", "fields": {"type": type(error).__name__}}, clock)


def _again(job: Job, kind: registry.JobKind, error: dict[str, Any], clock: Clock) -> None:
    if job.attempts >= kind.most_attempts:
        actions.finish(job, state=JobState.FAILED, error=_plain(error), now=clock())
    else:
        actions.postpone(job, error=_plain(error), now=clock())


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value if isinstance(value, str | int | float | bool | type(None)) else str(value)


@contextmanager
def _heart(job: Job) -> Iterator[None]:
    """Keep the lease while a handler works that reports no progress for long. A killed process beats no more."""
    stop = threading.Event()

    def beats() -> None:
        try:
            while not stop.wait(LEASE.total_seconds() / _BEATS):
                try:
                    if not actions.beat(job, now=timezone.now()):
                        return
                except (OperationalError, InterfaceError):
                    logger.warning("jobs: the lease could not be renewed")
        finally:
            connection.close()

    thread = threading.Thread(target=beats, name="sekisho-heart", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


class Worker:
    """A loop that ticks the schedules and runs what is due, until :meth:`stop`."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self._ticked = 0.0

    def stop(self) -> None:
        """Finish the present job, then end."""
        self.stopping.set()

    def run(self) -> None:
        """Work until stopped."""
        while not self.stopping.is_set():
            close_old_connections()
            try:
                if not self._step():
                    wake.wait(self.stopping, seconds=_LOOK_SECONDS)
            except Unavailable as error:
                logger.warning("jobs: %s", error.code)
                self.stopping.wait(_LOOK_SECONDS)
        connection.close()

    def _step(self) -> bool:
        with database_errors():
            if time.monotonic() - self._ticked > _TICK_SECONDS or not self._ticked:
                self._ticked = time.monotonic()
                actions.tick(SYSTEM, now=timezone.now())
            return run_once(beating=True) is not None


def start_embedded() -> Callable[[], None]:
    """Run a worker in a thread of this process; returns what stops it (after the present job, ten seconds at most)."""
    worker = Worker()
    thread = threading.Thread(target=worker.run, name="sekisho-worker", daemon=True)
    thread.start()

    def stop() -> None:
        worker.stop()
        thread.join(timeout=10)

    return stop
