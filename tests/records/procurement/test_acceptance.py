"""検収: tests decided, evidence delivered and attached, failed tests as findings, the sheet out and back."""

from __future__ import annotations

import hashlib
import io
import json
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from tests.records.factories import NOW, make_organization, make_subject, principal_for
from tests.records.procurement.bought import Office

from sekisho.errors import Conflict, InputError, NotFound, NotPermitted
from sekisho.records.evidence.models import Evidence, Finding, Measure
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.models import AcceptanceTest, Case, CaseMember, CaseState
from sekisho.records.procurement.queries import contract as contract_queries
from sekisho.records.procurement.rules.deliveries import figures, kinds_of, missing_kinds
from sekisho.records.procurement.sheets import apply_sheet, plan_sheet, write_sheet

pytestmark = pytest.mark.django_db

SBOM = json.dumps(
    {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"type": "library", "name": "openssl", "version": "3.0.2"}]}
).encode()
SARIF = json.dumps(
    {
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "example-scan",
                        "version": "1",
                        "rules": [{"id": "R1", "properties": {"tags": ["CWE-89"]}}],
                    }
                },
                "results": [
                    {
                        "ruleId": "R1",
                        "level": "error",
                        "message": {"text": "SQL injection"},
                        "locations": [
                            {"physicalLocation": {"artifactLocation": {"uri": "app/db.py"}, "region": {"startLine": 4}}}
                        ],
                    }
                ],
            }
        ],
    }
).encode()


@pytest.fixture
def office(db, home) -> Office:
    return Office()


@pytest.fixture
def case(office: Office) -> Case:
    return office.contracted("design-study")


def first(case: Case) -> AcceptanceTest:
    return AcceptanceTest.objects.filter(case=case).first()


@pytest.mark.parametrize(
    ("state", "result", "code"),
    [
        ("passed", "", "procurement_contract.passed_needs_evidence"),
        ("failed", " ", "procurement_contract.failed_needs_words"),
        ("waived", "", "procurement_contract.waived_needs_words"),
        ("open", "x", "procurement_contract.unknown_state"),
        ("splendid", "x", "procurement_contract.unknown_state"),
        ("passed", "x" * 4001, "procurement.too_long"),
        ("passed", "a\x00", "input.not_text"),
    ],
)
def test_a_result_without_its_words_is_refused(office: Office, case: Case, state: str, result: str, code: str) -> None:
    with pytest.raises(InputError) as error:
        actions.decide_test(office.owner, first(case), state=state, result=result, version=1, now=NOW)
    assert error.value.code == code
    assert first(case).state == "open"


def test_of_two_people_who_decide_the_second_is_told(office: Office, case: Case) -> None:
    row = first(case)
    actions.decide_test(office.owner, row, state="passed", result="見た", version=1, now=NOW)
    with pytest.raises(Conflict) as error:
        actions.decide_test(office.owner, row, state="failed", result="違う", version=1, now=NOW)
    assert error.value.code == "procurement_contract.test_changed"
    row.refresh_from_db()
    assert (row.state, row.version, row.decided_by_id) == ("passed", 2, office.officer.pk)


def test_bulk_decisions_are_all_or_none(office: Office, case: Case) -> None:
    rows = list(AcceptanceTest.objects.filter(case=case)[:3])
    decisions = [actions.Decision(row.pk, row.version, "passed", "見た") for row in rows[:2]]
    with pytest.raises(InputError):
        actions.decide_tests(office.owner, case, decisions=[*decisions, actions.Decision(rows[2].pk, 1, "failed")], now=NOW)
    with pytest.raises(NotFound):
        actions.decide_tests(
            office.owner, case, decisions=[*decisions, actions.Decision(uuid.uuid4(), 1, "passed", "x")], now=NOW
        )
    assert not AcceptanceTest.objects.exclude(state="open").exists()
    assert actions.decide_tests(office.owner, case, decisions=decisions, now=NOW) == 2


def test_only_members_who_may_accept_decide(office: Office, case: Case) -> None:
    with pytest.raises(NotPermitted):
        actions.decide_test(
            principal_for("system_officer", office.organization), first(case), state="passed", result="x", version=1, now=NOW
        )
    staff = principal_for("staff", office.organization)
    CaseMember.objects.create(case=case, person_id=staff.person_id, part="evaluator", added_at=NOW)
    with pytest.raises(NotPermitted):
        actions.decide_test(staff, first(case), state="passed", result="x", version=1, now=NOW)
    with pytest.raises(NotFound):
        actions.decide_test(
            principal_for("system_officer", make_organization("other")),
            first(case),
            state="passed",
            result="x",
            version=1,
            now=NOW,
        )


def test_nothing_is_accepted_while_a_test_is_open(office: Office, case: Case) -> None:
    with pytest.raises(Conflict) as error:
        actions.accept(office.owner, case, now=NOW)
    assert error.value.code == "procurement_contract.tests_open"
    assert Case.objects.get(pk=case.pk).state == CaseState.CONTRACTED


def test_failed_tests_become_findings_which_a_later_pass_closes(office: Office) -> None:
    case = office.contracted()
    clause = AcceptanceTest.objects.filter(case=case).exclude(requirement="").first().clause
    case = office.accepted(case, fail=(clause,))
    assert case.state == CaseState.ACCEPTED
    finding = Finding.objects.get(engine="procurement")
    assert (finding.closed_at, finding.subject_id, finding.fields["ref"]) == (None, case.subject_id, clause)
    assert case.subject.kind == "information_system"
    assert case.subject.external_keys.get().value == case.number
    counts = {m.key: m.value for m in Measure.objects.filter(subject=case.subject)}
    total = AcceptanceTest.objects.filter(case=case).count()
    assert counts == {
        "procurement.tests_total": total,
        "procurement.tests_passed": total - 1,
        "procurement.tests_failed": 1,
    }
    assert not Measure.objects.filter(held=True).exists()
    row = AcceptanceTest.objects.get(case=case, state="failed")
    later = NOW.replace(hour=5)
    actions.decide_test(office.owner, row, state="passed", result="直ったのを見た", version=row.version, now=later)
    finding.refresh_from_db()
    assert finding.closed_at is not None


def test_a_study_has_no_system_its_findings_belong_to_the_organisation(office: Office, case: Case) -> None:
    case = office.accepted(case, fail=(first(case).clause,))
    finding = Finding.objects.get(engine="procurement")
    assert finding.subject.kind == "organization"
    assert case.subject is None


# -- deliveries


def test_a_delivered_document_is_kept_attached_and_lets_the_test_pass(office: Office) -> None:
    case = office.contracted()
    row = first(case)
    made = actions.take_delivery(
        office.owner, case, test_ids=[row.pk], form="document", file_name="../成績書.pdf", untrusted=b"%PDF-1.7", now=NOW,
        document_kind="test_record",
    )  # fmt: skip
    assert (made.file_name, made.document_kind, made.number) == ("成績書.pdf", "test_record", case.number)
    assert made.subject.kind == "information_system"
    assert actions.decide_test(office.owner, row, state="passed", version=1, now=NOW).state == "passed"
    actions.detach_evidence(office.owner, row, evidence_id=made.pk, now=NOW)
    row.refresh_from_db()
    assert row.state == "open"  # nothing shows it any more


def test_sarif_becomes_findings_of_the_systems_code_and_an_sbom_figures_of_the_system(office: Office) -> None:
    case = office.contracted()
    row = first(case)
    scan = actions.take_delivery(
        office.owner, case, test_ids=[row.pk], form="sarif", file_name="scan.sarif", untrusted=SARIF, now=NOW
    )
    assert scan.subject.kind == "code"
    assert scan.subject.whole_links.get().whole_id == Case.objects.get(pk=case.pk).subject_id
    assert Finding.objects.filter(engine="codecheck", subject=scan.subject).count() == 1
    bom = actions.take_delivery(office.owner, case, test_ids=[row.pk], form="sbom", file_name="a.json", untrusted=SBOM, now=NOW)
    assert (bom.kind, bom.engine_name, bom.subject_id) == (
        "observation",
        "delivered_sbom",
        Case.objects.get(pk=case.pk).subject_id,
    )
    assert bom.observation.artifacts.get().sha256 == hashlib.sha256(SBOM).hexdigest()
    counted = {m.key: m.value for m in bom.observation.measures.filter(dimensions={})}
    assert counted["delivered_sbom.components"] == 1
    assert not Measure.objects.filter(subject=bom.subject, held=True).exists()
    attached = [kinds_of(kind=e.kind, document_kind=e.document_kind, engine=e.engine_name) for e in row.evidence.all()]
    assert missing_kinds(("sarif", "sbom", "observation", "visit"), attached) == ("visit",)
    assert dict(figures(bom.observation.measures.all(), language="ja")) == {
        "納められたSBOMの部品の数": "1",
        "SBOMでライセンスの分かる割合": "0%",
        "SBOMで識別子のない部品": "1",
        "SBOMに書かれた未対処の脆弱性": "納められたSBOMに、既知の脆弱性の欄がない",
    }


def test_a_vulnerability_that_an_sbom_states_is_open_until_the_next_one_no_longer_names_it(office: Office) -> None:
    case = office.contracted()
    row = first(case)

    def deliver(stated: list[dict[str, object]] | None, minute: int) -> None:
        bom = json.loads(SBOM) | {"metadata": {"component": {"type": "application", "name": "予約"}}}
        if stated is not None:
            bom["vulnerabilities"] = stated
        actions.take_delivery(
            office.owner, case, test_ids=[row.pk], form="sbom", file_name="a.json", untrusted=json.dumps(bom).encode(),
            now=NOW + timedelta(minutes=minute),
        )  # fmt: skip

    deliver([{"id": "CVE-2026-1", "ratings": [{"severity": "high"}]}], 0)
    finding = Finding.objects.get(engine="delivered_sbom")
    assert (finding.severity, finding.fields["id"], finding.closed_at) == ("high", "CVE-2026-1", None)
    deliver(None, 1)  # says nothing about vulnerabilities: nothing is closed by silence
    finding.refresh_from_db()
    assert finding.closed_at is None
    deliver([{"id": "CVE-2026-1", "analysis": {"state": "resolved"}}], 2)
    finding.refresh_from_db()
    assert finding.closed_at is not None
    case = office.accepted(case)
    actions.hand_over(office.owner, case, now=NOW + timedelta(minutes=3))
    operating = Case.objects.get(pk=case.pk).subject
    assert set(Evidence.objects.filter(subject=operating, observation__engine="delivered_sbom").values_list("kind")) == {
        ("observation",)
    }


def test_the_page_of_a_test_shows_the_figures_of_what_was_delivered(office: Office) -> None:
    case = office.contracted()
    row = first(case)
    actions.take_delivery(office.owner, case, test_ids=[row.pk], form="sbom", file_name="a.json", untrusted=SBOM, now=NOW)
    client = Client()
    client.force_login(office.officer, backend="sekisho.web.backends.LoginBackend")
    page = client.get(f"/o/minamo/procurement/{case.pk}/contract/tests/{row.pk}/").content.decode()
    assert "納められたSBOMの部品の数" in page
    assert "納められたSBOMに、既知の脆弱性の欄がない" in page


def test_a_study_has_no_system_that_an_sbom_could_be_about(office: Office, case: Case) -> None:
    with pytest.raises(InputError) as error:
        actions.take_delivery(
            office.owner, case, test_ids=[first(case).pk], form="sbom", file_name="a.json", untrusted=SBOM, now=NOW
        )
    assert error.value.code == "procurement_contract.no_system"
    assert not Evidence.objects.exists()


def test_the_clerk_of_a_small_town_takes_in_an_sbom_but_submits_no_measurements_otherwise(office: Office) -> None:
    case = office.contracted()
    buyer = principal_for("procurement", office.organization)
    CaseMember.objects.create(case=case, person_id=buyer.person_id, part="owner", added_at=NOW)
    given = {"test_ids": [first(case).pk], "form": "sbom", "file_name": "a.json", "untrusted": SBOM, "now": NOW}
    made = actions.take_delivery(buyer, case, **given)
    case.refresh_from_db()
    assert made.subject_id == case.subject_id
    assert not buyer.may("observation.submit", office.organization.pk)
    stranger = principal_for("system_officer", office.organization)  # may submit, but has no part in the case
    with pytest.raises(NotPermitted):
        actions.take_delivery(stranger, case, **given)


def test_the_clerk_carries_a_case_from_the_contract_to_the_acceptance_alone(office: Office) -> None:
    case = office.contracted()
    buyer = principal_for("procurement", office.organization)
    CaseMember.objects.create(case=case, person_id=buyer.person_id, part="owner", added_at=NOW)
    actions.take_delivery(buyer, case, test_ids=[first(case).pk], form="sbom", file_name="a.json", untrusted=SBOM, now=NOW)
    decisions = [actions.Decision(row.pk, row.version, "passed", "見た") for row in AcceptanceTest.objects.filter(case=case)]
    actions.decide_tests(buyer, case, decisions=decisions, now=NOW)
    assert actions.accept(buyer, case, now=NOW)["passed"] == len(decisions)
    assert queries.case(SYSTEM, case.pk).state == CaseState.ACCEPTED


HOSTILE = {
    "empty": b"",
    "no json": b"<bom/>",
    "not cyclonedx": b'{"bomFormat": "SPDX", "specVersion": "1"}',
    "no components": b'{"bomFormat": "CycloneDX", "specVersion": "1.6"}',
    "a list": b"[]",
    "deep": b'{"bomFormat":' + b"[" * 100_000,
    "components no list": b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": {}}',
    "nameless": b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"type": "library"}]}',
    "bad utf-8": b'{"bomFormat": "\xff"}',
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_sbom_is_refused_by_name_and_nothing_is_kept(office: Office, content: bytes) -> None:
    case = office.contracted("design-study")
    with pytest.raises(InputError) as error:
        actions.take_delivery(
            office.owner, case, test_ids=[first(case).pk], form="sbom", file_name="bom.json", untrusted=content, now=NOW
        )
    assert error.value.fields["file"] == "bom.json"
    assert not Evidence.objects.exists()


def test_evidence_of_another_organisation_cannot_be_attached(office: Office, case: Case) -> None:
    other = make_organization("other")
    row = Evidence.objects.create(
        organization=other, subject=make_subject(other), kind="document", title="x", valid_from=NOW, added_at=NOW
    )
    with pytest.raises(NotFound):
        actions.attach_evidence(office.owner, case, evidence_id=row.pk, test_ids=[first(case).pk], now=NOW)


# -- the sheet


def filled(case: Case, changes: dict[int, tuple[str, str]], *, refs: dict[int, str] | None = None) -> bytes:
    """The exported sheet with results (row → result, words) and perhaps other numbers."""
    book = load_workbook(io.BytesIO(write_sheet(contract_queries.acceptance_tests(case), title="確かめ", language="ja")))
    sheet = book.worksheets[0]
    places = {cell.value: cell.column for cell in sheet[1]}
    for row, (state, words) in changes.items():
        sheet.cell(row, places["結果"], state)
        sheet.cell(row, places["見たこと・足りない点・見送る理由"], words)
    for row, ref in (refs or {}).items():
        sheet.cell(row, places["番号"], ref)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_an_untouched_sheet_changes_nothing_and_a_filled_one_what_it_says(office: Office, case: Case) -> None:
    total = AcceptanceTest.objects.filter(case=case).count()
    plan = plan_sheet(case, untrusted=filled(case, {}), name="t.xlsx")
    assert (plan.rows, plan.problems, plan.same) == ([], [], total)
    content = filled(case, {2: ("合格", "見た"), 3: ("不合格", "足りない")})
    plan = plan_sheet(case, untrusted=content, name="t.xlsx")
    assert [(row.row, row.state, row.result) for row in plan.rows] == [(2, "passed", "見た"), (3, "failed", "足りない")]
    assert not AcceptanceTest.objects.exclude(state="open").exists()
    apply_sheet(office.owner, case, untrusted=content, name="t.xlsx", now=NOW)
    assert AcceptanceTest.objects.filter(state="failed", result="足りない").count() == 1
    again = apply_sheet(office.owner, case, untrusted=content, name="t.xlsx", now=NOW)
    assert (again.rows, again.same) == ([], total)


def test_every_wrong_row_of_a_sheet_is_named_and_nothing_is_taken(office: Office, case: Case) -> None:
    content = filled(
        case,
        {2: ("合格", "見た"), 3: ("不合格", ""), 4: ("", "言葉だけ"), 5: ("合格", ""), 6: ("上出来", "x"), 7: ("見送り", "")},
        refs={8: "AT-99-9", 9: "AT-99-9"},
    )
    with pytest.raises(InputError) as error:
        apply_sheet(office.owner, case, untrusted=content, name="t.xlsx", now=NOW)
    found = {(p.row, p.code.partition(".")[2]) for p in error.value.problems}
    assert {
        (3, "failed_needs_words"), (4, "sheet_no_state"), (5, "passed_needs_evidence"), (7, "waived_needs_words"),
        (8, "sheet_unknown_test"), (9, "sheet_twice"),
    } <= found  # fmt: skip
    assert any(p.row == 6 for p in error.value.problems)
    assert all(p.file == "t.xlsx" for p in error.value.problems)
    assert not AcceptanceTest.objects.exclude(state="open").exists()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200))
def test_any_bytes_as_a_sheet_give_problems_or_nothing(case: Case, content: bytes) -> None:
    plan = plan_sheet(case, untrusted=content, name="x.csv")
    assert plan.problems or not plan.rows


def test_the_frozen_case_can_be_read_by_its_owner_after_all_this(office: Office, case: Case) -> None:
    assert queries.case(office.owner, case.pk).state == CaseState.CONTRACTED
    assert queries.case(SYSTEM, case.pk) is not None
