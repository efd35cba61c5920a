"""The measures straight from their definitions, in plain Python, slow and obvious: what the engine is held against."""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from fractions import Fraction


def classes(rows, quasi):
    found = defaultdict(list)
    for row in rows:
        found[tuple(row[name] for name in quasi)].append(row)
    return list(found.values())


def entropy_l(values):
    counts = Counter(values)
    total = len(values)
    return math.exp(-sum(c / total * math.log(c / total) for c in counts.values()))


def recursive(values, wanted):
    """r1 / (r_l + … + r_m); infinite where there are fewer than l values."""
    counts = sorted(Counter(values).values(), reverse=True)
    tail = sum(counts[wanted - 1 :])
    return counts[0] / tail if tail else math.inf


def earth_movers(first, second, distance):  # noqa: C901 - one algorithm, read in one go
    """The least work that turns ``first`` into ``second`` (dicts value → Fraction): cheapest paths, again and again, exactly."""
    supply = {v: first.get(v, 0) - second.get(v, 0) for v in {*first, *second}}
    givers = {v: s for v, s in supply.items() if s > 0}
    takers = {v: -s for v, s in supply.items() if s < 0}
    flow = defaultdict(Fraction)
    work = Fraction(0)
    while any(givers.values()):
        cost, before = {}, {}
        for v, s in givers.items():
            if s:
                cost["g", v] = Fraction(0)
        for _ in range(2 * (len(givers) + len(takers))):
            for g, t in itertools.product(givers, takers):
                d = Fraction(distance(g, t))
                if ("g", g) in cost and cost["g", g] + d < cost.get(("t", t), math.inf):
                    cost["t", t], before["t", t] = cost["g", g] + d, ("g", g)
                if flow[g, t] and ("t", t) in cost and cost["t", t] - d < cost.get(("g", g), math.inf):
                    cost["g", g], before["g", g] = cost["t", t] - d, ("t", t)
        end = min((t for t in takers if takers[t]), key=lambda t: cost["t", t])
        path, here = [], ("t", end)
        while here in before:
            path.append((before[here], here))
            here = before[here]
        amount = min(
            takers[end], givers[here[1]], *(flow[b[1], a[1]] for a, b in path if a[0] == "t"), Fraction(10**9)
        )  # fmt: skip
        for a, b in path:
            if a[0] == "g":
                flow[a[1], b[1]] += amount
            else:
                flow[b[1], a[1]] -= amount
        work += amount * cost["t", end]
        givers[here[1]] -= amount
        takers[end] -= amount
    return work


def shares(values):
    return {v: Fraction(c, len(values)) for v, c in Counter(values).items()}


def best_node(rows, quasi, forms, *, keeps, allowed, loss):
    """Every node of the lattice, one after another: the least loss, and how many nodes have it. ``forms[name][level](value)``."""
    heights = [len(forms[name]) for name in quasi]
    found = []
    for node in itertools.product(*(range(h) for h in heights)):
        shown = [
            {**row, **{n: forms[n][level](row[n]) for n, level in zip(quasi, node, strict=True)}, "original": row} for row in rows
        ]
        bad = [c for c in classes(shown, quasi) if not keeps(c)]
        gone = sum(len(c) for c in bad)
        if gone <= allowed:
            found.append((loss(node, shown, {id(r) for c in bad for r in c}), node))
    return min(found) if found else None
