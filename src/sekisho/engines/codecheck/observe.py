"""From the runs of tools to the Observation: which of the eleven classes were checked, by what, and what is open."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from sekisho import __version__
from sekisho.engines.codecheck import write_sarif
from sekisho.engines.codecheck.classes import OTHER, classes
from sekisho.engines.observation import (
    Artifact,
    ClaimedSubject,
    Collector,
    Finding,
    Measure,
    MeasureStatus,
    Observation,
    Severity,
)  # fmt: skip
from sekisho.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sekisho.engines.codecheck.model import CodeFinding, ToolRun

__all__ = ["ENGINE", "ENGINE_VERSION", "observe"]

ENGINE: Final = "codecheck"
ENGINE_VERSION: Final = "1.0.0"
_UNCHECKED: Final = "codecheck.class_unchecked"


def observe(
    runs: Sequence[ToolRun],
    *,
    now: datetime,
    name: str,
    machine: str = "",
    reports: Mapping[str, bytes] | None = None,
    previous: Observation | None = None,
) -> tuple[Observation, dict[str, bytes]]:
    """The Observation over all ``runs`` of one code base ``name``, and its artifacts' bytes by SHA-256.

    ``reports`` are the tools' own files by name, kept as artifacts beside our merged SARIF. ``previous`` is the last Observation
    of the same code base: what it had open, in a scope that was covered again and is no longer found, counts as closed.
    Raises InputError when no run checked anything.
    """
    if not any(run.completed for run in runs):
        problems = tuple(problem for run in runs for problem in run.problems)
        raise InputError("codecheck.nothing_checked", problems=problems, tools=", ".join(sorted({r.tool for r in runs})))
    files = {"codecheck.sarif": write_sarif.write(runs), **(reports or {})}
    artifacts, data = [], {}
    for file, content in files.items():
        digest = hashlib.sha256(content).hexdigest()
        media_type = write_sarif.MEDIA_TYPE if file.endswith(".sarif") else "application/json"
        artifacts.append(Artifact(name=file, media_type=media_type, size=len(content), sha256=digest))
        data[digest] = content
    table = _table(runs, previous)
    observation = Observation(
        engine=ENGINE,
        engine_version=ENGINE_VERSION,
        collector=Collector(name="sekisho", version=__version__),
        subject=ClaimedSubject(kind="code", name=name, machine=machine),
        observed_at=now.isoformat(timespec="seconds"),
        scope=tuple(dict.fromkeys(run.scope for run in runs if run.completed)),
        measures=tuple(_measures(runs, table)),
        findings=tuple(_findings(runs)),
        artifacts=tuple(artifacts),
        parameters={
            "tools": [{"name": r.tool, "version": r.version, "scope": r.scope, "completed": r.completed} for r in runs],
            "classes": table,
            "problems": [p.as_dict() for r in runs for p in r.problems[:200]],
            "unparsed": [{"file": f, "reason": reason} for r in runs for f, reason in r.unparsed[:200]],
        },
    )
    return observation, data


def _all(runs: Sequence[ToolRun]) -> list[CodeFinding]:
    unique: dict[str, CodeFinding] = {}
    for run in runs:
        for finding in run.findings:
            unique.setdefault(finding.fingerprint, finding)
    return list(unique.values())


def _classes(finding: CodeFinding) -> tuple[str, ...]:
    return finding.classes or (OTHER,)


def _gone(runs: Sequence[ToolRun], previous: Observation | None) -> Counter[str]:
    """Findings of the previous run that are no longer there, by class; only where the same scope was covered again."""
    result: Counter[str] = Counter()
    covered = {run.scope for run in runs if run.completed}
    present = {finding.fingerprint for run in runs for finding in run.findings}
    for finding in previous.findings if previous else ():
        if finding.scope in covered and finding.fingerprint not in present:
            result["total"] += 1
            result.update(str(finding.fields.get("classes") or OTHER).split(","))
    return result


def _table(runs: Sequence[ToolRun], previous: Observation | None) -> dict[str, dict[str, Any]]:
    """For each class (and ``other``, ``total``): by which tool and rules it was checked, open and closed counts."""
    checked: dict[str, dict[str, list[str]]] = {}
    for run in runs:
        for identifier, rules in run.checked.items():
            checked.setdefault(identifier, {})[f"{run.tool} {run.version}".strip()] = rules
    opened: Counter[str] = Counter()
    closed = _gone(runs, previous)
    for finding in _all(runs):
        counter = opened if finding.is_open else closed
        counter["total"] += 1
        counter.update(_classes(finding))
    return {
        identifier: {"checked_by": checked.get(identifier, {}), "open": opened[identifier], "closed": closed[identifier]}
        for identifier in (*(c.id for c in classes()), OTHER, "total")
    }


def _measures(runs: Sequence[ToolRun], table: dict[str, dict[str, Any]]) -> list[Measure]:
    found = _all(runs)
    identifiers = [c.id for c in classes()]
    checked = sum(bool(table[i]["checked_by"]) for i in identifiers)
    files = [r.files for r in runs if r.files is not None]
    unparsed = sum(len(r.unparsed) for r in runs)
    coverage = round(1 - unparsed / sum(files), 4) if sum(files) else None
    measures = [
        Measure(
            key="codecheck.classes.checked", value=checked / len(identifiers), numerator=checked, denominator=len(identifiers),
            coverage=coverage,
        )
    ]  # fmt: skip
    for key in ("open", "closed"):
        measures.append(Measure(key=f"codecheck.findings.{key}", value=table["total"][key], coverage=coverage))
        for identifier in (*identifiers, OTHER):
            row = table[identifier]
            dimensions = {"class": identifier}
            if identifier == OTHER or row["checked_by"] or row[key]:
                value = row[key]
                measures.append(Measure(key=f"codecheck.findings.{key}", value=value, dimensions=dimensions, coverage=coverage))
            else:
                measures.append(
                    Measure(
                        key=f"codecheck.findings.{key}",
                        status=MeasureStatus.NOT_APPLICABLE,
                        dimensions=dimensions,
                        reason=_UNCHECKED,
                    )
                )
    severities = Counter(f.severity for f in found if f.is_open)
    measures += [
        Measure(key="codecheck.findings.open", value=severities[s], dimensions={"severity": s.value}, coverage=coverage)
        for s in Severity
    ]
    measures += [
        Measure(
            key="codecheck.findings.high_open", value=severities[Severity.CRITICAL] + severities[Severity.HIGH], coverage=coverage
        ),
        Measure(key="codecheck.findings.suppressed_unjustified", value=sum(f.state == "unjustified" for f in found)),
        Measure(key="codecheck.tool_errors", value=sum(len(r.errors) for r in runs)),
    ]
    return [*measures, *_sizes(runs, files, unparsed)]


def _sizes(runs: Sequence[ToolRun], files: list[int], unparsed: int) -> list[Measure]:
    """Lines, files and density, where a tool counted them; SARIF tools usually do not."""
    counted = [r for r in runs if r.lines]
    lines = sum(r.lines or 0 for r in counted)
    keys = ("codecheck.lines", "codecheck.density")
    if not lines:
        measures = [Measure(key=key, status=MeasureStatus.NOT_APPLICABLE, reason="codecheck.lines_not_counted") for key in keys]
    else:
        opened = len({f.fingerprint for r in counted for f in r.findings if f.is_open})
        density = round(opened / lines * 1000, 4)
        measures = [Measure(key=keys[0], value=lines), Measure(key=keys[1], value=density, numerator=opened, denominator=lines)]
    if not files:
        return [
            *measures,
            *(
                Measure(key=key, status=MeasureStatus.NOT_APPLICABLE, reason="codecheck.files_not_counted")
                for key in ("codecheck.files.checked", "codecheck.files.unparsed")
            ),
        ]
    return [
        *measures,
        Measure(key="codecheck.files.checked", value=sum(files) - unparsed),
        Measure(key="codecheck.files.unparsed", value=unparsed),
    ]


def _findings(runs: Sequence[ToolRun]) -> list[Finding]:
    scopes = {f.fingerprint: run.scope for run in reversed(runs) if run.completed for f in run.findings}
    return [
        Finding(
            code="codecheck.weakness",
            fingerprint=f.fingerprint,
            scope=scopes[f.fingerprint],
            severity=f.severity,
            fields={
                "tool": f.tool,
                "rule": f.rule,
                "message": f.message,
                "classes": ",".join(_classes(f)),
                "cwe": ",".join(f"CWE-{n}" for n in f.cwes),
                "file": f.path,
                "line": f.line,
            },
            location=f"{f.path}:{f.line}" if f.line else f.path,
            references=tuple(f"CWE-{n}" for n in f.cwes),
        )
        for f in _all(runs)
        if f.is_open and f.fingerprint in scopes
    ]
