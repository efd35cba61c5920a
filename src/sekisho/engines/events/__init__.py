"""Events: log files of every kind in, columns out, each event leading back to its line.

>>> for batch in read([Path("Security.evtx")]): ...                  # doctest: +SKIP
>>> Store(Path("store")).ingest([Path("logs")], now=now)              # doctest: +SKIP
"""

from __future__ import annotations

from sekisho.engines.arrow_alone import without_pandas
from sekisho.engines.events.model import (
    FILE,
    HOST,
    OFFSET,
    RECORD,
    SHA256,
    SYSTEM_COLUMNS,
    TIME,
    Batch,
    Partition,
    Reject,
)
from sekisho.engines.events.options import FileReport, Limits, Options, Report
from sekisho.engines.events.reading import read
from sekisho.engines.events.store import (
    Activity,
    Gap,
    Hit,
    Removal,
    RetentionRule,
    SearchResult,
    Segment,
    Store,
    StoredFile,
    StoredPartition,
    Term,
)

__all__ = [
    "FILE",
    "HOST",
    "OFFSET",
    "RECORD",
    "SHA256",
    "SYSTEM_COLUMNS",
    "TIME",
    "Activity",
    "Batch",
    "FileReport",
    "Gap",
    "Hit",
    "Limits",
    "Options",
    "Partition",
    "Reject",
    "Removal",
    "Report",
    "RetentionRule",
    "SearchResult",
    "Segment",
    "Store",
    "StoredFile",
    "StoredPartition",
    "Term",
    "read",
]

without_pandas()
