"""Assessments of re-identification over HTTP."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

__all__ = ["AssessIn", "AssessmentDetailOut", "AssessmentOut", "AssessmentSignIn", "DeclareIn"]

Version = Field(ge=0, le=2_000_000_000)


class AssessmentOut(Schema):
    """An assessment. ``digest``: of the table, which is not kept; ``counts``: duties by how far they are met."""

    id: uuid.UUID
    organization_id: uuid.UUID
    name: str
    file_name: str
    digest: str
    scheme: str
    k: int | None
    counts: dict[str, int]
    mask_run_id: uuid.UUID | None
    person_id: uuid.UUID | None
    at: datetime
    signed_by_id: uuid.UUID | None
    signed_at: datetime | None
    version: int


class AssessmentDetailOut(AssessmentOut):
    """An assessment with its figures, the proposal of roles, the duties, and what people declared for them.

    ``left_open``: duties that must be settled before the 保護管理者 can sign.
    """

    settings: dict[str, Any]
    assessment: dict[str, Any]
    proposal: dict[str, Any]
    checklist: dict[str, Any]
    declared: dict[str, Any]
    left_open: list[str]


class AssessIn(Schema):
    """The table and what is asked of it. Without ``quasi`` and ``sensitive`` the proposed columns are taken."""

    organization: str = Field(max_length=64)
    store: uuid.UUID
    name: str = Field(max_length=400)
    path: str = Field("", max_length=1000)
    scheme: str = Field(max_length=64)
    quasi: list[str] = Field([], max_length=100)
    sensitive: list[str] = Field([], max_length=100)
    k: int = Field(5, ge=1, le=10_000)
    l: float = Field(2, ge=1, le=10_000)  # noqa: E741 - the measure's name
    t: float = Field(0.5, ge=0, le=1)
    threshold: float = Field(0.2, ge=0, le=1)
    mask_run: uuid.UUID | None = None


class DeclareIn(Schema):
    """What was checked for a duty; an empty note takes the word back."""

    note: str = Field("", max_length=2000)
    version: int = Version


class AssessmentSignIn(Schema):
    """The version that was read."""

    version: int = Version
