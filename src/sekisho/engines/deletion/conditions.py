"""Conditions that pick rows: one expression over columns and values, nothing else, built with bound values.

    disjunction := conjunction (OR conjunction)*        conjunction := negation (AND negation)*
    negation    := NOT negation | "(" disjunction ")" | predicate
    predicate   := operand (= | <> | != | < | <= | > | >=) operand | operand IS [NOT] NULL
                 | operand [NOT] IN "(" operand ("," operand)* ")" | operand [NOT] BETWEEN operand AND operand
                 | operand [NOT] LIKE operand
    operand     := column | "column" | 'text' | number | TRUE | FALSE | :parameter

No functions, no sub-selects, no comments, no second statement: what decides about a deletion must be readable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa

from sekisho.errors import InputError

__all__ = ["condition"]

Value = str | int | float | bool | None
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>'(?:[^']|'')*')|\"(?P<quoted>(?:[^\"]|\"\")+)\"|:(?P<parameter>[A-Za-z_]\w*)"
    r"|(?P<operator><>|!=|<=|>=|=|<|>)|(?P<sign>[(),])|(?P<word>[^\W\d]\w*))"
)
_WORDS: Final = frozenset({"AND", "OR", "NOT", "IS", "NULL", "IN", "BETWEEN", "LIKE", "TRUE", "FALSE"})
_MOST: Final = 10_000
_DEEPEST: Final = 60


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class _Operand:
    """A column, or a plain value that takes the type of the column it stands beside."""

    column: sa.Column[Any] | None
    value: Any = None
    at: int = 0


def condition(text: str, table: sa.Table, parameters: Mapping[str, Value]) -> sa.ColumnElement[bool]:
    """The condition as an expression of ``table``; every value is bound.

    Raises InputError: ``deletion.where_syntax`` (with the place), ``deletion.where_column`` (no such column),
    ``deletion.where_parameter`` (not handed in, or not used), ``deletion.where_value`` (does not fit the column),
    ``deletion.where_constant`` (a comparison without a column, which would pick all rows or none).
    """
    parser = _Parser(_tokens(text), table, dict(parameters))
    found = parser.disjunction(0)
    parser.end()
    unused = sorted(set(parameters) - parser.used)
    if unused:
        raise InputError("deletion.where_parameter", name=unused[0])
    return found


def _tokens(text: str) -> list[_Token]:
    if len(text) > _MOST:
        raise InputError("deletion.where_syntax", at=_MOST, near="")
    found, at = [], 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise InputError("deletion.where_syntax", at=at + 1, near=text[at:].strip()[:1])
        kind, words = match.lastgroup, match[match.lastgroup]
        if kind == "word" and words.upper() in _WORDS:
            kind, words = "key", words.upper()
        found.append(_Token(kind, words, match.start(kind if kind != "key" else "word") + 1))
        at = match.end()
    return found


class _Parser:
    """Recursive descent over the tokens."""

    def __init__(self, tokens: list[_Token], table: sa.Table, parameters: dict[str, Value]) -> None:
        self._tokens = tokens
        self._at = 0
        self._table = table
        self._parameters = parameters
        self.used: set[str] = set()

    def _next(self, *texts: str, kind: str = "key") -> _Token | None:
        """Take the next token if it is one of these."""
        if self._at < len(self._tokens):
            token = self._tokens[self._at]
            if token.kind == kind and (not texts or token.text in texts):
                self._at += 1
                return token
        return None

    def _fail(self) -> InputError:
        here = self._tokens[self._at] if self._at < len(self._tokens) else _Token("end", "", -1)
        near = "…" if here.kind in {"text", "number"} else here.text[:20]  # a value is not shown
        return InputError("deletion.where_syntax", at=here.at, near=near)

    def end(self) -> None:
        """Nothing may follow."""
        if self._at != len(self._tokens):
            raise self._fail()

    def disjunction(self, depth: int) -> sa.ColumnElement[bool]:
        """The whole, or what stands in brackets."""
        if depth > _DEEPEST:
            raise self._fail()
        parts = [self._conjunction(depth)]
        while self._next("OR"):
            parts.append(self._conjunction(depth))
        return sa.or_(*parts) if len(parts) > 1 else parts[0]

    def _conjunction(self, depth: int) -> sa.ColumnElement[bool]:
        parts = [self._negation(depth)]
        while self._next("AND"):
            parts.append(self._negation(depth))
        return sa.and_(*parts) if len(parts) > 1 else parts[0]

    def _negation(self, depth: int) -> sa.ColumnElement[bool]:
        if depth > _DEEPEST:
            raise self._fail()
        if self._next("NOT"):
            return sa.not_(self._negation(depth + 1))
        if self._next("(", kind="sign"):
            inner = self.disjunction(depth + 1)
            if not self._next(")", kind="sign"):
                raise self._fail()
            return inner.self_group()
        return self._predicate()

    def _predicate(self) -> sa.ColumnElement[bool]:
        left = self._operand()
        if operator := self._next(kind="operator"):
            return _compared(left, operator.text, self._operand())
        if self._next("IS"):
            negated = self._next("NOT") is not None
            if not self._next("NULL"):
                raise self._fail()
            column = _column(left)
            return column.is_not(None) if negated else column.is_(None)
        negated = self._next("NOT") is not None
        made = self._among(left)
        return sa.not_(made) if negated else made

    def _among(self, left: _Operand) -> sa.ColumnElement[bool]:
        column = _column(left)
        if self._next("IN"):
            if not self._next("(", kind="sign"):
                raise self._fail()
            values = [_bound(self._operand(), column)]
            while self._next(",", kind="sign"):
                values.append(_bound(self._operand(), column))
            if not self._next(")", kind="sign"):
                raise self._fail()
            return column.in_(values)
        if self._next("BETWEEN"):
            low = _bound(self._operand(), column)
            if not self._next("AND"):
                raise self._fail()
            return column.between(low, _bound(self._operand(), column))
        if self._next("LIKE"):
            return column.like(_bound(self._operand(), column))
        raise self._fail()

    def _operand(self) -> _Operand:
        if self._at >= len(self._tokens):
            raise self._fail()
        token = self._tokens[self._at]
        self._at += 1
        if token.kind in {"word", "quoted"}:
            name = token.text.replace('""', '"')
            if name not in self._table.columns:
                raise InputError("deletion.where_column", name=name[:60], at=token.at)
            return _Operand(self._table.columns[name], at=token.at)
        if token.kind == "parameter":
            if token.text not in self._parameters:
                raise InputError("deletion.where_parameter", name=token.text[:60])
            self.used.add(token.text)
            return _Operand(None, self._parameters[token.text], token.at)
        if token.kind == "text":
            return _Operand(None, token.text[1:-1].replace("''", "'"), token.at)
        if token.kind == "number":
            return _Operand(None, Decimal(token.text) if "." in token.text else int(token.text), token.at)
        if token.kind == "key" and token.text in {"TRUE", "FALSE"}:
            return _Operand(None, token.text == "TRUE", token.at)
        self._at -= 1
        raise self._fail()


def _column(operand: _Operand) -> sa.Column[Any]:
    if operand.column is None:
        raise InputError("deletion.where_constant", at=operand.at)
    return operand.column


_FLIPPED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def _compared(left: _Operand, operator: str, right: _Operand) -> sa.ColumnElement[bool]:
    if left.column is None:
        left, right, operator = right, left, _FLIPPED.get(operator, operator)
    column = _column(left)
    if right.column is not None and right.column is column:
        raise InputError("deletion.where_constant", at=right.at)
    other: Any = right.column if right.column is not None else _bound(right, column)
    if right.column is None and right.value is None:
        raise InputError("deletion.where_value", name=column.name, at=right.at)  # = NULL picks nothing: IS NULL is meant
    made: dict[str, Any] = {
        "=": column == other, "<>": column != other, "!=": column != other, "<": column < other,
        "<=": column <= other, ">": column > other, ">=": column >= other,
    }  # fmt: skip
    chosen: sa.ColumnElement[bool] = made[operator]
    return chosen


def _bound(operand: _Operand, column: sa.Column[Any]) -> Any:
    """The value as the column's own type takes it, bound."""
    if operand.column is not None:
        return operand.column
    return sa.bindparam(None, _fitted(operand.value, column, operand.at), type_=column.type, unique=True)


def _fitted(value: Any, column: sa.Column[Any], at: int) -> Any:
    for kind, converted in _CONVERTED:
        if isinstance(column.type, kind):
            try:
                return converted(value)
            except (ValueError, TypeError, KeyError, ArithmeticError) as error:
                raise InputError("deletion.where_value", name=column.name, at=at) from error
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or int(value) != Decimal(str(value)):
        raise TypeError
    return int(value)


def _as_text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


_CONVERTED: Final[tuple[tuple[type[Any], Callable[[Any], Any]], ...]] = (
    (sa.DateTime, lambda value: datetime.fromisoformat(_as_text(value))),
    (sa.Date, lambda value: date.fromisoformat(_as_text(value))),
    (sa.Boolean, lambda value: {True: True, False: False}[value]),  # 1 and 0 are equal to these
    (sa.Integer, _whole),
    (sa.Numeric, lambda value: Decimal(str(value))),
    (sa.String, _as_text),  # comparing texts with numbers differs from database to database
)
