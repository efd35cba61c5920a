"""``sekisho leakscan --observation`` and ``--send``: the figures of a scan, without anything that was found."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sekisho.cli.common import say

if TYPE_CHECKING:
    from sekisho.cli.leakscan_run import Result

__all__ = ["hand_on_observation"]


def hand_on_observation(
    result: Result, *, name: str | None, production: bool | None, file: Path | None, send: str | None, token_file: Path | None
) -> None:
    """Write the Observation to ``file`` (wholly or not at all), and keep and send it when ``send`` names a server."""
    from sekisho.cli.measure_run import this_machine
    from sekisho.cli.measure_sending import deliver, outbox_folder
    from sekisho.engines.leakscan.observe import observe
    from sekisho.engines.observation import encode
    from sekisho.engines.sending import Outbox

    machine = this_machine()
    made = observe(
        result.summary,
        settings=result.settings,
        roots=result.scope,
        problems=result.problems,
        now=datetime.now(UTC),
        name=name or platform.node(),
        machine=machine,
        production=production,
    )
    if file is not None:
        temporary = file.with_name(f".{file.name}.{os.getpid()}")
        try:
            temporary.write_bytes(encode(made))
            temporary.replace(file)
        finally:
            temporary.unlink(missing_ok=True)
        say("leakplaces.observation_written", file=str(file))
    if send is not None:
        outbox = outbox_folder(None)
        Outbox(outbox).put(made, {})
        deliver(outbox, send, token_file, machine)
