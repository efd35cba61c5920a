"""One run of a plan: source to target, published whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from sekisho.engines.masking.keys import KeyIdentity, KeyRing
from sekisho.engines.masking.masker import Chance, Masker, Settings
from sekisho.engines.masking.plan import Plan, TablePlan, fitted
from sekisho.engines.masking.spool import UniqueSpool
from sekisho.engines.masking.tables import Source, Table
from sekisho.engines.masking.targets import Target, Writing, open_target
from sekisho.errors import Conflict

__all__ = ["Progress", "RunResult", "TableRun", "run"]

Progress = Callable[[str, int], None]
"""Called with the table and the number of its rows that are done."""


@dataclass(frozen=True, slots=True)
class TableRun:
    """What was done with one table: rows, and for each column what its transform counted."""

    name: str
    rows: int
    columns: dict[str, dict[str, Any]]
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run did; no value of the data is in it. ``notes`` counts what the target had to do (``formula_like``)."""

    plan_hash: str
    plan_version: int
    source: str
    target: str
    target_kind: str
    keys: tuple[KeyIdentity, ...]
    tables: tuple[TableRun, ...]
    notes: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "schema": "sekisho.masking_run/1",
            "plan": {"hash": self.plan_hash, "version": self.plan_version},
            "source": self.source,
            "target": {"location": self.target, "kind": self.target_kind},
            "keys": [{"domain": one.domain, "version": one.version, "check": one.check} for one in self.keys],
            "tables": [
                {"name": one.name, "rows": one.rows, "columns": one.columns, "dropped": list(one.dropped)} for one in self.tables
            ],
            "notes": self.notes,
        }


def run(
    plan: Plan,
    source: Source,
    target: str | Path,
    *,
    keys: KeyRing,
    random: Chance,
    how: Writing | None = None,
    progress: Progress | None = None,
) -> RunResult:
    """Mask all tables of ``source`` by ``plan`` into ``target``.

    Memory is bounded by a batch of rows, except for columns that are shuffled (held one at a time) and for tokens with ``watch``.

    Raises:
        InputError: the plan does not decide on every column; a value cannot be masked or written (file, row, column named).
        NotFound: a key is missing.
        Conflict: the target is the source or is there; two rows of a key became one; a key is not the one that the plan names.
    """
    pairs = fitted(plan, source)
    for domain in plan.domains:
        keys.key(domain)
    keys.expect(plan.keys)
    settings = Settings(keys, plan.domain, random)
    maskers = [Masker(table, wanted, settings) for table, wanted in pairs]
    tables = tuple(
        one.masked_table(pa.schema([c for c in one.table.schema if not _dropped(one.plan, c.name)])) for one in maskers
    )
    with open_target(target, tables, source, how or Writing()) as opened:
        done = tuple(_table(one, source, opened, random, progress) for one in maskers)
    identities = tuple(keys.key(domain).identity for domain in plan.domains)
    return RunResult(plan.hash, plan.version, source.location, opened.location, opened.kind, identities, done, dict(opened.notes))


def _dropped(plan: TablePlan, name: str) -> bool:
    return plan.columns[name].dropped


def _table(masker: Masker, source: Source, target: Target, random: Chance, progress: Progress | None) -> TableRun:
    rows, begun = 0, False
    keys = _watched(masker.table)
    spools = [UniqueSpool(random) for _ in keys]
    try:
        for batch in masker.batches(source):
            if not begun:
                target.begin(masker.masked_table(batch.schema))
                begun = True
            for key, spool in zip(keys, spools, strict=True):
                spool.add([batch.column(name) for name in key])
            target.write(batch)
            rows += batch.num_rows
            if progress is not None:
                progress(masker.table.name, rows)
        if not begun:
            target.begin(masker.masked_table(masker.empty()))
        target.end()
        for key, spool in zip(keys, spools, strict=True):
            repeated = spool.repeated()
            if repeated:
                columns = ", ".join(key)
                raise Conflict("masking_runs.keys_collided", table=masker.table.name, columns=columns, count=repeated)
    finally:
        for spool in spools:
            spool.close()
    return TableRun(masker.table.name, rows, _columns(masker), tuple(n for n, c in masker.plan.columns.items() if c.dropped))


def _watched(table: Table) -> Sequence[tuple[str, ...]]:
    """The keys in which no value may stand twice."""
    return [one for one in dict.fromkeys([table.primary_key, *table.unique]) if one]


def _columns(masker: Masker) -> dict[str, dict[str, Any]]:
    return {
        name: {
            "action": column.action.value,
            "transform": column.transform.describe() if column.transform is not None else None,
            "counts": dict(masker.memories[name].counts),
        }
        for name, column in masker.plan.columns.items()
    }
