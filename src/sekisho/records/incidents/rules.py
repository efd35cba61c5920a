"""Decisions of 事案 as pure functions: what may be ticked, what is counted, whether a cause came back. No database, no clock."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from statistics import median
from typing import Final

from sekisho.errors import InputError
from sekisho.standards.human_error import human_error

__all__ = [
    "ENTRIES_A_FACTOR",
    "MOST_TEXT",
    "Counted",
    "Figures",
    "Ticked",
    "check_kind",
    "check_method",
    "check_remedy",
    "check_ticked",
    "checked_text",
    "count_by_quarter",
    "figures",
    "first_day_of",
    "quarter_of",
    "quarters_until",
    "recurring",
]

MOST_TEXT: Final = 4000
ENTRIES_A_FACTOR: Final = 30
_NO_TEXT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def checked_text(text: str, *, name: str, limit: int = MOST_TEXT, needed: bool = False) -> str:
    """``text`` without spaces around it. Raises InputError when it is too long, missing, or no text."""
    if _NO_TEXT.search(text):
        raise InputError("incidents.not_text", name=name)
    text = text.strip()
    if needed and not text:
        raise InputError("incidents.missing", name=name)
    if len(text) > limit:
        raise InputError("incidents.too_long", name=name, limit=limit)
    return text


def check_kind(kind: str) -> str:
    """``kind`` if it is one. Raises InputError ``incidents.unknown_kind``."""
    if all(one.id != kind for one in human_error().kinds):
        raise InputError("incidents.unknown_kind", name="kind", value=kind[:60])
    return kind


def check_method(method: str, *, kind: str) -> str:
    """``method`` if it fits incidents of ``kind``. Raises InputError ``incidents.unknown_method``, ``incidents.method_unfit``."""
    if human_error().method(method) is None:
        raise InputError("incidents.unknown_method", name="method", value=method[:60])
    if all(one.id != method for one in human_error().methods_for(kind)):
        raise InputError("incidents.method_unfit", name="method")
    return method


def check_remedy(remedy: str) -> str:
    """``remedy`` if it is one. Raises InputError ``incidents.unknown_remedy``."""
    if all(one.id != remedy for one in human_error().remedies):
        raise InputError("incidents.unknown_remedy", name="remedy", value=remedy[:60])
    return remedy


@dataclass(frozen=True, slots=True)
class Ticked:
    """One line of a sheet: a cause of the catalogue, or own words (``cause`` empty) under a factor."""

    factor: str
    cause: str = ""
    text: str = ""
    weight: str = "part"


def check_ticked(method: str, lines: Sequence[Ticked]) -> list[Ticked]:
    """The lines of a sheet, in the order of the method's factors. Raises InputError for what the method does not know."""
    chosen = human_error().method(method)
    if chosen is None:
        raise InputError("incidents.unknown_method", name="method", value=method[:60])
    order = {factor.id: number for number, factor in enumerate(chosen.factors)}
    known = {cause.id: factor.id for factor in chosen.factors for cause in factor.causes}
    places = {cause.id: number for factor in chosen.factors for number, cause in enumerate(factor.causes)}
    checked = []
    for line in lines:
        if line.factor not in order:
            raise InputError("incidents.unknown_factor", name="factor", value=line.factor[:60])
        if line.weight not in {"root", "part"}:
            raise InputError("incidents.unknown_weight", name="weight", value=line.weight[:60])
        text = checked_text(line.text, name="text", limit=1000, needed=not line.cause)
        if line.cause and known.get(line.cause) != line.factor:
            raise InputError("incidents.unknown_cause", name="cause", value=line.cause[:60])
        checked.append(Ticked(line.factor, line.cause, text, line.weight))
    named = [line.cause for line in checked if line.cause]
    if len(set(named)) < len(named):
        raise InputError("incidents.cause_twice", name="cause")
    if any(count > ENTRIES_A_FACTOR for count in Counter(line.factor for line in checked).values()):
        raise InputError("incidents.too_many_causes", name="cause", limit=ENTRIES_A_FACTOR)
    return sorted(checked, key=lambda line: (order[line.factor], places.get(line.cause, ENTRIES_A_FACTOR)))


# ----------------------------------------------------------------------------------------------------------- counting


def quarter_of(day: date) -> tuple[int, int]:
    """(fiscal year, quarter 1–4) of a day; the year begins on 1 April."""
    year = day.year if day.month >= 4 else day.year - 1  # noqa: PLR2004 - April
    return year, (day.month - 4) % 12 // 3 + 1


def quarters_until(day: date, count: int) -> list[tuple[int, int]]:
    """The last ``count`` quarters up to that of ``day``, oldest first."""
    year, quarter = quarter_of(day)
    last = year * 4 + quarter - 1
    return [(number // 4, number % 4 + 1) for number in range(last - count + 1, last + 1)]


def first_day_of(quarter: tuple[int, int]) -> date:
    """The first day of a quarter."""
    year, number = quarter
    return date(year, number * 3 + 1, 1) if number < 4 else date(year + 1, 1, 1)  # noqa: PLR2004 - the fourth begins in January


@dataclass(frozen=True, slots=True)
class Counted:
    """One settled incident for counting: when it was found, its kind, its causes by id, those that were roots.

    ``factors``: all factors that had a part, those with causes in own words, too.
    """

    incident: str
    found: date
    kind: str
    causes: frozenset[str]
    roots: frozenset[str] = frozenset()
    factors: frozenset[str] = frozenset()


def count_by_quarter(incidents: Iterable[Counted], quarters: Sequence[tuple[int, int]]) -> dict[str, dict[tuple[int, int], int]]:
    """For each cause: in how many incidents of each quarter it had a part. An incident counts once, whatever its sheets."""
    table: dict[str, dict[tuple[int, int], int]] = {}
    for one in incidents:
        quarter = quarter_of(one.found)
        if quarter not in quarters:
            continue
        for cause in one.causes:
            row = table.setdefault(cause, dict.fromkeys(quarters, 0))
            row[quarter] += 1
    return table


def recurring(incidents: Iterable[Counted], treated: Mapping[str, Iterable[date]]) -> dict[str, int]:
    """Causes that came back: how many incidents had the cause after a countermeasure against it was done.

    ``treated``: cause → the days on which countermeasures aimed at it were done. The day itself does not count as after.
    """
    first = {cause: min(days) for cause, days in ((cause, list(days)) for cause, days in treated.items()) if days}
    found: Counter[str] = Counter()
    for one in incidents:
        found.update(cause for cause in one.causes if cause in first and one.found > first[cause])
    return dict(found)


# -------------------------------------------------------------------------------------------------------- the figures


@dataclass(frozen=True, slots=True)
class Figures:
    """What an organisation's incidents of a period say. Pairs are (numerator, denominator)."""

    incidents: int
    near_misses: int
    by_kind: Mapping[str, int] = field(default_factory=dict)
    by_factor: Mapping[str, int] = field(default_factory=dict)
    analysed: tuple[int, int] = (0, 0)
    days_to_settle: float | None = None
    measures_done: tuple[int, int] = (0, 0)
    beyond_reminding: tuple[int, int] = (0, 0)
    recurred: tuple[int, int] = (0, 0)


def figures(
    kinds: Sequence[tuple[str, bool]],
    counted: Sequence[Counted],
    *,
    settled: Sequence[tuple[datetime, datetime]],
    due_measures: tuple[int, int],
    remedies: Sequence[str],
    treated: Mapping[str, Iterable[date]],
) -> Figures:
    """``kinds``: (kind, near miss) of each; ``counted``: those with a settled sheet; ``settled``: (found, settled) of these.

    ``due_measures``: (done, whose day has come or that are done); ``remedies``: kinds of all countermeasures.
    """
    by_factor = Counter(factor for one in counted for factor in one.factors)
    weak = {"training", "reminder"}
    back = recurring(counted, treated)
    return Figures(
        incidents=sum(not near for _, near in kinds),
        near_misses=sum(near for _, near in kinds),
        by_kind=Counter(kind for kind, near in kinds if not near),
        by_factor=by_factor,
        analysed=(len(counted), len(kinds)),
        days_to_settle=median((end - begin).total_seconds() / 86_400 for begin, end in settled) if settled else None,
        measures_done=due_measures,
        beyond_reminding=(sum(one not in weak for one in remedies), len(remedies)),
        recurred=(sum(cause in back for cause in treated), len(treated)),
    )
