"""Small makers of what nearly every room's tests need. They use the real actions, as the system itself."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from django.test import Client

from sekisho.records.organization import actions as organization_actions
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.permissions import Role
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.subjects.models import Subject

if TYPE_CHECKING:
    from sekisho.records.organization.models import Organization, Person
    from sekisho.records.organization.principals import Principal

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
PASSWORD = "correct horse battery staple"

_numbers = itertools.count(1)


def make_organization(code: str = "minamo", *, parent: Organization | None = None, **fields: Any) -> Organization:
    """An organisation below ``parent`` (None: a root)."""
    fields.setdefault("name", code)
    return organization_actions.create_organization(SYSTEM, code=code, parent=parent, now=NOW, today=TODAY, **fields)


def make_person(login: str | None = None, *, language: str = "ja", **fields: Any) -> Person:
    """Somebody who can log in with PASSWORD."""
    login = login or f"person{next(_numbers)}"
    fields.setdefault("name", f"担当 {login}")
    return organization_actions.create_person(
        SYSTEM, login=login, password=PASSWORD, now=NOW, language=language, must_change_password=False, **fields
    )


def give(person: Person, role: Role | str, organization: Organization) -> None:
    """``person`` holds ``role`` in ``organization`` since long ago."""
    organization_actions.give_membership(
        SYSTEM, person=person, organization=organization, role=Role(role), valid_from=date(2020, 4, 1), now=NOW
    )


def principal_of(person: Person) -> Principal:
    """The person as a principal."""
    return organization_queries.principal_of(person, today=TODAY)


def principal_for(role: Role | str, organization: Organization, **fields: Any) -> Principal:
    """The principal of a new person with one role in ``organization``."""
    person = make_person(**fields)
    give(person, role, organization)
    return principal_of(person)


def client_for(role: Role | str | None, organization: Organization | None = None, **fields: Any) -> Client:
    """A browser of a new person, logged in (``role`` None: a stranger without any membership)."""
    person = make_person(**fields)
    if role is not None and organization is not None:
        give(person, role, organization)
    client = Client()
    client.force_login(person, backend="sekisho.web.backends.LoginBackend")
    return client


def make_subject(organization: Organization, *, kind: str = "host", name: str | None = None, **fields: Any) -> Subject:
    """A Subject, directly as a row (the room's own tests go through its actions)."""
    return Subject.objects.create(
        organization=organization, kind=kind, name=name or f"{kind}-{next(_numbers)}", created_at=NOW, **fields
    )
