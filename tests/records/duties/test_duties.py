"""Duties: business days, urgency, whose they are, going up the line."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.records.factories import NOW, make_organization, principal_for

from sekisho.records.duties import actions, queries
from sekisho.records.duties.models import Duty
from sekisho.records.duties.rules import Urgency, add_business_days, is_business_day, urgency
from sekisho.records.organization.permissions import Role
from sekisho.records.organization.principals import SYSTEM


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        (date(2026, 11, 20), 1, date(2026, 11, 24)),  # Friday → Tuesday: 23 November is a holiday
        (date(2026, 12, 28), 1, date(2027, 1, 4)),  # the year's end
        (date(2027, 4, 28), 1, date(2027, 4, 30)),  # 29 April
        (date(2026, 11, 24), 0, date(2026, 11, 24)),
    ],
)
def test_business_days_skip_weekends_holidays_and_the_years_end(start, count, expected) -> None:
    assert add_business_days(start, count) == expected


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 40))
def test_between_start_and_result_lie_exactly_that_many_business_days(start, count) -> None:
    end = add_business_days(start, count)
    days = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
    assert sum(is_business_day(day) for day in days) == count
    assert is_business_day(end)


@pytest.mark.parametrize(
    ("due", "done", "expected"),
    [
        (NOW - timedelta(minutes=1), None, Urgency.LATE),
        (NOW + timedelta(hours=1), None, Urgency.TODAY),
        (NOW + timedelta(days=5), None, Urgency.SOON),
        (NOW + timedelta(days=30), None, Urgency.LATER),
        (NOW - timedelta(days=1), NOW, Urgency.DONE),
    ],
)
def test_urgency(due, done, expected) -> None:
    assert urgency(due_at=due, done_at=done, now=NOW) is expected


def put(organization, source="room:kind:1", **changes) -> Duty:
    values = {"code": "requests.duty_decide", "fields": {}, "due_at": NOW + timedelta(days=3), **changes}
    return actions.set_duty(SYSTEM, source=source, organization_id=organization.pk, now=NOW, **values)


@pytest.mark.django_db
def test_setting_the_same_duty_again_writes_nothing() -> None:
    city = make_organization()
    first = put(city)
    assert put(city).pk == first.pk
    assert Duty.objects.count() == 1


@pytest.mark.django_db
def test_a_done_duty_comes_back_only_with_a_later_date() -> None:
    city = make_organization()
    put(city)
    assert actions.complete_by_source(SYSTEM, source="room:kind:1", now=NOW)
    assert put(city).done_at == NOW
    assert put(city, due_at=NOW + timedelta(days=9)).done_at is None


@pytest.mark.django_db
def test_an_unowned_duty_is_everybodys_who_holds_its_role_there_and_nobodys_elsewhere() -> None:
    city, other = make_organization("city"), make_organization("other")
    put(city, owner_role=Role.SYSTEM_OFFICER)
    assert queries.mine(principal_for(Role.SYSTEM_OFFICER, city)).count() == 1
    assert queries.mine(principal_for(Role.CHIEF_OFFICER, city)).count() == 0
    assert queries.mine(principal_for(Role.SYSTEM_OFFICER, other)).count() == 0


@pytest.mark.django_db
def test_overdue_duties_go_up_the_line_once() -> None:
    city = make_organization("city")
    put(city, owner_role=Role.SYSTEM_OFFICER, due_at=NOW - timedelta(days=4))
    put(city, source="room:kind:2", owner_role=Role.SYSTEM_OFFICER, due_at=NOW - timedelta(days=1))
    assert actions.escalate_overdue(SYSTEM, now=NOW) == 1
    assert actions.escalate_overdue(SYSTEM, now=NOW) == 0
    assert queries.mine(principal_for(Role.CHIEF_OFFICER, city)).count() == 1


@pytest.mark.django_db
def test_a_calendar_secret_opens_its_persons_calendar_until_it_is_stopped() -> None:
    principal = principal_for(Role.STAFF, make_organization())
    secret = actions.make_calendar_feed(principal, now=datetime.now(UTC))
    assert queries.person_of_feed(secret) == principal.person_id
    actions.stop_calendar_feed(principal, now=NOW)
    assert queries.person_of_feed(secret) is None
