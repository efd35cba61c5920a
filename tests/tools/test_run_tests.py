"""The one command for all tests: nothing is left out unsaid, and in CI nothing at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import components
import pytest
import run_tests

if TYPE_CHECKING:
    from pathlib import Path

REPORT = """<testsuites><testsuite>
<testcase classname="a" name="good" file="tests/a.py"/>
<testcase classname="a" name="bad" file="tests/a.py"><failure message="x"/></testcase>
<testcase classname="a" name="broken" file="tests/a.py"><error message="x"/></testcase>
<testcase classname="a" name="left" file="tests/a.py"><skipped type="pytest.skip" message="no slapd"/></testcase>
<testcase classname="a" name="known" file="tests/a.py"><skipped type="pytest.xfail" message="known"/></testcase>
</testsuite></testsuites>"""
BY_NAME = {group.name: group for group in run_tests.GROUPS}


def last_line(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out.rstrip("\n").split("\n")[-1]


def test_the_figures_of_a_report_are_counted(tmp_path: Path) -> None:
    report = tmp_path / "x.xml"
    report.write_text(REPORT, encoding="utf-8")
    totals = run_tests.Totals()
    run_tests.count(report, BY_NAME["sqlite"], totals)
    assert (totals.passed, totals.failed, totals.skipped) == (2, 2, 1)
    assert totals.failures == ["sqlite: tests/a.py::bad", "sqlite: tests/a.py::broken"]
    assert totals.left_out == ["sqlite: tests/a.py::left: no slapd"]


@pytest.mark.parametrize(
    ("totals", "strict", "code"),
    [
        (run_tests.Totals(passed=3), True, 0),
        (run_tests.Totals(passed=3, failed=1), False, 1),
        (run_tests.Totals(), False, 1),
        (run_tests.Totals(passed=3, skipped=1, left_out=["x"]), False, 0),
        (run_tests.Totals(passed=3, skipped=1, left_out=["x"]), True, 1),
    ],
    ids=["all", "one failed", "none ran", "one left out", "one left out in CI"],
)
def test_the_exit_code_and_the_last_line(
    totals: run_tests.Totals, strict: bool, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_tests.conclude(totals, strict=strict) == code
    assert last_line(capsys) == f"{totals.passed} passed, {totals.failed} failed, {totals.skipped} skipped"


def test_a_group_without_its_component_is_named_and_does_not_run() -> None:
    found = components.Components(missing={"browser": "Chromium がない", "redis": "Redis がない"})
    totals = run_tests.Totals()
    groups = run_tests.name_missing(list(run_tests.GROUPS), found, totals)
    assert [group.name for group in groups] == ["sqlite", "postgresql", "slow"]
    assert len(totals.left_out) == 2
    assert "not redis" in " ".join(run_tests.command(BY_NAME["sqlite"], found, []))
    assert "not postgresql" not in " ".join(run_tests.command(BY_NAME["sqlite"], found, []))


def test_a_run_that_breaks_off_without_a_report_is_a_failure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(run_tests, "RESULTS", tmp_path)
    monkeypatch.setattr(run_tests, "command", lambda *_arguments: ["false"])
    totals = run_tests.Totals()
    run_tests.run_group(BY_NAME["sqlite"], components.Components(), [], totals)
    assert totals.failed == 1


def test_a_program_that_does_not_start_is_not_taken_for_chromium(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    door = tmp_path / "chromium"
    door.write_text("#!/bin/sh\necho 'install the snap' >&2\nexit 10\n", encoding="utf-8")
    door.chmod(0o755)
    monkeypatch.setenv("SEKISHO_CHROMIUM", str(door))
    assert components.find_chromium() is None


def test_without_rights_the_reader_is_told_what_to_ask_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(components, "FINDERS", {"redis": lambda: None, "browser": lambda: None, "postgresql": lambda: "/x"})
    monkeypatch.setattr(components, "root_prefix", lambda: None)
    monkeypatch.delenv("SEKISHO_TEST_REDIS_URL", raising=False)
    components.install_missing()
    assert "apt-get install redis-server chromium" in capsys.readouterr().out


def test_the_newest_postgresql_is_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for version in ("9", "15", "17"):
        program = tmp_path / version / "bin" / "initdb"
        program.parent.mkdir(parents=True)
        program.touch()
    monkeypatch.setattr(components.shutil, "which", lambda _name: None)
    assert components.find_program("initdb", f"{tmp_path}/*/bin/initdb".lstrip("/")) == str(tmp_path / "17" / "bin" / "initdb")
