"""``sekisho init``: an empty production installation."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sekisho.cli.common import JsonOption, language, print_json, program, say
from sekisho.errors import Conflict, InputError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

_MIN_PASSWORD = 12


def command(
    organization: Annotated[str, typer.Option(help="はじめの組織のコード（半角英数字と-） / code of the first organisation")],
    name: Annotated[str, typer.Option(help="はじめの組織の名前 / its name")],
    body_kind: Annotated[str, typer.Option(help="組織の種類（municipality、prefecture、national など） / kind of body")],
    home: Annotated[Path, typer.Option(help="設定・データベース・控えを置く所 / home of the installation")] = Path("var/main"),
    database_url: Annotated[str, typer.Option(help="postgresql://… （なければSQLite） / default: SQLite in the home")] = "",
    base_url: Annotated[str, typer.Option(help="利用者が開くアドレス / address that users open")] = "http://127.0.0.1:8000",
    redis_url: Annotated[str, typer.Option(help="redis://… （なければ組み込み） / default: embedded queue")] = "",
    administrator: Annotated[
        str, typer.Option(help="はじめの管理者のログイン名 / log-in name of the first administrator")
    ] = "admin",
    password_stdin: Annotated[
        bool, typer.Option(help="パスワードを標準入力から読む / read the password from standard input")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """本番の空の環境を作る（はじめの管理者つき） / make an empty production installation with its first administrator."""
    from sekisho.web import installation

    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else ""
    if password_stdin and len(password) < _MIN_PASSWORD:
        raise InputError("installation.password_short", minimum=_MIN_PASSWORD)
    home = home.resolve()
    if database_url:
        os.environ.pop("SEKISHO_DATABASE_URL", None)  # what is said here goes before what stands in the environment
    os.environ["SEKISHO_HOME"] = str(home)
    installation.check_home(home)
    with _all_or_nothing(home):
        installation.write_config(home, database_url=database_url, base_url=base_url, redis_url=redis_url)
        made = _fill(code=organization, name=name, body_kind=body_kind, login=administrator, password=password)
    shown = {"home": str(home), "address": base_url, "login": administrator, "password": "" if password else made}
    if as_json:
        print_json(shown)
        return
    say("installation.ready", **shown, start=_start_command(home))
    if not password:
        say("installation.password_once", **shown)


def _start_command(home: Path) -> str:
    """What starts this installation from the present folder."""
    from sekisho.web import config

    os.environ.pop("SEKISHO_HOME", None)
    where = "" if config.find_home() == home else f"SEKISHO_HOME={shlex.quote(str(home))} "
    return f"{where}{program()} serve"


@contextmanager
def _all_or_nothing(home: Path) -> Iterator[None]:
    """Remove what was made in ``home`` when the block raises: half an installation would stand in the way of the next try."""
    before = {entry.name for entry in home.iterdir()} if home.is_dir() else set()
    outermost = next((folder for folder in reversed([home, *home.parents]) if not folder.exists()), None)
    try:
        yield
    except BaseException:
        _remove_made(home, keep=before)
        _remove_empty(home, outermost)
        raise


def _remove_made(home: Path, *, keep: set[str]) -> None:
    for entry in home.iterdir() if home.is_dir() else ():
        if entry.name not in keep:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def _remove_empty(home: Path, outermost: Path | None) -> None:
    """The folders that did not exist before, from ``home`` up to ``outermost``."""
    for folder in (home, *home.parents) if outermost else ():
        if folder.is_dir():
            folder.rmdir()
        if folder == outermost:
            return


def _fill(*, code: str, name: str, body_kind: str, login: str, password: str) -> str:
    """The tables, the catalogues, the first organisation and its administrator; returns the administrator's password."""
    from sekisho.cli.django import setup
    from sekisho.web import installation

    setup(need_database=False)
    from django.db import Error, connection, transaction
    from django.utils import timezone, translation

    from sekisho.records.database import explain
    from sekisho.records.organization.models import Organization

    now, today = timezone.now(), timezone.localdate()
    with translation.override(language()):
        installation.check_first(code=code, name=name, body_kind=body_kind, login=login, password=password)
    try:
        connection.ensure_connection()
        installation.prepare_database(now=now)
    except Error as error:
        connection.close()
        known = explain(error)
        if known is not None and known.code in {"database.locked", "database.full"}:
            raise known from error
        raise Unavailable("installation.database_refused", detail=_first_line(error)) from error
    if (other := Organization.objects.order_by("created_at").first()) is not None:
        raise Conflict("installation.database_used", organization=other.code)
    with transaction.atomic():
        root = installation.add_root(code=code, name=name, body_kind=body_kind, now=now, today=today)
        made = installation.add_first_administrator(
            organization=root, login=login, name=login, password=password, now=now, today=today
        )
    return made.password


def _first_line(error: Exception) -> str:
    """The driver's own words; they name address and database, never the password."""
    return str(error).strip().partition("\n")[0]
