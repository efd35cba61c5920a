"""Log-in, lock-out, recovery, sessions, tokens: what a person and an attacker can do with an account."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from tests.records.factories import NOW, PASSWORD, give, make_organization, make_person, principal_for, principal_of

from sekisho.errors import InputError, NotFound, NotPermitted
from sekisho.records.ledger.models import Entry
from sekisho.records.organization import actions, queries
from sekisho.records.organization.actions import accounts
from sekisho.records.organization.models import LoginSession, Person
from sekisho.records.organization.principals import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_counters():
    cache.clear()


def log_in(client: Client, login: str, password: str = PASSWORD):
    return client.post("/account/login/", {"login": login, "password": password})


def confirm(client: Client) -> None:
    assert client.post("/account/reauthenticate/", {"password": PASSWORD}).status_code == 302


def actions_on_ledger() -> list[str]:
    return list(Entry.objects.order_by("sequence").values_list("action", flat=True))


def test_log_in_and_out_are_on_the_ledger_and_in_the_session_list() -> None:
    person, client = make_person("hana"), Client(headers={"User-Agent": "Test/1.0"})
    response = log_in(client, "hana")
    assert response.status_code == 302
    assert "login.succeeded" in actions_on_ledger()
    assert LoginSession.objects.get(person=person).user_agent == "Test/1.0"
    assert "このブラウザ" in client.get("/account/").content.decode()
    client.post("/account/logout/")
    assert "login.ended" in actions_on_ledger()
    assert not LoginSession.objects.exists()


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer() -> None:
    make_person("hana")
    known, unknown = (log_in(Client(), login, "wrong").content.decode() for login in ("hana", "nobody"))

    def without_input(page: str) -> str:
        import re

        return re.sub(r'value="[^"]*"|X-CSRFToken[^}]*', "", page)

    assert without_input(known) == without_input(unknown)


def test_the_tenth_failure_locks_and_even_the_right_password_is_refused_alike() -> None:
    person = make_person("hana")
    for _ in range(accounts.ALLOWED_FAILURES):
        accounts.note_failed_login(login="hana", now=timezone.now())
    assert "login.locked" in actions_on_ledger()
    response = log_in(Client(), "hana")
    assert response.status_code == 200
    assert "ログインできません" in response.content.decode()
    person.refresh_from_db()
    assert person.failed_logins == accounts.ALLOWED_FAILURES  # tries while locked do not prolong it
    Person.objects.filter(pk=person.pk).update(locked_until=timezone.now() - timedelta(seconds=1))
    assert log_in(Client(), "hana").status_code == 302
    person.refresh_from_db()
    assert person.failed_logins == 0


@pytest.mark.parametrize(
    ("failures", "minutes"), [(0, 0), (9, 0), (10, 15), (11, 30), (12, 60), (16, 960), (17, 1440), (30000, 1440)]
)
def test_the_lock_doubles_to_a_day_at_most(failures: int, minutes: int) -> None:
    assert accounts.lock_time(failures) == timedelta(minutes=minutes)


def test_whoever_must_change_the_password_can_do_nothing_else() -> None:
    person = actions.create_person(SYSTEM, login="new", name="新", password=PASSWORD, now=NOW)
    client = Client()
    log_in(client, "new")
    assert client.get("/")["Location"] == "/account/password/change/"
    assert client.get("/api/v1/me").status_code == 403
    assert client.get("/account/password/change/").status_code == 200
    new = "another good pass phrase"
    client.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    person.refresh_from_db()
    assert not person.must_change_password
    assert "person.password_changed" in actions_on_ledger()
    assert client.get("/account/").status_code == 200


def test_ending_another_session_logs_that_browser_out() -> None:
    make_person("hana")
    here, there = Client(), Client()
    log_in(here, "hana")
    log_in(there, "hana")
    other = LoginSession.objects.exclude(session_key=here.session.session_key).get()
    assert here.post(f"/account/sessions/{other.pk}/end").status_code == 302
    assert there.get("/account/").status_code == 302
    log_in(there, "hana")
    here.post("/account/sessions/end-others")
    assert there.get("/account/").status_code == 302
    assert here.get("/account/").status_code == 200


def test_a_recovery_link_works_once_for_an_hour_and_ends_the_old_password() -> None:
    city = make_organization("city")
    admin, person = principal_for("administrator", city), make_person("hana")
    give(person, "staff", city)
    client = Client()
    log_in(client, "hana")
    uid, token = accounts.issue_recovery_link(admin, person, now=NOW)
    assert client.get("/account/").status_code == 302  # the session is over
    assert log_in(Client(), "hana").status_code == 200  # the old password too
    address = f"/account/recover/{uid}/{token}"
    new = "another good pass phrase"
    assert Client().get(address).status_code == 200
    assert Client().post(address, {"password": "short", "again": "short"}).status_code == 422
    assert Client().post(address, {"password": new, "again": new}).status_code == 302
    assert Client().get(address).status_code == 404
    assert log_in(Client(), "hana", new).status_code == 302
    assert {"person.recovery_link", "person.recovered"} <= set(actions_on_ledger())


@pytest.mark.parametrize(("uid", "token"), [("x", "y"), ("AAAAAAAAAAAAAAAAAAAAAA", "a-b"), ("%00", "1"), ("あ", "い")])
def test_a_forged_recovery_link_is_refused(uid: str, token: str) -> None:
    assert Client().get(f"/account/recover/{uid}/{token}").status_code == 404


def test_a_recovery_link_dies_after_an_hour(settings) -> None:
    person = make_person("hana")
    uid, token = accounts.issue_recovery_link(SYSTEM, person, now=NOW)
    settings.PASSWORD_RESET_TIMEOUT = -1
    with pytest.raises(NotFound):
        accounts.person_of_recovery_link(uid, token)


def test_an_administrator_looks_after_their_own_people_only() -> None:
    nation = make_organization("nation")
    city, town = (make_organization(code, parent=nation, is_boundary=True) for code in ("city", "town"))
    admin = principal_for("administrator", city)
    own, other, both = make_person("own"), make_person("other"), make_person("both")
    give(own, "staff", city)
    give(other, "staff", town)
    for place in (city, town):
        give(both, "ciso", place)
    accounts.unlock_person(admin, own, now=NOW)
    for person in (other, both, make_person("nobody")):
        with pytest.raises(NotFound):
            accounts.issue_recovery_link(admin, person, now=NOW)
    with pytest.raises(NotPermitted):
        accounts.set_active(principal_for("ciso", city), own, active=False, now=NOW)
    with pytest.raises(InputError):
        accounts.set_active(admin, Person.objects.get(pk=admin.person_id), active=False, now=NOW)


def test_closing_an_account_ends_its_sessions_and_tokens() -> None:
    city = make_organization("city")
    admin, person = principal_for("administrator", city), make_person("hana")
    give(person, "staff", city)
    client = Client()
    log_in(client, "hana")
    _token, secret = actions.issue_token(
        principal_of(person), name="t", scopes=frozenset({"read"}), expires_at=timezone.now() + timedelta(days=1), now=NOW
    )
    bearer = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/v1/me", headers=bearer).json()["scopes"] == ["read"]
    accounts.set_active(admin, person, active=False, reason="異動", now=NOW)
    assert client.get("/account/").status_code == 302
    assert Client().get("/api/v1/me", headers=bearer).status_code == 401


def test_a_token_is_shown_once_narrows_and_can_be_revoked() -> None:
    city = make_organization("city")
    person = make_person("hana")
    give(person, "administrator", city)
    client = Client()
    log_in(client, "hana")
    page = client.post("/account/tokens", {"name": "夜間", "scopes": ["read"], "days": "30"}).content.decode()
    secret = page.split('data-copy="', 1)[1].split('"', 1)[0]
    assert secret.startswith("skp_")
    assert secret not in client.get("/account/").content.decode()
    bearer = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/v1/organizations/city", headers=bearer).status_code == 200
    refused = Client().post("/api/v1/organizations/city/close", {"on": "2030-01-01"}, "application/json", headers=bearer)
    assert refused.status_code == 403
    more = {"name": "x", "scopes": ["organization.close"], "expires_at": "2030-01-01T00:00:00Z"}
    assert Client().post("/api/v1/me/tokens", more, "application/json", headers=bearer).status_code == 403
    token = queries.tokens_of(principal_of(person), now=timezone.now()).get()
    client.post(f"/account/tokens/{token.pk}/revoke")
    assert Client().get("/api/v1/me", headers=bearer).status_code == 401


def test_totp_and_recovery_codes_guard_the_log_in() -> None:
    make_person("hana")
    client = Client()
    log_in(client, "hana")
    assert client.get("/account/2fa/totp/activate/")["Location"].startswith("/account/reauthenticate/")
    confirm(client)
    page = client.get("/account/2fa/totp/activate/")
    secret = page.context["form"].secret

    def code() -> str:
        counter = next(iter(yield_hotp_counters_from_time()))
        return format_hotp_value(hotp_value(secret, counter))

    assert client.post("/account/2fa/totp/activate/", {"code": code()}).status_code == 302
    codes = client.get("/account/2fa/recovery-codes/").context["unused_codes"]
    assert len(codes) == 10
    fresh = Client()
    assert log_in(fresh, "hana")["Location"] == "/account/2fa/authenticate/"
    assert fresh.get("/account/").status_code == 302
    assert fresh.post("/account/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert fresh.post("/account/2fa/authenticate/", {"code": codes[0]}).status_code == 302
    assert fresh.get("/account/").status_code == 200
    again = Client()
    log_in(again, "hana")
    assert again.post("/account/2fa/authenticate/", {"code": codes[0]}).status_code == 200  # once only


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_page_of_ones_own_account_renders(language: str) -> None:
    make_person("hana", language=language)
    client = Client()
    log_in(client, "hana")
    confirm(client)
    for address in (
        "",
        "2fa/",
        "2fa/totp/activate/",
        "2fa/webauthn/",
        "2fa/webauthn/add/",
        "password/change/",
        "reauthenticate/",
        "logout/",
    ):
        page = client.get(f"/account/{address}")
        assert page.status_code == 200, address
        assert f'<html lang="{language}">' in page.content.decode()


def test_the_language_of_a_visitor_is_kept_in_a_cookie_and_never_redirects_elsewhere() -> None:
    client = Client()
    response = client.post("/language", {"language": "en", "next": "https://evil.example/"})
    assert response["Location"] == "/"
    assert '<html lang="en">' in client.get("/account/login/").content.decode()


def test_preferences_are_saved_once_and_only_when_they_change() -> None:
    person = make_person("hana")
    client = Client()
    log_in(client, "hana")
    values = {"name": "新しい名前", "language": "en", "calendar": "wareki"}
    for _ in range(2):
        assert client.post("/account/", values).status_code == 302
    person.refresh_from_db()
    assert (person.name, person.language, person.calendar) == ("新しい名前", "en", "wareki")
    assert actions_on_ledger().count("person.preferences") == 1
    assert client.post("/account/", {**values, "language": "xx"}).status_code == 422
