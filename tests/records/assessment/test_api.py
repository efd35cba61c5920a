"""The same over HTTP: same rights, same refusals, same figures."""

from __future__ import annotations

import uuid

import pytest
from tests.records.factories import NOW, client_for, give, make_organization, make_person

from sekisho.records.catalog.models import Catalog

pytestmark = pytest.mark.django_db
ROOT = "/api/v1"


@pytest.fixture
def judged(town):
    town.measured_well()
    town.propose()
    return town


@pytest.fixture
def officer(judged):
    return client_for("chief_officer", judged.organization)


def post(client, path, body, method="post"):
    return getattr(client, method)(f"{ROOT}{path}", body, content_type="application/json")


def test_list_detail_and_filters(judged, officer):
    found = officer.get(f"{ROOT}/judgements", {"organization": "minamo", "q": "8.9", "catalog": "annex_a_2022"}).json()
    assert found["total"] == 3
    assert {item["level"] for item in found["items"]} == {2}
    one = officer.get(f"{ROOT}/judgements/{judged.judgement('8.9').pk}").json()
    assert "竹を提案しました" in one["sentence"]
    assert len(one["missing"]) == 2
    assert len(one["evidence_ids"]) == 2
    assert one["history"][0]["what"] == "proposed"


def test_confirm_conflict_target_answer_and_requests(judged, officer):
    row = judged.judgement("8.9")
    assert post(officer, f"/judgements/{row.pk}/confirm", {"version": row.version}).json()["state"] == "confirmed"
    late = post(officer, f"/judgements/{row.pk}/confirm", {"version": row.version})
    assert late.status_code == 409
    assert late.json()["code"] == "assessment.changed_meanwhile"
    row.refresh_from_db()
    body = {"version": row.version, "level": 3, "on": "2027-03-31"}
    assert post(officer, f"/judgements/{row.pk}/target", body, "put").json()["target_level"] == 3
    other = judged.judgement("8.28")
    asked = post(officer, f"/judgements/{other.pk}/attestations", {"key": "rules_disseminated", "holds": True})
    assert asked.status_code == 200
    assert post(officer, f"/judgements/{other.pk}/attestations", {"key": "x", "holds": True}).status_code == 422
    assert post(officer, f"/judgements/{other.pk}/level", {"version": 1, "level": 9, "reason": "x"}).status_code == 422
    assert post(officer, f"/judgements/{other.pk}/level", {"version": 1, "level": 1, "reason": "a\x00b"}).status_code == 422


def test_bulk_confirmation_names_what_it_left_alone(judged, officer):
    row = judged.judgement("8.17")
    gone = str(uuid.uuid4())
    found = post(officer, "/assessment/confirmations", {"versions": {str(row.pk): row.version, gone: 1}}).json()
    assert found["confirmed"] == [str(row.pk)]
    assert found["skipped"] == [{"judgement_id": gone, "code": "access.not_found"}]


def test_figures_and_rules(judged, officer):
    counts = officer.get(f"{ROOT}/assessment/counts", {"organization": "minamo", "catalog": "annex_a_2022"}).json()
    assert counts["total"] == sum(counts["levels"].values())
    annex = Catalog.objects.get(key="annex_a_2022")
    assert len(officer.get(f"{ROOT}/assessment/soa", {"organization": "minamo", "catalog_id": str(annex.pk)}).json()) == 93
    rule = officer.get(f"{ROOT}/assessment/rules/{judged.judgement('8.8').requirement_id}").json()
    assert (rule["rule"], rule["proposal"], len(rule["levels"])) == ("annex_a_2022.8.8@2", True, 3)
    fell = officer.get(f"{ROOT}/assessment/worsened", {"organization": "minamo", "since": NOW.isoformat()})
    assert fell.json() == []
    assert (
        officer.get(f"{ROOT}/assessment/worsened", {"organization": "minamo", "since": "2026-01-01T00:00:00"}).status_code == 422
    )
    assert post(officer, "/assessment/propose?organization=minamo", {}).json()["changed"] == 0
    assert post(officer, "/assessment/refresh?organization=minamo", {}).json()["changed"] == 0


def test_corrective_actions(judged, officer):
    owner = make_person()
    give(owner, "system_admin", judged.organization)
    body = {"subject_id": str(judged.system.pk), "what": "規則を作る", "owner_id": str(owner.pk), "due_on": "2027-01-31"}
    made = post(officer, "/corrective-actions", body).json()
    path = f"/corrective-actions/{made['id']}"
    assert post(officer, path, {"version": 1, "due_on": "2027-02-28"}, "patch").json()["due_on"] == "2027-02-28"
    assert post(officer, path, {"version": 1, "due_on": "2027-03-31"}, "patch").status_code == 409
    assert post(officer, f"{path}/move", {"version": 2, "state": "doing"}).json()["state"] == "doing"
    assert officer.get(f"{ROOT}/corrective-actions", {"state": "open"}).json()["total"] == 1


def test_strangers_find_nothing_anywhere(judged):
    stranger = client_for("chief_officer", make_organization("elsewhere", name="別の市", is_boundary=True))
    row = judged.judgement("8.9")
    assert stranger.get(f"{ROOT}/judgements").json()["total"] == 0
    assert stranger.get(f"{ROOT}/judgements", {"organization": "minamo"}).status_code == 404
    assert stranger.get(f"{ROOT}/judgements/{row.pk}").status_code == 404
    for path, body in (
        (f"/judgements/{row.pk}/confirm", {"version": 1}),
        (f"/judgements/{row.pk}/level", {"version": 1, "level": 1, "reason": "x"}),
        (f"/judgements/{row.pk}/applicability", {"applicable": False, "reason": "x"}),
        (f"/judgements/{row.pk}/attestations", {"key": "k", "holds": True}),
        ("/assessment/propose?organization=minamo", {}),
        ("/assessment/refresh?organization=minamo", {}),
        (
            "/corrective-actions",
            {"subject_id": str(judged.system.pk), "what": "x", "owner_id": str(row.pk), "due_on": "2027-01-31"},
        ),
    ):
        assert post(stranger, path, body).status_code == 404, path
    for path in ("counts?organization=minamo", f"worsened?organization=minamo&since={NOW:%Y-%m-%dT%H:%M:%SZ}"):
        assert stranger.get(f"{ROOT}/assessment/{path}").status_code == 404
