"""What the commands of ``sekisho mask`` share: options, keys, progress."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from sekisho.cli.common import language
from sekisho.standards.texts import render

if TYPE_CHECKING:
    from sekisho.engines.masking.keys import KeyRing
    from sekisho.engines.masking.tables import Dialect, Reading

__all__ = [
    "Delimiter", "Encoding", "Keys", "Mixed", "NoHeading", "PlanArgument", "SourceArgument", "Tables", "TargetArgument",
    "dialect",
    "ending_well", "interactive", "keys_for", "progress", "reading", "word",
]  # fmt: skip

_PATIENCE = 2.0

SourceArgument = Annotated[
    str, typer.Argument(help="元のデータ：ファイル、フォルダー、postgresql://… / source: file, folder or postgresql://…")
]
TargetArgument = Annotated[
    str,
    typer.Argument(
        help="出力先：ファイル、フォルダー、postgresql://…?schema=… / target: file, folder or postgresql://…?schema=…"
    ),
]
PlanArgument = Annotated[Path, typer.Argument(help="計画（YAML） / plan (YAML)")]
Encoding = Annotated[str, typer.Option("--encoding", help="CSVの文字コード（省くとUTF-8かCP932） / encoding of CSV")]
Delimiter = Annotated[str, typer.Option("--delimiter", help="CSVの区切り / delimiter of CSV")]
NoHeading = Annotated[bool, typer.Option("--no-heading", help="CSVに見出しがない / CSV without headings")]
Mixed = Annotated[bool, typer.Option("--mixed-as-text", help="種類の混じる列を文字として読む / read mixed columns as text")]
Tables = Annotated[list[str] | None, typer.Option("--table", help="この表だけ / only these tables")]
Keys = Annotated[
    list[Path] | None, typer.Option("--key", help="鍵のファイル（省くと環境変数） / key files (otherwise the environment)")
]


def word(code: str, **fields: Any) -> str:
    """The sentence of this command's topic in the user's language."""
    return render(f"masking_runs.{code}", fields, language())


def reading(encoding: str, delimiter: str, *, no_heading: bool, mixed: bool, tables: list[str] | None) -> Reading:
    """The options of a source."""
    from sekisho.engines.masking.tables import Reading as _Reading

    mark = {"tab": "\t", "\\t": "\t"}.get(delimiter, delimiter)
    return _Reading(encoding, mark, not no_heading, mixed, tuple(tables or ()))


def dialect(encoding: str) -> Dialect | None:
    """How new CSV is to be written; None for as the source."""
    from sekisho.engines.masking.tables import Dialect as _Dialect
    from sekisho.errors import InputError

    if not encoding:
        return None
    forms = {"utf-8": _Dialect("utf-8"), "utf-8-sig": _Dialect("utf-8", bom=True), "cp932": _Dialect("cp932")}
    if encoding.lower() not in forms:
        raise InputError("masking_runs.encoding_unknown", encoding=encoding)
    return forms[encoding.lower()]


def keys_for(domains: tuple[str, ...], files: list[Path] | None) -> KeyRing:
    """The keys in the files, and in the environment for the domains that no file is for."""
    from sekisho.engines.masking.keys import KeyRing as _KeyRing
    from sekisho.engines.masking.keys import key_from_environment, read_key_file

    found = [read_key_file(one) for one in files or []]
    there = {one.identity.domain for one in found}
    others = [key_from_environment(os.environ, one) for one in domains if one not in there]
    return _KeyRing([*found, *(one for one in others if one is not None)])


@contextmanager
def progress(code: str) -> Iterator[Callable[[str, int], None]]:
    """Says on standard error, from the second second on, which table is worked on and how many rows are done."""
    import threading

    console = Console(stderr=True)
    status = console.status(word(code, table="", rows=0))
    timer = threading.Timer(_PATIENCE, status.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda table, rows: status.update(escape(word(code, table=table, rows=f"{rows:,}")))
    finally:
        timer.cancel()
        timer.join()
        status.stop()


@contextmanager
def ending_well() -> Iterator[None]:
    """A request to end (SIGTERM) ends the work as Ctrl+C does: nothing half-written stays."""

    def end(number: int, frame: object) -> NoReturn:
        del number, frame
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, end)
    except ValueError:  # not the main thread: whoever runs us there ends us
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def interactive() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty()
