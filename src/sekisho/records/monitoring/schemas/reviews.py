"""Plans, reviews and rules over HTTP."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

__all__ = [
    "LogReviewDetailOut",
    "LogReviewIn",
    "LogReviewNotesIn",
    "LogReviewOut",
    "LogRuleOut",
    "LogRuleSettingIn",
    "LogRuleSettingOut",
    "ReviewPlanEditIn",
    "ReviewPlanIn",
    "ReviewPlanOut",
    "SigmaPreviewOut",
    "SigmaSetOut",
    "SigmaSwitchIn",
]


class ReviewPlanOut(Schema):
    """What is reviewed, how often, by whom, for which purpose (cause, discovery, prevention)."""

    id: uuid.UUID
    organization_id: uuid.UUID
    title: str
    purpose: str
    sources: list[uuid.UUID]
    every: str
    owner_id: uuid.UUID | None
    owner_role: str
    basis: str
    reviewed_until: datetime
    due_at: datetime
    ended_at: datetime | None
    version: int


class _PlanFacts(Schema):
    title: str = Field(max_length=400)
    purpose: str = Field(max_length=32)
    sources: list[uuid.UUID] = Field(max_length=500)
    every: str = Field(max_length=32)
    owner: uuid.UUID | None = None
    owner_role: str = Field("", max_length=32)
    basis: str = Field("", max_length=400)


class ReviewPlanIn(_PlanFacts):
    """A plan; its first review covers the time from ``starts_at`` (now)."""

    organization: str = Field(max_length=64)
    starts_at: datetime | None = None


class ReviewPlanEditIn(_PlanFacts):
    """What is planned from now on; ``version`` as it was read."""

    version: int = Field(ge=1, le=2_000_000_000)


class LogReviewOut(Schema):
    """A review; ``found``: how many findings its run saw."""

    id: uuid.UUID
    organization_id: uuid.UUID
    plan_id: uuid.UUID | None
    title: str
    purpose: str
    period_start: datetime
    period_end: datetime
    due_at: datetime | None
    state: str
    job_id: uuid.UUID | None
    found: int
    started_by_id: uuid.UUID | None
    started_at: datetime
    finished_by_id: uuid.UUID | None
    finished_at: datetime | None
    version: int


class LogReviewDetailOut(LogReviewOut):
    """A review with what its run saw and did not (``explanation``), courses and remarks."""

    sources: list[uuid.UUID]
    explanation: dict[str, Any]
    coverage: dict[str, Any]
    trends: list[dict[str, Any]]
    notes: str
    evidence: list[uuid.UUID]


class LogReviewIn(Schema):
    """A review beside the plans; the period is half open."""

    organization: str = Field(max_length=64)
    title: str = Field(max_length=400)
    purpose: str = Field(max_length=32)
    sources: list[uuid.UUID] = Field(max_length=500)
    since: datetime
    until: datetime


class LogReviewNotesIn(Schema):
    """The remarks; ``version`` as it was read."""

    notes: str = Field(max_length=40_000)
    version: int = Field(ge=1, le=2_000_000_000)


class LogRuleOut(Schema):
    """A rule that comes with Sekisho, as the organisation uses it. ``sign``: indication 兆候 or precursor 予兆."""

    id: str
    title: dict[str, str]
    purpose: str
    sign: str
    severity: str
    controls: list[str]
    is_on: bool
    limits: dict[str, float]
    included_limits: dict[str, float]
    reason: str


class LogRuleSettingIn(Schema):
    """Switch a rule, or give it other limits."""

    organization: str = Field(max_length=64)
    is_on: bool = True
    limits: dict[str, float] = Field(default_factory=dict, max_length=20)
    reason: str = Field(max_length=8000)


class LogRuleSettingOut(Schema):
    """One change on a rule; the present one has no ``superseded_at``."""

    id: uuid.UUID
    rule: str
    is_on: bool
    limits: dict[str, float]
    reason: str
    person_id: uuid.UUID | None
    at: datetime
    superseded_at: datetime | None


class SigmaPreviewOut(Schema):
    """What a file of Sigma rules would give; nothing is written."""

    files: int
    rules: list[dict[str, Any]]
    unsupported: list[dict[str, Any]]


class SigmaSetOut(Schema):
    """Uploaded Sigma rules."""

    id: uuid.UUID
    organization_id: uuid.UUID
    name: str
    number: int
    sha256: str = Field(alias="content_id")
    file_name: str
    is_on: bool
    reason: str
    outcome: dict[str, Any]
    at: datetime
    superseded_at: datetime | None


class SigmaSwitchIn(Schema):
    """On or off, and why."""

    is_on: bool
    reason: str = Field(max_length=8000)
