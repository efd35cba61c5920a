"""A review as an Observation: declared measures, purposes and signs apart, coverage only against what was expected."""

from datetime import UTC, date, datetime

import pytest

from sekisho.engines.detection.baselines import japanese_calendar
from sekisho.engines.detection.review import Options, learn, observe, review
from sekisho.engines.observation import MeasureStatus, decode, encode
from sekisho.standards.catalog import measures

from .conftest import events, rule

NOW = datetime(2026, 11, 5, tzinfo=UTC)
NAMES = ("discovery.server.malware", "prevention.capacity.disk_high", "discovery.log.silent", "discovery.auth.new_address")


@pytest.fixture
def reviewed():
    batches = events(
        {"of": "malware_found", "at": "2026-11-04T10:00:00"},
        {"of": "disk_use", "at": "2026-11-04T10:00:00", "roles": {"value": "97"}, "repeat": 2},
    )
    rules = {name: rule(name) for name in NAMES}
    return review(batches, rules.values(), options=Options(calendar=japanese_calendar((2026,)))), rules


def by_key(observation):
    return {(m.key, *sorted(m.dimensions.values())): m for m in observation.measures}


def test_every_measure_is_declared_with_its_dimensions(reviewed):
    made = observe(*reviewed, now=NOW, name="みなも市", expected=("windows", "squid"))
    declared = measures()
    for one in made.measures:
        assert set(one.dimensions) <= set(declared[one.key].dimensions), one.key
        assert declared[one.key].ratio is (one.numerator is not None) or one.status is not MeasureStatus.MEASURED
    assert decode(encode(made)) == made


def test_findings_are_counted_apart_by_purpose_and_sign(reviewed):
    figures = by_key(observe(*reviewed, now=NOW, name="x"))
    assert figures["watch.findings", "discovery", "indication"].value == 1
    assert figures["watch.findings", "precursor", "prevention"].value == 1
    assert figures["watch.findings", "discovery", "precursor"].value == 0


def test_coverage_is_measured_only_against_what_was_expected(reviewed):
    without = by_key(observe(*reviewed, now=NOW, name="x"))
    assert without["watch.sources_reviewed",].status is MeasureStatus.NOT_APPLICABLE
    some = by_key(observe(*reviewed, now=NOW, name="x", expected=("windows", "squid")))
    assert (some["watch.sources_reviewed",].value, some["watch.silent_sources",].value) == (0.5, 1)
    assert (some["watch.rules_evaluated",].numerator, some["watch.baselines_in_use",].value) == (2, 0)


def test_a_rule_that_saw_nothing_closes_nothing(reviewed):
    made = observe(*reviewed, now=NOW, name="x")
    assert made.scope == ("watch:discovery.server.malware", "watch:prevention.capacity.disk_high")
    assert {f.scope for f in made.findings} <= set(made.scope)


def test_a_silent_machine_counts_as_silent():
    one = rule("discovery.log.silent")
    calendar = japanese_calendar((2026,))
    past = events(
        {"of": "log_record", "at": "2026-10-05T00:10:00", "roles": {"host": "sv-01"}, "repeat": 720, "every": 3600},
    )
    baseline = learn(past, [one], calendar=calendar, since=date(2026, 10, 5), until=date(2026, 11, 4))
    options = Options(
        baseline=baseline, calendar=calendar, since=datetime(2026, 11, 4, tzinfo=UTC), until=datetime(2026, 11, 5, tzinfo=UTC)
    )
    result = review([], [one], options=options)
    assert [f.group["host"] for f in result.findings] == ["sv-01"]
    figures = by_key(observe(result, {one.id: one}, now=NOW, name="x", expected=("windows",)))
    assert figures["watch.silent_sources",].value == 2
