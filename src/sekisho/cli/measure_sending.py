"""The way of an Observation from the command line to a server: the outbox, and sending what waits in it."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

from sekisho.cli import measure_run as runs
from sekisho.cli.common import language, say
from sekisho.cli.measure_output import working
from sekisho.errors import InputError

__all__ = ["deliver", "outbox_folder"]


def outbox_folder(chosen: Path | None) -> Path:
    """Where what waits to be sent is kept."""
    if chosen:
        return chosen
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "sekisho" / "outbox"


def deliver(folder: Path, address: str, token_file: Path | None, machine: str) -> None:
    """Send what waits in the outbox ``folder`` to the server at ``address``."""
    from sekisho.engines.sending import Outbox
    from sekisho.gateways.sender import deliver as send

    token = runs.token(token_file)
    with working("measure.sending", language()):
        sent = send(
            Outbox(folder), address=address, token=token, machine=machine, sleep=time.sleep,
            jitter=random.SystemRandom().random() / 4,
        )  # fmt: skip
    say("measure.sent", accepted=len(sent.accepted), duplicates=len(sent.duplicates), refused=len(sent.refused))
    if sent.refused:
        raise InputError("measure.some_refused", count=len(sent.refused), folder=str(folder / "refused"))
