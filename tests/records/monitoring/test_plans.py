"""The plan: the next review is a duty; what was missed is caught up with, and told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.records.factories import NOW
from tests.records.monitoring.logs import Town, failed_logins, run_jobs

from sekisho.errors import Conflict, InputError
from sekisho.records.duties.models import Duty
from sekisho.records.evidence.models import Measure
from sekisho.records.monitoring import actions
from sekisho.records.monitoring.models import Alert, LogReview, ReviewPlan

pytestmark = pytest.mark.django_db
MONDAY = datetime.fromisoformat("2026-11-16T00:00:00+09:00")


def plan(town: Town, **values: Any) -> ReviewPlan:
    facts: dict[str, Any] = {
        "title": "認証ログの点検", "purpose": "discovery", "sources": [town.source.pk], "every": "weekly", "owner_role": "csirt", **values,
    }  # fmt: skip
    return actions.make_plan(
        town.officer, organization=town.organization, facts=actions.PlanFacts(**facts), starts_at=MONDAY, now=NOW
    )


def finish(town: Town, review: LogReview, now: datetime) -> None:
    for alert in Alert.objects.filter(state="new"):
        actions.triage(town.officer, alert, state="no_problem", text="打ち間違い", version=alert.version, now=now)
    actions.finish_review(town.officer, review, notes="見た", version=review.version, now=now)


def test_the_next_review_is_a_duty_until_it_is_finished(town: Town) -> None:
    town.read(failed_logins())
    made = plan(town)
    duty = Duty.objects.get(source=f"monitoring:plan:{made.pk}")
    assert duty.due_at == made.due_at == datetime.fromisoformat("2026-11-25T23:59:00+09:00")  # two business days, one a holiday
    review = actions.begin_planned(town.officer, made, now=NOW)
    with pytest.raises(Conflict, match="review_open"):
        actions.begin_planned(town.officer, made, now=NOW)
    run_jobs()
    review.refresh_from_db()
    finish(town, review, NOW + timedelta(hours=1))
    made.refresh_from_db()
    assert made.reviewed_until == review.period_end
    duty.refresh_from_db()
    assert duty.due_at == made.due_at > NOW
    assert duty.done_at is None
    on_time = Measure.objects.filter(key="monitoring.reviews_on_time", dimensions={}).latest("observed_at")
    assert (on_time.numerator, on_time.denominator) == (1, 1)


def test_what_was_missed_is_caught_up_with_but_counts_as_late(town: Town) -> None:
    made = plan(town)
    late = NOW + timedelta(days=30)
    review = actions.begin_planned(town.officer, made, now=late)
    assert review.periods == 5
    run_jobs(late)
    review.refresh_from_db()
    finish(town, review, late)
    on_time = Measure.objects.filter(key="monitoring.reviews_on_time", dimensions={}).latest("observed_at")
    assert (on_time.numerator, on_time.denominator) == (0, 5)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"sources": []}, "no_sources_chosen"),
        ({"every": "hourly"}, "unknown_rhythm"),
        ({"purpose": "curiosity"}, "unknown_purpose"),
        ({"title": ""}, "missing"),
        ({"owner_role": ""}, "owner_missing"),
    ],
)
def test_a_plan_says_what_is_wrong_with_it(town: Town, values: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError, match=code):
        plan(town, **values)


def test_a_source_of_another_town_cannot_be_planned(town: Town) -> None:
    other = Town(code="kasumi")
    with pytest.raises(InputError, match="source_elsewhere"):
        plan(town, sources=[other.source.pk])


def test_an_ended_plan_has_no_duty_and_begins_nothing(town: Town) -> None:
    made = plan(town)
    actions.end_plan(town.officer, made, reason="別の点検にまとめた", now=NOW)
    assert Duty.objects.get(source=f"monitoring:plan:{made.pk}").done_at == NOW
    with pytest.raises(Conflict, match="plan_ended"):
        actions.begin_planned(town.officer, made, now=NOW)


def test_two_people_do_not_overwrite_each_other(town: Town) -> None:
    made = plan(town)
    facts = actions.PlanFacts("別の題", "discovery", [town.source.pk], "daily", owner_role="csirt")
    actions.edit_plan(town.officer, made, facts=facts, version=made.version, now=NOW)
    with pytest.raises(Conflict, match="changed_meanwhile"):
        actions.edit_plan(town.officer, made, facts=facts, version=made.version, now=NOW)


def test_a_review_given_up_covers_nothing(town: Town) -> None:
    made = plan(town)
    review = actions.begin_planned(town.officer, made, now=NOW)
    actions.cancel_review(town.officer, review, reason="取得元を間違えた", now=NOW)
    run_jobs()
    made.refresh_from_db()
    assert made.reviewed_until == MONDAY
    assert not Measure.objects.filter(key__startswith="monitoring.").exists()
