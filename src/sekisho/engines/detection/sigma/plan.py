"""What of a rule set is to be done with the events of one partition.

For every rule whose log source stands there: its program, its fields under their names in these events, and what the partition
itself decides (its channel, its event id) folded away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sekisho.engines.detection.sigma.fold import fold
from sekisho.engines.detection.sigma.logsources import LogSources, Place, standing
from sekisho.engines.detection.sigma.model import FieldRef, Test, Text
from sekisho.engines.detection.sigma.predicates import needs_folded, predicate
from sekisho.engines.detection.sigma.program import AND, FALSE, NOT, OR, TRUE, Group, Node, Program, Programs, joined
from sekisho.engines.detection.sigma.scan import Patterns, Scanner, Sought

if TYPE_CHECKING:
    from sekisho.engines.detection.sigma.compiler import RuleSet

__all__ = ["Plan", "Planner", "Step"]


@dataclass(frozen=True, slots=True)
class Step:
    """One rule in one partition. Without ``primary`` (literals by field) it is asked of every event."""

    rule: int
    program: Program
    primary: tuple[tuple[str, frozenset[int]], ...]
    fields: tuple[str, ...]  # those asked for, then those that the rule wants shown, under their names in these events


@dataclass(slots=True)
class Plan:
    """All steps of a partition. ``scanners`` look for each field's literals; ``by_key``: steps whose primary clause has one."""

    groups: Sequence[Group]
    steps: list[Step] = field(default_factory=list)
    by_key: dict[int, list[int]] = field(default_factory=dict)
    always: list[int] = field(default_factory=list)
    scanners: dict[str, Scanner] = field(default_factory=dict)


class Planner:
    """Makes plans over one rule set."""

    def __init__(self, rules: RuleSet, sources: LogSources | None = None) -> None:
        """``sources`` say where log sources stand; the included table without own maps when None."""
        self.rules = rules
        self.sources = sources or standing()
        self.programs = Programs(rules.groups, rules.literals)
        self._patterns: dict[tuple[Sought, ...], Patterns] = {}
        self._renamed: dict[tuple[int, int], int] = {}
        # (source, channel in lower case, event id) -> rules that stand there; channel and event may be empty (any)
        self._standing: dict[tuple[str, str, str], list[tuple[int, Place]]] = {}
        for position, (rule, program) in enumerate(zip(rules.rules, rules.programs, strict=True)):
            if program is not None:
                for place in self.sources.places(rule.logsource):
                    self._stand(position, program, place)

    def _stand(self, position: int, program: Program, place: Place) -> None:
        """Index a rule by the event ids of its place, and by those that it pins itself."""
        pinned: tuple[str, ...] | None = None
        for name, part in self.sources.constants(place.source, "channel", "event").items():
            if part == "event":
                pinned = program.pins.get(name)
        events = place.events or ("",)
        if pinned is not None:
            events = pinned if not place.events else tuple(event for event in place.events if fold(event) in pinned)
        for event in events:
            self._standing.setdefault((place.source, place.channel.lower(), fold(event)), []).append((position, place))

    def plan(self, source: str, channel: str, event: str, *, only: int | None = None) -> Plan:
        """The plan for the events of a partition; ``only`` of one rule (its position)."""
        plan = Plan(self.programs.groups)
        decided = self.sources.constants(source, channel, event)
        programs: dict[int, Program] = {}
        for position, place in self._found(source, channel, event):
            if only is not None and position != only:
                continue
            program = self._placed(position, place, decided)
            known = programs.get(position)
            if known is not None:
                program = self.programs.program(joined(OR, [known.node, program.node]))
            programs[position] = program
        keys: dict[int, None] = {}
        for position, program in sorted(programs.items()):
            if program.node != [FALSE]:
                keys.update(dict.fromkeys(program.keys))
                self._step(plan, position, program)
        self._scanners(plan, keys)
        return plan

    def _found(self, source: str, channel: str, event: str) -> list[tuple[int, Place]]:
        """Rules that stand in a partition, each with each of its places there."""
        channels = dict.fromkeys(("", channel.lower()))
        if event:
            keys = [(source, where, one) for where in channels for one in ("", fold(event))]
        else:  # the partition does not say: every rule of the channel may hold
            keys = [key for key in self._standing if key[0] == source and key[1] in channels]
        found = {(position, id(place)): (position, place) for key in keys for position, place in self._standing.get(key, ())}
        return list(found.values())

    def _step(self, plan: Plan, position: int, program: Program) -> None:
        index = len(plan.steps)
        by_field: dict[str, set[int]] = {}
        for key in program.clauses[0] if program.clauses else ():
            by_field.setdefault(self.programs.literals[key].field, set()).add(key)
            plan.by_key.setdefault(key, []).append(index)
        if not program.clauses:
            plan.always.append(index)
        primary = tuple((name, frozenset(keys)) for name, keys in by_field.items())
        fields = tuple(dict.fromkeys((*program.fields, *self.rules.rules[position].fields)))
        plan.steps.append(Step(position, program, primary, fields))

    def _scanners(self, plan: Plan, keys: dict[int, None]) -> None:
        by_field: dict[str, list[int]] = {}
        for key in keys:
            by_field.setdefault(self.programs.literals[key].field, []).append(key)
        for name, numbers in by_field.items():
            sought = tuple((self.programs.literals[key].place, self.programs.literals[key].text) for key in numbers)
            plan.scanners[name] = Scanner(sought, numbers, self._patterns)

    def _placed(self, position: int, place: Place, decided: dict[str, str]) -> Program:
        """The program of a rule for the events of a place."""
        program = self.rules.programs[position]
        assert program is not None
        folds = any(name.lower() in decided for name in program.fields)
        refers = bool(place.rename) and any(isinstance(t, FieldRef) for n in _groups(program.node) for t in self._group(n).asked)
        if not folds and not refers and not place.when:
            return self._remapped(program, place) if any(name in place.rename for name in program.fields) else program
        node: Node = self._node(program.node, place, decided)
        if place.when and node != [FALSE]:
            held = [
                self.programs.group(name, [Text("equals", fold(value)) for value in values])
                for name, values in place.when.items()
            ]
            node = joined(AND, [node, *held])
        return self.programs.program(node)

    def _remapped(self, program: Program, place: Place) -> Program:
        """The same program over fields of other names: what it costs and what tells most stay what they are."""
        keys: dict[int, int] = {}
        groups: dict[int, int] = {}
        for number in _groups(program.node):
            renamed = self._leaf(number, place, {})
            assert isinstance(renamed, int)
            groups[number] = renamed
            old, new = self._group(number), self._group(renamed)
            keys.update(zip((*old.keys, *(old.hints or ())), (*new.keys, *(new.hints or ())), strict=True))
        return Program(
            node=_mapped(program.node, groups),
            keys=tuple(keys[key] for key in program.keys),
            clauses=tuple(tuple(keys[key] for key in clause) for clause in program.clauses),
            fields=tuple(place.rename.get(name, name) for name in program.fields),
            pins={},
        )

    def _group(self, number: int) -> Group:
        return self.programs.groups[number]

    def _node(self, node: Node, place: Place, decided: dict[str, str]) -> Node:
        if isinstance(node, int):
            return self._leaf(node, place, decided)
        operator = node[0]
        if operator in {TRUE, FALSE}:
            return node
        parts = [self._node(part, place, decided) for part in node[1:]]
        if operator == NOT:
            constant = parts[0][0] if isinstance(parts[0], list) else None
            return [FALSE] if constant == TRUE else [TRUE] if constant == FALSE else [NOT, parts[0]]
        return joined(operator, parts)

    def _leaf(self, number: int, place: Place, decided: dict[str, str]) -> Node:
        group = self._group(number)
        value = decided.get(group.field.lower()) if group.field else None
        reference = any(isinstance(test, FieldRef) for test in group.asked)
        if value is not None and not reference:
            folded = fold(value)
            tests = self.programs.tests(number)
            return [TRUE if any(predicate(test)(folded if needs_folded(test) else value) for test in tests) else FALSE]
        if group.field not in place.rename and not reference:
            return number
        known = self._renamed.get((number, id(place)))
        if known is None:
            tests = [_renamed(test, group.field, place) for test in self.programs.tests(number)]
            known = self._renamed[number, id(place)] = self.programs.group(place.rename.get(group.field, group.field), tests)
        return known


def _groups(node: Node) -> list[int]:
    return [node] if isinstance(node, int) else [number for part in node[1:] for number in _groups(part)]


def _mapped(node: Node, groups: dict[int, int]) -> Node:
    return groups[node] if isinstance(node, int) else [node[0], *(_mapped(part, groups) for part in node[1:])]


def _renamed(test: Test, name: str, place: Place) -> Test:
    if isinstance(test, FieldRef):
        return FieldRef(test.place, place.rename.get(test.field, test.field))
    values = place.values.get(name, {})
    if isinstance(test, Text) and test.value in values:
        return Text(test.place, fold(values[test.value]), test.cased)
    return test
