"""受付: what waits, what went wrong, where the organisation stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from sekisho.records.catalog import queries as catalogs
from sekisho.records.languages import language
from sekisho.records.measurement import queries
from sekisho.records.measurement.presenting import address, compare, shown
from sekisho.records.pages import PageRequest, page
from sekisho.standards.texts import render as text

if TYPE_CHECKING:
    from django.http import HttpResponse

    from sekisho.records.duties.models import Duty
    from sekisho.records.requests.models import Step

__all__ = ["home"]

_KPIS: Final = 6
_COMPARED: Final = ("ume_share", "take_share", "severe_findings", "days_to_close", "security_updates_pending")
_ORGANIZATIONS: Final = 10
_WITHOUT_OTHERS_BELOW: Final = frozenset({"", "municipality", "union", "company", "critical"})


@require_safe
@page
def home(request: PageRequest, code: str) -> HttpResponse:
    """The first page of an organisation. At most ten queries."""
    del code
    organization, principal, lang = request.organization, request.principal, language()
    work = queries.work(principal, organization, now=request.now, today=timezone.localdate(request.now))
    catalogs_in_use = queries.levels(principal, organization_id=organization.pk, now=request.now, language=lang)
    latest = queries.latest(principal, organization_id=organization.pk)
    # The frame need not count again what this page has just read.
    request.shell_counts = {"duties": work.near_count, "requests": work.step_count}  # type: ignore[attr-defined] # read by web.context
    outcomes = [shown(row) for row in latest if row.indicator.kind == "outcome"]
    measured = [row for row in outcomes if row.text]
    received = [] if organization.body_kind in _WITHOUT_OTHERS_BELOW else _received(request)
    titles, figures = compare(received[:_ORGANIZATIONS], _COMPARED)
    context: dict[str, Any] = {
        "today": timezone.localdate(request.now),
        "work": work,
        "duties": [(duty, _duty_title(duty, lang)) for duty in work.duties],
        "steps": [(step, *_step(step, lang)) for step in work.steps],
        "stale": [(row, catalogs.text(row.requirement, "title", lang)) for row in work.attention.stale],
        "worse": [(row, catalogs.text(row.requirement, "title", lang)) for row in work.attention.worse],
        "findings": [(row, text(row.code, row.fields, lang)) for row in work.findings],
        "catalogs": catalogs_in_use,
        "stale_count": sum(c.stale for c in catalogs_in_use),
        "severe": next((row for row in outcomes if row.indicator.key == "severe_findings"), None),
        "kpis": measured[:_KPIS],
        "more_kpis": max(0, len(measured) - _KPIS),
        "unmeasured_kpis": len(outcomes) - len(measured),
        "start": None if catalogs_in_use else queries.first_steps(principal, organization),
        "compared": titles,
        "received": figures,
        "received_more": max(0, len(received) - _ORGANIZATIONS),
        "duties_url": address(("duties:index",), organization.code),
        "requests_url": address(("requests:index",), organization.code),
        "stale_url": f"{address(('assessment:list',), organization.code)}?view=stale",
    }
    return render(request, "measurement/home.html", context)


def _received(request: PageRequest) -> list[Any]:
    return queries.newest_submissions(request.principal, organization_id=request.organization.pk)


def _duty_title(duty: Duty, lang: str) -> str:
    return text(duty.code, duty.fields, lang)


def _step(step: Step, lang: str) -> tuple[str, str]:
    """What is asked in words, and the address of the page where it is decided."""
    asked = step.request
    summary = asked.summary
    title = text(summary["code"], summary.get("fields", {}), lang) if summary.get("code") else asked.number
    names = ("requests:detail", "requests:request", "requests:one")
    return title, address(names, asked.organization.code, asked.pk)
