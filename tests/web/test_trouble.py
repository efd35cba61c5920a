"""What people are told when the database is in trouble, or the address cannot be meant."""

from __future__ import annotations

import sqlite3

import pytest
from django.db import OperationalError
from tests.records.factories import client_for, make_organization

from sekisho.records.ledger import queries as ledger
from sekisho.records.organization.permissions import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def locked(monkeypatch):
    """The database answers as a locked one does."""

    def fail(*_principal, **_fields):
        cause = sqlite3.OperationalError("database is locked")
        cause.sqlite_errorcode = sqlite3.SQLITE_BUSY
        raise OperationalError("database is locked") from cause

    monkeypatch.setattr(ledger, "entries", fail)


def test_a_locked_database_is_told_in_words_on_pages_and_api(locked, home) -> None:
    city = make_organization("city")
    client = client_for(Role.AUDITOR, city)
    page = client.get("/o/city/ledger/")
    assert page.status_code == 503
    assert "OperationalError" not in page.content.decode()
    answer = client.get("/api/v1/ledger/entries")
    assert (answer.status_code, answer.json()["code"]) == (503, "database.locked")


def test_a_nul_in_the_query_is_a_bad_request(home) -> None:
    client = client_for(Role.AUDITOR, make_organization("city"))
    assert client.get("/o/city/ledger/?action=%00").status_code == 400
