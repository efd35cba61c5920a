"""Jobs: taken once, safe to repeat, rights checked again, cancelled, postponed, taken over after a crash."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.records.factories import NOW, TODAY, give, make_organization, make_person, principal_for, principal_of

from sekisho.errors import Conflict, InputError, NotFound, NotPermitted, Unavailable
from sekisho.records.jobs import actions, queries, registry, worker
from sekisho.records.jobs.models import Job, JobState, Schedule
from sekisho.records.jobs.rules import LEASE, backoff, next_run
from sekisho.records.ledger.models import Entry
from sekisho.records.organization import actions as organization_actions
from sekisho.records.organization.models import Membership
from sekisho.records.organization.principals import SYSTEM
from sekisho.standards import texts

pytestmark = pytest.mark.django_db


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now

    def pass_(self, **span):
        self.now += timedelta(**span)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def city():
    return make_organization()


@pytest.fixture
def kinds(monkeypatch):
    """A registry of its own."""
    monkeypatch.setattr(registry, "KINDS", {})
    monkeypatch.setattr(registry, "SCHEDULES", {})
    return registry


def test_a_job_runs_with_its_payload_and_keeps_its_result(kinds, city, clock):
    seen = []

    def handler(context):
        context.progress(1, 2)
        seen.append((context.payload, context.organization_id, context.now))
        return {"made": 3}

    kinds.register("test.work", handler, permission="report.build")
    officer = principal_for("system_officer", city)
    job = actions.enqueue(officer, "test.work", now=NOW, payload={"a": 1}, organization_id=city.pk)
    assert Entry.objects.latest("sequence").action == "job.enqueue"
    assert worker.run_due(clock=clock) == 1
    job.refresh_from_db()
    assert (job.state, job.result, job.done, job.total) == (JobState.DONE, {"made": 3}, 1, 2)
    assert seen == [({"a": 1}, city.pk, NOW)]
    assert worker.run_once(clock=clock) is None


def test_who_may_not_cannot_ask_and_unknown_kinds_are_refused(kinds, city):
    kinds.register("test.work", lambda _c: None, permission="report.build")
    kinds.register("test.inner", lambda _c: None)
    staff = principal_for("staff", city)
    with pytest.raises(NotPermitted):
        actions.enqueue(staff, "test.work", now=NOW, organization_id=city.pk)
    with pytest.raises(NotFound):
        actions.enqueue(principal_for("ciso", make_organization("other")), "test.work", now=NOW, organization_id=city.pk)
    with pytest.raises(NotPermitted):
        actions.enqueue(principal_for("ciso", city), "test.inner", now=NOW, organization_id=city.pk)
    with pytest.raises(InputError):
        actions.enqueue(SYSTEM, "test.unknown", now=NOW)


def test_rights_are_checked_again_when_it_runs(kinds, city, clock):
    kinds.register("test.work", lambda _c: pytest.fail("ran without the right"), permission="report.build")
    person = make_person()
    give(person, "system_officer", city)
    job = actions.enqueue(principal_of(person), "test.work", now=NOW, organization_id=city.pk)
    organization_actions.end_membership(SYSTEM, Membership.objects.get(person=person), on=TODAY, now=NOW)
    worker.run_due(clock=clock)
    job.refresh_from_db()
    assert (job.state, job.error["code"]) == (JobState.FAILED, "access.not_found")


def test_a_unique_job_is_made_once_and_runs_once_more_when_asked_for_while_it_runs(kinds, clock):
    runs = []

    def handler(context):
        runs.append(context.payload)
        if len(runs) == 1:
            actions.enqueue(SYSTEM, "test.work", now=NOW, unique_key="one")

    kinds.register("test.work", handler)
    first = actions.enqueue(SYSTEM, "test.work", now=NOW, unique_key="one")
    assert actions.enqueue(SYSTEM, "test.work", now=NOW, unique_key="one").pk == first.pk
    assert worker.run_due(clock=clock) == 2
    assert len(runs) == 2
    assert Job.objects.get().state == JobState.DONE
    assert actions.enqueue(SYSTEM, "test.work", now=NOW, unique_key="one").pk != first.pk


def test_what_may_pass_is_tried_again_with_growing_pauses_and_then_given_up(kinds, clock):
    attempts = []

    def handler(context):
        attempts.append(context.now)
        raise Unavailable("database.locked")

    kinds.register("test.work", handler, most_attempts=3)
    job = actions.enqueue(SYSTEM, "test.work", now=NOW)
    for _ in range(5):
        worker.run_due(clock=clock)
        clock.pass_(hours=2)
    job.refresh_from_db()
    assert (job.state, job.error["code"], len(attempts)) == (JobState.FAILED, "database.locked", 3)


def test_what_no_repetition_mends_fails_at_once_and_defects_are_tried_again(kinds, clock, caplog):
    def wrong(_context):
        raise InputError("subjects.name_missing")

    def defect(_context):
        raise ZeroDivisionError

    kinds.register("test.wrong", wrong)
    kinds.register("test.defect", defect)
    job = actions.enqueue(SYSTEM, "test.wrong", now=NOW)
    broken = actions.enqueue(SYSTEM, "test.defect", now=NOW)
    worker.run_due(clock=clock)
    job.refresh_from_db()
    broken.refresh_from_db()
    assert (job.state, job.error["code"]) == (JobState.FAILED, "subjects.name_missing")
    assert (broken.state, broken.error["code"], broken.run_after) == (
        JobState.QUEUED,
        "jobs.defect",
        NOW + timedelta(seconds=10),
    )
    assert "ZeroDivisionError" in caplog.text


def test_a_job_is_cancelled_while_it_waits_or_at_its_next_step(kinds, city, clock):
    officer = principal_for("system_officer", city)

    def handler(context):
        row = Job.objects.get(pk=context.job_id)
        actions.cancel(officer, job=row, now=NOW)
        context.progress(1, 10)
        pytest.fail("went on")

    kinds.register("test.work", handler, permission="report.build")
    waiting = actions.enqueue(officer, "test.work", now=NOW, organization_id=city.pk, run_after=NOW + timedelta(hours=1))
    assert actions.cancel(officer, job=waiting, now=NOW).state == JobState.CANCELLED
    with pytest.raises(Conflict):
        actions.cancel(officer, job=waiting, now=NOW)
    running = actions.enqueue(officer, "test.work", now=NOW, organization_id=city.pk)
    worker.run_due(clock=clock)
    running.refresh_from_db()
    assert running.state == JobState.CANCELLED


def test_only_ones_own_or_managed_jobs_can_be_cancelled_and_strangers_see_none(kinds, city):
    kinds.register("test.work", lambda _c: None, permission="report.build")
    job = actions.enqueue(principal_for("auditor", city), "test.work", now=NOW, organization_id=city.pk)
    with pytest.raises(NotPermitted):
        actions.cancel(principal_for("staff", city), job=job, now=NOW)
    with pytest.raises(NotFound):
        queries.job(principal_for("ciso", make_organization("other")), job.pk)
    assert queries.job(principal_for("staff", city), job.pk) == job


def test_a_worker_that_died_is_replaced_after_its_lease_and_may_write_no_more(kinds, clock):
    kinds.register("test.work", lambda _c: {"by": "second"})
    actions.enqueue(SYSTEM, "test.work", now=NOW)
    dead = actions.claim(now=clock())
    assert actions.claim(now=clock()) is None
    clock.pass_(seconds=LEASE.total_seconds() + 1)
    worker.run_due(clock=clock)
    assert not actions.finish(dead, state=JobState.DONE, result={"by": "first"}, now=clock())
    assert not actions.beat(dead, now=clock())
    with pytest.raises(registry.JobCancelled):
        actions.report(dead, done=1, total=1, now=clock())
    assert Job.objects.get().result == {"by": "second"}


def test_a_job_that_kills_every_worker_is_given_up(kinds, clock):
    kinds.register("test.work", lambda _c: None, most_attempts=2)
    actions.enqueue(SYSTEM, "test.work", now=NOW)
    for _ in range(2):
        assert actions.claim(now=clock()) is not None
        clock.pass_(minutes=10)
    assert actions.claim(now=clock()) is None
    row = Job.objects.get()
    assert (row.state, row.error["code"]) == (JobState.FAILED, "jobs.worker_died")


def test_schedules_come_again_in_their_rhythm_and_are_not_made_up_for(kinds, clock):
    kinds.register("test.tick", lambda _c: None)
    kinds.schedule("test.hourly", kind="test.tick", every_seconds=3600)
    assert len(actions.tick(SYSTEM, now=clock())) == 1
    assert actions.tick(SYSTEM, now=clock()) == []
    worker.run_due(clock=clock)
    clock.pass_(hours=5, minutes=10)
    assert len(actions.tick(SYSTEM, now=clock())) == 1
    assert Schedule.objects.get().next_run_at == NOW + timedelta(hours=6)


def test_pauses_grow_and_the_next_time_is_after_now():
    assert [backoff(n).total_seconds() for n in (1, 2, 3, 12, 100)] == [10, 20, 40, 3600, 3600]
    assert next_run(NOW, every_seconds=60, now=NOW - timedelta(seconds=1)) == NOW
    assert next_run(NOW, every_seconds=60, now=NOW) == NOW + timedelta(seconds=60)


def test_the_sentences_of_jobs_exist_in_both_languages():
    for name in texts.catalogue("jobs"):
        assert texts.render(f"jobs.{name}", {}, "ja") != texts.render(f"jobs.{name}", {}, "en")
