"""Pages of the watching of staff: registered bases, searches on them, and the list of all searches."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.languages import language
from sekisho.records.monitoring import actions
from sekisho.records.monitoring.forms.fields import ReasonForm
from sekisho.records.monitoring.forms.searches import BasisForm, StaffSearchForm
from sekisho.records.monitoring.queries import staff as queries
from sekisho.records.monitoring.views.common import MOST_EXPORTED, export, id_of, local, page_of, text_of
from sekisho.records.monitoring.views.names import BASIS_STATES
from sekisho.records.pages import PageRequest, beside, page
from sekisho.records.tabular import Column
from sekisho.standards import texts

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sekisho.records.monitoring.models import StaffBasis, StaffSearch

_COLUMNS: Final = (
    Column("at", "日時", "At", width=18),
    Column("person", "調べた人", "By", width=24),
    Column("about", "だれについて", "About", width=24),
    Column("since", "期間の始め", "Period from", width=18),
    Column("until", "期間の終わり", "Period to", width=18),
    Column("reason", "理由", "Reason", width=50),
    Column("found", "見つかった数", "Found", width=12),
    Column("purpose", "根拠の目的", "Purpose of the basis", width=40),
    Column("organization", "組織", "Organisation", width=24),
)


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """The bases on which staff may be watched, and every search that was made."""
    del code
    principal, here = request.principal, request.organization
    principal.require("monitoring.staff_read", here.pk)
    today = timezone.localdate(request.now)
    bases = list(queries.listed_bases(principal, here)[:100])
    shown = page_of(request, _searches(request))
    context: dict[str, Any] = {
        "bases": [{"basis": row, "state": BASIS_STATES[queries.basis_state(row, today=today)]} for row in bases],
        "page": shown,
        "filtered": bool(request.GET.get("q") or request.GET.get("basis")),
        "may_ask": principal.may("monitoring.staff", here.pk),
        "may_search": principal.may("monitoring.staff_search", here.pk) and queries.in_force(here.pk, today=today).exists(),
    }
    return render(request, "monitoring/staff.html", context)


def _searches(request: PageRequest) -> QuerySet[StaffSearch]:
    rows = queries.searches(request.principal, request.organization, basis_id=id_of(request, "basis"), text=text_of(request))
    return rows.defer("result")


@require_safe
@page
def export_list(request: PageRequest, code: str, form: str) -> HttpResponse:
    """Exactly the searches that the list shows."""
    del code
    request.principal.require("monitoring.staff_read", request.organization.pk)
    rows = [
        {
            "at": local(row.at),
            "person": str(row.person or ""),
            "about": row.about or _("全員"),
            "since": local(row.since),
            "until": local(row.until),
            "reason": row.reason,
            "found": row.found,
            "purpose": row.basis.purpose,
            "organization": row.organization.name,
        }
        for row in _searches(request)[:MOST_EXPORTED]
    ]
    return export(request, _COLUMNS, rows, form=form, title=_("職員の記録の検索"), name="staff-searches")


@require_http_methods(["GET", "POST"])
@page
def ask(request: PageRequest, code: str) -> HttpResponse:
    """Register a basis and ask for its approval."""
    principal, here = request.principal, request.organization
    principal.require("monitoring.staff", here.pk)
    documents = queries.documents(principal, here, now=request.now)
    form = BasisForm(request.POST or None, documents=documents)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        facts = actions.BasisFacts(
            purpose=given["purpose"],
            rule_document=uuid.UUID(given["rule_document"]),
            notice_document=uuid.UUID(given["notice_document"]),
            noticed_on=given["noticed_on"],
            starts_on=given["starts_on"],
            ends_on=given["ends_on"],
        )
        try:
            made = actions.ask_basis(principal, organization=here, facts=facts, reason=given["reason"], now=request.now)
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("承認を申請しました。認められるまでは、だれも検索できません。"))
            return redirect("monitoring:staff_basis", code, made.pk)
    context = {"form": form, "lines": lines, "documents": documents}
    return render(request, "monitoring/staff_ask.html", context, status=422 if form.errors or lines else 200)


def _basis(request: PageRequest, basis_id: uuid.UUID) -> StaffBasis:
    row = queries.basis(request.principal, basis_id)
    if row.organization_id != request.organization.pk:
        raise NotFound("access.not_found")
    return row


@require_http_methods(["GET", "POST"])
@page
def basis(request: PageRequest, code: str, basis_id: uuid.UUID) -> HttpResponse:
    """One basis; posting ends it."""
    row = _basis(request, basis_id)
    may_end = row.ended_at is None and request.principal.may("monitoring.staff", row.organization_id)
    form = ReasonForm(request.POST or None)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.end_basis(request.principal, row, reason=form.cleaned_data["reason"], now=request.now)
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("この根拠による検索を、できなくしました。"))
            return redirect("monitoring:staff_basis", code, row.pk)
    state = queries.basis_state(row, today=timezone.localdate(request.now))
    context = {
        "basis": row,
        "state": BASIS_STATES[state],
        "active": state == "active" and request.principal.may("monitoring.staff_search", row.organization_id),
        "form": form if may_end else None,
        "lines": lines,
    }
    return render(request, "monitoring/staff_basis.html", context, status=422 if form.errors or lines else 200)


@require_http_methods(["GET", "POST"])
@page
def search(request: PageRequest, code: str) -> HttpResponse:
    """Join door and log-in records. Written down before its result is shown."""
    principal, here = request.principal, request.organization
    principal.require("monitoring.staff_search", here.pk)
    bases = list(queries.in_force(here.pk, today=timezone.localdate(request.now)).order_by("ends_on"))
    now = timezone.localtime(request.now)
    form = StaffSearchForm(
        request.POST or None,
        bases=[(str(row.pk), row.purpose[:80]) for row in bases],
        initial={"since": now - timedelta(days=7), "until": now},
    )
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        chosen = next(row for row in bases if str(row.pk) == given["basis"])
        try:
            made = actions.search_staff(
                principal,
                organization=here,
                basis=chosen,
                about=given["about"],
                since=given["since"],
                until=given["until"],
                reason=given["reason"],
                now=request.now,
            )
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            return redirect("monitoring:staff_search", code, made.pk)
    context = {"form": form, "lines": lines, "bases": bases}
    return render(request, "monitoring/staff_search_new.html", context, status=422 if form.errors or lines else 200)


@require_safe
@page
def result(request: PageRequest, code: str, search_id: uuid.UUID) -> HttpResponse:
    """One search: who, why, about whom; what came of it only for those who may search themselves."""
    del code
    row = queries.search_of(request.principal, search_id)
    if row.organization_id != request.organization.pk:
        raise NotFound("access.not_found")
    may_see = request.principal.may("monitoring.staff_search", row.organization_id)
    findings = [
        {
            **line,
            "at": parse_datetime(line["at"]) if line.get("at") else None,
            "sentence": texts.render(line["code"], dict(line.get("fields", {})), language()),
        }
        for line in row.result.get("findings", ())
    ]
    context = {
        "search": row,
        "may_see": may_see,
        "findings": findings if may_see else [],
        "unjudged": row.result.get("unjudged", {}) if may_see else {},
        "judged": row.result.get("judged", 0),
    }
    return render(request, "monitoring/staff_search.html", context)
