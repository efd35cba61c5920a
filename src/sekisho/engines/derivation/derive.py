"""Questions → conditions → proposals → clauses: one pure function for procurement, grading and the check for generative AI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sekisho.engines.derivation.answers import check_answers
from sekisho.engines.derivation.clauses import clause_results
from sekisho.engines.derivation.result import (
    AnswerResult,
    CheckResult,
    ConditionResult,
    DecisionResult,
    Derivation,
    Fired,
    RequirementResult,
    Unfilled,
)
from sekisho.engines.derivation.tasks import contradicts, from_tasks
from sekisho.engines.derivation.truth import Because, Evaluator
from sekisho.standards.model import Text
from sekisho.standards.rule_sets import STRENGTHS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sekisho.engines.derivation.answers import Answers
    from sekisho.engines.derivation.truth import Value
    from sekisho.standards.rule_sets import RaiseRule, Requirement, RuleSet

__all__ = ["derive", "outcome"]

_CONTRADICTION: Final = Text(
    "この答えは、業務の洗い出しで書いた内容より狭くなっています。答えか業務のどちらかを直してください。",
    "This answer says less than the tasks that were entered. Correct the answer or the tasks.",
)
_REASON_MISSING: Final = Text(
    "提案の幅の外の実施レベルを選んだ理由を書いてください。",
    "Say why a strength outside the proposed range was chosen.",
)


def derive(rules: RuleSet, answers: Answers, *, settings: Mapping[str, float] | None = None) -> Derivation:
    """Everything that the rules say about the answers.

    ``settings``: an organisation's own values of the rule set's settings. The same input gives the same result. Raises InputError
    ``derivation.wrong_answers`` for answers that the questions do not admit.
    """
    given = check_answers(rules, answers)
    known, taken = _with_tasks(rules, answers, given)
    evaluator = Evaluator(rules, known, chosen={name: c.level for name, c in answers.decisions.items()}, settings=settings)
    replies = tuple(_replies(rules, evaluator, given, known, taken))
    requirements = tuple(_requirement(requirement, evaluator, answers) for requirement in rules.requirements)
    clauses = clause_results(rules, evaluator, answers, requirements)
    return Derivation(
        rule_set=rules.id,
        version=rules.version,
        digest=rules.digest,
        answers=replies,
        conditions=tuple(
            ConditionResult(id=c.id, value=evaluator.condition(c.id).value, because=evaluator.condition(c.id))
            for c in rules.conditions
        ),
        decisions=tuple(_decisions(rules, evaluator)),
        requirements=requirements,
        clauses=clauses,
        checks=tuple(_checks(rules, evaluator, replies, requirements)),
        unanswered=tuple(
            reply.question
            for reply, question in zip(replies, rules.questions, strict=True)
            if reply.asked and question.required and reply.value is None
        ),
        unfilled=tuple(
            Unfilled(clause=clause.id, name=place.name, key=place.key)
            for clause in clauses
            if clause.included
            for place in clause.places
            if place.value is None
        ),
    )


def outcome(
    rules: RuleSet,
    answers: Answers,
    name: str,
    *,
    decided: Mapping[str, str],
    settings: Mapping[str, float] | None = None,
) -> DecisionResult | None:
    """What the decision ``name`` comes to where people settled other decisions themselves (``decided``: id → value).

    None when the rules have no such decision. Raises InputError ``derivation.wrong_answers``.
    """
    known, _taken = _with_tasks(rules, answers, check_answers(rules, answers))
    chosen = {key: one.level for key, one in answers.decisions.items()}
    evaluator = Evaluator(rules, known, chosen=chosen, settings=settings, decided=decided)
    return next((one for one in _decisions(rules, evaluator) if one.id == name), None)


def _with_tasks(rules: RuleSet, answers: Answers, given: dict[str, Value]) -> tuple[dict[str, Value], dict[str, Value]]:
    """The answers completed by what the tasks say; and what the tasks say."""
    business = answers.business
    taken = {q.id: value for q in rules.questions if (value := from_tasks(q, business)) is not None}
    return taken | given, taken


def _replies(
    rules: RuleSet, evaluator: Evaluator, given: dict[str, Value], known: dict[str, Value], taken: dict[str, Value]
) -> Iterator[AnswerResult]:
    for question in rules.questions:
        tasks = taken.get(question.id)
        asked = evaluator.asked(question)
        yield AnswerResult(
            question=question.id,
            asked=asked,
            value=known.get(question.id),
            origin="given" if question.id in given else "tasks" if tasks is not None else "none",
            tasks=tasks,
            contradicted=bool(asked)
            and tasks is not None
            and question.id in given
            and contradicts(question, given[question.id], tasks),
        )


def _decisions(rules: RuleSet, evaluator: Evaluator) -> Iterator[DecisionResult]:
    for decision in rules.decisions:
        value, because, choice = evaluator.decision(decision.id)
        title = None if value is None else choice.title if choice else decision.otherwise_title
        reason = None if value is None else choice.reason if choice else decision.otherwise_reason
        yield DecisionResult(id=decision.id, value=value, title=title, reason=reason, because=because)


def _named(because: Because) -> Iterator[str]:
    """The named conditions directly behind a true reason."""
    if because.kind == "condition":
        if because.value:
            yield because.name
        return
    for part in because.parts:
        yield from _named(part)


def _fired(rule: RaiseRule, because: Because) -> Fired:
    return Fired(rule=rule.id, floor=rule.floor, to=rule.to, conditions=tuple(dict.fromkeys(_named(because))), because=because)


def _requirement(requirement: Requirement, evaluator: Evaluator, answers: Answers) -> RequirementResult:
    holds = None if requirement.applies_if is None else evaluator.truth(requirement.applies_if)
    results = [(rule, evaluator.truth(rule.when)) for rule in requirement.rules]
    fired = tuple(_fired(rule, because) for rule, because in results if because.value)
    waiting = tuple(_fired(rule, because) for rule, because in results if because.value is None)
    base = STRENGTHS.index(requirement.base)
    low = max([base, *(STRENGTHS.index(rule.floor) for rule in fired)])
    high = max([low, *(STRENGTHS.index(rule.to) for rule in fired)])
    possible = max([high, *(STRENGTHS.index(rule.to) for rule in waiting)])
    choice = answers.decisions.get(requirement.id)
    level = STRENGTHS.index(choice.level) if choice else high
    outside = not low <= level <= high
    return RequirementResult(
        id=requirement.id,
        holds=True if holds is None else holds.value,
        holds_because=holds,
        low=STRENGTHS[low],
        high=STRENGTHS[high],
        possible=STRENGTHS[possible],
        proposed=STRENGTHS[high],
        level=STRENGTHS[level],
        decided=choice is not None,
        outside=outside,
        reason=choice.reason if choice else "",
        reason_missing=outside and not (choice and choice.reason.strip()),
        fired=fired,
        open_rules=waiting,
    )


def _checks(
    rules: RuleSet, evaluator: Evaluator, replies: tuple[AnswerResult, ...], requirements: tuple[RequirementResult, ...]
) -> Iterator[CheckResult]:
    for check in rules.checks:
        if evaluator.truth(check.when).value:
            yield CheckResult(
                id=check.id,
                severity=check.severity,
                message=check.message,
                questions=check.questions,
                requirements=check.requirements,
            )
    for reply in replies:
        if reply.contradicted:
            yield CheckResult(
                id=f"tasks.{reply.question}",
                severity="error",
                message=_CONTRADICTION,
                questions=(reply.question,),
                requirements=(),
            )
    for result in requirements:
        if result.holds and result.reason_missing:
            yield CheckResult(
                id=f"reason.{result.id}", severity="error", message=_REASON_MISSING, questions=(), requirements=(result.id,)
            )
