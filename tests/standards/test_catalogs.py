"""The included catalogues and facts: complete, sound, in both languages, quick to load."""

import json
import subprocess
import sys

import pytest

from sekisho.standards import catalog as data
from sekisho.standards import schemas, texts
from sekisho.standards.model import SUBJECT_KINDS, VERIFIED
from sekisho.standards.validate import included_files, validate_included


@pytest.mark.parametrize(
    ("catalog_id", "items"),
    [("annex_a_2022", 93), ("isms_clauses", 41), ("unified_standard_r5", 59), ("municipal_guideline", 33)],
)
def test_each_catalogue_has_the_standards_number_of_items(catalog_id, items):
    assert len(data.catalog(catalog_id).requirements) == items


def test_themes_of_annex_a_have_the_standards_sizes():
    sizes = {g: len(data.catalog("annex_a_2022").children(g)) for g in ("5", "6", "7", "8")}
    assert sizes == {"5": 37, "6": 8, "7": 14, "8": 34}


def test_all_data_files_are_valid():
    assert [p.as_dict() for p in validate_included()] == []


@pytest.mark.parametrize("name", sorted(schemas.build()))
def test_committed_schema_is_what_the_types_say(name):
    committed = json.loads(data.data_directory().joinpath("schemas", f"{name}.json").read_text(encoding="utf-8"))
    assert committed == json.loads(json.dumps(schemas.build()[name]))


def test_no_file_names_working_copies():
    assert [name for name, content in included_files().items() if b".txt" in content or "原資料_".encode() in content] == []


def test_superseded_edition_says_by_what():
    c = data.catalog("unified_standard_r5")
    assert c.status == "superseded"
    assert c.superseded_by is not None
    assert "令和7年度版" in c.superseded_by.ja


def test_every_control_says_how_its_facts_were_checked():
    for c in data.catalogs().values():
        for r in c.requirements:
            assert r.verified, (c.id, r.id)
            assert set(r.verified.values()) <= VERIFIED.keys()
            assert set(r.applies_to) <= SUBJECT_KINDS.keys()


def test_levels_are_on_the_eleven_new_controls_and_proposals_are_marked():
    annex = data.catalog("annex_a_2022")
    with_levels = {r.id for r in annex.requirements if r.levels}
    assert with_levels == {r.id for r in annex.requirements if r.attributes["introduced"] == ("2022",)}
    assert len(with_levels) == 11
    cloud = annex.get("5.23").levels
    assert not cloud.levels["ume"].given_in_source
    assert annex.get("8.9").levels.levels["ume"].given_in_source


def test_organisation_and_system_are_told_apart_in_the_unified_standard():
    c = data.catalog("unified_standard_r5")
    assert c.get("2.1.1").plan_unit == "per_organization"
    assert c.get("7.1.4").plan_unit == "per_system"
    assert c.get("7.1.4").applies_to == ("system",)


def test_counts_of_the_other_facts():
    assert (len(data.indicators()), len(data.roles()), len(data.threats()), len(data.body_kinds())) == (65, 29, 16, 10)
    assert len(data.facts("standards_index").items) == 118
    assert len(data.facts("retention").items) == 90
    assert len(data.facts("threats").sections["web_vulnerability_classes"]) == 11


def test_unknown_ids_are_key_errors():
    for call in (data.catalog, data.facts, data.catalogs_for, data.catalog("annex_a_2022").get):
        with pytest.raises(KeyError):
            call("../etc/passwd")


@pytest.mark.parametrize(
    ("kind", "adopted"),
    [
        ("national", ["unified_standard_r5", "annex_a_2022", "sbd"]),
        ("municipality", ["municipal_guideline", "annex_a_2022", "sbd"]),
        ("prefecture", ["municipal_guideline", "annex_a_2022", "sbd"]),
        ("company", ["annex_a_2022", "isms_clauses", "sbd"]),
    ],
)
def test_the_kind_of_body_decides_the_catalogues(kind, adopted):
    refs = data.catalogs_for(kind)
    assert [r.catalog for r in refs if r.adopt] == adopted
    assert all(texts.known(r.reason) for r in refs)


def test_only_national_bodies_are_bound_by_the_unified_standard():
    bound = {
        k
        for k in data.body_kinds()
        if any(r.catalog == "unified_standard_r5" and r.force == "must" for r in data.catalogs_for(k))
    }
    assert bound == {"national", "iaa", "designated"}


def test_classification_schemes_order_their_classes():
    municipal = data.classification_schemes()["municipal"]
    ranks = {v.title.ja: v.rank for v in municipal.axes[0].values}
    assert sorted(ranks, key=ranks.get, reverse=True) == [f"自治体機密性{n}" for n in ("3A", "3B", "3C", "2", "1")]
    assert [v.title.ja for v in data.classification_schemes()["national"].axes[0].values] == ["機密性3", "機密性2", "機密性1"]
    assert len(data.classification_schemes()["network_zone"].axes[0].values) == 3
    for kind in data.body_kinds().values():
        assert set(kind.classification) <= data.classification_schemes().keys()


def test_mappings_reach_all_catalogues_with_annex_a():
    ties = data.mappings()
    assert {c for c, _, m in ties if m.catalog == "annex_a_2022"} == {"municipal_guideline", "sbd", "unified_standard_r5"}


def test_measure_keys_are_what_the_file_declares():
    assert all(key == m.key for key, m in data.measures().items())


def test_loading_everything_is_quick_and_needs_no_django():
    code = (
        "import sys,time;t=time.perf_counter()\n"
        "from sekisho.standards import catalog as d\n"
        "d.catalogs();[d.facts(f) for f in d.facts_ids()];d.body_kinds();d.classification_schemes();d.measures()\n"
        "print(time.perf_counter()-t);assert 'django' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": "src"})
    assert float(done.stdout) < 3, "measured 0.5 s; six times that is a regression, whatever the machine"
