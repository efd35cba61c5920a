"""Deletions, certificates and automatic deletion over HTTP."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from ninja import Schema
from pydantic import Field

__all__ = [
    "CertificateIn",
    "CertificateOut",
    "CheckOut",
    "DeletionIn",
    "DeletionLimits",
    "DeletionOut",
    "ErasedPlaceOut",
    "ExecuteIn",
    "LifecycleVersionIn",
    "MeasureIn",
    "OrderIn",
    "OrderOut",
    "RecordIn",
    "SupplierIn",
    "VerifiedOut",
]

_VERSION = Field(ge=0, le=2_000_000_000)


class LifecycleVersionIn(Schema):
    """``version`` as it was read."""

    version: int = _VERSION


class ExecuteIn(LifecycleVersionIn):
    """``number`` of the deletion, as a confirmation."""

    number: str = Field(max_length=32)


class DeletionLimits(Schema):
    """The most that one run may delete; what is not given is as usual."""

    most_files: int | None = Field(None, ge=1, le=1_000_000)
    most_bytes: int | None = Field(None, ge=1, le=10**15)
    most_rows: int | None = Field(None, ge=1, le=100_000_000)
    most_objects: int | None = Field(None, ge=1, le=10_000_000)


class DeletionIn(Schema):
    """A deletion to be planned."""

    organization: str = Field(max_length=64)
    title: str = Field(max_length=400)
    reason: str = Field(max_length=8000)
    entries: list[uuid.UUID] = Field(min_length=1, max_length=2000)
    method: str = Field("clear", max_length=16)
    limits: DeletionLimits | None = None
    restore_days: int = Field(0, ge=0, le=90)


class DeletionOut(Schema):
    """A deletion; ``obstacles``: what stands in its way now (empty in lists)."""

    id: uuid.UUID
    organization_id: uuid.UUID
    number: str
    title: str
    reason: str
    method: str
    automatic_id: uuid.UUID | None
    limits: dict[str, int]
    restore_days: int
    restore_until: datetime | None
    state: str
    dry_run: dict[str, Any]
    dry_run_at: datetime | None
    request_id: uuid.UUID | None
    approved_at: datetime | None
    approved_by_id: uuid.UUID | None
    job_id: uuid.UUID | None
    executed_at: datetime | None
    executed_by_id: uuid.UUID | None
    stopped: dict[str, Any]
    requested_by_id: uuid.UUID | None
    finished_at: datetime | None
    obstacles: list[dict[str, Any]] = []
    version: int


class ErasedPlaceOut(Schema):
    """What became of one copy."""

    id: uuid.UUID
    entry_id: uuid.UUID
    place_id: uuid.UUID
    kind: str
    label: str
    state: str
    achieved: str
    listing: dict[str, Any]
    outcome: dict[str, Any]
    verified: dict[str, Any]
    facts: dict[str, Any]
    requested_on: date | None
    done_on: date | None
    document_id: uuid.UUID | None
    report: str
    version: int


class SupplierIn(LifecycleVersionIn):
    """When and how the supplier was asked."""

    requested_on: date
    how: str = Field(max_length=1000)


class RecordIn(LifecycleVersionIn):
    """What people destroyed: every field that the record of that medium needs."""

    done_on: date
    method: str = Field("destroy", max_length=16)
    quantity: str = Field("", max_length=1000)
    serial: str = Field("", max_length=1000)
    how: str = Field("", max_length=1000)
    tool: str = Field("", max_length=1000)
    done_by: str = Field("", max_length=1000)
    witness: str = Field("", max_length=1000)
    document: uuid.UUID | None = None


class VerifiedOut(Schema):
    """How many copies are gone, left, known to people only, not reached."""

    gone: int
    left: int
    not_checked: int
    unreachable: int


class CertificateIn(LifecycleVersionIn):
    """Who saw it, and in which language it is written."""

    witness: str = Field(max_length=400)
    language: str = Field("ja", max_length=2)


class CertificateOut(Schema):
    """A certificate; ``proof`` is computed anew (not in lists)."""

    id: uuid.UUID
    organization_id: uuid.UUID
    deletion_id: uuid.UUID
    number: str
    facts: dict[str, Any]
    sha256: str
    sequence: int
    issued_by_id: uuid.UUID | None
    issued_at: datetime
    renderings: dict[str, str]
    proof: dict[str, Any] | None = None


class CheckOut(Schema):
    """The format of the issued file that the bytes are; empty when they are none of them."""

    format: str


class OrderIn(Schema):
    """Automatic deletion to be asked for."""

    organization: str = Field(max_length=64)
    name: str = Field(max_length=400)
    reason: str = Field(max_length=8000)
    kinds: list[str] = Field([], max_length=50)
    store: uuid.UUID | None = None
    subject: uuid.UUID | None = None
    every_days: int = Field(1, ge=1, le=366)
    method: str = Field("clear", max_length=16)
    limits: DeletionLimits | None = None


class OrderOut(Schema):
    """A standing order and what its last run came to."""

    id: uuid.UUID
    organization_id: uuid.UUID
    name: str
    reason: str
    kinds: list[str]
    store_id: uuid.UUID | None
    subject_id: uuid.UUID | None
    every_days: int
    method: str
    limits: dict[str, int]
    request_id: uuid.UUID | None
    approved_at: datetime | None
    ended_at: datetime | None
    last_run_at: datetime | None
    last_result: dict[str, Any]
    version: int


class MeasureIn(Schema):
    """Of which organisation."""

    organization: str = Field(max_length=64)
