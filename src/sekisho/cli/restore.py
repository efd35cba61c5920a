"""``sekisho restore``: a backup becomes an installation again, on any of the databases.

Exit codes: 0 done · 1 done, but what was saved was not sound (ledger, missing evidence files) · 2 the file, its passphrase or
its contents cannot be used; nothing was restored · 5 home or database are not empty · 6 cannot read or write, try again later.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekisho.cli.backup import KeyOption, PassphraseOption, progress_shown, secret_from
from sekisho.cli.common import JsonOption, print_json, say
from sekisho.cli.django import setup
from sekisho.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from sekisho.web.backup.restoring import Restored
    from sekisho.web.backup.sealing import Secret


def command(
    file: Annotated[Path, typer.Argument(help="バックアップのファイル / the backup")],
    passphrase_file: PassphraseOption = None,
    key_file: KeyOption = None,
    home: Annotated[Path, typer.Option(help="設定・データベース・控えを置く所 / home of the installation")] = Path("var/main"),
    database_url: Annotated[
        str, typer.Option(help="postgresql://… （なければSQLite） / default: SQLite in the home", envvar="SEKISHO_DATABASE_URL")
    ] = "",
    check: Annotated[
        bool, typer.Option("--check", help="終わりまで読んで確かめるだけ / only read to the end and verify")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """封じたバックアップを、空の環境に戻す / restore a sealed backup into an empty installation."""
    secret = secret_from(passphrase_file, key_file, new=False)
    if check:
        _check(file, secret, as_json=as_json)
        return
    home = home.resolve()
    restored = _restore(file, secret, home=home, database_url=database_url)
    if as_json:
        print_json({"home": str(home), **restored.as_dict()})
    else:
        say("backup.restored", home=str(home), **restored.as_dict())
    if "secret_key" not in restored.settings:
        say("backup.no_keys")
    if restored.damaged:
        say("backup.damaged_files", count=len(restored.damaged), sha256=restored.damaged[0])
    if not restored.ledger_ok:
        say("backup.ledger_was_broken")
    if not restored.ok:
        raise typer.Exit(1)


def _check(path: Path, secret: Secret, *, as_json: bool) -> None:
    from sekisho.web.backup.checking import check

    try:
        with path.open("rb") as file, progress_shown() as progress:
            found = check(file, secret, name=str(path), progress=progress)
    except OSError as error:
        raise Unavailable("backup.cannot_read", file=str(path), detail=error.strerror or "") from error
    if as_json:
        print_json(found)
    else:
        say("backup.sound", **found)


def _restore(path: Path, secret: Secret, *, home: Path, database_url: str) -> Restored:
    from sekisho.web import installation
    from sekisho.web.backup.container import FrameReader
    from sekisho.web.backup.sealing import SealedReader
    from sekisho.web.config import database_settings

    if installation.exists(home):
        raise Conflict("installation.exists", home=str(home))
    try:
        source = path.open("rb")
    except OSError as error:
        raise Unavailable("backup.cannot_read", file=str(path), detail=error.strerror or "") from error
    with source, progress_shown() as progress:
        sealed = SealedReader(source, secret, name=str(path))  # a wrong passphrase ends here, before anything is made
        url = database_url or f"sqlite:///{home / 'sekisho.sqlite3'}"
        target = _sqlite_target(database_settings(url))
        made = home if not home.exists() else home / "store" if not (home / "store").exists() else None
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        work = None if target is None else target.with_name(f"{target.name}.restoring")
        if work is not None:
            work.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _remove(work)  # what a restore left that was killed
        os.environ["SEKISHO_HOME"] = str(home)
        os.environ["SEKISHO_DATABASE_URL"] = url if work is None else f"sqlite:///{work}"
        try:
            setup(need_database=False)
            from django.db import connection
            from django.utils import timezone

            from sekisho.web.backup.restoring import restore

            frames = FrameReader(sealed, name=str(path))
            try:
                restored = restore(frames, home=home, now=timezone.now(), progress=progress)
            finally:
                connection.close()
            if work is not None and target is not None:
                _settle(work, target)
        except BaseException:
            if work is not None:
                _remove(work)
            if made is not None:
                _remove_if_empty(made)
            raise
        _finish(home, restored, database_url=database_url)
    return restored


def _sqlite_target(database: dict[str, Any]) -> Path | None:
    """The file to make; None for another kind of database. Raises Conflict when it is there."""
    if not str(database["ENGINE"]).endswith("sqlite3"):
        return None
    target = Path(str(database["NAME"])).resolve()
    if target.exists() and target.stat().st_size:
        raise Conflict("backup.database_not_empty")
    return target


def _settle(work: Path, target: Path) -> None:
    """Give the finished SQLite file its name: everything from its journal is in the file, and on the disk."""
    database = sqlite3.connect(work)
    try:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        database.close()
    with work.open("rb") as file:
        os.fsync(file.fileno())
    work.replace(target)


def _remove(work: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        work.with_name(work.name + ending).unlink(missing_ok=True)


def _remove_if_empty(made: Path) -> None:
    """What this command made holds nothing but folders when it failed."""
    for folder in sorted((p for p in (made, *made.rglob("*")) if p.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()


def _finish(home: Path, restored: Restored, *, database_url: str) -> None:
    from sekisho.web import installation

    folder = home / "keys"
    for name, content in restored.keys.items():
        folder.mkdir(exist_ok=True, mode=0o700)
        handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
    values = {"secret_key": secrets.token_urlsafe(50), **restored.settings}
    if database_url:
        values["database_url"] = database_url
    installation.write_settings(home, values)
