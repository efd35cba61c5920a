"""Pages of leak scans: plans, runs, the places that a run finds, what may lie there."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.downloads import table_attachment
from sekisho.records.jobs import queries as job_queries
from sekisho.records.languages import language
from sekisho.records.lifecycle.actions import leakscans as actions
from sekisho.records.lifecycle.bound import load
from sekisho.records.lifecycle.forms.leakscans import DecisionForm, LeakPlanForm, ReasonForm, owner_value, split_owner
from sekisho.records.lifecycle.queries import leakscans as queries
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.role_names import ROLE_NAMES
from sekisho.records.pages import PageRequest, beside, given_of, own, page, tell, version_of
from sekisho.records.tabular import Column
from sekisho.standards import texts

if TYPE_CHECKING:
    from sekisho.records.lifecycle.models import LeakPlace, LeakPlan, LeakScan

PER_PAGE: Final = 50
MOST_EXPORTED: Final = 100_000
_PLACES: Final = ("open", "allowed", "treated", "all")
_COLUMNS: Final = (
    Column("path", "場所", "Place", width=60),
    Column("kinds", "見つかったもの", "Found", width=50),
    Column("total", "件数", "Count", width=10),
    Column("first", "初めて見た日時", "First seen", width=18),
    Column("last", "最後に見た日時", "Last seen", width=18),
    Column("treated", "処置を確かめた日時", "Treated", width=18),
    Column("decision", "在ってよい理由", "Why it may lie there", width=40),
)


def kind_name(kind: str, lang: str) -> str:
    """The name of a kind of finding."""
    return texts.render(f"leakscan.kind_{kind}", {}, lang)


def kind_choices() -> list[tuple[str, str]]:
    """(name, title) of every kind that the engine knows. Raises MissingComponent without the extra."""
    lang = language()
    return [(kind, kind_name(kind, lang)) for kind in load("leakscanning").KINDS]


def _named(kinds: dict[str, int]) -> list[tuple[str, int]]:
    lang = language()
    return sorted(((kind_name(kind, lang), count) for kind, count in kinds.items()), key=lambda pair: (-pair[1], pair[0]))


def _plan(request: PageRequest, plan_id: uuid.UUID) -> LeakPlan:
    return own(request, queries.plan(request.principal, plan_id))


def _owner(row: LeakPlan) -> str:
    if row.owner:
        return str(row.owner)
    return str(ROLE_NAMES.get(row.owner_role, "")) if row.owner_role else ""


# -------------------------------------------------------------------------------------------------------------- plans


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """The plans with what was found; what is to be treated first."""
    del code
    request.principal.require(queries.READ, request.organization.pk)
    rows = queries.plans(request.principal, request.organization, ended=request.GET.get("state") == "ended")
    shown = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "page": shown,
        "rows": [(row, _owner(row)) for row in shown],
        "may_plan": request.principal.may("lifecycle.leakscan", request.organization.pk),
        "has_stores": queries.stores(request.principal, request.organization).exists(),
    }
    return render(request, "lifecycle/leaks.html", context)


def _form(request: PageRequest, row: LeakPlan | None = None) -> LeakPlanForm:
    initial: dict[str, Any] = {}
    if row is not None:
        initial = {
            "name": row.name,
            "production": row.production,
            "every": row.every,
            "kinds": row.kinds,
            "names": row.names,
            "threshold": row.threshold,
            "excluded": "\n".join(row.excluded),
            "rules": row.rules,
            "treat_days": row.treat_days,
            "owner": owner_value(row.owner_id, row.owner_role),
        }
    return LeakPlanForm(
        given_of(request),
        stores=None if row else queries.stores(request.principal, request.organization),
        people=organization_queries.people_of(request.organization.pk, today=timezone.localdate(request.now)).order_by("name"),
        kinds=kind_choices(),
        initial=initial,
    )


def _facts(form: LeakPlanForm) -> actions.LeakPlanFacts:
    given = form.cleaned_data
    person, role = split_owner(given["owner"])
    return actions.LeakPlanFacts(
        name=given["name"],
        production=given["production"],
        every=given["every"],
        kinds=given["kinds"],
        names=given["names"],
        threshold=given["threshold"],
        excluded=given["excluded"].splitlines(),
        rules=given["rules"],
        treat_days=given["treat_days"],
        owner_id=uuid.UUID(person) if person else None,
        owner_role=role,
    )


@require_http_methods(["GET", "POST"])
@page
def create(request: PageRequest, code: str) -> HttpResponse:
    """Plan to look through a store."""
    request.principal.require("lifecycle.leakscan", request.organization.pk)
    form = _form(request)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        stores = queries.stores(request.principal, request.organization)
        try:
            store = stores.get(pk=form.cleaned_data["store"])
            made = actions.make_leak_plan(request.principal, store, facts=_facts(form), now=request.now)
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("漏えい点検を計画しました。すぐに始めるには「いま点検する」を押します。"))
            return redirect("lifecycle:leak_plan", code, made.pk)
    context = {"form": form, "lines": lines, "plan": None}
    return render(request, "lifecycle/leak_plan_edit.html", context, status=422 if form.errors or lines else 200)


@require_http_methods(["GET", "POST"])
@page
def edit(request: PageRequest, code: str, leak_plan_id: uuid.UUID) -> HttpResponse:
    """Change a plan."""
    row = _plan(request, leak_plan_id)
    request.principal.require("lifecycle.leakscan", row.organization_id)
    form = _form(request, row)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_leak_plan(
                request.principal,
                row,
                facts=_facts(form),
                version=version_of(request),
                now=request.now,
            )
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("漏えい点検の計画を変えました。"))
            return redirect("lifecycle:leak_plan", code, row.pk)
    context = {"form": form, "lines": lines, "plan": row}
    return render(request, "lifecycle/leak_plan_edit.html", context, status=422 if form.errors or lines else 200)


@require_http_methods(["GET", "POST"])
@page
def end(request: PageRequest, code: str, leak_plan_id: uuid.UUID) -> HttpResponse:
    """Look through it no more."""
    row = _plan(request, leak_plan_id)
    request.principal.require("lifecycle.leakscan", row.organization_id)
    form = ReasonForm(given_of(request))
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.end_leak_plan(request.principal, row, reason=form.cleaned_data["reason"], now=request.now)
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("漏えい点検の計画を終えました。"))
            return redirect("lifecycle:leaks", code)
    context = {"form": form, "lines": lines, "plan": row}
    return render(request, "lifecycle/leak_plan_end.html", context, status=422 if form.errors or lines else 200)


@require_safe
@page
def detail(request: PageRequest, code: str, leak_plan_id: uuid.UUID) -> HttpResponse:
    """One plan: where something lies, what may lie there, the runs."""
    del code
    row = _plan(request, leak_plan_id)
    principal, place = request.principal, row.organization_id
    state = request.GET.get("state", "open")
    state = state if state in _PLACES else "open"
    rows = queries.places(
        principal, row, state=state, text=request.GET.get("q", "").strip()[:200], kind=request.GET.get("kind", "")[:40]
    )
    shown = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    scans = list(queries.scans(principal, row)[:10])
    lang = language()
    context = {
        "plan": row,
        "owner": _owner(row),
        "kinds": [kind_name(kind, lang) for kind in row.kinds],
        "known_kinds": [(kind, kind_name(kind, lang)) for kind in _kinds_of(scans)],
        "page": shown,
        "places": [(one, _named(one.kinds)) for one in shown],
        "state": state,
        "narrowed": bool(request.GET.get("q") or request.GET.get("kind")),
        "scans": scans,
        "waiting": any(one.state == "waiting" for one in scans),
        "done": any(one.state == "done" for one in scans),
        "decisions": list(queries.decisions(principal, row)),
        "today": timezone.localdate(request.now),
        "may_plan": row.ended_at is None and principal.may("lifecycle.leakscan", place),
        "may_decide": row.ended_at is None and principal.may("lifecycle.leak_decide", place),
    }
    return render(request, "lifecycle/leak_plan.html", context)


def _kinds_of(scans: list[LeakScan]) -> list[str]:
    return sorted({kind for one in scans for kind in one.report.get("kinds", ())})


@require_safe
@page
def export_places(request: PageRequest, code: str, leak_plan_id: uuid.UUID, form: str) -> HttpResponse:
    """Exactly the places that the page shows."""
    if form not in {"xlsx", "csv", "cp932"}:
        raise NotFound("access.not_found")
    row = _plan(request, leak_plan_id)
    state = request.GET.get("state", "open")
    found = queries.places(
        request.principal,
        row,
        state=state if state in _PLACES else "open",
        text=request.GET.get("q", "").strip()[:200],
        kind=request.GET.get("kind", "")[:40],
    )
    rows = [_cells(one) for one in found[:MOST_EXPORTED]]
    name = f"leaks-{code}-{timezone.localdate(request.now)}"
    return table_attachment(_COLUMNS, rows, form=form, title=_("漏えい点検"), name=name, language=language())


def _cells(row: LeakPlace) -> dict[str, Any]:
    return {
        "path": row.path,
        "kinds": "、".join(f"{name} {count}" for name, count in _named(row.kinds)),
        "total": row.total,
        "first": timezone.localtime(row.first_seen_at),
        "last": timezone.localtime(row.last_seen_at),
        "treated": timezone.localtime(row.treated_at) if row.treated_at else "",
        "decision": row.decision.reason if row.decision else "",
    }


# --------------------------------------------------------------------------------------------------------------- runs


@require_POST
@page
def begin(request: PageRequest, code: str, leak_plan_id: uuid.UUID) -> HttpResponse:
    """Look through the store now."""
    row = _plan(request, leak_plan_id)
    try:
        made = actions.begin_leak_scan(request.principal, row, now=request.now)
    except Conflict as error:
        tell(request, error)
        return redirect("lifecycle:leak_plan", code, row.pk)
    return redirect("lifecycle:leak_scan", code, made.pk)


def _scan_context(request: PageRequest, scan_id: uuid.UUID) -> dict[str, Any]:
    row = queries.scan(request.principal, scan_id)
    if row.organization_id != request.organization.pk:
        raise NotFound("access.not_found")
    lang = language()
    return {
        "scan": row,
        "plan": row.plan,
        "job": job_queries.jobs(request.principal).filter(pk=row.job_id).first() if row.job_id else None,
        "kinds": _named(row.report.get("kinds", {})),
        "problems": [(one.get("path", ""), texts.render(one["code"], one["fields"], lang)) for one in row.problems],
        "failure": texts.render(row.error["code"], row.error.get("fields", {}), lang) if row.error else "",
    }


@require_safe
@page
def scan(request: PageRequest, code: str, leak_scan_id: uuid.UUID) -> HttpResponse:
    """What a run saw; while it waits, how far it is."""
    del code
    return render(request, "lifecycle/leak_scan.html", _scan_context(request, leak_scan_id))


@require_safe
@page
def scan_progress(request: PageRequest, code: str, leak_scan_id: uuid.UUID) -> HttpResponse:
    """The part of the page that renews itself."""
    del code
    return render(request, "lifecycle/_leak_scan.html", _scan_context(request, leak_scan_id))


# ---------------------------------------------------------------------------------------------------------- decisions


@require_http_methods(["GET", "POST"])
@page
def decide(request: PageRequest, code: str, leak_plan_id: uuid.UUID) -> HttpResponse:
    """Say what may lie where."""
    row = _plan(request, leak_plan_id)
    request.principal.require("lifecycle.leak_decide", row.organization_id)
    form = DecisionForm(given_of(request), kinds=kind_choices(), initial={"pattern": request.GET.get("path", "")[:300]})
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.decide_leak(request.principal, row, now=request.now, **form.cleaned_data)
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("在ってよいものを決めました。"))
            return redirect("lifecycle:leak_plan", code, row.pk)
    context = {"form": form, "lines": lines, "plan": row}
    return render(request, "lifecycle/leak_decide.html", context, status=422 if form.errors or lines else 200)


@require_POST
@page
def end_decision(request: PageRequest, code: str, leak_decision_id: uuid.UUID) -> HttpResponse:
    """The decision no longer holds."""
    row = queries.decision(request.principal, leak_decision_id)
    if row.organization_id != request.organization.pk:
        raise NotFound("access.not_found")
    try:
        actions.end_leak_decision(request.principal, row, now=request.now)
    except Conflict as error:
        tell(request, error)
    else:
        messages.success(request, _("決定を取り消しました。場所は、また処置の要るものになります。"))
    return redirect("lifecycle:leak_plan", code, row.plan_id)
