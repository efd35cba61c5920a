"""Lines between the columns: ports at the sides of the boxes, tracks in the gutters, corridors past the columns between.

A label stands at a port, within the height of its box, beside the tracks: so no label meets a box, another label, or the line of
another flow.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from sekisho.engines.systemdiagram.geometry import Box, Label, Leg, Sheet
from sekisho.engines.systemdiagram.packing import FRAME_PAD
from sekisho.engines.systemdiagram.sizing import WIDTH, below_ports, slot

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["route"]

Side = Literal["left", "right"]
TRACK: Final = 12.0
LABEL_GAP: Final = 26.0  # from a box to a label at its side: a frame's border and the arrow stand between
MARGIN: Final = 12.0
STRAIGHT: Final = 0.5
CORRIDOR: Final = 8.0
CLEAR: Final = 10.0


@dataclass(slots=True)
class _Run:
    """A vertical part of a leg in a gutter, between two heights."""

    leg: Leg
    top: float
    low: float
    down: bool
    track: int = 0


@dataclass(slots=True)
class _Gutter:
    """The room right of a column."""

    runs: list[_Run] = field(default_factory=list)
    left_label: float = 0.0
    right_label: float = 0.0
    tracks: int = 0
    x: float = 0.0  # of its first track

    def width(self) -> float:
        left = self.left_label + LABEL_GAP if self.left_label else FRAME_PAD + MARGIN
        right = self.right_label + LABEL_GAP if self.right_label else FRAME_PAD + MARGIN
        return left + right + TRACK * (self.tracks + 1)


def side(leg: Leg, box: Box) -> Side:
    """At which side of its box a leg ends."""
    return "left" if box is leg.b and leg.a.column != leg.b.column else "right"


def route(sheet: Sheet) -> None:
    """Give the legs between boxes in their columns their points and labels, and the boxes their x."""
    count = max((box.column for box in sheet.boxes.values()), default=-1) + 1
    gutters = [_Gutter() for _ in range(count)]
    _ports(sheet)
    for leg in sheet.legs:
        if leg.label is not None:
            box = leg.a if leg.label_at == leg.a.id else leg.b
            if side(leg, box) == "right":
                gutters[box.column].left_label = max(gutters[box.column].left_label, leg.label.w)
            else:
                gutters[box.column - 1].right_label = max(gutters[box.column - 1].right_label, leg.label.w)
    corridors = _corridors(sheet)
    for leg in sheet.legs:
        _runs(leg, gutters, corridors.get(leg.key))
    x = 0.0
    for column, gutter in enumerate(gutters):
        _assign(gutter)
        for box in sheet.boxes.values():
            if box.column == column:
                box.x = x
        gutter.x = x + WIDTH + (gutter.left_label + LABEL_GAP if gutter.left_label else FRAME_PAD + MARGIN) + TRACK
        x += WIDTH + gutter.width()
    for leg in sheet.legs:
        _draw(leg, gutters, corridors.get(leg.key))


def _ports(sheet: Sheet) -> None:
    """Where the legs leave and enter: in the order of their other ends, so that they cross little."""
    at: dict[tuple[str, Side], list[Leg]] = {}
    for leg in sheet.legs:
        at.setdefault((leg.a.id, side(leg, leg.a)), []).append(leg)
        at.setdefault((leg.b.id, side(leg, leg.b)), []).append(leg)
    for (identifier, _), legs in at.items():
        box = sheet.boxes[identifier]
        legs.sort(key=lambda leg: ((leg.b if leg.a is box else leg.a).centre[1], leg.key))
        slots = [slot(leg, box) for leg in legs]
        y = box.y + (box.h - below_ports(box) - sum(slots)) / 2
        for leg, height in zip(legs, slots, strict=True):
            leg.ports[identifier] = y + height / 2
            y += height
    # A lone port moves to where its line is straight, if its label stays beside the box.
    for (identifier, where), legs in sorted(at.items()):
        box = sheet.boxes[identifier]
        if len(legs) == 1 and legs[0].a.column != legs[0].b.column:
            leg = legs[0]
            half = slot(leg, box) / 2
            other = leg.ports[(leg.b if where == "right" else leg.a).id]
            leg.ports[identifier] = min(max(other, box.y + half), box.bottom - below_ports(box) - half)


def _corridors(sheet: Sheet) -> dict[str, float]:
    """For legs that pass columns: the height at which they do, free of boxes, labels and other corridors."""
    taken: list[tuple[int, int, float]] = []
    out = {}
    bottom = max((box.bottom for box in sheet.boxes.values()), default=0.0)
    long_legs = [leg for leg in sheet.legs if leg.b.column - leg.a.column > 1]
    for leg in sorted(long_legs, key=lambda one: (one.b.column - one.a.column, one.key)):
        first, last = leg.a.column, leg.b.column
        between = [box for box in sheet.boxes.values() if first < box.column < last]
        start, end = leg.ports[leg.a.id], leg.ports[leg.b.id]
        blocked = [(box.y - CLEAR, box.bottom + CLEAR) for box in between]
        blocked += [(y - CLEAR, y + CLEAR) for a, b, y in taken if a < last and first < b]
        facing = _facing(sheet, leg)
        steps = int((bottom + 400) / CORRIDOR)
        wanted = [start, end, *(number * CORRIDOR for number in range(-12, steps))]
        wanted.sort(key=lambda y: (abs(y - start) + abs(y - end), y not in {start, end}, y))
        for y in wanted:
            if any(low < y < high for low, high in blocked):
                continue
            if y not in {start, end} and any(abs(y - port) < CORRIDOR for port in facing):
                continue
            out[leg.key] = y
            break
        else:
            out[leg.key] = bottom + 400 + CLEAR * len(out)
        taken.append((first, last, out[leg.key]))
    return out


def _facing(sheet: Sheet, leg: Leg) -> list[float]:
    """The heights of all other ports in the two gutters where the leg begins and ends."""
    gutters = {(leg.a.column, "right"), (leg.b.column, "left")}
    ends = [(other, box) for other in sheet.legs if other is not leg for box in (other.a, other.b)]
    return [other.ports[box.id] for other, box in ends if (box.column, side(other, box)) in gutters]


def _runs(leg: Leg, gutters: list[_Gutter], corridor: float | None) -> None:
    start, end = leg.ports[leg.a.id], leg.ports[leg.b.id]
    stops = [start, end] if corridor is None else [start, corridor, end]
    places = [leg.a.column] if corridor is None else [leg.a.column, leg.b.column - 1]
    for place, before, after in zip(places, stops, stops[1:], strict=False):
        if abs(before - after) > STRAIGHT or leg.a.column == leg.b.column:
            gutters[place].runs.append(_Run(leg, min(before, after), max(before, after), after > before))


def _assign(gutter: _Gutter) -> None:
    """Tracks: those that go down from the lowest on, those that go up from the highest on, each as far left as is free."""
    ends: list[list[tuple[float, float]]] = []
    downs = sorted((r for r in gutter.runs if r.down), key=lambda r: (-r.top, -r.low, r.leg.key))
    ups = sorted((r for r in gutter.runs if not r.down), key=lambda r: (r.low, r.top, r.leg.key))
    for run in [*downs, *ups]:
        free = (n for n, track in enumerate(ends) if all(run.top > low + 4 or run.low < top - 4 for top, low in track))
        number = next(free, len(ends))
        if number == len(ends):
            ends.append([])
        ends[number].append((run.top, run.low))
        run.track = number
    gutter.tracks = len(ends)


def _track(gutter: _Gutter, leg: Leg) -> float | None:
    runs: Iterable[_Run] = (run for run in gutter.runs if run.leg is leg)
    run = next(iter(runs), None)
    return None if run is None else gutter.x + TRACK * run.track


def _draw(leg: Leg, gutters: list[_Gutter], corridor: float | None) -> None:
    start, end = leg.ports[leg.a.id], leg.ports[leg.b.id]
    loop = leg.a.column == leg.b.column
    points = [(leg.a.right, start)]
    first = _track(gutters[leg.a.column], leg)
    middle = end if corridor is None else corridor
    if first is not None:
        points += [(first, start), (first, middle)]
    if corridor is not None:
        second = _track(gutters[leg.b.column - 1], leg)
        if second is not None and leg.b.column - 1 != leg.a.column:
            points += [(second, corridor), (second, end)]
    points.append((leg.b.right if loop else leg.b.x, end))
    leg.points = points
    if leg.label is not None:
        place_label(leg, leg.label)


def place_label(leg: Leg, label: Label) -> None:
    """The label at its port, beside the box."""
    box = leg.a if leg.label_at == leg.a.id else leg.b
    label.y = leg.ports[box.id] - label.h / 2
    label.x = box.right + LABEL_GAP if side(leg, box) == "right" else box.x - LABEL_GAP - label.w
