"""Detections against the peer's list, each difference with its reason; the SQL executors against the local one.

The peer's list: ``{title: [[file name, record id], …]}`` in JSON, plain or gzipped.

Reasons, each decided by looking at the record and at the rule's clauses, not by the rule's name:

``audit_log``        the rule's category also stands in a channel of the audit log (Security 4688, 4656, 4663, 5156 …)
``absent_negated``   the rule has ``not`` over a field that the event does not have: unknown in SQL's three-valued logic
``truth_value``      the rule asks for ``true`` or ``false`` and the event has that truth value (a number in the peer's table)
``empty_value``      the rule asks for an empty value and the event has one (NULL in the peer's table)
``absent_column``    the rule asks, beside others, for a field that no event of the set has (no such column: the query fails)
``unnamed_data``     the rule asks for ``Data``, the values without a name of a classic event
``other``            none of these
"""

from __future__ import annotations

import gzip
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sekisho.engines.detection.sigma import Review, RuleSet, load_rules, merged
from sekisho.engines.detection.sigma.fold import fold
from sekisho.engines.detection.sigma.model import KEYWORD, And, Const, Exists, Expr, FieldRef, Match, Not, Text
from sekisho.engines.detection.sigma.placing import placed
from sekisho.engines.detection.sigma.predicates import needs_folded, predicate, reference_predicate
from sekisho.engines.events import FILE, RECORD, Partition, read

Row = dict[str, Any]


def three_valued(expr: Expr, row: Row) -> bool | None:
    """The truth of ``expr`` in SQL's logic: a test of an absent field is neither true nor false."""
    if isinstance(expr, Const):
        return expr.value
    if isinstance(expr, Not):
        inner = three_valued(expr.item, row)
        return None if inner is None else not inner
    if isinstance(expr, Match):
        return _match(expr, row)
    parts = [three_valued(item, row) for item in expr.items]
    decides = not isinstance(expr, And)
    if decides in parts:
        return decides
    return None if None in parts else not decides


def _match(match: Match, row: Row) -> bool | None:
    if match.field == KEYWORD:
        return any(_holds(match, value) for value in row.values())
    value = row.get(match.field.lower())
    if isinstance(match.test, Exists):
        return value is not None
    if value is None:
        return None
    if isinstance(match.test, FieldRef):
        other = row.get(match.test.field.lower())
        return None if other is None else reference_predicate(match.test)(fold(value), fold(other))
    return _holds(match, value)


def _holds(match: Match, value: str) -> bool:
    return predicate(match.test)(fold(value) if needs_folded(match.test) else value)


def tests(expr: Expr) -> Iterator[Match]:
    if isinstance(expr, Match):
        yield expr
    elif isinstance(expr, Not):
        yield from tests(expr.item)
    elif not isinstance(expr, Const):
        for item in expr.items:
            yield from tests(item)


def reason(rules: RuleSet, position: int, partition: Partition, row: Row, columns: set[str]) -> str:
    """Why the peer does not have this finding."""
    rule = rules.rules[position]
    expr = placed(rules.expr(position), rule.logsource, partition.source, partition.channel, partition.event)
    asked = list(tests(expr)) if expr is not None else []
    literal = {one.test.value for one in asked if isinstance(one.test, Text) and row.get(one.field.lower()) == one.test.value}
    if rule.logsource.category and partition.channel.lower() == "security":
        return "audit_log"
    if expr is not None and three_valued(expr, row) is None:
        return "absent_negated"
    if literal & {"true", "false"}:
        return "truth_value"
    if "" in literal:
        return "empty_value"
    if any(one.field and one.field.lower() not in columns for one in asked):
        return "absent_column"
    return "unnamed_data" if row.get("data") is not None and "data" in str(expr).lower() else "other"


def against_peer(logs: Path, folders: list[str], peer: Path, out: Path | None) -> None:
    """Print and write how the findings differ from the peer's."""
    raw = peer.read_bytes()
    listed: dict[str, set[tuple[str, str]]] = {
        title: {(file, str(record)) for file, record in hits}
        for title, hits in json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).items()
    }
    rules = load_rules([Path(folder) for folder in folders])
    positions = {(rule.title, rule.id): position for position, rule in enumerate(rules.rules)}
    run, found = Review(rules), defaultdict(set)
    more: list[dict[str, Any]] = []
    files = sorted(logs.rglob("*.evtx"))
    columns = {name.lower() for batch in read(files) for name in batch.table.column_names}
    for batch in merged(read(files)):
        rows: dict[tuple[str, int | None], Row] = {}
        for one in run.feed(batch):
            key = (Path(one.file).name, str(one.record))
            found[one.title].add(key)
            if key in listed.get(one.title, ()):
                continue
            rows = rows or {
                (r[FILE], r[RECORD]): {k.lower(): v for k, v in r.items() if k[0] != "_"} for r in batch.table.to_pylist()
            }
            why = reason(rules, positions[one.title, one.id], batch.partition, rows[one.file, one.record], columns)
            more.append({"title": one.title, "file": key[0], "record": one.record, "channel": one.channel, "reason": why})
    missing = [{"title": t, "file": f, "record": r} for t, hits in listed.items() for f, r in hits - found.get(t, set())]
    same = sum(len(hits & found.get(title, set())) for title, hits in listed.items())
    total = sum(map(len, listed.values()))
    print(f"peer: {len(listed)} titles, {total} hits; found here as well: {same}; missing: {len(missing)}; more: {len(more)}")
    print("more, by reason:", dict(Counter(one["reason"] for one in more)))
    for (title, why), count in Counter((one["title"], one["reason"]) for one in more).most_common():
        print(f"  {count:4} {why:15} {title}")
    for lost in missing:
        print("  missing", lost)
    if out is not None:
        out.write_text(json.dumps({"missing": missing, "more": more}, ensure_ascii=False, indent=1), encoding="utf-8")


def against_sql(logs: Path, folders: list[str], most: float) -> None:
    """Every rule as a query of its own in DuckDB and ClickHouse, over Parquet of each partition, for ``most`` seconds.

    Partitions come with the largest first; what was not asked when the time was over is told.
    """
    import tempfile

    import chdb
    import duckdb
    import pyarrow as pa
    import pyarrow.ipc
    import pyarrow.parquet

    from sekisho.engines.detection.sigma.sql import CLICKHOUSE, DUCKDB
    from sekisho.engines.detection.sigma.sql_run import queries, run_queries

    rules = load_rules([Path(folder) for folder in folders])
    connection = duckdb.connect()
    house = chdb.connect(":memory:")
    review, begun, asked_of = Review(rules), time.perf_counter(), 0
    batches = sorted(merged(read(sorted(logs.rglob("*.evtx")))), key=lambda one: -one.table.num_rows)
    counts: dict[str, Counter[str]] = {"duckdb": Counter(), "clickhouse": Counter()}
    with tempfile.TemporaryDirectory() as folder:
        for number, batch in enumerate(batches):
            if time.perf_counter() - begun > most:
                break
            asked_of += 1
            local = {(positions, one.file, one.record) for one in review.feed(batch) for positions in [(one.title, one.id)]}
            events = batch.table
            events = events.drop_columns([f.name for f in events.schema if pa.types.is_null(f.type)])
            file = Path(folder) / f"{number}.parquet"
            pyarrow.parquet.write_table(events, file)

            def click(sql: str, empty: pa.Table = events) -> pa.Table:
                answer: bytes = house.query(sql, "ArrowStream").bytes()
                return pa.ipc.open_stream(answer).read_all() if answer else empty.slice(0, 0)

            for dialect, table, fetch in (
                (DUCKDB, f"read_parquet('{file}')", lambda sql: connection.sql(sql).to_arrow_table()),
                (CLICKHOUSE, f"file('{file}', Parquet)", click),
            ):
                told = counts[dialect.name]
                asked = list(queries(rules, batch.partition, table=table, columns=events.column_names, dialect=dialect))
                begin = time.perf_counter()
                found = set()
                for query in asked:
                    told["queries"] += 1
                    told["looked at again"] += not query.exact
                    try:
                        for hit in run_queries(rules, batch.partition, [query], fetch):
                            rule = rules.rules[hit.rule]
                            found.add(((rule.title, rule.id), hit.file, hit.record))
                    except Exception as error:  # noqa: BLE001 - counted and shown: an engine's error is what is measured
                        told["errors"] += 1
                        print(dialect.name, rules.rules[query.rule].title, str(error)[:200])
                told["milliseconds"] += int((time.perf_counter() - begin) * 1000)
                told["same"] += len(found & local)
                told["only here"] += len(local - found)
                told["only in SQL"] += len(found - local)
    print(f"{asked_of} of {len(batches)} partitions asked in {time.perf_counter() - begun:.0f} s")
    for name, told in counts.items():
        print(name, dict(told))
