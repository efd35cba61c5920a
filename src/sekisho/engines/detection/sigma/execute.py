"""A plan over the events of one batch: which events each rule holds for.

Truth is computed for sets of events that only shrink: a rule is asked of the events in which one of its clause's literals stands,
each part of a conjunction only of those that the parts before left over. A group is asked of a distinct value at most once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow.compute as pc

from sekisho.engines.detection.sigma.columns import Column, Columns, numbers
from sekisho.engines.detection.sigma.model import Exists, FieldRef, Match, Regex, Test, Text, Wildcard
from sekisho.engines.detection.sigma.predicates import (
    TimeLimitHit,
    linear_pattern,
    needs_folded,
    predicate,
    reference_predicate,
    shortest_run,
    wildcard_regex,
)
from sekisho.engines.detection.sigma.program import AND, NOT, OR, TRUE

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    from numpy.typing import NDArray

    from sekisho.engines.detection.sigma.plan import Plan, Step
    from sekisho.engines.detection.sigma.program import Group, Node
    from sekisho.engines.detection.sigma.scan import Hits

__all__ = ["SLICE", "TimeLimits", "run_plan"]

SLICE: Final = 32_768  # events looked at together: bounds what is remembered of them
_MANY: Final = 48  # values from which Arrow's vectorised search is faster than Python's, one by one
_UNKNOWN: Final = -1
_GIVE_UP: Final = 20  # values that a pattern may exceed its time on before it is not asked any more


@dataclass(slots=True)
class TimeLimits:
    """Patterns that ran out of time: how many values each was given up on, and of how many it was then not asked at all."""

    hit: dict[Match, int] = field(default_factory=dict)
    skipped: dict[Match, int] = field(default_factory=dict)


def run_plan(plan: Plan, table: pa.Table, limits: TimeLimits) -> Iterator[tuple[Step, NDArray[np.int64], Columns]]:
    """(step of the plan, numbers of the events it holds for, the columns in which they are counted), slice by slice."""
    if not plan.steps:
        return
    for start in range(0, table.num_rows, SLICE):
        run = _Run(plan, Columns(table.slice(start, SLICE)), limits)
        for step, rows in run.hits():
            yield step, rows, run.columns


class _Run:
    """One slice of a batch."""

    def __init__(self, plan: Plan, columns: Columns, limits: TimeLimits) -> None:
        self.plan = plan
        self.columns = columns
        self.limits = limits
        self.found: dict[str, Hits] = {}  # field -> literals found in it
        self.known: dict[int, NDArray[np.int8]] = {}  # group -> answer for each distinct value

    def hits(self) -> Iterator[tuple[Step, NDArray[np.int64]]]:
        """(step of the plan, events its rule holds for), in the order of the rules."""
        every = np.arange(self.columns.rows)
        present = self._scan()
        touched = {step for key in present for step in self.plan.by_key.get(key, ())}
        for index in sorted({*self.plan.always, *touched}):
            step = self.plan.steps[index]
            if any(present.isdisjoint(clause) for clause in step.program.clauses[1:]):
                continue
            rows = self._candidates(step.primary) if step.primary else every
            held = rows[self._node(step.program.node, rows)]
            if len(held):
                yield step, held

    def _scan(self) -> set[int]:
        """Look for all literals; the keys of those that stand somewhere."""
        present: set[int] = set()
        for name, scanner in self.plan.scanners.items():
            column = self.columns.get(name)
            if column is not None:
                found = self.found[name] = scanner.scan(column)
                present.update(found)
        return present

    def _candidates(self, primary: tuple[tuple[str, frozenset[int]], ...]) -> NDArray[np.int64]:
        """Events in which one of a clause's literals stands."""
        flags: NDArray[np.bool_] | None = None
        for name, keys in primary:
            found = self.found.get(name)
            hit = keys & found.keys() if found else None
            column = self.columns.get(name)
            if hit and found and column is not None:
                lut = np.zeros(column.size + 1, dtype=bool)
                for key in hit:
                    lut[found[key]] = True
                here = column.having(lut)
                flags = here if flags is None else flags | here
        return flags.nonzero()[0] if flags is not None else np.empty(0, dtype=np.int64)

    def _node(self, node: Node, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """For each of ``rows`` whether the program holds."""
        if isinstance(node, int):
            return self._group(node, rows)
        operator = node[0]
        if operator == NOT:
            return ~self._node(node[1], rows)
        if operator not in {AND, OR}:
            return np.full(len(rows), operator == TRUE)
        wanted = operator == AND  # the answer that leaves an event undecided
        result = np.full(len(rows), wanted)
        left: NDArray[np.int64] | None = None  # None: all
        for part in node[1:]:
            held = self._node(part, rows if left is None else rows[left])
            decided = ~held if wanted else held
            if left is None:
                result[decided] = not wanted
                left = (~decided).nonzero()[0]
            else:
                result[left[decided]] = not wanted
                left = left[~decided]
            if not len(left):
                break
        return result

    def _group(self, number: int, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        group = self.plan.groups[number]
        if len(group.asked) == 1 and isinstance(group.asked[0], FieldRef):
            return self._reference(group.field, group.asked[0], rows)
        column = self.columns.get(group.field)
        if column is None:
            return np.zeros(len(rows), dtype=bool)
        known = self.known.get(number)
        if known is None:
            known = self.known[number] = self._first_answers(group, column)
        codes = column.codes[..., rows]
        answers = known[codes]
        if group.asked and (open_ := answers < 0).any():
            mark = np.zeros(column.size + 1, dtype=bool)
            mark[codes[open_]] = True
            self._ask(group, column, known, mark.nonzero()[0])
            answers = known[codes]
        held = answers > 0
        return held if held.ndim == 1 else np.asarray(held.any(axis=0))

    def _first_answers(self, group: Group, column: Column) -> NDArray[np.int8]:
        """What is known after looking for literals; the last place is for events without the field."""
        found = self.found.get(group.field, {})
        known = np.zeros(column.size + 1, dtype=np.int8)
        if group.hints is None:
            known[:-1] = _UNKNOWN
        else:
            for key in group.hints:
                if key in found:
                    known[found[key]] = _UNKNOWN
        for key in group.keys:
            if key in found:
                known[found[key]] = 1
        return known

    def _ask(self, group: Group, column: Column, known: NDArray[np.int8], ids: NDArray[np.int64]) -> None:
        """Ask a group's remaining tests of some distinct values."""
        answers = np.zeros(len(ids), dtype=bool)
        for test in group.asked:
            if isinstance(test, Exists):
                answers[:] = True
                break
            source = column.folded if needs_folded(test) else column.values
            values = source.take(numbers(ids)) if len(ids) < column.size else source
            vectorised = _vectorised(test, values) if len(ids) >= _MANY else None
            answers |= self._one_by_one(Match(group.field, test), values) if vectorised is None else vectorised
        known[ids] = answers

    def _one_by_one(self, match: Match, values: pa.Array) -> NDArray[np.bool_]:
        holds = predicate(match.test)
        answers = np.zeros(len(values), dtype=bool)
        for index, value in enumerate(values.to_pylist()):
            if self.limits.hit.get(match, 0) >= _GIVE_UP:
                self.limits.skipped[match] = self.limits.skipped.get(match, 0) + len(values) - index
                break
            try:
                answers[index] = holds(value)
            except TimeLimitHit:
                self.limits.hit[match] = self.limits.hit.get(match, 0) + 1
        return answers

    def _reference(self, name: str, test: FieldRef, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        left, right = self.columns.get(name), self.columns.get(test.field)
        result = np.zeros(len(rows), dtype=bool)
        if left is None or right is None:
            return result
        holds = reference_predicate(test)
        pairs: dict[tuple[int, int], bool] = {}
        for index, pair in enumerate(zip(left.codes[rows].tolist(), right.codes[rows].tolist(), strict=True)):
            held = pairs.get(pair)
            if held is None:
                absent = pair[0] == left.size or pair[1] == right.size
                held = pairs[pair] = not absent and holds(left.folded[pair[0]].as_py(), right.folded[pair[1]].as_py())
            result[index] = held
        return result


def _vectorised(test: Test, values: pa.Array) -> NDArray[np.bool_] | None:
    """The answers from Arrow's own functions; None where it has none."""
    if isinstance(test, Text):
        match test.place:
            case "equals":
                held = pc.equal(values, test.value)
            case "contains":
                held = pc.match_substring(values, test.value)
            case "startswith":
                held = pc.starts_with(values, test.value)
            case "endswith":
                held = pc.ends_with(values, test.value)
    elif isinstance(test, Wildcard):
        held = pc.match_substring_regex(values, wildcard_regex(test.parts))
    elif isinstance(test, Regex) and shortest_run(test) is None and (pattern := linear_pattern(test)) is not None:
        held = pc.match_substring_regex(values, pattern)
    else:
        return None
    answers: NDArray[np.bool_] = held.to_numpy(zero_copy_only=False)
    return answers
