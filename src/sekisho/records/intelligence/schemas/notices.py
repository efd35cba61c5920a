"""Notices, their candidates and sources over HTTP."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from ninja import Schema
from pydantic import Field

__all__ = [
    "CandidatesIn",
    "IntelSourceIn",
    "IntelSourceOut",
    "ReaderIn",
    "SecretIn",
    "ThreatCandidateOut",
    "ThreatDescribeIn",
    "ThreatJudgeIn",
    "ThreatMaterialOut",
    "ThreatNoticeDetailOut",
    "ThreatNoticeIn",
    "ThreatNoticeOut",
    "ThreatRelabelIn",
]


class ThreatNoticeIn(Schema):
    """How a file is taken in. ``source``: id (empty: none); ``tlp`` empty: as the material or the source says."""

    organization: str = Field(max_length=64)
    source: uuid.UUID | None = None
    tlp: str = Field("", max_length=16)
    received_at: datetime | None = None


class ThreatNoticeOut(Schema):
    """A notice with its times. ``relevance``: score 0–100, band, reasons; ``verdict`` empty: not judged yet."""

    id: uuid.UUID
    organization_id: uuid.UUID
    source_id: uuid.UUID | None
    number: str
    title: str
    form: str
    tlp: str
    tlp_origin: str
    reference: str
    cves: list[str]
    products: list[str]
    sectors: list[str]
    relevance: dict[str, Any]
    published_at: datetime | None
    received_at: datetime
    verdict: str
    horizon: str
    verdict_reason: str
    judged_at: datetime | None
    look_again_on: date | None
    released_at: datetime | None
    blocked_at: datetime | None
    searched_at: datetime | None
    reported_at: datetime | None
    announced_at: datetime | None
    version: int


class ThreatCandidateOut(Schema):
    """What looks like an indicator; ``start`` and ``end`` are places in the text; ``state``: waiting, confirmed, dropped."""

    id: uuid.UUID
    kind: str
    value: str
    original: str
    start: int | None
    end: int | None
    around: str
    ambiguous: bool
    reasons: list[dict[str, Any]]
    facts: dict[str, Any]
    state: str


class ThreatNoticeDetailOut(ThreatNoticeOut):
    """A notice with its text; ``indicators``: ids of those confirmed."""

    text: str
    indicators: list[uuid.UUID]
    readers: list[uuid.UUID]


class ThreatMaterialOut(Schema):
    """What became of one material of a file: a notice; ``joined``: it had come before."""

    notice: ThreatNoticeOut | None
    number: str
    joined: bool


class CandidatesIn(Schema):
    """Which candidates are indicators, or are none (``confirm`` false)."""

    candidates: list[uuid.UUID] = Field(max_length=100_000)
    confirm: bool = True


class ThreatJudgeIn(Schema):
    """``verdict``: relevant, watch, not_relevant; ``horizon``: short, long."""

    verdict: str = Field(max_length=16)
    horizon: str = Field("", max_length=8)
    reason: str = Field(max_length=4000)
    look_again_on: date | None = None
    version: int


class ThreatDescribeIn(Schema):
    """Better words."""

    title: str = Field(max_length=300)
    products: list[str] = Field([], max_length=100)
    sectors: list[str] = Field([], max_length=100)
    version: int


class ThreatRelabelIn(Schema):
    """Another label with the reason."""

    tlp: str = Field(max_length=16)
    reason: str = Field(max_length=2000)
    version: int


class ReaderIn(Schema):
    """A person for whose eyes a RED notice is, or (``remove``) no longer."""

    person: uuid.UUID
    remove: bool = False


class IntelSourceIn(Schema):
    """A source. ``owner`` is a person's id, else ``owner_role``; ``version`` for changing one."""

    organization: str = Field("", max_length=64)
    name: str = Field(max_length=200)
    kind: str = Field(max_length=16)
    default_tlp: str = Field(max_length=16)
    trust: str = Field("unknown", max_length=16)
    address: str = Field("", max_length=500)
    collection: str = Field("", max_length=200)
    login: str = Field("", max_length=200)
    owner: uuid.UUID | None = None
    owner_role: str = Field("", max_length=32)
    rhythm_days: int = 7
    gives_back: bool = False
    note: str = Field("", max_length=4000)
    version: int = 0


class IntelSourceOut(Schema):
    """A source. Its secret is never given, only since when there is one."""

    id: uuid.UUID
    organization_id: uuid.UUID
    name: str
    kind: str
    address: str
    collection: str
    login: str
    secret_set_at: datetime | None
    trust: str
    default_tlp: str
    owner_id: uuid.UUID | None
    owner_role: str
    rhythm_days: int
    gives_back: bool
    note: str
    last_looked_at: datetime | None
    last_received_at: datetime | None
    last_error: dict[str, Any] | None
    retired_at: datetime | None
    version: int


class SecretIn(Schema):
    """The secret of a TAXII server; empty: forget it."""

    secret: str = Field("", max_length=4096)
