"""The 予定価格 comes in through no door of the room: every free text refuses it, and no field, column or label asks for it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.apps import apps
from tests.records.factories import NOW
from tests.records.procurement.bidding import World, world
from tests.records.procurement.bought import Office

from sekisho.errors import InputError
from sekisho.records.procurement import actions
from sekisho.records.procurement.models import AcceptanceTest
from sekisho.records.procurement.sheets import COLUMNS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]
SECRET = "予定価格は12,000,000円です"


def preparing(made: World) -> dict[str, Any]:
    """Door → what somebody tries while the case is prepared."""
    case, owner = made.case, made.owner
    save = {"base_version": case.answers_version, "now": NOW}
    advisor = made.outsider("advisor")
    actions.add_member(owner, case, person_id=advisor.pk, part="reader", now=NOW)
    row = [{"id": "own", "clause": "GE1", "title": SECRET, "kind": "mandatory", "points": 0}]
    return {
        "title": lambda: actions.create_case(owner, organization=case.organization, title=SECRET, now=NOW),
        "copy": lambda: actions.copy_case(owner, case, title=SECRET, now=NOW),
        "answer": lambda: actions.save_answers(owner, case, changes={"purposes": [SECRET]}, **save),
        "place": lambda: actions.save_answers(owner, case, changes={"values.保存期間": SECRET}, **save),
        "wording": lambda: actions.save_answers(owner, case, changes={"clauses.GE1": {"text": SECRET}}, **save),
        "version": lambda: actions.keep_version(owner, case, note=SECRET, now=NOW),
        "opinion": lambda: actions.give_opinion(made.principal("advisor"), case, agrees=True, text=SECRET, now=NOW),
        "cancel": lambda: actions.cancel_case(owner, case, reason=SECRET, now=NOW),
        "gate": lambda: actions.check_gate(owner, case, item="plan_grade", done=True, note=SECRET, now=NOW),
        "diagram": lambda: actions.save_diagram(
            owner, case, edits={"labels": {"x": SECRET}}, base_version=case.diagram_version, now=NOW
        ),
        "criteria": lambda: actions.save_criteria(owner, case, criteria=row, base_version=case.version, now=NOW),
    }


def test_no_door_of_a_case_in_preparation_lets_it_in() -> None:
    made = world()
    for name, door in preparing(made).items():
        with pytest.raises(InputError) as caught:
            door()
        codes = {caught.value.code, *(one.code for one in caught.value.problems)}
        assert "procurement_notice.estimate_price" in codes, (name, codes)


def test_no_door_after_the_contract_lets_it_in() -> None:
    office = Office()
    case = office.case(award="negotiated")
    with pytest.raises(InputError, match="estimate_price"):
        office.contract(case, note=SECRET)
    office.contract(case)
    test = AcceptanceTest.objects.filter(case=case)[0]
    doors = {
        "change": lambda: actions.change_contract(office.owner, case, reason=SECRET, now=NOW),
        "result": lambda: actions.decide_test(office.owner, test, state="passed", version=1, result=SECRET, now=NOW),
    }
    for door in doors.values():
        with pytest.raises(InputError, match="estimate_price"):
            door()


def test_no_table_sheet_or_operation_has_a_place_for_it() -> None:
    from sekisho.web.api import api

    names = {field.name for model in apps.get_app_config("procurement").get_models() for field in model._meta.get_fields()}
    labels = {column.ja for column in COLUMNS} | {column.en for column in COLUMNS}
    words = ("estimate", "reserve", "ceiling", "planned_price", "予定価格")
    assert {one for one in names | labels for word in words if word in one.lower()} == set()
    properties = {
        name
        for schema in json.loads(json.dumps(api.get_openapi_schema()))["components"]["schemas"].values()
        for name in schema.get("properties", {})
    }
    assert {one for one in properties for word in words if word in one.lower()} == set()
