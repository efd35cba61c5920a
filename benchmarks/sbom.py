"""Software inventory against the peer: cyclonedx-py (CycloneDX's own tool for Python environments), in one run on one machine.

    python benchmarks/sbom.py [--peer PATH/TO/cyclonedx-py]

Without ``--peer`` a temporary virtual environment with ``cyclonedx-bom`` is made (needs a package registry). Both look at the
same Python environment: the one that runs this. Prints JSON; times in seconds, median of the rounds, whole processes.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 3
OURS = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from sekisho.engines.sbom import collect, observe
inventory = collect(Path("/"), places=sys.argv[1:2], usual_places=sys.argv[2] == "all")
inventory.components = [c for c in inventory.components if sys.argv[2] == "all" or c.ecosystem == "pypi"]
_, artifacts = observe(inventory, now=datetime.now(UTC), host="benchmark")
Path(sys.argv[3]).write_bytes(next(iter(artifacts.values())))
"""


def timed(command: list[str]) -> float:
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def names(path: Path) -> set[tuple[str, str]]:
    return {
        (c["name"].lower().replace("_", "-").replace(".", "-"), c.get("version", ""))
        for c in json.loads(path.read_bytes())["components"]
        if c["type"] == "library"
    }


def peer_program(folder: Path) -> str:
    environment = folder / "peer"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    subprocess.run([str(environment / "bin" / "pip"), "install", "-q", "cyclonedx-bom"], check=True)
    return str(environment / "bin" / "cyclonedx-py")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer")
    arguments = parser.parse_args()
    site = next(p for p in sys.path if p.endswith("site-packages"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        peer = arguments.peer or peer_program(folder)
        ours, theirs, whole = folder / "ours.json", folder / "theirs.json", folder / "whole.json"
        own = timed([sys.executable, "-c", OURS, site, "given", str(ours)])
        other = timed([peer, "environment", "--sv", "1.6", "--of", "JSON", "-o", str(theirs), sys.executable])
        all_of_it = timed([sys.executable, "-c", OURS, site, "all", str(whole)])
        # dpkg and apt are read in our time too; the peer reads the Python environment only
        print(json.dumps({
            "python_environment": {
                "sekisho_seconds": round(own, 3), "cyclonedx_py_seconds": round(other, 3), "ratio": round(other / own, 2),
                "sekisho_components": len(names(ours)), "cyclonedx_py_components": len(names(theirs)),
                "only_sekisho": sorted(map(list, names(ours) - names(theirs))),
                "only_cyclonedx_py": sorted(map(list, names(theirs) - names(ours))),
            },
            "whole_host": {"sekisho_seconds": round(all_of_it, 3), "components": len(names(whole))},
        }, indent=2))  # fmt: skip


if __name__ == "__main__":
    main()
