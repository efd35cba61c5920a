"""How ``sekisho leakscan`` shows what it found: JSON as it comes, tables for people, progress on standard error."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TextIO

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sekisho.cli.common import language
from sekisho.standards.texts import render, render_problem

if TYPE_CHECKING:
    from sekisho.engines.leakscan.places.model import PlaceScan, Summary
    from sekisho.engines.leakscan.places.run import Progress
    from sekisho.errors import Problem

__all__ = ["Printed", "Streamed", "progress", "temporary"]

SCHEMA = "sekisho.leakscan/1"
_PATIENCE = 2.0
_OFTEN = 0.2
_PLACES = 30
_PROBLEMS = 40


@contextmanager
def progress(lang: str) -> Iterator[Callable[[Progress], None]]:
    """Show on standard error how far a scan is, from the second second on."""
    console = Console(stderr=True)
    status = console.status(render("leakplaces.working", {"files": 0, "megabytes": 0, "findings": 0, "path": ""}, lang))
    begun = last = time.monotonic()
    shown = False

    def tell(now: Progress) -> None:
        nonlocal shown, last
        moment = time.monotonic()
        if moment - begun < _PATIENCE or moment - last < _OFTEN:
            return
        last = moment
        fields = {
            "files": f"{now.files:,}",
            "megabytes": f"{now.size / 1e6:,.0f}",
            "findings": f"{now.findings:,}",
            "path": now.path,
        }
        if not shown:
            status.start()
            shown = True
        status.update(escape(render("leakplaces.working", fields, lang)))

    try:
        yield tell
    finally:
        if shown:
            status.stop()


def temporary(out: Path) -> Path:
    """The file in which a result stands until it is whole."""
    return out.with_name(f".{out.name}.{os.getpid()}")


class Streamed:
    """One JSON object, written piece by piece: findings as they come, then problems, summary. A file appears when it is whole."""

    def __init__(self, out: Path | None, *, also_printed: bool = False) -> None:
        """``out`` None: standard output; ``also_printed``: a table for people, too."""
        self._out = out
        self._printed = Printed() if also_printed else None
        self._temporary = temporary(out) if out else None
        self._file: TextIO = sys.stdout
        self._first = True
        self._problems: list[Problem] = []
        self._done = False

    def __enter__(self) -> Self:
        if self._temporary is not None:
            self._file = os.fdopen(os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8")
        else:
            with contextlib.suppress(AttributeError):
                sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
        self._file.write(f'{{"schema": "{SCHEMA}", "findings": [')
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self._temporary is not None:
            self._file.close()
            if kind is None and self._done and self._out is not None:
                self._temporary.replace(self._out)
            self._temporary.unlink(missing_ok=True)

    def add(self, scan: PlaceScan) -> None:
        """Write the findings of one place."""
        for one in scan.each():
            self._file.write(("" if self._first else ",") + "\n" + json.dumps(one, ensure_ascii=False))
            self._first = False
        self._problems += scan.problems
        if self._printed:
            self._printed.add(scan)

    def finish(self, summary: Summary, problems: list[Problem]) -> None:
        """Write what stands behind the findings."""
        told = [{**p.as_dict(), "message": render_problem(p, language())} for p in (*self._problems, *problems)]
        rest = {"problems": told, "summary": summary.as_dict()}
        self._file.write(f"\n], {json.dumps(rest, ensure_ascii=False, default=str)[1:]}\n")
        self._done = True
        if self._printed:
            self._printed.finish(summary, problems)


class Printed:
    """Tables: how many of which kind, and where; then what could not be read."""

    def __init__(self) -> None:
        """On standard output."""
        self._console = Console(soft_wrap=not sys.stdout.isatty())
        self._problems: list[Problem] = []
        self._notes: list[Problem] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""

    def add(self, scan: PlaceScan) -> None:
        """Keep what is told at the end."""
        self._problems += scan.problems
        self._notes += scan.notes[: max(0, _PROBLEMS - len(self._notes))]

    def finish(self, summary: Summary, problems: list[Problem]) -> None:
        """Print."""
        lang = language()
        if summary.findings:
            self._console.print(_table("leakplaces.by_kind", _kinds(summary.kinds, lang), lang))
            rows = [
                (path, count, ", ".join(f"{_kind(k, lang)} {n:,}" for k, n in sorted(summary.by_place[path].items())))
                for path, count in summary.places.most_common(_PLACES)
            ]
            self._console.print(_table("leakplaces.by_place", rows, lang))
            if len(summary.places) > _PLACES:
                self._say("leakplaces.more_places", count=len(summary.places) - _PLACES)
        everything = [*self._problems, *problems]
        for one in (*everything[:_PROBLEMS], *self._notes[:_PROBLEMS]):
            place = ":".join(str(p) for p in (one.file, one.row, one.column) if p)
            self._console.print(escape(f"{place}: {render_problem(one, lang)}"), style="yellow")
        if len(everything) > _PROBLEMS:
            self._say("leakplaces.more_problems", count=len(everything) - _PROBLEMS)
        self._say("leakplaces.done", **{k: f"{v:,}" for k, v in _totals(summary).items()})

    def _say(self, code: str, **fields: Any) -> None:
        self._console.print(escape(render(code, fields, language())))


def _totals(summary: Summary) -> dict[str, int]:
    return {
        "places": summary.looked_at,
        "read": summary.read,
        "partly": summary.partly,
        "unread": summary.unread,
        "unchanged": summary.unchanged,
        "findings": summary.findings,
        "links": summary.links,
        "excluded": summary.excluded,
    }


def _kind(name: str, lang: str) -> str:
    return render(f"leakscan.kind_{name}", {}, lang)


def _kinds(kinds: Counter[str], lang: str) -> list[tuple[str, int, str]]:
    return [(_kind(name, lang), count, name) for name, count in kinds.most_common()]


def _table(code: str, rows: list[tuple[str, int, str]], lang: str) -> Table:
    table = Table(title=render(code, {}, lang), title_justify="left", title_style="bold", show_edge=False, pad_edge=False)
    table.add_column(render(f"{code}_name", {}, lang), overflow="fold")
    table.add_column(render("leakplaces.count", {}, lang), justify="right")
    table.add_column("", overflow="fold")
    for name, count, more in rows:
        table.add_row(escape(name), f"{count:,}", escape(more))
    return table
