"""What a person moved: boxes stay where they were put, the others give way, lines and labels find a way round."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from sekisho.engines.systemdiagram.geometry import GRID, Box, Label, Leg, Point, Rect, Sheet
from sekisho.engines.systemdiagram.packing import title_rect

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["give_way", "settle_labels", "way_round"]

AROUND: Final = 24.0
HIT: Final = 100_000.0
BEND: Final = 40.0
STUB: Final = 300.0
TITLE: Final = 500.0
TOGETHER: Final = 400.0
CLEAR: Final = 6.0
RINGS: Final = 160


def give_way(sheet: Sheet) -> None:
    """Move the pinned boxes to their places and every other box that would lie under one to the next free place below."""
    for box in sheet.boxes.values():
        if box.node.x is not None and box.node.y is not None:
            box.x, box.y, box.pinned, box.loose = box.node.x, box.node.y, True, True
    boxes = list(sheet.boxes.values())
    fixed = [box for box in boxes if box.pinned]
    if not fixed:
        return
    for box in boxes:
        while not box.pinned and (under := next((o for o in fixed if box.meets(o, GRID)), None)):
            others = [o for o in boxes if o is not box and o not in fixed]
            box.y, box.loose = under.bottom + 2 * GRID, True
            while below := next((o for o in [*fixed, *others] if box.meets(o, GRID)), None):
                box.y = below.bottom + 2 * GRID


def way_round(leg: Leg, sheet: Sheet, drawn: list[Leg]) -> list[Point]:
    """The way with the fewest boxes under it and the least on lines already ``drawn``, then the shortest; no slanting parts."""
    obstacles = [box for box in sheet.boxes.values() if box is not leg.a and box is not leg.b]
    titles = [title_rect(frame) for frame in sheet.frames]
    lines = [pair for other in drawn for pair in pairwise(other.points)]
    best, chosen = float("inf"), [leg.a.centre, leg.b.centre]
    for points in _ways(leg.a, leg.b, obstacles):
        pairs = list(pairwise(points))
        ends = (pairs[0], pairs[-1])
        cost = sum(_length(p, q) for p, q in pairs) + BEND * len(points)
        cost += STUB * sum(_length(p, q) < AROUND - GRID for p, q in ends)
        if cost >= best:
            continue
        cost += TOGETHER * sum(_together(one, other) for one in pairs for other in lines)
        cost += TITLE * sum(rect.cut_by(p, q, 2) for p, q in pairs for rect in titles)
        cost += HIT * sum(end.cut_by(p, q, -1) for p, q in pairs for end in (leg.a, leg.b))
        if cost >= best:
            continue
        cost += HIT * sum(box.cut_by(p, q, CLEAR) for p, q in pairs for box in obstacles)
        if cost < best:
            best, chosen = cost, points
    return chosen


def _length(p: Point, q: Point) -> float:
    return abs(p[0] - q[0]) + abs(p[1] - q[1])


def _together(one: tuple[Point, Point], other: tuple[Point, Point]) -> bool:
    """Whether two parts of lines lie on each other."""
    for along, across in ((0, 1), (1, 0)):
        level = one[0][across]
        if one[1][across] == level and other[0][across] == other[1][across] and abs(other[0][across] - level) < CLEAR:
            low = max(min(one[0][along], one[1][along]), min(other[0][along], other[1][along]))
            high = min(max(one[0][along], one[1][along]), max(other[0][along], other[1][along]))
            return high - low > GRID
    return False


def _ways(a: Box, b: Box, obstacles: list[Box]) -> Iterator[list[Point]]:
    """Ways with one or two bends; the ends lie in the middle of a side, or a quarter beside it."""
    (ax, ay), (bx, by) = a.centre, b.centre
    near = sorted(obstacles, key=lambda o: (abs(o.centre[0] - (ax + bx) / 2) + abs(o.centre[1] - (ay + by) / 2), o.id))[:10]
    columns = {(a.right + b.x) / 2 if b.x > a.right else (b.right + a.x) / 2, a.right + AROUND, a.x - AROUND, b.right + AROUND}
    columns |= {b.x - AROUND, *(o.x - AROUND for o in near), *(o.right + AROUND for o in near)}
    rows = {(a.bottom + b.y) / 2 if b.y > a.bottom else (b.bottom + a.y) / 2, a.bottom + AROUND, a.y - AROUND}
    rows |= {b.bottom + AROUND, b.y - AROUND, *(o.y - AROUND for o in near), *(o.bottom + AROUND for o in near)}
    for share in (0.0, -0.25, 0.25):
        ax, ay = a.x + a.w * (0.5 + share), a.y + a.h * (0.5 + share)
        bx, by = b.x + b.w * (0.5 + share), b.y + b.h * (0.5 + share)
        right, left = b.x >= a.x, b.y >= a.y
        yield [(a.right if right else a.x, ay), (bx, ay), (bx, b.y if left else b.bottom)]
        yield [(ax, a.bottom if left else a.y), (ax, by), (b.x if right else b.right, by)]
        for x in sorted(columns):
            yield [(a.right if x > ax else a.x, ay), (x, ay), (x, by), (b.x if x < bx else b.right, by)]
        for y in sorted(rows):
            yield [(ax, a.bottom if y > ay else a.y), (ax, y), (bx, y), (bx, b.y if y < by else b.bottom)]


def settle_labels(sheet: Sheet) -> None:
    """Labels that lie on a box, a title or another label go to a free place on their line, else near it with a leader."""
    taken: list[Rect] = [*sheet.boxes.values()]
    taken += [Rect(frame.x, frame.y - 2, frame.w, 22 + 18 * (len(frame.lines) - 1)) for frame in sheet.frames]
    legs = [leg for leg in sheet.legs if leg.label is not None]
    # Labels that already have their place come first: only the others move.
    for leg in sorted(legs, key=lambda one: one.loose):
        label = leg.label
        assert label is not None
        others = [o for o in sheet.legs if o is not leg and not set(map(id, o.flows)) & set(map(id, leg.flows))]
        if leg.loose or any(label.meets(rect) for rect in taken):
            _find(leg, label, taken, others)
        taken.append(label)


def _find(leg: Leg, label: Label, taken: list[Rect], others: list[Leg]) -> None:
    spots = list(_on_line(leg.points))
    middle = min(spots, key=lambda p: abs(p[0] - label.centre[0]) + abs(p[1] - label.centre[1]), default=(0.0, 0.0))
    if leg.loose:
        middle = spots[len(spots) // 2] if spots else middle
    spots.sort(key=lambda p: abs(p[0] - middle[0]) + abs(p[1] - middle[1]))
    for avoid in (others, []):
        for spot in spots:
            if _free(label, spot, taken, avoid):
                return
    for ring in range(1, RINGS):
        for spot in _ring(middle, ring * 2 * GRID):
            if _free(label, spot, taken, []):
                label.leader = middle
                return
    label.x, label.y = middle[0], max(rect.bottom for rect in taken) + GRID
    label.leader = middle


def _free(label: Label, spot: Point, taken: list[Rect], legs: list[Leg]) -> bool:
    label.x, label.y = spot[0] - label.w / 2, spot[1] - label.h / 2
    if any(label.meets(rect, 2.0) for rect in taken):
        return False
    return not any(label.cut_by(p, q, 1.0) for leg in legs for p, q in pairwise(leg.points))


def _on_line(points: list[Point]) -> Iterator[Point]:
    for p, q in pairwise(points):
        length = abs(p[0] - q[0]) + abs(p[1] - q[1])
        steps = max(1, int(length / GRID))
        for step in range(steps + 1):
            share = step / steps
            yield p[0] + (q[0] - p[0]) * share, p[1] + (q[1] - p[1]) * share


def _ring(middle: Point, radius: float) -> Iterator[Point]:
    x, y = middle
    for offset in (0.0, 0.5, -0.5, 1.0, -1.0):
        yield x + offset * radius, y - radius
        yield x + offset * radius, y + radius
        yield x - radius, y + offset * radius
        yield x + radius, y + offset * radius
