"""Small rules and events that the tests make themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from sekisho.engines.detection.sigma import Detection, Review, RuleSet, compile_rules
from sekisho.engines.events import FILE, HOST, OFFSET, RECORD, SHA256, TIME, Batch, Partition

SYSMON = Partition("windows", "Microsoft-Windows-Sysmon/Operational", "1")
START = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
Row = Mapping[str, Any]


def rule(detection: str, *, logsource: str = "category: process_creation", title: str = "t", extra: str = "") -> str:
    """A rule around an indented ``detection`` block."""
    block = "\n".join(f"  {line}" for line in detection.strip("\n").splitlines())
    return f"title: {title}\nlogsource:\n  product: windows\n  {logsource}\ndetection:\n{block}\nlevel: low\n{extra}"


def rules(*texts: str, placeholders: Mapping[str, Sequence[str]] | None = None) -> RuleSet:
    """A rule set of files r0.yml, r1.yml …"""
    return compile_rules([(f"r{n}.yml", text.encode()) for n, text in enumerate(texts)], placeholders=placeholders)


def table(rows: Sequence[Row], *, start: datetime | None = START, step: int = 1) -> pa.Table:
    """Events with record ids from 1; ``_time`` of a row is in seconds after ``start``."""
    names = list(dict.fromkeys(name for row in rows for name in row if not name.startswith("_")))
    micros = int(start.timestamp() * 1_000_000) if start is not None else None
    times = [None if micros is None else micros + row.get("_time", n * step) * 1_000_000 for n, row in enumerate(rows)]
    columns: dict[str, pa.Array] = {
        TIME: pa.array(times, pa.int64()).cast(pa.timestamp("us", tz="UTC")),
        OFFSET: pa.array([0] * len(rows), pa.int16()),
        FILE: pa.array([row.get("_file", "a.evtx") for row in rows], pa.string()),
        SHA256: pa.array(["0" * 64] * len(rows), pa.string()),
        RECORD: pa.array([row.get("_record", n + 1) for n, row in enumerate(rows)], pa.int64()),
        HOST: pa.array(["pc"] * len(rows), pa.string()),
    }
    columns |= {name: pa.array([row.get(name) for row in rows], pa.string()) for name in names}
    return pa.table(columns)


def batch(rows: Sequence[Row], partition: Partition = SYSMON, **options: Any) -> Batch:
    """A batch of ``rows``."""
    return Batch(partition, table(rows, **options))


def found(made: RuleSet, *batches: Batch) -> list[Detection]:
    """All findings of a review."""
    review = Review(made)
    return [one for each in batches for one in review.feed(each)] + review.finish()


def records(made: RuleSet, *batches: Batch) -> list[int | None]:
    """The records of all findings."""
    return [one.record for one in found(made, *batches)]
