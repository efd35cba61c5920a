"""The level rules that come with Sekisho: valid against the schema, complete, honest about what is our proposal."""

from __future__ import annotations

import json
from datetime import timedelta

import jsonschema_rs
import msgspec
import pytest

from sekisho.standards import catalog
from sekisho.standards.applicability_rules import applicability_rules
from sekisho.standards.catalog import data_directory, read_yaml
from sekisho.standards.level_rules import (
    LEVELS,
    Condition,
    DocumentCondition,
    MeasureCondition,
    check_rule,
    document_kinds,
    duration,
    generic_rule,
    leaves,
    level_rules,
)
from sekisho.standards.texts import known


def files(folder):
    return [p for p in data_directory().joinpath(folder).iterdir() if p.name.endswith(".yaml") and p.name != "generic.yaml"]


def validator(name):
    text = data_directory().joinpath("schemas", f"{name}.json").read_text(encoding="utf-8")
    return jsonschema_rs.validator_for(json.loads(text))


@pytest.mark.parametrize("path", files("levels"), ids=lambda p: p.name)
def test_each_rule_keeps_to_the_schema(path):
    raw = read_yaml(path)
    assert [str(e) for e in validator("level_rule").iter_errors(raw)] == []
    assert path.name == f"{raw['catalog']}-{raw['requirement']}.yaml"


@pytest.mark.parametrize("path", files("applicability"), ids=lambda p: p.name)
def test_each_file_of_applicability_keeps_to_the_schema(path):
    assert [str(e) for e in validator("applicability").iter_errors(read_yaml(path))] == []


def test_rules_name_requirements_that_exist_and_measures_that_are_declared():
    for (catalog_id, requirement), rule in level_rules().items():
        assert catalog.catalog(catalog_id).get(requirement).assessable
        assert check_rule(rule) == []


def test_applicability_names_requirements_and_reasons_that_exist():
    for (catalog_id, requirement), rules in applicability_rules().items():
        assert catalog.catalog(catalog_id).get(requirement).assessable
        assert all(known(rule.reason) for rule in rules)


def test_only_some_come_from_the_source_the_others_are_labelled_as_proposal():
    assert {r: rule.proposal for (_, r), rule in level_rules().items()} == {
        "5.7": False,
        "8.9": False,
        "8.28": False,
        "8.8": True,
        "8.17": True,
        "7.4": True,
        "8.15": True,
        "8.16": False,
        "8.10": False,
        "5.34": True,
        "8.11": True,
        "8.12": True,
    }
    for (catalog_id, requirement), rule in level_rules().items():
        if not rule.proposal:
            guide = catalog.catalog(catalog_id).get(requirement).levels
            assert guide is not None
            assert guide.levels_given_in_source


def test_a_scanner_alone_never_reaches_take_of_8_28():
    rule = level_rules()["annex_a_2022", "8.28"]
    for name in ("ume", "take", "matsu"):
        condition = rule.levels[name].condition
        assert condition.all is not None
        assert any(isinstance(leaf, DocumentCondition) for inner in condition.all for leaf in leaves(inner))


def test_measures_are_never_true_for_no_reason():
    for rule in level_rules().values():
        for name in LEVELS:
            for leaf in leaves(rule.levels[name].condition):
                if isinstance(leaf, MeasureCondition):
                    assert duration(leaf.fresh) <= timedelta(days=90)


def test_generic_rule_and_document_kinds():
    assert generic_rule().label == "generic@1"
    known_kinds = {entry["id"] for entry in read_yaml(data_directory().joinpath("document_kinds.yaml"))["document_kinds"]}
    assert set(document_kinds()) <= known_kinds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P1D", timedelta(days=1)),
        ("PT24H", timedelta(hours=24)),
        ("P2W", timedelta(days=14)),
        ("P1DT6H30M", timedelta(days=1, hours=6.5)),
    ],
)
def test_durations(text, expected):
    assert duration(text) == expected


@pytest.mark.parametrize("text", ["", "P", "PT", "P1Y", "P1M", "1D", "P0D", "P-1D", "P1D ", "P１D"])
def test_no_other_durations(text):
    with pytest.raises(ValueError, match="duration"):
        duration(text)


LEAF = {"measure": {"key": "x.y", "op": "<=", "value": 0, "fresh": "P1D"}}


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"all": []},
        {"any": []},
        LEAF | {"all": [LEAF]},
        {"measure": {"key": "x.y", "op": "~", "value": 0, "fresh": "P1D"}},
        {"measure": {"key": "x.y", "op": "<=", "value": "0", "fresh": "P1D"}},
        {"measure": {"key": "x.y", "op": "<=", "value": 0}},
        {"measure": LEAF["measure"] | {"unknown": 1}},
        {"document": {"kind": "x"}},
        {"attestation": {"key": "x", "question": {"ja": "x"}, "valid_for": "P1D"}},
    ],
)
def test_broken_conditions_are_refused_with_their_place(raw):
    with pytest.raises(
        msgspec.ValidationError, match=r"all|any|document|attestation|measure|field|operator|str|Invalid|missing|Expected|empty"
    ):
        msgspec.convert(raw, Condition)
