"""Decisions of leak scans: what a decision covers, what a run changes, what the figures count."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.errors import InputError
from sekisho.records.lifecycle.rules.leak_observing import Wrong, observe
from sekisho.records.lifecycle.rules.leaking import (
    PERSONAL,
    Allowed,
    PlaceFacts,
    covers,
    figures,
    next_run,
    pattern_of,
    still_open,
)

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)


@pytest.mark.parametrize("pattern", ["", " ", "*", "**", "?*", "/*", "*/*"])
def test_a_pattern_that_names_everything_is_refused(pattern: str) -> None:
    with pytest.raises(InputError, match=r"lifecycle\.leak_pattern_everything"):
        pattern_of(pattern)


@pytest.mark.parametrize(
    ("pattern", "kinds", "until", "covered"),
    [
        ("form/*.docx", (), TODAY, True),
        ("form/*.docx", (), TODAY - timedelta(days=1), False),
        ("form/*.xlsx", (), TODAY, False),
        ("form/*", ("email", "telephone"), TODAY, True),
        ("form/*", ("email",), TODAY, False),
    ],
)
def test_a_decision_covers_a_place_only_with_all_that_was_found_there(pattern, kinds, until, covered) -> None:
    decision = Allowed("key", pattern, frozenset(kinds), until)
    found = covers([decision], path="form/letter.docx", kinds=["email", "telephone"], today=TODAY)
    assert (found == "key") is covered


def test_places_that_could_not_be_read_stay_open() -> None:
    assert still_open(["a", "b", "c"], found=["a"], read=["a", "b"]) == ({"a", "c"}, {"b"})
    assert still_open(["a", "b"], found=["a"], read=None) == ({"a"}, {"b"})


@given(st.sets(st.text(max_size=3)), st.sets(st.text(max_size=3)), st.none() | st.sets(st.text(max_size=3)))
def test_a_place_is_either_open_or_treated_and_never_treated_while_found(known, found, read) -> None:
    still, treated = still_open(known, found=found, read=read)
    assert still | treated == known
    assert not still & treated
    assert not treated & found


@pytest.mark.parametrize(("every", "days"), [("daily", 1), ("weekly", 7), ("monthly", 30)])
def test_a_plan_runs_again_in_its_rhythm(every: str, days: int) -> None:
    assert next_run(every, after=NOW) == NOW + timedelta(days=days)
    assert next_run("once", after=NOW) is None


def place(kinds, *, production=False, age=5.0, treated=None, allowed=False) -> PlaceFacts:
    first = NOW - timedelta(days=age)
    return PlaceFacts(production, kinds, first, first + timedelta(days=treated) if treated is not None else None, allowed)


def test_production_and_what_is_allowed_are_not_counted_but_secrets_are() -> None:
    found = figures(
        [
            place({"email": 3, "person_name": 1}, age=12),
            place({"marking": 2}),
            place({"email": 9}, production=True),
            place({"secret": 1, "email": 1}, production=True, age=20),
            place({"my_number": 5}, allowed=True),
            place({"telephone": 1}, treated=4),
            place({"telephone": 1}, treated=2),
            place({"telephone": 1}, age=500, treated=1),
        ],
        stores=(1, 2),
        last=NOW - timedelta(days=1),
        since=NOW - timedelta(days=365),
        now=NOW,
    )
    assert (found.outside, found.secrets) == (1, 1)
    assert found.findings == {"email": 3, "person_name": 1, "marking": 2}
    assert found.oldest_days == pytest.approx(20)
    assert (found.days_to_treat, found.treated) == (pytest.approx(3), 2)


def observed(figures_made, places=()):
    return observe(figures_made, places, kind="organization", name="みなも市", period=(NOW - timedelta(days=365), NOW), now=NOW)


def test_before_the_first_run_nothing_is_said_about_places() -> None:
    made = observed(figures([], stores=(0, 3), last=None, since=NOW, now=NOW))
    keys = {one.key: one for one in made.measures}
    assert "leaks.places_outside" not in keys
    assert keys["leaks.stores_scanned"].value == 0
    assert keys["leaks.days_since_scan"].status == "not_applicable"
    assert made.scope == ()


def test_places_are_findings_without_values_the_gravest_marked() -> None:
    made = observed(
        figures([place({"email": 1})], stores=(1, 1), last=NOW, since=NOW, now=NOW),
        [Wrong("0" * 64, "共有", "a.csv", {"my_number": 2}), Wrong("1" * 64, "共有", "b.csv", {"email": 1})],
    )
    assert [str(one.severity) for one in made.findings] == ["high", "medium"]
    assert made.scope == ("leaks",)


def test_too_many_places_close_no_findings() -> None:
    places = [Wrong(f"{n:064d}", "共有", f"{n}.csv", {"email": 1}) for n in range(2_001)]
    made = observed(figures([], stores=(1, 1), last=NOW, since=NOW, now=NOW), places)
    assert len(made.findings) == 2_000
    assert made.scope == ()


def test_the_kinds_that_tell_of_a_person_are_kinds_of_the_engine() -> None:
    from sekisho.engines.leakscan.kinds import Kind

    assert {kind.label for kind in Kind} >= PERSONAL
