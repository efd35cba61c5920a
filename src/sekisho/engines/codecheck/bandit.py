"""Bandit: running it over a source tree and reading its JSON report.

Bandit is told to ignore its own ``# nosec`` comments, so that what was suppressed stays visible here: with a written reason it
counts as closed, without one it stays open.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sekisho.engines.codecheck.classes import bandit_rules, classes_of, ruff_prefix
from sekisho.engines.codecheck.model import CodeFinding, Rule, ToolRun
from sekisho.engines.observation import Severity, fingerprint
from sekisho.errors import InputError, Problem, Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ARGUMENTS", "EXCLUDED", "Completed", "Runner", "parse", "run", "suppression"]


@dataclass(frozen=True, slots=True)
class Completed:
    """How a program ended: exit code, standard output and standard error."""

    code: int
    output: bytes
    errors: bytes = b""


# Starts a program and waits for it; raises FileNotFoundError when it is not there.
Runner = Callable[[tuple[str, ...]], Completed]

EXCLUDED: Final = (
    ".git", ".hg", ".svn", ".tox", ".nox", ".venv", "venv", "node_modules", "__pycache__", ".eggs", "build", "dist",
    "site-packages",
)  # fmt: skip
ARGUMENTS: Final = ("-q", "-r", "-f", "json", "--exit-zero", "--ignore-nosec")
_SEVERITIES: Final = {"HIGH": Severity.HIGH, "MEDIUM": Severity.MEDIUM, "LOW": Severity.LOW}
_NOSEC: Final = re.compile(r"#\s*nosec\b:?(?P<rest>[^#]*)", re.ASCII | re.IGNORECASE)
_NOQA: Final = re.compile(r"#\s*noqa:\s*(?P<codes>[A-Z]+[0-9]+(?:[\s,]+[A-Z]+[0-9]+)*)(?P<rest>[^#]*)", re.ASCII)
_TEST: Final = re.compile(r"B[0-9]{3}", re.ASCII)
_WORDS_TO_DROP: Final = re.compile(r"^(?:[\s,]*(?:B[0-9]{3}|[a-z0-9]+(?:_[a-z0-9]+)+))+", re.ASCII)
_REASON_EDGE: Final = " \t-–—:,.;()"


class _Cwe(msgspec.Struct, frozen=True):
    id: int | str = 0


class _Result(msgspec.Struct):
    test_id: str
    filename: str
    line_number: int = 0
    line_range: list[int] = []
    test_name: str = ""
    issue_text: str = ""
    issue_severity: str = ""
    issue_confidence: str = ""
    issue_cwe: _Cwe = _Cwe()
    code: str = ""


class _Failure(msgspec.Struct):
    filename: str
    reason: str = ""


class _Report(msgspec.Struct):
    results: list[_Result]
    metrics: dict[str, dict[str, Any]]
    errors: list[_Failure] = []


def run(paths: Sequence[Path], *, python: str, runner: Runner, scope: str, excluded: Sequence[str] = EXCLUDED) -> ToolRun:
    """Run ``python -m bandit`` over ``paths``; ``scope`` names what was looked at in the Observation.

    Raises Unavailable when Bandit is not installed, InputError when its report cannot be read.
    """
    names = [str(path) for path in paths]
    patterns = ",".join(f"*/{name}/*" for name in excluded)
    try:
        done = runner((python, "-m", "bandit", *ARGUMENTS, "-x", patterns, "--", *names))
    except FileNotFoundError as error:
        raise Unavailable("codecheck.bandit_missing", component="bandit") from error
    if not done.output.strip():
        last = done.errors.decode("utf-8", "replace").strip().splitlines()[-1:] or [""]
        if "No module named bandit" in last[0]:
            raise Unavailable("codecheck.bandit_missing", component="bandit")
        raise InputError("codecheck.bandit_failed", reason=last[0][:300], code_of_exit=done.code)
    base = paths[0] if len(paths) == 1 else Path()
    return parse(done.output, base=base if base.is_dir() else base.parent, scope=scope)


def parse(untrusted: bytes, *, base: Path, scope: str, version: str = "") -> ToolRun:
    """Read Bandit's JSON report; ``base`` is the directory from which paths are told and source lines are read."""
    try:
        report = msgspec.json.decode(untrusted, type=_Report)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        problem = Problem("codecheck.json_broken", {"reason": str(error)[:300]}, "bandit")
        raise InputError("codecheck.report_unusable", problems=(problem,), tool="bandit") from error
    totals = report.metrics.get("_totals", {})
    files = sum(name != "_totals" for name in report.metrics)
    result = ToolRun("bandit", version, scope, lines=_count(totals.get("loc")), files=files)
    result.unparsed = [(_relative(failure.filename, base), failure.reason[:300]) for failure in report.errors]
    parsed_any = files > len(result.unparsed)
    result.completed = parsed_any
    for identifier, rule in bandit_rules().items():
        found = rule.classes if rule.classes is not None else classes_of((rule.cwe,))
        result.rules[identifier] = Rule(identifier, (rule.cwe,), found)
    sources: dict[str, list[str]] = {}
    seen: Counter[tuple[str, str, str]] = Counter()
    for entry in sorted(report.results, key=lambda r: (r.filename, r.line_number, r.test_id)):
        result.findings.append(_finding(entry, base, sources, seen))
    return result


def _count(value: Any) -> int:
    return int(value) if isinstance(value, int | float) else 0


def _relative(name: str, base: Path) -> str:
    path = Path(name)
    try:
        return path.resolve().relative_to(base.resolve()).as_posix()
    except ValueError:
        return path.as_posix().removeprefix("./")


def _finding(entry: _Result, base: Path, sources: dict[str, list[str]], seen: Counter[tuple[str, str, str]]) -> CodeFinding:
    if entry.filename not in sources:
        try:
            sources[entry.filename] = Path(entry.filename).read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:  # the report may come from another machine: its own excerpt must do
            sources[entry.filename] = []
    lines = sources[entry.filename]
    path = _relative(entry.filename, base)
    numbers = sorted({entry.line_number, *entry.line_range})
    text = [lines[n - 1] for n in numbers if 0 < n <= len(lines)]
    anchor = lines[entry.line_number - 1] if 0 < entry.line_number <= len(lines) else entry.code
    content = " ".join(anchor.split("#", 1)[0].split())
    seen[path, entry.test_id, content] += 1
    state, reason = suppression(text, entry.test_id)
    rule = bandit_rules().get(entry.test_id)
    cwe = int(entry.issue_cwe.id) if str(entry.issue_cwe.id).isdecimal() else 0
    cwes = (cwe,) if cwe else ((rule.cwe,) if rule else ())
    return CodeFinding(
        tool="bandit", rule=entry.test_id, severity=_SEVERITIES.get(entry.issue_severity.upper(), Severity.INFO),
        message=entry.issue_text, path=path, line=entry.line_number, cwes=cwes, state=state, justification=reason,
        classes=rule.classes if rule and rule.classes is not None else classes_of(cwes),
        fingerprint=fingerprint("codecheck", "bandit", entry.test_id, path, content, str(seen[path, entry.test_id, content])),
    )  # fmt: skip


def suppression(lines: Sequence[str], rule: str) -> tuple[str, str]:
    """(state, reason) that comments on ``lines`` give to a finding of ``rule``: ``open`` when nothing suppresses it.

    Understood are ``# nosec``, ``# nosec B602``, and Ruff's ``# noqa: S602``; the words after them are the reason.
    """
    state, reason = "open", ""
    for line in lines:
        nosec = _NOSEC.search(line)
        if nosec:
            tests = _TEST.findall(nosec["rest"])
            if not tests or rule in tests:
                state, reason = "unjustified", _WORDS_TO_DROP.sub("", nosec["rest"]).strip(_REASON_EDGE)
        noqa = _NOQA.search(line)
        if noqa and ruff_prefix() + rule[1:] in re.split(r"[\s,]+", noqa["codes"]):
            state, reason = "unjustified", noqa["rest"].strip(_REASON_EDGE)
        if reason:
            return "suppressed", reason
    return state, ""
