"""The room's pure decisions, as tables of cases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.errors import InputError
from sekisho.records.monitoring.eventstore import shown_name, without_folders
from sekisho.records.monitoring.rules.detected import Hit, group
from sekisho.records.monitoring.rules.ingesting import covered, merge_gaps
from sekisho.records.monitoring.rules.planning import due_after, next_end, silence
from sekisho.records.monitoring.rules.searching import Query, bucket_width, buckets, query_of
from sekisho.records.monitoring.rules.triage import Muted, check_step, median_hours, muted_by, state_after_events

NOW = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
FAR = NOW + timedelta(days=30)


@pytest.mark.parametrize(
    ("mute", "rule", "entity", "held"),
    [
        pytest.param(Muted("a", "r1", "", FAR), "r1", "tanaka", True, id="a rule, whatever the entity"),
        pytest.param(Muted("a", "r1", "", FAR), "r2", "tanaka", False, id="another rule"),
        pytest.param(Muted("a", "", "10.0.*", FAR), "r1", "10.0.2.1", True, id="a star"),
        pytest.param(Muted("a", "", "10.0.*", FAR), "r1", "110.0.2.1", False, id="from the beginning"),
        pytest.param(Muted("a", "", "TANAKA", FAR), "r1", "tanaka", True, id="without regard to case"),
        pytest.param(Muted("a", "", "a[b]?", FAR), "r1", "a[b]?", True, id="brackets and marks are letters"),
        pytest.param(Muted("a", "", "a[b]?", FAR), "r1", "abx", False, id="and nothing else"),
        pytest.param(Muted("a", "r1", "", NOW), "r1", "x", False, id="expired this moment"),
        pytest.param(Muted("a", "r1", "", FAR, ended_at=NOW), "r1", "x", False, id="ended"),
    ],
)
def test_a_suppression_holds_back_what_it_names(mute: Muted, rule: str, entity: str, held: bool) -> None:
    assert bool(muted_by([mute], rule=rule, entity=entity, now=NOW)) is held


@pytest.mark.parametrize(
    ("before", "after", "words", "code"),
    [
        ("new", "looking", "", ""),
        ("looking", "incident", "", "incident_needs_words"),
        ("looking", "no_problem", "打ち間違い", ""),
        ("looking", "accepted", "", "accepted_needs_words"),
        ("incident", "incident", "", ""),
        ("looking", "new", "x", "unknown_state"),
        ("new", "gone", "x", "unknown_state"),
    ],
)
def test_a_judgement_needs_its_words(before: str, after: str, words: str, code: str) -> None:
    if not code:
        check_step(before, after, words)
        return
    with pytest.raises(InputError, match=code):
        check_step(before, after, words)


def test_new_events_open_again_what_was_closed_but_not_what_was_accepted() -> None:
    states = {state: state_after_events(state) for state in ("new", "looking", "incident", "no_problem", "accepted")}
    assert states == {"new": "new", "looking": "looking", "incident": "new", "no_problem": "new", "accepted": "accepted"}


def test_the_time_to_triage_counts_what_nobody_looked_at() -> None:
    spans = [(NOW - 4 * HOUR, NOW - 2 * HOUR), (NOW - 9 * HOUR, None), (NOW - 3 * HOUR, NOW)]
    assert median_hours(spans, now=NOW) == 3
    assert median_hours([], now=NOW) is None


@pytest.mark.parametrize(
    ("moments", "gaps"),
    [
        pytest.param([], [(0, 10)], id="nothing at all"),
        pytest.param([0, 2, 4, 6, 8], [], id="often enough"),
        pytest.param([0, 7], [(1, 7)], id="a hole"),
        pytest.param([5], [(0, 5), (6, 10)], id="both ends"),
    ],
)
def test_gaps_are_longer_than_the_rhythm(moments: list[int], gaps: list[tuple[int, int]]) -> None:
    found = merge_gaps([NOW + n * HOUR for n in moments], since=NOW, until=NOW + 10 * HOUR, rhythm=3 * HOUR, width=HOUR)
    assert found == [(NOW + a * HOUR, NOW + b * HOUR) for a, b in gaps]
    share = covered(found, since=NOW, until=NOW + 10 * HOUR)
    assert share == pytest.approx(1 - sum(b - a for a, b in gaps) / 10)


@pytest.mark.parametrize(
    ("start", "every", "end"),
    [
        ("2026-01-31T00:00:00+09:00", "monthly", "2026-02-28T00:00:00+09:00"),
        ("2026-11-30T00:00:00+09:00", "quarterly", "2027-02-28T00:00:00+09:00"),
        ("2024-02-29T00:00:00+09:00", "yearly", "2025-02-28T00:00:00+09:00"),
        ("2026-12-31T00:00:00+09:00", "daily", "2027-01-01T00:00:00+09:00"),
        ("2026-12-28T00:00:00+09:00", "weekly", "2027-01-04T00:00:00+09:00"),
    ],
)
def test_a_period_ends_where_the_calendar_says(start: str, every: str, end: str) -> None:
    assert next_end(datetime.fromisoformat(start), every) == datetime.fromisoformat(end)


def test_a_review_is_due_on_a_business_day_after_its_period() -> None:
    due = due_after(datetime.fromisoformat("2026-12-29T00:00:00+09:00"), "daily")  # the office is closed until 3 January
    assert due == datetime.fromisoformat("2027-01-04T23:59:00+09:00")


def test_a_source_is_silent_once_its_rhythm_is_over() -> None:
    assert silence(last=NOW - 24 * HOUR, since=NOW - 99 * HOUR, rhythm_hours=24, now=NOW) is None
    quiet = silence(last=None, since=NOW - 30 * HOUR, rhythm_hours=24, now=NOW)
    assert quiet is not None
    assert quiet.hours == 30


@given(st.integers(1, 10**9), st.integers(1, 400))
def test_bars_cover_the_whole_period_once(seconds: int, bars: int) -> None:
    until = NOW + timedelta(seconds=seconds)
    width = bucket_width(NOW, until, bars=bars)
    made = buckets(NOW, until, {}, width)
    assert made[0][0] <= NOW
    assert made[-1][0] < until <= made[-1][0] + width
    assert all(later[0] - earlier[0] == width for earlier, later in pairwise(made))


@given(
    st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=50),
    st.lists(st.tuples(st.text("abc_", min_size=1, max_size=9), st.text("xyz=*", min_size=1, max_size=9)), max_size=5),
)
def test_a_query_survives_its_json(text: str, fields: list[tuple[str, str]]) -> None:
    query = query_of(since=None, until=None, now=NOW, text=text, fields=fields)
    assert Query.from_dict(query.as_dict()) == query


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"since": NOW, "until": NOW}, "period_reversed"),
        ({"text": "x" * 301}, "too_long"),
        ({"text": "a\x00b"}, "not_text"),
        ({"fields": [("user", "x")] * 13}, "too_many_fields"),
        ({"fields": [("", "x")]}, "missing"),
    ],
)
def test_a_query_that_is_none_is_refused(asked: dict[str, object], code: str) -> None:
    with pytest.raises(InputError, match=code):
        query_of(**{"since": None, "until": None, "now": NOW, **asked})  # type: ignore[arg-type] # hostile on purpose


def test_hits_of_one_rule_and_entity_are_one_finding() -> None:
    def hit(entity: str, hours: int, count: int) -> Hit:
        at = NOW + hours * HOUR
        return Hit(
            "r", {}, "purposes", "discovery", "indication", "low", count, at, at, entity=entity, events=({"time": str(hours)},)
        )

    made = group([hit("Tanaka", 1, 2), hit("tanaka", 5, 3), hit("sato", 2, 1)])
    assert [(one.entity, one.count) for one in made] == [("tanaka", 5), ("sato", 1)]
    assert (made[0].first_at, made[0].last_at) == (NOW + HOUR, NOW + 5 * HOUR)
    assert [event["time"] for event in made[0].events] == ["5", "1"]


def test_no_folder_of_the_server_is_shown() -> None:
    key = "0c2f4d3e-1f2a-4b3c-8d4e-5f6a7b8c9d0e"
    path = f"/srv/sekisho/logs/{key}/waiting/{key}/000/auth.log"
    assert shown_name(f"{path}!inner/a.log") == "auth.log!inner/a.log"
    assert without_folders(f"web-01 / {path} / x") == "web-01 / auth.log / x"
