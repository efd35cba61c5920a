"""What this room tells the lower rooms when Django starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sekisho.records.jobs import registry as jobs
from sekisho.records.monitoring import actions
from sekisho.records.requests import registry as requests

if TYPE_CHECKING:
    from sekisho.records.jobs.registry import JobContext

__all__ = ["register"]

_FOLDERS: Final = 300  # seconds
_EXPIRY: Final = 600
_RETENTION: Final = 86_400


def _watch(context: JobContext) -> dict[str, Any]:
    return {"sources": actions.watch_folders(context.principal, now=context.now)}


def _expire(context: JobContext) -> dict[str, Any]:
    return {"changed": actions.expire_suppressions(context.principal, now=context.now)}


def _retain(context: JobContext) -> dict[str, Any]:
    return {"events": actions.apply_retention(context.principal, now=context.now)}


def register() -> None:
    """Jobs and their schedules; the request that approves a basis."""
    jobs.register("monitoring.ingest", actions.run_ingestion, permission="monitoring.ingest")
    jobs.register("monitoring.review", actions.run_review, permission="monitoring.review")
    for kind, handler, every in (
        ("monitoring.watch", _watch, _FOLDERS),
        ("monitoring.expire", _expire, _EXPIRY),
        ("monitoring.retain", _retain, _RETENTION),
    ):
        jobs.register(kind, handler)
        jobs.schedule(kind, kind=kind, every_seconds=every)
    requests.register(actions.REQUEST_KIND)
