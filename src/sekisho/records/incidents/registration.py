"""What this room tells the lower rooms when Django starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse
from django.utils.translation import pgettext_lazy

from sekisho.records import shell
from sekisho.records.incidents import actions, queries
from sekisho.records.jobs import registry as jobs

if TYPE_CHECKING:
    from sekisho.records.jobs.registry import JobContext
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["register"]

_DAY: Final = 86_400


def _measure(context: JobContext) -> dict[str, Any]:
    return {"organizations": actions.measure_all(context.principal, now=context.now)}


def _search(principal: Principal, organization: Organization, text: str, limit: int) -> list[shell.Hit]:
    if not principal.may("incident.read", organization.pk):
        return []
    rows = queries.listed(principal, organization, filters=queries.Filters(state="all", text=text))[:limit]
    return [
        shell.Hit(title=row.title, url=reverse("incidents:detail", args=[row.organization.code, row.pk]), code=row.number)
        for row in rows
    ]


def register() -> None:
    """The daily figures, and the answers of the search box."""
    jobs.register("incidents.measure", _measure)
    jobs.schedule("incidents.measure", kind="incidents.measure", every_seconds=_DAY)
    shell.register_searcher("incidents", pgettext_lazy("several", "事案"), _search)
