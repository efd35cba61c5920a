"""Searching the logs for indicators: backwards over a period, and forwards over what just arrived."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from sekisho.errors import InputError, SekishoError
from sekisho.records.intelligence import bound
from sekisho.records.intelligence.actions import proving, relevance, sightings
from sekisho.records.intelligence.actions.steps import step
from sekisho.records.intelligence.models import Ioc, IocSearch, Notice, SearchState
from sekisho.records.intelligence.queries.indicators import iocs, of_notice, searchable
from sekisho.records.intelligence.queries.notices import notice as visible_notice
from sekisho.records.intelligence.rules.searching import checked_period
from sekisho.records.jobs import actions as jobs
from sekisho.records.jobs.registry import JobCancelled
from sekisho.records.ledger.actions import recording
from sekisho.records.monitoring.queries import sources as log_sources
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.principals import SYSTEM

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.intelligence.bound.logs import Searched
    from sekisho.records.jobs.registry import JobContext
    from sekisho.records.monitoring.models import LogSource
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["begin_search", "run_search", "search_arrived"]

JOB: Final = "intelligence.search"


def sources_of(organization_id: uuid.UUID) -> list[LogSource]:
    """The sources of logs of an organisation and those below it, retired ones too: their events are still there."""
    here = organization_queries.organizations(SYSTEM).get(pk=organization_id)
    return list(log_sources.listed(SYSTEM, here, state="all"))


def begin_search(
    principal: Principal,
    organization: Organization,
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    notice: Notice | None = None,
) -> IocSearch:
    """Have a job look for the indicators of a notice, or for all that are in force.

    Raises InputError for a period that is none, or when there is nothing to search for.
    """
    principal.require("intelligence.search", organization.pk)
    start, end = checked_period(since, until, now=now)
    rows = of_notice(principal, notice) if notice else searchable(organization.pk, now=now)
    if not rows.exists():
        raise InputError("intelligence.nothing_to_search")
    with recording(principal, "intelligence.begin_search", now=now, organization_id=organization.pk) as entry:
        made = IocSearch(
            organization=organization,
            notice=notice,
            way="backwards",
            since=start,
            until=end,
            person_id=principal.person_id,
            at=now,
        )
        _queue(principal, made, now=now)
        entry.about(made.pk, *([notice.pk] if notice else []))
        entry.fact(since=start.isoformat(), until=end.isoformat())
    return made


def _queue(principal: Principal, made: IocSearch, *, now: datetime, payload: Mapping[str, Any] | None = None) -> None:
    made.save(force_insert=True)
    made.job = jobs.enqueue(
        principal,
        JOB,
        payload={"search": str(made.pk), **(payload or {})},
        organization_id=made.organization_id,
        unique_key=f"{JOB}:{made.pk}",
        now=now,
    )
    made.save(update_fields=["job"])


def search_arrived(
    organization_id: uuid.UUID, *, files: Sequence[str], since: datetime, until: datetime, now: datetime
) -> IocSearch | None:
    """Look for all indicators in force in what was just read (the files' SHA-256, the period of their events).

    By the installation. None when there is nothing to look for.
    """
    found = None
    for place in _above(organization_id):
        if not searchable(place, now=now).exists():
            continue
        made = IocSearch(organization_id=place, way="arrival", since=since, until=until, at=now)
        with recording(SYSTEM, "intelligence.begin_search", now=now, organization_id=place) as entry:
            _queue(SYSTEM, made, now=now, payload={"files": sorted(set(files))} if files else None)
            entry.about(made.pk)
            entry.fact(arrival=True, files=len(set(files)))
        found = made
    return found


def _above(organization_id: uuid.UUID) -> list[uuid.UUID]:
    """The organisation and those above it whose people see its logs."""
    every = [one.pk for one in organization_queries.ancestors(organization_id)]
    return [one for one in every if organization_queries.reaches(roots=[one], organization_id=organization_id)]


def run_search(context: JobContext) -> dict[str, Any]:
    """The job. Safe to repeat: what an earlier attempt saw is written over. Its result has figures only: many may read it."""
    row = IocSearch.objects.select_related("organization", "notice").get(pk=context.payload["search"])
    if row.state != SearchState.RUNNING:
        return {}
    files = frozenset(context.payload["files"]) if "files" in context.payload else None
    rows = _wanted(context.principal, row, now=context.now)
    try:
        found = bound.load("logs").search(
            sources_of(row.organization_id),
            bound.load("values").as_indicators(rows),
            since=row.since,
            until=row.until,
            progress=context.progress,
            files=files,
        )
    except JobCancelled:
        _close(context, row, state=SearchState.CANCELLED, finished_at=context.now)
        raise
    except SekishoError as error:
        _close(context, row, state=SearchState.FAILED, finished_at=context.now, error={"code": error.code, "fields": {}})
        raise
    return _finish(context, row, rows, found)


def _wanted(principal: Principal, row: IocSearch, *, now: datetime) -> list[Ioc]:
    if row.notice is None:
        return list(searchable(row.organization_id, now=now))
    if not principal.is_system:
        visible_notice(principal, row.notice.pk)  # the right to see it may have ended since
    return list(iocs(SYSTEM).filter(origins__notice=row.notice, removed_at=None).order_by("pk"))


def _close(context: JobContext, row: IocSearch, **values: Any) -> None:
    with recording(context.principal, "intelligence.end_search", now=context.now, organization_id=row.organization_id) as entry:
        IocSearch.objects.filter(pk=row.pk).update(**values)
        entry.about(row.pk)
        entry.fact(state=str(values["state"]))


def _finish(context: JobContext, row: IocSearch, rows: list[Ioc], found: Searched) -> dict[str, Any]:
    now = context.now
    report = found.report
    with recording(context.principal, "intelligence.end_search", now=now, organization_id=row.organization_id) as entry:
        IocSearch.objects.filter(pk=row.pk).update(
            state=SearchState.DONE, finished_at=now, iocs=len(rows), report=report.as_dict(), error=None
        )
        row.refresh_from_db()
        made = sightings.write(row, rows, found.seen, now=now)
        if report.conclusive:
            Ioc.objects.filter(pk__in=[one.pk for one in rows]).update(searched_until=row.until)
        for notice in Notice.objects.filter(origins__ioc__in=[one.ioc_id for one in made]).distinct():
            relevance.compute(notice, now=now)  # what is in one's own logs concerns one
        proven = proving.by_denials(context.principal, row, made, now=now)
        if row.notice is not None and report.conclusive:
            _searched(context.principal, row.notice, row, seen=len(made), now=now)
        entry.about(row.pk)
        entry.fact(state=SearchState.DONE.value, rows=report.rows, indicators=len(rows), seen=len(made), proven=proven)
    return {"rows": report.rows, "indicators": len(rows), "seen": len(made)}


def _searched(principal: Principal, notice: Notice, row: IocSearch, *, seen: int, now: datetime) -> None:
    """The notice was searched for: counted once, when the search looked at records that could hold an indicator."""
    Notice.objects.filter(pk=notice.pk, searched_at=None).update(searched_at=now)
    step(notice, "searched", principal, now=now, since=row.since.isoformat(), until=row.until.isoformat(), seen=seen)
