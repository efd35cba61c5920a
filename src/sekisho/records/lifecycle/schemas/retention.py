"""The retention ledger over HTTP."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from ninja import Schema
from pydantic import Field

__all__ = [
    "ConsentIn",
    "ConsentOut",
    "HoldIn",
    "HoldOut",
    "OwnRuleIn",
    "OwnRuleOut",
    "RetentionEntryEditIn",
    "RetentionEntryIn",
    "RetentionEntryOut",
    "RetentionImportOut",
    "RetentionKindOut",
    "RetentionPlaceIn",
    "RetentionPlaceOut",
    "RetentionSettingIn",
    "RetentionSettingOut",
    "VersionedReasonIn",
]

_VERSION = Field(ge=0, le=2_000_000_000)


class VersionedReasonIn(Schema):
    """Why; ``version`` as it was read."""

    reason: str = Field(max_length=8000)
    version: int = _VERSION


class RetentionKindOut(Schema):
    """A kind of record: statutory, or the organisation's own. ``events``: the days that it may be told."""

    id: str
    title: str
    field: str
    basis: str
    rule_class: str
    value: int | None
    unit: str
    events: list[str]
    questions: list[str]
    statutory: bool
    verified: str


class RetentionPlaceOut(Schema):
    """One copy of an entry."""

    id: uuid.UUID
    kind: str
    label: str
    store_id: uuid.UUID | None
    locator: dict[str, Any]
    supplier_id: uuid.UUID | None
    quantity: str
    gone_at: datetime | None


class RetentionPlaceIn(Schema):
    """A copy to be named: ``locator`` is {path}, {prefix}, or {table, column, since, until, equals}."""

    kind: str = Field(max_length=16)
    label: str = Field(max_length=600)
    store: uuid.UUID | None = None
    locator: dict[str, Any] = {}
    supplier: uuid.UUID | None = None
    quantity: str = Field("", max_length=200)


class RetentionEntryOut(Schema):
    """Something that is kept. ``standing``: where it stands on the day asked for, with holds and open steps."""

    id: uuid.UUID
    organization_id: uuid.UUID
    subject_id: uuid.UUID | None
    number: str
    name: str
    description: str
    kinds: list[str]
    events: dict[str, date]
    answers: dict[str, bool]
    own_value: int | None
    own_unit: str
    personal: bool
    my_number: bool
    sensitive: bool
    public_record: bool
    classification_scheme: str
    confidentiality: str
    owner_id: uuid.UUID | None
    owner_role: str
    state: str
    outcome: str
    certain: bool
    last_day: date | None
    due_on: date | None
    delete_by: date | None
    standing: str
    overdue_days: int
    holds: list[str]
    steps_open: list[str]
    computed: dict[str, Any]
    note: str
    gone_at: datetime | None
    version: int


class _EntryFacts(Schema):
    name: str = Field(max_length=400)
    number: str = Field("", max_length=128)
    description: str = Field("", max_length=8000)
    subject: uuid.UUID | None = None
    kinds: list[str] = Field([], max_length=50)
    events: dict[str, date] = {}
    answers: dict[str, bool] = {}
    own_value: int | None = Field(None, ge=1, le=1000)
    own_unit: str = Field("year", max_length=8)
    personal: bool = False
    my_number: bool = False
    sensitive: bool = False
    public_record: bool = True
    classification_scheme: str = Field("", max_length=32)
    confidentiality: str = Field("", max_length=16)
    owner: uuid.UUID | None = None
    owner_role: str = Field("", max_length=32)
    note: str = Field("", max_length=8000)


class RetentionEntryIn(_EntryFacts):
    """An entry for the ledger of the organisation with this code, with its copies."""

    organization: str = Field(max_length=64)
    places: list[RetentionPlaceIn] = Field([], max_length=100)


class RetentionEntryEditIn(_EntryFacts):
    """What is said of an entry from now on; ``version`` as it was read."""

    version: int = _VERSION


class RetentionImportOut(Schema):
    """What an import would do, or did: the file's rows with what becomes of each."""

    applied: bool
    created: int
    updated: int
    same: int
    rows: list[dict[str, Any]]


class HoldOut(Schema):
    """A hold. ``released_at``: since when it holds no more."""

    id: uuid.UUID
    organization_id: uuid.UUID
    kind: str
    name: str
    reason: str
    kinds: list[str]
    text: str
    everything: bool
    entries: list[uuid.UUID]
    subjects: list[uuid.UUID]
    starts_on: date
    ends_on: date | None
    set_by_id: uuid.UUID | None
    set_at: datetime
    request_id: uuid.UUID | None
    released_at: datetime | None
    version: int


class HoldIn(Schema):
    """What is to stay; at least one of entries, subjects, kinds, text, everything names it."""

    organization: str = Field(max_length=64)
    kind: str = Field(max_length=16)
    name: str = Field(max_length=400)
    reason: str = Field(max_length=8000)
    starts_on: date
    ends_on: date | None = None
    entries: list[uuid.UUID] = Field([], max_length=1000)
    subjects: list[uuid.UUID] = Field([], max_length=1000)
    kinds: list[str] = Field([], max_length=50)
    text: str = Field("", max_length=400)
    everything: bool = False


class ConsentOut(Schema):
    """A consent, a decision, or a transfer."""

    id: uuid.UUID
    organization_id: uuid.UUID
    kind: str
    number: str
    decided_on: date
    document_id: uuid.UUID
    entries: list[uuid.UUID]
    archive: str
    note: str
    recorded_by_id: uuid.UUID | None
    recorded_at: datetime
    withdrawn_at: datetime | None


class ConsentIn(Schema):
    """What was decided about which entries, shown by which document."""

    organization: str = Field(max_length=64)
    kind: str = Field(max_length=24)
    number: str = Field(max_length=200)
    decided_on: date
    document: uuid.UUID
    entries: list[uuid.UUID] = Field(max_length=1000)
    archive: str = Field("", max_length=400)
    note: str = Field("", max_length=8000)


class OwnRuleOut(Schema):
    """A rule of the organisation's own."""

    id: uuid.UUID
    organization_id: uuid.UUID
    key: str
    title: str
    title_en: str
    rule_class: str
    value: int | None
    unit: str
    event: str
    start: str
    personal: str
    basis: str
    document_id: uuid.UUID | None
    state: str
    request_id: uuid.UUID | None
    approved_at: datetime | None
    ended_at: datetime | None
    version: int


class OwnRuleIn(Schema):
    """A rule to be asked for; ``reason`` for whoever approves it."""

    organization: str = Field(max_length=64)
    key: str = Field(max_length=64)
    title: str = Field(max_length=400)
    title_en: str = Field("", max_length=400)
    rule_class: str = Field("own_rule", max_length=16)
    value: int | None = Field(None, ge=1, le=73_000)
    unit: str = Field("year", max_length=8)
    event: str = Field(max_length=64)
    start: str = Field(max_length=32)
    personal: str = Field("none", max_length=16)
    basis: str = Field(max_length=600)
    document: uuid.UUID | None = None
    reason: str = Field(max_length=8000)


class RetentionSettingOut(Schema):
    """The end of the business year, and by how many months the tax return was put off."""

    year_end: str
    filing_months: int
    version: int


class RetentionSettingIn(Schema):
    """The same; ``version`` as it was read (0: nothing was said so far)."""

    organization: str = Field(max_length=64)
    year_end: str = Field("", max_length=16)
    filing_months: int = Field(0, ge=0, le=12)
    version: int = _VERSION
