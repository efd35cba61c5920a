"""The schedule as rows for the table beneath the chart, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sekisho.engines.schedule.model import Check, Schedule, Shortening, StepPlan
from sekisho.standards.model import VERIFIED
from sekisho.standards.texts import render

__all__ = ["Row", "rows", "sentence", "shown_date"]

_WEEKDAYS: Final = "月火水木金土日"
_MONEY: Final = frozenset({"amount", "limit", "upper", "sdr"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One step in words. ``state``: on_time, tight (no day to spare) or late; ``checked``: how its length was verified."""

    id: str
    title: str
    start: date
    due: date
    start_text: str
    due_text: str
    days: str
    counted: str
    basis: str
    checked: str
    verified: str
    reason: str
    reason_checked: str
    slack: str
    state: str
    editable: bool
    period: str


def shown_date(day: date, language: str) -> str:
    """「2027年4月1日（木）」 or ``2027-04-01 (Thu)``."""
    if language.startswith("en"):
        return f"{day.isoformat()} ({day:%a})"
    return f"{day.year}年{day.month}月{day.day}日（{_WEEKDAYS[day.weekday()]}）"


def sentence(item: Check | Shortening | tuple[str, Mapping[str, Any]], language: str) -> str:
    """The sentence of a check, a shortening or a formula; amounts with separators, dates written out."""
    code, fields = item if isinstance(item, tuple) else (item.code, item.fields)
    return render(code, {name: _shown(name, value, language) for name, value in fields.items()}, language)


def _shown(name: str, value: Any, language: str) -> Any:
    if name in _MONEY and isinstance(value, int):
        return f"{value:,}"
    if name in {"date", "first_day", "last_day"}:
        return shown_date(date.fromisoformat(value), language)
    return value


def rows(schedule: Schedule, language: str) -> tuple[Row, ...]:
    """One row for each step, in order of time."""
    return tuple(_row(step, language) for step in schedule.steps)


def _row(step: StepPlan, language: str) -> Row:
    source = step.length_source or step.source
    state = "late" if step.late_days else "tight" if step.slack_days == 0 else "on_time"
    if step.late_days:
        slack = render("schedule.slack_late", {"days": step.late_days}, language)
    elif step.slack_days is None:
        slack = render("schedule.slack_none", {}, language)
    else:
        slack = render("schedule.slack_days", {"days": step.slack_days}, language)
    return Row(
        id=step.id,
        title=step.title.get(language),
        start=step.start,
        due=step.due,
        start_text=shown_date(step.start, language),
        due_text=shown_date(step.due, language),
        days="" if step.days is None else str(step.days),
        counted=" ".join(sentence(part, language) for part in step.formula),
        basis=source.basis.get(language),
        checked=VERIFIED[source.verified].get(language),
        verified=source.verified,
        reason=step.source.basis.get(language),
        reason_checked=VERIFIED[step.source.verified].get(language),
        slack=slack,
        state=state,
        editable=step.editable,
        period=step.period,
    )
