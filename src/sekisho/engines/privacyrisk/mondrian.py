"""Multidimensional generalisation: Mondrian (LeFevre, DeWitt, Ramakrishnan 2006), strict and relaxed.

The rows are split in two at the median of the quasi-identifier that is widest (relative to the whole table), as long as both
halves keep every demand; where the widest cannot be split, the next is tried. *Strict*: rows of one value stay together, at the
cut before or after the median that is nearer to the middle. *Relaxed*: rows of the median value may go to either half, so that
both are of one size.

Values lie in their order: numbers at their place, texts by code point, values of a hierarchy so that every node's leaves stand
side by side. What a part shows is the value itself, a closed interval, or the lowest node of the hierarchy that holds them all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from sekisho.engines.privacyrisk.classes import Classes
from sekisho.engines.privacyrisk.coding import Coded
from sekisho.engines.privacyrisk.hierarchies import ROOT, Bound, Hierarchy, bind
from sekisho.engines.privacyrisk.model import Closeness, Distance, Diversity, Requirements
from sekisho.errors import InputError

__all__ = ["Cells", "split"]

_KINDS: Final = {"distinct": 0, "entropy": 1, "recursive": 2}  # as the constants in splitting.py (a test compares them)
_DISTANCES: Final = {Distance.EQUAL: 3, Distance.ORDERED: 4, Distance.HIERARCHICAL: 5}
_BUCKETS: Final = 4096

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cells:
    """What one quasi-identifier shows: ``code``: int32, index into ``labels`` for each class; ``share``: 0–1 lost (NCP) by it."""

    code: npt.NDArray[np.int32]
    labels: tuple[str | None, ...]
    share: npt.NDArray[np.float64]


def split(
    quasi: Sequence[Coded], bounds: Mapping[str, Bound], requirements: Requirements, sensitive: Mapping[str, Coded],
    hierarchies: Mapping[str, Hierarchy], *, strict: bool = True,
) -> tuple[Classes, dict[str, Cells]]:  # fmt: skip
    """The parts as classes of the rows, and what each quasi-identifier shows in each. ``bounds``: of those with a hierarchy.

    Raises InputError ``privacy.nothing_found`` where the whole table already misses a demand.
    """
    from sekisho.engines.privacyrisk.splitting import meets, split_all  # noqa: PLC0415 - the compiler loads only when it is needed

    rows = len(quasi[0].codes)
    orders = [_order(column, bounds.get(column.name)) for column in quasi]
    data = np.ascontiguousarray(np.stack([place[c.codes] for c, (place, _) in zip(quasi, orders, strict=True)], axis=1), np.int32)
    positions = [at for _, at in orders]
    starts = np.cumsum([0, *(len(p) for p in positions)])[:-1].astype(np.int64)
    spans = np.array([max(float(p[-1] - p[0]), 1e-300) for p in positions])
    order, begins = np.arange(rows, dtype=np.int32), np.empty(rows, np.int64)
    demands = _demands(requirements, sensitive, hierarchies, rows)
    if rows < requirements.implied_k or not meets(order, 0, rows, *demands):
        raise InputError("privacy.nothing_found", nodes=1, k=requirements.k)
    count = split_all(
        data, order, np.concatenate(positions), starts, spans, requirements.implied_k, strict, begins,
        np.empty(_BUCKETS, np.int64), *demands,
    )  # fmt: skip
    begins = begins[:count].copy()
    sizes = np.diff(begins, append=rows)
    of = np.empty(rows, np.int32)
    of[order] = np.repeat(np.arange(count, dtype=np.int32), sizes)
    shown = {}
    for d, (column, (place, at)) in enumerate(zip(quasi, orders, strict=True)):
        low, high = np.minimum.reduceat(data[:, d], begins), np.maximum.reduceat(data[:, d], begins)
        shown[column.name] = _cells(column, bounds.get(column.name), np.argsort(place), at, low=low, high=high)
    return Classes(of, sizes.astype(np.int64), order[begins].astype(np.int64)), shown


def _order(column: Coded, bound: Bound | None) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]:
    """Code → place in the order, and where each place lies."""
    codes = np.arange(column.distinct)
    if column.numbers is not None:
        numbers = column.numbers.copy()
        first = numbers[column.missing] if column.missing < column.distinct else 0.0
        numbers[: column.missing] = first - 1.0  # no value lies beside the least, never far from everything
        return codes.astype(np.int32), numbers
    if bound is not None:
        sort = np.lexsort(tuple(bound.maps))  # by the topmost level first, down to the values
        place = np.empty(column.distinct, np.int32)
        place[sort] = codes
        return place, codes.astype(np.float64)
    return codes.astype(np.int32), codes.astype(np.float64)


def _cells(
    column: Coded, bound: Bound | None, code_at: Ints, at: npt.NDArray[np.float64], *,
    low: npt.NDArray[np.int32], high: npt.NDArray[np.int32],
) -> Cells:  # fmt: skip
    pairs, code = np.unique(low.astype(np.int64) * column.distinct + high, return_inverse=True)
    lows, highs = np.divmod(pairs, column.distinct)
    labels: list[str | None] = []
    shares = []
    for a, b in zip(lows.tolist(), highs.tolist(), strict=True):
        first, last = int(code_at[a]), int(code_at[b])
        if a == b:
            labels.append(column.labels[first])
            shares.append(0.0)
        elif column.numbers is None and bound is not None:
            label, share = _common(bound, first, last)
            labels.append(label)
            shares.append(share)
        elif first < column.missing:  # a missing value together with others: nothing can be said
            labels.append(ROOT)
            shares.append(1.0)
        else:
            labels.append(f"[{column.labels[first]},{column.labels[last]}]")
            shares.append(float((at[b] - at[a]) / (at[-1] - at[column.missing])) if at[-1] > at[column.missing] else 1.0)
    return Cells(code.astype(np.int32), tuple(labels), np.clip(np.array(shares)[code], 0.0, 1.0))


def _common(bound: Bound, first: int, last: int) -> tuple[str | None, float]:
    """The lowest node that holds both ends of a run of leaves, and the share of the domain below it."""
    for level in range(1, bound.height + 1):
        node = int(bound.maps[level][first])
        if node == int(bound.maps[level][last]):
            return bound.labels[level][node], float(bound.leaves[level][node] / bound.domain)
    return ROOT, 1.0


def _demands(
    requirements: Requirements, sensitive: Mapping[str, Coded], hierarchies: Mapping[str, Hierarchy], rows: int
) -> tuple[npt.NDArray[np.generic], ...]:
    """The demands as arrays for the kernel, in the order of its arguments."""
    wanted: list[Diversity | Closeness] = [*requirements.diversity, *requirements.closeness]
    names = list(requirements.columns)
    matrix = np.stack([sensitive[n].codes for n in names], axis=1) if names else np.zeros((rows, 1), np.int32)
    shares = [np.bincount(sensitive[n].codes, minlength=sensitive[n].distinct) / rows for n in names]
    share_starts = np.cumsum([0, *(len(s) for s in shares)]).astype(np.int64)
    kinds, amounts, ratios, heights, parent_starts = [], [], [], [], []
    parents: list[Ints] = []
    for demand in wanted:
        kinds.append(_DISTANCES[demand.distance] if isinstance(demand, Closeness) else _KINDS[demand.kind])
        amounts.append(float(demand.t if isinstance(demand, Closeness) else demand.l))
        ratios.append(0.0 if isinstance(demand, Closeness) else demand.c)
        parent_starts.append(sum(len(p) for p in parents))
        levels: list[Ints] = []
        if isinstance(demand, Closeness) and demand.distance is Distance.HIERARCHICAL:
            if demand.column not in hierarchies:
                raise InputError("privacy.distance_needs_hierarchy", column=demand.column)
            levels = _parents(bind(hierarchies[demand.column], sensitive[demand.column]))
        parents += levels
        heights.append(len(levels))
    most = max((len(s) for s in shares), default=1)
    return (
        np.ascontiguousarray(matrix, np.int32), np.array(kinds, np.int64),
        np.array([names.index(d.column) for d in wanted], np.int64), np.array(amounts), np.array(ratios),
        np.concatenate(shares) if shares else np.zeros(1), share_starts,
        np.concatenate(parents) if parents else np.zeros(1, np.int64), np.array(parent_starts, np.int64),
        np.array(heights, np.int64), np.zeros(most, np.int64), np.zeros(most), np.zeros((2, most)),
    )  # fmt: skip


def _parents(bound: Bound) -> list[Ints]:
    """For each level, the node above of every node below it."""
    found = []
    for below, above in zip(bound.maps, bound.maps[1:], strict=False):
        parent = np.zeros(int(below.max()) + 1, np.int64)
        parent[below] = above
        found.append(parent)
    return found
