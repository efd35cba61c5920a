"""Generalisation: true, but coarse."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.masking.transforms.world import applied

from sekisho.errors import InputError


@pytest.mark.parametrize(
    ("plan", "value", "expected"),
    [
        ({"width": 10}, 29, "20-29"), ({"width": 10}, 30, "30-39"), ({"width": 10}, 0, "0-9"), ({"width": 10}, -1, "-10--1"),
        ({"width": 10, "high": 90}, 90, "90-"), ({"width": 10, "high": 90}, 89, "80-89"), ({"width": 10, "low": 20}, 19, "-20"),
        ({"width": 0.5}, "1.25", "1-1.5"), ({"width": 1}, 7, "7"), ({"width": 10, "label": "lower"}, 29, "20"),
        ({"width": 10, "label": "middle"}, "29", "25"), ({"width": 1000, "dash": "〜"}, "1,500", "1000〜1999"),
    ],
)  # fmt: skip
def test_numbers_into_bins(plan: dict[str, Any], value: Any, expected: str) -> None:
    assert applied({"transform": "generalise_number", **plan}, [value, None]) == [expected, None]


@settings(max_examples=26, deadline=None)
@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=20), st.integers(1, 1000))
def test_every_number_lies_in_its_bin(values: list[int], width: int) -> None:
    for value, lower in zip(
        values, applied({"transform": "generalise_number", "width": width, "label": "lower"}, values), strict=True
    ):
        assert int(lower) <= value < int(lower) + width
        assert int(lower) % width == 0


@pytest.mark.parametrize(
    ("born", "plan", "expected"),
    [
        ("1986-12-01", {}, "40-44"), ("1986-12-02", {}, "35-39"), ("1986-12-02", {"count": "legal"}, "40-44"), ("2026-12-01", {}, "0-4"),
        ("1936-12-01", {}, "90-"), ("1936-12-02", {}, "85-89"), ("2004-02-29", {}, "20-24"), ("昭和61年12月1日", {"band": 1}, "40"),
        ("1946-12-01", {"high": 82}, "80-81"), ("1944-12-01", {"high": 82}, "82-"),
    ],
)  # fmt: skip
def test_birth_dates_into_ages(born: str, plan: dict[str, Any], expected: str) -> None:
    assert applied({"transform": "generalise_age", "on": "2026-12-01", **plan}, [born, None, ""]) == [expected, None, ""]


def test_who_is_born_later_is_named() -> None:
    with pytest.raises(InputError) as caught:
        applied({"transform": "generalise_age", "on": "2026-12-01"}, ["2026-12-01", "2026-12-02"])
    assert (caught.value.code, [one.row for one in caught.value.problems]) == ("masking.born_later", [2])


@settings(max_examples=26, deadline=None)
@given(
    st.lists(st.dates(dt.date(1000, 1, 1)), min_size=1, max_size=10),
    st.sampled_from(["month", "quarter", "year", "fiscal_year", "decade"]),
)
def test_the_first_day_of_a_period_lies_in_it(days: list[dt.date], to: str) -> None:
    plan = {"transform": "generalise_date", "to": to}
    firsts = applied({**plan, "form": "first_day"}, pa.array(days))
    assert all(first <= day and first.day == 1 for first, day in zip(firsts, days, strict=True))
    assert applied(plan, pa.array(firsts)) == applied(plan, pa.array(days))


@pytest.mark.parametrize(
    ("to", "day", "expected"),
    [("month", "2027-03-31", "2027-03"), ("quarter", "2027-03-31", "2027-Q1"), ("year", "2027-03-31", "2027"), ("decade", "2027-03-31", "2020-2029"),
     ("fiscal_year", "2027-03-31", "2026年度"), ("fiscal_year", "2027-04-01", "2027年度"), ("year", "昭和64年1月7日", "1989")],
)  # fmt: skip
def test_dates_into_periods(to: str, day: str, expected: str) -> None:
    assert applied({"transform": "generalise_date", "to": to}, [day, "", None]) == [expected, "", None]


@pytest.mark.parametrize(
    ("to", "address", "expected"),
    [
        ("municipality", "東京都千代田区丸の内1-1", "東京都千代田区"), ("prefecture", "東京都千代田区丸の内1-1", "東京都"),
        ("prefecture", "和歌山県和歌山市", "和歌山県"), ("municipality", "京都府京都市北区紫野", "京都府京都市北区"),
        ("municipality", "広島県府中市x", "広島県府中市"), ("municipality", "広島県安芸郡府中町", "広島県安芸郡府中町"),
        ("municipality", "三重県四日市市x", "三重県四日市市"), ("municipality", "千葉県市川市", "千葉県市川市"),
    ],
)  # fmt: skip
def test_addresses_into_places(to: str, address: str, expected: str) -> None:
    assert applied({"transform": "generalise_address", "to": to}, [address, None, ""]) == [expected, None, ""]


def test_addresses_of_nowhere() -> None:
    plan = {"transform": "generalise_address"}
    with pytest.raises(InputError) as caught:
        applied(plan, ["東京都港区", "港区", "東京"])
    assert [one.row for one in caught.value.problems] == [2, 3]
    assert applied({**plan, "unplaced": "null"}, ["港区"]) == [None]
    assert applied({**plan, "unplaced": "other"}, ["港区"]) == ["その他"]


def test_recoding_by_a_table() -> None:
    plan = {"transform": "recode", "groups": {"外科": "医療", "内科": "医療", "税務": "行政"}}
    assert applied(plan, ["外科", "税務", None, ""]) == ["医療", "行政", None, ""]
    with pytest.raises(InputError) as caught:
        applied(plan, ["外科", "秘密の課"])
    assert (caught.value.code, [one.row for one in caught.value.problems]) == ("masking.not_in_table", [2])
    assert "秘密" not in repr(caught.value.as_dict())
    assert applied({**plan, "others": "other"}, ["x"]) == ["*"]
    assert applied({**plan, "others": "null"}, ["x"]) == [None]


def test_the_first_characters_stay_whole() -> None:
    values = ["1000001", "葛\U000e0100飾区", "か\u3099き", None, ""]
    assert applied({"transform": "generalise_text", "keep_first": 1}, values) == ["1", "葛\U000e0100", "か\u3099", None, ""]
    assert applied({"transform": "generalise_text", "keep_first": 1, "fill": "*"}, values) == [
        "1******",
        "葛\U000e0100**",
        "か\u3099*",
        None,
        "",
    ]
