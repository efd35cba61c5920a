"""The lexicon: what it holds, that its columns agree, that numbers said to be unassigned are."""

from __future__ import annotations

import re
import time
from importlib import resources

import pyarrow.compute as pc
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sekisho.engines import lexicon
from sekisho.engines.lexicon.columns import read
from sekisho.engines.lexicon.words import words

KATAKANA = re.compile(r"[ァ-ヴー]+")


def test_surnames_begin_with_the_commonest_and_have_readings():
    table = lexicon.names().surnames
    assert table.slice(0, 2).to_pylist() == [
        {"spelling": "佐藤", "kana": "サトウ", "weight": 1887000},
        {"spelling": "鈴木", "kana": "スズキ", "weight": 1806000},
    ]
    assert table.num_rows > 15_000
    weights = table.column("weight").to_numpy()
    assert (weights[:-1] >= weights[1:]).all()
    assert weights.min() > 0
    assert all(KATAKANA.fullmatch(kana) for kana in table.column("kana").to_pylist())


def test_given_names_know_their_sex_where_a_source_says_it():
    table = lexicon.names().given_names
    rows = {(row["spelling"], row["kana"]): row["sex"] for row in table.to_pylist()}
    assert rows["太郎", "タロウ"] == "m"
    assert rows["花子", "ハナコ"] == "f"
    assert set(table.column("sex").to_pylist()) == {"m", "f", "b", ""}
    assert set(table.column("weight").to_pylist()) == {1, 4, 16, 64}
    assert table.num_rows > 100_000


def test_every_prefecture_has_towns_with_postal_codes_and_kana():
    towns = lexicon.towns()
    assert len(set(towns.column("prefecture").to_pylist())) == 47
    assert towns.num_rows > 120_000
    names = "".join(towns.column("town").to_pylist())
    assert "場合" not in names
    assert names.encode("cp932").decode("cp932") == names
    assert pc.all(pc.match_substring_regex(towns.column("postal_code"), r"^[0-9]{7}$")).as_py()
    shiba = list(towns.filter(pc.equal(towns.column("postal_code"), "1050011")).to_pylist())
    assert [(row["prefecture"], row["city"], row["town"], row["town_kana"]) for row in shiba] == [
        ("東京都", "港区", "芝公園", "シバコウエン")
    ]


def test_the_row_of_a_town_leads_to_its_municipality():
    towns, places = lexicon.towns(), lexicon.municipalities()
    for row in (0, 60_000, towns.num_rows - 1):
        town = towns.slice(row, 1).to_pylist()[0]
        place = places.slice(town["municipality"], 1).to_pylist()[0]
        assert (place["prefecture"], place["city"]) == (town["prefecture"], town["city"])
    codes = places.column("code").to_pylist()
    assert codes == sorted(codes)
    assert len(codes) > 1_800


def test_floors_of_buildings_are_no_towns():
    assert not [t for t in lexicon.towns().column("town").to_pylist() if "ビル" in t or re.search("[0-9０-９]階", t)]


def test_foreign_names_are_katakana():
    assert {"マリア", "サントス", "ジョン"} <= set(lexicon.foreign_names().to_pylist())


@given(st.sampled_from(lexicon.UNASSIGNED), st.data())
def test_numbers_of_the_ranges_lie_in_them_and_have_the_form_of_numbers(area, data):
    number = area.number(data.draw(st.integers(0, area.size - 1)))
    assert lexicon.is_unassigned(number)
    digits = number.replace("-", "")
    assert len(digits) == area.digits
    assert re.fullmatch(r"0[0-9]{1,3}-[0-9]{2,4}-[0-9]{4}", number)


@pytest.mark.parametrize("number", ["090-1234-5678", "03-3201-1234", "0120-123-456", "06-6208-8181", "", "03"])
def test_numbers_that_subscribers_may_have_are_not_called_unassigned(number):
    assert not lexicon.is_unassigned(number)


@pytest.mark.parametrize("index", [-1, 10**7])
def test_an_index_outside_a_range_is_refused(index):
    with pytest.raises(IndexError):
        lexicon.UNASSIGNED[0].number(index)


def test_columns_of_a_file_have_one_length():
    for name in ("surnames", "given_names", "towns", "municipalities", "foreign_names"):
        assert len({len(column) for column in read(name)}) == 1


def test_words_agree_with_their_entries():
    data = words()
    assert int(data.counts.sum()) == len(data.contexts) == len(data.costs)
    assert int((data.spellings == 10).sum()) + 1 == len(data.counts)
    assert data.connections.shape == (len(data.kinds), len(data.kinds))
    assert int(data.contexts.max()) < len(data.kinds)


def test_reading_names_and_towns_takes_less_than_a_second_of_processor():
    begin = time.process_time()
    for name in ("surnames", "given_names", "towns"):
        read(name)
    assert time.process_time() - begin < 1.0  # 0.15 s on a quiet machine


def test_every_file_of_data_has_a_source_with_a_licence():
    folder = resources.files("sekisho.engines.lexicon").joinpath("data")
    provenance = yaml.safe_load(folder.joinpath("provenance.yaml").read_text(encoding="utf-8"))
    files = {item.name.removesuffix(".xz") for item in folder.iterdir() if item.name.endswith(".xz")}
    assert files == set(provenance["files"])
    used = {name for source in provenance["sources"] for name in source["used_for"]}
    assert files <= used
    assert all(source["licence"] and source["carried_by"] for source in provenance["sources"])
