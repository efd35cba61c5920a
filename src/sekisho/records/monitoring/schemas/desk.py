"""Findings, searches and the watching of staff over HTTP."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from ninja import Schema
from pydantic import Field

__all__ = [
    "LogFindingAssignIn",
    "LogFindingDetailOut",
    "LogFindingOut",
    "LogSearchIn",
    "LogSearchOut",
    "LogSuppressIn",
    "LogSuppressionOut",
    "LogTrailCloseIn",
    "LogTrailIn",
    "LogTrailNoteIn",
    "LogTrailOut",
    "LogTrailStepOut",
    "LogTriageIn",
    "LogTriageManyIn",
    "StaffBasisIn",
    "StaffBasisOut",
    "StaffSearchIn",
    "StaffSearchOut",
]


class LogFindingOut(Schema):
    """A finding: a rule and an entity. ``sign``: indication 兆候 (has happened) or precursor 予兆 (has not happened yet)."""

    id: uuid.UUID
    organization_id: uuid.UUID
    source_id: uuid.UUID | None
    rule: str
    rule_title: dict[str, str]
    origin: str
    purpose: str
    sign: str
    severity: str
    entity_kind: str
    entity: str
    code: str
    text: str
    controls: list[str]
    count: int
    first_at: datetime
    last_at: datetime
    opened_at: datetime
    state: str
    assignee_id: uuid.UUID | None
    suppressed_by_id: uuid.UUID | None
    triaged_at: datetime | None
    closed_at: datetime | None
    version: int


class LogFindingNoteOut(Schema):
    """What somebody wrote or decided."""

    state_before: str
    state_after: str
    text: str
    person_id: uuid.UUID | None
    at: datetime


class LogFindingDetailOut(LogFindingOut):
    """A finding with the events behind it (for those only who may search logs) and what people said."""

    events: list[dict[str, Any]]
    notes: list[LogFindingNoteOut]


class LogTriageIn(Schema):
    """What it is (new, looking, incident, no_problem, accepted) and why; ``version`` as it was read."""

    state: str = Field(max_length=20)
    text: str = Field("", max_length=8000)
    version: int = Field(ge=1, le=2_000_000_000)


class LogTriageManyIn(Schema):
    """The same for several: finding → version as it was read."""

    organization: str = Field(max_length=64)
    versions: dict[uuid.UUID, int] = Field(max_length=500)
    state: str = Field(max_length=20)
    text: str = Field("", max_length=8000)


class LogFindingAssignIn(Schema):
    """Who looks at it (null: nobody)."""

    person: uuid.UUID | None = None


class LogSuppressIn(Schema):
    """What needs no look, why, until when."""

    organization: str = Field(max_length=64)
    rule: str = Field("", max_length=400)
    entity: str = Field("", max_length=600)
    reason: str = Field(max_length=8000)
    expires_at: datetime


class LogSuppressionOut(Schema):
    """A suppression; ``held``: findings that it holds back."""

    id: uuid.UUID
    organization_id: uuid.UUID
    rule: str
    entity: str
    reason: str
    expires_at: datetime
    person_id: uuid.UUID | None
    at: datetime
    ended_at: datetime | None
    held: int = 0


class LogSearchIn(Schema):
    """``text``: words anywhere; ``fields``: [field, value] pairs; the period is half open. In ``trail`` it is kept as a step."""

    organization: str = Field(max_length=64)
    text: str = Field("", max_length=600)
    fields: list[tuple[str, str]] = Field(default_factory=list, max_length=50)
    sources: list[uuid.UUID] = Field(default_factory=list, max_length=500)
    since: datetime | None = None
    until: datetime | None = None
    trail: uuid.UUID | None = None
    limit: int = Field(50, ge=1, le=1000)
    offset: int = Field(0, ge=0, le=100_000)


class LogEventOut(Schema):
    """One event with its way back to the line."""

    time: datetime | None
    source_id: uuid.UUID
    host: str
    file: str
    sha256: str
    record: int | None
    channel: str
    event: str
    fields: dict[str, str]


class LogSearchOut(Schema):
    """A page of events, newest first; ``bars``: counts over the whole period; ``looked_at``: events searched."""

    total: int
    looked_at: int
    first_at: datetime | None
    last_at: datetime | None
    events: list[LogEventOut]
    bars: list[tuple[datetime, int]]
    step: int | None


class LogTrailIn(Schema):
    """An investigation, perhaps of a finding."""

    organization: str = Field(max_length=64)
    title: str = Field(max_length=400)
    alert: uuid.UUID | None = None


class LogTrailOut(Schema):
    """An investigation; ``evidence_id`` once it is over."""

    id: uuid.UUID
    organization_id: uuid.UUID
    title: str
    alert_id: uuid.UUID | None
    person_id: uuid.UUID | None
    conclusion: str
    evidence_id: uuid.UUID | None
    opened_at: datetime
    closed_at: datetime | None


class LogTrailStepOut(Schema):
    """One search of an investigation."""

    position: int
    query: dict[str, Any]
    found: int
    first_at: datetime | None
    last_at: datetime | None
    note: str
    person_id: uuid.UUID | None
    at: datetime


class LogTrailNoteIn(Schema):
    """What a search showed."""

    note: str = Field(max_length=8000)


class LogTrailCloseIn(Schema):
    """What came of it."""

    conclusion: str = Field(max_length=40_000)


class StaffBasisOut(Schema):
    """Why staff may be watched; ``state``: asked, refused, future, active, expired, ended."""

    id: uuid.UUID
    organization_id: uuid.UUID
    purpose: str
    rule_document_id: uuid.UUID
    notice_document_id: uuid.UUID
    noticed_on: date
    starts_on: date
    ends_on: date
    request_id: uuid.UUID | None
    asked_by_id: uuid.UUID | None
    approved_by_id: uuid.UUID | None
    approved_at: datetime | None
    ended_at: datetime | None
    state: str


class StaffBasisIn(Schema):
    """A basis for which approval is asked."""

    organization: str = Field(max_length=64)
    purpose: str = Field(max_length=8000)
    rule_document: uuid.UUID
    notice_document: uuid.UUID
    noticed_on: date
    starts_on: date
    ends_on: date
    reason: str = Field(max_length=8000)


class StaffSearchIn(Schema):
    """Whose door and log-in records are joined (empty: everybody's), and why."""

    basis: uuid.UUID
    about: str = Field("", max_length=400)
    since: datetime
    until: datetime
    reason: str = Field(max_length=8000)


class StaffSearchOut(Schema):
    """A search that was made; ``result`` only for those who may search themselves."""

    id: uuid.UUID
    organization_id: uuid.UUID
    basis_id: uuid.UUID
    about: str
    since: datetime
    until: datetime
    reason: str
    found: int
    person_id: uuid.UUID | None
    at: datetime
    result: dict[str, Any] | None = None
