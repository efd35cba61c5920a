"""Who gets in and with what: tokens, sessions, languages, methods, and bodies that no honest client sends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import pytest
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest
from django.test import Client
from django.urls import path
from django.utils import timezone
from hypothesis import given
from ninja import Router, Schema
from tests.contract import api_fuzz
from tests.records.factories import client_for, give, make_organization, make_person, make_subject, principal_of

from sekisho.errors import NotFound, NotPermitted
from sekisho.records.organization import actions, queries
from sekisho.records.organization.permissions import PERMISSIONS, READ, Role
from sekisho.records.organization.principals import Principal
from sekisho.records.subjects import actions as subject_actions
from sekisho.web.api_root import DEEPEST, Api

pytestmark = pytest.mark.django_db
API: Final = "/api/v1"
JSON: Final = "application/json"


@pytest.fixture
def town() -> Any:
    return make_organization("minamo", name="みなも市")


@pytest.fixture
def person(town: Any) -> Any:
    made = make_person()
    for role in Role:
        give(made, role, town)
    return made


def token_for(person: Any, *scopes: str, days: int = 1) -> tuple[Any, dict[str, str]]:
    now = timezone.now() if days > 0 else timezone.now() + timedelta(days=days - 1)
    token, secret = actions.issue_token(
        principal_of(person), name="t", scopes=frozenset(scopes), expires_at=now + timedelta(hours=12), now=now
    )
    return token, {"Authorization": f"Bearer {secret}"}


def of_token(person: Any, headers: dict[str, str]) -> Principal:
    row = queries.token_of_secret(actions.hash_secret(headers["Authorization"][7:]), now=timezone.now())
    assert row is not None
    return queries.principal_of(person, today=timezone.localdate(), token=row)


@pytest.mark.parametrize("scope", sorted(PERMISSIONS))
def test_a_token_allows_what_its_scope_names_reading_and_nothing_else(scope: str, person: Any, town: Any) -> None:
    _, headers = token_for(person, scope)
    principal = of_token(person, headers)
    allowed = {action for action in PERMISSIONS if principal.may(action, town.pk)}
    assert allowed == {scope, READ}


def test_a_scope_gives_nothing_that_the_person_may_not(town: Any) -> None:
    auditor = make_person()
    give(auditor, Role.AUDITOR, town)
    _, headers = token_for(auditor, "subject.edit")
    with pytest.raises(NotPermitted):
        of_token(auditor, headers).require("subject.edit", town.pk)
    with pytest.raises(NotFound):
        of_token(auditor, headers).require("subject.edit", make_organization("other").pk)


def test_over_http_a_reading_token_reads_and_writes_nothing(person: Any, town: Any) -> None:
    _, headers = token_for(person, READ)
    assert Client().get(f"{API}/organizations/minamo", headers=headers).status_code == 200
    body = {"organization": "minamo", "kind": "host", "name": "web-01"}
    refused = Client().post(f"{API}/subjects", body, content_type=JSON, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "access.not_permitted")
    _, writing = token_for(person, "subject.edit")
    assert Client().post(f"{API}/subjects", body, content_type=JSON, headers=writing).status_code == 201


def test_an_expired_and_a_revoked_token_are_nobodys(person: Any) -> None:
    _, expired = token_for(person, READ, days=0)
    assert Client().get(f"{API}/me", headers=expired).status_code == 401
    token, headers = token_for(person, READ)
    assert Client().get(f"{API}/me", headers=headers).status_code == 200
    actions.revoke_token(principal_of(person), token_id=token.pk, now=timezone.now())
    assert Client().get(f"{API}/me", headers=headers).status_code == 401


def test_a_closed_account_ends_its_tokens(person: Any) -> None:
    _, headers = token_for(person, READ)
    person.is_active = False
    person.save()
    assert Client().get(f"{API}/me", headers=headers).status_code == 401


@pytest.mark.parametrize("change", ["sk_", "SKP_", "skm_", "", "Bearer skp_"])
def test_a_token_with_another_prefix_is_nobodys(change: str, person: Any) -> None:
    _, headers = token_for(person, READ)
    secret = headers["Authorization"].removeprefix("Bearer skp_")
    answer = Client().get(f"{API}/me", headers={"Authorization": f"Bearer {change}{secret}"})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


def test_a_token_that_does_not_work_never_falls_back_to_the_session(town: Any) -> None:
    browser = client_for(Role.CISO, town)
    assert browser.get(f"{API}/me").status_code == 200
    assert browser.get(f"{API}/me", headers={"Authorization": "Bearer skp_" + "x" * 43}).status_code == 401


def test_secrets_are_found_by_their_hash_so_that_time_tells_nothing_of_them(person: Any, django_assert_num_queries: Any) -> None:
    """The comparison is the index's, of SHA-256 digests: two wrong secrets cost the same queries however alike the right one."""
    _, headers = token_for(person, READ)
    right = headers["Authorization"]
    for wrong in (right[:-1] + ("a" if right[-1] != "a" else "b"), "Bearer skp_" + "x" * 43):
        with django_assert_num_queries(1):
            assert Client().get(f"{API}/me", headers={"Authorization": wrong}).status_code == 401


def test_a_machine_reports_and_reads_nothing_of_people(person: Any, town: Any) -> None:
    subject = make_subject(town)
    _, secret = subject_actions.enroll_machine(principal_of(person), subject=subject, name="web-01", now=timezone.now())
    headers = {"Authorization": f"Bearer {secret}"}
    assert Client().get(f"{API}/me", headers=headers).json()["kind"] == "machine"
    for address in ("people", "memberships"):
        assert Client().get(f"{API}/organizations/minamo/{address}", headers=headers).status_code in {403, 404}
    issued = Client().post(
        f"{API}/me/tokens",
        {"name": "t", "scopes": ["read"], "expires_at": "2099-01-01T00:00:00Z"},
        content_type=JSON,
        headers=headers,
    )
    assert issued.status_code == 403


def test_a_token_cannot_make_another(person: Any) -> None:
    _, headers = token_for(person, *PERMISSIONS)
    body = {"name": "t", "scopes": ["read"], "expires_at": "2099-01-01T00:00:00Z"}
    assert Client().post(f"{API}/me/tokens", body, content_type=JSON, headers=headers).status_code == 403


def test_a_session_writes_only_with_the_csrf_token(person: Any, town: Any) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(person, backend="sekisho.web.backends.LoginBackend")
    body = {"organization": "minamo", "kind": "host", "name": "web-01"}
    assert browser.get(f"{API}/me").status_code == 200
    assert browser.post(f"{API}/subjects", body, content_type=JSON).status_code == 403
    browser.cookies["csrftoken"] = "a" * 32
    assert browser.post(f"{API}/subjects", body, content_type=JSON, headers={"X-CSRFToken": "b" * 32}).status_code == 403
    assert browser.post(f"{API}/subjects", body, content_type=JSON, headers={"X-CSRFToken": "a" * 32}).status_code == 201


def test_messages_follow_the_language_and_codes_do_not(person: Any) -> None:
    answers = {lang: Client().get(f"{API}/me", headers={"Accept-Language": lang}).json() for lang in ("ja", "en", "fr")}
    assert {answer["code"] for answer in answers.values()} == {"access.unauthorized"}
    assert "ログイン" in answers["ja"]["message"]
    assert "Log in" in answers["en"]["message"]
    assert answers["fr"]["message"] == answers["ja"]["message"]


@pytest.mark.parametrize("method", ["delete", "put", "options", "head"])
def test_other_methods_are_refused_in_json(method: str, person: Any) -> None:
    _, headers = token_for(person, READ)
    answer = getattr(Client(), method)(f"{API}/organizations", headers=headers)
    assert answer.status_code == 405
    assert set(answer["Allow"].split(", ")) == {"GET", "POST"}
    if method != "head":
        assert answer.json()["code"] == "input.method"


DEEP: Final = b'{"note": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
NESTED: Final = b'{"note": ' + b"[" * DEEPEST + b"]" * DEEPEST + b"}"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param(b"\xff\xfe{", 400, "input.bad_request", id="not UTF-8"),
        pytest.param(b'{"name": "\xe3\x81"}', 400, "input.bad_request", id="a cut character"),
        pytest.param(b"{", 400, "input.bad_request", id="cut JSON"),
        pytest.param(b"", 422, "input.schema", id="nothing"),
        pytest.param(b"null", 422, "input.schema", id="null"),
        pytest.param(b"[]", 422, "input.schema", id="a list"),
        pytest.param(DEEP, 400, "input.bad_request", id="too deep to parse"),
        pytest.param(NESTED, 422, "input.too_deep", id="too deep"),
        pytest.param(b'{"name": "a\\u0000b"}', 422, "input.not_text", id="NUL"),
        pytest.param(b'{"a\\u0000b": 1}', 422, "input.not_text", id="NUL in a name"),
        pytest.param(b'{"name": "\\ud800"}', 422, "input.not_text", id="half a surrogate pair"),
        pytest.param(b'{"name": NaN}', 422, "input.not_finite", id="NaN"),
        pytest.param(b'{"name": 1e999}', 422, "input.not_finite", id="infinite"),
        pytest.param(b'{"name": ' + b"9" * 5000 + b"}", 400, "input.bad_request", id="a number of 5,000 digits"),
        pytest.param(b'{"name": "a", "name": "b"}', 422, "input.name_twice", id="a name twice"),
        pytest.param(b'{"x": "' + b"a" * (6 << 20) + b'"}', 413, "input.body_too_large", id="6 MB"),
    ],
)
def test_hostile_bodies_are_refused_with_a_code(body: bytes, status: int, code: str, person: Any) -> None:
    _, headers = token_for(person, *PERMISSIONS)
    answer = Client().post(f"{API}/subjects", body, content_type=JSON, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_unknown_fields_are_refused_in_body_part_query_and_form(person: Any, town: Any) -> None:
    _, headers = token_for(person, *PERMISSIONS)
    client = Client(headers=headers)
    body = {"organization": "minamo", "kind": "host", "name": "web-01", "colour": "red"}
    in_body = client.post(f"{API}/subjects", body, content_type=JSON)
    assert (in_body.status_code, in_body.json()["problems"][0]["code"]) == (422, "schema.extra_forbidden")
    assert in_body.json()["problems"][0]["column"].endswith("colour")
    in_query = client.get(f"{API}/organizations", {"name": "x"})
    assert (in_query.status_code, in_query.json()["fields"]) == (422, {"names": "name"})
    in_form = client.post(f"{API}/observations/bundle", {"subject": str(make_subject(town).pk), "colour": "red"})
    assert in_form.status_code == 422
    assert client.get(f"{API}/me", {"x": "1"}).json()["code"] == "input.unknown_fields"


@pytest.mark.parametrize("address", ["organizations?q=a%00b", "organizations/a%00b", "facts/%00"])
def test_nul_in_an_address_is_no_server_error(address: str, person: Any) -> None:
    _, headers = token_for(person, READ)
    assert Client().get(f"{API}/{address}", headers=headers).status_code in {404, 422}


def test_a_length_that_is_none_is_refused(person: Any) -> None:
    _, headers = token_for(person, READ)
    for length in ("-1", str(10**12)):
        answer = Client().post(f"{API}/subjects", b"{}", content_type=JSON, headers=headers, CONTENT_LENGTH=length)
        assert (answer.status_code, answer.json()["code"]) == (413, "input.body_too_large")


class NumberIn(Schema):
    number: int


broken = Router(tags=["broken"])


@broken.post("/inverse", response={200: dict[str, float]})
def inverse(request: HttpRequest, data: NumberIn) -> dict[str, float]:
    """Breaks at zero."""
    del request
    return {"inverse": 1 / data.number}


@broken.get("/promise", response={200: dict[str, float]}, operation_id="promise")
def promise(request: HttpRequest) -> Any:
    """Says something else than it promises."""
    from django.http import JsonResponse

    del request
    return JsonResponse({"inverse": "much"})


BROKEN: Final = Api(title="broken", urls_namespace="broken")
BROKEN.mount(broken)
urlpatterns = [path("broken/", BROKEN.urls)]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("name", ["POST /broken/inverse", "GET /broken/promise"])
def test_the_generated_requests_would_find_a_broken_route(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("CRITICAL", logger="django.request")
    BROKEN.add_exception_handler(ZeroDivisionError, lambda request, _: BROKEN.create_response(request, {}, status=500))
    schema = api_fuzz.load(BROKEN.get_openapi_schema(path_prefix="broken/"), get_wsgi_application())
    operation = dict(api_fuzz.operations(schema))[name]

    @api_fuzz.bounded(25)
    @given(case=api_fuzz.cases(operation, {"number": [0]}))
    def run(case: Any) -> None:
        api_fuzz.call(case)

    with pytest.raises(BaseExceptionGroup) as found:
        run()
    assert found.value.exceptions
