"""Masking over HTTP: plans, a few rows before and after, runs with their proof."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

__all__ = [
    "MaskAskIn",
    "MaskPlanDetailOut",
    "MaskPlanEditIn",
    "MaskPlanEndIn",
    "MaskPlanIn",
    "MaskPlanOut",
    "MaskProposalOut",
    "MaskProposeIn",
    "MaskRunDetailOut",
    "MaskRunOut",
    "MaskSampleOut",
]

Version = Field(ge=0, le=2_000_000_000)


class MaskPlanOut(Schema):
    """A plan. ``is_approved``: it was, as it is now; ``last_*``: of the newest finished run, null before the first."""

    id: uuid.UUID
    organization_id: uuid.UUID
    name: str
    purpose: str
    source_store_id: uuid.UUID
    source: str
    target_store_id: uuid.UUID
    target: str
    digest: str
    is_approved: bool
    approved_by_id: uuid.UUID | None
    approved_at: datetime | None
    made_by_id: uuid.UUID | None
    made_at: datetime
    ended_at: datetime | None
    version: int
    last_at: datetime | None = None
    last_holds: bool | None = None


class MaskPlanDetailOut(MaskPlanOut):
    """A plan with its text (YAML, ``sekisho.masking_plan/1``)."""

    text: str


class MaskRunOut(Schema):
    """A run. ``digest``: of the plan as it ran; ``proof_holds`` is null until the run is done; done does not mean proven."""

    id: uuid.UUID
    plan_id: uuid.UUID
    digest: str
    state: str
    proof_holds: bool | None
    error: dict[str, Any] | None
    person_id: uuid.UUID | None
    at: datetime
    finished_at: datetime | None
    signed_by_id: uuid.UUID | None
    signed_at: datetime | None


class MaskRunDetailOut(MaskRunOut):
    """A run with the plan as it ran, what was written, and the proof. No value of the data is in any of them."""

    text: str
    result: dict[str, Any]
    proof: dict[str, Any]


class MaskProposalOut(Schema):
    """A plan as YAML, proposed from looking at the data; nothing of it is kept."""

    text: str


class MaskSampleColumnOut(Schema):
    """A column: some values before (partly hidden) and after; ``after`` is empty where the column is left out."""

    name: str
    action: str
    before: list[str | None]
    after: list[str | None]


class MaskSampleTableOut(Schema):
    """A table of the sample."""

    name: str
    columns: list[MaskSampleColumnOut]


class MaskSampleOut(Schema):
    """A few rows of each table."""

    tables: list[MaskSampleTableOut]


class MaskProposeIn(Schema):
    """The data to look at. ``source``: a path below the store's folder, or a schema of its database."""

    store: uuid.UUID
    source: str = Field("", max_length=1000)
    title: str = Field(max_length=400)
    recipient: str = Field("", max_length=400)


class _Facts(Schema):
    name: str = Field(max_length=400)
    purpose: str = Field("", max_length=1000)
    source: str = Field("", max_length=1000)
    target: str = Field("", max_length=1000)
    text: str = Field(max_length=500_000)


class MaskPlanIn(_Facts):
    """A plan to be kept; ``organization`` is its code. ``target`` may hold {date}: the time of the run."""

    organization: str = Field(max_length=64)
    source_store: uuid.UUID
    target_store: uuid.UUID


class MaskPlanEditIn(_Facts):
    """A plan as it is to be from now on; ``version`` is the one that was read."""

    version: int = Version


class MaskAskIn(Schema):
    """Why it is to run."""

    reason: str = Field(max_length=8000)
    version: int = Version


class MaskPlanEndIn(Schema):
    """The version that was read."""

    version: int = Version
