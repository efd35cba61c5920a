"""From logs to evidence: read, reviewed by rules, judged, finished."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.records.factories import NOW
from tests.records.monitoring.logs import Town, failed_logins, run_jobs

from sekisho.errors import Conflict, InputError
from sekisho.records.evidence.models import Measure
from sekisho.records.monitoring import actions
from sekisho.records.monitoring.models import Alert, AlertState, IngestionState, ReviewState

LATER = NOW + timedelta(hours=1)
pytestmark = pytest.mark.django_db


def test_a_log_is_read_once_and_says_what_was_in_it(town: Town) -> None:
    first = town.read(failed_logins() + b"\x00\x00 no line of a log\n")
    assert first.state == IngestionState.DONE, first.error
    assert first.report["read"] == 12
    again = town.read(failed_logins() + b"\x00\x00 no line of a log\n", name="again.log")
    assert again.report["read"] == 0
    town.source.refresh_from_db()
    assert town.source.events == 12
    assert town.source.last_event_at is not None


def test_a_review_finds_what_is_there_and_says_what_it_covered(town: Town) -> None:
    town.read(failed_logins())
    review = town.review()
    assert review.state == ReviewState.OPEN, review.explanation
    found = Alert.objects.get(rule="discovery.auth.failed_burst")
    assert (found.entity, found.sign, found.purpose) == ("tanaka", "indication", "discovery")
    assert found.events[0]["file"] == "auth.log"
    assert review.explanation["rules"]["loaded"] >= review.explanation["rules"]["applicable"] > 0
    assert review.explanation["sources"][0]["events"] == 12


def test_a_review_ends_only_when_every_finding_was_looked_at_and_becomes_evidence(town: Town) -> None:
    town.read(failed_logins())
    review = town.review()
    with pytest.raises(Conflict, match="not_all_seen"):
        actions.finish_review(town.officer, review, notes="見た", version=review.version, now=NOW)
    for alert in Alert.objects.all():
        actions.triage(town.officer, alert, state="no_problem", text="本人の打ち間違い", version=alert.version, now=LATER)
    with pytest.raises(InputError, match="missing"):
        actions.finish_review(town.officer, review, notes=" ", version=review.version, now=LATER)
    done = actions.finish_review(town.officer, review, notes="打ち間違いだけ", version=review.version, now=LATER)
    assert done.state == ReviewState.FINISHED
    assert done.evidence.count() == 1
    figures = {row.key: row.value for row in Measure.objects.filter(dimensions={})}
    assert figures["monitoring.sources"] == 1
    assert figures["monitoring.source_coverage"] == 1
    assert figures["monitoring.triage_hours"] == pytest.approx(1, abs=0.1)
    assert not Measure.objects.filter(held=True).exists()


def test_a_run_repeated_doubles_nothing_and_later_events_open_a_finding_again(town: Town) -> None:
    town.read(failed_logins())
    review = town.review()
    alert = Alert.objects.get(rule="discovery.auth.failed_burst")
    count = alert.count
    actions.triage(town.officer, alert, state="no_problem", text="打ち間違い", version=alert.version, now=NOW)
    actions.rerun_review(town.officer, review, now=NOW)
    run_jobs()
    alert.refresh_from_db()
    assert (alert.count, alert.state) == (count, AlertState.NO_PROBLEM)
    town.read(failed_logins(at=NOW - timedelta(hours=2)), name="later.log")
    actions.rerun_review(town.officer, review, now=NOW)
    run_jobs()
    alert.refresh_from_db()
    assert alert.state == AlertState.NEW
