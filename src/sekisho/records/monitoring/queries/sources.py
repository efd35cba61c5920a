"""Sources and their ingestions, and which of them are silent."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db.models import Q

from sekisho.records.monitoring.models import Ingestion, LogSource
from sekisho.records.monitoring.rules.planning import Silence, silence
from sekisho.records.organization.queries import visible_to, within
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["ingestion", "ingestions", "listed", "silence_of", "silent", "source", "source_of_machine", "sources"]

_READ = "monitoring.read"


def sources(principal: Principal) -> QuerySet[LogSource]:
    """The sources that the principal may know of."""
    rows = LogSource.objects.select_related("organization", "subject", "owner")
    return visible_to(rows, principal, action=_READ)


def source(principal: Principal, source_id: uuid.UUID) -> LogSource:
    """One source. Raises NotFound."""
    return the_row(sources(principal).filter(pk=source_id))


def listed(
    principal: Principal, organization: Organization, *, state: str = "", kind: str = "", text: str = ""
) -> QuerySet[LogSource]:
    """The sources of an organisation and those below it. ``state``: empty (in use), retired, all."""
    rows = sources(principal).filter(organization__in=within(organization.pk))
    if state != "all":
        rows = rows.filter(retired_at__isnull=state != "retired")
    if kind:
        rows = rows.filter(kind=kind)
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(note__icontains=text) | Q(subject__name__icontains=text))
    return rows.order_by("name", "pk")


def silence_of(row: LogSource, *, now: datetime) -> Silence | None:
    """Whether a source in use is silent, and since when."""
    if row.retired_at is not None:
        return None
    return silence(last=row.last_event_at, since=row.created_at, rhythm_hours=row.rhythm_hours, now=now)


def silent(rows: QuerySet[LogSource], *, now: datetime) -> list[tuple[LogSource, Silence]]:
    """Those of the sources that are silent."""
    found = ((row, silence_of(row, now=now)) for row in rows)
    return [(row, quiet) for row, quiet in found if quiet]


def source_of_machine(subject_id: uuid.UUID, source_id: uuid.UUID) -> LogSource:
    """A source to which the machines of a subject may send: one about that very subject. Raises NotFound."""
    return the_row(LogSource.objects.select_related("organization").filter(pk=source_id, subject_id=subject_id))


def ingestions(principal: Principal, *, source: LogSource | None = None) -> QuerySet[Ingestion]:
    """What was read, newest first."""
    rows = visible_to(Ingestion.objects.select_related("source", "person", "machine", "job"), principal, action=_READ)
    if source is not None:
        rows = rows.filter(source=source)
    return rows.order_by("-at", "pk")


def ingestion(principal: Principal, ingestion_id: uuid.UUID) -> Ingestion:
    """One reading. Raises NotFound."""
    return the_row(ingestions(principal).filter(pk=ingestion_id))
