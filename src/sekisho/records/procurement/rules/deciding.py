"""What people may decide on top of a derivation, as changes of the answers. Pure; errors are ``procurement_deciding.*``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from sekisho.errors import InputError, NotFound
from sekisho.standards.rule_sets import STRENGTHS

if TYPE_CHECKING:
    from sekisho.engines.derivation import Answers, ClauseResult, Derivation, RequirementResult
    from sekisho.standards.rule_sets import RuleSet

__all__ = [
    "LONGEST_REASON",
    "LONGEST_TEXT",
    "LONGEST_VALUE",
    "accept_changes",
    "clause_change",
    "decision_change",
    "filter_results",
    "place_changes",
    "suggestion_changes",
]

LONGEST_REASON: Final = 2000
LONGEST_TEXT: Final = 20_000
LONGEST_VALUE: Final = 1000


def _result(derivation: Derivation, requirement: str) -> RequirementResult:
    found = derivation.requirement(requirement)
    if found is None:
        raise NotFound("procurement_deciding.no_requirement", id=requirement[:40])
    return found


def decision_change(derivation: Derivation, requirement: str, *, level: str, reason: str) -> dict[str, Any]:
    """The change that decides a strength; an empty ``level`` takes the decision back. Outside the range only with a reason."""
    result = _result(derivation, requirement)
    key = f"decisions.{requirement}"
    if not level:
        return {key: None}
    if level not in STRENGTHS:
        raise InputError("procurement_deciding.unknown_level", level=level[:20], levels=", ".join(STRENGTHS))
    if result.holds is False:
        raise InputError("procurement_deciding.does_not_hold", id=requirement)
    reason = _within(reason, LONGEST_REASON)
    low, high, chosen = (STRENGTHS.index(name) for name in (result.low, result.high, level))
    if not low <= chosen <= high and not reason:
        raise InputError("procurement_deciding.reason_needed", id=requirement)
    return {key: {"level": level, **({"reason": reason} if reason else {})}}


def accept_changes(derivation: Derivation) -> dict[str, Any]:
    """The changes that decide every requirement that holds and is still undecided as it is proposed."""
    return {
        f"decisions.{result.id}": {"level": result.proposed}
        for result in derivation.requirements
        if result.holds and not result.decided
    }


def clause_change(
    rules: RuleSet, derivation: Derivation, answers: Answers, clause: str, *, included: bool | None, reason: str, text: str
) -> dict[str, Any]:
    """The change that includes a clause, leaves it out, or words it otherwise; ``included`` None follows the rules again.

    What differs from the rules needs a reason: leaving out what is offered, including what is not.
    """
    found: ClauseResult | None = next((c for c in derivation.clauses if c.id == clause), None)
    if found is None and rules.find("clauses", clause) is None and rules.find("requirements", clause) is None:
        raise NotFound("procurement_deciding.no_clause", id=clause[:40])
    if rules.find("requirements", clause) is not None and _result(derivation, clause).holds is False:
        raise InputError("procurement_deciding.does_not_hold", id=clause)
    reason, text = _within(reason, LONGEST_REASON), _within(text, LONGEST_TEXT)
    if included is not None and not reason:
        optional = getattr(rules.find("clauses", clause), "optional", False)
        offered = found is not None and found.offered is True
        if (not included and offered and not optional) or (included and not offered):
            raise InputError("procurement_deciding.clause_reason_needed", id=clause)
    made = {
        **({"included": included} if included is not None else {}),
        **({"reason": reason} if reason else {}),
        **({"text": text} if text else {}),
    }
    before = answers.clauses.get(clause)
    return {f"clauses.{clause}": made or None} if made or before else {}


def place_changes(derivation: Derivation, values: Mapping[str, str]) -> dict[str, Any]:
    """The changes that fill places: key (the name of a place, or clause/name) → value; an empty value empties it."""
    known = {key for clause in derivation.clauses for place in clause.places for key in (place.key, place.name)}
    changes: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            raise NotFound("procurement_deciding.no_place", name=key[:80])
        changes[f"values.{key}"] = _within(value, LONGEST_VALUE) or None
    return changes


def suggestion_changes(derivation: Derivation) -> dict[str, Any]:
    """The changes that fill every empty place for which the rules suggest a value."""
    return {
        f"values.{place.name}": place.suggested
        for clause in derivation.included
        for place in clause.places
        if place.value is None and place.suggested
    }


def filter_results(derivation: Derivation, which: str) -> tuple[RequirementResult, ...]:
    """The requirements that hold or may still hold; ``which`` narrows them: outside, undecided, reason, raised."""
    return tuple(r for r in derivation.requirements if r.holds is not False and _fits(r, which))


def _fits(result: RequirementResult, which: str) -> bool:
    match which:
        case "outside":
            return result.outside
        case "undecided":
            return not result.decided
        case "reason":
            return result.reason_missing
        case "raised":
            return bool(result.fired)
    return True


def _within(text: str, limit: int) -> str:
    text = text.replace("\r\n", "\n").strip()
    if len(text) > limit:
        raise InputError("procurement_deciding.too_long", limit=limit)
    return text
