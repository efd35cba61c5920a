"""What a case answers: tasks, plain questions, values for places in clauses, and what people decided."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from sekisho.engines.systemdiagram.business import Business, Information, Task, check_business
from sekisho.errors import InputError, Problem

if TYPE_CHECKING:
    from sekisho.engines.derivation.truth import Value
    from sekisho.standards.rule_sets import Question, RuleSet

__all__ = ["SCHEMA", "Answers", "Choice", "ClauseChoice", "check_answers", "checked_value"]

SCHEMA: Final = "sekisho.answers/1"
_LONGEST: Final = {"text": 300, "long_text": 5000, "date": 10}


class _Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Base: frozen, no unknown fields."""


class Choice(_Value, frozen=True):
    """A person's decision on the strength of a requirement. ``reason`` is needed outside the proposed range."""

    level: Literal["low", "mid", "high"]
    reason: str = ""


class ClauseChoice(_Value, frozen=True):
    """A person's decision to include or leave out a clause other than proposed, and the office's own wording of it."""

    included: bool | None = None
    reason: str = ""
    text: str = ""


class Answers(_Value, frozen=True):
    """One version of a case's answers (the form of the answers file too)."""

    schema: Literal["sekisho.answers/1"] = SCHEMA
    rule_set: str = "specification"
    title: str = ""
    organization: str = ""
    purposes: tuple[str, ...] = ()
    information: tuple[Information, ...] = ()
    tasks: tuple[Task, ...] = ()
    hosting: str = ""
    cloud_kind: str = ""
    answers: dict[str, Any] = {}
    values: dict[str, str] = {}
    decisions: dict[str, Choice] = {}
    clauses: dict[str, ClauseChoice] = {}

    @property
    def business(self) -> Business:
        """The purposes and tasks in the form that the diagram is drawn from."""
        return Business(
            system_name=self.title,
            hosting=self.hosting or "none",
            cloud_kind=self.cloud_kind,
            information=self.information,
            tasks=self.tasks,
        )


def checked_value(question: Question, raw: Any) -> Value:
    """``raw`` as a value that the question admits; InputError ``derivation.wrong_value`` otherwise, saying what is admitted."""
    value = "yes" if raw is True else "no" if raw is False else raw
    match question.kind:
        case "yes_no":
            if value in ("yes", "no"):
                return str(value)
        case "choice":
            if isinstance(value, str) and question.option(value):
                return value
        case "choices":
            if isinstance(value, list | tuple) and all(isinstance(v, str) and question.option(v) for v in value):
                return tuple(option.id for option in question.options if option.id in value)
        case "number":
            if isinstance(value, int | float) and math.isfinite(value) and _within(question, float(value)):
                return float(value)
        case _:
            if isinstance(value, str) and len(value) <= _LONGEST[question.kind]:
                return value.strip()
    raise InputError("derivation.wrong_value", question=question.id, value=str(raw)[:60], expected=expected(question))


def _within(question: Question, value: float) -> bool:
    low, high = question.minimum, question.maximum
    return (low is None or value >= low) and (high is None or value <= high)


def expected(question: Question) -> str:
    """What the question admits, in symbols: its options, or its bounds."""
    if question.kind == "yes_no":
        return "yes | no"
    if question.options:
        return " | ".join(option.id for option in question.options)
    if question.kind == "number":
        low, high = (f"{v:,.15g}" if v is not None else "" for v in (question.minimum, question.maximum))
        return f"{low} … {high}"
    return f"≤ {_LONGEST[question.kind]:,}"


def check_answers(rules: RuleSet, answers: Answers, *, filename: str = "") -> dict[str, Value]:
    """The answers as values of their questions. Raises InputError ``derivation.wrong_answers`` with every place that is wrong."""
    found: dict[str, Value] = {}
    problems: list[Problem] = []
    for name, raw in answers.answers.items():
        question: Question | None = rules.find("questions", name)
        if question is None:
            problems.append(Problem("derivation.unknown_question", {"question": name}, filename, None, f"answers.{name}"))
            continue
        if raw is None or raw in ("", [], ()):
            continue
        try:
            found[name] = checked_value(question, raw)
        except InputError as error:
            problems.append(Problem(error.code, error.fields, filename, None, f"answers.{name}"))
    problems += _unknown(answers.decisions, rules, "requirements", "decisions", filename)
    problems += [
        problem for problem in _unknown(answers.clauses, rules, "clauses", "clauses", filename)
        if rules.find("requirements", str(problem.fields["id"])) is None
    ]  # fmt: skip
    try:
        check_business(answers.business)
    except InputError as error:
        problems += error.problems or (Problem(error.code, error.fields, filename, None, "tasks"),)
    if problems:
        raise InputError("derivation.wrong_answers", problems=tuple(problems), file=filename)
    return found


def _unknown(named: Mapping[str, Any], rules: RuleSet, kind: str, field: str, filename: str) -> list[Problem]:
    return [
        Problem("derivation.unknown_id", {"id": name, "list": kind}, filename, None, f"{field}.{name}")
        for name in named
        if rules.find(kind, name) is None
    ]
