"""A rule as the local executor wants it: a tree over *groups*, each group the tests of which one must hold on one field.

``Image|endswith: [a, b, c]`` is one group: its literals are looked for together, and it is asked of a value once. Groups and
literals are numbered over the whole rule set, so that what many rules ask is asked once.

A program has *clauses*: sets of literals of which at least one must stand in an event for which the rule holds. The first is the
most telling; a rule is asked only of events in which it was found, and only when each of the others was found somewhere.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import msgspec

from sekisho.engines.detection.sigma.fold import fold
from sekisho.engines.detection.sigma.literals import required_literal
from sekisho.engines.detection.sigma.model import (
    KEYWORD,
    And,
    Compare,
    Const,
    Exists,
    Expr,
    FieldRef,
    Match,
    Not,
    Or,
    Place,
    Regex,
    Test,
    Text,
    Wildcard,
)

__all__ = ["AND", "FALSE", "NOT", "OR", "TRUE", "Group", "Literal", "Node", "Program", "Programs", "joined"]

AND: Final = 0
OR: Final = 1
NOT: Final = 2
TRUE: Final = 3
FALSE: Final = 4
_SHORTEST: Final = 2  # bytes of a literal that is looked for; shorter ones stand nearly everywhere
_LONGEST: Final = 24
_COMMON: Final = (".exe", "\\windows\\", "system32", "powershell", "cmd", "microsoft", "http", "c:\\", "hklm", "software", ".dll")
_ALONE: Final = 0.5  # share from which a clause says next to nothing

# A group's number, or a list of an operator and its parts.
Node = int | list[Any]


class Literal(msgspec.Struct, frozen=True, array_like=True):
    """What is looked for in a field, and where in its value it must stand."""

    field: str
    place: Place
    text: str


class Group(msgspec.Struct, frozen=True, array_like=True):
    """Tests on one field of which one must hold: ``keys`` number literals that are looked for, ``asked`` are asked one by one.

    ``hints`` are literals beside which a value need not be asked (None: all values are to be asked).
    """

    field: str
    keys: tuple[int, ...] = ()
    asked: tuple[Test, ...] = ()
    hints: tuple[int, ...] | None = ()


class Program(msgspec.Struct, frozen=True, array_like=True):
    """``keys`` are all literals, ``fields`` those asked for; ``pins``: field (lower case) → values of which it must be one."""

    node: Any
    keys: tuple[int, ...]
    clauses: tuple[tuple[int, ...], ...]
    fields: tuple[str, ...]
    pins: dict[str, tuple[str, ...]]


class Programs:
    """Numbers literals and groups and turns expressions into programs."""

    def __init__(self, groups: tuple[Group, ...] = (), literals: tuple[Literal, ...] = ()) -> None:
        """Numbers go on after ``groups`` and ``literals``."""
        self.groups = list(groups)
        self.literals = list(literals)
        self._groups: dict[Group, int] = {}
        self._literals: dict[Literal, int] = {}

    def key(self, literal: Literal) -> int:
        """The number of ``literal``."""
        if len(self._literals) < len(self.literals):  # those that were given: numbered when a new one is first asked for
            self._literals = {known: number for number, known in enumerate(self.literals)}
        known = self._literals.get(literal)
        if known is None:
            known = self._literals[literal] = len(self.literals)
            self.literals.append(literal)
        return known

    def group(self, field: str, tests: list[Test]) -> int:
        """The number of the group of ``tests`` on ``field``."""
        keys: list[int] = []
        asked: list[Test] = []
        hints: list[int] | None = []
        for test in tests:
            if isinstance(test, Text) and not test.cased and (test.place == "equals" or len(test.value.encode()) >= _SHORTEST):
                keys.append(self.key(Literal(field, test.place, test.value)))
                continue
            asked.append(test)
            hint = _hint(test)
            if hint is None:
                hints = None
            elif hints is not None:
                hints.append(self.key(Literal(field, "contains", hint)))
        group = Group(field, tuple(keys), tuple(asked), None if hints is None else tuple(hints))
        known = self._groups.get(group)
        if known is None:
            known = self._groups[group] = len(self.groups)
            self.groups.append(group)
        return known

    def tests(self, number: int) -> list[Test]:
        """All tests of a group."""
        group = self.groups[number]
        literals = (self.literals[key] for key in group.keys)
        return [*(Text(literal.place, literal.text) for literal in literals), *group.asked]

    def node(self, expr: Expr) -> Node:
        """``expr`` over groups."""
        if isinstance(expr, Match):
            return self.group(expr.field, [expr.test])
        if isinstance(expr, Const):
            return [TRUE if expr.value else FALSE]
        if isinstance(expr, Not):
            return [NOT, self.node(expr.item)]
        if isinstance(expr, And):
            return joined(AND, [self.node(item) for item in expr.items])
        return self._or(expr)

    def _or(self, expr: Or) -> Node:
        fields: dict[str, list[Test]] = {}
        parts: list[Node] = []
        for item in expr.items:
            if isinstance(item, Match) and not isinstance(item.test, (Exists, FieldRef)):
                fields.setdefault(item.field, []).append(item.test)
            else:
                parts.append(self.node(item))
        groups: list[Node] = [self.group(field, tests) for field, tests in fields.items()]
        return joined(OR, [*groups, *parts])

    def program(self, node: Node) -> Program:
        """The program of a node: cheap parts first, with its clauses."""
        ordered, _ = self._ordered(node)
        clauses = sorted(self._clauses(ordered), key=lambda clause: clause[1])
        telling = [keys for keys, share in clauses if share < _ALONE] or [keys for keys, _ in clauses[:1]]
        used = dict.fromkeys(_numbers(ordered))
        keys = dict.fromkeys(key for number in used for key in (*self.groups[number].keys, *(self.groups[number].hints or ())))
        fields = dict.fromkeys(self.groups[number].field for number in used)
        return Program(ordered, tuple(keys), tuple(telling), tuple(fields), self._pins(ordered))

    def _pins(self, node: Node) -> dict[str, tuple[str, ...]]:
        parts = node[1:] if isinstance(node, list) and node[0] == AND else [node]
        pins: dict[str, tuple[str, ...]] = {}
        for part in parts:
            if isinstance(part, int) and self.groups[part].keys and not self.groups[part].asked:
                literals = [self.literals[key] for key in self.groups[part].keys]
                if all(literal.place == "equals" for literal in literals):
                    pins.setdefault(self.groups[part].field.lower(), tuple(literal.text for literal in literals))
        return pins

    def _ordered(self, node: Node) -> tuple[Node, float]:
        if isinstance(node, int):
            group = self.groups[node]
            return node, (1.0 + sum(map(_work, group.asked))) * (10.0 if group.field == KEYWORD else 1.0)
        parts = [self._ordered(part) for part in node[1:]]
        if node[0] in {AND, OR}:
            parts.sort(key=lambda part: part[1])
        return [node[0], *(part for part, _ in parts)], sum(cost for _, cost in parts) + 0.1

    def _clauses(self, node: Node) -> list[tuple[tuple[int, ...], float]]:
        """Sets of literals, each with about the share of events that will have one of it."""
        if isinstance(node, int):
            group = self.groups[node]
            if group.hints is None:
                return []
            keys = (*group.keys, *group.hints)
            return [(keys, sum(_share(self.literals[key].text) for key in keys))]
        if node[0] == AND:
            return [clause for part in node[1:] for clause in self._clauses(part)]
        if node[0] != OR:
            return []
        either: dict[int, None] = {}
        share = 0.0
        for part in node[1:]:
            best = min(self._clauses(part), key=lambda clause: clause[1], default=None)
            if best is None:
                return []
            either.update(dict.fromkeys(best[0]))
            share += best[1]
        return [(tuple(either), share)]


def joined(operator: int, parts: list[Node]) -> Node:
    """Parts under an operator, with what is constant folded away."""
    keeps, decides = (TRUE, FALSE) if operator == AND else (FALSE, TRUE)
    kept: list[Node] = []
    for part in parts:
        if isinstance(part, list):
            if part[0] == decides:
                return [decides]
            if part[0] == keeps:
                continue
            if part[0] == operator:
                kept.extend(part[1:])
                continue
        kept.append(part)
    return [keeps] if not kept else kept[0] if len(kept) == 1 else [operator, *kept]


def _numbers(node: Node) -> list[int]:
    return [node] if isinstance(node, int) else [number for part in node[1:] for number in _numbers(part)]


def _hint(test: Test) -> str | None:
    """A literal, in lower case, that stands in every value for which ``test`` holds; None if none is worth looking for."""
    literal = ""
    if isinstance(test, Text):
        literal = test.value
    elif isinstance(test, Wildcard):
        literal = max((part for part in test.parts if isinstance(part, str)), key=len, default="")
    elif isinstance(test, Regex):
        literal = required_literal(test)
    return fold(literal) if len(literal.encode()) >= _SHORTEST else None


def _work(test: Test) -> float:
    """About what asking the test of one value costs, against a look at what was found."""
    return {Text: 2.0, Exists: 0.5, Wildcard: 8.0, Regex: 20.0, Compare: 4.0}.get(type(test), 10.0)


@lru_cache(maxsize=200_000)
def _share(literal: str) -> float:
    common = sum(len(word) for word in _COMMON if word in literal)
    return float(2.0 ** (-min(max(len(literal) - common, 1), _LONGEST) / 2))
