"""From proposals to clauses: which ones stand in the specification, with their places filled as far as values are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from sekisho.engines.derivation.result import ClauseResult, PlaceUse, RequirementResult
from sekisho.standards.model import Text
from sekisho.standards.rule_sets import PLACEHOLDER, STRENGTHS, placeholders_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sekisho.engines.derivation.answers import Answers, ClauseChoice
    from sekisho.engines.derivation.truth import Evaluator
    from sekisho.standards.rule_sets import Clause, Part, Requirement, RuleSet, Suggestion

__all__ = ["REQUIREMENTS_PART", "clause_results", "fill", "parts_in_order"]

_EMPTY: Final = Text("-", "-")  # until the lines are written into it
REQUIREMENTS_PART: Final = "requirements"
"""The part under which the clauses of requirements stand."""


def fill(text: str, values: Mapping[str, str]) -> str:
    """``text`` with every place that has a value replaced; the others stay in their braces."""
    return PLACEHOLDER.sub(lambda found: values.get(found.group(1), found.group(0)), text)


def parts_in_order(parts: tuple[Part, ...]) -> tuple[tuple[Part, int], ...]:
    """The headings in reading order, each with its depth (0 is outermost)."""
    below: dict[str | None, list[Part]] = {}
    for part in parts:
        below.setdefault(part.parent, []).append(part)
    found: list[tuple[Part, int]] = []

    def visit(parent: str | None, depth: int) -> None:
        for part in below.get(parent, []):
            found.append((part, depth))
            visit(part.id, depth + 1)

    visit(None, 0)
    return tuple(found)


def clause_results(
    rules: RuleSet, evaluator: Evaluator, answers: Answers, requirements: tuple[RequirementResult, ...]
) -> tuple[ClauseResult, ...]:
    """All clauses that are offered, undecided or chosen, in the order of the parts."""
    own = {requirement.id: requirement for requirement in rules.requirements}
    found = [_of_requirement(own[r.id], r, rules, evaluator, answers) for r in requirements if r.holds is not False]
    found += [result for clause in rules.clauses if (result := _of_clause(clause, rules, evaluator, answers)) is not None]
    order = {part.id: position for position, (part, _) in enumerate(parts_in_order(rules.parts))}
    return tuple(sorted(found, key=lambda clause: order.get(clause.part, len(order))))


def _of_requirement(
    requirement: Requirement, result: RequirementResult, rules: RuleSet, evaluator: Evaluator, answers: Answers
) -> ClauseResult:
    """The clause of a requirement: what each strength up to the chosen one demands, one item each."""
    reached = [requirement.levels[level] for level in STRENGTHS[: STRENGTHS.index(result.level) + 1]]
    choice = answers.clauses.get(requirement.id)
    offered = result.holds
    lines = [demand.clause for demand in reached]
    empty = ClauseResult(
        id=requirement.id,
        part=REQUIREMENTS_PART,
        requirement=requirement.id,
        level=result.level,
        title=requirement.title,
        offered=offered,
        included=_included(offered=offered, optional=False, choice=choice),
        because=result.holds_because,
        acceptance=tuple(demand.acceptance for demand in reached),
        duties=tuple(duty for demand in reached for duty in demand.duties),
        basis=None,
        verified=requirement.verified,
        text=_EMPTY,
        items=(),
        places=(),
    )
    return _written(empty, lines, rules, evaluator, answers)


def _of_clause(clause: Clause, rules: RuleSet, evaluator: Evaluator, answers: Answers) -> ClauseResult | None:
    because = None if clause.include_if is None else evaluator.truth(clause.include_if)
    offered = True if because is None else because.value
    choice = answers.clauses.get(clause.id)
    if offered is False and not (choice and choice.included):
        return None
    empty = ClauseResult(
        id=clause.id,
        part=clause.part,
        requirement="",
        level=None,
        title=clause.title,
        offered=offered,
        included=_included(offered=offered, optional=clause.optional, choice=choice),
        because=because,
        acceptance=(clause.acceptance,) if clause.acceptance else (),
        duties=clause.duties,
        basis=clause.basis,
        verified=clause.verified,
        text=_EMPTY,
        items=(),
        places=(),
    )
    return _written(empty, [clause.text, *clause.items], rules, evaluator, answers)


def _included(*, offered: bool | None, optional: bool, choice: ClauseChoice | None) -> bool:
    if choice is not None and choice.included is not None:
        return choice.included
    return bool(offered) and not optional


def _written(empty: ClauseResult, lines: list[Text], rules: RuleSet, evaluator: Evaluator, answers: Answers) -> ClauseResult:
    """The clause with its text (the office's own wording, if there is one), places found and filled."""
    choice = answers.clauses.get(empty.id)
    own = choice.text.strip() if choice else ""
    if own:
        lines = [Text(own, own)]
    places = tuple(_places(empty.id, lines, rules, evaluator, answers))
    values = {place.name: place.value for place in places if place.value is not None}
    filled = [Text(fill(line.ja, values), fill(line.en, values), line.translation) for line in lines]
    return msgspec.structs.replace(
        empty,
        text=filled[0],
        items=tuple(filled[1:]),
        places=places,
        own_text=bool(own),
        reason=choice.reason if choice else "",
    )


def _offered(suggestion: Suggestion, answers: Answers) -> str:
    """The value that a suggestion offers for these answers; empty when it offers none."""
    return answers.title.strip() if suggestion.source == "title" else suggestion.value


def _places(name: str, lines: list[Text], rules: RuleSet, evaluator: Evaluator, answers: Answers) -> Iterator[PlaceUse]:
    names = dict.fromkeys(place for line in lines for place in placeholders_of(line.ja))
    for place in names:
        key = f"{name}/{place}"
        value = answers.values.get(key, answers.values.get(place, "")).strip() or None
        described = rules.find("placeholders", place)
        fitting = next(
            (
                s
                for s in (described.suggestions if described else ())
                if _offered(s, answers) and (s.when is None or evaluator.truth(s.when).value)
            ),
            None,
        )
        yield PlaceUse(
            name=place,
            key=key,
            value=value,
            suggested=_offered(fitting, answers) if fitting else None,
            suggested_because=fitting.reason if fitting else None,
            suggested_verified=fitting.verified if fitting else None,
        )
