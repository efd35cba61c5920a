"""Shuffles, noise and moved dates: what stays the same, what never does."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.masking.transforms.world import applied

from sekisho.engines.masking.transforms import ColumnMemory
from sekisho.engines.masking.transforms.calendar_texts import EPOCH, read_date
from sekisho.errors import InputError

DAYS = st.dates(dt.date(1873, 1, 1), dt.date(2100, 12, 31))
ERAS = [
    (dt.date(2019, 5, 1), "令和", "R", "5"),
    (dt.date(1989, 1, 8), "平成", "H", "4"),
    (dt.date(1926, 12, 25), "昭和", "S", "3"),
    (dt.date(1912, 7, 30), "大正", "T", "2"),
    (dt.date(1868, 1, 25), "明治", "M", "1"),
]


def written(day: dt.date, form: str) -> str:
    begin, kanji, letter, code = next(one for one in ERAS if one[0] <= day)
    year = day.year - begin.year + 1
    return {
        "iso": f"{day:%Y-%m-%d}", "slashes": f"{day.year}/{day.month}/{day.day}", "plain": f"{day:%Y%m%d}", "kanji": f"{day.year}年{day.month}月{day.day}日",
        "era": f"{kanji}{'元' if year == 1 else year}年{day.month}月{day.day}日", "letter": f"{letter}{year}.{day.month}.{day.day}",
        "padded": f"{letter}{year:02d}/{day:%m/%d}", "coded": f"{code}{year:02d}{day:%m%d}", "time": f"{day:%Y-%m-%d} 12:34:56",
    }[form]  # fmt: skip


FORMS = ["iso", "slashes", "plain", "kanji", "era", "letter", "padded", "coded", "time"]


@settings(max_examples=33, deadline=None)
@given(DAYS, st.sampled_from(FORMS))
def test_dates_are_read_in_every_form_and_written_back(day: dt.date, form: str) -> None:
    text = written(day, form)
    for given_text in (text, text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})):
        if form == "time" and given_text != text:
            continue
        found = read_date(given_text)
        assert found is not None
        assert found[1] + EPOCH == day.toordinal()
        assert read_date(found[0].write(found[1])) is not None
        assert read_date(found[0].write(found[1]))[1] == found[1]
    if form not in {"slashes", "kanji", "era", "letter"} or min(day.month, day.day) < 10:
        assert read_date(text)[0].write(found[1]) == text


@pytest.mark.parametrize(
    "text",
    ["", "x", "2026-02-29", "2026-13-01", "2026-00-10", "0000-01-01", "2026/11-30", "2026.11/30", "昭和64年1月8日", "平成0年1月1日", "令和元年4月30日", "R1.4.30",
     "6010101", "20261301", "99999999", "2026-11-30x", "2026-11-30 25", "明治1年1月1日", "2026年11月30", "1/2/3", "２０２６-02-30", "H31.5.1"],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    found = read_date(text)
    assert found is None or text == "2026年11月30"


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abcd"), DAYS, DAYS, st.sampled_from(FORMS)), min_size=1, max_size=12),
    st.integers(1, 4000),
    st.booleans(),
    st.sampled_from(["both", "past", "future"]),
)
def test_intervals_of_one_person_stay_over_columns_and_tables(
    rows: list[tuple[str, dt.date, dt.date, str]], most: int, weeks: bool, direction: str
) -> None:
    people = {"person": pa.array([row[0] for row in rows])}
    plan = {
        "transform": "date_shift",
        "entity": "person",
        "most_days": most,
        "weeks": weeks and most >= 7,
        "direction": direction,
    }
    first = applied(plan, pa.array([row[1] for row in rows]), columns=people, table="one")
    other = applied(
        plan, pa.array([row[2] for row in rows]), columns={"person": people["person"].cast(pa.large_string())}, table="two"
    )
    moves: dict[str, set[int]] = {}
    for (person, begin, end, _), new_begin, new_end in zip(rows, first, other, strict=True):
        assert new_end - new_begin == end - begin
        moves.setdefault(person, set()).add((new_begin - begin).days)
    for found in moves.values():
        (move,) = found
        assert 1 <= abs(move) <= most
        assert direction == "both" or (move < 0) == (direction == "past")
        assert not plan["weeks"] or move % 7 == 0


def test_a_shift_over_texts_keeps_each_form() -> None:
    day = dt.date(1985, 4, 1)
    values = [written(day, form) for form in FORMS]
    people = {"person": pa.array(["p"] * len(FORMS))}
    outputs = applied({"transform": "date_shift", "entity": "person", "most_days": 20}, values, columns=people)
    assert len({read_date(one)[1] for one in outputs}) == 1
    assert {read_date(one)[0] for one in outputs} == {read_date(one)[0] for one in values}


def test_the_clock_of_a_time_stamp_stays() -> None:
    values = pa.array([dt.datetime(2024, 2, 29, 23, 59, 58, 123456, tzinfo=dt.UTC), None], pa.timestamp("us", "UTC"))
    (moved, gap) = applied({"transform": "date_shift", "entity": "p"}, values, columns={"p": pa.array(["1", None])})
    assert gap is None
    assert moved.time() == dt.time(23, 59, 58, 123456)


def test_dates_of_nobody_and_texts_that_are_no_dates_are_named() -> None:
    beside = {"p": pa.array(["1", None, ""])}
    plan = {"transform": "date_shift", "entity": "p"}
    with pytest.raises(InputError) as caught:
        applied(plan, ["2000-01-01"] * 3, columns=beside)
    assert (caught.value.code, [one.row for one in caught.value.problems]) == ("masking.entity_missing", [2, 3])
    with pytest.raises(InputError) as wrong:
        applied(plan, ["2000-01-01", "不明", "2001-02-29"], columns=beside)
    assert (wrong.value.code, [one.row for one in wrong.value.problems]) == ("masking.not_a_date", [2, 3])
    assert applied({**plan, "unreadable": "null"}, ["2000-01-01", "不明", ""], columns=beside)[1:] == [None, ""]
    with pytest.raises(InputError) as early:
        applied({**plan, "direction": "past"}, ["明治元年10月23日"], columns={"p": pa.array(["1"])})
    assert early.value.code == "masking.date_outside"


@settings(max_examples=25, deadline=None)
@given(st.lists(DAYS, min_size=1, max_size=20), st.integers(1, 30))
def test_a_made_up_birth_date_stays_in_its_band_and_is_another_day(days: list[dt.date], band: int) -> None:
    outputs = applied({"transform": "fake_birth_date", "band": band}, pa.array(days))
    for before, after in zip(days, outputs, strict=True):
        assert before != after
        assert before.year // band == after.year // band


@settings(max_examples=26, deadline=None)
@given(st.lists(st.tuples(st.one_of(st.none(), st.sampled_from(["", "a", "b", "c"])), st.sampled_from("xy")), max_size=30))
def test_a_shuffle_keeps_the_values_of_each_group_and_no_row_keeps_its_cell(rows: list[tuple[str | None, str]]) -> None:
    values, groups = pa.array([row[0] for row in rows], pa.string()), {"g": pa.array([row[1] for row in rows], pa.string())}
    outputs = applied({"transform": "shuffle", "groups": "g", "alone": "keep"}, values, columns=groups)
    for group in "xy":
        mine = [row for row, one in enumerate(rows) if one[1] == group]
        assert Counter(outputs[row] for row in mine) == Counter(rows[row][0] for row in mine)
    numbered = pa.array([f"{row}" if one[0] else one[0] for row, one in enumerate(rows)], pa.string())
    memory = ColumnMemory()
    moved = applied({"transform": "shuffle", "groups": "g", "alone": "keep"}, numbered, columns=groups, memory=memory)
    stayed = sum(one == f"{row}" for row, one in enumerate(moved) if one)
    assert stayed == memory.counts.get("unchanged", 0) == memory.counts.get("alone", 0)


def test_a_shuffle_says_how_many_rows_have_an_equal_value() -> None:
    memory = ColumnMemory()
    outputs = applied({"transform": "shuffle"}, ["男", "女"] * 500, memory=memory)
    assert memory.counts["unchanged"] == sum(one == other for one, other in zip(outputs, ["男", "女"] * 500, strict=True))
    assert 400 < memory.counts["unchanged"] < 600


def test_who_is_alone_is_refused_nulled_or_kept() -> None:
    beside = {"g": pa.array(["a", "a", "b"])}
    with pytest.raises(InputError) as caught:
        applied({"transform": "shuffle", "groups": "g"}, ["1", "2", "3"], columns=beside)
    assert (caught.value.code, [one.row for one in caught.value.problems]) == ("masking.alone_in_group", [3])
    assert applied({"transform": "shuffle", "groups": "g", "alone": "null"}, ["1", "2", "3"], columns=beside) == ["2", "1", None]
    with pytest.raises(InputError):
        applied({"transform": "shuffle"}, ["1"])


@pytest.mark.parametrize("shape", ["uniform", "laplace", "normal"])
def test_noise_has_its_distribution(shape: str) -> None:
    values = np.arange(1, 40_001, dtype=np.float64)
    moved = np.array(applied({"transform": "noise", "amount": 10, "shape": shape}, pa.array(values))) - values
    spread = {"uniform": 10 / 3**0.5, "laplace": 10 * 2**0.5, "normal": 10.0}[shape]
    assert abs(moved.mean()) < 5 * spread / 200
    assert moved.std() == pytest.approx(spread, rel=0.04)
    assert np.abs(moved).max() <= (10 if shape == "uniform" else 100)


@pytest.mark.parametrize(
    ("values", "plan", "check"),
    [
        (pa.array([1, 100, None, 0], pa.int8()), {"amount": 5}, lambda one: isinstance(one, int)),
        (
            pa.array([Decimal("1.50"), Decimal("-99.99"), None], pa.decimal128(7, 2)),
            {"percent": 5},
            lambda one: one.as_tuple().exponent == -2,
        ),
        (pa.array(["1,234.50", "-7.25", None, ""]), {"amount": 5}, lambda one: len(one.rpartition(".")[2]) == 2),
        (pa.array(["007", "123", "+045"]), {"amount": 2}, lambda one: len(one.lstrip("-")) == 3),
        (pa.array(["12,345,678"]), {"amount": 2}, lambda one: one.count(",") == 2),
    ],
)
def test_noise_keeps_the_form(values: pa.Array, plan: dict[str, Any], check: Any) -> None:
    outputs = applied({"transform": "noise", **plan}, values)
    assert all(check(one) for one in outputs if one)
    assert [not one for one in outputs] == [not one for one in values.to_pylist()]


def test_noise_stays_within_bounds_and_counts_what_was_clipped() -> None:
    memory = ColumnMemory()
    outputs = applied({"transform": "noise", "amount": 100, "low": 0, "high": 20}, pa.array(range(1, 1001)), memory=memory)
    assert min(outputs) == 0
    assert max(outputs) == 20
    assert memory.counts["clipped"] > 800


@pytest.mark.parametrize(
    ("values", "plan", "code", "rows"),
    [
        (["1", "two", "3"], {}, "not_a_number", [2]),
        (["1", "1e5", "0x1", "1,00", "٣", "-", "."], {}, "not_a_number", [2, 3, 4, 5, 6, 7]),
        (pa.array([1.0, float("nan"), float("inf")]), {}, "not_a_number", [2, 3]),
        (pa.array([1, 2**60]), {}, "number_too_large", [2]),
        (pa.array([127, 127, 127, 127, 127, 126, 125, 124], pa.int8()), {"amount": 1e6}, "noise_outside", None),
    ],
)
def test_noise_refuses_what_it_cannot_compute(values: Any, plan: dict[str, Any], code: str, rows: list[int] | None) -> None:
    with pytest.raises(InputError) as caught:
        applied({"transform": "noise", "amount": 1, **plan}, values)
    assert caught.value.code == f"masking.{code}"
    assert rows is None or [one.row for one in caught.value.problems] == rows


def test_noise_by_row_differs_for_equal_values_and_by_value_does_not() -> None:
    assert len(set(applied({"transform": "noise", "amount": 50}, [1000] * 50))) == 1
    assert len(set(applied({"transform": "noise", "amount": 50, "by": "row"}, [1000] * 50))) > 20
    beside = {"p": pa.array([f"{n}" for n in range(50)])}
    assert len(set(applied({"transform": "noise", "amount": 50, "entity": "p"}, [1000] * 50, columns=beside))) > 20


@pytest.mark.parametrize(
    ("values", "direction"),
    [
        (pa.array([2**63 - 1], pa.int64()).cast(pa.timestamp("ns")), "future"),
        (pa.array([-(2**63) + 1], pa.int64()).cast(pa.timestamp("ns")), "past"),
        (pa.array([dt.date.max]), "future"),
        (pa.array([dt.date.min]), "past"),
    ],
)
def test_dates_beyond_the_type_are_refused_and_never_wrap(values: pa.Array, direction: str) -> None:
    plan = {"transform": "date_shift", "entity": "p", "direction": direction}
    with pytest.raises(InputError) as caught:
        applied(plan, values, columns={"p": pa.array(["1"])})
    assert caught.value.code == "masking.date_outside"


def test_a_time_stamp_has_the_day_of_its_own_time_zone() -> None:
    midnight = dt.datetime(2026, 4, 1, 0, 30, tzinfo=dt.timezone(dt.timedelta(hours=9)))
    values = pa.array([midnight], pa.timestamp("us", "Asia/Tokyo"))
    assert applied({"transform": "generalise_date", "to": "fiscal_year"}, values) == ["2026年度"]
