"""Tables out of files: what stands in them comes out, and what is broken is named by file, row and column."""

from __future__ import annotations

import sqlite3
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from tests.engines.masking.tabular import back, copied, rows

from sekisho.engines.masking.sources import open_source
from sekisho.engines.masking.tables import Reading
from sekisho.engines.masking.targets import Writing
from sekisho.errors import InputError, NotFound


def problem(path: Path | str, reading: Reading | None = None) -> tuple[str, int | None, str]:
    """What an unusable source is refused with."""
    with pytest.raises(InputError) as caught:
        rows(path, reading)
    first = caught.value.problems[0]
    return first.code.partition(".")[2], first.row, first.column


def put(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


HOSTILE_CSV: dict[str, tuple[str, tuple[str, int | None, str]]] = {
    "a cell too few": ("a,b\n1,2\n3\n", ("csv_ragged", 3, "")),
    "a cell too many": ("a,b\n1,2,3\n", ("csv_ragged", 2, "")),
    "ragged after a cell with line ends": ('a,b\n"x\ny\nz",1\n2\n', ("csv_ragged", 3, "")),
    "an open quotation mark": ('a,b\n1,2\n"3,4\n5,6\n', ("csv_open_quote", 3, "")),
    "an empty file": ("", ("csv_empty", None, "")),
    "blanks alone": (" \n\n", ("csv_empty", None, "")),
    "the same heading twice": ("a,b,a\n1,2,3\n", ("heading_twice", 1, "a")),
    "a heading that is empty": ("a,,c\n1,2,3\n", ("heading_empty", 1, "")),
}


@pytest.mark.parametrize("case", HOSTILE_CSV)
def test_broken_csv_is_refused_with_its_row(case: str, tmp_path: Path) -> None:
    text, expected = HOSTILE_CSV[case]
    assert problem(put(tmp_path / "t.csv", text)) == expected


def test_a_refusal_shows_no_value(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        rows(put(tmp_path / "t.csv", "氏名,番号\n山田太郎,1\n鈴木花子,2,秘密\n"))
    assert "鈴木" not in repr(caught.value.as_dict())
    assert "秘密" not in repr(caught.value.as_dict())


def test_csv_tells_null_from_empty_and_keeps_every_character(tmp_path: Path) -> None:
    path = put(tmp_path / "住民.csv", '番号,氏名,備考\r\n001,山田,""\r\n002,,"一行\r\n""二""行, "\r\n')
    assert rows(path) == {
        "住民": [
            {"番号": "001", "氏名": "山田", "備考": ""},
            {"番号": "002", "氏名": None, "備考": '一行\r\n"二"行, '},
        ]
    }


@pytest.mark.parametrize(("encoding", "bom"), [("utf-8", b""), ("utf-8-sig", b""), ("cp932", b""), ("utf-16", b"")])
def test_csv_is_read_in_the_encodings_of_offices(encoding: str, bom: bytes, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(bom + "氏名,値\r\n髙橋①～,x\r\n".encode(encoding))
    assert rows(path) == {"t": [{"氏名": "髙橋①～", "値": "x"}]}


def test_a_wrongly_declared_encoding_is_told_with_the_right_one(tmp_path: Path) -> None:
    path = put(tmp_path / "t.csv", "a,b\n1,2\n山田,3\n", "cp932")
    with pytest.raises(InputError) as caught:
        open_source(path, Reading(encoding="utf-8"))
    first = caught.value.problems[0]
    assert (first.code, first.row, first.fields) == ("masking_runs.encoding_other", 3, {"declared": "utf-8", "other": "cp932"})


def test_what_is_no_text_is_refused_with_its_row(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n1,2\n\xff\xfd\x80,3\n")
    assert problem(path) == ("encoding_wrong", 3, "")


def test_tab_and_semicolon_are_found(tmp_path: Path) -> None:
    assert rows(put(tmp_path / "t.tsv", "a\tb,c\n1\t2\n")) == {"t": [{"a": "1", "b,c": "2"}]}
    assert rows(put(tmp_path / "s.csv", "a;b\n1;2\n")) == {"s": [{"a": "1", "b": "2"}]}


def test_csv_without_headings_gets_numbered_ones(tmp_path: Path) -> None:
    assert rows(put(tmp_path / "t.csv", "1,2\n"), Reading(heading=False)) == {"t": [{"列1": "1", "列2": "2"}]}


def test_a_quotation_mark_that_swallows_megabytes_is_named(tmp_path: Path) -> None:
    path = put(tmp_path / "t.csv", "a,b\n1,2\n" + '"' + "x,1\n" * (6 << 20))
    assert problem(path) == ("csv_open_quote", 3, "")


HOSTILE_JSON: dict[str, tuple[bytes, tuple[str, int | None, str]]] = {
    "no JSON": (b'{"a": 1}\n{"a": \n', ("json_line", 2, "")),
    "no object": (b'{"a": 1}\n[1]\n', ("json_line", 2, "")),
    "a list inside": (b'{"a": 1}\n{"a": [1]}\n', ("nested", 2, "a")),
    "numbers and words": (b'{"a": 1}\n{"a": "x"}\n', ("mixed", 2, "a")),
    "too deep": (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n", ("json_line", 1, "")),
    "not UTF-8": (b'{"a": "\xff"}\n', ("json_line", 1, "")),
    "nothing": (b"\n", ("no_columns", None, "")),
}


@pytest.mark.parametrize("case", HOSTILE_JSON)
def test_broken_json_lines_are_refused_with_line_and_field(case: str, tmp_path: Path) -> None:
    content, expected = HOSTILE_JSON[case]
    path = tmp_path / "t.jsonl"
    path.write_bytes(content)
    assert problem(path) == expected


def test_json_lines_have_types_and_missing_fields_are_null(tmp_path: Path) -> None:
    path = put(tmp_path / "t.jsonl", '{"a": 1, "b": "", "c": true}\n{"a": 2.5, "c": null}\n')
    assert rows(path) == {"t": [{"a": 1.0, "b": "", "c": True}, {"a": 2.5, "b": None, "c": None}]}


def test_mixed_columns_can_be_read_as_text(tmp_path: Path) -> None:
    path = put(tmp_path / "t.jsonl", '{"a": 1}\n{"a": "x"}\n{"a": 99999999999999999999}\n')
    assert rows(path, Reading(mixed_as_text=True)) == {"t": [{"a": "1"}, {"a": "x"}, {"a": "99999999999999999999"}]}


def book(path: Path, *lines: list[Any]) -> Path:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = "住民"
    for line in lines:
        sheet.append(line)
    made.save(path)
    return path


HOSTILE_XLSX: dict[str, tuple[list[list[Any]], tuple[str, int | None, str]]] = {
    "a formula": ([["a", "b"], [1, "=1+1"]], ("formula", 2, "b")),
    "an error": ([["a"], ["#N/A"]], ("error_cell", 2, "a")),
    "numbers and words": ([["a"], [1], [2], ["x"]], ("mixed", 4, "a")),
    "a cell beside the headings": ([["a"], [1, 2]], ("cell_without_heading", 2, "")),
    "a heading that is empty": ([["a", None, "c"], [1, 2, 3]], ("heading_empty", 1, "")),
    "nothing": ([], ("no_columns", None, "")),
}


@pytest.mark.parametrize("case", HOSTILE_XLSX)
def test_a_workbook_that_cannot_be_masked_is_refused_with_its_cell(case: str, tmp_path: Path) -> None:
    lines, expected = HOSTILE_XLSX[case]
    assert problem(book(tmp_path / "t.xlsx", *lines)) == expected


def test_a_workbook_with_a_doctype_or_a_password_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<!DOCTYPE x [<!ENTITY a 'b'>]><x/>")
    assert problem(path)[0] == "xlsx_doctype"
    path.write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 600)
    assert problem(path)[0] == "xlsx_encrypted"
    path.write_bytes(b"PK\x03\x04 not a zip")
    assert problem(path)[0] == "xlsx_unreadable"


def test_a_file_that_is_no_parquet_or_sqlite_is_refused(tmp_path: Path) -> None:
    assert problem(put(tmp_path / "t.parquet", "PAR1 x"))[0] == "parquet_unreadable"
    assert problem(put(tmp_path / "t.sqlite", "x" * 5000))[0] == "sqlite_unreadable"


def test_nested_parquet_is_refused_with_its_column(tmp_path: Path) -> None:
    parquet.write_table(pa.table({"a": [1], "b": [[1, 2]]}), tmp_path / "t.parquet")
    assert problem(tmp_path / "t.parquet") == ("nested", None, "b")


def test_sqlite_with_mixed_types_is_refused_with_its_row(tmp_path: Path) -> None:
    made = sqlite3.connect(tmp_path / "t.db")
    made.executescript("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), ('x')")
    made.close()
    assert problem(tmp_path / "t.db") == ("mixed", 3, "a")
    assert rows(tmp_path / "t.db", Reading(mixed_as_text=True)) == {"t": [{"a": "1"}, {"a": "2"}, {"a": "x"}]}


def test_sqlite_keys_are_known(tmp_path: Path) -> None:
    made = sqlite3.connect(tmp_path / "t.db")
    made.executescript(
        "CREATE TABLE h (id INTEGER PRIMARY KEY, code VARCHAR(4) UNIQUE);"
        "CREATE TABLE r (id INTEGER PRIMARY KEY, h INTEGER REFERENCES h(id)); INSERT INTO h VALUES (1, 'ab')"
    )
    made.close()
    with open_source(tmp_path / "t.db") as source:
        first, second = source.tables
    assert (first.primary_key, first.unique, first.column("code").limit) == (("id",), (("code",),), 4)
    assert [(one.columns, one.table, one.referred) for one in second.foreign_keys] == [(("h",), "h", ("id",))]


def test_a_folder_takes_every_table_and_passes_nothing_over(tmp_path: Path) -> None:
    put(tmp_path / "a.csv", "x\n1\n")
    put(tmp_path / "b.jsonl", '{"y": 2}\n')
    assert rows(tmp_path) == {"a": [{"x": "1"}], "b": [{"y": 2}]}
    put(tmp_path / "readme.docx", "x")
    assert problem(tmp_path)[0] == "not_a_table"


def test_a_source_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        open_source(tmp_path / "none.csv")
    with pytest.raises(InputError, match="kind_unknown"):
        open_source(put(tmp_path / "t.docx", ""))
    with pytest.raises(InputError, match="table_missing"):
        open_source(put(tmp_path / "t.jsonl", '{"a": 1}'), Reading(tables=("x",))).table("x")


CELL = st.one_of(
    st.none(),
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\ufeff"), max_size=12),
    st.sampled_from(["", " ", '"', '""', ",", "\r\n", "\n", "=1+1", "'=1", "''@x", "+81-3", "-5", "\t", "001", "NULL", "髙"]),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8), st.sampled_from(["csv", "parquet", "jsonl", "sqlite"]))
def test_whatever_text_goes_in_comes_out_of_every_form(tmp_path: Path, cells: list[tuple[Any, Any]], form: str) -> None:
    """Text, empty and NULL survive the writer and the reader of each form (XLSX, which has fewer characters, has its own test)."""
    first = tmp_path / "in.parquet"
    table = pa.table({"左": pa.array([a for a, _ in cells], pa.string()), "右": pa.array([b for _, b in cells], pa.string())})
    parquet.write_table(table, first)
    target = tmp_path / f"out.{form}"
    copied(first, target, Writing(force=True))
    assert list(back(target).values()) == [table.to_pylist()]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_words(tmp_path: Path, content: bytes) -> None:
    for name in ("t.csv", "t.jsonl", "t.parquet", "t.xlsx", "t.sqlite"):
        path = tmp_path / name
        path.write_bytes(content)
        try:
            rows(path)
        except InputError as error:
            assert error.problems or error.code == "masking_runs.file_bad"  # noqa: PT017
