"""What the API of strengths, clauses and places says and takes."""

from __future__ import annotations

from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field

__all__ = [
    "ClauseIn",
    "ClauseOut",
    "FiredOut",
    "PlaceOut",
    "PlacesIn",
    "RequirementChangeOut",
    "SavedOut",
    "StrengthIn",
    "StrengthOut",
    "StrengthsAcceptIn",
    "VariantComparisonOut",
]

Version = Annotated[int, Field(ge=1, le=2_000_000_000)]
Id = Annotated[str, Field(max_length=120)]
Level = Literal["low", "mid", "high"]


class StrengthsAcceptIn(Schema):
    """Decide everything that is undecided as proposed; ``base_version`` was read before."""

    base_version: Version


class StrengthIn(Schema):
    """A strength (null takes the decision back); ``reason`` is needed outside the proposed range."""

    base_version: Version
    level: Level | None
    reason: Annotated[str, Field(max_length=2000)] = ""


class ClauseIn(Schema):
    """Include (true), leave out (false), follow the rules (null); ``text``: own wording, empty for ours."""

    base_version: Version
    included: bool | None = None
    reason: Annotated[str, Field(max_length=2000)] = ""
    text: Annotated[str, Field(max_length=20_000)] = ""


class PlacesIn(Schema):
    """Values of places, by their name or by clause/name; an empty one empties. ``suggestions``: fill empty ones as suggested."""

    base_version: Version
    values: dict[Id, Annotated[str, Field(max_length=1000)]] = {}
    suggestions: bool = False


class SavedOut(Schema):
    """The version of the answers after saving, and what is still empty."""

    answers_version: int
    unfilled: int
    undecided: int


class FiredOut(Schema):
    """A rule that raises the range, the named conditions that it rests on, and the reasons in sentences."""

    rule: str
    floor: Level
    to: Level
    conditions: list[str]
    reasons: list[str]


class StrengthOut(Schema):
    """A requirement as it stands. ``range``: lowest and highest proposed; ``possible``: how far it may still rise."""

    id: str
    title: str
    group: str
    holds: bool | None
    range: list[Level]
    possible: Level
    proposed: Level
    level: Level
    decided: bool
    outside: bool
    reason: str
    reason_missing: bool
    fired: list[FiredOut]
    open_rules: list[FiredOut]
    demand: str
    cost: str
    operation: str
    verified: str
    citation: str


class PlaceOut(Schema):
    """A place in a clause: where its value is kept, the value, what the rules suggest and why."""

    name: str
    key: str
    value: str | None
    suggested: str | None
    because: str
    verified: str | None


class ClauseOut(Schema):
    """A clause that is offered, undecided or chosen."""

    id: str
    part: str
    requirement: str
    number: str
    citation: str
    title: str
    text: str
    items: list[str]
    offered: bool | None
    included: bool
    own_text: bool
    reason: str
    because: list[str]
    basis: str
    verified: str
    acceptance: list[str]
    places: list[PlaceOut]


class RequirementChangeOut(Schema):
    """A requirement that differs: [low, high, level] on both sides, null where it does not hold."""

    id: str
    before: list[Level] | None
    after: list[Level] | None


class VariantComparisonOut(Schema):
    """What differs between two states of a case."""

    answers: list[str]
    conditions: list[str]
    decisions: list[str]
    requirements: list[RequirementChangeOut]
    added_clauses: list[str]
    removed_clauses: list[str]
    changed_clauses: list[str]
