"""PostgreSQL as source and target: types and keys survive, all or nothing, never onto itself. Needs a server (``postgresql``)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.engines.masking.plans import KEYS, Nothing, plan, town
from tests.engines.masking.tabular import back, copied, rows

from sekisho.engines.masking.run import run
from sekisho.engines.masking.sources import open_source
from sekisho.engines.masking.targets import Writing
from sekisho.engines.masking.verify import verify
from sekisho.errors import Conflict, InputError, Unavailable

pytestmark = [pytest.mark.postgresql, pytest.mark.network]
HOST = os.environ.get("SEKISHO_TEST_POSTGRESQL_HOST", "127.0.0.1")
NAME = f"sekisho_masking_test_{os.getpid()}"


@pytest.fixture(scope="module")
def server() -> Iterator[None]:
    """A database of our own."""
    try:
        admin = psycopg.connect(f"postgresql://postgres@{HOST}/postgres", autocommit=True)
    except psycopg.OperationalError:
        pytest.skip("no PostgreSQL")
    admin.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
    admin.execute(f"CREATE DATABASE {NAME}")
    yield
    admin.execute(f"DROP DATABASE {NAME} WITH (FORCE)")
    admin.close()


def url(schema: str, host: str = HOST) -> str:
    return f"postgresql://postgres@{host}/{NAME}?schema={schema}"


@pytest.fixture
def sql(server: None) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(f"postgresql://postgres@{HOST}/{NAME}", autocommit=True) as connection:
        for schema in ("one", "two"):
            connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        connection.execute("CREATE SCHEMA one")
        yield connection


TABLES = """
CREATE TYPE one.color AS ENUM ('赤', '青');
CREATE TABLE one.h (id bigint PRIMARY KEY, "町 名" varchar(6) NOT NULL, code char(3) UNIQUE);
CREATE TABLE one.r (
    id integer PRIMARY KEY, h bigint REFERENCES one.h (id), born date, at timestamptz, local timestamp, rate numeric(6,2),
    any_number numeric, ok boolean, real_number double precision, data jsonb, raw bytea, u uuid, list text[]);
INSERT INTO one.h VALUES (1, 'みなも', 'abc'), (2, '', NULL);
INSERT INTO one.r VALUES
    (10, 1, '2024-02-29', '2026-01-02 03:04:05.5+09', '1989-01-08 01:02:03', 12.50, 1.000000000000000000001, true, 0.1,
     '{"a": 1}', '\\x00ff', '00000000-0000-0000-0000-000000000001', '{a,"b,c"}'),
    (5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
"""


def test_types_keys_null_and_empty_survive_from_schema_to_schema(sql: psycopg.Connection[Any]) -> None:
    sql.execute(TABLES)  # type: ignore[arg-type]
    copied(url("one"), url("two"))
    for table in ("h", "r"):
        before = sql.execute(f"SELECT * FROM one.{table} ORDER BY 1").fetchall()  # type: ignore[arg-type]
        after = sql.execute(f"SELECT * FROM two.{table} ORDER BY 1").fetchall()  # type: ignore[arg-type]
        assert after == before
    with open_source(url("one")) as one, open_source(url("two")) as two:
        assert [(t.name, t.primary_key, t.unique, t.foreign_keys) for t in one.tables] == [
            (t.name, t.primary_key, t.unique, t.foreign_keys) for t in two.tables
        ]
        assert [[(c.name, c.declared, c.nullable) for c in t.columns] for t in one.tables] == [
            [(c.name, c.declared, c.nullable) for c in t.columns] for t in two.tables
        ]


@pytest.mark.parametrize("host", [HOST, "localhost"])
def test_the_source_under_another_name_is_refused(host: str, sql: psycopg.Connection[Any]) -> None:
    sql.execute(TABLES)  # type: ignore[arg-type]
    with pytest.raises(Conflict, match="target_is_source"):
        copied(url("one"), url("one", host), Writing(force=True))
    assert sql.execute("SELECT count(*) FROM one.r").fetchone() == (2,)


def test_tables_that_are_there_are_kept_without_force(sql: psycopg.Connection[Any], tmp_path: Path) -> None:
    sql.execute("CREATE TABLE one.t (x text); INSERT INTO one.t VALUES ('old')")
    (tmp_path / "t.csv").write_text("a\nnew\n")
    with pytest.raises(Conflict, match="target_exists"):
        copied(tmp_path / "t.csv", url("one"))
    assert sql.execute("SELECT x FROM one.t").fetchone() == ("old",)
    copied(tmp_path / "t.csv", url("one"), Writing(force=True))
    assert sql.execute("SELECT a FROM one.t").fetchone() == ("new",)


def test_a_text_longer_than_its_column_is_refused_and_nothing_is_there(sql: psycopg.Connection[Any]) -> None:
    sql.execute("CREATE TABLE one.t (a text); INSERT INTO one.t VALUES ('ok'), ('too long')")
    with open_source(url("one")) as source:
        from dataclasses import replace

        from sekisho.engines.masking.targets import open_target

        narrow = replace(source.tables[0], columns=(replace(source.tables[0].columns[0], declared="varchar(3)", limit=3),))
        with pytest.raises(InputError) as caught, open_target(url("two"), (narrow,), source, Writing()) as target:  # noqa: PT012
            target.begin(narrow)
            target.write(next(source.batches("t")))
    assert (caught.value.problems[0].row, caught.value.problems[0].fields) == (2, {"limit": 3})
    assert sql.execute("SELECT to_regclass('two.t')").fetchone() == (None,)


def test_a_zero_character_is_refused_with_its_row(sql: psycopg.Connection[Any], tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"a": "x"}\n{"a": "\\u0000"}\n')
    with pytest.raises(InputError) as caught:
        copied(tmp_path / "t.jsonl", url("two"))
    assert [(one.code, one.row) for one in caught.value.problems] == [("masking_runs.zero_character", 2)]


def test_collisions_and_broken_references_leave_no_table(sql: psycopg.Connection[Any], tmp_path: Path) -> None:
    source = town(tmp_path / "s")
    short = plan(("宛名番号: {transform: ff1, kinds: addressee_number}", "宛名番号: {transform: partial_mask, keep_first: 2}"))
    with open_source(source) as opened, pytest.raises(Conflict):
        run(short, opened, url("two"), keys=KEYS, random=os.urandom)
    text = (source / "住民.csv").read_text(encoding="cp932").replace(",00000001,", ",99999999,")
    (source / "住民.csv").write_text(text, encoding="cp932")
    with open_source(source) as opened, pytest.raises(Conflict, match="foreign_broken"):
        run(plan(), opened, url("two"), keys=KEYS, random=os.urandom)
    assert sql.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'two'").fetchone() == (0,)


def test_from_sqlite_to_postgres_to_a_workbook_each_step_is_proven(sql: psycopg.Connection[Any], tmp_path: Path) -> None:
    source = town(tmp_path / "s")
    copied(source, tmp_path / "s.sqlite")
    for before, after in ((str(tmp_path / "s.sqlite"), url("two")), (url("two"), str(tmp_path / "t.xlsx"))):
        wanted = plan() if before.endswith("sqlite") else plan(
            ("      備考: {transform: drop, kinds: free_text}\n", ""),
            ("生年月日: {transform: redact, text: '1970-01-01', kinds: birth_date}", "生年月日: drop"),
        )  # fmt: skip
        with open_source(before) as opened:
            run(wanted, opened, after, keys=KEYS, random=os.urandom)
            with open_source(after) as made:
                proof = verify(wanted, opened, made, random=os.urandom, inspector=Nothing(), keys=KEYS)
        assert [(one.code, one.column, one.fields) for one in proof.failed] == []
        assert proof.holds
    assert len(rows(url("two"))["住民"]) == len(back(tmp_path / "t.xlsx")["住民"]) == 300


def test_a_database_that_cannot_be_reached_is_said_without_its_password() -> None:
    with pytest.raises(Unavailable) as caught:
        open_source("postgresql://someone:geheim@127.0.0.1:1/none")
    assert "geheim" not in repr(caught.value.as_dict())
    with pytest.raises(InputError, match="url_bad"):
        open_source("postgresql://host:port/x")
