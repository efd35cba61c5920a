"""Changing answers by one key at a time: what may be changed, what is refused, and that nothing else moves."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.records.procurement.examples import NAMES, answers

from sekisho.engines.derivation import read_answers
from sekisho.errors import InputError
from sekisho.records.procurement.rules.answers_file import as_yaml
from sekisho.records.procurement.rules.editing import apply_changes, checked_text, differences, free_id, value_at
from sekisho.standards.rule_sets import rule_set

RULES = rule_set("specification")


def as_json(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


def plain(name: str = "booking-site") -> dict[str, Any]:
    return as_json(answers(name))


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [
        ("answers.Q15", "no", "no"),
        ("answers.Q15", True, "yes"),
        ("answers.Q01", ["public", "staff"], ["staff", "public"]),
        ("answers.Q02", 12, 12),
        ("answers.Q07", "  氏名  ", "氏名"),
        ("answers.Q15", None, None),
        ("answers.Q07", "", None),
        ("answers.Q01", [], None),
        ("title", " 新しい件名 ", "新しい件名"),
        ("purposes", ["一つ目", "二つ目"], ["一つ目", "二つ目"]),
        ("values.保存期間", "5年", "5年"),
        ("values.AU-1-1/保存期間", "1年", "1年"),
        ("decisions.AT-1-1", {"level": "high", "reason": "重要"}, {"level": "high", "reason": "重要"}),
        ("clauses.AT-1-1", {"included": False, "reason": "別に定める"}, {"included": False, "reason": "別に定める"}),
        ("information.i9", {"id": "i9", "name": "日報"}, {"id": "i9", "name": "日報"}),
        ("tasks.T99", {"id": "T99", "name": "新しい業務", "purpose": ""}, {"id": "T99", "name": "新しい業務", "purpose": ""}),
    ],
)
def test_one_key_changes_and_everything_else_stays(key: str, value: Any, kept: Any) -> None:
    before = plain()
    untouched = copy.deepcopy(before)
    after = apply_changes(RULES, before, {key: value})
    assert value_at(after, key) == kept
    assert before == untouched
    assert set(differences(before, after)) <= {key}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"answers": {}}, "procurement.unknown_key"),
        ({"answers.": "x"}, "procurement.unknown_key"),
        ({"schema": "x"}, "procurement.unknown_key"),
        ({"rule_set": "grading"}, "procurement.unknown_key"),
        ({"title.x": "x"}, "procurement.unknown_key"),
        ({"__class__": 1}, "procurement.unknown_key"),
        ({"": 1}, "procurement.unknown_key"),
        ({"values." + "x" * 300: "1"}, "procurement.unknown_key"),
        ({"values.a\x00b": "1"}, "procurement.unknown_key"),
        ({"tasks.a/b": {"id": "a/b", "name": "x", "purpose": ""}}, "procurement.unknown_key"),
        ({"tasks.業務": {"id": "業務", "name": "x", "purpose": ""}}, "procurement.unknown_key"),
        ({"tasks.T1": {"id": "T2", "name": "x", "purpose": ""}}, "procurement.id_differs"),
        ({"tasks.T1": ["id"]}, "procurement.id_differs"),
        ({"answers.Q07": "長" * 200_001}, "procurement.too_long"),
        ({"answers.Q07": "長" * 5_001}, "derivation.wrong_answers"),
        ({"answers.Q07": "a\x00b"}, "input.not_text"),
        ({"answers.Q07": "a\x1bb"}, "input.not_text"),
        ({"answers.Q07": "a\ud800"}, "input.not_text"),
        ({"tasks.T1": {"id": "T1", "name": "\x07", "purpose": ""}}, "input.not_text"),
        ({"answers.Q15": "maybe"}, "derivation.wrong_answers"),
        ({"answers.Q15": {"x": 1}}, "derivation.wrong_answers"),
        ({"answers.Q01": ["nobody"]}, "derivation.wrong_answers"),
        ({"answers.Q02": -1}, "derivation.wrong_answers"),
        ({"answers.Q02": 1e309}, "derivation.wrong_answers"),
        ({"answers.Q99": "yes"}, "derivation.wrong_answers"),
        ({"decisions.AT-1-1": {"level": "highest"}}, "derivation.wrong_answers"),
        ({"decisions.XX-1": {"level": "mid"}}, "derivation.wrong_answers"),
        ({"clauses.XX": {"included": True}}, "derivation.wrong_answers"),
        ({"values.保存期間": 5}, "derivation.wrong_answers"),
        ({"hosting": "moon"}, "derivation.wrong_answers"),
        ({"purposes": "目的"}, "derivation.wrong_answers"),
        ({"title": "  "}, "procurement.title_missing"),
        ({"title": None}, "procurement.title_missing"),
        ({"title": ["x"]}, "procurement_cases.title_no_text"),
        ({"title": "長" * 201}, "procurement_cases.title_too_long"),
        ({f"values.{n}": "x" for n in range(2001)}, "procurement_cases.too_many_changes"),
        ({"information.i1": None}, "derivation.wrong_answers"),  # tasks use it
    ],
)
def test_what_is_no_change_is_refused_and_nothing_is_half_done(changes: dict[str, Any], code: str) -> None:
    before = plain()
    used = before["information"][0]["id"]
    changes = {key.replace("information.i1", f"information.{used}"): value for key, value in changes.items()}
    untouched = copy.deepcopy(before)
    with pytest.raises(InputError) as caught:
        apply_changes(RULES, before, changes)
    assert caught.value.code == code
    assert before == untouched


def test_all_answers_together_are_bounded() -> None:
    changes = {f"values.空欄{n}": "長" * 60_000 for n in range(30)}
    with pytest.raises(InputError) as caught:
        apply_changes(RULES, plain(), changes)
    assert caught.value.code == "procurement.too_long"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
keys = st.sampled_from(
    ["title", "purposes", "hosting", "cloud_kind", "answers.Q01", "answers.Q02", "answers.Q15", "answers.Q07", "values.保存期間",
     "decisions.AT-1-1", "clauses.AT-1-1", "information.i1", "tasks.T1", "tasks", "answers"]
) | st.text(max_size=20)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(changes=st.dictionaries(keys, json_values, max_size=3))
def test_any_json_is_either_refused_or_saved_so_that_it_can_be_derived_and_saved_again(changes: dict[str, Any]) -> None:
    before = plain("design-study")
    untouched = copy.deepcopy(before)
    try:
        after = apply_changes(RULES, before, changes)
    except InputError:
        assert before == untouched
        return
    assert apply_changes(RULES, after, {}) == after
    assert apply_changes(RULES, after, {key: value_at(after, key) for key in changes}) == after
    assert set(differences(before, after)) <= set(changes)


@pytest.mark.parametrize("name", NAMES)
def test_answers_go_out_as_a_file_and_come_back_the_same(name: str) -> None:
    before = plain(name)
    assert as_json(read_answers(as_yaml(before).encode(), filename="a.yaml")) == before
    assert differences(before, before) == []


def test_a_word_that_yaml_takes_for_something_else_comes_back_as_it_was() -> None:
    before = apply_changes(RULES, plain(), {"answers.Q15": "no", "values.保存期間": "012", "values.報告": "yes\n# x: [1"})
    after = as_json(read_answers(as_yaml(before).encode(), filename="a.yaml"))
    assert after["answers"]["Q15"] == "no"
    assert (after["values"]["保存期間"], after["values"]["報告"]) == ("012", "yes\n# x: [1")


def test_ids_that_are_free() -> None:
    assert free_id({}, "tasks") == "T1"
    assert free_id({"tasks": [{"id": "T1"}, {"id": "T3"}]}, "tasks") == "T2"
    assert free_id({"information": [{"id": "i1"}]}, "information") == "i2"


@pytest.mark.parametrize(("text", "code"), [("a\x00", "input.not_text"), ("x" * 11, "procurement.too_long")])
def test_words_beside_the_answers_are_checked_too(text: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        checked_text(text, name="note", limit=10)
    assert caught.value.code == code
    assert checked_text("  よい\n ", name="note", limit=10) == "よい"
