"""What the program drew is not taken for true: a person confirms each part, and a part that changes is open again."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from tests.records.factories import NOW, make_organization, principal_for
from tests.records.procurement.bought import Office

from sekisho.errors import Conflict, InputError, NotFound, NotPermitted
from sekisho.records.ledger.models import Entry
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.models import AnswerChange, CaseState, DiagramConfirmation
from sekisho.records.procurement.queries.diagram import confirmations_of
from sekisho.records.procurement.queries.outputs import material_of
from sekisho.records.procurement.writing.specification import diagram_blocks

if TYPE_CHECKING:
    from sekisho.records.procurement.models import Case

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(db, home) -> Office:
    return Office()


@pytest.fixture
def case(office: Office) -> Case:
    return office.case()


def fresh(case: Case) -> Case:
    return queries.case(SYSTEM, case.pk)


def confirm_all(office: Office, case: Case) -> int:
    return actions.confirm_parts(office.owner, case, parts=confirmations_of(case).parts, now=NOW)


def save(office: Office, case: Case, **changes: object) -> Case:
    given = {name.replace("__", "."): value for name, value in changes.items()}
    actions.save_answers(office.owner, case, changes=given, base_version=case.answers_version, now=NOW)
    return fresh(case)


def test_every_part_is_open_until_somebody_confirms_it_and_who_did_is_kept(
    office: Office, case: Case, django_assert_num_queries
) -> None:
    known = confirmations_of(case)
    assert known.total == known.unconfirmed > 5
    name, seen = next(iter(known.parts.items()))
    assert actions.confirm_parts(office.owner, case, parts={name: seen}, now=NOW) == 1
    with django_assert_num_queries(1):
        known = confirmations_of(case)
    assert known.unconfirmed == known.total - 1
    assert (known.confirmed[name].person_id, known.confirmed[name].at) == (office.officer.pk, NOW)
    body = json.loads(Entry.objects.get(action="procurement.confirm_diagram").body)
    assert body["facts"] == {"parts": {name: seen}, "confirmed": True}
    assert actions.confirm_parts(office.owner, case, parts={name: seen}, now=NOW) == 0
    assert actions.confirm_parts(office.owner, case, parts={name: seen}, confirmed=False, now=NOW) == 1
    assert confirmations_of(case).unconfirmed == known.total


def test_changed_tasks_open_the_parts_concerned_and_no_others(office: Office, case: Case) -> None:
    count = confirm_all(office, case)
    before = confirmations_of(case)
    assert (before.unconfirmed, count) == (0, before.total)
    tasks = [dict(task) for task in case.answers["tasks"]]
    uses = [dict(use) for use in tasks[0]["uses"]]
    information = {item for use in uses for item in use["information"]}
    case = save(office, case, **{f"tasks__{tasks[0]['id']}": {**tasks[0], "uses": uses[1:]}})
    after = confirmations_of(case)
    assert information
    changed = {name for name, seen in after.parts.items() if before.parts.get(name) != seen}
    assert set(after.parts) - set(after.confirmed) == changed
    assert 0 < len(after.confirmed) < after.total or not changed
    assert before.parts != after.parts


def test_what_becomes_more_sensitive_is_open_again(office: Office, case: Case) -> None:
    confirm_all(office, case)
    item = next(
        i
        for i in case.answers["information"]
        if any(i["id"] in u["information"] for t in case.answers["tasks"] for u in t["uses"])
    )
    grade = "high" if item.get("confidentiality") != "high" else "low"
    case = save(office, case, **{f"information__{item['id']}": {**item, "confidentiality": grade}})
    known = confirmations_of(case)
    open_parts = set(known.parts) - set(known.confirmed)
    assert open_parts
    assert all(name.startswith("flow-") for name in open_parts)


def test_moving_a_part_leaves_it_confirmed_and_renaming_it_does_not(office: Office, case: Case) -> None:
    confirm_all(office, case)
    name = next(iter(confirmations_of(case).parts))
    case = actions.save_diagram(office.owner, case, edits={"moved": {name: [10, 10]}}, base_version=1, now=NOW)
    assert confirmations_of(case).unconfirmed == 0
    case = actions.save_diagram(office.owner, case, edits={"renamed": {name: "別の名"}}, base_version=2, now=NOW)
    assert confirmations_of(case).unconfirmed == 1


def test_what_a_person_drew_or_hid_is_not_asked_for(office: Office, case: Case) -> None:
    before = confirmations_of(case)
    node = {"id": "user-1", "kind": "server", "name": "控えのサーバ", "origin": "user"}
    hidden = next(name for name in before.parts if not name.startswith("flow-"))
    case = actions.save_diagram(office.owner, case, edits={"added_nodes": [node], "hidden": [hidden]}, base_version=1, now=NOW)
    after = confirmations_of(case)
    assert "user-1" not in after.parts
    assert hidden not in after.parts


def test_a_part_that_changed_meanwhile_is_not_confirmed(office: Office, case: Case) -> None:
    known = confirmations_of(case)
    name, seen = next(iter(known.parts.items()))
    with pytest.raises(Conflict) as conflict:
        actions.confirm_parts(office.owner, case, parts={name: "0" * 64}, now=NOW)
    assert conflict.value.code == "procurement_cases.part_changed"
    with pytest.raises(InputError) as error:
        actions.confirm_parts(office.owner, case, parts={"nothing": seen}, now=NOW)
    assert error.value.code == "procurement_cases.diagram_unknown"
    assert not DiagramConfirmation.objects.exists()


def test_only_owners_and_editors_confirm_and_only_before_the_notice(office: Office, case: Case) -> None:
    parts = confirmations_of(case).parts
    reader = principal_for("staff", office.organization)
    stranger = principal_for("procurement", make_organization("elsewhere"))
    for principal in (reader, stranger):
        with pytest.raises((NotFound, NotPermitted)):
            actions.confirm_parts(principal, case, parts=parts, now=NOW)
    type(case).objects.filter(pk=case.pk).update(state=CaseState.NOTICED)
    with pytest.raises(Conflict) as conflict:
        actions.confirm_parts(office.owner, fresh(case), parts=parts, now=NOW)
    assert conflict.value.code == "procurement.frozen"


def test_the_document_says_how_many_parts_nobody_has_confirmed(office: Office, case: Case) -> None:
    total = confirmations_of(case).total

    def said(language: str) -> str:
        return str([*diagram_blocks(material_of(case, language=language, now=NOW))][-1])

    assert f"{total}件の部品と流れのうち、{total}件は人が確かめていない" in said("ja")
    assert f"Of its {total} parts and flows, {total} have not been confirmed" in said("en")
    confirm_all(office, case)
    assert "すべて人が確かめた" in said("ja")
    announced = replace(material_of(case, language="ja", now=NOW), issued=True)
    assert "人が確かめた" not in str([*diagram_blocks(announced)])  # bidders get the picture only


def test_the_pages_confirm_and_the_overview_counts(office: Office, case: Case, django_assert_max_num_queries) -> None:
    client = Client()
    client.force_login(office.officer, backend="sekisho.web.backends.LoginBackend")
    root = f"/o/minamo/procurement/{case.pk}/"
    total = confirmations_of(case).total
    with django_assert_max_num_queries(45):
        overview = client.get(root).content.decode()
    assert f"人が確かめていない部品と流れが{total}件あります" in overview
    shown = client.get(f"{root}diagram/").content.decode()
    assert shown.count('name="part"') == total
    assert shown.count("未確認</span>") == total
    parts = [f"{name}:{seen}" for name, seen in confirmations_of(case).parts.items()]
    assert client.post(f"{root}diagram/confirm", {"part": parts[:2], "do": "confirm"}).status_code == 302
    assert confirmations_of(case).unconfirmed == total - 2
    assert "確かめた</span>" in client.get(f"{root}diagram/").content.decode()
    client.post(f"{root}diagram/confirm", {"part": parts[0], "do": "undo"})
    assert confirmations_of(case).unconfirmed == total - 1
    assert client.post(f"{root}diagram/confirm", {"part": "broken", "do": "confirm"}).status_code == 302
    assert confirmations_of(case).unconfirmed == total - 1


def test_the_api_tells_and_takes_confirmations(office: Office, case: Case) -> None:
    client = Client()
    client.force_login(office.officer, backend="sekisho.web.backends.LoginBackend")
    url = f"/api/v1/procurement/cases/{case.pk}/diagram"
    parts = client.get(url).json()["parts"]
    assert {part["confirmed_at"] for part in parts} == {None}
    one = parts[0]
    given = {"parts": {one["id"]: one["fingerprint"]}}
    saved = client.put(f"{url}/confirmations", given, "application/json").json()["parts"]
    assert next(part for part in saved if part["id"] == one["id"])["confirmed_by"] == office.officer.name
    stale = client.put(f"{url}/confirmations", {"parts": {one["id"]: "0" * 64}}, "application/json")
    assert (stale.status_code, stale.json()["code"]) == (409, "procurement_cases.part_changed")
    assert not AnswerChange.objects.filter(key="diagram").exists()
