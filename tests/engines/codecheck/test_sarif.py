"""SARIF from any tool: tolerant where it may be, clear where it cannot."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.engines import codecheck
from sekisho.engines.codecheck.sarif import cwe_numbers
from sekisho.engines.codecheck.write_sarif import write
from sekisho.errors import InputError
from sekisho.standards import texts

NOW = datetime(2026, 11, 22, tzinfo=UTC)
EXAMPLE = Path(__file__).parents[3] / "examples/sarif/example-scanner.sarif"


def log(*results: Any, rules: Any = None, **run: Any) -> bytes:
    driver = {"name": "t", **({} if rules is None else {"rules": rules})}
    return json.dumps({"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": list(results), **run}]}).encode()


def one(*results: Any, **more: Any) -> codecheck.ToolRun:
    (run,) = codecheck.read_sarif(log(*results, **more), file="t.sarif")
    return run


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("external/cwe/cwe-089", {89}), ("CWE-79: Improper", {79}), ("cwe:22", {22}), ("CWE78", {78}), ("xcwe-5", set()), ("cwe-", set()),
        ("https://cwe.mitre.org/data/definitions/352.html", {352}), ("CWE-1021,CWE-79", {1021, 79}), ("CWE-99999999", set()), ("", set()),
    ],
)  # fmt: skip
def test_cwe_numbers_in_text(text: str, numbers: set[int]) -> None:
    assert cwe_numbers([text]) == numbers


def test_the_example_is_mapped_by_its_declared_rules() -> None:
    observation, _ = codecheck.observe(codecheck.read_sarif(EXAMPLE.read_bytes(), file="e"), now=NOW, name="予約サイト")
    table = observation.parameters["classes"]
    assert {k for k, v in table.items() if v["checked_by"]} == {"W06", "W07", "W09", "W11"}
    assert (table["W06"]["open"], table["W07"]["open"], table["W07"]["closed"]) == (1, 0, 1)
    assert [f.location for f in observation.findings] == ["yoyaku/views.py:42"]
    lines = next(m for m in observation.measures if m.key == "codecheck.lines")
    assert lines.status.value == "not_applicable"


def test_without_rules_a_class_may_have_findings_but_is_not_checked() -> None:
    run = one({"ruleId": "x", "message": {"text": "m"}, "properties": {"tags": ["CWE-89"]}})
    observation, _ = codecheck.observe([run], now=NOW, name="a")
    assert observation.parameters["classes"]["W01"] == {"checked_by": {}, "open": 1, "closed": 0}
    assert next(m for m in observation.measures if m.key == "codecheck.classes.checked").numerator == 0
    assert [p.code for p in run.problems] == ["codecheck.sarif_without_rules"]


RULES = [
    {"id": "a", "properties": {"tags": ["CWE-79"], "security-severity": "9.8"}},
    {"id": "b", "defaultConfiguration": {"level": "note", "enabled": False}, "properties": {"cwe": ["CWE-352"]}},
]


@pytest.mark.parametrize(
    ("result", "severity", "state"),
    [
        ({"ruleId": "a"}, "critical", "open"), ({"ruleIndex": 0}, "critical", "open"), ({"rule": {"index": 1}}, "low", "open"),
        ({"ruleId": "a/sub"}, "critical", "open"), ({"ruleId": "zz", "level": "error"}, "high", "open"), ({"ruleId": "zz"}, "medium", "open"),
        ({"ruleId": "zz", "level": "none"}, "info", "open"), ({"ruleId": "a", "baselineState": "absent"}, "critical", "absent"),
        ({"ruleId": "a", "suppressions": [{"kind": "external"}]}, "critical", "unjustified"),
        ({"ruleId": "a", "suppressions": [{"justification": "why"}]}, "critical", "suppressed"),
        ({"ruleId": "a", "suppressions": [{"justification": "why", "status": "rejected"}]}, "critical", "open"),
        ({"ruleId": "a", "suppressions": []}, "critical", "open"), ({"ruleIndex": 99}, "medium", "open"), ({"ruleIndex": True}, "medium", "open"),
    ],
)  # fmt: skip
def test_levels_rules_and_suppressions(result: dict[str, Any], severity: str, state: str) -> None:
    (finding,) = one({"message": {"text": "m"}, **result}, rules=RULES).findings
    assert (finding.severity.value, finding.state) == (severity, state)


@pytest.mark.parametrize("kind", ["pass", "notApplicable", "informational"])
def test_results_that_are_no_failures_are_left_out(kind: str) -> None:
    assert one({"ruleId": "a", "kind": kind}, rules=RULES).findings == []


def test_a_disabled_rule_checks_nothing() -> None:
    assert list(one(rules=RULES).checked) == ["W05"]


@pytest.mark.parametrize("run", [{"invocations": [{"executionSuccessful": False}]}, {"results": None}])
def test_a_tool_that_failed_checked_nothing(run: dict[str, Any]) -> None:
    result = one(rules=RULES, **run)
    assert not result.completed
    assert result.checked == {}
    assert result.errors
    with pytest.raises(InputError):
        codecheck.observe([result], now=NOW, name="a")


def test_fingerprints_prefer_the_tools_own_and_never_collide() -> None:
    place = {"locations": [{"physicalLocation": {"artifactLocation": {"uri": "a%20b.py"}, "region": {"startLine": 3}}}]}
    run = one(
        {"ruleId": "a", **place},
        {"ruleId": "a", **place},
        {"ruleId": "a", **place, "partialFingerprints": {"h": "1"}},
        rules=RULES,
    )
    assert len({f.fingerprint for f in run.findings}) == 3
    assert {f.path for f in run.findings} == {"a b.py"}
    moved = one({"ruleId": "a", "locations": [], "partialFingerprints": {"h": "1"}}, rules=RULES)
    assert moved.findings[0].path == ""


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "codecheck.json_broken"), (b"{", "codecheck.json_broken"), (b"[]", "codecheck.sarif_without_runs"),
        (b'{"version": "2.1.0"}', "codecheck.sarif_without_runs"), (b'{"runs": []}', "codecheck.sarif_without_runs"),
        (b'{"runs": [1]}', "codecheck.sarif_without_runs"), ("{}".encode("utf-16"), "codecheck.sarif_encoding"),
        (b'{"version": "1.0.0", "runs": [{}]}', "codecheck.sarif_version"), (b"[" * 100_000, "codecheck.json_broken"),
    ],
)  # fmt: skip
def test_what_is_no_sarif_is_refused_with_file_and_reason(data: bytes, code: str) -> None:
    with pytest.raises(InputError) as caught:
        codecheck.read_sarif(data, file="bad.sarif")
    (problem,) = caught.value.problems
    assert (problem.file, problem.code) == ("bad.sarif", code)
    assert texts.known(code)


def test_broken_results_are_noted_with_their_row_and_the_rest_is_read() -> None:
    run = one({"ruleId": "a"}, 5, None, {"ruleId": "a", "message": "text", "locations": "x", "suppressions": 3}, rules=RULES)
    assert len(run.findings) == 2
    assert [(p.code, p.row) for p in run.problems] == [("codecheck.sarif_result_broken", 2), ("codecheck.sarif_result_broken", 3)]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | st.sampled_from(["CWE-89", "89", "a", "error", "2.1.0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["tool", "driver", "rules", "id", "name", "properties", "tags", "relationships", "target", "toolComponent", "index", "results", "ruleId", "ruleIndex", "rule", "level", "message", "text", "locations", "physicalLocation", "artifactLocation", "uri", "region", "startLine", "suppressions", "invocations", "extensions", "fingerprints", "taxa", "security-severity", "cwe"]),
        inner, max_size=5),
    max_leaves=25,
)  # fmt: skip


@given(st.lists(json_values, max_size=2), st.lists(json_values, max_size=2), json_values)
def test_any_json_is_read_or_refused_and_what_is_read_can_be_written(results: list[Any], rules: list[Any], run: Any) -> None:
    value = {
        "version": "2.1.0",
        "runs": [
            {**(run if isinstance(run, dict) else {}), "tool": {"driver": {"name": "t", "rules": rules}}, "results": results}
        ],
    }
    runs = codecheck.read_sarif(json.dumps(value).encode(), file="x")
    again = codecheck.read_sarif(write(runs), file="y")
    assert [len(r.findings) for r in again] == [len(r.findings) for r in runs]
    assert [r.checked for r in again] == [r.checked for r in runs]


def test_a_large_file_is_read_in_seconds() -> None:
    results = [
        {
            "ruleId": "a",
            "message": {"text": "m"},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": f"f{n}.py"}, "region": {"startLine": n}}}],
        }
        for n in range(1, 20_001)
    ]
    assert len(one(*results, rules=RULES).findings) == 20_000
