"""Due lists over millions of entries: the same answers as :func:`explain` and :func:`decide`, computed by columns.

Entries are grouped by kind and case; each group is one calculation over NumPy day columns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import MAXYEAR, date
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sekisho.engines.retention.columns import NAT, after_year, later, period_end, start_of, year_ends
from sekisho.engines.retention.days import APRIL
from sekisho.engines.retention.explain import LENGTHS, resolved
from sekisho.engines.retention.model import Case, State
from sekisho.errors import InputError
from sekisho.standards.retention_rules import Kind, RetentionRules, Start, retention_rules

__all__ = ["STATES", "DueList", "Entries", "due_list"]

Days = npt.NDArray[np.datetime64]
STATES: Final = tuple(State)
"""What the codes in :attr:`DueList.state` mean."""
_CODE: Final = {state: np.int8(code) for code, state in enumerate(STATES)}
_IN_ORDER: Final = (State.HELD, State.PERMANENT, State.UNDECIDED, State.KEPT, State.AWAITING_DISPOSAL, State.MUST_DELETE)
_PERSONAL: Final = {"none": 0, "personal": 1, "my_number": 2}
_LAST: Final = np.datetime64(date(MAXYEAR, 12, 31))


@dataclass(frozen=True, slots=True)
class Entries:
    """Columns of equal length, one row for each kind of each entry.

    ``kind``: index into ``kinds``. ``event``: day of the kind's main event (NaT: unknown). ``second``: day of its second event
    (the later one, or the one that replaces the first). ``fixed``: day of its ``set_by`` or ``period_end`` event. ``case``: index
    into ``cases`` (answers, business year, own period; their events are not used). ``entry``: number of the entry a row belongs
    to, ascending; None: one row is one entry. By entry, taken from its first row: ``held``, ``steps_done``, ``purpose_ended``.
    """

    kinds: Sequence[str]
    kind: npt.NDArray[np.integer[Any]]
    event: Days
    second: Days | None = None
    fixed: Days | None = None
    cases: Sequence[Case] = field(default_factory=lambda: (Case(),))
    case: npt.NDArray[np.integer[Any]] | None = None
    entry: npt.NDArray[np.integer[Any]] | None = None
    held: npt.NDArray[np.bool_] | None = None
    steps_done: npt.NDArray[np.bool_] | None = None
    purpose_ended: Days | None = None


@dataclass(frozen=True, slots=True)
class DueList:
    """One row for each entry.

    ``first_row``: where its rows begin. ``state``: index into :data:`STATES`. Days are ``datetime64[D]``, NaT for none.
    ``days_overdue``: zero unless deletion is due. ``certain``: no question is open that would keep it longer.
    """

    on: date
    first_row: npt.NDArray[np.int64]
    state: npt.NDArray[np.int8]
    last_day_kept: Days
    due_since: Days
    must_delete_from: Days
    days_overdue: npt.NDArray[np.int32]
    certain: npt.NDArray[np.bool_]

    def counts(self) -> dict[str, int]:
        """How many entries are in each state."""
        found = np.bincount(self.state, minlength=len(STATES))
        return {state.value: int(found[code]) for code, state in enumerate(STATES)}


@dataclass(frozen=True, slots=True)
class _Rows:
    """What is known of each row before entries are put together."""

    last: Days
    certain: npt.NDArray[np.bool_]
    permanent: npt.NDArray[np.bool_]
    must: npt.NDArray[np.bool_]
    personal: npt.NDArray[np.int8]
    statutory: npt.NDArray[np.bool_]
    steps: npt.NDArray[np.bool_]
    ended: Days


def due_list(entries: Entries, *, on: date, rules: RetentionRules | None = None) -> DueList:
    """Where every entry stands on ``on``.

    Raises InputError ``retention.unknown_kind``, ``retention.day_out_of_range``, and ``retention.columns_differ`` where columns
    are not equally long.
    """
    known = rules or retention_rules()
    size = len(entries.kind)
    columns = (
        entries.event,
        entries.second,
        entries.case,
        entries.entry,
        entries.held,
        entries.steps_done,
        entries.purpose_ended,
    )
    if any(column is not None and len(column) != size for column in columns):
        raise InputError("retention.columns_differ", rows=size)
    rows = _computed(entries, known)
    if entries.entry is None:
        starts = np.arange(size, dtype=np.int64)
        return _decided(rows, entries, on, starts, lambda column, _: column)
    starts = np.flatnonzero(np.r_[True, entries.entry[1:] != entries.entry[:-1]]) if size else np.arange(0)
    return _decided(rows, entries, on, starts, lambda column, how: how.reduceat(column, starts) if size else column)


def _computed(entries: Entries, rules: RetentionRules) -> _Rows:
    size = len(entries.kind)
    rows = _Rows(
        last=np.full(size, NAT), certain=np.ones(size, bool), permanent=np.zeros(size, bool), must=np.zeros(size, bool),
        personal=np.zeros(size, np.int8), statutory=np.zeros(size, bool), steps=np.zeros(size, bool), ended=np.full(size, NAT),
    )  # fmt: skip
    if not size:
        return rows
    wide = max(len(entries.cases), 1)
    few = len(entries.kinds) * wide <= np.iinfo(np.uint16).max  # sorted by digits, ten times as fast
    pairs = np.asarray(entries.kind, np.int64) * wide + (0 if entries.case is None else entries.case)
    pairs = pairs.astype(np.uint16) if few else pairs
    order = np.argsort(pairs, kind="stable")
    ordered = pairs[order]
    borders = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1], True])
    for begin, end in pairwise(borders.tolist()):
        number, case = divmod(int(ordered[begin]), wide)
        where = order[begin:end] if end - begin < size else slice(None)
        _one_kind(rules.kind(entries.kinds[number]), entries.cases[case], entries, where, rows)
    return rows


def _one_kind(kind: Kind, case: Case, entries: Entries, where: Any, rows: _Rows) -> None:
    event = entries.event[where].astype("datetime64[D]", copy=False)
    known = _Known(event, *(None if column is None else column[where] for column in (entries.second, entries.fixed)))
    rows.personal[where] = _PERSONAL[kind.rule.personal]
    rows.statutory[where] = kind.statutory
    rows.steps[where] = bool(kind.rule.before_deletion)
    rows.must[where] = kind.rule.class_ == "must_delete"
    rows.permanent[where] = kind.rule.class_ == "permanent"
    if kind.rule.start.event == "purpose_ended":
        rows.ended[where] = event
    if kind.rule.class_ in {"must_delete", "permanent"}:
        return
    last = _last(kind, case, known)
    rows.last[where] = last
    for one in kind.rule.alternatives:
        if one.when in case.answers:
            continue
        other = _last(kind, _with(case, one.when), known)
        rows.certain[where] &= ~((other > last) | (np.isnat(other) & ~np.isnat(last)))


def _with(case: Case, question: str) -> Case:
    return Case({}, {**case.answers, question: True}, case.year_end, case.filing_months, case.own_value, case.own_unit)


@dataclass(frozen=True, slots=True)
class _Known:
    """The days that are known of a group."""

    event: Days
    second: Days | None
    fixed: Days | None


def _last(kind: Kind, case: Case, known: _Known) -> Days:
    period, start, chosen = resolved(kind, case)
    value, unit = (case.own_value, case.own_unit) if period.unit == "defined_by_rule" else (period.value, str(period.unit))
    if value is None or unit not in LENGTHS:
        return np.full(len(known.event), NAT)
    first, began = _first(start, case, known)
    last = period_end(first, value, unit)
    for one in chosen:
        if one.earlier and one.period == period and began is not None:
            older = began < np.datetime64(one.earlier.year_began_before)
            last = np.where(older, period_end(first, one.earlier.value, unit), last)
    if kind.rule.end == "fiscal_year_after":
        last = _to_year_end(last, start.year, case)
    if (last > _LAST).any():
        raise InputError("retention.day_out_of_range", year=MAXYEAR + 1)
    return last


def _first(start: Start, case: Case, known: _Known) -> tuple[Days, Days | None]:
    base = known.event
    if known.second is not None and start.or_later:
        base = later(base, known.second)
    elif known.second is not None and start.replaced_by:
        base = np.where(np.isnat(known.second), base, known.second)
    first, began = start_of(start, base, case)
    if known.fixed is None or not (start.set_by or start.period_end):
        return first, began
    there = ~np.isnat(known.fixed)
    from_there = known.fixed if start.set_by else after_year(start, known.fixed, case)
    return np.where(there, from_there, first), None if began is None else np.where(there, NAT, began)


def _to_year_end(last: Days, year: str | None, case: Case) -> Days:
    """The end of the business year that holds the day after ``last``; NaT when the year is unknown."""
    end = APRIL if year == "april" else case.year_end
    return np.full(len(last), NAT) if end is None else year_ends(last + 1, end)


Reduce = Callable[[Any, Any], Any]


def _decided(rows: _Rows, entries: Entries, on: date, starts: npt.NDArray[np.int64], by_entry: Reduce) -> DueList:
    """The rules of :func:`decide`, by columns."""
    size = len(starts)
    number = by_entry(rows.must | (rows.personal == _PERSONAL["my_number"]), np.logical_or)
    personal = by_entry(rows.personal, np.maximum)
    minimum = ~rows.must
    last, _ = _longest(rows.last, minimum, by_entry)
    row_number = number if entries.entry is None else np.repeat(number, np.diff(np.r_[starts, len(rows.last)]))
    binding, some = _longest(rows.last, minimum & (rows.statutory | ~row_number), by_entry)
    ended = by_entry(rows.ended, np.fmax)
    if entries.purpose_ended is not None:
        given = entries.purpose_ended[starts].astype("datetime64[D]", copy=False)
        ended = np.where(np.isnat(given), ended, given)
    must = np.where(some, np.maximum(ended, binding), ended) + 1
    must = np.where(number | (personal > 0), must, NAT)
    last = np.where(number & (last >= must), must - 1, last)
    due = np.where(np.isnat(last), must, last + 1)
    undecided = np.isnat(due) | by_entry(minimum & np.isnat(rows.last) & ~rows.permanent, np.logical_or)
    today = np.datetime64(on)
    steps = by_entry(rows.steps, np.logical_or)
    if entries.steps_done is not None:
        steps = steps & ~entries.steps_done[starts]
    held = np.zeros(size, bool) if entries.held is None else entries.held[starts]
    permanent = by_entry(rows.permanent, np.logical_or)
    state = np.select(
        [held, permanent, undecided, due > today, steps, must <= today],
        [
            _CODE[s]
            for s in (State.HELD, State.PERMANENT, State.UNDECIDED, State.KEPT, State.AWAITING_DISPOSAL, State.MUST_DELETE)
        ],
        default=_CODE[State.DUE],
    ).astype(np.int8)
    deletable = (state == _CODE[State.DUE]) | (state == _CODE[State.MUST_DELETE])
    overdue = np.where(deletable, (today - due).astype("timedelta64[D]").astype(np.int64), 0).astype(np.int32)
    certain = by_entry(rows.certain, np.logical_and)
    return DueList(on, starts, state, last, due, must, overdue, certain & ~undecided & ~permanent)


def _longest(last: Days, counts: npt.NDArray[np.bool_], by_entry: Reduce) -> tuple[Days, npt.NDArray[np.bool_]]:
    """The latest day of the rows that count, NaT where one of them has none; and whether any row counts."""
    some = by_entry(counts, np.logical_or)
    unknown = by_entry(counts & np.isnat(last), np.logical_or)
    latest = by_entry(np.where(counts, last, NAT), np.fmax)
    return np.where(unknown | ~some, NAT, latest), some
