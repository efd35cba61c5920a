"""The rules of log review as data: complete, in both languages, true to their schema, their mistakes named."""

import json

import pyarrow as pa
import pyarrow.compute as pc
import pytest
import yaml

from sekisho.engines.detection.review.cases import batches_of
from sekisho.engines.detection.review.select import Selector
from sekisho.standards import catalog as data
from sekisho.standards import texts, watch_rules
from sekisho.standards.event_maps import event_maps
from sekisho.standards.validate import validate_file
from sekisho.standards.watch_rules import AREAS, Event, Extract, Purpose, Sign, classes_of, event_classes

RULES = watch_rules.watch_rules()


@pytest.mark.parametrize(
    ("name", "make"), [("watch_rules", watch_rules.rules_schema), ("watch_classes", watch_rules.classes_schema)]
)
def test_the_committed_schema_is_the_one_of_the_types(name, make):
    committed = json.loads(data.data_directory().joinpath("schemas", f"{name}.json").read_text(encoding="utf-8"))
    assert committed == json.loads(json.dumps(make()))


def test_there_are_enough_rules_for_every_purpose_and_area():
    assert len(RULES) >= 75
    assert {r.area for r in RULES.values()} == set(AREAS)
    assert all(sum(r.purpose is p for r in RULES.values()) >= 10 for p in Purpose)


def test_only_prevention_tells_of_what_has_not_happened():
    assert {r.sign for r in RULES.values() if r.purpose is Purpose.PREVENTION} == {Sign.PRECURSOR}
    assert {r.sign for r in RULES.values() if r.purpose is not Purpose.PREVENTION} == {Sign.INDICATION}


def test_the_three_purposes_are_those_of_the_reference():
    listed = data.facts("threats").sections["ja_only"]["log_review_purposes"]
    assert {watch_rules.PURPOSES[p].ja for p in Purpose} == {row["purpose"] for row in listed}


def test_every_source_of_a_class_has_a_field_map():
    assert {s for c in event_classes().values() for s in c.sources} <= set(event_maps())


TAKES = [(c.id, i) for c in event_classes().values() for i in range(len(c.take))]


@pytest.mark.parametrize(("name", "number"), TAKES)
def test_the_example_of_each_source_is_found_with_its_roles(name, number):
    one = event_classes()[name]
    take = one.take[number]
    single = {name: watch_rules.EventClass(id=name, title=one.title, take=(take,))}
    (batch,) = batches_of([Event(of=name, at="2026-11-04T10:00:00")], single)
    selector = Selector(single, {name: take.roles})
    ((found, table),) = selector.select(batch)
    assert (found, table.num_rows) == (name, 1)
    for role, spec in take.roles.items():
        optional = isinstance(spec, tuple) and spec[-1] == "="
        assert optional or table.column(f"r_{role}").to_pylist() != [None], role


def test_every_expression_is_one_of_re2():
    words = pa.array(["x"])
    for one in event_classes().values():
        for take in one.take:
            for when in (take.match, take.unless):
                for key, values in when.items():
                    if key.endswith("|re"):
                        for value in values if isinstance(values, tuple) else (values,):
                            pc.match_substring_regex(words, value)
            for spec in take.roles.values():
                if isinstance(spec, Extract):
                    pc.extract_regex(words, spec.extract)


def test_every_class_is_used_or_meant_for_others():
    used = {c for r in RULES.values() for c in classes_of(r.evaluate)}
    assert set(event_classes()) - used <= {"web_server_request", "certificate_renewed", "logon_console"}


def good():
    path = data.data_directory().joinpath("watch", "auth.yaml")
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def changed(*path, value):
    raw = good()
    raw["watch_rules"] = raw["watch_rules"][:2]
    place = raw["watch_rules"][0]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return raw


WRONG = {
    "unknown field": (changed("colour", value=1), "standards.schema"),
    "unknown area": (changed("area", value="kitchen"), "standards.schema"),
    "sign and purpose mixed": (changed("sign", value="discovery"), "standards.schema"),
    "no english": (changed("title", value={"ja": "題"}), "standards.schema"),
    "no tests": (changed("tests", value={"positive": [], "negative": []}), "standards.schema"),
    "value outside its bounds": (changed("parameters", "count", "value", value=0), "standards.schema"),
    "unknown class": (changed("evaluate", "of", value=["nothing"]), "watch.rule_class"),
    "unknown role": (changed("evaluate", "group", value=["shoe_size"]), "watch.rule_role"),
    "parameter missing": (changed("parameters", value={}), "watch.rule_parameter_missing"),
    "parameter unused": (
        changed("parameters", "extra", value={
            "value": 1, "unit": "count", "minimum": 0, "maximum": 2, "reason": {"ja": "理由", "en": "reason"}}),
        "watch.rule_parameter_unused",
    ),
    "unknown operator": (changed("evaluate", "when", value={"user|like": "x"}), "watch.rule_operator"),
    "look-ahead": (changed("evaluate", "when", value={"user|re": "a(?=b)"}), "watch.rule_expression"),
    "broken expression": (changed("evaluate", "when", value={"user|re": "a("}), "watch.rule_expression"),
    "id of another purpose": (changed("id", value="prevention.auth.x"), "watch.rule_id"),
    "double id": (changed("id", value="discovery.auth.failed_then_success"), "watch.rule_duplicate"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_each_mistake_is_named_with_its_line(tmp_path, case):
    raw, code = WRONG[case]
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump(raw, allow_unicode=True, sort_keys=False), encoding="utf-8")
    problems = validate_file(path)
    assert code in {p.code for p in problems}
    assert all(p.file == "own.yaml" and p.row and texts.known(p.code) for p in problems)
