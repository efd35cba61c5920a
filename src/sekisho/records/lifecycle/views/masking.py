"""Pages of masking: plans, their runs with proof, the report that the 保護管理者 signs."""

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
from sekisho.records.jobs import queries as job_queries
from sekisho.records.languages import language
from sekisho.records.lifecycle.actions import masking as actions
from sekisho.records.lifecycle.forms.masking import MaskPlanForm, ProposeForm, WhyForm
from sekisho.records.lifecycle.queries import masking as queries
from sekisho.records.pages import PageRequest, beside, given_of, own, page, tell, version_of
from sekisho.standards import texts

if TYPE_CHECKING:
    from sekisho.records.lifecycle.models import MaskPlan, MaskRun

PER_PAGE: Final = 50
FORMS: Final = ("pdf", "docx", "html", "xlsx")
STATES: Final = {
    "waiting": (gettext_lazy("実行中"), "info"),
    "done": (gettext_lazy("済み"), ""),
    "failed": (gettext_lazy("失敗"), "bad"),
}


def _plan(request: PageRequest, plan_id: uuid.UUID) -> MaskPlan:
    return own(request, queries.plan(request.principal, plan_id))


def _run(request: PageRequest, run_id: uuid.UUID) -> MaskRun:
    return own(request, queries.run(request.principal, run_id))


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """The plans with what their last proof said."""
    del code
    request.principal.require(queries.READ, request.organization.pk)
    rows = queries.plans(request.principal, request.organization, ended=request.GET.get("state") == "ended")
    shown = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": shown,
        "rows": list(shown),
        "may_mask": request.principal.may("lifecycle.mask", request.organization.pk),
        "has_stores": queries.stores(request.principal, request.organization).exists(),
    }
    return render(request, "lifecycle/mask_plans.html", context)


@require_http_methods(["GET", "POST"])
@page
def propose(request: PageRequest, code: str) -> HttpResponse:
    """Look at data and propose a plan; the answer is the form of the plan, filled in."""
    del code
    request.principal.require("lifecycle.mask", request.organization.pk)
    stores = list(queries.stores(request.principal, request.organization))
    form = ProposeForm(given_of(request), stores=stores)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            source = queries.store(request.principal, uuid.UUID(given["source_store"]))
            text = actions.propose_mask_plan(
                request.principal,
                source,
                path=given["source"],
                title=given["name"],
                recipient=given["recipient"],
                now=request.now,
            )
        except SekishoError as error:
            lines = beside(form, error)
        else:
            initial = {
                "source_store": given["source_store"],
                "source": given["source"],
                "target_store": given["source_store"],
                "target": "masked/{date}",
                "name": given["name"],
                "purpose": given["name"],
                "text": text,
            }
            filled = MaskPlanForm(None, stores=stores, initial=initial)
            return render(request, "lifecycle/mask_plan_edit.html", {"form": filled, "lines": [], "plan": None, "proposed": True})
    context = {"form": form, "lines": lines}
    return render(request, "lifecycle/mask_propose.html", context, status=422 if form.errors or lines else 200)


def _facts(form: MaskPlanForm) -> actions.MaskPlanFacts:
    given = form.cleaned_data
    return actions.MaskPlanFacts(**{name: given[name] for name in ("name", "purpose", "source", "target", "text")})


@require_http_methods(["GET", "POST"])
@page
def create(request: PageRequest, code: str) -> HttpResponse:
    """Keep a plan."""
    request.principal.require("lifecycle.mask", request.organization.pk)
    form = MaskPlanForm(given_of(request), stores=list(queries.stores(request.principal, request.organization)))
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = actions.make_mask_plan(
                request.principal,
                request.organization,
                source_store=queries.store(request.principal, uuid.UUID(given["source_store"])),
                target_store=queries.store(request.principal, uuid.UUID(given["target_store"])),
                facts=_facts(form),
                now=request.now,
            )
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("マスキングの計画を登録しました。数行を確かめてから、承認を申請します。"))
            return redirect("lifecycle:mask_plan", code, made.pk)
    context = {"form": form, "lines": lines, "plan": None}
    return render(request, "lifecycle/mask_plan_edit.html", context, status=422 if form.errors or lines else 200)


@require_http_methods(["GET", "POST"])
@page
def edit(request: PageRequest, code: str, mask_plan_id: uuid.UUID) -> HttpResponse:
    """Change a plan; it has to be approved again."""
    row = _plan(request, mask_plan_id)
    request.principal.require("lifecycle.mask", row.organization_id)
    names = ("name", "purpose", "source", "target", "text")
    form = MaskPlanForm(given_of(request), stores=None, initial={name: getattr(row, name) for name in names})
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_mask_plan(request.principal, row, facts=_facts(form), version=version_of(request), now=request.now)
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("マスキングの計画を変えました。"))
            return redirect("lifecycle:mask_plan", code, row.pk)
    context = {"form": form, "lines": lines, "plan": row}
    return render(request, "lifecycle/mask_plan_edit.html", context, status=422 if form.errors or lines else 200)


@require_safe
@page
def detail(request: PageRequest, code: str, mask_plan_id: uuid.UUID) -> HttpResponse:
    """One plan: its text, whether it may run, its runs."""
    del code
    row = _plan(request, mask_plan_id)
    may = row.ended_at is None and request.principal.may("lifecycle.mask", row.organization_id)
    runs = list(queries.runs(request.principal, row)[:50])
    context = {
        "plan": row,
        "runs": [(one, STATES[one.state]) for one in runs],
        "may_mask": may,
        "may_run": may and row.is_approved and not any(one.state == "waiting" for one in runs),
        "may_ask": may and not row.is_approved,
    }
    return render(request, "lifecycle/mask_plan.html", context)


@require_POST
@page
def sample(request: PageRequest, code: str, mask_plan_id: uuid.UUID) -> HttpResponse:
    """A few rows before (partly hidden) and after, for the eye before the run."""
    row = _plan(request, mask_plan_id)
    try:
        found = actions.sample_mask_plan(request.principal, row, now=request.now)
    except SekishoError as error:
        if error.http_status >= 500:  # noqa: PLR2004 - what may pass is told as such
            raise
        tell(request, error)
        return redirect("lifecycle:mask_plan", code, row.pk)
    tables = [
        (table["name"], table["columns"], list(zip(*(pairs(one) for one in table["columns"]), strict=True)))
        for table in found["tables"]
    ]
    return render(request, "lifecycle/mask_sample.html", {"plan": row, "tables": tables})


def pairs(column: dict[str, Any]) -> list[tuple[str | None, str | None]]:
    """(before, after) of each row; after is None where the column is left out."""
    after = column["after"] or [None] * len(column["before"])
    return list(zip(column["before"], after, strict=True))


@require_http_methods(["GET", "POST"])
@page
def ask(request: PageRequest, code: str, mask_plan_id: uuid.UUID) -> HttpResponse:
    """Ask that the plan may run."""
    row = _plan(request, mask_plan_id)
    request.principal.require("lifecycle.mask", row.organization_id)
    form = WhyForm(given_of(request))
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.ask_mask_plan(
                request.principal, row, reason=form.cleaned_data["reason"], version=version_of(request), now=request.now
            )
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("申請しました。"))
            return redirect("lifecycle:mask_plan", code, row.pk)
    context = {"form": form, "lines": lines, "plan": row}
    return render(request, "lifecycle/mask_ask.html", context, status=422 if form.errors or lines else 200)


def _act(request: PageRequest, row: MaskPlan, act: Any, done: str) -> HttpResponse:
    try:
        act()
    except (InputError, Conflict) as error:
        tell(request, error)
    else:
        messages.success(request, done)
    return redirect("lifecycle:mask_plan", row.organization.code, row.pk)


@require_POST
@page
def end(request: PageRequest, code: str, mask_plan_id: uuid.UUID) -> HttpResponse:
    """Use it no more."""
    del code
    row = _plan(request, mask_plan_id)

    def act() -> None:
        actions.end_mask_plan(request.principal, row, version=version_of(request), now=request.now)

    return _act(request, row, act, _("マスキングの計画を終えました。"))


@require_POST
@page
def begin(request: PageRequest, code: str, mask_plan_id: uuid.UUID) -> HttpResponse:
    """Mask and prove."""
    row = _plan(request, mask_plan_id)
    try:
        made = actions.begin_mask_run(request.principal, row, now=request.now)
    except Conflict as error:
        tell(request, error)
        return redirect("lifecycle:mask_plan", code, row.pk)
    return redirect("lifecycle:mask_run", code, made.pk)


def _run_context(request: PageRequest, run_id: uuid.UUID) -> dict[str, Any]:
    row = _run(request, run_id)
    lang = language()
    report = ""
    if row.report:
        from django.utils.safestring import mark_safe  # noqa: PLC0415 - only with a report

        from sekisho.documents.html import render_html  # noqa: PLC0415 - heavy
        from sekisho.documents.model import decode  # noqa: PLC0415

        report = mark_safe(render_html(decode(msgspec.json.encode(row.report)), embed=True))  # noqa: S308 - our own renderer escapes
    return {
        "run": row,
        "plan": row.plan,
        "state": STATES[row.state],
        "job": job_queries.jobs(request.principal).filter(pk=row.job_id).first() if row.job_id else None,
        "report": report,
        "forms": FORMS,
        "failure": texts.render(row.error["code"], row.error.get("fields", {}), lang) if row.error else "",
        "problems": _problems(row, lang),
        "may_sign": row.proof_holds is True
        and row.signed_at is None
        and request.principal.person_id != row.person_id
        and request.principal.may("lifecycle.sign", row.organization_id),
    }


def _problems(row: MaskRun, lang: str) -> list[str]:
    found = []
    for one in (row.error or {}).get("problems", [])[:100]:
        place = " ".join(str(one[name]) for name in ("file", "row", "column") if one.get(name))
        found.append(f"{place}: {texts.render(one['code'], one.get('fields', {}), lang)}")
    return found


@require_safe
@page
def run(request: PageRequest, code: str, mask_run_id: uuid.UUID) -> HttpResponse:
    """A run with its proof and report; while it waits, how far it is."""
    del code
    return render(request, "lifecycle/mask_run.html", _run_context(request, mask_run_id))


@require_safe
@page
def run_progress(request: PageRequest, code: str, mask_run_id: uuid.UUID) -> HttpResponse:
    """The part of the page that renews itself."""
    del code
    return render(request, "lifecycle/_mask_run.html", _run_context(request, mask_run_id))


@require_POST
@page
def sign(request: PageRequest, code: str, mask_run_id: uuid.UUID) -> HttpResponse:
    """Sign for the report."""
    row = _run(request, mask_run_id)
    try:
        actions.sign_mask_run(request.principal, row, now=request.now)
    except Conflict as error:
        tell(request, error)
    else:
        messages.success(request, _("保護管理者として確認したことを記録しました。"))
    return redirect("lifecycle:mask_run", code, row.pk)


@require_safe
@page
def report(request: PageRequest, code: str, mask_run_id: uuid.UUID, form: str) -> HttpResponse:
    """The report as a file."""
    del code
    row = _run(request, mask_run_id)
    if form not in FORMS or not row.report:
        raise NotFound("access.not_found")
    from sekisho.documents import ALL_MEDIA_TYPES  # noqa: PLC0415 - heavy
    from sekisho.documents import render as render_document  # noqa: PLC0415
    from sekisho.documents.model import decode  # noqa: PLC0415

    made = render_document(decode(msgspec.json.encode(row.report)), form)
    return attachment(made, name=f"masking-{row.pk}.{form}", media_type=ALL_MEDIA_TYPES[form])
