"""Every test, with what it needs: all on SQLite, the database's again on PostgreSQL, then the browser's and the slow ones.

What must be left out for want of a component is named at the end. With ``CI=true`` nothing may be left out: a missing component
or a skipped test is a failure. Arguments that are not ours go to pytest (``make test ARGS="tests/engines -k sbom"``).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bootstrap import ROOT, say
from components import NAMES, Components, provide

if TYPE_CHECKING:
    from pathlib import Path

RESULTS = ROOT / "var" / "test"
NO_TESTS_COLLECTED = 5
TESTS_FAILED = 1


@dataclass(frozen=True, slots=True)
class Group:
    """One run of pytest."""

    name: str
    ja: str
    marks: str
    needs: tuple[str, ...] = ()
    spread: str = "load"  # loadscope: tests of a module or class share costly state and stay with one worker
    on_postgres: bool = False
    optional: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


GROUPS = (
    Group("sqlite", "SQLite 上のすべて", "not browser and not slow", optional=("postgresql", "redis")),
    Group(
        "postgresql",
        "PostgreSQL 上のデータベース試験",
        "not browser and not slow",
        ("postgresql",),
        on_postgres=True,
        optional=("redis",),
    ),
    Group("browser", "ブラウザでの試験", "browser", ("browser",), spread="loadscope"),
    Group(
        "slow",
        "時間のかかる試験",
        "slow and not browser",
        spread="loadscope",
        optional=("postgresql", "redis"),
        options=("--no-loadscope-reorder",),  # the longest modules have the fewest tests: last, they would leave a worker idle
    ),
)


@dataclass(slots=True)
class Totals:
    """What all runs came to."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    left_out: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def command(group: Group, components: Components, rest: list[str]) -> list[str]:
    """The pytest command of a group; tests whose component is missing are deselected (and named by the caller)."""
    marks = " and ".join([f"({group.marks})", *(f"not {name}" for name in group.optional if name in components.missing)])
    made = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-m",
        marks,
        f"--junitxml={RESULTS / group.name}.xml",
        "-o",
        "junit_family=xunit1",
        "-n",
        os.environ.get("SEKISHO_TEST_WORKERS", "2"),
        f"--dist={group.spread}",
        *group.options,
    ]
    if group.on_postgres:
        made += ["-p", "pytest_database_only"]
    return made + rest


def run_group(group: Group, components: Components, rest: list[str], totals: Totals) -> None:
    """Run one group and add its figures."""
    say(f"■ {group.ja}", group.name)
    report = RESULTS / f"{group.name}.xml"
    report.unlink(missing_ok=True)
    environment = {**os.environ, **components.environment}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT / "tools"), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment.pop("SEKISHO_DATABASE_URL", None)
    if group.on_postgres:
        environment["SEKISHO_DATABASE_URL"] = components.environment["SEKISHO_TEST_POSTGRES_URL"]
    started = time.monotonic()
    code = subprocess.run(command(group, components, rest), check=False, cwd=ROOT, env=environment).returncode
    say(f"　→ {time.monotonic() - started:.0f} 秒", f"{group.name} took {time.monotonic() - started:.0f} s")
    failed_before = totals.failed
    if report.is_file():
        count(report, group, totals)
    if code not in (0, NO_TESTS_COLLECTED) and totals.failed == failed_before:
        totals.failed += 1
        totals.failures.append(f"{group.name}: pytest が終了コード {code} で終わった / pytest ended with exit code {code}")


def count(report: Path, group: Group, totals: Totals) -> None:
    """Add the figures of one JUnit report."""
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it a moment ago
        name = f"{group.name}: {case.get('file') or case.get('classname')}::{case.get('name')}"
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            totals.failed += 1
            totals.failures.append(name)
        elif skip is not None and skip.get("type") != "pytest.xfail":
            totals.skipped += 1
            totals.left_out.append(f"{name}: {skip.get('message')}")
        else:
            totals.passed += 1


def name_missing(groups: list[Group], components: Components, totals: Totals) -> list[Group]:
    """Name what cannot run; returns the groups that can."""
    wanted = {name for group in groups for name in (*group.needs, *group.optional)}
    for name, why in components.missing.items():
        if name in wanted:
            totals.left_out.append(f"{NAMES[name]} を使う試験すべて / every test that needs {NAMES[name]}: {why}")
    for group in GROUPS:
        if group not in groups:
            totals.left_out.append(f"{group.ja}（指定により）/ {group.name} (as asked)")
    return [group for group in groups if not any(name in components.missing for name in group.needs)]


def conclude(totals: Totals, *, strict: bool) -> int:
    """Print what failed and what was left out, the totals on a line of their own at last; returns the exit code."""
    for title, lines in (("失敗 / failed", totals.failures), ("実行しなかったもの / left out", totals.left_out)):
        if lines:
            print(f"\n{title}:")
            print("\n".join(f"  - {line}" for line in lines))
    wrong = totals.failed > 0 or totals.passed == 0 or (strict and bool(totals.left_out))
    if strict and totals.left_out and not totals.failed:
        say("CI では一つも省けません", "in CI nothing may be left out")
    print(f"\n{totals.passed} passed, {totals.failed} failed, {totals.skipped} skipped", flush=True)
    return 1 if wrong else 0


def main(arguments: list[str] | None = None) -> int:
    """Entry point; exit code 1 when a test failed, none ran, or in CI when one was left out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="only the tests on SQLite")
    parser.add_argument("--only", action="append", choices=[group.name for group in GROUPS], help="only this group (repeatable)")
    chosen, rest = parser.parse_known_args(arguments)
    only = ["sqlite"] if chosen.quick else chosen.only
    groups = [group for group in GROUPS if not only or group.name in only]
    RESULTS.mkdir(parents=True, exist_ok=True)
    totals = Totals()
    with ExitStack() as stack:
        components = provide(stack)
        for group in name_missing(groups, components, totals):
            run_group(group, components, rest, totals)
    return conclude(totals, strict=os.environ.get("CI", "").lower() in {"1", "true"})


if __name__ == "__main__":
    sys.exit(main())
