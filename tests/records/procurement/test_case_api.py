"""Cases over HTTP: the same actions as the pages, the same refusals, nothing for those who may see nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.records.factories import NOW, client_for, give, make_organization, make_person, make_subject
from tests.records.procurement.examples import FOLDER, case_of

from sekisho.records.procurement import actions
from sekisho.records.procurement.models import Case

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]
API = "/api/v1/procurement/cases"


def call(client: Any, method: str, path: str, data: Any = None) -> Any:
    arguments: dict[str, Any] = {} if data is None else {"data": json.dumps(data), "content_type": "application/json"}
    return getattr(client, method)(f"{API}{path}", **arguments)


@pytest.fixture
def made() -> tuple[Case, Any, Any]:
    return case_of()


def test_a_case_is_prepared_from_beginning_to_cancellation():
    city = make_organization("minamo", body_kind="municipality")
    client = client_for("procurement", city)
    made = call(client, "post", "", {"organization": "minamo", "title": "予約サイト"})
    assert made.status_code == 201, made.content
    case = f"/{made.json()['id']}"
    saved = call(client, "patch", f"{case}/answers", {"base_version": 1, "changes": {"answers.object": "study"}})
    assert saved.status_code == 200, saved.content
    assert saved.json()["answers"]["answers"] == {"body": "municipality", "object": "study"}
    assert {step["key"] for step in saved.json()["steps"]} >= {"business", "questions", "documents"}
    questions = client.get(f"{API}{case}/questions").json()
    by_id = {item["id"]: item for item in questions["items"]}
    assert questions["total"] == len(by_id)
    assert by_id["object"]["value"] == "study"
    assert by_id["Q15"]["asked"] is False
    assert by_id["Q15"]["because"]
    assert call(client, "post", f"{case}/versions", {"note": "初め"}).json()["number"] == 1
    call(client, "patch", f"{case}/answers", {"base_version": 2, "changes": {"answers.object": "licence"}})
    back = call(client, "post", f"{case}/versions/1/return")
    assert back.json()["answers"]["answers"]["object"] == "study"
    assert [v["number"] for v in client.get(f"{API}{case}/versions").json()["items"]] == [2, 1]
    assert client.get(f"{API}{case}/changes").json()["total"] == 3
    copy = call(client, "post", f"{case}/copy", {"title": "別案", "variant": True})
    assert copy.json()["variant_of_id"] == made.json()["id"]
    listed = client.get(f"{API}?organization=minamo&q=別案").json()
    assert [item["title"] for item in listed["items"]] == ["別案"]
    assert call(client, "post", f"{case}/cancel", {"reason": "予算がない"}).json()["state"] == "cancelled"
    assert call(client, "patch", f"{case}/answers", {"base_version": 9, "changes": {}}).status_code == 409


def test_members_opinions_subject_and_diagram(made):
    case, _owner, client = made
    base = f"/{case.pk}"
    person = make_person(name="助言者")
    give(person, "advisor", case.organization)
    added = call(client, "post", f"{base}/members", {"person": str(person.pk), "part": "reader"})
    assert added.status_code == 201
    from django.test import Client

    adviser = Client()
    adviser.force_login(person, backend="sekisho.web.backends.LoginBackend")
    given = call(adviser, "post", f"{base}/opinions", {"agrees": True, "text": "十分"})
    assert given.status_code == 201, given.content
    assert given.json()["current"] is True
    assert call(client, "post", f"{base}/opinions", {"agrees": True, "text": "自分で"}).status_code == 403
    assert client.get(f"{API}{base}/opinions").json()["total"] == 1
    system = make_subject(case.organization, kind="information_system")
    assert call(client, "put", f"{base}/subject", {"subject": str(system.pk)}).json()["subject_id"] == str(system.pk)
    drawn = client.get(f"{API}{base}/diagram").json()
    assert drawn["svg"].startswith("<svg")
    server = next(node["id"] for node in drawn["diagram"]["nodes"] if node["kind"] == "server")
    saved = call(client, "put", f"{base}/diagram", {"base_version": 1, "edits": {"renamed": {server: "予約"}}})
    assert saved.json()["version"] == 2
    assert call(client, "put", f"{base}/diagram", {"base_version": 1, "edits": {}}).status_code == 409
    assert call(client, "put", f"{base}/diagram", {"base_version": 2, "edits": {"x": 1}}).status_code == 422
    gone = client.delete(f"{API}{base}/members/{person.pk}/reader")
    assert gone.status_code == 204
    assert adviser.get(f"{API}{base}").status_code == 404


def test_two_callers_on_the_same_key_and_on_different_keys(made):
    case, owner, client = made
    actions.save_answers(owner, case, changes={"answers.Q02": 7}, base_version=1, now=NOW)
    other = call(client, "patch", f"/{case.pk}/answers", {"base_version": 1, "changes": {"answers.Q18": "weekday"}})
    assert other.status_code == 200
    assert other.json()["answers"]["answers"]["Q02"] == 7
    same = call(client, "patch", f"/{case.pk}/answers", {"base_version": 1, "changes": {"answers.Q02": 9}})
    assert same.status_code == 409
    assert same.json()["code"] == "procurement.changed_meanwhile"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"answers.Q02": -1}, 422),
        ({"answers.Q02": {"a": []}}, 422),
        ({"schema": "x"}, 422),
        ({"values." + "長" * 500: "x"}, 422),
        ({"answers.Q07": "長" * 200_001}, 422),
        ({"answers.Q07": "a\x1bb"}, 422),
        ({"tasks.T1": {"id": "T2"}}, 422),
        ({"information.x": {"id": "x", "name": "n", "owner": "y"}}, 422),
    ],
)
def test_hostile_changes_are_refused_each_with_its_place(made, changes, status):
    case, _owner, client = made
    answer = call(client, "patch", f"/{case.pk}/answers", {"base_version": 1, "changes": changes})
    assert answer.status_code == status, answer.content
    assert answer.json()["message"]
    case.refresh_from_db()
    assert case.answers_version == 1


def test_a_file_is_previewed_and_imported(made):
    _case, _owner, client = made
    content = (FOLDER / "design-study.yaml").read_bytes()
    for path, status in (("/import-preview", 200), ("/import", 201)):
        file = SimpleUploadedFile("design-study.yaml", content)
        answer = client.post(f"{API}{path}", {"organization": "minamo", "file": file})
        assert answer.status_code == status, answer.content
    assert Case.objects.count() == 2
    broken = SimpleUploadedFile("x.yaml", b"title: x\nanswers: {Q15: perhaps}\n")
    answer = client.post(f"{API}/import", {"organization": "minamo", "file": broken})
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["file"] == "x.yaml"


def test_a_stranger_and_a_colleague_who_is_no_member_find_nothing(made):
    case, _owner, _client = made
    for client in (client_for("ciso", make_organization("other")), client_for("system_officer", case.organization)):
        paths = ("", "/questions", "/changes", "/versions", "/opinions", "/diagram")
        assert {client.get(f"{API}/{case.pk}{path}").status_code for path in paths} == {404}
        writes = [
            call(client, "patch", f"/{case.pk}/answers", {"base_version": 1, "changes": {"answers.Q02": 1}}),
            call(client, "post", f"/{case.pk}/copy", {"title": "x"}),
            call(client, "post", f"/{case.pk}/versions", {}),
            call(client, "post", f"/{case.pk}/cancel", {"reason": "x"}),
            call(client, "put", f"/{case.pk}/diagram", {"base_version": 1, "edits": {}}),
            call(client, "put", f"/{case.pk}/subject", {}),
        ]
        assert {answer.status_code for answer in writes} == {404}
    assert client_for("staff", case.organization).get(f"{API}?organization=minamo").json()["total"] == 0
