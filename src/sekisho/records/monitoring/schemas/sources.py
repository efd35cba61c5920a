"""Sources and readings over HTTP."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

__all__ = ["LogIngestionOut", "LogSourceEditIn", "LogSourceIn", "LogSourceOut", "PremisesEntryOut"]


class LogSourceOut(Schema):
    """A source of logs; ``silent_hours`` is set when it is silent for longer than its rhythm."""

    id: uuid.UUID
    organization_id: uuid.UUID
    subject_id: uuid.UUID | None
    name: str
    kind: str
    owner_id: uuid.UUID | None
    owner_role: str
    rhythm_hours: int
    retention_days: int
    time_zone: str
    encoding: str
    watches_folder: bool
    note: str
    events: int
    first_event_at: datetime | None
    last_event_at: datetime | None
    last_ingested_at: datetime | None
    silent_hours: int | None
    retired_at: datetime | None
    version: int


class _Facts(Schema):
    name: str = Field(max_length=400)
    kind: str = Field("", max_length=64)
    subject: uuid.UUID | None = None
    owner: uuid.UUID | None = None
    owner_role: str = Field("", max_length=32)
    rhythm_hours: int = Field(24, ge=1, le=9600)
    retention_days: int = Field(365, ge=1, le=10_980)
    time_zone: str = Field("Asia/Tokyo", max_length=64)
    encoding: str = Field("", max_length=32)
    watches_folder: bool = False
    note: str = Field("", max_length=8000)


class LogSourceIn(_Facts):
    """A source to be registered; ``organization`` is its code. It is owned by a person (``owner``) or a role."""

    organization: str = Field(max_length=64)


class LogSourceEditIn(_Facts):
    """What is said of a source from now on; ``version`` as it was read."""

    version: int = Field(ge=1, le=2_000_000_000)


class LogIngestionOut(Schema):
    """One reading; ``report``: read, doubled, rejected, places of what could not be read, period, gaps."""

    id: uuid.UUID
    source_id: uuid.UUID
    job_id: uuid.UUID | None
    way: str
    state: str
    files: list[dict[str, Any]]
    report: dict[str, Any]
    error: dict[str, Any] | None
    person_id: uuid.UUID | None
    machine_id: uuid.UUID | None
    at: datetime
    finished_at: datetime | None


class PremisesEntryOut(Schema):
    """One line of the register of buildings and cards."""

    kind: str
    key: str
    value: str
    more: str
