"""Pages of searches: begin one, see how far it is, what it saw and what it could not search."""

from __future__ import annotations

import uuid
from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sekisho.errors import Conflict, InputError
from sekisho.records.intelligence import actions
from sekisho.records.intelligence.forms.blocking import SearchForm
from sekisho.records.intelligence.queries import indicators
from sekisho.records.intelligence.queries import searches as queries
from sekisho.records.intelligence.queries.notices import READ
from sekisho.records.intelligence.views.common import choice_of, here, page_of
from sekisho.records.intelligence.views.names import KINDS, SEARCH_STATES, TLP, WAYS
from sekisho.records.intelligence.views.notices import confirmed_of
from sekisho.records.intelligence.views.notices import find as find_notice
from sekisho.records.languages import language
from sekisho.records.pages import PageRequest, beside, page
from sekisho.standards import texts

_MONTHS = timedelta(days=92)


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """The searches, newest first."""
    del code
    request.principal.require(READ, request.organization.pk)
    way = choice_of(request, "way", WAYS)
    shown = page_of(request, queries.searches(request.principal, request.organization, way=way))
    context = {
        "page": shown,
        "rows": [{"search": row, "state": SEARCH_STATES[row.state], "way": WAYS[row.way]} for row in shown],
        "ways": WAYS.items(),
        "way": way,
        "may_search": request.principal.may("intelligence.search", request.organization.pk),
    }
    return render(request, "intelligence/searches.html", context)


@require_http_methods(["GET", "POST"])
@page
def begin(request: PageRequest, code: str, notice_id: uuid.UUID | None = None) -> HttpResponse:
    """Look for the indicators of a notice, or for all, in a period of the logs."""
    notice = find_notice(request, notice_id) if notice_id else None
    request.principal.require("intelligence.search", request.organization.pk)
    today = timezone.localdate(request.now)
    form = SearchForm(request.POST or None, initial={"since": today - _MONTHS, "until": today})
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.begin_search(
                request.principal,
                request.organization,
                notice=notice,
                since=timezone.make_aware(datetime.combine(form.cleaned_data["since"], time.min)),
                until=timezone.make_aware(datetime.combine(form.cleaned_data["until"], time.max)),
                now=request.now,
            )
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("検索を始めました。ページを閉じても続きます。"))
            return redirect("intelligence:search", code, made.pk)
    rows = confirmed_of(request, notice) if notice else indicators.searchable(request.organization.pk, now=request.now)
    context = {"form": form, "lines": lines, "notice": notice, "count": rows.count()}
    return render(request, "intelligence/search_begin.html", context, status=422 if lines or form.errors else 200)


@require_safe
@page
def detail(request: PageRequest, code: str, search_id: uuid.UUID) -> HttpResponse:
    """One search: coverage first, then what was seen."""
    del code
    row = here(request, queries.search(request.principal, search_id))
    may_search = request.principal.may("monitoring.search", row.organization_id)
    shown = page_of(request, queries.sightings_of(request.principal, row))
    context: dict[str, Any] = {
        "search": row,
        "state": SEARCH_STATES[row.state],
        "way": WAYS[row.way],
        "report": row.report,
        "coverage": None if row.report.get("coverage") is None else round(row.report["coverage"] * 100),
        "kinds": [(KINDS.get(kind, kind), count) for kind, count in sorted(row.report.get("kinds", {}).items())],
        "sources": [_looked(one) for one in row.report.get("sources", [])],
        "error": texts.render(row.error["code"], row.error["fields"], language()) if row.error else "",
        "page": shown,
        "sightings": [
            {
                "sighting": one,
                "kind": KINDS.get(one.ioc.kind, one.ioc.kind),
                "tlp": TLP[one.ioc.tlp],
                "passed": one.count - one.denied,
                "hosts": list(one.hosts.items())[:20] if may_search else [],
                "places": [
                    {**place, "at": parse_datetime(place["time"]) if place.get("time") else None} for place in one.places[:10]
                ]
                if may_search
                else [],
            }
            for one in shown
        ],
        "may_search": may_search,
    }
    return render(request, "intelligence/search.html", context)


def _looked(one: dict[str, Any]) -> dict[str, Any]:
    """A source of a search's report in the reader's words."""
    return {
        **one,
        "first": parse_datetime(one["since"]) if one.get("since") else None,
        "last": parse_datetime(one["until"]) if one.get("until") else None,
        "percent": round(100 * one["covered_hours"] / one["hours"]) if one.get("hours") else 0,
        "gap_lines": [(parse_datetime(start), parse_datetime(end)) for start, end in one.get("gaps", [])[:20]],
        "why": texts.render(one["missing"], {}, language()) if one.get("missing") else "",
    }
