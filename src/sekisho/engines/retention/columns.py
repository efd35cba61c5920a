"""Counting by columns of days: what :mod:`days` and :mod:`explain` do for one, for ``datetime64[D]`` arrays. NaT stays NaT."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sekisho.engines.retention.days import APRIL, YearEnd
from sekisho.engines.retention.model import Case
from sekisho.standards.retention_rules import Start

__all__ = ["NAT", "after_year", "later", "period_end", "start_of", "year_ends"]

Days = npt.NDArray[np.datetime64]
NAT: Final = np.datetime64("NaT", "D")
_MONTHS: Final = 12


def _month(days: Days) -> Days:
    return days.astype("datetime64[M]")


def period_end(first: Days, value: int, unit: str) -> Days:
    """The last days of periods that begin on ``first`` (Civil Code art. 143)."""
    if unit == "day":
        return first + (value - 1)
    month = _month(first)
    target = month + (value * _MONTHS if unit == "year" else value)
    begin = target.astype("datetime64[D]")
    length = (target + 1).astype("datetime64[D]") - begin
    offset = first - month.astype("datetime64[D]")
    ends: Days = begin + np.minimum(offset, length) - 1
    return ends


def later(one: Days, other: Days) -> Days:
    """The later of two days; the first where the second is not known, NaT where the first is not."""
    found: Days = np.where(np.isnat(other) | np.isnat(one), one, np.maximum(one, other))
    return found


def year_ends(days: Days, end: YearEnd) -> Days:
    """The last day of the business year that holds each day."""
    year = days.astype("datetime64[Y]")
    here = _on(year, end)
    found: Days = np.where(days <= here, here, _on(year + 1, end))
    return found


def _on(year: Days, end: YearEnd) -> Days:
    month = year.astype("datetime64[M]") + (end.month - 1)
    found: Days = ((month + 1).astype("datetime64[D]") - 1) if end.is_month_end else month.astype("datetime64[D]") + (end.day - 1)
    return found


def start_of(start: Start, base: Days, case: Case) -> tuple[Days, Days | None]:
    """First counted days, and the first days of the business years where one counts (else None)."""
    if start.rule in {"months_after_fiscal_year", "after_fiscal_year", "next_fiscal_year"}:
        end = APRIL if start.year == "april" else case.year_end
        if end is None:
            return np.full(len(base), NAT), None
        ends = year_ends(base, end)
        began = _on(ends.astype("datetime64[Y]") - 1, end) + 1
        return after_year(start, ends, case), began
    return _simple(start, base), None


def after_year(start: Start, ends: Days, case: Case) -> Days:
    """First counted days after the ends of years or tax periods."""
    return _after_months(ends, start.months + case.filing_months) if start.months else ends + 1


def _after_months(days: Days, months: int) -> Days:
    found: Days = period_end(days + 1, months, "month") + 1
    return found


def _simple(start: Start, base: Days) -> Days:
    if start.rule == "on_event":
        return base
    if start.rule == "days_before":
        return base - ((start.days or 0) - 1)
    if start.rule == "months_after_event":
        return _after_months(base, start.months or 0)
    if start.rule in {"next_calendar_year", "next_year_day"}:
        year: Any = base.astype("datetime64[Y]") + 1
        month, day = (start.month or 1, start.day or 1) if start.rule == "next_year_day" else (1, 1)
        found: Days = (year.astype("datetime64[M]") + (month - 1)).astype("datetime64[D]") + (day - 1)
        return found
    return base + 1
