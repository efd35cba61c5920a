"""What the room's API takes and gives."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from ninja import Schema
from pydantic import Field

__all__ = [
    "ActiveIn",
    "CloseIn",
    "EndIn",
    "MeOut",
    "MembershipIn",
    "MembershipOut",
    "MoveIn",
    "OrganizationIn",
    "OrganizationOut",
    "OrganizationPatch",
    "PersonIn",
    "PersonOut",
    "PreferencesIn",
    "RecoveryIn",
    "RecoveryOut",
    "SessionOut",
    "TokenIn",
    "TokenOut",
    "TokenSecretOut",
]


class OrganizationOut(Schema):
    """An organisation."""

    id: uuid.UUID
    code: str
    name: str
    name_en: str
    kana: str
    body_kind: str
    is_boundary: bool
    is_fictional: bool
    corporate_number: str
    local_government_code: str
    closed_on: date | None
    version: int


class OrganizationIn(Schema):
    """A new organisation below ``parent`` (its code)."""

    parent: str = Field(max_length=64)
    code: str = Field(max_length=64)
    name: str = Field(max_length=200)
    name_en: str = Field("", max_length=200)
    kana: str = Field("", max_length=200)
    body_kind: str = Field("", max_length=64)
    is_boundary: bool = False
    is_fictional: bool = False
    corporate_number: str = Field("", pattern=r"^([0-9]{13})?$")
    local_government_code: str = Field("", pattern=r"^([0-9]{6})?$")


class OrganizationPatch(Schema):
    """Changes; ``version`` is the one that was read."""

    version: int = Field(ge=1, le=2_000_000_000)
    name: str | None = Field(None, max_length=200)
    name_en: str | None = Field(None, max_length=200)
    kana: str | None = Field(None, max_length=200)
    body_kind: str | None = Field(None, max_length=64)
    is_boundary: bool | None = None
    corporate_number: str | None = Field(None, pattern=r"^([0-9]{13})?$")
    local_government_code: str | None = Field(None, pattern=r"^([0-9]{6})?$")


class MoveIn(Schema):
    """A new parent (its code) from a day on."""

    parent: str = Field(max_length=64)
    on: date


class CloseIn(Schema):
    """The day on which it ends."""

    on: date


class PersonIn(Schema):
    """Somebody new, with a first role in ``organization`` (its code)."""

    organization: str = Field(max_length=64)
    login: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}$")
    name: str = Field(min_length=1, max_length=100)
    kana: str = Field("", max_length=100)
    email: str = Field("", max_length=254, pattern=r"^([^@\s]+@[^@\s]+)?$")
    role: str = Field(max_length=32)


class PersonOut(Schema):
    """Somebody's account."""

    id: uuid.UUID
    login: str
    name: str
    kana: str
    email: str
    is_active: bool
    locked_until: datetime | None
    last_login: datetime | None


class RecoveryIn(Schema):
    """Whether second factors are removed too."""

    reset_factors: bool = False


class RecoveryOut(Schema):
    """A one-time path, shown once."""

    person: uuid.UUID
    path: str


class ActiveIn(Schema):
    """Open or closed, and why."""

    active: bool
    reason: str = Field("", max_length=500)


class MembershipIn(Schema):
    """A role for somebody."""

    person: uuid.UUID
    organization: str = Field(max_length=64)
    role: str = Field(max_length=32)
    valid_from: date
    valid_until: date | None = None


class EndIn(Schema):
    """The day on which the role ends."""

    on: date


class MembershipOut(Schema):
    """A role."""

    id: uuid.UUID
    person: uuid.UUID = Field(alias="person_id")
    organization: uuid.UUID = Field(alias="organization_id")
    role: str
    valid_from: date
    valid_until: date | None


class MeOut(Schema):
    """Who asks: the principal's kind and id, its roles, and the scopes that narrow them."""

    kind: str
    id: str
    language: str
    roles: list[str]
    scopes: list[str] | None


class PreferencesIn(Schema):
    """One's own settings."""

    name: str | None = Field(None, max_length=100)
    language: str | None = None
    calendar: str | None = None


class TokenIn(Schema):
    """A new token of one's own."""

    name: str = Field(min_length=1, max_length=100)
    scopes: list[str] = Field(min_length=1, max_length=100)
    expires_at: datetime


class TokenOut(Schema):
    """A token, without its secret."""

    id: uuid.UUID
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


class TokenSecretOut(TokenOut):
    """A new token with its secret, shown once."""

    secret: str


class SessionOut(Schema):
    """A browser session of one's own."""

    id: uuid.UUID
    started_at: datetime
    last_seen_at: datetime
    user_agent: str
    address: str | None
