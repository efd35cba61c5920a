"""Data stores, scans and stock-taking over HTTP."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from ninja import Schema
from pydantic import Field

from sekisho.records.lifecycle.schemas.deletions import LifecycleVersionIn

__all__ = [
    "ChosenIn",
    "FoundDecidedOut",
    "FoundEntryOut",
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
]

_VERSION = Field(ge=0, le=2_000_000_000)


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
