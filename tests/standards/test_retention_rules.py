"""Every statutory kind of the reference has its rule; hostile and own files of kinds."""

import copy
import json

import pytest
import yaml

from sekisho.errors import InputError
from sekisho.standards import catalog as data
from sekisho.standards import retention_rules as rules
from sekisho.standards.validate import validate_file

REFERENCE = {item["id"]: item for item in data.facts("retention").items}
CONTENT = data.data_directory().joinpath("retention", "kinds.yaml").read_text(encoding="utf-8")


def test_all_ninety_kinds_have_a_rule_with_the_period_of_the_reference():
    kinds = rules.retention_rules().kinds
    assert sorted(kinds) == sorted(REFERENCE)
    assert len(kinds) == 90
    for name, item in REFERENCE.items():
        period = kinds[name].rule.period
        assert (period.value, period.unit) == (item["fields"]["period"]["value"], item["fields"]["period"]["unit"]), name
        assert kinds[name].basis.ja == item["fields"]["legal_basis"]
        assert kinds[name].verified == item["verified"]["all"]


def test_every_shorter_period_for_the_time_being_is_an_alternative():
    for name, item in REFERENCE.items():
        value = item["fields"]["period"].get("transitional_value")
        found = [a.period.value for a in rules.retention_rules().kinds[name].rule.alternatives if a.id == "transitional"]
        assert found == ([value] if value else []), name


def test_public_records_of_the_state_all_wait_for_a_step():
    for kind in rules.retention_rules().kinds.values():
        wanted = {"国の行政文書": True, "自治体": True}.get(kind.field, False)
        assert bool(kind.rule.before_deletion) is wanted, kind.id


def test_nothing_is_shown_as_surer_than_the_reference():
    order = ["low", "medium", "high"]
    for name, kind in rules.retention_rules().kinds.items():
        if REFERENCE[name]["verified"]["all"] == "memory":
            assert kind.rule.start_verified == "memory", name
            assert order.index(kind.rule.start_confidence) <= order.index(REFERENCE[name]["confidence"]), name


def test_the_committed_schema_is_the_one_of_the_types():
    committed = json.loads(data.data_directory().joinpath("schemas", "retention_kinds.json").read_text(encoding="utf-8"))
    assert committed == json.loads(json.dumps(rules.schema()))


def _own():
    text = {"ja": "会員の名簿", "en": "Members", "translation": "ours"}
    return {
        "retention_kinds": 1, "id": "own", "title": text, "source": {"documents": ["文書管理規程"]}, "confidence": "high",
        "confidence_note": text,
        "kinds": [
            {
                "id": "OWN1", "class": "own_rule", "period": {"value": 3, "unit": "year"},
                "start": {"rule": "after_event", "event": "left"}, "start_verified": "user", "start_confidence": "high",
                "title": text, "basis": text,
            }
        ],
        "events": [{"id": "left", "title": text}],
    }  # fmt: skip


def _read(value):
    return rules.read_overlay(_yaml(value), filename="own.yaml")


def _yaml(value):
    return yaml.safe_dump(json.loads(json.dumps(value)), allow_unicode=True).encode()  # without aliases, which are refused


def test_an_organisations_own_kind_is_counted_like_ours():
    from datetime import date

    from sekisho.engines.retention import explain

    made = explain("OWN1", date(2026, 3, 31), rules=_read(_own()))
    assert made.last_day_kept == date(2029, 3, 31)
    assert not made.statutory
    assert len(_read(_own()).kinds) == 91


def put(*path_and_value):
    *path, value = path_and_value

    def change(made):
        at = made
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value

    return change


HOSTILE = {
    "no length": (put("kinds", 0, "period", {"unit": "year"}), "retention.data_period"),
    "a length that is none": (put("kinds", 0, "period", {"unit": "permanent", "value": 3}), "retention.data_period"),
    "negative": (put("kinds", 0, "period", {"unit": "year", "value": -3}), "standards.schema"),
    "words": (put("kinds", 0, "period", {"unit": "year", "value": "three"}), "standards.schema"),
    "unknown unit": (put("kinds", 0, "period", {"unit": "moon", "value": 3}), "standards.schema"),
    "unknown event": (put("kinds", 0, "start", "event", "birthday"), "retention.data_unknown"),
    "unknown rule": (put("kinds", 0, "start", "rule", "sometime"), "standards.schema"),
    "a year that is not said": (put("kinds", 0, "start", {"rule": "next_fiscal_year", "event": "left"}), "retention.data_missing"),
    "no days": (put("kinds", 0, "start", {"rule": "days_before", "event": "left"}), "retention.data_missing"),
    "unknown step": (put("kinds", 0, "before_deletion", ["ask"]), "retention.data_unknown"),
    "no title": (lambda made: made["kinds"][0].pop("title"), "retention.data_missing"),
    "no basis": (lambda made: made["kinds"][0].pop("basis"), "retention.data_missing"),
    "twice": (lambda made: made["kinds"].append(copy.deepcopy(made["kinds"][0])), "retention.data_double"),
    "unknown class": (put("kinds", 0, "class", "maximum"), "standards.schema"),
    "unknown key": (put("kinds", 0, "colour", "red"), "standards.schema"),
    "unknown question": (
        put("kinds", 0, "alternatives", [{
            "id": "x", "when": "never", "title": {"ja": "一", "en": "one"}, "basis": {"ja": "一", "en": "one"}, "verified": "user",
            "confidence": "low", "period": {"value": 1, "unit": "year"},
        }]), "retention.data_unknown",
    ),
    "an alternative that changes nothing": (
        put("kinds", 0, "alternatives", [{
            "id": "x", "when": "board", "title": {"ja": "一", "en": "one"}, "basis": {"ja": "一", "en": "one"}, "verified": "user",
            "confidence": "low",
        }]), "retention.data_missing",
    ),
    "the end of a year that is not said": (put("kinds", 0, "end", "fiscal_year_after"), "retention.data_missing"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "code"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused_with_file_and_line(change, code):
    made = _own()
    change(made)
    with pytest.raises(InputError) as caught:
        _read(made)
    assert code in {p.code for p in caught.value.problems}
    assert all(p.file == "own.yaml" and p.row for p in caught.value.problems)


def test_our_own_file_may_not_differ_from_the_reference():
    changed = CONTENT.replace("period: {value: 10, unit: year}", "period: {value: 11, unit: year}", 1)
    with pytest.raises(InputError) as caught:
        rules.read_kinds(changed.encode(), filename="kinds.yaml", own=False)
    assert {p.code for p in caught.value.problems} == {"retention.data_differs"}


def test_sekisho_standards_validate_knows_the_form(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_bytes(_yaml(_own()))
    assert validate_file(path) == ()
