"""Reading SARIF 2.1.0 from any tool, tolerantly: what is missing or odd is noted, what makes no sense is refused.

CWE numbers are looked for where tools put them: rule tags (``external/cwe/cwe-089``, ``CWE-89: …``), a ``cwe`` property,
relationships and taxa to the CWE taxonomy, the help address, and the rule's own id.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import msgspec

from sekisho.engines.codecheck.classes import classes_of
from sekisho.engines.codecheck.model import CodeFinding, Rule, ToolRun
from sekisho.engines.observation import Severity, fingerprint
from sekisho.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["cwe_numbers", "parse"]

_CWE: Final = re.compile(r"(?:^|[^A-Za-z])CWE[-_/ :]{0,2}0*([1-9][0-9]{0,4})(?![0-9])", re.IGNORECASE | re.ASCII)
_CWE_PAGE: Final = re.compile(r"cwe\.mitre\.org/data/definitions/0*([1-9][0-9]{0,4})", re.IGNORECASE | re.ASCII)
_LEVELS: Final = {"error": Severity.HIGH, "warning": Severity.MEDIUM, "note": Severity.LOW, "none": Severity.INFO}
_NO_FAILURE: Final = frozenset({"pass", "notApplicable", "informational"})
_SCORES: Final = ((9.0, Severity.CRITICAL), (7.0, Severity.HIGH), (4.0, Severity.MEDIUM), (0.1, Severity.LOW))
_MAX_TEXT: Final = 1000


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _texts(value: Any) -> list[str]:
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]


def _index(value: Any, items: list[Any]) -> Any:
    return items[value] if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(items) else None


def cwe_numbers(texts: Iterable[str]) -> set[int]:
    """All CWE numbers named in ``texts``."""
    return {int(number) for text in texts for pattern in (_CWE, _CWE_PAGE) for number in pattern.findall(text)}


def _taxa(entries: Any) -> set[int]:
    """Numbers from relationships' targets or a result's taxa; a bare number counts only inside a taxonomy named CWE."""
    found: set[int] = set()
    for entry in _objects(entries):
        target = _object(entry.get("target")) or entry
        identifier = _text(target.get("id"))
        component = _text(_object(target.get("toolComponent")).get("name"))
        if identifier.isascii() and identifier.isdecimal() and component.upper() == "CWE" and len(identifier) <= 5:  # noqa: PLR2004
            found.add(int(identifier))
        else:
            found |= cwe_numbers([identifier])
    return found


def parse(untrusted: bytes, *, file: str) -> list[ToolRun]:
    """The runs of one SARIF file. Raises InputError naming file and place when it is no SARIF that can be used."""
    if untrusted[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise _unusable(file, "codecheck.sarif_encoding", expected="UTF-8")
    try:
        log = msgspec.json.decode(untrusted.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unusable(file, "codecheck.json_broken", reason=str(error)[:300]) from error
    if not isinstance(log, dict) or not isinstance(log.get("runs"), list):
        raise _unusable(file, "codecheck.sarif_without_runs", expected="runs[]")
    version = _text(log.get("version"))
    if version and not version.startswith("2."):
        raise _unusable(file, "codecheck.sarif_version", found=version[:40], expected="2.1.0")
    runs = [_run(run, file, number) for number, run in enumerate(log["runs"]) if isinstance(run, dict)]
    if not runs:
        raise _unusable(file, "codecheck.sarif_without_runs", expected="runs[0]")
    if version != "2.1.0":
        runs[0].problems.append(
            Problem("codecheck.sarif_version", {"found": version or "–", "expected": "2.1.0"}, file, None, "version")
        )
    return runs


def _unusable(file: str, code: str, **fields: Any) -> InputError:
    return InputError("codecheck.report_unusable", problems=(Problem(code, fields, file),), tool="SARIF")


def _run(run: dict[str, Any], file: str, number: int) -> ToolRun:
    driver = _object(_object(run.get("tool")).get("driver"))
    tool = _text(driver.get("name")) or "unknown"
    version = _text(driver.get("semanticVersion")) or _text(driver.get("version"))
    result = ToolRun(tool, version, f"sarif/{tool}")
    if tool == "unknown":
        result.problems.append(Problem("codecheck.sarif_field_missing", {"expected": "tool.driver.name"}, file, number + 1))
    components = [driver, *_objects(_object(run.get("tool")).get("extensions"))]
    listed = [[_rule(entry) for entry in _objects(component.get("rules"))] for component in components]
    details = {entry.identifier: (entry, raw) for c, rules in zip(components, listed, strict=True)
               for entry, raw in zip(rules, _objects(c.get("rules")), strict=True)}  # fmt: skip
    for rules in listed:
        result.rules.update(
            {rule.identifier: rule for rule in rules if rule.identifier and _enabled(details[rule.identifier][1])}
        )
    if not result.rules:
        result.problems.append(Problem("codecheck.sarif_without_rules", {"expected": "tool.driver.rules"}, file, number + 1))
    _invocations(run, result)
    results = run.get("results")
    if not isinstance(results, list):
        result.completed = False  # SARIF 3.14.23: absent or null results mean that the tool did not get to produce any
        result.errors.append("results: null")
        return result
    artifacts = _objects(run.get("artifacts"))
    seen: Counter[str] = Counter()
    for position, entry in enumerate(results):
        if not isinstance(entry, dict):
            result.problems.append(
                Problem("codecheck.sarif_result_broken", {"expected": "object"}, file, position + 1, "results")
            )
            continue
        finding = _finding(entry, run=result, listed=listed, details=details, artifacts=artifacts, seen=seen)
        if finding:
            result.findings.append(finding)
    return result


def _rule(entry: dict[str, Any]) -> Rule:
    properties = _object(entry.get("properties"))
    name = _text(entry.get("name"))
    help_uri = _text(entry.get("helpUri"))
    texts = [*_texts(properties.get("tags")), *_texts(properties.get("cwe")), help_uri, _text(entry.get("id"))]
    cwes = tuple(sorted(cwe_numbers(texts) | _taxa(entry.get("relationships"))))
    return Rule(_text(entry.get("id")), cwes, classes_of(cwes), name, help_uri)


def _enabled(entry: dict[str, Any]) -> bool:
    return _object(entry.get("defaultConfiguration")).get("enabled") is not False


def _invocations(run: dict[str, Any], result: ToolRun) -> None:
    for invocation in _objects(run.get("invocations")):
        if invocation.get("executionSuccessful") is False:
            result.completed = False
            result.errors.append("executionSuccessful: false")
        for kind in ("toolExecutionNotifications", "toolConfigurationNotifications"):
            for note in _objects(invocation.get(kind)):
                if note.get("level") == "error":
                    result.errors.append((_text(_object(note.get("message")).get("text")) or kind)[:_MAX_TEXT])


def _named(
    entry: dict[str, Any], listed: list[list[Rule]], details: dict[str, tuple[Rule, dict[str, Any]]]
) -> tuple[str, Rule | None]:
    """The result's rule id and, when the tool declared it, the rule (SARIF 3.27.5–3.27.7, hierarchical ids included)."""
    reference = _object(entry.get("rule"))
    place = _object(reference.get("toolComponent")).get("index")
    rules = _index(place + 1, listed) if isinstance(place, int) and not isinstance(place, bool) else listed[0]
    index = reference.get("index", entry.get("ruleIndex"))
    by_index: Rule | None = _index(index, rules or [])
    identifier = _text(entry.get("ruleId")) or _text(reference.get("id")) or (by_index.identifier if by_index else "")
    if by_index is not None and (not identifier or by_index.identifier in {identifier, identifier.partition("/")[0]}):
        return identifier or by_index.identifier, by_index
    for name in (identifier, identifier.rpartition("/")[0], identifier.partition("/")[0]):
        if name and name in details:
            return identifier, details[name][0]
    return identifier, None


def _finding(
    entry: dict[str, Any],
    *,
    run: ToolRun,
    listed: list[list[Rule]],
    details: dict[str, tuple[Rule, dict[str, Any]]],
    artifacts: list[dict[str, Any]],
    seen: Counter[str],
) -> CodeFinding | None:
    if entry.get("kind") in _NO_FAILURE:
        return None
    identifier, rule = _named(entry, listed, details)
    raw = details[rule.identifier][1] if rule and rule.identifier in details else {}
    properties = _object(entry.get("properties"))
    own = cwe_numbers([*_texts(properties.get("tags")), *_texts(properties.get("cwe")), identifier]) | _taxa(entry.get("taxa"))
    cwes = tuple(sorted(own | set(rule.cwes if rule else ())))
    path, line, snippet = _place(entry, artifacts)
    state, reason = _state(entry)
    message = _object(entry.get("message"))
    text = _text(message.get("text")) or _text(message.get("markdown")) or (rule.name if rule else "") or identifier
    return CodeFinding(
        tool=run.tool, rule=identifier or "unknown", severity=_severity(entry, raw), message=text[:_MAX_TEXT], path=path,
        line=line,
        cwes=cwes, classes=classes_of(cwes), state=state, justification=reason[:_MAX_TEXT],
        fingerprint=_fingerprint(entry, tool=run.tool, rule=identifier, path=path, line=line, snippet=snippet, seen=seen),
    )  # fmt: skip


def _place(entry: dict[str, Any], artifacts: list[dict[str, Any]]) -> tuple[str, int, str]:
    locations = _objects(entry.get("locations"))
    physical = _object(locations[0].get("physicalLocation")) if locations else {}
    place = _object(physical.get("artifactLocation"))
    uri = _text(place.get("uri"))
    if not uri:
        listed = _index(place.get("index"), artifacts)
        uri = _text(_object(_object(listed).get("location")).get("uri"))
    region = _object(physical.get("region"))
    line = region.get("startLine")
    snippet = _text(_object(region.get("snippet")).get("text"))
    return unquote(uri.removeprefix("file://")), line if isinstance(line, int) and line > 0 else 0, snippet


def _fingerprint(entry: dict[str, Any], *, tool: str, rule: str, path: str, line: int, snippet: str, seen: Counter[str]) -> str:
    """The tool's own fingerprints when it gives any, else rule, path and excerpt; the line number only as the last resort."""
    own = _object(entry.get("fingerprints")) or _object(entry.get("partialFingerprints"))
    parts = [f"{k}={v}" for k, v in sorted(own.items()) if isinstance(v, str)] or [" ".join(snippet.split()) or str(line)]
    base = fingerprint("codecheck", tool, rule, path, *parts)
    seen[base] += 1
    return base if seen[base] == 1 else fingerprint(base, str(seen[base]))


def _severity(entry: dict[str, Any], rule: dict[str, Any]) -> Severity:
    """A numeric ``security-severity`` (0–10) of the rule when there is one, else the level of the result or of its rule."""
    scored = _object(rule.get("properties")).get("security-severity")
    try:
        score = float(scored) if isinstance(scored, str | int | float) and not isinstance(scored, bool) else None
    except ValueError:
        score = None
    if score is not None and 0 <= score <= 10:  # noqa: PLR2004 - the scale
        return next((severity for floor, severity in _SCORES if score >= floor), Severity.INFO)
    level = _text(entry.get("level")) or _text(_object(rule.get("defaultConfiguration")).get("level"))
    return _LEVELS.get(level, Severity.MEDIUM)


def _state(entry: dict[str, Any]) -> tuple[str, str]:
    if entry.get("baselineState") == "absent":
        return "absent", ""
    suppressions = _objects(entry.get("suppressions"))
    if not suppressions or any(s.get("status") in {"underReview", "rejected"} for s in suppressions):
        return "open", ""
    reasons = [_text(s.get("justification")) for s in suppressions]
    reason = next((r for r in reasons if r), "")
    return ("suppressed", reason) if reason else ("unjustified", "")
