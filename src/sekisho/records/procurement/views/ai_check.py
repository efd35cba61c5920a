"""The check of a generative AI: begun from a procurement, its judgement, the CAIO's part, its check lists, its document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from sekisho.documents import FORMATS
from sekisho.engines.derivation import explain, strength_name
from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.pages import PageRequest, page, tell
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.files import document_attachment
from sekisho.records.procurement.models import CaseState, MemberPart
from sekisho.records.procurement.queries import ai_check as ai_queries
from sekisho.records.procurement.rules.wording import places_filled
from sekisho.records.procurement.views.common import case_page, language

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping

    from sekisho.engines.derivation import Derivation
    from sekisho.standards.rule_sets import RuleSet

_STATES: Final = {
    "open": ("warn", gettext_lazy("まだ")),
    "done": ("ok", gettext_lazy("確かめた")),
    "not_applicable": ("", gettext_lazy("当たらない")),
    "undecided": ("dashed", gettext_lazy("まだ決まらない")),
    "off": ("", gettext_lazy("求めない")),
}
_STYLES: Final = {
    "high": "bad",
    "out_of_scope": "",
    "possible": "warn",
    "low": "ok",
    "stop": "bad",
    "board": "warn",
    "caio": "warn",
}


def _outcomes(derivation: Derivation, rules: RuleSet) -> list[dict[str, Any]]:
    """High risk or not, and the CAIO's part, with the rules' reasons."""
    spoken = language()
    made = []
    for name in ("high_risk", "caio"):
        found = next((one for one in derivation.decisions if one.id == name), None)
        rule = rules.find("decisions", name)
        if found is None or rule is None:
            continue
        made.append(
            {
                "id": name,
                "title": rule.title.get(spoken),
                "outcome": found.title.get(spoken) if found.title else "",
                "style": _STYLES.get(found.value or "", "info") if found.value else "dashed",
                "reason": found.reason.get(spoken) if found.reason else "",
                "because": explain(found.because, rules, spoken)[:10],
                "basis": rule.basis.get(spoken) if rule.basis else "",
                "verified": rule.verified,
            }
        )
    return made


@require_safe
@page
def show(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Of a check: its result and its lists. Of a procurement: the checks that belong to it."""
    del code
    shown = case_page(request, case_id, "procurement:ai")
    row = shown.case
    if row.rule_set != ai_queries.RULE_SET:
        checks = []
        for one in ai_queries.ai_checks_of(request.principal, row)[:20]:
            derived = queries.derivation_of(one)
            checks.append({"case": one, "outcomes": _outcomes(derived, queries.rules_of(one)), "open": len(derived.unanswered)})
        may = bool(shown.parts & {MemberPart.OWNER, MemberPart.EDITOR}) and row.state not in {
            CaseState.CANCELLED,
            CaseState.RETIRED,
        }
        wanted = row.answers.get("answers", {}).get("generative_ai")
        context = {**shown.context, "checks": checks, "may_start": may, "wanted": wanted}
        return render(request, "procurement/ai_checks.html", context)
    derived, rules, spoken = queries.derivation_of(row), queries.rules_of(row), language()
    places = {clause.id: {place.name: place.value for place in clause.places if place.value} for clause in derived.clauses}
    lists = [
        {
            "id": part,
            "title": rules.find("parts", part).title.get(spoken),
            "lines": [_line(one, spoken, places.get(one.clause.id, {}), rules) for one in lines if one.state != "off"],
            "off": sum(one.state == "off" for one in lines),
            "done": sum(one.state in {"done", "not_applicable"} for one in lines),
            "total": sum(one.state in {"done", "not_applicable", "open"} for one in lines),
        }
        for part, lines in ai_queries.check_lists(row, derived).items()
    ]
    risks = [
        {
            "id": one.id,
            "title": rules.find("requirements", one.id).title.get(spoken),
            "holds": one.holds,
            "level": strength_name(one.level, spoken),
            "demand": rules.find("requirements", one.id).levels[one.level].demand.get(spoken),
            "verified": rules.find("requirements", one.id).verified,
        }
        for one in derived.requirements
    ]
    context = {
        **shown.context,
        "outcomes": _outcomes(derived, rules),
        "lists": lists,
        "risks": risks,
        "unanswered": len(derived.unanswered),
        "procurement": ai_queries.checked_procurement(request.principal, row),
        "note": rules.confidence_note.get(spoken),
        "may_tick": bool(shown.parts & {MemberPart.OWNER, MemberPart.EDITOR})
        and row.state not in {CaseState.CANCELLED, CaseState.RETIRED},
    }
    return render(request, "procurement/ai_check.html", context)


def _line(one: ai_queries.CheckLine, spoken: str, places: Mapping[str, str], rules: RuleSet) -> dict[str, Any]:
    style, word = _STATES[one.state]
    return {
        "id": one.clause.id,
        "title": one.clause.title.get(spoken),
        "text": places_filled(one.clause.text.get(spoken), places, rules, spoken),
        "items": [places_filled(item.get(spoken), places, rules, spoken) for item in one.clause.items],
        "verified": one.clause.verified,
        "style": style,
        "word": word,
        "state": one.state,
        "row": one.row,
    }


@require_POST
@page
def start(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Begin a check from a procurement."""
    shown = case_page(request, case_id, "procurement:ai")
    try:
        title = request.POST.get("title", "").strip() or _("%(title)sの生成AI") % {"title": shown.case.title[:180]}
        made = actions.start_ai_check(request.principal, shown.case, title=title, now=request.now)
    except (InputError, Conflict) as error:
        tell(request, error)
        return redirect("procurement:ai", code, case_id)
    messages.success(request, _("リスクチェック %(number)s を始めました。設問に答えてください。") % {"number": made.number})
    return redirect("procurement:questions", code, made.pk)


@require_POST
@page
def tick(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Say of an item that it was seen, or why it does not apply."""
    shown = case_page(request, case_id, "procurement:ai")
    given = request.POST
    try:
        actions.tick_ai_item(
            request.principal,
            shown.case,
            clause=given.get("clause", ""),
            state=given.get("state", ""),
            note=given.get("note", ""),
            now=request.now,
        )
    except (InputError, Conflict) as error:
        tell(request, error)
    return redirect("procurement:ai", code, case_id)


@require_safe
@page
def document(request: PageRequest, code: str, case_id: uuid.UUID, form: str) -> HttpResponse:
    """The check as a file."""
    del code
    shown = case_page(request, case_id, "procurement:ai")
    if form not in FORMATS:
        raise NotFound("access.not_found")
    made = ai_queries.ai_check_document(request.principal, shown.case, language=language(), now=request.now)
    return document_attachment(made, form, name=f"{shown.case.number}-ai")
