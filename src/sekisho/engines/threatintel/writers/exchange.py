"""Threat information for others and for other tools: STIX 2.1, MISP JSON, Sigma rules to hunt with."""

# ruff: noqa: E501 - tables
from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

import msgspec
import stix2
import yaml

from sekisho.engines.detection.indicators import HASHES, Direction, Indicator, Kind, Tlp
from sekisho.engines.threatintel.tlp import STIX_MARKINGS, UNLABELLED, Audience
from sekisho.engines.threatintel.writers.common import Written, comment, selected
from sekisho.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

__all__ = ["write_misp", "write_sigma", "write_stix"]

_NAMESPACE: Final = uuid.UUID("6f0d2d5e-6a5b-5b0e-9c1c-52e3c0a2b7d1")  # of the identifiers that are made from a value
_TLP2: Final = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
_TLP2_IDS: Final = {label: identifier for identifier, label in STIX_MARKINGS.items()}  # the later ones, of TLP 2, win
_ALL: Final = frozenset(Kind)
_PATTERN: Final = {
    Kind.DOMAIN: "domain-name:value", Kind.URL: "url:value", Kind.EMAIL: "email-addr:value", Kind.FILE_NAME: "file:name",
    Kind.FILE_PATH: "file:name", Kind.REGISTRY: "windows-registry-key:key", Kind.MD5: "file:hashes.MD5", Kind.SHA1: "file:hashes.'SHA-1'",
    Kind.SHA256: "file:hashes.'SHA-256'", Kind.SHA512: "file:hashes.'SHA-512'", Kind.SSDEEP: "file:hashes.SSDEEP",
    Kind.IMPHASH: "file:hashes.IMPHASH",
}  # fmt: skip
_MISP_TYPE: Final = {
    Kind.DOMAIN: "domain", Kind.URL: "url", Kind.EMAIL: "email", Kind.FILE_NAME: "filename", Kind.FILE_PATH: "filename",
    Kind.REGISTRY: "regkey", **{kind: kind.value for kind in HASHES},
}  # fmt: skip
_RULE_SIZE: Final = 1_000  # values of one Sigma rule


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _pattern(one: Indicator) -> str:
    value = one.value.replace("\\", "\\\\").replace("'", "\\'")
    if one.kind not in {Kind.IP, Kind.NETWORK}:
        return f"[{_PATTERN[one.kind]} = '{value}']"
    version = "ipv6" if ":" in value else "ipv4"
    if one.kind is Kind.NETWORK:
        return f"[{version}-addr:value ISSUBSET '{value}']"
    if one.direction is Direction.BOTH:
        return f"[{version}-addr:value = '{value}']"
    side = "dst_ref" if one.direction is Direction.OUTBOUND else "src_ref"
    return f"[network-traffic:{side}.type = '{version}-addr' AND network-traffic:{side}.value = '{value}']"


def _marking(label: Tlp) -> dict[str, Any]:
    return {
        "type": "marking-definition", "spec_version": "2.1", "id": _TLP2_IDS[label], "created": "2022-10-01T00:00:00.000Z",
        "name": f"TLP:{label.value.upper()}", "extensions": {_TLP2: {"extension_type": "property-extension", "tlp_2_0": label.value}},
    }  # fmt: skip


def write_stix(
    indicators: Iterable[Indicator], *, now: datetime, audience: Audience, name: str, validate: bool = True
) -> Written:
    """A STIX 2.1 bundle with TLP 2.0 markings; ``name`` is the organisation that gives it.

    What has no label is marked as :data:`.tlp.UNLABELLED`. ``validate``: each object is read back with the OASIS library, which
    raises its own error if we wrote something wrong. Raises NotPermitted ``threatintel.tlp_forbids``.
    """
    chosen, left_out = selected(indicators, _ALL, now=now, audience=audience)
    identity = f"identity--{uuid.uuid5(_NAMESPACE, f'identity:{name}')}"
    objects: list[dict[str, Any]] = [
        {
            "type": "identity", "spec_version": "2.1", "id": identity, "created": _stamp(now), "modified": _stamp(now), "name": name,
            "identity_class": "organization",
        }
    ]  # fmt: skip
    objects += [_marking(label) for label in sorted({one.tlp or UNLABELLED for one in chosen})]
    for one in chosen:
        start = one.active_from or now
        entry: dict[str, Any] = {
            "type": "indicator", "spec_version": "2.1", "id": f"indicator--{uuid.uuid5(_NAMESPACE, one.key)}", "created": _stamp(now),
            "modified": _stamp(now), "created_by_ref": identity, "name": one.title or one.value, "indicator_types": ["malicious-activity"],
            "pattern": _pattern(one), "pattern_type": "stix", "pattern_version": "2.1", "valid_from": _stamp(start),
            "object_marking_refs": [_TLP2_IDS[one.tlp or UNLABELLED]],
        }  # fmt: skip
        if one.expires is not None and one.expires > start:
            entry["valid_until"] = _stamp(one.expires)
        if one.confidence is not None:
            entry["confidence"] = one.confidence
        if one.source or one.reference:
            described = one.reference or one.title or one.value
            entry["external_references"] = [{"source_name": one.source or name, "description": described}]
        objects.append(entry)
    if validate:
        for entry in objects:
            stix2.parse(entry, allow_custom=entry["type"] == "marking-definition", version="2.1")
    ids = "\n".join(str(entry["id"]) for entry in objects)
    bundle = {"type": "bundle", "id": f"bundle--{uuid.uuid5(_NAMESPACE, _stamp(now) + ids)}", "objects": objects}
    return Written(msgspec.json.format(msgspec.json.encode(bundle), indent=2).decode(), tuple(chosen), tuple(left_out))


def write_misp(indicators: Iterable[Indicator], *, now: datetime, audience: Audience, name: str, title: str) -> Written:
    """One MISP event with an attribute for each indicator. ``name`` is the organisation, ``title`` the event's ``info``."""
    chosen, left_out = selected(indicators, _ALL, now=now, audience=audience)
    attributes = []
    for one in chosen:
        if one.kind in {Kind.IP, Kind.NETWORK}:
            kind = "ip-src" if one.direction is Direction.INBOUND else "ip-dst"
        else:
            kind = _MISP_TYPE[one.kind]
        attribute: dict[str, Any] = {
            "uuid": str(uuid.uuid5(_NAMESPACE, f"misp:{one.key}")), "type": kind, "category": _category(one.kind), "value": one.value,
            "to_ids": one.block, "comment": comment(one.title, 500), "timestamp": str(int(now.timestamp())),
            "Tag": [{"name": f"tlp:{(one.tlp or UNLABELLED).value}"}],
        }  # fmt: skip
        if one.active_from:
            attribute["first_seen"] = one.active_from.isoformat()
        if one.active_until:
            attribute["last_seen"] = one.active_until.isoformat()
        attributes.append(attribute)
    event = {
        "Event": {
            "uuid": str(uuid.uuid5(_NAMESPACE, f"event:{title}:{_stamp(now)}")), "info": comment(title, 500), "date": now.date().isoformat(),
            "timestamp": str(int(now.timestamp())), "threat_level_id": "4", "analysis": "0", "distribution": "0",
            "Orgc": {"name": name, "uuid": str(uuid.uuid5(_NAMESPACE, f"identity:{name}"))}, "Attribute": attributes,
            "Tag": [{"name": f"tlp:{(min(chosen, key=_strictness).tlp or UNLABELLED).value}"}] if chosen else [],
        }
    }  # fmt: skip
    return Written(msgspec.json.format(msgspec.json.encode(event), indent=2).decode(), tuple(chosen), tuple(left_out))


def _category(kind: Kind) -> str:
    if kind is Kind.EMAIL or kind in HASHES or kind in {Kind.FILE_NAME, Kind.FILE_PATH}:
        return "Payload delivery"
    return "Persistence mechanism" if kind is Kind.REGISTRY else "Network activity"


# kinds: (log source, the detection made of their values)
_HUNTS: Final[tuple[tuple[str, frozenset[Kind], dict[str, str], tuple[str, ...]], ...]] = (
    ("proxy_host", frozenset({Kind.DOMAIN}), {"category": "proxy"}, ("cs-host", "below")),
    ("dns", frozenset({Kind.DOMAIN}), {"category": "dns"}, ("query", "below")),
    ("dns_windows", frozenset({Kind.DOMAIN}), {"category": "dns_query", "product": "windows"}, ("QueryName", "below")),
    ("proxy_url", frozenset({Kind.URL}), {"category": "proxy"}, ("c-uri", "url")),
    (
        "connection",
        frozenset({Kind.IP, Kind.NETWORK}),
        {"category": "network_connection", "product": "windows"},
        ("DestinationIp", "address"),
    ),
    ("firewall", frozenset({Kind.IP, Kind.NETWORK}), {"category": "firewall"}, ("dst_ip", "address")),
    ("process", HASHES - {Kind.SSDEEP, Kind.SHA512}, {"category": "process_creation", "product": "windows"}, ("Hashes", "hash")),
    ("file", frozenset({Kind.FILE_NAME}), {"category": "file_event", "product": "windows"}, ("TargetFilename", "file")),
    ("registry", frozenset({Kind.REGISTRY}), {"category": "registry_event", "product": "windows"}, ("TargetObject", "registry")),
)


def _detection(field: str, how: str, part: list[Indicator]) -> dict[str, Any]:
    values = [one.value for one in part]
    if how == "below":
        return {
            "exact": {field: values},
            "below": {f"{field}|endswith": [f".{value}" for value in values]},
            "condition": "exact or below",
        }
    if how == "address":
        addresses = [one.value for one in part if one.kind is Kind.IP]
        networks = [one.value for one in part if one.kind is Kind.NETWORK]
        found = {
            "address": {field: addresses} if addresses else None,
            "network": {f"{field}|cidr": networks} if networks else None,
        }
        chosen: dict[str, Any] = {name: value for name, value in found.items() if value}
        return {**chosen, "condition": " or ".join(chosen)}
    if how == "hash":
        values = [f"{one.kind.value.upper()}={one.value.upper()}" for one in part]
        return {"hash": {f"{field}|contains": values}, "condition": "hash"}
    if how == "file":
        return {"file": {f"{field}|endswith": [f"\\{_literal(value)}" for value in values]}, "condition": "file"}
    if how == "registry":
        return {"key": {f"{field}|contains": [_literal(value.partition("\\")[2]) for value in values]}, "condition": "key"}
    tails = [value.partition("://")[2] for value in values]
    return {"url": {f"{field}|contains": [_literal(tail) for tail in tails]}, "condition": "url"}


def _literal(value: str) -> str:
    """``value`` without Sigma's own wildcards in it."""
    return value.replace("\\", "\\\\").replace("*", "\\*").replace("?", "\\?")


def write_sigma(
    indicators: Iterable[Indicator], *, now: datetime, audience: Audience = Audience.ORGANIZATION, title: str = "IoC"
) -> Written:
    """Sigma rules, several documents in one YAML file: one for each source of logs that can show the indicator."""
    wanted = frozenset(kind for _, kinds, *_ in _HUNTS for kind in kinds)
    chosen, left_out = selected(indicators, wanted, now=now, audience=audience)
    plain = comment(title, 80)
    if not plain:
        raise InputError("threatintel.name_broken", value=title[:50])
    rules = []
    for name, kinds, logsource, (field, how) in _HUNTS:
        fitting = [one for one in chosen if one.kind in kinds and not (name != "firewall" and one.direction is Direction.INBOUND)]
        for at in range(0, len(fitting), _RULE_SIZE):
            part = fitting[at : at + _RULE_SIZE]
            identifier = uuid.uuid5(_NAMESPACE, f"sigma:{name}:" + "\n".join(one.key for one in part))
            rules.append(
                {
                    "title": f"{plain}: {name} {at // _RULE_SIZE + 1}", "id": str(identifier), "status": "experimental",
                    "description": "Search for indicators of compromise.", "date": now.date().isoformat(),
                    "tags": [f"tlp.{(one.tlp or UNLABELLED).value}" for one in [min(part, key=_strictness)]],
                    "logsource": logsource, "detection": _detection(field, how, part), "level": "high",
                }
            )  # fmt: skip
    text = yaml.safe_dump_all(rules, allow_unicode=True, sort_keys=False, width=1_000)
    return Written(text, tuple(chosen), tuple(left_out))


def _strictness(one: Indicator) -> int:
    return tuple(Tlp).index(one.tlp or UNLABELLED)
