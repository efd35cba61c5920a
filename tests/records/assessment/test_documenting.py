"""A document and the level that it bears out, from one screen: both or neither, and what follows by itself."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from tests.records.factories import client_for, give, make_organization, make_person, principal_for

from sekisho.records.assessment import actions
from sekisho.records.assessment.rules import documents
from sekisho.records.evidence import actions as evidence_actions
from sekisho.records.evidence.models import Evidence
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.requests.models import Request
from sekisho.standards.level_rules import level_rules

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


def address(town, row, code=None):
    return reverse("assessment:document", args=(code or town.organization.code, row.pk))


def given(row, **changes):
    form = {
        "version": row.version,
        "file": SimpleUploadedFile("規程.pdf", b"%PDF-1.7 policy"),
        "title": "情報セキュリティ規程",
        "document_kind": "security_policy",
        "number": "R8-1",
        "valid_from": "",
        "valid_until": "",
        "level": "2",
        "reason": "規程を決めた",
    }
    return {name: value for name, value in (form | changes).items() if value is not None}


@pytest.fixture
def judged(town):
    return town


@pytest.fixture
def row(judged):
    return judged.judgement("5.1", judged.itself)


@pytest.fixture
def worker(judged):
    give(make_person(), "system_officer", judged.organization)
    return client_for("system_admin", judged.organization)


def with_rule(town):
    """A judgement whose rule asks for a document, with the first kind asked for."""
    for (catalog, ref), rule in level_rules().items():
        if catalog == "annex_a_2022" and "information_system" in rule.subject_kinds and documents.asked(rule):
            return town.judgement(ref), documents.asked(rule)[0][1].kind
    raise AssertionError


def test_the_form_keeps_the_document_and_asks_for_the_level(judged, row, worker):
    panel = worker.get(reverse("assessment:judgement", args=(judged.organization.code, row.pk)), HTTP_HX_REQUEST="true")
    assert "文書を加えて申告する" in panel.content.decode()
    assert worker.get(address(judged, row)).status_code == 200
    answer = worker.post(address(judged, row), given(row), follow=True)
    told = answer.content.decode()
    kept, made = Evidence.objects.get(), Request.objects.get()
    assert (kept.title, kept.number, kept.subject) == ("情報セキュリティ規程", "R8-1", row.subject)
    assert [link.requirement_id for link in kept.requirement_links.all()] == [row.requirement_id]
    assert (made.kind, made.payload["level"], made.state) == ("judgement.declare", 2, "pending")
    assert f"申請 {made.number}" in told
    assert "承認する人：情報システムセキュリティ責任者" in told
    assert "文書を確認する人：情報システムセキュリティ責任者" in told


def test_once_reviewed_the_declared_level_rests_on_the_document(judged, row):
    chief = client_for("chief_officer", judged.organization)
    answer = chief.post(address(judged, row), given(row), follow=True)
    assert "文書を確認できる人がほかにいません" in answer.content.decode()
    row.refresh_from_db()
    assert (row.level, row.basis, row.state) == (2, "declared", "declared")
    paper = Evidence.objects.get()
    evidence_actions.review_document(principal_for("system_officer", judged.organization), evidence=paper, now=timezone.now())
    assert actions.propose(SYSTEM, subject_ids=[row.subject_id], now=timezone.now()).changed == 1
    row.refresh_from_db()
    assert (row.level, row.basis, row.state) == (2, "documented", "declared")
    assert [e.pk for e in row.evidence.all()] == [paper.pk]
    assert actions.propose(SYSTEM, subject_ids=[row.subject_id], now=timezone.now()).changed == 0
    page = chief.get(reverse("assessment:judgement", args=(judged.organization.code, row.pk))).content.decode()
    assert "文書が確認された" in page


def test_the_kinds_that_the_rule_asks_for_come_first_and_the_rule_follows_by_itself(judged):
    row, kind = with_rule(judged)
    officer = client_for("chief_officer", judged.organization)
    page = officer.get(address(judged, row)).content.decode()
    assert "この要求事項の規則が求める文書" in page
    told = officer.post(address(judged, row), given(row, document_kind=kind), follow=True).content.decode()
    assert "自動で提案し直されます" in told
    english = officer.get(address(judged, row), HTTP_ACCEPT_LANGUAGE="en")
    assert english.status_code == 200


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reason": ""}, "理由"),
        ({"file": None}, "ファイル"),
        ({"file": SimpleUploadedFile("a.pdf", b"")}, "ファイル"),
        ({"document_kind": "x"}, "文書の種類"),
        ({"level": "9"}, "レベル"),
        ({"title": "a\x00b"}, "文書の名前"),
        ({"valid_from": "2026-05-01", "valid_until": "2026-04-01"}, ""),
        ({"version": 99}, ""),
    ],
)
def test_a_mistake_keeps_what_was_typed_and_records_nothing(judged, row, worker, changes, said):
    answer = worker.post(address(judged, row), given(row, **changes))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "エラー：" in page
    assert "error-summary" in page
    assert said in page
    assert "R8-1" in page
    assert not Evidence.objects.exists()
    assert not Request.objects.exists()


def test_neither_is_recorded_when_nobody_could_approve(judged, row):
    alone = client_for("system_admin", judged.organization)
    answer = alone.post(address(judged, row), given(row))
    assert answer.status_code == 422
    assert "もう一度選んでください" in answer.content.decode()
    assert not Evidence.objects.exists()
    assert not Request.objects.exists()


def test_a_file_over_the_limit_is_refused(judged, row, worker, settings):
    settings.SEKISHO_MAX_UPLOAD = 10
    answer = worker.post(address(judged, row), given(row, file=SimpleUploadedFile("../../a.pdf", b"x" * 11)))
    assert answer.status_code == 422
    assert not Evidence.objects.exists()


def test_whoever_may_not_sees_no_button_and_is_refused(judged, row):
    auditor = client_for("auditor", judged.organization)
    page = auditor.get(reverse("assessment:judgement", args=(judged.organization.code, row.pk))).content.decode()
    assert "文書を加えて申告する" not in page
    assert auditor.get(address(judged, row)).status_code == 403
    assert auditor.post(address(judged, row), given(row)).status_code == 403
    assert not Evidence.objects.exists()


def test_a_stranger_finds_nothing(judged, row):
    stranger = client_for("chief_officer", make_organization("elsewhere", name="別の市", is_boundary=True))
    for code in (None, "elsewhere"):
        assert stranger.get(address(judged, row, code)).status_code == 404
        assert stranger.post(address(judged, row, code), given(row)).status_code == 404
    assert not Evidence.objects.exists()


def test_the_same_over_http(row, worker):
    form = {name: value for name, value in given(row).items() if name not in {"valid_from", "valid_until"}}
    answer = worker.post(f"/api/v1/judgements/{row.pk}/document", form)
    assert answer.status_code == 200, answer.content
    assert str(Request.objects.get().pk) == answer.json()["id"]
    assert Evidence.objects.filter(title="情報セキュリティ規程").exists()
    wrong = {**form, "file": SimpleUploadedFile("規程.pdf", b"%PDF-1.7 policy"), "version": row.version + 1}
    assert worker.post(f"/api/v1/judgements/{row.pk}/document", wrong).status_code == 409
    assert Evidence.objects.filter(title="情報セキュリティ規程").count() == 1
