"""Pages of 原因調査: the search of the logs with its time line, and the trails of investigations."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.languages import language
from sekisho.records.monitoring import actions, drawing, searchstore
from sekisho.records.monitoring.forms.searches import CloseTrailForm, TrailForm
from sekisho.records.monitoring.queries import alerts as alert_queries
from sekisho.records.monitoring.queries import searches as queries
from sekisho.records.monitoring.rules.searching import Query, query_of
from sekisho.records.monitoring.views.common import choice_of, export, id_of, local, moment_of, page_of
from sekisho.records.pages import PageRequest, beside, page, say, tell
from sekisho.records.tabular import Column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sekisho.records.monitoring.models import LogSource, Trail

ROWS: Final = 50
_MOST_ROWS: Final = 10_000
_PRESETS: Final = (1, 7, 30, 90, 365)
_SYSTEM_COLUMNS: Final = (
    Column("time", "時刻", "Time", width=22),
    Column("source", "取得元", "Source", width=20),
    Column("host", "ホスト", "Host", width=18),
    Column("file", "ファイル", "File", width=24),
    Column("record", "番号", "Record", width=10),
    Column("sha256", "ファイルのSHA-256", "SHA-256 of the file", width=30),
)


def _asked(given: Mapping[str, str], pairs: Sequence[str], sources: Sequence[str], request: PageRequest) -> Query:
    """The query of an address: ``q``, ``f`` (field=value, several), ``source`` (several), ``since``/``until`` or ``days``."""
    since, until = given.get("since", ""), given.get("until", "")
    begin = moment_of(since) if since else None
    end = moment_of(until, end=True) if until else None
    if (since and begin is None) or (until and end is None):
        raise InputError("monitoring.no_moment", name="since" if since and begin is None else "until")
    days = given.get("days", "")
    fields = [(name, value) for name, separator, value in (pair.partition("=") for pair in pairs) if separator]
    return query_of(
        since=begin,
        until=end,
        now=request.now,
        text=given.get("q", ""),
        fields=fields,
        sources=sources,
        days=int(days) if days in {str(n) for n in _PRESETS} else 7,
    )


@require_safe
@page
def search(request: PageRequest, code: str) -> HttpResponse:
    """Search everything by anything. The whole question stands in the address; in a trail it becomes its next step."""
    del code
    request.principal.require("monitoring.search", request.organization.pk)
    sources = list(queries.searchable(request.principal, request.organization))
    trail = _open_trail(request)
    context: dict[str, Any] = {
        "sources": sources,
        "chosen": request.GET.getlist("source"),
        "trail": trail,
        "trails": queries.listed_trails(request.principal, request.organization, state="open")[:50],
        "presets": _PRESETS,
        "days": request.GET.get("days", "7"),
        "narrowed": [{"pair": pair, "without": _without(request.GET, pair)} for pair in request.GET.getlist("f")],
        "asked": bool(request.GET),
        "may_trail": request.principal.may("monitoring.triage", request.organization.pk),
        "lines": [],
    }
    status = 200
    if request.GET and sources:
        try:
            context |= _found(request, trail, sources)
        except InputError as error:
            context["lines"], status = say(error, language()), error.http_status
    return render(request, "monitoring/search.html", context, status=status)


def _open_trail(request: PageRequest) -> Trail | None:
    trail_id = id_of(request, "trail")
    if trail_id is None:
        return None
    row = queries.trail(request.principal, trail_id)
    return row if row.organization_id == request.organization.pk and row.closed_at is None else None


def _found(request: PageRequest, trail: Trail | None, sources: Sequence[LogSource]) -> dict[str, Any]:
    query = _asked(request.GET.dict(), request.GET.getlist("f"), request.GET.getlist("source"), request)
    number = request.GET.get("page", "1")
    at = min(int(number), _MOST_ROWS // ROWS) if number.isascii() and number.isdigit() and len(number) < 6 and int(number) else 1  # noqa: PLR2004
    done = actions.search(
        request.principal,
        organization=request.organization,
        query=query,
        trail=trail,
        now=request.now,
        offset=(at - 1) * ROWS,
        limit=ROWS,
    )
    found = done.found
    base = _pivot_base(request.GET)
    return {
        "query": query,
        "found": found,
        "step": done.step,
        "rows": [_line(row, base) for row in found.rows],
        "chart": drawing.timeline_svg(found.bars, label=_("件数の推移")),
        "bars": [
            {"at": bar, "count": count, "address": _period(request.GET, bar, bar + found.width)}
            for bar, count in found.bars
            if count
        ],
        "facets": [
            {"field": field, "values": [(value, count, _with(base, field, value)) for value, count in values]}
            for field, values in found.facets
        ],
        "number": at,
        "earlier": _paged(request.GET, at - 1) if at > 1 else "",
        "later": _paged(request.GET, at + 1) if at * ROWS < min(found.total, _MOST_ROWS) else "",
        "first_row": (at - 1) * ROWS + 1,
        "last_row": (at - 1) * ROWS + len(found.rows),
        "names": {str(row.pk): row.name for row in sources},
    }


def _pivot_base(given: QueryDict) -> QueryDict:
    base = given.copy()
    base.pop("page", None)
    return base


def _with(base: QueryDict, field: str, value: str) -> str:
    made = base.copy()
    pairs = made.getlist("f")
    pair = f"{field}={value}"
    if pair not in pairs:
        made.setlist("f", [*pairs, pair])
    return made.urlencode()


def _only(base: QueryDict, value: str) -> str:
    """A new search for a value anywhere, in the same period, sources and trail."""
    made = base.copy()
    made.pop("f", None)
    made["q"] = value
    return made.urlencode()


def _without(given: QueryDict, pair: str) -> str:
    made = _pivot_base(given)
    made.setlist("f", [one for one in given.getlist("f") if one != pair])
    return made.urlencode()


def _paged(given: QueryDict, number: int) -> str:
    made = given.copy()
    made["page"] = str(number)
    return made.urlencode()


def _period(given: QueryDict, since: Any, until: Any) -> str:
    made = _pivot_base(given)
    made.pop("days", None)
    made["since"] = timezone.localtime(since).replace(tzinfo=None).isoformat()
    made["until"] = timezone.localtime(until).replace(tzinfo=None).isoformat()
    return made.urlencode()


def _line(row: searchstore.Row, base: QueryDict) -> dict[str, Any]:
    return {
        "row": row,
        "at": timezone.localtime(row.time).strftime("%Y-%m-%d %H:%M:%S") if row.time else "",
        "fields": [
            {"name": name, "value": value, "narrow": _with(base, name, value[:1000]), "anywhere": _only(base, value[:300])}
            for name, value in row.fields.items()
            if value
        ],
    }


@require_safe
@page
def export_search(request: PageRequest, code: str, form: str) -> HttpResponse:
    """What the search shows, up to 10,000 events, each with its way back to the line."""
    del code
    request.principal.require("monitoring.search", request.organization.pk)
    query = _asked(request.GET.dict(), request.GET.getlist("f"), request.GET.getlist("source"), request)
    done = actions.search(
        request.principal,
        organization=request.organization,
        query=query,
        trail=_open_trail(request),
        now=request.now,
        limit=_MOST_ROWS,
    )
    fields = list(dict.fromkeys(name for row in done.found.rows for name in row.fields))[:200]
    columns = [*_SYSTEM_COLUMNS, *(Column(f"f:{name}", name, name, width=24, limit=32_000) for name in fields)]
    rows = (
        {
            "time": local(row.time) if row.time else "",
            "source": row.source_name,
            "host": row.host,
            "file": row.file,
            "record": row.record if row.record is not None else "",
            "sha256": row.sha256,
            **{f"f:{name}": value[:32_000] for name, value in row.fields.items()},
        }
        for row in done.found.rows
    )
    return export(request, columns, rows, form=form, title=_("ログの検索"), name="log-search")


# ------------------------------------------------------------------------------------------------------------- trails


@require_safe
@page
def trails(request: PageRequest, code: str) -> HttpResponse:
    """Investigations, the latest first."""
    del code
    request.principal.require("monitoring.search", request.organization.pk)
    state = choice_of(request, "state", ("open", "closed"))
    shown = page_of(request, queries.listed_trails(request.principal, request.organization, state=state))
    context = {
        "page": shown,
        "filtered": bool(state),
        "may_trail": request.principal.may("monitoring.triage", request.organization.pk),
    }
    return render(request, "monitoring/trails.html", context)


@require_http_methods(["GET", "POST"])
@page
def open_trail(request: PageRequest, code: str) -> HttpResponse:
    """Begin an investigation, perhaps from a finding."""
    request.principal.require("monitoring.triage", request.organization.pk)
    alert_id = id_of(request, "alert")
    alert = alert_queries.alert(request.principal, alert_id) if alert_id else None
    if alert is not None and alert.organization_id != request.organization.pk:
        raise NotFound("access.not_found")
    title = _("%(what)sの調査") % {"what": alert.entity or alert.rule} if alert else ""
    form = TrailForm(request.POST or None, initial={"title": title[:200]})
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.open_trail(
                request.principal,
                organization=request.organization,
                title=form.cleaned_data["title"],
                alert=alert,
                now=request.now,
            )
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            address = QueryDict(mutable=True)
            address["trail"] = str(made.pk)
            if alert is not None:
                address["q"] = alert.entity[:300]
                address["since"] = timezone.localtime(alert.first_at - timedelta(hours=1)).replace(tzinfo=None).isoformat()
                address["until"] = timezone.localtime(alert.last_at + timedelta(hours=1)).replace(tzinfo=None).isoformat()
            response = redirect("monitoring:search", code)
            response["Location"] += f"?{address.urlencode()}"
            return response
    context = {"form": form, "lines": lines, "alert": alert}
    return render(request, "monitoring/trail_new.html", context, status=422 if form.errors or lines else 200)


def _trail(request: PageRequest, trail_id: uuid.UUID) -> Trail:
    row = queries.trail(request.principal, trail_id)
    if row.organization_id != request.organization.pk:
        raise NotFound("access.not_found")
    return row


@require_safe
@page
def trail(request: PageRequest, code: str, trail_id: uuid.UUID) -> HttpResponse:
    """One investigation: every search in order, what it found, what was concluded."""
    del code
    return _shown(request, _trail(request, trail_id), CloseTrailForm(), [])


def address_of(query: Query, trail_id: uuid.UUID | None) -> str:
    """The address of a kept search."""
    made = QueryDict(mutable=True)
    if query.text:
        made["q"] = query.text
    made.setlist("f", [f"{field}={value}" for field, value in query.fields])
    made.setlist("source", list(query.sources))
    made["since"] = timezone.localtime(query.since).replace(tzinfo=None).isoformat()
    made["until"] = timezone.localtime(query.until).replace(tzinfo=None).isoformat()
    if trail_id is not None:
        made["trail"] = str(trail_id)
    return made.urlencode()


def _shown(request: PageRequest, row: Trail, form: CloseTrailForm, lines: Sequence[str], *, status: int = 200) -> HttpResponse:
    names = {str(one.pk): one.name for one in queries.searchable(request.principal, request.organization)}
    steps = []
    for step in queries.steps_of(row):
        query = Query.from_dict(step.query)
        steps.append(
            {
                "step": step,
                "query": query,
                "address": address_of(query, row.pk if row.closed_at is None else None),
                "sources": [names.get(key, key) for key in query.sources],
            }
        )
    may = row.closed_at is None and request.principal.may("monitoring.triage", row.organization_id)
    context = {"trail": row, "steps": steps, "form": form if may and steps else None, "may_work": may, "lines": lines}
    return render(request, "monitoring/trail.html", context, status=status)


@require_POST
@page
def note(request: PageRequest, code: str, trail_id: uuid.UUID, position: int) -> HttpResponse:
    """Write beside a search what it showed."""
    row = _trail(request, trail_id)
    step = queries.steps_of(row).filter(position=position).select_related("trail").first()
    if step is None:
        raise NotFound("access.not_found")
    try:
        actions.note_step(request.principal, step, note=request.POST.get("note", ""), now=request.now)
    except (InputError, Conflict) as error:
        tell(request, error)
    return redirect("monitoring:trail", code, row.pk)


@require_POST
@page
def close(request: PageRequest, code: str, trail_id: uuid.UUID) -> HttpResponse:
    """End an investigation; it becomes evidence."""
    row = _trail(request, trail_id)
    form = CloseTrailForm(request.POST)
    if not form.is_valid():
        return _shown(request, row, form, [], status=422)
    try:
        actions.close_trail(request.principal, row, conclusion=form.cleaned_data["conclusion"], now=request.now)
    except (InputError, Conflict) as error:
        return _shown(request, row, form, beside(form, error), status=error.http_status)
    messages.success(request, _("調査を終え、エビデンスにしました。"))
    return redirect("monitoring:trail", code, row.pk)
