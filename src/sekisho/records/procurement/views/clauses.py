"""条項: which ones stand in the specification and why, the office's own wording, and the places to be filled."""

from __future__ import annotations

import difflib
import uuid
from typing import TYPE_CHECKING, Any, Final

import msgspec
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sekisho.engines.derivation import derive, explain
from sekisho.errors import InputError, NotFound
from sekisho.records.pages import PageRequest, page, say
from sekisho.records.procurement import queries
from sekisho.records.procurement.rules.deciding import clause_change, place_changes, suggestion_changes
from sekisho.records.procurement.views.common import case_page, language
from sekisho.records.procurement.views.deciding import question_link, require_editor
from sekisho.records.procurement.views.placing import placed
from sekisho.records.procurement.views.saving import save
from sekisho.records.procurement.writing import shown_text
from sekisho.records.procurement.writing.links import grounds_of

if TYPE_CHECKING:
    from sekisho.engines.derivation import ClauseChoice, ClauseResult, PlaceUse
    from sekisho.records.procurement.models import Case
    from sekisho.records.procurement.writing import Material
    from sekisho.standards.rule_sets import Clause, Requirement

__all__ = ["clause", "clauses", "places"]

_CURRENT: Final = "procurement:clauses"
_ALIKE: Final = 0.5
_FILTERS: Final = ("unfilled", "own", "person", "undecided", "left")


def _fits(result: ClauseResult, which: str, choice: ClauseChoice | None = None) -> bool:
    """Whether a clause belongs to a filter. ``choice``: what people decided about it."""
    match which:
        case "unfilled":
            return result.included and any(place.value is None for place in result.places)
        case "own":
            return result.own_text
        case "person":
            return choice is not None and (choice.included is not None or bool(choice.reason))
        case "undecided":
            return result.offered is None
        case "left":
            return result.offered is not None and not result.included
    return True


def _row(result: ClauseResult, material: Material, code: str, case_id: uuid.UUID) -> dict[str, Any]:
    entry = material.outline.by_clause.get(result.id)
    return {
        "clause": result,
        "number": entry.number if entry else "",
        "title": result.title.get(material.language),
        "text": shown_text(material, result.text),
        "items": len(result.items),
        "empty": sum(place.value is None for place in result.places) if result.included else 0,
        "why": explain(result.because, material.rules, material.language) if result.because else [],
        "url": reverse("procurement:clause", args=[code, case_id, result.id]),
    }


@require_safe
@page
def clauses(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """All clauses by part, those that stand in the specification and those that do not."""
    shown = case_page(request, case_id, _CURRENT)
    material = queries.material_of(shown.case, language=language(), now=request.now)
    derivation, spoken, choices = material.derivation, material.language, material.answers.clauses
    which = request.GET.get("show", "")
    which = which if which in _FILTERS else ""
    parts: list[dict[str, Any]] = []
    for result in derivation.clauses:
        if not _fits(result, which, choices.get(result.id)):
            continue
        if not parts or parts[-1]["id"] != result.part:
            part = material.rules.find("parts", result.part)
            parts.append({"id": result.part, "title": part.title.get(spoken) if part else result.part, "rows": []})
        parts[-1]["rows"].append(_row(result, material, code, case_id))
    not_offered = [] if which else _not_offered(shown.case, material, code, case_id)
    empty = {place.key for c in derivation.included for place in c.places if place.value is None}
    context = {
        **shown.context,
        "parts": parts,
        "which": which,
        "counts": {name: sum(_fits(c, name, choices.get(c.id)) for c in derivation.clauses) for name in _FILTERS},
        "total": len(derivation.clauses),
        "included": len(derivation.included),
        "empty": len(empty),
        "not_offered": not_offered,
    }
    return render(request, "procurement/clauses.html", context)


def _not_offered(case: Case, material: Material, code: str, case_id: uuid.UUID) -> list[dict[str, Any]]:
    why = queries.not_offered_because(case, material.derivation, material.language)
    named: tuple[Requirement | Clause, ...] = (*material.rules.requirements, *material.rules.clauses)
    return [
        {
            "id": rule.id,
            "title": rule.title.get(material.language),
            "why": why[rule.id],
            "url": reverse("procurement:clause", args=[code, case_id, rule.id]),
        }
        for rule in named
        if rule.id in why
    ]


# ------------------------------------------------------------------------------------------------------------- one clause


def _as_if(material: Material, clause_id: str, case: Case) -> ClauseResult:
    """The clause as it would stand if it were included: for clauses that the rules do not offer. Raises NotFound."""
    found = next((c for c in material.derivation.clauses if c.id == clause_id), None)
    if found is not None:
        return found
    if material.rules.find("clauses", clause_id) is None:
        raise NotFound("access.not_found")
    choice = queries.answers_of({**case.answers, "clauses": {**case.answers.get("clauses", {}), clause_id: {"included": True}}})
    derivation = derive(material.rules, choice, settings=queries.settings_of(case))
    made = next(c for c in derivation.clauses if c.id == clause_id)
    return msgspec.structs.replace(made, included=False)


@require_http_methods(["GET", "POST"])
@page
def clause(request: PageRequest, code: str, case_id: uuid.UUID, clause_id: str) -> HttpResponse:
    """One clause: its text and places, why it is offered, include or leave out, own wording."""
    shown = case_page(request, case_id, _CURRENT)
    material = queries.material_of(shown.case, language=language(), now=request.now)
    result = _as_if(material, clause_id, shown.case)
    errors: list[tuple[str, str]] = []
    if request.method == "POST":
        require_editor(request, shown)
        here = reverse("procurement:clause", args=[code, case_id, clause_id])
        try:
            changes = _changes(request, material, result)
        except InputError as error:
            errors = placed(error, request.principal.language, lambda code, _: "reason" if "reason" in code else "text")
        else:
            if changes and (clash := save(request, shown, changes, back=here)):
                return clash
            messages.success(request, _("保存しました。"))
            return redirect(here)
    context = {**shown.context, **_whole(request, material, result, shown.case, code), "errors": errors}
    return render(request, "procurement/clause.html", context, status=422 if errors else 200)


def _changes(request: PageRequest, material: Material, result: ClauseResult) -> dict[str, Any]:
    given = request.POST
    if given.get("do") == "fill" or "take" in given:
        typed = {
            _for_one_clause(material, place, text): text
            for place in result.places
            if (text := _typed(request, place, place.key)) is not None
        }
        taken = next((p for p in result.places if p.name == given.get("take") and p.suggested), None)
        if taken is not None:  # what was typed in the other fields is kept
            typed.pop(taken.key, None)
            typed.pop(taken.name, None)
            typed[taken.name] = taken.suggested or ""
        return place_changes(material.derivation, typed)
    before = material.answers.clauses.get(result.id)
    included = {"include": True, "leave": False}.get(given.get("included", ""))
    text = given.get("text", before.text if before else "")
    ours = _ours(material, result)
    text = "" if text.replace("\r\n", "\n").strip() == ours.strip() else text
    return clause_change(
        material.rules,
        material.derivation,
        material.answers,
        result.id,
        included=included,
        reason=given.get("reason", ""),
        text=text,
    )


def _typed(request: PageRequest, place: PlaceUse, name: str) -> str | None:
    """What the reader typed into the field of a place; None where the field is as the page showed it.

    The page tells what it showed (``was.…``), so that what others filled in meanwhile is not taken for a change of the reader.
    """
    given = request.POST.get(f"place.{name}")
    shown = request.POST.get(f"was.{name}", place.value or "")
    return None if given is None or given.strip() == shown.strip() else given.strip()


def _for_one_clause(material: Material, place: PlaceUse, text: str) -> str:
    """The key under which a value typed on the page of a clause is saved: the first value of a place serves all its clauses,
    another one only this clause; emptying takes back whichever holds here.
    """
    own = bool(material.answers.values.get(place.key))
    shared = bool(material.answers.values.get(place.name))
    return place.key if own or (shared and text) else place.name


def _ours(material: Material, result: ClauseResult) -> str:
    """Our wording of the clause, with its places in braces; the items on lines of their own."""
    rule = material.rules.find("clauses", result.id)
    if rule is not None:
        return "\n".join(text.get(material.language) for text in (rule.text, *rule.items))
    requirement = material.requirement(result.requirement)
    reached = ("low", "mid", "high")[: ("low", "mid", "high").index(result.level or "low") + 1]
    return "\n".join(requirement.levels[level].clause.get(material.language) for level in reached)  # type: ignore[index]


def _difference(ours: str, own: str) -> list[tuple[str, str]]:
    """The own wording against ours, piece by piece: (same | gone | new, text)."""
    matcher = difflib.SequenceMatcher(None, ours, own, autojunk=False)
    if matcher.ratio() < _ALIKE:  # written anew: single characters that happen to agree say nothing
        return [("gone", ours), ("new", own)]
    found = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            found.append(("same", ours[a:b]))
        else:
            found += [("gone", ours[a:b])] if b > a else []
            found += [("new", own[c:d])] if d > c else []
    return found


def _whole(request: PageRequest, material: Material, result: ClauseResult, case: Case, code: str) -> dict[str, Any]:
    spoken = material.language
    rule = material.rules.find("clauses", result.id)
    choice = material.answers.clauses.get(result.id)
    ours, own = _ours(material, result), choice.text if choice else ""
    entry = material.outline.by_clause.get(result.id)
    grounds = grounds_of(result.because, material.derivation, decisive=True) if result.because else ()
    included = "" if choice is None or choice.included is None else "include" if choice.included else "leave"
    posted = request.POST if request.method == "POST" else {}
    return {
        "clause": result,
        "title": result.title.get(spoken),
        "number": entry.citation if entry else "",
        "text": shown_text(material, result.text),
        "items": [(item.number or "・", shown_text(material, item.text)) for item in entry.items]
        if entry
        else [("・", shown_text(material, item)) for item in result.items],
        "why": explain(result.because, material.rules, spoken) if result.because else [],
        "questions": [question_link(material, name, code, case.pk) for name in dict.fromkeys(g.question for g in grounds)],
        "basis": result.basis.get(spoken) if result.basis else "",
        "note": rule.note.get(spoken) if rule and rule.note else "",
        "places": [_place(material, place) for place in result.places],
        "acceptance": [a.shown.get(spoken) for a in result.acceptance],
        "duties": [d.title.get(spoken) for d in result.duties],
        "ours": ours,
        "own": posted.get("text", own or ours),
        "difference": _difference(ours, own) if own else [],
        "included": posted.get("included", included),
        "reason": posted.get("reason", result.reason or (choice.reason if choice else "")),
        "version": case.answers_version,
        "requirement_url": reverse("procurement:requirement", args=[code, case.pk, result.requirement])
        if result.requirement
        else "",
    }


def _place(material: Material, place: PlaceUse) -> dict[str, Any]:
    described = material.rules.find("placeholders", place.name)
    spoken = material.language
    shared = material.answers.values.get(place.name, "")
    return {
        "place": place,
        "title": described.title.get(spoken) if described else place.name,
        "help": described.help.get(spoken) if described else "",
        "example": described.example if described else "",
        "because": place.suggested_because.get(spoken) if place.suggested_because else "",
        "own": bool(material.answers.values.get(place.key)) and place.value != shared,
    }


# ------------------------------------------------------------------------------------------------------------- all places


@require_http_methods(["GET", "POST"])
@page
def places(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Every place to be filled, on one page: the value, what the rules suggest and why, the clauses that use it."""
    shown = case_page(request, case_id, _CURRENT)
    material = queries.material_of(shown.case, language=language(), now=request.now)
    derivation = material.derivation
    rows: dict[str, dict[str, Any]] = {}
    for result in derivation.included:
        for place in result.places:
            row = rows.setdefault(place.name, {**_place(material, place), "uses": [], "empty": False})
            row["uses"].append(
                (material.outline.cited(result.id), reverse("procurement:clause", args=[code, case_id, result.id]))
            )
            row["empty"] = row["empty"] or place.value is None
    lines: list[str] = []
    if request.method == "POST":
        require_editor(request, shown)
        here = reverse("procurement:places", args=[code, case_id])
        try:
            changes = _place_posted(request, material, rows)
        except InputError as error:
            lines = say(error, request.principal.language)
        else:
            if changes and (clash := save(request, shown, changes, back=here)):
                return clash
            messages.success(request, _("保存しました。"))
            return redirect(here)
    ordered = sorted(rows.values(), key=lambda row: not row["empty"])
    context = {
        **shown.context,
        "rows": ordered,
        "lines": lines,
        "empty": sum(row["empty"] for row in ordered),
        "filled": sum(not row["empty"] for row in ordered),
        "spots": len({p.key for c in derivation.included for p in c.places if p.value is None}),
        "total": len(ordered),
        "suggested": len(suggestion_changes(derivation)),
        "version": shown.case.answers_version,
    }
    return render(request, "procurement/places.html", context, status=422 if lines else 200)


def _place_posted(request: PageRequest, material: Material, rows: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What was typed, and the suggestions that were taken with the same press of a button."""
    given = request.POST
    typed = {name: text for name, row in rows.items() if (text := _typed(request, row["place"], name)) is not None}
    name = given.get("take", "")
    if name in rows and rows[name]["place"].suggested:
        typed[name] = rows[name]["place"].suggested
    changes = place_changes(material.derivation, typed)
    return {**suggestion_changes(material.derivation), **changes} if given.get("do") == "take_all" else changes
