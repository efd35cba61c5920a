"""Making an installation: its home, its settings file, its tables, its catalogues, its first organisation and administrator."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sekisho.errors import Conflict, InputError
from sekisho.web.config import CONFIG_NAME, database_settings

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    from sekisho.records.organization.models import Organization, Person

__all__ = [
    "FirstAdministrator",
    "add_first_administrator",
    "add_root",
    "check_first",
    "check_home",
    "exists",
    "prepare_database",
    "write_config",
    "write_settings",
]


_LOGIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}")
_OF_THE_FILE_SYSTEM: Final = frozenset({"lost+found"})


@dataclass(frozen=True, slots=True)
class FirstAdministrator:
    """Who was made, with the password that is shown once."""

    person: Person
    password: str

    def __repr__(self) -> str:
        """Without the password."""
        return f"FirstAdministrator({self.person.login})"


def exists(home: Path) -> bool:
    """Whether there is an installation in ``home``."""
    return (home / CONFIG_NAME).exists()


def check_home(home: Path) -> None:
    """Raises Conflict when there is an installation in ``home``, or when the folder holds something else.

    Its rights would change, and removing the installation would remove that too.
    """
    if exists(home):
        raise Conflict("installation.exists", home=str(home))
    if home.exists() and (not home.is_dir() or any(entry.name not in _OF_THE_FILE_SYSTEM for entry in home.iterdir())):
        raise Conflict("installation.home_not_empty", home=str(home))


def write_config(home: Path, *, database_url: str = "", base_url: str, is_demo: bool = False, redis_url: str = "") -> None:
    """Make the home (mode 0700) and its settings file (0600) with a new secret key. Raises Conflict as ``check_home``."""
    check_home(home)
    if database_url:
        database_settings(database_url)  # refuses what it cannot read
    if not base_url.startswith(("http://", "https://")):
        raise InputError("installation.base_url", given=base_url)
    host = base_url.split("://", 1)[1].split("/", 1)[0].rsplit(":", 1)[0]
    values: dict[str, Any] = {
        "secret_key": secrets.token_urlsafe(50),
        "base_url": base_url.rstrip("/"),
        "allowed_hosts": list(dict.fromkeys([host, "127.0.0.1", "localhost", "[::1]"])),
        "https": base_url.startswith("https://"),
        "is_demo": is_demo,
    }
    if database_url:
        values["database_url"] = database_url
    if redis_url:
        values["redis_url"] = redis_url
    write_settings(home, values)


def write_settings(home: Path, values: dict[str, Any]) -> None:
    """Write a new settings file (0600) with ``values`` into ``home`` (made with mode 0700)."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    home.chmod(0o700)
    text = "".join(f"{name} = {_toml(value)}\n" for name, value in values.items())
    handle = os.open(home / CONFIG_NAME, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(f"# 関所の設定。項目は docs/reference/settings.md。 / Settings of Sekisho.\n{text}")


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(v) for v in value) + "]"
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def prepare_database(*, now: datetime) -> dict[str, int]:
    """Make or update the tables and load the catalogues; returns requirements by catalogue. Django must be set up."""
    from django.core.management import call_command

    from sekisho.records.catalog.actions import load_standards
    from sekisho.records.organization.principals import SYSTEM

    call_command("migrate", verbosity=0, interactive=False)
    return load_standards(SYSTEM, now=now)


def check_first(*, code: str, name: str, body_kind: str, login: str, password: str) -> None:
    """Everything about the first organisation and administrator that can be refused before a database is touched (InputError)."""
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    from sekisho.records.organization.actions.structure import check_naming
    from sekisho.records.organization.models import Person
    from sekisho.standards.catalog import body_kinds

    if body_kind not in body_kinds():
        raise InputError("installation.body_kind", given=body_kind, known=", ".join(body_kinds()))
    check_naming(code=code, name=name, body_kind=body_kind)
    if not _LOGIN.fullmatch(login):
        raise InputError("installation.login_invalid", given=login)
    if password:
        try:
            validate_password(password, Person(login=login, name=login))
        except ValidationError as error:
            raise InputError("installation.password_weak", detail=" ".join(error.messages)) from error


def add_root(
    *, code: str, name: str, name_en: str = "", body_kind: str, is_fictional: bool = False, now: datetime, today: date
) -> Organization:
    """The first organisation, with the Subject that stands for it. Raises InputError for an unknown kind of body."""
    from sekisho.records.organization.actions import create_organization
    from sekisho.records.organization.principals import SYSTEM
    from sekisho.records.subjects.actions import ensure_for
    from sekisho.standards.catalog import body_kinds

    if body_kind not in body_kinds():
        raise InputError("installation.body_kind", given=body_kind, known=", ".join(body_kinds()))
    root = create_organization(
        SYSTEM,
        code=code,
        name=name,
        name_en=name_en,
        body_kind=body_kind,
        is_boundary=True,
        is_fictional=is_fictional,
        now=now,
        today=today,
    )
    ensure_for(root, now=now)
    return root


def add_first_administrator(
    *, organization: Organization, login: str, name: str, password: str = "", now: datetime, today: date
) -> FirstAdministrator:
    """Who may add everybody else. Without ``password`` a strong one is made; it has to be changed at the first log-in."""
    from sekisho.records.organization.actions import create_person, give_membership
    from sekisho.records.organization.permissions import Role
    from sekisho.records.organization.principals import SYSTEM

    given = password or secrets.token_urlsafe(15)
    person = create_person(SYSTEM, login=login, name=name, password=given, must_change_password=True, now=now)
    give_membership(SYSTEM, person=person, organization=organization, role=Role.ADMINISTRATOR, valid_from=today, now=now)
    return FirstAdministrator(person=person, password=given)
