"""公告と入札: where the procedure stands, the notice with its preview, corrections, whether what was frozen still agrees."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

import msgspec
import rfc8785
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.documents.html import render_html
from sekisho.documents.model import decode
from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.downloads import attachment
from sekisho.records.pages import PageRequest, page, tell
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.files import document_attachment
from sekisho.records.procurement.forms.notice import PERIOD_COLUMNS, CorrectionForm, NoticeForm
from sekisho.records.procurement.models import CaseState, MemberPart
from sekisho.records.procurement.queries import freezing, notice_period
from sekisho.records.procurement.queries import notice as notice_queries
from sekisho.records.procurement.queries.contract import demanded
from sekisho.records.procurement.rules.editing import present_wording
from sekisho.records.procurement.rules.notice import Stage, Warned
from sekisho.records.procurement.views.common import FORM_NAMES, case_page, language
from sekisho.records.procurement.views.errors import beside_fields
from sekisho.records.procurement.writing import FORMATS
from sekisho.standards import texts
from sekisho.standards.model import Text

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from sekisho.records.procurement.models import Case, Notice
    from sekisho.records.procurement.queries.freezing import Frozen
    from sekisho.records.procurement.views.common import CasePage

__all__ = [
    "AWARD_NAMES",
    "correct",
    "download",
    "notice",
    "open_bids",
    "publish",
    "show",
    "verify",
    "warning_lines",
]

TAB: Final = "procurement:notice"
AWARD_NAMES: Final[dict[str, _StrPromise]] = {
    "lowest": gettext_lazy("最低価格落札方式"),
    "overall": gettext_lazy("総合評価落札方式"),
    "proposal": gettext_lazy("企画競争・プロポーザル"),
    "negotiated": gettext_lazy("随意契約"),
}
STAGE_NAMES: Final[tuple[tuple[Stage, _StrPromise], ...]] = (
    ("preparing", gettext_lazy("準備")),
    ("noticed", gettext_lazy("公告・質問と回答")),
    ("opened", gettext_lazy("開札・評価")),
    ("closed", gettext_lazy("評価の締切")),
    ("awarded", gettext_lazy("落札者の決定")),
    ("contracted", gettext_lazy("契約")),
)
_NOT_AGAIN: Final = frozenset({"csrfmiddlewaretoken", "do", "expected"})
_ROW_NUMBERS: Final = frozenset(str(number) for number in range(1000))


def is_owner(request: PageRequest, shown: CasePage) -> bool:
    """Whether the reader may give the notice, open, close and award."""
    return MemberPart.OWNER in shown.parts and request.principal.may("procurement.notice", shown.case.organization_id)


def is_writer(request: PageRequest, shown: CasePage) -> bool:
    """Whether the reader may record bidders and questions."""
    parts = {MemberPart.OWNER, MemberPart.EDITOR}
    return bool(shown.parts & parts) and request.principal.may("procurement.edit", shown.case.organization_id)


def stages(current: Stage) -> list[dict[str, Any]]:
    """The line of steps: done, current, to come."""
    names = [name for name, _title in STAGE_NAMES]
    place = names.index(current) if current in names else -1
    return [
        {"name": title, "state": "done" if n < place else "current" if n == place else "later"}
        for n, (_name, title) in enumerate(STAGE_NAMES)
    ]


def warning_lines(found: tuple[Warned, ...]) -> list[str]:
    """Warnings as sentences; texts among their fields in the reader's language."""
    lines = []
    for one in found:
        fields = {name: value.get(language()) if isinstance(value, Text) else value for name, value in one.fields.items()}
        line = texts.render(one.code, fields, language())
        lines.append(f"{line} {_('根拠：')}{fields['basis']}" if "basis" in fields else line)
    return lines


@require_safe
@page
def notice(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Where the procedure stands, and what can be done now."""
    del code
    shown = case_page(request, case_id, TAB)
    row = shown.case
    evaluation = notice_queries.evaluation_of(row)
    stage = notice_queries.stage(row, evaluation)
    every = list(notice_queries.notices(row))
    last = every[0] if every else None
    questions = notice_queries.bidder_questions(request.principal, row)
    released = questions.exclude(released_at=None).count()
    member = bool(shown.parts)
    context = {
        **shown.context,
        "stages": stages(stage),
        "stage": stage,
        "notices": every,
        "last": last,
        "award": AWARD_NAMES.get(last.award, last.award) if last else "",
        "obstacles": _obstacle_count(row) if stage == "preparing" else 0,
        "member": member,
        "owner": is_owner(request, shown),
        "writer": is_writer(request, shown),
        "bidders": notice_queries.bidders(request.principal, row).count() if member else 0,
        "released": released,
        "unreleased": questions.count() - released if member else 0,
        "evaluation": evaluation,
        "price": f"{evaluation.price_yen:,}" if evaluation and evaluation.price_yen else "",
        "judge": notice_queries.may_see_proposals(request.principal, row),
        "may_open": stage == "noticed" and last is not None and last.opening_at is not None and last.opening_at <= request.now,
        "period": _period_lines(last) if stage == "noticed" and last and member else [],
        "period_short": last is not None and (not last.period or last.period.get("outcome") == "warned"),
    }
    return render(request, "procurement/notice.html", context)


def _obstacle_count(row: Case) -> int:
    try:
        return len(queries.obstacles_of(row, queries.derivation_of(row)))
    except InputError:
        return 1  # the answers cannot be read, which the first page of the case says


def _period_lines(last: Notice) -> list[str]:
    """How the time for bids of a notice was checked; said where there is no record of it."""
    if not last.period and last.proposals_until is not None:
        return warning_lines((Warned("procurement_notice.period_unrecorded", {}),))
    return warning_lines(notice_period.period_lines(last.period))


@require_http_methods(["GET", "POST"])
@page
def publish(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """The days, then exactly what is frozen with its hash, then the notice."""
    shown = case_page(request, case_id, TAB)
    queries.require_part(request.principal, shown.case, "procurement.notice", MemberPart.OWNER)
    initial = {"published_on": timezone.localdate(request.now)}
    form = NoticeForm(request.POST or None, terms=notice_period.known_terms(shown.case), initial=initial)
    context: dict[str, Any] = {**shown.context, "form": form, "lines": [], "correction": False}
    if request.method == "POST" and form.is_valid():
        days = {**form.days, "period": form.period}
        try:
            if request.POST.get("do") == "publish":
                actions.publish_notice(request.principal, shown.case, expected_sha256=_expected(request), now=request.now, **days)
                messages.success(request, _("公告の内容を確定しました。変えるときは、訂正の公告をします。"))
                return redirect(TAB, code, case_id)
            frozen = actions.preview_notice(request.principal, shown.case, now=request.now, **days)
        except (InputError, Conflict) as error:
            context["lines"] = beside_fields(form, error, request.principal.language, columns=PERIOD_COLUMNS)
        else:
            context |= _preview(request, frozen)
    return render(request, "procurement/notice_publish.html", context, status=422 if context["lines"] or form.errors else 200)


def _expected(request: PageRequest) -> str:
    """The hash of the preview. Without one nothing is frozen: nobody would have seen it."""
    return request.POST.get("expected", "")[:64] or "0"


def _preview(request: PageRequest, frozen: Frozen) -> dict[str, Any]:
    """Exactly what is frozen, for the page."""
    made = decode(msgspec.json.encode(frozen.document))
    return {
        "preview": frozen,
        "award": AWARD_NAMES.get(frozen.award, frozen.award),
        "counts": (
            sum(1 for one in frozen.derivation.requirements if one.holds),
            len(frozen.derivation.included),
            len(frozen.content["criteria"]),
        ),
        "criteria": frozen.content["criteria"],
        "body": mark_safe(render_html(made, embed=True)),  # noqa: S308 - made by documents, which escapes
        "period": warning_lines(notice_period.period_lines(frozen.period)),
        "period_short": frozen.period.get("outcome") == "warned",
        "again": [(name, value) for name, values in request.POST.lists() if name not in _NOT_AGAIN for value in values],
    }


@require_http_methods(["GET", "POST"])
@page
def correct(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """訂正公告: days, wordings and values anew, with the reason; previewed in the same way."""
    shown = case_page(request, case_id, TAB)
    queries.require_part(request.principal, shown.case, "procurement.notice", MemberPart.OWNER)
    last = notice_queries.notices(shown.case).first()
    if last is None:
        raise NotFound("access.not_found")
    derivation = demanded(shown.case)
    titles = [(clause.id, f"{clause.id}　{clause.title.get(language())}") for clause in derivation.included]
    places = {place.key: (place.name, place.value or "") for clause in derivation.included for place in clause.places}
    initial = {name: getattr(last, name) for name in ("questions_until", "proposals_until", "opening_at")}
    fields: dict[str, Any] = {
        "clauses": titles,
        "places": [(key, name, value) for key, (name, value) in places.items()],
        "terms": notice_period.known_terms(shown.case),
    }
    if request.POST.get("do") == "more":  # one more clause: what was typed stays, and nothing is checked yet
        more = CorrectionForm(initial=_typed(request, shown.case), rows=_rows(request) + 1, **fields)
        return render(
            request, "procurement/notice_publish.html", {**shown.context, "form": more, "correction": True, "last": last}
        )
    initial["published_on"] = timezone.localdate(request.now)
    form = CorrectionForm(request.POST or None, rows=_rows(request), initial=initial, **fields)
    context: dict[str, Any] = {**shown.context, "form": form, "lines": [], "correction": True, "last": last}
    if request.method == "POST" and form.is_valid():
        given = _correction(shown.case, form)
        try:
            if request.POST.get("do") == "publish":
                made = actions.correct_notice(
                    request.principal, shown.case, expected_sha256=_expected(request), now=request.now, **given
                )
                messages.success(request, _("訂正の公告 %(number)s を確定しました。") % {"number": made.number - 1})
                return redirect(TAB, code, case_id)
            frozen = actions.preview_correction(request.principal, shown.case, now=request.now, **given)
        except (InputError, Conflict) as error:
            columns = {**PERIOD_COLUMNS, **{f"values.{key}": name for name, key in form.places.items()}}
            context["lines"] = beside_fields(form, error, request.principal.language, columns=columns)
        else:
            context |= _preview(request, frozen)
    return render(request, "procurement/notice_publish.html", context, status=422 if context["lines"] or form.errors else 200)


def _correction(row: Case, form: CorrectionForm) -> dict[str, Any]:
    """What the form asks for, as the action takes it; what was decided about a clause before stays."""
    chosen = row.answers.get("clauses", {})
    changes: dict[str, Any] = {f"clauses.{name}": {**chosen.get(name, {}), "text": text} for name, text in form.wordings.items()}
    changes |= {f"values.{key}": value for key, value in form.values.items()}
    return {"reason": form.cleaned_data["reason"], **form.days, "period": form.period, "changes": changes}


def _rows(request: PageRequest) -> int:
    """How many clauses the page had room for."""
    return max((int(n) + 1 for name in request.POST if (n := name.removeprefix("clause")) in _ROW_NUMBERS), default=1)


def _typed(request: PageRequest, row: Case) -> dict[str, Any]:
    """What was typed; a clause that was chosen and not worded yet begins with its present text."""
    typed: dict[str, Any] = {name: values[-1] for name, values in request.POST.lists()}
    typed["shortened"] = request.POST.getlist("shortened")
    rules, chosen = queries.rules_of(row), row.answers.get("clauses", {})
    for number in range(_rows(request)):
        name = typed.get(f"clause{number}", "")
        if name and not typed.get(f"text{number}", "").strip():
            own = str(chosen.get(name, {}).get("text", ""))
            typed[f"text{number}"] = own or present_wording(rules, demanded(row), name)
    return typed


@require_safe
@page
def show(request: PageRequest, code: str, case_id: uuid.UUID, number: int) -> HttpResponse:
    """One notice as it was published."""
    del code
    shown = case_page(request, case_id, TAB)
    row = notice_queries.notice(shown.case, number)
    body = ""
    if row.document:
        body = mark_safe(render_html(decode(msgspec.json.encode(row.document)), embed=True))  # noqa: S308 - escaped by documents
    context = {
        **shown.context,
        "notice": row,
        "award": AWARD_NAMES.get(row.award, row.award),
        "criteria": row.frozen.get("criteria", []),
        "overall": row.award == "overall",
        "body": body,
        "forms": [(form, FORM_NAMES[form]) for form in FORMATS] if row.document else [],
        "latest": not notice_queries.notices(shown.case).filter(number__gt=number).exists(),
    }
    return render(request, "procurement/notice_show.html", context)


@require_safe
@page
def verify(request: PageRequest, code: str, case_id: uuid.UUID, number: int) -> HttpResponse:
    """Compute the hashes anew and say whether they still agree."""
    del code
    shown = case_page(request, case_id, TAB)
    row = notice_queries.notice(shown.case, number)
    context = {**shown.context, "notice": row, "found": freezing.verify(row)}
    return render(request, "procurement/notice_verify.html", context)


@require_safe
@page
def download(request: PageRequest, code: str, case_id: uuid.UUID, number: int, form: str) -> HttpResponse:
    """The published document as a file; ``json``: the frozen content, whose SHA-256 is the recorded hash."""
    del code
    shown = case_page(request, case_id, TAB)
    row = notice_queries.notice(shown.case, number)
    name = f"{shown.case.number}-notice-{row.number}"
    if form == "json":
        return attachment(rfc8785.dumps(row.frozen), name=f"{name}.json", media_type="application/json")
    if form not in FORMATS or not row.document:
        raise NotFound("access.not_found")
    return document_attachment(decode(msgspec.json.encode(row.document)), form, name=name)


@require_POST
@page
def open_bids(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """開札."""
    shown = case_page(request, case_id, TAB)
    try:
        actions.open_bids(request.principal, shown.case, now=request.now)
    except Conflict as error:
        tell(request, error)
    else:
        messages.success(request, _("開札を記録しました。提案を登録できます。"))
    if shown.case.state == CaseState.OPENED:
        return redirect("procurement:notice_evaluation", code, case_id)
    return redirect(TAB, code, case_id)
