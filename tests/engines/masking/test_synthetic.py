"""Synthetic tables: the same from the same description, consistent among each other, nothing real in them."""

from __future__ import annotations

import os
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.masking.plans import Nothing, faults
from tests.engines.masking.tabular import back, rows

from sekisho.engines import lexicon
from sekisho.engines.checkdigits import corporate_number, my_number
from sekisho.engines.lexicon import is_unassigned
from sekisho.engines.masking.plan import write_plan
from sekisho.engines.masking.sources import open_source
from sekisho.engines.masking.synthetic import describe, make, parse_description
from sekisho.engines.masking.synthetic.people import AGES, birth_days
from sekisho.engines.masking.targets import Writing
from sekisho.errors import InputError, Problem
from sekisho.standards import texts

TOWN = """\
schema: sekisho.synthetic/1
title: 架空の町
seed: 7
as_of: 2026-11-30
tables:
  世帯:
    rows: 200
    primary_key: 世帯番号
    columns:
      世帯番号: {kind: sequence, digits: 8, start: 10000001}
      郵便番号: {kind: postal_code, prefecture: 長野県}
      住所: {kind: postal_address}
  住民:
    rows_per: {table: 世帯, counts: {"1": 4, "2": 3, "4": 1}}
    primary_key: 宛名番号
    columns:
      宛名番号: {kind: sequence, digits: 10, start: 2000000001, shuffled: true}
      世帯番号: {kind: reference, table: 世帯, column: 世帯番号}
      氏名: {kind: person_name, family: 世帯番号}
      氏名カナ: {kind: person_kana, width: half}
      性別: sex
      生年月日: {kind: birth_date, format: wareki}
      年齢: age
      電話番号: {kind: telephone, nulls: 0.25}
      メール: {kind: email, empty: 0.2}
      個人番号: my_number
      勤務先: corporate_number
      住所: {kind: lookup, through: 世帯番号, table: 世帯, column: 住所}
      所得: {kind: integer, low: 0, high: 20000000, distribution: lognormal, mean: 3000000, deviation: 1000000, step: 1000}
      区分: {kind: category, values: {甲: 3, 乙: 1}}
      登録日: {kind: date, low: 2020-01-01, high: 2026-03-31}
      変更日: {kind: date, low: 2020-01-01, high: 2026-10-01, after: 登録日}
"""


def made(folder: Path, text: str = TOWN, name: str = "t.sqlite") -> dict[str, list[dict[str, Any]]]:
    make(parse_description(text.encode(), file="d.yaml"), folder / name, how=Writing(force=True))
    return rows(folder / name)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    return made(tmp_path_factory.mktemp("synthetic"))


def test_the_same_description_makes_the_same_tables_and_another_seed_others(
    town: dict[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    assert made(tmp_path) == town
    other = made(tmp_path, TOWN.replace("seed: 7", "seed: 8"))
    assert [one["氏名"] for one in other["住民"]][:20] != [one["氏名"] for one in town["住民"]][:20]


def test_a_column_does_not_change_when_another_is_added(town: dict[str, list[dict[str, Any]]], tmp_path: Path) -> None:
    more = made(tmp_path, TOWN.replace("      性別: sex\n", "      性別: sex\n      所属: {kind: category, values: [a, b]}\n"))
    for column in ("氏名", "所得", "電話番号"):
        assert [one[column] for one in more["住民"]] == [one[column] for one in town["住民"]]


def test_keys_are_unique_and_references_lead_somewhere(town: dict[str, list[dict[str, Any]]]) -> None:
    households = {one["世帯番号"]: one for one in town["世帯"]}
    people = town["住民"]
    assert len(households) == 200
    assert len({one["宛名番号"] for one in people}) == len(people)
    assert {one["世帯番号"] for one in people} == set(households)
    assert all(one["住所"] == households[one["世帯番号"]]["住所"] for one in people)
    sizes = Counter(Counter(one["世帯番号"] for one in people).values())
    assert set(sizes) == {1, 2, 4}
    assert sizes[1] > sizes[4]


def test_every_name_that_can_be_made_up_goes_into_cp932() -> None:
    from sekisho.engines.masking.synthetic import people
    from sekisho.engines.masking.transforms.replace import names

    pools = [people._surnames()[0]["spelling"], *(one[0]["spelling"] for one in people._given().values())]
    pools += [names._surnames().spelling, names._given_names("").spelling]
    for pool in pools:
        assert len(pool) > 1000
        "".join(pool.to_pylist()).encode("cp932")


def test_a_family_shares_its_surname_and_kana_fits(town: dict[str, list[dict[str, Any]]]) -> None:
    by_household: dict[str, set[str]] = {}
    for one in town["住民"]:
        by_household.setdefault(one["世帯番号"], set()).add(one["氏名"].split("　")[0])
        assert one["氏名カナ"].isprintable()
        assert all(c == " " or "｡" <= c <= "ﾟ" for c in one["氏名カナ"]), one["氏名カナ"]
    assert all(len(names) == 1 for names in by_household.values())


def test_numbers_of_people_are_nobodys(town: dict[str, list[dict[str, Any]]]) -> None:
    for one in town["住民"]:
        assert not my_number(one["個人番号"])
        assert not corporate_number(one["勤務先"])
        assert one["電話番号"] is None or is_unassigned(one["電話番号"])
        assert one["メール"] == "" or one["メール"].endswith("@example.jp")


def test_postal_codes_belong_to_their_towns(town: dict[str, list[dict[str, Any]]]) -> None:
    table = lexicon.towns()
    places = zip(
        table["postal_code"].to_pylist(),
        table["prefecture"].to_pylist(),
        table["city"].to_pylist(),
        table["town"].to_pylist(),
        strict=True,
    )
    known = {(code, f"{prefecture}{city}{name}") for code, prefecture, city, name in places}
    for one in town["世帯"]:
        assert one["住所"].startswith("長野県")
        address = one["住所"].rstrip("0123456789-")
        assert (one["郵便番号"].replace("-", ""), address) in known or any(
            code == one["郵便番号"].replace("-", "") and one["住所"].startswith(text) for code, text in known
        )


def test_shares_and_spans_are_as_described(town: dict[str, list[dict[str, Any]]]) -> None:
    people = town["住民"]
    count = len(people)
    assert 0.15 < sum(one["電話番号"] is None for one in people) / count < 0.35
    assert 0.1 < sum(one["メール"] == "" for one in people) / count < 0.3
    assert 0.65 < sum(one["区分"] == "甲" for one in people) / count < 0.85
    assert all(0 <= one["所得"] <= 20_000_000 and one["所得"] % 1000 == 0 for one in people)
    assert 2_500_000 < sum(one["所得"] for one in people) / count < 3_500_000
    assert all("2020-01-01" <= one["登録日"] <= one["変更日"] <= "2026-10-01" for one in people)


@settings(max_examples=40, deadline=None)
@given(st.dates(date(1990, 1, 1), date(2050, 12, 31)), st.integers(0, 2**32))
def test_ages_are_full_years_on_the_day(as_of: date, seed: int) -> None:
    born, ages = birth_days(np.random.Generator(np.random.PCG64(seed)), 200, AGES, as_of)
    for days, age in zip(born.tolist(), ages.tolist(), strict=True):
        birth = date.fromordinal(days + date(1970, 1, 1).toordinal())
        assert age == as_of.year - birth.year - ((as_of.month, as_of.day) < (birth.month, birth.day))
        assert 0 <= age <= 100


MISTAKES: dict[str, tuple[tuple[str, str], str, int]] = {
    "an unknown kind": (("性別: sex", "性別: gender"), "expects_one_of", 21),
    "an unknown field": (("{kind: person_kana, width: half}", "{kind: person_kana, wide: true}"), "field_unknown", 20),
    "a table that is not there": (("table: 世帯, column: 世帯番号}", "table: 家, column: 世帯番号}"), "key_column", 18),
    "rows twice": (("    rows: 200\n", "    rows: 200\n    rows_per: {table: 世帯, counts: {'1': 1}}\n"), "rows_or_per", 7),
    "weights that are none": (("{甲: 3, 乙: 1}", "{甲: -3}"), "expects_weights", 30),
    "a span the wrong way": (("low: 0, high: 20000000", "low: 9, high: 1"), "high_below_low", 29),
    "a day that is none": (("low: 2020-01-01, high: 2026-03-31", "low: 春, high: 2026-03-31"), "expects_day", 31),
}  # fmt: skip


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_in_a_description_is_named_with_its_line(case: str) -> None:
    change, code, line = MISTAKES[case]
    text = TOWN.replace(*change)
    assert text != TOWN
    with pytest.raises(InputError) as caught:
        parse_description(text.encode(), file="d.yaml")
    assert (code, line) in faults(caught.value)


def test_tables_that_need_each_other_are_refused() -> None:
    circle = """\
schema: sekisho.synthetic/1
title: 輪
seed: 1
as_of: 2026-01-01
tables:
  a: {rows: 1, columns: {x: {kind: reference, table: b, column: y}}}
  b: {rows: 1, columns: {y: {kind: reference, table: a, column: x}}}
"""
    with pytest.raises(InputError) as caught:
        parse_description(circle.encode(), file="d.yaml")
    assert faults(caught.value)[0][0] == "tables_in_circle"


def test_a_description_of_real_tables_holds_none_of_their_values(tmp_path: Path, town: dict[str, list[dict[str, Any]]]) -> None:
    source = tmp_path / "s"
    make(parse_description(TOWN.encode(), file="d"), source, how=Writing(form="csv"))
    with open_source(source) as opened:
        value = describe(opened, seed=3, as_of=date(2026, 11, 30), inspector=Nothing(), random=os.urandom)
    text = write_plan(value)
    allowed = {"男", "女", "甲", "乙"}  # single characters stand in headings, too
    for table in town.values():
        for one in table:
            for cell in one.values():
                word = str(cell)
                assert len(word) < 4 or word in allowed or word not in text, word
    assert "甲" not in text
    again = parse_description(text.encode(), file="d2.yaml")
    assert again.tables["住民"].columns["世帯番号"].kind == "reference"
    assert again.tables["住民"].columns["氏名"].kind == "person_name"
    make(again, tmp_path / "t", how=Writing(form="csv"))
    assert set(back(tmp_path / "t")) == {"世帯", "住民"}


def test_small_tables_tell_no_figure(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("所得,区分\n1234567,特\n1234568,\n7654321,並\n", encoding="utf-8")
    with open_source(tmp_path / "t.csv") as opened:
        value = describe(opened, seed=3, as_of=date(2026, 11, 30), inspector=Nothing(), random=os.urandom)
    assert value["tables"]["t"]["rows"] == 10
    assert value["tables"]["t"]["columns"]["所得"].get("high", 100) == 100
    assert "nulls" not in value["tables"]["t"]["columns"]["区分"]
    assert "特" not in repr(value)


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["schema", "title", "seed", "as_of", "tables"]),
        st.none() | st.integers() | st.text(max_size=4) | st.dictionaries(st.text(min_size=1, max_size=3), st.dictionaries(st.sampled_from(["rows", "columns", "rows_per"]), st.integers(0, 3) | st.dictionaries(st.text(min_size=1, max_size=3), st.sampled_from(["sex", "age", "category", "x"]), max_size=2), max_size=3), max_size=2),
        max_size=5,
    )
)  # fmt: skip
def test_any_yaml_is_a_description_or_is_refused_in_words(value: dict[str, Any]) -> None:
    text = yaml.safe_dump(
        {"schema": "sekisho.synthetic/1", "title": "x", "seed": 1, "as_of": "2026-01-01", "tables": {}, **value}
    )
    problems: tuple[Problem, ...] = ()
    try:
        parse_description(text.encode(), file="x.yaml")
    except InputError as error:
        problems = error.problems
    assert all(texts.known(one.code) for one in problems)
