"""From the answers to the picture, by the rules of the notation:

1. one actor for each kind and name; it stands where it mostly works (in the controlled area, if it works there at all);
2. one terminal for each pair of place and terminal; no terminal where people work on paper;
3. one network for each kind, once on the side of the users and, where partners are reached over it, once on theirs;
4. one server, where it is hosted; without a system the place where the documents are kept takes its part;
5. printed paper and media are storages: paper where it is printed, media outside the area that they are carried out of, what is
   handed over on its way, in no area;
6. one outside service for each partner;
7. a flow carries the names of its information and points where the information goes; equal ways are one flow.

Whether a way is encrypted, the answers do not tell: ``encrypted`` stays None.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sekisho.engines.systemdiagram.business import Business, Partner, Use, check_business
from sekisho.engines.systemdiagram.model import Diagram, Flow, Item, Node, Zone, ZoneKind
from sekisho.engines.systemdiagram.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["derive"]

PLACE_KINDS: Final[dict[str, ZoneKind]] = {
    "controlled": "controlled",
    "outside": "outside",
    "home": "outside",
    "abroad": "abroad",
    "public_place": "outside",
}
NETWORK_KINDS: Final[dict[str, ZoneKind]] = {
    "internal": "controlled",
    "internet": "internet",
    "closed": "segment",
    "lgwan": "segment",
    "dedicated": "segment",
}
TO_SYSTEM: Final = frozenset({"enter", "send"})
FROM_SYSTEM: Final = frozenset({"view", "receive", "print", "carry_out"})
CONTROLLED: Final = "zone-controlled"
PARTNERS: Final = "zone-partners"


def derive(business: Business, *, language: str = "ja") -> Diagram:
    """The picture of the answers; the same value for the same answers. InputError as in ``check_business``."""
    check_business(business)
    work = _Work(business, language)
    work.system()
    for task in business.tasks:
        for use in task.uses:
            work.use(use)
    for task in business.tasks:
        for partner in task.partners:
            work.partner(partner)
    return work.diagram()


@dataclass(slots=True)
class _Way:
    """Equal ways, collected: the information and what is done with it, and in which directions."""

    left: str
    right: str
    via: str
    information: dict[str, None] = field(default_factory=dict)
    labels: dict[str, None] = field(default_factory=dict)
    forward: bool = False
    backward: bool = False


@dataclass(slots=True)
class _Work:
    business: Business
    language: str
    nodes: dict[str, Node] = field(default_factory=dict)
    zones: dict[str, Zone] = field(default_factory=dict)
    ways: dict[str, _Way] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    centre: str = ""

    def say(self, name: str, /, **fields: object) -> str:
        return say(name, self.language, **fields)

    def zone(self, identifier: str, name: str, kind: ZoneKind) -> str:
        self.zones.setdefault(identifier, Zone(identifier, name, kind))
        return identifier

    def place(self, place: str) -> str:
        return self.zone(f"zone-{place}", self.say(f"zone_{place}"), PLACE_KINDS[place])

    def node(self, node: Node) -> str:
        self.nodes.setdefault(node.id, node)
        return node.id

    def system(self) -> None:
        """The server in its zone, or the place of the documents."""
        business = self.business
        self.homes = _homes(business)
        if not any(task.uses or task.partners for task in business.tasks) and business.hosting == "none":
            return
        if business.hosting == "none":
            self.centre = self.node(Node("storage-documents", "storage", self.say("documents"), self.place("controlled")))
            return
        zones = {
            "office": lambda: self.place("controlled"),
            "data_centre": lambda: self.zone("zone-data_centre", self.say("zone_data_centre"), "data_centre"),
            "cloud": lambda: self.zone("zone-cloud", self.cloud(), "cloud"),
        }
        self.centre = self.node(
            Node("server-main", "server", business.system_name or self.say("server"), zones[business.hosting]())
        )

    def cloud(self) -> str:
        kind = self.business.cloud_kind
        return (
            self.say("zone_cloud_kind", kind={"iaas": "IaaS", "paas": "PaaS", "saas": "SaaS"}[kind])
            if kind
            else self.say("zone_cloud")
        )

    def network(self, kind: str, *, partners: bool = False) -> str:
        if kind == "none":
            return ""
        name = self.say(f"network_{kind}")
        zone = self.place("controlled") if kind == "internal" else self.zone(f"zone-{kind}", name, NETWORK_KINDS[kind])
        if partners:
            return self.node(Node(f"network-{kind}-partners", "network", self.say("network_partners", name=name), zone))
        return self.node(Node(f"network-{kind}", "network", name, zone))

    def actor(self, use: Use) -> str:
        zone = self.place(self.homes[_actor(use)])
        return self.node(Node(_actor(use), "actor", use.actor_name or self.say(f"actor_{use.actor}"), zone))

    def use(self, use: Use) -> None:
        """One use: actor – terminal – (network) – system, and paper or media beside it."""
        here = self.actor(use)
        word = self.say(f"action_{use.action}")
        into, out = use.action not in FROM_SYSTEM, use.action not in TO_SYSTEM
        hand = here
        if use.terminal != "none":
            name = self.say(f"terminal_{use.terminal}")
            hand = self.node(Node(f"terminal-{use.place}-{use.terminal}", "terminal", name, self.place(use.place)))
            self.way(here, hand, "", use.information, word, into=into, out=out)
            word = ""
        via = self.network(use.network)
        if self.business.hosting != "none" or use.place == "controlled" or via:
            self.way(hand, self.centre, via, use.information, word, into=into, out=out)
        else:
            # Without a system and without a network, what is used outside is kept outside.
            kept = Node(f"storage-documents-{use.place}", "storage", self.say("documents_there"), self.place(use.place))
            self.way(hand, self.node(kept), "", use.information, word, into=into, out=out)
        if use.action == "print":
            paper = Node(f"storage-print-{use.place}", "storage", self.say("paper"), self.place(use.place))
            self.way(hand, self.node(paper), "", use.information, self.say("action_print"), into=True, out=False)
        elif use.action == "carry_out":
            where = "outside" if use.place == "controlled" else use.place
            media = Node(f"storage-media-{where}", "storage", self.say("media"), self.place(where))
            self.way(hand, self.node(media), "", use.information, self.say("action_carry_out"), into=True, out=False)

    def partner(self, partner: Partner) -> None:
        """One partner: system – (network) – partner."""
        zone = self.zone(PARTNERS, self.say("zone_partners"), "outside")
        there = self.node(Node(f"partner-{_short(partner.name)}", "outside_service", partner.name or self.say("partner"), zone))
        into, out = partner.direction != "in", partner.direction != "out"
        via = self.network(partner.network, partners=True)
        if via:
            self.way(self.centre, there, via, partner.information, partner.method, into=into, out=out)
            return
        media = self.node(Node("storage-handover", "storage", self.say("handover")))
        self.way(self.centre, media, "", partner.information, "", into=into, out=out)
        self.way(media, there, "", partner.information, partner.method, into=into, out=out)

    def way(self, left: str, right: str, via: str, information: Iterable[str], label: str, *, into: bool, out: bool) -> None:
        """Add to the way from left to right; ``into``: information goes to the right, ``out``: to the left."""
        identifier = "flow-" + "-".join(i for i in (left, via, right) if i)
        if len(identifier) > 110:  # noqa: PLR2004 - below the limit of an id
            identifier = f"flow-{_short(identifier)}"
        way = self.ways.setdefault(identifier, _Way(left, right, via))
        names = {item.id: item.name for item in self.business.information}
        way.information |= dict.fromkeys(names[i] for i in information)
        way.labels |= {label: None} if label else {}
        way.forward |= into
        way.backward |= out

    def diagram(self) -> Diagram:
        flows = []
        for identifier, way in self.ways.items():
            ends = (way.left, way.right) if way.forward else (way.right, way.left)
            flows.append(
                Flow(
                    identifier,
                    ends[0],
                    ends[1],
                    information=tuple(way.information),
                    label=self.say("comma").join(way.labels),
                    direction="both" if way.forward and way.backward else "one",
                    via=way.via,
                )
            )
        items = tuple(Item(i.name, i.confidentiality, i.personal) for i in self.business.information)
        return Diagram(tuple(self.nodes.values()), tuple(flows), tuple(self.zones.values()), items)


def _homes(business: Business) -> dict[str, str]:
    """Where each actor stands: in the controlled area if it ever works there, else where it is first seen."""
    homes: dict[str, str] = {}
    for task in business.tasks:
        for use in task.uses:
            identifier = _actor(use)
            if use.place == "controlled" or identifier not in homes:
                homes[identifier] = use.place
    return homes


def _actor(use: Use) -> str:
    return f"actor-{use.actor}-{_short(use.actor_name)}"


def _short(text: str) -> str:
    """A stable short id of a name."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
