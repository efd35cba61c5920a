"""The rule set ``specification``: true to the facts, complete, in plain words, and every check can both fire and stay quiet."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from sekisho.engines.derivation import Answers, Choice, derive, read_answers
from sekisho.standards.catalog import data_directory, read_yaml
from sekisho.standards.rule_sets import placeholders_of, references, rule_set

RULES = rule_set("specification")
DATA = data_directory()
SET = DATA.joinpath("procurement", "specification")
FACTS = {item["id"]: item for item in read_yaml(DATA.joinpath("facts", "sbd_requirements.yaml"))["items"]}
EXAMPLES = Path(__file__).parents[2] / "examples" / "procurement"
EXAMPLE_NAMES = ("booking-site", "isolated-system", "design-study")
OUR_FILES = (
    "rules",
    "questions",
    "conditions",
    "requirements_at",
    "requirements_au_ac",
    "requirements_pr_ph_da",
    "requirements_sc_up",
    "placeholders_requirements",
    "checks",
)
CHECKS = [RULES.find("checks", raw["id"]) for raw in read_yaml(SET.joinpath("checks.yaml"))["checks"]]
KANA = re.compile(r"[ぁ-ゖァ-ヺ]")
STRENGTHS = ("low", "mid", "high")


def example(name):
    return read_answers((EXAMPLES / f"{name}.yaml").read_bytes(), filename=f"{name}.yaml")


def texts(value, path=()):
    """Every {ja, en} in raw rule data, with the keys that lead to it."""
    if isinstance(value, dict):
        if {"ja", "en"} <= value.keys():
            yield path, value
            return
        for key, part in value.items():
            yield from texts(part, (*path, key))
    elif isinstance(value, list):
        for part in value:
            yield from texts(part, path)


def our_texts():
    for name in OUR_FILES:
        for path, text in texts(read_yaml(SET.joinpath(f"{name}.yaml"))):
            yield name, path, text


# ------------------------------------------------------------------------------------------------------------- requirements
def test_24_original_and_4_added_requirements():
    original = [r for r in RULES.requirements if r.edition_added.ja.startswith("2011")]
    added = [r.id for r in RULES.requirements if r.edition_added.ja.startswith("2015")]
    assert len(original) == 24
    assert added == ["SC-1-1", "SC-2-1", "UP-1-1", "UP-2-1"]
    assert {r.id for r in RULES.requirements} == FACTS.keys()


@pytest.mark.parametrize("requirement", RULES.requirements, ids=lambda r: r.id)
def test_facts_are_carried_over(requirement):
    fact = FACTS[requirement.id]
    fields = fact["fields"]
    assert (requirement.title.ja, requirement.title.en) == (fact["title"]["ja"], fact["title"]["en"])
    assert [t.ja for t in requirement.alt_titles] == fields["alt_titles"]
    assert requirement.verified == fact["verified"]["all"]
    assert requirement.group == fields["subcategory"]["id"]
    assert RULES.find("groups", requirement.group).title.ja == fields["subcategory"]["name"]
    assert (requirement.threat.ja, requirement.purpose.ja) == (fields["threat"], fields["purpose"])
    assert list(requirement.unified_standard_r5) == [str(name) for name in fields["unified_standard_r5"]]
    assert list(requirement.annex_a_2022) == [str(name) for name in fields["annex_a_2022"]]
    for name in STRENGTHS:
        assert requirement.levels[name].demand.ja == fields["levels"][name]["demand"]


@pytest.mark.parametrize("requirement", RULES.requirements, ids=lambda r: r.id)
def test_raise_rules_are_those_of_the_facts_besides_the_marked_one_for_especially_high_needs(requirement):
    wanted = FACTS[requirement.id]["fields"]["level_rules"]
    found = {rule.id.removeprefix(f"{requirement.id}."): rule for rule in requirement.rules}
    assert requirement.base == wanted["base"]
    assert ("mid" in found) == bool(wanted["raise_to_mid_if_any"])
    if "mid" in found:
        assert found["mid"].when.kind == "any"
        assert [part.name for part in found["mid"].when.parts] == wanted["raise_to_mid_if_any"]
        assert (found["mid"].floor, found["mid"].to) == ("mid", "mid")
    assert [[part.name for part in found["high"].when.parts]] == wanted["raise_to_high_if_all"]
    assert (found["high"].when.kind, found["high"].to) == ("all", "high")
    assert found.keys() <= {"mid", "high", "special"}
    if "special" in found:
        when = found["special"].when  # raises to high beside B, or alone to mid where the facts' rules see only outside access
        assert [part.name for part in when.parts or (when,)] in (["B", "K"], ["K"])
        assert "条件K" in requirement.note.ja
        assert "condition K" in requirement.note.en


@pytest.mark.parametrize("requirement", RULES.requirements, ids=lambda r: r.id)
def test_three_levels_each_add_a_verifiable_clause_of_their_own(requirement):
    clauses = [requirement.levels[name].clause for name in STRENGTHS]
    for lower, higher in itertools.combinations(clauses, 2):
        assert lower.ja not in higher.ja
        assert lower.en not in higher.en
    for clause in clauses:
        assert clause.ja.startswith(("本システム", "受注者"))
        assert all(sentence.endswith("こと") for sentence in clause.ja.rstrip("。").split("。"))
        assert re.search(r"\bshall\b", clause.en)
        assert set(placeholders_of(clause.ja)) == set(placeholders_of(clause.en))
    for name in STRENGTHS:
        level = requirement.levels[name]
        assert set(level.acceptance.evidence) <= {"document", "observation", "sbom", "sarif", "test_record", "visit"}
        assert level.cost.ja.endswith("。")
        assert level.operation.ja.endswith("。")
    assert "加えて" in requirement.levels["mid"].demand.ja
    assert "加えて" in requirement.levels["high"].demand.ja


def test_what_is_our_proposal_or_unchecked_says_so():
    for requirement in RULES.requirements:
        assert requirement.confidence["levels"] == "medium"
        assert requirement.confidence["level_rules"] == "low"
        assert "提案" in requirement.note.ja
        assert "proposal" in requirement.note.en
        assert all(rule.verified == "proposal" for rule in requirement.rules)


# ----------------------------------------------------------------------------------------------------- questions, conditions
def test_questions_carry_the_25_of_the_facts_and_each_condition_uses_the_answers_it_should():
    asked = {q.id for q in RULES.questions}
    assert {f"Q{n:02d}" for n in range(1, 26)} - {"Q08"} <= asked
    assert {"Q08c", "Q08m", "Q08i", "Q08a"} <= asked
    used = {c.id: {name for kind, name in references(c.when) if kind == "question"} for c in RULES.conditions}
    assert used["A"] == {"Q06", "Q14", "Q15", "Q17", "Q22"}
    assert used["B"] == {"Q08c", "Q08m", "Q08i", "Q09", "Q11"}
    assert used["C"] == {"Q13", "Q16", "Q21"}
    assert used["D"] == {"Q03", "Q10"}
    assert used["E"] == {"Q02", "Q04", "Q06"}
    assert used["F"] == {"Q01", "Q05"}
    assert used["G"] == {"Q08a", "Q18", "Q19", "Q20"}
    assert used["H"] == {"Q23", "Q24"}
    assert used["I"] == {"Q25"}


def test_all_conditions_and_settings_are_used_somewhere():
    used = set()
    for kind in ("questions", "conditions", "decisions", "requirements", "clauses", "placeholders", "checks"):
        for item in getattr(RULES, kind):
            used |= set(_found(item))
    assert {c.id for c in RULES.conditions} <= {name for kind, name in used if kind == "condition"}
    assert {s.id for s in RULES.settings} <= {name for kind, name in used if kind == "setting"}


def _found(value):
    if isinstance(value, tuple):
        for part in value:
            yield from _found(part)
    elif hasattr(value, "operator"):
        yield from references(value)
    elif hasattr(value, "__struct_fields__"):
        for name in value.__struct_fields__:
            yield from _found(getattr(value, name))


def test_every_question_says_why_and_helps_with_an_example():
    for question in RULES.questions:
        assert question.why.ja.endswith("。"), question.id
        assert question.help is not None, question.id
        assert question.example is not None, question.id
        assert re.search(r"か(（いくつでも）)?$", question.title.ja), question.id
        assert question.section in {s.id for s in RULES.sections}
    known = {"actors", "administrators", "places", "terminals", "internet", "partners"}
    known |= {"personal", "confidentiality", "carry_out", "information", "hosting", "cloud"}
    assert {q.from_tasks for q in RULES.questions} - {None} == known


def test_the_body_kinds_are_those_of_the_standards():
    bodies = read_yaml(DATA.joinpath("body_kinds.yaml"))["body_kinds"]
    assert [o.id for o in RULES.find("questions", "body").options] == [b["id"] for b in bodies]


@pytest.mark.parametrize("body", [o.id for o in RULES.find("questions", "body").options])
def test_every_body_is_asked_for_exactly_one_scale_of_confidentiality(body):
    result = derive(RULES, Answers(answers={"body": body}))
    assert sum(bool(a.asked) for a in result.answers if a.question in {"Q08c", "Q08m"}) == 1


def test_english_holds_no_kana_and_japanese_is_polite():
    for name, path, text in our_texts():
        assert not KANA.search(re.sub(r"\{[^{}]*\}|“[^”]*”", "", text["en"])), (name, path, text["en"])
        assert text["en"].strip()
        if {"message", "why", "operation", "cost", "reason"} & set(path):
            assert re.search(r"(です|ます|ません|ください|ました)(。|（)", text["ja"]), (name, path, text["ja"])
            assert "しろ" not in text["ja"]


def test_texts_name_no_paper_that_users_do_not_have():
    assert [text["ja"] for _, _, text in our_texts() if "原資料" in text["ja"] or "本参照" in text["ja"]] == []


def test_a_case_that_was_only_begun_is_undecided_and_free_of_complaints():
    for answers in ({}, {"body": "municipality"}, {"body": "national", "object": "study"}):
        result = derive(RULES, Answers(answers=answers))
        assert result.checks == ()
        assert {d.value for d in result.decisions if d.id in {"high_security", "opinion_needed"}} == {None}
        assert result.unanswered


# --------------------------------------------------------------------------------------------------------------- placeholders
def test_every_place_of_a_requirement_is_explained_and_offers_a_value():
    used = {name for r in RULES.requirements for level in r.levels.values() for name in placeholders_of(level.clause.ja)}
    for name in used:
        place = RULES.find("placeholders", name)
        assert place.example.strip(), name
        assert place.suggestions, name
        if name != "目標復旧時間":
            assert place.suggestions[-1].when is None, name
        assert all(s.when is not None for s in place.suggestions[:-1]), name


@pytest.mark.parametrize(
    ("hours", "value"), [(0, "30分"), (1, "1時間"), (6, "4時間"), (24, "24時間"), (100, "72時間"), (8760, "168時間")]
)
def test_the_suggested_recovery_time_is_never_longer_than_the_answer(hours, value):
    given = example("booking-site")
    result = derive(RULES, Answers(answers={**given.answers, "Q19": hours}, decisions=given.decisions))
    places = [p for c in result.clauses for p in c.places if p.name == "目標復旧時間"]
    assert {p.suggested for p in places} == {value}


def test_logs_are_kept_a_year_as_the_guideline_says_and_three_years_for_especially_high_needs():
    for name, years in (("booking-site", "1年"), ("isolated-system", "3年")):
        result = derive(RULES, example(name))
        place = next(p for c in result.clauses if c.requirement == "AU-1-1" for p in c.places if p.name == "保存期間")
        assert place.suggested == years
    assert [s.verified for s in RULES.find("placeholders", "保存期間").suggestions] == ["proposal", "memory"]


# --------------------------------------------------------------------------------------------------------------------- checks
def test_enough_checks_that_say_what_to_do():
    assert len(CHECKS) >= 25
    for check in CHECKS:
        assert check.questions or check.requirements
        assert re.search(r"(ください|してください)。$", check.message.ja), check.id


BASE = example("booking-site").answers
_ADD = {"at_least": 0, "more_than": 1, "at_most": 0, "less_than": -1}


def ways(expression, *, truth=True):
    """Sets of answers and strengths that make an expression true (or false): enough of them, not all."""
    yield from _WAYS[expression.kind](expression, truth=truth)


def _not(expression, *, truth):
    yield from ways(expression.parts[0], truth=not truth)


def _group(expression, *, truth):
    if (expression.kind == "all") == truth:
        found = [{}]
        for part in expression.parts:
            options = list(itertools.islice(ways(part, truth=truth), 30))
            found = [way for one, other in itertools.product(found, options) if (way := _merged((one, other))) is not None][:400]
        yield from found
    else:
        for part in expression.parts:
            yield from ways(part, truth=truth)


def _condition(expression, *, truth):
    yield from ways(RULES.find("conditions", expression.name).when, truth=truth)


def _decision(expression, *, truth):
    assert truth, "no check asks for a decision that did not come out"
    for choice in RULES.find("decisions", expression.name).choices:
        if choice.value in expression.operand:
            yield from ways(choice.when)


def _strength(expression, *, truth):
    name = expression.name or "AT-1-2"
    below = STRENGTHS[STRENGTHS.index(expression.operand) - 1]
    for way in ways(RULES.find("requirements", name).applies_if):
        yield {**way, ("requirement", name): expression.operand if truth else below}


def _answers(expression, *, truth):
    question = RULES.find("questions", expression.name)
    values = []
    if expression.operator in _ADD:
        bound = next((s.value for s in RULES.settings if s.id == expression.setting), expression.operand)
        step = _ADD[expression.operator]
        values = [bound + step if truth else bound + step + (1 if expression.operator in {"at_most", "less_than"} else -1)]
    elif expression.operator == "answered":
        values = [question.options[0].id] if truth else [None]
    else:
        wanted = expression.operand if isinstance(expression.operand, tuple) else (expression.operand,)
        known = [o.id for o in question.options] or ["yes", "no"]
        chosen = list(wanted) if truth else [v for v in known if v not in wanted]
        values = [[v] for v in chosen] if question.kind == "choices" else chosen
    if question.ask_if and not truth:
        yield from ways(question.ask_if, truth=False)  # what is not asked is not so
    for value in values:
        for way in ways(question.ask_if) if question.ask_if else [{}]:
            if way.get(question.id, value) == value:
                yield {**way, question.id: value}


_WAYS = {
    "not": _not,
    "all": _group,
    "any": _group,
    "condition": _condition,
    "decision": _decision,
    "requirement": _strength,
    "any_requirement": _strength,
    "answer": _answers,
}


def _merged(parts):
    merged = {}
    for part in parts:
        for key, value in part.items():
            if merged.setdefault(key, value) != value:
                return None
    return merged


def fired(way):
    answers = {**BASE, **{key: value for key, value in way.items() if isinstance(key, str)}}
    decisions = {key[1]: Choice(level=value, reason="試験") for key, value in way.items() if isinstance(key, tuple)}
    result = derive(RULES, Answers(answers={k: v for k, v in answers.items() if v is not None}, decisions=decisions))
    return {check.id for check in result.checks}


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.id)
def test_each_check_fires_for_some_answers_and_stays_quiet_for_others(check):
    assert any(check.id in fired(way) for way in itertools.islice(ways(check.when), 60))
    assert check.id not in {c.id for c in derive(RULES, example("booking-site")).checks}


# ------------------------------------------------------------------------------------------------------------------- examples
@pytest.mark.parametrize("name", EXAMPLE_NAMES)
def test_an_example_is_complete_and_without_contradictions(name):
    result = derive(RULES, example(name))
    assert result.unanswered == ()
    assert result.unfilled == ()
    assert result.checks == ()


def test_the_three_examples_give_clearly_different_specifications():
    results = {name: derive(RULES, example(name)) for name in EXAMPLE_NAMES}
    levels = {name: {r.id: r.level for r in result.requirements if r.holds} for name, result in results.items()}
    assert len(levels["booking-site"]) == 28
    assert levels["isolated-system"].keys() == levels["booking-site"].keys() - {"UP-1-1", "UP-2-1"}
    assert levels["design-study"] == {"SC-1-1": "mid"}
    assert levels["isolated-system"]["PR-1-2"] == "high"
    assert levels["booking-site"]["PR-1-2"] == "mid"
    assert levels["isolated-system"]["AT-1-2"] == "low"
    assert levels["booking-site"]["AT-1-2"] == "high"
    opinions = {name: next(d.value for d in r.decisions if d.id == "opinion_needed") for name, r in results.items()}
    assert opinions == {"booking-site": "yes", "isolated-system": "yes", "design-study": "no"}
    included = {name: {c.id for c in result.clauses if c.included} for name, result in results.items()}
    for one, other in itertools.permutations(EXAMPLE_NAMES, 2):
        assert len(included[one] ^ included[other]) > 10


def test_a_level_outside_the_proposed_range_without_a_reason_is_refused():
    given = example("isolated-system")
    decisions = {**given.decisions, "AT-3-1": Choice(level="high")}
    result = derive(RULES, Answers(answers=given.answers, decisions=decisions))
    assert "reason.AT-3-1" in {check.id for check in result.checks}
