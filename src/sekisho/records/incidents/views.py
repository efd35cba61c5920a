"""Pages of 事案: the list, one incident, its countermeasures."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.downloads import table_attachment
from sekisho.records.incidents import actions, queries
from sekisho.records.incidents.forms import CountermeasureForm, EffectForm, IncidentForm, NoteForm
from sekisho.records.incidents.names import ACTION_STATES, EFFECTS, SHEET_STATES, STATES, cause_name, kind_name, remedy_name
from sekisho.records.languages import language
from sekisho.records.organization import queries as organization_queries
from sekisho.records.pages import PageRequest, beside, given_of, own, page, version_of
from sekisho.records.subjects import queries as subject_queries
from sekisho.records.tabular import Choice, Column
from sekisho.standards.human_error import human_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

    from sekisho.records.incidents.models import Incident

__all__ = ["find"]

PER_PAGE: Final = 50
MOST_EXPORTED: Final = 100_000
_STATES: Final = ("open", "unanalysed", "closed", "all")
_YES: Final = (Choice("yes", "はい", "Yes"), Choice("no", "いいえ", "No"))
_COLUMNS: Final = (
    Column("number", "番号", "Number", width=16),
    Column("found", "気付いた日時", "Found", width=18),
    Column("kind", "何が起きたか", "What happened", width=26),
    Column("title", "件名", "Subject line", width=44),
    Column("near_miss", "ヒヤリハット", "Near miss", width=10, choices=_YES),
    Column("people", "関わる本人の数", "People concerned", width=14),
    Column("analysed", "分析", "Analysed", width=8, choices=_YES),
    Column("state", "状態", "State", width=10, choices=(Choice("open", "対応中", "Open"), Choice("closed", "完了", "Closed"))),
    Column("organization", "組織", "Organisation", width=24),
)


def find(request: PageRequest, incident_id: uuid.UUID) -> Incident:
    """The incident of the address. Raises NotFound under another organisation's address."""
    return own(request, queries.incident(request.principal, incident_id))


def filters_of(request: PageRequest) -> queries.Filters:
    """How the address narrows the list."""
    given = request.GET
    state = given.get("state", "open")
    near = {"yes": True, "no": False}.get(given.get("near_miss", ""))
    return queries.Filters(
        state=state if state in _STATES else "open",
        kind=given.get("kind", "")[:40],
        near_miss=near,
        text=given.get("q", "").strip()[:100],
    )


def _listed(request: PageRequest) -> QuerySet[Incident]:
    request.principal.require("incident.read", request.organization.pk)
    return queries.listed(request.principal, request.organization, filters=filters_of(request))


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """Incidents caused by people, newest first."""
    del code
    shown = Paginator(_listed(request), PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "page": shown,
        "rows": [(row, kind_name(row.kind), STATES[row.state]) for row in shown],
        "kinds": [(one.id, one.title.get(language())) for one in human_error().kinds],
        "filters": filters_of(request),
        "narrowed": any(request.GET.get(name) for name in ("q", "kind", "near_miss")),
        "may_record": request.principal.may("incident.record", request.organization.pk),
    }
    return render(request, "incidents/index.html", context)


@require_safe
@page
def export_list(request: PageRequest, code: str, form: str) -> HttpResponse:
    """Exactly what the list shows."""
    if form not in {"xlsx", "csv", "cp932"}:
        raise NotFound("access.not_found")
    rows = [
        {
            "number": row.number,
            "found": timezone.localtime(row.found_at),
            "kind": kind_name(row.kind),
            "title": row.title,
            "near_miss": "yes" if row.near_miss else "no",
            "people": "" if row.people_affected is None else row.people_affected,
            "analysed": "yes" if getattr(row, "analysed", False) else "no",
            "state": row.state,
            "organization": row.organization.name,
        }
        for row in _listed(request)[:MOST_EXPORTED]
    ]
    name = f"incidents-{code}-{timezone.localdate(request.now)}"
    return table_attachment(_COLUMNS, rows, form=form, title=pgettext("several", "事案"), name=name, language=language())


# ------------------------------------------------------------------------------------------------------------ one


def _incident_form(request: PageRequest, row: Incident | None = None) -> IncidentForm:
    initial: dict[str, Any] = {"found_at": timezone.localtime(request.now)}
    if row is not None:
        names = [name for name in IncidentForm.base_fields if name not in {"subject", "found_at"}]
        initial = {name: getattr(row, name) for name in names}
        initial |= {"subject": str(row.subject_id or ""), "found_at": timezone.localtime(row.found_at)}
    subjects = subject_queries.in_organization(request.principal, request.organization.pk)[:1000]
    return IncidentForm(given_of(request), subjects=subjects, initial=initial)


def _facts(form: IncidentForm) -> actions.IncidentFacts:
    given = dict(form.cleaned_data)
    subject = given.pop("subject")
    return actions.IncidentFacts(**given, subject_id=uuid.UUID(subject) if subject else None)


@require_http_methods(["GET", "POST"])
@page
def create(request: PageRequest, code: str) -> HttpResponse:
    """Record an incident."""
    request.principal.require("incident.record", request.organization.pk)
    form = _incident_form(request)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.record(request.principal, request.organization, facts=_facts(form), now=request.now)
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("事案を記録しました。つぎは、原因を分析します。"))
            return redirect("incidents:detail", code, made.pk)
    context = {"form": form, "lines": lines, "incident": None}
    return render(request, "incidents/edit.html", context, status=422 if form.errors or lines else 200)


@require_http_methods(["GET", "POST"])
@page
def edit(request: PageRequest, code: str, incident_id: uuid.UUID) -> HttpResponse:
    """Change what is said of it."""
    row = find(request, incident_id)
    request.principal.require("incident.record", row.organization_id)
    form = _incident_form(request, row)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit(request.principal, row, facts=_facts(form), version=version_of(request), now=request.now)
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("事案の記録を変えました。"))
            return redirect("incidents:detail", code, row.pk)
    context = {"form": form, "lines": lines, "incident": row}
    return render(request, "incidents/edit.html", context, status=422 if form.errors or lines else 200)


@require_safe
@page
def detail(request: PageRequest, code: str, incident_id: uuid.UUID) -> HttpResponse:
    """One incident: what happened, how it was taken apart, what is done about it."""
    del code
    row = find(request, incident_id)
    principal, place = request.principal, row.organization_id
    lang = language()
    sheet_rows = list(queries.sheets(principal, row))
    sheets = [
        {
            "sheet": one,
            "state": SHEET_STATES[one.state],
            "method": method.title.get(lang) if (method := human_error().method(one.method)) else one.method,
            "causes": [cause_name(line.cause) if line.cause else line.text for line in one.causes.all()],
        }
        for one in sheet_rows
    ]
    measures = [
        {
            "row": one,
            "remedy": remedy_name(one.remedy),
            "state": ACTION_STATES[one.action.state],
            "effect": EFFECTS[one.effect],
            "causes": [cause_name(cause) for cause in one.causes],
            "may_judge": one.action.state in {"done", "verified"} and principal.may("incident.settle", place),
        }
        for one in queries.countermeasures(principal, row)
    ]
    drafted = {one.method for one in sheet_rows if one.state == "draft"}
    is_open = row.state == "open"
    context = {
        "incident": row,
        "kind": kind_name(row.kind),
        "state": STATES[row.state],
        "sheets": sheets,
        "measures": measures,
        "methods": [one for one in human_error().methods_for(row.kind) if one.id not in drafted],
        "may_record": is_open and principal.may("incident.record", place),
        "may_analyse": is_open and principal.may("incident.analyse", place),
        "may_close": principal.may("incident.close", place),
    }
    return render(request, "incidents/detail.html", context)


def _with_note(
    request: PageRequest, row: Incident, template: str, act: Callable[[str], object], done: str, **context: Any
) -> HttpResponse:
    """A page that asks for words and then acts."""
    form = NoteForm(given_of(request))
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data["note"])
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, done)
            return redirect("incidents:detail", row.organization.code, row.pk)
    values = {"form": form, "lines": lines, "incident": row, **context}
    return render(request, template, values, status=422 if form.errors or lines else 200)


@require_http_methods(["GET", "POST"])
@page
def close(request: PageRequest, code: str, incident_id: uuid.UUID) -> HttpResponse:
    """The incident is done with."""
    del code
    row = find(request, incident_id)
    request.principal.require("incident.close", row.organization_id)

    def act(note: str) -> object:
        return actions.close(request.principal, row, note=note, version=version_of(request), now=request.now)

    return _with_note(request, row, "incidents/close.html", act, _("事案を完了にしました。"))


@require_http_methods(["GET", "POST"])
@page
def reopen(request: PageRequest, code: str, incident_id: uuid.UUID) -> HttpResponse:
    """Take it up again."""
    del code
    row = find(request, incident_id)
    request.principal.require("incident.close", row.organization_id)

    def act(note: str) -> object:
        return actions.reopen(request.principal, row, reason=note, now=request.now)

    return _with_note(request, row, "incidents/reopen.html", act, _("事案を、もう一度対応中にしました。"))


# ---------------------------------------------------------------------------------------------------- countermeasures


@require_http_methods(["GET", "POST"])
@page
def countermeasure(request: PageRequest, code: str, incident_id: uuid.UUID) -> HttpResponse:
    """Plan what keeps it from happening again."""
    row = find(request, incident_id)
    request.principal.require("incident.analyse", row.organization_id)
    settled = [one for one in queries.sheets(request.principal, row) if one.state == "settled"]
    causes = list(dict.fromkeys(line.cause for one in settled for line in one.causes.all() if line.cause))
    form = CountermeasureForm(
        given_of(request),
        people=organization_queries.people_of(row.organization_id, today=timezone.localdate(request.now)).order_by("name"),
        causes=[(cause, cause_name(cause)) for cause in causes],
    )
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.add_countermeasure(
                request.principal,
                row,
                what=given["what"],
                remedy=given["remedy"],
                owner_id=uuid.UUID(given["owner"]),
                due_on=given["due_on"],
                causes=given.get("causes", ()),
                now=request.now,
            )
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("対策を、是正処置として加えました。"))
            return redirect("incidents:detail", code, row.pk)
    context = {"form": form, "lines": lines, "incident": row, "analysed": bool(settled)}
    return render(request, "incidents/countermeasure.html", context, status=422 if form.errors or lines else 200)


@require_http_methods(["GET", "POST"])
@page
def effect(request: PageRequest, code: str, countermeasure_id: uuid.UUID) -> HttpResponse:
    """Say what a countermeasure turned out to do."""
    row = queries.countermeasure(request.principal, countermeasure_id)
    incident = find(request, row.incident_id)
    request.principal.require("incident.settle", row.incident.organization_id)
    form = EffectForm(given_of(request))
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.judge_effect(request.principal, row, effect=given["effect"], note=given["note"], now=request.now)
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("効果を記録しました。"))
            return redirect("incidents:detail", code, incident.pk)
    context = {"form": form, "lines": lines, "incident": incident, "measure": row}
    return render(request, "incidents/effect.html", context, status=422 if form.errors or lines else 200)
