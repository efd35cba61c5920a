"""Every file that leaves: a safe name, Japanese or not, and headers under which no browser opens it within our pages."""

from __future__ import annotations

import io
from urllib.parse import unquote

import pytest
from django.http import FileResponse

from sekisho.errors import InputError
from sekisho.records.downloads import attachment, safe_file_name, table_attachment
from sekisho.records.tabular import CSV_TYPE, XLSX_TYPE, Column

COLUMNS = (Column("name", "名前", "Name"),)


@pytest.mark.parametrize(
    ("untrusted", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\構成.xlsx", "構成.xlsx"),
        ("a\x00b\n.pdf", "ab.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("...", "document"),
        ("", "document"),
        ('a"; filename="b.html', "a_; filename=_b.html"),
        ("x" * 400 + ".xlsx", "x" * 195 + ".xlsx"),
    ],
)
def test_a_hostile_file_name_becomes_only_a_name(untrusted, safe):
    assert safe_file_name(untrusted) == safe


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("report-2026-11-22.docx", 'attachment; filename="report-2026-11-22.docx"'),
        ("a b.csv", 'attachment; filename="a b.csv"'),
        ('x"; filename="evil.html', 'attachment; filename="x_; filename=_evil.html"'),
        ("a\r\nSet-Cookie: x.csv", 'attachment; filename="aSet-Cookie_ x.csv"'),
        ("", 'attachment; filename="document"'),
    ],
)
def test_the_name_is_quoted_and_cannot_leave_its_quotes(name, expected):
    assert attachment(b"", name=name, media_type="text/csv")["Content-Disposition"] == expected


def test_a_japanese_name_arrives_whole():
    header = attachment(b"", name="調達仕様書（案）.docx", media_type="text/csv")["Content-Disposition"]
    assert header.isascii()
    before, _, coded = header.partition("filename*=utf-8''")
    assert before == "attachment; "
    assert unquote(coded) == "調達仕様書（案）.docx"


@pytest.mark.parametrize("data", [b"<script>", "<script>", io.BytesIO(b"<script>")], ids=["bytes", "text", "file"])
def test_whatever_it_is_no_browser_opens_it_within_our_pages_nor_keeps_it(data):
    response = attachment(data, name="x.html", media_type="text/html; charset=utf-8")
    content = b"".join(response.streaming_content) if isinstance(response, FileResponse) else response.content
    assert content == b"<script>"
    assert {name: response[name] for name in response.headers if name != "Content-Length"} == {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Disposition": 'attachment; filename="x.html"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
    }


@pytest.mark.parametrize(
    ("form", "begins", "media_type", "ending"),
    [
        ("xlsx", b"PK", XLSX_TYPE, "xlsx"),
        ("csv", b"\xef\xbb\xbf", CSV_TYPE, "csv"),
        ("cp932", "名前".encode("cp932"), CSV_TYPE, "csv"),
    ],
)
def test_a_list_is_a_workbook_or_csv_in_either_encoding(form, begins, media_type, ending):
    made = table_attachment(COLUMNS, [{"name": "関所"}], form=form, title="対象", name="subjects-minamo", language="ja")
    assert made.content.startswith(begins)
    assert made["Content-Type"] == media_type
    assert made["Content-Disposition"] == f'attachment; filename="subjects-minamo.{ending}"'


def test_a_cell_that_cp932_cannot_hold_is_told_not_replaced():
    with pytest.raises(InputError):
        table_attachment(COLUMNS, [{"name": "𠮷田"}], form="cp932", title="対象", name="x", language="ja")
