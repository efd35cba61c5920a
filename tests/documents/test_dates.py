from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.documents import dates
from sekisho.errors import InputError

GREGORIAN = st.dates(min_value=dt.date(1873, 1, 1), max_value=dt.date(2117, 12, 31))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (dt.date(2026, 11, 22), "令和8年11月22日"),
        (dt.date(2019, 5, 1), "令和元年5月1日"),
        (dt.date(2019, 4, 30), "平成31年4月30日"),
        (dt.date(1989, 1, 8), "平成元年1月8日"),
        (dt.date(1989, 1, 7), "昭和64年1月7日"),
        (dt.date(1926, 12, 25), "昭和元年12月25日"),
        (dt.date(1912, 7, 29), "明治45年7月29日"),
        (dt.date(1873, 1, 1), "明治6年1月1日"),
    ],
)
def test_dates_are_written_in_the_era_that_held(day: dt.date, expected: str) -> None:
    assert dates.format_date(day) == expected


def test_dates_before_the_gregorian_calendar_are_refused() -> None:
    with pytest.raises(InputError, match="date_before_gregorian"):
        dates.format_date(dt.date(1872, 12, 31))


def test_other_ways_of_writing() -> None:
    moment = dt.datetime(2026, 11, 2, 9, 5, tzinfo=dt.timezone(dt.timedelta(hours=9)))
    assert dates.format_date(moment, era=False) == "2026年11月2日"
    assert dates.format_date(moment, language="en") == "2026-11-02"
    assert dates.format_datetime(moment) == "令和8年11月2日 9時05分"
    assert dates.format_datetime(moment, language="en") == "2026-11-02 09:05 +09:00"
    assert dates.format_datetime(moment.replace(tzinfo=None), language="en") == "2026-11-02 09:05"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (dt.date(2026, 4, 1), "令和8年度第1四半期"),
        (dt.date(2026, 11, 22), "令和8年度第3四半期"),
        (dt.date(2027, 3, 31), "令和8年度第4四半期"),
        (dt.date(2019, 4, 1), "令和元年度第1四半期"),
        (dt.date(1989, 3, 31), "昭和63年度第4四半期"),
    ],
)
def test_quarters(day: dt.date, expected: str) -> None:
    assert dates.format_quarter(day) == expected


def test_fiscal_year_in_english() -> None:
    assert dates.format_quarter(dt.date(2027, 1, 1), language="en") == "FY2026 Q4"
    assert dates.format_fiscal_year(2026, era=False) == "2026年度"


@given(GREGORIAN)
def test_every_day_survives_being_written_and_read(day: dt.date) -> None:
    assert dates.parse_date(dates.format_date(day)) == day
    assert dates.parse_date(dates.format_date(day, era=False)) == day
    assert dates.parse_date(day.isoformat()) == day


@given(GREGORIAN)
def test_every_day_lies_in_its_fiscal_year_and_quarter(day: dt.date) -> None:
    first, last = dates.fiscal_year_range(dates.fiscal_year(day))
    assert first <= day <= last
    assert dates.fiscal_quarter(day) == (day.year * 12 + day.month - first.year * 12 - first.month) // 3 + 1


@pytest.mark.parametrize("text", ["Ｒ８．４．１", "R8/4/1", "令和８年４月１日", "r8-4-1", " 2026年4月1日 "])
def test_forms_of_one_date(text: str) -> None:
    assert dates.parse_date(text) == dt.date(2026, 4, 1)


@pytest.mark.parametrize(
    "text", ["", "令和8年", "平成31年5月1日", "昭和64年1月8日", "令和0年1月1日", "2026-02-30", "R8.13.1", "明治5年1月1日"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        dates.parse_date(text)


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_an_error(text: str) -> None:
    try:
        day = dates.parse_date(text)
    except InputError:
        return
    assert dates.parse_date(day.isoformat()) == day
