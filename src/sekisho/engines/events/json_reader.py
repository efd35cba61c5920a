"""JSON: an object a line, objects one after another over many lines, an array, or ``{"Records": […]}``; never all at once.

Nested fields get dotted names (``userIdentity.type``). The values of an array stand a line each in one column, those of objects
in an array under their dotted names. Beyond the deepest level, and in arrays of arrays, the value is a text of JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import orjson

from sekisho.engines.events.collect import as_text
from sekisho.engines.events.options import EXCERPT_BYTES, Limits, Origin
from sekisho.engines.events.sink import Sink
from sekisho.engines.events.textlines import Block

__all__ = ["WRAPPERS", "flattened", "is_document", "read_json_document", "read_json_lines"]

WRAPPERS: Final = ("Records", "records", "value", "events", "Events", "logEvents", "items", "results")
_COVER_KEYS: Final = 6  # an object with more of its own is an event
_WRAPPED: Final = re.compile(rb'"(?:' + "|".join(WRAPPERS).encode() + rb')"\s*:\s*\[')
_TOKEN: Final = re.compile(rb'[{}\[\]"\\]')
_READ: Final = 1 << 18
_SCALARS: Final = frozenset({str, int, float, bool, type(None)})
_OPEN: Final = frozenset(b"{[")
_CLOSE: Final = frozenset(b"}]")
_QUOTE: Final = ord('"')
_BRACE: Final = ord("{")
_END_OF_ARRAY: Final = ord("]")
_BACKSLASH: Final = ord("\\")


def flattened(value: dict[str, Any], limits: Limits) -> tuple[tuple[str, ...], list[Any]]:
    """Dotted names and values of one object."""
    if _SCALARS.issuperset(map(type, value.values())):
        return tuple(value), list(value.values())
    names: list[str] = []
    values: list[Any] = []
    _object("", value, names, values, limits.depth)
    return tuple(names), values


def _object(prefix: str, value: dict[str, Any], names: list[str], values: list[Any], depth: int) -> None:
    for key, one in value.items():
        name = f"{prefix}.{key}" if prefix else key
        kind = type(one)
        if kind in _SCALARS:
            names.append(name)
            values.append(one)
        elif depth <= 1:
            names.append(name)
            values.append(as_text(one))
        elif kind is dict:
            _object(name, one, names, values, depth - 1)
        else:
            _list(name, one, names, values, depth - 1)


def _list(name: str, value: list[Any], names: list[str], values: list[Any], depth: int) -> None:
    """One column for the scalars, one for each dotted name of objects in it; a line for each value."""
    gathered: dict[str, list[str]] = {}
    for one in value:
        if isinstance(one, dict):
            inner_names: list[str] = []
            inner_values: list[Any] = []
            _object(name, one, inner_names, inner_values, depth)
            for inner, said in zip(inner_names, inner_values, strict=True):
                if said is not None:
                    gathered.setdefault(inner, []).append(as_text(said) or "")
        elif one is not None:
            gathered.setdefault(name, []).append(as_text(one) or "")
    for inner, texts in gathered.items():
        names.append(inner)
        values.append("\n".join(texts))


def is_document(head: bytes) -> bool:
    """Whether the content is to be taken apart by its brackets rather than by its lines."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"["):
        return True
    line, found, _ = start.partition(b"\n")
    if not found and len(head) >= _READ:
        return True  # no end of the first line in sight
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return True
    return isinstance(value, dict) and _wrapper(value) is not None


def _wrapper(value: dict[str, Any]) -> str | None:
    """The key under which the events stand, for an object that is only a cover."""
    if len(value) > _COVER_KEYS:
        return None
    for name in WRAPPERS:
        inner = value.get(name)
        if isinstance(inner, list) and inner and all(isinstance(one, dict) for one in inner):
            return name
    return None


class _Records:
    """Gives single objects to the sink."""

    def __init__(self, origin: Origin, sink: Sink) -> None:
        self._origin = origin
        self._sink = sink
        self._limits = origin.options.limits

    def take(self, raw: bytes, record: int, offset: int | None) -> None:
        try:
            value = orjson.loads(raw)
        except orjson.JSONDecodeError:
            return self._origin.reject("events.json_broken", record=record, offset=offset, excerpt=raw)
        if not isinstance(value, dict):
            return self._origin.reject("events.json_not_object", record=record, offset=offset, excerpt=raw)
        cover = _wrapper(value)
        inner: list[dict[str, Any]] = [value] if cover is None else value[cover]
        for one in inner:
            try:
                names, values = flattened(one, self._limits)
            except (TypeError, RecursionError):  # too deep even to be written as a text
                self._origin.reject("events.json_too_deep", record=record, offset=offset, excerpt=raw)
                continue
            self._sink.put(record, names, values, len(raw) // len(inner))
        return None


def read_json_lines(blocks: Iterator[Block], origin: Origin, sink: Sink) -> Iterator[None]:
    """An object a line."""
    records = _Records(origin, sink)
    for block in blocks:
        for index, text in enumerate(block.texts):
            if text and not text.isspace():
                raw = text.encode("utf-8", "backslashreplace")
                records.take(raw, block.first + index, block.place(index) if index == 0 else None)
        yield
    sink.done()


def read_json_document(stream: Any, origin: Origin, sink: Sink) -> Iterator[None]:
    """Objects by their brackets: records are numbered from 1 in their order; ``offset`` is where each begins."""
    records = _Records(origin, sink)
    number = 0
    splitter = _Splitter(stream, origin.options.limits.line_bytes)
    for part in splitter.parts():
        for raw, offset, whole in part:
            number += 1
            if whole:
                records.take(raw, number, offset)
            else:
                origin.reject("events.line_too_long", record=number, offset=offset, excerpt=raw)
        yield
    if not number and not splitter.unfinished:
        origin.reject("events.json_no_object", offset=0)
    if splitter.unfinished:
        origin.reject("events.json_unfinished", record=number + 1, offset=splitter.begin, excerpt=splitter.unfinished)
    sink.done()


class _Splitter:
    """Finds the objects in a stream by counting brackets: no recursion, and no more in memory than the longest object."""

    def __init__(self, stream: Any, most: int) -> None:
        self._stream = stream
        self._most = most
        self._data = b""
        self._base = 0  # offset of ``_data`` in the stream
        self._at = 0  # where in ``_data`` the search goes on
        self._start = -1  # where in ``_data`` the object that is open begins
        self._level = 0
        self._in_text = False
        self._dropped = False  # the open object is too long: its end is looked for, nothing of it is kept
        self._covered = False
        self._found: list[tuple[bytes, int, bool]] = []
        self.begin = 0
        self.unfinished = b""

    def parts(self) -> Iterator[list[tuple[bytes, int, bool]]]:
        """Objects of each block that was read: bytes, offset, and whether it is whole (else its beginning)."""
        self._data = self._stream.read(_READ)
        self._look_for_cover()
        more = self._data
        while more:
            self._scan()
            if self._start >= 0 and not self._dropped and len(self._data) - self._start > self._most:
                self._found.append((self._data[self._start : self._start + EXCERPT_BYTES], self._base + self._start, False))
                self._dropped = True
            found, self._found = self._found, []
            yield found
            self._forget()
            more = self._stream.read(_READ)
            self._data += more
        if self._start >= 0 and not self._dropped:
            self.begin, self.unfinished = self._base + self._start, self._data[self._start : self._start + EXCERPT_BYTES]

    def _scan(self) -> None:
        search = _TOKEN.search
        while (match := search(self._data, self._at)) is not None:
            here = match.start()
            token = self._data[here]
            self._at = here + 1
            if self._in_text:
                if token == _BACKSLASH:
                    self._at += 1
                elif token == _QUOTE:
                    self._in_text = False
            elif token == _QUOTE:
                self._in_text = True
            elif token in _OPEN:
                self._opened(here, token)
            elif token in _CLOSE:
                self._closed(token)
        self._at = max(self._at, len(self._data))

    def _opened(self, here: int, token: int) -> None:
        if self._level == 0:
            if token != _BRACE:
                return
            self._start = here
        self._level += 1

    def _closed(self, token: int) -> None:
        if self._level == 0:
            if self._covered and token == _END_OF_ARRAY:  # what follows on the cover's last line is the cover's
                self._covered = False
                end = self._data.find(b"\n", self._at)
                self._at = len(self._data) if end < 0 else end + 1
            return
        self._level -= 1
        if self._level == 0:
            if not self._dropped:
                whole = self._at - self._start <= self._most
                self._found.append((self._data[self._start : self._at], self._base + self._start, whole))
            self._dropped, self._start = False, -1

    def _forget(self) -> None:
        """Keep of the data only the object that is open."""
        keep = self._start if self._start >= 0 and not self._dropped else len(self._data)
        self._data, self._base, self._at = self._data[keep:], self._base + keep, self._at - keep
        self._start = min(0, self._start)

    def _look_for_cover(self) -> None:
        """Begin inside the array of a covering object, if there is one."""
        start = self._data.removeprefix(b"\xef\xbb\xbf").lstrip()
        found = _WRAPPED.search(self._data, 0, 4_096) if start.startswith(b"{") else None
        if found is not None and self._data.count(b"{", 0, found.start()) == 1:
            self._at, self._covered = found.end(), True
