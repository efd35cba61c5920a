"""What 事案 look like over HTTP."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Literal

from ninja import Schema
from pydantic import Field

__all__ = [
    "AnalysisSheetOut",
    "CauseCountOut",
    "CountermeasureIn",
    "CountermeasureOut",
    "EffectIn",
    "IncidentDetailOut",
    "IncidentEditIn",
    "IncidentIn",
    "IncidentOut",
    "SheetIn",
    "SheetSaveIn",
    "SheetVersionIn",
    "StepIn",
]


class IncidentOut(Schema):
    """An incident; ``people_affected`` is null while it is not known."""

    id: uuid.UUID
    organization_id: uuid.UUID
    number: str
    kind: str
    title: str
    subject_id: uuid.UUID | None
    happened_on: date | None
    found_at: datetime
    found_by_outside: bool
    people_affected: int | None
    personal_data: bool
    my_number: bool
    near_miss: bool
    should_have: str
    did: str
    first_aid: str
    state: str
    closed_at: datetime | None
    closing_note: str
    version: int


class CauseOut(Schema):
    """A cause on a sheet: of the catalogue, or in own words (``cause`` empty)."""

    factor: str
    cause: str
    text: str
    weight: str


class AnalysisSheetOut(Schema):
    """An analysis sheet."""

    id: uuid.UUID
    incident_id: uuid.UUID
    method: str
    state: str
    conclusion: str
    causes: list[CauseOut]
    made_at: datetime
    settled_at: datetime | None
    version: int

    @staticmethod
    def resolve_causes(row: object) -> list[object]:
        """The lines in the order of the method's factors."""
        return list(row.causes.all())  # type: ignore[attr-defined]


class CountermeasureOut(Schema):
    """A countermeasure; owner, date and state are those of its corrective action."""

    id: uuid.UUID
    incident_id: uuid.UUID
    action_id: uuid.UUID
    remedy: str
    causes: list[str]
    effect: str
    effect_note: str
    effect_on: date | None


class IncidentDetailOut(IncidentOut):
    """An incident with its sheets and countermeasures."""

    sheets: list[AnalysisSheetOut]
    countermeasures: list[CountermeasureOut]


class _Facts(Schema):
    kind: str = Field(max_length=40)
    title: str = Field(max_length=400)
    did: str = Field(max_length=8000)
    found_at: datetime
    happened_on: date | None = None
    subject: uuid.UUID | None = None
    found_by_outside: bool = False
    people_affected: int | None = Field(None, ge=0, le=200_000_000)
    personal_data: bool = False
    my_number: bool = False
    near_miss: bool = False
    should_have: str = Field("", max_length=8000)
    first_aid: str = Field("", max_length=8000)


class IncidentIn(_Facts):
    """An incident to be recorded; ``organization`` is its code."""

    organization: str = Field(max_length=64)


class IncidentEditIn(_Facts):
    """An incident as it is to be from now on; ``version`` is the one that was read."""

    version: int = Field(ge=0, le=2_000_000_000)


class SheetVersionIn(Schema):
    """The version that was read."""

    version: int = Field(ge=0, le=2_000_000_000)


class StepIn(SheetVersionIn):
    """Words that go with a step."""

    note: str = Field(max_length=8000)


class SheetIn(Schema):
    """The method of a sheet."""

    method: str = Field(max_length=40)


class CauseIn(Schema):
    """A cause of the catalogue (``cause``), or one in own words (``text``)."""

    factor: str = Field(max_length=40)
    cause: str = Field("", max_length=40)
    text: str = Field("", max_length=2000)
    weight: Literal["part", "root"] = "part"


class SheetSaveIn(SheetVersionIn):
    """A draft as it is to be."""

    causes: list[CauseIn] = Field(max_length=500)
    conclusion: str = Field("", max_length=8000)


class CountermeasureIn(Schema):
    """A countermeasure to be planned."""

    what: str = Field(max_length=2000)
    remedy: str = Field(max_length=40)
    owner: uuid.UUID
    due_on: date
    causes: list[str] = Field([], max_length=50)


class EffectIn(Schema):
    """What it turned out to do."""

    effect: Literal["effective", "ineffective"]
    note: str = Field(max_length=2000)


class CauseCountOut(Schema):
    """In how many incidents a cause had a part: by quarter (``2026-Q1`` begins on 1 April 2026), in all, as a root …"""

    factor: str
    cause: str
    by_quarter: dict[str, int]
    total: int
    roots: int
    after_treatment: int
