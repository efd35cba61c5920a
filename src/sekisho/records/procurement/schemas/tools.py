"""What the API of gradings, rules, templates, numbering and AI checks says and takes."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import Field

from sekisho.records.procurement.models import WordTemplate

__all__ = [
    "AiCheckIn",
    "AiCheckOut",
    "AiItemIn",
    "EffectsOut",
    "GradingIn",
    "GradingOut",
    "GradingTargetsIn",
    "GradingTargetsOut",
    "MoveToEditionIn",
    "NumberingStyleIn",
    "NumberingStyleOut",
    "PlacesOut",
    "RuleEditionIn",
    "RuleEditionOut",
    "TemplateIn",
    "TemplateOut",
]

Code = Annotated[str, Field(max_length=64)]


class GradingIn(Schema):
    """A grading of a subject or of a case; ``grade`` empty: as the rules propose."""

    subject: uuid.UUID | None = None
    case: uuid.UUID | None = None
    answers: dict[str, str | float | list[str] | None]
    grade: Annotated[str, Field(max_length=8)] = ""
    reason: Annotated[str, Field(max_length=4000)] = ""


class GradingOut(Schema):
    """A grading; ``superseded_at`` null marks the present one."""

    id: uuid.UUID
    subject_id: uuid.UUID | None
    case_id: uuid.UUID | None
    edition_id: uuid.UUID | None
    rule_digest: str
    answers: dict[str, Any]
    proposed: str
    grade: str
    requirement_set: str
    reasons: list[dict[str, Any]]
    reason: str
    decided_by_id: uuid.UUID | None
    decided_at: datetime
    superseded_at: datetime | None


class AimOut(Schema):
    """A judgement and what becomes of its target: new, raised, lowered, same; or kept: person, removed, bought."""

    judgement_id: uuid.UUID
    requirement: str
    target_level: int | None
    becomes: int
    what: str


class GradingTargetsOut(Schema):
    """What a grade means for the targets of judgements: ``level`` 1–3 by ``on``. ``digest`` confirms exactly this."""

    grading_id: uuid.UUID
    subject_id: uuid.UUID
    grade: str
    level: int
    on: date
    digest: str
    changing: list[AimOut]
    same: int
    kept: list[AimOut]


class GradingTargetsIn(Schema):
    """The plan that was looked at; ``on`` null: as the rules propose."""

    digest: Annotated[str, Field(max_length=64)]
    on: date | None = None


class RuleEditionIn(Schema):
    """An edition: YAML texts by file name, the organisation's own numbers. ``note`` may be empty in a preview."""

    organization: Code
    rule_set: Annotated[str, Field(max_length=32)]
    files: dict[Annotated[str, Field(max_length=120)], str] = {}
    settings: dict[Annotated[str, Field(max_length=120)], float] = {}
    note: Annotated[str, Field(max_length=2000)] = ""


class RuleEditionOut(Schema):
    """An edition of a rule set."""

    id: uuid.UUID
    rule_set: str
    number: int
    files: dict[str, str]
    settings: dict[str, float]
    digest: str
    note: str
    person_id: uuid.UUID | None
    at: datetime
    in_force_at: datetime | None


class RuleChangeOut(Schema):
    """An item of the rules that differs: added, changed or removed."""

    kind: str
    id: str
    what: str


class CaseEffectOut(Schema):
    """What would change in a case; ``error``: its answers do not fit."""

    case: uuid.UUID
    number: str
    error: str = ""
    comparison: dict[str, Any] | None = None


class EffectsOut(Schema):
    """What other rules change: items, and visible cases in preparation. ``left_out``: how many cases were too many to look at."""

    digest: str
    changes: list[RuleChangeOut]
    cases: list[CaseEffectOut]
    unchanged: int
    left_out: int


class MoveToEditionIn(Schema):
    """The edition that the case shall follow; null: the included rules."""

    edition: uuid.UUID | None


class TemplateIn(Schema):
    """Whose template, and its name."""

    organization: Code
    name: Annotated[str, Field(max_length=200)]


class TemplateOut(Schema):
    """A Word template: ``places`` found in it (and ``problem`` entries)."""

    id: uuid.UUID
    name: str
    file_name: str
    sha256: str
    places: list[dict[str, Any]]
    at: datetime
    withdrawn_at: datetime | None

    @staticmethod
    def resolve_sha256(row: WordTemplate) -> str:
        """The hash of its bytes."""
        return str(row.artifact_id)


class PlacesOut(Schema):
    """The places of a template that was only read, and the codes of what is odd about them."""

    places: list[str]
    problems: list[str]


class NumberingStyleIn(Schema):
    """A way of numbering: one pattern a line."""

    organization: Code
    name: Annotated[str, Field(max_length=100)]
    text: Annotated[str, Field(max_length=600)]


class NumberingStyleOut(Schema):
    """A way of numbering."""

    id: uuid.UUID
    name: str
    levels: list[str]


class AiCheckIn(Schema):
    """A new check of the AI of a procurement."""

    title: Annotated[str, Field(min_length=1, max_length=200)]


class AiItemIn(Schema):
    """An item of the check lists: done, not_applicable (with a note) or open."""

    clause: Annotated[str, Field(min_length=1, max_length=60)]
    state: Annotated[str, Field(max_length=20)]
    note: Annotated[str, Field(max_length=4000)] = ""


class AiLineOut(Schema):
    """An item of a check list with its state."""

    clause: str
    title: dict[str, Any]
    state: str
    note: str = ""


class AiCheckOut(Schema):
    """A check of a generative AI: the judgement (null: undecided), the CAIO's part, both check lists."""

    id: uuid.UUID
    number: str
    checks: uuid.UUID | None
    high_risk: str | None
    caio: str | None
    unanswered: list[str]
    lists: dict[str, list[AiLineOut]]
