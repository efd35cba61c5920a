"""Data handed out of production: what is missing, who approves, what comes back, what the figures say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.records.factories import NOW, TODAY, client_for, make_organization, principal_for
from tests.records.lifecycle.care import CareTown

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.duties.models import Duty
from sekisho.records.evidence.models import Measure
from sekisho.records.lifecycle.actions import handovers as actions
from sekisho.records.lifecycle.models import Handover, MaskPlan, MaskRun, PrivacyAssessment
from sekisho.records.lifecycle.queries import handovers as queries
from sekisho.records.lifecycle.rules.handing import Given, figures, gaps
from sekisho.records.organization.permissions import Role
from sekisho.records.requests import actions as requests
from sekisho.records.requests.models import DecisionKind, Step

pytestmark = pytest.mark.django_db
FACTS = actions.HandoverFacts(title="試験データ", content="synthetic", purpose="更改の試験", recipient="架空システム株式会社")
SOON = TODAY + timedelta(days=30)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"content": "synthetic"}, []),
        ({"content": "masked"}, ["no_proof"]),
        ({"content": "masked", "proven": False, "signed": True}, ["no_proof"]),
        ({"content": "masked", "proven": True}, ["not_signed"]),
        ({"content": "masked", "proven": True, "signed": True}, []),
        ({"content": "masked", "proven": True, "signed": True, "personal": True}, ["not_assessed"]),
        ({"content": "masked", "proven": True, "signed": True, "personal": True, "assessed": True}, []),
        ({"content": "real"}, ["no_pledge", "no_day"]),
        ({"content": "real", "pledge": True, "back_on": SOON}, []),
        ({"content": "real", "pledge": True, "back_on": SOON, "my_number": True}, ["my_number_outside"]),
        ({"content": "real", "pledge": True, "back_on": SOON, "my_number": True, "supplier": True}, []),
    ],
)
def test_what_is_missing_before_data_leave(given, missing):
    assert gaps(Given(**given)) == missing


def test_figures_count_what_left_and_what_is_still_out():
    day = date(2026, 11, 1)
    made = figures(
        [
            Given(content="synthetic", approved_on=day, given_on=day),
            Given(content="masked", personal=True, proven=True, signed=True, assessed=True, approved_on=day, given_on=day),
            Given(content="masked", personal=True, proven=False, approved_on=None, given_on=day),
            Given(content="real", back_on=date(2026, 11, 10), approved_on=day, given_on=day),
            Given(content="real", pledge=True, back_on=SOON, approved_on=day, given_on=day, ended_on=day),
        ],
        today=TODAY,
    )
    assert made.by_content == {"synthetic": 1, "masked": 2, "real": 2}
    assert made.proven == (2, 5)
    assert (made.without_basis, made.overdue) == (1, 1)
    assert made.approved == (4, 5)
    assert made.assessed == (1, 2)


def approve(town: CareTown, row: Handover, *, now=NOW) -> Handover:
    row.refresh_from_db()
    step = Step.objects.get(request=row.request, state="open")
    requests.decide(town.chief, step, kind=DecisionKind.APPROVE, comment="よい", now=now, today=TODAY)
    row.refresh_from_db()
    return row


def given(town: CareTown, **changes) -> Handover:
    row = actions.make_handover(town.officer, organization=town.organization, facts=replace(FACTS, **changes), now=NOW)
    actions.ask_handover(town.officer, row, reason="試験のため", version=1, now=NOW)
    approve(town, row)
    return actions.give_handover(town.officer, row, given_on=TODAY, how="媒体を手渡し", version=row.version, now=NOW)


def test_synthetic_data_go_all_the_way_and_may_be_kept(town):
    row = given(town)
    ended = actions.end_handover(
        town.officer, row, ended_on=TODAY, how="kept", note="", document_id=None, version=row.version, now=NOW
    )
    assert ended.state == "ended"
    actions.measure_handovers(town.chief, town.organization, now=NOW)
    rows = Measure.objects.filter(subject__organization=town.organization, key__startswith="care.")
    found = {(one.key, one.dimensions.get("content", "")): one.value for one in rows}
    assert found["care.handovers", "synthetic"] == 1
    assert found["care.handovers_proven", ""] == 1
    assert found["care.handovers_approved", ""] == 1
    assert found["care.handovers_without_basis", ""] == 0


def test_real_data_leave_only_with_a_pledge_and_a_day_and_come_back_with_a_document(town):
    row = actions.make_handover(
        town.officer, organization=town.organization, facts=replace(FACTS, content="real", personal=True), now=NOW
    )
    with pytest.raises(InputError) as error:
        actions.ask_handover(town.officer, row, reason="急ぎ", version=1, now=NOW)
    assert error.value.fields["missing"] == ["no_pledge", "no_day"]
    pledge = town.document("誓約書")
    facts = replace(FACTS, content="real", personal=True, pledge_id=pledge.pk, back_on=SOON)
    row = actions.edit_handover(town.officer, row, facts=facts, version=1, now=NOW)
    actions.ask_handover(town.officer, row, reason="障害の再現", version=row.version, now=NOW)
    approve(town, row)
    row = actions.give_handover(town.officer, row, given_on=TODAY, how="手渡し", version=row.version, now=NOW)
    duty = Duty.objects.get(source=f"lifecycle:handover:{row.pk}")
    assert duty.done_at is None
    ends = {"ended_on": TODAY, "note": "", "version": row.version, "now": NOW}
    with pytest.raises(InputError, match=r"lifecycle\.missing"):
        actions.end_handover(town.officer, row, how="erased", document_id=None, **ends)
    proof = town.document("消去証明書")
    with pytest.raises(InputError, match=r"lifecycle\.kept_synthetic_only"):
        actions.end_handover(town.officer, row, how="kept", document_id=proof.pk, **ends)
    actions.end_handover(town.officer, row, how="erased", document_id=proof.pk, **ends)
    duty.refresh_from_db()
    assert duty.done_at is not None


def test_masked_data_leave_only_with_a_signed_proof_and_a_signed_assessment(town):
    store = town.store()
    plan = MaskPlan.objects.create(
        organization=town.organization,
        name="住民",
        source_store=store,
        target_store=store,
        text="x",
        digest="0" * 64,
        made_at=NOW,
    )
    run = MaskRun.objects.create(
        organization=town.organization, plan=plan, text="x", digest="0" * 64, state="done", proof_holds=True, at=NOW
    )
    facts = replace(FACTS, content="masked", personal=True, mask_run_id=run.pk)
    row = actions.make_handover(town.officer, organization=town.organization, facts=facts, now=NOW)
    assert gaps(queries.given_of(row)) == ["not_signed", "not_assessed"]
    MaskRun.objects.filter(pk=run.pk).update(signed_at=NOW)
    assessment = PrivacyAssessment.objects.create(
        organization=town.organization, name="住民", file_name="a.csv", digest="1" * 64, at=NOW, signed_at=NOW
    )
    row = actions.edit_handover(
        town.officer, row, facts=replace(facts, assessment_id=assessment.pk), version=row.version, now=NOW
    )
    assert gaps(queries.given_of(queries.handover(town.officer, row.pk))) == []


def test_who_asked_cannot_approve_and_a_changed_one_is_asked_for_again(town):
    own = actions.make_handover(town.chief, organization=town.organization, facts=FACTS, now=NOW)
    with pytest.raises(InputError, match=r"lifecycle\.second_person"):
        actions.ask_handover(town.chief, own, reason="試験", version=1, now=NOW)
    row = actions.make_handover(town.officer, organization=town.organization, facts=FACTS, now=NOW)
    actions.ask_handover(town.officer, row, reason="試験", version=1, now=NOW)
    with pytest.raises(Conflict, match=r"lifecycle\.handover_asked"):
        actions.edit_handover(town.officer, row, facts=FACTS, version=2, now=NOW)
    approved = approve(town, row)
    changed = actions.edit_handover(
        town.officer, approved, facts=replace(FACTS, recipient="別の会社"), version=approved.version, now=NOW
    )
    assert (changed.state, changed.approved_at) == ("draft", None)
    other = given(town)
    with pytest.raises(Conflict, match=r"lifecycle\.handover_state"):
        actions.edit_handover(town.officer, other, facts=FACTS, version=other.version, now=NOW)


def test_a_gap_that_opens_after_the_approval_stops_the_handing_out(town):
    pledge = town.document("誓約書")
    facts = replace(FACTS, content="real", pledge_id=pledge.pk, back_on=SOON)
    row = actions.make_handover(town.officer, organization=town.organization, facts=facts, now=NOW)
    actions.ask_handover(town.officer, row, reason="試験", version=1, now=NOW)
    approve(town, row)
    Handover.objects.filter(pk=row.pk).update(pledge=None)
    with pytest.raises(InputError, match=r"lifecycle\.gap_no_pledge"):
        actions.give_handover(town.officer, row, given_on=TODAY, how="手渡し", version=row.version, now=NOW)
    with pytest.raises(InputError, match=r"lifecycle\.given_before_approval"):
        actions.give_handover(town.officer, row, given_on=TODAY - timedelta(days=1), how="手渡し", version=row.version, now=NOW)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"title": ""}, "lifecycle.missing"),
        ({"content": "everything"}, "lifecycle.unknown_choice"),
        ({"purpose": ""}, "lifecycle.missing"),
        ({"recipient": "あ" * 201}, "lifecycle.too_long"),
        ({"back_on": TODAY}, "lifecycle.day_over"),
        ({"back_on": date(9999, 1, 1)}, "lifecycle.day_out_of_range"),
    ],
)
def test_what_cannot_be_is_refused(town, changes, code):
    with pytest.raises(InputError) as error:
        actions.make_handover(town.officer, organization=town.organization, facts=replace(FACTS, **changes), now=NOW)
    assert error.value.code == code
    assert not Handover.objects.exists()


def test_strangers_see_nothing(town):
    row = actions.make_handover(town.officer, organization=town.organization, facts=FACTS, now=NOW)
    stranger = principal_for(Role.CISO, make_organization("elsewhere"))
    with pytest.raises(NotFound):
        queries.handover(stranger, row.pk)


def test_from_the_record_to_the_end_on_the_pages(town):
    desk = client_for(Role.SYSTEM_OFFICER, town.organization)
    base = f"/o/{town.code}/handovers/"
    assert "委託先に試験データを渡す前に" in desk.get(base).content.decode()
    sent = {"title": "試験データ", "content": "synthetic", "purpose": "試験", "recipient": "架空システム株式会社"}
    made = desk.post(f"{base}new", sent)
    assert made.status_code == 302, made.content.decode()
    row = Handover.objects.get()
    assert desk.post(f"{made.url}ask", {"reason": "試験", "version": row.version}).status_code == 302
    approve(town, row, now=NOW + timedelta(hours=2))
    today = str(TODAY)
    assert desk.post(f"{made.url}give", {"given_on": today, "how": "手渡し", "version": row.version}).status_code == 302
    row.refresh_from_db()
    assert "渡している" in desk.get(base).content.decode()
    ended = desk.post(f"{made.url}end", {"how": "kept", "ended_on": today, "version": row.version})
    assert ended.status_code == 302
    assert "そのまま使い続ける" in desk.get(made.url).content.decode()
    for form in ("xlsx", "csv"):
        assert desk.get(f"{base}export/{form}?show=all").status_code == 200


def test_gaps_are_said_one_by_one(town):
    desk = client_for(Role.SYSTEM_OFFICER, town.organization)
    row = actions.make_handover(town.officer, organization=town.organization, facts=replace(FACTS, content="real"), now=NOW)
    page = desk.get(f"/o/{town.code}/handovers/{row.pk}/").content.decode()
    assert "誓約書をエビデンスから選んでください" in page
    answer = desk.post(f"/o/{town.code}/handovers/{row.pk}/ask", {"reason": "x", "version": 1})
    assert answer.status_code == 422
    assert "返却か消去の期日" in answer.content.decode()


def test_the_list_asks_the_database_as_often_for_one_as_for_many(town, django_assert_max_num_queries):
    for _ in range(30):
        actions.make_handover(town.officer, organization=town.organization, facts=FACTS, now=NOW)
    desk = client_for(Role.CISO, town.organization)
    with django_assert_max_num_queries(16):
        assert desk.get(f"/o/{town.code}/handovers/").status_code == 200
