"""Pages of what is handed out of production."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.downloads import table_attachment
from sekisho.records.evidence import queries as evidence_queries
from sekisho.records.languages import language
from sekisho.records.lifecycle.actions import handovers as actions
from sekisho.records.lifecycle.forms.handovers import EndForm, GiveForm, HandoverForm, WordsForm
from sekisho.records.lifecycle.queries import handovers as queries
from sekisho.records.lifecycle.rules.handing import gaps
from sekisho.records.pages import PageRequest, beside, given_of, own, page, version_of
from sekisho.records.subjects import queries as subject_queries
from sekisho.records.tabular import Choice, Column
from sekisho.standards import texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from django import forms

    from sekisho.errors import SekishoError
    from sekisho.records.lifecycle.models import Handover

PER_PAGE: Final = 50
MOST_EXPORTED: Final = 100_000
MOST_CHOICES: Final = 500
CONTENTS: Final = {
    "synthetic": (gettext_lazy("架空のデータ"), "ok"),
    "masked": (gettext_lazy("マスキングしたデータ"), "info"),
    "real": (gettext_lazy("実データ"), "warn"),
}
STATES: Final = {
    "draft": (gettext_lazy("下書き"), "dashed"),
    "asked": (gettext_lazy("承認待ち"), "info"),
    "refused": (gettext_lazy("承認されなかった"), "bad"),
    "approved": (gettext_lazy("承認済み"), "ok"),
    "given": (gettext_lazy("渡している"), "warn"),
    "ended": (gettext_lazy("返却・消去を確認"), "ok"),
    "withdrawn": (gettext_lazy("取りやめ"), ""),
}
ENDS: Final = {
    "returned": gettext_lazy("返却された"),
    "erased": gettext_lazy("消去された"),
    "kept": gettext_lazy("そのまま使い続ける"),
}
_COLUMNS: Final = (
    Column("number", "番号", "Number", width=16),
    Column("title", "件名", "Title", width=40),
    Column("content", "渡すもの", "Handed out", width=16, choices=(
        Choice("synthetic", "架空のデータ", "Synthetic"), Choice("masked", "マスキング", "Masked"),
        Choice("real", "実データ", "Real"),
    )),
    Column("recipient", "渡す相手", "Recipient", width=30),
    Column("purpose", "目的", "Purpose", width=40),
    Column("approved", "承認", "Approved", width=18),
    Column("given", "渡した日", "Given", width=12),
    Column("back", "返却・消去の期日", "Due back", width=14),
    Column("ended", "返却・消去の日", "Ended", width=14),
    Column("organization", "組織", "Organisation", width=24),
)  # fmt: skip


def _beside(form: forms.BaseForm, error: SekishoError) -> list[str]:
    """Of gaps a sentence each; what else is wrong beside its field."""
    if missing := error.fields.get("missing"):
        return [texts.render(f"lifecycle.gap_{one}", {}, language()) for one in missing]
    return beside(form, error)


def state_of(row: Handover) -> str:
    """The state as people see it: a refused or withdrawn request shows."""
    if row.state == "asked" and row.request and row.request.state not in {"pending", "returned"}:
        return "refused"
    return row.state


def _find(request: PageRequest, handover_id: uuid.UUID) -> Handover:
    return own(request, queries.handover(request.principal, handover_id))


def _id(text: str) -> uuid.UUID | None:
    return uuid.UUID(text) if text else None


def _documents(request: PageRequest) -> list[tuple[Any, str]]:
    rows = evidence_queries.evidence(request.principal, now=request.now, organization_id=request.organization.pk)
    rows = rows.filter(organization=request.organization, kind="document", withdrawn_at=None)
    return [(row.pk, row.title) for row in rows.order_by("-added_at")[:MOST_CHOICES]]


# --------------------------------------------------------------------------------------------------------------- list


def _listed(request: PageRequest) -> Any:
    request.principal.require(queries.READ, request.organization.pk)
    show = request.GET.get("show", "")
    return queries.handovers(
        request.principal,
        request.organization,
        show=show if show in queries.SHOWN else "",
        text=request.GET.get("q", "").strip()[:100],
        today=timezone.localdate(request.now),
    )


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """What is handed out, what waits, what has to come back."""
    del code
    shown = Paginator(_listed(request), PER_PAGE).get_page(request.GET.get("page"))
    today = timezone.localdate(request.now)
    context = {
        "page": shown,
        "rows": [
            (
                row,
                CONTENTS[row.content],
                STATES[state_of(row)],
                row.state == "given" and bool(row.back_on) and row.back_on < today,
            )
            for row in shown
        ],
        "narrowed": bool(request.GET.get("q")),
        "may_make": request.principal.may("lifecycle.handover", request.organization.pk),
    }
    return render(request, "lifecycle/handovers.html", context)


@require_safe
@page
def export_list(request: PageRequest, code: str, form: str) -> HttpResponse:
    """Exactly what the list shows."""
    if form not in {"xlsx", "csv", "cp932"}:
        raise NotFound("access.not_found")
    rows = [
        {
            "number": row.number,
            "title": row.title,
            "content": row.content,
            "recipient": row.recipient,
            "purpose": row.purpose,
            "approved": timezone.localtime(row.approved_at) if row.approved_at else "",
            "given": row.given_on or "",
            "back": row.back_on or "",
            "ended": row.ended_on or "",
            "organization": row.organization.name,
        }
        for row in _listed(request)[:MOST_EXPORTED]
    ]
    name = f"handovers-{code}-{timezone.localdate(request.now)}"
    return table_attachment(_COLUMNS, rows, form=form, title=_("渡したデータ"), name=name, language=language())


# ---------------------------------------------------------------------------------------------------------------- one


def _form(request: PageRequest, row: Handover | None = None) -> HandoverForm:
    here, principal = request.organization, request.principal
    runs = [
        (one.pk, f"{one.plan.name} {timezone.localtime(one.at):%Y-%m-%d}") for one in queries.mask_runs(principal, here)[:100]
    ]
    signed = [(one.pk, str(one)) for one in queries.assessments(principal, here)[:100]]
    suppliers = subject_queries.in_organization(principal, here.pk, kind="supplier")[:MOST_CHOICES]
    initial: dict[str, Any] = {}
    if row is not None:
        names = ("title", "content", "purpose", "recipient", "personal", "my_number", "back_on")
        initial = {name: getattr(row, name) for name in names}
        for name in ("supplier", "mask_run", "assessment", "pledge"):
            initial[name] = str(getattr(row, f"{name}_id") or "")
    return HandoverForm(
        given_of(request),
        suppliers=[(one.pk, str(one)) for one in suppliers],
        runs=runs,
        assessments=signed,
        documents=_documents(request),
        initial=initial,
    )


def _facts(form: HandoverForm) -> actions.HandoverFacts:
    given = dict(form.cleaned_data)
    ids: dict[str, Any] = {f"{name}_id": _id(given.pop(name)) for name in ("supplier", "mask_run", "assessment", "pledge")}
    return actions.HandoverFacts(**given, **ids)


@require_http_methods(["GET", "POST"])
@page
def create(request: PageRequest, code: str) -> HttpResponse:
    """Record that data are to be handed out."""
    request.principal.require("lifecycle.handover", request.organization.pk)
    form = _form(request)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.make_handover(
                request.principal, organization=request.organization, facts=_facts(form), now=request.now
            )
        except (InputError, Conflict) as error:
            lines = _beside(form, error)
        else:
            messages.success(request, _("記録しました。渡す前に、承認を申請します。"))
            return redirect("lifecycle:handover", code, made.pk)
    context = {"form": form, "lines": lines, "handover": None}
    return render(request, "lifecycle/handover_edit.html", context, status=422 if form.errors or lines else 200)


@require_http_methods(["GET", "POST"])
@page
def edit(request: PageRequest, code: str, handover_id: uuid.UUID) -> HttpResponse:
    """Change it while nobody is asked."""
    row = _find(request, handover_id)
    request.principal.require("lifecycle.handover", row.organization_id)
    form = _form(request, row)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_handover(request.principal, row, facts=_facts(form), version=version_of(request), now=request.now)
        except (InputError, Conflict) as error:
            lines = _beside(form, error)
        else:
            messages.success(request, _("記録を変えました。"))
            return redirect("lifecycle:handover", code, row.pk)
    context = {"form": form, "lines": lines, "handover": row}
    return render(request, "lifecycle/handover_edit.html", context, status=422 if form.errors or lines else 200)


@require_safe
@page
def detail(request: PageRequest, code: str, handover_id: uuid.UUID) -> HttpResponse:
    """One handover: what is missing, what was decided, where it is."""
    del code
    row = _find(request, handover_id)
    state = state_of(row)
    may = request.principal.may("lifecycle.handover", row.organization_id)
    missing = gaps(queries.given_of(row)) if state in {"draft", "refused", "asked", "approved", "given"} else []
    context = {
        "handover": row,
        "content": CONTENTS[row.content],
        "state": STATES[state],
        "ended_how": ENDS.get(row.ended_how, ""),
        "missing": [texts.render(f"lifecycle.gap_{one}", {}, language()) for one in missing],
        "late": row.state == "given" and row.back_on is not None and row.back_on < timezone.localdate(request.now),
        "may_edit": may and state in {"draft", "refused", "approved"},
        "may_ask": may and state in {"draft", "refused"} and not missing,
        "may_give": may and state == "approved",
        "may_end": may and state == "given",
    }
    return render(request, "lifecycle/handover.html", context)


def _step(
    request: PageRequest,
    row: Handover,
    form: forms.Form,
    act: Callable[[dict[str, Any]], object],
    *,
    title: str,
    lead: str,
    button: str,
    done: str,
) -> HttpResponse:
    """A page that asks for something and then acts."""
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
        except (InputError, Conflict) as error:
            lines = _beside(form, error)
        else:
            messages.success(request, done)
            return redirect("lifecycle:handover", row.organization.code, row.pk)
    context = {"form": form, "lines": lines, "handover": row, "step_title": title, "step_lead": lead, "button": button}
    return render(request, "lifecycle/handover_step.html", context, status=422 if form.errors or lines else 200)


@require_http_methods(["GET", "POST"])
@page
def ask(request: PageRequest, code: str, handover_id: uuid.UUID) -> HttpResponse:
    """Ask that it may be handed out."""
    del code
    row = _find(request, handover_id)
    request.principal.require("lifecycle.handover", row.organization_id)

    def act(given: dict[str, Any]) -> object:
        return actions.ask_handover(request.principal, row, reason=given["reason"], version=version_of(request), now=request.now)

    return _step(
        request, row, WordsForm(given_of(request)), act, title=_("承認を申請する"),
        lead=_("申請した人とは別の人が承認します。承認の後に変えると、申請し直しになります。"), button=_("申請する"),
        done=_("申請しました。"),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@page
def give(request: PageRequest, code: str, handover_id: uuid.UUID) -> HttpResponse:
    """It was handed out."""
    del code
    row = _find(request, handover_id)
    request.principal.require("lifecycle.handover", row.organization_id)
    form = GiveForm(given_of(request), initial={"given_on": timezone.localdate(request.now)})

    def act(given: dict[str, Any]) -> object:
        return actions.give_handover(request.principal, row, **given, version=version_of(request), now=request.now)

    return _step(
        request, row, form, act, title=_("渡したことを記録する"), lead=row.title, button=_("記録する"), done=_("記録しました。")
    )


@require_http_methods(["GET", "POST"])
@page
def end(request: PageRequest, code: str, handover_id: uuid.UUID) -> HttpResponse:
    """It came back or was erased."""
    del code
    row = _find(request, handover_id)
    request.principal.require("lifecycle.handover", row.organization_id)
    form = EndForm(given_of(request), documents=_documents(request), initial={"ended_on": timezone.localdate(request.now)})

    def act(given: dict[str, Any]) -> object:
        return actions.end_handover(
            request.principal, row, ended_on=given["ended_on"], how=given["how"], note=given["note"],
            document_id=_id(given["document"]), version=version_of(request), now=request.now,
        )  # fmt: skip

    return _step(
        request, row, form, act, title=_("返却・消去を記録する"), lead=row.title, button=_("記録する"), done=_("記録しました。")
    )


@require_http_methods(["GET", "POST"])
@page
def withdraw(request: PageRequest, code: str, handover_id: uuid.UUID) -> HttpResponse:
    """It is not handed out after all."""
    del code
    row = _find(request, handover_id)
    request.principal.require("lifecycle.handover", row.organization_id)

    def act(given: dict[str, Any]) -> object:
        return actions.withdraw_handover(
            request.principal, row, reason=given["reason"], version=version_of(request), now=request.now
        )

    return _step(
        request, row, WordsForm(given_of(request)), act, title=_("渡すのをやめる"), lead=row.title, button=_("やめる"),
        done=_("渡すのをやめました。"),
    )  # fmt: skip
