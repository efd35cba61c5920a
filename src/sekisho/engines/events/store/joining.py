"""Many small segments of one partition become one: searching opens files, and each file costs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from sekisho.engines.events.model import Batch, Partition
from sekisho.engines.events.store.manifest import Manifest, Segment
from sekisho.engines.events.store.segments import GROUP_ROWS, SegmentWriter

__all__ = ["join_small"]

_SMALL: Final = 8 * GROUP_ROWS
_ENOUGH: Final = 24  # small segments of a partition from which joining is worth the writing


def join_small(folder: Path, manifest: Manifest, now: datetime) -> None:
    """Join the small segments of every partition that has enough of them. The store holds the same events before and after."""
    small: dict[Partition, list[Segment]] = {}
    for one in manifest.segments():
        if one.rows < _SMALL:
            key = Partition(one.partition.source, one.partition.channel, one.partition.event)
            small.setdefault(key, []).append(one)
    for whole, ones in small.items():
        if len(ones) >= _ENOUGH:
            _join(folder, manifest, whole, ones, now)


def _join(folder: Path, manifest: Manifest, whole: Partition, ones: list[Segment], now: datetime) -> None:
    """``written_at`` becomes the latest of them: events without time are kept a little longer, never shorter.

    The files that were joined are left for the next run to remove: somebody may be reading them.
    """
    latest = max(one.written_at for one in ones)
    writer = SegmentWriter(folder, f"{manifest.next_run():06d}", manifest.spellings(), min(latest, now))
    for one in ones:
        file = pq.ParquetFile(one.path)
        for group in range(file.num_row_groups):
            writer.add(Batch(whole, file.read_row_group(group, use_threads=False)))
    made = writer.finish()
    with manifest.transaction():
        manifest.drop_segments(ones)
        manifest.add_segments(made)
