"""What this room tells the lower rooms and the frame when Django starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as _

from sekisho.records import shell
from sekisho.records.duties import hooks as duties
from sekisho.records.evidence import hooks as evidence
from sekisho.records.intelligence import actions, arriving
from sekisho.records.intelligence.queries import secrecy
from sekisho.records.intelligence.searching import find
from sekisho.records.jobs import registry as jobs
from sekisho.records.ledger import hooks as ledger
from sekisho.records.requests import registry as requests

if TYPE_CHECKING:
    from sekisho.records.jobs.registry import JobContext

__all__ = ["register"]

_HOUR: Final = 3600


def _poll_due(context: JobContext) -> dict[str, Any]:
    return {"sources": actions.poll_due(context.principal, now=context.now)}


def _expire(context: JobContext) -> dict[str, Any]:
    return {"expired": actions.expire(context.principal, now=context.now)}


def _measure(context: JobContext) -> dict[str, Any]:
    return {"organizations": actions.measure_all(context.principal, now=context.now)}


def register() -> None:
    """Jobs, schedules, the request, the search box; what is kept from whom; what follows newly read logs."""
    jobs.register("intelligence.search", actions.run_search, permission="intelligence.search")
    jobs.register("intelligence.test_release", actions.run_test, permission="intelligence.release")
    jobs.register("intelligence.poll", actions.run_poll, permission="intelligence.take_in")
    for kind, handler, every in (
        ("intelligence.poll_due", _poll_due, _HOUR),
        ("intelligence.expire", _expire, _HOUR),
        ("intelligence.measure", _measure, 24 * _HOUR),
    ):
        jobs.register(kind, handler)
        jobs.schedule(kind, kind=kind, every_seconds=every)
    requests.register(actions.REQUEST_KIND)
    shell.register_searcher("intelligence", _("脅威情報"), find)
    evidence.KEPT.append(secrecy.material_is_kept)
    ledger.NARROWED.append(secrecy.entries_shown)
    duties.NARROWED.append(secrecy.duties_shown)
    arriving.register()
