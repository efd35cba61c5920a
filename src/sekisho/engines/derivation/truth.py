"""Evaluating conditions in three values (true, false, undecided), each with the reasons that a reader can follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sekisho.standards.rule_sets import STRENGTHS

if TYPE_CHECKING:
    from sekisho.standards.rule_sets import DecisionChoice, Expression, Question, RuleSet

__all__ = ["Because", "Evaluator", "Value"]

Value = str | float | tuple[str, ...]


class Because(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why something is true, false or undecided (``value`` None).

    ``kind`` is that of the expression; ``name`` the id that was looked up, ``operator`` and ``wanted`` what it was compared with,
    ``given`` what was answered, chosen or decided; ``parts`` the reasons below.
    """

    value: bool | None
    kind: str
    name: str = ""
    operator: str = ""
    wanted: Value = ""
    given: Value | None = None
    parts: tuple[Because, ...] = ()


_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "is": lambda given, wanted: str(given) == wanted,
    "is_any": lambda given, wanted: str(given) in wanted,
    "includes_any": lambda given, wanted: bool(set(given) & set(wanted)),
    "includes_all": lambda given, wanted: set(wanted) <= set(given),
    "at_least": lambda given, wanted: given >= wanted,
    "more_than": lambda given, wanted: given > wanted,
    "at_most": lambda given, wanted: given <= wanted,
    "less_than": lambda given, wanted: given < wanted,
}


_METHODS: Final = {"all": "group", "any": "group"}


class Evaluator:
    """Evaluates the expressions of one rule set against one set of answers. Every named thing is evaluated once.

    ``chosen`` holds the strengths that people decided; ``settings`` an organisation's own values; ``decided`` the outcomes of
    decisions that people settled otherwise than the rules.
    """

    def __init__(
        self,
        rules: RuleSet,
        answers: Mapping[str, Value],
        *,
        chosen: Mapping[str, str],
        settings: Mapping[str, float] | None = None,
        decided: Mapping[str, str] | None = None,
    ) -> None:
        self.rules = rules
        self.answers = answers
        self.chosen = chosen
        self._settings = {setting.id: setting.value for setting in rules.settings} | dict(settings or {})
        self._questions = {question.id: question for question in rules.questions}
        self._conditions = {condition.id: condition for condition in rules.conditions}
        self._decisions = {decision.id: decision for decision in rules.decisions}
        self._requirements = {requirement.id: requirement for requirement in rules.requirements}
        self._asked: dict[str, bool | None] = {}
        self._known: dict[str, Because] = {}
        self._decided: dict[str, tuple[str | None, Because, DecisionChoice | None]] = {
            name: self._by_hand(name, value) for name, value in (decided or {}).items()
        }
        self._strengths: dict[str, str | None] = {}

    def asked(self, question: Question) -> bool | None:
        """Whether the question is put at all; None while another answer that decides it is missing."""
        if question.id not in self._asked:
            self._asked[question.id] = True if question.ask_if is None else self.truth(question.ask_if).value
        return self._asked[question.id]

    def condition(self, name: str) -> Because:
        """The truth of a named condition."""
        if name not in self._known:
            because = self.truth(self._conditions[name].when)
            self._known[name] = Because(because.value, "condition", name, parts=(because,))
        return self._known[name]

    def decision(self, name: str) -> tuple[str | None, Because, DecisionChoice | None]:
        """The outcome of a decision (None: undecided), why, and the choice that was made (None: undecided, or otherwise)."""
        if name not in self._decided:
            self._decided[name] = self._decide(name)
        return self._decided[name]

    def _by_hand(self, name: str, value: str) -> tuple[str, Because, DecisionChoice | None]:
        choice = next((one for one in self._decisions[name].choices if one.value == value), None)
        return value, Because(value=True, kind="decided", name=name, given=value), choice

    def _decide(self, name: str) -> tuple[str | None, Because, DecisionChoice | None]:
        decision = self._decisions[name]
        refused = []
        for choice in decision.choices:
            because = self.truth(choice.when)
            if because.value is None:
                return None, because, None
            if because.value:
                return choice.value, because, choice
            refused.append(because)
        return decision.otherwise, Because(value=True, kind="otherwise", parts=tuple(refused)), None

    def strength(self, name: str) -> str | None:
        """The strength that counts for a requirement: what was chosen, or what is proposed; None when it does not hold."""
        if name not in self._strengths:
            requirement = self._requirements[name]
            holds = True if requirement.applies_if is None else self.truth(requirement.applies_if).value
            if not holds:
                self._strengths[name] = None
            elif name in self.chosen:
                self._strengths[name] = self.chosen[name]
            else:
                reached = [STRENGTHS.index(rule.to) for rule in requirement.rules if self.truth(rule.when).value]
                self._strengths[name] = STRENGTHS[max([STRENGTHS.index(requirement.base), *reached])]
        return self._strengths[name]

    def truth(self, expression: Expression) -> Because:
        """The truth of an expression with its reasons."""
        evaluate: Callable[[Expression], Because] = getattr(self, f"_{_METHODS.get(expression.kind, expression.kind)}")
        return evaluate(expression)

    def _condition(self, expression: Expression) -> Because:
        return self.condition(expression.name)

    def _not(self, expression: Expression) -> Because:
        part = self.truth(expression.parts[0])
        return Because(None if part.value is None else not part.value, "not", parts=(part,))

    def _decision(self, expression: Expression) -> Because:
        return self._compared(expression, self.decision(expression.name)[0])

    def _requirement(self, expression: Expression) -> Because:
        return self._reaches(expression, (expression.name,))

    def _any_requirement(self, expression: Expression) -> Because:
        return self._reaches(expression, tuple(self._requirements))

    def _group(self, expression: Expression) -> Because:
        parts = tuple(self.truth(part) for part in expression.parts)
        settling = expression.kind == "any"
        values = [part.value for part in parts]
        if settling in values:
            value: bool | None = settling
        else:
            value = None if None in values else not settling
        return Because(value, expression.kind, parts=parts)

    def _answer(self, expression: Expression) -> Because:
        question = self._questions[expression.name]
        asked = self.asked(question)
        given = self.answers.get(question.id)
        if expression.operator == "answered":
            found = asked is not False and given is not None
            return Because(
                found is (expression.operand == "yes"), "answer", question.id, "answered", str(expression.operand), given
            )
        if asked is False:
            return Because(value=False, kind="not_asked", name=question.id)
        return self._compared(expression, given if asked else None)

    def _compared(self, expression: Expression, given: Value | None) -> Because:
        wanted: Value = self._settings[expression.setting] if expression.setting else expression.operand
        if given is None:
            return Because(None, expression.kind, expression.name, expression.operator, wanted)
        value = _COMPARE[expression.operator](given, wanted)
        return Because(value, expression.kind, expression.name, expression.operator, wanted, given)

    def _reaches(self, expression: Expression, names: tuple[str, ...]) -> Because:
        wanted = STRENGTHS.index(str(expression.operand))
        reached = [name for name in names if (held := self.strength(name)) is not None and STRENGTHS.index(held) >= wanted]
        given = ", ".join(reached) if len(names) > 1 else (self.strength(names[0]) or "") if names else ""
        return Because(bool(reached), expression.kind, expression.name, "at_least", str(expression.operand), given)
