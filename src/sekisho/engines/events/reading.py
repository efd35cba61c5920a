"""Reading logs: paths in, bounded batches out; what could not be read goes to the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol

from sekisho.engines.events.collect import Collector
from sekisho.engines.events.evtx_reader import FILE_MAGIC, SOURCE, read_evtx
from sekisho.engines.events.model import Batch
from sekisho.engines.events.opening import Content, contents, files_in
from sekisho.engines.events.options import FileReport, Options, Origin, Report
from sekisho.engines.events.unpacking import Guarded

__all__ = ["Seen", "read", "read_content", "refusing"]

_HEAD: Final = 1 << 18


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
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes, fewer only at the end."""
        if not self._head:
            return self._stream.read(size)
        if 0 <= size <= len(self._head):
            got, self._head = self._head[:size], self._head[size:]
            return got
        got, self._head = self._head, b""
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
        whole: Any = Peeked(head, stream)
        if head.startswith(FILE_MAGIC):
            one.source = SOURCE
            steps = read_evtx(whole, collector, origin, seen)
        else:
            origin.reject("events.unknown_format", offset=0, excerpt=head)
            return
        for _ in steps:
            yield from collector.ready()
        if stream.problem:
            origin.reject(stream.problem, offset=stream.count)
    finally:
        stream.close()
