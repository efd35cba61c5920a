"""Every check that runs no test, each timed; all run even when one fails, and those that failed are named at the end."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from bootstrap import ROOT, say

BIN = Path(sys.executable).parent
CODE = ["src", "tests", "tools", "benchmarks", "hatch_build.py"]
CHECKS: dict[str, list[str]] = {
    "ruff": [str(BIN / "ruff"), "check", *CODE],
    "format": [str(BIN / "ruff"), "format", "--check", *CODE],
    "imports": [str(BIN / "lint-imports"), "--no-cache"],
    "rules": [sys.executable, "tools/lint_rules.py"],
    "templates": [sys.executable, "tools/lint_templates.py"],
    "djlint": [str(BIN / "djlint"), "src/sekisho", "--lint", "--quiet"],
    "messages": [sys.executable, "tools/messages.py", "check"],
    "standards": [str(BIN / "sekisho"), "standards", "validate"],
    "generated": [sys.executable, "tools/sbd_catalog.py", "--check"],
    "docs": [sys.executable, "tools/check_docs.py"],
    "mypy": [str(BIN / "mypy")],
}


def main(arguments: list[str] | None = None) -> int:
    """Entry point: all checks, or only the named ones; exit code 1 when one fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", metavar="CHECK", help=", ".join(CHECKS))
    names = parser.parse_args(arguments).only or list(CHECKS)
    unknown = sorted(set(names) - set(CHECKS))
    if unknown:
        parser.error(f"{', '.join(unknown)}: {', '.join(CHECKS)}")
    failed = []
    for name in names:
        started = time.monotonic()
        code = subprocess.run(CHECKS[name], check=False, cwd=ROOT, env={**os.environ, "PYTHONUTF8": "1"}).returncode
        if code:
            failed.append(name)
        mark = "OK" if code == 0 else f"失敗 / failed ({code})"
        say(f"{name}: {mark}", f"{time.monotonic() - started:.1f} s")
    if failed:
        say(f"失敗した検査: {', '.join(failed)}", "failed checks")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
