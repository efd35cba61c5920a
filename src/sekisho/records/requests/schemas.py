"""What the room's API takes and gives."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import Field

__all__ = [
    "AbsenceIn",
    "AbsenceOut",
    "DecisionIn",
    "DecisionOut",
    "KindOut",
    "RequestIn",
    "RequestOut",
    "RequestRow",
    "ResubmitIn",
    "ReviewOut",
    "StepOut",
    "WaitingOut",
]


class KindOut(Schema):
    """A kind of request: what one must be allowed to do to ask, and the roles of its route in order."""

    name: str
    title: str
    action: str
    route: list[str]


class RequestRow(Schema):
    """A request as lists show it; ``text`` is what is asked, in words."""

    id: uuid.UUID
    organization_id: uuid.UUID
    subject_id: uuid.UUID | None
    kind: str
    number: str
    text: str
    state: str
    requester_id: uuid.UUID
    created_at: datetime
    decided_at: datetime | None
    due_at: datetime | None
    round: int
    version: int


class DecisionOut(Schema):
    """Who decided what; ``deputy_for_id`` is set for 代決, ``reviewed_at`` once it was reviewed afterwards (後閲)."""

    id: uuid.UUID
    person_id: uuid.UUID
    deputy_for_id: uuid.UUID | None
    kind: str
    comment: str
    at: datetime
    review_needed: bool
    reviewed_at: datetime | None


class StepOut(Schema):
    """One step of the route."""

    id: uuid.UUID
    round: int
    position: int
    role: str
    joint: bool
    advisory: bool
    state: str
    opened_at: datetime | None
    closed_at: datetime | None
    decisions: list[DecisionOut]


class RequestOut(RequestRow):
    """Everything about a request."""

    payload: dict[str, Any]
    reason: str
    steps: list[StepOut]


class WaitingOut(Schema):
    """A step that waits for the caller."""

    step_id: uuid.UUID
    role: str
    advisory: bool
    request: RequestRow


class RequestIn(Schema):
    """Ask for something; ``payload`` is what the kind takes."""

    organization: str = Field(max_length=64)
    kind: str = Field(max_length=64)
    payload: dict[str, Any]
    reason: str = Field(max_length=10_000)
    subject_id: uuid.UUID | None = None


class ResubmitIn(Schema):
    """Ask again after a return."""

    payload: dict[str, Any]
    reason: str = Field(max_length=10_000)


class DecisionIn(Schema):
    """approve, return (差戻し), refuse (却下) or opinion."""

    decision: Literal["approve", "return", "refuse", "opinion"]
    comment: str = Field("", max_length=10_000)


class AbsenceIn(Schema):
    """Away, both days included."""

    deputy_id: uuid.UUID
    starts_on: date
    ends_on: date


class AbsenceOut(AbsenceIn):
    """An absence on record."""

    id: uuid.UUID


class ReviewOut(Schema):
    """A deputy's decision that waits to be looked at."""

    decision: DecisionOut
    request_id: uuid.UUID
    number: str
