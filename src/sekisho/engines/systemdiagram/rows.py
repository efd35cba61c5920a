"""The picture in words: what screen readers say, and the table beneath it with every part and every flow."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sekisho.engines.systemdiagram.model import crossings
from sekisho.engines.systemdiagram.words import clean, high, say

if TYPE_CHECKING:
    from sekisho.engines.systemdiagram.model import Diagram, Flow, Node

__all__ = ["TableRows", "flow_words", "node_words", "table_rows"]

Row = tuple[str, ...]


class TableRows(NamedTuple):
    """Two tables as plain words: heads and rows of the parts, heads and rows of the flows."""

    node_head: Row
    nodes: tuple[Row, ...]
    flow_head: Row
    flows: tuple[Row, ...]


def _name(name: str, language: str) -> str:
    return clean(name) or say("unnamed", language)


def node_words(node: Node, diagram: Diagram, language: str) -> str:
    """A part in words: 「端末：支給端末（要管理対策区域）」."""
    zones = {zone.id: zone.name for zone in diagram.zones}
    fields = {"kind": say(f"kind_{node.kind}", language), "name": _name(node.name, language)}
    if node.zone in zones:
        return say("node_said_zone", language, zone=clean(zones[node.zone]), **fields)
    return say("node_said", language, **fields)


def flow_words(flow: Flow, names: dict[str, str], language: str) -> str:
    """A flow in words."""
    ends = {"source": _name(names.get(flow.source, ""), language), "target": _name(names.get(flow.target, ""), language)}
    said = say("flow_both" if flow.direction == "both" else "flow_one", language, **ends)
    via = say("flow_via", language, via=_name(names.get(flow.via, ""), language)) if flow.via else ""
    secured = "" if flow.encrypted is None else say("encrypted" if flow.encrypted else "plain", language)
    comma = "、" if language == "ja" else ", "
    what = comma.join(w for w in (clean(flow.label), *(clean(i) for i in flow.information), secured) if w)
    return say("flow_said", language, ends=said, via=via, what=say("flow_what", language, what=what) if what else "")


def table_rows(diagram: Diagram, language: str) -> TableRows:
    """Every part that is shown and every flow between such parts, in words."""
    nodes = {node.id: node for node in diagram.nodes if not node.hidden}
    zones = {zone.id: clean(zone.name) for zone in diagram.zones}
    outside = say("outside_zones", language)
    items = {item.name: item for item in diagram.information}
    comma = "、" if language == "ja" else ", "
    borders: dict[str, list[str]] = {}
    for c in crossings(diagram):
        words = say("border", language, before=zones.get(c.from_zone, outside), after=zones.get(c.to_zone, outside))
        borders.setdefault(c.flow, []).append(words)
    node_rows = []
    for node in nodes.values():
        by_hand = say("added_by_hand", language) if node.origin == "user" else ""
        note = comma.join(w for w in (clean(node.note), by_hand) if w)
        row = (_name(node.name, language), say(f"kind_{node.kind}", language), zones.get(node.zone, outside), note)
        node_rows.append(row)
    flow_rows = []
    for flow in diagram.flows:
        if any(end not in nodes for end in (flow.source, flow.target, *([flow.via] if flow.via else []))):
            continue
        information = [
            clean(name) + (f"【{say('secret', language)}】" if name in items and high(items[name].grade) else "")
            for name in flow.information
        ]
        known = "encrypted_unknown" if flow.encrypted is None else "encrypted" if flow.encrypted else "plain"
        flow_rows.append(
            (
                _name(nodes[flow.source].name, language),
                _name(nodes[flow.target].name, language),
                say(f"direction_{flow.direction}", language),
                _name(nodes[flow.via].name, language) if flow.via else "",
                comma.join(information),
                clean(flow.label),
                say(known, language),
                comma.join(borders.get(flow.id, [])),
            )
        )
    heads = ("part", "kind", "zone", "note"), ("from", "to", "direction", "via", "information", "label", "encrypted", "border")
    node_head, flow_head = (tuple(say(f"head_{name}", language) for name in names) for names in heads)
    return TableRows(node_head, tuple(node_rows), flow_head, tuple(flow_rows))
