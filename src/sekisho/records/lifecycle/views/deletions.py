"""Pages of deletions: planned, looked at, asked for, executed, recorded by people, certified."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.errors import Conflict, InputError, Unavailable
from sekisho.records.languages import language
from sekisho.records.lifecycle import actions
from sekisho.records.lifecycle.forms.deletions import (
    AskForm,
    DeletionForm,
)
from sekisho.records.lifecycle.forms.fields import ReasonForm
from sekisho.records.lifecycle.queries import deletions as queries
from sekisho.records.lifecycle.queries import retention as retention_queries
from sekisho.records.lifecycle.queries.proofs import consents_of
from sekisho.records.lifecycle.rules.deleting import BY_MACHINE
from sekisho.records.lifecycle.views.common import attempt, choice_of, export, form_page, page_of, text_of, today_of
from sekisho.records.lifecycle.views.retention import chosen_of, lines_of
from sekisho.records.lifecycle.views.retention_names import (
    ACHIEVED,
    CONSENT_KINDS,
    DELETION_STATES,
    ERASED_STATES,
    METHODS,
    PLACE_KINDS,
    VERIFIED,
)
from sekisho.records.pages import PageRequest, own, page, say, tell, version_of
from sekisho.records.tabular import Column
from sekisho.standards import texts

if TYPE_CHECKING:
    from sekisho.records.lifecycle.models import Deletion, ErasedPlace

_COLUMNS: Final = (
    Column("number", "番号", "Number", width=14),
    Column("title", "名称", "Title", width=40),
    Column("state", "状態", "State", width=16),
    Column("count", "件数", "Entries", width=8),
    Column("method", "区分", "Method", width=18),
    Column("automatic", "自動", "Automatic", width=8),
    Column("requested_by", "申請", "Requested by", width=24),
    Column("approved_by", "承認", "Approved by", width=24),
    Column("executed_at", "実行", "Executed", width=18),
    Column("certificate", "証明書", "Certificate", width=20),
)


def deletion_of(request: PageRequest, deletion_id: uuid.UUID) -> Deletion:
    """The deletion of the address. Raises NotFound."""
    return own(request, queries.deletion(request.principal, deletion_id))


def crumbs_of(request: PageRequest, row: Deletion | None = None) -> list[tuple[str, str]]:
    """The way to the deletions, or to one of them."""
    made = [(reverse("lifecycle:deletions", args=[request.organization.code]), _("廃棄"))]
    if row is not None:
        made.append((reverse("lifecycle:deletion", args=[request.organization.code, row.pk]), row.number))
    return made


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """The deletions of the organisation and those below."""
    del code
    principal, here = request.principal, request.organization
    principal.require("lifecycle.read", here.pk)
    state = choice_of(request, "state", ("open", *DELETION_STATES))
    shown = page_of(request, queries.listed(principal, here, state=state, text=text_of(request)).select_related("certificate"))
    context = {
        "page": shown,
        "rows": [(row, DELETION_STATES[row.state]) for row in shown],
        "states": [(key, name) for key, (_style, name) in DELETION_STATES.items()],
        "state": state,
        "filtered": bool(state or request.GET.get("q")),
        "may_request": principal.may("lifecycle.request", here.pk),
    }
    return render(request, "lifecycle/deletions.html", context)


@require_safe
@page
def export_list(request: PageRequest, code: str, form: str) -> HttpResponse:
    """Exactly the deletions that the list shows."""
    del code
    request.principal.require("lifecycle.read", request.organization.pk)
    state = choice_of(request, "state", ("open", *DELETION_STATES))
    found = queries.listed(request.principal, request.organization, state=state, text=text_of(request))
    rows = [
        {
            "number": row.number,
            "title": row.title,
            "state": str(DELETION_STATES[row.state][1]),
            "count": getattr(row, "count", 0),
            "method": str(METHODS[row.method]),
            "automatic": _("自動") if row.automatic_id else "",
            "requested_by": str(row.requested_by or ""),
            "approved_by": str(row.approved_by or ""),
            "executed_at": row.executed_at or "",
            "certificate": row.certificate.number if hasattr(row, "certificate") else "",
        }
        for row in found.select_related("certificate")[:100_000]
    ]
    return export(request, _COLUMNS, rows, form=form, title=_("廃棄"), name="deletions")


@require_http_methods(["GET", "POST"])
@page
def create(request: PageRequest, code: str) -> HttpResponse:
    """Plan the deletion of what was ticked in the ledger."""
    principal, here = request.principal, request.organization
    principal.require("lifecycle.request", here.pk)
    today = today_of(request)
    rows = list(retention_queries.in_organization(principal, here.pk).filter(pk__in=chosen_of(request)).order_by("number"))
    form = DeletionForm(request.POST or None, initial={"reason": _("保存期間の満了")})
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        facts = actions.DeletionFacts(
            title=given["title"],
            reason=given["reason"],
            entries=[row.pk for row in rows],
            method=given["method"],
            limits=form.limits(),
            restore_days=given["restore_days"],
        )
        made, lines = attempt(form, lambda: actions.make_deletion(principal, organization=here, facts=facts, now=request.now))
        if made is not None:
            request.session.pop("lifecycle.chosen", None)
            messages.success(request, _("廃棄の計画を作りました。つぎは、何が消えるかを試し実行で確かめます。"))
            return redirect("lifecycle:deletion", code, made.pk)
    return form_page(
        request,
        form,
        lines,
        heading=_("廃棄を計画する"),
        lead=_("計画 → 試し実行 → 申請 → 別の人の承認 → 実行 → 証明書、の順に進みます。ここではまだ何も消えません。"),
        submit=_("計画を作る"),
        back=reverse("lifecycle:entries", args=[code]),
        crumbs=crumbs_of(request),
        template="lifecycle/deletion_form.html",
        more={"entries": lines_of(rows, on=today)},
    )


# -------------------------------------------------------------------------------------------------------- one deletion


@require_safe
@page
def detail(request: PageRequest, code: str, deletion_id: uuid.UUID) -> HttpResponse:
    """One deletion: where it stands, what stops it, what became of each copy."""
    del code
    return _detail(request, deletion_of(request, deletion_id))


@require_safe
@page
def running(request: PageRequest, code: str, deletion_id: uuid.UUID) -> HttpResponse:
    """The part of the page that renews itself while a job works."""
    row = deletion_of(request, deletion_id)
    response = render(request, "lifecycle/_deletion_running.html", {"deletion": row, "job": _job(row)})
    if _job(row) is None:
        response["HX-Redirect"] = reverse("lifecycle:deletion", args=[code, row.pk])
    return response


def _job(row: Deletion) -> Any:
    return row.job if row.job and row.job.state in {"queued", "running"} else None


def _detail(request: PageRequest, row: Deletion, *, ask: AskForm | None = None, lines: list[str] | None = None) -> HttpResponse:
    principal = request.principal
    entries = list(row.entries.select_related("organization", "owner", "subject").order_by("number"))
    over = row.state in {"done", "cancelled"}
    problems = [] if over else queries.obstacles_of(row, on=today_of(request), entries=entries)
    places = list(queries.erased_places(row).select_related("report"))
    job = _job(row)
    may = {name: principal.may(f"lifecycle.{name}", row.organization_id) for name in ("request", "execute", "record", "certify")}
    certificate = getattr(row, "certificate", None)
    refused = row.state == "asked" and row.request is not None and row.request.state in {"refused", "withdrawn"}
    machine = any(one.place.kind in BY_MACHINE and one.state in {"waiting", "partial", "failed", "held"} for one in places)
    looked = row.dry_run_at is not None and not row.dry_run.get("over") and not row.dry_run.get("problems")
    context: dict[str, Any] = {
        "deletion": row,
        "state": DELETION_STATES[row.state],
        "method": METHODS[row.method],
        "entries": lines_of(entries, on=today_of(request)),
        "problems": [(one.column, texts.render_problem(one, language())) for one in problems],
        "places": [_place_line(one) for one in places],
        "consents": [(one, CONSENT_KINDS[one.kind]) for one in consents_of(row)],
        "job": job,
        "certificate": certificate,
        "steps": _steps(row, looked=looked, certified=certificate is not None),
        "form": ask or AskForm(),
        "lines": lines or [],
        "may_dry_run": may["request"] and not over and job is None and machine,
        "may_ask": may["request"] and (row.state in {"draft", "stale"} or refused) and not problems,
        "may_execute": may["execute"] and row.state in {"approved", "partial", "waiting"} and job is None and machine
        and certificate is None and looked,
        "may_cancel": may["request"] and row.state in {"draft", "asked", "approved", "stale"},
        "may_certify": may["certify"] and row.state in {"done", "partial"} and certificate is None,
        "may_record": may["record"] and row.state in {"approved", "partial", "waiting"},
        "may_restore": may["execute"] and any(one.state == "aside" for one in places),
        "may_verify": may["execute"] and row.state in {"done", "partial"},
        "trail": crumbs_of(request),
    }  # fmt: skip
    return render(request, "lifecycle/deletion.html", context, status=422 if lines or (ask and ask.errors) else 200)


def _steps(row: Deletion, *, looked: bool, certified: bool) -> list[tuple[str, str]]:
    """The way of a deletion: each step with done, now, or nothing."""
    order = {
        "draft": 1,
        "stale": 1,
        "asked": 2,
        "approved": 3,
        "running": 3,
        "partial": 3,
        "waiting": 4,
        "done": 5,
        "cancelled": 0,
    }
    at = 6 if certified else order[row.state]
    if at == 1 and looked:
        at = 2
    names = (_("試し実行"), _("申請と承認"), _("実行"), _("人と委託先の記録"), _("証明書"))
    return [(str(name), "done" if number < at else "now" if number == at else "") for number, name in enumerate(names, 1)]


def _place_line(one: ErasedPlace) -> dict[str, Any]:
    spoken = language()
    listing, outcome = one.listing, one.outcome
    stopped = outcome.get("stopped") or {}
    code = stopped.get("fields", {}).get("code") or stopped.get("code", "")
    error = outcome.get("error") or listing.get("error") or {}
    return {
        "row": one,
        "kind": PLACE_KINDS[one.place.kind][0],
        "state": ERASED_STATES[one.state],
        "achieved": ACHIEVED[one.achieved],
        "verified": VERIFIED[one.verified.get("result", "")],
        "machine": one.place.kind in BY_MACHINE,
        "count": listing.get("count"),
        "bytes": listing.get("bytes"),
        "refused": listing.get("refused"),
        "items": outcome.get("items") or listing.get("items", []),
        "left_out": outcome.get("items_left_out") or listing.get("items_left_out", 0),
        "statements": [
            texts.render(s["code"], s.get("fields", {}), spoken)
            for s in (outcome.get("statements") or listing.get("statements", []))
        ],
        "stopped": texts.render(code, stopped.get("fields", {}), spoken) if code else "",
        "error": texts.render(error["code"], error.get("fields", {}), spoken) if error.get("code") else "",
        "done": outcome.get("done"),
        "left": outcome.get("left"),
    }


@require_POST
@page
def dry_run(request: PageRequest, code: str, deletion_id: uuid.UUID) -> HttpResponse:
    """See what would go."""
    row = deletion_of(request, deletion_id)
    try:
        actions.begin_dry_run(request.principal, row, now=request.now)
    except Conflict as error:
        tell(request, error)
    return redirect("lifecycle:deletion", code, row.pk)


@require_POST
@page
def ask(request: PageRequest, code: str, deletion_id: uuid.UUID) -> HttpResponse:
    """Ask a second person."""
    row = deletion_of(request, deletion_id)
    request.principal.require("lifecycle.request", row.organization_id)
    form, lines = AskForm(request.POST), list[str]()
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        done, lines = attempt(
            form,
            lambda: actions.ask_deletion(request.principal, row, reason=reason, version=version_of(request), now=request.now),
        )
        if done is not None:
            messages.success(request, _("申請しました。別の人の承認を待ちます。"))
            return redirect("lifecycle:deletion", code, row.pk)
    return _detail(request, deletion_of(request, deletion_id), ask=form, lines=lines)


@require_POST
@page
def execute(request: PageRequest, code: str, deletion_id: uuid.UUID) -> HttpResponse:
    """Delete what was approved."""
    row = deletion_of(request, deletion_id)
    request.principal.require("lifecycle.execute", row.organization_id)
    if request.POST.get("confirm", "").strip() != row.number:
        message = _("確かめのために、廃棄の番号（%(number)s）をそのまま書いてください。") % {"number": row.number}
        return _detail(request, row, lines=[message])
    try:
        actions.execute_deletion(request.principal, row, version=version_of(request), now=request.now)
    except (InputError, Conflict) as error:
        return _detail(request, deletion_of(request, deletion_id), lines=say(error, language()))
    return redirect("lifecycle:deletion", code, row.pk)


@require_http_methods(["GET", "POST"])
@page
def cancel(request: PageRequest, code: str, deletion_id: uuid.UUID) -> HttpResponse:
    """Give it up."""
    row = deletion_of(request, deletion_id)
    request.principal.require("lifecycle.request", row.organization_id)
    form, lines = ReasonForm(request.POST or None), list[str]()
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        done, lines = attempt(
            form,
            lambda: actions.cancel_deletion(request.principal, row, reason=reason, version=version_of(request), now=request.now),
        )
        if done is not None:
            messages.success(request, _("取りやめました。台帳の項目は、保存中に戻りました。"))
            return redirect("lifecycle:deletion", code, row.pk)
    return form_page(
        request,
        form,
        lines,
        heading=_("廃棄 %(number)s を取りやめる") % {"number": row.number},
        submit=_("取りやめる"),
        back=reverse("lifecycle:deletion", args=[code, row.pk]),
        crumbs=crumbs_of(request, row),
        version=row.version,
    )


@require_http_methods(["GET", "POST"])
@page
def restore(request: PageRequest, code: str, deletion_id: uuid.UUID) -> HttpResponse:
    """Bring back what lies aside."""
    row = deletion_of(request, deletion_id)
    request.principal.require("lifecycle.execute", row.organization_id)
    form, lines = ReasonForm(request.POST or None), list[str]()
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        done, lines = attempt(
            form,
            lambda: actions.restore_deletion(request.principal, row, reason=reason, version=version_of(request), now=request.now),
        )
        if done is not None:
            messages.success(request, _("戻しました。台帳の項目は、保存中に戻りました。"))
            return redirect("lifecycle:deletion", code, row.pk)
    return form_page(
        request,
        form,
        lines,
        heading=_("廃棄 %(number)s を取り消して戻す") % {"number": row.number},
        submit=_("戻す"),
        back=reverse("lifecycle:deletion", args=[code, row.pk]),
        crumbs=crumbs_of(request, row),
        version=row.version,
    )


@require_POST
@page
def verify(request: PageRequest, code: str, deletion_id: uuid.UUID) -> HttpResponse:
    """Look again whether everything is gone."""
    row = deletion_of(request, deletion_id)
    try:
        found = actions.verify_deletion(request.principal, row, now=request.now)
    except Unavailable as error:
        tell(request, error)
    else:
        text = _("確かめました：ない %(gone)s、残っている %(left)s、人だけが知る %(not_checked)s、届かない %(unreachable)s。")
        (messages.error if found["left"] else messages.success)(request, text % found)
    return redirect("lifecycle:deletion", code, row.pk)
