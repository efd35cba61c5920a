"""An installation is made wholly or not at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import typer
from tests.records.factories import make_organization
from typer.testing import CliRunner

from sekisho.cli import init
from sekisho.errors import SekishoError
from sekisho.records.organization.models import Membership, Organization, Person

if TYPE_CHECKING:
    from pathlib import Path

app = typer.Typer()
app.command()(init.command)

GOOD = {"organization": "town", "name": "みなも市", "body-kind": "municipality"}


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("SEKISHO_HOME", str(tmp_path))
    monkeypatch.setenv("SEKISHO_LANG", "en")
    monkeypatch.delenv("SEKISHO_DATABASE_URL", raising=False)


def run(home: Path, *more: str, stdin: str | None = None, **changed: str):
    arguments = [word for name, value in {**GOOD, **changed}.items() for word in (f"--{name}", value)]
    return CliRunner().invoke(app, [*arguments, "--home", str(home), *more], input=stdin)


@pytest.mark.parametrize(
    ("changed", "stdin", "code"),
    [
        ({"body-kind": "nope"}, None, "installation.body_kind"),
        ({"organization": "A b"}, None, "organization.code_invalid"),
        ({"name": " "}, None, "organization.name_missing"),
        ({"administrator": ""}, None, "installation.login_invalid"),
        ({"administrator": "a b"}, None, "installation.login_invalid"),
        ({"base-url": "ftp://x"}, None, "installation.base_url"),
        ({"database-url": "mysql://x/y"}, None, "config.database_url"),
        ({"database-url": "postgresql://x:port/y"}, None, "config.database_url"),
        ({"database-url": "postgresql://x"}, None, "config.database_url"),
        ({"database-url": "postgresql://[x/y"}, None, "config.database_url"),
        ({}, "short\n", "installation.password_short"),
        ({}, "password1234\n", "installation.password_weak"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_left(changed, stdin, code, tmp_path) -> None:
    home = tmp_path / "not" / "there" / "yet"
    result = run(home, *(["--password-stdin"] if stdin else []), stdin=stdin, **changed)
    assert isinstance(result.exception, SekishoError)
    assert (result.exception.code, result.exception.exit_code) == (code, 2)
    assert not (tmp_path / "not").exists()


@pytest.mark.parametrize("name", ["sekisho.toml", "somebody-elses"])
def test_a_home_that_holds_something_is_left_alone(name, tmp_path) -> None:
    (tmp_path / name).write_text("kept", encoding="utf-8")
    mode = tmp_path.stat().st_mode
    result = run(tmp_path)
    assert result.exception.exit_code == 5
    assert [entry.name for entry in tmp_path.iterdir()] == [name]
    assert tmp_path.stat().st_mode == mode


def test_a_database_in_use_is_not_taken_over(db, tmp_path) -> None:
    make_organization("there")
    result = run(tmp_path / "home")
    assert result.exception.code == "installation.database_used"
    assert not (tmp_path / "home").exists()
    assert list(Organization.objects.values_list("code", flat=True)) == ["there"]


def test_the_first_organisation_and_its_administrator(db, tmp_path) -> None:
    home = tmp_path / "home"
    result = run(home, "--json")
    assert result.exit_code == 0, result.exception
    shown = json.loads(result.stdout)
    assert shown["login"] == "admin"
    person = Person.objects.get(login="admin")
    assert person.check_password(shown["password"])
    assert person.must_change_password
    assert Membership.objects.get(person=person).organization.code == "town"
    assert (home.stat().st_mode & 0o777, (home / "sekisho.toml").stat().st_mode & 0o777) == (0o700, 0o600)


def test_a_given_password_is_not_shown(db, tmp_path) -> None:
    result = run(tmp_path / "home", "--password-stdin", stdin="a long way to the barrier\n")
    assert result.exit_code == 0, result.exception
    assert "a long way" not in result.output
    assert Person.objects.get(login="admin").check_password("a long way to the barrier")
