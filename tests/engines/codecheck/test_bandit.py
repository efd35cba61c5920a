"""Running the installed Bandit, its report, and comments that suppress."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.engines import codecheck
from sekisho.engines.codecheck.bandit import suppression
from sekisho.engines.codecheck.classes import bandit_rules, by_cwe, classes
from sekisho.errors import InputError, Unavailable

NOW = datetime(2026, 11, 22, tzinfo=UTC)
VULNERABLE = """\
import subprocess

def find(db, name):
    return db.execute("SELECT * FROM t WHERE name = '%s'" % name)

def run(command):
    subprocess.call(command, shell=True)
    subprocess.call(command, shell=True)  # nosec B602 - the command is one of our own constants
    subprocess.call("x" + command, shell=True)  # nosec
    assert command  # noqa: S101 - narrows the type
"""


def runner(arguments: tuple[str, ...]) -> codecheck.Completed:
    done = subprocess.run(arguments, capture_output=True, check=False)
    return codecheck.Completed(done.returncode, done.stdout, done.stderr)


def check(tree: Path) -> codecheck.ToolRun:
    return codecheck.run_bandit([tree], python=sys.executable, runner=runner, scope="bandit/app")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = tmp_path_factory.mktemp("app")
    (tree / "app.py").write_text(VULNERABLE)
    (tree / "broken.py").write_text("def (:\n")
    (tree / "node_modules").mkdir()
    (tree / "node_modules" / "theirs.py").write_text("eval(input())\n")
    return tree


@pytest.fixture(scope="module")
def checked(tree: Path) -> codecheck.ToolRun:
    return check(tree)


def by_state(run: codecheck.ToolRun, state: str) -> set[tuple[str, int]]:
    return {(f.rule, f.line) for f in run.findings if f.state == state}


def test_findings_are_told_open_suppressed_or_unjustified(checked: codecheck.ToolRun) -> None:
    assert {("B608", 4), ("B602", 7)} <= by_state(checked, "open")
    assert by_state(checked, "suppressed") == {("B602", 8), ("B101", 10)}
    assert ("B602", 9) in by_state(checked, "unjustified")
    reasons = {f.justification for f in checked.findings if f.state == "suppressed"}
    assert reasons == {"the command is one of our own constants", "narrows the type"}


def test_other_peoples_code_is_left_out_and_unparsed_files_are_told(checked: codecheck.ToolRun) -> None:
    assert {f.path for f in checked.findings} == {"app.py"}
    assert [name for name, _ in checked.unparsed] == ["broken.py"]
    assert checked.completed


def test_fingerprints_stay_when_lines_move_and_differ_for_equal_lines(
    tree: Path, checked: codecheck.ToolRun, tmp_path: Path
) -> None:
    (tmp_path / "app.py").write_text("# one\n# two\n\n" + VULNERABLE)
    assert {f.fingerprint for f in check(tmp_path).findings} == {f.fingerprint for f in checked.findings}
    assert len({f.fingerprint for f in checked.findings}) == len(checked.findings)


def test_each_class_tells_who_checked_it_and_unchecked_is_never_zero(checked: codecheck.ToolRun) -> None:
    observation, artifacts = codecheck.observe([checked], now=NOW, name="app")
    opened = {
        m.dimensions["class"]: m for m in observation.measures if m.key == "codecheck.findings.open" and "class" in m.dimensions
    }
    assert opened["W01"].value == 1
    assert opened["W02"].value is not None
    for unchecked in ("W06", "W07", "W08", "W09", "W10", "W11"):
        assert (opened[unchecked].status.value, opened[unchecked].value) == ("not_applicable", None)
        assert opened[unchecked].reason == "codecheck.class_unchecked"
    assert "B608" in observation.parameters["classes"]["W01"]["checked_by"]["bandit"]
    share = next(m for m in observation.measures if m.key == "codecheck.classes.checked")
    assert (share.numerator, share.denominator) == (4, 11)
    assert share.coverage == 0.5
    assert {a.sha256 for a in observation.artifacts} == set(artifacts)
    merged = json.loads(artifacts[observation.artifacts[0].sha256])
    assert {f.fingerprint for f in codecheck.read_sarif(json.dumps(merged).encode(), file="x")[0].findings}


def test_what_is_gone_since_the_previous_run_is_closed_by_class(checked: codecheck.ToolRun, tmp_path: Path) -> None:
    before, _ = codecheck.observe([checked], now=NOW, name="app")
    (tmp_path / "app.py").write_text("print('mended')\n")
    run = check(tmp_path)
    after, _ = codecheck.observe([run], now=NOW, name="app", previous=before)
    assert after.parameters["classes"]["W01"] == {
        "checked_by": before.parameters["classes"]["W01"]["checked_by"],
        "open": 0,
        "closed": 1,
    }
    run.scope = "bandit/other"
    elsewhere, _ = codecheck.observe([run], now=NOW, name="app", previous=before)
    assert elsewhere.parameters["classes"]["W01"]["closed"] == 0  # another scope was looked at: nothing is known to be closed


def test_a_tree_without_python_checks_nothing(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("x")
    with pytest.raises(InputError) as caught:
        codecheck.observe([check(tmp_path)], now=NOW, name="app")
    assert caught.value.code == "codecheck.nothing_checked"


@pytest.mark.parametrize(
    ("completed", "kind", "code"),
    [
        (codecheck.Completed(1, b"", b"/usr/bin/python: No module named bandit\n"), Unavailable, "codecheck.bandit_missing"),
        (codecheck.Completed(2, b"", b"usage: x\nerror: y\n"), InputError, "codecheck.bandit_failed"),
        (codecheck.Completed(0, b"{", b""), InputError, "codecheck.report_unusable"),
        (codecheck.Completed(0, b'{"results": [{"test_id": 1}], "metrics": {}}', b""), InputError, "codecheck.report_unusable"),
    ],
)
def test_a_bandit_that_fails_is_an_error(
    completed: codecheck.Completed, kind: type[Exception], code: str, tmp_path: Path
) -> None:
    with pytest.raises(kind) as caught:
        codecheck.run_bandit([tmp_path], python="python", runner=lambda _: completed, scope="s")
    assert getattr(caught.value, "code", "") == code


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("x()  # nosec", ("unjustified", "")), ("x()  # nosec B602", ("unjustified", "")), ("x()  # nosec B101", ("open", "")),
        ("x()  # nosec B602, B607: fixed list", ("suppressed", "fixed list")), ("x()  # nosec: reviewed", ("suppressed", "reviewed")),
        ("x()  # nosec subprocess_popen_with_shell_equals_true", ("unjustified", "")), ("x()  # noqa: S602", ("unjustified", "")),
        ("x()  # noqa: E501, S602 - ours", ("suppressed", "ours")), ("x()  # noqa", ("open", "")), ("x()  # noqa: S603 - other", ("open", "")),
        ("x()", ("open", "")), ("", ("open", "")),
    ],
)  # fmt: skip
def test_suppressing_comments(line: str, expected: tuple[str, str]) -> None:
    assert suppression([line], "B602") == expected


@given(st.lists(st.text(max_size=60), max_size=3))
def test_suppression_survives_any_text(lines: list[str]) -> None:
    assert suppression(lines, "B602")[0] in {"open", "suppressed", "unjustified"}


@pytest.mark.filterwarnings("ignore:The verify_requirements argument:DeprecationWarning")  # stevedore inside bandit
def test_the_data_covers_every_rule_of_the_installed_bandit() -> None:
    from bandit.core import extension_loader

    manager: Any = extension_loader.MANAGER
    known = {p.plugin._test_id for p in manager.plugins} | {x["id"] for group in manager.blacklist.values() for x in group}
    assert known == set(bandit_rules())


def test_the_eleven_classes_do_not_share_numbers() -> None:
    assert [c.id for c in classes()] == [f"W{n:02d}" for n in range(1, 12)]
    assert len(by_cwe()) == sum(len(c.cwe) + len(c.related_cwe) for c in classes())
    assert all(set(c.title) == {"ja", "en"} and c.verified for c in classes())
