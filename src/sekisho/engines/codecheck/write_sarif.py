"""Writing the checked runs as one SARIF 2.1.0 file, with CWE as taxonomy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import msgspec

from sekisho.engines.observation import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sekisho.engines.codecheck.model import CodeFinding, ToolRun

__all__ = ["MEDIA_TYPE", "write"]

MEDIA_TYPE: Final = "application/sarif+json"
_LEVELS: Final = {
    Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note", Severity.INFO: "none",
}  # fmt: skip
_CWE: Final = {"name": "CWE", "index": 0}


def write(runs: Sequence[ToolRun]) -> bytes:
    """All runs as SARIF; the same runs give the same bytes."""
    return msgspec.json.encode(
        {
            "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
            "version": "2.1.0",
            "runs": [_run(run) for run in runs],
        }
    )


def _run(run: ToolRun) -> dict[str, Any]:
    numbers = sorted({n for f in run.findings for n in f.cwes} | {n for r in run.rules.values() for n in r.cwes})
    rules = sorted(run.rules.values(), key=lambda r: r.identifier)
    place = {rule.identifier: index for index, rule in enumerate(rules)}
    return {
        "tool": {
            "driver": {
                "name": run.tool,
                **({"version": run.version} if run.version else {}),
                "rules": [
                    {
                        "id": rule.identifier,
                        **({"name": rule.name} if rule.name else {}),
                        "relationships": [
                            {"target": {"id": str(n), "toolComponent": _CWE}, "kinds": ["relevant"]} for n in rule.cwes
                        ],
                        "properties": {"tags": list(rule.classes)},
                    }
                    for rule in rules
                ],
            }
        },
        "invocations": [
            {
                "executionSuccessful": run.completed,
                "toolExecutionNotifications": [
                    *({"level": "error", "message": {"text": text}} for text in run.errors),
                    *({"level": "error", "message": {"text": f"{path}: {reason}"}} for path, reason in run.unparsed),
                ],
            }
        ],
        "taxonomies": [{"name": "CWE", "organization": "MITRE", "taxa": [{"id": str(n)} for n in numbers]}],
        "results": [_result(finding, place) for finding in run.findings],
    }


def _result(finding: CodeFinding, place: dict[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message or finding.rule},
        "fingerprints": {"sekisho/v1": finding.fingerprint},
        "taxa": [{"id": str(n), "toolComponent": _CWE} for n in finding.cwes],
        "properties": {"tags": list(finding.classes)},
    }
    if finding.rule in place:
        result["ruleIndex"] = place[finding.rule]
    if finding.path:
        region = {"region": {"startLine": finding.line}} if finding.line else {}
        result["locations"] = [{"physicalLocation": {"artifactLocation": {"uri": quote(finding.path)}, **region}}]
    if finding.state == "absent":
        result["baselineState"] = "absent"
    if finding.state in {"suppressed", "unjustified"}:
        reason = {"justification": finding.justification} if finding.justification else {}
        result["suppressions"] = [{"kind": "inSource", **reason}]
    return result
