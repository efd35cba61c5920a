"""Rules by which stores are scanned, scans, and what becomes of what they found."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from sekisho.errors import Conflict, InputError, SekishoError, Unavailable
from sekisho.records.jobs import actions as jobs
from sekisho.records.ledger.actions import recording
from sekisho.records.lifecycle import secrets_of
from sekisho.records.lifecycle.actions.common import NAME, check_owner, fresh, next_number
from sekisho.records.lifecycle.actions.refreshing import compute_into, refresh_later
from sekisho.records.lifecycle.actions.retention_entries import PREFIX
from sekisho.records.lifecycle.models import (
    DataStore,
    FoundEntry,
    FoundState,
    Place,
    PlaceKind,
    RetentionEntry,
    ScanRule,
    StoreKind,
    StoreScan,
)
from sekisho.records.lifecycle.queries import retention as queries
from sekisho.records.lifecycle.rules.checking import checked_choice, checked_day, checked_text
from sekisho.records.lifecycle.rules.scanning import DATE_SOURCES, GROUPS, fingerprint, pattern_of

if TYPE_CHECKING:
    from sekisho.records.jobs.registry import JobContext
    from sekisho.records.lifecycle.bound.scanning import Met
    from sekisho.records.organization.principals import Principal

__all__ = [
    "SCAN",
    "ScanRuleFacts",
    "accept_found",
    "begin_scan",
    "dismiss_found",
    "end_scan_rule",
    "make_scan_rule",
    "run_scan",
]

SCAN: Final = "lifecycle.scan"
_MOST_FOUND: Final = 20_000
_BATCH: Final = 500
_PLACE_OF: Final = {"folder": PlaceKind.FOLDER, "bucket": PlaceKind.OBJECTS, "database": PlaceKind.ROWS}


@dataclass(frozen=True, slots=True)
class ScanRuleFacts:
    """What lies where: see ``models.ScanRule``."""

    name: str
    pattern: str
    group: str
    kinds: Sequence[str] = field(default_factory=tuple)
    event: str = ""
    date_source: str = "none"
    column: str = ""
    fixed_on: date | None = None
    personal: bool = False
    my_number: bool = False
    sensitive: bool = False
    public_record: bool = True
    owner_role: str = ""


def make_scan_rule(principal: Principal, store: DataStore, *, facts: ScanRuleFacts, now: datetime) -> ScanRule:
    """Say what lies at a pattern of a store. Raises InputError for its facts, Conflict ``lifecycle.name_twice``."""
    principal.require("lifecycle.scan", store.organization_id)
    values = _checked(store, facts, now)
    with recording(principal, "lifecycle.make_scan_rule", now=now, organization_id=store.organization_id) as entry:
        found = fresh(DataStore.objects.all(), store.pk, None)
        if found.retired_at is not None:
            raise Conflict("lifecycle.store_retired", store=found.name)
        made = ScanRule(organization_id=store.organization_id, store=found, created_at=now, **values)
        try:
            with transaction.atomic():
                made.save()
        except IntegrityError as error:
            raise Conflict("lifecycle.name_twice", name="name", value=made.name) from error
        entry.about(store.pk, made.pk)
        entry.fact(kinds=made.kinds, date_source=made.date_source)
        entry.words(name=made.name, pattern=made.pattern)
    return made


def _checked(store: DataStore, facts: ScanRuleFacts, now: datetime) -> dict[str, Any]:
    book = queries.book_of(store.organization_id)
    kinds = list(dict.fromkeys(facts.kinds))
    for kind in kinds:
        checked_choice(kind, name="kinds", known=book.rules.kinds)
    database = store.kind == StoreKind.DATABASE
    group = checked_choice(facts.group, name="group", known=GROUPS[2:] if database else GROUPS[:2])
    source = checked_choice(facts.date_source, name="date_source", known=DATE_SOURCES)
    if source != "none":
        checked_choice(facts.event, name="event", known=book.rules.events)
    pattern = checked_text(facts.pattern, name="pattern", limit=300, needed=True)
    column = checked_text(facts.column, name="column", limit=100, needed=database)
    if database:
        from sekisho.records.lifecycle.rules.addresses import checked_locator  # noqa: PLC0415 - only here

        checked_locator("rows", {"table": pattern, "column": column, "until": "2000-01-01"})
    else:
        pattern_of(pattern)
    wrong = (source == "path" and (database or "{" not in pattern)) or (source == "column" and not database)
    if wrong or (source == "modified" and database):
        raise InputError("lifecycle.date_source_unfit", name="date_source")
    if source == "fixed" and facts.fixed_on is None:
        raise InputError("lifecycle.missing", name="fixed_on")
    check_owner(store.organization_id, None, facts.owner_role, now=now)
    return {
        "name": checked_text(facts.name, name="name", limit=NAME, needed=True),
        "pattern": pattern,
        "group": group,
        "kinds": kinds,
        "event": facts.event if source != "none" else "",
        "date_source": source,
        "column": column if database else "",
        "fixed_on": checked_day(facts.fixed_on, name="fixed_on") if source == "fixed" and facts.fixed_on else None,
        "personal": facts.personal or facts.my_number or facts.sensitive,
        "my_number": facts.my_number,
        "sensitive": facts.sensitive,
        "public_record": facts.public_record,
        "owner_role": facts.owner_role,
    }


def end_scan_rule(principal: Principal, rule: ScanRule, *, version: int, now: datetime) -> None:
    """The rule is used no more; what it found stays in the ledger. Raises Conflict."""
    principal.require("lifecycle.scan", rule.organization_id)
    with recording(principal, "lifecycle.end_scan_rule", now=now, organization_id=rule.organization_id) as entry:
        row = fresh(ScanRule.objects.all(), rule.pk, version)
        if row.ended_at is not None:
            raise Conflict("lifecycle.scan_rule_ended")
        row.ended_at, row.version = now, row.version + 1
        row.save(update_fields=["ended_at", "version"])
        FoundEntry.objects.filter(rule=row, state=FoundState.NEW).update(state=FoundState.DISMISSED, decided_at=now)
        entry.about(row.pk)


def begin_scan(principal: Principal, store: DataStore, *, now: datetime) -> StoreScan:
    """Have a job look through a store by its rules. Raises Conflict ``lifecycle.scan_running``, InputError without rules."""
    principal.require("lifecycle.scan", store.organization_id)
    with recording(principal, "lifecycle.begin_scan", now=now, organization_id=store.organization_id) as entry:
        found = fresh(DataStore.objects.all(), store.pk, None)
        if found.retired_at is not None:
            raise Conflict("lifecycle.store_retired", store=found.name)
        if not found.scan_rules.filter(ended_at=None).exists():
            raise InputError("lifecycle.no_scan_rules")
        if found.scans.filter(state="waiting").exists():
            raise Conflict("lifecycle.scan_running")
        made = StoreScan.objects.create(organization_id=store.organization_id, store=found, person_id=principal.person_id, at=now)
        made.job = jobs.enqueue(principal, SCAN, now=now, payload={"scan": str(made.pk)}, organization_id=store.organization_id)
        made.save(update_fields=["job"])
        entry.about(store.pk, made.pk)
    return made


def run_scan(context: JobContext) -> dict[str, Any]:
    """The job. What it finds is proposed; what the ledger knows already, or what was dismissed, is not proposed again."""
    from sekisho.records.lifecycle.bound.scanning import look_through  # noqa: PLC0415 - an extra

    now = context.now
    scan = StoreScan.objects.select_related("store").get(pk=context.payload["scan"])
    if scan.state != "waiting":
        return dict(scan.report)
    store = scan.store
    rules = list(store.scan_rules.filter(ended_at=None).order_by("created_at", "pk"))
    try:
        found, seen = look_through(
            store,
            rules,
            secret=secrets_of.read(settings.CONFIG.keys, store.pk),
            zone=timezone.get_current_timezone(),
            tell=context.progress,
        )
        if len(found) > _MOST_FOUND:
            raise InputError("lifecycle.scan_too_many_found", count=len(found), limit=_MOST_FOUND)
    except Unavailable:
        raise
    except SekishoError as error:
        StoreScan.objects.filter(pk=scan.pk).update(state="failed", error=error.as_dict(), finished_at=context.now)
        raise
    with recording(context.principal, "lifecycle.scan", now=now, organization_id=store.organization_id) as entry:
        proposed = _propose(scan, found)
        report = {
            "seen": seen.seen, "matched": seen.matched, "unmatched": seen.unmatched, "places": len(found),
            "proposed": proposed, "known": len(found) - proposed, "problems": seen.problems,
        }  # fmt: skip
        StoreScan.objects.filter(pk=scan.pk).update(state="done", report=report, error=None, finished_at=context.now)
        entry.about(store.pk, scan.pk)
        entry.fact(seen=seen.seen, places=len(found), proposed=proposed)
    return {name: value for name, value in report.items() if name != "problems"}


def _propose(scan: StoreScan, found: Sequence[Met]) -> int:
    marks = {fingerprint(scan.store_id, one.rule.pk, one.locator): one for one in found}
    names = list(marks)
    known: set[str] = set()
    for start in range(0, len(names), _BATCH):
        rows = FoundEntry.objects.filter(organization_id=scan.organization_id, fingerprint__in=names[start : start + _BATCH])
        known.update(rows.values_list("fingerprint", flat=True))
    new = [
        FoundEntry(
            organization_id=scan.organization_id, scan=scan, rule=one.rule, fingerprint=mark, label=one.label[:300],
            locator=one.locator, day=one.day, count=one.count, size=one.size,
        )
        for mark, one in marks.items()
        if mark not in known
    ]  # fmt: skip
    FoundEntry.objects.bulk_create(new, batch_size=_BATCH)
    return len(new)


def _chosen(principal: Principal, store: DataStore, ids: Sequence[uuid.UUID]) -> list[FoundEntry]:
    principal.require("lifecycle.scan", store.organization_id)
    wanted = list(dict.fromkeys(ids))
    rows = (
        FoundEntry.objects.select_for_update(of=("self",)).select_related("rule").filter(rule__store=store, state=FoundState.NEW)
    )
    found = [row for start in range(0, len(wanted), _BATCH) for row in rows.filter(pk__in=wanted[start : start + _BATCH])]
    if not found or len(found) != len(wanted):
        raise Conflict("lifecycle.found_decided")
    return found


def accept_found(
    principal: Principal, store: DataStore, *, found_ids: Sequence[uuid.UUID], now: datetime
) -> list[RetentionEntry]:
    """Enter what a scan proposes into the ledger, each with its place. Raises Conflict ``lifecycle.found_decided``."""
    principal.require("lifecycle.scan", store.organization_id)
    book = queries.book_of(store.organization_id)
    with recording(principal, "lifecycle.accept_found", now=now, organization_id=store.organization_id) as entry:
        rows = _chosen(principal, store, found_ids)
        first = next_number(RetentionEntry.objects.filter(organization_id=store.organization_id), prefix=PREFIX)
        start = int(first.removeprefix(PREFIX))
        made, places = [], []
        for number, row in enumerate(rows, start):
            rule = row.rule
            one = RetentionEntry(
                organization_id=store.organization_id,
                subject_id=store.subject_id,
                number=f"{PREFIX}{number:05d}",
                name=f"{rule.name}：{row.label}"[:NAME],
                kinds=rule.kinds,
                events={rule.event: row.day.isoformat()} if rule.event and row.day else {},
                personal=rule.personal,
                my_number=rule.my_number,
                sensitive=rule.sensitive,
                public_record=rule.public_record,
                owner_role=rule.owner_role,
                found_by=rule,
                created_at=now,
            )
            compute_into(one, book, now=now)
            made.append(one)
            places.append(Place(entry=one, kind=_PLACE_OF[store.kind], store=store, locator=row.locator, label=row.label))
            row.state, row.entry, row.decided_at, row.decided_by_id = FoundState.ACCEPTED, one, now, principal.person_id
        RetentionEntry.objects.bulk_create(made, batch_size=_BATCH)
        Place.objects.bulk_create(places, batch_size=_BATCH)
        FoundEntry.objects.bulk_update(rows, ("state", "entry", "decided_at", "decided_by"), batch_size=_BATCH)
        entry.about(store.pk, *(one.pk for one in made))
        entry.fact(accepted=len(made))
        refresh_later(store.organization_id, now=now)
    return made


def dismiss_found(principal: Principal, store: DataStore, *, found_ids: Sequence[uuid.UUID], now: datetime) -> int:
    """Not for the ledger; it is not proposed again. Raises Conflict ``lifecycle.found_decided``."""
    with recording(principal, "lifecycle.dismiss_found", now=now, organization_id=store.organization_id) as entry:
        rows = _chosen(principal, store, found_ids)
        ids = [row.pk for row in rows]
        for start in range(0, len(ids), _BATCH):
            FoundEntry.objects.filter(pk__in=ids[start : start + _BATCH]).update(
                state=FoundState.DISMISSED, decided_at=now, decided_by_id=principal.person_id
            )
        entry.about(store.pk)
        entry.fact(dismissed=len(ids))
    return len(ids)
