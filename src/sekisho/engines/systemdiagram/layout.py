"""The layout: columns 利用者 | 端末 | ネットワーク | サーバ・保管 | 連携 | 外部, zones as frames. Deterministic."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from sekisho.engines.systemdiagram import loose, packing, routing, sizing
from sekisho.engines.systemdiagram.geometry import Frame, Point, Rect, Sheet
from sekisho.engines.systemdiagram.packing import FRAME_PAD, TITLE_LINE

if TYPE_CHECKING:
    from sekisho.engines.systemdiagram.model import Diagram

__all__ = ["lay_out"]

TITLE_AIR = 10.0


def lay_out(diagram: Diagram, *, language: str = "ja") -> Sheet:
    """Place everything that is shown.

    Boxes that nobody moved never overlap; a box that a person placed stands where it was put, and the others give way. No label
    lies on a box, a frame's title or another label.
    """
    sheet = Sheet(diagram)
    sheet.numbers = sizing.number_information(diagram)
    sheet.boxes = sizing.make_boxes(diagram, language)
    sheet.legs = sizing.make_legs(sheet, language)
    sizing.grow(sheet)
    packing.pack(sheet)
    routing.route(sheet)
    loose.give_way(sheet)
    sheet.frames = _frames(sheet)
    drawn = [leg for leg in sheet.legs if not leg.loose]
    for leg in sheet.legs:
        if leg.loose:
            leg.points = loose.way_round(leg, sheet, drawn)
            drawn.append(leg)
    loose.settle_labels(sheet)
    sheet.crossings = _crossings(sheet)
    sheet.strays = [
        (box.id, frame.zone.id)
        for frame in sheet.frames
        for box in sheet.boxes.values()
        if box.node.zone != frame.zone.id and box.loose and frame.meets(box)
    ]
    sheet.bounds = _bounds(sheet)
    return sheet


def _frames(sheet: Sheet) -> list[Frame]:
    """The frames round the members of each zone, wherever they stand."""
    out = []
    members = packing.framed(sheet)
    for zone in sheet.diagram.zones:
        if zone.id not in members:
            continue
        boxes = members[zone.id]
        x, right = min(box.x for box in boxes) - FRAME_PAD, max(box.right for box in boxes) + FRAME_PAD
        lines = packing.title_lines(zone, right - x - 2 * FRAME_PAD)
        top = min(box.y for box in boxes) - TITLE_LINE * len(lines) - TITLE_AIR
        low = max(box.bottom for box in boxes) + FRAME_PAD
        out.append(Frame(x, top, right - x, low - top, zone, lines))
    return out


def _crossings(sheet: Sheet) -> list[Point]:
    """Where a leg passes the border of a frame that exactly one of its ends belongs to."""
    out: dict[Point, None] = {}
    for frame in sheet.frames:
        for leg in sheet.legs:
            if (leg.a.node.zone == frame.zone.id) == (leg.b.node.zone == frame.zone.id):
                continue
            for p, q in pairwise(leg.points):
                for point in _meetings(frame, p, q):
                    out[point] = None
    return list(out)


def _meetings(frame: Rect, p: Point, q: Point) -> list[Point]:
    """Where a horizontal or vertical segment passes a frame's border."""
    if p[1] == q[1]:
        low, high = sorted((p[0], q[0]))
        return [(x, p[1]) for x in (frame.x, frame.right) if low < x < high and frame.y < p[1] < frame.bottom]
    low, high = sorted((p[1], q[1]))
    return [(p[0], y) for y in (frame.y, frame.bottom) if low < y < high and frame.x < p[0] < frame.right]


def _bounds(sheet: Sheet) -> Rect:
    rects: list[Rect] = [*sheet.boxes.values(), *sheet.frames, *sheet.labels]
    xs = [r.x for r in rects] + [r.right for r in rects] + [p[0] for leg in sheet.legs for p in leg.points]
    ys = [r.y for r in rects] + [r.bottom for r in rects] + [p[1] for leg in sheet.legs for p in leg.points]
    if not xs:
        return Rect(0, 0, 0, 0)
    return Rect(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
