"""The 台帳 of subjects as a table: which columns, what an import would do, and doing it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

from django.utils import timezone

from sekisho.errors import InputError, Problem
from sekisho.records.database import database_errors
from sekisho.records.ledger.actions import recording
from sekisho.records.organization import queries as organization_queries
from sekisho.records.subjects import actions, hooks, queries
from sekisho.records.subjects.actions.edit import ASSET_FIELDS, FIELDS, validate
from sekisho.records.subjects.models import SubjectKind
from sekisho.records.tabular import Choice, Column, read_table
from sekisho.standards import catalog as standards

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal
    from sekisho.records.subjects.models import Subject
    from sekisho.records.tabular import Row

__all__ = ["KEY_SCHEME", "Plan", "Planned", "apply_import", "as_row", "columns", "plan_import"]

KEY_SCHEME: Final = "asset_number"
_FORMS: Final = (Choice("electronic", "電子", "Electronic"), Choice("paper", "紙", "Paper"), Choice("both", "電子と紙", "Both"))
_YES_NO: Final = (Choice("yes", "有", "Yes"), Choice("no", "無", "No"))
KIND_NAMES: Final = {
    SubjectKind.ORGANIZATION: ("組織", "Organisation"),
    SubjectKind.INFORMATION_SYSTEM: ("情報システム", "Information system"),
    SubjectKind.HOST: ("機器（サーバー・端末）", "Host"),
    SubjectKind.CODE: ("ソースコード", "Source code"),
    SubjectKind.INFORMATION_ASSET: ("情報資産", "Information asset"),
    SubjectKind.SUPPLIER: ("委託先", "Supplier"),
    SubjectKind.CLOUD_SERVICE: ("クラウドサービス", "Cloud service"),
    SubjectKind.SITE: ("施設", "Site"),
    SubjectKind.DATASET: ("データ", "Dataset"),
    SubjectKind.DEVICE: ("装置", "Device"),
}
_ASSET_COLUMNS: Final = frozenset(
    {"form", "location", "personal_information", "my_number", "people_count", "handling", "acquired_on"}
)


def _axis(axis: str) -> tuple[Choice, ...]:
    found: dict[str, Choice] = {}
    for scheme in standards.classification_schemes().values():
        for one in scheme.axes:
            if one.id == axis:
                found.update({v.id: Choice(v.id, v.title.ja, v.title.en) for v in one.values if v.id not in found})
    return tuple(found.values())


@cache
def columns() -> tuple[Column, ...]:
    """The columns of template, import and export."""
    kinds = tuple(Choice(k.value, *KIND_NAMES[k]) for k in SubjectKind if k is not SubjectKind.ORGANIZATION)
    schemes = tuple(
        Choice(s.id, s.title.ja, s.title.en) for s in standards.classification_schemes().values() if s.id != "network_zone"
    )
    return (
        Column("number", "管理番号", "Number", width=14, limit=200),
        Column("kind", "種類", "Kind", required=True, choices=kinds, width=18),
        Column("name", "名称", "Name", required=True, width=32, limit=200),
        Column("kana", "フリガナ", "Reading", width=24, limit=200),
        Column("description", "説明", "Description", width=40, limit=4000),
        Column("owner", "管理者（ログイン名）", "Owner (log-in name)", width=16, limit=100),
        Column("classification_scheme", "分類の方式", "Classification scheme", choices=schemes, width=16),
        Column("confidentiality", "機密性", "Confidentiality", choices=_axis("confidentiality"), width=16),
        Column("integrity", "完全性", "Integrity", choices=_axis("integrity"), width=10),
        Column("availability", "可用性", "Availability", choices=_axis("availability"), width=10),
        Column("network_zone", "ネットワークの領域", "Network zone", choices=_axis("zone"), width=22),
        Column("form", "形態", "Form", choices=_FORMS, width=10),
        Column("location", "保管場所", "Location", width=24, limit=200),
        Column("personal_information", "個人情報", "Personal information", choices=_YES_NO, width=10),
        Column("my_number", "マイナンバー", "My Number", choices=_YES_NO, width=12),
        Column("people_count", "人数", "People", width=10, limit=20),
        Column("handling", "取扱い", "Handling", width=30, limit=4000),
        Column("acquired_on", "取得日", "Acquired on", width=12, limit=20),
    )


def as_row(subject: Subject) -> dict[str, Any]:
    """One subject as a row of the table. ``external_keys``, ``owner`` and ``asset`` should be loaded already."""
    row: dict[str, Any] = {name: getattr(subject, name) for name in ("kind", "name", "kana", "description", *_classes())}
    row["number"] = next((k.value for k in subject.external_keys.all() if k.scheme == KEY_SCHEME), "")
    row["owner"] = subject.owner.login if subject.owner else ""
    asset = getattr(subject, "asset", None)
    if asset is not None:
        row |= {name: getattr(asset, name) for name in ("form", "location", "people_count", "handling", "acquired_on")}
        row |= {name: "yes" if getattr(asset, name) else "no" for name in ("personal_information", "my_number")}
    return row


def _classes() -> tuple[str, ...]:
    return ("classification_scheme", "confidentiality", "integrity", "availability", "network_zone")


@dataclass(slots=True)
class Planned:
    """What one row would do; ``changed`` names the columns that differ."""

    row: int
    verb: Literal["create", "update", "same"]
    kind: str
    name: str
    values: dict[str, Any]
    asset: dict[str, Any] | None
    number: str = ""
    subject: Subject | None = None
    changed: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Plan:
    """What an import would do. With problems nothing may be done."""

    rows: list[Planned]
    problems: list[Problem]
    encoding: str = ""

    def count(self, verb: str) -> int:
        """How many rows would do ``verb``."""
        return sum(r.verb == verb for r in self.rows)


def plan_import(
    principal: Principal, *, organization: Organization, untrusted: bytes, name: str, now: datetime, encoding: str = ""
) -> Plan:
    """Read the file and say what it would do; writes nothing. A row whose 管理番号 is known updates, any other creates."""
    principal.require("subject.import", organization.pk)
    table = read_table(untrusted, name=name, columns=columns(), encoding=encoding)
    plan = Plan([], list(table.problems), table.encoding)
    known = queries.by_key(organization.pk, KEY_SCHEME)
    foreign = queries.keys_elsewhere(organization.pk, KEY_SCHEME, {r.values.get("number", "") for r in table.rows})
    owners: dict[str, Any] = {}
    if any(r.values.get("owner") for r in table.rows):
        people = organization_queries.people_of(organization.pk, today=timezone.localdate(now))
        owners = {person.login.casefold(): person for person in people}
    seen: dict[str, int] = {}
    for row in table.rows:
        problems: list[Problem] = []
        number = row.values.get("number", "")
        if number and number in seen:
            problems.append(Problem("tabular.key_twice", {"value": number[:40], "first": seen[number]}, column="number"))
        if number and number in foreign:
            problems.append(Problem("subjects.key_used", {"scheme": "管理番号", "value": number[:40]}, column="number"))
        seen.setdefault(number, row.number)
        planned = _planned(row, known.get(number) if number else None, owners, problems)
        headings = {c.key: c.ja for c in columns()}
        plan.problems += [Problem(p.code, p.fields, name, row.number, headings.get(p.column, p.column)) for p in problems]
        plan.rows.append(planned)
    return plan


def _planned(row: Row, subject: Subject | None, owners: Mapping[str, Any], problems: list[Problem]) -> Planned:
    given = row.values
    values: dict[str, Any] = {name: given.get(name, "") for name in ("name", "kana", "description", *_classes()) if name in given}
    if login := given.get("owner", ""):
        values["owner"] = owners.get(login.casefold())
        if values["owner"] is None:
            problems.append(Problem("subjects.unknown_owner", {"value": login[:40]}, column="owner"))
    elif "owner" in given:
        values["owner"] = None
    kind = given.get("kind", "")
    asset = _asset(given, problems) if any(given.get(name) for name in _ASSET_COLUMNS) else None
    problems.extend(validate(kind, {"name": given.get("name", ""), **values}, asset))
    planned = Planned(row.number, "create", kind, given.get("name", ""), values, asset, number=given.get("number", ""))
    if subject is not None:
        planned.subject = subject
        present = {f: getattr(subject, f) for f in values}
        planned.changed = sorted(f for f in values if values[f] != present[f])
        held = getattr(subject, "asset", None)
        planned.changed += sorted(f for f, v in (asset or {}).items() if held is None or getattr(held, f) != v)
        planned.verb = "update" if planned.changed else "same"
        if kind and kind != subject.kind:
            problems.append(Problem("subjects.kind_fixed", {"kind": KIND_NAMES[SubjectKind(subject.kind)][0]}, column="kind"))
    return planned


def _asset(given: Mapping[str, str], problems: list[Problem]) -> dict[str, Any]:
    asset: dict[str, Any] = {name: given[name] for name in ("location", "handling") if name in given}
    if given.get("form"):
        asset["form"] = given["form"]
    asset |= {name: given[name] == "yes" for name in ("personal_information", "my_number") if given.get(name)}
    if count := given.get("people_count", "").replace(",", ""):
        if count.isascii() and count.isdigit():
            asset["people_count"] = int(count)
        else:
            problems.append(Problem("tabular.not_a_number", {"value": count[:20]}, column="people_count"))
    if day := given.get("acquired_on", ""):
        try:
            asset["acquired_on"] = date.fromisoformat(day.replace("/", "-"))
        except ValueError:
            problems.append(Problem("tabular.not_a_date", {"value": day[:20]}, column="acquired_on"))
    return asset


def apply_import(
    principal: Principal, *, organization: Organization, untrusted: bytes, name: str, now: datetime, encoding: str = ""
) -> Plan:
    """Plan once more and do it, all or nothing. Raises InputError ``tabular.rejected`` with every problem."""
    with database_errors(), recording(principal, "subject.import", now=now, organization_id=organization.pk) as entry:
        plan = plan_import(principal, organization=organization, untrusted=untrusted, name=name, now=now, encoding=encoding)
        if plan.problems:
            raise InputError("tabular.rejected", problems=tuple(plan.problems), count=len(plan.problems))
        made = actions.write_import(organization, _changes(plan.rows), now=now)
        entry.about(*made)
        entry.fact(created=plan.count("create"), updated=plan.count("update"))
        entry.words(file=name)
        hooks.tell_changed(organization.pk, now=now)
    return plan


def _changes(rows: Iterable[Planned]) -> list[actions.Imported]:
    return [
        actions.Imported(
            subject=r.subject,
            kind=r.kind,
            values={k: v for k, v in r.values.items() if k in FIELDS},
            asset={k: v for k, v in (r.asset or {}).items() if k in ASSET_FIELDS} if r.asset is not None else None,
            number=r.number,
        )
        for r in rows
        if r.verb != "same"
    ]
