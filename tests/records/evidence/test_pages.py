"""Pages of evidence, findings and jobs, walked as a person does, and as a stranger."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from tests.records.evidence.observations import finding, observation, raw
from tests.records.factories import client_for, make_organization, make_subject

from sekisho.engines import sending
from sekisho.records.evidence import actions
from sekisho.records.evidence.models import Evidence, Finding
from sekisho.records.evidence.registration import observations_panel
from sekisho.records.jobs import actions as job_actions
from sekisho.records.jobs import registry
from sekisho.records.organization.principals import SYSTEM

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


@pytest.fixture
def officer(city):
    return client_for("system_officer", city)


def fresh(number=0, **changes):
    changes.setdefault("observed_at", (timezone.now() - timedelta(hours=1, minutes=number)).isoformat(timespec="seconds"))
    return observation(number, **changes)


def body(response):
    return response.content.decode()


@pytest.fixture
def measured(administrator, web01):
    actions.receive_observations(
        administrator, observations=[raw(fresh(1, findings=(finding("x"),)))], subject=web01, now=timezone.now()
    )
    return Evidence.objects.get()


def test_an_evidence_shows_its_figures_and_that_its_bytes_match(officer, measured, home):
    page = body(officer.get(f"/o/minamo/evidence/{measured.pk}/"))
    assert "部品の数" in page
    assert measured.artifact_id in page
    url = f"/o/minamo/evidence/{measured.pk}/verify"
    assert "一致：" in body(officer.post(url, follow=True))
    store = actions.artifact_store()
    store.path(measured.artifact_id).write_bytes(b"changed")
    assert "一致しません" in body(officer.post(url, headers={"HX-Request": "true"}))
    store.delete(measured.artifact_id)
    assert "一致しません" in body(officer.post(url, follow=True))
    assert officer.get(f"/o/minamo/evidence/{measured.pk}/file").status_code == 404


def test_a_document_is_added_reviewed_by_another_and_withdrawn(officer, city, web01):
    form = {
        "subject": str(web01.pk),
        "document_kind": "coding_rules",
        "title": "コーディング規則",
        "file": SimpleUploadedFile("規則.pdf", b"%PDF-1.7"),
    }
    made = officer.post("/o/minamo/evidence/documents/new", form)
    assert made.status_code == 302, body(made)
    row = Evidence.objects.get()
    assert "内容を確認した" not in body(officer.get(made["Location"]))
    chief = client_for("chief_officer", city)
    assert "内容を確認した" in body(chief.get(made["Location"]))
    chief.post(made["Location"] + "review", {"note": ""})
    chief.post(made["Location"] + "withdraw", {"reason": ""})
    row.refresh_from_db()
    assert row.reviewed_at is not None
    assert row.withdrawn_at is None
    chief.post(made["Location"] + "withdraw", {"reason": "改定した"})
    assert "改定した" in body(officer.get(made["Location"]))
    bad = officer.post("/o/minamo/evidence/documents/new", form | {"title": "", "file": SimpleUploadedFile("x", b"")})
    assert bad.status_code == 422
    assert "エラー：" in body(bad)


def test_a_bundle_is_taken_in_and_a_broken_one_is_explained(officer, web01):
    bundle = sending.pack([(fresh(1), {})], created=timezone.now())
    for content, word in ((bundle, "受け取り"), (bundle, "受け取りずみ"), (bundle[:100], "エラー：")):
        form = {"subject": str(web01.pk), "file": SimpleUploadedFile("a.sekisho", content)}
        assert word in body(officer.post("/o/minamo/evidence/bundle", form))
    assert Evidence.objects.count() == 1


def test_findings_are_listed_shown_and_go_out(officer, measured):
    row = Finding.objects.get()
    assert "web-01" in body(officer.get("/o/minamo/findings/?severity=high&q=web"))
    assert str(row.pk) not in body(officer.get("/o/minamo/findings/?state=closed"))
    assert row.code in body(officer.get(f"/o/minamo/findings/{row.pk}/"))
    for form in ("xlsx", "csv", "cp932"):
        assert officer.get(f"/o/minamo/findings/export.{form}").status_code == 200


def test_a_job_shows_its_progress_and_is_cancelled(officer, city, monkeypatch):
    monkeypatch.setitem(registry.KINDS, "test.work", registry.JobKind("test.work", lambda _c: None, None, 1))
    job = job_actions.enqueue(SYSTEM, "test.work", now=timezone.now(), organization_id=city.pk)
    assert "test.work" in body(officer.get("/o/minamo/jobs/"))
    page = body(officer.get(f"/o/minamo/jobs/{job.pk}/"))
    assert "hx-get" in page
    officer.post(f"/o/minamo/jobs/{job.pk}/cancel")
    assert "hx-get" not in body(officer.get(f"/o/minamo/jobs/{job.pk}/progress"))


def test_a_stranger_finds_nothing(measured, city):
    stranger = client_for("ciso", make_organization("other"))
    row = Finding.objects.get()
    for path in (
        "evidence/",
        f"evidence/{measured.pk}/",
        f"evidence/{measured.pk}/file",
        f"findings/{row.pk}/",
        "findings/",
        "findings/export.csv",
        "jobs/",
    ):
        assert stranger.get(f"/o/minamo/{path}").status_code == 404, path
        if str(measured.pk) in path or str(row.pk) in path:
            assert stranger.get(f"/o/other/{path}").status_code == 404, path


def test_the_lists_cost_few_queries(officer, administrator, web01, django_assert_max_num_queries):
    many = [raw(fresh(n, findings=tuple(finding(f"{n}-{m}") for m in range(3)))) for n in range(60)]
    actions.receive_observations(administrator, observations=many, subject=web01, now=timezone.now())
    with django_assert_max_num_queries(14):
        officer.get("/o/minamo/evidence/")
    with django_assert_max_num_queries(13):
        officer.get("/o/minamo/findings/?state=all")


def test_the_page_of_a_subject_shows_the_latest_observation_of_each_engine(officer, city, measured, administrator, web01):
    older = fresh(2, observed_at=(timezone.now() - timedelta(days=3)).isoformat(timespec="seconds"))
    actions.receive_observations(administrator, observations=[raw(older)], subject=web01, now=timezone.now())
    page = body(officer.get(f"/o/minamo/subjects/{web01.pk}/"))
    panel = page.split("最新の測定", 1)[1].split("</section>", 1)[0]
    assert f"/o/minamo/evidence/{measured.pk}/" in panel
    assert panel.count('<th scope="row">') == 1
    assert Finding.objects.get().severity in {"critical", "high", "medium", "low", "info"}
    assert "なし" not in panel
    reader = client_for("system_officer", city, language="en")
    assert "Latest measurements" in body(reader.get(f"/o/minamo/subjects/{web01.pk}/", headers={"Accept-Language": "en"}))


def test_a_subject_without_measurements_says_so_only_where_one_could_measure(officer, city, web01):
    assert "まだ測定がありません" in body(officer.get(f"/o/minamo/subjects/{web01.pk}/"))
    supplier = make_subject(city, kind="supplier", name="委託先")
    assert "最新の測定" not in body(officer.get(f"/o/minamo/subjects/{supplier.pk}/"))


def test_the_panel_costs_three_queries_however_much_was_measured(administrator, web01, measured, django_assert_num_queries):
    for number in range(3, 8):
        more = [raw(fresh(number, findings=(finding(f"y{number}"),)))]
        actions.receive_observations(administrator, observations=more, subject=web01, now=timezone.now())
    with django_assert_num_queries(3):
        observations_panel(administrator, web01, timezone.now())
