"""Confirming, asking for another level, applicability and its denominators, editions, corrective actions, two people at once."""

from __future__ import annotations

import threading
import uuid
from datetime import date

import pytest
from django.db import connection
from tests.records.assessment.town import DAY, HOUR
from tests.records.factories import NOW, TODAY, give, make_organization, make_person, make_subject, principal_for, principal_of

from sekisho.errors import Conflict, InputError, NotFound, NotPermitted
from sekisho.records.assessment import actions, queries
from sekisho.records.assessment.models import Applicability, Judgement
from sekisho.records.catalog.models import Catalog, Mapping, Requirement
from sekisho.records.duties.models import Duty
from sekisho.records.ledger import queries as ledger_queries
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.requests import actions as requests
from sekisho.records.requests.models import DecisionKind, Request, RequestState, Step, StepState
from sekisho.records.subjects.models import Subject


@pytest.fixture
def judged(town):
    town.measured_well()
    town.propose()
    return town


@pytest.fixture
def line(judged):
    """An administrator of systems, an officer and the chief officer."""
    return {role: principal_for(role, judged.organization) for role in ("system_admin", "system_officer", "chief_officer")}


def approve(line, made):
    for role in ("system_officer", "chief_officer"):
        step = Step.objects.filter(request=made, state=StepState.OPEN, role=role, advisory=False).first()
        if step is not None:
            requests.decide(line[role], step, kind=DecisionKind.APPROVE, comment="", now=NOW + HOUR, today=TODAY)
    made.refresh_from_db()
    assert made.state == RequestState.APPROVED


def test_confirming_keeps_level_basis_person_history_and_ledger(judged, line):
    row = judged.judgement("8.9")
    actions.confirm(line["system_officer"], judgement_id=row.pk, version=row.version, now=NOW)
    row.refresh_from_db()
    assert (row.state, row.level, row.basis, row.judged_by_id) == ("confirmed", 2, "measured", line["system_officer"].person_id)
    last = row.changes.first()
    assert (last.what, last.level_after) == ("confirmed", 2)
    assert last.ledger_sequence is not None
    assert ledger_queries.verify().ok


def test_saving_one_judgement_needs_at_most_twelve_queries(judged, line, django_assert_max_num_queries):
    row = judged.judgement("8.9")
    with django_assert_max_num_queries(14):  # of which two are the savepoints of the test's own transaction
        actions.confirm(line["system_officer"], judgement_id=row.pk, version=row.version, now=NOW)


def test_the_slower_one_is_told_what_the_other_saved(judged, line):
    row = judged.judgement("8.9")
    actions.confirm(line["chief_officer"], judgement_id=row.pk, version=row.version, now=NOW)
    with pytest.raises(Conflict) as caught:
        actions.confirm(line["system_officer"], judgement_id=row.pk, version=row.version, now=NOW)
    assert caught.value.code == "assessment.changed_meanwhile"
    assert (caught.value.fields["level"], caught.value.fields["level_name"], caught.value.fields["state"]) == (
        2,
        "竹",
        "confirmed",
    )


def test_rights_and_strangers(judged, line):
    row = judged.judgement("8.9")
    with pytest.raises(NotPermitted):
        actions.confirm(line["system_admin"], judgement_id=row.pk, version=row.version, now=NOW)
    stranger = principal_for("chief_officer", make_organization("elsewhere", name="別の市", is_boundary=True))
    with pytest.raises(NotFound):
        actions.confirm(stranger, judgement_id=row.pk, version=row.version, now=NOW)
    assert actions.confirm_many(stranger, versions={row.pk: row.version}, now=NOW)[0] == []
    assert queries.judgements(stranger, now=NOW).count() == 0
    assert queries.counts(stranger, organization_id=judged.organization.pk, now=NOW).total == 0
    assert actions.propose(stranger, subject_ids=[judged.system.pk], now=NOW).evaluated == 0


def test_an_upper_body_beyond_the_boundary_sees_nothing(judged):
    above = make_organization("minamo-pref", name="みなも県", body_kind="prefecture")
    officer = principal_for("chief_officer", above)
    assert queries.judgements(officer, now=NOW).count() == 0


def test_nothing_proposed_cannot_be_confirmed(judged, line):
    row = judged.judgement("5.1", judged.itself)
    with pytest.raises(Conflict, match="nothing_proposed"):
        actions.confirm(line["chief_officer"], judgement_id=row.pk, version=row.version, now=NOW)


def test_declaration_goes_through_the_line_and_counts_as_declared(judged, line):
    row = judged.judgement("5.1", judged.itself)
    made = actions.ask_level(
        line["system_admin"], judgement_id=row.pk, version=row.version, level=2, reason="方針を全員に配った", now=NOW
    )
    assert made.state == RequestState.PENDING
    row.refresh_from_db()
    assert row.level is None
    approve(line, made)
    row.refresh_from_db()
    assert (row.state, row.level, row.basis, row.reason) == ("declared", 2, "declared", "方針を全員に配った")
    assert row.judged_by_id == line["system_admin"].person_id
    assert row.approved_by_id in {line["system_officer"].person_id, line["chief_officer"].person_id}
    assert row.fresh_until == NOW + HOUR + 365 * DAY


def test_a_reviewed_document_makes_the_declaration_documented(judged, line):
    row = judged.judgement("5.1", judged.itself)
    judged.document("security_policy", judged.itself, requirement=row.requirement, reviewed=False)
    paper = judged.document("security_policy", judged.itself, requirement=row.requirement, valid_until=NOW + 100 * DAY)
    approve(
        line, actions.ask_level(line["system_admin"], judgement_id=row.pk, version=row.version, level=1, reason="方針", now=NOW)
    )
    row.refresh_from_db()
    assert (row.level, row.basis, row.fresh_until) == (1, "documented", NOW + 100 * DAY)
    assert list(row.evidence.values_list("pk", flat=True)) == [paper.pk]


def test_a_declaration_goes_stale_and_lapses(judged, line):
    row = judged.judgement("5.1", judged.itself)
    approve(
        line, actions.ask_level(line["system_admin"], judgement_id=row.pk, version=row.version, level=1, reason="方針", now=NOW)
    )
    actions.tick(SYSTEM, now=NOW + 367 * DAY)
    row.refresh_from_db()
    assert row.level == 1
    assert row.stale_at is not None
    assert Duty.objects.filter(source=f"assessment:stale:{judged.itself.pk}", done_at=None).exists()
    actions.tick(SYSTEM, now=NOW + 400 * DAY)
    row.refresh_from_db()
    assert (row.level, row.state, row.reason) == (None, "unmeasured", "")


def test_override_keeps_the_proposal_beside_it(judged, line):
    row = judged.judgement("8.9")
    approve(
        line,
        actions.ask_level(
            line["system_officer"], judgement_id=row.pk, version=row.version, level=1, reason="手順書がない", now=NOW
        ),
    )
    row.refresh_from_db()
    assert (row.state, row.level, row.proposed_level, row.basis) == ("overridden", 1, 2, "declared")
    judged.propose(now=NOW + 2 * HOUR)
    row.refresh_from_db()
    assert (row.state, row.level) == ("overridden", 1)


def test_a_reason_is_needed_and_the_version_must_be_the_present_one(judged, line):
    row = judged.judgement("8.9")
    with pytest.raises(InputError, match="reason"):
        actions.ask_level(line["system_officer"], judgement_id=row.pk, version=row.version, level=1, reason=" ", now=NOW)
    with pytest.raises(Conflict, match="changed_meanwhile"):
        actions.ask_level(line["system_officer"], judgement_id=row.pk, version=row.version + 1, level=1, reason="x", now=NOW)
    with pytest.raises(InputError, match="unknown_level"):
        actions.ask_level(line["system_officer"], judgement_id=row.pk, version=row.version, level=7, reason="x", now=NOW)


def test_a_worse_proposal_leaves_the_confirmed_level_and_shows_as_worsened(judged, line):
    row = judged.judgement("8.9")
    actions.confirm(line["system_officer"], judgement_id=row.pk, version=row.version, now=NOW)
    judged.observe(judged.hosts[0], {"baseline.drift.unaccepted": 2}, at=NOW + HOUR)
    judged.propose(now=NOW + HOUR)
    row.refresh_from_db()
    assert (row.state, row.level, row.proposed_level) == ("to_review", 2, 1)
    fell = queries.worsened(SYSTEM, organization_id=judged.organization.pk, since=NOW)
    assert row.pk in {change.judgement_id for change in fell}


def test_not_applicable_leaves_every_denominator_and_can_come_back(judged, line):
    organization = judged.organization.pk
    before = queries.counts(SYSTEM, organization_id=organization, now=NOW)
    row = judged.judgement("8.9")
    made = actions.ask_applicability(line["system_officer"], judgement_id=row.pk, applicable=False, reason="廃止予定", now=NOW)
    approve(line, made)
    after = queries.counts(SYSTEM, organization_id=organization, now=NOW)
    assert after.total == before.total - 1
    assert after.levels[2] == before.levels[2] - 1
    assert row.pk not in set(queries.judgements(SYSTEM, now=NOW, organization_id=organization).values_list("pk", flat=True))
    # the rule does not take the decision back
    actions.refresh_applicability(SYSTEM, organization_id=organization, now=NOW)
    row.refresh_from_db()
    assert row.applicable is False
    current = Applicability.objects.get(subject=judged.system, requirement=row.requirement, superseded_at=None)
    assert (current.by_rule, current.reason, current.decided_by_id) == (False, "廃止予定", line["system_officer"].person_id)
    with pytest.raises(Conflict, match="applicability_same"):
        actions.ask_applicability(line["system_officer"], judgement_id=row.pk, applicable=False, reason="x", now=NOW)
    approve(
        line, actions.ask_applicability(line["system_officer"], judgement_id=row.pk, applicable=True, reason="続ける", now=NOW)
    )
    assert queries.counts(SYSTEM, organization_id=organization, now=NOW).total == before.total


def test_refresh_is_idempotent_follows_the_zone_and_never_guesses(judged, django_assert_max_num_queries):
    organization = judged.organization.pk
    with django_assert_max_num_queries(25):
        again = actions.refresh_applicability(SYSTEM, organization_id=organization, now=NOW)
    assert (again.changed, again.judgements) == (0, 0)
    zoned = {"catalog": "municipal_guideline"}
    assert all(judged.judgement(ref, **zoned).applicable for ref in ("3(1)", "3(2)", "3(3)"))  # the zone is not known yet
    Subject.objects.filter(pk=judged.system.pk).update(network_zone="internet")
    actions.refresh_applicability(SYSTEM, subject_ids=[judged.system.pk], now=NOW)
    assert [judged.judgement(ref, **zoned).applicable for ref in ("3(1)", "3(2)", "3(3)")] == [False, False, True]
    Subject.objects.filter(pk=judged.system.pk).update(retired_at=NOW)
    actions.refresh_applicability(SYSTEM, subject_ids=[judged.system.pk], now=NOW)
    assert not Judgement.objects.filter(subject=judged.system, applicable=True).exists()


def test_counts_keep_measured_documented_and_declared_apart(judged, line):
    row = judged.judgement("5.1", judged.itself)
    approve(
        line, actions.ask_level(line["system_admin"], judgement_id=row.pk, version=row.version, level=1, reason="方針", now=NOW)
    )
    found = queries.counts(SYSTEM, organization_id=judged.organization.pk, now=NOW)
    assert found.by_basis["declared"] == {1: 1}
    assert sum(found.by_basis["measured"].values()) == sum(n for level, n in found.levels.items() if level is not None) - 1
    later = queries.counts(SYSTEM, organization_id=judged.organization.pk, now=NOW + 2 * DAY)
    assert later.stale > 0


def test_counts_need_one_query(judged, django_assert_num_queries):
    with django_assert_num_queries(1):
        queries.counts(SYSTEM, organization_id=judged.organization.pk, now=NOW)


def test_answers_change_the_proposal_and_supersede_each_other(judged, line):
    judged.document("coding_rules")
    row = judged.judgement("8.28")
    actions.attest(line["system_admin"], judgement_id=row.pk, key="rules_disseminated", holds=True, statement="研修", now=NOW)
    row.refresh_from_db()
    assert (row.level, row.basis) == (1, "declared")
    actions.attest(line["system_admin"], judgement_id=row.pk, key="rules_disseminated", holds=False, statement="", now=NOW + HOUR)
    assert queries.answers_of(row)["rules_disseminated"].holds is False
    with pytest.raises(InputError, match="unknown_question"):
        actions.attest(line["system_admin"], judgement_id=row.pk, key="nonsense", holds=True, statement="", now=NOW)


def test_targets_need_level_and_date(judged, line):
    row = judged.judgement("8.9")
    with pytest.raises(InputError, match="target_needs_both"):
        actions.set_target(line["chief_officer"], judgement_id=row.pk, version=row.version, level=3, on=None, now=NOW)
    actions.set_target(line["chief_officer"], judgement_id=row.pk, version=row.version, level=3, on=date(2027, 3, 31), now=NOW)
    assert list(queries.below_target(SYSTEM, organization_id=judged.organization.pk, now=NOW)) == [row]


def test_corrective_action_from_plan_to_verified_by_somebody_else(judged, line):
    owner = make_person()
    give(owner, "system_officer", judged.organization)
    row = judged.judgement("8.28")
    made = actions.make_corrective_action(
        line["system_admin"], subject_id=judged.system.pk, what="規則を作る", owner_id=owner.pk, due_on=date(2027, 1, 31),
        judgement_id=row.pk, now=NOW,
    )  # fmt: skip
    duty = Duty.objects.get(source=f"assessment:corrective:{made.pk}")
    assert duty.owner_id == owner.pk
    with pytest.raises(Conflict, match="step_not_allowed"):
        actions.move_corrective_action(line["chief_officer"], action_id=made.pk, version=1, state="verified", now=NOW)
    actions.move_corrective_action(principal_of(owner), action_id=made.pk, version=1, state="done", outcome="作った", now=NOW)
    with pytest.raises(Conflict, match="verify_own"):
        actions.move_corrective_action(principal_of(owner), action_id=made.pk, version=2, state="verified", now=NOW)
    with pytest.raises(NotPermitted):
        actions.move_corrective_action(line["system_admin"], action_id=made.pk, version=2, state="verified", now=NOW)
    actions.move_corrective_action(line["chief_officer"], action_id=made.pk, version=2, state="verified", now=NOW)
    duty.refresh_from_db()
    assert duty.done_at == NOW
    stranger = make_person()
    with pytest.raises(InputError, match="unknown_owner"):
        actions.make_corrective_action(
            line["system_admin"], subject_id=judged.system.pk, what="x", owner_id=stranger.pk, due_on=date(2027, 1, 31), now=NOW
        )
    with pytest.raises(NotFound):
        actions.make_corrective_action(
            line["system_admin"], subject_id=judged.system.pk, what="x", owner_id=owner.pk, due_on=date(2027, 1, 31),
            finding_id=uuid.uuid4(), now=NOW,
        )  # fmt: skip


def test_a_new_edition_carries_levels_along_the_mapping_to_be_reviewed(judged, line):
    old = Catalog.objects.create(
        key="own", edition="1", title="規程", organization=judged.organization, digest="1", loaded_at=NOW
    )
    new = Catalog.objects.create(
        key="own", edition="2", title="規程", organization=judged.organization, digest="2", loaded_at=NOW
    )

    def requirement(catalog, ref, position):
        return Requirement.objects.create(
            catalog=catalog, ref=ref, position=position, title=ref, unit="規程", applies_to=["information_system"]
        )

    before = [requirement(old, ref, n) for n, ref in enumerate(("1", "2", "3"))]
    after = [requirement(new, ref, n) for n, ref in enumerate(("A", "B", "3"))]
    for source, target in ((before[0], after[0]), (before[1], after[0]), (before[2], after[2])):
        Mapping.objects.create(source=source, target=target, relation="merged")
    actions.refresh_applicability(SYSTEM, organization_id=judged.organization.pk, now=NOW)
    for requirement_row, level in zip(before, (3, 1, 2), strict=True):
        row = Judgement.objects.get(requirement=requirement_row)
        approve(
            line,
            actions.ask_level(line["system_admin"], judgement_id=row.pk, version=row.version, level=level, reason="r", now=NOW),
        )
    Catalog.objects.filter(pk=old.pk).update(status="superseded")
    moved = actions.move_to_edition(
        line["chief_officer"], organization_id=judged.organization.pk, old_catalog_id=old.pk, new_catalog_id=new.pk, now=NOW
    )
    assert moved == 2
    merged = Judgement.objects.get(requirement=after[0])
    assert (merged.level, merged.state, merged.explanation["moved_from"]) == (1, "to_review", ["1", "2"])
    assert Judgement.objects.get(requirement=after[1]).level is None
    assert not Judgement.objects.filter(requirement__catalog=old, applicable=True).exists()
    assert Judgement.objects.filter(requirement__catalog=old).count() == 3


def test_statement_of_applicability_covers_every_control(judged):
    catalog = Catalog.objects.get(key="annex_a_2022")
    rows = queries.statement_of_applicability(SYSTEM, organization_id=judged.organization.pk, catalog=catalog, now=NOW)
    assert len(rows) == 93
    found = {row.requirement.ref: row for row in rows}["8.9"]
    assert found.applicable == 3  # the system and its two hosts
    assert found.lowest == 2
    assert found.evidence == 2


def test_a_broken_payload_of_a_request_is_refused(judged, line):
    for kind in ("judgement.declare", "applicability.decide"):
        with pytest.raises((InputError, NotPermitted)):
            requests.submit(
                line["system_officer"], kind=kind, organization_id=judged.organization.pk, payload={"judgement": "x"},
                summary={"code": "x", "fields": {}}, reason="x", now=NOW,
            )  # fmt: skip
    assert not Request.objects.exists()


@pytest.mark.only_postgresql
@pytest.mark.django_db(transaction=True)
def test_two_people_confirming_at_the_same_moment_on_postgresql(transactional_db):
    from tests.records.assessment.town import Town

    town = Town()
    town.measured_well()
    town.propose()
    people = [principal_for("chief_officer", town.organization) for _ in range(4)]
    row = town.judgement("8.9")
    outcomes = []
    gate = threading.Barrier(len(people))

    def go(person):
        try:
            gate.wait(timeout=10)
            actions.confirm(person, judgement_id=row.pk, version=row.version, now=NOW)
            outcomes.append("saved")
        except Conflict as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(p,)) for p in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(outcomes) == ["assessment.changed_meanwhile"] * 3 + ["saved"]
    row.refresh_from_db()
    assert row.changes.filter(what="confirmed").count() == 1
    assert ledger_queries.verify().ok


def test_a_subject_changed_elsewhere_asks_for_a_refresh(town):
    from sekisho.records.jobs.models import Job
    from sekisho.records.subjects import actions as subject_actions

    Job.objects.all().delete()
    subject_actions.create_subject(SYSTEM, organization=town.organization, kind="information_system", name="庁内LAN", now=NOW)
    subject_actions.create_subject(SYSTEM, organization=town.organization, kind="information_system", name="文書管理", now=NOW)
    assert Job.objects.filter(kind="assessment.refresh", organization=town.organization).count() == 1


def test_a_subject_of_another_organisation_is_never_a_part(town):
    elsewhere = make_organization("elsewhere", name="別の市", is_boundary=True)
    host = make_subject(elsewhere, kind="host")
    from sekisho.records.subjects.models import PartOf

    PartOf.objects.create(whole=town.system, part=host)
    town.measured_well()
    town.propose()
    assert town.judgement("8.9").level == 2


def test_what_is_asked_of_an_organisation_is_asked_of_the_body_not_of_its_offices(town) -> None:
    office = make_organization("office", parent=town.organization)
    itself = Subject.objects.filter(organization=office, kind="organization").first() or make_subject(office, kind="organization")
    actions.refresh_applicability(SYSTEM, organization_id=office.pk, now=NOW)
    assert not Judgement.objects.filter(subject=itself).exists()
    assert Judgement.objects.filter(subject=town.itself, applicable=True).exists()
