"""Pages and API: budgets, strangers, what each shows."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from tests.records.factories import NOW, client_for, make_organization

from sekisho.records.jobs import worker
from sekisho.records.measurement import actions
from sekisho.records.measurement.models import IndicatorTarget, IndicatorValue, Report


@pytest.fixture
def chief(place) -> Client:
    return client_for("chief_officer", place.organization)


@pytest.fixture
def computed(place):
    actions.compute(place.chief, organization=place.organization, now=NOW)
    return IndicatorValue.objects.filter(organization=place.organization, key="severe_findings").first()


def test_home_shows_the_state_within_ten_queries(place, chief, computed, django_assert_max_num_queries):
    chief.get("/o/minamo/")  # the names of themes are read once in a process
    with django_assert_max_num_queries(10):
        response = chief.get("/o/minamo/")
    page = response.content.decode()
    assert response.status_code == 200
    for words in (
        "期限",
        "承認待ち",
        "検出事項（重大・高）",
        "悪くなったもの",
        "古くなったもの",
        "いまの対応レベル",
        "結果の指標",
        "組織的",
    ):
        assert words in page
    assert f"/o/minamo/trace/findings/{place.finding.pk}/" in page
    assert reverse("measurement:trace_indicator", args=("minamo", computed.pk)) in page


def test_home_of_a_new_organisation_says_what_to_do(db):
    empty = make_organization("new", name="あたらしい町")
    page = client_for("chief_officer", empty).get("/o/new/").content.decode()
    assert "組織の種類を決める" in page
    assert "測る機械を登録する" in page
    assert "0%" not in page


def test_home_shows_what_fell_and_what_is_stale(place, chief):
    row = place.town.judgement("8.17", place.town.hosts[0])
    row.changes.create(at=NOW, what="worsened", level_before=2, level_after=1)
    other = place.town.judgement("8.9", place.town.hosts[0])
    type(other).objects.filter(pk=other.pk).update(level=2, stale_at=NOW, lapses_at=NOW + timedelta(days=3650))
    type(row).objects.filter(pk=row.pk).update(lapses_at=None, stale_at=None, fresh_until=None)
    page = chief.get("/o/minamo/").content.decode()
    worse, stale = page.split('id="h-worse"')[1].split('id="h-stale"')
    assert str(row.pk) in worse
    assert str(other.pk) in stale
    assert str(row.pk) not in stale.split("いまの対応レベル")[0]


def test_prefecture_compares_what_was_submitted(place, report, monkeypatch):
    monkeypatch.setattr(actions, "render", lambda _document, output, template=None: f"%PDF {output}".encode())  # quick
    issued = actions.issue_report(place.chief, report, now=NOW)
    submission = actions.submit_report(place.chief, issued, to=place.prefecture, now=NOW)
    governor = client_for("chief_officer", place.prefecture)
    home = governor.get("/o/minamo-pref/").content.decode()
    assert "提出された報告書" in home
    assert "みなも市" in home
    assert "未測定" in home
    page = governor.get(f"/o/minamo-pref/received/{submission.pk}/")
    assert page.status_code == 200
    assert "/references/" not in page.content.decode()
    assert governor.get("/o/minamo-pref/received/?format=xlsx").content[:2] == b"PK"
    assert governor.get(f"/o/minamo-pref/received/{submission.pk}/files/pdf").content[:4] == b"%PDF"
    assert governor.get(f"/o/minamo-pref/received/{submission.pk}/files/exe").status_code == 404
    for path in (f"/o/minamo/reports/{issued.pk}/", f"/o/minamo-pref/reports/{issued.pk}/", "/o/minamo/"):
        assert governor.get(path).status_code == 404
    assert governor.get(f"/o/minamo-pref/reports/{issued.pk}/references/1/").status_code == 404
    assert governor.get(f"/api/v1/reports/{issued.pk}").status_code == 200
    assert governor.get(f"/api/v1/reports/{issued.pk}/references/1").status_code == 404


def test_indicators_list_what_is_not_measured(place, chief, computed):
    page = chief.get("/o/minamo/indicators/").content.decode()
    assert "まだ測れない指標" in page
    assert "MT01" in page
    assert "MT30" not in page.split("まだ測れない指標")[1]
    assert chief.post("/o/minamo/indicators/compute").status_code == 302
    assert chief.get("/o/minamo/indicators/nothing/").status_code == 404


def test_targets_are_set_in_per_cent(place, chief, computed):
    url = "/o/minamo/indicators/ume_share/target"
    assert chief.post(url, {"value": "80", "due_on": "2027-03-31"}).status_code == 302
    assert IndicatorTarget.objects.get().value == 0.8
    refused = chief.post(url, {"value": "180"})
    assert refused.status_code == 422
    assert "エラー：" in refused.content.decode()
    assert chief.post("/o/minamo/indicators/ume_share/target/remove").status_code == 302
    staff = client_for("staff", place.organization)
    assert staff.post(url, {"value": "80"}).status_code == 403


def test_trace_pages_and_their_other_forms(place, chief, computed):
    url = reverse("measurement:trace_indicator", args=("minamo", computed.pk))
    page = chief.get(url).content.decode()
    assert "この数字のもと" in page
    assert place.file.sha256 in page
    assert "一致" in page
    assert json.loads(chief.get(url + "?format=json").content)["finding_count"] == 1
    assert chief.get(url + "findings").content[:2] == b"PK"
    assert chief.get(url + "findings?format=csv").content.startswith(b"\xef\xbb\xbf")
    row = place.town.judgement("8.17", place.town.hosts[0])
    for path in (
        f"judgements/{row.pk}/",
        f"findings/{place.finding.pk}/",
        "pairs/?catalog=annex_a_2022&basis=measured",
        "findings/?severity=severe",
    ):
        assert chief.get(f"/o/minamo/trace/{path}").status_code == 200


def test_lists_behind_a_count_have_exactly_as_many(place, chief):
    catalogs = chief.get("/o/minamo/").context["catalogs"]
    for catalog in catalogs:
        pages = {
            "": catalog.total,
            "&level=none": catalog.unmeasured,
            **{f"&basis={basis}": n for basis, n in catalog.bases.items()},
        }
        for query, expected in pages.items():
            found = chief.get(f"/o/minamo/trace/pairs/?catalog={catalog.key}{query}").context["page"].paginator.count
            assert found == expected
    assert catalogs[0].bases["measured"] > 0


def test_a_report_is_built_read_issued_and_handed_up_in_the_browser(place, chief):
    made = chief.post("/o/minamo/reports/build", {"language": "en", "calendar": "western"})
    report = Report.objects.get()
    assert made.url == f"/o/minamo/reports/{report.pk}/"
    page = chief.get(made.url).content.decode()
    assert page.count("<h1") == 1
    assert f"/o/minamo/reports/{report.pk}/references/1/" in page
    assert "style=" not in page
    assert chief.get(f"/o/minamo/reports/{report.pk}/references/1/").status_code == 200
    assert chief.get(f"/o/minamo/reports/{report.pk}/references/999999/").status_code == 404
    assert "発行すると" in chief.get(f"/o/minamo/reports/{report.pk}/issue").content.decode()
    job = chief.post(f"/o/minamo/reports/{report.pk}/issue").url
    assert chief.get(job).status_code == 200
    worker.run_due()
    assert chief.get(job).url == made.url
    assert chief.get(job, headers={"HX-Request": "true"})["HX-Redirect"] == made.url
    report.refresh_from_db()
    assert report.state == "issued"
    assert chief.get(f"{made.url}files/docx").content[:2] == b"PK"
    assert "attachment" in chief.get(f"{made.url}files/html")["Content-Disposition"]
    assert chief.post(f"{made.url}submit", {"to": str(place.prefecture.pk)}).status_code == 302
    assert chief.post(f"{made.url}submit", {"to": str(place.stranger.pk)}).status_code == 422
    assert chief.get("/o/minamo/reports/").status_code == 200


def test_every_reference_of_a_report_resolves(place, chief, report):
    for row in report.references.all():
        assert chief.get(f"/o/minamo/reports/{report.pk}/references/{row.number}/").status_code == 200, row.kind


def test_strangers_find_nothing(place, report, computed):
    stranger = client_for("chief_officer", place.stranger)
    paths = [
        "",
        "indicators/",
        "indicators/ume_share/",
        f"trace/indicators/{computed.pk}/",
        f"trace/indicators/{computed.pk}/findings",
        f"trace/judgements/{place.town.judgement('8.17', place.town.hosts[0]).pk}/",
        f"trace/findings/{place.finding.pk}/",
        "trace/pairs/",
        "reports/",
        f"reports/{report.pk}/",
        f"reports/{report.pk}/files/pdf",
        f"reports/{report.pk}/references/1/",
        "received/",
    ]
    for path in paths:
        assert stranger.get(f"/o/minamo/{path}").status_code == 404, path
    for path in paths[3:7] + paths[9:12]:  # under their own organisation's address, too
        assert stranger.get(f"/o/kasumi/{path}").status_code == 404, path
    api = [
        "organizations/minamo/indicators",
        "organizations/minamo/levels",
        f"trace/indicator-values/{computed.pk}",
        f"trace/findings/{place.finding.pk}",
        f"reports/{report.pk}",
        f"reports/{report.pk}/files/pdf",
        f"reports/{report.pk}/references/1",
    ]
    for path in api:
        assert stranger.get(f"/api/v1/{path}").status_code == 404, path
    assert stranger.get("/api/v1/reports").json() == {"items": [], "total": 0}
    assert Client().get("/o/minamo/").status_code == 302


def test_the_api_does_what_the_pages_do(place, chief, computed, monkeypatch):
    monkeypatch.setattr(actions, "render", lambda _document, output, template=None: f"PK {output}".encode())  # quick

    def post(path, data=None, method="post"):
        return getattr(chief, method)(f"/api/v1/{path}", json.dumps(data or {}), content_type="application/json")

    rows = {r["key"]: r for r in chief.get("/api/v1/organizations/minamo/indicators").json()}
    assert rows["severe_findings"]["value"]["value"] == 1
    assert rows["days_to_close"]["value"]["value"] is None
    assert chief.get("/api/v1/organizations/minamo/levels").json()[0]["catalog"] == "annex_a_2022"
    assert len(chief.get("/api/v1/indicators/unanswered").json()) > 40
    assert chief.get(f"/api/v1/trace/indicator-values/{computed.pk}").json()["evidence_count"] == 1
    assert len(post("organizations/minamo/indicators/compute").json()) == len(rows)
    assert len(chief.get("/api/v1/organizations/minamo/indicators/ume_share/values").json()) == 2
    assert post("organizations/minamo/indicators/ume_share/target", {"value": 0.5}, "put").status_code == 200
    assert post("organizations/minamo/indicators/ume_share/target", {"value": -1}, "put").status_code == 422
    assert chief.delete("/api/v1/organizations/minamo/indicators/ume_share/target").status_code == 204
    made = post("organizations/minamo/reports", {"language": "ja"})
    assert made.status_code == 201
    report = made.json()["id"]
    assert chief.get(f"/api/v1/reports/{report}/references/1").json()["kind"] == "judgements"
    assert chief.get(f"/api/v1/reports/{report}/files/xlsx").content[:2] == b"PK"
    assert chief.get(f"/api/v1/reports/{report}/files/odt").status_code == 422
    assert post(f"reports/{report}/issue").status_code == 202
    worker.run_due()
    assert post(f"reports/{report}/issue").status_code == 409
    assert post(f"reports/{report}/submissions", {"to": "kasumi"}).status_code == 422
    assert post(f"reports/{report}/submissions", {"to": "minamo-pref"}).status_code == 201
    assert chief.get("/api/v1/reports?organization=minamo").json()["total"] == 1


def test_pages_in_english_have_no_japanese_words_of_ours(place, computed):
    english = client_for("chief_officer", place.organization, language="en")
    page = english.get("/o/minamo/indicators/").content.decode()
    assert "Share at ume or above" in page
    assert "未測定" not in page
    home = english.get("/o/minamo/").content.decode()
    assert "Levels now" in home
    assert "期限" not in home
