"""How ``sekisho measure`` shows Observations: JSON for machines, tables for people."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import yaml
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sekisho.cli.common import print_json
from sekisho.engines.observation import Measure, MeasureStatus, Observation, Severity
from sekisho.errors import SekishoError
from sekisho.standards.texts import render

__all__ = ["Output", "emit", "working"]

Result = tuple[Observation, dict[str, bytes]]
_SHOWN_FINDINGS = 25
_SHOWN_PLACES = 10
_PATIENCE = 2.0  # seconds after which a running command says what it is doing
_COLOURS = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan", "info": "dim"}


@dataclass(slots=True)
class Output:
    """Where the results were kept, for the reader to find them."""

    bundle: Path | None = None
    outbox: Path | None = None


@contextmanager
def working(code: str, lang: str) -> Iterator[Callable[[str], None]]:
    """Show on standard error what is being done, from the second second on. Yields a function to name the present step."""
    console = Console(stderr=True)
    status = console.status(render(code, {"step": ""}, lang))
    timer = threading.Timer(_PATIENCE, status.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda step: status.update(escape(render(code, {"step": step}, lang)))
    finally:
        timer.cancel()
        timer.join()
        status.stop()


@cache
def _declared() -> dict[str, dict[str, Any]]:
    text = resources.files("sekisho.standards").joinpath("measures.yaml").read_text(encoding="utf-8")
    loaded = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader in C, or in Python
    return {entry["key"]: entry for entry in loaded["measures"]}


def emit(results: Sequence[Result], failures: Sequence[SekishoError], *, json_output: bool, output: Output, lang: str) -> None:
    """Print the Observations on standard output."""
    if json_output:
        value: dict[str, Any] = {"observations": [msgspec.to_builtins(observation) for observation, _ in results]}
        if failures:
            value["errors"] = [failure.as_dict() for failure in failures]
        print_json(value)
        return
    console = Console(soft_wrap=not sys.stdout.isatty())  # in a file or a pipe a line stays one line
    for observation, _ in results:
        _show(console, observation, lang)
    for where, code in ((output.bundle, "measure.kept_bundle"), (output.outbox, "measure.kept_outbox")):
        if where:
            console.print(escape(render(code, {"path": str(where)}, lang)))
    if not (output.bundle or output.outbox):
        console.print(render("measure.kept_nowhere", {}, lang))


def _show(console: Console, observation: Observation, lang: str) -> None:
    title = render("measure.heading", {"engine": render(f"measure.engine_{observation.engine}", {}, lang),
                                       "subject": observation.subject.name, "at": observation.observed_at}, lang)  # fmt: skip
    table = Table(title=escape(title), title_justify="left", title_style="bold", show_edge=False, pad_edge=False)
    table.add_column(render("measure.column_measure", {}, lang))
    table.add_column(render("measure.column_value", {}, lang), justify="right")
    table.add_column(render("measure.column_note", {}, lang))
    for measure in observation.measures:
        table.add_row(escape(_title(measure, lang)), escape(_value(measure, lang)), escape(_note(measure, lang)))
    console.print(table)
    _show_findings(console, observation, lang)
    _show_unread(console, observation, lang)
    console.print()


def _title(measure: Measure, lang: str) -> str:
    declared = _declared().get(measure.key)
    title = declared["title"][lang] if declared else measure.key
    if not measure.dimensions:
        return str(title)
    return f"  {title}: " + ", ".join(_dimension(name, value, lang) for name, value in measure.dimensions.items())


def _dimension(name: str, value: str, lang: str) -> str:
    if name == "severity":
        return render(f"measure.severity_{value}", {}, lang)
    if name == "class":
        from sekisho.engines.codecheck import classes

        titles = {c.id: c.title[lang] for c in classes()}
        return f"{value} {titles[value]}" if value in titles else render("measure.class_other", {}, lang)
    return value


def _value(measure: Measure, lang: str) -> str:
    if measure.status is MeasureStatus.ERROR:
        return render("measure.status_error", {}, lang)
    if measure.value is None:
        code = "measure.status_unchecked" if measure.reason == "codecheck.class_unchecked" else "measure.status_not_applicable"
        return render(code, {}, lang)
    if _declared().get(measure.key, {}).get("ratio"):
        return f"{measure.value:.1%}"
    return f"{measure.value:,}" if isinstance(measure.value, int) else f"{measure.value:,.2f}"


def _note(measure: Measure, lang: str) -> str:
    parts = []
    if measure.reason:
        parts.append(render(measure.reason, {}, lang))
    if measure.numerator is not None and measure.denominator is not None:
        parts.append(f"{measure.numerator:,} / {measure.denominator:,}")
    if measure.coverage is not None and measure.coverage < 1:
        parts.append(render("measure.coverage", {"share": f"{measure.coverage:.1%}"}, lang))
    return " · ".join(parts)


def _show_findings(console: Console, observation: Observation, lang: str) -> None:
    if not observation.findings:
        console.print(render("measure.no_findings", {"scope": ", ".join(observation.scope)}, lang))
        return
    order = {severity: index for index, severity in enumerate(Severity)}
    ranked = sorted(observation.findings, key=lambda f: (order[f.severity], f.location))
    counts = Counter(f.severity for f in ranked)
    summary = ", ".join(f"{render(f'measure.severity_{s.value}', {}, lang)} {counts[s]}" for s in Severity if counts[s])
    console.print(render("measure.findings", {"count": len(ranked), "summary": summary}, lang), style="bold")
    for finding in ranked[:_SHOWN_FINDINGS]:
        label = render(f"measure.severity_{finding.severity.value}", {}, lang)
        text = render(finding.code, finding.fields, lang)
        place = f"  [{finding.location}]" if finding.location else ""
        console.print(f"  [{_COLOURS[finding.severity.value]}]{label}[/] {escape(text)}{escape(place)}")
    if len(ranked) > _SHOWN_FINDINGS:
        console.print(render("measure.findings_more", {"count": len(ranked) - _SHOWN_FINDINGS}, lang))


def _show_unread(console: Console, observation: Observation, lang: str) -> None:
    """What could not be read, and whether more rights would help."""
    places = observation.parameters.get("unreadable")
    places = places if isinstance(places, list) else []
    if observation.collector.privileged is False:
        console.print(render("measure.unprivileged", {"count": len(places)}, lang), style="yellow")
    for place in places[:_SHOWN_PLACES]:
        if isinstance(place, dict):
            console.print(f"  {escape(str(place.get('path')))}: {escape(render(str(place.get('reason')), {}, lang))}")
        else:
            console.print(f"  {escape(str(place))}")
