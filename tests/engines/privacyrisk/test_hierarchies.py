"""Hierarchies: nested at every level, missing values apart, every place of a fault named; the built-in ladders on real forms."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.engines.privacyrisk import ladders
from sekisho.engines.privacyrisk.coding import code_column
from sekisho.engines.privacyrisk.hierarchies import bind, flat, read_hierarchy, read_hierarchy_file
from sekisho.engines.privacyrisk.specs import chosen_hierarchy, hierarchies_for, read_specs
from sekisho.errors import InputError


def code_of(*values):
    return code_column("c", pa.array(values))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1980-05-17", (1980, 5, 17)), ("1980/5/7", (1980, 5, 7)), ("1980年5月7日", (1980, 5, 7)), ("19800517", (1980, 5, 17)),
        ("昭和55年5月17日", (1980, 5, 17)), ("S55.5.17", (1980, 5, 17)), ("平成元年1月8日", (1989, 1, 8)), ("令和6年２月29日", (2024, 2, 29)),
        ("1980-05-17T10:00:00+09:00", (1980, 5, 17)),
    ],
)  # fmt: skip
def test_days_in_the_forms_that_offices_write(text, day):
    assert ladders.parse_day(text) == dt.date(*day)


@pytest.mark.parametrize("text", ["", "1980-02-30", "平成元年1月7日", "昭和0年1月1日", "5/17", "1980", "abc", "令和99年1月1日x"])
def test_what_is_no_day_is_none(text):
    assert ladders.parse_day(text) is None


def test_an_era_decade_never_crosses_its_era():
    forms = ladders.dates(era=True).forms
    assert forms("1989-01-07") == ("昭和64年1月", "昭和64年", "昭和60年代", "*")
    assert forms("1989-01-08") == ("平成元年1月", "平成元年", "平成1桁年代", "*")
    assert forms("1850-01-01") == ("1850年1月", "1850年", "1850年代", "*")
    assert ladders.dates().forms("S55.5.17") == ("1980-05", "1980", "1980s", "*")
    assert ladders.dates(first="year").forms("S55.5.17") == ("1980", "1980s", "*")


@pytest.mark.parametrize(
    ("value", "forms"),
    [
        ("神奈川県横浜市中区山下町1-2", ("神奈川県横浜市中区山下町", "神奈川県横浜市", "神奈川県", "関東", "*")),
        ("東京都千代田区丸の内１丁目", ("東京都千代田区丸の内", "東京都千代田区", "東京都", "関東", "*")),
        ("北海道余市郡余市町朝日町10", ("北海道余市郡余市町朝日町", "北海道余市郡余市町", "北海道", "北海道", "*")),
        ("三重県四日市市諏訪町二丁目3", ("三重県四日市市諏訪町", "三重県四日市市", "三重県", "近畿", "*")),
        ("千葉県市川市八幡1", ("千葉県市川市八幡", "千葉県市川市", "千葉県", "関東", "*")),
        ("山下町1", None), ("火星県火星市1", None),
    ],
)  # fmt: skip
def test_addresses_climb_to_town_city_prefecture_region(value, forms):
    assert ladders.addresses().forms(value) == forms


def test_addresses_without_a_prefecture_need_it_told():
    assert ladders.addresses(prefecture="神奈川県").forms("横浜市中区山下町1")[1:3] == ("神奈川県横浜市", "神奈川県")
    with pytest.raises(InputError):
        ladders.addresses(prefecture="横浜")


def test_postal_codes_prefectures_ages_numbers_and_cut_texts():
    assert ladders.postal_codes().forms("231-0023") == ("231-00**", "231-****", "23*-****", "*")
    assert ladders.postal_codes().forms("〒2310023") == ("231-00**", "231-****", "23*-****", "*")
    assert ladders.prefectures().forms("香川県") == ("四国", "*")
    assert ladders.ages().forms("34歳") == ("30-34", "30-39", "20-39", "*")
    assert ladders.ages().forms("97") == ("90+", "90+", "90+", "*")
    assert ladders.ages().forms("89") == ("85-89", "80-89", "80-89", "*")
    assert ladders.numbers((10, 50)).forms("-1") == ("[-10,0)", "[-50,0)", "*")
    assert ladders.numbers((0.1, 0.5), low=0, high=1).forms("0.3") == ("[0.3,0.4)", "[0,0.5)", "*")
    assert ladders.numbers((10,), high=100).forms("1,000") == (">=100", "*")
    assert ladders.cut(5).forms("81667") == ("8166*", "816**", "81***", "8****", "*")


@pytest.mark.parametrize(
    "made",
    [
        lambda: ladders.ages((5, 7)), lambda: ladders.numbers(()), lambda: ladders.postal_codes((3, 5)), lambda: ladders.cut(0),
        lambda: ladders.dates(first="day"), lambda: ladders.ages((5,), top=0), lambda: ladders.numbers((0,)),
    ],
)  # fmt: skip
def test_settings_that_break_a_ladder_are_refused(made):
    with pytest.raises(InputError) as caught:
        made()
    assert caught.value.code == "privacy.builder_wrong"


@given(
    st.lists(st.one_of(st.none(), st.just(""), st.integers(-(10**6), 10**6).map(str)), min_size=1, max_size=30),
    st.sampled_from([(1, 10, 100), (0.5, 2.5), (7,)]),
)
def test_every_level_is_decided_by_the_one_below_and_covers_all_rows(values, widths):
    bound = bind(ladders.numbers(widths), code_column("c", pa.array(values, "string")))
    for below, above in zip(bound.maps, bound.maps[1:], strict=False):
        assert len({(b, a) for b, a in zip(below.tolist(), above.tolist(), strict=True)}) == len(set(below.tolist()))
    for nodes, labels, leaves in zip(bound.maps, bound.labels, bound.leaves, strict=True):
        assert set(nodes.tolist()) == set(range(len(labels)))
        assert leaves.sum() == bound.domain


def test_a_missing_value_stays_itself_until_the_root():
    bound = bind(ladders.ages(), code_of(None, "", "34"))
    assert [labels[nodes[0]] for nodes, labels in zip(bound.maps, bound.labels, strict=True)] == [None, None, None, None, "*"]
    assert [labels[nodes[1]] for nodes, labels in zip(bound.maps, bound.labels, strict=True)] == ["", "", "", "", "*"]
    only = bind(flat("c"), code_column("c", pa.array([None, ""], "string")))
    assert only.labels[1] == ("*",)


def test_values_of_the_domain_that_do_not_occur_count_for_the_loss():
    bound = bind(read_hierarchy("c", [["a", "x", "*"], ["b", "x", "*"], ["c", "y", "*"]]), code_of("a", "c"))
    assert bound.domain == 3
    assert bound.leaves[1].tolist() == [2, 1]
    assert bound.leaves[2].tolist() == [3]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([], "privacy.hierarchy_empty"),
        ([["a", "*"], ["b"]], "privacy.hierarchy_ragged"),
        ([["a", "*"], ["a", "*"]], "privacy.hierarchy_twice"),
        ([["a", "x", "1"], ["b", "x", "2"]], "privacy.hierarchy_not_nested"),
    ],
)
def test_a_faulty_table_names_the_row(rows, code):
    with pytest.raises(InputError) as caught:
        read_hierarchy("c", rows, file="c.csv")
    assert caught.value.problems[0].code == code
    assert caught.value.problems[0].row == (2 if rows else None)


def test_a_value_without_a_place_is_told_by_row_and_never_shown():
    with pytest.raises(InputError) as caught:
        bind(ladders.ages(), code_of("34", "secret-value", "40"))
    assert (caught.value.code, caught.value.fields["row"]) == ("privacy.value_not_in_hierarchy", 2)
    assert "secret" not in repr(caught.value.as_dict())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_hierarchy_files_in_the_form_of_arx_are_read(tmp_path, encoding):
    path = tmp_path / "職業.csv"
    path.write_bytes("会社員;被用者;*\n自営業;自営;*\n".encode(encoding))
    made = read_hierarchy_file(path)
    assert (made.name, made.height, made.forms("自営業")) == ("職業", 2, ("自営", "*"))


@pytest.mark.parametrize("content", [b"\xff\xfe\xff\x81", b'"a;*\nb;*\n', b""])
def test_hierarchy_files_that_are_no_tables_are_refused(tmp_path, content):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_hierarchy_file(path)


def test_specs_name_builders_files_and_levels(tmp_path):
    (tmp_path / "職業.csv").write_text("会社員;被用者;*\n", encoding="utf-8")
    path = tmp_path / "h.yaml"
    path.write_text(
        "privacy_hierarchies: 1\ncolumns:\n  年齢: {builder: age, widths: [10, 20]}\n  職業: {file: 職業.csv}\n"
        "  性別: {levels: [[男, '*'], [女, '*']]}\n", encoding="utf-8",
    )  # fmt: skip
    made = read_specs(path)
    assert {name: h.height for name, h in made.items()} == {"年齢": 3, "職業": 2, "性別": 1}


@pytest.mark.parametrize(
    "text",
    [
        "columns: {}", "privacy_hierarchies: 2\ncolumns: {}", "privacy_hierarchies: 1\ncolumns: {a: {}}",
        "privacy_hierarchies: 1\ncolumns: {a: {builder: nix}}", "privacy_hierarchies: 1\ncolumns: {a: {builder: age, nix: 1}}",
        "privacy_hierarchies: 1\ncolumns: {a: {builder: age, widths: x}}", "privacy_hierarchies: 1\ncolumns: {a: {file: ../../etc/passwd}}",
        "privacy_hierarchies: 1\ncolumns: {a: {levels: 3}}", "privacy_hierarchies: 1\ncolumns: {a: {builder: age, file: b}}",
        "privacy_hierarchies: 1\nextra: 1\ncolumns: {}", "- 1", "",
    ],
)  # fmt: skip
def test_faulty_specs_are_refused(tmp_path, text):
    path = tmp_path / "h.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        read_specs(path)


@pytest.mark.parametrize(
    ("name", "values", "chosen"),
    [
        ("年齢", ["3", "40"], "age"), ("生年月日", ["1980-01-02", "S55.1.3"], "date"), ("住所", ["東京都千代田区丸の内1"], "address"),
        ("郵便番号", ["100-0005"], "postal"), ("都道府県", ["東京都"], "prefecture"), ("売上", ["10", "2000"], "number"),
        ("職業", ["会社員"], "職業"), ("登録", ["2020-01-01", "2020-02-01"], "date"), ("年齢", ["不明", "40"], "年齢"),
    ],
)  # fmt: skip
def test_a_hierarchy_is_chosen_only_where_it_places_every_value(name, values, chosen):
    assert chosen_hierarchy(code_column(name, pa.array([*values, None]))).name == chosen


def test_a_hierarchy_of_no_column_is_refused():
    with pytest.raises(InputError) as caught:
        hierarchies_for([code_of("1")], {"other": flat("other")})
    assert caught.value.code == "privacy.hierarchy_without_column"


def test_codes_follow_numbers_then_texts_with_missing_first():
    coded = code_of("10", "9", None, "", "9.5")
    assert coded.labels == (None, "", "9", "9.5", "10")
    assert coded.codes.tolist() == [4, 2, 0, 1, 3]
    assert np.isnan(coded.numbers[:2]).all()
    assert code_of("10", "9", "x").labels == ("10", "9", "x")
    assert code_of("01", "1").labels == ("01", "1")
