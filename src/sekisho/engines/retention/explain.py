"""One kind: from its events to the last day kept, with every reason."""

from __future__ import annotations

import hashlib
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import MAXYEAR, date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, cast

import msgspec

from sekisho.engines.retention.days import APRIL, DAY, YearEnd, last_day, months_after, year_end_of, year_start_of
from sekisho.engines.retention.model import Assumption, Case, Explanation, Option, Reason, Status
from sekisho.errors import InputError
from sekisho.standards.model import Text
from sekisho.standards.retention_rules import Alternative, Kind, Period, RetentionRules, Start, retention_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LENGTHS", "explain", "resolved", "rule_hash"]

LENGTHS: Final = frozenset({"year", "month", "day"})
CIVIL_CODE: Final = Text("民法 第140条・第141条・第143条", "Civil Code arts. 140, 141 and 143")


@lru_cache(maxsize=1024)
def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def rule_hash(kind: Kind) -> str:
    """SHA-256 (hex) of everything the kind says: changes when its rule, its law or its words change."""
    return _hash(msgspec.json.encode(kind, order="deterministic"))


@dataclass(frozen=True, slots=True)
class _Count:
    """The first counted day, the day it was counted from, and the last day; None where something is missing."""

    first: date | None
    base: date | None
    last: date | None
    missing: tuple[str, ...]
    year_began: date | None = None
    months: int = 0


def explain(
    kind: str,
    events: date | Mapping[str, date] | None,
    *,
    case: Case | None = None,
    rules: RetentionRules | None = None,
    assumptions: tuple[Assumption, ...] = (),
) -> Explanation:
    """Until when a thing of ``kind`` must be kept.

    ``events``: the day of the kind's main event, or days by event id. ``case``: what else is known (its ``events`` are joined).
    ``assumptions``: what the caller took as given when filling the case; carried into the answer. What is unknown leaves the
    answer undecided and is named in ``missing``. Raises InputError ``retention.unknown_kind``, ``retention.unknown_event``,
    ``retention.unknown_question`` and ``retention.day_out_of_range``.
    """
    rules = rules or retention_rules()
    one = rules.kind(kind)
    case = case or Case()
    given = dict(case.events) | ({"event": events} if isinstance(events, date) else dict(events or {}))
    case = replace(case, events=_named(one, given, rules))
    _check_answers(one, case, rules)
    period, start, chosen = resolved(one, case)
    count = _counted(one, start, period, case, chosen)
    length = _length(period, case, chosen, count.year_began)
    options = _options(one, case, count)
    return Explanation(
        kind=one.id,
        title=one.title,
        rule_class=one.rule.class_,
        status=_status(one, count),
        personal=one.rule.personal,
        events=dict(sorted(case.events.items())),
        first_day=count.first,
        period_value=length[0],
        period_unit=length[1],
        last_day_kept=count.last,
        reasons=tuple(_reasons(one, start, count, chosen, length)),
        options=options,
        assumptions=assumptions if count.last is not None else (),
        missing=count.missing,
        open_questions=tuple(dict.fromkeys(o.question for o in options if o.longer and o.question not in case.answers)),
        before_deletion=one.rule.before_deletion,
        verified=one.rule.start_verified if one.verified in {"text", "source_document"} else one.verified,
        confidence=min(one.confidence, one.rule.start_confidence, key=("low", "medium", "high").index),
        statutory=one.statutory,
        rule_hash=rule_hash(one),
    )


def _named(kind: Kind, given: dict[str, date], rules: RetentionRules) -> dict[str, date]:
    """The events by their own names: ``event`` is the main one."""
    known = set(_events_of(kind))
    found: dict[str, date] = {}
    for name, day in given.items():
        real = kind.rule.start.event if name == "event" else name
        if real not in known:
            code = "retention.unknown_event" if real not in rules.events else "retention.event_of_another_kind"
            raise InputError(code, event=name[:60], kind=kind.id, known=", ".join(sorted(known)))
        found[real] = day
    return found


def _events_of(kind: Kind) -> tuple[str, ...]:
    starts = [kind.rule.start, *(a.start for a in kind.rule.alternatives if a.start)]
    return tuple(dict.fromkeys(name for start in starts for name in start.events))


def _check_answers(kind: Kind, case: Case, rules: RetentionRules) -> None:
    known = {a.when for a in kind.rule.alternatives}
    for name in case.answers:
        if name not in rules.conditions:
            raise InputError("retention.unknown_question", question=name[:60], kind=kind.id, known=", ".join(sorted(known)))


def resolved(kind: Kind, case: Case) -> tuple[Period, Start, tuple[Alternative, ...]]:
    """Period and start after every question answered with yes; where two change the period, the longer one holds."""
    chosen = tuple(a for a in kind.rule.alternatives if case.answers.get(a.when))
    period, start = kind.rule.period, kind.rule.start
    lengths = [a.period for a in chosen if a.period]
    if lengths:
        period = max(lengths, key=lambda p: (p.unit == "year", p.value or 0))
    for one in chosen:
        start = one.start or start
    return period, start, chosen


def _length(period: Period, case: Case, chosen: tuple[Alternative, ...], year_began: date | None) -> tuple[int | None, str]:
    value, unit = period.value, str(period.unit)
    if unit not in LENGTHS and unit == "defined_by_rule" and case.own_value is not None:
        return case.own_value, case.own_unit
    for one in chosen:
        if one.earlier and one.period == period and year_began is not None and year_began < one.earlier.year_began_before:
            value = one.earlier.value
    return value, unit


def _status(kind: Kind, count: _Count) -> Status:
    if kind.rule.class_ == "permanent":
        return Status.PERMANENT
    return Status.DECIDED if count.last is not None else Status.UNDECIDED


def _counted(kind: Kind, start: Start, period: Period, case: Case, chosen: tuple[Alternative, ...]) -> _Count:
    if kind.rule.class_ == "permanent":
        return _Count(None, None, None, ())
    first, base, missing, began = _first_day(start, case)
    value, unit = _length(period, case, chosen, began)
    if kind.rule.class_ == "must_delete":
        return _Count(None, base, None, (*missing, "governing_kind"))
    if value is None or unit not in LENGTHS:
        return _Count(first, base, None, (*missing, "period"), began)
    if first is None:
        return _Count(None, base, None, missing, began)
    last = last_day(first, value=value, unit=cast("Literal['year', 'month', 'day']", unit))
    if kind.rule.end == "fiscal_year_after":
        end = _year(start, case)
        if end is None:
            return _Count(first, base, None, ("year_end",), began)
        last = year_end_of(last + DAY, end)
    return _Count(first, base, last, (), began, (start.months or 0) + case.filing_months)


def _year(start: Start, case: Case) -> YearEnd | None:
    return APRIL if start.year == "april" else case.year_end


def _base(start: Start, case: Case) -> tuple[date | None, tuple[str, ...]]:
    """The event that counts: what replaces it, or the later of two."""
    if start.replaced_by and start.replaced_by in case.events:
        return case.events[start.replaced_by], ()
    main = case.events.get(start.event)
    if main is None:
        return None, (start.event,)
    later = case.events.get(start.or_later) if start.or_later else None
    return (max(main, later) if later else main), ()


def _first_day(start: Start, case: Case) -> tuple[date | None, date | None, tuple[str, ...], date | None]:
    """First counted day, the event it follows, what is missing, and the first day of the business year where one counts."""
    if start.set_by and (day := case.events.get(start.set_by)):
        return day, day, (), None
    end = case.events.get(start.period_end) if start.period_end else None
    if end is not None:  # how long that year was is not known: rules for older years do not apply
        return _after_year(start, end, case), end, (), None
    base, missing = _base(start, case)
    if base is None or start.rule not in _BY_YEAR:
        return (None if base is None else _simple(start, base)), base, missing, None
    year = _year(start, case)
    if year is None:
        return None, base, ("year_end",), None
    return _after_year(start, year_end_of(base, year), case), base, (), year_start_of(base, year)


def _after_year(start: Start, end: date, case: Case) -> date:
    return months_after(end, start.months + case.filing_months) if start.months else _after(end)


_BY_YEAR: Final = frozenset({"months_after_fiscal_year", "after_fiscal_year", "next_fiscal_year"})


def _after(day: date) -> date:
    if day == date.max:
        raise InputError("retention.day_out_of_range", year=MAXYEAR + 1)
    return day + DAY


def _simple(start: Start, base: date) -> date:
    if start.rule == "on_event":
        return base
    if start.rule == "days_before":
        return base - timedelta(days=(start.days or 0) - 1)
    if start.rule == "months_after_event":
        return months_after(base, start.months or 0)
    if start.rule in {"next_calendar_year", "next_year_day"}:
        if base.year >= MAXYEAR:
            raise InputError("retention.day_out_of_range", year=MAXYEAR + 1)
        month, day = (start.month or 1, start.day or 1) if start.rule == "next_year_day" else (1, 1)
        return date(base.year + 1, month, min(day, monthrange(base.year + 1, month)[1]))
    return _after(base)


def _options(kind: Kind, case: Case, count: _Count) -> tuple[Option, ...]:
    """What each question that is not answered with yes would lead to."""
    found = []
    for one in kind.rule.alternatives:
        if case.answers.get(one.when):
            continue
        trial = replace(case, answers={**case.answers, one.when: True})
        period, start, chosen = resolved(kind, trial)
        other = _counted(kind, start, period, trial, chosen)
        longer = other.last is not None and count.last is not None and other.last > count.last
        undecided = other.last is None and count.last is not None
        found.append(Option(one.id, one.when, one.title, other.first, other.last, one.basis, longer or undecided))
    return tuple(found)


def _reasons(
    kind: Kind, start: Start, count: _Count, chosen: tuple[Alternative, ...], length: tuple[int | None, str]
) -> list[Reason]:
    value, unit = length
    made = [_period_reason(kind, count, value, unit)]
    for one in chosen:
        titles = {"title_ja": one.title.ja, "title_en": one.title.en, "law_ja": one.basis.ja, "law_en": one.basis.en}
        made.append(Reason("retention.reason_alternative", titles, one.basis, one.verified, one.confidence, kind.id))
    if count.base is not None and count.first is not None:
        about = {"event": start.event, "day": count.base.isoformat(), "first": count.first.isoformat()}
        numbers = {"months": count.months, "days": start.days or 0}
        mark, sure = kind.rule.start_verified, kind.rule.start_confidence
        made.append(Reason(f"retention.start_{start.rule}", {**about, **numbers}, kind.basis, mark, sure, kind.id, count.first))
    if count.last is not None and count.first is not None:
        days = {"first": count.first.isoformat(), "last": count.last.isoformat()}
        code = "retention.end_fiscal_year" if kind.rule.end == "fiscal_year_after" else "retention.end_period"
        lengths = {"value": value, "unit": unit}
        made.append(Reason(code, {**days, **lengths}, CIVIL_CODE, "text", "high", "civil_code", count.first, count.last))
    return made


def _period_reason(kind: Kind, count: _Count, value: int | None, unit: str) -> Reason:
    by_rule = kind.rule.class_ == "own_rule" and unit not in LENGTHS
    code = "retention.reason_by_rule" if by_rule else f"retention.reason_{kind.rule.class_}"
    titles = {"kind": kind.id, "title_ja": kind.title.ja, "title_en": kind.title.en}
    fields = {**titles, "value": value, "unit": unit, "law_ja": kind.basis.ja, "law_en": kind.basis.en}
    return Reason(code, fields, kind.basis, kind.verified, kind.confidence, kind.id, count.first, count.last)
