"""The retention ledger as a table: its columns, and what an import would do."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from sekisho.engines.retention import parse_day
from sekisho.errors import InputError, Problem, SekishoError
from sekisho.records.lifecycle.actions.refreshing import compute_into
from sekisho.records.lifecycle.actions.retention_entries import EntryFacts, checked_entry
from sekisho.records.lifecycle.models import EntryState, PlaceKind, RetentionEntry
from sekisho.records.lifecycle.queries import retention as queries
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.permissions import Role
from sekisho.records.organization.role_names import ROLE_NAMES
from sekisho.records.subjects import queries as subject_queries
from sekisho.records.tabular import Choice, Column, read_table

if TYPE_CHECKING:
    from sekisho.records.lifecycle.queries.retention import Book
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal
    from sekisho.records.tabular import Row

__all__ = ["COLUMNS", "LIMIT", "Plan", "Planned", "as_row", "plan_import"]

LIMIT: Final = 20 * 1024 * 1024
_MOST_ROWS: Final = 50_000
_BATCH: Final = 200
_YES: Final = (Choice("yes", "有", "Yes"), Choice("no", "無", "No"))
_MEDIA: Final = (
    Choice("paper", "紙", "Paper"),
    Choice("media", "記録媒体", "Media"),
    Choice("other", "電子・その他", "Electronic, other"),
)
COLUMNS: Final = (
    Column("number", "管理番号", "Number", width=14, limit=64),
    Column("name", "名称", "Name", required=True, width=32, limit=200),
    Column(
        "kinds",
        "記録の種類（規則の番号、複数は ; で区切る）",
        "Kinds of record (ids, separated by ;)",
        width=24,
        limit=400,
        aliases=("記録の種類", "Kinds"),
    ),
    Column(
        "events",
        "起算の日（種類=日付、複数は ; で区切る）",
        "Events (type=day, separated by ;)",
        width=36,
        limit=1000,
        aliases=("起算の日", "Events"),
    ),
    Column("own_value", "保存期間（規程による年数）", "Period by own rule (years)", width=12, limit=10, aliases=("保存期間",)),
    Column("personal", "個人情報", "Personal information", choices=_YES, width=10),
    Column("my_number", "個人番号", "My Number", choices=_YES, width=10),
    Column("sensitive", "要配慮個人情報", "Sensitive information", choices=_YES, width=12),
    Column("public_record", "公文書（写しは無）", "Public record (copies: no)", choices=_YES, width=12, aliases=("公文書",)),
    Column(
        "owner",
        "責任者（ログイン名か役割）",
        "Responsible (log-in name or role)",
        required=True,
        width=20,
        limit=100,
        aliases=("責任者",),
    ),
    Column("asset", "情報資産の名称", "Information asset", width=24, limit=200),
    Column("medium", "媒体", "Medium", choices=_MEDIA, width=12),
    Column("place", "保管場所", "Place", width=28, limit=300),
    Column("quantity", "数量・製造番号", "Quantity, serial number", width=16, limit=100),
    Column(
        "supplier", "委託先の保有分（委託先の名称）", "Copy at a supplier (its name)", width=24, limit=200, aliases=("委託先",)
    ),
    Column("description", "説明", "Description", width=32, limit=4000),
    Column("note", "覚え書き", "Note", width=24, limit=4000),
)
_SPEAKS: Final = {"owner": ("owner_id", "owner_role"), "asset": ("subject_id",), "own_value": ("own_value", "own_unit")}
"""Heading → the columns of the entry that it speaks of, where they are named otherwise."""
_HEADINGS: Final = {column.key: column.ja for column in COLUMNS}


@dataclass(slots=True)
class Planned:
    """What one row would do; ``row_now`` is the entry that it changes, ``due_on`` and ``outcome`` what it would come to."""

    row: int
    verb: Literal["create", "update", "same"]
    values: dict[str, Any]
    places: list[dict[str, Any]]
    entry: RetentionEntry
    changed: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Plan:
    """What an import would do. With problems nothing may be done."""

    rows: list[Planned]
    problems: list[Problem]
    encoding: str = ""

    def count(self, verb: str) -> int:
        """How many rows would do ``verb``."""
        return sum(row.verb == verb for row in self.rows)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the names in the file stand for."""

    people: Mapping[str, uuid.UUID]
    assets: Mapping[str, uuid.UUID]
    suppliers: Mapping[str, uuid.UUID]
    entries: Mapping[str, RetentionEntry]
    roles: Mapping[str, str]


def as_row(row: RetentionEntry) -> dict[str, Any]:
    """An entry as a row of the table (``places`` prefetched)."""
    here = [one for one in row.places.all() if one.gone_at is None]
    plain = next((one for one in here if one.kind in {"paper", "media", "other"}), None)
    supplier = next((one for one in here if one.supplier_id), None)
    yes = {True: "yes", False: "no"}
    return {
        "number": row.number,
        "name": row.name,
        "kinds": "; ".join(row.kinds),
        "events": "; ".join(f"{name}={day}" for name, day in row.events.items()),
        "own_value": row.own_value if row.own_unit == "year" else "",
        "personal": yes[row.personal],
        "my_number": yes[row.my_number],
        "sensitive": yes[row.sensitive],
        "public_record": yes[row.public_record],
        "owner": row.owner.login if row.owner else row.owner_role,
        "asset": row.subject.name if row.subject else "",
        "medium": plain.kind if plain else "",
        "place": plain.label if plain else "",
        "quantity": plain.quantity if plain else "",
        "supplier": supplier.supplier.name if supplier and supplier.supplier else "",
        "description": row.description,
        "note": row.note,
    }


def plan_import(
    principal: Principal, *, organization: Organization, untrusted: bytes, name: str, now: datetime, encoding: str = ""
) -> Plan:
    """Read the file and say what it would do; writes nothing. A row whose 管理番号 is known updates, any other creates."""
    principal.require("lifecycle.import", organization.pk)
    if len(untrusted) > LIMIT:
        raise InputError("lifecycle.file_too_large", limit=LIMIT // 1024 // 1024)
    table = read_table(untrusted, name=name, columns=COLUMNS, encoding=encoding, most_rows=_MOST_ROWS)
    plan = Plan([], list(table.problems), table.encoding)
    book = queries.book_of(organization.pk)
    known = _known(principal, organization, now)
    seen: dict[str, int] = {}
    for row in table.rows:
        problems: list[Problem] = []
        number = row.values.get("number", "")
        if number and number in seen:
            problems.append(Problem("tabular.key_twice", {"value": number[:40], "first": seen[number]}, column="number"))
        seen.setdefault(number, row.number)
        made = _planned(principal, organization, row, book=book, known=known, problems=problems, now=now)
        plan.problems += [Problem(p.code, p.fields, name, row.number, _HEADINGS.get(p.column, p.column)) for p in problems]
        if made is not None:
            plan.rows.append(made)
    return plan


def _known(principal: Principal, organization: Organization, now: datetime) -> _Known:
    from django.utils import timezone  # noqa: PLC0415 - only here

    people = organization_queries.people_of(organization.pk, today=timezone.localdate(now))
    subjects = subject_queries.in_organization(principal, organization.pk)
    roles = {role.value: role.value for role in Role} | {str(name): str(key) for key, name in ROLE_NAMES.items()}
    return _Known(
        people={person.login.casefold(): person.pk for person in people},
        assets={one.name: one.pk for one in subjects.exclude(kind="supplier")},
        suppliers={one.name: one.pk for one in subjects.filter(kind="supplier")},
        entries={
            one.number: one for one in RetentionEntry.objects.filter(organization=organization).select_related("owner", "subject")
        },
        roles=roles,
    )


def _planned(
    principal: Principal,
    organization: Organization,
    row: Row,
    *,
    book: Book,
    known: _Known,
    problems: list[Problem],
    now: datetime,
) -> Planned | None:
    given = row.values
    present = known.entries.get(given.get("number", "")) if given.get("number") else None
    if present is not None and present.state != EntryState.HELD:
        problems.append(Problem("lifecycle.entry_gone", {"number": present.number}, column="number"))
    facts = _facts(given, known, problems)
    places = _places(given, known, problems)
    if problems:
        return None
    try:
        values = _checked(principal, organization, facts, book, now)
        if present is not None:  # what the file does not speak of stays as it is
            spoken = {column for key in given for column in _SPEAKS.get(key, (key,))}
            values = {column: value for column, value in values.items() if column in spoken}
        entry = present or RetentionEntry(organization=organization, created_at=now)
        before = {name: getattr(entry, name) for name in values} if present else {}
        for column, value in values.items():
            setattr(entry, column, value)
        compute_into(entry, book, now=now)
    except SekishoError as error:
        problems.append(Problem(error.code, error.fields, column=str(error.fields.get("name", ""))))
        return None
    made = Planned(row.number, "create", values, places, entry)
    if present is not None:
        made.changed = sorted(name for name, value in values.items() if before[name] != value)
        new = _new_places(present, places)
        made.places = new
        made.changed += ["place"] if new else []
        made.verb = "update" if made.changed else "same"
    return made


def _checked(principal: Principal, organization: Organization, facts: EntryFacts, book: Book, now: datetime) -> dict[str, Any]:
    """The columns of a row. Owners and assets come out of the known ones: they need no question each."""
    values = checked_entry(principal, organization.pk, replace(facts, owner_id=None, owner_role=facts.owner_role or "staff",
                                                               subject_id=None), book, now=now)  # fmt: skip
    values |= {
        "owner_id": facts.owner_id,
        "owner_role": "" if facts.owner_id else facts.owner_role,
        "subject_id": facts.subject_id,
    }
    return values


def _facts(given: Mapping[str, str], known: _Known, problems: list[Problem]) -> EntryFacts:
    owner = given.get("owner", "")
    person, role = known.people.get(owner.casefold()), known.roles.get(owner, "")
    if person is None and not role:
        problems.append(Problem("lifecycle.import_owner", {"value": owner[:40]}, column="owner"))
    asset = given.get("asset", "")
    if asset and asset not in known.assets:
        problems.append(Problem("lifecycle.import_asset", {"value": asset[:40]}, column="asset"))
    own = given.get("own_value", "")
    if own and not (own.isascii() and own.isdigit() and len(own) < 5):  # noqa: PLR2004 - no period has five digits
        problems.append(Problem("tabular.not_a_number", {"value": own[:20]}, column="own_value"))
        own = ""
    return EntryFacts(
        number=given.get("number", ""),
        name=given.get("name", ""),
        description=given.get("description", ""),
        note=given.get("note", ""),
        subject_id=known.assets.get(asset),
        kinds=[part.strip() for part in given.get("kinds", "").split(";") if part.strip()],
        events=_events(given.get("events", ""), problems),
        own_value=int(own) if own else None,
        public_record=given.get("public_record", "yes") != "no",
        owner_id=person,
        owner_role="" if person else role,
        personal=given.get("personal") == "yes",
        my_number=given.get("my_number") == "yes",
        sensitive=given.get("sensitive") == "yes",
    )


def _events(text: str, problems: list[Problem]) -> dict[str, date]:
    found: dict[str, date] = {}
    for part in filter(None, (one.strip() for one in text.split(";"))):
        name, separator, day = part.partition("=")
        try:
            if not separator or name.strip() in found:
                raise InputError("lifecycle.import_event", value=part[:40])
            found[name.strip()] = parse_day(day.strip())
        except SekishoError as error:
            problems.append(Problem(error.code, error.fields, column="events"))
    return found


def _places(given: Mapping[str, str], known: _Known, problems: list[Problem]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    if label := given.get("place", ""):
        kind = given.get("medium") or PlaceKind.OTHER.value
        made.append({"kind": kind, "label": label, "quantity": given.get("quantity", "")})
    elif given.get("medium"):
        problems.append(Problem("tabular.cell_missing", {}, column="place"))
    if name := given.get("supplier", ""):
        supplier = known.suppliers.get(name)
        if supplier is None:
            problems.append(Problem("lifecycle.import_supplier", {"value": name[:40]}, column="supplier"))
        made.append({"kind": PlaceKind.SUPPLIER.value, "label": name, "supplier_id": supplier})
    return made


def _new_places(row: RetentionEntry, places: list[dict[str, Any]]) -> list[dict[str, Any]]:
    here = {(one.kind, one.label) for one in row.places.all()}
    return [one for one in places if (one["kind"], one["label"]) not in here]
