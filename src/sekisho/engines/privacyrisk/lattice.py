"""Full-domain generalisation: the node of the lattice of levels that costs least and keeps all demands. Exact.

**Nodes** are the combinations of one level for each quasi-identifier. At a node the classes that miss a demand are suppressed;
the node is usable if no more records are suppressed than allowed (ARX's model; the tables of t-closeness are the whole input).

**Loss first.** For every node there is a bound that needs no look at the records: its loss if nothing had to be suppressed
(suppressing only adds, loss.py). Nodes are taken in the order of this bound; once it reaches the best loss found, no later node
can be better. This needs no property of the demands, so it is exact for every one of them.

**What may be skipped.** Going up, classes only merge. The records in classes of fewer than k records, or with fewer than l
distinct values, can only become fewer: a class that is large or diverse enough stays so. Hence, where a node suppresses too much
for k or distinct l alone, every node below it does, too. Entropy l, recursive (c,l) and t-closeness have this only where
*nothing* may be suppressed (classes that all keep the demand merge into classes that keep it). With suppression, a class that
keeps it may merge with one that does not and be lost: then only the k that they imply is used to skip nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from sekisho.engines.privacyrisk.classes import Classes, classes_of, spread_of
from sekisho.engines.privacyrisk.closeness import closeness_met, distances
from sekisho.engines.privacyrisk.coding import Coded
from sekisho.engines.privacyrisk.diversity import diversity_met
from sekisho.engines.privacyrisk.hierarchies import Bound, Hierarchy, bind
from sekisho.engines.privacyrisk.loss import Aggregate, Costs, LossModel, aggregated, costs_of
from sekisho.engines.privacyrisk.model import Distance, Requirements
from sekisho.errors import InputError

__all__ = ["MOST_NODES", "Node", "Search", "SearchResult"]

MOST_NODES: Final = 200_000
_HELD: Final = 48  # groupings that are kept for those above them
_DIRECT: Final = 1 << 20
_WIDEST: Final = 1 << 62

Node = tuple[int, ...]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Grouping:
    """The classes at a node: for each, the tuple that stands for it, and its records."""

    node: Node
    members: npt.NDArray[np.int32]
    sizes: Ints


@dataclass(frozen=True, slots=True)
class SearchResult:
    """``node``: the best levels; ``loss`` there; ``losses`` by quasi-identifier; how the search went.

    ``classes``: class of each row at the node; ``suppressed``: which classes are.
    """

    node: Node
    loss: float
    losses: tuple[float, ...]
    nodes: int
    checked: int
    classes: Classes
    suppressed: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Sensitive:
    """A sensitive column over the distinct tuples: entries (tuple, value, records)."""

    column: Coded
    owner: Ints
    value: Ints
    count: Ints
    overall: Ints
    levels: tuple[Ints, ...] = ()


@dataclass(slots=True)
class Search:
    """One search. ``quasi`` and ``sensitive`` are coded columns of the same rows; hierarchies by column name."""

    quasi: Sequence[Coded]
    bounds: Sequence[Bound]
    requirements: Requirements
    sensitive: dict[str, Coded] = field(default_factory=dict)
    hierarchies: dict[str, Hierarchy] = field(default_factory=dict)
    model: LossModel = LossModel.LOSS
    aggregate: Aggregate = Aggregate.GEOMETRIC
    progress: Callable[[int, int], None] | None = None
    _rows: int = 0
    _base: Classes | None = None
    _tuples: npt.NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 0), np.int32))
    _costs: list[Costs] = field(default_factory=list)
    _held: dict[Node, _Grouping] = field(default_factory=dict)
    _columns: dict[str, _Sensitive] = field(default_factory=dict)
    _checked: int = 0

    def run(self) -> SearchResult:
        """The best node. Raises InputError ``privacy.lattice_too_large``, ``privacy.nothing_found``."""
        heights = [bound.height for bound in self.bounds]
        nodes = int(np.prod([h + 1 for h in heights], dtype=object))
        if nodes > MOST_NODES:
            raise InputError("privacy.lattice_too_large", nodes=nodes, limit=MOST_NODES)
        self._prepare()
        best: tuple[float, Node, tuple[float, ...]] | None = None
        known = _Known(heights)
        for bound, node in self._in_order(heights):
            if best is not None and bound >= best[0]:
                break
            if known.too_much(node):
                continue
            if not known.enough(node):
                self._find_border(node, heights, known)
                if known.too_much(node):
                    continue
            outcome = self._loss(node)
            if outcome is not None and (best is None or outcome[0] < best[0]):
                best = outcome[0], node, outcome[1]
            if self.progress:
                self.progress(self._checked, nodes)
        if best is None:
            raise InputError("privacy.nothing_found", nodes=nodes, k=self.requirements.k)
        classes, suppressed = self._final(best[1])
        return SearchResult(best[1], best[0], best[2], nodes, self._checked, classes, suppressed)

    # ── preparation ──

    def _prepare(self) -> None:
        self._rows = len(self.quasi[0].codes)
        base = classes_of([(c.codes, c.distinct) for c in self.quasi])
        self._base = base
        self._tuples = np.ascontiguousarray(np.stack([c.codes[base.first] for c in self.quasi], axis=1), np.int32)
        self._costs = [
            costs_of(b, np.bincount(c.codes, minlength=c.distinct), self.model)
            for c, b in zip(self.quasi, self.bounds, strict=True)
        ]
        bottom = tuple(0 for _ in self.bounds)
        self._held = {bottom: _Grouping(bottom, np.arange(base.count, dtype=np.int32), base.sizes)}
        for name in self.requirements.columns:
            column = self.sensitive[name]
            spread = spread_of(base.of, base.count, column.codes, column.distinct)
            overall = np.bincount(column.codes, minlength=column.distinct)
            levels: tuple[Ints, ...] = ()
            if any(c.column == name and c.distance is Distance.HIERARCHICAL for c in self.requirements.closeness):
                if name not in self.hierarchies:
                    raise InputError("privacy.distance_needs_hierarchy", column=name)
                levels = tuple(level.astype(np.int64) for level in bind(self.hierarchies[name], column).maps[1:])
            self._columns[name] = _Sensitive(column, spread.owner, spread.value, spread.count, overall, levels)

    def _in_order(self, heights: Sequence[int]) -> list[tuple[float, Node]]:
        """All nodes by their bound; equal ones by their sum of levels, then by the levels."""
        grid = np.indices([h + 1 for h in heights]).reshape(len(heights), -1)
        losses = np.stack([np.array(c.shown)[levels] for c, levels in zip(self._costs, grid, strict=True)])
        bounds = aggregated(losses, self.aggregate)
        order = np.lexsort((*grid[::-1], grid.sum(axis=0), bounds))
        return [(float(bounds[place]), tuple(int(n) for n in grid[:, place])) for place in order]

    # ── looking at a node ──

    def _grouping(self, node: Node) -> _Grouping:
        """The classes at ``node``, from the smallest grouping at or below it."""
        known = self._held.get(node)
        if known is not None:
            return known
        below = [g for g in self._held.values() if all(a <= b for a, b in zip(g.node, node, strict=True))]
        source = min(below, key=lambda g: len(g.members))
        made, _ = self._rolled(node, source)
        self._checked += 1
        if len(self._held) >= _HELD:
            bottom = tuple(0 for _ in node)
            worst = max((g for n, g in self._held.items() if n != bottom), key=lambda g: len(g.members))
            if len(made.members) < len(worst.members):
                del self._held[worst.node]
        if len(self._held) < _HELD:
            self._held[node] = made
        return made

    def _rolled(self, node: Node, source: _Grouping) -> tuple[_Grouping, npt.NDArray[np.int32]]:
        sizes = [len(bound.labels[level]) for bound, level in zip(self.bounds, node, strict=True)]
        size = int(np.prod(sizes, dtype=object))
        if size > _WIDEST:
            return self._rolled_wide(node, source, sizes)
        from sekisho.engines.privacyrisk.kernels import roll_up  # noqa: PLC0415 - the compiler loads only when it is needed

        tables, starts, place = [], [], 0
        for bound, level, count in zip(self.bounds, node, sizes, strict=True):
            size //= count
            tables.append(bound.maps[level].astype(np.int64) * size)
            starts.append(place)
            place += len(bound.maps[level])
        whole = int(np.prod(sizes, dtype=object))
        members, many = source.members, len(source.members)
        direct = whole <= max(_DIRECT, 2 * many) and whole <= (1 << 24)
        slots = np.full(whole if direct else 1 << max(4, int(2 * min(many, whole) - 1).bit_length()), -1, np.int32)
        room = min(many, whole)
        keys, firsts, sums = np.empty(0 if direct else room, np.int64), np.empty(room, np.int32), np.empty(room, np.int64)
        ids = np.empty(many, np.int32)
        count = roll_up(
            self._tuples, members, source.sizes, np.concatenate(tables), np.array(starts, np.int64), slots, direct,
            keys, firsts, sums, ids,
        )  # fmt: skip
        return _Grouping(node, firsts[:count].copy(), sums[:count].copy()), ids

    def _rolled_wide(self, node: Node, source: _Grouping, sizes: Sequence[int]) -> tuple[_Grouping, npt.NDArray[np.int32]]:
        """The same where the product of all values is no machine word: a few columns at a time."""
        codes = [
            (bound.maps[level][self._tuples[source.members, d]], count)
            for d, (bound, level, count) in enumerate(zip(self.bounds, node, sizes, strict=True))
        ]
        made = classes_of(codes)
        sums = np.bincount(made.of, weights=source.sizes, minlength=made.count).astype(np.int64)
        return _Grouping(node, source.members[made.first], sums), made.of

    def _suppressed_upwards(self, node: Node) -> int:
        """How many records would be suppressed by those demands alone that only get easier upwards."""
        grouping = self._grouping(node)
        failing = grouping.sizes < self.requirements.implied_k
        if self._all_easier and int(grouping.sizes[failing].sum()) <= self.requirements.allowed(self._rows):
            failing = self._failing(grouping)
        return int(grouping.sizes[failing].sum())

    @property
    def _all_easier(self) -> bool:
        """Whether every demand gets easier upwards: nothing may be suppressed, or they are k and distinct l only."""
        demands = self.requirements
        only_distinct = not demands.closeness and all(d.kind == "distinct" for d in demands.diversity)
        return bool(self._columns) and (only_distinct or demands.allowed(self._rows) == 0)

    def _find_border(self, node: Node, heights: Sequence[int], known: _Known) -> None:
        """Along one chain from ``node`` to the top: the first node that suppresses little enough, by halving."""
        chain = [node]
        while chain[-1] != tuple(heights):
            last = chain[-1]
            rest = [(last[d] + 1) / (h + 1) if last[d] < h else 2.0 for d, h in enumerate(heights)]
            step = int(np.argmin(rest))
            chain.append(tuple(n + (d == step) for d, n in enumerate(last)))
        chain = [n for n in chain if not known.too_much(n)]
        low, high = 0, len(chain)
        allowed = self.requirements.allowed(self._rows)
        while low < high:
            middle = (low + high) // 2
            if known.enough(chain[middle]) or self._suppressed_upwards(chain[middle]) <= allowed:
                known.add_enough(chain[middle])
                high = middle
            else:
                known.add_too_much(chain[middle])
                low = middle + 1

    def _failing(self, grouping: _Grouping) -> npt.NDArray[np.bool_]:
        """Which classes miss a demand."""
        failing = grouping.sizes < self.requirements.implied_k
        if not self._columns:
            return failing
        bottom = self._held[tuple(0 for _ in grouping.node)]
        again, ids = self._rolled(grouping.node, bottom)
        # the classes may be numbered otherwise from below: lay them side by side by the tuples that stand for them
        order = ids[grouping.members]
        bad = np.zeros(len(again.sizes), bool)
        for name, column in self._columns.items():
            spread = spread_of(ids[column.owner], len(again.sizes), column.value, column.column.distinct, column.count)
            for demand in self.requirements.diversity:
                if demand.column == name:
                    bad |= ~diversity_met(spread, demand)
            for close in self.requirements.closeness:
                if close.column == name:
                    away = distances(spread, column.overall, close.distance, column.levels)
                    bad |= ~closeness_met(away, close)
        return failing | bad[order]

    def _loss(self, node: Node) -> tuple[float, tuple[float, ...]] | None:
        """The loss at ``node``, whole and by quasi-identifier; None where too much would be suppressed."""
        grouping = self._grouping(node)
        failing = self._failing(grouping)
        gone = grouping.sizes[failing]
        if int(gone.sum()) > self.requirements.allowed(self._rows):
            return None
        losses = []
        for d, (costs, bound, level) in enumerate(zip(self._costs, self.bounds, node, strict=True)):
            codes = bound.maps[level][self._tuples[grouping.members[failing], d]]
            losses.append(costs.shown[level] + float((gone * costs.extra[level][codes]).sum()))
        return float(aggregated(np.array(losses)[:, None], self.aggregate)[0]), tuple(losses)

    def _final(self, node: Node) -> tuple[Classes, npt.NDArray[np.bool_]]:
        """The class of each row at the node, and which classes are suppressed."""
        assert self._base is not None
        made, ids = self._rolled(node, self._held[tuple(0 for _ in node)])
        of = ids[self._base.of]
        first = np.empty(len(made.sizes), np.int64)
        first[of[::-1]] = np.arange(len(of) - 1, -1, -1)
        failing = self._failing(made)
        return Classes(of, made.sizes, first), failing


class _Known:
    """What is known of nodes without looking: too much suppressed at and below some, little enough at and above others."""

    def __init__(self, heights: Sequence[int]) -> None:
        shape = tuple(h + 1 for h in heights)
        self._state = np.zeros(shape, np.int8)

    def too_much(self, node: Node) -> bool:
        return bool(self._state[node] == -1)

    def enough(self, node: Node) -> bool:
        return bool(self._state[node] == 1)

    def add_too_much(self, node: Node) -> None:
        self._state[tuple(slice(0, n + 1) for n in node)] = -1

    def add_enough(self, node: Node) -> None:
        self._state[tuple(slice(n, None) for n in node)] = 1
