"""Walks every address and every API operation as nobody and as somebody of another organisation: nothing of the victim shows.

New rooms are covered by themselves: addresses come from the resolver, arguments from the victim's own rows. An argument whose
name is unknown here must be added to SAMPLES, or the test fails and says so.
"""

from __future__ import annotations

import itertools
import re
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter, UUIDConverter
from tests.records.factories import NOW, client_for, give, make_organization, make_person, make_subject, principal_of

from sekisho.records.organization import actions
from sekisho.records.organization.actions import accounts
from sekisho.records.organization.principals import SYSTEM
from sekisho.web.api import api

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db

SECRET = "ひみつの名前"
# Pages for everybody, by name: they show nothing of any organisation.
PUBLIC = {
    "account_login",
    "measurement:document_css",  # a stylesheet
    "account_logout",  # sends who is not logged in to the first page
    "account_inactive",
    "account_signup",
    "account_email",
    "account_set_password",
    "mfa_login_webauthn",
    "recover",
    "language",
    "api_description",
    "api:openapi-json",
    "api:api-root",
}
# Pages about the person who asks, not about an organisation: for a stranger they show the stranger's own.
OWN = {"start", "switch", "settings", "sessions_end", "token_issue", "session_end", "token_revoke"}


class Victim:
    """An organisation with one of everything that an address can name."""

    def __init__(self) -> None:
        self.numbers = itertools.count(1)
        self.organization = make_organization("victim", name=SECRET, body_kind="municipality", is_boundary=True)
        self.person = make_person("victim-officer", name=SECRET)
        give(self.person, "administrator", self.organization)
        self.principal = principal_of(self.person)
        self.subject = make_subject(self.organization, name=SECRET)
        self.token, _secret = actions.issue_token(
            self.principal, name=SECRET, scopes=frozenset({"read"}), expires_at=NOW.replace(year=2099), now=NOW
        )
        uid, token = accounts.issue_recovery_link(SYSTEM, self.person, now=NOW)
        self.samples: dict[str, Any] = {
            "code": "victim",
            "uid": uid,
            "token": token,
            "subject_id": self.subject.pk,
            "person_id": self.person.pk,
            "token_id": self.token.pk,
            "membership_id": self.person.memberships.get().pk,
            "key": "8.9",
            "kind": "host",
            "format": "csv",
            "verb": "open",
            "catalog": "annex_a_2022",
            "sha256": "0" * 64,
        }

        self.made: dict[Any, Any] = {
            type(row): row for row in (self.organization, self.person, self.subject, self.token, self.person.memberships.get())
        }
        # The tree and the chain are made by their actions only: a row that points at itself would be a cycle.
        for model in apps.get_models():
            if model.__module__.startswith("sekisho.records") and model._meta.app_label not in {"ledger", "organization"}:
                self.row(model)

    def row(self, model: Any) -> Any:
        """One row of any table of ours, hanging on the victim's organisation, with the secret in its words."""
        if model not in self.made:
            self.made[model] = None  # a table that points at itself gets nothing there
            values = {f.name: v for f in model._meta.concrete_fields if (v := self._filled(f)) is not None}
            try:
                with transaction.atomic():
                    self.made[model] = model._default_manager.create(**values)
            except IntegrityError:  # the row that an action made already, or a constraint of the room
                self.made[model] = model._default_manager.first()
        return self.made[model]

    def _filled(self, field: Any) -> Any:
        if isinstance(field, models.ForeignKey):
            return self.row(field.related_model) if field.related_model.__module__.startswith("sekisho") else None
        if field.has_default() or field.null or field.primary_key:
            return None
        if field.choices:
            return field.choices[0][0]
        kinds = ((models.DateTimeField, NOW), (models.DateField, NOW.date()), (models.IntegerField, 1), (models.FloatField, 1.0))
        for kind, value in kinds:
            if isinstance(field, kind):
                return value
        if isinstance(field, models.CharField | models.TextField):
            return SECRET[: field.max_length] if (field.max_length or 99) < 40 else f"{SECRET}{next(self.numbers)}"
        return None

    def value(self, name: str, converter: Any, *, hint: str = "") -> Any:
        """An argument of that name: a known sample, a row of the victim, else one of the right kind that names nothing.

        ``hint`` is the name of the address: it says whose ``pk`` is meant (``assessment:corrective_action``).
        """
        if name in self.samples:
            return self.samples[name]
        if isinstance(converter, UUIDConverter):
            wanted = name.removesuffix("_id") if name.endswith("_id") else hint.rpartition(":")[2]
            return self._row(wanted) or uuid.UUID(int=1)
        return 1 if isinstance(converter, IntConverter) else name.replace("_", "-")

    def _row(self, name: str) -> Any:
        plain = name.replace("_", "").replace("-", "")
        found = [m for m in self.made if self.made[m] and plain.startswith(m.__name__.lower())]
        found += [m for m in self.made if self.made[m] and plain and m.__name__.lower().endswith(plain)]
        return self.made[found[0]].pk if found else None


def patterns(resolver: URLResolver, prefix: str = "", space: str = "") -> Iterator[tuple[str, str, dict[str, Any]]]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from patterns(entry, route, inner)
        elif isinstance(entry, URLPattern):
            yield route, space + (entry.name or ""), dict(entry.pattern.converters)


def addresses(victim: Victim) -> Iterator[tuple[str, str]]:
    converters: dict[str, Any] = {}
    for route, name, found in patterns(get_resolver()):
        converters.update(found)
        here = dict(converters)

        def fill(match: re.Match[str], here: dict[str, Any] = here, name: str = name) -> str:
            return str(victim.value(match[2], here.get(match[2]), hint=name))

        yield "/" + re.sub(r"<(?:(\w+):)?(\w+)>", fill, route), name


def operations(victim: Victim) -> Iterator[tuple[str, str]]:
    for path, methods in api.get_openapi_schema()["paths"].items():
        for method, operation in methods.items():
            kinds = {p["name"]: p["schema"].get("format") or p["schema"].get("type") for p in operation.get("parameters", [])}

            def fill(match: re.Match[str], kinds: dict[str, Any] = kinds, path: str = path) -> str:
                converter = {"uuid": UUIDConverter(), "integer": IntConverter()}.get(kinds.get(match[1], ""))
                return str(victim.value(match[1], converter, hint=re.sub(r"\W", "", path.split("/")[3]).removesuffix("s")))

            yield method, re.sub(r"\{(\w+)\}", fill, path)


def show(response: Any) -> str:
    if response.streaming:
        return b"".join(response.streaming_content).decode(errors="replace")
    return response.content.decode(errors="replace")


def test_nobody_sees_any_page_but_the_public_ones() -> None:
    victim = Victim()
    client = Client(raise_request_exception=True)
    wrong = []
    for address, name in addresses(victim):
        for method in ("get", "post"):
            response = getattr(client, method)(address)
            allowed = name in PUBLIC or response.status_code in {401, 403, 404, 405}
            sent_away = response.status_code == 302 and response["Location"].startswith(("/account/login", "/account/2fa"))
            if not (allowed or sent_away) or SECRET in show(response):
                wrong.append((method, address, name, response.status_code))
    assert not wrong


def test_a_stranger_of_another_organisation_finds_nothing() -> None:
    victim = Victim()
    other = make_organization("other", body_kind="municipality")
    wrong = []
    for role in ("administrator", "ciso"):
        client = client_for(role, other)
        for address, name in addresses(victim):
            if name == "account_logout" or address.startswith("/api/"):  # the API has its own walk below
                continue
            for method in ("get", "post"):
                response = getattr(client, method)(address)
                about_victim = "victim" in address or str(victim.organization.pk) in address
                fine = response.status_code in {404, 405} if about_victim else response.status_code < 500
                if name in {"session_end", "token_revoke"}:
                    fine = response.status_code in {404, 405}
                if not fine or SECRET in show(response):
                    wrong.append((role, method, address, name, response.status_code))
    assert not wrong


def test_nobody_gets_anything_from_the_api() -> None:
    victim = Victim()
    client = Client()
    wrong = [
        (method, path, status)
        for method, path in operations(victim)
        if (status := client.generic(method.upper(), path, "{}", content_type="application/json").status_code) != 401
    ]
    assert not wrong


def test_a_stranger_gets_nothing_of_the_victim_from_the_api() -> None:
    victim = Victim()
    other = make_organization("other", body_kind="municipality")
    client = client_for("administrator", other)
    wrong = []
    for method, path in operations(victim):
        response = client.generic(method.upper(), path, "{}", content_type="application/json")
        text = show(response)
        about = any(str(value) in path for key, value in victim.samples.items() if key.endswith("_id") or key == "code")
        fine = response.status_code in {403, 404, 422} if about else response.status_code < 500
        # An empty list is what somebody gets who asks about a thing that never was.
        fine = fine or (response.status_code == 200 and response.json() in ([], {"items": [], "total": 0}))
        if not fine or SECRET in text or "ひみつ".encode("unicode-escape").decode() in text:
            wrong.append((method, path, response.status_code))
    assert not wrong


def test_a_token_that_does_not_work_never_falls_back_to_a_session() -> None:
    client = client_for("ciso", make_organization("mine"))
    assert client.get("/api/v1/me").status_code == 200
    response = client.get("/api/v1/me", headers={"Authorization": "Bearer skp_wrong"})
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"


def test_the_session_cannot_write_without_the_csrf_header() -> None:
    person = make_person("writer")
    client = Client(enforce_csrf_checks=True)
    client.force_login(person, backend="sekisho.web.backends.LoginBackend")
    response = client.generic("PATCH", "/api/v1/me", "{}", content_type="application/json")
    assert response.status_code == 403
