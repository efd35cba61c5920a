"""The system overview diagram as values, and what a person changed in it, kept apart.

A :class:`Diagram` is derived from the answers as often as they change; :class:`Edits` are what somebody did by hand. Putting one
on the other (:func:`apply`) never loses an edit: what no longer has a target is told as an :class:`Orphan`.

A site is not a node: places are zones, drawn as frames round what stands in them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Annotated, Final, Literal

import msgspec

from sekisho.errors import InputError, Problem

__all__ = [
    "KINDS",
    "LARGEST_POSITION",
    "Applied",
    "Crossing",
    "Diagram",
    "Edits",
    "Flow",
    "Item",
    "Kind",
    "Node",
    "Orphan",
    "Zone",
    "ZoneKind",
    "apply",
    "crossings",
    "decode_diagram",
    "decode_edits",
    "encode",
]

Kind = Literal["actor", "terminal", "server", "network", "outside_service", "storage"]
KINDS: Final[tuple[Kind, ...]] = ("actor", "terminal", "network", "server", "storage", "outside_service")
ZoneKind = Literal["controlled", "outside", "internet", "cloud", "data_centre", "abroad", "segment"]
Origin = Literal["derived", "user"]
_Edit = Literal["moved", "renamed", "hidden", "encrypted", "added_node", "added_flow"]
LARGEST_POSITION: Final = 8000  # units of the picture
MOST_EDITS: Final = 400
Identifier = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.:-]{1,120}$")]
Words = Annotated[str, msgspec.Meta(max_length=2000)]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all parts."""


class Zone(_Part, frozen=True):
    """An area with a border: 要管理対策区域 (controlled), outside, internet, cloud, data centre, abroad, a network segment."""

    id: Identifier
    name: Words
    kind: ZoneKind


class Item(_Part, frozen=True):
    """Information that flows. ``grade`` as answered (「3」, 「high」 …); ``personal`` when it holds personal data."""

    name: Words
    grade: Words = ""
    personal: Words = ""


class Node(_Part, frozen=True):
    """A part of the picture. ``x`` and ``y``: the left upper corner, when a person placed it; ``zone``: id of its zone, or ""."""

    id: Identifier
    kind: Kind
    name: Words
    zone: str = ""
    x: float | None = None
    y: float | None = None
    note: Words = ""
    origin: Origin = "derived"
    hidden: bool = False


class Flow(_Part, frozen=True):
    """Information that goes from ``source`` to ``target`` (both ways: ``direction``), over the network node ``via``.

    ``encrypted`` None: the answers do not tell.
    """

    id: Identifier
    source: Identifier
    target: Identifier
    information: tuple[Words, ...] = ()
    label: Words = ""
    direction: Literal["one", "both"] = "one"
    encrypted: bool | None = None
    via: str = ""
    origin: Origin = "derived"


class Diagram(_Part, frozen=True):
    """Nodes, flows between them, zones around them, and what is known about the information on the flows."""

    nodes: tuple[Node, ...] = ()
    flows: tuple[Flow, ...] = ()
    zones: tuple[Zone, ...] = ()
    information: tuple[Item, ...] = ()


class Edits(_Part, frozen=True):
    """What a person changed. ``moved``: node id → left upper corner; ``renamed``: node, zone or flow id → words;
    ``hidden``: ids of nodes and flows; ``encrypted``: flow id → whether it is encrypted.
    """

    moved: dict[str, tuple[float, float]] = {}
    added_nodes: tuple[Node, ...] = ()
    added_flows: tuple[Flow, ...] = ()
    renamed: dict[str, Words] = {}
    hidden: tuple[str, ...] = ()
    encrypted: dict[str, bool] = {}


class Orphan(_Part, frozen=True):
    """An edit without a target: which kind of edit, the id that it is about, and the ids that are missing."""

    edit: _Edit
    id: str
    missing: tuple[str, ...] = ()


class Applied(_Part, frozen=True):
    """The picture with the edits on it, and the edits that found no target (they stay in the Edits)."""

    diagram: Diagram
    orphans: tuple[Orphan, ...] = ()


class Crossing(_Part, frozen=True):
    """A flow that passes from one zone into another. ``external``: one side is neither the controlled area nor a data centre."""

    flow: str
    from_zone: str
    to_zone: str
    information: tuple[str, ...] = ()
    external: bool = False


INSIDE: Final[frozenset[str]] = frozenset({"controlled", "data_centre"})
_ENCODER = msgspec.json.Encoder(order="deterministic")
_DIAGRAM = msgspec.json.Decoder(Diagram)
_EDITS = msgspec.json.Decoder(Edits)


def encode(value: Diagram | Edits | Applied) -> bytes:
    """The value as JSON, the same bytes for the same value."""
    return _ENCODER.encode(value)


def decode_diagram(data: bytes | str) -> Diagram:
    """A diagram from JSON; InputError ``diagram.not_a_diagram``, or ``diagram.broken_diagram`` with every problem."""
    try:
        diagram = _DIAGRAM.decode(data)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise InputError("diagram.not_a_diagram", detail=str(error)) from error
    problems = [*_duplicates(diagram), *_ends(diagram)]
    if problems:
        raise InputError("diagram.broken_diagram", problems=tuple(problems))
    return diagram


def decode_edits(data: bytes | str) -> Edits:
    """Edits from JSON; InputError ``diagram.not_edits``, ``diagram.bad_position`` or ``diagram.too_many``."""
    try:
        edits = _EDITS.decode(data)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise InputError("diagram.not_edits", detail=str(error)) from error
    for name in Edits.__struct_fields__:
        found = len(getattr(edits, name))
        if found > MOST_EDITS:
            raise InputError("diagram.too_many", field=name, found=found, limit=MOST_EDITS)
    places = [*edits.moved.items(), *((n.id, (n.x, n.y)) for n in edits.added_nodes if n.x is not None and n.y is not None)]
    for identifier, place in places:
        if not all(value is not None and math.isfinite(value) and 0 <= value <= LARGEST_POSITION for value in place):
            raise InputError("diagram.bad_position", id=identifier, limit=LARGEST_POSITION)
    return edits


def apply(derived: Diagram, edits: Edits) -> Applied:
    """Put a person's edits on a derived picture. Hidden parts leave the picture; orphans are reported, never dropped silently."""
    work = _Applying(
        {node.id: node for node in derived.nodes},
        {flow.id: flow for flow in derived.flows},
        {zone.id: zone for zone in derived.zones},
    )
    for node in edits.added_nodes:
        work.add_node(node)
    for flow in edits.added_flows:
        work.add_flow(flow)
    for identifier in edits.hidden:
        work.hide(identifier)
    for identifier, (x, y) in edits.moved.items():
        work.change("moved", identifier, x=float(x), y=float(y))
    for identifier, words in edits.renamed.items():
        work.rename(identifier, words)
    for identifier, known in edits.encrypted.items():
        work.change_flow("encrypted", identifier, encrypted=known)
    parts = tuple(work.nodes.values()), tuple(work.flows.values()), tuple(work.zones.values())
    return Applied(Diagram(*parts, derived.information), tuple(work.orphans))


@dataclass(slots=True)
class _Applying:
    """The parts while edits are put on them."""

    nodes: dict[str, Node]
    flows: dict[str, Flow]
    zones: dict[str, Zone]
    orphans: list[Orphan] = field(default_factory=list)

    def taken(self, identifier: str) -> bool:
        return identifier in self.nodes or identifier in self.flows or identifier in self.zones

    def change(self, edit: _Edit, identifier: str, **fields: object) -> None:
        """Change a node, or note that there is none."""
        if identifier in self.nodes:
            self.nodes[identifier] = msgspec.structs.replace(self.nodes[identifier], **fields)
        else:
            self.orphans.append(Orphan(edit, identifier, (identifier,)))

    def change_flow(self, edit: _Edit, identifier: str, **fields: object) -> None:
        """Change a flow, or note that there is none."""
        if identifier in self.flows:
            self.flows[identifier] = msgspec.structs.replace(self.flows[identifier], **fields)
        else:
            self.orphans.append(Orphan(edit, identifier, (identifier,)))

    def hide(self, identifier: str) -> None:
        if self.flows.pop(identifier, None) is None:
            self.change("hidden", identifier, hidden=True)

    def rename(self, identifier: str, words: str) -> None:
        if identifier in self.zones:
            self.zones[identifier] = msgspec.structs.replace(self.zones[identifier], name=words)
        elif identifier in self.flows:
            self.change_flow("renamed", identifier, label=words)
        else:
            self.change("renamed", identifier, name=words)

    def add_node(self, node: Node) -> None:
        if self.taken(node.id):
            self.orphans.append(Orphan("added_node", node.id, (node.id,)))
            return
        zone = node.zone
        if zone and zone not in self.zones:
            # Shown all the same, but outside every frame: its zone is gone.
            self.orphans.append(Orphan("added_node", node.id, (zone,)))
            zone = ""
        self.nodes[node.id] = msgspec.structs.replace(node, zone=zone, origin="user")

    def add_flow(self, flow: Flow) -> None:
        ends = (flow.source, flow.target, *((flow.via,) if flow.via else ()))
        missing = tuple(end for end in ends if end not in self.nodes)
        if missing or self.taken(flow.id):
            self.orphans.append(Orphan("added_flow", flow.id, missing or (flow.id,)))
        else:
            self.flows[flow.id] = msgspec.structs.replace(flow, origin="user")


def crossings(diagram: Diagram) -> tuple[Crossing, ...]:
    """Every border that a flow crosses, in the flows' order: from the source's zone by the network's to the target's."""
    zones = {zone.id: zone for zone in diagram.zones}
    nodes = {node.id: node for node in diagram.nodes}
    out = []
    for flow in diagram.flows:
        stations = [nodes[i].zone for i in (flow.source, flow.via, flow.target) if i in nodes]
        for before, after in pairwise(stations):
            if before != after:
                sides = {zones[z].kind if z in zones else "" for z in (before, after)}
                out.append(Crossing(flow.id, before, after, flow.information, not sides <= INSIDE))
    return tuple(out)


def _duplicates(diagram: Diagram) -> list[Problem]:
    seen: set[str] = set()
    out = []
    parts: list[Zone | Node | Flow] = [*diagram.zones, *diagram.nodes, *diagram.flows]
    for part in parts:
        if part.id in seen:
            out.append(Problem("diagram.duplicate_id", {"id": part.id}))
        seen.add(part.id)
    return out


def _ends(diagram: Diagram) -> list[Problem]:
    nodes, zones = {n.id for n in diagram.nodes}, {z.id for z in diagram.zones}
    out = [Problem("diagram.missing_zone", {"id": n.id, "zone": n.zone}) for n in diagram.nodes if n.zone and n.zone not in zones]
    for flow in diagram.flows:
        ends = (flow.source, flow.target, *((flow.via,) if flow.via else ()))
        out += [Problem("diagram.missing_end", {"id": flow.id, "end": end}) for end in ends if end not in nodes]
    return out
