"""What is handed out of production, over HTTP."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Literal

from ninja import Schema
from pydantic import Field

__all__ = [
    "HandoverAskIn",
    "HandoverDetailOut",
    "HandoverEditIn",
    "HandoverEndIn",
    "HandoverGiveIn",
    "HandoverIn",
    "HandoverOut",
]

Version = Field(ge=0, le=2_000_000_000)


class HandoverOut(Schema):
    """A handover."""

    id: uuid.UUID
    organization_id: uuid.UUID
    number: str
    title: str
    content: str
    purpose: str
    recipient: str
    supplier_id: uuid.UUID | None
    personal: bool
    my_number: bool
    mask_run_id: uuid.UUID | None
    assessment_id: uuid.UUID | None
    pledge_id: uuid.UUID | None
    back_on: date | None
    state: str
    request_id: uuid.UUID | None
    approved_at: datetime | None
    given_on: date | None
    given_how: str
    ended_on: date | None
    ended_how: str
    ended_note: str
    version: int


class HandoverDetailOut(HandoverOut):
    """A handover with what is missing before it may be handed out (codes ``lifecycle.gap_*``)."""

    missing: list[str]


class _Facts(Schema):
    title: str = Field(max_length=400)
    content: Literal["synthetic", "masked", "real"]
    purpose: str = Field(max_length=1000)
    recipient: str = Field(max_length=400)
    supplier: uuid.UUID | None = None
    personal: bool = False
    my_number: bool = False
    mask_run: uuid.UUID | None = None
    assessment: uuid.UUID | None = None
    pledge: uuid.UUID | None = None
    back_on: date | None = None


class HandoverIn(_Facts):
    """A handover to be recorded; ``organization`` is its code."""

    organization: str = Field(max_length=64)


class HandoverEditIn(_Facts):
    """A handover as it is to be from now on."""

    version: int = Version


class HandoverAskIn(Schema):
    """Why."""

    reason: str = Field(max_length=8000)
    version: int = Version


class HandoverGiveIn(Schema):
    """When and how it was handed out."""

    given_on: date
    how: str = Field(max_length=1000)
    version: int = Version


class HandoverEndIn(Schema):
    """How it came back; ``document``: the evidence that confirms it."""

    ended_on: date
    how: Literal["returned", "erased", "kept"]
    note: str = Field("", max_length=8000)
    document: uuid.UUID | None = None
    version: int = Version
