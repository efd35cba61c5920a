"""What of the inputs cannot be used; all of it at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.schedule.decide import body_row
from sekisho.engines.schedule.model import ScheduleInputs
from sekisho.errors import InputError, Problem
from sekisho.standards.procurement_calendar import BUILD, FACTS

if TYPE_CHECKING:
    from sekisho.standards.procurement_calendar import Calendar

__all__ = ["LONGEST_AHEAD_YEARS", "check_inputs", "last_day"]

LONGEST_AHEAD_YEARS: Final = 10
MAX_YEN: Final = 1_000_000_000_000
MAX_BUILD_DAYS: Final = 3650
MAX_DAYS: Final = 400
GROUNDS: Final = frozenset({"e_gazette", "e_documents", "e_bidding"})
_LAST_YEAR: Final = 2150  # of the library of holidays


def last_day(today: date) -> date:
    """The last wished day that can be counted: ten years ahead."""
    return date(min(today.year + LONGEST_AHEAD_YEARS, _LAST_YEAR), 12, 31)


def check_inputs(inputs: ScheduleInputs, rules: Calendar, today: date) -> None:
    """Raise InputError (``schedule.invalid`` with every problem) for what cannot be used."""
    problems = [*_choices(inputs), *_numbers(inputs, today), *_lengths(inputs, rules)]
    try:
        body_row(inputs, rules)
    except InputError as error:
        problems.append(Problem(error.code, error.fields, column="body"))
    if inputs.award == "overall" and inputs.method not in {"open", "selective"}:
        problems.append(Problem("schedule.award_not_for_method", {"method": inputs.method}, column="award"))
    if problems:
        raise InputError("schedule.invalid", problems=tuple(problems), count=len(problems))


def _choices(inputs: ScheduleInputs) -> Iterator[Problem]:
    asked: dict[str, tuple[str, ...]] = {name: FACTS[name] for name in ("method", "kind", "award", "off_the_shelf")}
    asked |= {"treaty": ("auto", "yes", "no"), "invitations": ("auto", "yes", "no"), "ground_negotiated": ("", "small", "other")}
    for name, known in asked.items():
        value = getattr(inputs, name)
        if value not in known:
            yield _problem("unknown_choice", name, value=value, known=", ".join(k for k in known if k))
    for ground in sorted(set(inputs.grounds) - GROUNDS):
        yield _problem("unknown_choice", "grounds", value=ground, known=", ".join(sorted(GROUNDS)))


def _whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _numbers(inputs: ScheduleInputs, today: date) -> Iterator[Problem]:
    if not _whole(inputs.amount_yen, 1, MAX_YEN):
        yield _problem("amount_out_of_range", "amount_yen", value=inputs.amount_yen, limit=MAX_YEN)
    if not _whole(inputs.build_days, 1, MAX_BUILD_DAYS):
        yield _problem("build_days_out_of_range", "build_days", value=inputs.build_days, limit=MAX_BUILD_DAYS)
    if inputs.wished_start <= today:
        yield _problem("start_in_past", "wished_start", date=inputs.wished_start.isoformat(), today=today.isoformat())
    elif inputs.wished_start > last_day(today):
        yield _problem("start_too_far", "wished_start", date=inputs.wished_start.isoformat(), limit=last_day(today).isoformat())


def _lengths(inputs: ScheduleInputs, rules: Calendar) -> Iterator[Problem]:
    known = {p.id for p in rules.periods} - {BUILD, "same_day"}
    for name, days in inputs.lengths.items():
        if name not in known:
            yield _problem("unknown_period", "lengths", period=name)
        elif not _whole(days, 0, MAX_DAYS):
            yield _problem("days_out_of_range", "lengths", period=name, value=days, limit=MAX_DAYS)


def _problem(code: str, column: str, **fields: Any) -> Problem:
    return Problem(f"schedule.{code}", fields, column=column)
