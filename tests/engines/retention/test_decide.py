"""Several kinds, duties to delete, holds and public records."""

from datetime import date, timedelta

import pytest

from sekisho.engines.retention import APRIL, Case, Disposal, Hold, State, decide, decision_dict, explain, sentence

RT14 = explain("RT14", date(2025, 1, 31))  # until 2033-01-10
RT01 = explain("RT01", date(2026, 3, 31))  # until 2036-03-31


@pytest.mark.parametrize(
    ("on", "state", "overdue"),
    [(date(2036, 3, 31), State.KEPT, 0), (date(2036, 4, 1), State.DUE, 0), (date(2036, 4, 11), State.DUE, 10)],
)
def test_it_is_kept_through_its_last_day(on, state, overdue):
    made = decide([RT01], on=on)
    assert (made.state, made.days_overdue) == (state, overdue)


def test_the_longest_minimum_wins_and_the_others_are_shown():
    shorter = explain("RT02", date(2025, 10, 20), case=Case(year_end=APRIL, answers={"loss_year": False}))
    made = decide([shorter, RT01], on=date(2034, 1, 1))
    assert (made.last_day_kept, made.governing, made.state) == (date(2036, 3, 31), ("RT01",), State.KEPT)
    assert [(c.winner, c.loser, c.since, c.until) for c in made.conflicts] == [
        ("RT01", "RT02", date(2033, 6, 1), date(2036, 3, 31))
    ]


def test_my_number_waits_for_the_law_and_then_must_go_at_once():
    made = decide([RT14, explain("RT47", date(2025, 6, 30))], on=date(2033, 1, 10))
    assert made.state is State.KEPT
    assert made.must_delete_from == date(2033, 1, 11)
    assert made.number_removable_from == date(2025, 7, 1)
    assert [c.code for c in made.conflicts] == ["retention.conflict_my_number"]
    assert "retention.number_only" in {r.code for r in made.reasons}
    assert decide([RT14, explain("RT47", date(2025, 6, 30))], on=date(2033, 1, 11)).state is State.MUST_DELETE


def test_my_number_still_in_use_is_not_demanded_when_the_law_ends():
    made = decide([RT14, explain("RT47", date(2035, 3, 31))], on=date(2034, 1, 1))
    assert made.must_delete_from == date(2035, 4, 1)
    assert made.state is State.DUE


def test_the_organisations_own_longer_period_does_not_keep_my_number():
    own = explain("RT90", date(2025, 1, 1), case=Case(own_value=30))
    made = decide([RT14, own, explain("RT47", date(2026, 1, 1))], on=date(2033, 1, 11))
    assert (made.state, made.last_day_kept) == (State.MUST_DELETE, date(2033, 1, 10))


def test_without_the_end_of_the_purpose_nothing_is_demanded():
    made = decide([RT14], on=date(2040, 1, 1))
    assert (made.must_delete_from, made.state) == (None, State.DUE)


def test_personal_data_whose_purpose_is_reached_follow_the_minimum():
    made = decide([explain("RT18", date(2026, 3, 31))], on=date(2031, 4, 1), purpose_ended=date(2026, 12, 31))
    assert (made.state, made.must_delete_from) == (State.MUST_DELETE, date(2031, 4, 1))
    assert [c.code for c in made.conflicts] == ["retention.conflict_personal"]


@pytest.mark.parametrize(
    ("hold", "held"),
    [
        (Hold("h", "litigation", date(2030, 1, 1)), True),
        (Hold("h", "audit", date(2040, 1, 1), date(2040, 1, 1)), True),
        (Hold("h", "audit", date(2030, 1, 1), date(2039, 12, 31)), False),
        (Hold("h", "audit", date(2040, 1, 2)), False),
    ],
)
def test_a_hold_stops_everything_while_it_is_in_force(hold, held):
    made = decide([RT01], on=date(2040, 1, 1), holds=[hold])
    assert (made.state is State.HELD) is held
    assert made.days_overdue == (0 if held else (date(2040, 1, 1) - date(2036, 4, 1)).days)


def test_public_records_wait_for_their_step():
    record = explain("RT77", date(2019, 5, 1))
    assert decide([record], on=date(2026, 1, 1)).state is State.AWAITING_DISPOSAL
    assert decide([record], on=date(2026, 1, 1)).steps_open == ("national_disposal",)
    done = Disposal({"national_disposal": "令和5年度廃棄同意 第3号"})
    assert decide([record], on=date(2026, 1, 1), disposal=done).state is State.DUE
    assert decide([record], on=date(2023, 3, 31), disposal=done).state is State.KEPT


@pytest.mark.parametrize("other", ["RT86", "RT90", "RT85"])
def test_one_undecided_kind_leaves_the_whole_undecided(other):
    made = decide([RT01, explain(other, date(2000, 1, 1))], on=date(2099, 1, 1))
    assert (made.state, made.last_day_kept) == (State.UNDECIDED, None)


def test_permanent_is_permanent():
    made = decide([RT01, explain("RT84", date(2000, 1, 1))], on=date(2099, 1, 1))
    assert made.state is State.PERMANENT


def test_a_decision_is_plain_json_with_sentences():
    import json

    made = decide(
        [RT14, explain("RT47", date(2025, 6, 30)), RT01], on=date(2034, 1, 1), holds=[Hold("h", "audit", date(2030, 1, 1))]
    )
    shown = json.loads(json.dumps(decision_dict(made)))
    assert shown["holds"] == ["h"]
    assert all("{" not in one["message"]["ja"] + one["message"]["en"] for one in shown["reasons"] + shown["conflicts"])
    assert sentence("retention.conflict_minimums", made.conflicts[0].fields, "en").startswith("RT14")


def test_last_days_at_the_end_of_the_calendar_do_not_overflow():
    assert decide([RT01], on=date.max).state is State.DUE
    assert decide([RT01], on=date(2036, 4, 1) - timedelta(days=1)).state is State.KEPT
