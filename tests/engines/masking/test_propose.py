"""Proposals: what headings and values tell, in Japanese, romaji and English; a proposal for a town runs and is proven."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.engines.masking.plans import KEYS, Nothing, town

from sekisho.engines.masking.headings import kind_by_heading
from sekisho.engines.masking.inspecting import LeakInspector
from sekisho.engines.masking.plan import Action, parse_plan, write_plan
from sekisho.engines.masking.propose import propose
from sekisho.engines.masking.run import run
from sekisho.engines.masking.sources import open_source
from sekisho.engines.masking.verify import verify

HEADINGS = {
    "person_name": ["氏名", "氏　名", "世帯主氏名", "申請者名", "shimei", "full_name", "name", "SEI"],
    "person_kana": ["フリガナ", "氏名カナ", "ふりがな", "shimei_kana", "カナ氏名"],
    "household_number": ["世帯番号", "setai_no", "世帯コード"],
    "addressee_number": ["宛名番号", "atena_no"],
    "my_number": ["個人番号", "マイナンバー", "kojin_bango"],
    "birth_date": ["生年月日", "birth_date", "seinengappi"],
    "telephone": ["電話番号", "連絡先", "tel"],
    "email": ["メールアドレス", "e-mail"],
    "postal_code": ["郵便番号", "yubin_no", "zip"],
    "postal_address": ["住所", "本籍", "jusho", "address"],
    "sex": ["性別", "seibetsu"],
    "age": ["年齢", "age"],
    "free_text": ["備考", "特記事項", "biko"],
    "amount": ["所得額", "保険料", "income"],
    "date": ["申請日", "更新日時", "created_at"],
    "category": ["種別", "状態", "status"],
    "relation": ["続柄"],
    "organisation": ["会社名", "施設名称"],
    "name_of_thing": ["町名", "品名", "件名"],
    "identifier": ["受付番号", "文書番号"],
    "": ["甲", "x"],
}


@pytest.mark.parametrize("kind", HEADINGS)
def test_headings_tell_kinds(kind: str) -> None:
    found = {one: kind_by_heading(one) for one in HEADINGS[kind] if one != "SEI"}
    assert found == dict.fromkeys(found, kind)


def test_a_proposal_finds_kinds_keys_and_references_and_decides_on_nothing_unknown(tmp_path: Path) -> None:
    source = town(tmp_path / "s")
    (source / "住民.csv").write_bytes((source / "住民.csv").read_bytes().replace("所得".encode("cp932"), "甲".encode("cp932")))
    about = {"title": "案", "purpose": "試験", "recipient": "委託先", "domain": "test"}
    with open_source(source) as opened:
        value = propose(opened, **about, inspector=Nothing(), random=os.urandom)  # type: ignore[arg-type]
    wanted = parse_plan(write_plan(value).encode(), file="p.yaml")
    people = wanted.tables["住民"]
    assert people.primary_key == ("宛名番号",)
    assert [(one.columns, one.table) for one in people.foreign_keys] == [(("世帯番号",), "世帯")]
    assert people.columns["世帯番号"].transform == wanted.tables["世帯"].columns["世帯番号"].transform
    assert people.columns["生年月日"].transform is not None
    assert people.columns["生年月日"].transform.name == "date_shift"
    assert people.columns["備考"].transform is not None
    assert people.columns["甲"].action is Action.UNDECIDED
    assert all(one.reason for one in people.columns.values())
    assert "佐藤" not in write_plan(value)


def test_my_numbers_under_any_heading_are_proposed_to_be_dropped(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "整理,氏名\n" + "123456789018,山田太郎\n100000000080,鈴木花子\n100000000030,佐藤次郎\n" * 30, encoding="utf-8"
    )
    with open_source(tmp_path / "t.csv") as opened:
        value = propose(
            opened, title="案", purpose="p", recipient="r", domain="test", inspector=LeakInspector(), random=os.urandom
        )
    columns = value["tables"]["t"]["columns"]
    assert columns["整理"]["transform"] == "drop"
    assert columns["氏名"]["transform"] == "fake_name"


def test_the_proposal_for_a_town_runs_and_is_proven_by_the_real_leak_scan(tmp_path: Path) -> None:
    source = town(tmp_path / "s")
    about = {"title": "案", "purpose": "試験", "recipient": "委託先", "domain": "test"}
    inspector = LeakInspector()
    with open_source(source) as opened:
        value = propose(opened, **about, inspector=inspector, random=os.urandom)  # type: ignore[arg-type]
        wanted = parse_plan(write_plan(value).replace("undecided", "keep").encode(), file="p.yaml")  # as a person decides on 町
        run(wanted, opened, tmp_path / "t", keys=KEYS, random=os.urandom)
        with open_source(tmp_path / "t") as made:
            proof = verify(wanted, opened, made, random=os.urandom, inspector=inspector, keys=KEYS)
    assert proof.failed == ()
    assert proof.leaks == ()
    assert proof.holds


def test_every_transform_and_check_has_words_for_the_report() -> None:
    from sekisho.engines.masking.transforms import TRANSFORMS
    from sekisho.standards.texts import known

    assert [name for name in TRANSFORMS if not known(f"masking_runs.transform_{name}")] == []
    checks = ("columns", "rows", "kept", "remains", "gaps", "consistent", "distinct", "frequencies", "moments", "intervals")
    more = ("unique", "references", "leak_scan", "again")
    assert [name for name in (*checks, *more) if not known(f"masking_runs.check_{name}")] == []
