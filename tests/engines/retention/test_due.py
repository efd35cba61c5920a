"""Due lists by columns say what the scalar rules say."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.engines.retention import Case, Disposal, Hold, YearEnd, decide, explain
from sekisho.engines.retention.due import STATES, Entries, due_list
from sekisho.errors import InputError
from sekisho.standards.retention_rules import retention_rules

RULES = retention_rules()
KINDS = sorted(RULES.kinds)
QUESTIONS = sorted(RULES.conditions)
DAYS = st.one_of(st.none(), st.dates(min_value=date(1950, 1, 1), max_value=date(2200, 12, 31)))
CASES = st.builds(
    Case,
    answers=st.dictionaries(st.sampled_from(QUESTIONS), st.booleans(), max_size=4),
    year_end=st.one_of(st.none(), st.builds(YearEnd, st.integers(1, 12), st.integers(1, 31))),
    filing_months=st.integers(0, 3),
    own_value=st.one_of(st.none(), st.integers(1, 40)),
    own_unit=st.sampled_from(["year", "month", "day"]),
)
ROW = st.tuples(st.integers(0, len(KINDS) - 1), DAYS, DAYS, DAYS, CASES)
ENTRY = st.tuples(st.lists(ROW, min_size=1, max_size=3), st.booleans(), st.booleans(), DAYS)


def _explained(kind, event, second, fixed, case):
    start = RULES.kind(kind).rule.start
    days = {start.event: event, start.or_later or start.replaced_by: second, start.set_by or start.period_end: fixed}
    return explain(kind, {name: day for name, day in days.items() if name and day}, case=case)


def _column(days):
    return np.array([np.datetime64("NaT") if day is None else np.datetime64(day) for day in days], "datetime64[D]")


@settings(max_examples=150, deadline=None)
@given(st.lists(ENTRY, min_size=1, max_size=12), st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 1, 1)))
def test_the_columns_agree_with_the_scalar_rules(entries, on):
    rows = [(number, *row, held, done, ended) for number, (many, held, done, ended) in enumerate(entries) for row in many]
    found = due_list(
        Entries(
            kinds=KINDS, kind=np.array([r[1] for r in rows]), event=_column(r[2] for r in rows), second=_column(r[3] for r in rows),
            fixed=_column(r[4] for r in rows), cases=[r[5] for r in rows], case=np.arange(len(rows)),
            entry=np.array([r[0] for r in rows]), held=np.array([r[6] for r in rows]), steps_done=np.array([r[7] for r in rows]),
            purpose_ended=_column(r[8] for r in rows),
        ),
        on=on,
    )  # fmt: skip
    for number, (many, held, done, ended) in enumerate(entries):
        made = [_explained(KINDS[kind], event, second, fixed, case) for kind, event, second, fixed, case in many]
        steps = Disposal({s: "x" for e in made for s in e.before_deletion} if done else {})
        one = decide(made, on=on, holds=[Hold("h", "audit", on)] if held else [], disposal=steps, purpose_ended=ended)
        assert STATES[found.state[number]] is one.state
        assert found.last_day_kept[number].item() == one.last_day_kept
        assert found.due_since[number].item() == one.due_since
        assert found.must_delete_from[number].item() == one.must_delete_from
        assert found.days_overdue[number] == one.days_overdue


def test_one_row_an_entry_needs_no_numbers():
    days = _column([date(2016, 3, 31), None, date(2020, 1, 1)])
    found = due_list(Entries(kinds=["RT01"], kind=np.zeros(3, int), event=days), on=date(2026, 4, 11))
    assert [STATES[code].value for code in found.state] == ["due", "undecided", "kept"]
    assert found.days_overdue.tolist() == [10, 0, 0]
    assert found.counts()["due"] == 1


def test_open_questions_leave_an_entry_uncertain():
    days = _column([date(2016, 3, 31)] * 2)
    cases = (Case(), Case(answers={"new_housing": False}))
    found = due_list(
        Entries(kinds=["RT53"], kind=np.zeros(2, int), event=days, cases=cases, case=np.arange(2)), on=date(2026, 1, 1)
    )
    assert found.certain.tolist() == [False, True]


def test_nothing_is_an_empty_list():
    empty = Entries(kinds=["RT01"], kind=np.zeros(0, int), event=_column([]), entry=np.zeros(0, int))
    found = due_list(empty, on=date(2026, 1, 1))
    assert len(found.state) == 0
    assert sum(found.counts().values()) == 0


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(InputError, match=r"retention\.columns_differ"):
        due_list(Entries(kinds=["RT01"], kind=np.zeros(2, int), event=_column([None])), on=date(2026, 1, 1))


def test_days_beyond_the_calendar_are_an_error_of_ours():
    entries = Entries(kinds=["RT64"], kind=np.zeros(1, int), event=_column([date.max - timedelta(days=9000)]))
    with pytest.raises(InputError, match=r"retention\.day_out_of_range"):
        due_list(entries, on=date(2026, 1, 1))
