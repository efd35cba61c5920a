"""Reads STIX 2.1 bundles (2.0 as far as they agree): unknown types are tolerated, counted and reported."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from sekisho.engines.detection.indicators import Own, Tlp
from sekisho.engines.threatintel.model import Collector, Item, Reading, clipped, moment
from sekisho.engines.threatintel.stixpattern import PatternError, parse_pattern, searchable
from sekisho.engines.threatintel.tlp import STIX_MARKINGS, parse_tlp, strictest
from sekisho.errors import InputError, Problem

__all__ = ["LARGEST", "read_json", "read_stix", "read_stix_objects"]

LARGEST: Final = 512 * 1024 * 1024  # bytes of a file
_TLP2: Final = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
_REPORTS: Final = frozenset(
    {"report", "campaign", "malware", "threat-actor", "intrusion-set", "attack-pattern", "vulnerability", "note"}
)
_PLAIN: Final = frozenset({"identity", "marking-definition", "relationship", "extension-definition", "sighting", "indicator"})


def read_json(untrusted: bytes, *, filename: str) -> Any:
    """The values of a JSON file. Raises InputError ``threatintel.too_large``, ``threatintel.json_broken``."""
    if len(untrusted) > LARGEST:
        raise InputError("threatintel.too_large", file=filename, size=len(untrusted), limit=LARGEST)
    try:
        return msgspec.json.decode(untrusted.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = str(error)[:200] or type(error).__name__
        problem = Problem("threatintel.json_broken", {"reason": reason}, filename)
        raise InputError("threatintel.json_broken", problems=(problem,), reason=reason, file=filename) from error


def read_stix(untrusted: bytes, *, filename: str = "bundle.json", source: str = "", own: Own | None = None) -> Reading:
    """A bundle. Raises InputError ``threatintel.not_stix`` when it is JSON but no bundle."""
    raw = read_json(untrusted, filename=filename)
    if not isinstance(raw, dict) or raw.get("type") != "bundle" or not isinstance(raw.get("objects", []), list):
        raise InputError("threatintel.not_stix", file=filename)
    return read_stix_objects(raw.get("objects", []), filename=filename, source=source, own=own)


def read_stix_objects(objects: list[Any], *, filename: str = "", source: str = "", own: Own | None = None) -> Reading:
    """Objects of a bundle or of a TAXII collection."""
    collector = Collector(own=own)
    markings = dict(STIX_MARKINGS)
    names: dict[str, str] = {}
    for one in objects:
        if isinstance(one, dict) and isinstance(one.get("id"), str):
            if one.get("type") == "marking-definition" and (label := _marking(one)) is not None:
                markings.setdefault(one["id"], label)
            elif one.get("type") == "identity":
                names[one["id"]] = str(one.get("name", ""))[:200]
    items: list[Item] = []
    for number, one in enumerate(objects):
        place = str(one.get("id", number)) if isinstance(one, dict) else str(number)
        if not isinstance(one, dict) or not isinstance(one.get("type"), str):
            collector.problems.append(Problem("threatintel.object_broken", {"place": place[:200]}, filename))
        elif one["type"] == "indicator":
            _indicator(one, collector, markings, source or names.get(str(one.get("created_by_ref")), ""), filename)
        elif one["type"] in _REPORTS:
            items.append(_item(one, markings))
        elif one["type"] not in _PLAIN:
            collector.ignore(f"type:{one['type'][:100]}")
    labels = [one.tlp for one in collector.indicators] + [item.tlp for item in items]
    titles = [item.title for item in items if item.title]
    cves = tuple(dict.fromkeys(item.title for item in items if item.title.upper().startswith("CVE-")))
    return collector.reading("stix", items=tuple(items), tlp=strictest(labels), title=titles[0] if titles else "", cves=cves)


def _marking(one: dict[str, Any]) -> Tlp | None:
    extensions = one.get("extensions")
    extension = extensions.get(_TLP2) if isinstance(extensions, dict) else None
    if isinstance(extension, dict) and isinstance(extension.get("tlp_2_0"), str):
        return parse_tlp(extension["tlp_2_0"])
    definition = one.get("definition")
    if isinstance(definition, dict) and isinstance(definition.get("tlp"), str):
        return parse_tlp(definition["tlp"])
    return parse_tlp(str(one.get("name", "")))


def _labels(one: dict[str, Any], markings: dict[str, Tlp]) -> Tlp | None:
    refs = one.get("object_marking_refs")
    return strictest(markings.get(ref) for ref in refs if isinstance(ref, str)) if isinstance(refs, list) else None


def _reference(one: dict[str, Any]) -> str:
    refs = one.get("external_references")
    for ref in refs if isinstance(refs, list) else ():
        if isinstance(ref, dict):
            found = ref.get("url") or ref.get("external_id") or ref.get("source_name")
            if isinstance(found, str):
                return found[:2_048]
    return str(one.get("id", ""))[:200]


def _item(one: dict[str, Any], markings: dict[str, Tlp]) -> Item:
    published = moment(one.get("published") or one.get("created"))
    return Item(
        str(one.get("name", ""))[:500],
        _reference(one),
        published,
        str(one.get("description", ""))[:20_000],
        _labels(one, markings),
    )


def _indicator(one: dict[str, Any], collector: Collector, markings: dict[str, Tlp], source: str, filename: str) -> None:
    place = str(one.get("id", ""))[:200]
    if one.get("revoked") is True:
        collector.ignore("threatintel.revoked")
        return
    if one.get("pattern_type", "stix") != "stix":
        collector.ignore(f"pattern_type:{str(one.get('pattern_type'))[:100]}")
        return
    try:
        found, left_out = searchable(parse_pattern(str(one.get("pattern", ""))))
    except PatternError as error:
        fields = {"place": place, "pattern": str(one.get("pattern", ""))[:200], "expected": str(error)}
        collector.problems.append(Problem("threatintel.pattern_broken", fields, filename))
        return
    for _ in left_out:
        collector.ignore("threatintel.pattern_part")
    confidence = one.get("confidence")
    listed = one.get("indicator_types") or one.get("labels")
    types = clipped(listed) if isinstance(listed, list) else ()
    for kind, direction, value in found:
        collector.add(
            value, kind, place,
            direction=direction, active_from=moment(one.get("valid_from")), expires=moment(one.get("valid_until")),
            tlp=_labels(one, markings), source=source, reference=_reference(one),
            confidence=confidence if isinstance(confidence, int) and 0 <= confidence <= 100 else None,  # noqa: PLR2004 - per cent
            title=str(one.get("name", ""))[:500], labels=types,
            block="benign" not in types,
        )  # fmt: skip
