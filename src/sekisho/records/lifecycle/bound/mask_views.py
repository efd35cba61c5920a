"""Who sees what by the views of a masking plan, and some rows with the eyes of a role. It needs the extra ``data``."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from sekisho.engines.arrow_alone import without_pandas
from sekisho.engines.masking.plan import PERSONAL, Action, ColumnPlan, Plan, View, write_plan
from sekisho.engines.masking.sampling import partly_hidden
from sekisho.engines.masking.sources import open_source
from sekisho.engines.masking.targets.csvtext import words
from sekisho.engines.masking.transforms import PROTECTED
from sekisho.engines.masking.views import kinds_of, leaves_protected, masked_for, sql_views, view_of
from sekisho.errors import InputError
from sekisho.records.lifecycle.bound.masking import keys_of

if TYPE_CHECKING:
    import uuid
    from datetime import datetime
    from pathlib import Path

    from sekisho.engines.masking.keys import KeyRing
    from sekisho.engines.masking.tables import Source

__all__ = [
    "ColumnSeen",
    "NotSql",
    "RoleSeen",
    "Seen",
    "TableSeen",
    "Views",
    "example_views",
    "see_as",
    "sql_of",
    "views_of",
]

_LOOKED_THROUGH: Final = 1000
"""Rows that go through a view before the first of them are shown: enough for the guard of マイナンバー."""
_EXAMPLE_COLUMNS: Final = 3


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
    keys = keys_of(folder, organization_id, sorted(one for one in domains if one), now=now)
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
