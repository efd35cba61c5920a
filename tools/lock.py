"""Lock every component with its hashes, for Python 3.11 and newer on every platform; no index address is written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# Made by `make lock` from pyproject.toml; never edited by hand.\n"
# The whole first; its parts take their versions from it, so that no two locks differ.
LOCKS: dict[str, list[str]] = {
    "requirements-dev.lock": ["pyproject.toml", "--extra", "logs", "--extra", "data", "--extra", "cluster", "--group", "dev"],
    "requirements.lock": ["pyproject.toml", "--extra", "logs", "--extra", "data", "--constraint", "requirements-dev.lock"],
    "requirements-build.lock": ["--group", "build", "--constraint", "requirements-dev.lock"],
}


def compile_lock(name: str, sources: list[str], *, extra: list[str]) -> None:
    """Write one lock; versions already locked stay unless ``extra`` asks for ``--upgrade``."""
    command = [
        str(Path(sys.executable).with_name("uv")), "pip", "compile", *sources, *extra, "--universal",
        "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--no-header", "--quiet",
        "--output-file", name,
    ]  # fmt: skip
    subprocess.run(command, check=True, cwd=ROOT)
    path = ROOT / name
    path.write_text(HEADER + path.read_text(encoding="utf-8").removeprefix(HEADER), encoding="utf-8")


def main() -> int:
    """Entry point: ``tools/lock.py [--upgrade | --upgrade-package NAME]``."""
    for name, sources in LOCKS.items():
        print(f"[sekisho] {name}", flush=True)
        compile_lock(name, sources, extra=sys.argv[1:])
    return 0


if __name__ == "__main__":
    sys.exit(main())
