"""Days and hours: holidays, leap days, 24:00, shifts past midnight, clocks that change."""

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.engines.detection.baselines import HOLIDAY, KINDS, OfficeCalendar, japanese_calendar, minutes_of_day
from sekisho.errors import InputError

EARLY, LATE = (datetime.fromisoformat(t) for t in ("1971-01-02", "2100-01-01"))


def micro(text):
    return np.array([int(datetime.fromisoformat(text).astimezone(UTC).timestamp() * 1_000_000)], dtype=np.int64)


def day(on):
    return (on - date(1970, 1, 1)).days


@pytest.mark.parametrize(
    ("on", "kind"),
    [
        pytest.param(date(2026, 11, 2), "monday", id="a working day"),
        pytest.param(date(2026, 11, 3), "holiday", id="a public holiday"),
        pytest.param(date(2026, 9, 22), "holiday", id="a day between two holidays"),
        pytest.param(date(2026, 12, 30), "holiday", id="the turn of the year"),
        pytest.param(date(2026, 11, 7), "saturday", id="saturday"),
        pytest.param(date(2028, 2, 29), "tuesday", id="a leap day"),
    ],
)
def test_kinds_of_days(on, kind):
    assert KINDS[japanese_calendar((2026, 2028)).kind(day(on))] == kind


def test_days_of_ones_own_are_free():
    calendar = japanese_calendar((2026,), closed={date(2026, 7, 1): "開庁記念日"})
    assert calendar.kind(day(date(2026, 7, 1))) == HOLIDAY


TIMES = [
    ("2026-11-04T08:00:00+09:00", True),
    ("2026-11-04T07:59:59+09:00", False),
    ("2026-11-04T18:59:59+09:00", True),
    ("2026-11-04T19:00:00+09:00", False),
    ("2026-11-03T10:00:00+09:00", False),
    ("2026-11-07T10:00:00+09:00", False),
    ("2026-11-04T01:00:00+00:00", True),
]


@pytest.mark.parametrize(("text", "working"), TIMES)
def test_working_hours_are_local_hours(text, working):
    assert bool(japanese_calendar((2026,)).working_time(micro(text))[0]) is working


def test_a_shift_past_midnight_belongs_to_the_day_on_which_it_began():
    calendar = japanese_calendar((2026,), opens="20:00", closes="05:00")
    moments = ("2026-11-06T21:00:00+09:00", "2026-11-07T04:59:00+09:00", "2026-11-07T05:00:00+09:00", "2026-11-08T04:00:00+09:00")
    assert [bool(calendar.working_time(micro(m))[0]) for m in moments] == [True, True, False, False]


@pytest.mark.parametrize(("text", "minutes"), [("00:00", 0), ("08:30", 510), ("24:00", 1440), ("9:05", 545)])
def test_times_of_day(text, minutes):
    assert minutes_of_day(text) == minutes


@pytest.mark.parametrize("text", ["24:01", "25:00", "8", "", "08:60", "-1:00", "８:00", "08:3", "a:bb"])
def test_no_times_of_day(text):
    with pytest.raises(InputError) as caught:
        minutes_of_day(text)
    assert caught.value.code == "watch.hour_wrong"


def test_an_unknown_zone_is_named():
    with pytest.raises(InputError) as caught:
        OfficeCalendar(zone="Asia/Nowhere")
    assert caught.value.code == "watch.zone_wrong"


def test_a_clock_that_changes_in_summer_is_followed():
    calendar = OfficeCalendar(zone="Europe/Berlin")
    winter, summer = (calendar.day_and_hour(micro(t))[1][0] for t in ("2026-01-15T12:00:00+00:00", "2026-07-15T12:00:00+00:00"))
    assert (winter, summer) == (13, 14)


@given(st.lists(st.datetimes(min_value=EARLY, max_value=LATE), min_size=1, max_size=20))
def test_day_and_hour_are_those_of_the_wall_clock(moments):
    calendar = japanese_calendar((2026,))
    aware = [m.replace(microsecond=0, tzinfo=timezone(timedelta(hours=9))) for m in moments]
    days, hours = calendar.day_and_hour(np.array([int(m.timestamp()) * 1_000_000 for m in aware], dtype=np.int64))
    assert [(day(m.date()), m.hour) for m in aware] == list(zip(days.tolist(), hours.tolist(), strict=True))
