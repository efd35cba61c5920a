"""What the API of the room takes and gives."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

__all__ = [
    "BuildIn",
    "IndicatorOut",
    "IndicatorTargetIn",
    "JobStartedOut",
    "LevelsOut",
    "ReferenceOut",
    "ReportOut",
    "SubmissionOut",
    "SubmitIn",
    "TargetOut",
    "UnansweredOut",
    "ValueOut",
]


class ValueOut(Schema):
    """One stored figure. ``value`` null is 未測定."""

    id: UUID
    key: str
    period_start: date
    period_end: date
    value: float | None
    numerator: float | None
    denominator: float | None
    measured: int
    documented: int
    declared: int
    unmeasured: int
    formula: str
    as_of: datetime


class IndicatorOut(Schema):
    """An indicator as it stands. Ratios are 0–1. ``better`` compares with the period before (null: nobody can say)."""

    key: str
    metric: str
    title: str
    kind: str
    unit: str
    ratio: bool
    direction: str
    formula: str
    value: ValueOut | None
    previous: ValueOut | None
    target: float | None
    better: bool | None


class UnansweredOut(Schema):
    """A proposed indicator that nothing answers yet, with the source that it would need."""

    id: str
    title: str
    kind: str
    formula: str
    data_source: str
    frequency: str


class IndicatorTargetIn(Schema):
    """What an indicator shall be (a ratio as 0–1), by when."""

    value: float = Field(ge=0, allow_inf_nan=False)
    due_on: date | None = None


class TargetOut(Schema):
    """A target."""

    key: str
    value: float
    due_on: date | None
    set_at: datetime


class LevelsOut(Schema):
    """Applicable pairs of one catalogue: by theme and level (``unmeasured`` for 未測定), and by what the levels rest on."""

    catalog: str
    title: str
    total: int
    unmeasured: int
    stale: int
    measured: int
    documented: int
    declared: int
    themes: list[dict[str, Any]]


class BuildIn(Schema):
    """How a new report is written. ``era``: dates of a Japanese report in 和暦."""

    language: Literal["ja", "en"] = "ja"
    era: bool = True


class ReportOut(Schema):
    """A report; ``document_sha256`` is the hash of its document, ``renderings`` those of its files once it is issued."""

    id: UUID
    organization: str
    title: str
    language: str
    period_start: date
    period_end: date
    as_of: datetime
    state: str
    document_sha256: str
    versions: dict[str, str]
    renderings: dict[str, str]
    built_at: datetime
    issued_at: datetime | None


class JobStartedOut(Schema):
    """Work that was asked for: look for it under ``/jobs/{id}``."""

    job: UUID


class ReferenceOut(Schema):
    """A reference (根) of a report: the chain as it was when the report was built."""

    number: int
    kind: str
    target_id: str
    frozen: dict[str, Any]


class SubmitIn(Schema):
    """To which organisation above, by its code."""

    to: str


class SubmissionOut(Schema):
    """A report that was handed up, with its figures by key of indicator."""

    id: UUID
    report: UUID
    organization: str
    to_organization: str
    title: str
    period_start: date
    period_end: date
    submitted_at: datetime
    figures: dict[str, dict[str, float | None]]
