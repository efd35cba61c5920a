"""The result of a review: frozen, JSON-serialisable values. They point at passages; they never say whether a draft is lawful."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from sekisho.engines.draftreview.draft import Format, Notice
from sekisho.engines.observation import Severity
from sekisho.standards.model import Text, Verified

__all__ = [
    "Basis",
    "ClauseResult",
    "GroupResult",
    "Item",
    "ItemKind",
    "Level",
    "Location",
    "Match",
    "ParameterValue",
    "Passage",
    "Review",
    "ScoreParts",
    "Status",
]

Level = Literal["low", "mid", "high"]
Status = Literal["covered", "partly", "missing"]
ItemKind = Literal["inconsistent", "expected", "floor", "restriction", "placeholder", "vague"]


class _Value(msgspec.Struct, frozen=True, kw_only=True):
    """Base: frozen, keyword-only."""


class Location(_Value, frozen=True, kw_only=True):
    """Where a passage stands: see :class:`~sekisho.engines.draftreview.draft.Block`; ``headings`` from the outermost in."""

    number: int
    kind: str
    headings: tuple[str, ...] = ()
    label: str = ""
    page: int | None = None
    line: int | None = None
    table: int | None = None
    row: int | None = None


class Match(_Value, frozen=True, kw_only=True):
    """One place of a passage: ``text == passage.text[start:end]``; ``term`` is the rule's word that it matched."""

    term: str
    start: int
    end: int
    text: str


class Passage(_Value, frozen=True, kw_only=True):
    """The original text of a paragraph, item or table row, where it stands, and what matched in it."""

    text: str
    location: Location
    matches: tuple[Match, ...] = ()


class Basis(_Value, frozen=True, kw_only=True):
    """What a rule rests on: ``fact`` is ``<file of facts>:<id>``; ``verified`` how that fact was checked; see ``VERIFIED``."""

    fact: str
    title: Text
    verified: Verified


class GroupResult(_Value, frozen=True, kw_only=True):
    """One group of synonyms of a clause: whether the draft has it, and for which level (None: for every level)."""

    name: Text
    level: Level | None
    met: bool
    terms: tuple[str, ...] = ()


class ScoreParts(_Value, frozen=True, kw_only=True):
    """The parts of a confidence, each 0–1; see :func:`sekisho.engines.draftreview.coverage.confidence`."""

    groups: float
    heading: float
    obligation: float
    proximity: float


class ClauseResult(_Value, frozen=True, kw_only=True):
    """How far the draft covers one clause.

    ``confidence`` (0–1) is how strongly the passages speak for the clause being there; ``level`` the highest level all of whose
    groups, and those below it, were found (None when the clause has no levels or is missing); ``reasons`` are text codes.
    """

    id: str
    family: str
    title: Text
    status: Status
    confidence: float
    parts: ScoreParts
    wanted: Level | None = None
    level: Level | None = None
    groups: tuple[GroupResult, ...] = ()
    reasons: tuple[str, ...] = ()
    passages: tuple[Passage, ...] = ()
    basis: Basis
    terms_verified: Verified = "proposal"
    fingerprint: str


class ParameterValue(_Value, frozen=True, kw_only=True):
    """One value of a listed parameter. ``amount`` and ``unit`` as canonical figures (``hour``, ``business_day``, ``count``,
    ``character``, ``bit``, ``ratio``, ``version``); ``shown`` as the draft writes it; ``bound`` at_least, at_most, every or "".
    ``about`` are qualifying words (which log, which kind of user) that keep different things apart.
    """

    parameter: str
    title: Text
    shown: str
    amount: float
    unit: str
    bound: str = ""
    about: tuple[str, ...] = ()
    passage: Passage


class Item(_Value, frozen=True, kw_only=True):
    """One point for a person to decide on: ``code`` and ``fields`` make the sentence, ``suggestion`` is a text code.

    ``passages`` stand side by side where there are several. ``fingerprint`` is the same in a later run as long as rule and
    wording are the same, wherever the passage has moved.
    """

    kind: ItemKind
    rule: str
    code: str
    fields: dict[str, Any] = {}
    severity: Severity
    passages: tuple[Passage, ...]
    basis: tuple[Basis, ...] = ()
    suggestion: str = ""
    fingerprint: str


class Review(_Value, frozen=True, kw_only=True):
    """The whole result. ``supported`` is False when the draft is not Japanese: then nothing was matched at all."""

    engine: str
    engine_version: str
    rules_version: str
    file: str
    format: Format
    sha256: str
    size: int
    characters: int
    pages: int | None
    supported: bool
    notices: tuple[Notice, ...]
    counts: dict[str, int]
    clauses: tuple[ClauseResult, ...]
    parameters: tuple[ParameterValue, ...]
    items: tuple[Item, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        made: dict[str, Any] = msgspec.to_builtins(self)
        return made
