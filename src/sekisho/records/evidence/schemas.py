"""What the API of this room says and takes."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from ninja import Schema

from sekisho.records.api_base import ReasonIn

__all__ = [
    "ArtifactOut",
    "BatchOut",
    "EvidenceOut",
    "FindingOut",
    "MeasureOut",
    "ObservationDetailOut",
    "ObservationOut",
    "ReasonIn",
    "ReviewIn",
    "VerificationOut",
]


class ArtifactOut(Schema):
    """Bytes in the store. ``erased_at`` is set when only this record is left of them."""

    sha256: str
    size: int
    media_type: str
    stored_at: datetime
    erased_at: datetime | None = None


class SaidOut(Schema):
    """A code with its fields and the sentence in the reader's language."""

    code: str
    message: str
    fields: dict[str, Any] = {}


class ItemOut(Schema):
    """What became of one observation: accepted, duplicate or refused (then with ``code``)."""

    content_id: str
    status: str
    code: str = ""
    message: str = ""
    fields: dict[str, Any] = {}
    problems: list[SaidOut] = []
    warnings: list[SaidOut] = []


class BatchOut(Schema):
    """The answer to a batch. A machine's next batch carries ``nonce``."""

    nonce: str = ""
    results: list[ItemOut]


class MeasureOut(Schema):
    """One figure of an observation."""

    key: str
    dimensions: dict[str, str]
    value: float | None
    numerator: float | None
    denominator: float | None
    coverage: float | None
    status: str
    reason: str
    held: bool


class ObservationOut(Schema):
    """A received observation."""

    id: uuid.UUID
    subject_id: uuid.UUID
    machine_id: uuid.UUID | None
    content_id: str
    engine: str
    engine_version: str
    collector: dict[str, Any]
    observed_at: datetime
    observed_offset: str
    received_at: datetime
    scope: list[str]
    parameters: dict[str, Any]


class ObservationDetailOut(ObservationOut):
    """With its figures and the artifacts that it names."""

    measures: list[MeasureOut]
    artifact_ids: list[str]


class EvidenceOut(Schema):
    """An observation or a document, with the period in which it may be relied on."""

    id: uuid.UUID
    organization_id: uuid.UUID
    subject_id: uuid.UUID
    kind: str
    observation_id: uuid.UUID | None
    artifact_id: str | None
    document_kind: str
    title: str
    file_name: str
    number: str
    note: str
    valid_from: datetime
    valid_until: datetime | None
    added_by_id: uuid.UUID | None
    added_at: datetime
    reviewed_by_id: uuid.UUID | None
    reviewed_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_reason: str


class VerificationOut(Schema):
    """Whether the bytes behind an evidence are here and still have their hash."""

    sha256: str
    matches: bool
    erased: bool


class FindingOut(Schema):
    """A finding with its sentence in the reader's language."""

    id: uuid.UUID
    organization_id: uuid.UUID
    subject_id: uuid.UUID
    engine: str
    fingerprint: str
    code: str
    message: str
    fields: dict[str, Any]
    severity: str
    scope: str
    location: str
    references: list[str]
    first_seen_at: datetime
    last_seen_at: datetime
    closed_at: datetime | None


class ReviewIn(Schema):
    """A remark of the reviewer."""

    note: str = ""
