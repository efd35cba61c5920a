"""Where the boxes stand: columns from left to right, zones as blocks that no other block enters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sekisho.engines.systemdiagram.geometry import Box, Frame, Rect, Sheet, snap
from sekisho.engines.systemdiagram.sizing import WIDTH
from sekisho.engines.systemdiagram.words import balanced, clean, width

if TYPE_CHECKING:
    from sekisho.engines.systemdiagram.model import Zone

__all__ = ["FRAME_PAD", "TITLE_LINE", "TITLE_SIZE", "framed", "pack", "title_lines", "title_rect"]

FRAME_PAD: Final = 16.0
TITLE_SIZE: Final = 13.0
TITLE_LINE: Final = 18.0
TITLE_AIR: Final = 10.0
NODE_GAP: Final = 24.0
BLOCK_GAP: Final = 32.0
LEAST_GUTTER: Final = 72.0
NETWORKS: Final = 2  # the column of the networks, or a later one when columns before it are empty
PLACES: Final = ("zone-public_place", "zone-home", "zone-outside", "zone-abroad")


@dataclass(slots=True)
class _Block:
    """A zone with its boxes, or one box that stands in no frame."""

    columns: dict[int, list[Box]] = field(default_factory=dict)
    zone: Zone | None = None
    y: float = 0.0
    h: float = 0.0
    head: float = 0.0

    @property
    def span(self) -> range:
        return range(min(self.columns), max(self.columns) + 1)

    @property
    def boxes(self) -> list[Box]:
        return [box for boxes in self.columns.values() for box in boxes]

    def measure(self) -> None:
        inner = max(sum(box.h for box in boxes) + NODE_GAP * (len(boxes) - 1) for boxes in self.columns.values())
        self.h = inner
        if self.zone is not None:
            room = len(self.span) * WIDTH + (len(self.span) - 1) * LEAST_GUTTER
            self.head = TITLE_LINE * len(title_lines(self.zone, room)) + TITLE_AIR
            self.h = snap(inner + self.head + FRAME_PAD)

    def place(self) -> None:
        """Put the boxes into the block, each column in its middle."""
        inner = self.h - self.head - (FRAME_PAD if self.zone else 0)
        for boxes in self.columns.values():
            used = sum(box.h for box in boxes) + NODE_GAP * (len(boxes) - 1)
            y = self.y + self.head + (inner - used) / 2
            for box in boxes:
                box.y = y
                y += box.h + NODE_GAP


def title_lines(zone: Zone, room: float) -> list[str]:
    """The title of a frame in at most two lines."""
    return balanced(clean(zone.name) or zone.id, room, TITLE_SIZE, lines=2, bold=True)


def title_rect(frame: Frame) -> Rect:
    """Where the words of a frame's title stand."""
    longest = max((width(line, TITLE_SIZE, bold=True) for line in frame.lines), default=0.0)
    return Rect(frame.x + 10, frame.y, longest + 4, TITLE_LINE * len(frame.lines) + 4)


def framed(sheet: Sheet) -> dict[str, list[Box]]:
    """The boxes of each zone that is drawn as a frame: not those that hold networks only (the network's shape is the zone)."""
    members: dict[str, list[Box]] = {}
    for box in sheet.boxes.values():
        if box.node.zone:
            members.setdefault(box.node.zone, []).append(box)
    known = {zone.id for zone in sheet.diagram.zones}
    return {z: boxes for z, boxes in members.items() if z in known and any(box.kind != "network" for box in boxes)}


def pack(sheet: Sheet) -> None:
    """Give every box its y, so that no two boxes of a column and no two frames overlap."""
    neighbours: dict[str, list[Box]] = {identifier: [] for identifier in sheet.boxes}
    for leg in sheet.legs:
        neighbours[leg.a.id].append(leg.b)
        neighbours[leg.b.id].append(leg.a)
    blocks = _blocks(sheet)
    _order(blocks, neighbours)
    columns = max((box.column for box in sheet.boxes.values()), default=0) + 1
    skyline = [0.0] * columns
    for block in blocks:
        block.measure()
        block.y = snap(max(skyline[column] for column in block.span))
        for column in block.span:
            skyline[column] = block.y + block.h + BLOCK_GAP
        block.place()
    total = max(skyline, default=0.0) - BLOCK_GAP
    for first in (True, False):
        _relax(blocks, neighbours, total, right=first)
    _relax(blocks, neighbours, total, right=True)


def _blocks(sheet: Sheet) -> list[_Block]:
    frames = framed(sheet)
    zones = {zone.id: zone for zone in sheet.diagram.zones}
    blocks = [_Block(zone=zones[z]) for z in zones if z in frames]
    by_zone = {block.zone.id: block for block in blocks if block.zone is not None}
    for box in sheet.boxes.values():
        block = by_zone.get(box.node.zone)
        if block is None:
            block = _Block()
            blocks.append(block)
        block.columns.setdefault(box.column, []).append(box)
    return blocks


def _order(blocks: list[_Block], neighbours: dict[str, list[Box]]) -> None:
    """People outside first, then what stands free, then the controlled area, then the systems' and partners' zones."""

    def rank(block: _Block) -> tuple[int, int, int]:
        start = min(block.columns)
        people = any(box.kind in {"actor", "terminal"} for box in block.boxes)
        if block.zone is None:
            return (1, start, 0)
        if block.zone.kind == "controlled":
            return (2, start, 0)
        place = PLACES.index(block.zone.id) if block.zone.id in PLACES else len(PLACES)
        return (0, place, 0) if people else (1 if start <= NETWORKS else 3, start, 0)

    blocks.sort(key=rank)
    place: dict[str, float] = {}
    for block in blocks:
        for column in sorted(block.columns):
            block.columns[column].sort(key=lambda box: _mean([place[n.id] for n in neighbours[box.id] if n.id in place], 1e9))
            for box in block.columns[column]:
                place[box.id] = len(place)
    # What stands free in the same column: in the order of those who use it.
    free = [block for block in blocks if block.zone is None]
    wanted = {id(b): _mean([place[n.id] for n in neighbours[b.boxes[0].id] if n.column < b.boxes[0].column], 1e9) for b in free}
    spots = [n for n, block in enumerate(blocks) if block.zone is None]
    for spot, block in zip(spots, sorted(free, key=lambda b: (rank(b), wanted[id(b)])), strict=True):
        blocks[spot] = block


def _mean(values: list[float], default: float) -> float:
    return sum(values) / len(values) if values else default


def _relax(blocks: list[_Block], neighbours: dict[str, list[Box]], total: float, *, right: bool) -> None:
    """Move blocks down, within the room below them, towards what they are connected with."""
    packed = {id(block): number for number, block in enumerate(blocks)}
    chosen = [block for block in blocks if (min(block.columns) > 1) is right]
    for block in sorted(chosen, key=lambda b: (min(b.columns), -packed[id(b)])):
        limit = total - block.h
        floor = 0.0
        for other in blocks:
            if other is not block and set(other.span) & set(block.span):
                if other.y > block.y:
                    limit = min(limit, other.y - BLOCK_GAP - block.h)
                else:
                    floor = max(floor, other.y + other.h + BLOCK_GAP)
        inside = {box.id for box in block.boxes}
        middles = [n.y + n.h / 2 for box in block.boxes for n in neighbours[box.id] if n.id not in inside]
        if not middles or limit < floor:
            continue
        offset = _mean([box.y + box.h / 2 - block.y for box in block.boxes], block.h / 2)
        block.y = snap(min(max(_mean(middles, 0.0) - offset, floor), limit))
        if block.y > limit:
            block.y = max(floor, block.y - 8)
        block.place()
