"""The values of a rule set: questions → conditions → proposals → clauses, as data (``data/procurement/*/``)."""

from __future__ import annotations

import re
from typing import Any, Final, Literal

import msgspec

from sekisho.standards.model import Confidence, Group, Source, Text, Verified
from sekisho.standards.rule_sets.expressions import Expression, parse

__all__ = [
    "LISTS",
    "PLACEHOLDER",
    "Acceptance",
    "Check",
    "Clause",
    "ClauseDuty",
    "Condition",
    "Decision",
    "DecisionChoice",
    "Demand",
    "Option",
    "Part",
    "Placeholder",
    "Question",
    "RaiseRule",
    "Requirement",
    "RuleSet",
    "Section",
    "Setting",
    "Strength",
    "Suggestion",
    "convert",
    "placeholders_of",
]

Strength = Literal["low", "mid", "high"]
QuestionKind = Literal["yes_no", "choice", "choices", "number", "text", "long_text", "date"]
TaskSource = Literal[
    "actors",
    "administrators",
    "places",
    "terminals",
    "internet",
    "partners",
    "carry_out",
    "personal",
    "confidentiality",
    "information",
    "hosting",
    "cloud",
]

PLACEHOLDER: Final = re.compile(r"[{]([^{}\n]{1,60})[}]")
"""A place in a clause that the office fills: ``{保存期間}``."""


def placeholders_of(text: str) -> tuple[str, ...]:
    """The names of the places in a clause, each once, in order."""
    return tuple(dict.fromkeys(PLACEHOLDER.findall(text)))


class _Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base: frozen, no unknown fields."""


class Setting(_Value, frozen=True):
    """A number that conditions refer to and that an organisation may change."""

    id: str
    title: Text
    value: float
    unit: Text | None = None
    verified: Verified = "proposal"


class Section(_Value, frozen=True):
    """A group of questions: one step of the list of progress."""

    id: str
    title: Text
    lead: Text | None = None


class Option(_Value, frozen=True):
    """One possible answer."""

    id: str
    title: Text
    note: Text | None = None


class Question(_Value, frozen=True):
    """One question, asked on a page of its own.

    ``why``: why it is asked. ``from_tasks``: the answer that tasks give (``engines/derivation/tasks.py``). ``ask_if``: otherwise
    not asked. ``minimum``, ``maximum`` bound a number (in ``unit``).
    """

    id: str
    section: str
    kind: QuestionKind
    title: Text
    why: Text
    help: Text | None = None
    example: Text | None = None
    options: tuple[Option, ...] = ()
    unit: Text | None = None
    minimum: float | None = None
    maximum: float | None = None
    required: bool = True
    ask_if: Expression | None = None
    from_tasks: TaskSource | None = None
    verified: Verified = "proposal"

    def option(self, value: str) -> Option | None:
        """The option of that id."""
        return next((option for option in self.options if option.id == value), None)


class Condition(_Value, frozen=True):
    """A named condition (判断条件)."""

    id: str
    title: Text
    when: Expression
    verified: Verified = "proposal"
    confidence: Confidence = "low"
    note: Text | None = None


class DecisionChoice(_Value, frozen=True):
    """One outcome of a decision, and in words why."""

    value: str
    title: Text
    when: Expression
    reason: Text


class Decision(_Value, frozen=True):
    """A named outcome: the first choice whose condition is true; otherwise ``otherwise``. Undecided when an earlier choice is."""

    id: str
    title: Text
    choices: tuple[DecisionChoice, ...]
    otherwise: str
    otherwise_title: Text
    otherwise_reason: Text
    basis: Text | None = None
    verified: Verified = "proposal"


class RaiseRule(_Value, frozen=True):
    """When ``when`` is true, the range of strengths reaches from at least ``floor`` up to at least ``to``."""

    id: str
    floor: Strength
    to: Strength
    when: Expression
    verified: Verified = "proposal"


class Acceptance(_Value, frozen=True):
    """How it is seen at acceptance that a clause was met: what is shown, by whom, with which evidence (document kinds or
    engines: observation, document, sbom, sarif, test_record, visit).
    """

    shown: Text
    by: Literal["supplier", "buyer", "third_party"] = "supplier"
    evidence: tuple[str, ...] = ("document",)


class Demand(_Value, frozen=True):
    """What one strength of a requirement demands, its clause, what it costs and means for operation, and how it is accepted."""

    demand: Text
    clause: Text
    cost: Text
    operation: Text
    acceptance: Acceptance
    duties: tuple[ClauseDuty, ...] = ()


class Requirement(_Value, frozen=True):
    """One requirement with three strengths (低位・中位・高位) and the rules that raise it."""

    id: str
    group: str
    title: Text
    threat: Text
    purpose: Text
    levels: dict[Strength, Demand]
    rules: tuple[RaiseRule, ...] = ()
    base: Strength = "low"
    applies_if: Expression | None = None
    alt_titles: tuple[Text, ...] = ()
    edition_added: Text | None = None
    unified_standard_r5: tuple[str, ...] = ()
    annex_a_2022: tuple[str, ...] = ()
    verified: Verified = "memory"
    confidence: dict[str, Confidence] = {}
    note: Text | None = None


class Part(_Value, frozen=True):
    """A heading of the specification under which clauses stand; ``parent`` nests it."""

    id: str
    title: Text
    parent: str | None = None
    lead: Text | None = None


class ClauseDuty(_Value, frozen=True):
    """What falls due after the contract because of a clause.

    ``after``: days after ``counted_from`` (contract, delivery, start of operation, end of contract); ``every``: months between
    repetitions until the end of the contract. ``after_place``, ``every_place``: the place of the clause whose value says it
    instead; the figure then is only what the rules propose. ``ahead``: days before the day that so results.
    """

    id: str
    title: Text
    counted_from: Literal["contract", "delivery", "operation", "end"]
    after: int = 0
    every: int | None = None
    after_place: str = ""
    every_place: str = ""
    ahead: int = 0


class Clause(_Value, frozen=True):
    """A clause that does not belong to one requirement: organisation, outsourcing, cloud, personal information …

    ``items`` are its numbered sub-clauses. ``include_if``: when it is offered. ``optional``: offered, not included
    unless chosen. ``question``: what bidders are asked about it, where "how do you meet it" would make no sense.
    """

    id: str
    part: str
    title: Text
    text: Text
    include_if: Expression | None = None
    items: tuple[Text, ...] = ()
    optional: bool = False
    basis: Text | None = None
    source: Text | None = None
    verified: Verified = "proposal"
    confidence: Confidence = "medium"
    acceptance: Acceptance | None = None
    question: Text | None = None
    duties: tuple[ClauseDuty, ...] = ()
    note: Text | None = None


class Suggestion(_Value, frozen=True):
    """A value for a place, when it fits. ``source``: not a fixed value, but what the case says there (its title)."""

    value: str = ""
    source: Literal["title"] | None = None
    when: Expression | None = None
    reason: Text | None = None
    verified: Verified = "proposal"


class Placeholder(_Value, frozen=True):
    """A place in clauses, by its name between braces. ``parameter``: what the review of drafts compares (retention …)."""

    id: str
    title: Text
    help: Text
    example: str
    suggestions: tuple[Suggestion, ...] = ()
    parameter: str | None = None


class Check(_Value, frozen=True):
    """Something that does not fit together: ``error`` stops the issue of the specification, ``warning`` is shown."""

    id: str
    severity: Literal["error", "warning"]
    when: Expression
    message: Text
    questions: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()


class RuleSet(_Value, frozen=True):
    """A whole rule set. ``digest``: SHA-256 over all files it was read from."""

    id: str
    version: int
    title: Text
    source: Source
    verified: Verified
    confidence: Confidence
    confidence_note: Text
    digest: str
    settings: tuple[Setting, ...] = ()
    sections: tuple[Section, ...] = ()
    questions: tuple[Question, ...] = ()
    conditions: tuple[Condition, ...] = ()
    decisions: tuple[Decision, ...] = ()
    groups: tuple[Group, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    parts: tuple[Part, ...] = ()
    clauses: tuple[Clause, ...] = ()
    placeholders: tuple[Placeholder, ...] = ()
    checks: tuple[Check, ...] = ()

    def find(self, kind: str, name: str) -> Any:
        """The item of list ``kind`` (questions, requirements …) with that id, or None."""
        return next((item for item in getattr(self, kind) if item.id == name), None)


LISTS: Final[dict[str, Any]] = {
    "settings": Setting,
    "sections": Section,
    "questions": Question,
    "conditions": Condition,
    "decisions": Decision,
    "groups": Group,
    "requirements": Requirement,
    "parts": Part,
    "clauses": Clause,
    "placeholders": Placeholder,
    "checks": Check,
}
"""The lists of a rule file → the type of their items."""


def _hook(kind: type, value: Any) -> Any:
    if kind is Expression:
        return value if isinstance(value, Expression) else parse(value)
    raise NotImplementedError


def convert(value: Any, kind: Any) -> Any:
    """``value`` as an item of a rule set; msgspec.ValidationError names the field that is wrong."""
    return msgspec.convert(value, kind, dec_hook=_hook)
