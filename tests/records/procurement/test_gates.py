"""Gates: asked by the answers of a case, dated by its days, dealt with by people, never by themselves."""

from __future__ import annotations

from datetime import date

import pytest
from tests.records.factories import NOW, make_organization, principal_for
from tests.records.procurement.bought import Office

from sekisho.errors import InputError, NotFound, NotPermitted
from sekisho.records.duties.models import Duty
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.models import GateCheck
from sekisho.records.procurement.queries import gates as gate_queries
from sekisho.standards import lifecycle_gates
from sekisho.standards.catalog import body_kinds
from sekisho.standards.rule_sets import rule_set

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(db) -> Office:
    return Office()


def states(case) -> dict[str, str]:
    return {row.item.id: row.state for row in gate_queries.gate_rows(case)}


def test_conditions_ask_questions_of_the_specification_with_answers_that_it_has() -> None:
    rules = rule_set("specification")
    for name, known in lifecycle_gates.ANSWERS.items():
        question = rules.find("questions", name)
        assert question is not None, name
        options = {option.id for option in question.options} or {"yes", "no"}
        assert set(known or body_kinds()) <= options, name


def test_what_is_asked_follows_from_the_answers(office: Office) -> None:
    found = states(office.case())
    assert found["plan_organisation"] == "open"
    assert found["build_audit_plan"] == "open"  # work is entrusted
    assert found["operate_cloud_review"] == "open"
    assert found["procure_scr"] == "not_asked"  # a municipality is not bound
    assert found["plan_pia"] == "not_asked"  # no My Number
    assert states(office.case(Q09="my_number"))["plan_pia"] == "open"
    assert states(office.case(grade=None))["define_advice"] == "undecided"


def test_days_come_from_the_contract_and_come_again_until_its_end(office: Office) -> None:
    case = office.contracted()
    rows = {row.item.id: row for row in gate_queries.gate_rows(case)}
    assert rows["build_audit_plan"].plan.due == (date(2026, 12, 20),)
    logs = rows["operate_logs"].plan.due
    assert (logs[0], logs[-1], len(logs)) == (date(2027, 5, 1), date(2032, 3, 1), 59)
    assert rows["retire_erase"].plan.due == (date(2032, 4, 30),)
    assert not rows["retire_erase"].plan.planned
    assert gate_queries.gate_rows(office.case())[0].plan.due == ()


def test_done_ends_the_duty_and_of_a_repeated_one_only_the_next(office: Office) -> None:
    case = office.contracted()
    count = actions.make_gate_duties(office.owner, case, now=NOW)
    prefix = f"procurement:{case.pk}:gate:"
    assert Duty.objects.filter(source__startswith=prefix, done_at=None).count() == count > 100
    assert actions.make_gate_duties(office.owner, case, now=NOW) == count
    logs = Duty.objects.filter(source__startswith=f"{prefix}operate_logs:", done_at=None)
    assert set(logs.values_list("owner_role", flat=True)) == {"system_admin"}
    before = logs.count()
    actions.check_gate(office.owner, case, item="operate_logs", done=True, note="4月分", now=NOW)
    assert logs.count() == before - 1
    actions.make_gate_duties(office.owner, case, now=NOW)
    assert logs.count() == before - 1
    actions.check_gate(office.owner, case, item="operate_logs", done=False, note="事業者が点検する", now=NOW)
    assert logs.count() == 0
    assert states(case)["operate_logs"] == "not_applicable"
    actions.reopen_gate(office.owner, case, item="operate_logs", now=NOW)
    assert states(case)["operate_logs"] == "open"


def test_what_does_not_apply_needs_a_reason_and_what_is_no_item_is_not_found(office: Office) -> None:
    case = office.case()
    with pytest.raises(InputError):
        actions.check_gate(office.owner, case, item="plan_grade", done=False, note=" ", now=NOW)
    with pytest.raises(NotFound):
        actions.check_gate(office.owner, case, item="no_such_item", done=True, now=NOW)
    with pytest.raises(NotFound):
        actions.reopen_gate(office.owner, case, item="plan_grade", now=NOW)
    assert not GateCheck.objects.exists()


def test_only_members_deal_with_gates(office: Office) -> None:
    case = office.contracted()
    with pytest.raises(NotPermitted):
        actions.check_gate(principal_for("chief_officer", office.organization), case, item="plan_grade", done=True, now=NOW)
    with pytest.raises(NotFound):
        queries.case(principal_for("chief_officer", make_organization("other")), case.pk)
    assert queries.case(SYSTEM, case.pk).pk == case.pk


def test_the_page_shows_every_gate_with_what_is_left(office: Office, django_assert_max_num_queries) -> None:
    from django.test import Client

    case = office.contracted()
    client = Client()
    client.force_login(office.officer, backend="sekisho.web.backends.LoginBackend")
    with django_assert_max_num_queries(40):
        text = client.get(f"/o/minamo/procurement/{case.pk}/gates/").content.decode()
    for gate in lifecycle_gates.lifecycle_gates().gates:
        assert gate.title.ja in text
    address = f"/o/minamo/procurement/{case.pk}/gates/plan_grade/"
    token = client.get(address).context["form"].initial["token"]
    answer = client.post(address, {"done": "no", "note": "", "token": token})
    assert answer.status_code == 422
    answer = client.post(address, {"done": "yes", "note": "格付けの記録", "token": token})
    assert answer.status_code == 302
    assert GateCheck.objects.get(case=case).note == "格付けの記録"
    assert client.post(f"/o/minamo/procurement/{case.pk}/gates/duties").status_code == 302
    assert client.get(f"/o/minamo/procurement/{case.pk}/gates/retire").status_code == 200
