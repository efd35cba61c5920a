"""A derivation with its numbers and reasons as plain JSON values: for the command line and the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from sekisho.engines.derivation import explain

if TYPE_CHECKING:
    from sekisho.engines.derivation.result import ClauseResult, Fired, RequirementResult
    from sekisho.records.procurement.writing.material import Material

__all__ = ["plain"]


def plain(material: Material) -> dict[str, Any]:
    """Everything that the rules say about the answers, in JSON values.

    ``requirements``: those that hold (``holds`` null: undecided), each with its ``range`` [lowest, highest] proposed, the
    ``level`` that counts, the rules ``fired`` with the named conditions and sentences behind them, and its ``clause``;
    ``not_applicable``: the others, with reasons. ``clauses``: those that stand in the specification; ``clauses_not_included``:
    those that are offered as an option, undecided yet, or left out by a person.
    """
    derivation, language = material.derivation, material.language
    clauses = {clause.id: _clause(clause, material) for clause in derivation.clauses}
    return {
        "schema": "sekisho.derivation/1",
        "rule_set": {"id": derivation.rule_set, "version": derivation.version, "digest": derivation.digest},
        "title": material.answers.title,
        "organization": material.answers.organization,
        "language": language,
        "requirements": [_requirement(r, clauses, material) for r in derivation.requirements if r.holds is not False],
        "not_applicable": [
            {
                "id": r.id,
                "title": _text(material.requirement(r.id).title),
                "reasons": _reasons(r.holds_because, material),
            }
            for r in derivation.requirements
            if r.holds is False
        ],
        "clauses": [clause for clause in clauses.values() if clause["included"]],
        "clauses_not_included": [clause for clause in clauses.values() if not clause["included"]],
        "conditions": [
            {
                "id": c.id,
                "title": _text(material.rules.find("conditions", c.id).title),
                "value": c.value,
                "reasons": _reasons(c.because.parts[0] if c.because.parts else c.because, material),
            }
            for c in derivation.conditions
        ],
        "decisions": [
            {
                "id": d.id,
                "question": _text(material.rules.find("decisions", d.id).title),
                "value": d.value,
                "title": _text(d.title),
                "reason": _text(d.reason),
                "because": _reasons(d.because, material),
                "verified": material.rules.find("decisions", d.id).verified,
            }
            for d in derivation.decisions
        ],
        "checks": msgspec.to_builtins(derivation.checks),
        "unanswered": [
            {"question": name, "title": _text(material.rules.find("questions", name).title)} for name in derivation.unanswered
        ],
        "unfilled": [
            {"clause": u.clause, "number": material.outline.cited(u.clause), "place": u.name, "key": u.key}
            for u in derivation.unfilled
        ],
    }


def _text(text: Any) -> Any:
    return msgspec.to_builtins(text)


def _reasons(because: Any, material: Material) -> list[str]:
    return [] if because is None else explain(because, material.rules, material.language)


def _fired(fired: Fired, material: Material) -> dict[str, Any]:
    return {
        "rule": fired.rule,
        "floor": fired.floor,
        "to": fired.to,
        "conditions": list(fired.conditions),
        "reasons": _reasons(fired.because, material),
    }


def _requirement(result: RequirementResult, clauses: dict[str, Any], material: Material) -> dict[str, Any]:
    requirement = material.requirement(result.id)
    demand = requirement.levels[result.level]
    return {
        "id": result.id,
        "title": _text(requirement.title),
        "group": requirement.group,
        "holds": result.holds,
        "holds_reasons": _reasons(result.holds_because, material),
        "range": [result.low, result.high],
        "possible": result.possible,
        "proposed": result.proposed,
        "level": result.level,
        "decided": result.decided,
        "outside": result.outside,
        "reason": result.reason,
        "reason_missing": result.reason_missing,
        "fired": [_fired(fired, material) for fired in result.fired],
        "open_rules": [_fired(fired, material) for fired in result.open_rules],
        "demand": _text(demand.demand),
        "cost": _text(demand.cost),
        "operation": _text(demand.operation),
        "verified": requirement.verified,
        "clause": clauses.get(result.id),
    }


def _clause(clause: ClauseResult, material: Material) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(clause)
    row.pop("because")
    entry = material.outline.by_clause.get(clause.id)
    return {
        **row,
        "number": entry.number if entry else "",
        "citation": entry.citation if entry else "",
        "item_numbers": [item.number for item in entry.items] if entry else [],
        "reasons": _reasons(clause.because, material),
    }
