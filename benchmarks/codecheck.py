"""Secure-coding checks against plain Bandit over the same tree, in one run on one machine.

    python benchmarks/codecheck.py [TREE]

Prints JSON; times in seconds, median of the rounds, whole processes. What Sekisho adds (the eleven classes, suppressions with
their reasons, SARIF, Observation) is the difference; reading a large SARIF file is timed alone.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from sekisho.engines.codecheck import read_sarif

ROUNDS = 3


def timed(command: list[str]) -> float:
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        done = subprocess.run(command, check=False, capture_output=True)
        times.append(time.perf_counter() - start)
        if done.returncode not in {0, 1}:
            raise SystemExit(done.stderr.decode("utf-8", "replace"))
    return statistics.median(times)


def large_sarif(results: int) -> bytes:
    rules = [{"id": f"r{n}", "properties": {"tags": [f"CWE-{n}"]}} for n in range(1, 400)]
    found = [
        {
            "ruleId": f"r{n % 399 + 1}",
            "message": {"text": "m"},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": f"f{n % 500}.py"}, "region": {"startLine": n + 1}}}],
        }
        for n in range(results)
    ]
    return json.dumps(
        {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t", "rules": rules}}, "results": found}]}
    ).encode()


def main() -> None:
    tree = sys.argv[1] if len(sys.argv) > 1 else str(Path(__file__).parent.parent / "src")
    own = timed([sys.executable, "-c", "from sekisho.cli.main import run; run()", "measure", "code", tree, "--json"])
    other = timed([sys.executable, "-m", "bandit", "-q", "-r", "-f", "json", tree])
    data = large_sarif(50_000)
    start = time.perf_counter()
    (run,) = read_sarif(data, file="large.sarif")
    seconds = time.perf_counter() - start
    print(json.dumps({
        "tree": {"sekisho_seconds": round(own, 3), "bandit_seconds": round(other, 3),
                 "sekisho_over_bandit": round(own / other, 2)},
        "sarif": {"results": len(run.findings), "megabytes": round(len(data) / 1e6, 1), "seconds": round(seconds, 2)},
    }, indent=2))  # fmt: skip


if __name__ == "__main__":
    main()
