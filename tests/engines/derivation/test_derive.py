"""Questions → conditions → proposals → clauses, in three values, with reasons."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.derivation.small import RULES, small_rules

from sekisho.engines import derivation
from sekisho.engines.derivation import Answers, Choice, ClauseChoice, Derivation, compare, derive, explain, read_answers
from sekisho.engines.systemdiagram.business import Information, Task, Use
from sekisho.errors import InputError
from sekisho.standards.rule_sets import read_rule_set, rule_set

BOTH = {"object": "system", "outside": "yes", "people": 500}


def run(answers: dict[str, Any] | None = None, **more: Any) -> Derivation:
    return derive(small_rules(), Answers(answers=answers or {}, **more))


def level(result: Derivation) -> tuple[str, str, str]:
    found = result.requirement("R1")
    assert found is not None
    return (found.low, found.high, found.level)


def task(network: str = "internet", actor: str = "public") -> Task:
    use = Use(
        actor=actor, actor_name="", place="outside", terminal="private", network=network, information=("i",), action="enter"
    )
    return Task(id="t", name="予約", purpose="", uses=(use,))


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param({"object": "system", "outside": "no", "people": 1}, ("low", "low", "low"), id="nothing fires"),
        pytest.param({"object": "system", "outside": "yes", "people": 1}, ("mid", "mid", "mid"), id="one condition"),
        pytest.param(BOTH, ("mid", "high", "high"), id="both conditions"),
        pytest.param(
            {"object": "system", "outside": "yes", "people": 300}, ("mid", "mid", "mid"), id="the limit is not more than it"
        ),
    ],
)
def test_the_range_follows_from_the_rules_that_fire(answers: dict[str, Any], expected: tuple[str, str, str]) -> None:
    assert level(run(answers)) == expected


def test_an_open_question_shows_how_far_the_range_may_still_rise() -> None:
    found = run({"object": "system", "outside": "yes"}).requirement("R1")
    assert found is not None
    assert (found.low, found.high, found.possible) == ("mid", "mid", "high")
    assert [rule.rule for rule in found.open_rules] == ["R1.high"]


def test_a_rule_that_fired_names_its_conditions() -> None:
    found = run(BOTH).requirement("R1")
    assert found is not None
    assert {rule.rule: rule.conditions for rule in found.fired} == {"R1.mid": ("A", "B"), "R1.high": ("A", "B")}


def test_the_organisations_own_setting_moves_the_limit() -> None:
    result = derive(small_rules(), Answers(answers=BOTH), settings={"many": 1000})
    assert level(result) == ("mid", "mid", "mid")


def test_what_does_not_hold_has_no_clause_and_what_is_not_asked_is_false() -> None:
    result = run({"object": "study", "people": 1})
    found = result.requirement("R1")
    assert found is not None
    assert found.holds is False
    assert [clause.id for clause in result.clauses] == ["always", "study", "extra"]
    assert {a.question: a.asked for a in result.answers}["outside"] is False
    assert "outside" not in result.unanswered


def test_undecided_clauses_are_offered_as_such_and_not_included() -> None:
    by_id = {clause.id: clause for clause in run({}).clauses}
    assert by_id["study"].offered is None
    assert by_id["study"].included is False


def test_the_clause_of_a_strength_adds_to_those_below() -> None:
    clause = next(c for c in run(BOTH).clauses if c.id == "R1")
    assert clause.text.ja == "網を分けること。"
    assert [item.ja for item in clause.items] == ["{区分}ごとに分けること。", "独立させ、{保存期間}記録すること。"]
    assert [a.by for a in clause.acceptance] == ["supplier", "supplier", "third_party"]


def test_places_are_filled_by_the_clauses_own_value_before_the_common_one_and_the_rest_is_told() -> None:
    result = run(BOTH, values={"保存期間": "1年", "R1/保存期間": "5年"})
    clause = next(c for c in result.clauses if c.id == "R1")
    assert clause.items[1].ja == "独立させ、5年記録すること。"
    assert [(u.clause, u.name) for u in result.unfilled] == [("R1", "区分")]


def test_a_suggestion_is_offered_with_its_reason_and_never_filled_in_by_itself() -> None:
    clause = next(c for c in run(BOTH).clauses if c.id == "R1")
    place = next(p for p in clause.places if p.name == "保存期間")
    assert (place.value, place.suggested) == (None, "3年")
    assert place.suggested_because is not None


def test_the_name_of_the_contract_is_suggested_from_the_title_of_the_case_and_not_without_one() -> None:
    def offered(title: str) -> set[str | None]:
        answers = Answers(rule_set="specification", title=title)
        clauses = derive(rule_set("specification"), answers).clauses
        return {place.suggested for clause in clauses for place in clause.places if place.name == "契約名"}

    assert offered("予約サイトの構築") == {"予約サイトの構築"}
    assert offered(" ") == {None}


def test_clauses_stand_in_the_order_of_the_parts() -> None:
    assert [c.id for c in run(BOTH).clauses] == ["R1", "always", "extra", "graded"]


def test_a_choice_outside_the_range_needs_a_reason() -> None:
    silent = run(BOTH, decisions={"R1": Choice(level="low")})
    told = run(BOTH, decisions={"R1": Choice(level="low", reason="閉じた網だけで使うため")})
    assert [check.id for check in silent.errors] == ["reason.R1"]
    assert told.errors == ()
    found = told.requirement("R1")
    assert found is not None
    assert (found.outside, found.level, found.proposed) == (True, "low", "high")


def test_a_choice_within_the_range_needs_none() -> None:
    assert run(BOTH, decisions={"R1": Choice(level="mid")}).errors == ()


def test_decisions_and_checks_see_the_strength_that_people_chose() -> None:
    assert run(BOTH).decision("grade") == "high"
    assert run(BOTH, decisions={"R1": Choice(level="mid")}).decision("grade") == "low"
    inside = {"object": "system", "outside": "no", "people": 1}
    warned = run(inside, decisions={"R1": Choice(level="high", reason="将来つなぐ")})
    assert [c.id for c in warned.checks] == ["too_much"]


def test_contradictory_answers_are_an_error_that_names_the_questions() -> None:
    found = run({"object": "system", "outside": "yes", "people": 0}).errors
    assert [(c.id, c.questions) for c in found] == [("small_but_outside", ("people", "outside"))]


def test_tasks_answer_what_nobody_answered() -> None:
    result = run({"object": "system", "people": 500}, tasks=(task(),), information=(Information(id="i", name="予約"),))
    reply = {a.question: a for a in result.answers}
    assert (reply["outside"].value, reply["outside"].origin) == ("yes", "tasks")
    assert reply["who"].value == ("public",)
    assert level(result)[1] == "high"


def test_an_answer_narrower_than_the_tasks_is_a_contradiction() -> None:
    result = run({**BOTH, "outside": "no", "who": ["staff"]}, tasks=(task(),), information=(Information(id="i", name="予約"),))
    assert {c.id for c in result.errors} == {"tasks.outside", "tasks.who"}


def test_an_answer_wider_than_the_tasks_is_none() -> None:
    result = run({**BOTH, "who": ["staff", "public"]}, tasks=(task(),), information=(Information(id="i", name="予約"),))
    assert result.errors == ()


def test_people_leave_out_and_take_in_clauses_and_write_their_own_words() -> None:
    choices = {
        "always": ClauseChoice(included=False, reason="別に定める"),
        "extra": ClauseChoice(included=True),
        "study": ClauseChoice(included=True),
        "graded": ClauseChoice(text="{区分}に報告すること。"),
    }
    result = run(BOTH, clauses=choices)
    assert [c.id for c in result.included] == ["R1", "study", "extra", "graded"]
    graded = next(c for c in result.clauses if c.id == "graded")
    assert graded.own_text
    assert graded.text.ja == "{区分}に報告すること。"
    assert [p.name for p in graded.places] == ["区分"]


HOSTILE = [
    pytest.param({"nope": 1}, "derivation.unknown_question", id="unknown question"),
    pytest.param({"object": "castle"}, "derivation.wrong_value", id="unknown option"),
    pytest.param({"object": ["system"]}, "derivation.wrong_value", id="list for one"),
    pytest.param({"who": "staff"}, "derivation.wrong_value", id="one for a list"),
    pytest.param({"who": ["staff", "alien"]}, "derivation.wrong_value", id="one of a list unknown"),
    pytest.param({"people": -1}, "derivation.wrong_value", id="below the minimum"),
    pytest.param({"people": float("nan")}, "derivation.wrong_value", id="no number"),
    pytest.param({"people": float("inf")}, "derivation.wrong_value", id="infinite"),
    pytest.param({"people": "many"}, "derivation.wrong_value", id="words for a number"),
    pytest.param({"outside": "maybe"}, "derivation.wrong_value", id="neither yes nor no"),
    pytest.param({"note": "x" * 5001}, "derivation.wrong_value", id="too long"),
]


@pytest.mark.parametrize(("answers", "code"), HOSTILE)
def test_an_answer_that_the_question_does_not_admit_is_refused_by_name(answers: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as caught:
        run(answers)
    assert caught.value.code == "derivation.wrong_answers"
    assert [(p.code, p.column) for p in caught.value.problems] == [(code, f"answers.{next(iter(answers))}")]


def test_every_wrong_answer_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        run({"object": "castle", "people": -1}, decisions={"R9": Choice(level="low")}, clauses={"gone": ClauseChoice()})
    assert [p.column for p in caught.value.problems] == ["answers.object", "answers.people", "decisions.R9", "clauses.gone"]


def test_empty_answers_count_as_none() -> None:
    assert {a.question: a.origin for a in run({"note": "", "who": [], "people": None}).answers}["people"] == "none"


def test_an_answers_file_names_the_line_that_is_wrong() -> None:
    text = "schema: sekisho.answers/1\nanswers: {}\ndecisions:\n  R1:\n    level: extreme\n"
    with pytest.raises(InputError) as caught:
        read_answers(text.encode(), filename="answers.yaml")
    assert [(p.file, p.row) for p in caught.value.problems] == [("answers.yaml", 5)]


@pytest.mark.parametrize(
    ("text", "hinted"),
    [
        pytest.param("title: 予約\noutside: yes\npeople: 500\n", [("outside", 2)], id="flat"),
        pytest.param("answers: {people: 500}\noutside: yes\n", [], id="one beside the others"),
        pytest.param("title: 3\n", [], id="no unknown name"),
        pytest.param("- outside\n", [], id="a list"),
    ],
)
def test_answers_at_the_top_are_told_where_they_belong(text: str, hinted: list[tuple[str, int]]) -> None:
    with pytest.raises(InputError) as caught:
        read_answers(text.encode(), filename="answers.yaml")
    found = [p for p in caught.value.problems if p.code == "derivation.answers_at_the_top"]
    assert [(p.fields["name"], p.row) for p in found] == hinted
    assert caught.value.problems[: len(found)] == tuple(found)


@pytest.mark.parametrize(
    "text", ["schema: sekisho.answers/9\n", "answers: []\n", "surprise: 1\n", "- 1\n", "tasks: [{id: x}]\n", ""]
)
def test_a_file_of_another_shape_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        read_answers(text.encode(), filename="answers.yaml")


def test_json_is_read_too() -> None:
    assert read_answers(b'{"schema": "sekisho.answers/1", "answers": {"outside": true}}', filename="a.json").answers == {
        "outside": True
    }


def test_reasons_are_said_in_both_languages() -> None:
    rules, result = small_rules(), run(BOTH)
    found = result.requirement("R1")
    assert found is not None
    assert explain(found.fired[0].because, rules, "ja") == [
        "条件A「外部」に当たる（「外から使うか」の答えが「はい」）",
        "条件B「多数」に当たる（「人数」が500人で、300人を超える）",
    ]
    assert explain(found.fired[0].because, rules, "en")[0] == (
        'Condition A "Outside" is met ("Used from outside?" was answered "Yes")'
    )


def test_two_derivations_are_compared() -> None:
    before, after = run({**BOTH, "people": 1}), run(BOTH)
    found = compare(before, after)
    assert found.answers == ("people",)
    assert found.conditions == ("B",)
    assert [(r.id, r.before, r.after) for r in found.requirements] == [("R1", ("mid", "mid", "mid"), ("mid", "high", "high"))]
    assert (found.added_clauses, found.removed_clauses, found.changed_clauses) == (("graded",), (), ("R1",))
    assert compare(after, after).is_empty


def test_the_result_is_plain_json_and_the_same_each_time() -> None:
    assert msgspec.json.encode(run(BOTH)) == msgspec.json.encode(run(BOTH))


def test_the_public_names_are_those_that_are_promised() -> None:
    assert all(hasattr(derivation, name) for name in derivation.__all__)


answer_sets = st.fixed_dictionaries(
    {},
    optional={
        "object": st.sampled_from(["system", "study"]),
        "outside": st.sampled_from(["yes", "no"]),
        "people": st.integers(0, 1000),
        "who": st.lists(st.sampled_from(["staff", "public"]), max_size=2),
    },
)
ORDER = ["low", "mid", "high"]


@given(answer_sets)
@settings(max_examples=150, deadline=None)
def test_a_range_is_never_upside_down_and_answering_more_never_leaves_the_possible_range(answers: dict[str, Any]) -> None:
    whole = {"object": "system", "outside": "yes", "people": 999, **answers}
    part, full = run(answers).requirement("R1"), run(whole).requirement("R1")
    assert part is not None
    assert full is not None
    assert ORDER.index(part.low) <= ORDER.index(part.high) <= ORDER.index(part.possible)
    if part.holds is not False and full.holds:
        assert ORDER.index(part.high) <= ORDER.index(full.high) <= ORDER.index(part.possible)


def test_the_reason_of_a_decision_is_that_of_the_choice_that_was_made() -> None:
    more = (
        "decisions:\n- id: grade\n  title: {ja: 格付, en: Grade}\n  choices:\n"
        "  - {value: high, title: {ja: 高い, en: High}, when: B, reason: {ja: 多数, en: Many}}\n"
        "  - {value: high, title: {ja: 高い, en: High}, when: A, reason: {ja: 外部, en: Outside}}\n"
        "  otherwise: low\n  otherwise_title: {ja: 低い, en: Low}\n  otherwise_reason: {ja: ない, en: None}\n"
    )
    rules = read_rule_set({"rules.yaml": RULES.encode()}, changes={"own.yaml": more.encode()})
    found = derive(rules, Answers(answers={"object": "system", "outside": "yes", "people": 1})).decisions[0]
    assert (found.value, found.reason.ja if found.reason else "") == ("high", "外部")
