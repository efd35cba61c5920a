"""The pages and the API of organisations and people: what one may do, what one may not, and how many queries it costs."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from tests.records.factories import NOW, TODAY, client_for, give, make_organization, make_person, principal_for

from sekisho.records.organization import actions
from sekisho.records.organization.models import Edge, Membership, Organization, Person
from sekisho.records.organization.permissions import PERMISSIONS
from sekisho.records.organization.principals import SYSTEM
from sekisho.standards import texts

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> Organization:
    nation = make_organization("nation")
    city = make_organization("city", parent=nation, name="市", body_kind="municipality", is_boundary=True)
    make_organization("section", parent=city, name="課")
    make_organization("town", parent=nation, name="ひみつの町", is_boundary=True)
    return city


def test_the_tree_page_costs_few_queries_however_many_organisations(city, django_assert_max_num_queries) -> None:
    for number in range(60):
        actions.create_organization(
            SYSTEM, code=f"many-{number}", name=f"係{number}", parent=city, now=NOW, today=TODAY, rebuild=False
        )
    actions.rebuild_reach(today=TODAY)
    client = client_for("administrator", city)
    with django_assert_max_num_queries(14):
        page = client.get("/o/city/organizations/")
    assert page.content.decode().count("many-") >= 49
    with django_assert_max_num_queries(7):
        assert client.get("/o/city/organizations/children").status_code == 200


def test_the_switcher_finds_only_what_is_visible(city, django_assert_max_num_queries) -> None:
    client = client_for("staff", city)
    with django_assert_max_num_queries(8):
        page = client.get("/switch", {"q": "o"}).content.decode()
    assert "ひみつの町" not in page
    assert "課" in client.get("/switch", {"q": "課"}, headers={"HX-Request": "true"}).content.decode()


def test_an_organisation_is_added_edited_moved_and_closed(city) -> None:
    client = client_for("administrator", city)
    new = {"name": "情報課", "code": "info", "body_kind": ""}
    assert client.post("/o/city/organizations/new", new).status_code == 302
    again = client.post("/o/city/organizations/new", new)
    assert again.status_code == 409
    assert "<title>エラー：" in again.content.decode()
    changes = {"name": "情報政策課", "version": 1, "body_kind": ""}
    assert client.post("/o/info/organizations/edit", changes).status_code == 302
    assert client.post("/o/info/organizations/edit", {**changes, "name": "別"}).status_code == 409
    assert client.post("/o/info/organizations/move", {"parent": "section", "on": "2027-04-01"}).status_code == 302
    assert Edge.objects.get(child__code="info", valid_until=None).parent.code == "section"
    for parent, status in (("town", 422), ("info", 422)):
        assert client.post("/o/section/organizations/move", {"parent": parent, "on": "2027-05-01"}).status_code == status
    assert client.post("/o/info/organizations/close", {"on": "2028-04-01", "confirm": "x"}).status_code == 422
    assert client.post("/o/info/organizations/close", {"on": "2028-04-01", "confirm": "info"}).status_code == 302


def test_somebody_is_added_with_a_role_and_a_link_shown_once(city) -> None:
    client = client_for("administrator", city)
    form = {"name": "新しい担当", "login": "new.person", "role": "staff"}
    page = client.post("/o/city/people/new", form).content.decode()
    link = page.split('data-copy="http://testserver', 1)[1].split('"', 1)[0]
    person = Person.objects.get(login="new.person")
    assert not person.has_usable_password()
    assert Membership.objects.get(person=person).role == "staff"
    assert Client().get(link).status_code == 200
    assert link not in client.get(f"/o/city/people/{person.pk}/").content.decode()
    assert client.post("/o/city/people/new", form).status_code == 409
    assert client.post("/o/city/people/new", {**form, "login": "<b>"}).status_code == 422


def test_a_role_is_given_and_ended(city) -> None:
    person = make_person("hana")
    give(person, "staff", city)
    client = client_for("administrator", city)
    form = {"login": "hana", "role": "auditor", "valid_from": "2026-01-01"}
    assert client.post("/o/section/memberships/new", form).status_code == 302
    assert client.post("/o/section/memberships/new", {**form, "login": "nobody"}).status_code == 422
    given = Membership.objects.get(person=person, role="auditor")
    assert client.post(f"/o/section/memberships/{given.pk}/end").status_code == 302
    given.refresh_from_db()
    assert given.valid_until is not None


@pytest.mark.parametrize("role", ["ciso", "staff", "auditor"])
def test_who_is_no_administrator_manages_nobody(city, role: str) -> None:
    client = client_for(role, city)
    other = make_person("hana")
    give(other, "staff", city)
    for address in ("people/", "people/new", f"people/{other.pk}/", "memberships/new", "installation"):
        assert client.get(f"/o/city/{address}").status_code == 403, address
    assert client.post(f"/o/city/people/{other.pk}/recovery").status_code == 403


def test_people_of_another_organisation_do_not_exist(city) -> None:
    stranger = make_person("stranger")
    give(stranger, "staff", Organization.objects.get(code="town"))
    client = client_for("administrator", city)
    assert client.get(f"/o/city/people/{stranger.pk}/").status_code == 404
    assert client.get(f"/o/city/people/{uuid.uuid4()}/").status_code == 404
    assert client.get("/api/v1/people/" + str(stranger.pk)).status_code == 404
    body = {"person": str(stranger.pk), "organization": "city", "role": "staff", "valid_from": "2026-01-01"}
    assert client.post("/api/v1/memberships", body, "application/json").status_code == 404


def test_the_api_does_what_the_pages_do(city) -> None:
    client = client_for("administrator", city)
    made = client.post("/api/v1/organizations", {"parent": "city", "code": "api", "name": "係"}, "application/json")
    assert made.status_code == 201
    assert client.get("/api/v1/organizations/city/children").json()["total"] == 2
    changed = client.patch("/api/v1/organizations/api", {"version": 1, "name": "係2"}, "application/json")
    assert changed.json()["name"] == "係2"
    conflict = client.patch("/api/v1/organizations/api", {"version": 1, "name": "係3"}, "application/json")
    assert (conflict.status_code, conflict.json()["code"]) == (409, "input.changed_meanwhile")
    bad = client.post("/api/v1/organizations", {"parent": "city", "code": "BAD code", "name": "x"}, "application/json")
    assert bad.json()["code"] == "organization.code_invalid"
    assert client.post("/api/v1/organizations", "{", "application/json").json()["code"] == "input.bad_request"
    assert client.put("/api/v1/organizations", {}, "application/json").json()["code"] == "input.method"
    assert client.get("/api/v1/nothing").json()["code"] == "access.not_found"
    person = {"organization": "city", "login": "via.api", "name": "担当", "role": "staff"}
    assert client.post("/api/v1/people", person, "application/json").json()["path"].startswith("/account/recover/")
    assert client.post("/api/v1/people", {**person, "role": "king"}, "application/json").status_code == 422


def test_a_refusal_speaks_the_readers_language(city) -> None:
    client = client_for("staff", city, language="en")
    refused = client.post("/api/v1/organizations", {"parent": "city", "code": "x", "name": "x"}, "application/json").json()
    assert refused["message"].startswith("You may not do this")


def test_a_body_larger_than_the_limit_is_refused_before_it_is_read(city, settings) -> None:
    settings.SEKISHO_MAX_UPLOAD = 10
    answer = client_for("administrator", city).post("/api/v1/people", {"name": "x" * 50}, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (413, "input.body_too_large")


def test_every_permission_has_a_name_in_both_languages() -> None:
    assert set(PERMISSIONS) == set(texts.catalogue("permission"))


def test_a_prefecture_does_not_look_into_a_town(city) -> None:
    client = client_for("administrator", Organization.objects.get(code="nation"))
    assert client.get("/o/city/organizations/").status_code == 404
    assert "/o/section/" not in client.get("/o/nation/organizations/").content.decode()
    assert "/o/city/" not in client.get("/switch").content.decode()
    assert principal_for("ciso", city).may("read", city.pk)
