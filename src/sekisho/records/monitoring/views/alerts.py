"""Pages of findings: the queue, one finding, several at once, and what is suppressed."""

from __future__ import annotations

import uuid
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.languages import language
from sekisho.records.monitoring import actions, detecting
from sekisho.records.monitoring.forms.alerts import AssignForm, BulkForm, SuppressForm, TriageForm
from sekisho.records.monitoring.queries import alerts as queries
from sekisho.records.monitoring.views.common import MOST_EXPORTED, choice_of, export, id_of, local, page_of, text_of
from sekisho.records.monitoring.views.names import ALERT_STATES, ORIGINS, PURPOSES, SEVERITIES, SIGNS
from sekisho.records.organization import queries as organization_queries
from sekisho.records.pages import PageRequest, beside, page, tell
from sekisho.records.tabular import Column
from sekisho.standards import texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet

    from sekisho.records.monitoring.models import Alert

_COLUMNS: Final = (
    Column("severity", "重大度", "Severity", width=10),
    Column("sign", "兆候・予兆", "Sign", width=12),
    Column("title", "規則", "Rule", width=40),
    Column("entity", "何について", "About", width=30),
    Column("sentence", "内容", "What", width=60),
    Column("count", "回数", "Events", width=10),
    Column("first", "最初", "First", width=18),
    Column("last", "最後", "Last", width=18),
    Column("state", "判断", "State", width=12),
    Column("assignee", "担当", "Assignee", width=20),
    Column("purpose", "目的", "Purpose", width=12),
    Column("source", "取得元", "Source", width=24),
    Column("rule", "規則のid", "Rule id", width=30),
    Column("suppressed", "抑止の理由", "Suppressed because", width=30),
)
_STATES: Final = ("open", *ALERT_STATES, "suppressed", "all")


def title_of(row: Alert) -> str:
    """The rule's title in the reader's language."""
    return str(row.rule_title.get(language()) or row.rule_title.get("ja") or row.rule_title.get("en") or row.rule)


def sentence_of(row: Alert) -> str:
    """What was found, as a sentence; empty for a rule that only has a title."""
    return texts.render(row.code, row.fields, language()) if row.code else ""


def lines_of(rows: Iterable[Alert]) -> list[dict[str, Any]]:
    """Findings with the words that a list shows."""
    return [
        {
            "alert": row,
            "title": title_of(row),
            "sentence": sentence_of(row),
            "severity": SEVERITIES[row.severity],
            "sign": SIGNS[row.sign],
            "state": ALERT_STATES[row.state],
        }
        for row in rows
    ]


def _filters(request: PageRequest) -> queries.AlertFilters:
    return queries.AlertFilters(
        state=choice_of(request, "state", _STATES, default="open"),
        purpose=choice_of(request, "purpose", PURPOSES),
        sign=choice_of(request, "sign", SIGNS),
        severity=choice_of(request, "severity", SEVERITIES),
        rule=text_of(request, "rule"),
        source_id=id_of(request, "source"),
        assignee=choice_of(request, "assignee", ("mine", "none")),
        text=text_of(request),
    )


def _listed(request: PageRequest) -> QuerySet[Alert]:
    return queries.listed(request.principal, request.organization, filters=_filters(request))


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """The queue of findings: what waits first, gravest first."""
    del code
    request.principal.require("monitoring.read", request.organization.pk)
    shown = page_of(request, _listed(request))
    counts = queries.counts_by_state(request.principal, request.organization)
    filters = _filters(request)
    context: dict[str, Any] = {
        "page": shown,
        "rows": lines_of(shown),
        "filters": filters,
        "states": [(key, ALERT_STATES[key][1], counts[key]) for key in ALERT_STATES],
        "counts": counts,
        "purposes": [(key, name) for key, (name, _what) in PURPOSES.items()],
        "signs": [(key, name) for key, (_style, name, _what) in SIGNS.items()],
        "severities": [(key, name) for key, (_style, name) in SEVERITIES.items()],
        "narrowed": any(request.GET.get(name) for name in ("q", "purpose", "sign", "severity", "rule", "source", "assignee")),
        "may_triage": request.principal.may("monitoring.triage", request.organization.pk),
    }
    return render(request, "monitoring/alerts.html", context)


@require_safe
@page
def export_list(request: PageRequest, code: str, form: str) -> HttpResponse:
    """Exactly the findings that the queue shows."""
    del code
    request.principal.require("monitoring.read", request.organization.pk)
    rows = [
        {
            "severity": str(line["severity"][1]),
            "sign": str(line["sign"][1]),
            "title": line["title"],
            "entity": row.entity,
            "sentence": line["sentence"],
            "count": row.count,
            "first": local(row.first_at),
            "last": local(row.last_at),
            "state": str(line["state"][1]),
            "assignee": str(row.assignee or ""),
            "purpose": str(PURPOSES[row.purpose][0]),
            "source": row.source.name if row.source else "",
            "rule": row.rule,
            "suppressed": row.suppressed_by.reason if row.suppressed_by else "",
        }
        for line in lines_of(_listed(request)[:MOST_EXPORTED])
        for row in (line["alert"],)
    ]
    return export(request, _COLUMNS, rows, form=form, title=_("ログの検出"), name="log-findings")


def _alert(request: PageRequest, alert_id: uuid.UUID) -> Alert:
    row = queries.alert(request.principal, alert_id)
    if row.organization_id != request.organization.pk:
        raise NotFound("access.not_found")
    return row


def _people(request: PageRequest, row: Alert) -> Any:
    rows = organization_queries.people_of(row.organization_id, today=timezone.localdate(request.now))
    return rows.order_by("name")[:500]


@require_safe
@page
def detail(request: PageRequest, code: str, alert_id: uuid.UUID) -> HttpResponse:
    """One finding: what it is, the events that led to it, what people said."""
    del code
    return _detail(request, _alert(request, alert_id))


def _moment(text: str | None) -> datetime | None:
    return parse_datetime(text) if text else None


def _detail(
    request: PageRequest, row: Alert, *, status: int = 200, form: TriageForm | None = None, lines: Sequence[str] = ()
) -> HttpResponse:
    principal, place = request.principal, row.organization_id
    may_triage = principal.may("monitoring.triage", place)
    may_search = principal.may("monitoring.search", place)
    line = lines_of([row])[0]
    rule = next((one for one in detecting.included_rules() if one.id == row.rule), None)
    context = {
        **line,
        "purpose": PURPOSES[row.purpose],
        "rule": rule,
        "about": rule.about.get(language(), "") if rule else "",
        "next_step": rule.action.get(language(), "") if rule else "",
        "around": [
            {**one, "title": one["title"].get(language(), ""), "first": _moment(one["first"]), "last": _moment(one["last"])}
            for one in row.fields.get("around", ())
        ]
        if may_search
        else [],
        "origin": ORIGINS.get(row.origin, row.origin),
        "events": [{**event, "at": _moment(event.get("time"))} for event in row.events] if may_search else [],
        "may_search": may_search,
        "may_triage": may_triage,
        "may_suppress": principal.may("monitoring.suppress", place),
        "notes": [
            {"note": note, "after": ALERT_STATES.get(note.state_after), "before": ALERT_STATES.get(note.state_before)}
            for note in queries.notes_of(row)
        ],
        "form": form
        or (
            TriageForm(
                present=row.state, initial={"state": "looking" if row.state == "new" else row.state, "version": row.version}
            )
            if may_triage
            else None
        ),
        "assign_form": AssignForm(people=_people(request, row), initial={"assignee": str(row.assignee_id or "")})
        if may_triage
        else None,
        "lines": lines,
    }
    return render(request, "monitoring/alert.html", context, status=status)


@require_POST
@page
def triage(request: PageRequest, code: str, alert_id: uuid.UUID) -> HttpResponse:
    """Say what it is."""
    row = _alert(request, alert_id)
    form = TriageForm(request.POST, present=row.state)
    if not form.is_valid():
        return _detail(request, row, status=422, form=form)
    given = form.cleaned_data
    try:
        actions.triage(
            request.principal, row, state=given["state"], text=given["text"], version=given["version"], now=request.now
        )
    except (InputError, Conflict) as error:
        lines = beside(form, error)
        return _detail(request, _alert(request, alert_id), status=error.http_status, form=form, lines=lines)
    messages.success(request, _("判断を記録しました。"))
    return redirect("monitoring:alert", code, row.pk)


@require_POST
@page
def assign(request: PageRequest, code: str, alert_id: uuid.UUID) -> HttpResponse:
    """Say who looks at it."""
    row = _alert(request, alert_id)
    given = request.POST.get("assignee", "")
    try:
        person = uuid.UUID(given) if given else None
    except ValueError:
        person = uuid.UUID(int=0)
    try:
        actions.assign_alert(request.principal, row, person_id=person, now=request.now)
    except (InputError, Conflict) as error:
        tell(request, error)
    else:
        messages.success(request, _("担当を決めました。"))
    return redirect("monitoring:alert", code, row.pk)


# ---------------------------------------------------------------------------------------------------- several at once


def _chosen(request: PageRequest) -> list[tuple[Alert, int]]:
    """The findings that were ticked (``id:version``), as far as the reader sees them. Raises NotFound for what is none."""
    wanted: dict[uuid.UUID, int] = {}
    for given in request.POST.getlist("alert")[: actions.MOST_AT_ONCE + 1]:
        key, _separator, version = given.partition(":")
        try:
            wanted[uuid.UUID(key)] = int(version[:9] or 0)
        except ValueError as error:
            raise NotFound("access.not_found") from error
    rows = queries.alerts(request.principal).filter(pk__in=list(wanted), organization=request.organization)
    found = [(row, wanted[row.pk]) for row in rows.order_by("-last_at", "pk")]
    if not wanted:
        raise InputError("monitoring.none_chosen")
    if len(found) != len(wanted):
        raise InputError("monitoring.several_organizations")
    return found


@require_POST
@page
def bulk(request: PageRequest, code: str) -> HttpResponse:
    """Several findings at once: first shown with what would become of them, then done."""
    request.principal.require("monitoring.triage", request.organization.pk)
    try:
        chosen = _chosen(request)
    except InputError as error:
        tell(request, error)
        return redirect("monitoring:alerts", code)
    confirmed = "confirm" in request.POST
    form = BulkForm(request.POST if confirmed else None, initial={"state": "looking"})
    lines: list[str] = []
    if confirmed and form.is_valid():
        given = form.cleaned_data
        try:
            count = actions.triage_many(request.principal, chosen, state=given["state"], text=given["text"], now=request.now)
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("%(n)d件の判断を記録しました。") % {"n": count})
            return redirect("monitoring:alerts", code)
    context = {"form": form, "lines": lines, "rows": lines_of(row for row, _version in chosen), "chosen": chosen}
    return render(request, "monitoring/alerts_bulk.html", context, status=422 if form.errors or lines else 200)


# -------------------------------------------------------------------------------------------------------- suppression


@require_safe
@page
def suppressions(request: PageRequest, code: str) -> HttpResponse:
    """What needs no look, why and until when; also what is over."""
    del code
    request.principal.require("monitoring.read", request.organization.pk)
    state = choice_of(request, "state", ("over", "all"))
    shown = page_of(request, queries.suppressions(request.principal, request.organization, state=state, now=request.now))
    context = {
        "page": shown,
        "rows": [{"row": row, "in_force": row.ended_at is None and row.expires_at > request.now} for row in shown],
        "may_suppress": request.principal.may("monitoring.suppress", request.organization.pk),
        "filtered": bool(state),
    }
    return render(request, "monitoring/suppressions.html", context)


@require_http_methods(["GET", "POST"])
@page
def suppress(request: PageRequest, code: str) -> HttpResponse:
    """Have findings need no look until a day."""
    request.principal.require("monitoring.suppress", request.organization.pk)
    day = timezone.localdate(request.now) + timedelta(days=90)
    initial = {"rule": text_of(request, "rule"), "entity": text_of(request, "entity", limit=300), "expires_on": day}
    form = SuppressForm(request.POST or None, initial=initial)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.suppress(
                request.principal,
                organization=request.organization,
                rule=given["rule"],
                entity=given["entity"],
                reason=given["reason"],
                expires_at=timezone.make_aware(datetime.combine(given["expires_on"], time(23, 59, 59))),
                now=request.now,
            )
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("抑止しました。期限が来ると、ひとりでに終わります。"))
            return redirect("monitoring:suppressions", code)
    return render(
        request, "monitoring/suppress.html", {"form": form, "lines": lines}, status=422 if form.errors or lines else 200
    )


@require_POST
@page
def end_suppression(request: PageRequest, code: str, suppression_id: uuid.UUID) -> HttpResponse:
    """End a suppression before its day."""
    row = queries.suppression(request.principal, suppression_id)
    if row.organization_id != request.organization.pk:
        raise NotFound("access.not_found")
    try:
        actions.end_suppression(request.principal, row, now=request.now)
    except (InputError, Conflict) as error:
        tell(request, error)
    else:
        messages.success(request, _("抑止を終えました。"))
    return redirect("monitoring:suppressions", code)
