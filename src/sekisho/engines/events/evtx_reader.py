"""Windows event logs (EVTX): chunk by chunk, so that a damaged one costs only its own records.

An EVTX file is a header of 4,096 bytes and chunks of 65,536 bytes, each complete in itself (records, strings, templates). Every
chunk is given to the parser under a header of our own: a damaged or missing file header, a wrong count of chunks or a truncated
end make no difference, the file is read as a stream, and the place of each unreadable record is known.

Columns: ``System`` gives Provider_Name, EventID, Channel, Computer, Level …, attributes are joined with ``_``
(Execution_ProcessID, Security_UserID); ``EventData`` and ``UserData`` give their leaf names, as rules for Windows expect. The
``Data`` values that have no name stand in one column ``Data``, a line each.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any, Final, Protocol

import evtx
import msgspec
import orjson

from sekisho.engines.events.collect import Collector, as_text
from sekisho.engines.events.options import Origin

__all__ = ["CHUNK", "FILE_MAGIC", "HEADER", "SOURCE", "SeenChunks", "read_evtx"]

SOURCE: Final = "windows"
HEADER: Final = 4_096
CHUNK: Final = 65_536
FILE_MAGIC: Final = b"ElfFile\0"
_CHUNK_MAGIC: Final = b"ElfChnk\0"
_RECORD_MAGIC: Final = b"\x2a\x2a\0\0"
_FIRST_RECORD: Final = 512
_TABLES: Final = 128
_NUMBERS: Final = 24  # first and last record id
_LARGEST: Final = 1 << 63
_HIGHEST: Final = 1 << 48  # no log has more records: what looks like one is chance
_RECORD_HEAD: Final = 24
_BLANK: Final = bytes(CHUNK)
_NOTHING: Final[dict[str, Any]] = {}
_SYSTEM_NAMES: Final = (
    "Provider_Name", "Provider_Guid", "Provider_EventSourceName", "EventID", "Qualifiers", "Version", "Level", "Task", "Opcode",
    "Keywords", "Correlation_ActivityID", "Correlation_RelatedActivityID", "Execution_ProcessID", "Execution_ThreadID", "Channel",
    "Computer", "Security_UserID",
)  # fmt: skip
_NESTED: Final = frozenset({dict, list})
_DEEPEST: Final = 24
_PLAIN_PARTS: Final = 3
_MOST_FAILURES: Final = CHUNK // _RECORD_HEAD  # no chunk has more records


class _Attributes(msgspec.Struct, gc=False, frozen=True):
    """What the parts of ``System`` say as attributes."""

    Name: Any = None
    Guid: Any = None
    EventSourceName: Any = None
    SystemTime: Any = None
    ActivityID: Any = None
    RelatedActivityID: Any = None
    ProcessID: Any = None
    ThreadID: Any = None
    UserID: Any = None
    Qualifiers: Any = None


_SILENT: Final = _Attributes()


class _Required(msgspec.Struct, gc=False, frozen=True):
    said: _Attributes = msgspec.field(name="#attributes")


class _Part(msgspec.Struct, gc=False, frozen=True):
    said: _Attributes = msgspec.field(name="#attributes", default=_SILENT)


_EMPTY: Final = _Part()


class _Identity(msgspec.Struct, gc=False, frozen=True):
    text: int = msgspec.field(name="#text")
    said: _Attributes = msgspec.field(name="#attributes", default=_SILENT)


class _System(msgspec.Struct, gc=False, frozen=True):
    Provider: _Required
    EventID: int | _Identity
    TimeCreated: _Required
    EventRecordID: Annotated[int, msgspec.Meta(le=_LARGEST - 1)]
    Channel: str
    Computer: str
    Version: Any = None
    Level: Any = None
    Task: Any = None
    Opcode: Any = None
    Keywords: Any = None
    Correlation: _Part | None = None
    Execution: _Part | None = None
    Security: _Part | None = None


class _Event(msgspec.Struct, gc=False, frozen=True, forbid_unknown_fields=True):
    System: _System
    attributes: msgspec.Raw = msgspec.field(name="#attributes", default=msgspec.Raw())
    EventData: dict[str, Any] | None = None


class _Plain(msgspec.Struct, gc=False, frozen=True):
    """A record as nearly all are: nothing damaged, nothing beside ``System`` and ``EventData``. It is read into its places."""

    Event: _Event


_plain: Final = msgspec.json.Decoder(_Plain).decode


def _header(chunks: int) -> bytes:
    """A sound file header for ``chunks`` chunks."""
    made = bytearray(HEADER)
    struct.pack_into("<8sQQQIHHHH", made, 0, FILE_MAGIC, 0, chunks - 1, 1, 128, 1, 3, HEADER, chunks)
    struct.pack_into("<I", made, 124, zlib.crc32(made[:120]))
    return bytes(made)


_ONE: Final = _header(1)


class SeenChunks(Protocol):
    """Which chunks have been read before. ``first`` is the first record of a chunk, ``heads`` the heads (24 bytes each) of its
    records in order: neither ever changes while a chunk fills.
    """

    def chunk(self, first: bytes, heads: bytes) -> int:
        """The last record id up to which exactly these records have been read; 0 for none."""

    def chunk_done(self, first: bytes, heads: bytes, last: int) -> None:
        """The chunk has been read; ``last`` is the largest record id in it."""


@dataclass(slots=True)
class _Place:
    """What all chunks of a file have in common."""

    number: int
    collector: Collector
    origin: Origin
    seen: SeenChunks | None


def read_evtx(stream: Any, collector: Collector, origin: Origin, seen: SeenChunks | None = None) -> Iterator[None]:
    """Hand the records of ``stream`` to ``collector``; gives control back after each chunk.

    Records of chunks that have been read before are left out and counted as known.
    """
    place = _Place(collector.file(origin.file, origin.sha256), collector, origin, seen)
    start = stream.read(HEADER)
    if len(start) < HEADER:
        origin.reject("events.evtx_truncated", offset=len(start), excerpt=start)
        return
    offset = HEADER
    while chunk := stream.read(CHUNK):
        if chunk.startswith(_CHUNK_MAGIC) or chunk != (
            _BLANK if len(chunk) == CHUNK else bytes(len(chunk))
        ):  # chunks that were never used are blank
            _chunk(chunk, offset, place)
        offset += len(chunk)
        yield


def _chunk(chunk: bytes, offset: int, place: _Place) -> None:
    origin = place.origin
    if len(chunk) < CHUNK:
        origin.report.notes["evtx_chunk_truncated"] += 1
    first, heads = _heads(chunk) if place.seen is not None else (b"", b"")
    known = place.seen.chunk(first, heads) if place.seen is not None else 0
    read, whole = _parse(chunk, place, known)
    if place.seen is not None and read:
        place.seen.chunk_done(first, heads, max(read))
    if whole:  # sound from end to end: nothing more to look for
        return
    lost = 0
    for at, identity, size in _with_gaps(chunk):
        if identity is None or (identity not in read and identity > known):
            lost += 1
            origin.reject("events.evtx_record", record=identity, offset=offset + at, excerpt=chunk[at : at + (size or CHUNK)])
    if not lost and not read:
        origin.reject("events.evtx_chunk", offset=offset, excerpt=chunk)


def _heads(chunk: bytes) -> tuple[bytes, bytes]:
    """The first record, and the heads of all records that follow each other without damage."""
    at, heads, first = _FIRST_RECORD, [], b""
    while chunk.startswith(_RECORD_MAGIC, at) and at + _RECORD_HEAD <= len(chunk):
        size = int.from_bytes(chunk[at + 4 : at + 8], "little")
        if not _RECORD_HEAD < size <= CHUNK:
            break
        first = first or chunk[at : at + size]
        heads.append(chunk[at : at + _RECORD_HEAD])
        at += size
    return first, b"".join(heads)


def _records(chunk: bytes) -> Iterator[tuple[int, int, int]]:
    """Offset, record id and size of every record whose head can be found, without looking into it; size 0 where it is damaged."""
    at, end = chunk.find(_RECORD_MAGIC, _FIRST_RECORD), min(len(chunk), _end(chunk))
    while 0 <= at <= end - _RECORD_HEAD:
        size, identity = struct.unpack_from("<IQ", chunk, at + 4)
        step = 4
        if at % 8 == 0 and 0 < identity < _HIGHEST:
            whole = _RECORD_HEAD < size <= CHUNK and chunk[at + size - 4 : at + size] == chunk[at + 4 : at + 8]
            step = size if whole else 4
            yield at, identity, size if _RECORD_HEAD < size <= CHUNK else 0
        at = chunk.find(_RECORD_MAGIC, at + step)


def _with_gaps(chunk: bytes) -> Iterator[tuple[int, int | None, int]]:
    """As :func:`_records`, and the stretches between records in which a head must have been (record id None)."""
    end = _FIRST_RECORD
    for at, identity, size in _records(chunk):
        if at - end >= _RECORD_HEAD:
            yield end, None, at - end
        yield at, identity, size
        end = at + size if size else CHUNK


def _parse(chunk: bytes, place: _Place, known: int) -> tuple[set[int], bool]:
    """Read one chunk. Returns the record ids that were read, and whether all went well.

    The chunk's own tables of strings and templates only save looking for them: where they are damaged, it is read without.
    """
    read: set[int] = set()
    padded = chunk if len(chunk) == CHUNK else chunk + bytes(CHUNK - len(chunk))
    whole = _pass(padded, place, known, read) and len(chunk) == CHUNK
    if whole and _end(chunk) < CHUNK:
        first, last = struct.unpack_from("<QQ", chunk, _NUMBERS)
        whole = last - first + 1 == len(read)  # the parser believes where the header says that records end
    elif whole:
        whole = all(identity in read for _, identity, _ in _with_gaps(chunk))
    if not whole:
        _pass(_mended(padded), place, known, read)
    return read, whole


def _end(chunk: bytes) -> int:
    """Where records end, if the chunk's header is sound; else the end of the chunk. What lies behind is of an earlier use."""
    if len(chunk) < _FIRST_RECORD or zlib.crc32(chunk[128:512], zlib.crc32(chunk[:120])) != int.from_bytes(
        chunk[124:128], "little"
    ):
        return CHUNK
    return min(int.from_bytes(chunk[48:52], "little"), CHUNK - 1)


def _mended(chunk: bytes) -> bytes:
    """A chunk whose header says what its records say, and in which each record leads to the next that can be found."""
    found = list(_records(chunk))
    if not found:
        return chunk
    made = bytearray(chunk)
    made[_TABLES:_FIRST_RECORD] = bytes(_FIRST_RECORD - _TABLES)
    if found[0][0] > _FIRST_RECORD:
        found.insert(0, (_FIRST_RECORD, 0, 0))
        made[_FIRST_RECORD : _FIRST_RECORD + _RECORD_HEAD] = _RECORD_MAGIC + bytes(_RECORD_HEAD - 4)
    for (at, _, _), (following, _, _) in pairwise(found):
        struct.pack_into("<I", made, at + 4, following - at)
    at, _, size = found[-1]
    numbers = sorted(identity for _, identity, _ in found)
    end = min(at + size, CHUNK)
    struct.pack_into("<8sQQQQIIII", made, 0, _CHUNK_MAGIC, numbers[0], numbers[-1], numbers[0], numbers[-1], _TABLES, at, end, 0)
    return bytes(made)


def _pass(chunk: bytes, place: _Place, known: int, read: set[int]) -> bool:
    """Read the records that are not in ``read`` yet. Returns whether nothing was wrong."""
    try:
        records: Iterator[Any] = evtx.PyEvtxParser(io.BytesIO(_ONE + chunk), number_of_threads=1).records_json()
    except (RuntimeError, OSError, ValueError):
        return False
    whole = True
    for _ in range(_MOST_FAILURES):
        try:
            for record in records:
                identity = record["event_record_id"]
                if identity in read:
                    continue
                if identity > known:
                    _record(record, place.number, place.collector, place.origin)
                else:
                    place.origin.report.known += 1
                read.add(identity)
        except (RuntimeError, OSError, ValueError, KeyError, TypeError, AttributeError):
            whole = False  # the parser goes on behind the record that it could not read
        else:
            break
    return whole


def _record(record: dict[str, Any], number: int, collector: Collector, origin: Origin) -> None:
    text = record["data"]
    try:
        event = _plain(text).Event
    except (msgspec.MsgspecError, RecursionError):
        return _any_record(record, number, collector, origin)
    payload = event.EventData or _NOTHING
    if not _NESTED.isdisjoint(map(type, payload.values())):
        return _any_record(record, number, collector, origin)
    system = event.System
    provider, host, channel = system.Provider.said, system.Computer, system.Channel
    correlation = (system.Correlation or _EMPTY).said
    execution = (system.Execution or _EMPTY).said
    said, qualifiers = system.EventID, None
    if isinstance(said, _Identity):
        identity, qualifiers = said.text, said.said.Qualifiers
    else:
        identity = said
    waiting, group = collector.group(SOURCE, channel, str(identity), tuple(payload), _SYSTEM_NAMES)
    group.add((
        number, system.EventRecordID, system.TimeCreated.said.SystemTime, 0, host, provider.Name, provider.Guid,
        provider.EventSourceName, identity, qualifiers, system.Version, system.Level, system.Task, system.Opcode,
        system.Keywords, correlation.ActivityID, correlation.RelatedActivityID, execution.ProcessID, execution.ThreadID,
        channel, host, (system.Security or _EMPTY).said.UserID, *payload.values(),
    ))  # fmt: skip
    collector.count(waiting, len(text))
    origin.report.records += 1
    return None


def _any_record(record: dict[str, Any], number: int, collector: Collector, origin: Origin) -> None:
    text = record["data"]
    event = orjson.loads(text)["Event"]
    system = event["System"]
    provider = system["Provider"]["#attributes"]
    identity, qualifiers = system["EventID"], None
    if type(identity) is dict:
        qualifiers = identity.get("#attributes", _NOTHING).get("Qualifiers")
        identity = identity.get("#text")
    get = system.get
    correlation = (get("Correlation") or _NOTHING).get("#attributes", _NOTHING)
    execution = (get("Execution") or _NOTHING).get("#attributes", _NOTHING)
    security = (get("Security") or _NOTHING).get("#attributes", _NOTHING)
    channel, host, number_said = get("Channel"), get("Computer"), get("EventRecordID")
    if type(channel) is not str or type(host) is not str or type(number_said) is not int or number_said >= _LARGEST:
        channel, host, number_said = as_text(channel) or "", as_text(host), record["event_record_id"]  # damaged
    payload = event.get("EventData")
    values: Any
    plain = len(event) <= _PLAIN_PARTS  # xmlns, System, EventData
    if plain and type(payload) is dict and _NESTED.isdisjoint(map(type, payload.values())):
        keys, values = tuple(payload), payload.values()
    else:
        keys, values = _leaves(event)
    waiting, group = collector.group(SOURCE, channel, str(identity), keys, _SYSTEM_NAMES)
    group.add((
        number, number_said, system["TimeCreated"]["#attributes"]["SystemTime"], 0, host,
        provider.get("Name"), provider.get("Guid"), provider.get("EventSourceName"), identity, qualifiers, get("Version"),
        get("Level"), get("Task"), get("Opcode"), get("Keywords"), correlation.get("ActivityID"),
        correlation.get("RelatedActivityID"), execution.get("ProcessID"), execution.get("ThreadID"), channel, host,
        security.get("UserID"), *values,
    ))  # fmt: skip
    collector.count(waiting, len(text))
    origin.report.records += 1


def _leaves(event: dict[str, Any]) -> tuple[tuple[str, ...], list[Any]]:
    """Everything beside ``System``, by leaf names; namespaces are left out, repeated names follow each other."""
    names: list[str] = []
    values: list[Any] = []
    for part, value in event.items():
        if part not in {"System", "#attributes"} and value is not None:
            _leaf(part, value, names, values, 0)
    return tuple(names), values


def _leaf(name: str, value: Any, names: list[str], values: list[Any], depth: int) -> None:
    if isinstance(value, dict) and depth < _DEEPEST:
        for key, inner in value.items():
            if key == "#attributes" and isinstance(inner, dict):
                for attribute, said in inner.items():
                    if not attribute.startswith("xmlns"):
                        _leaf(f"{name}_{attribute}", said, names, values, depth + 1)
            else:
                _leaf(name if key == "#text" else key, inner, names, values, depth + 1)
        return
    if isinstance(value, list):
        if any(isinstance(one, dict) for one in value) and depth < _DEEPEST:
            for one in value:
                _leaf(name, one, names, values, depth + 1)
            return
        value = "\n".join(as_text(one) or "" for one in value)
    names.append(name)
    values.append(value)
