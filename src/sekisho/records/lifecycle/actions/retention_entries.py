"""Entries of the retention ledger: registered, changed, their copies named."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import IntegrityError, transaction

from sekisho.errors import Conflict, InputError
from sekisho.records.ledger.actions import recording
from sekisho.records.lifecycle.actions.common import NAME, TEXT, check_owner, checked_subject, fresh, next_number
from sekisho.records.lifecycle.actions.refreshing import compute_into, refresh_later
from sekisho.records.lifecycle.models import DataStore, EntryState, Place, PlaceKind, RetentionEntry, RetentionSetting
from sekisho.records.lifecycle.queries import retention as queries
from sekisho.records.lifecycle.rules.addresses import checked_locator
from sekisho.records.lifecycle.rules.checking import checked_choice, checked_day, checked_number, checked_text
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    from sekisho.records.lifecycle.queries.retention import Book
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = [
    "EntryFacts",
    "PlaceFacts",
    "add_place",
    "drop_place",
    "edit_entry",
    "register_entry",
    "set_retention_settings",
]

_NUMBER: Final = 64
_LABEL: Final = 300
_MOST_KINDS: Final = 20
_MOST_PLACES: Final = 200
_STORE_KINDS: Final = {"folder": "folder", "key": "folder", "objects": "bucket", "rows": "database"}
PREFIX: Final = "R-"


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """What is said of an entry. ``number`` empty: the next one; ``events``: type of event → day; ``answers``: question → yes."""

    name: str
    number: str = ""
    description: str = ""
    subject_id: uuid.UUID | None = None
    kinds: Sequence[str] = field(default_factory=tuple)
    events: Mapping[str, date] = field(default_factory=dict)
    answers: Mapping[str, bool] = field(default_factory=dict)
    own_value: int | None = None
    own_unit: str = "year"
    personal: bool = False
    my_number: bool = False
    sensitive: bool = False
    public_record: bool = True
    classification_scheme: str = ""
    confidentiality: str = ""
    owner_id: uuid.UUID | None = None
    owner_role: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """One copy: of which kind, where (``label`` for people, ``locator`` for the machine), how much, at which supplier."""

    kind: str
    label: str
    store_id: uuid.UUID | None = None
    locator: Mapping[str, Any] = field(default_factory=dict)
    supplier_id: uuid.UUID | None = None
    quantity: str = ""


def checked_entry(
    principal: Principal, organization_id: uuid.UUID, facts: EntryFacts, book: Book, *, now: datetime
) -> dict[str, Any]:
    """The columns of an entry. Raises InputError ``lifecycle.*``, NotFound."""
    kinds = list(dict.fromkeys(facts.kinds))
    if len(kinds) > _MOST_KINDS:
        raise InputError("lifecycle.too_many", name="kinds", limit=_MOST_KINDS)
    for kind in kinds:
        if kind not in book.rules.kinds:
            raise InputError("lifecycle.unknown_kind", name="kinds", value=kind[:40])
    for name in facts.events:
        checked_choice(name, name="events", known=book.rules.events)
    for name in facts.answers:
        checked_choice(name, name="answers", known=book.rules.conditions)
    check_owner(organization_id, facts.owner_id, facts.owner_role, now=now)
    _check_class(facts)
    own_value = facts.own_value
    if own_value is not None:
        checked_number(own_value, name="own_value", least=1, most=1000)
    return {
        "number": checked_text(facts.number, name="number", limit=_NUMBER),
        "name": checked_text(facts.name, name="name", limit=NAME, needed=True),
        "description": checked_text(facts.description, name="description", limit=TEXT),
        "subject_id": checked_subject(principal, organization_id, facts.subject_id, name="subject"),
        "kinds": kinds,
        "events": {name: checked_day(day, name="events").isoformat() for name, day in sorted(facts.events.items())},
        "answers": {name: bool(yes) for name, yes in sorted(facts.answers.items())},
        "own_value": own_value,
        "own_unit": checked_choice(facts.own_unit, name="own_unit", known=("year", "month", "day")),
        "personal": facts.personal or facts.my_number or facts.sensitive,
        "my_number": facts.my_number,
        "sensitive": facts.sensitive,
        "public_record": facts.public_record,
        "classification_scheme": facts.classification_scheme,
        "confidentiality": facts.confidentiality,
        "owner_id": facts.owner_id,
        "owner_role": "" if facts.owner_id else facts.owner_role,
        "note": checked_text(facts.note, name="note", limit=TEXT),
    }


def _check_class(facts: EntryFacts) -> None:
    schemes = subject_queries.schemes()
    if facts.classification_scheme:
        checked_choice(facts.classification_scheme, name="classification_scheme", known=schemes)
    known = schemes.get(facts.classification_scheme, {}).get("confidentiality", frozenset())
    if facts.confidentiality:
        checked_choice(facts.confidentiality, name="confidentiality", known=known)


def save_entry(row: RetentionEntry, *, update_fields: list[str] | None = None) -> None:
    """Save one. Raises Conflict ``lifecycle.number_twice``."""
    try:
        with transaction.atomic():
            row.save(update_fields=update_fields)
    except IntegrityError as error:
        raise Conflict("lifecycle.number_twice", name="number", value=row.number) from error


def new_entry(organization_id: uuid.UUID, values: dict[str, Any], book: Book, *, now: datetime) -> RetentionEntry:
    """A row with its computed days, not yet saved. Without a number it gets the next one."""
    row = RetentionEntry(organization_id=organization_id, created_at=now, **values)
    if not row.number:
        row.number = next_number(RetentionEntry.objects.filter(organization_id=organization_id), prefix=PREFIX)
    compute_into(row, book, now=now)
    return row


def register_entry(
    principal: Principal, *, organization: Organization, facts: EntryFacts, places: Sequence[PlaceFacts] = (), now: datetime
) -> RetentionEntry:
    """Enter something that is kept, with its copies; its last day is computed at once.

    Raises InputError for its facts, Conflict ``lifecycle.number_twice``.
    """
    principal.require("lifecycle.edit", organization.pk)
    book = queries.book_of(organization.pk)
    values = checked_entry(principal, organization.pk, facts, book, now=now)
    copies = [_checked_place(principal, organization.pk, one) for one in places]
    with recording(principal, "lifecycle.register_entry", now=now, organization_id=organization.pk) as entry:
        row = new_entry(organization.pk, values, book, now=now)
        save_entry(row)
        Place.objects.bulk_create([Place(entry=row, **one) for one in copies])
        entry.about(row.pk)
        entry.fact(number=row.number, kinds=row.kinds, outcome=row.outcome, due_on=row.due_on.isoformat() if row.due_on else None)
        entry.words(name=row.name)
        refresh_later(organization.pk, now=now)
    return row


def edit_entry(principal: Principal, row: RetentionEntry, *, facts: EntryFacts, version: int, now: datetime) -> RetentionEntry:
    """Change what is said of an entry; its days are computed anew. A deletion that was approved needs a new approval then.

    Raises Conflict ``lifecycle.changed_meanwhile``, ``lifecycle.entry_gone``, ``lifecycle.number_twice``; InputError.
    """
    principal.require("lifecycle.edit", row.organization_id)
    book = queries.book_of(row.organization_id)
    values = checked_entry(principal, row.organization_id, facts, book, now=now)
    with recording(principal, "lifecycle.edit_entry", now=now, organization_id=row.organization_id) as entry:
        found = here(row, version)
        values["number"] = values["number"] or found.number
        changed = [name for name, value in values.items() if getattr(found, name) != value]
        for name in changed:
            setattr(found, name, values[name])
        found.version += 1
        compute_into(found, book, now=now)
        save_entry(found)
        entry.about(found.pk)
        entry.fact(changed=sorted(changed), due_on=found.due_on.isoformat() if found.due_on else None)
        entry.words(name=found.name)
        refresh_later(found.organization_id, now=now)
    return found


def here(row: RetentionEntry, version: int | None) -> RetentionEntry:
    """The entry locked, if it is still kept. Raises Conflict."""
    found = fresh(RetentionEntry.objects.all(), row.pk, version)
    if found.state not in {EntryState.HELD, EntryState.DELETING}:
        raise Conflict("lifecycle.entry_gone", number=found.number)
    return found


def _checked_place(principal: Principal, organization_id: uuid.UUID, facts: PlaceFacts) -> dict[str, Any]:
    kind = checked_choice(facts.kind, name="kind", known=PlaceKind.values)
    store = None
    if kind in _STORE_KINDS:
        if facts.store_id is None:
            raise InputError("lifecycle.store_missing", name="store")
        store = DataStore.objects.filter(pk=facts.store_id, organization_id=organization_id, retired_at=None).first()
        if store is None or store.kind != _STORE_KINDS[kind]:
            raise InputError("lifecycle.store_unfit", name="store")
    supplier = checked_subject(principal, organization_id, facts.supplier_id, name="supplier", kind="supplier")
    if kind == PlaceKind.SUPPLIER and supplier is None:
        raise InputError("lifecycle.supplier_missing", name="supplier")
    return {
        "kind": kind,
        "label": checked_text(facts.label, name="label", limit=_LABEL, needed=True),
        "store": store,
        "locator": checked_locator(kind, facts.locator),
        "supplier_id": supplier if kind == PlaceKind.SUPPLIER else None,
        "quantity": checked_text(facts.quantity, name="quantity", limit=100),
    }


def add_place(principal: Principal, row: RetentionEntry, *, facts: PlaceFacts, version: int, now: datetime) -> Place:
    """Name another copy. Raises InputError, Conflict ``lifecycle.changed_meanwhile``, ``lifecycle.entry_gone``."""
    principal.require("lifecycle.edit", row.organization_id)
    values = _checked_place(principal, row.organization_id, facts)
    with recording(principal, "lifecycle.add_place", now=now, organization_id=row.organization_id) as entry:
        found = here(row, version)
        if found.places.count() >= _MOST_PLACES:
            raise InputError("lifecycle.too_many", name="label", limit=_MOST_PLACES)
        made = Place.objects.create(entry=found, **values)
        _grown(found)
        entry.about(found.pk, made.pk)
        entry.fact(kind=made.kind)
        entry.words(label=made.label)
    return made


def drop_place(principal: Principal, place: Place, *, reason: str, version: int, now: datetime) -> None:
    """There is no such copy (a mistake of the ledger; what is deleted goes through a deletion). ``version``: of its entry.

    Raises Conflict ``lifecycle.place_in_deletion`` for a copy that a deletion names.
    """
    row = place.entry
    principal.require("lifecycle.edit", row.organization_id)
    reason = checked_text(reason, name="reason", limit=TEXT, needed=True)
    with recording(principal, "lifecycle.drop_place", now=now, organization_id=row.organization_id) as entry:
        found = here(row, version)
        if place.erased.exists():
            raise Conflict("lifecycle.place_in_deletion")
        entry.about(found.pk, place.pk)
        entry.words(label=place.label, reason=reason)
        Place.objects.filter(pk=place.pk).delete()
        _grown(found)


def _grown(row: RetentionEntry) -> None:
    row.version += 1
    row.save(update_fields=["version"])


def set_retention_settings(
    principal: Principal,
    *,
    organization: Organization,
    year_end: str,
    filing_months: int,
    version: int,
    now: datetime,
) -> RetentionSetting:
    """Say when the business year ends (03-31, 02-end; empty: not known) and by how many months the tax return was put off.

    ``version``: 0 when nothing was said so far. Raises InputError ``retention.year_end_wrong``, Conflict.
    """
    from sekisho.engines.retention import YearEnd  # noqa: PLC0415 - only here

    principal.require("lifecycle.rules", organization.pk)
    text = str(YearEnd.parse(year_end)) if year_end.strip() else ""
    checked_number(filing_months, name="filing_months", least=0, most=12)
    with recording(principal, "lifecycle.set_retention_settings", now=now, organization_id=organization.pk) as entry:
        row = RetentionSetting.objects.select_for_update().filter(pk=organization.pk).first()
        if (row.version if row else 0) != version:
            raise Conflict("lifecycle.changed_meanwhile")
        row = row or RetentionSetting(organization=organization, version=0)
        row.year_end, row.filing_months, row.version = text, filing_months, row.version + 1
        row.save()
        entry.about(organization.pk)
        entry.fact(year_end=text, filing_months=filing_months)
        refresh_later(organization.pk, now=now)
    return row
