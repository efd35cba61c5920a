"""The grade of a system is used by its judgements: what would follow, what is set, what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.records.factories import NOW, TODAY, client_for, give, make_person, principal_for, principal_of
from tests.records.procurement.bought import Office
from tests.records.procurement.test_gradings import HEAVY, LIGHT, _browser

from sekisho.errors import Conflict, InputError, NotPermitted
from sekisho.records.assessment import actions as assessment
from sekisho.records.assessment.models import Judgement
from sekisho.records.catalog.actions import load_standards
from sekisho.records.ledger.models import Entry
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.queries import gradings as grading_queries
from sekisho.records.procurement.rules.grading import answers_from, target_of
from sekisho.records.subjects import actions as subject_actions
from sekisho.records.subjects.models import Subject
from sekisho.standards.rule_sets import rule_set

pytestmark = pytest.mark.django_db
MIDDLE = {**LIGHT, "g_integrity": "i_high"}


@pytest.fixture
def office(db, home) -> Office:
    load_standards(SYSTEM, now=NOW)
    return Office()


@pytest.fixture
def system(office: Office) -> Subject:
    made = subject_actions.create_subject(
        office.owner, organization=office.organization, kind="information_system", name="予約システム", now=NOW
    )
    assessment.refresh_applicability(SYSTEM, organization_id=office.organization.pk, now=NOW)
    return made


def graded(office, system, answers, **given):
    system.refresh_from_db()
    return actions.grade_system(office.owner, subject=system, answers=answers, now=NOW, **given)


def followed(office, grading, **given):
    grading = grading_queries.grading(office.owner, grading.pk)
    found = grading_queries.follows(office.owner, grading)
    assert found.plan is not None, found.refused
    return actions.set_grade_targets(office.owner, grading, **{"digest": found.plan.digest, "now": NOW} | given)


def levels(system):
    return set(Judgement.objects.filter(subject=system, applicable=True).values_list("target_level", flat=True))


@pytest.mark.parametrize(("grade", "level", "name"), [("A", 3, "matsu"), ("B", 2, "take"), ("C", 1, "ume")])
def test_the_rule_data_say_which_target_goes_with_which_grade_also_with_one_that_a_person_chose(grade, level, name):
    rules = rule_set("grading")
    for given in (LIGHT, HEAVY):
        answers = answers_from(rules, given)
        target = target_of(rules, answers, grade)
        assert (target.level, target.name, target.days) == (level, name, 365)
        assert target.reason
        assert f"{grade}の" in target.reason.ja
    assert target_of(rules, answers, grade, settings={"target_days": 90}).by(TODAY) == TODAY + timedelta(days=90)


def test_a_grade_that_does_not_exist_has_no_target():
    with pytest.raises(InputError, match="unknown_grade"):
        target_of(rule_set("grading"), LIGHT, "Z")


def test_nothing_follows_before_somebody_confirms_it(office, system):
    grading = graded(office, system, HEAVY)
    assert levels(system) == {None}
    found = grading_queries.follows(office.owner, grading)
    assert (found.target.level, len(found.plan.changing)) == (3, found.plan.total)
    done = followed(office, grading)
    assert levels(system) == {3}
    row = Judgement.objects.filter(subject=system, applicable=True).first()
    day = TODAY.isoformat()
    assert (row.target_on, row.target_origin) == (TODAY + timedelta(days=365), "grade")
    assert row.target_reason.startswith(f"格付A（{day} に決定、規則 {grading.rule_digest[:8]}")
    entry = Entry.objects.get(action="procurement.grade_targets")
    assert {str(grading.pk), str(system.pk)} == set(entry.object_ids)
    assert len(done.changing) == found.plan.total
    with pytest.raises(Conflict, match="nothing_follows"):
        followed(office, grading)


def test_a_new_grade_lowers_what_the_old_one_asked_for_and_nothing_else(office, system):
    followed(office, graded(office, system, HEAVY))
    own = Judgement.objects.filter(subject=system, applicable=True).first()
    assessment.set_target(office.owner, judgement_id=own.pk, version=own.version, level=3, on=TODAY, now=NOW, reason="監査の指摘")
    second = graded(office, system, LIGHT, grade="B", reason="来年度に広げる")
    done = followed(office, second, on=TODAY)
    assert [(one.judgement.pk, one.what) for one in done.kept] == [(own.pk, "person")]
    assert {one.what for one in done.changing} == {"lowered"}
    own.refresh_from_db()
    assert (own.target_level, own.target_reason) == (3, "監査の指摘")
    rest = Judgement.objects.filter(subject=system, applicable=True).exclude(pk=own.pk)
    assert set(rest.values_list("target_level", "target_on")) == {(2, TODAY)}


def test_what_a_contract_demands_stays_after_the_hand_over(office):
    case = office.accepted()
    made = actions.hand_over(office.owner, case, now=NOW)
    subject = Subject.objects.get(pk=made.subject.pk)
    before = dict(Judgement.objects.filter(pk__in=made.judgements.values()).values_list("pk", "target_level"))
    done = followed(office, graded(office, subject, HEAVY))
    assert {one.judgement.pk for one in done.kept if one.what == "bought"} == set(before)
    assert dict(Judgement.objects.filter(pk__in=before).values_list("pk", "target_level")) == before
    assert done.changing


def test_the_grading_of_a_case_counts_once_its_system_was_handed_over(office):
    case = office.case(award="negotiated")
    grading = actions.grade_system(office.owner, case=case, answers=MIDDLE, now=NOW)
    assert grading_queries.follows(office.owner, grading).refused.code == "procurement_tools.nothing_graded_yet"
    with pytest.raises(Conflict, match="nothing_graded_yet"):
        actions.set_grade_targets(office.owner, grading, digest="", now=NOW)
    office.contract(queries.case(SYSTEM, case.pk))
    made = actions.hand_over(office.owner, office.accepted(queries.case(SYSTEM, case.pk)), now=NOW)
    done = followed(office, grading)
    assert (done.level, {one.judgement.subject_id for one in done.changing}) == (2, {made.subject.pk})


def test_a_grading_that_no_longer_counts_sets_nothing(office, system):
    first = graded(office, system, LIGHT)
    second = graded(office, system, MIDDLE)
    first.refresh_from_db()
    assert grading_queries.follows(office.owner, first).refused.code == "procurement_tools.grading_superseded"
    system.refresh_from_db()
    changed = subject_actions.edit_subject(office.owner, system, version=system.version, changes={"grade": "A"}, now=NOW)
    assert grading_queries.follows(office.owner, second).refused.code == "procurement_tools.grade_differs"
    third = graded(office, changed, MIDDLE)
    chief = make_person()
    give(chief, "chief_officer", office.organization)
    edition = actions.propose_edition(
        principal_of(chief), organization=office.organization, rule_set_id="grading", files={},
        settings={"target_days": 30}, note="短くする", now=NOW,
    )  # fmt: skip
    actions.put_in_force(principal_of(chief), edition, now=NOW)
    third.refresh_from_db()
    assert grading_queries.follows(office.owner, third).refused.code == "procurement_tools.grading_stale"
    fourth = graded(office, changed, MIDDLE)
    assert grading_queries.follows(office.owner, fourth).target.days == 30
    for old in (first, second, third):
        with pytest.raises(Conflict):
            actions.set_grade_targets(office.owner, old, digest="x", now=NOW)
    assert levels(system) == {None}
    followed(office, fourth)
    subject_actions.retire_subject(office.owner, Subject.objects.get(pk=system.pk), reason="廃止", now=NOW)
    assert grading_queries.follows(office.owner, fourth).refused.code == "subjects.retired"


def test_who_may_not_grade_sets_no_targets(office, system):
    grading = graded(office, system, LIGHT)
    plan = grading_queries.follows(office.owner, grading).plan
    for role in ("system_admin", "procurement", "auditor"):
        with pytest.raises(NotPermitted):
            actions.set_grade_targets(principal_for(role, office.organization), grading, digest=plan.digest, now=NOW)
    assert levels(system) == {None}


def test_the_pages_show_what_would_follow_and_set_it(office, system):
    kept = Judgement.objects.filter(subject=system, applicable=True).first()
    assessment.set_target(office.owner, judgement_id=kept.pk, version=1, level=1, on=TODAY, now=NOW, reason="段階的に進める")
    browser, base = _browser(office.officer), "/o/minamo/procurement/gradings/"
    form = {"subject": str(system.pk), **{f"a.{name}": value for name, value in HEAVY.items()}}
    total = Judgement.objects.filter(subject=system, applicable=True).count()
    live = browser.post(f"{base}live", form).content.decode()
    assert "判定の目標に起きること" in live
    assert f"{total - 1}件" in live
    page = browser.post(f"{base}new", form)["Location"]
    assert "この格付による判定の目標" in browser.get(page).content.decode()
    shown = browser.get(f"{page}targets").content.decode()
    for words in ("段階的に進める", "人が決めた", f"{total - 1}件の目標を決める"):
        assert words in shown
    digest = shown.split('name="digest" value="')[1].split('"')[0]
    wrong = browser.post(f"{page}targets", {"digest": digest, "on": "2020-01-01"})
    assert wrong.status_code == 422
    assert "過ぎています" in wrong.content.decode()
    assert browser.post(f"{page}targets", {"digest": "0" * 64, "on": TODAY.isoformat()}).status_code == 422
    assert levels(system) == {None, 1}
    done = browser.post(f"{page}targets", {"digest": digest, "on": (TODAY + timedelta(days=9)).isoformat()}, follow=True)
    assert f"{total - 1}件の判定の目標を決めました。1件は変えずに残しました。" in done.content.decode()
    assert levels(system) == {1, 3}
    other = Judgement.objects.filter(subject=system, target_origin="grade").first()
    assert "目標は格付による：格付A" in browser.get(f"/o/minamo/judgements/{other.pk}/").content.decode()
    reader = client_for("auditor", office.organization)
    assert reader.get(f"{page}targets").status_code == 200
    assert reader.post(f"{page}targets", {"digest": digest, "on": TODAY.isoformat()}).status_code in {403, 404}


def test_the_api_shows_and_sets_the_same(office, system):
    browser = _browser(office.officer)
    grading = graded(office, system, MIDDLE)
    url = f"/api/v1/procurement/gradings/{grading.pk}/targets"
    seen = browser.get(url).json()
    assert (seen["level"], seen["same"], seen["kept"]) == (2, 0, [])
    assert {one["what"] for one in seen["changing"]} == {"new"}
    assert browser.post(url, {"digest": "wrong"}, content_type="application/json").status_code == 409
    done = browser.post(url, {"digest": seen["digest"]}, content_type="application/json")
    assert (done.status_code, len(done.json()["changing"])) == (200, len(seen["changing"]))
    assert levels(system) == {2}
    assert (browser.get(url).json()["changing"], browser.get(url).json()["same"]) == ([], len(seen["changing"]))
