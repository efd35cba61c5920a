"""Reading logs into the store: what was handed in waits in a folder of its own until a job has read it."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any, Final

from sekisho.errors import Conflict, InputError, NotFound, SekishoError
from sekisho.records.downloads import safe_file_name
from sekisho.records.jobs import actions as jobs
from sekisho.records.jobs.registry import JobCancelled
from sekisho.records.ledger.actions import recording
from sekisho.records.monitoring import eventstore, hooks
from sekisho.records.monitoring.models import Ingestion, IngestionState, LogSource
from sekisho.records.monitoring.queries.sources import source_of_machine
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.jobs.registry import JobContext
    from sekisho.records.organization.principals import Principal

__all__ = ["Handed", "apply_retention", "receive_files", "receive_from_machine", "run_ingestion", "watch_folders"]

JOB: Final = "monitoring.ingest"
MOST_FILES: Final = 200
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Handed:
    """A file that was handed in: its name, and what reads its bytes."""

    untrusted_name: str
    file: IO[bytes]


def receive_files(principal: Principal, source: LogSource, files: Sequence[Handed], *, now: datetime) -> Ingestion:
    """Keep uploaded log files and have a job read them. The same file again doubles nothing.

    Raises InputError ``monitoring.no_files``, ``monitoring.too_many_files``, ``monitoring.file_too_large``; Conflict for a
    retired source; Unavailable when the disk is full.
    """
    principal.require("monitoring.ingest", source.organization_id)
    return _receive(principal, source, files, way="upload", now=now)


def receive_from_machine(principal: Principal, source_id: uuid.UUID, files: Sequence[Handed], *, now: datetime) -> Ingestion:
    """Keep log files that an enrolled machine sends: for a source about the machine's own subject only. Raises NotFound else."""
    machine = subject_queries.machine_of(principal)
    source = source_of_machine(machine.subject_id, source_id)
    return _receive(principal, source, files, way="machine", now=now, machine_id=machine.pk)


def _receive(
    principal: Principal,
    source: LogSource,
    files: Sequence[Handed],
    *,
    way: str,
    now: datetime,
    machine_id: uuid.UUID | None = None,
) -> Ingestion:
    if source.retired_at is not None:
        raise Conflict("monitoring.source_retired", source=source.name)
    if not files:
        raise InputError("monitoring.no_files", name="logs")
    if len(files) > MOST_FILES:
        raise InputError("monitoring.too_many_files", name="logs", limit=MOST_FILES)
    made = Ingestion(organization_id=source.organization_id, source=source, way=way, at=now)
    folder = eventstore.waiting_folder(source.organization_id, made.pk)
    try:
        made.files = [_keep(folder, number, one) for number, one in enumerate(files)]
        with recording(principal, "monitoring.receive_logs", now=now, organization_id=source.organization_id) as entry:
            made.person_id, made.machine_id = principal.person_id, machine_id
            _queue(principal, made, now=now)
            entry.about(made.pk, source.pk)
            entry.fact(way=way, files=[{"sha256": f["sha256"], "size": f["size"]} for f in made.files])
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return made


def _keep(folder: Any, number: int, one: Handed) -> dict[str, Any]:
    name = safe_file_name(one.untrusted_name)
    chunks: Iterable[bytes] = iter(lambda: one.file.read(_CHUNK), b"")
    return eventstore.keep(folder, f"{number:03d}", name, chunks)


def _queue(principal: Principal, made: Ingestion, *, now: datetime) -> None:
    made.save(force_insert=True)
    # A machine may not ask for jobs: what it sent is read in the name of the installation.
    asker = SYSTEM if principal.machine_id is not None else principal
    made.job = jobs.enqueue(
        asker,
        JOB,
        payload={"ingestion": str(made.pk)},
        organization_id=made.organization_id,
        unique_key=f"{JOB}:{made.pk}",
        now=now,
    )
    made.save(update_fields=["job"])


def run_ingestion(context: JobContext) -> dict[str, Any]:
    """The job: reads the waiting files into the store. Safe to repeat: events that are there already are counted, not doubled."""
    row = Ingestion.objects.select_related("source").get(pk=context.payload["ingestion"])
    if row.state != IngestionState.WAITING:
        return {}
    try:
        report = eventstore.ingest(row.source, row.pk, row.files, way=row.way, now=context.now, progress=context.progress)
    except JobCancelled:
        _finish(context, row, IngestionState.CANCELLED)
        raise
    except SekishoError as error:
        _finish(context, row, IngestionState.FAILED, error=error.as_dict())
        raise
    _finish(context, row, IngestionState.DONE, report=report)
    return {"read": report.read, "doubled": report.doubled, "rejected": report.rejected}


def _finish(
    context: JobContext,
    row: Ingestion,
    state: IngestionState,
    *,
    report: eventstore.Report | None = None,
    error: dict[str, Any] | None = None,
) -> None:
    now = context.now
    with recording(context.principal, "monitoring.logs_read", now=now, organization_id=row.organization_id) as entry:
        values: dict[str, Any] = {"state": state, "finished_at": now, "error": _plain(error)}
        if report is not None:
            values["report"] = report.as_dict()
            _note_source(row.source_id, report, now=now)
            entry.fact(read=report.read, doubled=report.doubled, rejected=report.rejected)
            _tell(row, report, now=now)
        Ingestion.objects.filter(pk=row.pk).update(**values)
        entry.about(row.pk, row.source_id)
        entry.fact(state=state.value)
    eventstore.forget_waiting(row.organization_id, row.pk)


def _tell(row: Ingestion, report: eventstore.Report, *, now: datetime) -> None:
    """Tell the higher rooms of new events. A file of the watched folder has no hash yet: then all of the store is meant."""
    if not report.read or report.first_at is None or report.last_at is None:
        return
    hashes = [one["sha256"] for one in row.files if one.get("sha256")]
    files = hashes if len(hashes) == len(row.files) else []
    for told in hooks.AFTER_READING:
        told(row.organization_id, files=files, since=report.first_at, until=report.last_at + timedelta(seconds=1), now=now)


def _plain(error: dict[str, Any] | None) -> dict[str, Any] | None:
    if error is None:
        return None
    fields = {key: value if isinstance(value, str | int | float | bool) else str(value) for key, value in error["fields"].items()}
    return {"code": error["code"], "fields": fields}


def _note_source(source_id: uuid.UUID, report: eventstore.Report, *, now: datetime) -> None:
    source = LogSource.objects.select_for_update().get(pk=source_id)
    source.events = eventstore.count(source)
    source.last_ingested_at = now
    if report.first_at is not None:
        source.first_event_at = min(source.first_event_at or report.first_at, report.first_at)
    if report.last_at is not None:
        source.last_event_at = max(source.last_event_at or report.last_at, report.last_at)
    source.save(update_fields=["events", "last_ingested_at", "first_event_at", "last_event_at"])


# ------------------------------------------------------------------------------------------------- the watched folders


def watch_folders(principal: Principal, *, now: datetime) -> int:
    """Have new and grown files in the watched folders read; returns how many sources have some. By the installation itself."""
    if not principal.is_system:
        raise NotFound("access.not_found")
    _settle_stopped(principal, now=now)
    count = 0
    for source in LogSource.objects.filter(watches_folder=True, retired_at=None):
        if Ingestion.objects.filter(source=source, way="folder", state=IngestionState.WAITING).exists():
            continue
        present = eventstore.files_in_folder(source)
        fresh = [one for one in present if source.seen.get(one["name"]) != [one["size"], one["modified"]]]
        if not fresh:
            continue
        with recording(principal, "monitoring.watch_folder", now=now, organization_id=source.organization_id) as entry:
            made = Ingestion(
                organization_id=source.organization_id, source=source, way="folder", files=fresh[:MOST_FILES], at=now
            )
            _queue(principal, made, now=now)
            taken = {one["name"]: [one["size"], one["modified"]] for one in fresh[:MOST_FILES]}
            names = {one["name"] for one in present}
            seen = {name: value for name, value in source.seen.items() if name in names} | taken
            LogSource.objects.filter(pk=source.pk).update(seen=seen)
            entry.about(made.pk, source.pk)
            entry.fact(files=len(taken))
        count += 1
    return count


def _settle_stopped(principal: Principal, *, now: datetime) -> None:
    """Readings whose job was stopped before it began, or gave up: they wait no more, and neither do their files."""
    ended = {"cancelled": IngestionState.CANCELLED, "failed": IngestionState.FAILED}
    rows = Ingestion.objects.filter(state=IngestionState.WAITING, job__state__in=list(ended)).select_related("job")
    for row in rows:
        assert row.job is not None
        with recording(principal, "monitoring.logs_read", now=now, organization_id=row.organization_id) as entry:
            state = ended[row.job.state]
            Ingestion.objects.filter(pk=row.pk).update(state=state, finished_at=now, error=row.job.error)
            entry.about(row.pk, row.source_id)
            entry.fact(state=state.value)
        eventstore.forget_waiting(row.organization_id, row.pk)


def apply_retention(principal: Principal, *, now: datetime) -> int:
    """Events older than their source's retention leave the store; returns how many. By the installation itself, daily."""
    if not principal.is_system:
        raise NotFound("access.not_found")
    total = 0
    for source in LogSource.objects.order_by("pk"):
        gone = eventstore.retain(source, now=now)
        if not gone:
            continue
        with recording(principal, "monitoring.retain", now=now, organization_id=source.organization_id) as entry:
            first, _last = eventstore.period_of(eventstore.store_of(source.organization_id, source.pk))
            LogSource.objects.filter(pk=source.pk).update(events=eventstore.count(source), first_event_at=first)
            entry.about(source.pk)
            entry.fact(events=gone, days=source.retention_days)
        total += gone
    return total
