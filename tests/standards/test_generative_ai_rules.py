"""The risk check for generative AI: four viewpoints, fifteen risks, and the items of procurement and contract."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations

import pytest

from sekisho.engines.derivation import Answers, Derivation, derive
from sekisho.standards.rule_sets import STRENGTHS, placeholders_of, rule_set

SMALL = {
    "ai_body": "national", "ai_purpose": "文書の案を作る", "ai_tasks": ["draft"], "ai_output": "checked", "ai_reaches": "none",
    "ai_rights": "no", "ai_life": "no", "ai_triage": "no", "ai_qualified": "no", "ai_users": ["section"], "ai_spread": 10,
    "ai_volume": 100, "ai_vulnerable": "no", "ai_languages": ["ja"], "ai_personal": "none", "ai_confidential": "public",
    "ai_training": "none", "ai_rag": "no", "ai_environment": "contract", "ai_abroad": "no", "ai_agent": "none",
    "ai_single": "no", "ai_staffing": "no",
}  # fmt: skip
VIEWPOINTS = {
    "AI_USERS": {"ai_users": ["public"], "ai_reaches": "after_check"},
    "AI_NATURE": {"ai_rights": "yes"},
    "AI_LEARNS": {"ai_training": "own", "ai_confidential": "internal"},
    "AI_NO_HUMAN": {"ai_output": "unchecked"},
}


def check(**more: object) -> Derivation:
    return derive(rule_set("generative_ai"), Answers(rule_set="generative_ai", answers={**SMALL, **more}))


def offered(result: Derivation) -> set[str]:
    return {clause.id for clause in result.clauses if clause.offered and not clause.requirement}


def level(result: Derivation, name: str) -> str:
    found = result.requirement(name)
    assert found is not None
    return found.high


RULES = rule_set("generative_ai")


def test_all_fifteen_risks_are_there_in_their_two_groups():
    assert [r.id for r in RULES.requirements if r.group == "technical"] == [f"AI{n:02d}" for n in range(1, 5)]
    assert [r.id for r in RULES.requirements if r.group == "social"] == [f"AI{n:02d}" for n in range(5, 16)]


def test_the_smallest_use_is_complete_low_and_without_objection():
    result = check()
    assert result.unanswered == ()
    assert result.checks == ()
    assert result.decision("high_risk") == "low"
    assert result.decision("caio") == "register"
    assert {r.high for r in result.requirements if r.holds} == {"low"}
    assert [c.id for c in result.clauses if c.offered is None] == []


@pytest.mark.parametrize("name", list(VIEWPOINTS))
def test_one_viewpoint_alone_makes_high_risk_possible(name):
    result = check(**VIEWPOINTS[name])
    assert {c.id for c in result.conditions if c.value and c.id in VIEWPOINTS} == {name}
    assert result.decision("high_risk") == "possible"
    assert result.decision("caio") == "caio"
    assert "PC14" in offered(result)


@pytest.mark.parametrize("pair", list(combinations(VIEWPOINTS, 2)))
def test_any_two_viewpoints_make_high_risk_probable_and_bring_in_the_board(pair):
    result = check(**VIEWPOINTS[pair[0]], **VIEWPOINTS[pair[1]])
    assert result.decision("high_risk") == "high"
    assert result.decision("caio") == "board"
    assert check(**VIEWPOINTS[pair[0]], **VIEWPOINTS[pair[1]], ai_body="municipality").decision("caio") == "own_high"


def test_secrets_are_outside_the_guideline_whatever_else_is_answered():
    result = check(ai_confidential="secret", **VIEWPOINTS["AI_NATURE"], **VIEWPOINTS["AI_USERS"])
    assert result.decision("high_risk") == "out_of_scope"
    assert result.decision("caio") == "stop"


def test_bodies_outside_the_ministries_report_to_their_own_officer():
    assert check(ai_body="municipality").decision("caio") == "own"


def test_an_unanswered_viewpoint_leaves_the_judgement_open():
    answers = {k: v for k, v in SMALL.items() if k != "ai_output"}
    result = derive(RULES, Answers(rule_set="generative_ai", answers=answers))
    assert result.decision("high_risk") is None
    assert "ai_output" in result.unanswered


@pytest.mark.parametrize(
    ("risk", "changes", "expected"),
    [
        ("AI01", {"ai_rag": "yes"}, "mid"),
        ("AI01", {"ai_agent": "act"}, "high"),
        ("AI02", {"ai_vulnerable": "yes"}, "mid"),
        ("AI02", {"ai_triage": "yes"}, "high"),
        ("AI03", {"ai_reaches": "after_check"}, "mid"),
        ("AI03", {"ai_reaches": "direct", "ai_output": "unchecked"}, "high"),
        ("AI04", {"ai_spread": 300}, "mid"),
        ("AI04", {"ai_spread": 299}, "low"),
        ("AI04", {"ai_rights": "yes"}, "high"),
        ("AI05", {"ai_personal": "personal", "ai_environment": "own"}, "low"),
        ("AI05", {"ai_personal": "sensitive"}, "high"),
        ("AI06", {"ai_tasks": ["code"]}, "mid"),
        ("AI06", {"ai_life": "yes"}, "high"),
        ("AI07", {"ai_triage": "yes"}, "mid"),
        ("AI07", {"ai_triage": "yes", "ai_vulnerable": "yes"}, "high"),
        ("AI08", {"ai_tasks": ["counsel"]}, "high"),
        ("AI09", {"ai_tasks": ["media"]}, "mid"),
        ("AI10", {"ai_tasks": ["media"], "ai_reaches": "after_check"}, "high"),
        ("AI11", {"ai_volume": 10_000}, "mid"),
        ("AI12", {"ai_confidential": "internal"}, "mid"),
        ("AI12", {"ai_confidential": "confidential"}, "high"),
        ("AI13", {"ai_staffing": "yes"}, "mid"),
        ("AI14", {"ai_single": "yes"}, "mid"),
        ("AI15", {"ai_qualified": "yes"}, "mid"),
        ("AI15", {"ai_qualified": "yes", "ai_output": "unchecked"}, "high"),
    ],
)
def test_each_risk_rises_by_the_answer_that_makes_it_worse(risk, changes, expected):
    assert level(check(**changes), risk) == expected
    plain = check().requirement(risk)
    assert plain.holds is False or plain.high == "low"


@pytest.mark.parametrize(
    ("risk", "answer"), [("AI05", "ai_personal"), ("AI07", "ai_triage"), ("AI15", "ai_qualified"), ("AI06", "ai_life")]
)
def test_risks_that_need_an_occasion_do_not_hold_without_it(risk, answer):
    assert check().requirement(risk).holds is False
    assert check(**{answer: "personal" if answer == "ai_personal" else "yes"}).requirement(risk).holds is True


@pytest.mark.parametrize(
    ("clause", "changes"),
    [
        ("PC08", {"ai_rag": "yes"}),
        ("PC09", {"ai_agent": "read"}),
        ("PC10", {"ai_languages": ["ja", "easy"]}),
        ("PC11", {"ai_tasks": ["media"]}),
        ("PC12", {"ai_vulnerable": "yes"}),
        ("PC13", {"ai_tasks": ["code"]}),
        ("KC02", {"ai_training": "own"}),
        ("KC10", {"ai_personal": "personal"}),
        ("KC11", {"ai_personal": "my_number"}),
    ],
)
def test_an_item_is_offered_for_the_use_that_needs_it_and_not_otherwise(clause, changes):
    assert clause in offered(check(**changes))
    assert clause not in offered(check())


def test_training_is_either_forbidden_or_bounded_never_both():
    assert {"KC01", "KC02"} & offered(check()) == {"KC01"}
    assert {"KC01", "KC02"} & offered(check(ai_training="own")) == {"KC02"}


def test_an_own_environment_needs_no_terms_of_an_outside_service():
    assert {"KC03", "KC08", "KC12"} & offered(check(ai_environment="own", ai_abroad=None)) == set()
    assert {"KC03", "KC08", "KC12"} <= offered(check())


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("AIC1", {"ai_personal": "my_number", "ai_environment": "terms"}),
        ("AIC2", {"ai_confidential": "internal", "ai_environment": "terms"}),
        ("AIC3", {"ai_personal": "personal", "ai_training": "provider"}),
        ("AIC4", {"ai_rights": "yes", "ai_output": "unchecked"}),
        ("AIC5", {"ai_volume": 10_000}),
        ("AIC6", {"ai_users": ["public"]}),
        ("AIC7", {"ai_agent": "act", "ai_output": "sampled"}),
    ],
)
def test_answers_that_must_not_stand_together_are_said(name, changes):
    assert name in {c.id for c in check(**changes).checks}


def test_both_parts_have_items_and_every_item_is_accepted_somehow():
    assert sum(c.part == "procurement_check" for c in RULES.clauses) >= 10
    assert sum(c.part == "contract_check" for c in RULES.clauses) >= 10
    for clause in RULES.clauses:
        assert clause.acceptance is not None
        assert clause.acceptance.evidence


def test_strengths_add_to_each_other_and_never_repeat():
    """The clause of a strength is joined to those below it."""
    said = [d.clause.get(lang) for r in RULES.requirements for d in r.levels.values() for lang in ("ja", "en")]
    said += [c.text.get(lang) for c in RULES.clauses for lang in ("ja", "en")]
    assert [text for text, times in Counter(said).items() if times > 1] == []
    assert not any(text.startswith("加えて") for text in said)
    for requirement in RULES.requirements:
        assert list(requirement.levels) == list(STRENGTHS)
        for demand in requirement.levels.values():
            assert demand.clause.ja.endswith("こと。"), requirement.id


def test_wording_is_in_both_languages_and_places_have_examples():
    english = [d.clause.en for r in RULES.requirements for d in r.levels.values()] + [c.text.en for c in RULES.clauses]
    for text in english:
        assert not re.search(r"[぀-ヿ一-鿿]", re.sub(r"[{][^}]*[}]", "", text)), text
    used = {name for text in english for name in placeholders_of(text)}
    assert used == {place.id for place in RULES.placeholders}
    assert all(place.example for place in RULES.placeholders)
    assert all(not place.suggestions or place.suggestions[-1].when is None for place in RULES.placeholders)


def test_our_own_ids_do_not_meet_those_of_the_specification():
    other = rule_set("specification")
    assert all(question.id.startswith("ai_") for question in RULES.questions)
    assert all(condition.id.startswith("AI_") for condition in RULES.conditions)
    assert not {q.id for q in RULES.questions} & {q.id for q in other.questions}
    assert not {c.id for c in RULES.clauses} & {c.id for c in other.clauses}
    assert not {s.id for s in RULES.settings} & {s.id for s in other.settings}


def test_combinations_are_marked_as_proposals_and_viewpoints_as_read_in_articles():
    assert {c.verified for c in RULES.conditions if c.id in VIEWPOINTS} == {"article"}
    assert RULES.verified == "proposal"
    assert "提案" in RULES.find("decisions", "high_risk").basis.ja
