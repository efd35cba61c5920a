"""Reads of evidence."""

from sekisho.records.evidence.queries.accepted import accepted_for_machine, accepted_snapshot, accepted_snapshots
from sekisho.records.evidence.queries.documents import Document, valid_documents
from sekisho.records.evidence.queries.findings import (
    SEVERITIES,
    finding,
    findings,
    open_by_engine,
    open_findings,
    severity_counts,
)
from sekisho.records.evidence.queries.lists import (
    artifact_for,
    evidence,
    evidence_state,
    evidence_with,
    ledger_entries,
    observation,
    observations,
    stale_soon,
    state_counts,
)
from sekisho.records.evidence.queries.measures import Figure, history, latest_measures, latest_observations

__all__ = [
    "SEVERITIES",
    "Document",
    "Figure",
    "accepted_for_machine",
    "accepted_snapshot",
    "accepted_snapshots",
    "artifact_for",
    "evidence",
    "evidence_state",
    "evidence_with",
    "finding",
    "findings",
    "history",
    "latest_measures",
    "latest_observations",
    "ledger_entries",
    "observation",
    "observations",
    "open_by_engine",
    "open_findings",
    "severity_counts",
    "stale_soon",
    "state_counts",
    "valid_documents",
]
