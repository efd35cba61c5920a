"""日程: planned, tried, saved, made into duties that move; impossible days are said with what could be changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.test import Client
from tests.records.factories import NOW, client_for, give, make_person, principal_for
from tests.records.procurement.bought import Office

from sekisho.engines.schedule import ScheduleInputs
from sekisho.errors import Conflict, InputError, NotPermitted
from sekisho.records.duties.models import Duty
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.queries import calendar as calendar_queries
from sekisho.records.procurement.queries import gates as gate_queries

pytestmark = pytest.mark.django_db

INPUTS = ScheduleInputs(
    body="municipality",
    municipality="city",
    method="open",
    kind="services",
    amount_yen=30_000_000,
    wished_start=date(2028, 4, 1),
    build_days=180,
)
FORM: dict[str, Any] = {
    "body": "municipality", "municipality": "city", "method": "open", "award": "lowest", "kind": "services", "treaty": "auto",
    "invitations": "auto", "off_the_shelf": "no", "ground_negotiated": "", "amount_yen": "30000000", "build_days": "180",
    "wished_start": "2028-04-01", "version": "1",
}  # fmt: skip


@pytest.fixture
def office(db) -> Office:
    return Office()


def browser(office: Office) -> Client:
    client = Client()
    client.force_login(office.officer, backend="sekisho.web.backends.LoginBackend")
    return client


def test_a_saved_calendar_reads_back_and_gives_the_steps(office: Office) -> None:
    case = office.case()
    inputs = replace(INPUTS, grounds=frozenset(), lengths={"notice_period": 20})
    made = actions.save_schedule(office.owner, case, inputs=inputs, version=1, now=NOW)
    case = queries.case(SYSTEM, case.pk)
    assert gate_queries.saved_inputs(case) == inputs
    assert calendar_queries.planned_steps(case) == {step.id: step.due for step in made.steps}
    assert gate_queries.anchors_of(case)["notice"].planned


def test_of_two_people_who_save_the_second_is_told(office: Office) -> None:
    case = office.case()
    actions.save_schedule(office.owner, case, inputs=INPUTS, version=1, now=NOW)
    with pytest.raises(Conflict) as error:
        actions.save_schedule(office.owner, case, inputs=INPUTS, version=1, now=NOW)
    assert error.value.code == "procurement_calendar.changed_meanwhile"


def test_steps_become_duties_that_move_with_the_plan_and_end_when_they_lie_behind(office: Office) -> None:
    case = office.case(award="negotiated")
    with pytest.raises(Conflict):
        actions.make_schedule_duties(office.owner, case, now=NOW)
    actions.save_schedule(office.owner, case, inputs=INPUTS, version=1, now=NOW)
    count = actions.make_schedule_duties(office.owner, case, now=NOW)
    rows = Duty.objects.filter(source__startswith=f"procurement:{case.pk}:step:", done_at=None)
    assert rows.count() == count > 8
    notice = rows.get(source__endswith=":step:notice")
    later = replace(INPUTS, wished_start=date(2028, 10, 1))
    actions.save_schedule(office.owner, case, inputs=later, version=2, now=NOW)
    before, after = notice.due_at, rows.get(pk=notice.pk).due_at
    assert after > before
    negotiated = replace(later, method="negotiated", ground_negotiated="other")
    actions.save_schedule(office.owner, case, inputs=negotiated, version=3, now=NOW)
    assert not rows.filter(pk=notice.pk).exists()
    office.contract(queries.case(SYSTEM, case.pk))
    left = actions.make_schedule_duties(office.owner, case, now=NOW)
    assert 0 < left < count
    assert not rows.filter(source__endswith=":step:contract").exists()


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"wished_start": date(2026, 11, 22)}, "wished_start"),
        ({"wished_start": date(2046, 1, 1)}, "wished_start"),
        ({"amount_yen": 0}, "amount_yen"),
        ({"build_days": -1}, "build_days"),
        ({"method": "lottery"}, "method"),
        ({"body": "guild"}, "body"),
        ({"lengths": {"no_such_period": 3}}, "lengths"),
    ],
)
def test_inputs_that_cannot_be_counted_are_refused(office: Office, change: dict, column: str) -> None:
    case = office.case()
    with pytest.raises(InputError) as error:
        actions.save_schedule(office.owner, case, inputs=replace(INPUTS, **change), version=1, now=NOW)
    assert column in {p.column for p in error.value.problems}
    assert queries.case(SYSTEM, case.pk).schedule == {}


def test_the_page_tries_without_saving_and_saves_when_asked(office: Office) -> None:
    case, client = office.case(), browser(office)
    address = f"/o/minamo/procurement/{case.pk}/calendar/"
    assert client.get(address).status_code == 200
    tried = client.post(address, {**FORM, "try": "1"}).content.decode()
    assert "<svg" in tried
    assert "試しの計算" in tried
    assert queries.case(SYSTEM, case.pk).schedule == {}
    assert client.post(address, {**FORM, "save": "1"}).status_code == 302
    shown = client.get(address).content.decode()
    assert "2028年4月1日" in shown
    assert "length_notice_period" in shown
    again = client.post(address, {**FORM, "save": "1"})
    assert again.status_code == 422  # version 1 is gone
    own = client.post(address, {**FORM, "version": "2", "length_notice_period": "25", "save": "1"})
    assert own.status_code == 302
    assert queries.case(SYSTEM, case.pk).schedule["lengths"] == {"notice_period": 25}
    assert client.post(f"{address}duties").status_code == 302


def test_an_impossible_day_is_said_with_what_could_be_changed(office: Office) -> None:
    case, client = office.case(), browser(office)
    text = client.post(
        f"/o/minamo/procurement/{case.pk}/calendar/", {**FORM, "wished_start": "2027-01-15", "try": "1"}
    ).content.decode()
    assert "この日には間に合いません" in text
    assert "いちばん早く使い始められる日" in text


@pytest.mark.parametrize(
    "wrong", [{"wished_start": ""}, {"wished_start": "2026-02-31"}, {"amount_yen": "-1"}, {"amount_yen": "x"}, {"method": "x"}]
)
def test_a_wrong_form_says_so(office: Office, wrong: dict) -> None:
    case = office.case()
    answer = browser(office).post(f"/o/minamo/procurement/{case.pk}/calendar/", {**FORM, **wrong, "save": "1"})
    assert answer.status_code == 422


def test_readers_see_and_do_not_save_and_strangers_get_nothing(office: Office) -> None:
    case = office.contracted()
    reader = client_for("auditor", office.organization)
    assert reader.get(f"/o/minamo/procurement/{case.pk}/gates/").status_code == 200
    assert reader.get(f"/o/minamo/procurement/{case.pk}/calendar/").status_code == 404  # planning stays with the members
    member = make_person()
    give(member, "auditor", office.organization)
    actions.add_member(office.owner, case, person_id=member.pk, part="reader", now=NOW)
    own = Client()
    own.force_login(member, backend="sekisho.web.backends.LoginBackend")
    assert own.get(f"/o/minamo/procurement/{case.pk}/calendar/").status_code == 200
    assert own.post(f"/o/minamo/procurement/{case.pk}/calendar/", {**FORM, "save": "1"}).status_code == 403
    stranger = client_for(None)
    for path in ("calendar/", "contract/", "contract/tests/", "gates/", "contract/sign", "contract/accept"):
        assert stranger.get(f"/o/minamo/procurement/{case.pk}/{path}").status_code == 404
    with pytest.raises(NotPermitted):
        actions.save_schedule(principal_for("auditor", office.organization), case, inputs=INPUTS, version=1, now=NOW)
