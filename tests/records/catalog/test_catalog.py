"""Catalogues in the database: loading, editions, own rules, overlays, search, who sees what."""

from __future__ import annotations

import msgspec
import pytest
from tests.records.factories import NOW, make_organization, principal_for

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.catalog import actions, queries
from sekisho.records.catalog.models import Catalog, Requirement
from sekisho.records.organization.permissions import Role
from sekisho.records.organization.principals import SYSTEM
from sekisho.standards import catalog as standards

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded():
    return actions.load_standards(SYSTEM, now=NOW)


def test_the_included_catalogues_are_loaded_with_all_their_requirements(loaded) -> None:
    assert loaded["annex_a_2022"] == 93
    assert Requirement.objects.filter(catalog__key="annex_a_2022", is_new=True).count() == 11
    assert set(Requirement.objects.filter(catalog__key="annex_a_2022").values_list("theme", flat=True)) - {""} == {
        "organizational",
        "people",
        "physical",
        "technological",
    }


def test_loading_again_changes_nothing(loaded, django_assert_max_num_queries) -> None:
    before = list(Requirement.objects.order_by("pk").values_list("pk", "ref"))
    with django_assert_max_num_queries(12):
        actions.load_standards(SYSTEM, now=NOW)
    assert list(Requirement.objects.order_by("pk").values_list("pk", "ref")) == before


def test_a_corrected_file_updates_rows_and_keeps_their_ids(loaded, monkeypatch) -> None:
    old = standards.catalog("annex_a_2022")
    first = old.requirements[0]
    pk = Requirement.objects.get(catalog__key="annex_a_2022", ref=first.id).pk
    changed = msgspec.structs.replace(first, title=msgspec.structs.replace(first.title, ja="直した題名"))
    new = msgspec.structs.replace(old, requirements=(changed, *old.requirements[1:]))
    monkeypatch.setattr(standards, "catalogs", lambda: {"annex_a_2022": new})
    actions.load_standards(SYSTEM, now=NOW)
    assert Requirement.objects.get(pk=pk).title == "直した題名"


def test_a_new_edition_supersedes_the_former_and_keeps_it(loaded, monkeypatch) -> None:
    old = standards.catalog("annex_a_2022")
    new = msgspec.structs.replace(old, edition="2030")
    monkeypatch.setattr(standards, "catalogs", lambda: {"annex_a_2022": new})
    actions.load_standards(SYSTEM, now=NOW)
    assert dict(Catalog.objects.filter(key="annex_a_2022").values_list("edition", "status")) == {
        "2022": "superseded",
        "2030": "current",
    }


@pytest.mark.parametrize(
    ("words", "ref"), [("委託", "8.30"), ("構成管理", "8.9"), ("8.9", "8.9"), ("ｸﾛｯｸ", "8.17"), ("Secure CODING", "8.28")]
)
def test_search_finds_short_words_numbers_and_full_or_half_width(loaded, words, ref) -> None:
    found = [r.ref for r in queries.search(SYSTEM, query=words) if r.catalog.key == "annex_a_2022"]
    assert ref in found[:3]


def test_search_with_nothing_finds_nothing(loaded) -> None:
    assert queries.search(SYSTEM, query=" 　") == []


def test_the_kind_of_body_decides_which_catalogues_are_offered(loaded) -> None:
    for kind, body in standards.body_kinds().items():
        organization = make_organization(f"o-{kind.replace('_', '-')}", body_kind=kind)
        section = make_organization(f"s-{kind.replace('_', '-')}", parent=organization)
        keys = [a.catalog.key for a in queries.applying_to(section.pk)]
        assert keys == [ref.catalog for ref in body.catalogs if ref.catalog in standards.catalog_ids()]


def own_rules():
    return msgspec.structs.replace(standards.catalog("annex_a_2022"), id="own", edition="1")


def test_own_rules_are_seen_below_their_organisation_and_by_no_stranger(loaded) -> None:
    city, other = make_organization("city"), make_organization("other")
    chief, stranger = principal_for(Role.CHIEF_OFFICER, city), principal_for(Role.CHIEF_OFFICER, other)
    row = actions.import_catalog(chief, catalog=own_rules(), organization=city, now=NOW)
    assert queries.catalog(chief, row.pk).pk == row.pk
    with pytest.raises(NotFound):
        queries.catalog(stranger, row.pk)
    with pytest.raises(NotFound):
        queries.requirement(stranger, row.requirements.first().pk)
    assert not [r for r in queries.search(stranger, query="構成管理") if r.catalog_id == row.pk]


def test_an_overlay_needs_a_source_and_the_nearest_one_wins(loaded) -> None:
    prefecture = make_organization("pref")
    city = make_organization("city", parent=prefecture)
    chief = principal_for(Role.CHIEF_OFFICER, prefecture)
    with pytest.raises(InputError):
        actions.add_overlay(
            chief, organization=city, catalog_key="annex_a_2022", ref="8.9", fields={"title": "x"}, note="", now=NOW
        )
    for organization, title in ((city, "市の訂正"), (prefecture, "県の訂正")):
        actions.add_overlay(
            chief,
            organization=organization,
            catalog_key="annex_a_2022",
            ref="8.9",
            fields={"title": title},
            note="JIS原典 2023",
            now=NOW,
        )
    titles = [o.fields["title"] for o in queries.overlays_for(city.pk, catalog_key="annex_a_2022")["8.9"]]
    assert titles == ["県の訂正", "市の訂正"]


@pytest.mark.parametrize("fields", [{}, {"title": " "}, {"verified": "text"}])
def test_an_overlay_takes_only_known_fields_with_words(loaded, fields) -> None:
    city = make_organization("city")
    chief = principal_for(Role.CHIEF_OFFICER, city)
    with pytest.raises(InputError):
        actions.add_overlay(chief, organization=city, catalog_key="annex_a_2022", ref="8.9", fields=fields, note="原典", now=NOW)


def adopted(organization) -> dict[str, bool]:
    return {one.catalog.key: one.adopted for one in queries.applying_to(organization.pk)}


def test_a_city_starts_with_its_guideline_and_annex_a_and_may_take_up_more(loaded) -> None:
    city = make_organization("city", body_kind="municipality")
    section = make_organization("section", parent=city)
    chief = principal_for(Role.CHIEF_OFFICER, city)
    assert adopted(city) == {
        "municipal_guideline": True,
        "annex_a_2022": True,
        "isms_clauses": False,
        "sbd": True,
        "unified_standard_r5": False,
    }
    actions.decide_adoption(chief, organization=city, catalog_key="isms_clauses", adopted=True, reason="認証を取る", now=NOW)
    assert adopted(section)["isms_clauses"]
    actions.decide_adoption(chief, organization=city, catalog_key="isms_clauses", adopted=False, reason="やめた", now=NOW)
    assert not adopted(section)["isms_clauses"]
    with pytest.raises(InputError):
        actions.decide_adoption(chief, organization=city, catalog_key="isms_clauses", adopted=True, reason=" ", now=NOW)


def test_what_binds_by_law_cannot_be_left_out(loaded) -> None:
    ministry = make_organization("ministry", body_kind="national")
    chief = principal_for(Role.CHIEF_OFFICER, ministry)
    with pytest.raises(Conflict):
        actions.decide_adoption(
            chief, organization=ministry, catalog_key="unified_standard_r5", adopted=False, reason="いらない", now=NOW
        )
