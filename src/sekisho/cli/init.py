"""``sekisho init``: an empty production installation."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from sekisho.cli.common import JsonOption, print_json, say
from sekisho.errors import InputError

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

    password = sys.stdin.readline().rstrip("\n") if password_stdin else ""
    if password_stdin and len(password) < _MIN_PASSWORD:
        raise InputError("installation.password_short", minimum=_MIN_PASSWORD)
    home = home.resolve()
    installation.write_config(home, database_url=database_url, base_url=base_url, redis_url=redis_url)
    os.environ["SEKISHO_HOME"] = str(home)
    try:
        made = _fill(organization=organization, name=name, body_kind=body_kind, administrator=administrator, password=password)
    except BaseException:
        (home / "sekisho.toml").unlink()  # half an installation would stand in the way of the next try
        raise
    shown = {"home": str(home), "address": base_url, "login": administrator, "password": "" if password else made}
    if as_json:
        print_json(shown)
        return
    say("installation.ready", **shown)
    if not password:
        say("installation.password_once", **shown)


def _fill(*, organization: str, name: str, body_kind: str, administrator: str, password: str) -> str:
    from sekisho.cli.django import setup
    from sekisho.web import installation

    setup(need_database=False)
    from django.utils import timezone

    now, today = timezone.now(), timezone.localdate()
    installation.prepare_database(now=now)
    root = installation.add_root(code=organization, name=name, body_kind=body_kind, now=now, today=today)
    made = installation.add_first_administrator(
        organization=root, login=administrator, name=administrator, password=password, now=now, today=today
    )
    return made.password
