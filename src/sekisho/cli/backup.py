"""``sekisho backup``: the whole installation in one sealed file.

Exit codes: 0 done · 1 done, but the ledger does not hold or evidence files are missing or damaged · 2 bad input ·
5 the file is there already · 6 cannot write, or the database is not available.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from sekisho.cli.common import JsonOption, print_json, say
from sekisho.cli.django import setup
from sekisho.errors import InputError, Unavailable

if TYPE_CHECKING:
    from sekisho.web.backup.sealing import Secret
    from sekisho.web.backup.writing import Progress

__all__ = ["KeyOption", "PassphraseOption", "command", "progress_shown", "secret_from"]

_MIN_PASSPHRASE: Final = 12
_KEY: Final = 32
_MOST: Final = 4096

PassphraseOption = Annotated[
    Path | None, typer.Option(help="合言葉のファイル（はじめの1行） / file whose first line is the passphrase")
]
KeyOption = Annotated[
    Path | None, typer.Option(help="鍵のファイル（32バイトか16進数64文字） / file with 32 bytes or 64 hexadecimal digits")
]


def command(
    out: Annotated[Path, typer.Option(help="作るファイル / file to write")],
    passphrase_file: PassphraseOption = None,
    key_file: KeyOption = None,
    with_keys: Annotated[
        bool,
        typer.Option("--with-keys/--without-keys", help="記録簿の署名鍵と秘密の鍵も入れる / include signing key and secret key"),
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """データベース・ファイル・鍵を、封じた一つのファイルに写す / database, evidence files and keys into one sealed file."""
    secret = secret_from(passphrase_file, key_file, new=True)
    setup()
    from django.utils import timezone

    from sekisho.web.backup.writing import back_up

    with progress_shown() as progress:
        written = back_up(out, secret=secret, now=timezone.now(), with_keys=with_keys, progress=progress)
    if as_json:
        print_json(written.as_dict())
    else:
        say("backup.done", **written.as_dict())
    if written.damaged:
        say("backup.damaged_files", count=len(written.damaged), sha256=written.damaged[0])
    if not written.ledger_ok:
        say("backup.ledger_was_broken")
    if not written.ok:
        raise typer.Exit(1)


def secret_from(passphrase_file: Path | None, key_file: Path | None, *, new: bool) -> Secret:
    """The secret from a file, or asked for at the terminal (twice when ``new``). Never from an argument: others see those."""
    from sekisho.web.backup.sealing import Secret

    if passphrase_file and key_file:
        raise InputError("backup.two_secrets")
    if key_file:
        content = _small(key_file)
        try:
            value = content if len(content) == _KEY else bytes.fromhex(content.decode("ascii").strip())
        except ValueError:
            value = b""
        if len(value) != _KEY:
            raise InputError("backup.key_form", file=str(key_file))
        return Secret("key", value)
    if passphrase_file:
        lines = _small(passphrase_file).splitlines()
        passphrase = lines[0] if lines else b""
    elif sys.stdin.isatty():
        passphrase = typer.prompt("合言葉 / passphrase", hide_input=True, confirmation_prompt=new, err=True).encode()
    else:
        raise InputError("backup.no_secret")
    if new and len(passphrase.decode("utf-8", "replace")) < _MIN_PASSPHRASE:
        raise InputError("backup.passphrase_short", minimum=_MIN_PASSPHRASE)
    return Secret("passphrase", passphrase)


def _small(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST)
    except OSError as error:
        raise Unavailable("backup.cannot_read", file=str(path), detail=error.strerror or "") from error


@contextmanager
def progress_shown() -> Iterator[Progress | None]:
    """What is being worked on, on a terminal; nothing where there is none."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status("…") as status:
        yield lambda what, count: status.update(f"{what} {count:,}" if count else what)
