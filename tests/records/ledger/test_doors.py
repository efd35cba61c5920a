"""記録簿 on the pages and over the API: who may read it, and what they see."""

from __future__ import annotations

import pytest
from tests.records.factories import client_for, make_organization

from sekisho.records.ledger import signing
from sekisho.records.organization.permissions import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(home):
    return make_organization("city", name="みなも市")


def test_the_auditor_reads_filters_and_verifies(city) -> None:
    client = client_for(Role.AUDITOR, city)
    page = client.get("/o/city/ledger/", {"action": "membership"})
    assert page.status_code == 200
    assert "membership.give" in page.content.decode()
    assert "person.create" not in page.content.decode()
    assert "鎖は切れていません" in client.post("/o/city/ledger/verify").content.decode()
    assert client.get("/api/v1/ledger/verification").json()["ok"] is True


def test_an_entry_shows_what_was_hashed(city) -> None:
    client = client_for(Role.CHIEF_OFFICER, city)
    sequence = client.get("/api/v1/ledger/entries").json()["items"][0]["sequence"]
    assert "membership.give" in client.get(f"/o/city/ledger/{sequence}/").content.decode()


def test_entries_of_another_organisation_do_not_exist(city) -> None:
    other = make_organization("other")
    stranger = client_for(Role.AUDITOR, other)
    assert stranger.get("/o/city/ledger/").status_code == 404
    seen = stranger.get("/api/v1/ledger/entries").json()["items"]
    assert {e["organization_id"] for e in seen} <= {str(other.pk)}


def test_staff_may_not_read_the_ledger(city) -> None:
    client = client_for(Role.STAFF, city)
    assert client.get("/o/city/ledger/").status_code == 403
    assert client.get("/api/v1/ledger/entries").status_code == 404


def test_the_signed_head_is_signed_by_the_installations_key(city, home) -> None:
    client = client_for(Role.CHIEF_OFFICER, city)
    head = client.post("/o/city/ledger/head").json()
    key = signing.public_key_text(signing.load_or_make_key(home / "keys"))
    assert signing.check_signed_head(head, trusted_public_key=key)


def test_the_list_needs_few_queries(city, django_assert_max_num_queries) -> None:
    client = client_for(Role.AUDITOR, city)
    with django_assert_max_num_queries(14):
        client.get("/o/city/ledger/")
