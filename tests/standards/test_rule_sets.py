"""Rule sets: every fault is named by file and line; an organisation's own files are laid over ours, item by item."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.errors import InputError, NotFound
from sekisho.standards.rule_sets import (
    Expression,
    included_rule_files,
    parse,
    placeholders_of,
    read_rule_set,
    references,
    rule_set,
    rule_set_ids,
)

HEAD = """\
id: small
version: 1
title: {ja: 小さな規則, en: Small rules}
source: {documents: [試験]}
verified: proposal
confidence: low
confidence_note: {ja: 試験用, en: For tests}
"""
QUESTIONS = """\
sections:
- {id: s, title: {ja: 節, en: Section}}
questions:
- {id: Q1, section: s, kind: yes_no, title: {ja: 外から使うか, en: Used from outside?}, why: {ja: 理由, en: Why}}
- id: Q2
  section: s
  kind: choice
  title: {ja: 重さ, en: Weight}
  why: {ja: 理由, en: Why}
  options: [{id: light, title: {ja: 軽い, en: Light}}, {id: heavy, title: {ja: 重い, en: Heavy}}]
conditions:
- {id: A, title: {ja: 外部, en: Outside}, when: {answer: Q1, is: yes}}
- {id: B, title: {ja: 重い, en: Heavy}, when: {answer: Q2, is: heavy}}
"""


def files(rules: str = "") -> dict[str, bytes]:
    return {"rules.yaml": HEAD.encode(), "questions.yaml": QUESTIONS.encode(), **({"more.yaml": rules.encode()} if rules else {})}


def problems(rules: str) -> list[tuple[str, str, int | None]]:
    with pytest.raises(InputError) as caught:
        read_rule_set(files(rules))
    assert caught.value.code == "rules.invalid"
    return [(p.code, p.file, p.row) for p in caught.value.problems]


def test_the_included_sets_are_sound_and_name_their_sources() -> None:
    for name in rule_set_ids():
        rules = rule_set(name)
        assert rules.id == name
        assert rules.source.documents
        assert len(rules.digest) == 64


def test_an_unknown_set_is_refused() -> None:
    with pytest.raises(NotFound) as caught:
        included_rule_files("../secrets")
    assert caught.value.code == "rules.unknown_set"


HOSTILE = [
    pytest.param(
        "conditions:\n- {id: C, title: {ja: 甲, en: C}, when: D}\n", "rules.unknown_reference", 2, id="unknown condition"
    ),
    pytest.param(
        "conditions:\n- {id: C, title: {ja: 甲, en: C}, when: {answer: Q9, is: yes}}\n",
        "rules.unknown_reference",
        2,
        id="question",
    ),
    pytest.param(
        "conditions:\n\n- id: C\n  title: {ja: 甲, en: C}\n  when:\n    any:\n    - {answer: Q2, is: huge}\n",
        "rules.unknown_option",
        6,
        id="unknown option, at its line",
    ),
    pytest.param(
        "conditions:\n- {id: C, title: {ja: 甲, en: C}, when: D}\n- {id: D, title: {ja: 乙, en: D}, when: {not: C}}\n",
        "rules.cycle",
        2,
        id="cycle of conditions",
    ),
    pytest.param(
        "questions:\n- {id: Q3, section: s, kind: yes_no, title: {ja: 問, en: Q}, why: {ja: 理, en: W}, ask_if: {answer: Q3, is: yes}}\n",
        "rules.cycle",
        2,
        id="a question that asks itself",
    ),
    pytest.param("conditions:\n- {id: C, title: {ja: 甲, en: C}, when: {answer: Q1}}\n", "rules.wrong_item", 2, id="no operator"),
    pytest.param(
        "conditions:\n- {id: C, title: {ja: 甲, en: C}, when: {answer: Q1, matches: '.*'}}\n",
        "rules.wrong_item",
        2,
        id="operator",
    ),
    pytest.param("conditions:\n- {id: C, title: {ja: 甲, en: C}, when: {all: []}}\n", "rules.wrong_item", 2, id="empty group"),
    pytest.param(
        "conditions:\n- {id: C, title: {ja: 甲, en: C}, when: B}\n- {id: C, title: {ja: 乙, en: C}, when: A}\n",
        "rules.doubled_id",
        3,
        id="doubled id",
    ),
    pytest.param("conditions:\n- {id: C, titel: {ja: 甲, en: C}, when: B}\n", "rules.wrong_item", 2, id="misspelt field"),
    pytest.param("condition:\n- {id: C}\n", "rules.unknown_list", 2, id="unknown list"),
    pytest.param("conditions: {id: C}\n", "rules.not_a_list", 1, id="not a list"),
    pytest.param("- 1\n- 2\n", "rules.not_a_mapping", 1, id="not a mapping"),
    pytest.param("conditions:\n- &a {id: C}\n- *a\n", "standards.yaml_alias", 3, id="alias"),
    pytest.param("conditions: [\n", "standards.yaml_broken", 2, id="broken YAML"),
    pytest.param(
        "questions:\n- {id: Q3, section: t, kind: yes_no, title: {ja: 問, en: Q}, why: {ja: 理, en: W}}\n",
        "rules.unknown_reference",
        2,
        id="unknown section",
    ),
    pytest.param(
        "questions:\n- {id: Q3, section: s, kind: choice, title: {ja: 問, en: Q}, why: {ja: 理, en: W}}\n",
        "rules.options_wrong",
        2,
        id="choice without options",
    ),
    pytest.param(
        "parts: [{id: p, title: {ja: 部, en: P}}]\nclauses:\n- {id: k, part: p, title: {ja: 条, en: C}, text: {ja: '{期間}保存する', en: Keep}}\n",
        "rules.unknown_placeholder",
        3,
        id="place that nobody described",
    ),
    pytest.param(
        "settings:\n- {id: n, title: {ja: 数, en: N}, value: 1}\n"
        "conditions:\n- {id: C, title: {ja: 甲, en: C}, when: {answer: Q1, at_least: {setting: m}}}\n",
        "rules.unknown_reference",
        4,
        id="unknown setting",
    ),
]


@pytest.mark.parametrize(("rules", "code", "line"), HOSTILE)
def test_a_fault_is_named_by_file_and_line(rules: str, code: str, line: int) -> None:
    assert (code, "more.yaml", line) in problems(rules)


def test_all_faults_are_told_at_once() -> None:
    found = problems("conditions:\n- {id: C, title: {ja: 甲, en: C}, when: X}\n- {id: D, title: {ja: 乙, en: D}, when: Y}\n")
    assert [row for code, _, row in found if code == "rules.unknown_reference"] == [2, 3]


def test_a_missing_head_is_told() -> None:
    with pytest.raises(InputError) as caught:
        read_rule_set({"questions.yaml": QUESTIONS.encode()})
    assert {p.fields["name"] for p in caught.value.problems} >= {"id", "version", "title"}


def test_own_files_replace_and_add_by_id_and_change_the_digest() -> None:
    own = "conditions:\n- {id: A, title: {ja: 常に外部, en: Outside}, when: {not: {answer: Q1, is: no}}}\n- {id: Z, title: {ja: 別, en: Z}, when: A}\n"
    before, after = read_rule_set(files()), read_rule_set(files(), changes={"own.yaml": own.encode()})
    assert [c.id for c in after.conditions] == ["A", "B", "Z"]
    assert after.find("conditions", "A").title.ja == "常に外部"
    assert before.digest != after.digest


def test_own_files_cannot_break_what_is_there() -> None:
    with pytest.raises(InputError) as caught:
        read_rule_set(files(), changes={"own.yaml": b"conditions:\n- {id: A, title: {ja: x, en: x}, when: GONE}\n"})
    assert [(p.file, p.row) for p in caught.value.problems] == [("own.yaml", 2)]


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("A", "condition"),
        ({"all": ["A", {"not": "B"}]}, "all"),
        ({"answer": "Q1", "is": True}, "answer"),
        ({"answer": "n", "at_least": {"setting": "many"}}, "answer"),
        ({"requirement": "AT-1-1", "at_least": "mid"}, "requirement"),
        ({"any_requirement_at_least": "high"}, "any_requirement"),
    ],
)
def test_every_form_is_understood(raw: Any, kind: str) -> None:
    assert parse(raw).kind == kind


def test_equal_conditions_are_equal() -> None:
    raw = {"any": ["A", {"answer": "n", "at_least": 3}]}
    assert parse(raw) == parse(raw)
    assert len({parse(raw), parse(raw), parse("A")}) == 2


def test_yes_and_no_of_yaml_are_the_words() -> None:
    assert parse({"answer": "Q1", "is": True}).operand == "yes"
    assert parse({"answer": "Q1", "is_any": [False]}).operand == ("no",)


def test_references_name_everything_that_is_looked_up() -> None:
    found = set(references(parse({"any": ["A", {"answer": "n", "more_than": {"setting": "s"}}, {"decision": "d", "is": "x"}]})))
    assert found == {("condition", "A"), ("question", "n"), ("setting", "s"), ("decision", "d")}


@pytest.mark.parametrize("name", ["保存期間", "許可する通信の一覧", "a b"])
def test_places_are_found_once_and_in_order(name: str) -> None:
    assert placeholders_of(f"{{{name}}}と{{x}}と{{{name}}}") == (name, "x")


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["all", "any", "not", "answer", "is", "is_any", "at_least", "condition", "decision", "setting", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(junk)
@settings(max_examples=200, deadline=None)
def test_whatever_stands_where_a_condition_should_is_an_expression_or_a_clear_refusal(raw: Any) -> None:
    with contextlib.suppress(ValueError):  # the one refusal; anything else fails the test
        found = parse(raw)
        assert isinstance(found, Expression)
        assert all(name for _, name in references(found))
