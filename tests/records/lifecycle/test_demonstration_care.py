"""The demonstration of care for data: made through the rooms' own actions, once, and not at all without the extra."""

from __future__ import annotations

import pytest
from django.utils import timezone
from tests.records.factories import give, make_organization, make_person

from sekisho.errors import MissingComponent
from sekisho.records.evidence.models import Measure
from sekisho.records.lifecycle.models import DataStore, Handover, LeakPlace, MaskRun, PrivacyAssessment
from sekisho.records.organization.permissions import Role
from sekisho.records.subjects import actions as subjects
from sekisho.web import demonstration_care

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(home):
    del home
    made = make_organization("minamo", name="みなも市", body_kind="municipality", is_boundary=True)
    subjects.ensure_for(made, now=timezone.now())
    give(make_person("minamo-officer"), Role.SYSTEM_OFFICER, made)
    give(make_person("minamo-chief"), Role.CHIEF_OFFICER, made)
    return made


def test_a_copy_is_found_and_treated_and_only_what_is_proven_and_signed_leaves(city):
    shown = demonstration_care.create(city, now=timezone.now())
    assert shown == demonstration_care.Cared(places=3, treated=1, proven=2, handovers=2)
    wrong = LeakPlace.objects.filter(treated_at=None, decision=None)
    assert [one.path for one in wrong] == ["migration/residents-copy.csv"]
    assert all(run.signed_at for run in MaskRun.objects.all())
    assessment = PrivacyAssessment.objects.get()
    assert assessment.signed_at
    assert assessment.figures["assessment"]["k"] >= 5
    assert {(one.content, one.state) for one in Handover.objects.all()} == {("masked", "given"), ("synthetic", "ended")}
    assert Measure.objects.filter(key="care.handovers_approved", value=1).exists()
    assert demonstration_care.create(city, now=timezone.now()) == shown


def test_without_the_extra_nothing_is_made(city, monkeypatch):
    def missing(name: str) -> None:
        raise ModuleNotFoundError("No module named 'pyarrow'", name="pyarrow")

    monkeypatch.setattr("sekisho.records.lifecycle.bound.import_module", missing)
    with pytest.raises(MissingComponent):
        demonstration_care.create(city, now=timezone.now())
    assert not DataStore.objects.exists()
