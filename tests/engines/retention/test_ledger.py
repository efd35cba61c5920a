"""Ledgers out of files: what is read, and every hostile one with its place."""

import json
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from sekisho.engines.retention import YearEnd
from sekisho.engines.retention.due import STATES, due_list
from sekisho.engines.retention.ledger import read_ledger
from sekisho.engines.retention.listing import rows_of
from sekisho.errors import InputError, NotFound, SekishoError

ON = date(2026, 11, 30)
TEXT = """管理番号,名称,種類,起算の日,答え,事業年度の終わり,保全,利用目的の達成日,手続済み,保存年限
1,契約書A,RT01,2016-03-31,,,,,,
2,帳簿,RT09,平成28年3月31日,loss_year=no,03-31,,,,
3,扶養控除,RT14;RT47,2017-01-31;2018-06-30,,,,,,
4,公文書,RT77,令和2年5月1日,,,,,済,
5,公文書,RT77,2020-05-01,,,,,,
6,記録,RT86,令和元年5月1日,,,,,済,5年
7,契約書B,RT01,2010-03-31,,,訴訟,,,
8,不明,RT01,,,,,,,
"""
STATES_OF_TEXT = ["due", "due", "must_delete", "due", "awaiting_disposal", "due", "held", "undecided"]


def _states(path, **options):
    read = read_ledger(path, **options)
    return [STATES[code].value for code in due_list(read.entries, on=ON).state]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_csv_in_each_encoding(tmp_path, encoding):
    path = tmp_path / "台帳.csv"
    path.write_bytes(TEXT.encode(encoding))
    assert _states(path) == STATES_OF_TEXT


def test_json_lines_take_lists_numbers_and_nothing(tmp_path):
    path = tmp_path / "ledger.jsonl"
    rows = [
        {"id": 1, "kind": "RT01", "event": "2016-03-31", "name": None},
        {"id": 2, "kind": ["RT14", "RT47"], "event": ["2017-01-31", "2018-06-30"]},
        {"id": 3, "kind": "RT01", "event": "2010-03-31", "hold": True},
    ]
    path.write_text("\n\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    assert _states(path) == ["due", "must_delete", "held"]


def test_a_workbook_with_dates_as_dates(tmp_path):
    book = Workbook()
    sheet = book.active
    sheet.append(["id", "name", "kind", "event", None])
    sheet.append([1, "契約", "RT01", datetime(2016, 3, 31), None])  # noqa: DTZ001 - as a workbook holds it
    sheet.append([2, "契約", "RT01", "令和7年3月31日", None])
    path = tmp_path / "ledger.xlsx"
    book.save(path)
    assert _states(path) == ["due", "kept"]


def test_rows_come_with_the_longest_overdue_first(tmp_path):
    path = tmp_path / "ledger.csv"
    path.write_text(TEXT, encoding="utf-8")
    read = read_ledger(path)
    rows = rows_of(read, due_list(read.entries, on=ON))
    assert [row["id"] for row in rows] == ["2", "4", "3", "6", "1", "5"]
    assert rows[0] == {
        "id": "2", "name": "帳簿", "kinds": "RT09", "state": "due", "last_day_kept": "2023-05-31", "due_since": "2023-06-01",
        "must_delete_from": None, "days_overdue": 1278, "certain": True,
    }  # fmt: skip
    assert len(rows_of(read, due_list(read.entries, on=ON), everything=True)) == 8


def test_an_assumed_business_year_makes_its_rows_uncertain(tmp_path):
    path = tmp_path / "ledger.csv"
    path.write_text(
        "id,kind,event,year_end,answers\n1,RT09,2010-01-01,,loss_year=no\n2,RT09,2010-01-01,03-31,loss_year=no\n",
        encoding="utf-8",
    )
    read = read_ledger(path, year_end=YearEnd(3), assumed=True)
    rows = rows_of(read, due_list(read.entries, on=ON))
    assert {row["id"]: row["certain"] for row in rows} == {"1": False, "2": True}


HOSTILE = {
    "empty file": (b"", ".csv", "retention.ledger_empty_file", None),
    "no such kind of file": (b"x", ".docx", "retention.ledger_kind", None),
    "neither utf-8 nor cp932": (b"id,kind,event\n\xff\xfe\x81,RT01,\n", ".csv", "retention.ledger_encoding", None),
    "unknown heading": (b"id,kind,event,password\n", ".csv", "retention.ledger_unknown_column", 1),
    "double heading": (b"id,kind,event,id\n", ".csv", "retention.ledger_double_column", 1),
    "two headings of one meaning": ("id,管理番号,kind,event\n".encode(), ".csv", "retention.ledger_double_column", 1),
    "missing heading": (b"id,kind\n1,RT01\n", ".csv", "retention.ledger_missing_column", 1),
    "too many cells": (b"id,kind,event\n1,RT01,2020-01-01\n2,RT01,2020-01-01,x\n", ".csv", "retention.ledger_ragged", 3),
    "too few cells": (b"id,kind,event\n1,RT01\n", ".csv", "retention.ledger_ragged", 2),
    "unknown kind": (b"id,kind,event\n1,RT01,2020-01-01\n2,RT999,2020-01-01\n", ".csv", "retention.unknown_kind", 3),
    "no kind": (b"id,kind,event\n1,,2020-01-01\n", ".csv", "retention.ledger_empty", 2),
    "no day": (b"id,kind,event\n1,RT01,2020-02-30\n", ".csv", "retention.day_wrong", 2),
    "more days than kinds": (b"id,kind,event\n1,RT01,2020-02-01;2020-02-02\n", ".csv", "retention.ledger_days_differ", 2),
    "unknown question": (b"id,kind,event,answers\n1,RT01,,big=yes\n", ".csv", "retention.unknown_question", 2),
    "an answer that is none": (b"id,kind,event,answers\n1,RT01,,loss_year=maybe\n", ".csv", "retention.ledger_yes_or_no", 2),
    "no business year": (b"id,kind,event,year_end\n1,RT01,,13-40\n", ".csv", "retention.year_end_wrong", 2),
    "no months": (b"id,kind,event,filing_months\n1,RT01,,99\n", ".csv", "retention.ledger_months", 2),
    "no period": (b"id,kind,event,own_period\n1,RT86,,soon\n", ".csv", "retention.period_wrong", 2),
    "no yes": (b"id,kind,event,steps_done\n1,RT77,,perhaps\n", ".csv", "retention.ledger_yes_or_no", 2),
    "after empty lines": (b"id,kind,event\n\n1,RT01,2020-01-01\n\n2,RT01,never\n", ".csv", "retention.day_wrong", 5),
    "after a line end within a cell": (b'id,name,kind,event\n1,"a\nb",RT01,\n2,c,RT01,never\n', ".csv", "retention.day_wrong", 3),
    "a line of JSON": (
        b'{"id":1,"kind":"RT01","event":"2020-01-01"}\n\n{"id":2,"kind":"RT01","event":"x"}\n',
        ".jsonl",
        "retention.day_wrong",
        3,
    ),
    "no json": (b'{"id": 1,\n', ".jsonl", "retention.ledger_line", 1),
    "no object": (b"[1]\n", ".jsonl", "retention.ledger_line", 1),
    "an object within": (b'{"id": {"a": 1}}\n', ".jsonl", "retention.ledger_line", 1),
    "no workbook": (b"PK\x03\x04 no", ".xlsx", "retention.ledger_broken", None),
}


@pytest.mark.parametrize(("content", "suffix", "code", "row"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_ledger_is_refused_with_its_place(tmp_path, content, suffix, code, row):
    path = tmp_path / f"ledger{suffix}"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_ledger(path)
    problems = [(p.code, p.row) for p in caught.value.problems] or [(caught.value.code, None)]
    assert (code, row) in problems


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(NotFound, match=r"retention\.ledger_missing"):
        read_ledger(tmp_path / "none.csv")


def test_all_faults_are_told_at_once_and_no_more_than_is_readable(tmp_path):
    path = tmp_path / "ledger.csv"
    path.write_text("id,kind,event\n" + "".join(f"{n},RT01,x{n}\n" for n in range(500)), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_ledger(path)
    assert caught.value.fields["count"] == 500
    assert len(caught.value.problems) == 200


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_a_ledger_or_an_error_of_ours(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("any") / "ledger.csv"
    path.write_text("id,kind,event\n" + text, encoding="utf-8", errors="replace", newline="")
    try:
        due_list(read_ledger(path).entries, on=ON)
    except SekishoError as error:
        assert error.code.startswith("retention.")  # noqa: PT017 - either may be right
