"""How far a case has come: the list of what is to be done, each with its state. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from sekisho.engines.derivation import Answers, Derivation

__all__ = ["OPINION_DECISION", "Facts", "Step", "StepState", "answered", "next_step", "steps"]

StepState = Literal["todo", "doing", "done", "attention", "later", "ready"]
OPINION_DECISION: Final = "opinion_needed"
_LAST: Final = ("documents", "notice")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. ``done`` of ``total`` are done (0 of 0: nothing to count)."""

    key: str
    state: StepState
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What the answers do not say: opinions on the case as it is now (``opinion`` None: none yet), edits of the diagram without a
    target, whether the notice is out, how many parts the program drew in the diagram and how many of them people confirmed.
    """

    opinion: bool | None = None
    orphans: int = 0
    noticed: bool = False
    drawn: int = 0
    confirmed: int = 0


def answered(derivation: Derivation) -> tuple[int, int]:
    """How many of the questions that are asked have an answer, and how many are asked."""
    asked = [reply for reply in derivation.answers if reply.asked]
    return sum(reply.value is not None for reply in asked), len(asked)


def steps(rule_set: str, answers: Answers, derivation: Derivation, facts: Facts) -> tuple[Step, ...]:
    """What is to be done for a case, in order. Which steps there are depends on the rule set."""
    found = [*_business(answers, facts)] if rule_set == "specification" else []
    found += [_questions(derivation), *_levels(derivation), _places(derivation)]
    if any(decision.id == OPINION_DECISION for decision in derivation.decisions):
        found.append(_opinion(derivation, facts))
    found.append(_checks(derivation))
    waits = any(step.state in {"todo", "doing", "attention"} for step in found)
    found.append(Step("documents", "later" if waits else "ready"))
    if rule_set == "specification":
        found.append(Step("notice", "done" if facts.noticed else "later" if waits else "ready"))
    return tuple(found)


def next_step(found: tuple[Step, ...]) -> Step | None:
    """The step to take now: what is wrong, else the first that is not done, else what has become possible by that."""
    wrong = [step for step in found if step.state == "attention"]
    waiting = [step for step in found if step.state in {"doing", "todo"}]
    ready = [step for step in found if step.state == "ready" and step.key in _LAST]
    return next(iter([*wrong, *waiting, *ready]), None)


def _business(answers: Answers, facts: Facts) -> list[Step]:
    tasks = len(answers.tasks)
    described = sum(bool(task.uses or task.partners) for task in answers.tasks)
    begun = bool(answers.purposes or answers.information or tasks)
    state: StepState = "todo" if not begun else "done" if tasks and described == tasks and answers.purposes else "doing"
    drawn: StepState = "attention" if facts.orphans else "ready" if described else "later"
    return [Step("business", state, described, tasks), Step("diagram", drawn, facts.confirmed, facts.drawn)]


def _questions(derivation: Derivation) -> Step:
    done, total = answered(derivation)
    # Optional questions may stay open.
    state: StepState = "done" if not derivation.unanswered else "doing" if done else "todo"
    return Step("questions", state, done, total)


def _levels(derivation: Derivation) -> list[Step]:
    held = [r for r in derivation.requirements if r.holds]
    if not derivation.requirements:
        return []
    done = sum(r.decided for r in held)
    if derivation.unanswered and not done:
        state: StepState = "later"
    elif any(r.reason_missing for r in held):
        state = "attention"
    else:
        state = "done" if done == len(held) else "doing" if done else "todo"
    return [Step("levels", state, done, len(held))]


def _places(derivation: Derivation) -> Step:
    places = {place.key: place.value for clause in derivation.included for place in clause.places}
    done = sum(value is not None for value in places.values())
    state: StepState = "done" if done == len(places) else "doing" if done else "todo"
    if derivation.unanswered and not done and places:
        state = "later"
    return Step("places", state, done, len(places))


def _opinion(derivation: Derivation, facts: Facts) -> Step:
    needed = derivation.decision(OPINION_DECISION)
    if facts.opinion is not None:
        return Step("opinion", "done" if facts.opinion else "attention")
    return Step("opinion", "todo" if needed == "yes" else "later" if needed is None else "done")


def _checks(derivation: Derivation) -> Step:
    return Step(
        "checks", "attention" if derivation.errors else "later" if derivation.unanswered else "done", 0, len(derivation.errors)
    )
