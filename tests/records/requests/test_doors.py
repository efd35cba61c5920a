"""申請 on the pages and over the API: the whole way of a request, deputies, returns, absences; strangers and permissions."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from tests.records.factories import client_for, give, make_organization, make_person

from sekisho.errors import InputError
from sekisho.records.jobs import registry as jobs
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.permissions import Role
from sekisho.records.requests import actions, registry
from sekisho.records.requests.models import Absence, Decision, Request, Step
from sekisho.records.requests.registry import RequestKind
from sekisho.records.requests.rules import StepSpec

pytestmark = pytest.mark.django_db
JAPANESE = re.compile(r"[\u3040-\u30ff]")
ROUTE = (StepSpec(1, Role.ADVISOR, advisory=True), StepSpec(1, Role.SYSTEM_OFFICER), StepSpec(2, Role.CHIEF_OFFICER))


def _check(_principal, request, _now) -> None:
    if "x" not in request.payload:
        raise InputError("input.unknown_fields", names="x")


@pytest.fixture(autouse=True)
def kind():
    made = RequestKind("test.kind", "requests.duty_decide", "request.make", lambda _p, _r, _n: None, check=_check, route=ROUTE)
    registry.register(made)
    yield
    registry._KINDS.pop("test.kind")


class Somebody:
    """A person with a browser."""

    def __init__(self, role, organization, name, language="ja") -> None:
        self.person = make_person(name=name, language=language)
        give(self.person, role, organization)
        self.client = Client()
        self.client.force_login(self.person, backend="sekisho.web.backends.LoginBackend")

    @property
    def principal(self):
        return organization_queries.principal_of(self.person, today=timezone.localdate())


@pytest.fixture
def city(home):
    return make_organization("city", name="みなも市", name_en="Minamo")


@pytest.fixture
def staff(city):
    return Somebody(Role.STAFF, city, "職員")


@pytest.fixture
def officer(city):
    return Somebody(Role.SYSTEM_OFFICER, city, "係長")


@pytest.fixture
def chief(city):
    return Somebody(Role.CHIEF_OFFICER, city, "統括")


@pytest.fixture
def advisor(city):
    return Somebody(Role.ADVISOR, city, "助言者")


def ask(who, city) -> Request:
    return actions.submit(
        who.principal,
        kind="test.kind",
        organization_id=city.pk,
        payload={"x": 1},
        summary={"code": "requests.duty_decide", "fields": {"number": "い-1"}},
        reason="必要だから",
        now=timezone.now(),
    )


def step(request, role) -> Step:
    return Step.objects.get(request=request, role=role, round=request.round)


def post(who, request, role, decision, comment=""):
    url = f"/o/city/requests/steps/{step(request, role).pk}/decide"
    return who.client.post(url, {"decision": decision, "comment": comment})


def body(response) -> str:
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def detail(who, request) -> str:
    return body(who.client.get(f"/o/city/requests/{request.pk}/"))


def test_a_request_goes_its_whole_way(city, staff, officer, chief, advisor) -> None:
    request = ask(staff, city)
    assert request.number in body(officer.client.get("/o/city/requests/"))
    assert "意見を出す" in detail(advisor, request)
    assert "承認する" not in detail(advisor, request)
    assert post(advisor, request, Role.ADVISOR, "opinion", "よいと思う").status_code == 302
    shown = detail(officer, request)
    for words in ("申請 い-1 を決める", "必要だから", "よいと思う", "順番待ち", "判断待ち", "統括"):
        assert words in shown
    assert post(officer, request, Role.SYSTEM_OFFICER, "approve").status_code == 302
    assert "承認する" not in detail(officer, request)
    assert post(chief, request, Role.CHIEF_OFFICER, "approve", "了解").status_code == 302
    request.refresh_from_db()
    assert request.state == "approved"
    assert "あなたの判断を待つ申請はありません" in body(chief.client.get("/o/city/requests/"))
    assert request.number in body(staff.client.get("/o/city/requests/", {"show": "mine", "state": "approved"}))
    assert request.number not in body(staff.client.get("/o/city/requests/", {"show": "all", "state": "refused"}))


def test_the_navigation_counts_what_waits_for_me(city, staff, officer) -> None:
    ask(staff, city)
    shown = body(officer.client.get("/o/city/requests/absences"))
    assert re.search(r"申請.{0,200}>\s*1\s*<", shown, flags=re.DOTALL)


def test_a_return_needs_words_and_can_be_sent_again(city, staff, officer, chief) -> None:
    request = ask(staff, city)
    answer = post(officer, request, Role.SYSTEM_OFFICER, "return")
    assert answer.status_code == 422
    assert "<title>エラー：" in answer.content.decode()
    assert post(officer, request, Role.SYSTEM_OFFICER, "return", "根拠が足りない").status_code == 302
    shown = detail(staff, request)
    assert "差戻し" in shown
    assert "もう一度申請する" in shown
    again = f"/o/city/requests/{request.pk}/resubmit"
    assert staff.client.post(again, {"reason": ""}).status_code == 422
    assert staff.client.post(again, {"reason": "根拠を足した"}).status_code == 302
    shown = detail(officer, request)
    assert "2回目" in shown
    assert "根拠が足りない" in shown


def test_only_the_requester_takes_it_back(city, staff, officer) -> None:
    request = ask(staff, city)
    url = f"/o/city/requests/{request.pk}/withdraw"
    assert officer.client.post(url).status_code == 403
    assert staff.client.post(url).status_code == 302
    assert staff.client.post(url).status_code == 409
    assert "引戻し" in detail(staff, request)


@pytest.mark.parametrize("decision", ["", "opinion", "reviewed_after", "approve; drop"])
def test_what_cannot_be_chosen_is_refused(city, staff, officer, decision) -> None:
    assert post(officer, ask(staff, city), Role.SYSTEM_OFFICER, decision, "x").status_code == 422


def test_who_holds_no_role_decides_nothing(city, staff, officer, chief) -> None:
    request = ask(staff, city)
    assert post(chief, request, Role.SYSTEM_OFFICER, "approve").status_code == 403
    assert post(staff, request, Role.SYSTEM_OFFICER, "approve").status_code == 403


def test_a_deputy_decides_and_it_is_reviewed_afterwards(city, staff, officer, chief) -> None:
    deputy = Somebody(Role.STAFF, city, "代理の人")
    today = timezone.localdate()
    form = {"deputy": str(deputy.person.pk), "starts_on": today.isoformat(), "ends_on": today.isoformat()}
    assert officer.client.post("/o/city/requests/absences", form).status_code == 302
    assert "代理の人" in body(officer.client.get("/o/city/requests/absences"))
    request = ask(staff, city)
    assert request.number in body(deputy.client.get("/o/city/requests/"))
    assert "留守の人の代わりに決めます" in detail(deputy, request)
    assert post(deputy, request, Role.SYSTEM_OFFICER, "approve", "代わりに").status_code == 302
    assert "代決" in detail(staff, request)
    assert "後閲待ち" in detail(staff, request)
    assert "代わりに" in body(officer.client.get("/o/city/requests/reviews"))
    made = Decision.objects.get(review_needed=True)
    url = f"/o/city/requests/reviews/{made.pk}"
    assert chief.client.post(url).status_code == 404
    assert officer.client.post(url).status_code == 302
    assert "後閲ずみ" in detail(staff, request)


def test_an_absence_is_well_formed_and_only_ones_own(city, officer, chief) -> None:
    today = timezone.localdate()
    outsider = make_person("outsider")
    for deputy, until in ((outsider.pk, today), (chief.person.pk, today - timedelta(days=1)), ("", today)):
        form = {"deputy": str(deputy), "starts_on": today.isoformat(), "ends_on": until.isoformat()}
        assert officer.client.post("/o/city/requests/absences", form).status_code == 422
    posted = {"deputy_id": str(outsider.pk), "starts_on": today.isoformat(), "ends_on": today.isoformat()}
    assert officer.client.post("/api/v1/me/absences", posted, content_type="application/json").status_code == 422
    made = officer.client.post(
        "/api/v1/me/absences", {**posted, "deputy_id": str(chief.person.pk)}, content_type="application/json"
    ).json()
    assert officer.client.get("/api/v1/me/absences").json()["total"] == 1
    assert chief.client.post(f"/o/city/requests/absences/{made['id']}/end").status_code == 404
    assert officer.client.delete(f"/api/v1/me/absences/{made['id']}").status_code == 204
    assert not Absence.objects.exists()


def test_a_stranger_finds_nothing(city, staff, officer) -> None:
    request = ask(staff, city)
    stranger = Somebody(Role.CISO, make_organization("other"), "よその人").client
    open_step = step(request, Role.SYSTEM_OFFICER).pk
    assert stranger.get(f"/o/other/requests/{request.pk}/").status_code == 404
    assert stranger.post(f"/o/other/requests/steps/{open_step}/decide", {"decision": "approve"}).status_code == 404
    assert stranger.get(f"/api/v1/requests/{request.pk}").status_code == 404
    assert stranger.get("/api/v1/organizations/city/requests").status_code == 404
    said = {"decision": "approve"}
    assert stranger.post(f"/api/v1/request-steps/{open_step}/decide", said, content_type="application/json").status_code == 404


def test_the_api_does_what_the_pages_do(city, staff, officer, chief) -> None:
    assert "test.kind" in {one["name"] for one in staff.client.get("/api/v1/request-kinds").json()["items"]}
    posted = {"organization": "city", "kind": "test.kind", "payload": {"x": 1}, "reason": "必要"}
    made = staff.client.post("/api/v1/requests", posted, content_type="application/json").json()
    for wrong in ({"payload": {}}, {"kind": "no.kind"}, {"reason": " "}):
        assert staff.client.post("/api/v1/requests", {**posted, **wrong}, content_type="application/json").status_code == 422
    waiting = officer.client.get("/api/v1/organizations/city/requests/waiting").json()["items"]
    assert [one["request"]["id"] for one in waiting] == [made["id"]]
    url = f"/api/v1/request-steps/{waiting[0]['step_id']}/decide"
    returned = officer.client.post(url, {"decision": "return", "comment": "直して"}, content_type="application/json").json()
    assert returned["state"] == "returned"
    again = {"payload": {"x": 2}, "reason": "直した"}
    resent = staff.client.post(f"/api/v1/requests/{made['id']}/resubmit", again, content_type="application/json").json()
    assert (resent["round"], resent["payload"]) == (2, {"x": 2})
    assert staff.client.get("/api/v1/organizations/city/requests", {"show": "mine", "state": "pending"}).json()["total"] == 1
    assert staff.client.post(f"/api/v1/requests/{made['id']}/withdraw").status_code == 204
    assert officer.client.get("/api/v1/me/reviews").json()["total"] == 0


def test_late_requests_are_looked_for_by_schedule() -> None:
    assert jobs.SCHEDULES["requests.remind"][0] in jobs.KINDS


def test_english_pages_hold_no_japanese_sentence(city, staff) -> None:
    reader = Somebody(Role.SYSTEM_OFFICER, city, "Officer", language="en")
    request = ask(staff, city)
    Request.objects.filter(pk=request.pk).update(
        reason="Needed", summary={"code": "requests.duty_decide", "fields": {"number": "1"}}
    )
    staff.person.name = "Staff"
    staff.person.save()
    for path in ("", "?show=all", f"{request.pk}/", "absences", "reviews"):
        shown = re.sub(r'<(\w+)[^>]*lang="ja".*?</\1>', "", body(reader.client.get(f"/o/city/requests/{path}")), flags=re.DOTALL)
        assert [w for w in re.sub(r"<[^>]+>", "\n", shown).splitlines() if JAPANESE.search(w) and "日本語" not in w] == []


def test_lists_and_routes_cost_few_queries(city, staff, officer, chief, django_assert_max_num_queries) -> None:
    for _ in range(20):
        request = ask(staff, city)
    officer.client.get("/o/city/requests/")
    with django_assert_max_num_queries(12):
        officer.client.get("/o/city/requests/?show=all")
    with django_assert_max_num_queries(12):
        officer.client.get("/o/city/requests/")
    with django_assert_max_num_queries(20):
        officer.client.get(f"/o/city/requests/{request.pk}/")


def test_an_auditor_asks_for_nothing(city, staff, officer) -> None:
    auditor = client_for(Role.AUDITOR, city)
    posted = {"organization": "city", "kind": "test.kind", "payload": {"x": 1}, "reason": "必要"}
    assert auditor.post("/api/v1/requests", posted, content_type="application/json").status_code == 403
