"""What the evaluator is given: figures, papers and answers, already read from wherever they are kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping, Sequence
    from datetime import datetime

__all__ = ["Answer", "Facts", "Figure", "Paper", "Part"]


@dataclass(frozen=True, slots=True)
class Part:
    """The subject itself, or something that is part of it."""

    id: uuid.UUID
    kind: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure of one part. ``status``: measured | not_applicable | error."""

    part_id: uuid.UUID
    key: str
    value: float | None
    status: str
    observed_at: datetime
    evidence_id: uuid.UUID | None = None
    coverage: float | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """One document that is not withdrawn."""

    evidence_id: uuid.UUID
    kind: str
    title: str
    valid_from: datetime
    valid_until: datetime | None = None
    reviewed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One attestation that is not superseded."""

    attestation_id: uuid.UUID
    key: str
    holds: bool
    made_at: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known about one subject and one requirement. Figures newest first by (part, key)."""

    parts: Sequence[Part] = ()
    figures: Mapping[tuple[uuid.UUID, str], Sequence[Figure]] = field(default_factory=dict)
    papers: Sequence[Paper] = ()
    answers: Sequence[Answer] = ()
