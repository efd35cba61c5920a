"""実施レベルと条項: what the rules propose, what people decide, and the reasons behind both."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sekisho.engines.derivation import explain, in_words, strength_name
from sekisho.errors import InputError, NotFound
from sekisho.records.pages import PageRequest, page
from sekisho.records.procurement import queries
from sekisho.records.procurement.models import MemberPart
from sekisho.records.procurement.rules.deciding import accept_changes, decision_change, filter_results
from sekisho.records.procurement.views.common import CasePage, case_page, language
from sekisho.records.procurement.views.placing import placed
from sekisho.records.procurement.views.saving import save
from sekisho.records.procurement.writing import named_places, why_lines
from sekisho.records.procurement.writing.links import grounds_of, questions_behind
from sekisho.standards.rule_sets import STRENGTHS

if TYPE_CHECKING:
    from sekisho.engines.derivation import Derivation, Fired, RequirementResult
    from sekisho.records.procurement.writing import Material

__all__ = ["accept", "require_editor", "requirement", "requirements"]

_CURRENT: Final = "procurement:requirements"
_FILTERS: Final = ("outside", "undecided", "reason", "raised")
_REASON: Final = {"procurement_deciding.reason_needed", "procurement_deciding.too_long"}


def require_editor(request: PageRequest, shown: CasePage) -> None:
    """Raise NotPermitted unless the reader may change answers of the case."""
    queries.require_part(request.principal, shown.case, "procurement.edit", MemberPart.OWNER, MemberPart.EDITOR)


def range_marks(result: RequirementResult, spoken: str) -> dict[str, Any]:
    """A range as its mark shows it: three steps, which of them lie in the range, which one counts."""
    low, high, level = (STRENGTHS.index(name) for name in (result.low, result.high, result.level))
    names = [strength_name(name, spoken) for name in STRENGTHS]
    return {
        "steps": [{"inside": low <= i <= high, "chosen": i == level} for i in range(len(STRENGTHS))],
        "range": names[low] if low == high else f"{names[low]}–{names[high]}",
        "level": names[level],
        "proposed": strength_name(result.proposed, spoken),
        "possible": strength_name(result.possible, spoken) if result.possible != result.high else "",
    }


def _row(result: RequirementResult, material: Material, code: str, case_id: uuid.UUID) -> dict[str, Any]:
    rule = material.requirement(result.id)
    return {
        "result": result,
        "title": rule.title.get(material.language),
        "translated": rule.title.is_translation,
        "verified": rule.verified,
        "marks": range_marks(result, material.language),
        "why": why_lines(material, result),
        "short": _short(result, material),
        "cited": material.outline.cited(result.id),
        "url": reverse("procurement:requirement", args=[code, case_id, result.id]),
    }


def _short(result: RequirementResult, material: Material) -> str:
    """The conditions that raised the range, by name."""
    names = dict.fromkeys(name for fired in result.fired for name in fired.conditions)
    titles = [f"{name} {material.rules.find('conditions', name).title.get(material.language)}" for name in names]
    return ("、" if material.language == "ja" else ", ").join(titles)


def _groups(material: Material, results: tuple[RequirementResult, ...], code: str, case_id: uuid.UUID) -> list[dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = {}
    for result in results:
        group = material.requirement(result.id).group
        if group not in groups:
            found = material.rules.find("groups", group)
            groups[group] = {"id": group, "title": found.title.get(material.language) if found else group, "rows": []}
        groups[group]["rows"].append(_row(result, material, code, case_id))
    return list(groups.values())


@require_safe
@page
def requirements(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """All requirements with range, proposal and decision, and why."""
    shown = case_page(request, case_id, _CURRENT)
    material = queries.material_of(shown.case, language=language(), now=request.now)
    derivation = material.derivation
    which = request.GET.get("show", "")
    which = which if which in _FILTERS else ""
    results = filter_results(derivation, which)
    left = [
        {
            "id": result.id,
            "title": material.requirement(result.id).title.get(material.language),
            "why": why_not(result, material),
        }
        for result in derivation.requirements
        if result.holds is False
    ]
    context = {
        **shown.context,
        "groups": _groups(material, results, code, case_id),
        "total": len(filter_results(derivation, "")),
        "counts": {name: len(filter_results(derivation, name)) for name in _FILTERS},
        "decided": sum(result.decided for result in filter_results(derivation, "")),
        "which": which,
        "left": left,
        "acceptable": len(accept_changes(derivation)),
        "unanswered": [
            (material.rules.find("questions", name).title.get(material.language), name) for name in derivation.unanswered
        ],
        "checks": checks_of(derivation, language(), requirements_only=True),
        "note": material.rules.confidence_note.get(material.language),
    }
    return render(request, "procurement/requirements.html", context)


def why_not(result: RequirementResult, material: Material) -> list[str]:
    """Why a requirement does not apply."""
    return explain(result.holds_because, material.rules, material.language) if result.holds_because else []


def checks_of(derivation: Derivation, spoken: str, *, requirements_only: bool = False, about: str = "") -> list[dict[str, Any]]:
    """Warnings and errors, those about requirements (or one of them)."""
    return [
        {"bad": check.severity == "error", "message": check.message.get(spoken), "ids": check.requirements}
        for check in derivation.checks
        if (not requirements_only or check.requirements) and (not about or about in check.requirements)
    ]


@require_http_methods(["GET", "POST"])
@page
def accept(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Decide everything that is undecided as proposed: first shown, then done."""
    shown = case_page(request, case_id, _CURRENT)
    require_editor(request, shown)
    material = queries.material_of(shown.case, language=language(), now=request.now)
    changes = accept_changes(material.derivation)
    back = reverse("procurement:requirements", args=[code, case_id])
    if request.method == "POST":
        if changes and (clash := save(request, shown, changes, back=back)):
            return clash
        messages.success(request, _("提案どおりに決めました。"))
        return redirect(back)
    results = tuple(r for r in material.derivation.requirements if f"decisions.{r.id}" in changes)
    context = {
        **shown.context,
        "groups": _groups(material, results, code, case_id),
        "count": len(changes),
        "version": shown.case.answers_version,
    }
    return render(request, "procurement/requirements_accept.html", context)


@require_http_methods(["GET", "POST"])
@page
def requirement(request: PageRequest, code: str, case_id: uuid.UUID, requirement_id: str) -> HttpResponse:
    """One requirement: three strengths side by side, the rules that fired, the decision."""
    shown = case_page(request, case_id, _CURRENT)
    material = queries.material_of(shown.case, language=language(), now=request.now)
    result = material.derivation.requirement(requirement_id)
    if result is None:
        raise NotFound("access.not_found")
    errors: list[tuple[str, str]] = []
    given: dict[str, str] | None = None
    if request.method == "POST":
        require_editor(request, shown)
        given = {"level": request.POST.get("level", ""), "reason": request.POST.get("reason", "")}
        try:
            changes = decision_change(material.derivation, requirement_id, **given)
        except InputError as error:
            errors = placed(error, request.principal.language, lambda code, _: "reason" if code in _REASON else "level-low")
        else:
            stay = reverse("procurement:requirement", args=[code, case_id, requirement_id])
            if clash := save(request, shown, changes, back=stay):
                return clash
            messages.success(request, _("決定を保存しました。") if given["level"] else _("決定を取り消しました。"))
            following = _next(material.derivation, requirement_id) if request.POST.get("do") == "next" else None
            return redirect("procurement:requirement", code=code, case_id=case_id, requirement_id=following or requirement_id)
    context = {
        **shown.context,
        **_whole(material, result, code, case_id, given),
        "errors": errors,
        "version": shown.case.answers_version,
    }
    return render(request, "procurement/requirement.html", context, status=422 if errors else 200)


def _next(derivation: Derivation, requirement_id: str) -> str | None:
    """The next undecided requirement after this one, round the list."""
    ids = [r.id for r in derivation.requirements if r.holds is not False]
    start = ids.index(requirement_id) if requirement_id in ids else 0
    undecided = {r.id for r in derivation.requirements if r.holds is not False and not r.decided} - {requirement_id}
    return next((name for name in [*ids[start + 1 :], *ids[:start]] if name in undecided), None)


def _whole(
    material: Material, result: RequirementResult, code: str, case_id: uuid.UUID, given: dict[str, str] | None
) -> dict[str, Any]:
    spoken = material.language
    rule = material.requirement(result.id)
    low, high = STRENGTHS.index(result.low), STRENGTHS.index(result.high)
    wanted = given or {"level": result.level, "reason": result.reason}
    ids = [r.id for r in material.derivation.requirements]
    here = ids.index(result.id)
    return {
        **_row(result, material, code, case_id),
        "rule": rule,
        "threat": rule.threat.get(spoken),
        "purpose": rule.purpose.get(spoken),
        "note": rule.note.get(spoken) if rule.note else "",
        "levels": [
            {
                "id": name,
                "name": strength_name(name, spoken),
                "inside": low <= position <= high,
                "counts": name == result.level,
                "proposed": name == result.proposed,
                "chosen": name == wanted["level"],
                "demand": demand.demand.get(spoken),
                "clause": named_places(material, demand.clause),
                "cost": demand.cost.get(spoken),
                "operation": demand.operation.get(spoken),
                "acceptance": demand.acceptance.shown.get(spoken),
            }
            for position, name in enumerate(STRENGTHS)
            for demand in (rule.levels[name],)
        ],
        "reason": wanted["reason"],
        "fired": [_fired(fired, result.id, material, code, case_id) for fired in result.fired],
        "open": [_open(fired, material, code, case_id) for fired in result.open_rules],
        "why_holds": why_not(result, material),
        "clause": next((c for c in material.derivation.clauses if c.id == result.id), None),
        "checks": checks_of(material.derivation, spoken, about=result.id),
        "before": ids[here - 1] if here else "",
        "after": ids[here + 1] if here + 1 < len(ids) else "",
    }


def question_link(material: Material, name: str, code: str, case_id: uuid.UUID) -> dict[str, str]:
    """A question with its answer and its page."""
    question = material.rules.find("questions", name)
    value = next((a.value for a in material.derivation.answers if a.question == name), None)
    return {
        "title": question.title.get(material.language),
        "answer": in_words(question, value, material.language),
        "url": reverse("procurement:question", args=[code, case_id, name]),
    }


def _fired(fired: Fired, requirement_id: str, material: Material, code: str, case_id: uuid.UUID) -> dict[str, Any]:
    """A rule that raised the range, its conditions, and the answers behind."""
    spoken = material.language
    grounds = grounds_of(fired.because, material.derivation, decisive=True)
    rule = next((r for r in material.requirement(requirement_id).rules if r.id == fired.rule), None)
    return {
        "rule": fired.rule,
        "to": strength_name(fired.to, spoken),
        "verified": rule.verified if rule else "proposal",
        "conditions": [(name, material.rules.find("conditions", name).title.get(spoken)) for name in fired.conditions],
        "questions": [question_link(material, name, code, case_id) for name in dict.fromkeys(g.question for g in grounds)],
    }


def _open(fired: Fired, material: Material, code: str, case_id: uuid.UUID) -> dict[str, Any]:
    """A rule that may still raise the range, and the open questions that decide it."""
    missing = {a.question for a in material.derivation.answers if a.value is None and a.asked is not False}
    names = [q.id for q in material.rules.questions if q.id in missing & questions_behind(fired.because, material.derivation)]
    return {
        "to": strength_name(fired.to, material.language),
        "questions": [question_link(material, name, code, case_id) for name in names],
    }
