"""A fictional city with one host, its officer and its enrolled machine."""

from __future__ import annotations

import pytest
from tests.records.factories import NOW, make_organization, make_subject, principal_for

from sekisho.records.subjects import actions as subject_actions
from sekisho.records.subjects import queries as subject_queries


@pytest.fixture
def city():
    return make_organization("minamo", name="みなも市", is_fictional=True)


@pytest.fixture
def web01(city):
    return make_subject(city, name="web-01")


@pytest.fixture
def administrator(city):
    return principal_for("system_admin", city)


@pytest.fixture
def machine(web01, administrator):
    _, secret = subject_actions.enroll_machine(administrator, subject=web01, name="web-01", now=NOW)
    return subject_queries.machine_principal(secret, NOW)
