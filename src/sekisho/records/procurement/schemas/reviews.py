"""What the API of reviews says and takes."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import Field

from sekisho.records.procurement.models import DraftReview

__all__ = ["DraftReviewDetailOut", "DraftReviewIn", "DraftReviewOut", "PointIn", "PointOut"]


class DraftReviewIn(Schema):
    """Whose draft, and what is looked for: what ``case`` demands, otherwise ``families`` (separated by commas). ``products``:
    names to be told about, one a line.
    """

    organization: Annotated[str, Field(max_length=64)]
    case: uuid.UUID | None = None
    families: Annotated[str, Field(max_length=200)] = "sbd"
    products: Annotated[str, Field(max_length=6000)] = ""


class _Review(Schema):
    """What a review is. ``done`` is false while a job still reads the draft (``job``)."""

    id: uuid.UUID
    case_id: uuid.UUID | None
    file_name: str
    sha256: str
    at: datetime
    done: bool
    job: uuid.UUID | None = None
    counts: dict[str, int] = {}


class DraftReviewOut(_Review):
    """A review in a list."""

    @staticmethod
    def resolve_done(row: DraftReview) -> bool:
        """Whether the result is there."""
        return "review" in row.result

    @staticmethod
    def resolve_job(row: DraftReview) -> str | None:
        """The job that reads it."""
        found: str | None = row.result.get("job")
        return found

    @staticmethod
    def resolve_counts(row: DraftReview) -> dict[str, int]:
        """How many of each."""
        found: dict[str, int] = row.result.get("review", {}).get("counts", {})
        return found


class PointOut(Schema):
    """What a person decided about one point (a clause or an item), by its fingerprint."""

    fingerprint: str
    verdict: str
    reason: str
    person_id: uuid.UUID | None
    at: datetime


class DraftReviewDetailOut(_Review):
    """A review with its whole result (``engines.draftreview.Review``; null while it waits), what it rests on, the decisions."""

    result: dict[str, Any] | None
    basis: dict[str, Any]
    decisions: list[PointOut]


class PointIn(Schema):
    """A decision: agreed or dismissed (points); agreed, covered or missing (clauses); empty takes it back."""

    fingerprint: Annotated[str, Field(min_length=1, max_length=64)]
    verdict: Annotated[str, Field(max_length=16)]
    reason: Annotated[str, Field(max_length=4000)] = ""
