"""Names that other names, a table's heading or spaces between all letters vouch for; lists that hold none."""

from __future__ import annotations

import pytest

from sekisho.engines.leakscan.names import find, tables


def people(text):
    return [text[f.start : f.end] for f in find(text) if f.type != "postal_address"]


LISTS = {
    "a rare surname among others with the same title": (
        "青山委員、岩添委員、倉敷委員、森田委員が出席した。",
        ["青山", "岩添", "倉敷", "森田"],
    ),
    "long titles of offices": (
        "山下財務局長、小野国際交流推進室長、関文化施設企画部長、吉岡学術振興課専門官",
        ["山下", "小野", "関", "吉岡"],
    ),
    "remarks in brackets": ("出席者：秋山(1)、一色(2)、内越(1)、大野(3)", ["秋山", "一色", "内越", "大野"]),
    "a full name goes on to the end of its place": ("委員：青木重十、原田幸子、村井和也", ["青木重十", "原田幸子", "村井和也"]),
    "quotes of code": ('"participants": ["田中", "佐藤", "鈴木"]', ["田中", "佐藤", "鈴木"]),
    "two surnames make up one": ("西田、篠原、壁谷沢、上田の各氏", ["西田", "篠原", "壁谷沢", "上田"]),
}
TABLES = {
    "comma": ("氏名,フリガナ,区分\n見本 太郎,ミホン タロウ,会員\n", ["見本 太郎", "ミホン タロウ"]),
    "tab, second column": ("番号\t担当者\t期限\n1\t木村\t6/30\n2\t未定\t7/31\n", ["木村"]),
    "bars": ("| 担当者 | 作業 |\n| 大塚 | 検証 |\n", ["大塚"]),
    "rows beneath a rule": ("| 作業 | 担当 |\n|---|---|\n| 検証 | 村田 |\n", ["村田"]),
}
SPACED = {
    "with 君": ("1番 佐々木 広 仁 君     2番 山 下 多 三 君", ["佐々木 広 仁", "山 下 多 三"]),
    "one given letter": ("8番 沢 本   誠 君", ["沢 本   誠"]),
    "given name in hiragana": ("教 育 長  松 田 ゆかり", ["松 田 ゆかり"]),
    "behind a title with wide gaps": ("町     長  山 村 吉 男     副  町  長  松 井 宏 樹", ["山 村 吉 男", "松 井 宏 樹"]),
    "joined behind a spaced title": ("教 育 長 庄司 明宏 税 務 課 長 早坂 文広", ["庄司 明宏", "早坂 文広"]),
}
NONE = [
    "福岡、大分、宮崎、熊本の4県と、広島、岡山、山口、香川の各県",
    "永田町、上野、目黒、中野、荻窪、三鷹、立川に出店する。",
    "山田町、川上村、森町、林町、中村区を回る。",
    "津軽、対馬、壱岐、佐渡、淡路の各島",
    "春、夏、秋、冬、朝、昼、夜",
    "項 目　金 額　備 考\n合 計　小 計　税 率\n日 時 場 所 議 題\n記 入 例\n以 上",
    "件名,担当,状態\n更新,情報課,完了\n増設,未定,検討中\n",
    "商品名|担当|在庫\nりんご|営業部|12\nみかん|山梨工場|3\n",
]


@pytest.mark.parametrize(("text", "names"), [*LISTS.values(), *TABLES.values(), *SPACED.values()], ids=[*LISTS, *TABLES, *SPACED])
def test_names_vouch_for_one_another(text, names):
    assert people(text) == names


@pytest.mark.parametrize("text", NONE)
def test_lists_and_tables_of_other_things_hold_no_names(text):
    assert people(text) == []


def test_common_words_in_a_list_of_names_are_none():
    assert people("高橋、鈴木、資料、会場を手配する。") == ["高橋", "鈴木"]


def test_a_place_in_brackets_behind_a_name_is_none():
    assert people("杉本玲子(間宮)と加藤百合子(桑原)が受賞した。") == ["杉本玲子", "加藤百合子"]


def test_a_line_below_a_heading_is_no_second_heading(monkeypatch):
    """A text of nothing but headings is read once, not again for every line of it."""
    asked = []
    plain = tables.is_name
    monkeypatch.setattr(tables, "is_name", lambda cell: asked.append(cell) or plain(cell))
    tables.in_tables("氏名,担当\n" * 100)
    assert len(asked) <= 200
