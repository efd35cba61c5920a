"""Rectangles, boxes, lines and labels of the picture; y runs downward, units are those of the SVG (CSS pixels at scale 1)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sekisho.engines.systemdiagram.model import Diagram, Flow, Kind, Node, Zone

__all__ = ["GRID", "Box", "Frame", "Label", "Leg", "Point", "Rect", "Sheet", "snap"]

GRID: Final = 8
Point = tuple[float, float]


def snap(value: float) -> float:
    """Up to the next line of the grid."""
    return float(math.ceil(value / GRID - 1e-9) * GRID)


@dataclass(slots=True)
class Rect:
    """A rectangle with its left upper corner."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        """Right border."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """Lower border."""
        return self.y + self.h

    @property
    def centre(self) -> Point:
        """Middle."""
        return self.x + self.w / 2, self.y + self.h / 2

    def meets(self, other: Rect, gap: float = 0.0) -> bool:
        """Whether the two overlap, or come nearer than ``gap``."""
        return (
            self.x < other.right + gap
            and other.x < self.right + gap
            and self.y < other.bottom + gap
            and other.y < self.bottom + gap
        )

    def cut_by(self, a: Point, b: Point, gap: float = 0.0) -> bool:
        """Whether the horizontal or vertical segment from a to b passes through."""
        low, high = (min(a[0], b[0]), min(a[1], b[1])), (max(a[0], b[0]), max(a[1], b[1]))
        return low[0] < self.right + gap and self.x - gap < high[0] and low[1] < self.bottom + gap and self.y - gap < high[1]


@dataclass(slots=True)
class Box(Rect):
    """A node in the picture: its lines of text, its column, and whether a person placed it (``pinned``).

    ``loose``: it does not stand where the columns put it; its lines find their own way.
    """

    node: Node
    lines: list[str]
    column: int = 0
    pinned: bool = False
    loose: bool = False

    @property
    def id(self) -> str:
        """The node's id."""
        return self.node.id

    @property
    def kind(self) -> Kind:
        """The node's kind."""
        return self.node.kind


@dataclass(slots=True)
class Label(Rect):
    """The words on a flow. ``lock``: encrypted (True), said to be plain (False), not told (None). ``leader``: where it belongs,
    when it had to move away from its line.
    """

    flow: str
    lines: list[str]
    lock: bool | None = None
    leader: Point | None = None


@dataclass(slots=True)
class Leg:
    """A line from box to box: a flow over a network has two. ``flows``: those that share it; arrows at its ends."""

    a: Box
    b: Box
    flows: list[Flow]
    label: Label | None = None
    label_at: str = ""  # id of the box whose port carries the label
    start_arrow: bool = False
    end_arrow: bool = False
    points: list[Point] = field(default_factory=list)
    ports: dict[str, float] = field(default_factory=dict)  # box id → y (columns only)

    @property
    def key(self) -> str:
        """Names the leg, for a stable order."""
        return f"{self.a.id}\n{self.b.id}\n{self.flows[0].id}"

    @property
    def loose(self) -> bool:
        """Whether one of its ends stands outside the columns."""
        return self.a.loose or self.b.loose


@dataclass(slots=True)
class Frame(Rect):
    """A zone's frame, with its title."""

    zone: Zone
    lines: list[str]


@dataclass(slots=True)
class Sheet:
    """The whole picture, laid out. ``bounds`` is all that is drawn without the legend; ``crossings`` are the points where a flow
    passes the frame of a zone that only one of its ends stands in; ``strays`` (node id, zone id): a node that a person
    moved into the frame of a zone it does not belong to.
    """

    diagram: Diagram
    boxes: dict[str, Box] = field(default_factory=dict)
    frames: list[Frame] = field(default_factory=list)
    legs: list[Leg] = field(default_factory=list)
    crossings: list[Point] = field(default_factory=list)
    strays: list[tuple[str, str]] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    bounds: Rect = field(default_factory=lambda: Rect(0, 0, 0, 0))

    @property
    def labels(self) -> list[Label]:
        """All labels."""
        return [leg.label for leg in self.legs if leg.label is not None]
