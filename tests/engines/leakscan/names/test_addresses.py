"""Postal addresses in every usual spelling, and numbers that are none."""

from __future__ import annotations

import pytest

from sekisho.engines.leakscan.names import find

WHOLE = [
    "東京都港区芝公園4-2-8",
    "港区芝公園４－２－８",
    "東京都新宿区西新宿二丁目八番一号",
    "東京都港区芝公園４の２の８",
    "北海道札幌市中央区北一条西２丁目1-1",
    "石狩郡当別町字白樺町58番地9",
    "熊本県上益城郡益城町大字宮園702番地",
    "大阪府大阪市北区梅田三丁目1番1号サウスゲートビル10F",
    "みなも市青葉町1丁目2番3号 コーポみなも203号室",
    "埼玉県川口市青木2-1-1 メゾン青木305",
    "横浜市西区みなとみらい2-2-1ランドマークタワー18階",
    "東京都千代田区霞が関１丁目２ー２ 中央合同庁舎第５号館",
    "沖縄県那覇市泉崎1-2-2 メゾン泉崎 502",
    "新潟市中央区学校町通1番町602-1",
    "福島県大熊町大字下野上字大野634",
    "京都府京都市中京区寺町通御池上る上本能寺前町488番地",
    "岩手県盛岡市湯沢16地割15-4",
    "広島県広島市中区基町10-52",
    "愛知県豊田市西町3丁目60番地",
    "さいたま市浦和区高砂3丁目15番1号",
    "東京都 港区 芝公園 4-2-8",
    "みなも市青葉町1丁目2番3号 コーポ青葉 2-C",
    "京都府みなも市青葉町十六19-1",
]
NONE = [
    "港区に住む。",
    "千葉市役所3階",
    "令和6年4月1日、第2回会議3-1",
    "JR新宿駅西口から徒歩10分",
    "第3条の2の規定、様式第3号",
    "1-2-3の手順で、3番窓口へ。5号館の302号室です。",
    "電話03-1234-5678、内線4-5678",
    "青葉区役所、宮前区、緑区の各窓口",
    "品番は町田1-2、型番はA-10-3",
    "市内3か所、区内12校、町内5団体",
    "国道16号、県道3-2号線",
]


@pytest.mark.parametrize("address", WHOLE)
@pytest.mark.parametrize("frame", ["{}", "送付先は{}です。", "住所：{}\n氏名", "山田太郎,{},03-1234-5678"])
def test_addresses_are_found_whole(address, frame):
    text = frame.format(address)
    found = [text[f.start : f.end] for f in find(text) if f.type == "postal_address"]
    assert found == [address]


@pytest.mark.parametrize("text", NONE)
def test_places_and_numbers_alone_are_no_addresses(text):
    assert [text[f.start : f.end] for f in find(text) if f.type == "postal_address"] == []


def test_a_town_without_a_number_counts_behind_a_label_with_a_lower_score():
    text = "住所：長野県松本市丸の内"
    town, whole = find(text), find("長野県松本市丸の内3番7号")
    assert [text[f.start : f.end] for f in town] == ["長野県松本市丸の内"]
    assert town[0].score < whole[0].score
    assert find("長野県松本市丸の内を歩いた。") == []


def test_a_postal_code_before_makes_an_address_surer():
    with_code, without = find("〒105-0011 芝公園4-2-8"), find("芝公園4-2-8")
    assert with_code[0].score > without[0].score
    assert "leakscan_names.postal_code" in with_code[0].reasons


def test_names_within_an_address_are_not_reported_as_persons():
    text = "石川県金沢市高橋町1-2 佐藤ビル301"
    assert [f.type for f in find(text)] == ["postal_address"]
