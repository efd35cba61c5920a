"""Requests and approvals: the whole mechanism of the house, on a kind made for the test."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.records.factories import NOW, TODAY, make_organization, principal_for

from sekisho.errors import Conflict, InputError, NotPermitted
from sekisho.records.duties.models import Duty
from sekisho.records.organization.permissions import Role
from sekisho.records.requests import actions, queries, registry
from sekisho.records.requests.models import DecisionKind, RequestState, Step
from sekisho.records.requests.registry import RequestKind
from sekisho.records.requests.rules import LINE, StepSpec, StepView, next_position, plan_route, step_outcome

applied: list[uuid.UUID] = []
ROUTE = (
    StepSpec(1, Role.ADVISOR, advisory=True),
    StepSpec(1, Role.SYSTEM_OFFICER),
    StepSpec(2, Role.CHIEF_OFFICER, joint=True),
)


@pytest.fixture(autouse=True)
def kind():
    applied.clear()
    registry.register(
        RequestKind("test.kind", "requests.duty_decide", "request.make", lambda _p, r, _n: applied.append(r.pk), route=ROUTE)
    )
    yield
    registry._KINDS.pop("test.kind")


@pytest.fixture
def city(db):
    return make_organization("city")


@pytest.fixture
def people(city):
    roles = {
        "staff": Role.STAFF,
        "system": Role.SYSTEM_OFFICER,
        "chief": Role.CHIEF_OFFICER,
        "second_chief": Role.CHIEF_OFFICER,
        "ciso": Role.CISO,
        "advisor": Role.ADVISOR,
    }
    return {name: principal_for(role, city) for name, role in roles.items()}


def ask(principal, city, **changes):
    values = {"payload": {"x": 1}, "summary": {"code": "requests.duty_decide", "fields": {}}, "reason": "必要だから", **changes}
    return actions.submit(principal, kind="test.kind", organization_id=city.pk, now=NOW, **values)


def step(request, role) -> Step:
    return Step.objects.get(request=request, role=role, round=request.round)


def decide(principal, request, role, kind=DecisionKind.APPROVE, comment="見ました"):
    return actions.decide(principal, step(request, role), kind=kind, comment=comment, now=NOW, today=TODAY)


def test_serial_and_joint_steps_and_an_opinion_lead_to_the_deed(city, people) -> None:
    request = ask(people["staff"], city)
    assert queries.waiting_for(people["system"], today=TODAY).count() == 1
    assert queries.waiting_for(people["chief"], today=TODAY).count() == 0
    decide(people["advisor"], request, Role.ADVISOR, DecisionKind.OPINION)
    decide(people["system"], request, Role.SYSTEM_OFFICER)
    decide(people["chief"], request, Role.CHIEF_OFFICER)
    request.refresh_from_db()
    assert (request.state, applied) == (RequestState.PENDING, [])  # 合議: the second chief is missing
    decide(people["second_chief"], request, Role.CHIEF_OFFICER)
    request.refresh_from_db()
    assert (request.state, applied) == (RequestState.APPROVED, [request.pk])
    assert not Duty.objects.filter(done_at=None).exists()


def test_the_advisors_silence_does_not_hold_up_the_line(city, people) -> None:
    request = ask(people["staff"], city)
    decide(people["system"], request, Role.SYSTEM_OFFICER)
    decide(people["chief"], request, Role.CHIEF_OFFICER)
    decide(people["second_chief"], request, Role.CHIEF_OFFICER)
    request.refresh_from_db()
    assert request.state == RequestState.APPROVED


def test_a_returned_request_comes_back_in_a_new_round(city, people) -> None:
    request = ask(people["staff"], city)
    request = decide(people["system"], request, Role.SYSTEM_OFFICER, DecisionKind.RETURN)
    request.refresh_from_db()
    assert request.state == RequestState.RETURNED
    request = actions.resubmit(people["staff"], request, payload={"x": 2}, reason="直した", now=NOW)
    assert (request.state, request.round, request.payload) == (RequestState.PENDING, 2, {"x": 2})
    decide(people["system"], request, Role.SYSTEM_OFFICER)


def test_a_refused_request_is_over_and_nothing_is_done(city, people) -> None:
    request = ask(people["staff"], city)
    decide(people["system"], request, Role.SYSTEM_OFFICER, DecisionKind.REFUSE)
    request.refresh_from_db()
    assert (request.state, applied) == (RequestState.REFUSED, [])
    with pytest.raises(Conflict):
        actions.withdraw(people["staff"], request, now=NOW)


def test_only_the_requester_withdraws_and_only_before_the_decision(city, people) -> None:
    request = ask(people["staff"], city)
    with pytest.raises(NotPermitted):
        actions.withdraw(people["chief"], request, now=NOW)
    actions.withdraw(people["staff"], request, now=NOW)
    with pytest.raises(Conflict):
        decide(people["system"], request, Role.SYSTEM_OFFICER)


def test_nobody_decides_their_own_request(city, people) -> None:
    request = ask(people["system"], city)
    assert not Step.objects.filter(request=request, role=Role.SYSTEM_OFFICER).exists()
    with pytest.raises(NotPermitted):
        decide(people["system"], request, Role.CHIEF_OFFICER)


def test_the_highest_in_the_line_decides_alone_and_it_is_on_record(city, people) -> None:
    request = ask(people["ciso"], city)
    request.refresh_from_db()
    assert (request.state, applied) == (RequestState.APPROVED, [request.pk])


def test_without_anybody_to_decide_the_request_is_refused_with_words_and_not_saved(city) -> None:
    staff = principal_for(Role.STAFF, city)
    with pytest.raises(InputError) as error:
        ask(staff, city)
    assert error.value.code == "requests.no_decider"
    assert queries.requests(staff).count() == 0


def test_a_deputy_decides_during_the_absence_and_the_principal_reviews_afterwards(city, people) -> None:
    deputy = people["staff"]
    request = ask(principal_for(Role.SECTION_OFFICER, city), city)
    with pytest.raises(NotPermitted):
        decide(deputy, request, Role.SYSTEM_OFFICER)
    actions.add_absence(people["system"], deputy_id=deputy.person_id, starts_on=TODAY, ends_on=TODAY + timedelta(days=3), now=NOW)
    assert queries.waiting_for(deputy, today=TODAY).count() == 1
    decide(deputy, request, Role.SYSTEM_OFFICER)
    (waiting,) = queries.reviews_waiting_for(people["system"])
    actions.review_afterwards(people["system"], waiting, now=NOW)
    assert queries.reviews_waiting_for(people["system"]).count() == 0


@pytest.mark.parametrize("decision", [DecisionKind.RETURN, DecisionKind.REFUSE])
def test_a_return_or_refusal_needs_words(city, people, decision) -> None:
    request = ask(people["staff"], city)
    with pytest.raises(InputError):
        decide(people["system"], request, Role.SYSTEM_OFFICER, decision, comment=" ")


def test_an_advisor_cannot_decide_and_an_officer_cannot_merely_advise(city, people) -> None:
    request = ask(people["staff"], city)
    with pytest.raises(InputError):
        decide(people["advisor"], request, Role.ADVISOR, DecisionKind.APPROVE)
    with pytest.raises(InputError):
        decide(people["system"], request, Role.SYSTEM_OFFICER, DecisionKind.OPINION)


def test_a_deed_that_fails_leaves_the_request_pending(city, people) -> None:
    def fail(_principal, _request, _now) -> None:
        raise InputError("requests.reason_missing")

    registry.register(RequestKind("test.kind", "requests.duty_decide", "request.make", fail, route=(StepSpec(1, Role.CISO),)))
    request = ask(people["staff"], city)
    with pytest.raises(InputError):
        decide(people["ciso"], request, Role.CISO)
    request.refresh_from_db()
    assert request.state == RequestState.PENDING


def test_late_requests_are_reminded_once(city, people) -> None:
    ask(people["staff"], city)
    assert actions.remind(people["ciso"], now=NOW + timedelta(days=30)) == 1
    assert actions.remind(people["ciso"], now=NOW + timedelta(days=30)) == 0


def test_absence_dates_and_deputy_are_checked(city, people) -> None:
    me = people["chief"]
    with pytest.raises(InputError):
        actions.add_absence(me, deputy_id=me.person_id, starts_on=TODAY, ends_on=TODAY, now=NOW)
    with pytest.raises(InputError):
        actions.add_absence(me, deputy_id=people["ciso"].person_id, starts_on=TODAY, ends_on=date(2020, 1, 1), now=NOW)


PEOPLE = [uuid.UUID(int=n) for n in range(4)]
HOLDERS = st.dictionaries(st.sampled_from(LINE), st.lists(st.sampled_from(PEOPLE), max_size=3, unique=True))


@given(HOLDERS, st.sampled_from(PEOPLE))
def test_every_deciding_step_can_be_decided_by_somebody_else(holders, requester) -> None:
    own = {role for role, found in holders.items() if requester in found}
    route = plan_route(ROUTE, requester_roles=own, holders=holders, requester=requester)
    for spec in route:
        assert any(person != requester for person in holders.get(spec.role, ()))
    assert [s.position for s in route] == sorted(s.position for s in route)


@given(st.lists(st.sampled_from(PEOPLE), unique=True), st.lists(st.sampled_from(PEOPLE), unique=True))
def test_a_joint_step_needs_every_holder(holders, approved) -> None:
    assert step_outcome(joint=True, holders=holders, approved_for=approved) == (bool(holders) and set(holders) <= set(approved))


def test_parallel_steps_are_opened_together_and_the_next_waits_for_both() -> None:
    steps = [StepView(1, "open", False), StepView(1, "approved", False), StepView(2, "waiting", False)]
    assert next_position(steps) == 1
    assert next_position([StepView(1, "approved", False), StepView(2, "approved", False)]) is None
