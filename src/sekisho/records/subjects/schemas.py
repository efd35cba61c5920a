"""What the API of this room says and takes."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import AwareDatetime, Field

from sekisho.records.api_base import ReasonIn

__all__ = [
    "AssetIn",
    "KeyIn",
    "MachineIn",
    "MachineOut",
    "MachineSecretOut",
    "PartIn",
    "ReasonIn",
    "SubjectIn",
    "SubjectOut",
    "SubjectPatch",
]

Name = Annotated[str, Field(min_length=1, max_length=200)]
Short = Annotated[str, Field(max_length=32)]


class AssetIn(Schema):
    """The columns that only information has."""

    form: Annotated[str, Field(max_length=16)] = "electronic"
    location: Annotated[str, Field(max_length=200)] = ""
    personal_information: bool = False
    my_number: bool = False
    people_count: Annotated[int, Field(ge=0, le=2_000_000_000)] | None = None
    handling: Annotated[str, Field(max_length=4000)] = ""
    acquired_on: date | None = None


class SubjectIn(Schema):
    """A new subject of an organisation (its code)."""

    organization: Annotated[str, Field(max_length=64)]
    kind: Short
    name: Name
    kana: Annotated[str, Field(max_length=200)] = ""
    description: Annotated[str, Field(max_length=4000)] = ""
    classification_scheme: Short = ""
    confidentiality: Annotated[str, Field(max_length=16)] = ""
    integrity: Annotated[str, Field(max_length=16)] = ""
    availability: Annotated[str, Field(max_length=16)] = ""
    network_zone: Short = ""
    grade: Annotated[str, Field(max_length=8)] = ""
    keys: dict[Short, Name] = {}
    asset: AssetIn | None = None


class SubjectPatch(Schema):
    """Changed fields; ``version`` is the one that was read."""

    version: Annotated[int, Field(ge=1, le=2_000_000_000)]
    name: Name | None = None
    kana: Annotated[str, Field(max_length=200)] | None = None
    description: Annotated[str, Field(max_length=4000)] | None = None
    classification_scheme: Short | None = None
    confidentiality: Annotated[str, Field(max_length=16)] | None = None
    integrity: Annotated[str, Field(max_length=16)] | None = None
    availability: Annotated[str, Field(max_length=16)] | None = None
    network_zone: Short | None = None
    grade: Annotated[str, Field(max_length=8)] | None = None
    asset: AssetIn | None = None


class KeyOut(Schema):
    """How others name the subject."""

    id: uuid.UUID
    scheme: str
    value: str


class SubjectOut(Schema):
    """A subject."""

    id: uuid.UUID
    organization_id: uuid.UUID
    kind: str
    name: str
    kana: str
    description: str
    owner_id: uuid.UUID | None
    classification_scheme: str
    confidentiality: str
    integrity: str
    availability: str
    network_zone: str
    grade: str
    attributes: dict[str, Any]
    retired_at: datetime | None
    version: int


class SubjectDetailOut(SubjectOut):
    """With its parts, what it is part of, and its keys."""

    parts: list[uuid.UUID]
    wholes: list[uuid.UUID]
    keys: list[KeyOut]


class KeyIn(Schema):
    """A key to add."""

    scheme: Short
    value: Name


class PartIn(Schema):
    """A part to add."""

    part: uuid.UUID


class MachineIn(Schema):
    """A machine to enrol for a subject."""

    subject: uuid.UUID
    name: Name
    expires_at: AwareDatetime | None = None


class MachineOut(Schema):
    """An enrolment."""

    id: uuid.UUID
    subject_id: uuid.UUID
    name: str
    enrolled_at: datetime
    expires_at: datetime | None
    last_seen_at: datetime | None
    suspended_at: datetime | None
    suspended_reason: str
    revoked_at: datetime | None


class MachineSecretOut(MachineOut):
    """A new enrolment with its secret, which is shown this once."""

    secret: str
