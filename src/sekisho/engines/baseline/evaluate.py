"""Judging facts by rules: a pure function. Unknown is never a pass."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

from sekisho.engines.baseline.facts import Fact, Facts, FactStatus, Source
from sekisho.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sekisho.engines.baseline.rules import Rule, RuleSet

__all__ = ["CheckResult", "Outcome", "evaluate"]


class Outcome(StrEnum):
    """How a check came out."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    NOT_APPLICABLE = "not_applicable"
    ERROR = "error"


class CheckResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The outcome of one rule. ``actual`` and ``expected`` belong to the condition that decided; ``reason`` says why there is no
    verdict (``not_live``, ``absent``, ``denied``, ``unparsable``, ``condition``, ``unknown_fact``).
    """

    rule: str
    consideration: str
    outcome: Outcome
    fact: str = ""
    actual: Any = None
    expected: Any = None
    reason: str = ""
    sources: tuple[Source, ...] = ()


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    outcome: Outcome
    fact: str = ""
    actual: Any = None
    expected: Any = None
    reason: str = ""
    sources: tuple[Source, ...] = ()


def _within(actual: Any, expected: Any) -> bool:
    return int(str(actual), 8) & ~int(str(expected), 8) == 0


def _items(actual: Any) -> list[Any]:
    return list(actual) if isinstance(actual, list | tuple | dict) else [actual]


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, e: bool(a == e),
    "ne": lambda a, e: bool(a != e),
    "in": lambda a, e: a in e,
    "not_in": lambda a, e: a not in e,
    "ge": lambda a, e: bool(a >= e),
    "le": lambda a, e: bool(a <= e),
    "between": lambda a, e: bool(e[0] <= a <= e[1]),
    "each_in": lambda a, e: all(i in e for i in _items(a)),
    "each_not_in": lambda a, e: all(i not in e for i in _items(a)),
    "each_ge": lambda a, e: all(i >= e for i in _items(a)),
    "each_le": lambda a, e: all(i <= e for i in _items(a)),
    "each_between": lambda a, e: all(e[0] <= i <= e[1] for i in _items(a)),
    "empty": lambda a, _: not a,
    "not_empty": lambda a, _: bool(a),
    "contains": lambda a, e: all(i in _items(a) for i in _items(e)),
    "contains_none": lambda a, e: not any(i in _items(a) for i in _items(e)),
    "subset_of": lambda a, e: set(_items(a)) <= set(e),
    "mode_within": _within,
}

_NO_VALUE = {FactStatus.DENIED: "denied", FactStatus.UNPARSABLE: "unparsable"}


def _unread(fact: Fact, check: dict[str, Any]) -> tuple[Outcome, str] | None:
    """Outcome and reason when there is no value to compare."""
    if fact.status in _NO_VALUE:
        return Outcome.ERROR, _NO_VALUE[fact.status]
    if fact.status is FactStatus.NOT_LIVE:
        return Outcome.NOT_APPLICABLE, "not_live"
    if fact.status is FactStatus.ABSENT:
        return Outcome(check.get("absent", "not_applicable")), "absent"
    return None


def _condition(check: dict[str, Any], facts: Facts) -> _Part:
    """One comparison."""
    key, expected = check["fact"], check.get("expected")
    fact = facts.get(key)
    if fact is None:
        return _Part(outcome=Outcome.ERROR, fact=key, expected=expected, reason="unknown_fact")
    unread = _unread(fact, check)
    if unread is not None:
        return _Part(outcome=unread[0], fact=key, expected=expected, reason=unread[1], sources=fact.sources)
    actual = fact.value
    for step in check["field"].split(".") if "field" in check else ():
        actual = actual.get(step) if isinstance(actual, dict) else None
    try:
        outcome = Outcome.ERROR if actual is None else Outcome.PASS if _OPERATORS[check["op"]](actual, expected) else Outcome.FAIL
    except (TypeError, ValueError):  # "30 minutes" where a number was expected: the setting cannot be judged
        outcome = Outcome.ERROR
    reason = "unparsable" if outcome is Outcome.ERROR else ""  # also None: the fact is there, this part of it is not known
    return _Part(outcome=outcome, fact=key, actual=actual, expected=expected, reason=reason, sources=fact.sources)


_ALL_ORDER = (Outcome.FAIL, Outcome.ERROR, Outcome.PASS, Outcome.NOT_APPLICABLE)
_ANY_ORDER = (Outcome.PASS, Outcome.ERROR, Outcome.FAIL, Outcome.NOT_APPLICABLE)


def _check(check: dict[str, Any], facts: Facts) -> _Part:
    """A condition or a combination: the first outcome in the combination's order wins, so that unknown never becomes a pass."""
    for name, order in (("all", _ALL_ORDER), ("any", _ANY_ORDER)):
        if name in check:
            parts = [_check(part, facts) for part in check[name]]
            return min(parts, key=lambda p: order.index(p.outcome))
    return _condition(check, facts)


def _judge(rule: Rule, facts: Facts) -> CheckResult:
    if rule.applicable_when is not None:
        gate = _check(rule.applicable_when, facts)
        if gate.outcome is not Outcome.PASS:
            outcome = Outcome.ERROR if gate.outcome is Outcome.ERROR else Outcome.NOT_APPLICABLE
            reason = gate.reason if outcome is Outcome.ERROR or gate.reason == "not_live" else "condition"
            return CheckResult(rule=rule.id, consideration=rule.consideration, outcome=outcome, fact=gate.fact, reason=reason)
    part = _check(rule.check, facts)
    return CheckResult(rule=rule.id, consideration=rule.consideration, **{f: getattr(part, f) for f in _Part.__struct_fields__})


def evaluate(facts: Facts, rules: RuleSet) -> tuple[CheckResult, ...]:
    """Judge ``facts`` by every rule, in the rules' order.

    Raises:
        InputError: ``baseline.all_not_applicable`` when no rule came to a verdict and none failed to be read;
            ``baseline.nothing_readable`` when no rule came to a verdict because nothing could be read.
    """
    results = tuple(_judge(rule, facts) for rule in rules.rules)
    outcomes = {r.outcome for r in results}
    if not outcomes & {Outcome.PASS, Outcome.FAIL}:
        code = "baseline.nothing_readable" if Outcome.ERROR in outcomes else "baseline.all_not_applicable"
        raise InputError(code, root=facts.root, checks=len(results))
    return results
