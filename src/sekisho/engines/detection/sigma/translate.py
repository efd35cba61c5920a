"""From a rule as pySigma parsed it to the intermediate form."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.types import (
    Placeholder,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
    SigmaTimestampPart,
    SpecialChars,
)

from sekisho.engines.detection.sigma.fold import fold
from sekisho.engines.detection.sigma.model import (
    KEYWORD,
    Cidr,
    Compare,
    Exists,
    Expr,
    FieldRef,
    Match,
    Not,
    Place,
    Regex,
    Test,
    Text,
    TimePart,
    Wildcard,
)
from sekisho.engines.detection.sigma.predicates import predicate
from sekisho.engines.detection.sigma.simplify import all_of, any_of, negation
from sekisho.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["condition", "text_test"]

ANY: Final = 1  # ``*``
ONE: Final = 0  # ``?``
_FLAGS: Final = {
    SigmaRegularExpressionFlag.IGNORECASE: "i",
    SigmaRegularExpressionFlag.MULTILINE: "m",
    SigmaRegularExpressionFlag.DOTALL: "s",
}


def condition(detections: Any, placeholders: Mapping[str, Sequence[str]]) -> Expr:
    """The expression of a rule's detections (any of its conditions).

    ``placeholders`` are the values that stand for ``%name%`` under ``expand``. Raises InputError for what is not supported, and
    whatever pySigma raises for a wrong condition.
    """
    return any_of(_node(parsed.parse(), placeholders) for parsed in detections.parsed_condition)


def _node(node: Any, placeholders: Mapping[str, Sequence[str]]) -> Expr:
    if isinstance(node, ConditionAND):
        return all_of(_node(arg, placeholders) for arg in node.args)
    if isinstance(node, ConditionOR):
        return any_of(_node(arg, placeholders) for arg in node.args)
    if isinstance(node, ConditionNOT):
        return negation(_node(node.args[0], placeholders))
    if isinstance(node, ConditionFieldEqualsValueExpression):
        return _value(node.field, node.value, placeholders)
    if isinstance(node, ConditionValueExpression):
        return _value(KEYWORD, node.value, placeholders)
    raise InputError("detection.condition_empty")


def _value(field: str, value: Any, placeholders: Mapping[str, Sequence[str]]) -> Expr:
    if isinstance(value, SigmaExpansion):
        return any_of(_value(field, item, placeholders) for item in value.values)
    if isinstance(value, SigmaNull):  # "has no value": Windows writes an empty element where there is nothing
        return any_of((negation(Match(field, Exists())), Match(field, Text("equals", ""))))
    if isinstance(value, SigmaExists):
        return Match(field, Exists()) if value.exists else Not(Match(field, Exists()))
    if isinstance(value, (SigmaString, SigmaRegularExpression)) and value.contains_placeholder():
        expanded = value.replace_placeholders(lambda stub: _given(stub, placeholders))
        return any_of(_value(field, item, placeholders) for item in expanded)
    return Match(field, _test(field, value))


def _given(stub: Placeholder, placeholders: Mapping[str, Sequence[str]]) -> Iterator[Any]:
    if stub.name not in placeholders:
        raise InputError("detection.placeholder_unknown", name=stub.name)
    for text in placeholders[stub.name]:
        literal = SigmaString()
        literal.s = [text]
        yield literal


def _test(field: str, value: Any) -> Test:
    for kind, make in _TESTS:
        if isinstance(value, kind):
            test = make(field, value)
            if isinstance(test, (Regex, Wildcard)):
                predicate(test)  # a pattern that no engine can run is the rule's fault, and is told before anything runs
            return test
    raise InputError("detection.value_unsupported", kind=type(value).__name__)


def _reference(_: str, value: Any) -> Test:
    places: dict[tuple[bool, bool], Place] = {
        (False, False): "equals", (True, False): "startswith", (False, True): "endswith", (True, True): "contains",
    }  # fmt: skip
    return FieldRef(places[value.starts_with, value.ends_with], value.field)


def _pattern(field: str, value: Any) -> Test:
    parts = [ANY if p is SpecialChars.WILDCARD_MULTI else ONE if p is SpecialChars.WILDCARD_SINGLE else p for p in value.s]
    return _string(field, parts, cased=isinstance(value, SigmaCasedString))


def _string(field: str, parts: list[Any], *, cased: bool) -> Test:
    """A keyword is found anywhere in a field's value; a field's value is the whole."""
    return text_test([ANY, *parts, ANY] if field == KEYWORD else parts, cased=cased)


def text_test(parts: list[Any], *, cased: bool) -> Test:
    """The simplest test for a pattern of literals, :data:`ANY` and :data:`ONE`."""
    merged: list[str | int] = []
    for part in parts:
        if not isinstance(part, str):
            if part != ANY or not merged or merged[-1] != ANY:
                merged.append(part)
        elif part:
            text = _sound(part) if cased else fold(_sound(part))
            if merged and isinstance(merged[-1], str):
                merged[-1] += text
            else:
                merged.append(text)
    if merged == [ANY]:
        return Exists()
    texts = [part for part in merged if isinstance(part, str)] or [""]
    place = _PLACES.get(tuple(part if isinstance(part, int) else "" for part in merged))
    return Wildcard(tuple(merged), cased) if place is None else Text(place, texts[0], cased)


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise InputError("detection.value_unsupported", kind=str(number))
    return float(number)


def _sound(text: str) -> str:
    if any("\ud800" <= character <= "\udfff" for character in text):  # half of a pair: no text of a log can have it
        raise InputError("detection.value_surrogate")
    return text


_PLACES: Final[dict[tuple[str | int, ...], Place]] = {
    (): "equals",
    ("",): "equals",
    ("", ANY): "startswith",
    (ANY, ""): "endswith",
    (ANY, "", ANY): "contains",
}
# In this order: a part of a time is also a number.
_TESTS: Final[tuple[tuple[type, Callable[[str, Any], Test]], ...]] = (
    (SigmaTimestampPart, lambda _, v: TimePart(v.timestamp_part.name.lower(), int(v.number))),
    (SigmaNumber, lambda field, v: _string(field, [str(v.number)], cased=False)),
    (SigmaBool, lambda field, v: _string(field, ["true" if v.boolean else "false"], cased=False)),
    (SigmaString, _pattern),
    (SigmaRegularExpression, lambda _, v: Regex(str(v.regexp), "".join(sorted(_FLAGS[flag] for flag in v.flags)))),
    (SigmaCIDRExpression, lambda _, v: Cidr(str(v.network))),
    (SigmaCompareExpression, lambda _, v: Compare(v.op.name.lower(), _finite(v.number.number))),
    (SigmaFieldReference, _reference),
)
