"""Which field map a file needs, told by its beginning."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from sekisho.engines.events.json_reader import WRAPPERS, is_document
from sekisho.engines.events.line_readers import compiled
from sekisho.engines.events.options import Options
from sekisho.engines.events.syslog_reader import LINE
from sekisho.engines.events.table_readers import header_of
from sekisho.engines.events.textlines import decoded_head
from sekisho.errors import InputError
from sekisho.standards.event_maps import EventMap, event_maps

__all__ = ["Recognised", "chosen_maps", "recognise"]

_LOOKED_AT: Final = 40  # lines
_MOST: Final = 0.5  # share of them that must fit
_AUDIT: Final = re.compile(r"(?:node=\S+ )?type=\S+ msg=audit\(")
_ZEEK: Final = re.compile(r"#(?:separator|fields)[ \t]")
_W3C: Final = re.compile(r"#(?:Software|Version|Fields):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Recognised:
    """The map, the beginning as text, and what a reader need not find out again."""

    map: EventMap
    head: str
    header: tuple[int, str, list[str]] | None = None
    document: bool = False


def chosen_maps(options: Options) -> dict[str, EventMap]:
    """The maps that may be used, an organisation's own first. Raises InputError ``events.unknown_source``."""
    maps: dict[str, EventMap] = {one.id: one for one in options.maps}
    for name, one in event_maps().items():
        maps.setdefault(name, one)
    if options.source and options.source not in maps:
        raise InputError("events.unknown_source", source=options.source, known=", ".join(sorted(maps)))
    return maps


def recognise(head: bytes, maps: dict[str, EventMap], options: Options) -> Recognised | None:
    """The map for a file that begins with ``head`` (not a Windows log); None where nothing fits."""
    text = decoded_head(head, options.encoding)
    lines = [line.removesuffix("\r") for line in text.split("\n")[:_LOOKED_AT] if line.strip("\0 \r\t")]
    if not lines:
        return None
    if options.source:
        return _forced(maps[options.source], head, text, lines)
    start = text.lstrip()[:1]
    if start in {"{", "["}:
        found = _json(head, maps)
        if found is not None:
            return Recognised(found, text, document=is_document(head))
    for pattern, reader in ((_ZEEK, "zeek"), (_W3C, "w3c"), (_AUDIT, "audit")):
        if any(pattern.match(line) for line in lines[:5]):
            found = next((one for one in maps.values() if one.reader == reader), None)
            if found is not None:
                return Recognised(found, text)
    return _by_lines(lines, text, maps) or _by_columns(lines, text, maps)


def _forced(the_map: EventMap, head: bytes, text: str, lines: list[str]) -> Recognised | None:
    if the_map.reader == "csv":
        header = header_of(lines, the_map)
        return Recognised(the_map, text, header) if header else None
    return Recognised(the_map, text, document=the_map.reader == "json" and is_document(head))


def _json(head: bytes, maps: dict[str, EventMap]) -> EventMap | None:
    keys = _first_keys(head)
    fitting = [one for one in maps.values() if one.reader == "json" and all(key in keys for key in one.recognise.keys)]
    return max(fitting, key=lambda one: len(one.recognise.keys), default=None)


def _first_keys(head: bytes) -> set[str]:
    """Keys of the first object, as far as they can be told from the beginning (covers are looked through)."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    try:
        value: Any = orjson.loads(start.partition(b"\n")[0])
    except orjson.JSONDecodeError:
        return {found.decode("utf-8", "replace") for found in re.findall(rb'"([^"\\]{1,60})"\s*:', start[:65_536])}
    if isinstance(value, list):
        value = value[0] if value else {}
    if isinstance(value, dict):
        for name in WRAPPERS:
            inner = value.get(name)
            if isinstance(inner, list) and inner and isinstance(inner[0], dict):
                return set(inner[0])
        return set(value)
    return set()


def _by_lines(lines: Sequence[str], text: str, maps: dict[str, EventMap]) -> Recognised | None:
    """The map whose pattern fits most lines; of equals the one that comes first among an organisation's own, then by length."""
    best: tuple[float, int, EventMap] | None = None
    for one in maps.values():
        if one.reader == "syslog" and not one.programs:
            share = sum(LINE.match(line) is not None for line in lines) / len(lines)
            score = (share, 0, one)
        elif one.recognise.line is not None:
            pattern = compiled(one.recognise.line, one)
            score = (sum(pattern.match(line) is not None for line in lines) / len(lines), len(one.recognise.line), one)
        else:
            continue
        if score[0] >= _MOST and (best is None or score[:2] > best[:2]):
            best = score
    return Recognised(best[2], text) if best else None


def _by_columns(lines: list[str], text: str, maps: dict[str, EventMap]) -> Recognised | None:
    found = [
        (len(one.recognise.columns), one, header)
        for one in maps.values()
        if one.reader == "csv" and (header := header_of(lines, one)) is not None
    ]
    if not found:
        return None
    _, the_map, header = max(found, key=lambda one: one[0])
    return Recognised(the_map, text, header)
