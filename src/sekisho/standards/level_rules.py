"""Level rules: how evidence becomes a proposed Level, as data (``data/levels/*.yaml``; see ``docs/reference/level-rules.md``).

This module only reads them into typed values. Whoever holds the evidence evaluates them
(``records/assessment/rules/evaluate.py``).
"""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from typing import Any, Final, Literal

import msgspec

from sekisho.standards.catalog import data_directory, measures, read_yaml
from sekisho.standards.model import Source, Text, Verified

__all__ = [
    "LEVELS",
    "AttestationCondition",
    "Condition",
    "DocumentCondition",
    "GenericRule",
    "LevelRule",
    "LevelSpec",
    "MeasureCondition",
    "build_rule",
    "check_rule",
    "document_kinds",
    "duration",
    "generic_rule",
    "leaves",
    "level_rules",
    "rule_for",
]

LevelName = Literal["ume", "take", "matsu"]
LEVELS: Final[tuple[LevelName, ...]] = ("ume", "take", "matsu")
Aggregate = Literal["worst", "share", "min", "max", "mean", "sum"]
Operator = Literal[">=", "<=", "==", "!=", ">", "<"]

_DURATION: Final = re.compile(r"P(?:([0-9]+)W)?(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?)?", re.ASCII)


def duration(text: str) -> timedelta:
    """An ISO 8601 duration of weeks, days, hours and minutes (``P30D``, ``PT24H``); months and years have no fixed length.

    Raises ValueError for anything else, and for a length of zero.
    """
    found = _DURATION.fullmatch(text)
    weeks, days, hours, minutes = (int(group or 0) for group in (found.groups() if found else ("",) * 4))
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes)
    if not length:
        raise ValueError(f"not a duration of weeks, days, hours or minutes: {text!r}")
    return length


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of the parts of a rule."""


class MeasureCondition(_Part, frozen=True):
    """A figure against a threshold, over those parts of the subject that are of a kind in ``parts``.

    ``fresh``: how old the observation may be. ``min_coverage`` (0–1): share of the scope that must have been read.
    ``aggregate``: worst (every part must meet it), share (at least ``share_of_parts`` of the parts meet it), or
    min / max / mean / sum over the parts' values, of which at least ``share_of_parts`` must have been measured.
    ``not_applicable``: whether a part that says so drops out, or leaves the condition undecided.
    """

    key: str
    op: Operator
    value: float
    fresh: str
    dimensions: dict[str, str] = {}
    parts: tuple[str, ...] = ("host",)
    aggregate: Aggregate = "worst"
    share_of_parts: float = 1.0
    min_coverage: float = 0.0
    not_applicable: Literal["skip", "undecided"] = "skip"


class DocumentCondition(_Part, frozen=True):
    """A document of this kind is held for the subject, for a whole it is part of, or for its organisation.

    ``reviewed``: somebody entitled has looked at it. ``fresh``: how long from the start of its validity it counts at most.
    """

    kind: str
    title: Text
    reviewed: bool = True
    fresh: str | None = None


class AttestationCondition(_Part, frozen=True):
    """A person answers ``question`` with yes; it holds for ``valid_for``. A valid "no" decides the condition as not met."""

    key: str
    question: Text
    valid_for: str


class Condition(_Part, frozen=True):
    """Exactly one of: ``all`` / ``any`` over further conditions, or a measure, a document, an attestation."""

    all: tuple[Condition, ...] | None = None
    any: tuple[Condition, ...] | None = None
    measure: MeasureCondition | None = None
    document: DocumentCondition | None = None
    attestation: AttestationCondition | None = None

    def __post_init__(self) -> None:
        """Refuse none or several at once, and empty groups (which would be true for nothing)."""
        given = [name for name in self.__struct_fields__ if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"a condition is exactly one of all, any, measure, document, attestation; got {given or 'none'}")
        if self.all == () or self.any == ():
            raise ValueError("a group of conditions must not be empty")


class LevelSpec(_Part, frozen=True):
    """What one Level demands. ``meaning`` says it to people; ``condition`` to the machine."""

    meaning: Text
    condition: Condition


class LevelRule(_Part, frozen=True):
    """The rule of one requirement. ``proposal``: the levels are our own; ``verified``: how their meaning was checked."""

    id: str
    version: int
    catalog: str
    requirement: str
    proposal: bool
    verified: Verified
    source: Source
    subject_kinds: tuple[str, ...]
    grace: str
    levels: dict[LevelName, LevelSpec]
    conditions_note: Text | None = None

    def __post_init__(self) -> None:
        """All three Levels are there."""
        if missing := [name for name in LEVELS if name not in self.levels]:
            raise ValueError(f"levels missing: {missing}")

    @property
    def label(self) -> str:
        """``id@version``: what a judgement remembers."""
        return f"{self.id}@{self.version}"


class GenericRule(_Part, frozen=True):
    """What holds for every requirement without a rule of its own: a person chooses the Level with a reason.

    The basis is documented when a reviewed, valid document supports it, declared otherwise. Each lasts for its time.
    """

    id: str
    version: int
    documented_for: str
    declared_for: str
    grace: str
    meaning: Text

    @property
    def label(self) -> str:
        """``id@version``."""
        return f"{self.id}@{self.version}"


def leaves(condition: Condition) -> tuple[MeasureCondition | DocumentCondition | AttestationCondition, ...]:
    """Every measure, document and attestation of a condition, in order."""
    leaf = condition.measure or condition.document or condition.attestation
    if leaf is not None:
        return (leaf,)
    return tuple(found for inner in (condition.all or condition.any or ()) for found in leaves(inner))


def check_rule(rule: LevelRule) -> list[str]:
    """What is wrong with a rule beyond its shape: undeclared measures, unreadable durations, shares outside 0–1."""
    problems: list[str] = []
    durations = [rule.grace]
    declared = measures()
    for name in LEVELS:
        for leaf in leaves(rule.levels[name].condition):
            if isinstance(leaf, MeasureCondition):
                durations.append(leaf.fresh)
                if leaf.key not in declared:
                    problems.append(f"{rule.id}: {name}: measure {leaf.key} is not declared in measures.yaml")
                if not (0 < leaf.share_of_parts <= 1 and 0 <= leaf.min_coverage <= 1):
                    problems.append(f"{rule.id}: {name}: {leaf.key}: share_of_parts in (0, 1], min_coverage in [0, 1]")
            elif isinstance(leaf, DocumentCondition):
                durations += [leaf.fresh] if leaf.fresh else []
            else:
                durations.append(leaf.valid_for)
    for text in durations:
        try:
            duration(text)
        except ValueError as error:
            problems.append(f"{rule.id}: {error}")
    return problems


def build_rule(raw: dict[str, Any]) -> LevelRule:
    """A rule from plain values; msgspec.ValidationError names the field that is wrong."""
    return msgspec.convert(raw, LevelRule)


@cache
def level_rules() -> dict[tuple[str, str], LevelRule]:
    """All rules by (catalogue id, requirement id)."""
    rules = {}
    for path in sorted(data_directory().joinpath("levels").iterdir(), key=lambda p: p.name):
        if path.name.endswith(".yaml") and path.name != "generic.yaml":
            rule = build_rule(read_yaml(path))
            rules[rule.catalog, rule.requirement] = rule
    return rules


def rule_for(catalog: str, requirement: str) -> LevelRule | None:
    """The rule of a requirement, or None when only the generic rule holds for it."""
    return level_rules().get((catalog, requirement))


@cache
def generic_rule() -> GenericRule:
    """The rule for every requirement that has none of its own."""
    return msgspec.convert(read_yaml(data_directory().joinpath("levels", "generic.yaml")), GenericRule)


@cache
def document_kinds() -> dict[str, Text]:
    """Every kind of document that a rule asks for, with its title."""
    found: dict[str, Text] = {}
    for rule in level_rules().values():
        for name in LEVELS:
            for leaf in leaves(rule.levels[name].condition):
                if isinstance(leaf, DocumentCondition):
                    found.setdefault(leaf.kind, leaf.title)
    return found
