"""A surname that the text has named with certainty near by; surnames that no list has."""

from __future__ import annotations

import pytest

from sekisho.engines.leakscan.names import find

FOUND = {
    "alone behind the full name": ("新任の村部隆一さんが着任した。村部は総務を担う。", ["村部隆一", "村部"]),
    "unlisted, with an honorific": ("凪沢さんに連絡した。凪沢より回答があった。", ["凪沢", "凪沢"]),
    "unlisted surname, listed given name": ("新団長に砥江博明氏が選ばれた。", ["砥江博明"]),
    "behind a label": ('name: "見本 太郎"', ["見本 太郎"]),
    "reading in brackets": ("柳垣明（やながきあきら）団長が訓示した。", ["柳垣明"]),
    "new holder of an office": ("堀新団長と村田新会頭、山本前会長", ["堀", "村田", "山本"]),
    "behind a company's の": ("みなも冷暖房株式会社の木村と申します。", ["木村"]),
    "behind a company and a space": ("大波株式会社 鈴木 太郎", ["鈴木 太郎"]),
    "foreign name in one word, again": ("グエンさんは欠席です。グエンと申します、と電話があった。", ["グエン", "グエン"]),
    "title in Latin letters": ("鈴木CTOと高橋PMが参加した。", ["鈴木", "高橋"]),
    "two letters before the head of a company": ("挨拶に立った尾滝社長は、計画を説明した。", ["尾滝"]),
    "an office with its department": ("黒岩交通課長と高橋工事部長が出席した。", ["黒岩", "高橋"]),
    "reading of a surname, and a title": ("保育園の宮崎(みやざき)園長は喜んだ。", ["宮崎"]),
    "a numeral as surname letter": ("三輪理事より説明があった。", ["三輪"]),
}
NOT_NAMES = [
    "関係省庁の申合せ、現場への立入り、計画の見直し、立入検査",
    "本村と本町、本市の仕様書、本仕様、本様式",
    "宛先リストの維持、氏名・カナ・日付",
    "新入団員、前副団長、現職員、旧本部長室",
    "千葉市議会、市議会議員選挙",
    "学術機関課、文教施設企画部",
    "瑞宝双光章と緑十字金章を受章した。",
    "山田クレーン工業社長、鈴木組会長",
    "連合会長、当時社長、歴代議長、本部会長、和水町長、市民課長",
    "見とらん聞いとらんでは済まない。",
]


def names(text):
    return [text[f.start : f.end] for f in find(text) if f.type == "person_name"]


@pytest.mark.parametrize(("text", "expected"), FOUND.values(), ids=FOUND.keys())
def test_surnames_are_found_again_and_without_a_list(text, expected):
    assert names(text) == expected


@pytest.mark.parametrize("text", NOT_NAMES)
def test_verbs_offices_and_documents_are_none(text):
    assert names(text) == []


def test_a_second_mention_says_why():
    text = "凪沢さんに連絡した。凪沢より回答があった。"
    assert "leakscan_names.named_nearby" in find(text)[-1].reasons


def test_far_from_the_certain_mention_nothing_is_taken_for_the_same():
    text = "凪沢さんに連絡した。" + "資料を確認する。" * 200 + "凪沢より回答があった。"
    assert names(text) == ["凪沢"]


def test_a_place_is_not_the_person_of_that_name():
    assert names("千葉様からお電話。千葉に出張する。") == ["千葉"]
