"""What is written is whole, lies where nothing was, and says what the form cannot hold."""

# ruff: noqa: DTZ001 - tables hold local times

from __future__ import annotations

import datetime as dt
import os
import signal
import sqlite3
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest
from pyarrow import parquet
from tests.engines.masking.tabular import back, copied, rows

from sekisho.engines.masking.sources import open_source
from sekisho.engines.masking.spool import UniqueSpool
from sekisho.engines.masking.tables import Dialect
from sekisho.engines.masking.targets import Writing, open_target
from sekisho.errors import Conflict, InputError

CP932 = Writing(dialect=Dialect("cp932"))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """One table with every type."""
    made = pa.table(
        {
            "文字": pa.array(["", None, " 前後 ", "=1+1"], pa.string()),
            "整数": pa.array([1, None, -5, 2**53 + 1], pa.int64()),
            "小数": pa.array([0.5, None, -1e-9, 3.0]),
            "金額": pa.array([Decimal("1.50"), None, Decimal("-0.01"), Decimal("99.99")], pa.decimal128(10, 2)),
            "日": pa.array([dt.date(2024, 2, 29), None, dt.date(1899, 12, 31), dt.date(2019, 5, 1)]),
            "時": pa.array([dt.datetime(2026, 1, 2, 3, 4, 5), None, dt.datetime(1989, 1, 8), dt.datetime(2000, 1, 1)]),
            "真偽": pa.array([True, None, False, True]),
        }
    )
    parquet.write_table(made, tmp_path / "t.parquet")
    return tmp_path / "t.parquet"


def test_types_survive_parquet_and_postgres_like_text(table: Path, tmp_path: Path) -> None:
    copied(table, tmp_path / "u.parquet")
    assert rows(tmp_path / "u.parquet")["u"] == rows(table)["t"]


def test_a_workbook_gives_back_types_days_before_1900_and_long_numbers(table: Path, tmp_path: Path) -> None:
    copied(table, tmp_path / "u.xlsx")
    before, after = rows(table)["t"], back(tmp_path / "u.xlsx")["t"]
    for column in ("文字", "整数", "小数", "日", "時", "真偽"):
        assert [one[column] for one in after] == [one[column] for one in before], column
    assert [one["金額"] for one in after] == [1.5, None, -0.01, 99.99]


def test_nothing_in_a_workbook_is_a_formula_or_a_link(tmp_path: Path) -> None:
    source = tmp_path / "t.jsonl"
    source.write_text('{"a": "=1+1"}\n{"a": "@x"}\n{"a": "http://example.jp"}\n{"a": "-5"}\n{"a": "001"}\n', encoding="utf-8")
    copied(source, tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx")["t"]
    assert [(c.value, c.data_type) for (c,) in sheet.iter_rows(min_row=2)] == [
        ("=1+1", "s"), ("@x", "s"), ("http://example.jp", "s"), ("-5", "s"), ("001", "s"),
    ]  # fmt: skip
    assert all(c.hyperlink is None for (c,) in sheet.iter_rows())


def test_formula_like_text_in_csv_is_text_and_comes_back_as_it_was(tmp_path: Path) -> None:
    values = ["=1+1", "'=1", "+81-3-1234", "-5", "+5", "-1,000.5", "@x", "\tx", "'x", "x=1", "", None]
    parquet.write_table(pa.table({"値": pa.array(values, pa.string())}), tmp_path / "t.parquet")
    copied(tmp_path / "t.parquet", tmp_path / "t.csv")
    raw = rows(tmp_path / "t.csv")["t"]
    assert [one["値"] for one in raw] == [
        "'=1+1",
        "''=1",
        "'+81-3-1234",
        "-5",
        "+5",
        "-1,000.5",
        "'@x",
        "'\tx",
        "'x",
        "x=1",
        "",
        None,
    ]
    assert [one["値"] for one in back(tmp_path / "t.csv")["t"]] == values
    with pytest.raises(InputError) as caught:
        copied(tmp_path / "t.parquet", tmp_path / "u.csv", Writing(formulas="refuse"))
    assert [(one.row, one.column) for one in caught.value.problems] == [(n, "値") for n in (2, 3, 4, 8, 9)]
    copied(tmp_path / "t.parquet", tmp_path / "v.csv", Writing(formulas="keep"))
    assert [one["値"] for one in rows(tmp_path / "v.csv")["v"]] == values


def test_csv_is_written_as_its_source_was(tmp_path: Path) -> None:
    sources = {
        "bom": '\ufeffa,b\r\n1,"x,y"\r\n2,\r\n'.encode(),
        "unix": b'a;b\n1;"x;y"\n2;""\n',
        "quoted": b'"a","b"\r\n"1","x"\r\n"2",\r\n',
        "cp932": "氏名,値\r\n髙橋～,①\r\n".encode("cp932"),
        "tab": b"a\tb\r\n1\t\r\n",
    }
    for name, content in sources.items():
        (tmp_path / f"{name}.csv").write_bytes(content)
        copied(tmp_path / f"{name}.csv", tmp_path / f"{name}-2.csv")
        assert (tmp_path / f"{name}-2.csv").read_bytes() == content, name


def test_cells_that_cp932_cannot_hold_are_named_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("氏名,町\n山田,𠮷野\n𠮷田,町〜\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        copied(tmp_path / "t.csv", tmp_path / "u.csv", CP932)
    assert [(one.code, one.row, one.column) for one in caught.value.problems] == [("masking_runs.unencodable", 3, "氏名")]
    assert "𠮷" not in repr(caught.value.as_dict())
    assert sorted(one.name for one in tmp_path.iterdir()) == ["t.csv"]


REFUSED = {
    "bytes in a workbook": (pa.table({"a": pa.array([b"x"])}), "t.xlsx", "no_bytes"),
    "infinity in a workbook": (pa.table({"a": [1.0, float("inf")]}), "t.xlsx", "not_finite"),
    "not a number in JSON": (pa.table({"a": [float("nan")]}), "t.jsonl", "not_finite"),
    "a cell longer than a sheet takes": (pa.table({"a": ["x" * 40_000]}), "t.xlsx", "too_long"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_form_cannot_hold_is_refused(case: str, tmp_path: Path) -> None:
    made, name, code = REFUSED[case]
    parquet.write_table(made, tmp_path / "s.parquet")
    with pytest.raises(InputError) as caught:
        copied(tmp_path / "s.parquet", tmp_path / name)
    assert caught.value.problems[0].code == f"masking_runs.{code}"
    assert not (tmp_path / name).exists()


def test_text_longer_than_its_sqlite_column_is_refused(tmp_path: Path) -> None:
    made = sqlite3.connect(tmp_path / "s.db")
    made.executescript("CREATE TABLE t (a VARCHAR(3)); INSERT INTO t VALUES ('ok'), ('too long')")
    made.close()
    with pytest.raises(InputError) as caught:
        copied(tmp_path / "s.db", tmp_path / "u.db")
    assert (caught.value.problems[0].row, caught.value.problems[0].fields) == (2, {"limit": 3})


def test_a_table_whose_name_is_no_sheet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a" / "x").parent.mkdir()
    (tmp_path / "a" / ("長" * 32 + ".csv")).write_text("a\n1\n")
    with pytest.raises(InputError) as caught:
        copied(tmp_path / "a", tmp_path / "t.xlsx")
    assert caught.value.problems[0].code == "masking_runs.sheet_name"


@pytest.mark.parametrize("way", ["same", "dots", "symlink", "hardlink", "force"])
def test_a_target_that_is_the_source_is_refused(way: str, tmp_path: Path) -> None:
    source = tmp_path / "s.csv"
    source.write_text("a\n1\n")
    target = {
        "same": source,
        "force": source,
        "dots": tmp_path / "x" / ".." / "s.csv",
        "symlink": tmp_path / "link.csv",
        "hardlink": tmp_path / "hard.csv",
    }[way]
    (tmp_path / "x").mkdir()
    if way == "symlink":
        target.symlink_to(source)
    if way == "hardlink":
        os.link(source, target)
    with pytest.raises(Conflict, match="target_is_source"):
        copied(source, target, Writing(force=way == "force"))
    assert source.read_text() == "a\n1\n"


def test_a_target_folder_that_is_or_lies_in_the_source_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    (folder / "t.csv").write_text("a\n1\n")
    for target in (folder, folder / "out"):
        with pytest.raises(Conflict, match="target_is_source"):
            copied(folder, target, Writing(force=True))
    other = tmp_path / "o"
    other.mkdir()
    os.link(folder / "t.csv", other / "x.csv")
    with pytest.raises(Conflict, match="target_is_source"):
        copied(folder, other, Writing(force=True))
    with pytest.raises(Conflict, match="target_is_source"):
        copied(folder / "t.csv", folder, Writing(force=True))
    assert sorted(one.name for one in folder.iterdir()) == ["t.csv"]


def test_what_is_there_is_kept_without_force_and_replaced_with_it(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("a\n1\n")
    (tmp_path / "t.csv").write_text("old")
    with pytest.raises(Conflict, match="target_exists"):
        copied(tmp_path / "s.csv", tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text() == "old"
    copied(tmp_path / "s.csv", tmp_path / "t.csv", Writing(force=True))
    assert rows(tmp_path / "t.csv") == {"t": [{"a": "1"}]}


def test_an_error_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("a\n" + "1\n" * 100_000)
    for name in ("t.csv", "t.xlsx", "t.db", "t.parquet", "t.jsonl", "folder"):
        with (  # noqa: PT012 - the target's own block is what is tested
            pytest.raises(KeyboardInterrupt),
            open_source(tmp_path / "s.csv") as source,
            open_target(tmp_path / name, source.tables, source, Writing()) as target,
        ):
            target.begin(source.tables[0])
            target.write(next(source.batches("s")).slice(0, 5000))
            raise KeyboardInterrupt
    assert [one.name for one in tmp_path.iterdir()] == ["s.csv"]


def test_several_tables_do_not_go_into_one_csv(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    for name in ("a", "b"):
        (tmp_path / "s" / f"{name}.csv").write_text("x\n1\n")
    with pytest.raises(InputError, match="one_table_only"):
        copied(tmp_path / "s", tmp_path / "t.csv")


_SLOW_COPY = """
import sys, time
from sekisho.engines.masking.sources import open_source
from sekisho.engines.masking.targets import open_target, Writing
with open_source(sys.argv[1]) as source, open_target(sys.argv[2], source.tables, source, Writing()) as target:
    target.begin(source.tables[0])
    for batch in source.batches("s"):
        target.write(batch)
        print("written", flush=True)
        time.sleep(60)
"""


@pytest.mark.machine_clock
def test_a_killed_run_leaves_no_target_and_its_rest_is_cleared_by_the_next(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("a\n" + "1\n" * 40_000)
    target = tmp_path / "t.csv"
    process = subprocess.Popen([sys.executable, "-c", _SLOW_COPY, str(tmp_path / "s.csv"), str(target)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"written\n"
        with pytest.raises(Conflict, match="target_busy"):
            copied(tmp_path / "s.csv", target)
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert not target.exists()
    assert (tmp_path / ".t.csv.sekisho-partial").is_dir()
    for _ in range(50):
        try:
            copied(tmp_path / "s.csv", target)
            break
        except Conflict:  # the dead process's lock goes with it
            time.sleep(0.1)
    assert len(rows(target)["t"]) == 40_000
    assert not (tmp_path / ".t.csv.sekisho-partial").exists()


def test_repeated_keys_are_counted_with_nulls_left_out() -> None:
    spool = UniqueSpool(lambda n: b"k" * n)
    spool.add([pa.array(["a", "b", None, "a"]), pa.array([1, 1, 1, 1])])
    spool.add([pa.array(["a", "a", None, "b"]), pa.array([1, 11, 1, None], pa.int64())])
    assert spool.repeated() == 2
    spool.close()


def test_joined_keys_of_different_rows_differ() -> None:
    spool = UniqueSpool(lambda n: b"k" * n)
    spool.add([pa.array(["a\x1f1", "a"]), pa.array(["b", "1\x1fb"])])
    assert spool.repeated() == 0
    spool.close()
