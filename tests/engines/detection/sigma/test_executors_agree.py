"""The local executor, DuckDB and ClickHouse find the same events, whatever is in them."""

from __future__ import annotations

from pathlib import Path

import chdb
import duckdb
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekisho.engines.detection.sigma import Review, RuleSet
from sekisho.engines.detection.sigma.model import (
    And,
    Cidr,
    Compare,
    Exists,
    Expr,
    FieldRef,
    Match,
    Not,
    Or,
    Regex,
    Test,
    Text,
    Wildcard,
)
from sekisho.engines.detection.sigma.placing import placed
from sekisho.engines.detection.sigma.program import Programs
from sekisho.engines.detection.sigma.sql import CLICKHOUSE, DUCKDB, Dialect, condition
from sekisho.engines.events import RECORD, SYSTEM_COLUMNS, Batch

from .making import SYSMON, rule, rules, table

# Letters whose lower case came with Unicode 15 or later fold only where an engine's library knows them: sigma-support.md.
LETTERS = st.sampled_from("abAB01 %_\\*?'\"`\n\r\t.$^[](){}|+-/:=;,日本ＡａΣσςİıßéÉ\u0301\U00020bb7😀\x00\x01\x7f\ufeff")
TEXTS = st.text(LETTERS, max_size=6)
FIELDS = ("F", "g", "H h")
ROWS = st.lists(st.fixed_dictionaries({name: st.none() | TEXTS for name in FIELDS}), min_size=1, max_size=12)


def any_test() -> st.SearchStrategy[Test]:
    from sekisho.engines.detection.sigma.translate import text_test

    parts = st.lists(TEXTS.filter(bool) | st.sampled_from([0, 1]), max_size=4)
    return st.one_of(
        st.builds(text_test, parts, cased=st.booleans()),
        st.builds(FieldRef, st.sampled_from(["equals", "contains", "startswith", "endswith"]), st.sampled_from(FIELDS)),
        st.builds(Compare, st.sampled_from(["lt", "lte", "gt", "gte", "neq"]), st.sampled_from([0.0, 1.0, -1.5, 1e300])),
        st.just(Exists()),
        st.just(Regex("[ab]+$", "i")),
        st.just(Regex("^.b.", "ms")),
    )


MATCHES = st.builds(Match, st.sampled_from(("F", "G", "H h", "absent", "")), any_test()).filter(
    lambda match: match.field or isinstance(match.test, (Text, Wildcard, Regex))
)
EXPRESSIONS: st.SearchStrategy[Expr] = st.recursive(
    MATCHES,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.tuples(inner, inner)),
        st.builds(Or, st.lists(inner, min_size=2, max_size=4).map(tuple)),
    ),
    max_leaves=6,
)


def _local(expressions: list[Expr], events: pa.Table) -> list[set[int]]:
    made = rules(*[rule("s: {x: y}\ncondition: s", title=f"r{n}") for n in range(len(expressions))])
    making = Programs()
    programs = tuple(making.program(making.node(expr)) for expr in expressions)
    fields = {"programs": programs, "groups": tuple(making.groups), "literals": tuple(making.literals)}
    own = RuleSet(rules=made.rules, expressions=made.expressions, **fields)
    found: list[set[int]] = [set() for _ in expressions]
    for one in Review(own).feed(Batch(SYSMON, events)):
        found[int(one.title[1:])].add(one.record)
    return found


def _sql(expressions: list[Expr], events: pa.Table, dialect: Dialect, source: str, fetch) -> list[set[int]]:
    columns = [name for name in events.column_names if name not in SYSTEM_COLUMNS]
    made = [condition(expr, columns, dialect) for expr in expressions]
    assert all(one.exact for one in made)
    shown = []
    for number, one in enumerate(made):
        sql = one.sql
        for name, value in reversed(one.named):
            sql = sql.replace(name, f"({value})")
        shown.append(f"CASE WHEN {sql} THEN 1 ELSE 0 END AS r{number}")
    answer = fetch(f'SELECT "{RECORD}", {", ".join(shown)} FROM {source}')
    numbers = answer.column(RECORD).to_pylist()
    return [
        {record for record, held in zip(numbers, answer.column(f"r{n}").to_pylist(), strict=True) if held}
        for n in range(len(expressions))
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("agree")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=ROWS, expressions=st.lists(EXPRESSIONS, min_size=1, max_size=8))
def test_the_three_executors_find_the_same(folder: Path, rows: list[dict[str, str | None]], expressions: list[Expr]) -> None:
    events = table(rows)
    found = _local(expressions, events)
    connection = duckdb.connect()
    connection.register("events", events)
    assert _sql(expressions, events, DUCKDB, "events", lambda sql: connection.sql(sql).to_arrow_table()) == found
    file = folder / "events.parquet"
    pyarrow.parquet.write_table(events, file)

    def fetch(sql: str) -> pa.Table:
        return pa.ipc.open_stream(chdb.query(sql, "ArrowStream").bytes()).read_all()

    assert _sql(expressions, events, CLICKHOUSE, f"file('{file}', Parquet)", fetch) == found


@settings(max_examples=15, deadline=None)
@given(
    values=st.lists(st.ip_addresses().map(str) | st.from_regex(r"[0-9.:a-f]{1,15}", fullmatch=True), min_size=1, max_size=20),
    network=st.sampled_from(["10.0.0.0/8", "0.0.0.0/1", "192.0.2.7/32", "2001:db8::/32", "::/1", "::ffff:10.0.0.0/104"]),
)
def test_networks_let_through_too_much_in_sql_never_too_little(values: list[str], network: str) -> None:
    events = table([{"F": value} for value in values])
    expressions: list[Expr] = [Match("F", Cidr(network))]
    inside, outside = _local([*expressions, Not(expressions[0])], events)
    assert inside | outside == set(range(1, len(values) + 1))
    connection = duckdb.connect()
    connection.register("events", events)
    for expr, held in ((expressions[0], inside), (Not(expressions[0]), outside)):
        sql = condition(expr, ["F"], DUCKDB).sql
        assert held <= {row[0] for row in connection.sql(f"SELECT {RECORD} FROM events WHERE {sql}").fetchall()}


def test_a_placed_rule_has_the_names_of_its_events() -> None:
    made = rules(rule("s:\n  Image|endswith: '\\a.exe'\n  CommandLine|contains: x\n  IntegrityLevel: High\ncondition: s"))
    expr = placed(made.expr(0), made.rules[0].logsource, "windows", "Security", "4688")
    assert expr is not None
    shown = condition(expr, ["NewProcessName", "CommandLine", "MandatoryLabel"], DUCKDB).sql
    assert "NewProcessName" in shown
    assert "s-1-16-12288" in shown
    assert placed(made.expr(0), made.rules[0].logsource, "windows", "System", "7045") is None
