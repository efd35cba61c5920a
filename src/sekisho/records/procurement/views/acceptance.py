"""受入れの確かめ: the table of tests, one test with its evidence, several at once, the sheet out and back."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.errors import Conflict, InputError
from sekisho.records import staging
from sekisho.records.downloads import attachment
from sekisho.records.pages import PageRequest, page, say
from sekisho.records.procurement import actions
from sekisho.records.procurement.actions.acceptance import TESTERS
from sekisho.records.procurement.forms.contract import STATES, AttachForm, DecideForm, DeliveryForm, SheetForm
from sekisho.records.procurement.models import CaseState, TestState
from sekisho.records.procurement.queries import contract as contract_queries
from sekisho.records.procurement.rules.contract import test_ref
from sekisho.records.procurement.rules.deliveries import figures, kinds_of, missing_kinds
from sekisho.records.procurement.sheets import apply_sheet, plan_sheet, write_sheet
from sekisho.records.procurement.views.common import CasePage, case_page, language
from sekisho.records.procurement.views.contract import TAB, may
from sekisho.records.procurement.views.errors import at_problems, beside_fields, sentences
from sekisho.records.subjects.queries import uuid_of
from sekisho.records.tabular import XLSX_TYPE
from sekisho.standards import texts

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sekisho.records.evidence.models import Evidence
    from sekisho.records.procurement.models import AcceptanceTest

__all__ = ["bulk", "detach", "export", "sheet", "sheet_confirm", "test", "tests"]

PER_PAGE: Final = 50
_SHOWN: Final = 5
PURPOSE: Final = "procurement.tests"
_MARKS: Final = {"open": "dashed", "passed": "ok", "failed": "bad", "waived": "info"}
_OPEN: Final = (CaseState.CONTRACTED, CaseState.ACCEPTED, CaseState.OPERATING)


def _word(kind: str, name: str) -> str:
    return texts.render(f"procurement_contract.{kind}_{name}", {}, language())


def _filtered(request: PageRequest, shown: CasePage) -> QuerySet[AcceptanceTest]:
    given = request.GET
    return contract_queries.acceptance_tests(
        shown.case,
        state=given.get("state", "") if given.get("state") in TestState.values else "",
        by=given.get("by", "")[:16],
        text=given.get("q", "").replace("\0", "").strip()[:100],
        lacking=given.get("evidence") == "none",
    )


def row_of(test_: AcceptanceTest) -> dict[str, Any]:
    """One test for a table; its evidence should be loaded already."""
    attached = [kinds_of(kind=e.kind, document_kind=e.document_kind, engine=e.engine_name) for e in test_.evidence.all()]
    lang = language()
    return {
        "test": test_,
        "ref": test_ref(test_.clause, test_.position),
        "demand": test_.demand.get(lang) or test_.demand.get("ja", ""),
        "shown": test_.shown.get(lang) or test_.shown.get("ja", ""),
        "by": _word("by", test_.by),
        "state": _word("state", test_.state),
        "style": _MARKS[test_.state],
        "wanted": [(_word("wanted", kind), kind not in missing_kinds(test_.wanted, attached)) for kind in test_.wanted],
        "attached": len(attached),
    }


def _may_test(request: PageRequest, shown: CasePage) -> bool:
    return shown.case.state in _OPEN and may(request, shown, "procurement.accept", *TESTERS)


@require_safe
@page
def tests(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Every test with what is wanted, what is attached, how it came out."""
    del code
    shown = case_page(request, case_id, TAB)
    page_ = Paginator(_filtered(request, shown).prefetch_related("evidence__observation"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    counts = contract_queries.test_counts(shown.case)
    context: dict[str, Any] = {
        **shown.context,
        "page": page_,
        "rows": [row_of(row) for row in page_],
        "counts": [(state, _word("state", state), counts[state]) for state in TestState.values],
        "total": sum(counts.values()),
        "bys": [(name, _word("by", name)) for name in ("supplier", "buyer", "third_party")],
        "may_test": _may_test(request, shown),
        "states": STATES,
        "query": request.GET.urlencode(),
        "filtered": any(request.GET.get(name) for name in ("q", "state", "by", "evidence")),
    }
    return render(request, "procurement/tests.html", context)


@require_http_methods(["GET", "POST"])
@page
def test(request: PageRequest, code: str, case_id: uuid.UUID, test_id: uuid.UUID) -> HttpResponse:
    """One test: decide it, attach what shows it, take a delivered file in."""
    shown = case_page(request, case_id, TAB)
    row = contract_queries.acceptance_test(shown.case, test_id)
    doing = request.POST.get("do", "")
    candidates = contract_queries.evidence_candidates(request.principal, shown.case, now=request.now)
    forms_: dict[str, Any] = {
        "decide": DecideForm(
            request.POST if doing == "decide" else None,
            initial={"version": row.version, "result": row.result, "state": row.state if row.state != "open" else ""},
            auto_id="d_%s",
        ),
        "attach": AttachForm(
            request.POST if doing == "attach" else None,
            candidates=[(str(e.pk), f"{_called(e)}（{e.subject.name}）") for e in candidates],
            auto_id="a_%s",
        ),
        "deliver": DeliveryForm(
            request.POST if doing == "deliver" else None,
            request.FILES if doing == "deliver" else None,
            auto_id="u_%s",
        ),
    }
    lines: list[str] = []
    if doing in forms_ and forms_[doing].is_valid():
        try:
            said = _do(request, shown, row, doing, forms_[doing].cleaned_data)
        except (InputError, Conflict) as error:
            lines = beside_fields(forms_[doing], error, request.principal.language)
        else:
            messages.success(request, said)
            return redirect("procurement:acceptance_test", code, case_id, test_id)
    form = forms_.get(doing)
    context: dict[str, Any] = {
        **shown.context,
        **row_of(row),
        "forms": forms_,
        "form": form,
        "lines": lines,
        "evidence": [
            (one, _called(one), figures(one.observation.measures.all(), language=language()) if one.observation else ())
            for one in row.evidence.select_related("subject", "observation").prefetch_related("observation__measures")
        ],
        **_beside(shown, row),
        "finding": contract_queries.finding_of(request.principal, row),
        "may_test": _may_test(request, shown),
        "may_add": request.principal.may("evidence.add", shown.case.organization_id),
        "may_detach": shown.case.state == CaseState.CONTRACTED and _may_test(request, shown),
    }
    return render(request, "procurement/test.html", context, status=422 if lines or (form and form.errors) else 200)


def _called(evidence: Evidence) -> str:
    """What a reader calls an evidence: a document by its title, an observation by what was measured."""
    code = f"evidence.engine_{evidence.engine_name}"
    return texts.render(code, {}, language()) if texts.known(code) else evidence.title


def _beside(shown: CasePage, row: AcceptanceTest) -> dict[str, Any]:
    """The tests before and after this one, and the next one that nobody decided yet (after it, else from the beginning)."""
    every = list(contract_queries.acceptance_tests(shown.case).values_list("pk", "clause", "position", "state"))
    at = next(n for n, one in enumerate(every) if one[0] == row.pk)
    waiting = [one for one in (*every[at + 1 :], *every[:at]) if one[3] == TestState.OPEN]

    def link(one: tuple[uuid.UUID, str, int, str]) -> dict[str, Any]:
        return {"pk": one[0], "ref": test_ref(one[1], one[2])}

    return {
        "before": link(every[at - 1]) if at else None,
        "after": link(every[at + 1]) if at + 1 < len(every) else None,
        "next_open": link(waiting[0]) if waiting else None,
        "waiting": len(waiting),
    }


def _do(request: PageRequest, shown: CasePage, row: AcceptanceTest, doing: str, values: dict[str, Any]) -> str:
    """Carry out what a form of a test's page asks; returns what to say."""
    if doing == "decide":
        actions.decide_test(
            request.principal, row, state=values["state"], version=values["version"], result=values["result"], now=request.now
        )
        return _("結果を記録しました。")
    if doing == "attach":
        actions.attach_evidence(
            request.principal, shown.case, evidence_id=uuid_of(values["evidence"]), test_ids=[row.pk], now=request.now
        )
        return _("エビデンスを付けました。")
    file = values["file"]
    actions.take_delivery(
        request.principal,
        shown.case,
        test_ids=[row.pk],
        form=values["form"],
        file_name=str(file.name),
        untrusted=file.read(settings.SEKISHO_MAX_UPLOAD + 1),
        title=values["title"],
        document_kind=values["document_kind"],
        now=request.now,
    )
    return _("納められたものを受け取り、この確かめに付けました。")


@require_POST
@page
def detach(request: PageRequest, code: str, case_id: uuid.UUID, test_id: uuid.UUID) -> HttpResponse:
    """Take an evidence off."""
    shown = case_page(request, case_id, TAB)
    row = contract_queries.acceptance_test(shown.case, test_id)
    actions.detach_evidence(request.principal, row, evidence_id=uuid_of(request.POST.get("evidence", "")), now=request.now)
    messages.success(request, _("エビデンスを外しました。"))
    return redirect("procurement:acceptance_test", code, case_id, test_id)


@require_POST
@page
def bulk(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Several tests at once: first what would be decided, then (``confirm``) do it with the versions that were shown."""
    shown = case_page(request, case_id, TAB)
    given = request.POST
    wanted = [uuid_of(one) for one in given.getlist("test")[:500]]
    state, result = given.get("state", ""), given.get("result", "")
    rows = contract_queries.acceptance_tests(shown.case).filter(pk__in=wanted).prefetch_related("evidence__observation")
    lines: list[str] = []
    wrong: list[str] = []
    if not wanted or state not in dict(STATES):
        lines = [_("確かめと、結果を選んでください。")]
    elif given.get("confirm"):
        decisions = [
            actions.Decision(
                row.pk, int(version) if (version := given.get(f"version-{row.pk}", "")).isdecimal() else 0, state, result
            )
            for row in rows
        ]
        try:
            done = actions.decide_tests(request.principal, shown.case, decisions=decisions, now=request.now)
        except (InputError, Conflict) as error:
            wrong = [line for at, line in at_problems(error, request.principal.language) if at == "result"]
            if (more := len(wrong) - _SHOWN) > 0:
                wrong = [*wrong[:_SHOWN], ngettext("ほかに%(n)s件あります。", "ほかに%(n)s件あります。", more) % {"n": more}]
            lines = wrong or sentences(error, request.principal.language)
        else:
            messages.success(request, _("%(n)s件の結果を記録しました。") % {"n": done})
            return redirect("procurement:acceptance_tests", code, case_id)
    context = {
        **shown.context,
        "rows": [row_of(row) for row in rows],
        "state": state,
        "state_name": dict(STATES).get(state, ""),
        "result": result[:4000],
        "lines": lines,
        "wrong": wrong,
        "errors": [("result" if wrong else "", line) for line in lines],
    }
    return render(request, "procurement/tests_bulk.html", context, status=422 if lines else 200)


@require_safe
@page
def export(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """The tests that the list shows as a workbook, for those who test."""
    del code
    shown = case_page(request, case_id, TAB)
    content = write_sheet(_filtered(request, shown), title=_("受入れの確かめ"), language=request.principal.language)
    name = f"tests-{shown.case.number}-{timezone.localdate(request.now)}.xlsx"
    return attachment(content, name=name, media_type=XLSX_TYPE)


@require_http_methods(["GET", "POST"])
@page
def sheet(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Read a filled-in sheet and show what it would change; nothing is written yet."""
    del code
    shown = case_page(request, case_id, TAB)
    form = SheetForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {**shown.context, "form": form, "lines": []}
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        untrusted, name = file.read(settings.SEKISHO_MAX_UPLOAD), str(file.name)
        plan = plan_sheet(shown.case, untrusted=untrusted, name=name)
        if plan.problems:
            error = InputError("procurement_contract.sheet_rejected", problems=tuple(plan.problems), count=len(plan.problems))
            context["lines"] = say(error, request.principal.language)
        else:
            context |= {
                "plan": plan,
                "name": name,
                "rows": [(row, _word("state", row.before), _word("state", row.state)) for row in plan.rows],
                "ticket": staging.keep(
                    request.principal,
                    content=untrusted,
                    name=name,
                    purpose=f"{PURPOSE}.{shown.case.pk}",
                    organization_id=shown.case.organization_id,
                    now=request.now,
                ),
            }
    return render(request, "procurement/tests_sheet.html", context, status=422 if form.errors or context["lines"] else 200)


@require_POST
@page
def sheet_confirm(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Take in the sheet that was previewed."""
    shown = case_page(request, case_id, TAB)
    untrusted, name = staging.take(
        request.principal,
        ticket=request.POST.get("ticket", ""),
        purpose=f"{PURPOSE}.{shown.case.pk}",
        organization_id=shown.case.organization_id,
    )
    token = request.POST.get("token", "")
    plan = apply_sheet(request.principal, shown.case, untrusted=untrusted, name=name, token=token, now=request.now)
    messages.success(request, _("%(n)s件の結果を取り込みました。") % {"n": len(plan.rows)})
    return redirect("procurement:acceptance_tests", code, case_id)
