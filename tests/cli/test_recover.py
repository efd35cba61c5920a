"""The way back in for somebody who cannot log in, and bringing an installation up to date, from the command line."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from tests.records.factories import make_person
from typer.testing import CliRunner

from sekisho.cli import recover, upgrade
from sekisho.cli.main import app
from sekisho.errors import NotFound
from sekisho.records.ledger.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _inside_the_test(monkeypatch):
    """Japanese output, and Django as pytest has set it up (its database is no file)."""
    monkeypatch.setenv("SEKISHO_LANG", "ja")
    for module in (recover, upgrade):
        monkeypatch.setattr(module, "setup", lambda: None)


def test_the_link_opens_once_and_is_on_the_ledger(home) -> None:
    person = make_person("admin")
    done = CliRunner().invoke(app, ["recover", "admin", "--json"])
    assert done.exit_code == 0, done.output
    link = json.loads(done.stdout)["link"]
    assert Client().get(link.split("127.0.0.1:8000")[-1], follow=True).status_code == 200
    assert str(person.pk) in Entry.objects.get(action="person.recovery_link").body
    person.refresh_from_db()
    assert not person.has_usable_password()


def test_somebody_unknown_is_an_error_with_words(home) -> None:
    done = CliRunner().invoke(app, ["recover", "nobody"])
    assert isinstance(done.exception, NotFound)


def test_upgrade_loads_the_catalogues_once(home) -> None:
    first = CliRunner().invoke(app, ["upgrade", "--json"])
    assert json.loads(first.stdout)["annex_a_2022"] == 93
    before = Entry.objects.count()
    CliRunner().invoke(app, ["upgrade", "--json"])
    assert Entry.objects.count() == before
