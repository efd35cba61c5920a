"""Targets for all judgements of a subject at once: what changes, what stays, in how many queries."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.records.assessment.town import Town
from tests.records.factories import NOW, TODAY, make_subject, principal_for

from sekisho.errors import Conflict, InputError, NotPermitted
from sekisho.records.assessment import actions, queries
from sekisho.records.assessment.models import Judgement, JudgementChange, TargetOrigin
from sekisho.records.assessment.queries.targets import plan_of
from sekisho.records.ledger.models import Entry

pytestmark = pytest.mark.django_db
ON = TODAY + timedelta(days=365)


def row(ref="8.8", catalog="annex_a_2022", *, target=None, origin=""):
    requirement = SimpleNamespace(ref=ref, catalog=SimpleNamespace(key=catalog))
    return SimpleNamespace(pk=f"{catalog}:{ref}", target_level=target, target_origin=origin, requirement=requirement)


@pytest.mark.parametrize(
    ("given", "level", "what", "becomes"),
    [
        (row(), 2, "new", 2),
        (row(target=1, origin="grade"), 2, "raised", 2),
        (row(target=3, origin="grade"), 1, "lowered", 1),
        (row(target=2, origin="grade"), 2, "same", 2),
        (row(target=1, origin="person"), 3, "person", 1),
        (row(target=3, origin="person"), 1, "person", 3),
        (row(target=1), 3, "person", 1),  # from before origins were kept: somebody decided it
        (row(origin="person"), 3, "removed", 0),
        (row(target=1, origin="bought"), 3, "bought", 1),
        (row("AT-1-1", "sbd"), 1, "new", 2),  # bought with mid: the grade does not ask for less
        (row("AT-1-1", "sbd", target=3, origin="grade"), 1, "lowered", 2),
        (row("AT-1-1", "sbd", target=2, origin="grade"), 1, "same", 2),
        (row("AT-1-1", "sbd", target=2, origin="grade"), 3, "raised", 3),
    ],
)
def test_what_a_level_does_to_one_target(given, level, what, becomes):
    plan = plan_of([given], subject=SimpleNamespace(attributes={"sbd:AT-1-1": "mid"}), level=level)
    (aim,) = (*plan.changing, *plan.same, *plan.kept)
    assert (aim.what, aim.level, plan.total, plan.count(what)) == (what, becomes, 1, 1)
    kept = what in {"person", "removed", "bought"}
    assert bool(plan.kept) == kept
    assert bool(plan.changing) == (what in {"new", "raised", "lowered"})


def test_the_digest_names_what_was_looked_at():
    subject = SimpleNamespace(attributes={})
    one = plan_of([row()], subject=subject, level=2).digest
    assert one == plan_of([row()], subject=subject, level=2).digest
    others = [plan_of([row()], subject=subject, level=3), plan_of([row(target=2, origin="grade")], subject=subject, level=2)]
    others += [plan_of([], subject=subject, level=2), plan_of([row(), row("8.9")], subject=subject, level=2)]
    assert one not in {other.digest for other in others}


@pytest.fixture
def officer(town: Town):
    return principal_for("system_officer", town.organization)


def set_all(officer, town, level, **given):
    plan = queries.target_plan(officer, subject=town.system, level=level)
    values = {"on": ON, "reason": f"格付（{level}）", "digest": plan.digest, "now": NOW} | given
    return actions.set_targets(officer, subject=town.system, level=level, **values)


def test_all_judgements_of_the_subject_aim_at_the_level_and_say_why(town, officer):
    done = set_all(officer, town, 2)
    rows = Judgement.objects.filter(subject=town.system, applicable=True)
    assert len(done.changing) == rows.count() > 20
    assert set(rows.values_list("target_level", "target_on", "target_origin", "target_reason")) == {
        (2, ON, TargetOrigin.GRADE, "格付（2）")
    }
    assert not Judgement.objects.exclude(subject=town.system).exclude(target_level=None).exists()
    entry = Entry.objects.get(action="judgement.targets")
    assert set(JudgementChange.objects.filter(what="target").values_list("reason", "ledger_sequence", "person")) == {
        ("格付（2）", entry.sequence, officer.person_id)
    }
    assert str(town.judgement("8.8").pk) in entry.object_ids
    again = set_all(officer, town, 2, reason="もう一度")
    assert (len(again.changing), len(again.same)) == (0, rows.count())
    assert not JudgementChange.objects.filter(reason="もう一度").exists()


def test_what_a_person_set_or_removed_and_what_was_bought_stays(town, officer):
    chosen, removed, bought = (town.judgement(ref) for ref in ("8.8", "8.9", "8.17"))
    actions.set_target(officer, judgement_id=chosen.pk, version=1, level=1, on=TODAY, now=NOW, reason="来年に更改する")
    actions.set_target(officer, judgement_id=removed.pk, version=1, level=3, on=TODAY, now=NOW)
    actions.set_target(officer, judgement_id=removed.pk, version=2, level=None, on=None, now=NOW)
    Judgement.objects.filter(pk=bought.pk).update(target_level=1, target_on=TODAY, target_origin=TargetOrigin.BOUGHT)
    done = set_all(officer, town, 3)
    assert {one.judgement.pk: one.what for one in done.kept} == {
        chosen.pk: "person",
        removed.pk: "removed",
        bought.pk: "bought",
    }
    for one, expected in (
        (chosen, (1, "person", "来年に更改する")),
        (removed, (None, "person", "")),
        (bought, (1, "bought", "")),
    ):
        one.refresh_from_db()
        assert (one.target_level, one.target_origin, one.target_reason) == expected
    facts = Entry.objects.get(action="judgement.targets").body
    assert '"kept":{"bought":1,"person":1,"removed":1}' in str(facts).replace(" ", "")


def test_a_plan_that_somebody_else_changed_meanwhile_is_not_carried_out(town, officer):
    plan = queries.target_plan(officer, subject=town.system, level=2)
    actions.set_target(officer, judgement_id=town.judgement("8.8").pk, version=1, level=1, on=TODAY, now=NOW)
    with pytest.raises(Conflict, match="targets_changed"):
        set_all(officer, town, 2, digest=plan.digest)
    assert not Judgement.objects.filter(target_origin="grade").exists()
    assert not Entry.objects.filter(action="judgement.targets").exists()


@pytest.mark.parametrize(
    ("level", "given", "code"),
    [
        (0, {}, "assessment.unknown_level"),
        (4, {}, "assessment.unknown_level"),
        (2, {"on": TODAY - timedelta(days=1)}, "assessment.target_past"),
        (2, {"reason": "　 "}, "assessment.target_reason"),
    ],
)
def test_a_level_day_or_reason_that_cannot_be_is_refused(town, officer, level, given, code):
    with pytest.raises(InputError) as error:
        set_all(officer, town, level, **given)
    assert error.value.code == code
    assert not Judgement.objects.exclude(target_level=None).exists()


def test_who_may_not_set_targets_sets_none(town):
    admin = principal_for("system_admin", town.organization)
    with pytest.raises(NotPermitted):
        set_all(admin, town, 2)


def test_the_number_of_queries_does_not_follow_that_of_the_judgements(town, officer):
    few = make_subject(town.organization, kind="information_system", name="小さい")
    for judgement in list(Judgement.objects.filter(subject=town.system)[:3]):
        Judgement.objects.create(organization=town.organization, requirement=judgement.requirement, subject=few, changed_at=NOW)

    def counted(subject):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            plan = queries.target_plan(officer, subject=subject, level=2)
            actions.set_targets(officer, subject=subject, level=2, on=ON, reason="格付", digest=plan.digest, now=NOW)
        return len(captured), len(plan.changing)

    (small, three), (large, many) = counted(few), counted(town.system)
    assert three == 3
    assert many > 20
    assert large == small


def test_a_target_by_grade_becomes_one_of_the_contract_when_the_same_is_bought(town, officer):
    subject = make_subject(town.organization, kind="information_system", attributes={"sbd:AT-1-1": "mid"})
    actions.refresh_applicability(officer, subject_ids=[subject.pk], now=NOW)
    plan = queries.target_plan(officer, subject=subject, level=2)
    actions.set_targets(officer, subject=subject, level=2, on=ON, reason="格付B", digest=plan.digest, now=NOW)
    taken = actions.take_over(officer, subject=subject, strengths={"AT-1-1": "mid"}, source="P2026-0001", now=NOW)
    found = Judgement.objects.get(pk=taken.judgements["AT-1-1"])
    assert (found.target_level, found.target_origin, found.target_reason) == (2, "bought", "P2026-0001")
    lower = queries.target_plan(officer, subject=subject, level=1)
    assert [one.what for one in lower.kept if one.judgement.pk == found.pk] == ["bought"]


def test_the_judgements_page_says_why_this_is_the_target(town, officer):
    from django.test import Client

    from sekisho.records.organization.models import Person

    set_all(officer, town, 2)
    client = Client()
    client.force_login(Person.objects.get(pk=officer.person_id), backend="sekisho.web.backends.LoginBackend")
    page = f"/o/minamo/judgements/{town.judgement('8.8').pk}/"
    assert "目標は格付による：格付（2）" in client.get(page).content.decode()
    form = {"target-version": 2, "target-level": "3", "target-on": ON.isoformat(), "target-reason": "監査の指摘"}
    assert client.post(f"{page}target", form).status_code == 302
    assert "目標は人が決めた：監査の指摘" in client.get(page).content.decode()
