"""One pass over a field's distinct values for all literals at once.

The values lie one behind the other in Arrow's buffer, so one search over the buffer finds every literal in every value; what
spans two values is thrown away. Aho-Corasick was chosen by measurement: over the same 8,074 literals its automaton is built in
15 ms (Hyperscan: 180 to 230 ms) and both spend their time on handing matches to Python.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import ahocorasick_rs
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sekisho.engines.detection.sigma.model import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from sekisho.engines.detection.sigma.columns import Column

__all__ = ["Hits", "Patterns", "Scanner", "Sought", "make_patterns"]

Sought = tuple[Place, str]
Hits = dict[int, "NDArray[np.int64]"]  # literal's key -> numbers of the distinct values
_WINDOW: Final = 1 << 20  # bytes searched in one call: bounds the list of matches


@dataclass(slots=True)
class _Found:
    """Matches inside values, ordered by pattern."""

    pattern: NDArray[np.int64]
    value: NDArray[np.int64]
    begins: NDArray[np.bool_]
    ends: NDArray[np.bool_]


@dataclass(slots=True)
class Patterns:
    """Literals of one field, ready to be looked for: ``equal`` whole, the others by an automaton.

    ``parts`` names for each pattern of the automaton the numbers of its literals by their place.
    """

    equal: pa.Array
    equal_numbers: list[int]
    automaton: ahocorasick_rs.BytesAhoCorasick | None
    parts: list[dict[str, int]]


@dataclass(slots=True)
class Scanner:
    """What is looked for in a field, and the keys under which a plan knows it.

    Patterns are made when the first value is looked at, and kept in ``made``, which partitions that look for the same share.
    """

    sought: tuple[Sought, ...]
    keys: list[int]
    made: dict[tuple[Sought, ...], Patterns]

    @property
    def patterns(self) -> Patterns:
        """The patterns."""
        known = self.made.get(self.sought)
        if known is None:
            known = self.made[self.sought] = make_patterns(self.sought)
        return known

    def scan(self, column: Column) -> Hits:
        """The distinct values of ``column`` in which each literal stands where it must; only literals with a hit."""
        hits: Hits = {}
        if column.size:
            patterns = self.patterns
            if len(patterns.equal):
                self._equals(column, patterns, hits)
            if patterns.automaton is not None:
                for found in self._windows(column, patterns.automaton):
                    self._parts(found, patterns, hits)
        return hits

    def _equals(self, column: Column, patterns: Patterns, hits: Hits) -> None:
        index = pc.index_in(column.folded, value_set=patterns.equal)
        if index.null_count == len(index):
            return
        ids = np.flatnonzero(index.is_valid().to_numpy(zero_copy_only=False))
        found = index.drop_null().to_numpy()
        order = np.argsort(found, kind="stable")
        for pattern, low, high in _runs(found[order]):
            hits[self.keys[patterns.equal_numbers[pattern]]] = ids[order[low:high]]

    def _windows(self, column: Column, automaton: ahocorasick_rs.BytesAhoCorasick) -> Iterator[_Found]:
        folded = column.folded
        _, where, data = folded.buffers()
        if data is None:
            return
        offsets = np.frombuffer(where, dtype=np.int32)[folded.offset : folded.offset + column.size + 1].astype(np.int64)
        view = memoryview(data).cast("B")
        first = 0
        while first < column.size:
            last = int(np.searchsorted(offsets, offsets[first] + _WINDOW, "right")) - 1
            last = min(max(last, first + 1), column.size)
            base = int(offsets[first])
            matches = automaton.find_matches_as_indexes(view[base : int(offsets[last])], overlapping=True)
            if matches:
                table = np.array(matches, dtype=np.int64)
                start, end = table[:, 1] + base, table[:, 2] + base
                value = np.searchsorted(offsets, start, "right") - 1
                inside = np.flatnonzero(end <= offsets[value + 1])
                kept = inside[np.argsort(table[inside, 0], kind="stable")]
                begins, ends = start[kept] == offsets[value[kept]], end[kept] == offsets[value[kept] + 1]
                yield _Found(table[kept, 0], value[kept], begins, ends)
            first = last

    def _parts(self, found: _Found, patterns: Patterns, hits: Hits) -> None:
        for pattern, low, high in _runs(found.pattern):
            for place, number in patterns.parts[pattern].items():
                ids = found.value[low:high]
                if place == "startswith":
                    ids = ids[found.begins[low:high]]
                elif place == "endswith":
                    ids = ids[found.ends[low:high]]
                if len(ids):
                    key = self.keys[number]
                    known = hits.get(key)
                    hits[key] = ids if known is None else np.concatenate((known, ids))


def _runs(ordered: NDArray[np.int64]) -> Iterator[tuple[int, int, int]]:
    """(value, from, to) of each run of equal values."""
    if len(ordered):
        borders = [0, *(np.flatnonzero(np.diff(ordered)) + 1).tolist(), len(ordered)]
        yield from zip(ordered[borders[:-1]].tolist(), borders[:-1], borders[1:], strict=True)


def make_patterns(literals: Sequence[Sought]) -> Patterns:
    """Patterns for literals, numbered in their order."""
    equal: dict[str, int] = {}
    parts: dict[str, dict[str, int]] = {}
    for number, (place, literal) in enumerate(literals):
        if place == "equals":
            equal[literal] = number
        else:
            parts.setdefault(literal, {})[place] = number
    return Patterns(
        equal=pa.array(list(equal), pa.string()),
        equal_numbers=list(equal.values()),
        automaton=ahocorasick_rs.BytesAhoCorasick([literal.encode() for literal in parts]) if parts else None,
        parts=list(parts.values()),
    )
