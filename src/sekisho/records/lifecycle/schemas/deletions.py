"""Deletions, certificates, automatic deletion, stores, scans and stock-taking over HTTP."""

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
    "ChosenIn",
    "DeletionIn",
    "DeletionLimits",
    "DeletionOut",
    "ErasedPlaceOut",
    "ExecuteIn",
    "FoundDecidedOut",
    "FoundEntryOut",
    "LifecycleVersionIn",
    "MeasureIn",
    "OrderIn",
    "OrderOut",
    "RecordIn",
    "ScanRuleIn",
    "ScanRuleOut",
    "StockAnswerIn",
    "StockAnswerOut",
    "StockCloseIn",
    "StockIn",
    "StockOut",
    "StoreEditIn",
    "StoreIn",
    "StoreOut",
    "StoreScanOut",
    "StoreSecretIn",
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


class _StoreFacts(Schema):
    name: str = Field(max_length=400)
    kind: str = Field(max_length=16)
    address: str = Field(max_length=1000)
    bucket: str = Field("", max_length=200)
    region: str = Field("", max_length=128)
    login: str = Field("", max_length=400)
    subject: uuid.UUID | None = None
    note: str = Field("", max_length=8000)


class StoreIn(_StoreFacts):
    """A store to be registered."""

    organization: str = Field(max_length=64)


class StoreEditIn(_StoreFacts):
    """What is said of a store from now on; ``version`` as it was read."""

    version: int = _VERSION


class StoreOut(Schema):
    """A store; its secret is never shown."""

    id: uuid.UUID
    organization_id: uuid.UUID
    name: str
    kind: str
    address: str
    bucket: str
    region: str
    login: str
    secret_set_at: datetime | None
    subject_id: uuid.UUID | None
    note: str
    retired_at: datetime | None
    version: int


class StoreSecretIn(Schema):
    """A password or secret key; empty: forget it."""

    secret: str = Field(max_length=8000)


class ScanRuleIn(Schema):
    """What lies where."""

    name: str = Field(max_length=400)
    pattern: str = Field(max_length=600)
    group: str = Field(max_length=16)
    kinds: list[str] = Field([], max_length=50)
    event: str = Field("", max_length=64)
    date_source: str = Field("none", max_length=16)
    column: str = Field("", max_length=200)
    fixed_on: date | None = None
    personal: bool = False
    my_number: bool = False
    sensitive: bool = False
    public_record: bool = True
    owner_role: str = Field("", max_length=32)


class ScanRuleOut(Schema):
    """A rule of a store."""

    id: uuid.UUID
    store_id: uuid.UUID
    name: str
    pattern: str
    group: str
    kinds: list[str]
    event: str
    date_source: str
    column: str
    fixed_on: date | None
    personal: bool
    my_number: bool
    sensitive: bool
    public_record: bool
    owner_role: str
    ended_at: datetime | None
    version: int


class StoreScanOut(Schema):
    """One scan."""

    id: uuid.UUID
    store_id: uuid.UUID
    job_id: uuid.UUID | None
    state: str
    report: dict[str, Any]
    error: dict[str, Any] | None
    at: datetime
    finished_at: datetime | None


class FoundEntryOut(Schema):
    """What a scan proposes."""

    id: uuid.UUID
    rule_id: uuid.UUID
    label: str
    locator: dict[str, Any]
    day: date | None
    count: int
    size: int
    state: str
    entry_id: uuid.UUID | None


class ChosenIn(Schema):
    """Which of the proposals."""

    found: list[uuid.UUID] = Field(min_length=1, max_length=1000)


class FoundDecidedOut(Schema):
    """How many were entered into the ledger or put aside."""

    count: int
    entries: list[uuid.UUID] = []


class StockIn(Schema):
    """A stock-taking to be started."""

    organization: str = Field(max_length=64)
    title: str = Field(max_length=400)
    due_on: date


class StockOut(Schema):
    """A stock-taking with how many are answered."""

    id: uuid.UUID
    organization_id: uuid.UUID
    title: str
    due_on: date
    started_at: datetime
    closed_at: datetime | None
    conclusion: str
    result: dict[str, int]
    total: int = 0
    unanswered: int = 0
    version: int


class StockAnswerOut(Schema):
    """What was found of one entry."""

    id: uuid.UUID
    taking_id: uuid.UUID
    entry_id: uuid.UUID
    answer: str
    moved_to: str
    note: str
    answered_by_id: uuid.UUID | None
    answered_at: datetime | None
    version: int


class StockAnswerIn(LifecycleVersionIn):
    """What was found."""

    answer: str = Field(max_length=16)
    moved_to: str = Field("", max_length=600)
    note: str = Field("", max_length=8000)


class StockCloseIn(LifecycleVersionIn):
    """What it came to."""

    conclusion: str = Field(max_length=8000)


class MeasureIn(Schema):
    """Of which organisation."""

    organization: str = Field(max_length=64)
