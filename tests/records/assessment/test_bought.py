"""The requirements of a specification are asked only of systems that were bought with them."""

from __future__ import annotations

import pytest
from tests.records.factories import NOW, make_organization, make_subject

from sekisho.records.assessment.actions import refresh_applicability
from sekisho.records.assessment.models import Applicability, Judgement
from sekisho.records.catalog.actions import load_standards
from sekisho.records.organization.principals import SYSTEM

pytestmark = pytest.mark.django_db


def refs(model: type[Judgement | Applicability], subject: object) -> set[str]:
    rows = model.objects.filter(subject=subject, requirement__catalog__key="sbd", applicable=True)
    return set(rows.values_list("requirement__ref", flat=True))


def test_a_system_is_asked_for_what_was_bought_with_it_and_others_are_not_asked_at_all() -> None:
    load_standards(SYSTEM, now=NOW)
    city = make_organization(body_kind="municipality")
    bought = make_subject(city, kind="information_system", attributes={"sbd:AT-1-1": "mid", "sbd:AU-1-1": "high"})
    other = make_subject(city, kind="information_system")
    refresh_applicability(SYSTEM, now=NOW)
    assert refs(Applicability, bought) == refs(Judgement, bought) == {"AT-1-1", "AU-1-1"}
    assert not Applicability.objects.filter(subject=other, requirement__catalog__key="sbd").exists()


def test_what_is_no_longer_demanded_leaves_the_denominator() -> None:
    load_standards(SYSTEM, now=NOW)
    city = make_organization(body_kind="municipality")
    bought = make_subject(city, kind="information_system", attributes={"sbd:AT-1-1": "mid"})
    refresh_applicability(SYSTEM, now=NOW)
    bought.attributes = {}
    bought.save(update_fields=["attributes"])
    refresh_applicability(SYSTEM, now=NOW)
    assert refs(Judgement, bought) == set()
