"""Masking tables of a data store by the engine ``masking``: looking, running, proving. It needs the extra ``data``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pyarrow as pa

from sekisho import __version__
from sekisho.documents.model import encode as encode_document
from sekisho.engines.arrow_alone import without_pandas
from sekisho.engines.masking.inspecting import LeakInspector
from sekisho.engines.masking.keys import KeyRing, new_key_file, read_key_file
from sekisho.engines.masking.observe import observe
from sekisho.engines.masking.plan import PERSONAL, Action, ColumnPlan, Plan, View, write_plan
from sekisho.engines.masking.plan.reading import parse_plan
from sekisho.engines.masking.propose import propose
from sekisho.engines.masking.run import run
from sekisho.engines.masking.sampling import partly_hidden, sample
from sekisho.engines.masking.sources import open_source
from sekisho.engines.masking.tables import Reading, Source
from sekisho.engines.masking.targets.csvtext import words
from sekisho.engines.masking.transforms import PROTECTED
from sekisho.engines.masking.verify import verify
from sekisho.engines.masking.views import kinds_of, leaves_protected, masked_for, sql_views, view_of
from sekisho.errors import InputError, SekishoError
from sekisho.records.lifecycle.masking_report import masking_report

if TYPE_CHECKING:
    import uuid

    from sekisho.engines.observation import Observation
    from sekisho.records.lifecycle.models import DataStore

__all__ = [
    "ColumnSeen",
    "Done",
    "NotSql",
    "RoleSeen",
    "Seen",
    "TableSeen",
    "Views",
    "called",
    "checked_plan",
    "example_views",
    "key_file",
    "location_of",
    "look",
    "mask",
    "see",
    "see_as",
    "sql_of",
    "views_of",
]

_FILE: Final = "plan.yaml"
_LOOKED_THROUGH: Final = 1000
"""Rows that go through a view before the first of them are shown: enough for the guard of マイナンバー."""
_EXAMPLE_COLUMNS: Final = 3
Tell = Callable[[str, int], None]


@dataclass(slots=True)
class Done:
    """A run with its proof, as plain values; ``observation`` is about whatever subject is put into it."""

    result: dict[str, Any]
    proof: dict[str, Any]
    holds: bool
    report: dict[str, Any]
    observation: Observation
    keys: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Seen:
    """How a role sees a column: ``how`` is keep, transform or hidden; ``why`` it is hidden: table (the role does not see the
    table), protected (a マイナンバー or 住民票コード), undecided, or left_out. ``settings``: parameters of the transform.
    """

    role: str
    how: str
    why: str = ""
    transform: str = ""
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ColumnSeen:
    """A column of the plan, and how each role sees it, in the order of the roles."""

    name: str
    kinds: list[str]
    seen: list[Seen]


@dataclass(frozen=True, slots=True)
class TableSeen:
    """A table of the plan."""

    name: str
    columns: list[ColumnSeen]


@dataclass(frozen=True, slots=True)
class NotSql:
    """A column of a view that SQL cannot say, and the transform that it cannot."""

    table: str
    column: str
    transform: str


@dataclass(frozen=True, slots=True)
class RoleSeen:
    """A role: the tables that it sees, whether its view can be made in SQL, and the columns because of which it cannot."""

    role: str
    tables: list[str]
    has_sql: bool
    not_sql: list[NotSql]


@dataclass(frozen=True, slots=True)
class Views:
    """Who sees what, by a plan."""

    roles: list[RoleSeen]
    tables: list[TableSeen]


def checked_plan(text: str) -> Plan:
    """The plan. Raises InputError naming the line of every mistake, and every column that nobody decided on."""
    plan = parse_plan(text.encode(), file=_FILE)
    if plan.undecided:
        columns = ", ".join(f"{table}.{column}" for table, column in plan.undecided[:20])
        raise InputError("lifecycle.mask_undecided", name="text", columns=columns, count=len(plan.undecided))
    return plan


def location_of(store: DataStore, path: str, *, secret: str) -> str:
    """Where the engine finds ``path`` of a store: a file or folder below its folder, or a database with its log-in.

    Raises InputError for a path that leaves the store's folder.
    """
    if store.kind == "database":
        if store.address.startswith("sqlite"):
            return store.address
        from sqlalchemy.engine import make_url  # noqa: PLC0415 - heavy

        url = make_url(store.address)
        url = url.set(username=store.login or url.username, password=secret or None)
        schema = {"schema": path} if path else {}
        return url.update_query_dict(schema).render_as_string(hide_password=False)
    root = Path(store.address).resolve()
    place = (root / path).resolve()
    if not path or place == root or root not in place.parents:
        raise InputError("lifecycle.mask_path_outside", name="path", value=path[:200])
    return str(place)


def key_file(folder: Path, organization_id: uuid.UUID, domain: str) -> Path:
    """Where the key of a domain of an organisation lies."""
    return folder / f"mask-{organization_id}-{domain}.json"


def _keys(folder: Path, organization_id: uuid.UUID, domains: Iterable[str], *, now: datetime) -> KeyRing:
    """The keys of these domains; a domain's first run makes its key, readable by the server's account only."""
    found = []
    for domain in domains:
        place = key_file(folder, organization_id, domain)
        if not place.exists():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            new_key_file(place, domain, now=now, random=os.urandom)
        found.append(read_key_file(place))
    return KeyRing(found)


def look(location: str, *, title: str, purpose: str, recipient: str, domain: str, language: str) -> str:
    """A plan proposed from looking at the data, as YAML for a person to edit."""
    without_pandas()
    with open_source(location) as opened:
        value = propose(
            opened,
            title=title,
            purpose=purpose,
            recipient=recipient,
            domain=domain,
            inspector=LeakInspector(),
            random=os.urandom,
            language="en" if language == "en" else "ja",
        )
    return write_plan(value)


def see(plan: Plan, location: str, *, folder: Path, organization_id: uuid.UUID, now: datetime, rows: int = 5) -> dict[str, Any]:
    """A few rows before (partly hidden) and after, without writing anything."""
    without_pandas()
    keys = _keys(folder, organization_id, plan.domains, now=now)
    with open_source(location) as opened:
        found = sample(plan, opened, keys=keys, random=os.urandom, rows=rows)
    return {
        "tables": [
            {
                "name": table.name,
                "columns": [
                    {"name": one.name, "action": one.action, "before": list(one.before), "after": list(one.after)}
                    for one in table.columns
                ],
            }
            for table in found
        ]
    }


def views_of(plan: Plan) -> Views:
    """Who sees what: for each column of each table how each role of the plan's ``views`` sees it."""
    tables = [
        TableSeen(
            table.name,
            [
                ColumnSeen(name, sorted(column.kinds), [_seen(plan, view, table.name, column) for view in plan.views])
                for name, column in table.columns.items()
            ],
        )
        for table in plan.tables.values()
        if table.columns
    ]
    return Views([_role(plan, view) for view in plan.views], tables)


def _seen(plan: Plan, view: View, table: str, column: ColumnPlan) -> Seen:
    named = view.tables.get(table)
    wanted = named.get(column.name) if named is not None else None
    if wanted is None or wanted.dropped or wanted.action is Action.UNDECIDED or leaves_protected(plan, table, wanted):
        undecided = wanted is not None and wanted.action is Action.UNDECIDED
        why = "undecided" if undecided else "protected" if column.kinds & set(PROTECTED) else "left_out"
        return Seen(view.role, "hidden", "table" if named is None else why)
    if wanted.transform is None:
        return Seen(view.role, "keep")
    settings = {key: value for key, value in wanted.transform.to_plan().items() if key not in {"transform", "domain"}}
    return Seen(view.role, "transform", transform=wanted.transform.name, settings=settings)


def _role(plan: Plan, view: View) -> RoleSeen:
    found: list[NotSql] = []
    has_sql = True
    try:
        sql_views(plan, view.role, dialect="sqlite")
    except InputError as error:  # no view at all, or columns that no dialect can say
        has_sql = False
        found = [NotSql(one.file, one.column, str(one.fields["transform"])) for one in error.problems]
    return RoleSeen(view.role, list(view.tables), has_sql, found)


def sql_of(plan: Plan, role: str, *, dialect: str, schema: str) -> str:
    """The views of a role as SQL. Raises NotFound for an unknown role, InputError naming every column that SQL cannot say."""
    return sql_views(plan, view_of(plan, role).role, dialect=dialect, schema=schema)


def example_views(plan: Plan, role: str) -> str:
    """How ``views`` of a plan might begin, with the first columns of its first table; a plan of no tables has none."""
    table = next((one for one in plan.tables.values() if one.include and one.columns), None)
    if table is None:
        return ""
    partly = {"transform": "partial_mask", "keep_last": 2, "mask": "*", "wide_mask": "*"}
    columns = [one for one in table.columns.values() if not one.kinds & set(PROTECTED)][:_EXAMPLE_COLUMNS]
    seen = {one.name: "keep" if one.action is Action.KEEP and not one.personal else partly for one in columns}
    return write_plan({"views": {role: {table.name: seen or dict.fromkeys(table.columns, "drop")}}})


@contextmanager
def called(*places: tuple[str, str]) -> Iterator[None]:
    """Let errors call a place (location, shown) what the room calls it: where it lies on the server is nobody's business."""

    def said(text: str) -> str:
        for location, shown in sorted(places, reverse=True):  # the longer of two that begin alike first
            text = text.replace(location, shown)
        return text

    def told(fields: dict[str, Any]) -> dict[str, Any]:
        return {key: said(one) if isinstance(one, str) else one for key, one in fields.items()}

    try:
        yield
    except SekishoError as error:
        error.fields = told(error.fields)
        error.problems = tuple(replace(one, file=said(one.file), fields=told(one.fields)) for one in error.problems)
        raise


def see_as(
    plan: Plan,
    role: str,
    location: str,
    *,
    folder: Path,
    organization_id: uuid.UUID,
    now: datetime,
    rows: int = 5,
) -> dict[str, Any]:
    """The first rows of each table that a role sees, as it sees them. What its view keeps although it is personal, or although
    the plan itself does not hand it out as it is, is partly hidden: whoever tries a view is not that role.

    Raises NotFound for an unknown role, InputError as the engine says (a shuffle, rows that a transform cannot take).
    """
    without_pandas()
    view = view_of(plan, role)
    columns = [column for seen in view.tables.values() for column in seen.values() if column.transform is not None]
    domains = {one.transform.domain_of(plan.domain) for one in columns if one.transform is not None}
    keys = _keys(folder, organization_id, sorted(one for one in domains if one), now=now)
    keys.expect(one for one in plan.keys if one.domain in domains)
    with open_source(location) as opened:
        return {
            "role": role,
            "tables": [
                {"name": table, "columns": _rows(plan, role, table, opened, keys=keys, rows=rows)} for table in view.tables
            ],
        }


def _rows(plan: Plan, role: str, table: str, opened: Source, *, keys: KeyRing, rows: int) -> list[dict[str, Any]]:
    schema = opened.table(table).schema
    batch = next(opened.batches(table), None)
    first = batch.slice(0, _LOOKED_THROUGH) if batch is not None else pa.RecordBatch.from_pylist([], schema=schema)
    found = masked_for(plan, role, table, first, keys=keys, random=os.urandom).slice(0, rows)
    view = view_of(plan, role).tables[table]
    return [_values(plan, table, view[name], found.column(name)) for name in found.schema.names]


def _values(plan: Plan, table: str, column: ColumnPlan, array: pa.Array) -> dict[str, Any]:
    values = words(array).to_pylist()
    handed_out = plan.tables[table].columns[column.name].action is Action.KEEP
    if column.transform is None and (not handed_out or kinds_of(plan, table, column) & PERSONAL):
        values = [None if one is None else partly_hidden(one, wholly=False) for one in values]
    name = column.transform.name if column.transform is not None else column.action.value
    return {"name": column.name, "action": name, "values": values}


def mask(
    plan: Plan,
    source: str,
    target: str,
    *,
    folder: Path,
    organization_id: uuid.UUID,
    organization: str,
    expected: list[dict[str, Any]],
    language: str,
    fictional: bool,
    shown: tuple[str, str],
    now: datetime,
    tell: Tell,
) -> Done:
    """Run the plan and prove it. ``expected``: identities of the keys of earlier runs; a lost or changed key is refused.
    ``shown``: what source and target are called in what is kept: where they lie on the server is nobody's business.

    Raises InputError, NotFound, Conflict, Unavailable as the engine says; nothing half-written is left.
    """
    from sekisho.engines.masking.keys import KeyIdentity  # noqa: PLC0415 - only here

    without_pandas()
    keys = _keys(folder, organization_id, plan.domains, now=now)
    keys.expect([KeyIdentity(**one) for one in expected if one["domain"] in plan.domains])
    if target.startswith("/"):  # a file or folder below the store's folder
        Path(target).parent.mkdir(parents=True, exist_ok=True)
    with open_source(source) as opened:
        done = run(plan, opened, target, keys=keys, random=os.urandom, progress=tell)
    with open_source(source) as before, open_source(target, Reading(unescape_formulas=True)) as after:
        proof = verify(plan, before, after, random=os.urandom, inspector=LeakInspector(), keys=keys, progress=tell)
    proof = replace(proof, source=shown[0], target=shown[1])
    done = replace(done, source=shown[0], target=shown[1])
    report = masking_report(plan, proof, organization=organization, now=now, language=language, fictional=fictional)
    return Done(
        result=done.as_dict(),
        proof=proof.as_dict(),
        holds=proof.holds,
        report=msgspec.json.decode(encode_document(report)),
        observation=observe(plan, proof, now=now, version=__version__),
        keys=[{"domain": one.domain, "version": one.version, "check": one.check} for one in keys.identities],
    )
