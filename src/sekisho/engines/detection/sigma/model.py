"""The intermediate form of a Sigma rule: what the three executors (local, DuckDB, ClickHouse) all start from.

An expression is a tree of :class:`And`, :class:`Or`, :class:`Not`, :class:`Const` and :class:`Match`. It has two truth values:
a test on a field that an event does not have is false, so its negation is true. Text tests hold their literals already folded to
lower case unless they are ``cased``; how case is folded says :mod:`sekisho.engines.detection.sigma.fold`.

Everything here is frozen, hashable and msgspec-serialisable, so that compiled rules can be kept on disk without pickle.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

__all__ = [
    "FALSE",
    "KEYWORD",
    "TRUE",
    "And",
    "Cidr",
    "Compare",
    "Const",
    "Correlation",
    "Exists",
    "Expr",
    "FieldRef",
    "LogSource",
    "Match",
    "Not",
    "Or",
    "Regex",
    "Rule",
    "Test",
    "Text",
    "TimePart",
    "Wildcard",
]

KEYWORD: Final = ""  # the field name of a test that looks at every field of the event
Level = Literal["informational", "low", "medium", "high", "critical"]
Place = Literal["equals", "contains", "startswith", "endswith"]


class _Node(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Base of all parts: immutable, told apart by the class's name."""


class Text(_Node, frozen=True, tag=True, array_like=True):
    """The value is, contains, begins or ends with a literal. Without ``cased`` both sides are folded to lower case."""

    place: Place
    value: str
    cased: bool = False


class Wildcard(_Node, frozen=True, tag=True, array_like=True):
    """The whole value matches a pattern: literals, ``*`` as 1 (any run of characters) and ``?`` as 0 (one character)."""

    parts: tuple[str | int, ...]
    cased: bool = False


class Regex(_Node, frozen=True, tag=True, array_like=True):
    """A regular expression is found somewhere in the value (case counts without the flag ``i``; others are m, s)."""

    pattern: str
    flags: str = ""


class Cidr(_Node, frozen=True, tag=True, array_like=True):
    """The value is an IP address inside the network (IPv4-mapped IPv6 addresses count as IPv4)."""

    network: str


class Compare(_Node, frozen=True, tag=True, array_like=True):
    """The value is a decimal number (as JSON writes numbers) that compares so."""

    op: Literal["lt", "lte", "gt", "gte", "neq"]
    number: float


class Exists(_Node, frozen=True, tag=True, array_like=True):
    """The event has the field, whatever its value. (Sigma's ``null`` is: not this, or an empty value.)"""


class FieldRef(_Node, frozen=True, tag=True, array_like=True):
    """The value is, contains, begins or ends with that of another field of the same event, without regard to case."""

    place: Place
    field: str


class TimePart(_Node, frozen=True, tag=True, array_like=True):
    """The value is an ISO 8601 date and time whose part, as written (no zone applied), is the number; ISO weeks."""

    part: Literal["minute", "hour", "day", "week", "month", "year"]
    number: int


Test = Text | Wildcard | Regex | Cidr | Compare | Exists | FieldRef | TimePart


class Match(_Node, frozen=True, tag=True, array_like=True):
    """A test on one field (:data:`KEYWORD`: on any field)."""

    field: str
    test: Test


class Const(_Node, frozen=True, tag=True, array_like=True):
    """True or false whatever the event."""

    value: bool


class And(_Node, frozen=True, tag=True, array_like=True):
    """All hold."""

    items: tuple[Expr, ...]


class Or(_Node, frozen=True, tag=True, array_like=True):
    """At least one holds."""

    items: tuple[Expr, ...]


class Not(_Node, frozen=True, tag=True, array_like=True):
    """It does not hold (also when the field is absent)."""

    item: Expr


Expr = And | Or | Not | Match | Const
TRUE: Final = Const(value=True)
FALSE: Final = Const(value=False)


class LogSource(msgspec.Struct, frozen=True, array_like=True):
    """Sigma's log source; empty where the rule does not say."""

    product: str = ""
    category: str = ""
    service: str = ""

    def __str__(self) -> str:
        return "/".join(part or "*" for part in (self.product, self.category, self.service))


class Correlation(msgspec.Struct, frozen=True, array_like=True):
    """What a correlation rule counts: ``rules`` are positions in the rule set, ``timespan`` is in seconds.

    ``fields`` are what is counted or summed, ``aliases`` name for each group field its name in the events of each rule.
    ``expression`` (of temporal kinds) is a tree over positions: ``["and", …]``, ``["or", …]``, ``["not", x]`` or a position.
    """

    kind: str
    rules: tuple[int, ...]
    timespan: int
    group_by: tuple[str, ...] = ()
    op: str = "gte"
    number: float = 1
    fields: tuple[str, ...] = ()
    percentile: int = 50
    aliases: dict[str, dict[int, str]] = {}
    expression: list[object] | int | None = None
    generate: bool = False


class Rule(msgspec.Struct, frozen=True, array_like=True):
    """What is known of a rule beside its detection; ``silent`` rules only feed correlations. ``line`` is where it begins."""

    title: str
    id: str
    name: str
    level: str
    status: str
    file: str
    line: int
    logsource: LogSource
    fields: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    correlation: Correlation | None = None
    silent: bool = False
