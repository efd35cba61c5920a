"""The baseline engine against Lynis (the peer that users of a single host would pick), both over this machine, in one run.

    python benchmarks/baseline.py [--runs 3]

Prints JSON: seconds (best of the runs) and number of checks of each. Lynis is a package of the distribution;
without it its part is null. They do not check the same things: Lynis also looks at mail, web and malware scanners; Sekisho also
records the settings and their hashes for the drift.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from sekisho.engines.baseline import collect_linux, kernel_clock, local_run, machine_identity, observe
from sekisho.engines.observation import ClaimedSubject, Collector


def sekisho() -> dict[str, Any]:
    """One whole run: collect, judge, snapshot, Observation."""
    start = time.perf_counter()
    facts = collect_linux(Path("/"), run=local_run, privileged=os.geteuid() == 0, kernel_clock=kernel_clock)
    collected = time.perf_counter()
    observation, contents = observe(
        facts,
        observed_at="2026-11-22T00:00:00+00:00",
        collector=Collector(name="benchmark", version="1", privileged=os.geteuid() == 0),
        subject=ClaimedSubject(kind="host", name=facts.hostname, machine=machine_identity(Path("/"))),
        accepted=None,
        version="benchmark",
    )
    end = time.perf_counter()
    figures = {m.key: m.value or 0 for m in observation.measures if not m.dimensions}
    return {
        "seconds": round(end - start, 3),
        "collect_seconds": round(collected - start, 3),
        "checks": figures["baseline.checks.total"],
        "decided": figures["baseline.checks.passed"] + figures["baseline.checks.failed"],
        "failed": figures["baseline.checks.failed"],
        "settings_recorded": figures["baseline.settings.recorded"],
        "artifact_bytes": sum(map(len, contents.values())),
    }


def lynis() -> dict[str, Any] | None:
    """One whole run of the peer, with its report in a temporary directory; None if it is not installed."""
    program = shutil.which("lynis", path="/usr/sbin:/usr/bin")
    if program is None:
        return None
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report.dat"
        arguments = [
            "audit",
            "system",
            "--quick",
            "--quiet",
            "--no-colors",
            "--logfile",
            f"{directory}/log",
            "--report-file",
            str(report),
        ]
        start = time.perf_counter()
        subprocess.run(
            [program, *arguments], check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        seconds = time.perf_counter() - start
        text = report.read_text(encoding="utf-8", errors="replace")
    done = re.search(r"^lynis_tests_done=(\d+)", text, re.MULTILINE)
    version = re.search(r"^lynis_version=(\S+)", text, re.MULTILINE)
    return {
        "seconds": round(seconds, 3),
        "checks": int(done[1]) if done else None,
        "version": version[1] if version else None,
        "warnings": len(re.findall(r"^warning\[\]=", text, re.MULTILINE)),
        "suggestions": len(re.findall(r"^suggestion\[\]=", text, re.MULTILINE)),
    }


def main() -> None:
    """Run both, best of several runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    runs = max(1, parser.parse_args().runs)
    ours = min((sekisho() for _ in range(runs)), key=lambda r: r["seconds"])
    peers = [r for r in (lynis() for _ in range(runs)) if r is not None]
    peer = min(peers, key=lambda r: r["seconds"]) if peers else None
    ratio = round(peer["seconds"] / ours["seconds"], 1) if peer else None
    print(json.dumps({"sekisho": ours, "lynis": peer, "times_faster": ratio, "runs": runs}, indent=2))


if __name__ == "__main__":
    main()
