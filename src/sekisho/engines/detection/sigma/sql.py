"""The intermediate form as SQL for DuckDB and ClickHouse: the same truth as the local executor's, absent fields included.

Every test is made true or false before it is combined, so that NOT is safe where a field is NULL. Literals are compared by
functions (``contains``, ``position``), never by LIKE, whose wildcards would be read into them; case is folded on both sides.

What an engine cannot say (look-around in regular expressions, IPv6 arithmetic) is emitted as a condition that lets too much
through, never too little: :class:`Condition` then is not ``exact`` and the local executor looks at the rows that come back.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sekisho.engines.detection.sigma.model import (
    KEYWORD,
    And,
    Cidr,
    Compare,
    Const,
    Exists,
    Expr,
    FieldRef,
    Match,
    Not,
    Or,
    Regex,
    Test,
    Text,
    TimePart,
    Wildcard,
)
from sekisho.engines.detection.sigma.predicates import NUMBER, linear_pattern, network_of, wildcard_regex

__all__ = ["CLICKHOUSE", "DUCKDB", "Condition", "Dialect", "condition"]

_OCTET: Final = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4: Final = rf"^(?:(?i)::ffff:)?{_OCTET}(?:\.{_OCTET}){{3}}$"
_TIME: Final = "^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}"
_SLICES: Final = {"year": (1, 4), "month": (6, 2), "day": (9, 2), "hour": (12, 2), "minute": (15, 2)}
_OPERATORS: Final = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "neq": "<>"}
_IPV4_BITS: Final = 4
_MOST_NEEDLES: Final = 255


@dataclass(frozen=True, slots=True)
class Condition:
    """A Boolean SQL expression that is never NULL; without ``exact`` it lets too much through.

    ``named`` are expressions that it uses by a name (name, SQL): they stand before SELECT, as ``WITH sql AS name``.
    """

    sql: str
    exact: bool
    named: tuple[tuple[str, str], ...] = ()


class Dialect(ABC):
    """How one engine says things. Values that come in are SQL expressions."""

    name: str
    names_expressions: bool  # a rule with thousands of literals would else say one long expression for each of them

    @abstractmethod
    def column(self, name: str) -> str:
        """A quoted name."""

    @abstractmethod
    def text(self, value: str) -> str:
        """A text literal."""

    @abstractmethod
    def known(self, condition: str) -> str:
        """``condition``, false where it is NULL."""

    @abstractmethod
    def folded(self, value: str) -> str:
        """In lower case, one code point to one."""

    @abstractmethod
    def place(self, place: str, value: str, other: str) -> str:
        """Whether ``value`` is, contains, begins or ends with ``other``."""

    @abstractmethod
    def any_place(self, place: str, value: str, others: Sequence[str]) -> str:
        """Whether one of ``others`` (literals) stands so in ``value``."""

    @abstractmethod
    def found(self, value: str, pattern: str) -> str:
        """Whether a pattern of the RE2 language is found; ``.`` is any character but a line break unless it says ``s``."""

    @abstractmethod
    def number(self, value: str) -> str:
        """As a floating-point number, NULL where it is none."""

    @abstractmethod
    def whole(self, value: str) -> str:
        """As a whole number, NULL where it is none."""

    @abstractmethod
    def part(self, value: str, number: int) -> str:
        """The n-th part (from 1) between dots."""


class _DuckDB(Dialect):
    name = "duckdb"
    names_expressions = False

    def column(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    def text(self, value: str) -> str:
        parts = ["'" + part.replace("'", "''") + "'" for part in value.split("\0")]
        return parts[0] if len(parts) == 1 else f"({' || chr(0) || '.join(parts)})"

    def known(self, condition: str) -> str:
        return f"coalesce({condition}, false)"

    def folded(self, value: str) -> str:
        return f"lower({value})"

    def place(self, place: str, value: str, other: str) -> str:
        functions = {"contains": "contains", "startswith": "starts_with", "endswith": "ends_with"}
        return f"{value} = {other}" if place == "equals" else f"{functions[place]}({value}, {other})"

    def any_place(self, place: str, value: str, others: Sequence[str]) -> str:
        if place == "equals":
            return f"{value} IN ({', '.join(others)})"
        return f"({' OR '.join(self.place(place, value, other) for other in others)})"

    def found(self, value: str, pattern: str) -> str:
        return f"regexp_matches({value}, {self.text(_without_nul(pattern))})"

    def number(self, value: str) -> str:
        return f"try_cast({value} AS DOUBLE)"

    def whole(self, value: str) -> str:
        return f"try_cast({value} AS BIGINT)"

    def part(self, value: str, number: int) -> str:
        return f"split_part({value}, '.', {number})"


class _ClickHouse(Dialect):
    name = "clickhouse"
    names_expressions = True
    _ESCAPES: Final = str.maketrans({"\\": "\\\\", "'": "\\'", '"': '\\"', "\0": "\\0", "\n": "\\n", "\r": "\\r", "\t": "\\t"})

    def column(self, name: str) -> str:
        return f'"{name.translate(self._ESCAPES)}"'

    def text(self, value: str) -> str:
        return f"'{value.translate(self._ESCAPES)}'"

    def known(self, condition: str) -> str:
        return f"ifNull({condition}, 0)"

    def folded(self, value: str) -> str:
        # Its library folds these two by their neighbours, and to two code points.
        return f"lowerUTF8(replaceAll(replaceAll({value}, 'Σ', 'σ'), 'İ', 'i'))"

    def place(self, place: str, value: str, other: str) -> str:
        if place == "contains":
            return f"position({value}, {other}) > 0"
        functions = {"startswith": "startsWith", "endswith": "endsWith"}
        return f"{value} = {other}" if place == "equals" else f"{functions[place]}({value}, {other})"

    def any_place(self, place: str, value: str, others: Sequence[str]) -> str:
        if place == "equals":
            return f"{value} IN ({', '.join(others)})"
        if place == "contains":  # one pass for all; it takes at most 255
            groups = [others[start : start + _MOST_NEEDLES] for start in range(0, len(others), _MOST_NEEDLES)]
            searches = (f"multiSearchAny({value}, [{', '.join(group)}])" for group in groups)
            return f"({' OR '.join(searches)})"
        return f"({' OR '.join(self.place(place, value, other) for other in others)})"

    def found(self, value: str, pattern: str) -> str:
        return f"match({value}, {self.text('(?-s)' + _without_nul(pattern))})"

    def number(self, value: str) -> str:
        return f"toFloat64OrNull({value})"

    def whole(self, value: str) -> str:
        return f"toInt64OrNull({value})"

    def part(self, value: str, number: int) -> str:
        return f"splitByChar('.', assumeNotNull({value}))[{number}]"


DUCKDB: Final[Dialect] = _DuckDB()
CLICKHOUSE: Final[Dialect] = _ClickHouse()


def condition(expr: Expr, columns: Collection[str], dialect: Dialect) -> Condition:
    """``expr`` over the columns of a table (those of fields only).

    A field is found by its exact name, else without regard to case; one that is not there is an absent field.
    """
    emitter = _Emitter(columns, dialect)
    made = emitter.emit(expr, wide=True)
    return Condition(made.sql, made.exact, tuple(emitter.named.items()))


def _without_nul(pattern: str) -> str:
    return pattern.replace("\0", "\\x00")


class _Emitter:
    def __init__(self, columns: Collection[str], dialect: Dialect) -> None:
        self.columns = list(columns)
        self.dialect = dialect
        self._exact = set(columns)
        self.named: dict[str, str] = {}
        self._lower: dict[str, str] = {}
        for name in columns:
            self._lower.setdefault(name.lower(), name)

    def emit(self, expr: Expr, *, wide: bool) -> Condition:
        """``wide`` says on which side to err: a condition that lets too much through, or (under NOT) too little."""
        if isinstance(expr, Match):
            return self._match(expr, wide=wide)
        if isinstance(expr, Const):
            return Condition("true" if expr.value else "false", exact=True)
        if isinstance(expr, Not):
            inner = self.emit(expr.item, wide=not wide)
            return Condition(f"NOT {inner.sql}", inner.exact)
        if isinstance(expr, And):
            return self._joined([self.emit(item, wide=wide) for item in expr.items], "AND")
        return self._or(expr, wide=wide)

    def _or(self, expr: Or, *, wide: bool) -> Condition:
        """Literals that stand in one place of one field are said together."""
        together: dict[tuple[str, str], list[str]] = {}
        parts = []
        for item in expr.items:
            if isinstance(item, Match) and isinstance(item.test, Text) and not item.test.cased and item.field != KEYWORD:
                together.setdefault((item.field, item.test.place), []).append(self.dialect.text(item.test.value))
            else:
                parts.append(self.emit(item, wide=wide))
        for (field, place), literals in together.items():
            name = self._resolve(field)
            if name is not None:
                parts.append(self._sure(self.dialect.any_place(place, self._folded(self.dialect.column(name)), literals)))
        return self._joined(parts, "OR") if parts else Condition("false", exact=True)

    def _joined(self, parts: list[Condition], operator: str) -> Condition:
        sql = f" {operator} ".join(part.sql for part in parts)
        return Condition(f"({sql})", all(part.exact for part in parts))

    def _match(self, match: Match, *, wide: bool) -> Condition:
        if match.field == KEYWORD:
            parts = [self._test(self.dialect.column(name), match.test, wide=wide) for name in self.columns]
            return self._joined(parts, "OR") if parts else Condition("false", exact=True)
        name = self._resolve(match.field)
        return Condition("false", exact=True) if name is None else self._test(self.dialect.column(name), match.test, wide=wide)

    def _resolve(self, field: str) -> str | None:
        return field if field in self._exact else self._lower.get(field.lower())

    def _test(self, column: str, test: Test, *, wide: bool) -> Condition:
        said = self.dialect
        if isinstance(test, Text):
            value = column if test.cased else self._folded(column)
            return self._sure(said.place(test.place, value, said.text(test.value)))
        if isinstance(test, Wildcard):
            return self._sure(said.found(column if test.cased else self._folded(column), wildcard_regex(test.parts)))
        if isinstance(test, Exists):
            return Condition(f"({column} IS NOT NULL)", exact=True)
        if isinstance(test, Compare):
            return self._compare(column, test)
        return self._rarer(column, test, wide=wide)

    def _rarer(self, column: str, test: Regex | Cidr | FieldRef | TimePart, *, wide: bool) -> Condition:
        if isinstance(test, Cidr):
            return self._cidr(column, test, wide=wide)
        if isinstance(test, TimePart):
            return self._time(column, test, wide=wide)
        if isinstance(test, FieldRef):
            name = self._resolve(test.field)
            if name is None:
                return Condition("false", exact=True)
            other = self._folded(self.dialect.column(name))
            return self._sure(self.dialect.place(test.place, self._folded(column), other))
        pattern = linear_pattern(test)
        if pattern is not None:
            return self._sure(self.dialect.found(column, pattern))
        return Condition(f"({column} IS NOT NULL)" if wide else "false", exact=False)

    def _folded(self, column: str) -> str:
        sql = self.dialect.folded(column)
        if not self.dialect.names_expressions:
            return sql
        name = next((name for name, known in self.named.items() if known == sql), f"_folded_{len(self.named)}")
        self.named[name] = sql
        return name

    def _sure(self, sql: str) -> Condition:
        return Condition(self.dialect.known(sql), exact=True)

    def _case(self, when: str, then: str) -> str:
        """``then`` is computed only where ``when`` holds."""
        return self.dialect.known(f"CASE WHEN {when} THEN {then} ELSE false END")

    def _compare(self, column: str, test: Compare) -> Condition:
        number = self.dialect.number(column)
        finite = f"abs({number}) <= 1.7976931348623157e308"
        return Condition(
            self._case(self.dialect.found(column, NUMBER), f"({finite} AND {number} {_OPERATORS[test.op]} {test.number!r})"),
            exact=True,
        )

    def _cidr(self, column: str, test: Cidr, *, wide: bool) -> Condition:
        said = self.dialect
        version, first, last = network_of(test.network)
        others = said.known(said.place("contains", column, said.text(":"))) if wide else "false"
        if version != _IPV4_BITS:
            return Condition(others, exact=False)
        bare = f"replace({self._folded(column)}, '::ffff:', '')"
        parts = [f"{said.whole(said.part(bare, place + 1))} * {256 ** (3 - place)}" for place in range(4)]
        plain = self._case(said.found(column, _IPV4), f"({' + '.join(parts)} BETWEEN {first} AND {last})")
        return Condition(f"({plain} OR {others})", exact=False) if wide else Condition(plain, exact=False)

    def _time(self, column: str, test: TimePart, *, wide: bool) -> Condition:
        said = self.dialect
        shape = said.found(column, _TIME)
        if test.part == "week":  # engines differ in the years whose weeks they know
            return Condition(said.known(shape) if wide else "false", exact=False)
        start, length = _SLICES[test.part]
        return Condition(
            self._case(shape, f"{said.whole(f'substring({column}, {start}, {length})')} = {test.number}"), exact=True
        )
