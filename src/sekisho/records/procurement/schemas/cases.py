"""What the API of cases says and takes."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import Field

from sekisho.records.api_base import ReasonIn

__all__ = [
    "CaseAnswersIn",
    "CaseChangeOut",
    "CaseCopyIn",
    "CaseDetailOut",
    "CaseDiagramIn",
    "CaseDiagramOut",
    "CaseImportOut",
    "CaseIn",
    "CaseMemberIn",
    "CaseMemberOut",
    "CaseOpinionIn",
    "CaseOpinionOut",
    "CaseOut",
    "CaseQuestionOut",
    "CaseStepOut",
    "CaseSubjectIn",
    "CaseVersionIn",
    "CaseVersionOut",
    "DiagramConfirmIn",
    "DiagramPartOut",
    "ReasonIn",
]

Title = Annotated[str, Field(min_length=1, max_length=200)]
Version = Annotated[int, Field(ge=1, le=2_000_000_000)]


class CaseIn(Schema):
    """A new case of an organisation (its code)."""

    organization: Annotated[str, Field(max_length=64)]
    title: Title
    rule_set: Annotated[str, Field(max_length=32)] = "specification"


class CaseCopyIn(Schema):
    """A copy; ``variant`` to compare the two."""

    title: Title
    variant: bool = False


class CaseAnswersIn(Schema):
    """Keys (``answers.Q15``, ``tasks.T1``, ``values.保存期間`` …) → values; null takes away. ``base_version`` was read before."""

    base_version: Version
    changes: dict[str, Any]


class CaseVersionIn(Schema):
    """Why a version is kept."""

    note: Annotated[str, Field(max_length=300)] = ""


class CaseMemberIn(Schema):
    """A person and a part."""

    person: uuid.UUID
    part: Annotated[str, Field(max_length=16)]


class CaseOpinionIn(Schema):
    """An opinion on the case as it is now. ``base_version``: of the answers that were read; null does not look."""

    agrees: bool
    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    base_version: Annotated[int, Field(ge=0, le=2_000_000_000)] | None = None


class CaseSubjectIn(Schema):
    """The subject that the case is about; null for none."""

    subject: uuid.UUID | None = None


class CaseDiagramIn(Schema):
    """All changes that people made on the diagram (``engines.systemdiagram.Edits``); ``base_version`` was read before."""

    base_version: Version
    edits: dict[str, Any]


class CaseOut(Schema):
    """A case in a list."""

    id: uuid.UUID
    organization_id: uuid.UUID
    number: str
    title: str
    rule_set: str
    state: str
    answers_version: int
    diagram_version: int
    subject_id: uuid.UUID | None
    copied_from_id: uuid.UUID | None
    variant_of_id: uuid.UUID | None
    created_at: datetime
    changed_at: datetime


class CaseMemberOut(Schema):
    """Somebody who works on the case."""

    person_id: uuid.UUID
    name: str
    part: str


class CaseStepOut(Schema):
    """Something to do: ``done`` of ``total``."""

    key: str
    state: str
    done: int
    total: int


class CaseDetailOut(CaseOut):
    """With its answers (the form of an answers file), members, and how far it has come."""

    answers: dict[str, Any]
    members: list[CaseMemberOut]
    steps: list[CaseStepOut]


class CaseImportOut(Schema):
    """What an answers file would become."""

    title: str
    rule_set: str
    purposes: int
    information: int
    tasks: int
    answers: int
    decisions: int
    values: int


class CaseChangeOut(Schema):
    """One saved change."""

    version: int
    key: str
    before: Any
    after: Any
    person_id: uuid.UUID | None
    at: datetime


class CaseVersionOut(Schema):
    """A kept version."""

    number: int
    answers_version: int
    rule_digest: str
    sha256: str
    note: str
    person_id: uuid.UUID | None
    at: datetime


class CaseOpinionOut(Schema):
    """A recorded opinion on the kept version of number ``version``; ``current``: nothing changed since."""

    id: uuid.UUID
    person_id: uuid.UUID
    agrees: bool
    text: str
    version: int
    current: bool
    at: datetime


class DiagramPartOut(Schema):
    """A part or flow that the program drew. ``fingerprint``: to be sent back when it is confirmed; ``confirmed_at`` null: nobody
    has looked at it as it is drawn now.
    """

    id: str
    fingerprint: str
    confirmed_by: str
    confirmed_at: datetime | None


class DiagramConfirmIn(Schema):
    """Parts (id → fingerprint as shown) that somebody looked at; ``confirmed`` false takes it back."""

    parts: Annotated[
        dict[Annotated[str, Field(max_length=120)], Annotated[str, Field(max_length=64)]], Field(min_length=1, max_length=2000)
    ]
    confirmed: bool = True


class CaseDiagramOut(Schema):
    """The diagram: what people changed, the picture as drawn, changes that found no target, what people confirmed."""

    version: int
    edits: dict[str, Any]
    diagram: dict[str, Any]
    orphans: list[dict[str, Any]]
    parts: list[DiagramPartOut]
    svg: str


class CaseOptionOut(Schema):
    """One possible answer."""

    id: str
    title: str
    note: str


class CaseQuestionOut(Schema):
    """A question in the reader's language, and how it stands. ``asked`` null: another answer decides it; ``because``: why not."""

    id: str
    section: str
    kind: str
    title: str
    why: str
    help: str
    example: str
    unit: str
    required: bool
    options: list[CaseOptionOut]
    asked: bool | None
    because: list[str]
    value: Any
    origin: str
    tasks: Any
    contradicted: bool
