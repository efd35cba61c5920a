"""What may be ticked on a sheet, and how causes are counted."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.errors import InputError
from sekisho.records.incidents.rules import (
    Counted,
    Ticked,
    check_method,
    check_ticked,
    checked_text,
    count_by_quarter,
    figures,
    first_day_of,
    quarter_of,
    quarters_until,
    recurring,
)
from sekisho.standards.human_error import human_error


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([Ticked("nowhere", "l1_hurry")], "incidents.unknown_factor"),
        ([Ticked("m", "l1_hurry")], "incidents.unknown_cause"),
        ([Ticked("l1", "motive_money")], "incidents.unknown_cause"),
        ([Ticked("l1", "l1_hurry", weight="heavy")], "incidents.unknown_weight"),
        ([Ticked("l1", "l1_hurry"), Ticked("l1", "l1_hurry", weight="root")], "incidents.cause_twice"),
        ([Ticked("l1")], "incidents.missing"),
        ([Ticked("l1", text="  ")], "incidents.missing"),
        ([Ticked("l1", text="a\x00b")], "incidents.not_text"),
        ([Ticked("l1", text="あ" * 1001)], "incidents.too_long"),
        ([Ticked("l1", text=f"原因{n}") for n in range(31)], "incidents.too_many_causes"),
    ],
)
def test_a_sheet_refuses_what_its_method_does_not_know(lines: list[Ticked], code: str) -> None:
    with pytest.raises(InputError) as error:
        check_ticked("m_shell", lines)
    assert error.value.code == code


def test_lines_come_in_the_order_of_the_method() -> None:
    given_lines = [Ticked("l2", "l2_handover"), Ticked("m", text="自分の言葉"), Ticked("m", "m_penalty"), Ticked("m", "m_policy")]
    assert [line.cause for line in check_ticked("m_shell", given_lines)] == ["m_policy", "m_penalty", "", "l2_handover"]


@pytest.mark.parametrize(
    ("kind", "fitting"),
    [
        ("email_misdelivery", {"m_shell"}),
        ("carried_out", {"fraud_triangle", "fraud_square"}),
        ("other", {"m_shell", "fraud_triangle", "fraud_square"}),
    ],
)
def test_errors_and_misconduct_have_their_own_methods(kind: str, fitting: set[str]) -> None:
    for method in human_error().methods:
        if method.id in fitting:
            assert check_method(method.id, kind=kind) == method.id
        else:
            with pytest.raises(InputError, match=r"incidents\.method_unfit"):
                check_method(method.id, kind=kind)


def test_the_square_has_the_factors_of_the_triangle_and_two_more() -> None:
    triangle, square = human_error().method("fraud_triangle"), human_error().method("fraud_square")
    assert triangle is not None
    assert square is not None
    assert [one.id for one in square.factors] == [one.id for one in triangle.factors] + ["technique", "way_out"]


@pytest.mark.parametrize(
    ("day", "quarter"),
    [
        (date(2026, 3, 31), (2025, 4)),
        (date(2026, 4, 1), (2026, 1)),
        (date(2026, 6, 30), (2026, 1)),
        (date(2026, 7, 1), (2026, 2)),
        (date(2026, 12, 31), (2026, 3)),
        (date(2027, 1, 1), (2026, 4)),
    ],
)
def test_the_year_begins_in_april(day: date, quarter: tuple[int, int]) -> None:
    assert quarter_of(day) == quarter


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 1, 1)), st.integers(min_value=1, max_value=20))
def test_quarters_follow_each_other_without_gaps(day: date, count: int) -> None:
    quarters = quarters_until(day, count)
    assert len(quarters) == count
    assert quarters[-1] == quarter_of(day)
    firsts = [first_day_of(one) for one in quarters]
    assert all(quarter_of(first) == one for first, one in zip(firsts, quarters, strict=True))
    assert all(80 < (later - earlier).days < 95 for earlier, later in pairwise(firsts))


def case(number: int, found: date, *causes: str) -> Counted:
    return Counted(str(number), found, "email_misdelivery", frozenset(causes), factors=frozenset(c.split("_")[0] for c in causes))


def test_an_incident_counts_once_for_each_cause_in_its_quarter() -> None:
    found = [
        case(1, date(2026, 5, 1), "l1_hurry", "s_training"),
        case(2, date(2026, 8, 1), "l1_hurry"),
        case(3, date(2020, 1, 1), "l1_hurry"),
    ]
    table = count_by_quarter(found, [(2026, 1), (2026, 2)])
    assert table == {"l1_hurry": {(2026, 1): 1, (2026, 2): 1}, "s_training": {(2026, 1): 1, (2026, 2): 0}}


def test_a_cause_recurs_only_after_the_day_of_its_first_treatment() -> None:
    found = [case(n, date(2026, month, 1), "l1_hurry") for n, month in enumerate((4, 6, 9))]
    assert recurring(found, {"l1_hurry": [date(2026, 7, 1), date(2026, 6, 1)]}) == {"l1_hurry": 1}
    assert recurring(found, {"l1_hurry": [], "s_training": [date(2026, 1, 1)]}) == {}


def test_figures_keep_near_misses_apart_and_take_the_median() -> None:
    start = datetime(2026, 5, 1, tzinfo=UTC)
    counted = [case(1, date(2026, 5, 1), "l1_hurry"), case(2, date(2026, 5, 2), "l1_hurry", "m_policy")]
    made = figures(
        [("email_misdelivery", False), ("loss", True), ("loss", False)],
        counted,
        settled=[(start, start.replace(day=3)), (start, start.replace(day=11))],
        due_measures=(1, 2),
        remedies=["training", "mechanism"],
        treated={"l1_hurry": [date(2026, 5, 1)], "s_training": [date(2026, 5, 1)]},
    )
    assert (made.incidents, made.near_misses) == (2, 1)
    assert made.by_kind == {"email_misdelivery": 1, "loss": 1}
    assert made.by_factor == {"l1": 2, "m": 1}
    assert made.analysed == (2, 3)
    assert made.days_to_settle == 6
    assert made.beyond_reminding == (1, 2)
    assert made.recurred == (1, 2)


@given(st.text(max_size=100))
def test_texts_are_trimmed_or_refused_never_changed_otherwise(text: str) -> None:
    allowed = not any((c < " " and c not in "\t\n\r") or c == "\x7f" or "\ud800" <= c <= "\udfff" for c in text)
    if allowed:
        assert checked_text(text, name="did", limit=100) == text.strip()
    else:
        with pytest.raises(InputError, match=r"incidents\.not_text"):
            checked_text(text, name="did", limit=100)
