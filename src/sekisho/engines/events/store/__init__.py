"""The store of events: :class:`Store` and what it answers with."""

from __future__ import annotations

from sekisho.engines.events.store.manifest import Segment, StoredFile
from sekisho.engines.events.store.retention import Removal, RetentionRule
from sekisho.engines.events.store.search import Hit, SearchResult, Term
from sekisho.engines.events.store.store import Activity, Gap, Store, StoredPartition

__all__ = [
    "Activity",
    "Gap",
    "Hit",
    "Removal",
    "RetentionRule",
    "SearchResult",
    "Segment",
    "Store",
    "StoredFile",
    "StoredPartition",
    "Term",
]
