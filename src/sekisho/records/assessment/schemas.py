"""What goes over HTTP."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, Field


def _plain(text: str) -> str:
    if "\x00" in text:
        raise ValueError("NUL is not allowed in text")
    return text


Plain = Annotated[str, AfterValidator(_plain)]
"""Text without NUL, which PostgreSQL cannot keep."""

LevelNumber = Annotated[int, Field(ge=0, le=3)]
Version = Annotated[int, Field(ge=1, le=2_000_000_000)]
Reason = Annotated[Plain, Field(min_length=1, max_length=4000)]


class JudgementOut(Schema):
    """One judgement. ``level`` counts (null: 未測定); ``proposed_level`` is what the rule says now."""

    id: uuid.UUID
    organization: str
    catalog: str
    requirement_id: uuid.UUID
    requirement: str
    title: str
    subject_id: uuid.UUID
    subject: str
    applicable: bool
    state: str
    level: int | None
    basis: str
    proposed_level: int | None
    proposed_basis: str
    is_stale: bool
    fresh_until: datetime | None
    stale_at: datetime | None
    lapses_at: datetime | None
    target_level: int | None
    target_on: date | None
    target_origin: str
    target_reason: str
    rule: str
    reason: str
    version: int


class ChangeOut(Schema):
    """A line of history."""

    at: datetime
    what: str
    level_before: int | None
    level_after: int | None
    basis: str
    person_id: uuid.UUID | None
    reason: str
    ledger_sequence: int | None


class JudgementDetail(JudgementOut):
    """With the sentence, what is missing, the evaluated conditions, the evidence and the history."""

    sentence: str
    missing: list[str]
    explanation: dict[str, Any]
    evidence_ids: list[uuid.UUID]
    history: list[ChangeOut]


class VersionIn(Schema):
    """The version that the caller saw."""

    version: Version


class ConfirmManyIn(Schema):
    """Judgement id → version that the caller saw."""

    versions: Annotated[dict[uuid.UUID, Version], Field(max_length=500)]


class SkippedOut(Schema):
    """A judgement left alone, and why."""

    judgement_id: uuid.UUID
    code: str


class ConfirmManyOut(Schema):
    """What a bulk confirmation did."""

    confirmed: list[uuid.UUID]
    skipped: list[SkippedOut]


class LevelIn(Schema):
    """Ask for a level with a reason."""

    version: Version
    level: LevelNumber
    reason: Reason


class DocumentedLevelIn(LevelIn):
    """Ask for a level with the document that it rests on."""

    title: Annotated[str, Field(min_length=1, max_length=300)]
    document_kind: Annotated[str, Field(max_length=64)]
    number: Annotated[str, Field(max_length=100)] = ""
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None


class ApplicabilityIn(Schema):
    """Ask that it apply, or no longer apply."""

    applicable: bool
    reason: Reason


class RequestMadeOut(Schema):
    """The request that was made."""

    id: uuid.UUID
    number: str
    state: str


class TargetIn(Schema):
    """Both or neither."""

    version: Version
    level: Annotated[int, Field(ge=1, le=3)] | None
    on: date | None
    reason: Annotated[Plain, Field(max_length=400)] = ""


class AttestationIn(Schema):
    """The answer to a question of the rule."""

    key: Annotated[Plain, Field(max_length=64)]
    holds: bool
    statement: Annotated[Plain, Field(max_length=2000)] = ""


class AttestationOut(Schema):
    """An answer on record."""

    id: uuid.UUID
    key: str
    holds: bool
    made_at: datetime
    valid_until: datetime


class CountsOut(Schema):
    """How many judgements stand where; 対象外 is in none of them. Keys: "0"–"3", "unmeasured"."""

    total: int
    levels: dict[str, int]
    by_basis: dict[str, dict[str, int]]
    by_theme: dict[str, dict[str, int]]
    stale: int
    to_review: int
    below_target: int


class WorsenedOut(Schema):
    """A judgement that fell."""

    judgement_id: uuid.UUID
    requirement: str
    subject: str
    at: datetime
    what: str
    level_before: int | None
    level_after: int | None


class SoaOut(Schema):
    """A line of the 適用宣言書."""

    requirement: str
    title: str
    applicable: int
    excluded: int
    reasons: list[str]
    levels: dict[str, int]
    lowest: int | None
    evidence: int


class ConditionOut(Schema):
    """One condition in words; ``depth`` is its nesting."""

    text: str
    depth: int
    is_group: bool


class RuleLevelOut(Schema):
    """What a level means and asks for."""

    level: int
    meaning: str
    conditions: list[ConditionOut]


class RuleOut(Schema):
    """How a requirement is judged. ``rule`` is empty where a person chooses the level with a reason."""

    requirement: str
    rule: str
    proposal: bool
    verified: str
    note: str
    levels: list[RuleLevelOut]


class CorrectiveOut(Schema):
    """A corrective action."""

    id: uuid.UUID
    organization: str
    subject_id: uuid.UUID
    finding_id: uuid.UUID | None
    judgement_id: uuid.UUID | None
    what: str
    cause: str
    owner_id: uuid.UUID
    due_on: date
    state: str
    outcome: str
    verified_by_id: uuid.UUID | None
    version: int


class CorrectiveIn(Schema):
    """Plan one."""

    subject_id: uuid.UUID
    what: Annotated[Plain, Field(min_length=1, max_length=2000)]
    cause: Annotated[Plain, Field(max_length=2000)] = ""
    owner_id: uuid.UUID
    due_on: date
    finding_id: uuid.UUID | None = None
    judgement_id: uuid.UUID | None = None


class CorrectiveChangeIn(Schema):
    """Change it; what is not given stays."""

    version: Version
    what: Annotated[Plain, Field(min_length=1, max_length=2000)] | None = None
    cause: Annotated[Plain, Field(max_length=2000)] | None = None
    owner_id: uuid.UUID | None = None
    due_on: date | None = None


class CorrectiveMoveIn(Schema):
    """Its next state."""

    version: Version
    state: Literal["doing", "done", "verified", "cancelled"]
    outcome: Annotated[Plain, Field(max_length=4000)] = ""


class EditionIn(Schema):
    """Carry judgements from one edition to another."""

    organization: Plain
    old_catalog_id: uuid.UUID
    new_catalog_id: uuid.UUID


class MovedOut(Schema):
    """How many judgements were carried."""

    moved: int


class RefreshedOut(Schema):
    """What a refresh of applicability did."""

    pairs: int
    changed: int
    judgements: int


class ProposedOut(Schema):
    """What a run of the rules did."""

    evaluated: int
    changed: int
