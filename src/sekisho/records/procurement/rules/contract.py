"""From the award on, as pure functions: dates, duties and tests that follow from the clauses, what is handed over."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sekisho.engines.derivation import Derivation
from sekisho.errors import InputError, Problem
from sekisho.records.procurement.rules.periods import Period, add_months, period_uses, require_periods
from sekisho.standards.model import Text

if TYPE_CHECKING:
    from sekisho.engines.derivation import ClauseResult
    from sekisho.standards.rule_sets import ClauseDuty

__all__ = [
    "DEFAULT_SHOWN",
    "STRENGTH_LEVEL",
    "Dates",
    "DutyPlan",
    "TestPlan",
    "add_months",
    "check_dates",
    "classification_of",
    "corporate_number_is_sound",
    "demands_of",
    "frozen_derivation",
    "planned_duties",
    "planned_tests",
    "repeated",
    "strengths_of",
    "test_ref",
]

LONGEST_YEARS: Final = 30
_MOST: Final = 400  # repetitions of one duty: thirty years of months
_DIGITS: Final = 13
STRENGTH_LEVEL: Final[dict[str, str]] = {"low": "ume", "mid": "take", "high": "matsu"}
"""Strength of a bought requirement → the Level that its judgement is to reach."""
DEFAULT_SHOWN: Final = Text(
    "条項のとおりであることが分かる資料を示す", "Material that shows that the clause is met", translation="ours"
)
"""What is shown for a clause whose rule does not say it."""
_CLASSES: Final = {
    "national": {"confidentiality": "Q08c", "integrity": "Q08i", "availability": "Q08a"},
    "municipal": {"confidentiality": "Q08m", "integrity": "Q08i", "availability": "Q08a"},
}
_MUNICIPAL: Final = {"m3a": "MC3A", "m3b": "MC3B", "m3c": "MC3C", "m2": "MC2", "m1": "MC1"}
_GRADES: Final = frozenset("ABC")


@dataclass(frozen=True, slots=True)
class Dates:
    """The days of a contract. ``operation_on`` None: operation begins with the delivery, as far as duties are counted."""

    signed_on: date
    delivery_on: date
    ends_on: date
    operation_on: date | None = None

    def counted_from(self, name: str) -> date:
        """The day that ``contract``, ``delivery``, ``operation`` or ``end`` means."""
        days = {"contract": self.signed_on, "delivery": self.delivery_on, "end": self.ends_on}
        return days.get(name) or self.operation_on or self.delivery_on


@dataclass(frozen=True, slots=True)
class DutyPlan:
    """One thing that falls due because of a clause; ``number`` counts repetitions from 1."""

    clause: str
    duty: str
    number: int
    title: Text
    basis: Text
    due_on: date

    def source(self, contract: object) -> str:
        """The key of its row in the room ``duties``."""
        return f"procurement:{contract}:{self.clause}:{self.duty}:{self.number}"


@dataclass(frozen=True, slots=True)
class TestPlan:
    """One test of acceptance: of a clause (``position`` 0) or of an item of it."""

    clause: str
    requirement: str
    position: int
    demand: Text
    shown: Text
    by: str
    wanted: tuple[str, ...]


def frozen_derivation(frozen: Mapping[str, Any]) -> Derivation:
    """The derivation as it was published. Raises InputError ``procurement_contract.frozen_unreadable``."""
    try:
        return msgspec.convert(frozen["derivation"], Derivation)
    except (KeyError, msgspec.ValidationError) as error:
        raise InputError("procurement_contract.frozen_unreadable", detail=str(error)[:200]) from error


def check_dates(dates: Dates) -> None:
    """Raise InputError naming each day that does not fit: signed ≤ delivery ≤ operation ≤ end, within thirty years."""
    problems = []
    order = [("signed_on", dates.signed_on), ("delivery_on", dates.delivery_on)]
    if dates.operation_on:
        order.append(("operation_on", dates.operation_on))
    order.append(("ends_on", dates.ends_on))
    for (before, first), (name, last) in itertools.pairwise(order):
        if last < first:
            fields = {"earlier": first.isoformat(), "later": last.isoformat()}
            problems.append(Problem(f"procurement_contract.{name}_before_{before}", fields, column=name))
    if dates.ends_on > add_months(dates.signed_on, 12 * LONGEST_YEARS):
        problems.append(Problem("procurement_contract.too_long", {"years": LONGEST_YEARS}, column="ends_on"))
    if problems:
        raise InputError("procurement_contract.wrong_dates", problems=tuple(problems), count=len(problems))


def corporate_number_is_sound(text: str) -> bool:
    """Whether ``text`` is a 法人番号: 13 digits, the first of which checks the others (法人番号の指定等に関する省令)."""
    if len(text) != _DIGITS or not (text.isascii() and text.isdecimal()):
        return False
    total = sum(int(digit) * (1 if place % 2 == 0 else 2) for place, digit in enumerate(reversed(text[1:])))
    return int(text[0]) == 9 - total % 9


def repeated(first: date, every_months: int | None, until: date) -> list[date]:
    """``first`` alone, or again and again until ``until``; at least once, on ``until`` when ``first`` lies after it."""
    return _again(first, Period(every_months, "month") if every_months else None, until)


def _again(first: date, every: Period | None, until: date) -> list[date]:
    if every is None:
        return [first]
    found: list[date] = []
    while len(found) < _MOST and (day := _times(every, len(found)).after(first) if found else first) <= until:
        found.append(day)
    return found or [until]


def _times(period: Period, times: int) -> Period:
    return replace(period, count=period.count * times)


def planned_duties(derivation: Derivation, dates: Dates, periods: Mapping[str, str] | None = None) -> tuple[DutyPlan, ...]:
    """What falls due after the contract because of the included clauses, in order of time.

    ``periods``: what was answered at the contract where a published text cannot be read as a period (:mod:`.periods`). Raises
    InputError ``procurement_contract.periods_missing`` when one is unknown, ``.period_too_often`` for more than can be listed.
    """
    uses = period_uses(derivation, periods or {})
    require_periods(uses, periods or {})
    known = {(use.clause, use.place): use.read for use in uses if use.read}
    found = [plan for clause in derivation.included for duty in clause.duties for plan in _duties(clause, duty, dates, known)]
    return tuple(sorted(found, key=lambda plan: (plan.due_on, plan.clause, plan.duty, plan.number)))


def _duties(clause: ClauseResult, duty: ClauseDuty, dates: Dates, known: Mapping[tuple[str, str], Period]) -> Iterator[DutyPlan]:
    start = dates.counted_from(duty.counted_from)
    after = known[clause.id, duty.after_place] if duty.after_place else Period(duty.after, "day")
    first = max(start, after.after(start) - timedelta(days=duty.ahead))
    every = Period(duty.every, "month") if duty.every else None
    if duty.every_place:
        every = known[clause.id, duty.every_place]
        if _times(every, _MOST).after(first) <= dates.ends_on:
            raise InputError("procurement_contract.period_too_often", place=duty.every_place, text=every.text, limit=_MOST)
    basis = Text(ja=f"{clause.id} {clause.title.ja}", en=f"{clause.id} {clause.title.en}")
    for number, day in enumerate(_again(first, every, dates.ends_on), 1):
        yield DutyPlan(clause.id, duty.id, number, duty.title, basis, day)


def demands_of(clause: ClauseResult) -> list[Text]:
    """What a clause demands: its text, then its items."""
    return [clause.text, *clause.items]


def planned_tests(derivation: Derivation) -> tuple[TestPlan, ...]:
    """One test for each included clause and each of its items. A requirement's items each have their own way of acceptance."""
    return tuple(test for clause in derivation.included for test in _tests(clause))


def _tests(clause: ClauseResult) -> Iterator[TestPlan]:
    demands, ways = demands_of(clause), clause.acceptance
    if clause.own_text:  # the office's own wording stands for all that was demanded: the strictest way
        ways = ways[-1:]
    for position, demand in enumerate(demands):
        way = ways[min(position, len(ways) - 1)] if ways else None
        yield TestPlan(
            clause=clause.id,
            requirement=clause.requirement,
            position=position,
            demand=demand,
            shown=way.shown if way else DEFAULT_SHOWN,
            by=way.by if way else "supplier",
            wanted=way.evidence if way else ("document",),
        )


def test_ref(clause: str, position: int) -> str:
    """How a test is called in lists and sheets: ``AT-1-1`` for the clause, ``AT-1-1#2`` for its second item."""
    return f"{clause}#{position}" if position else clause


def strengths_of(derivation: Derivation) -> dict[str, str]:
    """The bought requirements and their strengths: those that hold and whose clause stands in the specification."""
    included = {clause.requirement for clause in derivation.included if clause.requirement}
    return {r.id: r.level for r in derivation.requirements if r.holds and r.id in included}


def classification_of(derivation: Derivation) -> dict[str, str]:
    """Grade and classes of the system as the answers say them, by field of a subject; what nobody answered is left out."""
    given = {a.question: a.value for a in derivation.answers if a.asked is not False and isinstance(a.value, str)}
    found: dict[str, str] = {}
    if given.get("grade") in _GRADES:
        found["grade"] = str(given["grade"])
    scheme = "municipal" if "Q08m" in given else "national" if "Q08c" in given else ""
    if scheme:
        found["classification_scheme"] = scheme
        for axis, question in _CLASSES[scheme].items():
            if value := given.get(question):
                found[axis] = _MUNICIPAL.get(str(value), str(value).upper())
    return found
