"""Pages of assessments of re-identification."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

import msgspec
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.errors import Conflict, InputError, NotFound, SekishoError
from sekisho.records.downloads import attachment
from sekisho.records.languages import language
from sekisho.records.lifecycle.actions import assessing as actions
from sekisho.records.lifecycle.bound import load
from sekisho.records.lifecycle.forms.assessing import SCHEMES, AssessForm, DeclareForm
from sekisho.records.lifecycle.queries import assessing as queries
from sekisho.records.lifecycle.queries import handovers as handover_queries
from sekisho.records.lifecycle.queries import masking as masking_queries
from sekisho.records.organization import queries as organization_queries
from sekisho.records.pages import PageRequest, beside, given_of, own, page, tell, version_of
from sekisho.standards import texts
from sekisho.standards.privacy import duties

if TYPE_CHECKING:
    from sekisho.records.lifecycle.models import PrivacyAssessment

PER_PAGE: Final = 50
FORMS: Final = ("pdf", "docx", "html", "xlsx")
STATES: Final = {
    "contradicted": (gettext_lazy("満たさない"), "bad"),
    "not_measured": (gettext_lazy("測っていない"), "warn"),
    "open": (gettext_lazy("確かめていない"), "dashed"),
    "shown_open": (gettext_lazy("数値はよい・確認待ち"), "info"),
    "declared": (gettext_lazy("申告"), ""),
    "confirmed": (gettext_lazy("確かめた"), "ok"),
}


def _find(request: PageRequest, assessment_id: uuid.UUID) -> PrivacyAssessment:
    return own(request, queries.assessment(request.principal, assessment_id))


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """The assessments, newest first."""
    del code
    request.principal.require(queries.READ, request.organization.pk)
    rows = queries.assessments(request.principal, request.organization, text=request.GET.get("q", "").strip()[:100])
    shown = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": shown,
        "rows": [
            (row, SCHEMES.get(row.scheme, row.scheme), row.figures["assessment"], row.figures["checklist"]["counts"])
            for row in shown
        ],
        "narrowed": bool(request.GET.get("q")),
        "may_assess": request.principal.may("lifecycle.assess", request.organization.pk),
        "has_stores": masking_queries.stores(request.principal, request.organization).exists(),
    }
    return render(request, "lifecycle/assessments.html", context)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.replace("、", ",").split(",") if name.strip()]


@require_http_methods(["GET", "POST"])
@page
def create(request: PageRequest, code: str) -> HttpResponse:
    """Assess a table."""
    request.principal.require("lifecycle.assess", request.organization.pk)
    body = organization_queries.body_kind_of(request.organization.pk)
    form = AssessForm(
        given_of(request),
        stores=masking_queries.stores(request.principal, request.organization),
        runs=handover_queries.mask_runs(request.principal, request.organization)[:100],
        kinds=load("assessing").kinds_for(body),
    )
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        store, run = given.pop("store"), given.pop("mask_run")
        facts = actions.AssessFacts(
            **{**given, "quasi": _names(given["quasi"]), "sensitive": _names(given["sensitive"])},
            mask_run_id=uuid.UUID(run) if run else None,
        )
        try:
            made = actions.assess_table(
                request.principal,
                request.organization,
                store=masking_queries.store(request.principal, uuid.UUID(store)),
                facts=facts,
                now=request.now,
            )
        except SekishoError as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("評価しました。義務を一つずつ確かめ、保護管理者の確認を受けます。"))
            return redirect("lifecycle:assessment", code, made.pk)
    context = {"form": form, "lines": lines}
    return render(request, "lifecycle/assessment_new.html", context, status=422 if form.errors or lines else 200)


@require_safe
@page
def detail(request: PageRequest, code: str, assessment_id: uuid.UUID) -> HttpResponse:
    """One assessment: the figures, the duties, the report."""
    del code
    row = _find(request, assessment_id)
    lang = language()
    known = {one.id: one for one in duties().items}
    items = [
        {
            "id": one["id"],
            "title": known[one["id"]].title.get(lang),
            "text": known[one["id"]].text.get(lang),
            "basis": known[one["id"]].basis,
            "verified": known[one["id"]].verified,
            "state": STATES[one["state"]],
            "declaration": one["declaration"],
            "figures": [
                (texts.render(f"privacy_report.figure_{figure['figure']}", {}, lang), figure["value"])
                for figure in one["figures"]
            ],
        }
        for one in row.figures["checklist"]["items"]
    ]
    unsigned = row.signed_at is None
    may_sign = unsigned and request.principal.may("lifecycle.sign", row.organization_id)
    context = {
        "assessment": row,
        "scheme": SCHEMES.get(row.scheme, row.scheme),
        "figures": row.figures["assessment"],
        "counts": row.figures["checklist"]["counts"],
        "items": items,
        "forms": FORMS,
        "may_declare": unsigned and request.principal.may("lifecycle.assess", row.organization_id),
        "may_sign": may_sign and request.principal.person_id != row.person_id,
    }
    return render(request, "lifecycle/assessment.html", context)


@require_http_methods(["GET", "POST"])
@page
def declare(request: PageRequest, code: str, assessment_id: uuid.UUID, duty: str) -> HttpResponse:
    """Say what was checked for a duty."""
    row = _find(request, assessment_id)
    request.principal.require("lifecycle.assess", row.organization_id)
    found = next((one for one in duties().items if one.id == duty), None)
    if found is None or all(one["id"] != duty for one in row.figures["checklist"]["items"]):
        raise NotFound("access.not_found")
    form = DeclareForm(given_of(request), initial={"note": row.declared.get(duty, {}).get("note", "")})
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.declare_duty(
                request.principal, row, duty=duty, note=form.cleaned_data["note"], version=version_of(request), now=request.now
            )
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("記録しました。"))
            return redirect("lifecycle:assessment", code, row.pk)
    context = {
        "form": form,
        "lines": lines,
        "assessment": row,
        "title": found.title.get(language()),
        "text": found.text.get(language()),
        "basis": found.basis,
    }
    return render(request, "lifecycle/assessment_declare.html", context, status=422 if form.errors or lines else 200)


@require_POST
@page
def sign(request: PageRequest, code: str, assessment_id: uuid.UUID) -> HttpResponse:
    """Sign for the report."""
    row = _find(request, assessment_id)
    try:
        actions.sign_assessment(request.principal, row, version=version_of(request), now=request.now)
    except Conflict as error:
        tell(request, error)
    else:
        messages.success(request, _("保護管理者として確認したことを記録しました。"))
    return redirect("lifecycle:assessment", code, row.pk)


@require_safe
@page
def report(request: PageRequest, code: str, assessment_id: uuid.UUID, form: str) -> HttpResponse:
    """The report as a file."""
    del code
    row = _find(request, assessment_id)
    if form not in FORMS:
        raise NotFound("access.not_found")
    from sekisho.documents import ALL_MEDIA_TYPES  # noqa: PLC0415 - heavy
    from sekisho.documents import render as render_document  # noqa: PLC0415
    from sekisho.documents.model import decode  # noqa: PLC0415

    made: Any = render_document(decode(msgspec.json.encode(row.report)), form)
    return attachment(made, name=f"privacy-{row.pk}.{form}", media_type=ALL_MEDIA_TYPES[form])
