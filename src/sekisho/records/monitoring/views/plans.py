"""Pages of the review plan."""

from __future__ import annotations

import uuid
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.monitoring import actions
from sekisho.records.monitoring.forms.fields import ReasonForm, owner_value, split_owner
from sekisho.records.monitoring.forms.reviews import PlanForm
from sekisho.records.monitoring.queries import reviews as queries
from sekisho.records.monitoring.queries import sources as source_queries
from sekisho.records.monitoring.views.common import MOST_EXPORTED, choice_of, export, local, page_of
from sekisho.records.monitoring.views.names import EVERY, PURPOSES, REVIEW_STATES
from sekisho.records.monitoring.views.sources import owner_of
from sekisho.records.organization import queries as organization_queries
from sekisho.records.pages import PageRequest, beside, page, tell
from sekisho.records.tabular import Column

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sekisho.records.monitoring.models import ReviewPlan

_COLUMNS: Final = (
    Column("title", "点検", "Review", width=34),
    Column("purpose", "目的", "Purpose", width=14),
    Column("sources", "取得元", "Sources", width=44),
    Column("every", "間隔", "Rhythm", width=12),
    Column("owner", "だれが", "By", width=24),
    Column("reviewed", "ここまで見た", "Reviewed until", width=18),
    Column("due", "つぎの期限", "Next due", width=18),
    Column("basis", "根拠", "Basis", width=24),
    Column("organization", "組織", "Organisation", width=24),
)


def _listed(request: PageRequest) -> QuerySet[ReviewPlan]:
    return queries.listed_plans(
        request.principal,
        request.organization,
        state=choice_of(request, "state", ("late", "ended", "all")),
        purpose=choice_of(request, "purpose", PURPOSES),
        now=request.now,
    )


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """What is reviewed, how often, by whom, and what is due."""
    del code
    request.principal.require("monitoring.read", request.organization.pk)
    shown = page_of(request, _listed(request))
    context: dict[str, Any] = {
        "page": shown,
        "rows": [
            {"plan": row, "purpose": PURPOSES[row.purpose][0], "every": EVERY[row.every], "owner": owner_of(row)} for row in shown
        ],
        "purposes": [(key, name) for key, (name, _what) in PURPOSES.items()],
        "filtered": any(request.GET.get(name) for name in ("purpose", "state")),
        "may_plan": request.principal.may("monitoring.plan", request.organization.pk),
    }
    return render(request, "monitoring/plans.html", context)


@require_safe
@page
def export_list(request: PageRequest, code: str, form: str) -> HttpResponse:
    """Exactly the plans that the list shows."""
    del code
    request.principal.require("monitoring.read", request.organization.pk)
    rows = [
        {
            "title": row.title,
            "purpose": str(PURPOSES[row.purpose][0]),
            "sources": "、".join(source.name for source in row.sources.all()),
            "every": str(EVERY[row.every]),
            "owner": owner_of(row),
            "reviewed": local(row.reviewed_until),
            "due": local(row.due_at),
            "basis": row.basis,
            "organization": row.organization.name,
        }
        for row in _listed(request)[:MOST_EXPORTED]
    ]
    return export(request, _COLUMNS, rows, form=form, title=_("点検の計画"), name="review-plans")


def _form(request: PageRequest, row: ReviewPlan | None = None) -> PlanForm:
    initial: dict[str, Any] = {"purpose": "discovery", "every": "daily"}
    if row is not None:
        initial = {
            "title": row.title,
            "purpose": row.purpose,
            "sources": [str(source.pk) for source in row.sources.all()],
            "every": row.every,
            "owner": owner_value(row.owner_id, row.owner_role),
            "basis": row.basis,
        }
    place = request.organization.pk
    return PlanForm(
        request.POST or None,
        people=organization_queries.people_of(place, today=timezone.localdate(request.now)).order_by("name"),
        sources=source_queries.sources(request.principal).filter(organization=place, retired_at=None).order_by("name"),
        begun=row is not None,
        initial=initial,
    )


def _facts(form: PlanForm) -> actions.PlanFacts:
    given = form.cleaned_data
    person, role = split_owner(given["owner"])
    return actions.PlanFacts(
        title=given["title"],
        purpose=given["purpose"],
        sources=[uuid.UUID(key) for key in given["sources"]],
        every=given["every"],
        owner_id=uuid.UUID(person) if person else None,
        owner_role=role,
        basis=given["basis"],
    )


@require_http_methods(["GET", "POST"])
@page
def create(request: PageRequest, code: str) -> HttpResponse:
    """Plan reviews."""
    request.principal.require("monitoring.plan", request.organization.pk)
    form = _form(request)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        day = form.cleaned_data["starts_on"] or timezone.localdate(request.now)
        try:
            made = actions.make_plan(
                request.principal,
                organization=request.organization,
                facts=_facts(form),
                starts_at=timezone.make_aware(datetime.combine(day, time.min)),
                now=request.now,
            )
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("点検を計画しました。期限の前に、担当の「期限」に出ます。"))
            return redirect("monitoring:plan", code, made.pk)
    has_sources = bool(form.fields["sources"].choices)  # type: ignore[attr-defined] # a field of choices
    context = {"form": form, "lines": lines, "plan": None, "has_sources": has_sources}
    return render(request, "monitoring/plan_edit.html", context, status=422 if form.errors or lines else 200)


def _plan(request: PageRequest, plan_id: uuid.UUID) -> ReviewPlan:
    row = queries.plan(request.principal, plan_id)
    if row.organization_id != request.organization.pk:
        raise NotFound("access.not_found")
    return row


@require_safe
@page
def detail(request: PageRequest, code: str, plan_id: uuid.UUID) -> HttpResponse:
    """One plan with its reviews."""
    del code
    row = _plan(request, plan_id)
    done = page_of(request, queries.listed_reviews(request.principal, request.organization, plan_id=row.pk), each=20)
    running = next((one for one in done if one.state in {"running", "open"}), None)
    context = {
        "plan": row,
        "purpose": PURPOSES[row.purpose],
        "every": EVERY[row.every],
        "owner": owner_of(row),
        "late": row.ended_at is None and row.due_at < request.now,
        "page": done,
        "rows": [{"review": one, "state": REVIEW_STATES[one.state]} for one in done],
        "running": running,
        "may_plan": row.ended_at is None and request.principal.may("monitoring.plan", row.organization_id),
        "may_review": row.ended_at is None
        and running is None
        and request.principal.may("monitoring.review", row.organization_id),
    }
    return render(request, "monitoring/plan.html", context)


@require_http_methods(["GET", "POST"])
@page
def edit(request: PageRequest, code: str, plan_id: uuid.UUID) -> HttpResponse:
    """Change a plan."""
    row = _plan(request, plan_id)
    request.principal.require("monitoring.plan", row.organization_id)
    form = _form(request, row)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        version = request.POST.get("version", "")
        try:
            actions.edit_plan(
                request.principal,
                row,
                facts=_facts(form),
                version=int(version) if version.isascii() and version.isdigit() else row.version,
                now=request.now,
            )
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("計画を変えました。"))
            return redirect("monitoring:plan", code, row.pk)
    context = {"form": form, "lines": lines, "plan": row, "has_sources": True}
    return render(request, "monitoring/plan_edit.html", context, status=422 if form.errors or lines else 200)


@require_http_methods(["GET", "POST"])
@page
def end(request: PageRequest, code: str, plan_id: uuid.UUID) -> HttpResponse:
    """No further reviews of a plan."""
    row = _plan(request, plan_id)
    request.principal.require("monitoring.plan", row.organization_id)
    form = ReasonForm(request.POST or None)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.end_plan(request.principal, row, reason=form.cleaned_data["reason"], now=request.now)
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("計画をやめました。"))
            return redirect("monitoring:plans", code)
    context = {"form": form, "lines": lines, "plan": row}
    return render(request, "monitoring/plan_end.html", context, status=422 if form.errors or lines else 200)


@require_POST
@page
def begin(request: PageRequest, code: str, plan_id: uuid.UUID) -> HttpResponse:
    """Begin the next review of a plan."""
    row = _plan(request, plan_id)
    try:
        made = actions.begin_planned(request.principal, row, now=request.now)
    except (InputError, Conflict) as error:
        tell(request, error)
        return redirect("monitoring:plan", code, row.pk)
    return redirect("monitoring:log_review", code, made.pk)
