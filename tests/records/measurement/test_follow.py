"""The figures follow what comes in."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

from tests.records.factories import NOW

from sekisho.records.jobs.models import Job
from sekisho.records.measurement import actions, registration
from sekisho.records.measurement.models import IndicatorValue
from sekisho.records.organization.principals import SYSTEM


def follow_jobs() -> list[Job]:
    return list(Job.objects.filter(kind="measurement.follow"))


def test_what_comes_in_asks_once_for_the_figures_of_its_organisation(place):
    Job.objects.all().delete()
    hosts = frozenset(host.pk for host in place.town.hosts)
    registration._after_ingest(hosts, now=NOW)
    registration._after_ingest(hosts, now=NOW)
    (job,) = follow_jobs()
    assert job.organization_id == place.organization.pk
    assert job.run_after - NOW <= timedelta(seconds=10)


def test_an_organisation_that_reports_all_day_is_computed_seldom(place):
    for minute in range(20):
        actions.compute(SYSTEM, organization=place.organization, now=NOW - timedelta(minutes=minute))
    Job.objects.all().delete()
    registration._after_ingest(frozenset({place.town.hosts[0].pk}), now=NOW)
    (job,) = follow_jobs()
    assert job.run_after - NOW == timedelta(minutes=15)


def test_the_job_computes_every_indicator_of_its_organisation_alone(place):
    IndicatorValue.objects.all().delete()
    context = SimpleNamespace(organization_id=place.organization.pk, principal=SYSTEM, now=NOW)
    done = registration._follow(context)
    assert done["indicators"] == IndicatorValue.objects.filter(organization=place.organization).count() > 0
    assert not IndicatorValue.objects.exclude(organization=place.organization).exists()
