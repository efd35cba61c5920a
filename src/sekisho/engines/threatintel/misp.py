"""Reads MISP events as JSON: attributes and objects, ``to_ids``, ``tlp:`` tags. Unknown types are counted and reported."""

# ruff: noqa: E501 - a table
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.detection.indicators import Direction, Kind, Own, Tlp
from sekisho.engines.threatintel.model import Collector, Item, Reading, moment
from sekisho.engines.threatintel.stix import read_json
from sekisho.engines.threatintel.tlp import parse_tlp, strictest
from sekisho.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["read_misp"]

_ALL: Final = Direction.BOTH
# type: (kind of each part that "|" separates; None: the part is no indicator), direction
_TYPES: Final[dict[str, tuple[tuple[Kind | None, ...], Direction]]] = {
    "ip-src": ((Kind.IP,), Direction.INBOUND), "ip-dst": ((Kind.IP,), Direction.OUTBOUND),
    "ip-src|port": ((Kind.IP, None), Direction.INBOUND), "ip-dst|port": ((Kind.IP, None), Direction.OUTBOUND),
    "domain": ((Kind.DOMAIN,), _ALL), "hostname": ((Kind.DOMAIN,), _ALL), "hostname|port": ((Kind.DOMAIN, None), _ALL),
    "domain|ip": ((Kind.DOMAIN, Kind.IP), _ALL), "url": ((Kind.URL,), Direction.OUTBOUND), "uri": ((Kind.URL,), Direction.OUTBOUND),
    "email": ((Kind.EMAIL,), _ALL), "email-src": ((Kind.EMAIL,), Direction.INBOUND), "email-dst": ((Kind.EMAIL,), Direction.OUTBOUND),
    "email-reply-to": ((Kind.EMAIL,), Direction.INBOUND),
    "md5": ((Kind.MD5,), _ALL), "sha1": ((Kind.SHA1,), _ALL), "sha256": ((Kind.SHA256,), _ALL), "sha512": ((Kind.SHA512,), _ALL),
    "imphash": ((Kind.IMPHASH,), _ALL), "ssdeep": ((Kind.SSDEEP,), _ALL), "filename": ((Kind.FILE_NAME,), _ALL),
    "filename|md5": ((None, Kind.MD5), _ALL), "filename|sha1": ((None, Kind.SHA1), _ALL), "filename|sha256": ((None, Kind.SHA256), _ALL),
    "filename|sha512": ((None, Kind.SHA512), _ALL), "filename|imphash": ((None, Kind.IMPHASH), _ALL),
    "filename|ssdeep": ((None, Kind.SSDEEP), _ALL), "email-attachment": ((Kind.FILE_NAME,), Direction.INBOUND),
    "malware-sample": ((None, Kind.MD5), _ALL), "regkey": ((Kind.REGISTRY,), _ALL), "regkey|value": ((Kind.REGISTRY, None), _ALL),
}  # fmt: skip


def read_misp(untrusted: bytes, *, filename: str = "event.json", source: str = "", own: Own | None = None) -> Reading:
    """One event, a list of events or a server's answer. Raises InputError ``threatintel.not_misp``."""
    events = list(_events(read_json(untrusted, filename=filename)))
    if not events:
        raise InputError("threatintel.not_misp", file=filename)
    collector = Collector(own=own)
    items = [_event(event, collector, source, filename) for event in events]
    cves = dict.fromkeys(
        str(one.get("value", "")).upper() for event in events for one in _attributes(event) if one.get("type") == "vulnerability"
    )
    return collector.reading(
        "misp",
        items=tuple(items),
        title=items[0].title,
        tlp=strictest([*(item.tlp for item in items), *(one.tlp for one in collector.indicators)]),
        cves=tuple(cves),
    )


def _events(raw: Any) -> Iterator[dict[str, Any]]:
    if isinstance(raw, dict) and "response" in raw:
        raw = raw["response"]
    for one in raw if isinstance(raw, list) else [raw]:
        event = one.get("Event") if isinstance(one, dict) else None
        if isinstance(event, dict):
            yield event


def _attributes(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    objects = event.get("Object")
    listed = objects if isinstance(objects, list) else []
    holders = [event, *(one for one in listed if isinstance(one, dict) and one.get("deleted") is not True)]
    for holder in holders:
        attributes = holder.get("Attribute")
        for one in attributes if isinstance(attributes, list) else ():
            yield one if isinstance(one, dict) else {}


def _tlp(holder: dict[str, Any]) -> Tlp | None:
    tags = holder.get("Tag")
    names = [str(tag.get("name", "")) for tag in tags if isinstance(tag, dict)] if isinstance(tags, list) else []
    return strictest(parse_tlp(name) for name in names if name.lower().startswith("tlp:"))


def _event(event: dict[str, Any], collector: Collector, source: str, filename: str) -> Item:
    tlp = _tlp(event)
    title = str(event.get("info", ""))[:500]
    reference = str(event.get("uuid", event.get("id", "")))[:200]
    creator = event.get("Orgc")
    maker = source or (str(creator.get("name", ""))[:200] if isinstance(creator, dict) else "")
    for one in _attributes(event):
        name = one.get("type")
        place = str(one.get("uuid", one.get("id", "")))[:200]
        if not isinstance(name, str) or not isinstance(one.get("value"), str):
            collector.problems.append(Problem("threatintel.object_broken", {"place": place or reference}, filename))
        elif one.get("deleted") is True:
            collector.ignore("threatintel.revoked")
        elif name not in _TYPES:
            collector.ignore(f"type:{name[:100]}")
        else:
            kinds, direction = _TYPES[name]
            parts = one["value"].split("|", len(kinds) - 1)
            label = strictest([tlp, _tlp(one)])
            for kind, part in zip(kinds, parts, strict=False):
                if kind is not None and part.strip():
                    collector.add(
                        part, kind, place,
                        direction=direction, active_from=moment(one.get("first_seen")), active_until=moment(one.get("last_seen")),
                        tlp=label, source=maker, reference=reference, title=(str(one.get("comment") or "") or title)[:500],
                        block=one.get("to_ids") is not False,
                    )  # fmt: skip
    return Item(title, reference, moment(event.get("date")), "", tlp)
