"""Writes small, valid EVTX files: binary XML with a template, as the event log service does, so that the whole path is tested.

The layout follows the public description of the format ([MS-EVEN6] section 2.2.12 for binary XML; the file's own structures are
documented by the libyal project). Only what the tests need is here: one template a chunk and shape, values of simple types.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

CHUNK = 65_536
HEADER = 4_096
_RECORDS_FROM = 512
_FILETIME_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_NULL, _STRING, _UINT8, _UINT16, _UINT32, _UINT64, _FILETIME, _HEX64 = 0x00, 0x01, 0x04, 0x06, 0x08, 0x0A, 0x11, 0x15


def filetime(at: datetime) -> int:
    """100-nanosecond steps since 1601."""
    return (at - _FILETIME_EPOCH) // timedelta(microseconds=1) * 10


@dataclass
class Event:
    """One event: ``data`` are named ``Data`` elements (or, with ``user_data``, the children of an element of that name)."""

    event_id: int
    channel: str
    at: datetime
    data: dict[str, str | int | None] = field(default_factory=dict)
    computer: str = "PC01.example.jp"
    provider: str = "Example-Provider"
    record: int = 0
    user_data: str = ""
    unnamed: tuple[str, ...] = ()
    empty_data: bool = False


def _hash(name: str) -> int:
    value = 0
    for unit in memoryview(name.encode("utf-16-le")).cast("H"):
        value = (value * 65_599 + unit) & 0xFFFFFFFF
    return value & 0xFFFF


class _Xml:
    """Binary XML at a known place in its chunk: names stand inline where they are used first, and are referred to later."""

    def __init__(self, base: int, names: dict[str, int]) -> None:
        self.base = base
        self.names = names
        self.out = bytearray()

    @property
    def at(self) -> int:
        return self.base + len(self.out)

    def name(self, text: str) -> None:
        known = self.names.get(text)
        if known is not None:
            self.out += struct.pack("<I", known)
            return
        place = self.at + 4
        self.names[text] = place
        self.out += struct.pack("<I", place)
        self.out += struct.pack("<IHH", 0, _hash(text), len(text)) + text.encode("utf-16-le") + b"\0\0"

    def open(self, text: str, attributes: tuple[tuple[str, object], ...] = (), *, empty: bool = False) -> int | None:
        """Open an element; gives the place of its size, which :meth:`close` fills."""
        self.out += bytes([0x41 if attributes else 0x01]) + struct.pack("<H", 0xFFFF)
        size_at = len(self.out)
        self.out += b"\0\0\0\0"
        self.name(text)
        if attributes:
            length_at = len(self.out)
            self.out += b"\0\0\0\0"
            begin = len(self.out)
            for index, (key, value) in enumerate(attributes):
                self.out += bytes([0x46 if index < len(attributes) - 1 else 0x06])
                self.name(key)
                self.value(value)
            struct.pack_into("<I", self.out, length_at, len(self.out) - begin)
        if empty:
            self.out += b"\x03"
            struct.pack_into("<I", self.out, size_at, len(self.out) - size_at - 4)
            return None
        self.out += b"\x02"
        return size_at

    def close(self, size_at: int | None) -> None:
        assert size_at is not None
        self.out += b"\x04"
        struct.pack_into("<I", self.out, size_at, len(self.out) - size_at - 4)

    def value(self, value: object) -> None:
        """A literal text, or a place that is filled from the record (index, type)."""
        if isinstance(value, str):
            self.out += b"\x05\x01" + struct.pack("<H", len(value)) + value.encode("utf-16-le")
        else:
            index, kind = value  # type: ignore[misc]
            self.out += struct.pack("<BHB", 0x0E, index, kind)


def _encoded(value: str | int | None) -> tuple[int, bytes]:
    if value is None:
        return _NULL, b""
    if isinstance(value, int):
        return (_UINT32, struct.pack("<I", value)) if value < 1 << 32 else (_UINT64, struct.pack("<Q", value))
    return _STRING, value.encode("utf-16-le", "surrogatepass")


def _values(event: Event, record: int) -> list[tuple[int, bytes]]:
    system = [
        (_STRING, event.provider.encode("utf-16-le")), (_UINT16, struct.pack("<H", event.event_id)), (_UINT8, b"\x02"),
        (_UINT8, b"\x04"), (_UINT16, struct.pack("<H", 1)), (_HEX64, struct.pack("<Q", 0x8000000000000000)),
        (_FILETIME, struct.pack("<Q", filetime(event.at))), (_UINT64, struct.pack("<Q", event.record or record)),
        (_UINT32, struct.pack("<I", 1912)), (_STRING, event.channel.encode("utf-16-le")),
        (_STRING, event.computer.encode("utf-16-le")),
    ]  # fmt: skip
    return system + [_encoded(value) for value in event.data.values()] + [_encoded(value) for value in event.unnamed]


def _template(xml: _Xml, event: Event, kinds: list[int]) -> None:
    """The body of the template: fragment header, elements, end."""
    xml.out += b"\x0f\x01\x01\0"
    root = xml.open("Event", (("xmlns", "http://schemas.microsoft.com/win/2004/08/events/event"),))
    system = xml.open("System")
    xml.open("Provider", (("Name", (0, kinds[0])),), empty=True)
    for index, name in ((1, "EventID"), (2, "Version"), (3, "Level"), (4, "Task"), (5, "Keywords")):
        one = xml.open(name)
        xml.value((index, kinds[index]))
        xml.close(one)
    xml.open("TimeCreated", (("SystemTime", (6, kinds[6])),), empty=True)
    one = xml.open("EventRecordID")
    xml.value((7, kinds[7]))
    xml.close(one)
    xml.open("Execution", (("ProcessID", (8, kinds[8])),), empty=True)
    for index, name in ((9, "Channel"), (10, "Computer")):
        one = xml.open(name)
        xml.value((index, kinds[index]))
        xml.close(one)
    xml.close(system)
    _payload(xml, event, kinds)
    xml.close(root)
    xml.out += b"\0"


def _payload(xml: _Xml, event: Event, kinds: list[int]) -> None:
    if event.empty_data:
        return
    outer = xml.open("UserData" if event.user_data else "EventData")
    inner = xml.open(event.user_data) if event.user_data else None
    for index, name in enumerate(event.data, start=11):
        one = xml.open(name) if event.user_data else xml.open("Data", (("Name", name),))
        xml.value((index, kinds[index]))
        xml.close(one)
    for index in range(len(event.unnamed)):
        one = xml.open("Data")
        place = 11 + len(event.data) + index
        xml.value((place, kinds[place]))
        xml.close(one)
    if inner is not None:
        xml.close(inner)
    xml.close(outer)


class _Chunk:
    def __init__(self, first: int) -> None:
        self.data = bytearray(_RECORDS_FROM)
        self.first = self.last = first
        self.count = 0
        self.last_at = 0
        self.templates: dict[tuple[object, ...], int] = {}
        self.names: dict[str, int] = {}

    def add(self, event: Event, record: int) -> bool:
        """Append a record; False when it does not fit."""
        begin = len(self.data)
        values = _values(event, record)
        kinds = [kind or _STRING for kind, _ in values]
        shape = (event.user_data, tuple(event.data), len(event.unnamed), event.empty_data, tuple(kinds))
        body, names = bytearray(b"\x0f\x01\x01\0"), dict(self.names)
        known = self.templates.get(shape)
        body += b"\x0c\x01" + struct.pack("<I", 7 + len(self.templates))
        if known is None:
            place = begin + 24 + len(body) + 4
            xml = _Xml(place + 24, names)
            _template(xml, event, kinds)
            body += struct.pack("<I", place) + struct.pack("<I", 0) + bytes(range(16)) + struct.pack("<I", len(xml.out)) + xml.out
        else:
            place = known
            body += struct.pack("<I", place)
        body += struct.pack("<I", len(values))
        body += b"".join(struct.pack("<HBB", len(data), kind, 0) for kind, data in values)
        body += b"".join(data for _, data in values) + b"\0"
        size = 24 + len(body) + 4
        size += -size % 8
        if begin + size > CHUNK:
            return False
        self.templates[shape] = place
        self.names = names
        head = struct.pack("<4sIQQ", b"\x2a\x2a\0\0", size, record, filetime(event.at))
        self.data += head + body + bytes(size - 28 - len(body)) + struct.pack("<I", size)
        self.last, self.last_at = record, begin
        self.count += 1
        return True

    def bytes(self) -> bytes:
        free = len(self.data)
        data = bytearray(self.data)
        struct.pack_into(
            "<8sQQQQIIII", data, 0, b"ElfChnk\0", self.first, self.last, self.first, self.last, 128, self.last_at, free,
            zlib.crc32(data[_RECORDS_FROM:free]),
        )  # fmt: skip
        struct.pack_into("<I", data, 124, zlib.crc32(bytes(data[:120]) + bytes(data[128:512])))
        return bytes(data) + bytes(CHUNK - free)


def chunks(events: list[Event], first: int = 1) -> list[bytes]:
    """The chunks that hold ``events``, whose record ids begin with ``first``."""
    made, chunk = [], _Chunk(first)
    for record, event in enumerate(events, start=first):
        if not chunk.add(event, record):
            made.append(chunk.bytes())
            chunk = _Chunk(record)
            assert chunk.add(event, record), "an event must fit into a chunk"
    return [*made, chunk.bytes()]


def evtx(events: list[Event], first: int = 1) -> bytes:
    """A whole file."""
    parts = chunks(events, first)
    header = bytearray(HEADER)
    struct.pack_into(
        "<8sQQQIHHHH", header, 0, b"ElfFile\0", 0, len(parts) - 1, first + len(events), 128, 1, 3, HEADER, len(parts)
    )
    struct.pack_into("<I", header, 124, zlib.crc32(bytes(header[:120])))
    return bytes(header) + b"".join(parts)
