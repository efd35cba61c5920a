"""Two variants, two kept versions, or the present against a version, side by side."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sekisho.engines.derivation import compare, in_words, strength_name
from sekisho.errors import InputError
from sekisho.records.pages import PageRequest, page, say
from sekisho.records.procurement import queries
from sekisho.records.procurement.views.common import case_page, language
from sekisho.standards.rule_sets import STRENGTHS

if TYPE_CHECKING:
    from sekisho.engines.derivation import Comparison, Derivation
    from sekisho.records.procurement.models import Case
    from sekisho.standards.rule_sets import RuleSet

__all__ = ["compare_", "sides_of"]

_NOW: Final = queries.NOW


def sides_of(request_principal: Any, case: Case) -> list[tuple[str, str]]:
    """What may be compared: (key, name) of the present state, kept versions, and the case's variants."""
    found = [(_NOW, _("いまの内容"))]
    for version in queries.versions(case):
        name = _("版%(number)s") % {"number": version.number}
        found.append((f"v{version.number}", f"{name}　{version.note}".strip()))
    root = case.variant_of_id or case.pk
    family = queries.cases(request_principal).filter(variant_of=root) | queries.cases(request_principal).filter(pk=root)
    found += [(f"c{row.pk}", f"{row.number}　{row.title}") for row in family.exclude(pk=case.pk).order_by("number")]
    return found


@require_safe
@page
def compare_(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """What differs, and what it means."""
    del code
    shown = case_page(request, case_id, "procurement:requirements")
    sides = sides_of(request.principal, shown.case)
    keys = [key for key, _name in sides]
    left = request.GET.get("from") or next((key for key in keys if key != _NOW), "")
    right = request.GET.get("to") or _NOW
    context: dict[str, Any] = {**shown.context, "sides": sides, "left": left, "right": right, "lines": []}
    if not left:
        return render(request, "procurement/compare.html", context)
    try:
        before = queries.derivation_of_side(request.principal, shown.case, left)
        after = queries.derivation_of_side(request.principal, shown.case, right)
    except InputError as error:
        context["lines"] = say(error, request.principal.language)
        return render(request, "procurement/compare.html", context, status=422)
    names = dict(sides)
    found = compare(before, after)
    context |= {
        "left_name": names.get(left, left),
        "right_name": names.get(right, right),
        "found": found,
        **in_rows(found, before, after, queries.rules_of(shown.case), language()),
    }
    return render(request, "procurement/compare.html", context)


def in_rows(found: Comparison, before: Derivation, after: Derivation, rules: RuleSet, spoken: str) -> dict[str, Any]:
    """The differences in words, one list for each kind; and what the changed strengths mean for cost and operation."""
    given = [{a.question: a.value for a in d.answers} for d in (before, after)]
    held = [{c.id: c.value for c in d.conditions} for d in (before, after)]
    texts = [{c.id: c for c in d.clauses} for d in (before, after)]

    def named(kind: str, name: str) -> str:
        item = rules.find(kind, name)
        return item.title.get(spoken) if item else name

    def clause(name: str, side: int) -> dict[str, Any]:
        result = texts[side][name]
        lines = [result.text.get(spoken), *(item.get(spoken) for item in result.items)]
        return {"id": name, "title": result.title.get(spoken), "lines": lines}

    return {
        "answers": [
            (named("questions", name), *(in_words(q, side.get(name), spoken) if q else "" for side in given))
            for name in found.answers
            for q in (rules.find("questions", name),)
        ],
        "conditions": [(name, named("conditions", name), held[0].get(name), held[1].get(name)) for name in found.conditions],
        "decisions": [
            (named("decisions", d.id), _outcome(before, d.id, spoken), _outcome(after, d.id, spoken)) for d in found.decisions
        ],
        "requirements": [_requirement(change, rules, spoken) for change in found.requirements],
        "added": [clause(name, 1) for name in found.added_clauses],
        "removed": [clause(name, 0) for name in found.removed_clauses],
        "changed": [(clause(name, 0), clause(name, 1)) for name in found.changed_clauses],
    }


def _outcome(derivation: Derivation, name: str, spoken: str) -> str:
    found = next((d for d in derivation.decisions if d.id == name), None)
    return found.title.get(spoken) if found and found.title else ""


def _requirement(change: Any, rules: RuleSet, spoken: str) -> dict[str, Any]:
    """A changed requirement: both states, whether it demands more or less, what that costs."""
    rule = rules.find("requirements", change.id)

    def state(side: tuple[str, str, str] | None) -> str:
        if side is None:
            return ""
        low, high, level = (strength_name(name, spoken) for name in side)
        return f"{level}（{low if low == high else f'{low}–{high}'}）"

    order = [-1 if side is None else STRENGTHS.index(side[2]) for side in (change.before, change.after)]
    demand = rule.levels[change.after[2]] if rule and change.after else None
    return {
        "id": change.id,
        "title": rule.title.get(spoken) if rule else change.id,
        "before": state(change.before),
        "after": state(change.after),
        "direction": "more" if order[1] > order[0] else "less" if order[1] < order[0] else "same",
        "cost": demand.cost.get(spoken) if demand else "",
        "operation": demand.operation.get(spoken) if demand else "",
    }
