"""Names of persons and their readings: what is found, whole, and what is none."""

from __future__ import annotations

import pytest

from sekisho.engines.leakscan.names import find

FOUND = {
    "joined, with an honorific": ("山田太郎様からお電話がありました。", ["山田太郎"]),
    "wide space": ("山田　太郎", ["山田　太郎"]),
    "label and extension": ("担当：佐藤（内線1234）", ["佐藤"]),
    "surname and title": ("鈴木課長が出席した。", ["鈴木"]),
    "two surnames of one honorific": ("田中・渡辺両名の処分", ["田中", "渡辺"]),
    "surname with さん": ("高橋さんに資料を送付しました。", ["高橋"]),
    "given name in hiragana": ("高橋さくらさんの保護者", ["高橋さくら"]),
    "variants of kanji": ("髙橋課長、渡邉係長、﨑山さん", ["髙橋", "渡邉", "﨑山"]),
    "a kanji beyond sixteen bits": ("𠮷田次郎様", ["𠮷田次郎"]),
    "label and two parts": ("氏名 佐藤 花子", ["佐藤 花子"]),
    "letters spaced out": ("氏　名　山　田　太　郎", ["山　田　太　郎"]),
    "two spaced out in one line": ("瀬 尾 和 真　井 口 圭 佑", ["瀬 尾 和 真", "井 口 圭 佑"]),
    "list of full names": ("委員：奥田晃生、関根聡、西由紀", ["奥田晃生", "関根聡", "西由紀"]),
    "given name that no list has": ("石田喜帆、伊東春彦", ["石田喜帆", "伊東春彦"]),
    "surname that no list has": ("行革推進課長 潮畠浩介", ["潮畠浩介"]),
    "title before": ("政策室長 冨山匡が説明した。", ["冨山匡"]),
    "title in brackets": ("庶務議事課長(神尾一恵)", ["神尾一恵"]),
    "compound title": ("姫川努次長補佐と荒木聡子庶務係長", ["姫川努", "荒木聡子"]),
    "a place as surname, with さん": ("千葉さんは福島県出身で、福島さんは千葉県出身です。", ["千葉", "福島"]),
    "one-character surnames": ("原さんと林さん、森係長", ["原", "林", "森"]),
    "introducing oneself": ("みなも市役所市民課の田村と申します。", ["田村"]),
    "column of a table": ("1,五十嵐翔,男", ["五十嵐翔"]),
    "foreign name with ・": ("グエン・ヴァン・アンさんの在留資格", ["グエン・ヴァン・アン"]),
    "foreign name with a title": ("担当のマリア・サントスさん", ["マリア・サントス"]),
    "foreign name alone": ("ケビン氏が来社されます。", ["ケビン"]),
    "Latin letters": ("Nguyen Van Anさんの在留カード", ["Nguyen Van An"]),
    "signature": ("---\n営業部 山田太郎\nTEL: 03-0000-0000", ["山田太郎"]),
    "arrow": ("鈴木（情報政策課）→佐藤（総務課）", ["鈴木", "佐藤"]),
}
KANA = {
    "katakana behind a label": ("フリガナ：ヤマダ タロウ", ["ヤマダ タロウ"]),
    "half-width": ("ﾌﾘｶﾞﾅ ｻﾄｳ ﾊﾅｺ", ["ｻﾄｳ ﾊﾅｺ"]),
    "hiragana with a space": ("さとう　はなこ 様", ["さとう　はなこ"]),
    "joined, behind a label": ("フリガナ ヤマダタロウ", ["ヤマダタロウ"]),
    "in brackets behind its name": ("名誉会長の真淵健吾（まぶちけんご）さん", ["まぶちけんご"]),
    "next cell": ("佐々木健太,ササキケンタ,仙台市", ["ササキケンタ"]),
}
NOT_NAMES = [
    "千葉県と福島第一、石川町、山口市を視察した。",
    "本田技研工業と松下電器、鈴木商店の沿革",
    "田中工業株式会社、高橋建設（有）、（株）矢野、佐藤　株式会社",
    "東京駅から横浜駅、千葉大学と福島大学",
    "明治から令和までの元号",
    "林業の森で原因は東西の交通にあった。",
    "小川のせせらぎが聞こえる。",
    "大阪支店長と名古屋営業所長、市長、副市長",
    "お客様、皆様、保護者様、利用者様、各位",
    "亀戸労働基準監督署、山田町役場、松本大学",
    "多様な仕様と同様の様式、模様",
    "氏名・住所・電話番号を記入してください。",
    "サーバー・クライアント方式、データ・センター、インターネット・サービス",
    "令和6年4月1日、第2回会議、10時30分",
    "契約の満了・解約の日から数える。",
    "申請者は窓口で本人確認書類を提示する。",
    "総務課長は財政課と協議すること。",
    "",
    " \n\t",
    "ABC 123 https://example.com/yamada",
]


@pytest.mark.parametrize(("text", "names"), FOUND.values(), ids=FOUND.keys())
def test_names_are_found_whole(text, names):
    assert [text[f.start : f.end] for f in find(text) if f.type == "person_name"] == names


@pytest.mark.parametrize(("text", "readings"), KANA.values(), ids=KANA.keys())
def test_readings_are_found_whole(text, readings):
    assert [text[f.start : f.end] for f in find(text) if f.type == "person_kana"] == readings


@pytest.mark.parametrize("text", NOT_NAMES)
def test_what_is_no_name_is_not_reported(text):
    assert [(text[f.start : f.end], f.score) for f in find(text)] == []


def test_a_full_name_with_an_honorific_is_surer_than_a_surname_alone():
    full, alone = find("山田太郎様"), find("佐藤は欠席した。")
    assert full[0].score > alone[0].score
    assert full[0].reasons == (
        "leakscan_names.surname", "leakscan_names.given_name", "leakscan_names.segmentation", "leakscan_names.honorific",
    )  # fmt: skip


def test_a_lower_threshold_tells_what_was_doubtful():
    text = "花子が来た。"
    assert find(text) == []
    assert [text[f.start : f.end] for f in find(text, threshold=0.2)] == ["花子"]


def test_the_heading_of_a_column_counts_as_a_label():
    assert [f.type for f in find("ヤマダタロウ", context="フリガナ")] == ["person_kana"]
    assert [(f.start, f.end) for f in find("佐藤", context="氏名")] == [(0, 2)]
