"""Fetching a TAXII server's new objects: by a job, up to where the last one came; the rest goes the way of every notice."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from sekisho.errors import Conflict, SekishoError
from sekisho.records.intelligence import bound, hooks, secrets_of
from sekisho.records.intelligence.actions.intake import Taking, register
from sekisho.records.intelligence.actions.sources import note_look
from sekisho.records.intelligence.models import IntelSource, SourceKind
from sekisho.records.intelligence.queries.indicators import own_of
from sekisho.records.jobs import actions as jobs
from sekisho.records.jobs.registry import JobCancelled
from sekisho.records.ledger.actions import recording
from sekisho.records.organization.principals import SYSTEM

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.intelligence.bound.taxii import Fetched
    from sekisho.records.jobs.models import Job
    from sekisho.records.jobs.registry import JobContext
    from sekisho.records.organization.principals import Principal

__all__ = ["poll", "poll_due", "run_poll"]

JOB: Final = "intelligence.poll"


def poll(principal: Principal, source: IntelSource, *, now: datetime) -> Job:
    """Have a job fetch what is new. Raises Conflict for a source that is no TAXII server, or retired."""
    principal.require("intelligence.take_in", source.organization_id)
    if source.kind != SourceKind.TAXII or source.retired_at is not None:
        raise Conflict("intelligence.not_fetched", source=source.name)
    return jobs.enqueue(
        principal,
        JOB,
        payload={"source": str(source.pk)},
        organization_id=source.organization_id,
        unique_key=f"{JOB}:{source.pk}",
        now=now,
    )


def poll_due(principal: Principal, *, now: datetime) -> int:
    """Have all TAXII servers fetched whose rhythm says so; returns how many. By the installation."""
    principal.require("installation.manage", None)
    rows = IntelSource.objects.filter(kind=SourceKind.TAXII, retired_at=None)
    due = [row for row in rows if _is_due(row, now)]
    for row in due:
        poll(SYSTEM, row, now=now)
    return len(due)


def _is_due(row: IntelSource, now: datetime) -> bool:
    return row.last_looked_at is None or row.last_looked_at + timedelta(days=row.rhythm_days) <= now


def run_poll(context: JobContext) -> dict[str, Any]:
    """The job. What went wrong stands at the source, without what the server said of secrets. Its result has figures only."""
    source = IntelSource.objects.select_related("organization").get(pk=context.payload["source"])
    if source.retired_at is not None:
        return {}
    try:
        found: Fetched = bound.load("taxii").fetch(
            address=source.address,
            collection=source.collection,
            after=source.cursor,
            access=_access(source),
            tell=lambda count: context.progress(count, 0),
            name=source.name,
            own_names=own_of(source.organization_id),
        )
    except JobCancelled:
        raise
    except SekishoError as error:
        _failed(context, source, error)
        raise
    return _take(context, source, found)


def _access(source: IntelSource) -> hooks.Access | None:
    secret = secrets_of.read(settings.CONFIG.keys, source.pk)
    return hooks.Access(source.login, secret) if secret else None


def _plain(error: SekishoError) -> dict[str, Any]:
    fields = {name: value if isinstance(value, str | int | float | bool) else str(value) for name, value in error.fields.items()}
    return {"code": error.code, "fields": fields}


def _failed(context: JobContext, source: IntelSource, error: SekishoError) -> None:
    with recording(
        context.principal, "intelligence.poll_failed", now=context.now, organization_id=source.organization_id
    ) as entry:
        IntelSource.objects.filter(pk=source.pk).update(last_error=_plain(error))
        entry.about(source.pk)
        entry.fact(code=error.code)


def _take(context: JobContext, source: IntelSource, found: Fetched) -> dict[str, Any]:
    now = context.now
    with recording(context.principal, "intelligence.polled", now=now, organization_id=source.organization_id) as entry:
        made = 0
        if found.material is not None:
            done = register(
                context.principal,
                source.organization,
                materials=[found.material],
                untrusted=found.raw,
                name="taxii.json",
                taking=Taking(source=source),
                now=now,
            )
            made = sum(not one.joined for one in done)
        else:
            note_look(context.principal, source, now=now)
        error = {"code": found.problems[0].code, "fields": {}} if found.problems else None
        IntelSource.objects.filter(pk=source.pk).update(cursor={**source.cursor, **found.after}, last_error=error)
        entry.about(source.pk)
        entry.fact(objects=found.objects, notices=made, problems=len(found.problems))
    return {"objects": found.objects, "notices": made, "problems": len(found.problems)}
