"""What leak scans look like over HTTP."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import Field

__all__ = [
    "LeakDecisionIn",
    "LeakDecisionOut",
    "LeakPlaceOut",
    "LeakPlanDetailOut",
    "LeakPlanEditIn",
    "LeakPlanIn",
    "LeakPlanOut",
    "LeakScanOut",
]


class LeakPlanOut(Schema):
    """A plan. ``wrong``: places to be treated, ``open``: all places; both are null before the first run."""

    id: uuid.UUID
    organization_id: uuid.UUID
    store_id: uuid.UUID
    name: str
    production: bool
    kinds: list[str]
    names: bool
    threshold: float
    excluded: list[str]
    every: str
    next_at: datetime | None
    treat_days: int
    owner_id: uuid.UUID | None
    owner_role: str
    ended_at: datetime | None
    version: int
    last_at: datetime | None = None
    wrong: int | None = None
    open: int | None = None


class LeakDecisionOut(Schema):
    """What may lie where, and until when."""

    id: uuid.UUID
    pattern: str
    kinds: list[str]
    mistaken: bool
    reason: str
    until: date
    at: datetime
    ended_at: datetime | None


class LeakPlanDetailOut(LeakPlanOut):
    """A plan with its own rules and its decisions."""

    rules: str
    decisions: list[LeakDecisionOut]


class LeakScanOut(Schema):
    """A run. ``report``: counts; ``problems``: what could not be read."""

    id: uuid.UUID
    plan_id: uuid.UUID
    production: bool
    state: str
    report: dict[str, Any]
    problems: list[dict[str, Any]]
    error: dict[str, Any] | None
    at: datetime
    finished_at: datetime | None


class LeakPlaceOut(Schema):
    """A place with counts by kind; no value of it is kept."""

    id: uuid.UUID
    path: str
    kinds: dict[str, int]
    total: int
    first_seen_at: datetime
    last_seen_at: datetime
    treated_at: datetime | None
    decision_id: uuid.UUID | None


class _Facts(Schema):
    name: str = Field(max_length=400)
    production: bool = False
    kinds: list[str] = Field([], max_length=60)
    names: bool = True
    threshold: float = Field(0.5, gt=0, le=1)
    excluded: list[str] = Field([], max_length=200)
    rules: str = Field("", max_length=200_000)
    every: Literal["once", "daily", "weekly", "monthly"] = "monthly"
    treat_days: int = Field(30, ge=1, le=366)
    owner: uuid.UUID | None = None
    owner_role: str = Field("", max_length=32)


class LeakPlanIn(_Facts):
    """A plan for a store."""

    store: uuid.UUID


class LeakPlanEditIn(_Facts):
    """A plan as it is to be from now on; ``version`` is the one that was read."""

    version: int = Field(ge=0, le=2_000_000_000)


class LeakDecisionIn(Schema):
    """What may lie where; ``mistaken``: nothing is there, the scan errs."""

    pattern: str = Field(max_length=600)
    kinds: list[str] = Field([], max_length=60)
    mistaken: bool = False
    reason: str = Field(max_length=8000)
    until: date
