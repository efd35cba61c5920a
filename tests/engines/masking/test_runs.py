"""Runs: integrity over tables and runs, deny by default, nothing of マイナンバー, collisions before anything is seen."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from tests.engines.masking.plans import KEYS, plan, town
from tests.engines.masking.tabular import back, rows

from sekisho.engines.masking.keys import DomainKey, KeyRing
from sekisho.engines.masking.plan import Plan
from sekisho.engines.masking.run import RunResult, run
from sekisho.engines.masking.sampling import partly_hidden, sample
from sekisho.engines.masking.sources import open_source
from sekisho.engines.masking.targets import Writing
from sekisho.errors import Conflict, InputError, NotFound


def masked(wanted: Plan, source: Path | str, target: Path | str, keys: KeyRing = KEYS, **how: Any) -> RunResult:
    """A run."""
    with open_source(source) as opened:
        return run(wanted, opened, target, keys=keys, random=os.urandom, how=Writing(**how))


def test_the_same_input_gives_the_same_output_over_tables_files_and_runs(tmp_path: Path) -> None:
    source = town(tmp_path / "s")
    for name in ("one", "two"):
        masked(plan(), source, tmp_path / name)
    first, second = rows(tmp_path / "one"), rows(tmp_path / "two")
    assert first == second
    households = {one["世帯番号"] for one in first["世帯"]}
    assert {one["世帯番号"] for one in first["住民"]} <= households
    before = rows(source)
    link = dict(zip([r["世帯番号"] for r in before["世帯"]], [r["世帯番号"] for r in first["世帯"]], strict=True))
    assert [link[one["世帯番号"]] for one in before["住民"]] == [one["世帯番号"] for one in first["住民"]]


def test_another_key_gives_another_output(tmp_path: Path) -> None:
    source = town(tmp_path / "s")
    masked(plan(), source, tmp_path / "one")
    masked(plan(), source, tmp_path / "two", KeyRing([DomainKey(b"2" * 32, domain="test")]))
    one, two = rows(tmp_path / "one")["住民"], rows(tmp_path / "two")["住民"]
    assert all(a["宛名番号"] != b["宛名番号"] for a, b in zip(one, two, strict=True))


def test_a_key_that_is_not_the_one_before_is_refused(tmp_path: Path) -> None:
    identity = KEYS.key("test").identity
    named = ("domain: test\n", f"domain: test\nkeys: {{test: {{version: 1, check: '{identity.check}'}}}}\n")
    source = town(tmp_path / "s")
    with pytest.raises(Conflict, match="keys_not_as_before"):
        masked(plan(named), source, tmp_path / "t", KeyRing([DomainKey(b"2" * 32, domain="test")]))
    assert not (tmp_path / "t").exists()
    masked(plan(named), source, tmp_path / "t")


def test_the_result_tells_what_was_done_and_shows_no_value_and_no_key(tmp_path: Path) -> None:
    done = masked(plan(), town(tmp_path / "s"), tmp_path / "t").as_dict()
    assert [(one["name"], one["rows"], one["dropped"]) for one in done["tables"]] == [("世帯", 60, []), ("住民", 300, ["備考"])]
    assert done["keys"] == [{"domain": "test", "version": 1, "check": KEYS.key("test").identity.check}]
    assert done["plan"] == {"hash": plan().hash, "version": 3}
    assert "佐藤" not in repr(done)
    assert (b"1" * 32).hex() not in repr(done)


def test_nothing_is_written_without_a_key_or_with_an_undecided_column(tmp_path: Path) -> None:
    source = town(tmp_path / "s")
    with pytest.raises(NotFound, match="key_missing"):
        masked(plan(), source, tmp_path / "t", KeyRing())
    with pytest.raises(InputError, match="plan_unfit"):
        masked(plan(("町: keep", "町: undecided")), source, tmp_path / "t")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["s"]


NUMBERS = ["123456789018", "100000000080", "100000000030"] * 20


@pytest.mark.parametrize("kind", [pa.string(), pa.int64(), pa.float64()])
@pytest.mark.parametrize("action", ["keep", "{transform: token, length: 16}"])
def test_a_column_of_my_numbers_is_refused_whatever_its_name_and_type(kind: pa.DataType, action: str, tmp_path: Path) -> None:
    values = pa.array(NUMBERS).cast(kind)
    parquet.write_table(pa.table({"整理": values}), tmp_path / "t.parquet")
    text = plan().source | {"tables": {"t": {"columns": {"整理": {"transform": "keep"}}}}}
    from sekisho.engines.masking.plan import parse_plan, write_plan

    wanted = parse_plan(write_plan(text).replace("{transform: keep}", action).encode(), file="x")
    with pytest.raises(InputError, match="number_detected"):
        masked(wanted, tmp_path / "t.parquet", tmp_path / "u.csv")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["t.parquet"]


def test_masked_keys_that_collide_are_told_before_anything_is_seen(tmp_path: Path) -> None:
    source = town(tmp_path / "s")
    short = plan(
        ("宛名番号: {transform: ff1, kinds: addressee_number}", "宛名番号: {transform: partial_mask, keep_first: 2}"),
    )
    for name in ("t", "t.xlsx", "t.db"):
        with pytest.raises(Conflict):
            masked(short, source, tmp_path / name)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["s"]


def test_a_table_that_is_left_out_is_not_in_the_target(tmp_path: Path) -> None:
    without = plan(
        ("  世帯:\n    primary_key: 世帯番号\n", "  世帯:\n    include: false\n    primary_key: 世帯番号\n"),
    )
    masked(without, town(tmp_path / "s"), tmp_path / "t")
    assert list(rows(tmp_path / "t")) == ["住民"]


@pytest.mark.parametrize("target", ["t", "t.xlsx", "t.db"])
def test_the_tables_go_into_every_kind_of_target(target: str, tmp_path: Path) -> None:
    masked(plan(), town(tmp_path / "s"), tmp_path / "csv")
    masked(plan(), town(tmp_path / "s"), tmp_path / target, form="parquet")
    assert back(tmp_path / target) == back(tmp_path / "csv")


def test_sqlite_keeps_its_types_and_keys(tmp_path: Path) -> None:
    masked(plan(), town(tmp_path / "s"), tmp_path / "one.db")
    wanted = plan(("  住民:\n    primary_key: 宛名番号\n", "  住民:\n"))
    with sqlite3.connect(tmp_path / "one.db") as made:
        found = made.execute("SELECT sql FROM sqlite_master WHERE name = '住民'").fetchone()[0]
        assert "PRIMARY KEY" in found
        assert "FOREIGN KEY" in found
        assert made.execute("PRAGMA foreign_key_check").fetchall() == []
    made.close()
    assert wanted.hash != plan().hash


def test_an_empty_table_is_written_with_its_columns(tmp_path: Path) -> None:
    source = town(tmp_path / "s")
    (source / "住民.csv").write_bytes("宛名番号,世帯番号,氏名,生年月日,性別,所得,備考\r\n".encode("cp932"))
    masked(plan(), source, tmp_path / "t")
    assert (tmp_path / "t" / "住民.csv").read_text(encoding="cp932") == "宛名番号,世帯番号,氏名,生年月日,性別,所得\n"


def test_a_sample_hides_what_was_and_shows_what_will_be(tmp_path: Path) -> None:
    with open_source(town(tmp_path / "s")) as source:
        found = {one.name: one for one in sample(plan(), source, keys=KEYS, random=os.urandom, rows=2)}
    columns = {one.name: one for one in found["住民"].columns}
    assert columns["氏名"].before[0] == "佐＊＊＊＊＊"
    assert columns["氏名"].after[0] not in {None, "佐藤　太郎0"}
    assert columns["性別"].before == columns["性別"].after == ("男", "女")
    assert columns["備考"].after == (None, None)


def test_at_most_a_quarter_of_a_value_is_shown() -> None:
    for length in range(40):
        assert partly_hidden("x" * length, wholly=False).count("x") <= length / 4
        assert partly_hidden("x" * length, wholly=True) == "＊" * length
