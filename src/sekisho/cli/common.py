"""What all commands share: language, output, errors."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from sekisho.errors import SekishoError
from sekisho.standards import texts

__all__ = ["JsonOption", "fail", "language", "print_json", "program", "say", "shown"]

_LANGUAGE_VARIABLES = ("SEKISHO_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
JsonOption = Annotated[bool, typer.Option("--json", help="機械で読める形（JSON）で出す / machine-readable output")]


def language() -> str:
    """``SEKISHO_LANG`` if set, else English when the session's locale is English, else Japanese."""
    chosen = next((value for name in _LANGUAGE_VARIABLES if (value := os.environ.get(name))), "ja")
    return "en" if chosen.lower().startswith("en") else "ja"


def program() -> str:
    """How this user calls ``sekisho``: by its name when that finds this program, else by its path."""
    here = Path(sys.argv[0])
    found = shutil.which("sekisho")
    if here.name != "sekisho" or not here.exists() or (found and Path(found).resolve() == here.resolve()):
        return "sekisho"
    return shlex.quote(shown(here))


def shown(path: Path) -> str:
    """``path`` as seen from the present folder, if it is below it."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def say(code: str, **fields: Any) -> None:
    """Print the sentence for ``code`` on standard error (progress and notices; standard output is for results)."""
    print(texts.render(code, fields, language()), file=sys.stderr)  # noqa: T201 - a command line's way to speak


def print_json(value: Any) -> None:
    """Print ``value`` as JSON on standard output."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))  # noqa: T201 - a command line's way to speak


def fail(error: SekishoError) -> int:
    """Print an error with each of its places; returns the exit code."""
    lang = language()
    lines = [texts.render(error.code, error.fields, lang)]
    for problem in error.problems:
        place = ":".join(str(p) for p in (problem.file, problem.row, problem.column) if p)
        lines.append(f"  {place}: {texts.render_problem(problem, lang)}" if place else f"  {texts.render_problem(problem, lang)}")
    print("\n".join(lines), file=sys.stderr)  # noqa: T201 - a command line's way to speak
    return error.exit_code
