"""One change on the drawn diagram, put on the changes that are there already. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from sekisho.engines.systemdiagram import KINDS, Edits, Flow, Node
from sekisho.errors import InputError

if TYPE_CHECKING:
    from sekisho.engines.systemdiagram import Diagram, Orphan

__all__ = ["changed", "without_orphans"]

_WORDS: Final = 200


def changed(edits: Edits, do: str, given: Mapping[str, str], *, information: Sequence[str], shown: Diagram) -> Edits:
    """``edits`` after one change: ``add-node``, ``add-flow``, ``rename``, ``hide``, ``show``, ``encrypt``, ``back`` (to its own
    place), ``remove`` (what a person added), ``reset``.

    ``shown``: the diagram with the present edits. Raises InputError ``procurement_cases.*`` for what cannot be.
    """
    match do:
        case "reset":
            return Edits()
        case "add-node":
            return _add_node(edits, given, shown)
        case "add-flow":
            return _add_flow(edits, given, information, shown)
    name = given.get("id", "")
    known = _ids(shown) | set(edits.hidden)
    if name not in known:
        raise InputError("procurement_cases.diagram_unknown", id=name[:80])
    return _change(edits, do, name, given)


def _change(edits: Edits, do: str, name: str, given: Mapping[str, str]) -> Edits:
    match do:
        case "rename":
            words = given.get("words", "").strip()[:_WORDS]
            renamed = {key: value for key, value in edits.renamed.items() if key != name} | ({name: words} if words else {})
            return msgspec.structs.replace(edits, renamed=renamed)
        case "hide":
            return msgspec.structs.replace(edits, hidden=tuple(dict.fromkeys((*edits.hidden, name))))
        case "show":
            return msgspec.structs.replace(edits, hidden=tuple(one for one in edits.hidden if one != name))
        case "encrypt":
            value = {"yes": True, "no": False}.get(given.get("value", ""))
            kept = {key: known for key, known in edits.encrypted.items() if key != name}
            return msgspec.structs.replace(edits, encrypted=kept if value is None else kept | {name: value})
        case "back":
            return msgspec.structs.replace(edits, moved={key: place for key, place in edits.moved.items() if key != name})
        case "remove":
            return _without(edits, {name})
    raise InputError("procurement_cases.diagram_unknown", id=do[:80])


def _without(edits: Edits, names: set[str]) -> Edits:
    """Without parts that a person added, and without what was done to them; flows to them go too."""
    flows = tuple(f for f in edits.added_flows if f.id not in names and not {f.source, f.target, f.via} & names)
    return msgspec.structs.replace(
        edits,
        added_nodes=tuple(node for node in edits.added_nodes if node.id not in names),
        added_flows=flows,
        moved={key: value for key, value in edits.moved.items() if key not in names},
        renamed={key: value for key, value in edits.renamed.items() if key not in names},
        hidden=tuple(one for one in edits.hidden if one not in names),
        encrypted={key: value for key, value in edits.encrypted.items() if key not in names},
    )


def _ids(shown: Diagram) -> set[str]:
    return {node.id for node in shown.nodes} | {flow.id for flow in shown.flows} | {zone.id for zone in shown.zones}


def _free(prefix: str, edits: Edits, shown: Diagram) -> str:
    taken = _ids(shown) | {node.id for node in edits.added_nodes} | {flow.id for flow in edits.added_flows}
    return next(name for n in range(1, len(taken) + 2) if (name := f"{prefix}{n}") not in taken)


def _add_node(edits: Edits, given: Mapping[str, str], shown: Diagram) -> Edits:
    words, kind, zone = given.get("words", "").strip()[:_WORDS], given.get("kind", ""), given.get("zone", "")
    if not words:
        raise InputError("procurement_cases.name_missing")
    known = next((one for one in KINDS if one == kind), None)
    if known is None:
        raise InputError("input.not_a_choice", value=kind[:40], choices=", ".join(KINDS))
    if zone and zone not in {one.id for one in shown.zones}:
        raise InputError("procurement_cases.diagram_unknown", id=zone[:80])
    made = Node(
        id=_free("user-", edits, shown), kind=known, name=words, zone=zone, note=given.get("note", "")[:_WORDS], origin="user"
    )
    return msgspec.structs.replace(edits, added_nodes=(*edits.added_nodes, made))


def _add_flow(edits: Edits, given: Mapping[str, str], information: Sequence[str], shown: Diagram) -> Edits:
    nodes = {node.id for node in shown.nodes}
    source, target, via = given.get("source", ""), given.get("target", ""), given.get("via", "")
    for end in (source, target, *([via] if via else [])):
        if end not in nodes:
            raise InputError("procurement_cases.diagram_unknown", id=end[:80])
    if source == target or via in {source, target}:
        raise InputError("procurement_cases.diagram_same_ends")
    names = [item.name for item in shown.information]
    made = Flow(
        id=_free("user-flow-", edits, shown),
        source=source,
        target=target,
        information=tuple(name for name in names if name in information),
        label=given.get("words", "").strip()[:_WORDS],
        direction="both" if given.get("direction") == "both" else "one",
        encrypted={"yes": True, "no": False}.get(given.get("value", "")),
        via=via,
        origin="user",
    )
    return msgspec.structs.replace(edits, added_flows=(*edits.added_flows, made))


def without_orphans(edits: Edits, orphans: Sequence[Orphan]) -> Edits:
    """Without the changes that found no target (nor the zones that added parts stood in)."""
    for orphan in orphans:
        match orphan.edit:
            case "added_node":
                # Its zone is gone, or its id was taken: what is left of it stands outside every zone.
                nodes = tuple(
                    msgspec.structs.replace(n, zone="") if n.id == orphan.id and n.zone in orphan.missing else n
                    for n in edits.added_nodes
                    if not (n.id == orphan.id and orphan.missing == (n.id,))
                )
                edits = msgspec.structs.replace(edits, added_nodes=nodes)
            case "added_flow":
                edits = msgspec.structs.replace(edits, added_flows=tuple(f for f in edits.added_flows if f.id != orphan.id))
            case "hidden":
                edits = msgspec.structs.replace(edits, hidden=tuple(one for one in edits.hidden if one != orphan.id))
            case _:
                kept = {key: value for key, value in getattr(edits, orphan.edit).items() if key != orphan.id}
                edits = msgspec.structs.replace(edits, **{orphan.edit: kept})
    return edits
