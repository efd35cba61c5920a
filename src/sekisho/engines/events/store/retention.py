"""How long events are kept: rules by source, seen before they are applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sekisho.engines.events.model import TIME, Batch
from sekisho.engines.events.store.index import index_path
from sekisho.engines.events.store.manifest import Manifest, Segment, micro
from sekisho.engines.events.store.segments import SegmentWriter
from sekisho.errors import InputError, Unavailable

__all__ = ["Removal", "RetentionRule", "check_rules", "planned", "removed"]

_EVERY: Final = "*"
_MOST_DAYS: Final = 36_500


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """Events of ``source`` (``*`` for those without a rule of their own) are kept for ``days`` days."""

    source: str
    days: int


@dataclass(frozen=True, slots=True)
class Removal:
    """What a rule removes (or has removed): ``events`` before ``before`` of all ``held`` of the source."""

    source: str
    days: int
    before: datetime
    events: int
    held: int


@dataclass(frozen=True, slots=True)
class _Cut:
    segment: Segment
    before: datetime
    events: int


def check_rules(rules: Sequence[RetentionRule]) -> None:
    """Raises InputError ``events.retention_rule`` for a number of days out of range or two rules for one source."""
    seen: set[str] = set()
    for rule in rules:
        if not 1 <= rule.days <= _MOST_DAYS or rule.source in seen or not rule.source:
            raise InputError("events.retention_rule", source=rule.source, days=rule.days, most=_MOST_DAYS)
        seen.add(rule.source)


def _cuts(manifest: Manifest, rules: Sequence[RetentionRule], now: datetime) -> tuple[list[_Cut], list[Removal]]:
    by_source = {rule.source: rule for rule in rules}
    cuts: list[_Cut] = []
    held: dict[str, int] = {}
    gone: dict[str, int] = {}
    for segment in manifest.segments():
        source = segment.partition.source
        rule = by_source.get(source, by_source.get(_EVERY))
        if rule is None:
            continue
        before = now - timedelta(days=rule.days)
        events = _older(segment, before)
        held[source] = held.get(source, 0) + segment.rows
        gone[source] = gone.get(source, 0) + events
        if events:
            cuts.append(_Cut(segment, before, events))
    removals = []
    for source in sorted(held):
        rule = by_source.get(source) or by_source[_EVERY]
        removals.append(Removal(source, rule.days, now - timedelta(days=rule.days), gone[source], held[source]))
    return cuts, removals


def _older(segment: Segment, before: datetime) -> int:
    """How many events of a segment lie before a time."""
    timeless = segment.timeless if segment.written_at < before else 0
    if segment.time_min is None or segment.time_min >= before:
        return timeless
    if segment.time_max is not None and segment.time_max < before:
        return segment.rows - segment.timeless + timeless
    times = _read(segment, [TIME]).column(TIME).cast(pa.int64())
    older: int | None = pc.sum(pc.less(times, micro(before))).as_py()
    return (older or 0) + timeless


def _read(segment: Segment, columns: list[str] | None = None) -> pa.Table:
    try:
        return pq.ParquetFile(segment.path).read(columns=columns, use_threads=False)
    except (OSError, pa.ArrowException) as error:
        raise Unavailable("events.segment_unreadable", file=str(segment.path)) from error


def planned(manifest: Manifest, rules: Sequence[RetentionRule], now: datetime) -> list[Removal]:
    """What would be removed."""
    return _cuts(manifest, rules, now)[1]


def removed(folder: Path, manifest: Manifest, rules: Sequence[RetentionRule], now: datetime) -> list[Removal]:
    """Remove it: segments that are wholly older are deleted, others are written anew without what is older."""
    cuts, removals = _cuts(manifest, rules, now)
    writer = SegmentWriter(folder, f"{manifest.next_run():06d}", manifest.spellings(), now)
    kept: list[Segment] = []
    for cut in cuts:
        if cut.events < cut.segment.rows:
            kept += _rest(writer, cut)
    with manifest.transaction():
        manifest.drop_segments([cut.segment for cut in cuts])
        manifest.add_segments(kept)
        for one in removals:
            manifest.forget(one.source, one.before, one.events, now)
    for cut in cuts:
        cut.segment.path.unlink(missing_ok=True)
        index_path(cut.segment.path).unlink(missing_ok=True)
    return removals


def _rest(writer: SegmentWriter, cut: _Cut) -> list[Segment]:
    """The younger part of a segment, row group by row group."""
    writer.now = cut.segment.written_at
    file: Any = pq.ParquetFile(cut.segment.path)
    keep_timeless = cut.segment.written_at >= cut.before
    for group in range(file.num_row_groups):
        table = file.read_row_group(group, use_threads=False)
        times = table.column(TIME).cast(pa.int64())
        mask = pc.fill_null(pc.greater_equal(times, micro(cut.before)), fill_value=keep_timeless)
        younger = table.filter(mask)
        if younger.num_rows:
            writer.add(Batch(cut.segment.partition, younger))
    return writer.finish()
