"""Tables of strangers: every problem told with its place; what goes out comes back the same and is no formula."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.errors import InputError
from sekisho.records.tabular import Choice, Column, read_table, write_csv, write_xlsx
from sekisho.standards import texts

COLUMNS = (
    Column("number", "番号", "Number", limit=20),
    Column("name", "名称", "Name", required=True, limit=50),
    Column("kind", "種類", "Kind", choices=(Choice("host", "機器", "Host"), Choice("code", "コード", "Code"))),
)


def book(*rows, **options) -> bytes:
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


GOOD = book(["番号", "名称", "種類"], [1.0, "web-01", "機器"], [None, None, None], ["2", " web-02 ", "Code"])
HEAD = "番号,名称,種類\n"


def codes(table):
    for p in table.problems:
        for lang in ("ja", "en"):
            assert "{" not in texts.render(p.code, p.fields, lang), p
            assert texts.render(p.code, p.fields, lang) != p.code
    return [(p.code.removeprefix("tabular."), p.row, p.column) for p in table.problems]


def test_a_workbook_is_read_with_its_row_numbers_and_choices_as_ids():
    table = read_table(GOOD, name="a.xlsx", columns=COLUMNS)
    assert codes(table) == []
    assert [(r.number, r.values) for r in table.rows] == [
        (2, {"number": "1", "name": "web-01", "kind": "host"}),
        (4, {"number": "2", "name": "web-02", "kind": "code"}),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_csv_is_read_in_every_encoding_that_excel_makes(encoding):
    table = read_table((HEAD + "1,①髙橋,機器\r\n").encode(encoding), name="a.csv", columns=COLUMNS)
    assert codes(table) == []
    assert table.rows[0].values["name"] == "①髙橋"


@pytest.mark.parametrize(
    ("untrusted", "declared", "expected"),
    [
        (b"", "", [("empty", None, "")]),
        (b" \n ", "", [("empty", None, "")]),
        (GOOD[: len(GOOD) // 2], "", [("broken_xlsx", None, "")]),
        (b"PK\x03\x04", "", [("broken_xlsx", None, "")]),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "", [("old_excel", None, "")]),
        ((HEAD + "1,予約サイト,\n").encode("cp932"), "utf-8", [("other_encoding", 1, "")]),
        ((HEAD + "1,予約,\n").encode(), "cp932", [("other_encoding", 1, "")]),
        (b"name\n\xff\xff\xff\n", "", [("not_text", 2, "")]),
        (HEAD.encode(), "", [("no_rows", None, "")]),
        ("番号,名称,名称\n1,a,b\n".encode(), "", [("column_twice", 1, "")]),
        ("番号,色\n1,a\n".encode(), "", [("unknown_column", 1, ""), ("column_missing", 1, "")]),
        ((HEAD + "1,,機器\n").encode(), "", [("cell_missing", 2, "名称")]),
        ((HEAD + "1,a,船\n").encode(), "", [("not_a_choice", 2, "種類")]),
        ((HEAD + "1,a\x07b,\n").encode(), "", [("control_character", 2, "名称")]),
        ((HEAD + "1," + "a" * 51 + ",\n").encode(), "", [("cell_too_long", 2, "名称")]),
        ((HEAD + "1,a,,x\n").encode(), "", [("cell_without_heading", 2, "")]),
        ((HEAD + '1,"a\n').encode(), "", [("broken_csv", 2, "")]),
        (book(["番号", "名称"], [1, "=SUM(A1:A9)"]), "", [("formula", 2, "名称")]),
        (book(["番号", "名称"], [1, "#N/A"]), "", [("error_value", 2, "名称")]),
        (book(["番号", "名称", None], [1, "a", "x"]), "", [("cell_without_heading", 2, "")]),
        (book(["番号", "名称"], *([n, "x"] for n in range(30))), "", [("too_many_rows", 22, "")]),
    ],
)
def test_what_is_wrong_is_told_with_its_place(untrusted, declared, expected):
    table = read_table(untrusted, name="a.csv", columns=COLUMNS, encoding=declared, most_rows=20)
    assert codes(table) == expected


def test_a_hundred_thousand_rows_are_refused_without_reading_them_all():
    lines = HEAD + "1,a,機器\n" * 100_000
    table = read_table(lines.encode(), name="a.csv", columns=COLUMNS)
    assert codes(table) == [("too_many_rows", 20_002, "")]


def test_thousands_of_wrong_cells_are_told_in_a_list_that_can_be_read():
    table = read_table((HEAD + "1,,船\n" * 5000).encode(), name="a.csv", columns=COLUMNS)
    assert len(table.problems) == 201
    assert table.problems[-1].code == "tabular.more_problems"


def test_a_zip_that_unpacks_to_too_much_is_refused():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(4):
            archive.writestr(f"xl/{n}", bytes(90 * 1024 * 1024))
    assert codes(read_table(buffer.getvalue(), name="a.xlsx", columns=COLUMNS)) == [("too_large", None, "")]


DANGEROUS = ["=1+1", "+81-3", "-2", "@SUM(A1)", "普通", "'=x"]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_what_goes_out_comes_back_the_same_and_nothing_is_a_formula(language):
    rows = [{"number": str(n), "name": name, "kind": "host"} for n, name in enumerate(DANGEROUS[:5])]
    sheet = write_xlsx(COLUMNS, rows, title="台帳/[1]", language=language)
    cells = openpyxl.load_workbook(io.BytesIO(sheet))
    assert all(cell.data_type != "f" for row in cells.worksheets[0].iter_rows() for cell in row)
    text = write_csv(COLUMNS, rows, language=language)
    assert "'=1+1" in text.decode("utf-8-sig")
    for name, content in (("a.xlsx", sheet), ("a.csv", text)):
        table = read_table(content, name=name, columns=COLUMNS)
        assert codes(table) == []
        assert [r.values for r in table.rows] == rows


def test_the_template_has_choices_frozen_headings_and_a4_landscape():
    made = openpyxl.load_workbook(io.BytesIO(write_xlsx(COLUMNS, [], title="x", language="ja", template=True)))
    sheet = made.worksheets[0]
    assert (sheet.freeze_panes, sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("B2", "landscape", 9)
    assert [c.value for c in sheet[1]] == ["番号", "名称 ※必須", "種類"]
    assert len(sheet.data_validations.dataValidation) == 1
    assert codes(
        read_table(write_xlsx(COLUMNS, [], title="x", language="ja", template=True), name="t.xlsx", columns=COLUMNS)
    ) == [("no_rows", None, "")]


def test_cells_that_cp932_cannot_hold_are_reported_and_nothing_is_written():
    rows = [{"name": "𠮷野"}, {"name": "髙橋"}, {"name": "café"}]
    with pytest.raises(InputError) as error:
        write_csv(COLUMNS, rows, language="ja", encoding="cp932")
    assert [(p.row, p.column, p.fields["characters"]) for p in error.value.problems] == [(2, "名称", "𠮷"), (4, "名称", "é")]
    assert "髙橋".encode("cp932") in write_csv(COLUMNS, rows[1:2], language="ja", encoding="cp932")


def test_days_are_written_as_days():
    sheet = write_xlsx((Column("on", "日", "Day"),), [{"on": date(2026, 4, 1)}], title="x", language="ja")
    assert read_table(sheet, name="a.xlsx", columns=(Column("on", "日", "Day"),)).rows[0].values == {"on": "2026-04-01"}


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=400), st.binary(max_size=200).map(lambda b: GOOD[:2000] + b), st.text(max_size=200).map(str.encode)
    )
)
def test_whatever_comes_it_never_breaks(untrusted):
    table = read_table(untrusted, name="x.csv", columns=COLUMNS)
    assert table.rows or table.problems
