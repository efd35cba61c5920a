"""t-closeness (Li, Li, Venkatasubramanian 2007): how far each class's distribution lies from that of the whole table.

The Earth Mover's Distance in closed form for the three ground distances of the paper:

* equal: every two values are 1 apart; half the sum of the absolute differences;
* ordered: values i and j of m are |i − j| ÷ (m − 1) apart; the sum of the absolute cumulative differences ÷ (m − 1);
* hierarchical: two values are level(lowest common ancestor) ÷ height apart; what has to cross each inner node, by its height.

Never a matrix of all classes and all values at once: a class costs what its own values cost (hierarchical: a block of classes).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sekisho.engines.privacyrisk.classes import Spread
from sekisho.engines.privacyrisk.diversity import distinct_values
from sekisho.engines.privacyrisk.model import Closeness, Distance

__all__ = ["closeness_met", "distances"]

Floats = npt.NDArray[np.float64]
_BLOCK = 1 << 21  # numbers of one block of the hierarchical distance: 16 MiB
_SLACK = 1e-9  # a distance of exactly t must not fail by rounding


def distances(
    spread: Spread, overall: npt.NDArray[np.int64], distance: Distance, levels: Sequence[npt.NDArray[np.int64]] = ()
) -> Floats:
    """The distance (0–1) of each class from the table.

    ``overall``: records of the table with each value (length ``spread.values``), in the order of the values. ``levels``: for the
    hierarchical distance, the node of each value at level 1, 2, … up to the root; each a function of the one before.
    """
    total = overall.sum()
    whole = overall / total
    sizes = np.add.reduceat(spread.count, spread.starts)
    own = spread.count / np.repeat(sizes, distinct_values(spread))
    if distance is Distance.EQUAL:
        return _equal(spread, own, whole)
    if distance is Distance.ORDERED:
        return _ordered(spread, own, whole)
    return _hierarchical(spread, own, whole, levels)


def _equal(spread: Spread, own: Floats, whole: Floats) -> Floats:
    """½ (Σ |p − q| over the values it has + the share of those it lacks)."""
    theirs = whole[spread.value]
    here = np.add.reduceat(np.abs(own - theirs) - theirs, spread.starts)
    return np.asarray(np.clip((here + 1.0) / 2, 0.0, 1.0))


def _ordered(spread: Spread, own: Floats, whole: Floats) -> Floats:
    """Between two values that a class has, its cumulative share P stays, while the table's Q rises: split where Q passes P."""
    values = spread.values
    if values == 1:
        return np.zeros(len(spread.starts))
    rising = np.cumsum(whole)
    area = np.concatenate(([0.0], np.cumsum(rising)))  # area[j] = Q_0 + … + Q_(j−1)
    many = distinct_values(spread)
    running = np.cumsum(own)
    held = running - np.repeat(running[spread.starts] - own[spread.starts], many)  # P from this value on
    begin = spread.value
    end = np.append(spread.value[1:], values)
    end[np.append(spread.starts[1:], len(begin)) - 1] = values
    turn = np.clip(np.searchsorted(rising, held, side="left"), begin, end)
    parts = held * (turn - begin) - (area[turn] - area[begin]) + (area[end] - area[turn]) - held * (end - turn)
    lead = area[begin[spread.starts]]  # before its first value P is 0
    return np.asarray(np.clip((np.add.reduceat(parts, spread.starts) + lead) / (values - 1), 0.0, 1.0))


def _hierarchical(spread: Spread, own: Floats, whole: Floats, levels: Sequence[npt.NDArray[np.int64]]) -> Floats:
    classes, height = len(spread.starts), len(levels)
    result = np.zeros(classes)
    if not height:
        return result
    step = max(1, _BLOCK // max(spread.values, 1))
    edges = np.append(spread.starts, len(spread.owner))
    for low in range(0, classes, step):
        high = min(low + step, classes)
        part = slice(edges[low], edges[high])
        extra = np.repeat(-whole[None, :], high - low, axis=0)
        extra[spread.owner[part] - low, spread.value[part]] += own[part]
        below = np.arange(spread.values)
        for number, nodes in enumerate(levels, start=1):
            parents = np.zeros(int(below.max()) + 1, np.int64)
            parents[below] = nodes
            extra, cost = _climb(extra, parents)
            result[low:high] += number / height * cost
            below = nodes
    return np.asarray(np.clip(result, 0.0, 1.0))


def _climb(extra: Floats, parents: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Sums over the children of each node of the next level, and what has to be moved between them there."""
    order = np.argsort(parents, kind="stable")
    starts = np.flatnonzero(np.diff(parents[order], prepend=-1))
    sorted_extra = extra[:, order]
    gain = np.add.reduceat(np.maximum(sorted_extra, 0), starts, axis=1)
    loss = np.add.reduceat(np.maximum(-sorted_extra, 0), starts, axis=1)
    return gain - loss, np.minimum(gain, loss).sum(axis=1)


def closeness_met(values: Floats, demand: Closeness) -> npt.NDArray[np.bool_]:
    """Which classes are at most ``t`` away."""
    return values <= demand.t + _SLACK
