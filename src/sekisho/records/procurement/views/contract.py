"""契約と検収: the contract with its duties, the acceptance, the hand-over."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final, Literal

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from sekisho.errors import Conflict, InputError, SekishoError
from sekisho.records.pages import PageRequest, page, say
from sekisho.records.procurement import actions
from sekisho.records.procurement.forms.contract import ChangeForm, HandOverForm, SignForm
from sekisho.records.procurement.models import CaseState, MemberPart
from sekisho.records.procurement.queries import contract as contract_queries
from sekisho.records.procurement.queries import notice as notice_queries
from sekisho.records.procurement.queries import tokens
from sekisho.records.procurement.views.common import CasePage, case_page, language
from sekisho.records.procurement.views.errors import beside_fields, clash_of
from sekisho.records.procurement.views.names import STATES, classification_names
from sekisho.records.procurement.views.periods import asked_fields, period_rows

if TYPE_CHECKING:
    from django.http import HttpResponse

    from sekisho.records.duties.models import Duty
    from sekisho.records.procurement.models import Case

__all__ = ["accept", "change", "contract", "hand_over", "sign"]

TAB: Final = "procurement:contract"
_BEFORE: Final = (CaseState.PREPARING, CaseState.NOTICED, CaseState.OPENED)
_CHANGEABLE: Final = (CaseState.CONTRACTED, CaseState.ACCEPTED, CaseState.OPERATING)
_SHOWN: Final = 12
DAYS: Final = ("signed_on", "delivery_on", "operation_on", "ends_on")


def may(request: PageRequest, shown: CasePage, action: str, *parts: str) -> bool:
    """Whether the reader may do ``action`` in the case as one of ``parts``."""
    return bool(shown.parts & set(parts)) and request.principal.may(action, shown.case.organization_id)


def _may_hand_over(request: PageRequest, shown: CasePage) -> bool:
    """Whether the reader may hand the accepted system over now: a part in the case, and the subjects may be changed."""
    return (
        shown.case.state == CaseState.ACCEPTED
        and may(request, shown, "procurement.accept", MemberPart.OWNER, MemberPart.EDITOR)
        and request.principal.may("subject.edit", shown.case.organization_id)
    )


def _negotiated(shown: CasePage) -> bool:
    """Whether the case may be contracted without an opening."""
    notice = contract_queries.latest_notice(shown.case)
    award = notice.award if notice else shown.case.answers.get("answers", {}).get("award")
    return shown.case.state in (CaseState.PREPARING, CaseState.NOTICED) and award == "negotiated"


def _with_clauses(case: Case, duties: list[Duty]) -> list[tuple[Duty, str]]:
    """Each duty with the clause that it comes from, in the reader's language (the duty itself keeps the Japanese one)."""
    titles = {clause.id: clause.title.get(language()) for clause in contract_queries.demanded(case).included} if duties else {}
    rows = []
    for duty in duties:
        clause = duty.basis.partition(" ")[0]
        rows.append((duty, f"{clause} {titles[clause]}" if clause in titles else duty.basis))
    return rows


@require_safe
@page
def contract(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """The contract, what falls due because of it, how far the acceptance is."""
    del code
    shown = case_page(request, case_id, TAB)
    case = shown.case
    made = contract_queries.contract_of(case)
    owner = may(request, shown, "procurement.notice", MemberPart.OWNER)
    accepts = may(request, shown, "procurement.accept", MemberPart.OWNER)
    duties = list(contract_queries.duties_from(f"procurement:{made.pk}:").filter(done_at=None)) if made else []
    counts = contract_queries.test_counts(case) if made else {}
    context: dict[str, Any] = {
        **shown.context,
        "contract": made,
        "state": STATES[case.state],
        "duties": _with_clauses(case, duties[:_SHOWN]),
        "more_duties": max(0, len(duties) - _SHOWN),
        "counts": counts,
        "periods": period_rows(contract_queries.periods_of(case, made.periods)) if made else [],
        "total": sum(counts.values()),
        "decided": sum(counts.values()) - counts.get("open", 0),
        "may_sign": owner and made is None and (case.state == CaseState.OPENED or _negotiated(shown)),
        "waiting": made is None and case.state in _BEFORE,
        "may_change": owner and made is not None and case.state in _CHANGEABLE,
        "may_accept": accepts and case.state == CaseState.CONTRACTED,
        "may_hand_over": _may_hand_over(request, shown),
        "subject": contract_queries.visible_subject(request.principal, case.subject_id),
    }
    return render(request, "procurement/contract.html", context)


@require_http_methods(["GET", "POST"])
@page
def sign(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Record the contract."""
    shown = case_page(request, case_id, TAB)
    bidders = contract_queries.bidders_of(shown.case) if shown.parts else []
    uses = contract_queries.periods_of(shown.case, {})
    evaluation = notice_queries.evaluation_of(shown.case)
    why: Literal["", "negotiated", "unawarded"] = ""
    if shown.case.state != CaseState.OPENED:
        why = "negotiated"
    elif evaluation is None or evaluation.awarded_at is None:
        why = "unawarded"
    initial = {"bidder": str(evaluation.winner_id)} if evaluation and evaluation.winner_id else {}
    form = SignForm(request.POST or None, bidders=bidders, why=why, periods=asked_fields(uses), initial=initial)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        values = form.values
        bidder = values.pop("bidder", "")
        try:
            actions.sign_contract(
                request.principal, shown.case, bidder_id=uuid.UUID(bidder) if bidder else None, now=request.now, **values
            )
        except (InputError, Conflict) as error:
            lines = beside_fields(form, error, request.principal.language, columns=form.period_columns)
        else:
            messages.success(request, _("契約を記録しました。条項から、期限と受入れの確かめを作りました。"))
            return redirect(TAB, code, case_id)
    derivation = contract_queries.demanded(shown.case)
    periods = [row for row in period_rows(uses) if row["source"] == "place"]
    included = len(derivation.included)
    context = {**shown.context, "form": form, "lines": lines, "included": included, "periods": periods, "why": why}
    return render(request, "procurement/contract_sign.html", context, status=422 if form.errors or lines else 200)


@require_http_methods(["GET", "POST"])
@page
def change(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Change days or notes of the contract."""
    shown = case_page(request, case_id, TAB)
    made = contract_queries.contract_of(shown.case)
    if made is None:
        return redirect(TAB, code, case_id)
    form = ChangeForm(
        request.POST or None,
        initial={**{name: getattr(made, name) for name in (*DAYS, "number", "note")}, "token": tokens.of_contract(made)},
        periods=asked_fields(contract_queries.periods_of(shown.case, {})),
        given=made.periods,
    )
    lines: list[str] = []
    clash: list[tuple[str, str]] = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_contract(request.principal, shown.case, now=request.now, **form.values)
        except (InputError, Conflict) as error:
            lines = beside_fields(form, error, request.principal.language, columns=form.period_columns)
            clash = clash_of(form, error)
        else:
            messages.success(request, _("契約を変え、期限を数え直しました。"))
            return redirect(TAB, code, case_id)
    context = {**shown.context, "form": form, "lines": lines, "clash": clash}
    return render(request, "procurement/contract_change.html", context, status=422 if form.errors or lines else 200)


@require_http_methods(["GET", "POST"])
@page
def accept(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """What accepting would do, then do it."""
    shown = case_page(request, case_id, TAB)
    counts, lines = contract_queries.test_counts(shown.case), []
    if request.method == "POST":
        try:
            actions.accept(request.principal, shown.case, now=request.now)
        except Conflict as error:
            lines = say(error, request.principal.language)
        else:
            messages.success(request, _accepted(counts.get("failed", 0)))
            return redirect(TAB, code, case_id)
    context = {
        **shown.context,
        "counts": counts,
        "lines": lines,
        "failed": contract_queries.acceptance_tests(shown.case, state="failed"),
        "may_accept": may(request, shown, "procurement.accept", MemberPart.OWNER),
        "subject": contract_queries.visible_subject(request.principal, shown.case.subject_id),
    }
    return render(request, "procurement/accept.html", context, status=409 if lines else 200)


def _accepted(failed: int) -> str:
    if not failed:
        return _("検収しました。不合格の確かめはありません。")
    said = ngettext(
        "検収しました。不合格の確かめ%(n)s件は、検出事項になりました。",
        "検収しました。不合格の確かめ%(n)s件は、検出事項になりました。",
        failed,
    )
    return said % {"n": failed}


@require_http_methods(["GET", "POST"])
@page
def hand_over(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """What the hand-over would write among the subjects, then do it; afterwards what it wrote."""
    shown = case_page(request, case_id, TAB)
    case, lines = shown.case, []
    preview = contract_queries.hand_over_preview(case)
    form = HandOverForm(request.POST or None, initial={"name": preview.name})
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.hand_over(request.principal, case, name=form.cleaned_data["name"], now=request.now)
        except SekishoError as error:
            if error.http_status in (403, 404):
                raise
            lines = beside_fields(form, error, request.principal.language)
        else:
            said = _("引き渡しました。対策要件%(n)s件の判定を、未測定として始めました。") % {"n": len(made.judgements)}
            messages.success(request, said)
            if made.missing:
                messages.warning(
                    request,
                    _("この組織に当てはまる基準にない要件が%(n)s件あり、判定は作られていません。") % {"n": len(made.missing)},
                )
            return redirect("procurement:hand_over", code, case_id)
    subject = contract_queries.visible_subject(request.principal, case.subject_id)
    over = case.state in (CaseState.OPERATING, CaseState.RETIRED)
    names = classification_names(preview.values.get("classification_scheme", ""))
    context: dict[str, Any] = {
        **shown.context,
        "form": form,
        "lines": lines,
        "preview": preview,
        "over": over,
        "may_hand_over": _may_hand_over(request, shown),
        "subject": subject,
        "changes": [
            (name, names.get(before := preview.before.get(name, ""), before), names.get(value, value))
            for name, value in preview.values.items()
        ],
        "strengths": sorted(preview.strengths.items()),
        "judgements": contract_queries.judgements_of_bought(request.principal, subject, now=request.now)
        if over and subject
        else [],
        "study": contract_queries.is_study(contract_queries.demanded(case)),
    }
    return render(request, "procurement/hand_over.html", context, status=422 if form.errors or lines else 200)
