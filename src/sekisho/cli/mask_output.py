"""How ``sekisho mask`` shows samples, runs and proofs, and writes reports."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sekisho import __version__
from sekisho.cli.common import language, print_json, say
from sekisho.cli.mask_options import word
from sekisho.errors import Conflict, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sekisho.engines.masking.plan import Plan
    from sekisho.engines.masking.run import RunResult
    from sekisho.engines.masking.sampling import TableSample
    from sekisho.engines.masking.verify import Check, Proof

__all__ = ["show_proof", "show_run", "show_sample", "write_observation", "write_report"]

_LONGEST = 40


def _console() -> Console:
    return Console(soft_wrap=not sys.stdout.isatty())


def show_sample(samples: Sequence[TableSample], *, as_json: bool) -> None:
    """Before (partly hidden) and after, column by column."""
    if as_json:
        tables = [
            {
                "name": one.name,
                "columns": [
                    {"name": c.name, "action": c.action, "before": list(c.before), "after": list(c.after)} for c in one.columns
                ],
            }
            for one in samples
        ]
        print_json({"schema": "sekisho.masking_sample/1", "tables": tables})
        return
    console = _console()
    for one in samples:
        shown = Table(title=escape(one.name), title_justify="left", title_style="bold", show_edge=False, pad_edge=False)
        for heading in ("column", "transform", "before", "after"):
            shown.add_column(word(f"heading_{heading}"))
        for column in one.columns:
            pairs = list(zip(column.before, column.after, strict=True)) or [(None, None)]
            for number, (before, after) in enumerate(pairs):
                name, action = (escape(column.name), escape(column.action)) if not number else ("", "")
                shown.add_row(name, action, _cell(before), _cell(after))
        console.print(shown)
        console.print()


def _cell(text: str | None) -> str:
    if text is None:
        return "[dim]NULL[/]"
    short = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return escape("".join(c if c.isprintable() or c == "　" else "�" for c in short)) or '[dim]""[/]'


def show_run(done: RunResult, *, as_json: bool) -> None:
    """What a run did."""
    if as_json:
        print_json(done.as_dict())
        return
    for table in done.tables:
        typer.echo(f"{table.name}\t{table.rows:,}")
    for note, count in done.notes.items():
        say(f"masking_runs.note_{note}", count=count)
    for key in done.keys:
        say("masking_runs.key_used", domain=key.domain, version=key.version, check=key.check)
    say("masking_runs.run_done", target=done.target, tables=len(done.tables), version=done.plan_version, hash=done.plan_hash[:16])


def show_proof(proof: Proof, *, as_json: bool) -> None:
    """The checks that matter to a reader: what failed, what is left, and whether it holds."""
    if as_json:
        print_json(proof.as_dict())
        return
    console = _console()
    for table in proof.tables:
        console.print(escape(word("proof_table", table=table.name, rows=f"{table.rows:,}", after=f"{table.target_rows:,}")))
    for check in proof.checks:
        if check.outcome.value != "passed":
            console.print(("[red]" if check.outcome.value == "failed" else "[yellow]") + escape(_line(check)) + "[/]")
    for one in proof.remaining:
        colour = "red" if not one.explained else "dim"
        said = word(
            "left_line",
            table=one.table,
            column=one.column,
            kind=one.kind,
            count=one.count,
            why=word(f"why_{one.explained or 'none'}"),
        )
        console.print(f"[{colour}]{escape(said)}[/]")
    passed = sum(one.outcome.value == "passed" for one in proof.checks)
    say(
        "masking_runs.proof_holds" if proof.holds else "masking_runs.proof_fails",
        passed=passed,
        checks=len(proof.checks),
        cells=f"{proof.compared:,}",
    )


def _line(check: Check) -> str:
    place = ".".join(one for one in (check.table, check.column) if one)
    figures = ", ".join(f"{key}={value}" for key, value in check.fields.items() if value != "")
    reason = f" ({word(f'undone_{check.reason}')})" if check.reason else ""
    return f"{word(f'outcome_{check.outcome.value}')} {word(f'check_{check.code}')} {place} {figures}{reason}".rstrip()


def write_report(path: Path, plan: Plan, proof: Proof, *, organization: str, now: datetime, fictional: bool, force: bool) -> None:
    """The report, in the form that the file's ending names."""
    from sekisho.documents import ALL_MEDIA_TYPES, render
    from sekisho.records.lifecycle.masking_report import masking_report

    form = path.suffix.lower().lstrip(".")
    if form not in ALL_MEDIA_TYPES:
        raise InputError("masking_runs.option_choice", option="--report", value=path.name, known=", ".join(ALL_MEDIA_TYPES))
    document = masking_report(plan, proof, organization=organization, now=now, language=language(), fictional=fictional)
    _put(path, render(document, form), force=force)
    say("masking_runs.report_written", file=str(path))


def write_observation(path: Path, plan: Plan, proof: Proof, *, now: datetime, force: bool) -> None:
    """The Observation, as ``sekisho measure`` keeps it."""
    from sekisho.engines.masking.observe import observe
    from sekisho.engines.observation import encode

    _put(path, encode(observe(plan, proof, now=now, version=__version__)), force=force)


def _put(path: Path, content: bytes, *, force: bool) -> None:
    if path.exists() and not force:
        raise Conflict("masking_runs.target_exists", location=str(path))
    part = path.with_name(f".{path.name}.sekisho-partial")
    part.write_bytes(content)
    part.replace(path)
