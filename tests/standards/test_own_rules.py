"""An organization's own rules: the template reads back, and every kind of damage is named with its row and column."""

import io
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.errors import InputError
from sekisho.standards import own_rules, texts
from sekisho.standards.own_rules import MAX_ROWS, read_own_rules, template_xlsx

HEADINGS = ["番号 *", "題名 *", "親の番号", "内容", "対象", "判定する", "附属書Aの管理策"]


def book(rows, headings=HEADINGS, about=(("番号", "own"), ("題名", "規程")), sheets=("基準", "項目")):
    made = openpyxl.Workbook()
    first = made.active
    first.title = sheets[0]
    for line in about:
        first.append(line)
    if len(sheets) > 1:
        second = made.create_sheet(sheets[1])
        second.append(headings)
        for row in rows:
            second.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def problems(content):
    with pytest.raises(InputError) as raised:
        read_own_rules(content, "own.xlsx")
    assert all(texts.known(p.code) and p.file == "own.xlsx" for p in raised.value.problems)
    return [(p.code.removeprefix("standards."), p.row, p.column) for p in raised.value.problems]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_template_reads_back(lang):
    c = read_own_rules(template_xlsx(lang), "t.xlsx")
    assert [r.id for r in c.requirements] == ["1.1"]
    assert c.requirements[0].mappings[0].ids == ("5.16", "5.18")
    assert c.requirements[0].applies_to == ("system",)


def test_rows_become_requirements_in_order_with_their_hierarchy():
    c = read_own_rules(
        book(
            [["1", "総則", None, None, None, "×"], [None], ["1.10", "見直し", "1", "年に1回", "組織、情報システム", "○", "5.1"]]
        ),
        "own.xlsx",
    )
    assert [(r.id, r.parent, r.assessable) for r in c.requirements] == [("1", None, False), ("1.10", "1", True)]
    assert c.requirements[1].applies_to == ("organization", "system")
    assert c.requirements[1].verified == {"all": "user"}


ROWS = {
    "missing title": ([["1", None]], [("xlsx_required", 2, "題名")]),
    "missing id": ([[None, "x"]], [("xlsx_required", 2, "番号")]),
    "double ids": ([["1", "a"], ["1", "b"]], [("duplicate_id", 3, "番号")]),
    "unknown parent": ([["1", "a", "9"]], [("unknown_parent", 2, "親の番号")]),
    "own parent": ([["1", "a", "1"]], [("parent_cycle", 2, "親の番号")]),
    "cycle": ([["1", "a", "2"], ["2", "b", "1"]], [("parent_cycle", 2, "親の番号"), ("parent_cycle", 3, "親の番号")]),
    "number as id": ([[1.1, "a"]], [("xlsx_number_id", 2, "番号")]),
    "formula": ([["1", "=1+1"]], [("xlsx_formula", 2, "題名")]),
    "error cell": ([["1", "#REF!"]], [("xlsx_error_cell", 2, "題名")]),
    "bad id": ([["<script>", "a"]], [("xlsx_bad_id", 2, "番号")]),
    "bad subject kind": ([["1", "a", None, None, "宇宙"]], [("xlsx_bad_value", 2, "対象")]),
    "bad yes or no": ([["1", "a", None, None, None, "たぶん"]], [("xlsx_bad_value", 2, "判定する")]),
    "unknown control": ([["1", "a", None, None, None, None, "5.99"]], [("unknown_mapping", 2, "附属書Aの管理策")]),
    "too long": ([["1", "a" * 10_001]], [("xlsx_too_long", 2, "題名")]),
    "no rows": ([], [("xlsx_empty", None, "")]),
}


@pytest.mark.parametrize("case", ROWS)
def test_each_wrong_row_is_named(case):
    rows, expected = ROWS[case]
    assert problems(book(rows)) == expected


def test_all_problems_come_at_once():
    rows = [["1", None], ["2", "a", "9"], ["2", "b"], ["<", "c"]]
    assert [code for code, _, _ in problems(book(rows))] == ["xlsx_required", "duplicate_id", "xlsx_bad_id", "unknown_parent"]


WHOLE = {
    "empty": (b"", "xlsx_not_zip"),
    "half a zip": (book([["1", "a"]])[: len(book([["1", "a"]])) // 2], "xlsx_not_zip"),
    "csv": ("番号,題名\n1,a\n".encode("cp932"), "xlsx_not_zip"),
    "old or encrypted": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "xlsx_encrypted"),
    "sheet missing": (book([], sheets=("基準",)), "xlsx_sheet_missing"),
    "heading missing": (book([["1", "a"]], headings=["番号", "内容"]), "xlsx_heading_missing"),
    "heading twice": (book([["1", "a", "b"]], headings=["番号", "題名", "題名"]), "xlsx_heading_twice"),
    "catalogue has no id": (book([["1", "a"]], about=(("題名", "x"),)), "xlsx_required"),
}


@pytest.mark.parametrize("case", WHOLE)
def test_each_wrong_file_is_named(case):
    content, code = WHOLE[case]
    assert code in [found for found, _, _ in problems(content)]


def zipped(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return out.getvalue()


def test_a_zip_bomb_is_refused_by_its_directory_alone(monkeypatch):
    monkeypatch.setattr(own_rules, "MAX_UNPACKED", 1_000)
    monkeypatch.setattr(own_rules.openpyxl, "load_workbook", None)
    assert problems(zipped(x__bin=b"\0" * 1_001))[0][0] == "xlsx_bomb"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entity_declarations_are_refused(encoding):
    evil = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'.encode(encoding)
    assert problems(zipped(workbook__xml=evil))[0][0] == "xlsx_doctype"


def test_a_zip_that_is_no_workbook_is_refused():
    assert problems(zipped(readme__txt=b"hello"))[0][0] == "xlsx_unreadable"


def test_a_hundred_thousand_rows_stop_at_the_limit():
    # Written by hand (openpyxl needs five seconds for so many rows), with a dimension that lies.
    names = ["番号", "題名"]
    line = '<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>{a}</t></is></c><c r="B{n}" t="inlineStr"><is><t>{b}</t></is></c></row>'
    rows = [line.format(n=1, a=names[0], b=names[1]), *(line.format(n=n, a=f"r{n}", b="x") for n in range(2, 100_002))]
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = f'<worksheet xmlns="{main}"><dimension ref="A1:B2"/><sheetData>{"".join(rows)}</sheetData></worksheet>'
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(template_xlsx("ja"))) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            new.writestr(member, sheet if member == "xl/worksheets/sheet2.xml" else old.read(member))
    assert problems(out.getvalue()) == [("xlsx_too_many_rows", MAX_ROWS + 2, "")]


cells = st.none() | st.text(max_size=12) | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(cells, max_size=7), max_size=5))
def test_any_rows_are_read_or_refused_with_row_and_column(rows):
    clean = [[openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", c) if isinstance(c, str) else c for c in row] for row in rows]
    try:
        c = read_own_rules(book(clean), "own.xlsx")
    except InputError as error:
        assert error.problems  # noqa: PT017 - either outcome is right
    else:
        assert len({r.id for r in c.requirements}) == len(c.requirements)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 5_000))
def test_any_damage_of_a_good_file_is_an_input_error_or_harmless(noise, at):
    good = template_xlsx("ja")
    try:
        read_own_rules(good[:at] + noise + good[at + len(noise) :], "own.xlsx")
    except InputError as error:
        assert error.problems  # noqa: PT017 - either outcome is right
