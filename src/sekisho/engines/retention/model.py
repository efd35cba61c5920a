"""What retention answers with: explanations of one kind, decisions over several, holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from sekisho.engines.retention.days import YearEnd
from sekisho.standards.model import Text
from sekisho.standards.retention_rules import Personal, RuleClass

__all__ = [
    "Assumption", "Case", "Conflict", "Decision", "Disposal", "Explanation", "Hold", "Option", "Reason", "State", "Status",
]  # fmt: skip


class Status(StrEnum):
    """Whether the last day is known."""

    DECIDED = "decided"
    UNDECIDED = "undecided"
    PERMANENT = "permanent"


class State(StrEnum):
    """Where an entry stands on a day, the strongest first: a hold stops everything, nothing is deleted that is undecided."""

    HELD = "held"
    UNDECIDED = "undecided"
    PERMANENT = "permanent"
    KEPT = "kept"
    AWAITING_DISPOSAL = "awaiting_disposal"
    DUE = "due"
    MUST_DELETE = "must_delete"


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of one thing to keep, besides its kind.

    ``events``: day by event id; the key ``event`` stands for the kind's main event. ``answers``: yes or no by question id.
    ``year_end``: end of the organisation's business year, None when unknown. ``filing_months``: months by which the due day of
    the tax return was put off. ``own_value``/``own_unit``: the period of the organisation's own rules where the law names none.
    """

    events: dict[str, date] = field(default_factory=dict)
    answers: dict[str, bool] = field(default_factory=dict)
    year_end: YearEnd | None = None
    filing_months: int = 0
    own_value: int | None = None
    own_unit: str = "year"


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that applied: sentence code with its fields, the law, how it was checked, the days it leads to."""

    code: str
    fields: dict[str, Any]
    law: Text
    verified: str
    confidence: str
    source: str
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """What would hold if a question were answered with yes (or a reading were chosen)."""

    id: str
    question: str
    title: Text
    first_day: date | None
    last_day: date | None
    law: Text
    longer: bool


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something that was taken as given without being handed in; nothing may be deleted on it."""

    code: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Until when one kind must be kept, and why.

    ``first_day``: first counted day. ``last_day_kept``: the last day on which it must still be there. ``first_deletion_day``: the
    day after. ``missing``: event ids, or ``year_end``/``period``, without which nothing is decided. ``open_questions``: questions
    whose yes would keep it longer. ``rule_hash``: SHA-256 of the kind's rule.
    """

    kind: str
    title: Text
    rule_class: RuleClass
    status: Status
    personal: Personal
    events: dict[str, date]
    first_day: date | None
    period_value: int | None
    period_unit: str
    last_day_kept: date | None
    reasons: tuple[Reason, ...]
    options: tuple[Option, ...]
    assumptions: tuple[Assumption, ...]
    missing: tuple[str, ...]
    open_questions: tuple[str, ...]
    before_deletion: tuple[str, ...]
    verified: str
    confidence: str
    statutory: bool
    rule_hash: str

    @property
    def first_deletion_day(self) -> date | None:
        """The first day on which the period no longer forbids deletion."""
        return None if self.last_day_kept is None else date.fromordinal(self.last_day_kept.toordinal() + 1)

    @property
    def certain(self) -> bool:
        """Whether a deletion may rest on it: decided, nothing assumed, no question open that would keep it longer."""
        return self.status is Status.DECIDED and not self.assumptions and not self.open_questions


@dataclass(frozen=True, slots=True)
class Hold:
    """An order to keep: ``kind`` (litigation, audit, inspection, disclosure_request, other), in force from ``since`` to
    ``until``, both days included; ``until`` None: until it is lifted.
    """

    id: str
    kind: str
    since: date
    until: date | None = None
    reason: str = ""

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on ``day``."""
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Disposal:
    """What was decided about public records: the steps that are done (``national_disposal`` …), each with its reference."""

    done: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two rules that pull apart between two days; ``winner``: kind or duty that decides meanwhile, ``loser`` waits."""

    code: str
    fields: dict[str, Any]
    winner: str
    loser: str
    since: date | None
    until: date | None


@dataclass(frozen=True, slots=True)
class Decision:
    """Where one thing with all its kinds stands on a day; ``governing``: the kinds whose last day is the latest."""

    on: date
    state: State
    last_day_kept: date | None
    due_since: date | None
    must_delete_from: date | None
    number_removable_from: date | None
    governing: tuple[str, ...]
    explanations: tuple[Explanation, ...]
    conflicts: tuple[Conflict, ...]
    holds: tuple[Hold, ...]
    steps_open: tuple[str, ...]
    reasons: tuple[Reason, ...]

    @property
    def days_overdue(self) -> int:
        """Days that have passed since deletion became due; zero when it is not."""
        deletable = self.state in {State.DUE, State.MUST_DELETE} and self.due_since is not None
        return (self.on - self.due_since).days if deletable and self.due_since else 0
