"""Grading of a system: A, B or C by confidentiality, integrity, availability, scope and dependency, and what follows."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.engines.derivation import Answers, Derivation, derive, outcome
from sekisho.standards.rule_sets import rule_set

RULES = rule_set("grading")
SMALL = {
    "g_confidentiality": "c_low", "g_integrity": "i_low", "g_stop": 168, "g_harm": "none", "g_scope": "section", "g_affected": 20,
    "g_dependency": ["none"], "g_personal": 0, "g_alternative": "paper",
}  # fmt: skip
ORDER = "CBA"


def grade(settings_: dict[str, float] | None = None, **more: object) -> Derivation:
    return derive(RULES, Answers(rule_set="grading", answers={**SMALL, **more}), settings=settings_)


def test_a_published_notice_board_of_one_section_is_c_without_objection():
    result = grade()
    assert result.decision("grade") == "C"
    assert result.checks == ()
    assert result.unanswered == ()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"g_confidentiality": "c_mid"}, "B"),
        ({"g_confidentiality": "c_high"}, "A"),
        ({"g_integrity": "i_high"}, "B"),
        ({"g_stop": 24, "g_alternative": "short"}, "B"),
        ({"g_stop": 25, "g_alternative": "short"}, "C"),
        ({"g_stop": 24}, "C"),
        ({"g_stop": 4, "g_alternative": "none", "g_scope": "citizens"}, "A"),
        ({"g_stop": 4, "g_alternative": "paper", "g_scope": "citizens"}, "C"),
        ({"g_stop": 5, "g_alternative": "none", "g_scope": "citizens"}, "B"),
        ({"g_harm": "serious"}, "A"),
        ({"g_harm": "limited"}, "C"),
        ({"g_harm": "limited", "g_scope": "citizens"}, "B"),
        ({"g_dependency": ["base"]}, "A"),
        ({"g_dependency": ["systems"]}, "B"),
        ({"g_dependency": ["statutory"]}, "B"),
        ({"g_dependency": ["statutory"], "g_integrity": "i_high", "g_alternative": "none", "g_affected": 100_000}, "A"),
        ({"g_dependency": ["statutory"], "g_integrity": "i_high", "g_alternative": "none", "g_affected": 99_999}, "B"),
        ({"g_personal": 100, "g_sensitive": "no"}, "C"),
        ({"g_personal": 101, "g_sensitive": "no"}, "B"),
        ({"g_personal": 1, "g_sensitive": "yes"}, "B"),
        ({"g_personal": 10_000, "g_sensitive": "yes"}, "A"),
        ({"g_personal": 99_999, "g_sensitive": "no"}, "B"),
        ({"g_personal": 100_000, "g_sensitive": "no"}, "A"),
    ],
)
def test_the_grade_at_each_border(changes, expected):
    assert grade(**changes).decision("grade") == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"g_confidentiality": "c_high"}, ["A", "set_a", "mid", "high", "matsu"]),
        ({"g_confidentiality": "c_mid"}, ["B", "set_b", "mid", "mid", "take"]),
        ({}, ["C", "set_c", "low", "low", "ume"]),
    ],
)
def test_each_grade_brings_its_set_of_requirements(changes, expected):
    result = grade(**changes)
    found = [result.decision(name) for name in ("grade", "requirement_set", "strength_floor", "strength_target", "level_target")]
    assert found == expected
    assert all(decision.reason.ja and decision.reason.en for decision in result.decisions)


def test_the_grade_names_what_made_it_so():
    result = grade(g_harm="serious", g_dependency=["base"])
    assert {c.id for c in result.conditions if c.value and c.id.startswith("GA")} == {"GA_HARM", "GA_BASE"}


def test_an_organisation_may_move_the_borders():
    changes = {"g_personal": 5000, "g_sensitive": "no"}
    assert grade(**changes).decision("grade") == "B"
    assert grade({"grade_personal_a": 5000}, **changes).decision("grade") == "A"
    assert grade({"grade_personal_b": 5000}, **changes).decision("grade") == "C"


def test_a_missing_answer_leaves_the_grade_open_unless_another_settles_it():
    answers = {k: v for k, v in SMALL.items() if k != "g_harm"}
    assert derive(RULES, Answers(rule_set="grading", answers=answers)).decision("grade") is None
    settled = derive(RULES, Answers(rule_set="grading", answers={**answers, "g_confidentiality": "c_high"}))
    assert settled.decision("grade") == "A"


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("GC1", {"g_personal": 5, "g_sensitive": "no"}),
        ("GC2", {"g_dependency": ["none", "systems"]}),
        ("GC3", {"g_stop": 1}),
        ("GC4", {"g_affected": 1000}),
        ("GC5", {"g_harm": "serious", "g_stop": 72}),
        ("GC6", {"g_personal": 5, "g_sensitive": "yes"}),
        ("GC7", {"g_dependency": ["base"]}),
    ],
)
def test_answers_that_contradict_each_other_are_said(name, changes):
    assert name in {c.id for c in grade(**changes).checks}
    assert name not in {c.id for c in grade().checks}


def test_the_grades_are_the_options_of_the_question_in_the_specification():
    question = rule_set("specification").find("questions", "grade")
    values = {choice.value for choice in RULES.find("decisions", "grade").choices} | {RULES.find("decisions", "grade").otherwise}
    assert values <= {option.id for option in question.options}


def test_every_rule_is_marked_as_a_proposal():
    assert RULES.verified == "proposal"
    assert {d.verified for d in RULES.decisions} == {"proposal"}
    assert {c.verified for c in RULES.conditions} == {"proposal"}


ANSWERS = st.fixed_dictionaries({
    "g_confidentiality": st.sampled_from(["c_high", "c_mid", "c_low"]),
    "g_integrity": st.sampled_from(["i_high", "i_low"]),
    "g_stop": st.integers(0, 8760),
    "g_harm": st.sampled_from(["none", "limited", "serious"]),
    "g_scope": st.sampled_from(["section", "organisation", "organisations", "citizens"]),
    "g_affected": st.integers(0, 1_000_000),
    "g_dependency": st.lists(st.sampled_from(["systems", "statutory", "base"]), min_size=1, unique=True),
    "g_personal": st.integers(0, 1_000_000),
    "g_sensitive": st.sampled_from(["yes", "no"]),
    "g_alternative": st.sampled_from(["paper", "short", "none"]),
})  # fmt: skip
WORSE = {
    "g_confidentiality": "c_high", "g_integrity": "i_high", "g_stop": 0, "g_harm": "serious", "g_scope": "citizens",
    "g_affected": 1_000_000, "g_dependency": ["systems", "statutory", "base"], "g_personal": 1_000_000, "g_sensitive": "yes",
    "g_alternative": "none",
}  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(answers=ANSWERS, worse=st.sampled_from(sorted(WORSE)))
def test_complete_answers_always_get_a_grade_and_a_worse_answer_never_lowers_it(answers, worse):
    before = derive(RULES, Answers(rule_set="grading", answers=answers)).decision("grade")
    after = derive(RULES, Answers(rule_set="grading", answers={**answers, worse: WORSE[worse]})).decision("grade")
    assert ORDER.index(after) >= ORDER.index(before)


def test_the_outcome_of_one_decision_follows_another_that_a_person_settled():
    given = Answers(rule_set="grading", answers={})
    found = {one: outcome(RULES, given, "level_target", decided={"grade": one}) for one in "ABC"}
    assert {one: result.value for one, result in found.items()} == {"A": "matsu", "B": "take", "C": "ume"}
    assert all(result.reason and result.reason.en for result in found.values())
    assert outcome(RULES, given, "level_target", decided={}).value is None
    assert outcome(RULES, given, "no_such_decision", decided={"grade": "A"}) is None
