"""What goes into a schedule and what comes out: plain frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from sekisho.standards.model import Text

__all__ = ["Check", "Late", "Schedule", "ScheduleInputs", "Shortening", "Source", "StepPlan"]

YesNo = Literal["yes", "no"]
Maybe = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleInputs:
    """What a procurement's dates follow from.

    ``body``: id of a kind of body; ``municipality``: its class (designated_city, core_city, city, town), only for a municipality.
    ``amount_yen``: the expected total with tax (an estimate of the market; never the 予定価格). ``build_days``: calendar days
    from contract to delivery. ``treaty``, ``invitations``: "auto" decides by the amount; "yes" and "no" are the user's answer.
    ``grounds``: what shortens a covered national notice. ``ground_negotiated``: why there is no competition.
    ``lengths``: the organisation's own days by the id of a period.
    """

    body: str
    method: str
    kind: str
    amount_yen: int
    wished_start: date
    build_days: int
    municipality: str = "none"
    award: str = "lowest"
    treaty: Literal["auto", "yes", "no"] = "auto"
    invitations: Literal["auto", "yes", "no"] = "auto"
    urgent: bool = False
    renotice: bool = False
    prior_notice: bool = False
    off_the_shelf: str = "no"
    voluntary_50: bool = False
    grounds: frozenset[str] = frozenset()
    ground_negotiated: Literal["", "small", "other"] = ""
    scr: bool = False
    high_security: bool = False
    budget_needed: bool = False
    lengths: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """On what a figure rests, how that was checked, how sure we are; ``item``: id in the rules of procurement."""

    basis: Text
    verified: str
    confidence: str
    item: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPlan:
    """One step with its dates.

    ``start`` … ``due``: the latest days that still reach the wished date. ``earliest``: the first day on which it could start if
    work began today; ``slack_days`` = start - earliest in calendar days (negative: too late by so many). ``formula``: (code,
    fields) pairs of the sentences that say how the dates were counted. ``critical``: nothing of the time is spare.
    ``until``: the end of the period that a notice begins.
    ``length_source``: where the number of days comes from, ``source``: why the step is there.
    """

    id: str
    title: Text
    start: date
    due: date
    earliest: date | None
    slack_days: int | None
    days: int | None
    formula: tuple[tuple[str, Mapping[str, Any]], ...]
    source: Source
    length_source: Source | None
    period: str = ""
    editable: bool = False
    milestone: bool = False
    until: date | None = None
    late_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Something that was decided by a figure, or that the reader has to look at.

    ``answer`` is yes, no or unknown for the decisions, "" for hints; ``code`` and ``fields`` make the sentence.
    """

    code: str
    answer: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    source: Source | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """A step that would have had to start ``days`` calendar days before today."""

    step: str
    title: Text
    start: date
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortening:
    """What could be changed: ``days`` calendar days are gained at the beginning. ``enough``: that alone makes it possible."""

    code: str
    days: int
    enough: bool
    fields: Mapping[str, Any] = field(default_factory=dict)
    source: Source | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A whole schedule; steps in order of time.

    Where it is not feasible, ``late`` says why, ``shortenings`` what could be changed, and ``earliest_start_of_operation`` when
    operation could start as things are (None: not within the years that can be counted).
    """

    inputs: ScheduleInputs
    today: date
    feasible: bool
    steps: tuple[StepPlan, ...]
    checks: tuple[Check, ...]
    late: tuple[Late, ...]
    shortenings: tuple[Shortening, ...]
    earliest_start_of_operation: date | None
    facts: Mapping[str, str]

    def step(self, name: str) -> StepPlan | None:
        """The step with this id, None when this procurement does not need it."""
        return next((s for s in self.steps if s.id == name), None)
