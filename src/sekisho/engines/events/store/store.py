"""A store of events: a folder with Parquet files, an index beside the larger ones, and a manifest that says what is there.

What a run adds appears at once, in one transaction of the manifest, after every file of it is on the disk: a crash leaves the
store as it was, and files that nobody knows, which the next run removes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sekisho.engines.events.collect import Collector
from sekisho.engines.events.model import TIME, Batch, Partition, Reject
from sekisho.engines.events.opening import contents, files_in
from sekisho.engines.events.options import FileReport, Options, Report
from sekisho.engines.events.reading import read_content, refusing
from sekisho.engines.events.recognise import chosen_maps
from sekisho.engines.events.store.joining import join_small
from sekisho.engines.events.store.manifest import Manifest, Segment, StoredFile, locked, micro
from sekisho.engines.events.store.retention import Removal, RetentionRule, check_rules, planned, removed
from sekisho.engines.events.store.search import SearchResult, Term, search_segments
from sekisho.engines.events.store.seen import StoreSeen
from sekisho.engines.events.store.segments import SegmentWriter
from sekisho.errors import Unavailable

__all__ = ["Activity", "Gap", "Store", "StoredPartition"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_COMMIT_BYTES: Final = 1 << 30  # input between two commits; a file is never cut
_BATCH_ROWS: Final = 65_536
_BATCH_BYTES: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class StoredPartition:
    """What a store holds of one source, channel and event."""

    partition: Partition
    events: int
    bytes: int
    since: datetime | None
    until: datetime | None
    segments: int


@dataclass(frozen=True, slots=True)
class Activity:
    """How many events a source and host had in the hour that begins at ``hour``."""

    source: str
    host: str
    hour: datetime
    events: int


@dataclass(frozen=True, slots=True)
class Gap:
    """From ``since`` until ``until`` a source and host had no event."""

    source: str
    host: str
    since: datetime
    until: datetime


class Store:
    """The store in ``folder``; it is made by the first :meth:`ingest`."""

    def __init__(self, folder: Path) -> None:
        """Nothing is opened yet."""
        self.folder = folder

    # -- writing

    def ingest(
        self,
        paths: Sequence[Path],
        *,
        now: datetime,
        options: Options | None = None,
        on_file: Callable[[FileReport], None] | None = None,
        on_reject: Callable[[Reject], None] | None = None,
    ) -> Report:
        """Read files into the store; what it has already is not read again (renamed, compressed or grown files included).

        Args:
            paths: files, folders, archives.
            now: time of the run, noted with each file.
            options: how to read.
            on_file: is called with each :class:`FileReport` once the file has been read.
            on_reject: is called with each record that is kept aside, as it is found.

        Raises:
            InputError: ``events.paths_missing``, ``events.unknown_source``, ``events.store_version``.
            Conflict: ``events.store_locked``: another run writes.
        """
        options = options or Options()
        chosen_maps(options)  # an unknown source is refused before anything is read
        files = list(files_in(paths))
        with locked(self.folder), Manifest(self.folder, make=True) as manifest:
            self._sweep(manifest)
            report = _Ingest(self.folder, manifest, options, now, on_reject).run(files, on_file)
            join_small(self.folder, manifest, now)
            return report

    def retain(self, rules: Sequence[RetentionRule], *, now: datetime, apply: bool) -> list[Removal]:
        """What the rules remove, a line for each source; with ``apply`` it is removed. A rule for a source goes before that for
        ``*``. Events without time go by when they were read.

        Raises:
            InputError: ``events.store_missing``, ``events.retention_rule``.
            Conflict: ``events.store_locked``.
        """
        check_rules(rules)
        with Manifest(self.folder) as manifest:
            if not apply:
                return planned(manifest, rules, now)
        with locked(self.folder), Manifest(self.folder) as manifest:
            self._sweep(manifest)
            return removed(self.folder, manifest, rules, now)

    def _sweep(self, manifest: Manifest) -> None:
        """Remove what an interrupted run left behind."""
        known = {one.path for one in manifest.segments()}
        for path in (self.folder / "events").rglob("*"):
            if path.suffix in {".parquet", ".words"} and path.with_suffix(".parquet") not in known:
                path.unlink(missing_ok=True)

    # -- reading

    def batches(
        self,
        *,
        source: str | None = None,
        channel: str | None = None,
        event: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        columns: Sequence[str] | None = None,
    ) -> Iterator[Batch]:
        """Events by partition, in bounded batches. ``since`` is included, ``until`` is not; events without time come only when
        neither is given. ``columns`` (any case) leaves out others; those that do not exist are not there.

        Raises InputError ``events.store_missing``, Unavailable ``events.segment_unreadable``.
        """
        segments = self.segments(source=source, channel=channel, event=event, since=since, until=until)
        wanted = None if columns is None else {name.lower() for name in columns}
        waiting: list[pa.Table] = []
        partition: Partition | None = None
        rows = size = 0
        for one in segments:
            if waiting and partition is not None and one.partition != partition:
                yield _joined(partition, waiting)
                waiting, rows, size = [], 0, 0
            partition = one.partition
            for table in _tables(one, since, until, wanted):
                waiting.append(table)
                rows, size = rows + table.num_rows, size + table.nbytes
                if rows >= _BATCH_ROWS or size >= _BATCH_BYTES:
                    yield _joined(partition, waiting)
                    waiting, rows, size = [], 0, 0
        if waiting and partition is not None:
            yield _joined(partition, waiting)

    def segments(
        self,
        *,
        source: str | None = None,
        channel: str | None = None,
        event: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Segment]:
        """The Parquet files that may hold such events: for engines that read them themselves (DuckDB)."""
        with Manifest(self.folder) as manifest:
            return manifest.segments(source=source, channel=channel, event=event, since=since, until=until)

    def partitions(self) -> list[StoredPartition]:
        """Everything that is there, by source, channel and event."""
        found: dict[Partition, list[Segment]] = {}
        for one in self.segments():
            found.setdefault(Partition(one.partition.source, one.partition.channel, one.partition.event), []).append(one)
        return [
            StoredPartition(
                partition, sum(s.rows for s in ones), sum(s.bytes for s in ones),
                min((s.time_min for s in ones if s.time_min), default=None),
                max((s.time_max for s in ones if s.time_max), default=None), len(ones),
            )
            for partition, ones in sorted(found.items(), key=lambda item: item[0].source)
        ]  # fmt: skip

    def activity(self, *, source: str | None = None) -> list[Activity]:
        """Events by source, host and hour, as they came in."""
        with Manifest(self.folder) as manifest:
            return [Activity(*row[:2], moment_of_hour(row[2]), row[3]) for row in manifest.activity(source)]

    def gaps(self, *, longest: timedelta, source: str | None = None) -> list[Gap]:
        """Stretches without any event of a source and host that are longer than ``longest``, between its first and last event.
        Whole hours are looked at: a gap is told to the hour.
        """
        found: list[Gap] = []
        last: Activity | None = None
        for one in self.activity(source=source):
            if last is not None and (last.source, last.host) == (one.source, one.host):
                begin = last.hour + timedelta(hours=1)
                if one.hour - begin > longest:
                    found.append(Gap(one.source, one.host, begin, one.hour))
            last = one
        return found

    def files(self) -> list[StoredFile]:
        """Every file that was read, with what came of it."""
        with Manifest(self.folder) as manifest:
            return manifest.files()

    def rejects(self, *, limit: int = 1_000, after: int = 0) -> list[Reject]:
        """Records that could not be read, ``limit`` from the place ``after`` on."""
        with Manifest(self.folder) as manifest:
            return manifest.rejects(limit=limit, after=after)

    def search(
        self,
        terms: Sequence[Term | str] = (),
        *,
        source: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
        newest: bool = False,
        workers: int = 2,
        stretch: timedelta | None = None,
    ) -> SearchResult:
        """Events in which all ``terms`` are found, in order of time: the first ``limit`` (the last with ``newest``), and how many
        there are. A text is a term, ``field=value`` in it a term of that field. With ``stretch`` all hits are also counted over
        time, in stretches that begin at whole multiples of it since 1970.

        Raises InputError ``events.store_missing``, ``events.term_empty``, ``events.term_long``.
        """
        asked = [one if isinstance(one, Term) else Term.of(one) for one in terms]
        segments = self.segments(source=source, since=since, until=until)
        return search_segments(
            segments, asked, since=since, until=until, limit=limit, newest=newest, workers=workers, stretch=stretch
        )


class _Ingest:
    """One run: reads, writes segments, commits."""

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        options: Options,
        now: datetime,
        on_reject: Callable[[Reject], None] | None,
    ) -> None:
        self.manifest = manifest
        self.options = options
        self.now = now
        self.rejects: list[Reject] = []
        self.on_reject = on_reject
        self.report = Report(on_reject=self.reject)
        self.collector = Collector(options.limits)
        self.seen = StoreSeen(manifest)
        run = f"{manifest.next_run():06d}"
        self.writer = SegmentWriter(folder, run, manifest.spellings(), now)
        self.files: list[tuple[FileReport, str]] = []
        self.since_commit = 0

    def reject(self, one: Reject) -> None:
        self.rejects.append(one)
        if self.on_reject is not None:
            self.on_reject(one)

    def run(self, files: Sequence[Path], on_file: Callable[[FileReport], None] | None) -> Report:
        refuse = refusing(self.options, self.report)
        try:
            for path in files:
                refused = len(self.report.files)
                for content in contents(path, self.options.limits, refuse):
                    for batch in read_content(content, self.collector, self.options, self.report, self.seen):
                        self.writer.add(batch)
                    one = self.report.files[-1]
                    if one.records or one.known or not one.rejects:  # what gave nothing may be read again, with another map
                        self.seen.content_done()
                    self.since_commit += content.size
                for one in self.report.files[refused:]:
                    self.files.append((one, one.file.removeprefix(str(path)).removeprefix("!")))
                    if on_file is not None:
                        on_file(one)
                if self.since_commit >= _COMMIT_BYTES:
                    self._commit()
            self._commit()
        except BaseException:
            self.writer.abandon()
            raise
        return self.report

    def _commit(self) -> None:
        """Everything that was read so far is on the disk and becomes part of the store."""
        for batch in self.collector.rest():
            self.writer.add(batch)
        segments = self.writer.finish()
        with self.manifest.transaction():
            self.manifest.add_segments(segments)
            self.manifest.add_spellings(self.writer.new_spellings)
            self.manifest.add_activity(self.writer.activity)
            self.manifest.add_seen(self.seen.new_marks, self.seen.new_chunks)
            for one, member in self.files:
                self.manifest.add_file(one, member, self.now)
            self.manifest.add_rejects(self.rejects, self.now)
        self.writer.new_spellings.clear()
        self.writer.activity.clear()
        self.seen.saved()
        self.files.clear()
        self.rejects.clear()
        self.since_commit = 0


def moment_of_hour(hour: int) -> datetime:
    """The beginning of an hour since 1970."""
    return _EPOCH + timedelta(hours=hour)


def _joined(partition: Partition, tables: Sequence[pa.Table]) -> Batch:
    table = tables[0] if len(tables) == 1 else pa.concat_tables(tables, promote_options="default")
    return Batch(partition, table.combine_chunks())


def _tables(one: Segment, since: datetime | None, until: datetime | None, wanted: set[str] | None) -> Iterator[pa.Table]:
    names = None if wanted is None else [name for name in one.columns if name.lower() in wanted or name == TIME]
    try:
        file = pq.ParquetFile(one.path, memory_map=True)
        for group in range(file.num_row_groups):
            table = file.read_row_group(group, columns=names, use_threads=False)
            inside = _inside(table, one, since, until)
            if inside.num_rows:
                yield inside
    except (OSError, pa.ArrowException) as error:
        raise Unavailable("events.segment_unreadable", file=str(one.path)) from error


def _inside(table: pa.Table, one: Segment, since: datetime | None, until: datetime | None) -> pa.Table:
    low = since is not None and (one.timeless > 0 or one.time_min is None or one.time_min < since)
    high = until is not None and (one.timeless > 0 or one.time_max is None or one.time_max >= until)
    times = table.column(TIME).cast(pa.int64())
    if since is not None and low:
        table = table.filter(pc.greater_equal(times, micro(since)))
        times = table.column(TIME).cast(pa.int64())
    if until is not None and high:
        table = table.filter(pc.less(times, micro(until)))
    return table
