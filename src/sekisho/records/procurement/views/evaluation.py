"""After the opening: sealed proposals, one's own scores, the closing, the result, the award."""

from __future__ import annotations

import uuid
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.errors import Conflict, InputError, NotFound, Problem
from sekisho.records.downloads import attachment
from sekisho.records.pages import PageRequest, page
from sekisho.records.procurement import actions
from sekisho.records.procurement.actions import Judged
from sekisho.records.procurement.files import document_attachment
from sekisho.records.procurement.forms.notice import AwardForm, ProposalForm
from sekisho.records.procurement.models import MemberPart
from sekisho.records.procurement.queries import bidding_documents, tokens
from sekisho.records.procurement.queries import notice as notice_queries
from sekisho.records.procurement.views.common import case_page, language
from sekisho.records.procurement.views.errors import beside_fields, clash_of, sentences
from sekisho.records.procurement.views.notice import TAB, is_owner
from sekisho.standards import texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sekisho.records.procurement.models import Bidder, Case, Evaluation, Proposal, Score
    from sekisho.records.procurement.rules.scoring import Wanted
    from sekisho.records.procurement.views.common import CasePage

__all__ = ["award", "close", "evaluation", "evaluation_file", "proposal_file", "proposal_new", "score"]

_LONGEST_POINTS: Final = 12


def _judge(request: PageRequest, case_id: uuid.UUID) -> tuple[CasePage, Evaluation]:
    """The case for whoever may see proposals now; for everybody else there is nothing here."""
    shown = case_page(request, case_id, TAB)
    found = notice_queries.evaluation_of(shown.case)
    if found is None or not notice_queries.may_see_proposals(request.principal, shown.case):
        raise NotFound("access.not_found")
    return shown, found


def _is_evaluator(request: PageRequest, shown: CasePage) -> bool:
    return MemberPart.EVALUATOR in shown.parts and request.principal.may("procurement.evaluate", shown.case.organization_id)


@require_safe
@page
def evaluation(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Proposals, who has to score what, and the result once it is closed."""
    del code
    shown, found = _judge(request, case_id)
    return _page(request, shown, found)


def _page(
    request: PageRequest,
    shown: CasePage,
    found: Evaluation,
    *,
    form: AwardForm | None = None,
    lines: list[str] | None = None,
    clash: list[tuple[str, str]] | None = None,
) -> HttpResponse:
    row = shown.case
    closed = found.closed_at is not None
    rows = list(notice_queries.bidders(request.principal, row))
    wanted = notice_queries.wanted(row)
    own = notice_queries.scores(request.principal, row)
    given: dict[uuid.UUID, int] = {}
    for bidder_id in own.filter(evaluator=request.principal.person_id).values_list("bidder_id", flat=True):
        given[bidder_id] = given.get(bidder_id, 0) + 1
    proposals: dict[uuid.UUID, list[Proposal]] = {}
    for proposal in notice_queries.proposals(request.principal, row):
        proposals.setdefault(proposal.bidder_id, []).append(proposal)
    owner = is_owner(request, shown)
    context: dict[str, Any] = {
        **shown.context,
        "evaluation": found,
        "price": f"{found.price_yen:,}" if found.price_yen else "",
        "closed": closed,
        "stage": notice_queries.stage(row, found),
        "rows": [(one, proposals.get(one.pk, []), given.get(one.pk, 0)) for one in rows],
        "criteria": len(wanted),
        "evaluator": _is_evaluator(request, shown),
        "reads": notice_queries.may_read_proposals(request.principal, row),
        "owner": owner,
        "missing": notice_queries.missing_of(row) if owner and not closed else [],
        "evaluators": list(notice_queries.evaluators(row)) if owner else [],
        "lines": lines or [],
        "clash": clash or [],
    }
    if closed:
        context |= _result(row, rows, wanted)
        if owner and notice_queries.stage(row, found) in {"closed", "awarded"}:
            context["form"] = form or _award_form(request, found, context["passed"])
    status = 422 if lines or (form is not None and form.errors) else 200
    return render(request, "procurement/notice_evaluation.html", context, status=status)


def _result(row: Case, rows: list[Bidder], wanted: tuple[Wanted, ...]) -> dict[str, Any]:
    """The comparison as the page shows it."""
    names = {str(one.pk): one for one in rows}
    titles = {one.id: one.title for one in wanted}
    made = notice_queries.comparison_of(row)
    standings = [
        (names[s.bidder], s, [titles[name] for name in s.failed], [titles[name] for name in s.split]) for s in made.standings
    ]
    matrix = [(one, [(s.means.get(one.id), one.id in s.failed, one.id in s.split) for s in made.standings]) for one in wanted]
    return {
        "standings": standings,
        "matrix": matrix,
        "counted": len(made.counted),
        "left_out": len(made.left_out),
        "overall": any(one.kind == "additional" for one in wanted),
        "passed": [(str(bidder.pk), bidder.name) for bidder, s, _failed, _split in standings if s.passed],
    }


def _award_form(request: PageRequest, found: Evaluation, passed: list[tuple[str, str]]) -> AwardForm:
    initial = {"bidder": str(found.winner_id or ""), "price_yen": found.price_yen, "reason": found.reason}
    initial["token"] = tokens.of_award(found)
    return AwardForm(request.POST or None, bidders=passed, initial=initial)


@require_http_methods(["GET", "POST"])
@page
def proposal_new(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Put a proposal under seal."""
    shown, _found = _judge(request, case_id)
    known = [(str(one.pk), one.name) for one in notice_queries.bidders(request.principal, shown.case)]
    form = ProposalForm(request.POST or None, request.FILES or None, bidders=known)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            made = actions.record_proposal(
                request.principal,
                shown.case,
                bidder_id=uuid.UUID(form.cleaned_data["bidder"]),
                file_name=str(file.name),
                chunks=file.chunks(),
                note=form.cleaned_data["note"],
                now=request.now,
            )
        except (InputError, Conflict) as error:
            lines = beside_fields(form, error, request.principal.language)
        else:
            messages.success(request, _("%(name)s を封をして保管しました。") % {"name": made.file_name})
            return redirect("procurement:notice_evaluation", code, case_id)
    context = {**shown.context, "form": form, "lines": lines}
    return render(request, "procurement/notice_proposal.html", context, status=422 if lines or form.errors else 200)


@require_safe
@page
def proposal_file(request: PageRequest, code: str, case_id: uuid.UUID, proposal_id: uuid.UUID) -> HttpResponse:
    """Fetch a proposal; who did is on the ledger."""
    del code
    shown, _found = _judge(request, case_id)
    row, file = actions.fetch_proposal(request.principal, shown.case, proposal_id=proposal_id, now=request.now)
    return attachment(file, name=row.file_name, media_type=row.artifact.media_type)


@require_http_methods(["GET", "POST"])
@page
def score(request: PageRequest, code: str, case_id: uuid.UUID, bidder_id: uuid.UUID) -> HttpResponse:
    """One's own scores of one bidder, all criteria on a page."""
    shown, found = _judge(request, case_id)
    if not _is_evaluator(request, shown) or found.closed_at is not None:
        raise NotFound("access.not_found")
    one = notice_queries.bidder(request.principal, shown.case, bidder_id)
    wanted = notice_queries.wanted(shown.case)
    own = notice_queries.scores(request.principal, shown.case).filter(bidder=one, evaluator=request.principal.person_id)
    mine = {row.criterion: row for row in own}
    errors: list[tuple[str, str]] = []
    keys = {each.id: f"c{number}" for number, each in enumerate(wanted)}
    if request.method == "POST":
        try:
            judged = _judged(request, wanted)
            actions.score_bidder(request.principal, shown.case, bidder_id=bidder_id, judged=judged, now=request.now)
        except (InputError, Conflict) as error:
            errors = _wrong_scores(error, keys, request.principal.language)
        else:
            messages.success(request, _("採点を保存しました。締切まで直せます。"))
            return redirect("procurement:notice_evaluation", code, case_id)
    cited = bidding_documents.cited(shown.case, language=language())
    rows = [
        {
            "wanted": each,
            "cited": cited.get(each.clause, ""),
            "key": f"c{number}",
            "wrong": dict(errors).get(f"c{number}", ""),
            **_value(request, number, mine.get(each.id)),
        }
        for number, each in enumerate(wanted)
    ]
    context = {**shown.context, "bidder": one, "rows": rows, "errors": errors, "lines": [line for _at, line in errors]}
    return render(request, "procurement/notice_score.html", context, status=422 if errors else 200)


def _wrong_scores(error: InputError | Conflict, keys: Mapping[str, str], spoken: str) -> list[tuple[str, str]]:
    """(row of the form or an empty text, sentence): each figure's own, or the error's where it names no row."""
    placed = [(keys[one.column], texts.render_problem(one, spoken)) for one in error.problems if one.column in keys]
    return placed if placed and len(placed) == len(error.problems) else [("", line) for line in sentences(error, spoken)]


def _value(request: PageRequest, number: int, kept: Score | None) -> dict[str, Any]:
    """What a row of the form shows: what was typed, else what is kept."""
    if request.method == "POST":
        given = request.POST
        return {
            "met": given.get(f"c{number}-met", ""),
            "points": given.get(f"c{number}-points", ""),
            "comment": given.get(f"c{number}-comment", ""),
        }
    if kept is None:
        return {"met": "", "points": "", "comment": ""}
    met = "" if kept.met is None else "yes" if kept.met else "no"
    return {"met": met, "points": "" if kept.points is None else str(kept.points), "comment": kept.comment}


def _judged(request: PageRequest, wanted: tuple[Wanted, ...]) -> list[Judged]:
    """The rows that were filled in. Raises InputError with every figure that cannot be read."""
    given = request.POST
    judged, problems = [], []
    for number, one in enumerate(wanted):
        met, comment = given.get(f"c{number}-met", ""), given.get(f"c{number}-comment", "")
        points = given.get(f"c{number}-points", "").strip()
        if not met and not points:
            continue
        figure = None
        if points:
            try:
                figure = Decimal(points[:_LONGEST_POINTS]) if len(points) <= _LONGEST_POINTS else None
            except InvalidOperation:
                figure = None
            if figure is None:
                fields = {"title": one.title, "value": points[:20]}
                problems.append(Problem("procurement_notice.score_not_a_number", fields, column=one.id))
                continue
        judged.append(Judged(one.id, met={"yes": True, "no": False}.get(met), points=figure, comment=comment))
    if problems:
        raise InputError("procurement_notice.wrong_scores", problems=tuple(problems), count=len(problems))
    return judged


@require_safe
@page
def evaluation_file(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """The evaluation sheet as a workbook: one's own until the closing, then the result."""
    del code
    shown, _found = _judge(request, case_id)
    made = bidding_documents.evaluation_document(
        request.principal, shown.case, language=language(), now=request.now, name=str(getattr(request.user, "name", ""))
    )
    return document_attachment(made, "xlsx", name=f"{shown.case.number}-evaluation")


@require_POST
@page
def close(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """End the scoring."""
    shown, found = _judge(request, case_id)
    try:
        actions.close_evaluation(request.principal, shown.case, now=request.now)
    except (InputError, Conflict) as error:
        return _page(request, shown, found, lines=sentences(error, request.principal.language))
    messages.success(request, _("評価を締め切りました。採点はもう変わりません。"))
    return redirect("procurement:notice_evaluation", code, case_id)


@require_POST
@page
def award(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Record who won."""
    shown, found = _judge(request, case_id)
    if not is_owner(request, shown):
        raise NotFound("access.not_found")
    rows = list(notice_queries.bidders(request.principal, shown.case))
    passed = _result(shown.case, rows, notice_queries.wanted(shown.case))["passed"] if found.closed_at else []
    form = _award_form(request, found, passed)
    if not form.is_valid():
        return _page(request, shown, found, form=form, lines=[] if found.closed_at else [_("先に評価を締め切ってください。")])
    values = form.cleaned_data
    try:
        actions.award_contract(
            request.principal,
            shown.case,
            bidder_id=uuid.UUID(values["bidder"]),
            reason=values["reason"],
            price_yen=values["price_yen"],
            token=values["token"],
            now=request.now,
        )
    except (InputError, Conflict) as error:
        lines = beside_fields(form, error, request.principal.language)
        return _page(request, shown, found, form=form, lines=lines, clash=clash_of(form, error))
    messages.success(request, _("落札者を記録しました。次は契約です。"))
    return redirect("procurement:notice_evaluation", code, case_id)
