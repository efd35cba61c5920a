"""Indicators, releases, proofs, searches and the ways out over HTTP."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from ninja import Schema
from pydantic import Field

__all__ = [
    "AllowedIn",
    "AllowedOut",
    "AnnouncementIn",
    "AnnouncementOut",
    "BlockAskIn",
    "BlockProofIn",
    "BlockProofOut",
    "BlockReleaseIn",
    "BlockReleaseOut",
    "BriefingIn",
    "BriefingOut",
    "HandOutIn",
    "InstructionIn",
    "InstructionOut",
    "IocOut",
    "IocRemoveIn",
    "IocSearchDetailOut",
    "IocSearchIn",
    "IocSearchOut",
    "IocSightingOut",
]


class IocOut(Schema):
    """An indicator. ``blocked_at``: when it was shown to be stopped; ``tlp``: the loosest label under which it came."""

    id: uuid.UUID
    organization_id: uuid.UUID
    kind: str
    value: str
    original: str
    direction: str
    tlp: str
    title: str
    labels: list[str]
    confidence: int | None
    active_from: datetime | None
    active_until: datetime | None
    added_at: datetime
    released_at: datetime | None
    expires_at: datetime | None
    removed_at: datetime | None
    removed_reason: str
    blocked_at: datetime | None
    searched_until: datetime | None
    seen_count: int
    first_seen_at: datetime | None
    last_seen_at: datetime | None


class IocRemoveIn(Schema):
    """Which indicators are taken off, and why."""

    organization: str = Field(max_length=64)
    indicators: list[uuid.UUID] = Field(max_length=20_000)
    reason: str = Field(max_length=300)


class BlockReleaseIn(Schema):
    """Indicators to put on the block list together. ``direction`` and ``expires_on`` empty: as each says."""

    organization: str = Field(max_length=64)
    indicators: list[uuid.UUID] = Field(max_length=20_000)
    notice: uuid.UUID | None = None
    direction: str = Field("", max_length=16)
    expires_on: date | None = None
    test_days: int = 30


class BlockReleaseOut(Schema):
    """A release with what its false-block test found (``summary``)."""

    id: uuid.UUID
    organization_id: uuid.UUID
    notice_id: uuid.UUID | None
    number: str
    state: str
    test_days: int
    tested_at: datetime | None
    summary: dict[str, Any]
    request_id: uuid.UUID | None
    made_at: datetime
    approved_at: datetime | None


class BlockAskIn(Schema):
    """Why it is to be blocked."""

    reason: str = Field(max_length=4000)


class BlockProofIn(Schema):
    """Whose configuration, in which form (squid, rpz, hosts, list, hashes), as it was when."""

    organization: str = Field(max_length=64)
    device: str = Field(max_length=200)
    form: str = Field(max_length=16)
    read_at: datetime


class BlockProofOut(Schema):
    """What shows that something is stopped; ``missing``: how many of the block list the configuration did not hold."""

    id: uuid.UUID
    organization_id: uuid.UUID
    way: str
    device: str
    missing: int
    read_at: datetime
    at: datetime
    size: int


class HandOutIn(Schema):
    """In which form (squid, rpz, hosts, csv, hashes, stix, misp, sigma), for whom (organization, clients, community, public)."""

    organization: str = Field(max_length=64)
    form: str = Field(max_length=16)
    audience: str = Field("organization", max_length=16)
    recipient: str = Field("", max_length=300)
    notice: uuid.UUID | None = None


class AllowedIn(Schema):
    """What must never be blocked: ``kind`` domain or network."""

    organization: str = Field(max_length=64)
    kind: str = Field(max_length=16)
    value: str = Field(max_length=300)
    reason: str = Field(max_length=2000)


class AllowedOut(Schema):
    """An entry of the allow-list."""

    id: uuid.UUID
    organization_id: uuid.UUID
    kind: str
    value: str
    reason: str
    at: datetime
    ended_at: datetime | None


class IocSearchIn(Schema):
    """Which period is searched, for the indicators of a notice or for all."""

    organization: str = Field(max_length=64)
    notice: uuid.UUID | None = None
    since: datetime
    until: datetime


class IocSearchOut(Schema):
    """A search. ``iocs``: how many indicators it looked for."""

    id: uuid.UUID
    organization_id: uuid.UUID
    notice_id: uuid.UUID | None
    way: str
    since: datetime
    until: datetime
    state: str
    iocs: int
    job_id: uuid.UUID | None
    at: datetime
    finished_at: datetime | None


class IocSightingOut(Schema):
    """What was seen of one indicator; ``places`` and ``hosts`` only for who may search logs."""

    ioc_id: uuid.UUID
    count: int
    denied: int
    outside_period: int
    first_at: datetime | None
    last_at: datetime | None
    hosts: dict[str, int]
    places: list[dict[str, Any]]


class IocSearchDetailOut(IocSearchOut):
    """A search with what it looked at, what it could not, and what it saw."""

    report: dict[str, Any]
    sightings: list[IocSightingOut]


class BriefingIn(Schema):
    """A page for the executives. ``summaries``: notice's id → what it is, in plain words."""

    organization: str = Field(max_length=64)
    notices: list[uuid.UUID] = Field(max_length=50)
    title: str = Field(max_length=200)
    horizon: str = Field(max_length=8)
    asked: str = Field("", max_length=4000)
    given_to: str = Field(max_length=300)
    summaries: dict[uuid.UUID, str] = {}


class BriefingOut(Schema):
    """A page that was given."""

    id: uuid.UUID
    organization_id: uuid.UUID
    number: str
    title: str
    horizon: str
    tlp: str
    given_to: str
    at: datetime


class InstructionIn(Schema):
    """What was ordered. ``owner`` is a person's id, else ``owner_role``."""

    text: str = Field(max_length=2000)
    given_by: str = Field(max_length=200)
    owner: uuid.UUID | None = None
    owner_role: str = Field("", max_length=32)
    due_on: date


class InstructionOut(Schema):
    """What was ordered, and when its task was done."""

    id: uuid.UUID
    briefing_id: uuid.UUID
    text: str
    given_by: str
    owner_id: uuid.UUID | None
    owner_role: str
    due_on: date
    duty_id: uuid.UUID | None
    done_at: datetime | None


class AnnouncementIn(Schema):
    """Plain words for the staff."""

    organization: str = Field(max_length=64)
    notice: uuid.UUID | None = None
    title: str = Field(max_length=200)
    text: str = Field(max_length=4000)
    what_to_do: str = Field(max_length=4000)
    contact: str = Field(max_length=300)


class AnnouncementOut(Schema):
    """What the staff were told."""

    id: uuid.UUID
    organization_id: uuid.UUID
    title: str
    text: str
    what_to_do: str
    contact: str
    at: datetime
    ended_at: datetime | None
