"""A plan held against the tables that are there: what nobody decided on is refused before a row is read."""

from __future__ import annotations

from dataclasses import replace

from sekisho.engines.masking.plan.model import Action, Plan, TablePlan
from sekisho.engines.masking.tables import ForeignKey, Source, Table
from sekisho.errors import InputError, Problem

__all__ = ["fitted"]


def fitted(plan: Plan, source: Source) -> tuple[tuple[Table, TablePlan], ...]:
    """The source's tables, each with its plan and its keys (the plan's where it names some, else the database's).

    Raises:
        InputError: ``masking_runs.plan_unfit`` naming every table and column that the plan does not decide on or does not find,
            and every column whose kept personal data have no basis.
    """
    problems: list[Problem] = []
    pairs = []
    for table in source.tables:
        wanted = plan.tables.get(table.name)
        if wanted is None:
            problems.append(Problem("masking_runs.table_undecided", {"table": table.name}, table.place))
        elif wanted.include:
            problems += _columns(table, wanted)
            pairs.append((_keyed(table, wanted), wanted))
    there = {one.name for one in source.tables}
    problems += [
        Problem("masking_runs.table_not_there", {"table": name}, source.location)
        for name, one in plan.tables.items()
        if name not in there and one.include
    ]
    if not problems and not pairs:
        problems.append(Problem("masking_runs.nothing_included", {}, source.location))
    if problems:
        raise InputError("masking_runs.plan_unfit", problems=tuple(problems), count=len(problems))
    return tuple(_ordered(pairs))


def _columns(table: Table, wanted: TablePlan) -> list[Problem]:
    found = []
    for one in table.columns:
        column = wanted.columns.get(one.name)
        if column is None or column.action is Action.UNDECIDED:
            found.append(
                Problem("masking_runs.column_undecided", {"table": table.name, "column": one.name}, table.place, None, one.name)
            )
    names = {one.name for one in table.columns}
    found += [
        Problem("masking_runs.column_not_there", {"table": table.name, "column": name}, table.place, None, name)
        for name in wanted.columns
        if name not in names
    ]
    return found


def _keyed(table: Table, wanted: TablePlan) -> Table:
    """The table with the keys that can still hold when the dropped columns are gone."""
    gone = {name for name, one in wanted.columns.items() if one.dropped}
    foreign: list[ForeignKey] = list(table.foreign_keys)
    foreign += [one for one in wanted.foreign_keys if one not in foreign]
    unique = list(table.unique) + [one for one in wanted.unique if one not in table.unique]
    return replace(
        table,
        primary_key=_left(wanted.primary_key or table.primary_key, gone),
        unique=tuple(one for one in unique if _left(one, gone)),
        foreign_keys=tuple(one for one in foreign if _left(one.columns, gone)),
    )


def _left(names: tuple[str, ...], gone: set[str]) -> tuple[str, ...]:
    return () if gone & set(names) else names


def _ordered(pairs: list[tuple[Table, TablePlan]]) -> list[tuple[Table, TablePlan]]:
    """Referred tables before those that refer to them, else as they come."""
    waiting, done, names = list(pairs), list[tuple[Table, TablePlan]](), {one.name for one, _ in pairs}
    while waiting:
        settled = {one.name for one, _ in done}
        ready = next(
            (
                pair
                for pair in waiting
                if all(k.table in settled or k.table == pair[0].name or k.table not in names for k in pair[0].foreign_keys)
            ),
            waiting[0],
        )
        waiting.remove(ready)
        done.append(ready)
    return done
