"""Every write of evidence."""

from sekisho.records.evidence.actions.accepted import SNAPSHOT_NAME, accept_snapshot
from sekisho.records.evidence.actions.artifacts import artifact_store, erase_artifact, seal, store_artifact
from sekisho.records.evidence.actions.bundles import receive_bundle
from sekisho.records.evidence.actions.documents import (
    add_document,
    link_requirements,
    review_document,
    withdraw_evidence,
)
from sekisho.records.evidence.actions.ingest import BatchResult, ItemResult, read_envelope, receive_observations

__all__ = [
    "SNAPSHOT_NAME",
    "BatchResult",
    "ItemResult",
    "accept_snapshot",
    "add_document",
    "artifact_store",
    "erase_artifact",
    "link_requirements",
    "read_envelope",
    "receive_bundle",
    "receive_observations",
    "review_document",
    "seal",
    "store_artifact",
    "withdraw_evidence",
]
