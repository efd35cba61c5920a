"""Pages of holds, and of decisions about public records."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sekisho.records.languages import language
from sekisho.records.lifecycle import actions
from sekisho.records.lifecycle.forms.fields import ReasonForm
from sekisho.records.lifecycle.forms.retention import ConsentForm, HoldForm
from sekisho.records.lifecycle.queries import deletions as deletion_queries
from sekisho.records.lifecycle.queries import retention as queries
from sekisho.records.lifecycle.rules.public_records import CONSENT_OF_STEP, STEP_OF_BODY
from sekisho.records.lifecycle.views.common import attempt, choice_of, form_page, id_of, page_of, today_of
from sekisho.records.lifecycle.views.retention import chosen_of, lines_of
from sekisho.records.lifecycle.views.retention_entries import documents_of
from sekisho.records.lifecycle.views.retention_names import CONSENT_KINDS, HOLD_KINDS
from sekisho.records.organization import queries as organization_queries
from sekisho.records.pages import PageRequest, page, version_of
from sekisho.records.subjects import queries as subject_queries
from sekisho.standards.retention_rules import retention_rules


def crumb(request: PageRequest, name: str, title: str, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page of the room."""
    return [(reverse(f"lifecycle:{name}", args=[request.organization.code]), title), *more]


def split(text: str) -> list[str]:
    """Ids between semicolons."""
    return [part.strip() for part in text.split(";") if part.strip()]


# -------------------------------------------------------------------------------------------------------------- holds


@require_safe
@page
def holds(request: PageRequest, code: str) -> HttpResponse:
    """What must stay, why, since when."""
    del code
    principal, here = request.principal, request.organization
    principal.require("lifecycle.read", here.pk)
    show = choice_of(request, "show", ("over", "all"))
    shown = page_of(request, queries.holds(principal, here, show=show, today=today_of(request)))
    context = {
        "page": shown,
        "rows": [(row, HOLD_KINDS[row.kind]) for row in shown],
        "show": show,
        "may_hold": principal.may("lifecycle.hold", here.pk),
    }
    return render(request, "lifecycle/holds.html", context)


@require_http_methods(["GET", "POST"])
@page
def hold_new(request: PageRequest, code: str) -> HttpResponse:
    """Stop deletions of something."""
    principal, here = request.principal, request.organization
    principal.require("lifecycle.hold", here.pk)
    chosen = chosen_of(request)
    rows = queries.in_organization(principal, here.pk).filter(pk__in=chosen).order_by("number")
    form = HoldForm(
        request.POST or None,
        entries=rows,
        subjects=subject_queries.in_organization(principal, here.pk).exclude(kind="supplier")[:500],
        initial={"starts_on": today_of(request), "entries": [str(row.pk) for row in rows]},
    )
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        facts = actions.HoldFacts(
            kind=given["kind"],
            name=given["name"],
            reason=given["reason"],
            starts_on=given["starts_on"],
            ends_on=given["ends_on"],
            entries=[uuid.UUID(one) for one in given.get("entries", ())],
            subjects=[uuid.UUID(one) for one in given.get("subjects", ())],
            kinds=split(given["kinds"]),
            text=given["text"],
            everything=given["everything"],
        )
        made, lines = attempt(form, lambda: actions.set_hold(principal, organization=here, facts=facts, now=request.now))
        if made is not None:
            request.session.pop("lifecycle.chosen", None)
            messages.success(request, _("保全しました。いまから、これに当てはまるものは消せません。"))
            return redirect("lifecycle:hold", code, made.pk)
    return form_page(
        request,
        form,
        lines,
        heading=_("保全する"),
        lead=_(
            "訴訟・監査・開示の請求などで、消してはならないものを止めます。すぐに効き、実行中の廃棄も次の一件から止まります。"
        ),
        submit=_("保全する"),
        back=reverse("lifecycle:holds", args=[code]),
        crumbs=crumb(request, "holds", _("保全")),
    )


@require_safe
@page
def hold(request: PageRequest, code: str, hold_id: uuid.UUID) -> HttpResponse:
    """One hold: what it names, who set it, what it stops now."""
    del code
    return _hold_page(request, hold_id, ReasonForm(), [])


def _hold_page(request: PageRequest, hold_id: uuid.UUID, form: ReasonForm, lines: list[str]) -> HttpResponse:
    row = queries.hold(request.principal, hold_id)
    today = today_of(request)
    over = row.released_at is not None or (row.ends_on is not None and row.ends_on < today)
    rules = queries.book_of(row.organization_id).rules.kinds
    spoken = language()
    asked = row.request is not None and row.request.state in {"pending", "returned"}
    context = {
        "hold": row,
        "kind": HOLD_KINDS[row.kind],
        "over": over,
        "entries": lines_of(row.entries.select_related("organization", "owner").order_by("number")[:200], on=today),
        "subjects": list(row.subjects.order_by("name")[:200]),
        "kinds": [(one, getattr(rules[one].title, spoken) if one in rules else one) for one in row.kinds],
        "asked": asked,
        "form": form,
        "lines": lines,
        "may_release": not over and not asked and request.principal.may("lifecycle.hold", row.organization_id),
        "trail": crumb(request, "holds", _("保全")),
    }
    return render(request, "lifecycle/hold.html", context, status=422 if form.errors or lines else 200)


@require_http_methods(["POST"])
@page
def hold_release(request: PageRequest, code: str, hold_id: uuid.UUID) -> HttpResponse:
    """Ask that it ends."""
    row = queries.hold(request.principal, hold_id)
    form, lines = ReasonForm(request.POST), list[str]()
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        done, lines = attempt(
            form,
            lambda: actions.ask_release(request.principal, row, reason=reason, version=version_of(request), now=request.now),
        )
        if done is not None:
            messages.success(request, _("解除を申請しました。別の人が承認するまで、保全は続きます。"))
            return redirect("lifecycle:hold", code, row.pk)
    return _hold_page(request, hold_id, form, lines)


# ------------------------------------------------------------------------------------------------------------ consents


@require_safe
@page
def consents(request: PageRequest, code: str) -> HttpResponse:
    """Consents to destroy, decisions, transfers."""
    del code
    principal, here = request.principal, request.organization
    principal.require("lifecycle.read", here.pk)
    shown = page_of(request, deletion_queries.consents(principal, here))
    step = retention_rules().steps.get(STEP_OF_BODY.get(organization_queries.body_kind_of(here.pk), ""))
    context = {
        "page": shown,
        "rows": [(row, CONSENT_KINDS[row.kind]) for row in shown],
        "step": step,
        "spoken": language(),
        "may_edit": principal.may("lifecycle.consent", here.pk),
    }
    return render(request, "lifecycle/consents.html", context)


def _consent_kinds(organization_id: uuid.UUID) -> list[str]:
    """What a body of this kind may record."""
    step = STEP_OF_BODY.get(organization_queries.body_kind_of(organization_id), "")
    own_kind = CONSENT_OF_STEP.get(step or "", "disposal_decision")
    return list(dict.fromkeys((own_kind, "disposal_decision", "under_one_year", "transfer")))


@require_http_methods(["GET", "POST"])
@page
def consent_new(request: PageRequest, code: str) -> HttpResponse:
    """Record what was decided about the entries that were ticked."""
    principal, here = request.principal, request.organization
    principal.require("lifecycle.consent", here.pk)
    rows = list(queries.in_organization(principal, here.pk).filter(pk__in=chosen_of(request), state="held").order_by("number"))
    form = ConsentForm(
        request.POST or None,
        documents=documents_of(request),
        kinds=_consent_kinds(here.pk),
        initial={"decided_on": today_of(request)},
    )
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        facts = actions.ConsentFacts(
            kind=given["kind"],
            number=given["number"],
            decided_on=given["decided_on"],
            document_id=uuid.UUID(given["document"]) if given["document"] else None,
            entries=[row.pk for row in rows],
            archive=given["archive"],
            note=given["note"],
        )
        made, lines = attempt(form, lambda: actions.record_consent(principal, organization=here, facts=facts, now=request.now))
        if made is not None:
            request.session.pop("lifecycle.chosen", None)
            messages.success(request, _("記録しました。"))
            return redirect("lifecycle:consent", code, made.pk)
    return form_page(
        request,
        form,
        lines,
        heading=_("同意・決裁・移管を記録する"),
        lead=_("公文書は、保存期間が過ぎても、これがないと廃棄できません。自動の廃棄も同じです。"),
        submit=_("記録する"),
        back=reverse("lifecycle:consents", args=[code]),
        crumbs=crumb(request, "consents", _("公文書の手続")),
        template="lifecycle/consent_form.html",
        more={"entries": lines_of(rows, on=today_of(request))},
    )


@require_safe
@page
def consent(request: PageRequest, code: str, consent_id: uuid.UUID) -> HttpResponse:
    """One of them."""
    del code
    return _consent_page(request, consent_id, ReasonForm(), [])


def _consent_page(request: PageRequest, consent_id: uuid.UUID, form: ReasonForm, lines: list[str]) -> HttpResponse:
    row = deletion_queries.consent(request.principal, consent_id)
    may = row.withdrawn_at is None and row.kind != "transfer"
    context = {
        "consent": row,
        "kind": CONSENT_KINDS[row.kind],
        "entries": lines_of(row.entries.select_related("organization", "owner").order_by("number")[:500], on=today_of(request)),
        "form": form,
        "lines": lines,
        "may_withdraw": may and request.principal.may("lifecycle.consent", row.organization_id),
        "trail": crumb(request, "consents", _("公文書の手続")),
    }
    return render(request, "lifecycle/consent.html", context, status=422 if form.errors or lines else 200)


@require_http_methods(["POST"])
@page
def consent_withdraw(request: PageRequest, code: str, consent_id: uuid.UUID) -> HttpResponse:
    """It does not hold any more."""
    row = deletion_queries.consent(request.principal, consent_id)
    form, lines = ReasonForm(request.POST), list[str]()
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        done, lines = attempt(form, lambda: actions.withdraw_consent(request.principal, row, reason=reason, now=request.now))
        if done is not None:
            messages.success(request, _("取り消しました。"))
            return redirect("lifecycle:consent", code, row.pk)
    return _consent_page(request, consent_id, form, lines)


def ids_of(values: list[str]) -> list[uuid.UUID]:
    """Ids of a form. Raises NotFound."""
    return [id_of(value) for value in values]
