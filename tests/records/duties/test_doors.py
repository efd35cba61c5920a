"""期限 on the pages, over the API and as a calendar: whose they are, completing, assigning, the secret address."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from tests.records.factories import client_for, give, make_organization, make_person

from sekisho.records.duties import actions
from sekisho.records.duties.models import Duty
from sekisho.records.jobs import registry
from sekisho.records.organization.models import Person
from sekisho.records.organization.permissions import Role
from sekisho.records.organization.principals import SYSTEM

pytestmark = pytest.mark.django_db
JAPANESE = re.compile(r"[\u3040-\u30ff]")


@pytest.fixture
def city(home):
    return make_organization("city", name="みなも市", name_en="Minamo")


@pytest.fixture
def officer(city):
    return client_for(Role.SYSTEM_OFFICER, city, name="担当の係長")


def put(organization, number=1, *, days=3.0, **changes) -> Duty:
    now = timezone.now()
    values = {
        "code": "requests.duty_decide",
        "fields": {"number": f"2026-{number:06d}"},
        "due_at": now + timedelta(days=days),
        "owner_role": str(Role.SYSTEM_OFFICER),
        **changes,
    }
    return actions.set_duty(SYSTEM, source=f"test:duty:{number}", organization_id=organization.pk, now=now, **values)


def body(response) -> str:
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def test_the_navigation_counts_what_is_near_and_says_so_and_the_list_keeps_all(city, officer) -> None:
    for number, days in enumerate((-1, 3, 29, 31, 365), start=1):
        put(city, number, days=days)
    shown = body(officer.get("/o/city/duties/"))
    assert re.search(r'class="count"><span class="visually-hidden">期限を過ぎたか、30日以内のもの </span>3<', shown)
    for number in range(1, 6):
        assert f"申請 2026-{number:06d} を決める" in shown
    near = body(officer.get("/o/city/duties/?show=near"))
    assert [f"2026-{number:06d}" in near for number in range(1, 6)] == [True, True, True, False, False]
    listed = officer.get("/api/v1/organizations/city/duties?show=near").json()
    assert listed["total"] == 3


def test_the_first_page_counts_as_the_navigation_does(city, officer) -> None:
    for number, days in enumerate((-1, 365), start=1):
        put(city, number, days=days)
    assert re.search(r"30日以内のもの </span>1<", body(officer.get("/o/city/")))


def test_duties_are_grouped_in_words_and_the_navigation_counts_them(city, officer) -> None:
    for number, days in enumerate((-1, 0.001, 3, 30), start=1):
        put(city, number, days=days)
    shown = body(officer.get("/o/city/duties/"))
    order = [shown.index(f">{words} ") for words in ("期限を過ぎた", "7日のうち", "それより先")]
    assert order == sorted(order)
    assert "1日超過" in shown
    assert "申請 2026-000001 を決める" in shown
    assert re.search(r"期限.{0,200}>\s*4\s*<", shown, flags=re.DOTALL)


def test_another_role_sees_them_under_all_and_can_filter(city, officer) -> None:
    put(city)
    chief = client_for(Role.CHIEF_OFFICER, city)
    assert "2026-000001" not in body(chief.get("/o/city/duties/"))
    assert "2026-000001" in body(chief.get("/o/city/duties/", {"show": "all"}))
    assert "2026-000001" in body(chief.get("/o/city/duties/", {"show": "all", "role": "system_officer", "owner": "none"}))
    assert "2026-000001" not in body(chief.get("/o/city/duties/", {"show": "all", "role": "csirt"}))
    assert "2026-000001" not in body(chief.get("/o/city/duties/", {"show": "late"}))


def test_completing_leaves_the_note_and_the_list_of_what_is_done(city, officer) -> None:
    duty = put(city)
    page = f"/o/city/duties/{duty.pk}/"
    assert "済んだことにする" in body(officer.get(page))
    assert officer.post(f"{page}complete", {"note": "文書 12号"}).status_code == 302
    assert "文書 12号" in body(officer.get(page))
    assert "担当の係長" in body(officer.get("/o/city/duties/", {"show": "done"}))
    assert officer.post(f"{page}complete", {"note": ""}).status_code == 409


def test_a_chief_assigns_to_somebody_of_the_organisation_only(city) -> None:
    duty = put(city)
    chief = client_for(Role.CHIEF_OFFICER, city)
    person = make_person("colleague", name="同僚")
    give(person, Role.STAFF, city)
    outsider = make_person("outsider")
    page = f"/o/city/duties/{duty.pk}/"
    for wrong in (str(outsider.pk), "nobody", ""):
        assert chief.post(f"{page}assign", {"owner": wrong}).status_code == 422
    assert chief.post(f"{page}assign", {"owner": str(person.pk)}).status_code == 302
    assert "同僚" in body(chief.get(page))
    staff = Client()
    staff.force_login(person, backend="sekisho.web.backends.LoginBackend")
    assert staff.post(f"{page}assign", {"owner": str(person.pk)}).status_code == 403
    assert "2026-000001" in body(staff.get("/o/city/duties/"))


def test_a_stranger_finds_nothing(city) -> None:
    duty = put(city)
    stranger = client_for(Role.CISO, make_organization("other"))
    assert stranger.get("/o/city/duties/").status_code == 404
    assert stranger.get(f"/o/other/duties/{duty.pk}/").status_code == 404
    assert stranger.post(f"/o/other/duties/{duty.pk}/complete").status_code == 404
    assert stranger.get(f"/api/v1/duties/{duty.pk}").status_code == 404
    assert stranger.post(f"/api/v1/duties/{duty.pk}/complete", {}, content_type="application/json").status_code == 404
    assert stranger.get("/api/v1/organizations/city/duties").status_code == 404


def test_an_auditor_reads_and_changes_nothing(city) -> None:
    duty = put(city)
    auditor = client_for(Role.AUDITOR, city)
    assert "済んだことにする" not in body(auditor.get(f"/o/city/duties/{duty.pk}/"))
    assert auditor.post(f"/o/city/duties/{duty.pk}/complete").status_code == 403


def secret_of(response) -> str:
    return re.search(r"/calendar/([A-Za-z0-9_-]+)\.ics", response.content.decode()).group(1)


def test_the_calendar_is_read_by_its_secret_until_it_is_stopped_or_the_account_closes(city, officer) -> None:
    duty = put(city, basis="手引き 3章")
    made = officer.post("/o/city/duties/calendar")
    url = f"/calendar/{secret_of(made)}.ics"
    read = Client().get(url)
    assert read["Content-Type"] == "text/calendar; charset=utf-8"
    assert "no-store" in read["Cache-Control"]
    text = read.content.decode().replace("\r\n ", "")
    assert "SUMMARY:申請 2026-000001 を決める" in text
    assert f"UID:{duty.pk}@sekisho" in text
    assert "手引き 3章" in text
    again = secret_of(officer.post("/o/city/duties/calendar"))
    assert Client().get(url).status_code == 404
    url = f"/calendar/{again}.ics"
    Person.objects.filter(name="担当の係長").update(is_active=False)
    assert Client().get(url).status_code == 404
    Person.objects.filter(name="担当の係長").update(is_active=True)
    assert Client().get(url).status_code == 200
    officer.post("/o/city/duties/calendar/stop")
    assert Client().get(url).status_code == 404
    assert Client().get(f"/calendar/{'x' * 43}.ics").status_code == 404


@pytest.mark.parametrize(("language", "said"), [("ja", "番号法 第28条"), ("en", "My Number Act, art. 28")])
def test_the_basis_is_said_in_the_readers_language(city, officer, language: str, said: str) -> None:
    duty = put(city, basis="番号法 第28条", basis_en="My Number Act, art. 28")
    Person.objects.filter(name="担当の係長").update(language=language)
    for url in ("/o/city/duties/", f"/o/city/duties/{duty.pk}/"):
        assert said in body(officer.get(url))
    assert officer.get(f"/api/v1/duties/{duty.pk}").json()["basis"] == said
    calendar = f"/calendar/{secret_of(officer.post('/o/city/duties/calendar'))}.ics"
    assert said.replace(",", "\\,") in Client().get(calendar).content.decode().replace("\r\n ", "")


def test_a_basis_without_english_is_said_as_it_is(city, officer) -> None:
    duty = put(city, basis="手引き 3章")
    Person.objects.filter(name="担当の係長").update(language="en")
    assert "手引き 3章" in body(officer.get(f"/o/city/duties/{duty.pk}/"))


def test_the_api_does_what_the_pages_do(city, officer) -> None:
    duty = put(city)
    rows = officer.get("/api/v1/organizations/city/duties").json()
    assert rows["total"] == 1
    assert rows["items"][0]["urgency"] == "soon"
    assert rows["items"][0]["text"] == "申請 2026-000001 を決める"
    person = Person.objects.get(name="担当の係長")
    given = officer.post(f"/api/v1/duties/{duty.pk}/assign", {"owner_id": str(person.pk)}, content_type="application/json")
    assert given.status_code == 204
    done = officer.post(f"/api/v1/duties/{duty.pk}/complete", {"note": "x"}, content_type="application/json")
    assert done.status_code == 204
    assert officer.get(f"/api/v1/duties/{duty.pk}").json()["urgency"] == "done"
    path = officer.post("/api/v1/me/calendar").json()["path"]
    assert Client().get(path).status_code == 200
    assert officer.delete("/api/v1/me/calendar").status_code == 204
    assert Client().get(path).status_code == 404


def test_overdue_duties_go_up_by_schedule() -> None:
    kind, seconds = registry.SCHEDULES["duties.escalate"]
    assert kind in registry.KINDS
    assert seconds <= 24 * 3600


@pytest.mark.parametrize("show", ["mine", "all", "done"])
def test_english_pages_hold_no_japanese_sentence(city, show) -> None:
    duty = put(city)
    reader = client_for(Role.SYSTEM_OFFICER, city, language="en", name="Officer")
    for url in (f"/o/city/duties/?show={show}", f"/o/city/duties/{duty.pk}/"):
        shown = re.sub(r'<(\w+)[^>]*lang="ja".*?</\1>', "", body(reader.get(url)), flags=re.DOTALL)
        assert [w for w in re.sub(r"<[^>]+>", "\n", shown).splitlines() if JAPANESE.search(w) and "日本語" not in w] == []


def test_a_long_list_costs_no_more_queries(city, officer, django_assert_max_num_queries) -> None:
    for number in range(1, 31):
        put(city, number)
    officer.get("/o/city/duties/")
    with django_assert_max_num_queries(12):
        officer.get("/o/city/duties/?show=all")
