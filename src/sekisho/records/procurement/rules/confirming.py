"""Which parts of the drawn diagram the program made, and whether a person has looked at them as they are drawn now. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from sekisho.records.procurement.rules.notice import canonical_hash

if TYPE_CHECKING:
    from sekisho.engines.systemdiagram import Diagram

__all__ = ["drawn_parts"]


def drawn_parts(diagram: Diagram) -> dict[str, str]:
    """Id of each shown part and flow that the program drew → its fingerprint (SHA-256), in the picture's order.

    The fingerprint holds what the part says, with the sensitivity of the information on a flow, and not where it was placed: it
    changes when the tasks, or somebody's changes, give the part another meaning.
    """
    shown = {node.id: node for node in diagram.nodes if not node.hidden}
    items = {item.name: [item.name, item.grade, item.personal] for item in diagram.information}
    zones = {zone.id: zone.kind for zone in diagram.zones}
    found: dict[str, Any] = {}
    for node in shown.values():
        if node.origin == "derived":
            plain = msgspec.to_builtins(msgspec.structs.replace(node, x=None, y=None))
            found[node.id] = {**plain, "zone_kind": zones.get(node.zone, "")}
    for flow in diagram.flows:
        if flow.origin == "derived" and {flow.source, flow.target, *([flow.via] if flow.via else [])} <= shown.keys():
            found[flow.id] = {**msgspec.to_builtins(flow), "items": [items.get(name, [name]) for name in flow.information]}
    return {name: canonical_hash(plain) for name, plain in found.items()}
