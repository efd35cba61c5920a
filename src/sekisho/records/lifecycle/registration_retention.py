"""What retention and deletion tell the lower rooms when Django starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as _

from sekisho.records import shell
from sekisho.records.evidence import hooks as evidence
from sekisho.records.jobs import registry as jobs
from sekisho.records.lifecycle.actions import (
    deletion_runs,
    deletions,
    holds,
    own_rules,
    refreshing,
    restoring,
    retention_measuring,
    scanning,
    standing_orders,
)
from sekisho.records.lifecycle.models import Certificate, ErasedPlace
from sekisho.records.lifecycle.searching import find_entries
from sekisho.records.requests import registry as requests

if TYPE_CHECKING:
    from sekisho.records.jobs.registry import JobContext

__all__ = ["register"]

_DAY: Final = 86_400
_HOUR: Final = 3_600


def _refresh(context: JobContext) -> dict[str, Any]:
    return {"organizations": refreshing.refresh_due(context.now)}


def _orders(context: JobContext) -> dict[str, Any]:
    return {"orders": standing_orders.orders_due(context.now)}


def _windows(context: JobContext) -> dict[str, Any]:
    return {"deletions": restoring.end_windows(context.now, clock=context.clock)}


def _measure(context: JobContext) -> dict[str, Any]:
    return {"organizations": retention_measuring.measure_due(context.now)}


def _is_kept(sha256: str) -> bool:
    """Reports of deletions and the files of certificates stay, whatever their holders do."""
    if ErasedPlace.objects.filter(report=sha256).exists():
        return True
    return Certificate.objects.filter(renderings__icontains=sha256).exists()


def register() -> None:
    """Jobs, schedules and requests."""
    jobs.register(refreshing.REFRESH, refreshing.run_refresh)
    jobs.register(scanning.SCAN, scanning.run_scan, permission="lifecycle.scan")
    jobs.register(deletion_runs.DRY_RUN, deletion_runs.run_dry_run, permission="lifecycle.request")
    jobs.register(deletion_runs.RUN, deletion_runs.run_deletion, permission="lifecycle.execute")
    jobs.register(standing_orders.ORDER_RUN, standing_orders.run_order)
    jobs.register(retention_measuring.MEASURE, retention_measuring.run_measure)
    for kind, handler, every in (
        ("lifecycle.refresh_all", _refresh, _DAY),
        ("lifecycle.orders", _orders, _HOUR),
        ("lifecycle.windows", _windows, _HOUR),
        ("lifecycle.measure_all", _measure, _DAY),
    ):
        jobs.register(kind, handler)
        jobs.schedule(kind, kind=kind, every_seconds=every)
    for request_kind in (
        holds.RELEASE_KIND,
        own_rules.OWN_RULE_KIND,
        deletions.DELETION_KIND,
        standing_orders.ORDER_KIND,
    ):
        requests.register(request_kind)
    evidence.KEPT.append(_is_kept)
    shell.register_searcher("lifecycle", _("保存の台帳"), find_entries)
