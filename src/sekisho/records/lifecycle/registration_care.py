"""What leak scans and handovers tell the lower rooms when Django starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sekisho.records.jobs import registry as jobs
from sekisho.records.lifecycle.actions import handovers, leak_measuring, leakscans, masking
from sekisho.records.requests import registry as requests

if TYPE_CHECKING:
    from sekisho.records.jobs.registry import JobContext

__all__ = ["register"]

_HOUR: Final = 3_600
_DAY: Final = 86_400


def _due(context: JobContext) -> dict[str, Any]:
    return {"scans": leakscans.plans_due(context.now)}


def _measure(context: JobContext) -> dict[str, Any]:
    return {"organizations": leak_measuring.measure_all_leaks(now=context.now)}


def _measure_handovers(context: JobContext) -> dict[str, Any]:
    return {"organizations": handovers.measure_all_handovers(now=context.now)}


def register() -> None:
    """Jobs and their schedules, the request that data may be handed out."""
    requests.register(handovers.HANDOVER_KIND)
    requests.register(masking.MASK_PLAN_KIND)
    jobs.register(masking.MASK_RUN, masking.run_mask, permission="lifecycle.mask")
    jobs.register(leakscans.LEAK_SCAN, leakscans.run_leak_scan, permission="lifecycle.leakscan")
    for kind, handler, every in (
        ("lifecycle.leaks_due", _due, _HOUR),
        ("lifecycle.leaks_measure", _measure, _DAY),
        ("lifecycle.handovers_measure", _measure_handovers, _DAY),
    ):
        jobs.register(kind, handler)
        jobs.schedule(kind, kind=kind, every_seconds=every)
