"""What the API of documents says and takes."""

from __future__ import annotations

from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field

__all__ = ["CriteriaIn", "CriteriaOut", "CriterionRow", "NumberingIn", "ObstacleOut"]

Short = Annotated[str, Field(max_length=300)]
Long = Annotated[str, Field(max_length=2000)]


class CriterionRow(Schema):
    """A line of the evaluation sheet: ``mandatory`` (met or not) or ``additional`` (with points, under 総合評価 only)."""

    id: Annotated[str, Field(min_length=1, max_length=120)]
    clause: Annotated[str, Field(max_length=120)] = ""
    title: Short
    kind: Literal["mandatory", "additional"] = "mandatory"
    points: Annotated[int, Field(ge=0, le=1000)] = 0
    question: Long = ""
    shown: Long = ""


class CriteriaIn(Schema):
    """The whole sheet; an empty list goes back to what the rules propose. ``version`` was read before."""

    version: Annotated[int, Field(ge=1, le=2_000_000_000)]
    criteria: Annotated[list[CriterionRow], Field(max_length=1000)]


class CriteriaOut(Schema):
    """The sheet as it holds. ``saved``: somebody edited it; ``points``: their sum."""

    version: int
    saved: bool
    award: str
    points: int
    criteria: list[CriterionRow]


class NumberingIn(Schema):
    """A built-in style by its key, or the id of one of the organisation's own."""

    numbering: Annotated[str, Field(min_length=1, max_length=64)]


class ObstacleOut(Schema):
    """Something that prevents the notice; ``at`` is the id of the question, requirement or place."""

    kind: str
    code: str
    at: str
