"""是正処置: list, one of them, a new one."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.assessment import actions, forms, queries
from sekisho.records.assessment.models import CorrectiveAction
from sekisho.records.languages import language
from sekisho.records.organization.queries import people_of
from sekisho.records.pages import PageRequest, page, say
from sekisho.records.subjects import queries as subject_queries

_PER_PAGE: Final = 30
_NEXT: Final = {
    "planned": (
        ("doing", gettext_lazy("始める")),
        ("done", gettext_lazy("完了にする")),
        ("cancelled", gettext_lazy("取りやめる")),
    ),
    "doing": (("done", gettext_lazy("完了にする")), ("cancelled", gettext_lazy("取りやめる"))),
    "done": (("verified", pgettext_lazy("corrective action", "確かめた")), ("doing", gettext_lazy("やり直しにする"))),
}


@require_GET
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """The open ones, the first due first; other states by filter."""
    del code
    state = request.GET.get("state", "open")
    state = state if state in {"open", "", *CorrectiveAction.State.values} else "open"
    rows = queries.corrective_actions(request.principal, organization_id=request.organization.pk, state=state)
    shown = Paginator(rows, _PER_PAGE).get_page(request.GET.get("page"))
    may = request.principal.may("corrective_action.edit", request.organization.pk)
    return render(request, "assessment/corrective_list.html", {"page": shown, "state": state, "may": may})


def _given(request: PageRequest, name: str) -> uuid.UUID | None:
    text = request.GET.get(name, "")
    try:
        return uuid.UUID(text) if text else None
    except ValueError as error:
        raise NotFound("access.not_found") from error


@require_http_methods(["GET", "POST"])
@page
def new(request: PageRequest, code: str) -> HttpResponse:
    """Plan one, from a judgement, a finding or a subject (in the address)."""
    request.principal.require("corrective_action.edit", request.organization.pk)
    judgement_id, finding_id, subject_id = (_given(request, name) for name in ("judgement", "finding", "subject"))
    judgement = queries.judgement(request.principal, judgement_id) if judgement_id else None
    subject = subject_queries.subject(request.principal, judgement.subject_id if judgement else subject_id or uuid.UUID(int=0))
    people = people_of(request.organization.pk, today=timezone.localdate(request.now))
    form = forms.CorrectiveForm(request.POST or None, people=people)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = actions.make_corrective_action(
                request.principal,
                subject_id=subject.pk,
                what=given["what"],
                cause=given["cause"],
                owner_id=given["owner"].pk,
                due_on=given["due_on"],
                finding_id=finding_id,
                judgement_id=judgement.pk if judgement else None,
                now=request.now,
            )
        except InputError as error:
            lines = say(error, language())
        else:
            messages.success(request, _("是正処置を作りました。"))
            return redirect("assessment:corrective_action", code, made.pk)
    context = {"form": form, "subject": subject, "judgement": judgement, "lines": lines}
    return render(request, "assessment/corrective_new.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@page
def detail(request: PageRequest, code: str, pk: uuid.UUID) -> HttpResponse:
    """One, and the steps it can take next."""
    row = queries.corrective_action(request.principal, pk)
    if row.organization_id != request.organization.pk:
        raise NotFound("access.not_found")
    lines: list[str] = []
    if request.method == "POST":
        form = forms.MoveForm(request.POST)
        if not form.is_valid():
            raise InputError("assessment.request_broken")
        given = form.cleaned_data
        try:
            actions.move_corrective_action(
                request.principal,
                action_id=pk,
                version=given["version"],
                state=given["state"],
                outcome=given["outcome"],
                now=request.now,
            )
        except (Conflict, InputError) as error:
            lines = say(error, language())
        else:
            messages.success(request, _("保存しました。"))
            return redirect("assessment:corrective_action", code, pk)
    may = "corrective_action.verify" if row.state == "done" else "corrective_action.edit"
    steps = _NEXT.get(row.state, ()) if request.principal.may(may, row.organization_id) else ()
    context: dict[str, Any] = {
        "row": row,
        "steps": steps,
        "form": forms.MoveForm(initial={"version": row.version}),
        "lines": lines,
    }
    return render(request, "assessment/corrective_action.html", context, status=422 if lines else 200)
