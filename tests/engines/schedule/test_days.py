"""Business days and the two directions of counting: around Golden Week, the year's end, substitute holidays, leap days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.engines.schedule.days import JapaneseHolidays, Span, fiscal_year, next_business, previous_business

HOLIDAYS = JapaneseHolidays()
DAYS = st.dates(date(2024, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 4, 29), False),  # 昭和の日
        (date(2026, 5, 6), False),  # substitute: 3 May is a Sunday, 4 and 5 are holidays themselves
        (date(2026, 5, 7), True),
        (date(2026, 9, 22), False),  # between two holidays: 国民の休日
        (date(2026, 12, 28), True),
        (date(2026, 12, 29), False),
        (date(2027, 1, 3), False),
        (date(2027, 1, 4), True),
        (date(2027, 3, 22), False),  # substitute for the equinox on Sunday
        (date(2028, 2, 29), True),
        (date(2026, 11, 21), False),  # Saturday
    ],
)
def test_which_days_an_office_works(day, works):
    assert HOLIDAYS.is_business(day) is works


def test_an_office_may_have_days_of_its_own():
    own = JapaneseHolidays(closed=[date(2027, 5, 10)])
    assert HOLIDAYS.is_business(date(2027, 5, 10))
    assert not own.is_business(date(2027, 5, 10))


@pytest.mark.parametrize(
    ("last", "span", "first"),
    [
        # 入札期日 6/22: the ten days are 12–21 June, the notice stands on the 11th.
        (date(2026, 6, 22), Span(10, "calendar", "clear"), date(2026, 6, 11)),
        (date(2026, 6, 22), Span(5, "calendar", "clear"), date(2026, 6, 16)),
        # forty clear days back from 8 June 2026 is 28 April
        (date(2026, 6, 8), Span(40, "calendar", "clear"), date(2026, 4, 28)),
        # … and from 15 June is 5 May, a holiday: the notice moves back over Golden Week to 1 May
        (date(2026, 6, 15), Span(40, "calendar", "clear"), date(2026, 5, 1)),
        # ten clear days over the year's end: 12 January → 1 January → 28 December
        (date(2027, 1, 12), Span(10, "calendar", "clear"), date(2026, 12, 28)),
        # the leap day counts like any other
        (date(2028, 3, 6), Span(10, "calendar", "clear"), date(2028, 2, 24)),
        (date(2027, 3, 8), Span(10, "calendar", "clear"), date(2027, 2, 25)),
        (date(2026, 7, 31), Span(30, "calendar", "after"), date(2026, 7, 1)),
        (date(2026, 7, 10), Span(10, "calendar", "inclusive"), date(2026, 7, 1)),
        # business days across Golden Week 2026 (29 April, 2–6 May closed)
        (date(2026, 5, 8), Span(5, "business", "inclusive"), date(2026, 4, 28)),
        (date(2026, 5, 8), Span(5, "business", "after"), date(2026, 4, 27)),
        (date(2027, 1, 5), Span(3, "business", "inclusive"), date(2026, 12, 28)),
    ],
)
def test_counting_back(last, span, first):
    assert span.backward(last, HOLIDAYS) == first
    assert span.forward(first, HOLIDAYS) <= last
    following = next_business(first + timedelta(days=1), HOLIDAYS)
    assert span.forward(following, HOLIDAYS) > last


@given(DAYS, st.integers(0, 80), st.sampled_from(["calendar", "business"]), st.sampled_from(["clear", "after", "inclusive"]))
def test_backward_is_the_latest_day_from_which_forward_still_arrives(last, days, unit, count):
    span = Span(days, unit, count)
    last = previous_business(last, HOLIDAYS)
    first = span.backward(last, HOLIDAYS)
    assert HOLIDAYS.is_business(first)
    assert span.forward(first, HOLIDAYS) <= last
    assert span.forward(next_business(first + timedelta(days=1), HOLIDAYS), HOLIDAYS) > last


@given(DAYS, st.integers(0, 60), st.sampled_from(["calendar", "business"]), st.sampled_from(["clear", "after", "inclusive"]))
def test_a_later_end_never_gives_an_earlier_beginning(last, days, unit, count):
    span = Span(days, unit, count)
    assert span.backward(last, HOLIDAYS) <= span.backward(last + timedelta(days=1), HOLIDAYS)


@pytest.mark.parametrize(("day", "year"), [(date(2027, 3, 31), 2026), (date(2027, 4, 1), 2027), (date(2027, 12, 31), 2027)])
def test_the_fiscal_year_begins_in_april(day, year):
    assert fiscal_year(day) == year
