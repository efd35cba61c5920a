"""Investigations: every search is a step of a trail; a finished trail is evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import rfc8785
from django.db.models import Max

from sekisho.errors import Conflict, InputError
from sekisho.records.evidence import actions as evidence
from sekisho.records.ledger.actions import recording
from sekisho.records.monitoring import searchstore
from sekisho.records.monitoring.models import Alert, Trail, TrailStep
from sekisho.records.monitoring.queries.searches import searchable, steps_of
from sekisho.records.monitoring.rules.checking import checked_text
from sekisho.records.monitoring.rules.searching import Query
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["Searched", "close_trail", "note_step", "open_trail", "search"]

_TITLE: Final = 200
_NOTE: Final = 4000
_CONCLUSION: Final = 20_000
MOST_STEPS: Final = 1000


@dataclass(frozen=True, slots=True)
class Searched:
    """A search with what it found, and the step that it is in its trail (None outside a trail)."""

    found: searchstore.Found
    step: TrailStep | None


def open_trail(
    principal: Principal, *, organization: Organization, title: str, now: datetime, alert: Alert | None = None
) -> Trail:
    """Begin an investigation."""
    principal.require("monitoring.triage", organization.pk)
    title = checked_text(title, name="title", limit=_TITLE, needed=True)
    with recording(principal, "monitoring.open_trail", now=now, organization_id=organization.pk) as entry:
        made = Trail.objects.create(
            organization=organization, title=title, alert=alert, person_id=principal.person_id, opened_at=now
        )
        entry.about(made.pk, *([alert.pk] if alert else []))
        entry.words(title=title)
    return made


def search(
    principal: Principal,
    *,
    organization: Organization,
    query: Query,
    trail: Trail | None,
    now: datetime,
    offset: int = 0,
    limit: int = 50,
) -> Searched:
    """Search the logs of an organisation and those below, as far as the principal may. In an open ``trail`` it is a step of it.

    The same search again (a page further, a reload) is not another step. Every search is on the ledger. Raises InputError
    ``monitoring.unknown_source``, Unavailable when the store cannot be read.
    """
    principal.require("monitoring.search", organization.pk)
    sources = {str(row.pk): row for row in searchable(principal, organization)}
    if unknown := [key for key in query.sources if key not in sources]:
        raise InputError("monitoring.unknown_source", name="source", value=unknown[0][:40])
    wanted = [sources[key] for key in query.sources] or list(sources.values())
    found = searchstore.search_events(wanted, query, offset=offset, limit=limit)
    step = _record(principal, organization, query, found, trail, now=now)
    return Searched(found, step)


def _record(
    principal: Principal,
    organization: Organization,
    query: Query,
    found: searchstore.Found,
    trail: Trail | None,
    *,
    now: datetime,
) -> TrailStep | None:
    plain = query.as_dict()
    if trail is not None and (trail.closed_at is not None or not principal.may("monitoring.triage", trail.organization_id)):
        trail = None  # a closed trail, or a reader (an auditor): recorded all the same, but no step of it
    if trail is not None:
        same = TrailStep.objects.filter(trail=trail, query=plain).order_by("-position").first()
        if same is not None:
            return same
    step = None
    with recording(principal, "monitoring.search", now=now, organization_id=organization.pk) as entry:
        if trail is not None:
            Trail.objects.select_for_update().get(pk=trail.pk)
            last = TrailStep.objects.filter(trail=trail).aggregate(last=Max("position"))["last"] or 0
            if last >= MOST_STEPS:
                raise Conflict("monitoring.trail_full", limit=MOST_STEPS)
            step = TrailStep.objects.create(
                trail=trail,
                position=last + 1,
                query=plain,
                found=found.total,
                first_at=found.first_at,
                last_at=found.last_at,
                person_id=principal.person_id,
                at=now,
            )
            entry.about(trail.pk)
        entry.fact(found=found.total, since=plain["since"], until=plain["until"])
        entry.words(query=plain)
    return step


def note_step(principal: Principal, step: TrailStep, *, note: str, now: datetime) -> None:
    """Write beside a search what it showed."""
    principal.require("monitoring.triage", step.trail.organization_id)
    note = checked_text(note, name="note", limit=_NOTE)
    with recording(principal, "monitoring.note_step", now=now, organization_id=step.trail.organization_id) as entry:
        if not TrailStep.objects.filter(pk=step.pk, trail__closed_at=None).update(note=note):
            raise Conflict("monitoring.trail_closed")
        entry.about(step.trail_id)
        entry.words(note=note)


def close_trail(principal: Principal, trail: Trail, *, conclusion: str, now: datetime) -> Trail:
    """End an investigation: its searches, what they found and the conclusion become evidence, whole and unchangeable.

    The evidence is about the subject of the organisation. Raises Conflict for one that is closed or has no search.
    """
    principal.require("monitoring.triage", trail.organization_id)
    conclusion = checked_text(conclusion, name="conclusion", limit=_CONCLUSION, needed=True)
    subject = subject_queries.organization_subject(trail.organization_id)
    if subject is None:
        raise Conflict("monitoring.no_subject")
    with recording(principal, "monitoring.close_trail", now=now, organization_id=trail.organization_id) as entry:
        row = Trail.objects.select_for_update(of=("self",)).select_related("person").get(pk=trail.pk)
        if row.closed_at is not None:
            raise Conflict("monitoring.trail_closed")
        steps = list(steps_of(row))
        if not steps:
            raise Conflict("monitoring.trail_empty")
        content = rfc8785.dumps(_written(row, steps, conclusion, now))
        row.evidence = evidence.add_document(
            principal,
            subject=subject,
            title=row.title,
            document_kind="log_search_trail",
            file_name=f"trail-{row.pk}.json",
            chunks=(content,),
            note=conclusion[:2000],
            now=now,
        )
        row.conclusion, row.closed_at = conclusion, now
        row.save(update_fields=["evidence", "conclusion", "closed_at"])
        entry.about(row.pk, row.evidence.pk)
        entry.words(conclusion=conclusion)
    return row


def _written(row: Trail, steps: list[TrailStep], conclusion: str, now: datetime) -> dict[str, Any]:
    return {
        "schema": "sekisho.search_trail/1",
        "trail": str(row.pk),
        "title": row.title,
        "opened_at": row.opened_at.isoformat(),
        "closed_at": now.isoformat(),
        "conclusion": conclusion,
        "alert": str(row.alert_id or ""),
        "steps": [
            {
                "position": step.position,
                "at": step.at.isoformat(),
                "person": str(step.person_id or ""),
                "query": step.query,
                "found": step.found,
                "first_at": step.first_at.isoformat() if step.first_at else None,
                "last_at": step.last_at.isoformat() if step.last_at else None,
                "note": step.note,
            }
            for step in steps
        ],
    }
