"""One question a page: answering, skipping, taking over from the tasks, contradictions, two people at one question."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.urls import reverse
from tests.records.factories import NOW, make_organization
from tests.records.procurement.examples import case_of

from sekisho.errors import InputError
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.models import AnswerChange, Case
from sekisho.records.procurement.rules.progress import Facts, answered, next_step, steps
from sekisho.records.procurement.views.questions import read_value
from sekisho.standards.rule_sets import rule_set

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]
RULES = rule_set("specification")


def body(response: Any) -> str:
    return html.unescape(response.content.decode())


def at(case: Case, name: str, *more: Any) -> str:
    return reverse(f"procurement:{name}", args=[case.organization.code, case.pk, *more])


@pytest.fixture
def made() -> tuple[Case, Any, Any]:
    return case_of()


@pytest.fixture
def fresh(made) -> tuple[Case, Any, Any]:
    case, owner, client = made
    return actions.create_case(owner, organization=case.organization, title="新しい案件", now=NOW), owner, client


@pytest.mark.parametrize(
    ("question", "given", "value"),
    [
        ("Q15", ["yes"], "yes"),
        ("Q01", ["public", "staff"], ["staff", "public"]),
        ("Q02", ["３００"], 300),
        ("Q02", ["20,000"], 20000),
        ("Q02", [" 1.5 "], 1.5),
        ("Q07", [" 氏名\r\n連絡先 "], "氏名\r\n連絡先"),
        ("Q15", [], "procurement_cases.choose_one"),
        ("Q01", ["", " "], "procurement_cases.choose_some"),
        ("Q07", ["  "], "procurement_cases.write_something"),
        ("Q02", ["たくさん"], "procurement_cases.not_a_number"),
        ("Q02", ["nan"], "derivation.wrong_value"),
        ("Q02", ["-1"], "derivation.wrong_value"),
        ("Q02", ["9" * 400], "derivation.wrong_value"),
        ("Q15", ["maybe"], "derivation.wrong_value"),
        ("Q01", ["staff", "king"], "derivation.wrong_value"),
        ("Q07", ["長" * 200_000], "derivation.wrong_value"),
    ],
)
def test_what_the_form_holds_becomes_a_value_or_a_refusal(question, given, value):
    asked = RULES.find("questions", question)
    if isinstance(value, str) and "." in value:
        with pytest.raises(InputError) as caught:
            read_value(asked, given)
        assert caught.value.code == value
    else:
        assert read_value(asked, given) == value


def test_a_page_asks_one_thing_and_says_why_with_help_and_an_example(made):
    case, _owner, client = made
    page = body(client.get(at(case, "question", "Q08m")))
    question = RULES.find("questions", "Q08m")
    for text in (
        question.title.ja,
        question.why.ja,
        question.help.ja,
        question.example.ja,
        *(o.title.ja for o in question.options),
    ):
        assert text in page
    assert "<details" in page
    assert "※必須" in page
    assert page.count('type="radio"') == len(question.options)


def test_answering_leads_on_to_the_next_question_that_is_asked(fresh):
    case, _owner, client = fresh
    first = client.post(at(case, "question", "object"), {"value": "system_new", "base_version": "1"})
    assert first["Location"] == at(case, "question", "grade")  # asked now that it is a system
    study = client.post(at(case, "question", "object"), {"value": "study", "base_version": "2"})
    assert study["Location"] == at(case, "question", "Q07")
    page = body(client.get(at(case, "question", "object")))
    assert "答えた人と日時" in page
    assert re.search(r'value="study" checked', page)
    assert at(case, "question", "Q07") in page  # skip and next
    back = client.post(f"{at(case, 'question', 'object')}?from=check", {"value": "system_new", "base_version": "3"})
    assert back["Location"] == at(case, "check")
    last = client.post(at(case, "question", "award"), {"value": "lowest", "base_version": "4"})
    assert last["Location"] == at(case, "check")


def test_questions_that_are_not_asked_are_shown_with_the_reason(fresh):
    case, _owner, client = fresh
    page = body(client.get(at(case, "questions")))
    assert "尋ねません：「調達するのは、どの種類の団体ですか」の答えが「市区町村」" in page
    assert "ほかの答えしだい" in page
    one = body(client.get(at(case, "question", "Q08c")))
    assert "いまは尋ねない質問です" in one
    assert client.get(at(case, "question", "Q99")).status_code == 404
    assert client.get(at(case, "question", "a/../b")).status_code == 404


def test_nothing_given_is_an_error_that_says_how_to_go_on(fresh):
    case, _owner, client = fresh
    for question, given, word in (
        ("object", {}, "あとで答える"),
        ("object", {"value": "<script>"}, "選べ"),
        ("Q07", {"value": "長" * 6000}, "Q07"),
        ("Q07", {"value": "a\x1bb"}, "文字として扱えない"),
    ):
        response = client.post(at(case, "question", question), {**given, "base_version": "1"})
        assert response.status_code == 422, question
        assert "エラー：" in body(response)
        if question == "object" and not given:
            assert word in body(response)
    assert AnswerChange.objects.filter(case=case).count() == 0


def test_what_was_typed_is_still_there_after_an_error(made):
    case, _owner, client = made
    page = body(client.post(at(case, "question", "Q02"), {"value": "たくさん", "base_version": "1"}))
    assert 'value="たくさん"' in page
    assert "数として読めません" in page


def test_the_tasks_answer_is_used_until_somebody_answers_and_can_be_taken_over(fresh):
    case, owner, client = fresh
    changes = {
        "answers.object": "system_new",
        "information.i1": {"id": "i1", "name": "氏名", "personal": "personal", "confidentiality": "m3b"},
        "tasks.T1": {
            "id": "T1", "name": "受付", "purpose": "",
            "uses": [{"actor": "public", "actor_name": "", "place": "home", "terminal": "private", "network": "internet",
                      "information": ["i1"], "action": "enter"}],
        },
    }  # fmt: skip
    case = actions.save_answers(owner, case, changes=changes, base_version=1, now=NOW)
    page = body(client.get(at(case, "question", "Q09")))
    assert "業務の洗い出しでは" in page
    assert "いまはこの内容を答えとして使っています" in page
    assert re.search(r'value="personal" checked', page)
    taken = client.post(at(case, "question", "Q09"), {"do": "take", "base_version": str(case.answers_version)})
    assert taken.status_code == 302
    case.refresh_from_db()
    assert case.answers["answers"]["Q09"] == "personal"
    client.post(at(case, "question", "Q01"), {"do": "take", "base_version": str(case.answers_version)})
    case.refresh_from_db()
    assert case.answers["answers"]["Q01"] == ["public"]


def test_an_answer_that_says_less_than_the_tasks_is_shown_as_a_contradiction_everywhere(made):
    case, owner, client = made
    assert "食い違い" not in body(client.get(at(case, "check")))
    case = actions.save_answers(owner, case, changes={"answers.Q14": ["controlled"]}, base_version=1, now=NOW)
    assert "食い違い" in body(client.get(at(case, "check")))
    assert "食い違いがあります" in body(client.get(at(case, "question", "Q14")))
    assert "直す" in body(client.get(at(case, "case")))
    assert "食い違いをなくす" in body(client.get("/o/minamo/procurement/"))


def test_an_answer_can_be_taken_back(made):
    case, _owner, client = made
    response = client.post(at(case, "question", "Q02"), {"do": "clear", "base_version": "1"})
    assert response["Location"] == at(case, "question", "Q02")
    case.refresh_from_db()
    assert "Q02" not in case.answers["answers"]
    assert "まだ答えていない質問があります" in body(client.get(at(case, "check")))


def test_of_two_who_answer_the_same_question_the_second_chooses_between_both_answers(made):
    case, owner, client = made
    actions.save_answers(owner, case, changes={"answers.Q02": 10}, base_version=1, now=NOW)
    clash = client.post(at(case, "question", "Q02"), {"value": "25", "base_version": "1"})
    page = body(clash)
    assert clash.status_code == 409
    assert "10人" in page
    assert "25人" in page
    version = re.search(r'name="base_version" value="(\d+)"', page).group(1)
    assert re.search(r'name="value" value="25"', page)
    done = client.post(at(case, "question", "Q02"), {"value": "25", "base_version": version})
    assert done.status_code == 302
    case.refresh_from_db()
    assert case.answers["answers"]["Q02"] == 25


def test_a_hostile_form_is_refused_or_ignored(made):
    case, _owner, client = made
    for base in ("x", "-1", "9" * 30, ""):
        response = client.post(at(case, "question", "Q02"), {"value": "25", "base_version": base})
        assert response.status_code in (302, 409, 422), base
    assert client.post(at(case, "question", "Q15"), {"value": "<script>alert(1)</script>"}).content.count(b"<script>alert") == 0
    assert client.post(at(case, "question", "Q07"), {"do": "take", "base_version": "1"}).status_code in (302, 409)


def test_the_page_shows_answers_to_readers_without_a_form(made):
    case, owner, _client = made
    from django.test import Client
    from tests.records.factories import give, make_person

    person = make_person()
    give(person, "staff", case.organization)
    actions.add_member(owner, case, person_id=person.pk, part="reader", now=NOW)
    browser = Client()
    browser.force_login(person, backend="sekisho.web.backends.LoginBackend")
    page = body(browser.get(at(case, "question", "Q02")))
    assert "20,000人" in page
    assert 'name="value"' not in page
    assert browser.post(at(case, "question", "Q02"), {"value": "1"}).status_code == 403


def test_what_comes_next_follows_from_what_was_done(made):
    case, _owner, _client = made
    answers = queries.answers_of(case.answers)
    derivation = queries.derivation_of(case)
    by_key = {step.key: step for step in steps("specification", answers, derivation, Facts())}
    assert answered(derivation) == (by_key["questions"].done, by_key["questions"].total)
    assert (by_key["business"].state, by_key["questions"].state, by_key["checks"].state) == ("done", "done", "done")
    assert by_key["diagram"].state == "ready"
    assert {step.key: step.state for step in steps("specification", answers, derivation, Facts(orphans=1))}[
        "diagram"
    ] == "attention"
    assert {s.key: s.state for s in steps("specification", answers, derivation, Facts(opinion=False))}["opinion"] == "attention"
    agreed = steps("specification", answers, derivation, Facts(opinion=True))
    states = {step.key: step.state for step in agreed}
    assert (states["opinion"], states["documents"], states["notice"]) == ("done", "ready", "ready")
    assert next_step(agreed).key == "documents"


def test_a_new_case_begins_with_the_tasks():
    city = make_organization("minamo", body_kind="municipality")
    case, _owner, _client = case_of(organization=city)
    empty = Case(organization=city, rule_set="specification", answers={"title": "x"}, state="preparing")
    progress = queries.progress_of(empty)
    assert progress.next.key == "business"
    assert {step.key for step in progress.steps if step.state == "later"} >= {"diagram", "levels", "documents", "notice"}
    broken = Case(organization=city, rule_set="specification", answers={"answers": {"gone": "yes"}}, state="preparing")
    assert queries.progress_of(broken).problem.code == "derivation.wrong_answers"
    case.answers = broken.answers
    case.save()
    assert "答えが読めません" in body(_client.get("/o/minamo/procurement/"))
    assert _client.get(at(case, "case")).status_code == 200
