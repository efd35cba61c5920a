"""Rules as one query each over a table of events in DuckDB or ClickHouse; what SQL cannot decide is decided here.

One query for each rule, because OR-ing many rules into one is slower than asking them one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from sekisho.engines.detection.sigma.execute import TimeLimits, run_plan
from sekisho.engines.detection.sigma.model import FALSE
from sekisho.engines.detection.sigma.placing import placed
from sekisho.engines.detection.sigma.plan import Planner
from sekisho.engines.detection.sigma.sql import Dialect, condition
from sekisho.engines.events.model import FILE, RECORD, SYSTEM_COLUMNS

if TYPE_CHECKING:
    from sekisho.engines.detection.sigma.compiler import RuleSet
    from sekisho.engines.events.model import Partition

__all__ = ["Query", "SqlHit", "queries", "run_queries"]


@dataclass(frozen=True, slots=True)
class Query:
    """The query of one rule over one partition. Rows of one that is not ``exact`` are to be looked at by the local executor."""

    rule: int
    sql: str
    exact: bool


@dataclass(frozen=True, slots=True)
class SqlHit:
    """A rule holds for an event."""

    rule: int
    file: str
    record: int | None


def queries(
    rules: RuleSet,
    partition: Partition,
    *,
    table: str,
    columns: Sequence[str],
    dialect: Dialect,
    which: Collection[int] | None = None,
) -> Iterator[Query]:
    """Queries over ``table`` (an SQL expression that has the events of ``partition``) with these ``columns``.

    ``which`` are positions of rules; None means all that stand in the partition.
    """
    fields = [name for name in columns if name not in SYSTEM_COLUMNS]
    key = (partition.source, partition.channel, partition.event)
    for position, rule in enumerate(rules.rules):
        if rule.correlation is not None or (which is not None and position not in which):
            continue
        expr = placed(rules.expr(position), rule.logsource, *key)
        if expr is None or expr == FALSE:
            continue
        made = condition(expr, fields, dialect)
        shown = f"{dialect.column(FILE)}, {dialect.column(RECORD)}" if made.exact else "*"
        named = ", ".join(f"{sql} AS {name}" for name, sql in made.named)
        start = f"WITH {named} SELECT" if named else "SELECT"
        yield Query(position, f"{start} {shown} FROM {table} WHERE {made.sql}", made.exact)


def run_queries(
    rules: RuleSet, partition: Partition, asked: Collection[Query], fetch: Callable[[str], pa.Table]
) -> Iterator[SqlHit]:
    """Run ``asked`` with ``fetch`` (SQL in, rows out)."""
    planner: Planner | None = None
    for query in asked:
        rows = fetch(query.sql)
        if not rows.num_rows:
            continue
        if not query.exact:
            planner = planner or Planner(rules)
            plan = planner.plan(partition.source, partition.channel, partition.event, only=query.rule)
            held = [taken for _, taken, _ in run_plan(plan, rows, TimeLimits())]
            rows = rows.take(pa.array([number for taken in held for number in taken.tolist()], pa.int64()))
        for file, record in zip(rows.column(FILE).to_pylist(), rows.column(RECORD).to_pylist(), strict=True):
            yield SqlHit(query.rule, file.decode() if isinstance(file, bytes) else file, record)
