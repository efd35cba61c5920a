"""What a store holds: files that were read, segments (Parquet files), rejects, activity by hour. One SQLite file.

A segment exists when the manifest says so: whatever else lies in the folder is what an interrupted run left behind.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from sekisho.engines.events.model import Partition, Reject
from sekisho.engines.events.options import FileReport
from sekisho.errors import Conflict, InputError, Unavailable

if TYPE_CHECKING:
    from sekisho.engines.events.store.seen import Mark

__all__ = ["Manifest", "Segment", "StoredFile", "locked", "micro", "moment"]

_VERSION: Final = 1
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SEGMENT: Final = "path, source, channel, event, day, time_min, time_max, rows, bytes, timeless, columns, indexed, written_at"
_TABLES: Final = """
CREATE TABLE files (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL, source TEXT NOT NULL,
  records INTEGER NOT NULL, rejects TEXT NOT NULL, notes TEXT NOT NULL, skipped TEXT NOT NULL, member TEXT NOT NULL,
  known INTEGER NOT NULL, read_at INTEGER NOT NULL);
CREATE TABLE contents (
  size INTEGER NOT NULL, sha256 TEXT NOT NULL, lines INTEGER NOT NULL, tail INTEGER NOT NULL, PRIMARY KEY (size, sha256)
) WITHOUT ROWID;
CREATE TABLE runs (id INTEGER PRIMARY KEY AUTOINCREMENT);
CREATE TABLE chunks (
  first BLOB NOT NULL, size INTEGER NOT NULL, sha256 BLOB NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (first, size, sha256)
) WITHOUT ROWID;
CREATE TABLE segments (
  id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, source TEXT NOT NULL, channel TEXT NOT NULL, event TEXT NOT NULL,
  day INTEGER, time_min INTEGER, time_max INTEGER, rows INTEGER NOT NULL, bytes INTEGER NOT NULL, timeless INTEGER NOT NULL,
  columns TEXT NOT NULL, indexed INTEGER NOT NULL, written_at INTEGER NOT NULL);
CREATE INDEX segments_partition ON segments (source, channel, event, day);
CREATE TABLE spellings (source TEXT NOT NULL, lower TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (source, lower)) WITHOUT ROWID;
CREATE TABLE activity (
  source TEXT NOT NULL, host TEXT NOT NULL, hour INTEGER NOT NULL, events INTEGER NOT NULL,
  PRIMARY KEY (source, host, hour)) WITHOUT ROWID;
CREATE TABLE rejects (
  id INTEGER PRIMARY KEY, file TEXT NOT NULL, sha256 TEXT NOT NULL, record INTEGER, offset INTEGER, code TEXT NOT NULL,
  excerpt BLOB NOT NULL, read_at INTEGER NOT NULL);
CREATE TABLE removals (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, before INTEGER NOT NULL, events INTEGER NOT NULL, done_at INTEGER NOT NULL);
"""


def micro(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def moment(micros: int | None) -> datetime | None:
    """The time of microseconds since 1970; None stays None."""
    return None if micros is None else _EPOCH + timedelta(microseconds=micros)


@dataclass(frozen=True, slots=True)
class Segment:
    """One Parquet file: events of one partition, sorted by time within each row group.

    ``partition.day`` is set where all events are of one UTC day. ``rows`` and ``bytes`` count events and the file's size;
    ``timeless`` are events without time; ``indexed`` says whether a word index lies beside it; ``written_at`` when it was made.
    """

    path: Path
    partition: Partition
    time_min: datetime | None
    time_max: datetime | None
    rows: int
    bytes: int
    timeless: int
    columns: tuple[str, ...]
    indexed: bool
    written_at: datetime


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that was read, or left out: ``skipped`` says why; ``known`` are its records that had been read before."""

    name: str
    sha256: str
    size: int
    source: str
    records: int
    rejects: dict[str, int]
    notes: dict[str, int]
    skipped: str
    known: int
    read_at: datetime


class Manifest:
    """The tables, opened for one piece of work. Times go in and come out in UTC."""

    def __init__(self, folder: Path, *, make: bool = False) -> None:
        """Open the manifest in ``folder``. Raises InputError ``events.store_missing`` or ``events.store_version``."""
        self.folder = folder
        path = folder / "manifest.sqlite3"
        if not make and not path.is_file():
            raise InputError("events.store_missing", folder=str(folder))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            self.db = sqlite3.connect(path, timeout=30, isolation_level=None)
            self._prepare(make=make)
        except sqlite3.DatabaseError as error:
            raise Unavailable("events.store_unreadable", folder=str(folder)) from error

    def _prepare(self, *, make: bool) -> None:
        version = self.db.execute("PRAGMA user_version").fetchone()[0]
        if version == 0 and make:
            self.db.execute("PRAGMA journal_mode=WAL")
            with self.transaction():
                if self.db.execute("PRAGMA user_version").fetchone()[0] == 0:
                    for statement in _TABLES.split(";\n"):
                        self.db.execute(statement)
                    self.db.execute(f"PRAGMA user_version={_VERSION}")
        elif version != _VERSION:
            raise InputError("events.store_version", folder=str(self.folder), found=version, expected=_VERSION)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    # -- segments

    def segments(
        self,
        *,
        source: str | None = None,
        channel: str | None = None,
        event: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Segment]:
        """Segments that may hold such events, by partition and time. ``since`` is included, ``until`` is not."""
        wanted: list[tuple[str, Any]] = [
            (f"{name} = ?", value)
            for name, value in (("source", source), ("channel", channel), ("event", event))
            if value is not None
        ]
        if since is not None:
            wanted.append(("time_max >= ?", micro(since)))
        if until is not None:
            wanted.append(("time_min < ?", micro(until)))
        where = " AND ".join(text for text, _ in wanted) or "1"
        rows = self.db.execute(
            f"SELECT {_SEGMENT} FROM segments WHERE {where} ORDER BY source, channel, event, time_min, id",  # noqa: S608 - fixed texts
            [value for _, value in wanted],
        )
        return [self._segment(row) for row in rows]

    def _segment(self, row: Sequence[Any]) -> Segment:
        path, source, channel, event, day, low, high, rows, size, timeless, columns, indexed, written = row
        when = None if day is None else date.fromordinal(day)
        partition = Partition(source, channel, event, when)
        names = tuple(json.loads(columns))
        return Segment(
            self.folder / path, partition, moment(low), moment(high), rows, size, timeless, names, bool(indexed),
            _EPOCH + timedelta(microseconds=written),
        )  # fmt: skip

    def add_segments(self, segments: Sequence[Segment]) -> None:
        """Within a transaction: from its end on these segments are there."""
        self.db.executemany(
            f"INSERT INTO segments ({_SEGMENT}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",  # noqa: S608 - fixed text
            [
                (
                    one.path.relative_to(self.folder).as_posix(), one.partition.source, one.partition.channel,
                    one.partition.event, None if one.partition.day is None else one.partition.day.toordinal(),
                    None if one.time_min is None else micro(one.time_min),
                    None if one.time_max is None else micro(one.time_max),
                    one.rows, one.bytes, one.timeless, json.dumps(one.columns, ensure_ascii=False), one.indexed,
                    micro(one.written_at),
                )
                for one in segments
            ],
        )  # fmt: skip

    def drop_segments(self, segments: Sequence[Segment]) -> None:
        """Within a transaction: from its end on these segments are gone."""
        paths = [(one.path.relative_to(self.folder).as_posix(),) for one in segments]
        self.db.executemany("DELETE FROM segments WHERE path = ?", paths)

    # -- spellings, activity

    def spellings(self) -> dict[tuple[str, str], str]:
        """(source, lower-cased name) → the first spelling that the store saw."""
        return {(source, lower): name for source, lower, name in self.db.execute("SELECT source, lower, name FROM spellings")}

    def add_spellings(self, found: dict[tuple[str, str], str]) -> None:
        """Within a transaction: names seen for the first time."""
        rows = [(source, lower, name) for (source, lower), name in found.items()]
        self.db.executemany("INSERT OR IGNORE INTO spellings VALUES (?,?,?)", rows)

    def add_activity(self, counts: dict[tuple[str, str, int], int]) -> None:
        """Within a transaction: events by source, host and hour (hours since 1970)."""
        self.db.executemany(
            "INSERT INTO activity VALUES (?,?,?,?)"
            " ON CONFLICT (source, host, hour) DO UPDATE SET events = events + excluded.events",
            [(*key, count) for key, count in counts.items()],
        )

    def activity(self, source: str | None = None) -> Iterator[tuple[str, str, int, int]]:
        """Source, host, hour (hours since 1970) and events in it, in that order."""
        where, values = ("", ()) if source is None else (" WHERE source = ?", (source,))
        statement = f"SELECT source, host, hour, events FROM activity{where} ORDER BY source, host, hour"  # noqa: S608 - fixed texts
        yield from self.db.execute(statement, values)

    def forget(self, source: str, before: datetime, events: int, now: datetime) -> None:
        """Within a transaction: what the manifest itself says of a source before a time is removed, and the removal noted."""
        self.db.execute("DELETE FROM activity WHERE source = ? AND hour < ?", (source, micro(before) // 3_600_000_000))
        self.db.execute(
            "DELETE FROM rejects WHERE read_at < ? AND sha256 IN (SELECT sha256 FROM files WHERE source = ?)",
            (micro(before), source),
        )
        if events:
            self.db.execute(
                "INSERT INTO removals (source, before, events, done_at) VALUES (?,?,?,?)",
                (source, micro(before), events, micro(now)),
            )

    # -- files, rejects

    def add_file(self, report: FileReport, member: str, now: datetime) -> None:
        """Within a transaction: a file (or the ``member`` of an archive) was read, or left out because it is known.

        What an earlier reading of the same file told, of which nothing came, is forgotten.
        """
        if not report.skipped:
            key = (report.sha256, report.file)
            self.db.execute("DELETE FROM rejects WHERE sha256 = ? AND file = ?", key)
            self.db.execute("DELETE FROM files WHERE sha256 = ? AND name = ? AND records = 0 AND known = 0", key)
        self.db.execute(
            "INSERT INTO files (name, sha256, size, source, records, rejects, notes, skipped, member, known, read_at)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            (
                report.file, report.sha256, report.size, report.source, report.records, json.dumps(report.rejects),
                json.dumps(report.notes), report.skipped, member, report.known, micro(now),
            ),
        )  # fmt: skip

    def add_seen(self, marks: Sequence[Mark], chunks: dict[tuple[bytes, int, bytes], int]) -> None:
        """Within a transaction: contents and chunks that need not be read again."""
        rows = [(one.size, one.sha256, one.lines, one.tail) for one in marks]
        self.db.executemany("INSERT OR IGNORE INTO contents VALUES (?,?,?,?)", rows)
        self.db.executemany("INSERT OR REPLACE INTO chunks VALUES (?,?,?,?)", [(*key, last) for key, last in chunks.items()])

    def next_run(self) -> int:
        """A number that no other run had or will have."""
        number = self.db.execute("INSERT INTO runs DEFAULT VALUES").lastrowid
        assert number is not None
        return number

    def files(self) -> list[StoredFile]:
        """Every file that was read, in that order."""
        rows = self.db.execute(
            "SELECT name, sha256, size, source, records, rejects, notes, skipped, known, read_at FROM files ORDER BY id"
        )
        return [
            StoredFile(
                name, sha256, size, source, records, json.loads(rejects), json.loads(notes), skipped, known,
                _EPOCH + timedelta(microseconds=at),
            )
            for name, sha256, size, source, records, rejects, notes, skipped, known, at in rows
        ]  # fmt: skip

    def add_rejects(self, rejects: Sequence[Reject], now: datetime) -> None:
        """Within a transaction: records that could not be read."""
        self.db.executemany(
            "INSERT INTO rejects (file, sha256, record, offset, code, excerpt, read_at) VALUES (?,?,?,?,?,?,?)",
            [(one.file, one.sha256, one.record, one.offset, one.code, one.excerpt, micro(now)) for one in rejects],
        )

    def rejects(self, *, limit: int, after: int = 0) -> list[Reject]:
        """Rejects in the order in which they were found, ``limit`` from the place ``after`` on."""
        rows = self.db.execute(
            "SELECT file, sha256, record, offset, code, excerpt FROM rejects ORDER BY id LIMIT ? OFFSET ?", (limit, after)
        )
        return [Reject(*row) for row in rows]


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One writer at a time. Raises Conflict ``events.store_locked``. A lock ends with the process that holds it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # logs tell of people: nobody else needs to look
    lock = sqlite3.connect(folder / "lock.sqlite3", timeout=0, isolation_level=None)
    try:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise Conflict("events.store_locked", folder=str(folder)) from error
        yield
    finally:
        lock.close()
