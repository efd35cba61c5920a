"""Which row heads the columns of a table, and which tables have none."""

from __future__ import annotations

import pytest

from sekisho.engines.textract.headers import header_row, showable

TABLES: dict[str, tuple[list[list[str]], int | None]] = {
    "headings first": ([["氏名", "電話"], ["山田 花子", "0270-99-0123"]], 0),
    "a title above": ([["住民の一覧", "", ""], ["氏名", "番号", "日"], ["花子", "1", "2020-01-01"], ["太郎", "2", "2020-01-02"]], 1),
    "unknown words over figures": ([["甲", "乙"], ["あ", "12345"], ["い", "23456"]], 0),
    "one column": ([["個人番号"], ["123456789018"], ["100000000080"]], 0),
    "english": ([["name", "phone"], ["hanako", "0270990123"]], 0),
    "no headings": ([["1", "123456789018"], ["2", "100000000080"]], None),
    "names only": ([["山田 花子", "佐藤 太郎"], ["鈴木 一郎", "高橋 次郎"]], None),
    "a form": ([["氏名", "山田花子"], ["個人番号", "123456789018"], ["電話番号", "0270-99-0123"]], None),
    "a form of two pairs": (
        [["氏名", "山田花子", "フリガナ", "ヤマダハナコ"], ["個人番号", "123456789018", "電話番号", "0270-99-0123"]], None,
    ),
    "a form below a title": ([["申請書", ""], ["氏名", "山田花子"], ["個人番号", "123456789018"]], None),
    "the same word twice": ([["番号", "番号"], ["1", "2"]], None),
    "one row": ([["氏名", "電話"]], None),
    "nothing": ([], None),
    "empty": ([["", ""], ["", ""]], None),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_the_row_of_the_headings(name: str) -> None:
    rows, expected = TABLES[name]
    assert header_row(rows) == expected


@pytest.mark.parametrize(
    ("heading", "shown"),
    [
        ("氏名", True),
        ("phone_number", True),
        ("個人番号（12桁）", True),
        ("水面花子", False),
        ("0270-99-0123", False),
        ("x" * 70, False),
    ],
)
def test_only_what_is_surely_a_heading_is_shown(heading: str, shown: bool) -> None:
    assert showable(heading) is shown
