"""Strengths, clauses, places and comparison over HTTP. What is saved goes through ``actions.save_answers``."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from sekisho.engines.derivation import compare, explain
from sekisho.records.api_base import ApiRequest, Limit, Offset, Paged
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.api.routing import ERRORS, router
from sekisho.records.procurement.rules import deciding as rules
from sekisho.records.procurement.schemas import deciding as schemas

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sekisho.engines.derivation import ClauseResult, Fired, RequirementResult
    from sekisho.records.procurement.models import Case
    from sekisho.records.procurement.writing import Material

Id = Annotated[str, Field(max_length=120)]
Side = Annotated[str, Field(max_length=40, description="now, v3 (a kept version), c<id> (a variant)")]


def _material(request: ApiRequest, row: Case) -> Material:
    return queries.material_of(row, language=request.auth.language, now=request.now)


def _save(request: ApiRequest, row: Case, changes: Mapping[str, Any], base_version: int) -> dict[str, Any]:
    if changes:
        row = actions.save_answers(request.auth, row, changes=changes, base_version=base_version, now=request.now)
    else:
        queries.require_part(request.auth, row, "procurement.edit", "owner", "editor")
    derivation = queries.derivation_of(row)
    return {
        "answers_version": row.answers_version,
        "unfilled": len(derivation.unfilled),
        "undecided": sum(bool(r.holds) and not r.decided for r in derivation.requirements),
    }


@router.get("/procurement/cases/{case_id}/requirements", response={200: Paged[schemas.StrengthOut], **ERRORS})
def list_requirements(
    request: ApiRequest, case_id: uuid.UUID, show: Id = "", limit: Limit = 100, offset: Offset = 0
) -> dict[str, Any]:
    """The requirements that hold or may hold; ``show``: outside, undecided, reason or raised."""
    material = _material(request, queries.case(request.auth, case_id))
    found = rules.filter_results(material.derivation, show)
    return {"items": [_requirement(r, material) for r in found[offset : offset + limit]], "total": len(found)}


def _fired(fired: Fired, material: Material) -> dict[str, Any]:
    reasons = explain(fired.because, material.rules, material.language)
    return {"rule": fired.rule, "floor": fired.floor, "to": fired.to, "conditions": list(fired.conditions), "reasons": reasons}


def _requirement(result: RequirementResult, material: Material) -> dict[str, Any]:
    rule, spoken = material.requirement(result.id), material.language
    demand = rule.levels[result.level]
    names = ("id", "holds", "possible", "proposed", "level", "decided", "outside", "reason", "reason_missing")
    return {
        **{name: getattr(result, name) for name in names},
        "title": rule.title.get(spoken),
        "group": rule.group,
        "range": [result.low, result.high],
        "fired": [_fired(fired, material) for fired in result.fired],
        "open_rules": [_fired(fired, material) for fired in result.open_rules],
        "demand": demand.demand.get(spoken),
        "cost": demand.cost.get(spoken),
        "operation": demand.operation.get(spoken),
        "verified": rule.verified,
        "citation": material.outline.cited(result.id),
    }


@router.put("/procurement/cases/{case_id}/requirements/{path:requirement_id}", response={200: schemas.SavedOut, **ERRORS})
def decide_requirement(request: ApiRequest, case_id: uuid.UUID, requirement_id: Id, data: schemas.StrengthIn) -> dict[str, Any]:
    """Decide the strength of a requirement: 422 outside the proposed range without a reason."""
    row = queries.case(request.auth, case_id)
    derivation = queries.derivation_of(row)
    changes = rules.decision_change(derivation, requirement_id, level=data.level or "", reason=data.reason)
    return _save(request, row, changes, data.base_version)


@router.post("/procurement/cases/{case_id}/accept-proposals", response={200: schemas.SavedOut, **ERRORS})
def accept_proposals(request: ApiRequest, case_id: uuid.UUID, data: schemas.StrengthsAcceptIn) -> dict[str, Any]:
    """Decide every undecided requirement as proposed."""
    row = queries.case(request.auth, case_id)
    return _save(request, row, rules.accept_changes(queries.derivation_of(row)), data.base_version)


@router.get("/procurement/cases/{case_id}/clauses", response={200: Paged[schemas.ClauseOut], **ERRORS})
def list_clauses(request: ApiRequest, case_id: uuid.UUID, limit: Limit = 200, offset: Offset = 0) -> dict[str, Any]:
    """The clauses in the order of the specification, those left out too."""
    material = _material(request, queries.case(request.auth, case_id))
    found = material.derivation.clauses
    return {"items": [_clause(c, material) for c in found[offset : offset + limit]], "total": len(found)}


def _clause(clause: ClauseResult, material: Material) -> dict[str, Any]:
    spoken = material.language
    entry = material.outline.by_clause.get(clause.id)
    names = ("id", "part", "requirement", "offered", "included", "own_text", "reason", "verified")
    return {
        **{name: getattr(clause, name) for name in names},
        "number": entry.number if entry else "",
        "citation": entry.citation if entry else "",
        "title": clause.title.get(spoken),
        "text": clause.text.get(spoken),
        "items": [item.get(spoken) for item in clause.items],
        "because": explain(clause.because, material.rules, spoken) if clause.because else [],
        "basis": clause.basis.get(spoken) if clause.basis else "",
        "acceptance": [acceptance.shown.get(spoken) for acceptance in clause.acceptance],
        "places": [
            {
                "name": place.name,
                "key": place.key,
                "value": place.value,
                "suggested": place.suggested,
                "because": place.suggested_because.get(spoken) if place.suggested_because else "",
                "verified": place.suggested_verified,
            }
            for place in clause.places
        ],
    }


@router.put("/procurement/cases/{case_id}/clauses/{path:clause_id}", response={200: schemas.SavedOut, **ERRORS})
def change_clause(request: ApiRequest, case_id: uuid.UUID, clause_id: Id, data: schemas.ClauseIn) -> dict[str, Any]:
    """Include a clause, leave it out, or word it otherwise; departing from the rules needs a reason."""
    row = queries.case(request.auth, case_id)
    changes = rules.clause_change(
        queries.rules_of(row),
        queries.derivation_of(row),
        queries.answers_of(row.answers),
        clause_id,
        included=data.included,
        reason=data.reason,
        text=data.text,
    )
    return _save(request, row, changes, data.base_version)


@router.patch("/procurement/cases/{case_id}/places", response={200: schemas.SavedOut, **ERRORS})
def fill_places(request: ApiRequest, case_id: uuid.UUID, data: schemas.PlacesIn) -> dict[str, Any]:
    """Fill places of clauses."""
    row = queries.case(request.auth, case_id)
    derivation = queries.derivation_of(row)
    suggested = rules.suggestion_changes(derivation) if data.suggestions else {}
    return _save(request, row, suggested | rules.place_changes(derivation, data.values), data.base_version)


@router.get("/procurement/cases/{case_id}/comparison", response={200: schemas.VariantComparisonOut, **ERRORS})
def compare_states(request: ApiRequest, case_id: uuid.UUID, before: Side, after: Side = "now") -> dict[str, Any]:
    """What differs between two states: the present, kept versions, variants."""
    row = queries.case(request.auth, case_id)
    sides = [queries.derivation_of_side(request.auth, row, key) for key in (before, after)]
    found = compare(*sides)
    names = ("answers", "conditions", "added_clauses", "removed_clauses", "changed_clauses")
    return {
        **{name: list(getattr(found, name)) for name in names},
        "decisions": [change.id for change in found.decisions],
        "requirements": [{"id": c.id, "before": c.before, "after": c.after} for c in found.requirements],
    }
