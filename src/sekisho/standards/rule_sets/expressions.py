"""The one small language of conditions in rule data: structured YAML, never code.

=====================================================  =====================================================================
form                                                   true when
=====================================================  =====================================================================
``A`` or ``{condition: A}``                            the condition of that id is
``{all: [..]}`` ``{any: [..]}`` ``{not: ..}``          all, any, none of the parts are
``{answer: Q1, is: value}``                            the answer is that value (``yes`` and ``no`` for yes-or-no questions)
``{answer: Q1, is_any: [..]}``                         the answer is one of the values
``{answer: Q1, includes_any: [..]}``                   of several chosen values, at least one is listed (``includes_all``: all)
``{answer: Q1, at_least: n}``                          the number is; also ``more_than``, ``at_most``, ``less_than``; ``n`` may be
                                                       ``{setting: id}``
``{answer: Q1, answered: yes}``                        something was answered (``no``: nothing was)
``{decision: grade, is_any: [A]}``                     a decision of the rule set came out so
``{requirement: AT-1-1, at_least: mid}``               the strength chosen for the requirement is at least that
``{any_requirement_at_least: high}``                   one of the requirements that hold has at least that strength
=====================================================  =====================================================================
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal

__all__ = ["OPERATORS", "STRENGTHS", "Expression", "Operand", "Reference", "parse", "references"]

Operand = str | float | tuple[str, ...]
ReferenceKind = Literal["condition", "question", "decision", "requirement", "setting"]
Reference = tuple[ReferenceKind, str]

STRENGTHS: Final[tuple[Literal["low", "mid", "high"], ...]] = ("low", "mid", "high")
_ONE_VALUE: Final = ("is",)
_LISTS: Final = ("is_any", "includes_any", "includes_all")
_NUMBERS: Final = ("at_least", "more_than", "at_most", "less_than")
OPERATORS: Final = (*_ONE_VALUE, *_LISTS, *_NUMBERS, "answered")


class Expression:
    """A parsed condition. ``kind``: all, any, not, condition, answer, decision, requirement, any_requirement.

    ``parts`` belong to all, any and not; ``name`` is the id that is looked up; ``operator`` and ``operand`` compare it
    (``setting``: the operand is that setting's value). A plain class: msgspec hands the YAML value to :func:`parse`.
    """

    __slots__ = ("kind", "name", "operand", "operator", "parts", "setting")

    def __init__(
        self,
        kind: str,
        parts: tuple[Expression, ...] = (),
        *,
        name: str = "",
        operator: str = "",
        operand: Operand = "",
        setting: str = "",
    ) -> None:
        self.kind = kind
        self.parts = parts
        self.name = name
        self.operator = operator
        self.operand = operand
        self.setting = setting

    def _all(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self._all() == other._all()

    def __hash__(self) -> int:
        return hash(self._all())

    def __repr__(self) -> str:
        told = {name: value for name in self.__slots__ if (value := getattr(self, name)) not in ("", ())}
        return f"Expression({told})"


def parse(value: Any) -> Expression:
    """The expression of a YAML value. Raises ValueError that says what is not understood."""
    if isinstance(value, str) and value:
        return Expression("condition", name=value)
    if not isinstance(value, dict) or not value:
        raise ValueError(f"a condition is an id or a mapping, not {value!r}")
    keys = set(value)
    for group in ("all", "any"):
        if group in keys:
            return _group(group, value)
    if keys == {"not"}:
        return Expression("not", (parse(value["not"]),))
    if keys == {"condition"}:
        return Expression("condition", name=_text(value["condition"]))
    if keys == {"any_requirement_at_least"}:
        return Expression("any_requirement", operator="at_least", operand=_strength(value["any_requirement_at_least"]))
    for kind in ("answer", "decision", "requirement"):
        if kind in keys:
            return _comparison(kind, value)
    raise ValueError(f"not understood: {', '.join(sorted(map(str, keys)))}")


def _group(kind: str, value: dict[str, Any]) -> Expression:
    if len(value) != 1 or not isinstance(value[kind], list) or not value[kind]:
        raise ValueError(f"{kind} stands alone and holds a list of at least one condition")
    return Expression(kind, tuple(parse(part) for part in value[kind]))


def _comparison(kind: str, value: dict[str, Any]) -> Expression:
    name = _text(value[kind])
    given = [key for key in value if key != kind]
    if len(given) != 1 or given[0] not in OPERATORS:
        raise ValueError(f"{kind} needs exactly one of {', '.join(OPERATORS)}")
    operator, raw = given[0], value[given[0]]
    if kind == "requirement":
        if operator != "at_least":
            raise ValueError("requirement is compared with at_least only")
        return Expression(kind, name=name, operator=operator, operand=_strength(raw))
    if operator in _NUMBERS:
        if isinstance(raw, dict) and set(raw) == {"setting"}:
            return Expression(kind, name=name, operator=operator, setting=_text(raw["setting"]))
        if isinstance(raw, bool) or not isinstance(raw, int | float):
            raise ValueError(f"{operator} needs a number or {{setting: id}}")
        return Expression(kind, name=name, operator=operator, operand=float(raw))
    if operator in _LISTS:
        if not isinstance(raw, list) or not raw:
            raise ValueError(f"{operator} needs a list of at least one value")
        return Expression(kind, name=name, operator=operator, operand=tuple(_value(v) for v in raw))
    return Expression(kind, name=name, operator=operator, operand=_value(raw))


def _value(raw: Any) -> str:
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    if isinstance(raw, str | int | float) and str(raw):
        return str(raw)
    raise ValueError(f"not a value: {raw!r}")


def _text(raw: Any) -> str:
    if not isinstance(raw, str) or not raw:
        raise ValueError(f"an id is a text, not {raw!r}")
    return raw


def _strength(raw: Any) -> str:
    if raw not in STRENGTHS:
        raise ValueError(f"a strength is one of {', '.join(STRENGTHS)}, not {raw!r}")
    return str(raw)


def references(expression: Expression) -> Iterator[Reference]:
    """Everything that the expression looks up; ("requirement", "*") stands for all of them."""
    for part in expression.parts:
        yield from references(part)
    if expression.setting:
        yield "setting", expression.setting
    match expression.kind:
        case "condition":
            yield "condition", expression.name
        case "answer":
            yield "question", expression.name
        case "decision":
            yield "decision", expression.name
        case "requirement":
            yield "requirement", expression.name
        case "any_requirement":
            yield "requirement", "*"
