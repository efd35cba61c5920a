"""Pages of the room: what people do on them, what is refused beside the field, how often the database is asked."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from tests.records.factories import NOW, client_for
from tests.records.monitoring.logs import Town, failed_logins, run_jobs

from sekisho.records.monitoring import actions
from sekisho.records.monitoring.models import (
    Alert,
    Ingestion,
    LogReview,
    LogSource,
    ReviewPlan,
    StaffBasis,
    Suppression,
    Trail,
)
from sekisho.records.organization.models import Person
from sekisho.records.organization.permissions import Role

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db
AT = "/o/minamo/monitoring/"


@pytest.fixture
def officer(town: Town) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=town.officer.person_id), backend="sekisho.web.backends.LoginBackend")
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


def test_from_the_upload_to_the_finished_review(town: Town, officer: Client) -> None:
    log = SimpleUploadedFile("auth.log", failed_logins())
    answer = officer.post(f"{AT}sources/{town.source.pk}/upload", {"logs": log}, follow=True)
    assert "取り込み中" in text(answer)
    run_jobs(NOW + timedelta(hours=2))
    assert "読んだ記録" in text(officer.get(f"{AT}readings/{Ingestion.objects.get().pk}/"))
    day = {"since": "2026-11-20T00:00", "until": "2026-11-22T10:00"}
    asked = {"title": "夜の点検", "purpose": "discovery", "sources": [str(town.source.pk)], **day}
    assert officer.post(f"{AT}reviews/new", asked).status_code == 302
    review = LogReview.objects.get()
    assert "規則をあてています" in text(officer.get(f"{AT}reviews/{review.pk}/"))
    run_jobs(NOW + timedelta(hours=2))
    part = officer.get(f"{AT}reviews/{review.pk}/running")
    assert part["HX-Redirect"].endswith(f"/reviews/{review.pk}/")
    shown = text(officer.get(f"{AT}reviews/{review.pk}/"))
    assert "見た範囲" in shown
    assert "まだ見ていない" in shown
    review.refresh_from_db()
    refused = officer.post(f"{AT}reviews/{review.pk}/save", {"notes": "見た", "version": review.version, "finish": "1"})
    assert refused.status_code == 409
    for alert in Alert.objects.all():
        sent = {"state": "no_problem", "text": "打ち間違い", "version": alert.version}
        assert officer.post(f"{AT}findings/{alert.pk}/triage", sent).status_code == 302
    done = officer.post(f"{AT}reviews/{review.pk}/save", {"notes": "見た", "version": review.version, "finish": "1"}, follow=True)
    assert "エビデンスにしました" in text(done)


@pytest.mark.parametrize(
    ("path", "sent", "field"),
    [
        ("sources/new", {"name": "認証サーバー", "owner": "role:csirt", "rhythm_hours": 24, "retention_days": 9, "time_zone": "UTC"}, "id_name"),
        ("sources/new", {"name": "x", "owner": "role:csirt", "rhythm_hours": 24, "retention_days": 9, "time_zone": "Mars"}, "id_time_zone"),
        ("suppressions/new", {"rule": "", "entity": "*", "reason": "r", "expires_on": "2026-12-01"}, "id_entity"),
        ("suppressions/new", {"rule": "r", "reason": "r", "expires_on": "2026-11-01"}, "id_expires_on"),
        ("plans/new", {"title": "x", "purpose": "discovery", "every": "daily", "owner": "role:csirt"}, "id_sources"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field(town: Town, officer: Client, path: str, sent: dict[str, Any], field: str) -> None:
    del town
    answer = officer.post(AT + path, sent)
    assert answer.status_code == 422
    assert "エラー：" in text(answer)
    assert f"{field}_error" in text(answer)


def test_several_findings_are_seen_before_they_are_judged(town: Town, officer: Client) -> None:
    town.read(failed_logins())
    town.review()
    chosen = [f"{row.pk}:{row.version}" for row in Alert.objects.all()]
    seen = officer.post(f"{AT}findings/several", {"alert": chosen})
    assert seen.status_code == 200
    assert Alert.objects.filter(state="new").count() == len(chosen)
    done = {"alert": chosen, "confirm": "1", "state": "no_problem", "text": ""}
    assert officer.post(f"{AT}findings/several", done).status_code == 422
    assert officer.post(f"{AT}findings/several", {**done, "text": "打ち間違い"}).status_code == 302
    assert not Alert.objects.filter(state="new").exists()
    assert officer.post(f"{AT}findings/several", {"alert": ["nonsense"]}).status_code == 404


def test_the_search_narrows_by_values_and_its_export_is_what_it_shows(town: Town, officer: Client) -> None:
    town.read(failed_logins(12) + failed_logins(3, user="sato", address="192.0.2.9"))
    shown = text(officer.get(f"{AT}search/?q=ssh2&days=7"))
    assert "15件" in shown
    assert "f=user%3Dsato" in shown
    narrowed = f"{AT}search/?q=ssh2&days=7&f=user%3Dsato"
    assert "3件" in text(officer.get(narrowed))
    book = load_workbook(io.BytesIO(officer.get(f"{AT}search/export.xlsx?q=ssh2&days=7&f=user%3Dsato").content))
    assert book.worksheets[0].max_row == 4
    assert officer.get(f"{AT}search/?since=yesterday&q=x").status_code == 422
    nothing = text(officer.get(f"{AT}search/?q=198.51.100.1&days=7"))
    assert "あてはまる記録はありませんでした" in nothing
    assert "15件の中をさがしました" in nothing


@pytest.mark.parametrize("name", ["sources", "plans", "reviews", "findings", "rules"])
@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_every_list_can_be_taken_along(town: Town, officer: Client, name: str, form: str) -> None:
    town.read(failed_logins())
    town.review()
    answer = officer.get(f"{AT}{name}/export.{form}?state=all")
    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"]
    assert officer.get(f"{AT}{name}/export.exe").status_code == 404


def test_the_auditor_reads_all_and_is_offered_nothing_to_change(town: Town) -> None:
    town.read(failed_logins())
    town.review()
    auditor = client_for(Role.AUDITOR, town.organization)
    alert = Alert.objects.latest("opened_at")
    pages = (
        "",
        "sources/",
        "plans/",
        "reviews/",
        "findings/",
        f"findings/{alert.pk}/",
        "suppressions/",
        "rules/",
        "search/?q=tanaka",
        "staff/",
    )
    for path in pages:
        answer = auditor.get(AT + path)
        assert answer.status_code == 200, path
        body = text(answer).split("<main", 1)[1]
        assert 'method="post"' not in body or path == "findings/", path
    assert auditor.post(f"{AT}findings/{alert.pk}/triage", {"state": "looking", "version": 1}).status_code == 403
    assert auditor.post(f"{AT}sources/{town.source.pk}/upload").status_code == 403


def test_a_reader_without_the_right_to_logs_sees_no_events(town: Town) -> None:
    town.read(failed_logins())
    town.review()
    advisor = client_for(Role.ADVISOR, town.organization)
    alert = Alert.objects.get(rule="discovery.auth.failed_burst")
    assert "auth.log" not in text(advisor.get(f"{AT}findings/{alert.pk}/"))
    assert advisor.get(f"{AT}search/").status_code == 403
    assert advisor.get(f"{AT}staff/").status_code == 403


def make_alerts(town: Town, count: int) -> None:
    Alert.objects.bulk_create(
        Alert(
            organization=town.organization, source=town.source, rule=f"r{n}", rule_title={"ja": "規則"}, origin="purposes",
            purpose="discovery", sign="indication", severity="low", entity=f"e{n}", fingerprint=f"{n:064d}", count=1, first_at=NOW,
            last_at=NOW, opened_at=NOW, assignee_id=town.officer.person_id,
        )
        for n in range(count)
    )  # fmt: skip


def make_sources(town: Town, count: int) -> None:
    LogSource.objects.bulk_create(
        LogSource(organization=town.organization, name=f"s{n}", kind="squid", owner_id=town.officer.person_id, created_at=NOW)
        for n in range(count)
    )


def make_plans(town: Town, count: int) -> None:
    for n in range(count):
        ReviewPlan.objects.create(
            organization=town.organization, title=f"p{n}", purpose="discovery", every="daily", owner_id=town.officer.person_id,
            reviewed_until=NOW, due_at=NOW, created_at=NOW,
        ).sources.add(town.source)  # fmt: skip


def make_reviews(town: Town, count: int) -> None:
    LogReview.objects.bulk_create(
        LogReview(
            organization=town.organization, title=f"v{n}", purpose="discovery", period_start=NOW - timedelta(1), period_end=NOW,
            state="finished", started_by_id=town.officer.person_id, started_at=NOW, finished_at=NOW,
            finished_by_id=town.officer.person_id,
        )
        for n in range(count)
    )  # fmt: skip


def make_suppressions(town: Town, count: int) -> None:
    Suppression.objects.bulk_create(
        Suppression(
            organization=town.organization, rule=f"r{n}", reason="x", expires_at=NOW + timedelta(9), at=NOW,
            person_id=town.officer.person_id,
        )
        for n in range(count)
    )  # fmt: skip


def make_trails(town: Town, count: int) -> None:
    Trail.objects.bulk_create(
        Trail(organization=town.organization, title=f"t{n}", person_id=town.officer.person_id, opened_at=NOW)
        for n in range(count)
    )


@pytest.mark.parametrize(
    ("path", "make"),
    [
        ("findings/", make_alerts),
        ("sources/", make_sources),
        ("plans/", make_plans),
        ("reviews/", make_reviews),
        ("suppressions/", make_suppressions),
        ("trails/", make_trails),
        ("", make_alerts),
        ("findings/export.csv", make_alerts),
        ("plans/export.csv", make_plans),
    ],
)
def test_the_number_of_queries_does_not_grow_with_the_rows(
    town: Town, officer: Client, path: str, make: Callable[[Town, int], None]
) -> None:
    counts, made = [], 0
    for wanted in (1, 20, 200):
        with_rows = [Alert, LogSource, ReviewPlan, LogReview, Suppression, Trail]
        for model in with_rows:
            rows = model.objects.exclude(pk=town.source.pk) if model is LogSource else model.objects.all()
            if model is not LogSource or make is make_sources:
                rows.delete()
        make(town, wanted)
        made = wanted
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert officer.get(AT + path).status_code == 200
        counts.append(len(asked))
    assert made == 200
    assert counts[1] == counts[2], counts
    assert counts[2] <= counts[0] + 1, counts
    assert counts[2] < 45, counts


def test_empty_pages_say_what_to_do(officer: Client, town: Town) -> None:
    town.source.delete()
    for path, said in (
        ("", "取得元を登録する"), ("sources/", "取得元を登録する"), ("plans/", "点検を計画する"), ("reviews/", "点検を始める"),
        ("search/", "取得元の一覧"), ("plans/new", "取得元を登録する"),
    ):  # fmt: skip
        assert said in text(officer.get(AT + path)), path


def test_staff_pages_show_who_searched(town: Town) -> None:
    chief = client_for(Role.CHIEF_OFFICER, town.organization)
    assert "根拠を登録する" in text(chief.get(f"{AT}staff/"))
    assert "規程と周知の文書が、まだありません" in text(chief.get(f"{AT}staff/bases/new"))
    assert "いま有効な根拠がありません" in text(chief.get(f"{AT}staff/searches/new"))
    assert not StaffBasis.objects.exists()


def test_rules_are_changed_with_a_reason_and_sigma_is_previewed(town: Town, officer: Client) -> None:
    rule = f"{AT}rules/own/discovery.auth.failed_burst"
    assert officer.post(rule, {"is_on": "on", "limit_count": 20}).status_code == 422
    assert officer.post(rule, {"is_on": "on", "limit_count": 20, "reason": "利用者が多い"}).status_code == 302
    assert "利用者が多い" in text(officer.get(rule))
    assert officer.get(f"{AT}rules/own/no.such.rule").status_code == 404
    file = SimpleUploadedFile("own.yml", b"title: x\nid: 6f1a3f60-5f3f-4f43-9d1a-0f8f6f0c1a11\nlogsource: {product: linux}\n"
                              b"detection: {k: ['x'], condition: k}\n")  # fmt: skip
    seen = officer.post(f"{AT}rules/sigma/new", {"name": "自作", "file": file})
    assert not town.organization.sigma_sets.exists()
    ticket = text(seen).split('name="ticket" value="', 1)[1].split('"', 1)[0]
    assert officer.post(f"{AT}rules/sigma/confirm", {"ticket": ticket, "name": "自作"}).status_code == 302
    assert officer.post(f"{AT}rules/sigma/confirm", {"ticket": "forged", "name": "自作"}).status_code == 409


def test_a_trail_is_begun_from_a_finding(town: Town, officer: Client) -> None:
    town.read(failed_logins())
    town.review()
    alert = Alert.objects.get(rule="discovery.auth.failed_burst")
    answer = officer.post(f"{AT}trails/new?alert={alert.pk}", {"title": "失敗の調査"}, follow=True)
    assert "12件" in text(answer)
    trail = Trail.objects.get()
    assert trail.steps.count() == 1
    assert officer.post(f"{AT}trails/{trail.pk}/steps/1/note", {"note": "一人だけ"}).status_code == 302
    assert officer.post(f"{AT}trails/{trail.pk}/close", {"conclusion": ""}).status_code == 422
    assert officer.post(f"{AT}trails/{trail.pk}/close", {"conclusion": "打ち間違い"}).status_code == 302
    assert "打ち間違い" in text(officer.get(f"{AT}trails/{trail.pk}/"))
    assert actions.MOST_AT_ONCE == 500
