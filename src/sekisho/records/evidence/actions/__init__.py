"""Every write of evidence."""

from sekisho.records.evidence.actions.artifacts import artifact_store, erase_artifact, store_artifact
from sekisho.records.evidence.actions.ingest import BatchResult, ItemResult, receive_observations

__all__ = ["BatchResult", "ItemResult", "artifact_store", "erase_artifact", "receive_observations", "store_artifact"]
