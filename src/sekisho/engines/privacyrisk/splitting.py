"""Mondrian's loops, compiled: the median of a column, parting rows at it, and whether a part meets its demands."""

# ruff: noqa: PLR0917, C901, PLR0912 - kernels take arrays by position, and one loop holds what NumPy would hold in ten passes
from __future__ import annotations

from typing import Any, Final

import numpy as np

from sekisho.engines.compiled import compiled

__all__ = ["DISTINCT", "ENTROPY", "EQUAL", "HIERARCHICAL", "ORDERED", "RECURSIVE", "meets", "split_all"]

DISTINCT: Final = 0
ENTROPY: Final = 1
RECURSIVE: Final = 2
EQUAL: Final = 3
ORDERED: Final = 4
HIERARCHICAL: Final = 5


@compiled
def median_of(data: Any, low: int, high: int, dimension: Any, least: int, most: int, buckets: Any) -> Any:
    """The lower median of one column in rows ``low``…``high`` of ``data``, with how many are less and how many equal.

    By counting into at most ``buckets.size`` buckets, then into the bucket that holds the median, until a bucket is one value.
    """
    many = high - low
    rank = (many - 1) // 2
    begin, span, less = np.int64(least), np.int64(most) - np.int64(least) + 1, 0
    room = 16
    while room < buckets.size and room < many:
        room *= 2
    while True:
        shift = 0
        while ((span - 1) >> shift) >= room:
            shift += 1
        used = ((span - 1) >> shift) + 1
        for bucket in range(used):
            buckets[bucket] = 0
        for row in range(low, high):
            place = np.int64(data[row, dimension]) - begin
            if 0 <= place < span:
                buckets[place >> shift] += 1
        bucket = 0
        while rank >= buckets[bucket]:
            rank -= buckets[bucket]
            less += buckets[bucket]
            bucket += 1
        begin += np.int64(bucket) << shift
        if shift == 0:
            return begin, less, buckets[bucket]
        span = np.int64(1) << shift


@compiled
def parted(data: Any, rows: Any, low: int, high: int, dimension: Any, pivot: int) -> int:
    """Move the rows whose value is below ``pivot`` before the others; returns where the others begin."""
    left, right = low, high - 1
    wide = data.shape[1]
    while True:
        while left <= right and data[left, dimension] < pivot:
            left += 1
        while left <= right and data[right, dimension] >= pivot:
            right -= 1
        if left >= right:
            return left
        for place in range(wide):
            held = data[left, place]
            data[left, place] = data[right, place]
            data[right, place] = held
        kept = rows[left]
        rows[left] = rows[right]
        rows[right] = kept
        left += 1
        right -= 1


@compiled
def parted_at(
    data: Any, rows: Any, low: int, high: int, dimension: Any, median: int, less: int, equal: int, least_size: int
) -> int:
    """Part the rows at their median: for ``least_size`` > 0 before or after all rows of that value, whichever is nearer to the
    middle and leaves enough on both sides (−1: neither does); for 0 in the middle, through the rows of that value.
    """
    many = high - low
    if least_size == 0:
        middle = parted(data, rows, low, high, dimension, median)
        parted(data, rows, middle, high, dimension, median + 1)
        return low + many // 2
    after = less + equal
    before = abs(2 * less - many) < abs(2 * after - many)
    size = less if before else after
    if min(size, many - size) < least_size:
        before = not before
        size = less if before else after
    if min(size, many - size) < least_size:
        return -1
    return parted(data, rows, low, high, dimension, median if before else median + 1)


@compiled
def diverse(counts: Any, values: int, many: int, kind: int, amount: float, ratio: float) -> Any:
    """Whether ``counts`` of ``values`` values (``many`` records; spoilt) meet a demand of l-diversity."""
    if kind == DISTINCT:
        found = 0
        for value in range(values):
            found += counts[value] > 0
        return found >= amount
    if kind == ENTROPY:
        total = 0.0
        for value in range(values):
            if counts[value] > 0:
                total += counts[value] * np.log(counts[value])
        return np.exp(np.log(many) - total / many) >= amount * (1 - 1e-9)
    largest, tail = 0, many
    for step in range(int(amount)):
        top = 0
        for value in range(values):
            if counts[value] > counts[top]:
                top = value
        if step == 0:
            largest = counts[top]
        if step < int(amount) - 1:
            tail -= counts[top]
            counts[top] = 0
    return largest < ratio * tail


@compiled
def away(extra: Any, values: int, kind: int, parents: Any, place: int, height: int, sums: Any) -> float:
    """The distance of a class whose share of each value exceeds the table's by ``extra`` (spoilt where hierarchical)."""
    distance, running = 0.0, 0.0
    if kind == HIERARCHICAL:
        size = values
        for level in range(height):
            nodes = 0
            for node in range(size):
                nodes = max(nodes, parents[place + node] + 1)
            for node in range(nodes):
                sums[0, node], sums[1, node] = 0.0, 0.0
            for node in range(size):
                sums[0 if extra[node] > 0 else 1, parents[place + node]] += abs(extra[node])
            for node in range(nodes):
                distance += min(sums[0, node], sums[1, node]) * (level + 1) / height
                extra[node] = sums[0, node] - sums[1, node]
            place += size
            size = nodes
        return distance
    for value in range(values):
        running += extra[value]
        distance += abs(extra[value]) / 2 if kind == EQUAL else abs(running) / max(values - 1, 1)
    return distance


@compiled
def meets(
    rows: Any, low: int, high: int, sensitive: Any, kinds: Any, columns: Any, amounts: Any, ratios: Any,
    shares: Any, share_starts: Any, parents: Any, parent_starts: Any, heights: Any, counts: Any, extra: Any, sums: Any,
) -> bool:  # fmt: skip
    """Whether the records ``rows[low:high]`` meet every demand on the sensitive columns.

    ``kinds``: the constants above; ``amounts``: l or t; ``ratios``: c. ``shares``: of every value in the whole table.
    ``parents``: node of every node of the level below, level after level. ``counts``, ``extra``, ``sums``: room to work in.
    """
    many = high - low
    for demand in range(kinds.size):
        column = columns[demand]
        start, values = share_starts[column], share_starts[column + 1] - share_starts[column]
        for value in range(values):
            counts[value] = 0
        for place in range(low, high):
            counts[sensitive[rows[place], column]] += 1
        if kinds[demand] <= RECURSIVE:
            if not diverse(counts, values, many, kinds[demand], amounts[demand], ratios[demand]):
                return False
        else:
            for value in range(values):
                extra[value] = counts[value] / many - shares[start + value]
            far = away(extra, values, kinds[demand], parents, parent_starts[demand], heights[demand], sums)
            if far > amounts[demand] + 1e-9:
                return False
    return True


@compiled
def split_all(
    data: Any, rows: Any, positions: Any, starts: Any, spans: Any, least_size: int, strict: bool, begins: Any, buckets: Any,
    sensitive: Any, kinds: Any, columns: Any, amounts: Any, ratios: Any, shares: Any, share_starts: Any,
    parents: Any, parent_starts: Any, heights: Any, counts: Any, extra: Any, sums: Any,
) -> int:  # fmt: skip
    """Mondrian: split the rows in two at the median of the widest quasi-identifier, again and again.

    ``data`` (int32, rows × quasi-identifiers, reordered in place together with ``rows``); ``positions``: float64, where each code
    lies, for every quasi-identifier from ``starts`` on, ``spans`` apart at most. Fills ``begins`` with where each part begins and
    returns how many parts there are. The rest is for :func:`meets`.
    """
    wide = data.shape[1]
    least, most, width = np.empty(wide, np.int32), np.empty(wide, np.int32), np.empty(wide, np.float64)
    stack = np.empty((4096, 2), np.int64)
    stack[0, 0], stack[0, 1] = 0, data.shape[0]
    depth, found = 1, 0
    while depth:
        depth -= 1
        low, high = stack[depth, 0], stack[depth, 1]
        cut = low
        if high - low >= 2 * least_size:
            for dimension in range(wide):
                least[dimension] = most[dimension] = data[low, dimension]
            for row in range(low + 1, high):
                for dimension in range(wide):
                    value = data[row, dimension]
                    least[dimension] = min(least[dimension], value)
                    most[dimension] = max(most[dimension], value)
            for dimension in range(wide):
                apart = positions[starts[dimension] + most[dimension]] - positions[starts[dimension] + least[dimension]]
                width[dimension] = apart / spans[dimension] if most[dimension] > least[dimension] else -1.0
            for _ in range(wide):
                widest = 0
                for dimension in range(1, wide):
                    if width[dimension] > width[widest]:
                        widest = dimension
                if width[widest] < 0:
                    break
                width[widest] = -1.0
                median, less, equal = median_of(data, low, high, widest, least[widest], most[widest], buckets)
                middle = parted_at(data, rows, low, high, widest, median, less, equal, least_size if strict else 0)
                if middle < 0:
                    continue
                if kinds.size and not (
                    meets(rows, low, middle, sensitive, kinds, columns, amounts, ratios, shares, share_starts,
                          parents, parent_starts, heights, counts, extra, sums)
                    and meets(rows, middle, high, sensitive, kinds, columns, amounts, ratios, shares, share_starts,
                              parents, parent_starts, heights, counts, extra, sums)
                ):  # fmt: skip
                    continue
                cut = middle
                break
        if cut == low:
            begins[found] = low
            found += 1
        else:
            stack[depth, 0], stack[depth, 1] = cut, high
            stack[depth + 1, 0], stack[depth + 1, 1] = low, cut
            depth += 2
    return found
