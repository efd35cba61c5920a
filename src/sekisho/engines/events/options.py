"""What a reading is told (zone, reference time, bounds) and what it tells afterwards (files, counts, rejects)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from sekisho.engines.events.model import Reject

__all__ = ["EXCERPT_BYTES", "FileReport", "Limits", "Options", "Report"]

EXCERPT_BYTES: Final = 512
_MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that keep memory and time flat whatever comes in. Sizes in bytes."""

    batch_rows: int = 65_536
    """Most events of one :class:`~sekisho.engines.events.model.Batch`."""
    batch_bytes: int = 8 * _MIB
    """A partition is handed on when its events, as they lie in the file, reach this."""
    pending_bytes: int = 32 * _MIB
    """All waiting events together; beyond it the largest partitions are handed on."""
    line_bytes: int = _MIB
    """A longer line (or one JSON record) is not an event: it becomes a reject."""
    depth: int = 24
    """Nested values below this many levels stay one text of JSON."""
    fields: int = 1_000
    """Most columns of one partition; further fields stand as JSON in ``_more``."""
    unpacked_bytes: int = 64 << 30
    """Most that one compressed file may unpack to."""
    ratio: int = 2_000
    """Most that one compressed file may grow (looked at from 64 MiB on)."""
    members: int = 10_000
    """Most files in one archive."""
    partitions: int = 5_000
    """Most partitions of one reading; events of further ones stand together without channel and event."""
    rejects_kept: int = 1_000
    """Rejects of one file that are handed on with their excerpt; further ones are counted."""


@dataclass(frozen=True, slots=True)
class Options:
    """How files are to be read.

    Args:
        source: id of a field map for all files; "" recognises each file by its content.
        zone: of times that are written without an offset.
        reference: the time at which the files were collected; the year of a date without year is the latest that is not more
            than a day after it. None takes the time at which the file was last changed.
        encoding: ``auto`` (byte-order mark, UTF-8, else CP932, line by line) or a name of Python's.
        maps: field maps beside the included ones (they win).
        limits: bounds.
    """

    source: str = ""
    zone: tzinfo = UTC
    reference: datetime | None = None
    encoding: str = "auto"
    maps: tuple[Any, ...] = ()
    limits: Limits = field(default_factory=Limits)


@dataclass(slots=True)
class FileReport:
    """What became of one file (or one member of an archive). ``skipped`` says why nothing was read ("" when it was)."""

    file: str
    sha256: str = ""
    size: int = 0
    source: str = ""
    records: int = 0
    rejects: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    skipped: str = ""
    known: int = 0

    @property
    def rejected(self) -> int:
        """How many records could not be read."""
        return self.rejects.total()


@dataclass(slots=True)
class Report:
    """What a reading tells: a line for each file, and each :class:`~sekisho.engines.events.model.Reject` to ``on_reject``.

    ``notes`` of a file count what was mended on the way: ``cp932_lines``, ``undecodable_lines``, ``nul_bytes``, ``no_time``,
    ``year_assumed``, ``zone_assumed``, ``rejects_not_kept``.
    """

    on_reject: Callable[[Reject], None] | None = None
    files: list[FileReport] = field(default_factory=list)

    @property
    def records(self) -> int:
        """Events read."""
        return sum(one.records for one in self.files)

    @property
    def rejected(self) -> int:
        """Records that could not be read."""
        return sum(one.rejected for one in self.files)

    @property
    def rejects(self) -> Counter[str]:
        """Rejects by code, over all files."""
        return _summed(one.rejects for one in self.files)

    @property
    def notes(self) -> Counter[str]:
        """Notes over all files."""
        return _summed(one.notes for one in self.files)


def _summed(counters: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for counter in counters:
        total.update(counter)
    return total


@dataclass(slots=True)
class Origin:
    """The file that is being read: where its events and rejects say that they come from."""

    file: str
    sha256: str
    options: Options
    report: FileReport
    on_reject: Callable[[Reject], None] | None
    reference: datetime

    def reject(self, code: str, *, record: int | None = None, offset: int | None = None, excerpt: bytes = b"") -> None:
        """Keep one unreadable record aside."""
        self.report.rejects[code] += 1
        if self.report.rejected > self.options.limits.rejects_kept:
            self.report.notes["rejects_not_kept"] += 1
        elif self.on_reject is not None:
            self.on_reject(Reject(self.file, self.sha256, record, offset, code, excerpt[:EXCERPT_BYTES]))
