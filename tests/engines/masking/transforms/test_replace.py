"""Made-up values: they agree with one another, they are nobody's, and they look as the originals did."""

from __future__ import annotations

import random
import re
from collections import Counter
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.masking.transforms.world import applied, context

from sekisho.engines import lexicon
from sekisho.engines.checkdigits import MY_NUMBER, RESIDENT_RECORD_CODE, SCHEMES, luhn
from sekisho.errors import InputError

PEOPLE = [f"佐藤　花子{n}" for n in range(3000)]
READINGS = {
    (row["spelling"], row["kana"])
    for table in (lexicon.names().surnames, lexicon.names().given_names)
    for row in table.to_pylist()
}


def test_a_name_and_its_kana_agree_and_the_sex_stays() -> None:
    sexes = ["男", "女", "1", "２", "M", None] * 500
    beside = {"name": pa.array(PEOPLE), "sex": pa.array(sexes)}
    names = applied({"transform": "fake_name", "sex": "sex"}, PEOPLE, columns=beside)
    kana = applied({"transform": "fake_name", "what": "name_kana", "entity": "name", "sex": "sex"}, PEOPLE, columns=beside)
    alone = applied({"transform": "fake_name", "what": "given_name", "entity": "name", "sex": "sex"}, PEOPLE, columns=beside)
    given = {
        sex: {row["spelling"] for row in lexicon.names().given_names.to_pylist() if row["sex"] in sexes_of}
        for sex, sexes_of in (("m", "mb"), ("f", "fb"))
    }
    for sex, name, reading, first in zip(sexes, names, kana, alone, strict=True):
        parts, readings = name.split("　"), reading.split("　")
        assert (parts[0], readings[0]) in READINGS
        assert (parts[1], readings[1]) in READINGS
        assert first == parts[1]
        if sex:
            assert parts[1] in given["m" if sex in {"男", "1", "M"} else "f"]


def test_frequent_surnames_stay_frequent_and_many_names_occur() -> None:
    found = Counter(one.split("　")[0] for one in applied({"transform": "fake_name"}, [f"人　{n}" for n in range(20_000)]))
    top = lexicon.names().surnames["spelling"][:10].to_pylist()
    assert sum(one in top for one, _ in found.most_common(15)) >= 8
    assert len(found) > 2000


def test_nobody_keeps_the_own_name() -> None:
    surnames = lexicon.names().surnames["spelling"].to_pylist()
    outputs = applied({"transform": "fake_name", "what": "surname"}, surnames)
    assert not any(one == other for one, other in zip(surnames, outputs, strict=True))
    kana = applied({"transform": "fake_name", "what": "surname_kana", "entity": "s"}, surnames, columns={"s": pa.array(surnames)})
    assert all((one, other) in READINGS for one, other in zip(outputs, kana, strict=True))


def test_the_gap_and_the_kana_follow_the_column() -> None:
    outputs = applied({"transform": "fake_name"}, ["佐藤　花子", "佐藤 花子", "佐藤花子"])
    assert [("　" in one, " " in one) for one in outputs] == [(True, False), (False, True), (False, False)]
    half = applied({"transform": "fake_name", "what": "name_kana", "kana": "half", "gap": "half"}, PEOPLE[:300])
    assert all(re.fullmatch("[ｦ-ﾟ]+ [ｦ-ﾟ]+", one) for one in half)
    small = applied({"transform": "fake_name", "what": "name_kana", "kana": "hiragana"}, PEOPLE[:300])
    assert all(re.fullmatch("[ぁ-ゖー]+　[ぁ-ゖー]+", one) for one in small)


TOWNS = {(row["postal_code"], row["prefecture"] + row["city"] + row["town"]) for row in lexicon.towns().to_pylist()}
HOUSES = [
    "東京都千代田区丸の内1-1",
    "北海道札幌市中央区北一条西2",
    "神奈川県横浜市西区みなとみらい2",
    "高知県高岡郡四万十町茂串町",
] * 200


def test_an_address_has_the_postal_code_of_its_town() -> None:
    own = [f"{one}{n}" for n, one in enumerate(HOUSES)]
    codes = ["100-0001", "〒060-0001", "2200012", "〒7860001"] * 200
    addresses = applied({"transform": "fake_address"}, own)
    found = applied(
        {"transform": "fake_address", "what": "postal_code", "entity": "address"}, codes, columns={"address": pa.array(own)}
    )
    for before, address, code in zip(codes, addresses, found, strict=True):
        town = re.sub(r"[0-9]+-[0-9]+-[0-9]+$", "", address)
        assert (code.replace("〒", "").replace("-", ""), town) in TOWNS
        assert re.sub("[0-9]", "9", code) == re.sub("[0-9]", "9", before)
    assert len(set(addresses)) > 790


@pytest.mark.parametrize(("keep", "length"), [("prefecture", (3, 3, 4, 3)), ("municipality", (7, 9, 9, 10))])
def test_the_place_stays_where_the_plan_says_so(keep: str, length: tuple[int, ...]) -> None:
    outputs = applied({"transform": "fake_address", "keep": keep}, HOUSES)
    for number, (before, after) in enumerate(zip(HOUSES, outputs, strict=True)):
        assert after[: length[number % 4]] == before[: length[number % 4]]


def test_parts_of_an_address_agree() -> None:
    beside = {"a": pa.array(HOUSES)}
    parts = [
        applied({"transform": "fake_address", "what": what, "entity": "a"}, HOUSES, columns=beside)
        for what in ("prefecture", "city", "town", "street")
    ]
    assert ["".join(row) for row in zip(*parts, strict=True)] == applied(
        {"transform": "fake_address", "entity": "a"}, HOUSES, columns=beside
    )


def test_addresses_of_nowhere_are_refused_or_go_anywhere() -> None:
    with pytest.raises(InputError) as caught:
        applied({"transform": "fake_address", "keep": "prefecture"}, ["東京都港区", "丸の内1-1"])
    assert (caught.value.code, [one.row for one in caught.value.problems]) == ("masking.place_unknown", [2])
    assert len(applied({"transform": "fake_address", "keep": "prefecture", "unplaced": "anywhere"}, ["丸の内1-1"])) == 1


PHONES = [
    "090-1234-5678",
    "09012345678",
    "０９０１２３４５６７８",
    "０３－１２３４－５６７８",
    "050-1234-5678",
    "03-1234-5678",
    "(0463)12-3456",
    "+81 90 1234 5678",
    "x",
]


def test_telephone_numbers_are_nobodys_and_of_their_kind() -> None:
    outputs = applied({"transform": "fake_phone"}, [*PHONES] * 50)
    plain = [one.translate(str.maketrans("０１２３４５６７８９", "0123456789")) for one in outputs]
    assert all(lexicon.is_unassigned(one) for one in plain)
    for before, after, digits in zip(PHONES * 50, outputs, plain, strict=True):
        mobile = "90" in before[:6] or before.startswith("０９")
        assert (digits[:3] in {"070", "080", "090"}) == mobile
        assert digits.startswith("050") == before.startswith("050")
        assert ("-" in after) == bool(re.search("[^0-9０-９]", before))
        assert bool(re.search("[０-９]", after)) == bool(re.search("[０-９]", before))


def test_mail_addresses_end_where_nobody_can_have_one() -> None:
    values = [f"{n}@city{n % 3}.lg.jp" for n in range(300)]
    outputs = applied({"transform": "fake_email"}, values)
    assert all(re.fullmatch("[a-z][a-z0-9]{11}@example.com", one) for one in outputs)
    assert len(set(outputs)) == 300
    grouped = applied({"transform": "fake_email", "host": "per_domain"}, values)
    assert len({one.partition("@")[2] for one in grouped}) == 3
    assert all(one.endswith(".example") for one in grouped)


def test_companies_keep_their_legal_form() -> None:
    outputs = applied({"transform": "fake_company"}, ["株式会社山田商店", "鈴木建設有限会社", "山田"])
    assert outputs[0].startswith("株式会社")
    assert outputs[1].endswith("有限会社")
    assert outputs[2].startswith("株式会社")
    assert "山田" not in "".join(outputs)


@pytest.mark.parametrize("what", ["card", *(name for name in SCHEMES if name not in {"my_number", "resident_record_code"})])
def test_made_up_numbers_have_right_check_digits(what: str) -> None:
    outputs = applied({"transform": "fake_number", "what": what}, [f"n{n}" for n in range(500)])
    holds = luhn if what == "card" else SCHEMES[what].holds
    assert all(holds(one) for one in outputs)
    given = applied({"transform": "fake_number", "what": what, "prefix": "41"}, ["x"])
    assert given[0][1:3] == "41" if what == "corporate_number" else given[0].startswith("41")


def test_made_up_numbers_keep_separators() -> None:
    (output,) = applied({"transform": "fake_number", "what": "card"}, ["4111-1111-1111-1111"])
    assert re.fullmatch("9999-9[0-9-]{13}", output)
    assert [place for place, one in enumerate(output) if one == "-"] == [4, 9, 14]


@pytest.mark.parametrize("what", ["my_number", "resident_record_code"])
def test_dummies_never_have_a_right_check_digit_and_nothing_of_the_input(what: str) -> None:
    scheme = MY_NUMBER if what == "my_number" else RESIDENT_RECORD_CODE
    values = ["1" * scheme.places] * 3000
    outputs = applied({"transform": "dummy_number", "what": what}, values, kinds=frozenset({what}))
    assert all(len(one) == scheme.places and not scheme.holds(one) for one in outputs)
    assert len(set(outputs)) > 2990
    again = applied({"transform": "dummy_number", "what": what}, ["2" * scheme.places] * 3000)
    assert again == outputs  # the same chance, other inputs: nothing comes from the input
    assert applied({"transform": "dummy_number", "what": what}, values, random=random.Random(8).randbytes) != outputs


def test_right_dummies_need_a_reason_and_chance_must_be_handed_in() -> None:
    plan = {"transform": "dummy_number", "check_digit": "right", "reason": "受入システムが検査数字を見るため"}
    assert all(MY_NUMBER.holds(one) for one in applied(plan, ["x"] * 200))
    with pytest.raises(InputError) as caught:
        applied({"transform": "dummy_number"}, ["x"], random=None)
    assert caught.value.code == "masking.chance_missing"


def test_dummies_keep_the_form_and_the_type() -> None:
    outputs = applied({"transform": "dummy_number"}, ["1234-5678-9018", "１２３４５６７８９０１８", None, ""])
    assert [one and re.sub("[0-9]", "9", re.sub("[０-９]", "９", one)) for one in outputs] == [
        "9999-9999-9999",
        "９" * 12,
        None,
        "",
    ]
    assert applied({"transform": "dummy_number"}, pa.array([123456789018, None]))[1] is None


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=20)), max_size=8))
@pytest.mark.parametrize(
    "plan",
    [{"transform": "fake_name"}, {"transform": "fake_phone"}, {"transform": "fake_email", "host": "per_domain"}, {"transform": "fake_company"},
     {"transform": "fake_number", "what": "card"}, {"transform": "fake_address", "keep": "prefecture", "unplaced": "anywhere"}, {"transform": "dummy_number"}],
    ids=str,
)  # fmt: skip
def test_any_text_is_replaced(plan: dict[str, Any], values: list[str | None]) -> None:
    outputs = applied(plan, pa.array(values, pa.string()))
    for before, after in zip(values, outputs, strict=True):
        assert bool(after) == bool(before)
        assert after is not None or before is None


def test_families_may_share_a_surname() -> None:
    beside = {"household": pa.array(["h1", "h1", "h2"])}
    outputs = applied(
        {"transform": "fake_name", "what": "surname", "entity": "household"}, ["佐藤", "佐藤", "鈴木"], columns=beside
    )
    assert outputs[0] == outputs[1] != outputs[2]
    assert context().domain == "test"
