"""Reviews of drafts: who sees them, what people decide, what the next draft takes over, hostile files, long drafts."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.records.factories import NOW, client_for, give, make_organization, make_person, principal_of
from tests.records.procurement.examples import case_of

from sekisho.errors import InputError, NotFound, NotPermitted
from sekisho.records.jobs import worker
from sekisho.records.procurement import actions
from sekisho.records.procurement.actions.reviews import LONG
from sekisho.records.procurement.models import CaseMember, DraftReview, MemberPart, ReviewDecision
from sekisho.records.procurement.queries import reviews as queries

pytestmark = pytest.mark.django_db
DRAFT = """第1章 情報セキュリティ
1.1 アクセス記録
受注者は、ログを90日間保存すること。アクセス記録は1年間保存すること。
1.2 機器
機器はABC社製とすること。適切に管理すること。パスワードは４文字以上とすること。
1.3 提出
納入期限は○○とする。
"""


@pytest.fixture
def made(home):
    case, owner, browser = case_of()
    return case, owner, browser


def _review(principal, case, text=DRAFT, *, now=NOW, name="案.txt", **fields):
    return actions.review_draft(
        principal,
        organization=fields.pop("organization", None) or case.organization,
        untrusted=text.encode(),
        filename=name,
        case=case,
        now=now,
        **fields,
    )


def test_a_review_with_a_case_looks_for_what_the_case_demands(made):
    case, owner, _ = made
    result = queries.result_of(_review(owner, case))
    wanted = {clause.id: clause.wanted for clause in result.clauses}
    assert wanted["AU-1-1"] in {"low", "mid", "high"}
    assert result.counts["missing"] > 0
    assert {"restriction", "placeholder", "vague"} <= {item.kind for item in result.items}


def test_the_value_of_a_place_in_the_case_is_what_the_draft_is_compared_with(made):
    case, owner, _ = made
    case = actions.save_answers(
        owner, case, changes={"values.AU-1-1/保存期間": "5年間"}, base_version=case.answers_version, now=NOW
    )
    result = queries.result_of(_review(owner, case))
    assert any(item.kind == "expected" and item.fields["expected"] == "5年間" for item in result.items)


def test_open_places_of_our_words_are_named_in_the_readers_language(made):
    case, owner, _ = made
    row = _review(owner, case)
    words = queries.our_words(row)["U9"]
    assert "〔履行状況を報告する間隔〕" in words.ja
    opened = [part.split("〕")[0] for part in words.en.split("〔")[1:]]
    assert opened
    assert all(name.isascii() for name in opened), opened
    assert not any("{" in text.ja + text.en for text in queries.our_words(row).values())


def test_the_bytes_are_not_kept_only_hash_and_passages(made):
    case, owner, _ = made
    row = _review(owner, case)
    assert len(row.sha256) == 64
    assert "waiting" not in row.result
    assert "納入期限" in str(row.result)  # the passage of a point
    assert "第1章 情報セキュリティ\n1.1" not in str(row.result)


def test_a_decision_is_kept_by_fingerprint_and_taken_over_by_the_next_draft(made):
    case, owner, _ = made
    first = _review(owner, case)
    point = next(item for item in queries.result_of(first).items if item.kind == "restriction")
    with pytest.raises(InputError, match="reason_missing"):
        actions.decide_point(owner, first, fingerprint=point.fingerprint, verdict="dismissed", now=NOW)
    actions.decide_point(owner, first, fingerprint=point.fingerprint, verdict="dismissed", reason="互換の機器を確かめた", now=NOW)
    later = NOW + timedelta(days=3)
    second = _review(owner, case, "はじめに\n" + DRAFT, now=later)
    kept = queries.verdicts_of(second)
    assert kept[point.fingerprint].verdict == "dismissed"
    assert kept[point.fingerprint].at == NOW  # it says when it was really decided
    changed = _review(owner, case, DRAFT.replace("ABC社製", "XYZ社製"), now=later + timedelta(days=1))
    assert point.fingerprint not in queries.verdicts_of(changed)  # another wording is another point


def test_a_verdict_must_fit_its_point(made):
    case, owner, _ = made
    row = _review(owner, case)
    clause = next(one for one in queries.result_of(row).clauses if one.status == "missing")
    for fingerprint, verdict, expected in (
        ("0" * 64, "agreed", "no_such_point"),
        (clause.fingerprint, "dismissed", "unknown_verdict"),
        (clause.fingerprint, "covered", "reason_missing"),
    ):
        with pytest.raises(InputError, match=expected):
            actions.decide_point(owner, row, fingerprint=fingerprint, verdict=verdict, now=NOW)
    actions.decide_point(owner, row, fingerprint=clause.fingerprint, verdict="covered", reason="別紙2にある", now=NOW)
    actions.decide_point(owner, row, fingerprint=clause.fingerprint, verdict="", now=NOW)
    assert not ReviewDecision.objects.filter(review=row).exists()


def test_who_is_no_member_sees_no_review_of_a_case_and_nobody_else_sees_one_without_a_case(made):
    case, owner, _ = made
    with_case, alone = _review(owner, case), _review(owner, None, organization=case.organization)
    colleague = make_person()
    give(colleague, "procurement", case.organization)
    other = principal_of(colleague)
    for row in (with_case, alone):
        with pytest.raises(NotFound):
            queries.draft_review(other, row.pk)
    CaseMember.objects.create(case=case, person=colleague, part=MemberPart.READER, added_at=NOW)
    assert queries.draft_review(other, with_case.pk).pk == with_case.pk
    with pytest.raises(NotFound):
        queries.draft_review(other, alone.pk)
    with pytest.raises(NotPermitted):  # a reader is no owner and did not make it
        actions.discard_review(other, with_case, now=NOW)
    browser = Client()
    browser.force_login(colleague, backend="sekisho.web.backends.LoginBackend")
    base = f"/o/{case.organization.code}/procurement/reviews/"
    assert browser.get(f"{base}{with_case.pk}/").status_code == 200
    for path in ("", "export.docx", "discard", "waiting"):
        assert browser.get(f"{base}{alone.pk}/{path}").status_code == 404


def test_a_long_draft_is_read_by_a_job_and_its_text_leaves_the_row(made):
    case, owner, browser = made
    text = DRAFT * (LONG // len(DRAFT) * 2)
    row = _review(owner, case, text)
    assert "waiting" in row.result
    page = browser.get(f"/o/{case.organization.code}/procurement/reviews/{row.pk}/")
    assert page.status_code == 200
    assert "hx-get" in page.content.decode()
    job = worker.run_once()
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("done", 3, 3)
    row.refresh_from_db()
    assert set(row.result) == {"review", "basis"}
    assert browser.get(f"/o/{case.organization.code}/procurement/reviews/{row.pk}/waiting")["HX-Redirect"].endswith(f"{row.pk}/")
    assert worker.run_once() is None


def _bomb() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("word/document.xml", b"\0" * 300_000_000)
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.docx", b"no zip", "DOCX"),
        ("a.docm", b"PK\x03\x04", "マクロ"),
        ("a.exe", b"MZ", "読めません"),
        ("a.txt", b"", "文章がありません"),
        ("a.txt", b"\xff\xfe\x00\x81\x82", ""),
        ("a.pdf", b"%PDF-1.7 broken", "PDF"),
        ("bomb.docx", None, ""),
    ],
)
def test_a_hostile_file_is_refused_with_its_reason_and_nothing_is_written(made, name, content, said):
    case, _, browser = made
    content = _bomb() if content is None else content
    answer = browser.post(
        f"/o/{case.organization.code}/procurement/reviews/new",
        {"file": SimpleUploadedFile(name, content or b""), "families": ["sbd"]},
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "エラー：" in page
    assert not DraftReview.objects.exists()
    if content:
        assert said in page


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_pages_show_both_sides_and_the_difference_to_the_draft_before(home, language):
    case, owner, browser = case_of(language=language)
    _review(owner, case)
    better = DRAFT.replace("機器はABC社製とすること。", "") + "1.4 時刻\n情報システムの時刻を同期すること。\n"
    row = _review(owner, case, better, now=NOW + timedelta(days=1))
    url = f"/o/{case.organization.code}/procurement/reviews/{row.pk}/"
    page = browser.get(url).content.decode()
    assert "<mark>" in page
    assert 'class="sides"' in page
    assert ("前の案との違い" if language == "ja" else 'id="h-diff"') in page
    assert browser.get(url, {"kind": "vague"}).status_code == 200
    for form in ("docx", "xlsx", "html"):
        answer = browser.get(f"{url}export.{form}")
        assert answer.status_code == 200
        assert answer.content
    answer = browser.post(f"{url}decide", {"fingerprint": "x", "verdict": "agreed"}, follow=True)
    assert answer.status_code == 200
    assert browser.post(f"{url}discard").status_code == 302
    assert not DraftReview.objects.filter(pk=row.pk).exists()


def test_passages_of_a_draft_are_text_and_never_markup(made):
    case, owner, browser = made
    row = _review(owner, case, DRAFT.replace("ABC社製", "<script>alert(1)</script>ABC社製"))
    page = browser.get(f"/o/{case.organization.code}/procurement/reviews/{row.pk}/").content.decode()
    assert "<script>alert" not in page


def test_the_list_takes_as_many_queries_for_many_as_for_one(made, django_assert_max_num_queries):
    case, owner, browser = made
    url = f"/o/{case.organization.code}/procurement/reviews/"
    _review(owner, case)
    browser.get(url)
    for day in range(5):
        _review(owner, case, now=NOW + timedelta(days=day))
    with django_assert_max_num_queries(25) as counted:
        assert browser.get(url).status_code == 200
    few = len(counted)
    for day in range(10):
        _review(owner, case, now=NOW + timedelta(days=10 + day))
    with django_assert_max_num_queries(few):
        browser.get(url)


def test_a_stranger_gets_404(made):
    case, owner, _ = made
    row = _review(owner, case)
    stranger = client_for("procurement", make_organization("elsewhere"))
    for path in ("", "new", f"{row.pk}/", f"{row.pk}/export.docx"):
        assert stranger.get(f"/o/{case.organization.code}/procurement/reviews/{path}").status_code == 404


def test_the_api_reviews_decides_and_discards(made):
    case, _, browser = made
    made_ = browser.post(
        "/api/v1/procurement/reviews",
        {"organization": case.organization.code, "case": str(case.pk), "file": SimpleUploadedFile("案.md", DRAFT.encode())},
    )
    assert made_.status_code == 201, made_.content
    assert made_.json()["done"] is True
    url = f"/api/v1/procurement/reviews/{made_.json()['id']}"
    clause = browser.get(url).json()["result"]["clauses"][0]
    answer = browser.post(
        f"{url}/decisions", {"fingerprint": clause["fingerprint"], "verdict": "agreed"}, content_type="application/json"
    )
    assert answer.json()["decisions"][0]["verdict"] == "agreed"
    assert browser.get("/api/v1/procurement/reviews", {"organization": case.organization.code}).json()["total"] == 1
    assert browser.delete(url).status_code == 204
    assert browser.get(url).status_code == 404
