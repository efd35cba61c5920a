"""The store of events: :class:`Store` and what it answers with."""

from __future__ import annotations

from sekisho.engines.events.store.manifest import Segment, StoredFile
from sekisho.engines.events.store.search import Hit, SearchResult, Term
from sekisho.engines.events.store.store import Store, StoredPartition

__all__ = ["Hit", "SearchResult", "Segment", "Store", "StoredFile", "StoredPartition", "Term"]
