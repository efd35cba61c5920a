"""Reading logs: paths in, bounded batches out; what could not be read goes to the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from sekisho.engines.events.collect import Collector
from sekisho.engines.events.content import Content
from sekisho.engines.events.evtx_reader import FILE_MAGIC, SOURCE, read_evtx
from sekisho.engines.events.json_reader import read_json_document, read_json_lines
from sekisho.engines.events.line_readers import read_audit, read_lines, read_pairs
from sekisho.engines.events.model import Batch
from sekisho.engines.events.opening import contents, files_in
from sekisho.engines.events.options import FileReport, Options, Origin, Report
from sekisho.engines.events.recognise import Recognised, chosen_maps, recognise
from sekisho.engines.events.sink import Sink
from sekisho.engines.events.syslog_reader import read_syslog
from sekisho.engines.events.table_readers import read_csv, read_w3c, read_zeek
from sekisho.engines.events.textlines import Block, blocks
from sekisho.engines.unpacking import Guarded
from sekisho.standards.event_maps import EventMap

__all__ = ["Seen", "read", "read_content", "refusing"]

_HEAD: Final = 1 << 18
_BY_LINE: Final[dict[str, Callable[[Iterator[Block], Origin, Sink], Iterator[None]]]] = {
    "lines": read_lines,
    "audit": read_audit,
    "pairs": read_pairs,
    "json": read_json_lines,
}
_WITH_HEAD: Final[dict[str, Callable[[Iterator[Block], Origin, Sink, str], Iterator[None]]]] = {
    "zeek": read_zeek,
    "w3c": read_w3c,
}


class Seen(Protocol):
    """What has been read before (a store knows): nothing of it is read again."""

    def start(self, content: Content, report: FileReport) -> tuple[int, int] | None:
        """Byte and line number to begin at, (0, 0) for the beginning; None to leave the content out (``report`` says why)."""

    def chunk(self, first: bytes, heads: bytes) -> int:
        """See :class:`~sekisho.engines.events.evtx_reader.SeenChunks`."""

    def chunk_done(self, first: bytes, heads: bytes, last: int) -> None:
        """See :class:`~sekisho.engines.events.evtx_reader.SeenChunks`."""


class Peeked:
    """A stream whose beginning has been looked at."""

    def __init__(self, head: bytes, stream: Guarded) -> None:
        """``head`` was read from ``stream``."""
        self._head = head
        self._at = 0
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes, fewer only at the end."""
        left = len(self._head) - self._at
        if not left:
            return self._stream.read(size)
        if 0 <= size <= left:
            self._at += size
            return self._head[self._at - size : self._at]
        got, self._head, self._at = self._head[self._at :], b"", 0
        return got + self._stream.read(size - len(got) if size > 0 else size)


def read(paths: Sequence[Path], options: Options | None = None, report: Report | None = None) -> Iterator[Batch]:
    """Batches of all events in ``paths`` (files, folders, archives), not sorted; memory does not grow with the input.

    Args:
        paths: files and folders; folders are walked.
        options: how to read; the standing ones when None.
        report: is filled while reading: files, counts, rejects.

    Raises:
        InputError: ``events.paths_missing``, ``events.unknown_source``. Content never raises.
    """
    options = options or Options()
    report = report or Report()
    chosen_maps(options)  # an unknown source is refused before anything is read
    collector = Collector(options.limits)
    for path in files_in(paths):
        for content in contents(path, options.limits, refusing(options, report)):
            yield from read_content(content, collector, options, report)
    yield from collector.rest()


def refusing(options: Options, report: Report) -> Callable[[FileReport, str], Origin]:
    """What :func:`~sekisho.engines.events.opening.contents` calls for a file that it cannot open."""

    def refuse(one: FileReport, sha256: str) -> Origin:
        report.files.append(one)
        return Origin(one.file, sha256, options, one, report.on_reject, datetime(1970, 1, 1, tzinfo=UTC))

    return refuse


def read_content(
    content: Content, collector: Collector, options: Options, report: Report, seen: Seen | None = None
) -> Iterator[Batch]:
    """Read one content into ``collector``; gives batches that became full. What waits then belongs to all contents so far."""
    one = FileReport(content.name, content.sha256, content.size)
    report.files.append(one)
    start = seen.start(content, one) if seen is not None else (0, 0)
    if start is None:
        return
    origin = Origin(content.name, content.sha256, options, one, report.on_reject, options.reference or content.modified)
    stream = content.open()
    try:
        head = stream.read(_HEAD)
        steps = _Reader(Peeked(head, stream), head, collector, origin, start, seen).steps()
        for _ in steps or ():
            yield from collector.ready()
        if steps is None and head:
            origin.reject("events.unknown_format", offset=0, excerpt=head)
        if stream.problem:
            origin.reject(stream.problem, offset=stream.count)
    finally:
        stream.close()


@dataclass(frozen=True, slots=True)
class _Reader:
    """Finds the reader for a content that begins with ``head``."""

    stream: Peeked
    head: bytes
    collector: Collector
    origin: Origin
    start: tuple[int, int]
    seen: Seen | None

    def steps(self) -> Iterator[None] | None:
        """The reader's steps; None where nothing fits."""
        options = self.origin.options
        if self.head.startswith(FILE_MAGIC) or options.source == SOURCE:
            self.origin.report.source = SOURCE
            return read_evtx(self.stream, self.collector, self.origin, self.seen)
        maps = chosen_maps(options)
        found = recognise(self.head, maps, options)
        if found is None:
            return None
        self.origin.report.source = found.map.id
        return self._text(found, maps)

    def _text(self, found: Recognised, maps: dict[str, EventMap]) -> Iterator[None]:
        sink = Sink(self.collector, self.origin, found.map)
        if found.document and self.start == (0, 0):
            return read_json_document(self.stream, self.origin, sink)
        _skip(self.stream, self.start[0])
        lines = blocks(self.stream, self.head, self.origin, self.start)
        reader = found.map.reader
        if reader == "syslog":
            return read_syslog(lines, self.origin, self.collector, _syslog_maps(maps, found.map), found.map)
        if reader == "csv" and found.header is not None:
            return read_csv(lines, self.origin, sink, found.header, self.start[1] + 1)
        if reader in _WITH_HEAD:
            return _WITH_HEAD[reader](lines, self.origin, sink, found.head)
        return _BY_LINE[reader](lines, self.origin, sink)


def _syslog_maps(maps: dict[str, EventMap], chosen: EventMap) -> list[EventMap]:
    return [one for one in maps.values() if one.reader == "syslog" and one.programs and one is not chosen]


def _skip(stream: Peeked, count: int) -> None:
    while count > 0:
        got = len(stream.read(min(count, _HEAD)))
        if not got:
            return
        count -= got
