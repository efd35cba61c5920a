"""The pages and the API from the contract on: each opens, says what is wrong, and does what its action does."""

from __future__ import annotations

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook
from tests.records.factories import NOW, give, make_person
from tests.records.procurement.bought import Office
from tests.records.procurement.test_acceptance import SBOM

from sekisho.records.evidence.models import Finding
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.models import AcceptanceTest, Case, CaseState, Contract
from sekisho.records.procurement.queries import contract as contract_queries
from sekisho.records.procurement.queries import gates as gate_queries
from sekisho.records.procurement.sheets import write_sheet

pytestmark = pytest.mark.django_db

SIGN = {
    "supplier": "株式会社みほん", "corporate_number": "7000012050002", "number": "12", "signed_on": "2026-11-20",
    "delivery_on": "2027-03-31", "operation_on": "", "ends_on": "2032-03-31", "reason": "少額のため", "note": "",
}  # fmt: skip


@pytest.fixture
def office(db, home) -> Office:
    return Office()


@pytest.fixture
def client(office: Office) -> Client:
    made = Client()
    made.force_login(office.officer, backend="sekisho.web.backends.LoginBackend")
    return made


def root(case: Case) -> str:
    return f"/o/minamo/procurement/{case.pk}/contract/"


def test_a_contract_is_signed_on_the_page_and_wrong_days_are_said(office: Office, client: Client) -> None:
    case = office.case("design-study", award="negotiated")
    assert "契約はまだありません" in client.get(root(case)).content.decode()
    assert client.get(f"{root(case)}sign").status_code == 200
    wrong = client.post(f"{root(case)}sign", {**SIGN, "delivery_on": "2026-01-01"})
    assert wrong.status_code == 422
    assert "納入の日" in wrong.content.decode()
    assert client.post(f"{root(case)}sign", SIGN).status_code == 302
    contract = Contract.objects.get(case=case)
    assert (contract.operation_on, contract.corporate_number) == (None, "7000012050002")
    assert "株式会社みほん" in client.get(root(case)).content.decode()
    change = {**SIGN, "ends_on": "2031-03-31", "reason": "期間の変更"}
    change["token"] = client.get(f"{root(case)}change").context["form"].initial["token"]
    assert client.post(f"{root(case)}change", change).status_code == 302
    assert client.post(f"{root(case)}change", {**change, "reason": ""}).status_code == 422


def test_tests_are_decided_attached_and_accepted_on_the_pages(
    office: Office, client: Client, django_assert_max_num_queries
) -> None:
    case = office.contracted("design-study")
    with django_assert_max_num_queries(30):
        text = client.get(f"{root(case)}tests/?state=open").content.decode()
    assert "<c-" not in text
    row = AcceptanceTest.objects.filter(case=case).first()
    address = f"{root(case)}tests/{row.pk}/"
    assert client.get(address).status_code == 200
    assert client.post(address, {"do": "decide", "state": "failed", "result": "", "version": 1}).status_code == 422
    file = SimpleUploadedFile("計画書.pdf", b"%PDF-1.7")
    sent = {"do": "deliver", "form": "document", "document_kind": "test_record", "title": "", "file": file}
    assert client.post(address, sent).status_code == 302
    evidence = row.evidence.get()
    assert client.post(address, {"do": "decide", "state": "passed", "result": "", "version": 1}).status_code == 302
    other = AcceptanceTest.objects.filter(case=case, state="open").first()
    assert client.post(f"{root(case)}tests/{other.pk}/", {"do": "attach", "evidence": evidence.pk}).status_code == 302
    assert client.post(f"{address}detach", {"evidence": evidence.pk}).status_code == 302
    rows = list(AcceptanceTest.objects.filter(case=case, state="open"))
    given = {"test": [r.pk for r in rows], "state": "passed", "result": "資料で見た"}
    preview = client.post(f"{root(case)}tests/bulk", given)
    assert preview.status_code == 200
    assert AcceptanceTest.objects.filter(state="passed").count() == 0
    versions = {f"version-{r.pk}": r.version for r in rows}
    assert client.post(f"{root(case)}tests/bulk", {**given, **versions, "confirm": "1"}).status_code == 302
    assert client.post(f"{root(case)}tests/bulk", {"state": "passed"}).status_code == 422
    assert client.get(f"{root(case)}accept").status_code == 200
    assert client.post(f"{root(case)}accept").status_code == 302
    assert queries.case(SYSTEM, case.pk).state == CaseState.ACCEPTED
    assert "引き渡すシステムがありません" in client.get(f"{root(case)}hand-over").content.decode()


def test_the_sheet_goes_out_and_comes_back_after_a_preview(office: Office, client: Client) -> None:
    from openpyxl import load_workbook

    case = office.contracted("design-study")
    sheet = client.get(f"{root(case)}tests/sheet.xlsx")
    book = load_workbook(io.BytesIO(sheet.content))
    columns = {cell.value: cell.column for cell in book.worksheets[0][1]}
    book.worksheets[0].cell(2, columns["結果"], "合格")
    book.worksheets[0].cell(2, columns["見たこと・足りない点・見送る理由"], "見た")
    buffer = io.BytesIO()
    book.save(buffer)
    assert client.get(f"{root(case)}tests/import").status_code == 200
    shown = client.post(f"{root(case)}tests/import", {"file": SimpleUploadedFile("t.xlsx", buffer.getvalue())})
    ticket = re.search(r'name="ticket" value="([^"]+)"', shown.content.decode())
    assert ticket is not None
    assert not AcceptanceTest.objects.filter(state="passed").exists()
    sent = {"ticket": ticket[1], "token": shown.context["plan"].token}
    assert client.post(f"{root(case)}tests/import/confirm", sent).status_code == 302
    assert AcceptanceTest.objects.get(state="passed").result == "見た"
    assert client.post(f"{root(case)}tests/import/confirm", {"ticket": "forged"}).status_code == 409
    broken = client.post(f"{root(case)}tests/import", {"file": SimpleUploadedFile("t.xlsx", b"PK\x03\x04broken")})
    assert broken.status_code == 422


def test_the_api_does_the_same(office: Office, client: Client) -> None:
    case = office.contracted("design-study")
    api = f"/api/v1/procurement/cases/{case.pk}"
    assert client.get(f"{api}/contract").json()["supplier"] == "株式会社みほん"
    listed = client.get(f"{api}/acceptance?limit=500").json()
    assert listed["total"] == len(listed["items"]) == contract_queries.acceptance_tests(case).count()
    one = listed["items"][0]
    json = "application/json"
    wrong = client.post(f"{api}/acceptance/{one['id']}/decide", {"state": "failed", "version": 1}, json)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "procurement_contract.failed_needs_words")
    decisions = [{"test_id": r["id"], "version": r["version"], "state": "passed", "result": "見た"} for r in listed["items"]]
    assert client.post(f"{api}/acceptance/decisions", {"decisions": decisions}, json).json() == {"count": len(decisions)}
    assert client.post(f"{api}/accept").json()["passed"] == len(decisions)
    assert client.post(f"{api}/hand-over", {}, json).json()["code"] == "procurement_contract.nothing_to_operate"
    token = next(one["token"] for one in client.get(f"{api}/gates").json() if one["item"] == "plan_grade")
    gate = client.put(f"{api}/gates/plan_grade", {"done": True, "note": "済み", "token": token}, json)
    assert gate.json()["done"] is True
    assert client.delete(f"{api}/gates/plan_grade").status_code == 204
    assert len(client.get(f"{api}/gates").json()) > 40
    assert client.get(f"{api}/schedule").json()["saved"] is False
    sheet = write_sheet(contract_queries.acceptance_tests(case), title="x", language="ja")
    back = client.post(f"{api}/acceptance/sheet", {"file": SimpleUploadedFile("t.xlsx", sheet)})
    assert back.json() == {"applied": False, "changed": [], "same": len(decisions)}
    assert NOW


def buyer(office: Office, case: Case) -> Client:
    """Somebody who keeps the case but may not change the subjects."""
    clerk = make_person("clerk")
    give(clerk, "procurement", office.organization)
    actions.add_member(office.owner, case, person_id=clerk.pk, part="owner", now=NOW)
    made = Client()
    made.force_login(clerk, backend="sekisho.web.backends.LoginBackend")
    return made


def test_who_may_not_change_the_subjects_is_told_who_hands_over_instead_of_getting_a_form(office: Office, client: Client) -> None:
    case = office.accepted()
    shown = buyer(office, case).get(f"{root(case)}hand-over").content.decode()
    assert "引渡しは、対象の台帳を直せる人が行います" in shown
    assert 'name="name"' not in shown
    assert 'name="name"' in client.get(f"{root(case)}hand-over").content.decode()


def test_what_is_accepted_already_is_not_offered_for_acceptance_again(office: Office, client: Client) -> None:
    case = office.contracted("design-study")
    office.decide_all(case)
    said = client.post(f"{root(case)}accept", follow=True).content.decode()
    assert "検収しました。不合格の確かめはありません。" in said
    assert "検出事項になりました" not in said
    again = client.get(f"{root(case)}accept").content.decode()
    assert "検収ずみです" in again
    assert "<form" not in again.split("<main")[1].split("</main")[0]


def test_the_number_of_failed_tests_is_told_with_the_acceptance(office: Office, client: Client) -> None:
    case = office.contracted("design-study")
    office.decide_all(case, fail=(AcceptanceTest.objects.filter(case=case, position=0).first().clause,))
    assert "不合格の確かめ1件は、検出事項になりました" in client.post(f"{root(case)}accept", follow=True).content.decode()


def test_a_failed_test_links_the_finding_that_it_became(office: Office, client: Client) -> None:
    case = office.contracted()
    row = AcceptanceTest.objects.filter(case=case, position=0).first()
    office.decide_all(case, fail=(row.clause,))
    address = f"{root(case)}tests/{row.pk}/"
    assert "この確かめの検出事項" not in client.get(address).content.decode()
    client.post(f"{root(case)}accept")
    finding = Finding.objects.get(location__contains=row.clause, engine="procurement")
    assert f"/findings/{finding.pk}/" in client.get(address).content.decode()


def test_the_clerk_takes_in_whatever_was_delivered(office: Office, client: Client) -> None:
    case = office.contracted()
    address = f"{root(case)}tests/{AcceptanceTest.objects.filter(case=case).first().pk}/"
    clerk = buyer(office, case)
    shown = clerk.get(address).content.decode()
    assert "文書（成績書" in shown
    assert "SBOM（CycloneDX" in shown
    sent = {
        "do": "deliver",
        "form": "document",
        "document_kind": "test_record",
        "file": SimpleUploadedFile("a.pdf", b"%PDF-1.7 x"),
    }
    assert clerk.post(address, sent).status_code == 302
    broken = {**sent, "form": "sbom", "file": SimpleUploadedFile("a.json", b"{}")}
    assert clerk.post(address, broken).status_code == 422
    assert clerk.post(address, {**sent, "form": "sbom", "file": SimpleUploadedFile("a.json", SBOM)}).status_code == 302


def test_a_test_leads_to_its_neighbours_and_to_the_next_that_nobody_decided(office: Office, client: Client) -> None:
    case = office.contracted("design-study")
    rows = list(contract_queries.acceptance_tests(case))
    last = client.get(f"{root(case)}tests/{rows[-1].pk}/").content.decode()
    assert f"tests/{rows[-2].pk}/" in last
    assert f"tests/{rows[0].pk}/" in last  # open, so the next one to decide
    office.decide_all(case)
    decided = client.get(f"{root(case)}tests/{rows[-1].pk}/").content.decode()
    assert f"tests/{rows[0].pk}/" not in decided
    assert f"tests/{rows[-2].pk}/" in decided


def test_a_result_that_cannot_be_chosen_is_told_once_and_a_sheet_without_changes_leads_on(office: Office, client: Client) -> None:
    case = office.contracted("design-study")
    rows = contract_queries.acceptance_tests(case)
    book = load_workbook(io.BytesIO(write_sheet(rows, title="確かめ", language="ja")))

    def sent() -> str:
        kept = io.BytesIO()
        book.save(kept)
        file = SimpleUploadedFile("t.xlsx", kept.getvalue())
        return client.post(f"{root(case)}tests/import", {"file": file}).content.decode()

    same = sent()
    assert "取り込むものはありません" in same
    assert f"{root(case)}tests/import" in same
    book.worksheets[0]["G2"].value, book.worksheets[0]["H2"].value = "たぶん", "見た"
    wrong = sent()
    assert "「たぶん」は選べません" in wrong
    assert "結果の言葉だけがあります" not in wrong


def test_retiring_is_offered_only_to_those_who_may_and_after_the_acceptance(office: Office, client: Client) -> None:
    case = office.contracted()
    address = f"/o/minamo/procurement/{case.pk}/gates/retire"
    assert "検収のあとに、案件の責任者が廃止できます" in client.get(address).content.decode()
    case = office.accepted(case)
    waiting = gate_queries.open_items(case, gate="retire")
    early = client.get(address).content.decode()
    assert all(f"gates/{row.item.id}/" in early for row in waiting)
    assert 'name="number"' not in early
    for row in waiting:
        actions.check_gate(office.owner, case, item=row.item.id, done=True, note="済ませた", now=NOW)
    assert 'name="number"' in client.get(address).content.decode()


def test_a_delivered_sbom_is_called_so_on_the_page_of_the_test(office: Office, client: Client) -> None:
    case = office.contracted()
    row = AcceptanceTest.objects.filter(case=case).first()
    bom = b'{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"components":[{"type":"library","name":"a","version":"1"}]}'
    sent = {"do": "deliver", "form": "sbom", "document_kind": "test_record", "title": ""}
    sent["file"] = SimpleUploadedFile("bom.cdx.json", bom)  # type: ignore[assignment]
    shown = client.post(f"{root(case)}tests/{row.pk}/", sent, follow=True).content.decode()
    assert ">納められたSBOM</a>" in shown
    assert "delivered_sbom" not in shown
