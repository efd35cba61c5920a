"""``sekisho worker``: run jobs in a process of its own. Any number may run side by side (on PostgreSQL)."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Annotated

import typer

from sekisho.cli.common import JsonOption, print_json, say
from sekisho.cli.django import setup

if TYPE_CHECKING:
    from types import FrameType


def command(
    once: Annotated[bool, typer.Option("--once", help="今あるジョブだけを実行して終わる / run what is due, then end")] = False,
    json_output: JsonOption = False,
) -> None:
    """待っているジョブを実行する / run waiting jobs."""
    setup()
    from sekisho.records.jobs import worker

    if once:
        from django.utils import timezone

        from sekisho.records.jobs import actions
        from sekisho.records.organization.principals import SYSTEM

        actions.tick(SYSTEM, now=timezone.now())
        count = worker.run_due()
        if json_output:
            print_json({"ran": count})
        return
    running = worker.Worker()

    def stop(_number: int, _frame: FrameType | None) -> None:
        if running.stopping.is_set():
            os._exit(1)  # the lease runs out and another worker takes over
        say("jobs.worker_stopping")
        running.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    say("jobs.worker_started")
    running.run()
