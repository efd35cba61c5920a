"""Care for data: every benchmark of it, one after the other, with their peers in the same run.

    python benchmarks/data.py [--only leakscan names masking privacy retention] [--json]

Each part is a program of its own with its own options (``benchmarks/data_<part>.py --help``); it runs in a process of its own, so
that nothing is warm but the compiled kernels. Peers come from the package index into a temporary folder.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PARTS = ("leakscan", "names", "masking", "privacy", "retention")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--json", action="store_true", help="one JSON object, by part")
    given = parser.parse_args()
    found: dict[str, object] = {}
    failed = []
    for part in given.only:
        if not given.json:
            print(f"\n== {part} ==", flush=True)
        command = [sys.executable, str(HERE / f"data_{part}.py"), *(["--json"] if given.json else [])]
        done = subprocess.run(command, check=False, capture_output=given.json, text=True)
        if done.returncode:
            failed.append(part)
            sys.stderr.write(done.stderr or "")
        elif given.json:
            found[part] = json.loads(done.stdout)
    if given.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
