"""引渡し: the system among the subjects, judged by what was bought, with the documents that were accepted."""

from __future__ import annotations

import pytest
from tests.records.factories import NOW, make_subject, principal_for
from tests.records.procurement.bought import Office

from sekisho.errors import Conflict, InputError, NotPermitted
from sekisho.records.assessment import actions as assessment
from sekisho.records.assessment.models import Judgement
from sekisho.records.catalog.actions import load_standards
from sekisho.records.evidence.models import EvidenceRequirement
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.models import AcceptanceTest, CaseMember, CaseState
from sekisho.records.procurement.queries import contract as contract_queries
from sekisho.records.procurement.rules.contract import classification_of
from sekisho.records.subjects.models import Subject

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(db, home) -> Office:
    load_standards(SYSTEM, now=NOW)
    return Office()


def test_what_was_bought_is_judged_with_its_target_and_nothing_is_presumed(office: Office) -> None:
    case = office.contracted()
    row = AcceptanceTest.objects.filter(case=case, requirement__gt="").first()
    document = actions.take_delivery(
        office.owner, case, test_ids=[row.pk], form="document", file_name="試験.pdf", untrusted=b"%PDF", now=NOW
    )
    case = office.accepted(case)
    bought = {r.id: r.level for r in contract_queries.demanded(case).requirements if r.holds}
    preview = contract_queries.hand_over_preview(case)
    assert (preview.strengths, preview.links) == (bought, 1)
    made = actions.hand_over(office.owner, case, now=NOW)
    subject = Subject.objects.get(pk=made.subject.pk)
    assert {k.removeprefix("sbd:"): v for k, v in subject.attributes.items()} == bought
    assert (subject.kind, subject.classification_scheme) == ("information_system", "municipal")
    assert subject.external_keys.get(scheme="procurement").value == case.number
    judged = Judgement.objects.filter(subject=subject, requirement__catalog__key="sbd", applicable=True)
    targets = {"low": 1, "mid": 2, "high": 3}
    assert {j.requirement.ref: (j.level, j.state, j.target_level) for j in judged} == {
        ref: (None, "unmeasured", targets[strength]) for ref, strength in bought.items()
    }
    assert made.missing == ()
    assert judged.first().changes.get(what="target").reason == case.number
    assert EvidenceRequirement.objects.get(evidence=document).requirement.ref == row.requirement
    assert queries.case(SYSTEM, case.pk).state == CaseState.OPERATING
    with pytest.raises(Conflict):
        actions.hand_over(office.owner, case, now=NOW)


def test_a_replaced_system_keeps_its_name_and_other_attributes_and_loses_what_is_no_longer_demanded(office: Office) -> None:
    case = office.case(award="negotiated")
    old = make_subject(
        office.organization, kind="information_system", name="旧予約サイト", attributes={"sbd:XX-9-9": "high", "colour": "blue"}
    )
    actions.link_subject(office.owner, case, subject=old, now=NOW)
    office.contract(queries.case(SYSTEM, case.pk))
    case = office.accepted(queries.case(SYSTEM, case.pk))
    assert contract_queries.hand_over_preview(case).dropped == ("XX-9-9",)
    made = actions.hand_over(office.owner, case, now=NOW)
    old.refresh_from_db()
    assert (made.subject.pk, old.name, old.attributes["colour"]) == (old.pk, "旧予約サイト", "blue")
    assert "sbd:XX-9-9" not in old.attributes


def test_a_study_hands_nothing_over(office: Office) -> None:
    case = office.accepted(office.contracted("design-study"))
    with pytest.raises(Conflict) as error:
        actions.hand_over(office.owner, case, now=NOW)
    assert error.value.code == "procurement_contract.nothing_to_operate"


def test_handing_over_needs_the_right_to_change_subjects(office: Office) -> None:
    case = office.accepted()
    clerk = principal_for("procurement", office.organization)
    CaseMember.objects.create(case=case, person_id=clerk.person_id, part="owner", added_at=NOW)
    with pytest.raises(NotPermitted):
        actions.hand_over(clerk, case, now=NOW)
    assert queries.case(SYSTEM, case.pk).state == CaseState.ACCEPTED


def test_a_case_is_retired_only_when_its_last_gate_is_dealt_with(office: Office) -> None:
    from sekisho.records.duties.models import Duty
    from sekisho.records.procurement.queries import gates as gate_queries

    case = office.accepted()
    actions.hand_over(office.owner, case, now=NOW)
    case = queries.case(SYSTEM, case.pk)
    with pytest.raises(Conflict) as error:
        actions.retire_case(office.owner, case, reason="更改", now=NOW)
    assert error.value.code == "procurement_contract.gates_open"
    for row in gate_queries.open_items(case, gate="retire"):
        actions.check_gate(office.owner, case, item=row.item.id, done=True, now=NOW)
    actions.retire_case(office.owner, case, reason="更改", with_subject=True, now=NOW)
    assert queries.case(SYSTEM, case.pk).state == CaseState.RETIRED
    assert Subject.objects.get(pk=case.subject_id).retired_at == NOW
    assert not Duty.objects.filter(source__startswith="procurement:", done_at=None).exists()


def test_the_subjects_page_says_by_which_case_it_was_bought(office: Office) -> None:
    from django.test import Client

    case = office.accepted()
    made = actions.hand_over(office.owner, case, now=NOW)
    client = Client()
    client.force_login(office.officer, backend="sekisho.web.backends.LoginBackend")
    text = client.get(f"/o/minamo/subjects/{made.subject.pk}/").content.decode()
    assert case.number in text
    assert "株式会社みほん" in text
    assert "AT-1-1" in text
    for path in ("contract/", "contract/hand-over", "contract/tests/", "gates/"):
        assert client.get(f"/o/minamo/procurement/{case.pk}/{path}").status_code == 200


# -- taking over


def test_a_higher_target_that_somebody_set_stays(office: Office) -> None:
    subject = make_subject(office.organization, kind="information_system", attributes={"sbd:AT-1-1": "low"})
    first = assessment.take_over(office.owner, subject=subject, strengths={"AT-1-1": "low"}, source="P2026-0001", now=NOW)
    row = Judgement.objects.get(pk=first.judgements["AT-1-1"])
    assessment.set_target(office.owner, judgement_id=row.pk, version=row.version, level=3, on=NOW.date(), now=NOW)
    again = assessment.take_over(office.owner, subject=subject, strengths={"AT-1-1": "mid"}, source="P2026-0002", now=NOW)
    assert again.targets == 0
    row.refresh_from_db()
    assert row.target_level == 3


def test_requirements_that_no_catalogue_asks_are_named(office: Office) -> None:
    subject = make_subject(office.organization, kind="information_system", attributes={"sbd:AT-1-1": "low"})
    made = assessment.take_over(
        office.owner, subject=subject, strengths={"AT-1-1": "low", "ZZ-1-1": "high"}, source="P2026-0001", now=NOW
    )
    assert (set(made.judgements), made.missing) == ({"AT-1-1"}, ("ZZ-1-1",))


def test_an_unknown_strength_is_refused_and_readers_take_nothing_over(office: Office) -> None:
    subject = make_subject(office.organization, kind="information_system")
    with pytest.raises(InputError) as error:
        assessment.take_over(office.owner, subject=subject, strengths={"AT-1-1": "huge"}, source="x", now=NOW)
    assert error.value.code == "assessment.unknown_strength"
    with pytest.raises(NotPermitted):
        assessment.take_over(principal_for("auditor", office.organization), subject=subject, strengths={}, source="x", now=NOW)


def test_classes_of_the_answers_are_those_of_the_house(office: Office) -> None:
    from sekisho.records.subjects.queries import schemes

    for example, scheme in (("booking-site", "municipal"), ("isolated-system", "national")):
        found = classification_of(queries.derivation_of(office.case(example)))
        assert found["classification_scheme"] == scheme
        for axis in ("confidentiality", "integrity", "availability"):
            assert found[axis] in schemes()[scheme][axis]
    for answer in ("m3a", "m3b", "m3c", "m2", "m1"):
        found = classification_of(queries.derivation_of(office.case(Q08m=answer)))
        assert found["confidentiality"] in schemes()["municipal"]["confidentiality"]
