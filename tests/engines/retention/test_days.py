"""Counting as the Civil Code counts, business years, Japanese dates."""

from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.engines.retention import APRIL, YearEnd, last_day, months_after, parse_day, year_end_of, year_start_of
from sekisho.engines.retention.days import parse_period
from sekisho.errors import InputError

DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2400, 12, 31))


@pytest.mark.parametrize(
    ("first", "value", "unit", "last"),
    [
        (date(2026, 4, 1), 10, "year", date(2036, 3, 31)),
        (date(2024, 2, 29), 5, "year", date(2029, 2, 28)),  # no 29 February 2029: the month's last day
        (date(2024, 2, 29), 4, "year", date(2028, 2, 28)),  # the day before the corresponding day
        (date(2024, 3, 1), 4, "year", date(2028, 2, 29)),
        (date(2023, 3, 1), 1, "year", date(2024, 2, 29)),
        (date(2026, 1, 31), 1, "month", date(2026, 2, 28)),
        (date(2026, 12, 31), 2, "month", date(2027, 2, 28)),
        (date(2026, 7, 1), 30, "day", date(2026, 7, 30)),
        (date(2026, 1, 1), 1, "year", date(2026, 12, 31)),
    ],
)
def test_a_period_ends_on_the_day_before_the_corresponding_day(first, value, unit, last):
    assert last_day(first, value=value, unit=unit) == last


@given(DAYS, st.integers(1, 1200))
def test_the_end_of_a_period_of_months_is_what_the_article_says(first, months):
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    length = monthrange(year, month + 1)[1]
    wanted = date(year, month + 1, length) if first.day > length else date(year, month + 1, first.day) - timedelta(days=1)
    assert last_day(first, value=months, unit="month") == wanted


@pytest.mark.parametrize(
    ("end", "day"),
    [
        (date(2026, 3, 31), date(2026, 6, 1)),
        (date(2025, 12, 31), date(2026, 3, 1)),
        (date(2027, 12, 31), date(2028, 3, 1)),
        (date(2026, 2, 28), date(2026, 5, 1)),
        (date(2026, 6, 30), date(2026, 9, 1)),
        (date(2026, 12, 30), date(2027, 3, 1)),  # from the 31st: February has no such day
        (date(2026, 3, 20), date(2026, 5, 21)),
    ],
)
def test_the_day_after_two_months_have_passed(end, day):
    assert months_after(end, 2) == day


@given(DAYS, st.integers(1, 12), st.integers(1, 31))
def test_every_day_lies_in_its_business_year(day, month, last):
    end = YearEnd(month, last)
    first, final = year_start_of(day, end), year_end_of(day, end)
    assert first <= day <= final
    assert year_end_of(final + timedelta(days=1), end) > final
    assert 364 <= (final - first).days <= 366


def test_the_fiscal_year_of_public_bodies():
    assert (year_start_of(date(2026, 3, 31), APRIL), year_end_of(date(2026, 3, 31), APRIL)) == (
        date(2025, 4, 1),
        date(2026, 3, 31),
    )
    assert year_end_of(date(2026, 4, 1), APRIL) == date(2027, 3, 31)


@pytest.mark.parametrize(
    ("text", "shown", "in_2028"),
    [
        ("03-31", "03-end", date(2028, 3, 31)), ("2月末日", "02-end", date(2028, 2, 29)), ("02-end", "02-end", date(2028, 2, 29)),
        ("2/28", "02-end", date(2028, 2, 29)), ("３月２０日", "03-20", date(2028, 3, 20)), ("12-31", "12-end", date(2028, 12, 31)),
    ],
)  # fmt: skip
def test_ends_of_business_years_as_people_write_them(text, shown, in_2028):
    end = YearEnd.parse(text)
    assert str(end) == shown
    assert end.on(2028) == in_2028
    assert YearEnd.parse(str(end)) .on(2028) == in_2028  # fmt: skip


@pytest.mark.parametrize("text", ["", "13-01", "02-30", "3", "31-03", "03-00", "3月", "march", "2026-03-31", "０"])
def test_what_is_no_end_of_a_year_is_refused(text):
    with pytest.raises(InputError) as caught:
        YearEnd.parse(text)
    assert caught.value.code == "retention.year_end_wrong"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-31", date(2026, 3, 31)), ("2026/3/31", date(2026, 3, 31)), ("20260331", date(2026, 3, 31)),
        ("2026年3月31日", date(2026, 3, 31)), ("令和8年3月31日", date(2026, 3, 31)), ("R8.3.31", date(2026, 3, 31)),
        ("令和元年5月1日", date(2019, 5, 1)), ("令和1年5月1日", date(2019, 5, 1)), ("平成31年4月30日", date(2019, 4, 30)),
        ("平成32年3月31日", date(2020, 3, 31)), ("昭和64年1月7日", date(1989, 1, 7)), ("平成元年1月8日", date(1989, 1, 8)),
        ("Ｒ８．３．３１", date(2026, 3, 31)), ("令和八年三月三十一日", date(2026, 3, 31)), ("二〇二六年十二月二十日", date(2026, 12, 20)),
        (" 令和 6年 2月 29日 ", date(2024, 2, 29)), ("大正元年7月30日", date(1912, 7, 30)), ("2026-03-31T10:00:00", date(2026, 3, 31)),
    ],
)  # fmt: skip
def test_days_as_people_write_them(text, day):
    assert parse_day(text) == day


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "retention.day_wrong"), ("2026-02-29", "retention.day_wrong"), ("令和7年2月29日", "retention.day_wrong"),
        ("3/31", "retention.day_wrong"), ("2026", "retention.day_wrong"), ("令和0年1月1日", "retention.day_wrong"),
        ("令和元年4月30日", "retention.day_before_era"), ("平成元年1月7日", "retention.day_before_era"), ("明治5年12月1日", "retention.day_before_era"),
        ("2026-13-01", "retention.day_wrong"), ("0000-01-01", "retention.day_wrong"), ("慶応3年1月1日", "retention.day_wrong"),
        ("x" * 5000, "retention.day_wrong"), ("令和八十十年一月一日", "retention.day_wrong"), ("二十十", "retention.day_wrong"),
    ],
)  # fmt: skip
def test_what_is_no_day_is_refused(text, code):
    with pytest.raises(InputError) as caught:
        parse_day(text)
    assert caught.value.code == code


@given(st.text(max_size=30))
def test_any_text_is_a_day_or_an_error_of_ours(text):
    try:
        parse_day(text)
    except InputError as error:
        assert error.code.startswith("retention.day_")  # noqa: PT017 - either may be right


@given(st.dates(min_value=date(1873, 1, 1)))
def test_iso_days_are_read_as_they_are(day):
    assert parse_day(day.isoformat()) == day


@pytest.mark.parametrize(("text", "period"), [("5年", (5, "year")), ("１８か月", (18, "month")), ("30 days", (30, "day"))])
def test_periods_as_people_write_them(text, period):
    assert parse_period(text) == period


@pytest.mark.parametrize("text", ["5", "0年", "9999年", "5世紀", "-1年", ""])
def test_what_is_no_period_is_refused(text):
    with pytest.raises(InputError, match=r"retention\.period_wrong"):
        parse_period(text)


def test_beyond_the_calendar_is_an_error_of_ours():
    with pytest.raises(InputError, match=r"retention\.day_out_of_range"):
        last_day(date(9990, 1, 1), value=150, unit="year")
    with pytest.raises(InputError, match=r"retention\.day_out_of_range"):
        last_day(date(9999, 12, 1), value=60, unit="day")
