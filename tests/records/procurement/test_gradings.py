"""Gradings: what the rules propose, what a person decides, what follows, when a grading is stale."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.records.factories import NOW, client_for, give, make_organization, make_person, make_subject, principal_of
from tests.records.procurement.examples import case_of

from sekisho.errors import InputError, NotPermitted
from sekisho.records.assessment.actions.applicability import _described
from sekisho.records.procurement import actions
from sekisho.records.procurement.models import Grading
from sekisho.records.procurement.rules.grading import answers_from, grade_of
from sekisho.standards.rule_sets import rule_set

pytestmark = pytest.mark.django_db
LIGHT = {
    "g_confidentiality": "c_low",
    "g_integrity": "i_low",
    "g_stop": "72",
    "g_harm": "none",
    "g_scope": "section",
    "g_affected": "10",
    "g_dependency": ["none"],
    "g_personal": "0",
    "g_alternative": "paper",
}
HEAVY = {**LIGHT, "g_confidentiality": "c_high", "g_harm": "serious"}


@pytest.fixture
def city(home):
    return make_organization("minamo", name="みなも市", body_kind="municipality")


@pytest.fixture
def officer(city):
    person = make_person()
    give(person, "system_officer", city)
    return person


@pytest.fixture
def system(city):
    return make_subject(city, kind="information_system", name="予約システム")


def _browser(person):
    from django.test import Client

    client = Client()
    client.force_login(person, backend="sekisho.web.backends.LoginBackend")
    return client


@pytest.mark.parametrize(
    ("answers", "grade", "wanted"),
    [(LIGHT, "C", "set_c"), (HEAVY, "A", "set_a"), ({**LIGHT, "g_integrity": "i_high"}, "B", "set_b")],
)
def test_the_grade_of_the_subject_follows_and_the_rules_say_why(officer, system, answers, grade, wanted):
    made = actions.grade_system(principal_of(officer), subject=system, answers=answers, now=NOW)
    system.refresh_from_db()
    assert (system.grade, made.grade, made.proposed, made.requirement_set) == (grade, grade, grade, wanted)
    assert made.reasons
    assert set(made.reasons[0]) >= {"ja", "en"}


def test_applicability_of_requirements_knows_the_grade(officer, system):
    actions.grade_system(principal_of(officer), subject=system, answers=HEAVY, now=NOW)
    system.refresh_from_db()
    assert _described(system, "municipality").grade == "A"


def test_another_grade_than_proposed_needs_a_reason(officer, system):
    with pytest.raises(InputError, match="grade_reason_missing"):
        actions.grade_system(principal_of(officer), subject=system, answers=LIGHT, grade="B", now=NOW)
    made = actions.grade_system(
        principal_of(officer), subject=system, answers=LIGHT, grade="B", reason="来年度に拡張する", now=NOW
    )
    assert (made.proposed, made.grade, made.requirement_set) == ("C", "B", "set_b")


def test_a_new_grading_supersedes_the_one_before(officer, system):
    first = actions.grade_system(principal_of(officer), subject=system, answers=LIGHT, now=NOW)
    system.refresh_from_db()
    second = actions.grade_system(principal_of(officer), subject=system, answers=HEAVY, now=NOW)
    first.refresh_from_db()
    assert (first.superseded_at, second.superseded_at) == (NOW, None)
    assert Grading.objects.filter(subject=system).count() == 2


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({}, "grade_open"),
        ({**LIGHT, "g_stop": ""}, "grade_open"),
        ({**LIGHT, "g_stop": "もうすぐ"}, "wrong_answers"),
        ({**LIGHT, "g_stop": "-1"}, "wrong_answers"),
        ({**LIGHT, "g_stop": "nan"}, "wrong_answers"),
        ({**LIGHT, "g_scope": "moon"}, "wrong_answers"),
        ({**LIGHT, "no_such": "x"}, "wrong_answers"),
        ({**LIGHT, "g_dependency": ["none", "base"]}, "grade_contradicts"),
        ({**LIGHT, "g_personal": "5", "g_sensitive": "no"}, "grade_contradicts"),
    ],
)
def test_open_wrong_and_contradicting_answers_are_refused_and_nothing_is_written(officer, system, answers, code):
    with pytest.raises(InputError, match=code):
        actions.grade_system(principal_of(officer), subject=system, answers=answers, now=NOW)
    system.refresh_from_db()
    assert system.grade == ""
    assert not Grading.objects.exists()


def test_a_case_takes_the_grade_as_its_answer(home):
    case, owner, _ = case_of()
    with pytest.raises(NotPermitted):  # who only buys does not grade
        actions.grade_system(owner, case=case, answers=HEAVY, now=NOW)
    person = make_person()
    give(person, "system_officer", case.organization)
    actions.add_member(owner, case, person_id=person.pk, part="editor", now=NOW)
    actions.grade_system(principal_of(person), case=case, answers=HEAVY, now=NOW)
    case.refresh_from_db()
    assert case.answers["answers"]["grade"] == "A"


def test_a_grading_is_stale_once_the_rules_changed(city, officer, system):
    actions.grade_system(principal_of(officer), subject=system, answers=LIGHT, now=NOW)
    chief = make_person()
    give(chief, "chief_officer", city)
    edition = actions.propose_edition(
        principal_of(chief),
        organization=city,
        rule_set_id="grading",
        files={},
        settings={"grade_personal_b": 50},
        note="厳しくする",
        now=NOW,
    )
    browser = _browser(officer)
    url = f"/o/{city.code}/procurement/gradings/"
    assert "規則が変わりました" not in browser.get(url).content.decode()
    actions.put_in_force(principal_of(chief), edition, now=NOW)
    assert "規則が変わりました" in browser.get(url).content.decode()
    assert "規則が変わりました" in browser.get(f"{url}{Grading.objects.get().pk}/").content.decode()


def test_the_page_grades_and_the_live_result_keeps_nothing(city, officer, system):
    browser = _browser(officer)
    url = f"/o/{city.code}/procurement/gradings/"
    form = {"subject": str(system.pk), **{f"a.{name}": value for name, value in HEAVY.items()}}
    assert "予約システム" in browser.get(url).content.decode()
    assert browser.get(f"{url}new", {"subject": str(system.pk)}).status_code == 200
    live = browser.post(f"{url}live", form)
    assert "grade-mark" in live.content.decode()
    assert not Grading.objects.exists()
    assert browser.post(f"{url}new?subject={system.pk}", {**form, "grade": "C"}).status_code == 422
    answer = browser.post(f"{url}new?subject={system.pk}", form)
    assert answer.status_code == 302
    assert (
        "特に重要" in browser.get(answer["Location"]).content.decode() or "A" in browser.get(answer["Location"]).content.decode()
    )
    for bad in ("subject=x", "subject=00000000-0000-0000-0000-000000000001", ""):
        assert browser.get(f"{url}new?{bad}").status_code == 404


def test_an_open_question_is_named_in_its_own_words_with_a_link_to_it(city, officer, system):
    form = {
        "subject": str(system.pk),
        **{f"a.{name}": value for name, value in LIGHT.items() if name not in ("g_stop", "g_harm")},
    }
    answer = _browser(officer).post(f"/o/{city.code}/procurement/gradings/new?subject={system.pk}", form)
    assert answer.status_code == 422
    text = answer.content.decode()
    for name in ("g_stop", "g_harm"):
        title = rule_set("grading").find("questions", name).title.ja
        assert f'<a href="#a-{name}">「{title}」に答えてください。</a>' in text
        assert f'id="a-{name}"' in text
        assert f'id="e-{name}"' in text
    assert "answers.g_" not in text


def test_a_list_of_many_systems_takes_no_more_queries_than_one_of_few(city, officer, django_assert_max_num_queries):
    browser = _browser(officer)
    url = f"/o/{city.code}/procurement/gradings/"
    principal = principal_of(officer)
    for _ in range(2):
        actions.grade_system(principal, subject=make_subject(city, kind="cloud_service"), answers=LIGHT, now=NOW)
    browser.get(url)
    with django_assert_max_num_queries(30) as counted:
        browser.get(url)
    few = len(counted)
    for _ in range(10):
        actions.grade_system(principal, subject=make_subject(city, kind="cloud_service"), answers=LIGHT, now=NOW)
    with django_assert_max_num_queries(few):
        browser.get(url)


def test_a_stranger_gets_404(city, system):
    stranger = client_for("system_officer", make_organization("elsewhere"))
    for path in ("gradings/", f"gradings/new?subject={system.pk}"):
        assert stranger.get(f"/o/{city.code}/procurement/{path}").status_code == 404


def test_the_api_grades(city, officer, system):
    browser = _browser(officer)
    answer = browser.post(
        "/api/v1/procurement/gradings", {"subject": str(system.pk), "answers": LIGHT}, content_type="application/json"
    )
    assert answer.status_code == 201, answer.content
    assert answer.json()["grade"] == "C"
    listed = browser.get("/api/v1/procurement/gradings", {"organization": city.code}).json()
    assert listed["total"] == 1
    assert browser.get(f"/api/v1/procurement/gradings/{answer.json()['id']}").status_code == 200


_VALUE = st.one_of(
    st.text(max_size=12), st.integers(), st.floats(), st.lists(st.text(max_size=6), max_size=3), st.none(), st.booleans()
)


@settings(max_examples=60, deadline=None)
@given(answers=st.dictionaries(st.sampled_from([*LIGHT, "g_sensitive", "other"]), _VALUE, max_size=6))
def test_whatever_is_answered_gives_a_grade_or_says_what_is_wrong(answers):
    rules = rule_set("grading")
    try:
        graded = grade_of(rules, answers_from(rules, answers))
    except InputError as error:
        if not error.problems:
            raise
        return
    assert graded.grade in {"", "A", "B", "C"}
