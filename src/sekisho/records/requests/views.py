"""申請: what waits for whose decision, and the whole route of each request."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.errors import Conflict, InputError
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.role_names import ROLE_NAMES
from sekisho.records.pages import PageRequest, page, say
from sekisho.records.requests import actions, queries, registry
from sekisho.records.requests.forms import AbsenceForm, ResubmitForm
from sekisho.records.requests.models import DecisionKind, RequestState, StepState
from sekisho.standards import texts

if TYPE_CHECKING:
    from datetime import date

    from django.http import HttpResponse

    from sekisho.records.requests.models import Request, Step

__all__ = ["absences", "decide", "detail", "end_absence", "index", "resubmit", "review", "reviews", "withdraw"]

ROWS: Final = 30


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """Waiting for my decision, mine, or all."""
    del code
    principal, here = request.principal, request.organization
    which = request.GET.get("show", "waiting")
    today = timezone.localdate(request.now)
    context: dict[str, Any] = {"which": which, "reviews": queries.reviews_waiting_for(principal).count()}
    if which in {"mine", "all"}:
        state = request.GET.get("state", "")
        state = state if state in RequestState.values else ""
        shown = Paginator(queries.listed(principal, here, which=which, state=state), ROWS).get_page(request.GET.get("page"))
        context |= {"page": shown, "rows": [(row, None) for row in shown], "state": state, "states": RequestState.values}
    else:
        waiting = Paginator(queries.waiting_here(principal, here, today=today), ROWS).get_page(request.GET.get("page"))
        context |= {"which": "waiting", "page": waiting, "rows": [(step.request, step) for step in waiting]}
    context["role_names"] = ROLE_NAMES.items()
    return render(request, "requests/index.html", context)


# ---------------------------------------------------------------------------------------------------------- a request


@require_safe
@page
def detail(request: PageRequest, code: str, request_id: uuid.UUID) -> HttpResponse:
    """What is asked, why, and how far it has come."""
    del code
    return _detail(request, queries.one(request.principal, request_id))


def _detail(request: PageRequest, row: Request, *, status: int = 200, **context: Any) -> HttpResponse:
    principal, today = request.principal, timezone.localdate(request.now)
    steps = queries.steps_of(row)
    mine = {step.pk for step in queries.waiting_for(principal, today=today).filter(request=row)}
    own = row.requester_id == principal.person_id
    kinds = registry.kinds()
    values = {
        "row": row,
        "kind": texts.render(kinds[row.kind].title, {}, principal.language) if row.kind in kinds else row.kind,
        "rounds": _rounds(row, steps, mine, principal.person_id, today),
        "may_withdraw": own and row.state in {RequestState.PENDING, RequestState.RETURNED},
        "may_resubmit": own and row.state == RequestState.RETURNED,
        "resubmit_form": ResubmitForm(initial={"reason": row.reason}),
        "overdue": row.state == RequestState.PENDING and row.due_at is not None and row.due_at < request.now,
        **context,
    }
    return render(request, "requests/detail.html", values, status=status)


def _rounds(
    row: Request, steps: list[Step], mine: set[uuid.UUID], me: uuid.UUID | None, today: date
) -> list[tuple[int, list[dict[str, Any]]]]:
    """The route by rounds, the present one first; who holds the role is looked up only for steps that are still to be done."""
    roles = {(s.role, s.organization_id) for s in steps if s.state in {StepState.OPEN, StepState.WAITING}}
    holders = {
        key: organization_queries.holders(role=key[0], organization_id=key[1], today=today) for key in sorted(roles, key=str)
    }
    away = queries.away({person.pk for found in holders.values() for person in found}, today=today) if holders else {}
    names = {str(role): name for role, name in ROLE_NAMES.items()}
    rounds: dict[int, list[dict[str, Any]]] = {}
    for step in steps:
        pending = step.state in {StepState.OPEN, StepState.WAITING}
        found = holders[step.role, step.organization_id] if pending else []
        people = [p for p in found if p.pk != row.requester_id]
        rounds.setdefault(step.round, []).append(
            {
                "step": step,
                "role": names.get(step.role, step.role),
                "holders": [(person, away.get(person.pk, [])) for person in people],
                "mine": step.pk in mine,
                "as_deputy": step.pk in mine and me not in {person.pk for person in people},
                "label": {StepState.OPEN: _("判断待ち"), StepState.WAITING: _("順番待ち")}.get(StepState(step.state), ""),
            }
        )
    return sorted(rounds.items(), reverse=True)


def _decision(said: str) -> DecisionKind:
    if said not in {DecisionKind.APPROVE, DecisionKind.RETURN, DecisionKind.REFUSE, DecisionKind.OPINION}:
        raise InputError("requests.wrong_choice", value=said[:20])
    return DecisionKind(said)


@require_POST
@page
def decide(request: PageRequest, code: str, step_id: uuid.UUID) -> HttpResponse:
    """Approve, return, refuse, or give an opinion."""
    step = queries.step(request.principal, step_id)
    said = request.POST.get("decision", "")
    comment = request.POST.get("comment", "")[:10_000]
    try:
        row = actions.decide(
            request.principal,
            step,
            kind=_decision(said),
            comment=comment,
            now=request.now,
            today=timezone.localdate(request.now),
        )
    except (InputError, Conflict) as error:
        row = queries.one(request.principal, step.request_id)
        lines = say(error, request.principal.language)
        return _detail(request, row, status=error.http_status, lines=lines, comment=comment)
    messages.success(request, _("判断を記録しました。"))
    return redirect("requests:detail", code=code, request_id=row.pk)


@require_POST
@page
def withdraw(request: PageRequest, code: str, request_id: uuid.UUID) -> HttpResponse:
    """引戻し."""
    row = queries.one(request.principal, request_id)
    try:
        actions.withdraw(request.principal, row, now=request.now)
    except Conflict as error:
        return _detail(request, row, status=error.http_status, lines=say(error, request.principal.language))
    messages.success(request, _("申請を引き戻しました。"))
    return redirect("requests:detail", code=code, request_id=row.pk)


@require_POST
@page
def resubmit(request: PageRequest, code: str, request_id: uuid.UUID) -> HttpResponse:
    """Ask again after a return, with the same content and a new reason."""
    row = queries.one(request.principal, request_id)
    form = ResubmitForm(request.POST)
    if not form.is_valid():
        return _detail(request, row, status=422, resubmit_form=form, form=form)
    try:
        actions.resubmit(request.principal, row, payload=row.payload, reason=form.cleaned_data["reason"], now=request.now)
    except (InputError, Conflict) as error:
        return _detail(request, row, status=error.http_status, resubmit_form=form, lines=say(error, request.principal.language))
    messages.success(request, _("もう一度申請しました。"))
    return redirect("requests:detail", code=code, request_id=row.pk)


# ---------------------------------------------------------------------------------------- deputies and their decisions


@require_http_methods(["GET", "HEAD", "POST"])
@page
def absences(request: PageRequest, code: str) -> HttpResponse:
    """When I am away and who decides for me."""
    principal, today = request.principal, timezone.localdate(request.now)
    people = [p for p in organization_queries.people_of(request.organization.pk, today=today) if p.pk != principal.person_id]
    form = AbsenceForm(request.POST or None, people=people)
    status, context = 200, {"form": form, "absences": queries.absences(principal), "today": today}
    if request.method == "POST":
        status = 422
        if form.is_valid():
            values = form.cleaned_data
            try:
                actions.add_absence(
                    principal,
                    deputy_id=uuid.UUID(values["deputy"]),
                    starts_on=values["starts_on"],
                    ends_on=values["ends_on"],
                    now=request.now,
                )
            except (InputError, Conflict) as error:
                status = error.http_status
                context["lines"] = say(error, principal.language)
            else:
                messages.success(request, _("留守を登録しました。"))
                return redirect("requests:absences", code=code)
    return render(request, "requests/absences.html", context, status=status)


@require_POST
@page
def end_absence(request: PageRequest, code: str, absence_id: uuid.UUID) -> HttpResponse:
    """Back again."""
    actions.end_absence(request.principal, absence_id, now=request.now)
    messages.success(request, _("留守の登録を消しました。"))
    return redirect("requests:absences", code=code)


@require_safe
@page
def reviews(request: PageRequest, code: str) -> HttpResponse:
    """What deputies decided for me (後閲)."""
    del code
    shown = Paginator(queries.reviews_waiting_for(request.principal).order_by("at"), ROWS).get_page(request.GET.get("page"))
    return render(request, "requests/reviews.html", {"page": shown})


@require_POST
@page
def review(request: PageRequest, code: str, decision_id: uuid.UUID) -> HttpResponse:
    """Looked at."""
    found = queries.review_of(request.principal, decision_id)
    actions.review_afterwards(request.principal, found, now=request.now)
    messages.success(request, _("後閲を記録しました。"))
    return redirect("requests:reviews", code=code)
