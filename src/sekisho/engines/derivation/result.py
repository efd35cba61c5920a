"""What a derivation says: frozen values that go into pages, documents and JSON as they are."""

from __future__ import annotations

from typing import Literal

import msgspec

from sekisho.engines.derivation.truth import Because, Value
from sekisho.standards.model import Text, Verified
from sekisho.standards.rule_sets import Acceptance, ClauseDuty, Strength

__all__ = [
    "AnswerResult",
    "CheckResult",
    "ClauseResult",
    "ConditionResult",
    "DecisionResult",
    "Derivation",
    "Fired",
    "PlaceUse",
    "RequirementResult",
    "Unfilled",
]


class _Value(msgspec.Struct, frozen=True, kw_only=True):
    """Base: frozen."""


class AnswerResult(_Value, frozen=True):
    """One question as it stands. ``asked`` None: whether it is put depends on another answer that is missing.

    ``origin``: given by a person, taken from the tasks, or nothing. ``contradicted``: the tasks say more than the answer.
    """

    question: str
    asked: bool | None
    value: Value | None
    origin: Literal["given", "tasks", "none"]
    tasks: Value | None = None
    contradicted: bool = False


class ConditionResult(_Value, frozen=True):
    """A named condition: true, false or undecided, and why."""

    id: str
    value: bool | None
    because: Because


class DecisionResult(_Value, frozen=True):
    """The outcome of a decision (None: undecided) with the reason that the rule gives, and why it came so."""

    id: str
    value: str | None
    title: Text | None
    reason: Text | None
    because: Because


class Fired(_Value, frozen=True):
    """A rule that raised the range, with the named conditions that made it true."""

    rule: str
    floor: Strength
    to: Strength
    conditions: tuple[str, ...]
    because: Because


class RequirementResult(_Value, frozen=True):
    """One requirement. ``holds`` None: undecided yet.

    ``low`` and ``high``: the proposed range; ``possible``: how far it may still rise once open questions are answered;
    ``proposed``: the strength proposed; ``level``: what counts (a person's choice, or the proposal); ``outside``: the choice lies
    outside the range; ``reason_missing``: and nobody said why.
    """

    id: str
    holds: bool | None
    holds_because: Because | None
    low: Strength
    high: Strength
    possible: Strength
    proposed: Strength
    level: Strength
    decided: bool
    outside: bool
    reason: str
    reason_missing: bool
    fired: tuple[Fired, ...]
    open_rules: tuple[Fired, ...]


class PlaceUse(_Value, frozen=True):
    """A place in a clause. ``key``: where its value is kept; ``value``: what stands there; ``suggested``: the rules' offer."""

    name: str
    key: str
    value: str | None
    suggested: str | None
    suggested_because: Text | None
    suggested_verified: Verified | None


class ClauseResult(_Value, frozen=True):
    """A clause of the specification. ``requirement``: the one it carries out, at ``level``.

    ``offered``: the rules offer it (None: undecided); ``included``: it stands in the specification. ``text`` and ``items`` are
    filled as far as values are known; ``own_text``: the office's own wording stands instead.
    """

    id: str
    part: str
    requirement: str
    level: Strength | None
    title: Text
    text: Text
    items: tuple[Text, ...]
    offered: bool | None
    included: bool
    because: Because | None
    places: tuple[PlaceUse, ...]
    acceptance: tuple[Acceptance, ...]
    duties: tuple[ClauseDuty, ...]
    basis: Text | None
    verified: Verified
    own_text: bool = False
    reason: str = ""


class CheckResult(_Value, frozen=True):
    """Something that does not fit together. ``questions`` and ``requirements``: where to mend it."""

    id: str
    severity: Literal["error", "warning"]
    message: Text
    questions: tuple[str, ...]
    requirements: tuple[str, ...]


class Unfilled(_Value, frozen=True):
    """A place in an included clause that has no value."""

    clause: str
    name: str
    key: str


class Derivation(_Value, frozen=True):
    """The whole outcome of one rule set for one set of answers."""

    rule_set: str
    version: int
    digest: str
    answers: tuple[AnswerResult, ...]
    conditions: tuple[ConditionResult, ...]
    decisions: tuple[DecisionResult, ...]
    requirements: tuple[RequirementResult, ...]
    clauses: tuple[ClauseResult, ...]
    checks: tuple[CheckResult, ...]
    unanswered: tuple[str, ...]
    unfilled: tuple[Unfilled, ...]

    def decision(self, name: str) -> str | None:
        """The outcome of the decision of that id; None when undecided or when there is none."""
        return next((d.value for d in self.decisions if d.id == name), None)

    def requirement(self, name: str) -> RequirementResult | None:
        """The result of the requirement of that id."""
        return next((r for r in self.requirements if r.id == name), None)

    @property
    def included(self) -> tuple[ClauseResult, ...]:
        """The clauses that stand in the specification, in order."""
        return tuple(clause for clause in self.clauses if clause.included)

    @property
    def errors(self) -> tuple[CheckResult, ...]:
        """What stops the issue of a specification."""
        return tuple(check for check in self.checks if check.severity == "error")
