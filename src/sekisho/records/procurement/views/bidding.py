"""Bidders, their questions, and answers that go to all alike."""

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
from sekisho.records.pages import PageRequest, page
from sekisho.records.procurement import actions
from sekisho.records.procurement.files import document_attachment
from sekisho.records.procurement.forms.notice import AnswerForm, BidderEditForm, BidderForm, QuestionForm
from sekisho.records.procurement.queries import bidding_documents, tokens
from sekisho.records.procurement.queries import notice as notice_queries
from sekisho.records.procurement.views.common import FORM_NAMES, case_page, language
from sekisho.records.procurement.views.errors import beside_fields, clash_of, sentences
from sekisho.records.procurement.views.notice import TAB, is_owner, is_writer, warning_lines
from sekisho.records.procurement.writing import FORMATS

if TYPE_CHECKING:
    from sekisho.records.procurement.models import Case
    from sekisho.records.procurement.views.common import CasePage

__all__ = [
    "answer_file",
    "bidder",
    "bidders",
    "deliver",
    "question",
    "question_new",
    "questions",
    "release",
]

_PER_PAGE: Final = 50
_CHANGEABLE: Final = frozenset({"noticed", "opened"})


def _stage(row: Case) -> str:
    return notice_queries.stage(row, notice_queries.evaluation_of(row))


def _clauses(row: Case) -> list[tuple[str, str]]:
    """The clauses of the notice in force: id, number and title."""
    cited = bidding_documents.cited(row, language=language())
    return [(name, f"{number}") for name, number in cited.items()]


@require_http_methods(["GET", "POST"])
@page
def bidders(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Who takes the documents or bids, each with what to look at; the form of a new one."""
    shown = case_page(request, case_id, TAB)
    row = shown.case
    every = list(notice_queries.bidders(request.principal, row))
    editable = is_writer(request, shown) and _stage(row) in _CHANGEABLE
    form = BidderForm(request.POST or None)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.add_bidder(request.principal, row, now=request.now, **form.cleaned_data)
        except (InputError, Conflict) as error:
            lines = beside_fields(form, error, request.principal.language)
        else:
            messages.success(request, _("%(name)s を登録しました。") % {"name": made.name})
            return redirect("procurement:notice_bidders", code, case_id)
    context = {
        **shown.context,
        "rows": [(one, warning_lines(notice_queries.warnings_of(one, every))) for one in every],
        "editable": editable,
        "form": form if editable else None,
        "lines": lines,
    }
    return render(request, "procurement/notice_bidders.html", context, status=422 if lines or form.errors else 200)


@require_http_methods(["GET", "POST"])
@page
def bidder(request: PageRequest, code: str, case_id: uuid.UUID, bidder_id: uuid.UUID) -> HttpResponse:
    """Correct what is known of a bidder."""
    shown = case_page(request, case_id, TAB)
    one = notice_queries.bidder(request.principal, shown.case, bidder_id)
    if not is_writer(request, shown):
        raise NotFound("access.not_found")
    names = ("name", "corporate_number", "contact", "helped_drafting", "note")
    initial = {**{name: getattr(one, name) for name in names}, "token": tokens.of_bidder(one)}
    form = BidderEditForm(request.POST or None, initial=initial)
    lines: list[str] = []
    clash: list[tuple[str, str]] = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_bidder(request.principal, shown.case, bidder_id=bidder_id, now=request.now, **form.cleaned_data)
        except (InputError, Conflict) as error:
            lines, clash = beside_fields(form, error, request.principal.language), clash_of(form, error)
        else:
            messages.success(request, _("応札者を直しました。"))
            return redirect("procurement:notice_bidders", code, case_id)
    context = {**shown.context, "form": form, "lines": lines, "clash": clash, "bidder": one}
    return render(request, "procurement/notice_bidder.html", context, status=422 if lines or form.errors else 200)


@require_safe
@page
def questions(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """The questions and answers: members see all, others what was released."""
    del code
    shown = case_page(request, case_id, TAB)
    row = shown.case
    member = bool(shown.parts)
    rows = Paginator(notice_queries.bidder_questions(request.principal, row), _PER_PAGE).get_page(request.GET.get("page"))
    writer = is_writer(request, shown) and _stage(row) == "noticed"
    cited = bidding_documents.cited(row, language=language())
    context = {
        **shown.context,
        "page": rows,
        "rows": [(one, cited.get(one.clause, "")) for one in rows],
        "member": member,
        "writer": writer,
        "owner": is_owner(request, shown) and _stage(row) == "noticed",
        "late": notice_queries.receivers_missing(row) if member else [],
        "released": notice_queries.bidder_questions(request.principal, row).exclude(released_at=None).exists(),
        "forms": [(form, FORM_NAMES[form]) for form in FORMATS if form != "md"],
    }
    return render(request, "procurement/notice_questions.html", context)


@require_http_methods(["GET", "POST"])
@page
def question_new(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Record a question."""
    shown = case_page(request, case_id, TAB)
    row = shown.case
    if not is_writer(request, shown):
        raise NotFound("access.not_found")
    known = [(str(one.pk), one.name) for one in notice_queries.bidders(request.principal, row)]
    form = QuestionForm(
        request.POST or None, bidders=known, clauses=_clauses(row), initial={"received_on": timezone.localdate(request.now)}
    )
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            made = actions.receive_question(
                request.principal,
                row,
                text=values["text"],
                received_on=values["received_on"],
                bidder_id=uuid.UUID(values["bidder"]) if values["bidder"] else None,
                clause=values["clause"],
                now=request.now,
            )
        except (InputError, Conflict) as error:
            lines = beside_fields(form, error, request.principal.language)
        else:
            messages.success(request, _("質問 %(number)s を受け付けました。") % {"number": made.number})
            for name in notice_queries.given_away(row, (made.text,)):
                messages.warning(
                    request, _("質問の文に「%(name)s」の名前があります。公表の前に直してください。") % {"name": name}
                )
            return redirect("procurement:notice_question", code, case_id, made.number)
    context = {**shown.context, "form": form, "lines": lines, "new": True}
    return render(request, "procurement/notice_question.html", context, status=422 if lines or form.errors else 200)


@require_http_methods(["GET", "POST"])
@page
def question(request: PageRequest, code: str, case_id: uuid.UUID, number: int) -> HttpResponse:
    """One question: its answer is written here until it is released."""
    shown = case_page(request, case_id, TAB)
    row = shown.case
    one = notice_queries.bidder_question(request.principal, row, number)
    member = bool(shown.parts)
    editable = is_writer(request, shown) and one.released_at is None and _stage(row) == "noticed"
    initial = {"text": one.text, "answer": one.answer, "token": tokens.of_question(one)}
    form = AnswerForm(request.POST or None, initial=initial) if editable else None
    lines: list[str] = []
    clash: list[tuple[str, str]] = []
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            actions.draft_answer(request.principal, row, number=number, now=request.now, **form.cleaned_data)
        except (InputError, Conflict) as error:
            lines, clash = beside_fields(form, error, request.principal.language), clash_of(form, error)
        else:
            messages.success(request, _("回答の案を保存しました。まだ公表していません。"))
            return redirect("procurement:notice_questions", code, case_id)
    context = {
        **shown.context,
        "form": form,
        "lines": lines,
        "clash": clash,
        "one": one,
        "member": member,
        "cited": bidding_documents.cited(row, language=language()).get(one.clause, ""),
        "names": notice_queries.given_away(row, (one.text, one.answer)) if editable else [],
    }
    status = 422 if lines or (form is not None and form.errors) else 200
    return render(request, "procurement/notice_question.html", context, status=status)


@require_http_methods(["GET", "POST"])
@page
def release(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """What goes to whom, then the release."""
    shown = case_page(request, case_id, TAB)
    row = shown.case
    if not is_owner(request, shown):
        raise NotFound("access.not_found")
    lines: list[str] = []
    if request.method == "POST":
        try:
            token = request.POST.get("token", "")
            made = actions.release_answers(request.principal, row, token=token, now=request.now)
        except (InputError, Conflict) as error:
            lines = sentences(error, request.principal.language)
        else:
            messages.success(request, _("%(n)s件の回答を公表しました。") % {"n": len(made)})
            return redirect("procurement:notice_questions", code, case_id)
    waiting = notice_queries.bidder_questions(request.principal, row).filter(released_at=None)
    batch = [one for one in waiting if one.answer]
    receivers = list(notice_queries.bidders(request.principal, row))
    names = notice_queries.given_away_each(row, [(one.text, one.answer) for one in batch[:_PER_PAGE]])
    context: dict[str, Any] = {
        **shown.context,
        "batch": list(zip(batch[:_PER_PAGE], names, strict=True)),
        "named": sum(1 for found in names if found),
        "more": max(0, len(batch) - _PER_PAGE),
        "open": len(waiting) - len(batch),
        "receivers": receivers,
        "token": tokens.of_release(batch, receivers),
        "lines": lines,
    }
    return render(request, "procurement/notice_release.html", context, status=422 if lines else 200)


@require_POST
@page
def deliver(request: PageRequest, code: str, case_id: uuid.UUID, bidder_id: uuid.UUID) -> HttpResponse:
    """A bidder who came later was given the answers so far."""
    shown: CasePage = case_page(request, case_id, TAB)
    count = actions.deliver_answers(request.principal, shown.case, bidder_id=bidder_id, now=request.now)
    messages.success(request, _("%(n)s件の回答を渡したことを記録しました。") % {"n": count})
    return redirect("procurement:notice_questions", code, case_id)


@require_safe
@page
def answer_file(request: PageRequest, code: str, case_id: uuid.UUID, form: str) -> HttpResponse:
    """質問回答書 with what was released."""
    del code
    shown = case_page(request, case_id, TAB)
    if form not in FORMATS:
        raise NotFound("access.not_found")
    made = bidding_documents.answer_document(request.principal, shown.case, language=language(), now=request.now)
    return document_attachment(made, form, name=f"{shown.case.number}-answers")
