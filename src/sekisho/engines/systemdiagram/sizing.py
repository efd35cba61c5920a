"""How large the parts are, which words stand on a flow, in which column a part stands, and which lines a flow has."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from sekisho.engines.systemdiagram.geometry import Box, Label, Leg, Sheet, snap
from sekisho.engines.systemdiagram.words import balanced, clean, high, marks, say, width, wrap

if TYPE_CHECKING:
    from sekisho.engines.systemdiagram.model import Diagram, Flow, Kind, Node

__all__ = [
    "LABEL_LINE",
    "LABEL_SIZE",
    "LINE",
    "LOCK",
    "SIZE",
    "WIDTH",
    "grow",
    "make_boxes",
    "make_legs",
    "number_information",
    "slot",
]

WIDTH: Final = 160.0
SIZE: Final = 14.0
LINE: Final = 20.0
LABEL_SIZE: Final = 12.0
LABEL_LINE: Final = 16.0
LABEL_ROOM: Final = 132.0
LABEL_PAD: Final = 5.0
LOCK: Final = 14.0
LEAST: Final = 56.0
MOST_LINES: Final = 4
MOST_LABEL_LINES: Final = 4
AIR: Final = 8.0
PORT: Final = 16.0
FOOT: Final = 12.0
# Room for the words inside each shape, and what the shape itself takes of the height.
ROOM: Final[dict[Kind, float]] = {
    "actor": 106.0, "terminal": 140.0, "server": 140.0, "network": 128.0, "outside_service": 136.0, "storage": 144.0,
}  # fmt: skip
EXTRA: Final[dict[Kind, float]] = {
    "actor": 20.0, "terminal": 30.0, "server": 28.0, "network": 28.0, "outside_service": 24.0, "storage": 36.0,
}  # fmt: skip
ACTOR, TERMINAL, NETWORK, SERVER, TO_PARTNERS, OUTSIDE = range(6)
COLUMNS: Final = {"actor": ACTOR, "terminal": TERMINAL, "server": SERVER, "outside_service": OUTSIDE}
HANDS: Final = frozenset({"actor", "terminal"})


def number_information(diagram: Diagram) -> dict[str, int]:
    """The number of each information: as answered, then as it is first seen on a flow."""
    names = [item.name for item in diagram.information]
    names += [name for flow in diagram.flows for name in flow.information]
    return {name: number for number, name in enumerate(dict.fromkeys(names), 1)}


def make_boxes(diagram: Diagram, language: str) -> dict[str, Box]:
    """A box for each node that is shown, with its column; not placed yet."""
    nodes = {node.id: node for node in diagram.nodes if not node.hidden}
    columns = {identifier: _column(node, nodes, diagram.flows) for identifier, node in nodes.items()}
    used = {column: place for place, column in enumerate(sorted(set(columns.values())))}
    boxes = {}
    for identifier, node in nodes.items():
        lines = balanced(node.name, ROOM[node.kind], SIZE, lines=MOST_LINES, bold=True) or [say("unnamed", language)]
        height = snap(max(LEAST, LINE * len(lines) + EXTRA[node.kind]))
        boxes[identifier] = Box(0, 0, WIDTH, height, node, lines, used[columns[identifier]])
    return boxes


def _column(node: Node, nodes: dict[str, Node], flows: tuple[Flow, ...]) -> int:
    """利用者 | 端末 | ネットワーク・手元の媒体 | サーバ・保管 | 連携のネットワーク・媒体 | 外部."""
    match node.kind:
        case "network":
            ends = {nodes[e].kind for f in flows if f.via == node.id for e in (f.source, f.target) if e in nodes}
            ends |= {nodes[e].kind for f in flows for e in _others(f, node.id) if e in nodes}
            return TO_PARTNERS if "outside_service" in ends and not ends & HANDS else NETWORK
        case "storage":
            ends = {nodes[e].kind for f in flows if not f.via for e in _others(f, node.id) if e in nodes}
            if ends & HANDS:
                return NETWORK
            return TO_PARTNERS if "outside_service" in ends else SERVER
        case kind:
            return COLUMNS[kind]


def _others(flow: Flow, identifier: str) -> list[str]:
    """The other end of a flow that ends at the node."""
    return [flow.target] * (flow.source == identifier) + [flow.source] * (flow.target == identifier)


def _label(flow: Flow, sheet: Sheet, language: str, *, short: bool) -> Label | None:
    """The words on a flow; ``short``: only the numbers of the information (between an actor and its terminal)."""
    items = {item.name: item for item in sheet.diagram.information}
    secret = f"【{say('secret', language)}】"
    lines = [say("encrypted" if flow.encrypted else "plain", language)] if flow.encrypted is not None else []
    head = clean(flow.label)
    names = sorted(set(flow.information), key=sheet.numbers.__getitem__)
    numbers = "".join(marks(sheet.numbers[name]) for name in names)
    any_secret = any(name in items and high(items[name].grade) for name in names)
    named: list[str] = []
    for name in names:
        mark = secret if name in items and high(items[name].grade) else ""
        named += wrap(f"{marks(sheet.numbers[name])}{name}{mark}", LABEL_ROOM, LABEL_SIZE, lines=3)
    room = MOST_LABEL_LINES - len(lines) - bool(head)
    if short or len(named) > room:
        together = " ".join(part for part in (head, numbers + (secret if any_secret and not short else "")) if part)
        lines += wrap(together, LABEL_ROOM, LABEL_SIZE, lines=MOST_LABEL_LINES - len(lines))
    else:
        lines += [*wrap(head, LABEL_ROOM, LABEL_SIZE, lines=room + 1 - len(named)), *named]
    if not lines:
        return None
    widths = [width(line, LABEL_SIZE) + (LOCK if n == 0 and flow.encrypted else 0) for n, line in enumerate(lines)]
    return Label(0, 0, max(widths) + 2 * LABEL_PAD, LABEL_LINE * len(lines) + LABEL_PAD, flow.id, lines, flow.encrypted)


def make_legs(sheet: Sheet, language: str) -> list[Leg]:
    """The lines of all flows between boxes that are shown. Legs without a label between the same boxes are one."""
    legs: list[Leg] = []
    shared: dict[tuple[str, str], Leg] = {}
    for flow in sheet.diagram.flows:
        stations = [i for i in (flow.source, flow.via, flow.target) if i]
        if any(i not in sheet.boxes for i in stations):
            continue
        boxes = [sheet.boxes[i] for i in stations]
        kinds = [box.kind for box in boxes]
        label = _label(flow, sheet, language, short=set(kinds) == HANDS)
        bearer = _bearer(kinds)
        for number, (a, b) in enumerate(pairwise(boxes)):
            if a is b:
                continue
            leg = Leg(a, b, [flow], start_arrow=flow.direction == "both", end_arrow=True)
            if (b.column, b.id) < (a.column, a.id):
                leg.a, leg.b, leg.start_arrow, leg.end_arrow = b, a, leg.end_arrow, leg.start_arrow
            if label is not None and number == bearer:
                leg.label = label
                leg.label_at = _bearing_end(leg).id
            elif known := shared.get((leg.a.id, leg.b.id)):
                known.flows.append(flow)
                known.start_arrow |= leg.start_arrow
                known.end_arrow |= leg.end_arrow
                continue
            else:
                shared[leg.a.id, leg.b.id] = leg
            legs.append(leg)
    return legs


def _bearer(kinds: list[Kind]) -> int:
    """Which leg bears the label: the one at the people's end, else the one at the partner's."""
    if len(kinds) == 2:  # noqa: PLR2004 - source and target, no network between
        return 0
    if kinds[-1] in HANDS and kinds[0] not in HANDS:
        return 1
    return int(kinds[-1] == "outside_service" and kinds[0] not in HANDS)


def _bearing_end(leg: Leg) -> Box:
    if leg.a.column == leg.b.column:
        return leg.b
    if leg.a.kind in HANDS or leg.b.kind == "network":
        return leg.a
    return leg.b


def slot(leg: Leg, box: Box) -> float:
    """The height that a leg takes at the side of a box."""
    return leg.label.h + AIR if leg.label is not None and leg.label_at == box.id else PORT


def below_ports(box: Box) -> float:
    """The lower part of a box where no line ends: the foot of a terminal's screen."""
    return FOOT if box.kind == "terminal" else 0.0


def grow(sheet: Sheet) -> None:
    """Make the boxes as high as the lines at their sides need."""
    demand: Counter[tuple[str, str]] = Counter()
    for leg in sheet.legs:
        demand[leg.a.id, "right"] += int(slot(leg, leg.a) + 0.999)
        demand[leg.b.id, "right" if leg.a.column == leg.b.column else "left"] += int(slot(leg, leg.b) + 0.999)
    for (identifier, _), needed in demand.items():
        box = sheet.boxes[identifier]
        box.h = max(box.h, snap(needed + AIR + below_ports(box)))
