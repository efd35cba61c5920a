"""Makes the home that the browser tests look at: the demonstration's organisations, and a small system at rest measured twice.

Run as a program of its own (``prepare.py HOME LISTEN ROOT``), since Django is set up for that home alone. Everything goes the way of
``sekisho demo``; only what is measured differs: a folder of the test instead of this machine, so that the result is the same everywhere.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sekisho.cli import demo


def measure(home: Path, root: Path, code: str) -> None:
    """What ``sekisho demo`` does, on ``root``: measured, accepted, measured again, proposed, and a draft report built."""
    from sekisho.cli import measure_run as runs
    from sekisho.gateways.accepted import fetch_accepted

    def look(engines: tuple[str, ...]) -> int:
        token = runs.token(home / "machine.token")
        agreed = fetch_accepted(address="http://127.0.0.1", token=token, transport=demo._transport())
        asked = runs.LinuxHost(root=root, places=(), accepted=agreed, name=None, state=home / "outbox-host", engines=engines)
        results, failures, machine = asked.measure(now=datetime.now(UTC), tell=lambda _text: None)
        assert not failures, failures
        demo._deliver(home / "outbox-host", home / "machine.token", results, machine)
        return len(results)

    received = look(("sbom", "baseline"))
    demo._accept(code)
    received += look(("baseline",))
    demo._watch(code)
    demo._incidents(code)
    demo._retention(code)
    demo._care(code)
    results: dict[str, Any] = demo._propose_and_build(code, received=received)
    assert results["judged"] > 0, results


if __name__ == "__main__":
    place = Path(sys.argv[1])
    state = demo._prepare(place, listen=sys.argv[2])
    measure(place, Path(sys.argv[3]), state["organization"])
