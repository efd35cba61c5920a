"""What the commands of ``sekisho intel`` share: reading files of indicators, writing files."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from sekisho.cli.common import say
from sekisho.errors import InputError

if TYPE_CHECKING:
    from sekisho.engines.detection.indicators import Indicator, Own
    from sekisho.engines.threatintel import Notice, Reading

__all__ = ["SHOWN", "FormName", "IndicatorsOption", "OutOption", "emit", "indicators_of", "load", "read_bytes"]

SHOWN: Final = 50
IndicatorsOption = Annotated[
    Path, typer.Option("--indicators", help="指標のファイル（intel import の出力、STIX、CSV など） / file of indicators")
]
OutOption = Annotated[Path | None, typer.Option("--out", help="書き出すファイル（省くと画面） / file to write (default: stdout)")]


class FormName(StrEnum):
    """Forms that can be read."""

    SEKISHO = "sekisho"
    STIX = "stix"
    MISP = "misp"
    CSV = "csv"
    LIST = "list"
    RSS = "rss"
    NOTICE = "notice"


def read_bytes(path: Path) -> bytes:
    """The content of a file. Raises InputError ``threatintel.file_unreadable``."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError("threatintel.file_unreadable", file=str(path), reason=type(error).__name__) from error


def load(path: Path, form: FormName | None = None, *, source: str = "", own: Own | None = None) -> Reading | Notice:
    """Threat information of any known form, or a review in which a person took candidates."""
    from sekisho.engines import threatintel
    from sekisho.engines.threatintel.review import is_review, read_review

    content = read_bytes(path)
    if form is None and content.lstrip()[:1] == b"{" and is_review(content):
        return read_review(content, filename=path.name, own=own)
    chosen = None if form is None else threatintel.Form(form.value)
    return threatintel.read(content, filename=path.name, form=chosen, source=source, own=own)


def indicators_of(path: Path) -> list[Indicator]:
    """Indicators of a file that needs no confirmation any more."""
    from sekisho.engines.threatintel import Notice

    found = load(path)
    if isinstance(found, Notice):
        raise InputError("threatintel.form_unknown", file=path.name, expected="sekisho, stix, misp, csv, list")
    for problem in found.problems[:SHOWN]:
        say(problem.code, **problem.filling)
    return list(found.indicators)


def emit(content: str, out: Path | None) -> None:
    """Write ``content`` to ``out``, whole or not at all; to standard output when there is none."""
    if out is None:
        typer.echo(content, nl=not content.endswith("\n"))
        return
    partial = out.with_name(f".{out.name}.partial")
    partial.write_text(content, encoding="utf-8", newline="")
    partial.replace(out)
