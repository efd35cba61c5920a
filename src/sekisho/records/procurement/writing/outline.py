"""The order and the numbers of a specification: parts, groups, clauses, items, numbered in the office's own form.

A style that is too shallow keeps its levels for what is cited most: clauses and their items. Headings then lose their numbers,
the groups of requirements first, then the parts below parts, then the parts; clauses are numbered through above them. A part
whose id begins with ``annex`` is an annex (別紙): its heading has no number and its clauses begin with one again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from sekisho.documents.numbering import citation, number
from sekisho.engines.derivation import REQUIREMENTS_PART, parts_in_order
from sekisho.standards.model import Text

if TYPE_CHECKING:
    from sekisho.documents.numbering import NumberingStyle
    from sekisho.engines.derivation.result import ClauseResult, Derivation
    from sekisho.standards.rule_sets import RuleSet

__all__ = ["ANNEX", "Entry", "Item", "Outline", "outline"]

ANNEX: Final = "annex"
"""How the ids of parts begin that are annexes."""

_Kind = Literal["part", "group", "clause"]
_CLAUSES: Final = Text("条項", "Clauses")  # above clauses of a part that the rule set does not have
_KEEP: Final = ((3, "group"), (2, "group"), (3, "part"), (2, "part"), (1, "part"))
"""Which headings lose their numbers first: (depth at least, kind)."""


@dataclass(frozen=True, slots=True)
class Item:
    """A sub-clause with its number (empty: the style has no level left) and the way it is cited."""

    number: str
    citation: str
    text: Text


@dataclass(frozen=True, slots=True)
class Entry:
    """A heading or a clause. ``depth``: 1 is outermost. ``number`` is empty for a heading that the style does not number."""

    kind: _Kind
    id: str
    title: str
    depth: int
    number: str
    citation: str
    lead: str = ""
    annex: bool = False
    clause: ClauseResult | None = None
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """All entries in reading order."""

    entries: tuple[Entry, ...]
    by_clause: dict[str, Entry] = field(compare=False, repr=False)

    def cited(self, clause: str) -> str:
        """How the clause of that id is cited (第3条2); empty when it does not stand in the specification."""
        entry = self.by_clause.get(clause)
        return entry.citation if entry else ""


@dataclass(slots=True)
class _Node:
    kind: _Kind
    id: str
    title: Text
    lead: Text | None = None
    clause: ClauseResult | None = None
    below: list[_Node] = field(default_factory=list)

    @property
    def is_annex(self) -> bool:
        return self.kind == "part" and self.id.startswith(ANNEX)

    @property
    def is_empty(self) -> bool:
        return self.clause is None and all(node.is_empty for node in self.below)


def outline(rules: RuleSet, derivation: Derivation, style: NumberingStyle, language: str) -> Outline:
    """The included clauses below their headings, numbered; headings without clauses are left out.

    Raises InputError ``numbering.*`` for numbers that the style cannot write.
    """
    roots = _tree(rules, derivation)
    body = [node for node in roots if not node.is_annex]
    entries = list(_Numbering(style, language, _unnumbered(body, len(style.levels))).entries(body))
    for annex in (node for node in roots if node.is_annex):
        title = annex.title.get(language)
        prefix = (title.partition("　")[0] if language == "ja" else title.partition(":")[0]) + " "
        dropped = _unnumbered([annex], len(style.levels)) | {(1, "part")}
        entries += _Numbering(style, language, dropped, prefix).entries([annex])
    return Outline(tuple(entries), {entry.clause.id: entry for entry in entries if entry.clause is not None})


def _tree(rules: RuleSet, derivation: Derivation) -> list[_Node]:
    parts = {part.id: _Node("part", part.id, part.title, part.lead) for part, _ in parts_in_order(rules.parts)}
    roots = [parts[part.id] for part, _ in parts_in_order(rules.parts) if part.parent is None]
    lost = _Node("part", "", _CLAUSES)
    for clause in derivation.included:
        home = parts.get(clause.part, lost)
        above = _groups(home, clause, rules) if clause.part == REQUIREMENTS_PART and clause.requirement else home
        above.below.append(_Node("clause", clause.id, clause.title, clause=clause))
    for part, _ in parts_in_order(rules.parts):
        if part.parent is not None:
            parts[part.parent].below.append(parts[part.id])
    return [node for node in (*roots, lost) if not node.is_empty]


def _groups(home: _Node, clause: ClauseResult, rules: RuleSet) -> _Node:
    """The innermost group heading for the clause of a requirement, made below ``home`` when it is the first."""
    trail = []
    group = rules.find("groups", rules.find("requirements", clause.requirement).group)
    while group is not None:
        trail.append(group)
        group = rules.find("groups", group.parent) if group.parent else None
    for group in reversed(trail):
        found = next((node for node in home.below if node.kind == "group" and node.id == group.id), None)
        if found is None:
            found = _Node("group", group.id, group.title)
            home.below.append(found)
        home = found
    return home


def _unnumbered(roots: list[_Node], levels: int) -> frozenset[tuple[int, str]]:
    """Which headings stay without a number so that clauses and their items fit into ``levels``."""
    dropped: set[tuple[int, str]] = set()
    for rule in _KEEP:
        if _deepest(roots, 1, 0, dropped) <= levels:
            break
        least, kind = rule
        dropped |= {(depth, kind) for depth in range(least, 10)}
    return frozenset(dropped)


def _deepest(nodes: list[_Node], depth: int, numbered: int, dropped: set[tuple[int, str]]) -> int:
    """How many levels of numbers the nodes need; the items of a clause need one more."""
    deepest = 0
    for node in nodes:
        if node.is_empty:
            continue
        here = numbered + ((depth, node.kind) not in dropped)
        if node.clause is not None:
            here += bool(node.clause.items)
        deepest = max(deepest, here, _deepest(node.below, depth + 1, here, dropped))
    return deepest


@dataclass(slots=True)
class _Numbering:
    """Numbers one run of headings and clauses; ``prefix`` goes before citations."""

    style: NumberingStyle
    language: str
    unnumbered: frozenset[tuple[int, str]]
    prefix: str = ""
    counts: dict[tuple[int, ...], int] = field(default_factory=dict)

    def entries(self, roots: list[_Node]) -> Iterator[Entry]:
        """The nodes and what is below them, in reading order."""
        for root in roots:
            yield from self._visit(root, 1, ())

    def _visit(self, node: _Node, depth: int, above: tuple[int, ...]) -> Iterator[Entry]:
        path = above
        if (depth, node.kind) not in self.unnumbered:
            self.counts[above] = self.counts.get(above, 0) + 1
            path = (*above, self.counts[above])
        title = node.title.get(self.language)
        yield Entry(
            kind=node.kind,
            id=node.id,
            title=title,
            depth=depth,
            number=number(self.style, path) if path != above else "",
            citation=self.prefix + citation(self.style, path) if path != above else title,
            lead=node.lead.get(self.language) if node.lead else "",
            annex=bool(self.prefix),
            clause=node.clause,
            items=tuple(self._items(node.clause, path)) if node.clause else (),
        )
        for below in node.below:
            if not below.is_empty:
                yield from self._visit(below, depth + 1, path)

    def _items(self, clause: ClauseResult, path: tuple[int, ...]) -> Iterator[Item]:
        fits = len(path) < len(self.style.levels)
        for position, text in enumerate(clause.items, 1):
            below = (*path, position) if fits else path
            yield Item(number(self.style, below) if fits else "", self.prefix + citation(self.style, below), text)
