"""Views by role: which role sees which column how. A role that the plan does not name sees nothing."""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa

from sekisho.engines.masking.keys import KeyRing
from sekisho.engines.masking.masker import Chance
from sekisho.engines.masking.plan import Action, ColumnPlan, Plan, View
from sekisho.engines.masking.postgres import quoted
from sekisho.engines.masking.transforms import PROTECTED, Context
from sekisho.engines.masking.transforms.guard import check as check_protected
from sekisho.errors import InputError, NotFound, NotPermitted, Problem

__all__ = ["SQL_DIALECTS", "kinds_of", "leaves_protected", "masked_for", "sql_views", "view_of"]

SQL_DIALECTS = ("postgresql", "sqlite")
_LONGEST_NAME: Final = 63
"""Bytes of a name in PostgreSQL."""


def view_of(plan: Plan, role: str) -> View:
    """The view of a role. Raises NotFound ``masking_runs.role_unknown``."""
    for one in plan.views:
        if one.role == role:
            return one
    raise NotFound("masking_runs.role_unknown", role=role, known=", ".join(one.role for one in plan.views))


def kinds_of(plan: Plan, table: str, column: ColumnPlan) -> frozenset[str]:
    """What a column of a view holds: what the view says, and what the plan says of the table's own column."""
    return column.kinds | plan.tables[table].columns[column.name].kinds


def leaves_protected(plan: Plan, table: str, column: ColumnPlan) -> bool:
    """Whether a view would leave something of a マイナンバー or 住民票コード: nobody is shown that."""
    removes = column.transform is not None and column.transform.removes
    return not removes and bool(kinds_of(plan, table, column) & set(PROTECTED))


def masked_for(plan: Plan, role: str, table: str, batch: pa.RecordBatch, *, keys: KeyRing, random: Chance) -> pa.RecordBatch:
    """A batch of rows as a role sees it: columns that its view does not name are left out.

    Raises:
        NotFound: no such role. NotPermitted: the role does not see this table.
        InputError: a transform over whole columns (a shuffle), which a batch alone does not allow.
    """
    columns = view_of(plan, role).tables.get(table)
    if columns is None:
        raise NotPermitted("masking_runs.view_not_seen", role=role, table=table)
    arrays, names = [], []
    for name, column in columns.items():
        if name not in batch.schema.names:
            raise InputError("masking_runs.view_column_missing", table=table, column=name)
        found = _seen(plan, table, column, batch, keys=keys, random=random)
        if found is not None:
            arrays.append(found)
            names.append(name)
    return pa.RecordBatch.from_arrays(arrays, names)


def _seen(plan: Plan, table: str, column: ColumnPlan, batch: pa.RecordBatch, *, keys: KeyRing, random: Chance) -> pa.Array | None:
    array, transform = batch.column(column.name), column.transform
    needs = transform.needs() if transform is not None else ()
    context = Context(
        keys=keys,
        domain=plan.domain,
        table=table,
        column=column.name,
        columns={one: batch.column(one) for one in needs},
        kinds=kinds_of(plan, table, column),
        not_my_number=column.not_my_number or plan.tables[table].columns[column.name].not_my_number,
        random=random,
    )
    if transform is None:
        if column.action is not Action.KEEP:
            return None
        check_protected("keep", array, context, removes=False)
        return array
    if transform.traits.drops:
        return None
    if transform.traits.scope == "column":
        raise InputError("masking_runs.view_whole_column", column=column.name, transform=transform.name)
    return transform.apply(array, context)


def sql_views(plan: Plan, role: str, *, dialect: str, schema: str = "") -> str:
    """``CREATE VIEW`` statements that show a role its columns; ``schema``: where the tables are (PostgreSQL).

    Only what SQL itself can say becomes a view: keep, drop, redact, and partial masks that count characters from the ends.
    Keyed transforms are refused, since their key would have to lie in the database.

    A table of which nothing is to be seen gets no view.

    Raises:
        InputError: ``masking_runs.view_not_sql`` naming every column that SQL cannot mask; ``masking_runs.view_nothing`` when
        there is nothing to be seen; ``masking_runs.view_name_long`` when PostgreSQL would cut a view's name.
    """
    if dialect not in SQL_DIALECTS:
        raise InputError("masking_runs.view_dialect", dialect=dialect, known=", ".join(SQL_DIALECTS))
    problems: list[Problem] = []
    statements = []
    for table, columns in view_of(plan, role).tables.items():
        shown = []
        for column in columns.values():
            text = _expression(plan, table, column, dialect, problems)
            if text is not None:
                shown.append(f"    {text} AS {quoted(column.name)}")
        if not shown:
            continue
        own = (schema, table) if schema else (table,)
        name = _view_name(table, role, dialect)
        view = (schema, name) if schema else (name,)
        barrier = " WITH (security_barrier)" if dialect == "postgresql" else ""
        joined = ",\n".join(shown)
        statements.append(f"CREATE VIEW {quoted(*view)}{barrier} AS\nSELECT\n{joined}\nFROM {quoted(*own)};")
    if problems:
        raise InputError("masking_runs.view_not_sql", problems=tuple(problems), role=role, count=len(problems))
    if not statements:
        raise InputError("masking_runs.view_nothing", role=role)
    return "\n\n".join(statements) + "\n"


def _view_name(table: str, role: str, dialect: str) -> str:
    """``table_role``; refused where PostgreSQL would cut it: two views could come to have one name."""
    name = f"{table}_{role}"
    if dialect == "postgresql" and len(name.encode()) > _LONGEST_NAME:
        raise InputError("masking_runs.view_name_long", name=name, limit=_LONGEST_NAME, found=len(name.encode()))
    return name


def _expression(plan: Plan, table: str, column: ColumnPlan, dialect: str, problems: list[Problem]) -> str | None:
    name, transform = quoted(column.name), column.transform
    found: str | None = None
    if leaves_protected(plan, table, column):
        pass
    elif transform is None:
        found = name if column.action is Action.KEEP else None
    elif transform.traits.drops:
        return None
    else:
        found = _redact(transform, name) if transform.name == "redact" else _partial(transform, name, dialect)
    if found is None:
        word = column.action.value if transform is None else transform.name
        problems.append(Problem("masking_runs.view_column_not_sql", {"transform": word}, table, None, column.name))
    return found


def _redact(transform: Any, name: str) -> str:
    text = "'" + str(transform.text).replace("'", "''") + "'"
    if transform.gaps == "redact":
        return text
    return f"CASE WHEN {name} IS NULL OR CAST({name} AS text) = '' THEN CAST({name} AS text) ELSE {text} END"


def _partial(transform: Any, name: str, dialect: str) -> str | None:
    """A partial mask whose outcome depends on counts alone, with one mask for narrow and wide characters."""
    if transform.name != "partial_mask" or transform.keep_characters or transform.mask != transform.wide_mask:
        return None
    first, last, mask = transform.keep_first, transform.keep_last, "'" + transform.mask.replace("'", "''") + "'"
    text = f"CAST({name} AS text)"
    length = f"length({text})"
    count = str(transform.masks) if transform.masks else f"{length} - {first + last}"
    if dialect == "postgresql":
        many, whole = f"repeat({mask}, {count})", f"repeat({mask}, {transform.masks or length})"
    else:  # SQLite has no repeat(): as many zero bytes, two hexadecimal noughts each, every pair of them a mask
        many = f"replace(hex(zeroblob({count})), '00', {mask})"
        whole = f"replace(hex(zeroblob({transform.masks or length})), '00', {mask})"
    ends = (
        (f"substr({text}, 1, {first}) || " if first else "")
        + many
        + (f" || substr({text}, {length} - {last - 1})" if last else "")
    )
    enough = first + last + transform.hide_at_least
    return f"CASE WHEN {name} IS NULL OR {text} = '' THEN {text} WHEN {length} < {enough} THEN {whole} ELSE {ends} END"
