"""Two people at one case: nobody undoes unseen what another one saved, and what is sent twice is there once."""

from __future__ import annotations

from typing import Any

import pytest
from tests.records.factories import NOW
from tests.records.procurement.bidding import AFTER, PUBLISHED, World, world
from tests.records.procurement.bought import Office
from tests.records.procurement.test_notice_secrecy import bring_to

from sekisho.errors import Conflict, InputError
from sekisho.records.procurement import actions
from sekisho.records.procurement.models import AcceptanceTest, BidderQuestion, Contract, Proposal
from sekisho.records.procurement.queries import contract as contract_queries
from sekisho.records.procurement.rules.contract import test_ref as ref_of
from sekisho.records.procurement.sheets import apply_sheet, plan_sheet

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]
API = "/api/v1/procurement/cases"


@pytest.fixture
def noticed() -> World:
    made = world()
    made.noticed()
    made.with_bidders()
    return made


def form_of(client: Any, url: str) -> dict[str, Any]:
    """The values of a page's form as a browser would send them."""
    form = client.get(url).context["form"]
    return {bound.name: "" if (value := bound.value()) is None or value is False else value for bound in form}


def both(made: World, url: str, first: dict[str, str], second: dict[str, str]) -> Any:
    """Two browsers open a form; the first saves; what the second is told. Saving a second time, having seen it, works."""
    one, two = made.client("owner"), made.client("owner")
    shown_one, shown_two = form_of(one, url), form_of(two, url)
    assert one.post(url, {**shown_one, **first}).status_code == 302
    told = two.post(url, {**shown_two, **second})
    assert told.status_code == 422
    text = told.content.decode()
    assert "ほかの人が変えました" in text
    assert "今の内容" in text
    assert all(value in text for value in (*first.values(), *second.values()))
    again = {bound.name: bound.value() or "" for bound in told.context["form"]}
    assert two.post(url, again).status_code == 302
    return told


def test_a_bidder_corrected_by_two(noticed: World) -> None:
    bidder = next(iter(noticed.bidders.values()))
    both(noticed, noticed.url("notice_bidder", bidder.pk), {"contact": "契約課"}, {"contact": "総務課"})
    bidder.refresh_from_db()
    assert bidder.contact == "総務課"


def test_an_answer_written_by_two(noticed: World) -> None:
    actions.receive_question(noticed.owner, noticed.case, text="問い", received_on=PUBLISHED, now=NOW)
    both(noticed, noticed.url("notice_question", 1), {"answer": "はい"}, {"answer": "いいえ"})
    assert BidderQuestion.objects.get().answer == "いいえ"


def test_an_item_of_a_gate_ticked_by_two(noticed: World) -> None:
    url = noticed.url("gate", "plan_grade")
    both(noticed, url, {"done": "yes", "note": "会議で決めた"}, {"done": "yes", "note": "決裁した"})


def test_a_contract_changed_by_two() -> None:
    office = Office()
    case = office.contracted("design-study")
    made = World(case, office.owner, {"owner": office.officer})
    url = made.url("change_contract")
    both(made, url, {"note": "一回目", "reason": "変更契約"}, {"note": "二回目", "reason": "変更契約"})
    assert Contract.objects.get().note == "二回目"


def test_an_award_changed_by_two() -> None:
    made = bring_to("closed")
    one, two = made.bidders.values()
    client = made.client("owner")
    token = client.get(made.url("notice_evaluation")).context["form"].initial["token"]
    sent = {"bidder": str(one.pk), "reason": "", "token": token}
    assert client.post(made.url("notice_award"), sent).status_code == 302
    told = client.post(made.url("notice_award"), {**sent, "bidder": str(two.pk), "reason": "こちらにする"})
    assert told.status_code == 422
    assert "今の内容" in told.content.decode()
    assert f"<dd>{one.name}</dd>" in told.content.decode()


def test_a_release_gives_out_what_was_shown_and_nothing_else(noticed: World) -> None:
    for number in (1, 2):
        actions.receive_question(noticed.owner, noticed.case, text=f"問い{number}", received_on=PUBLISHED, now=NOW)
    actions.draft_answer(noticed.owner, noticed.case, number=1, answer="はい", now=NOW)
    client, url = noticed.client("owner"), noticed.url("notice_release")
    token = client.get(url).context["token"]
    actions.draft_answer(noticed.owner, noticed.case, number=2, answer="まだ書きかけ", now=NOW)
    told = client.post(url, {"token": token})
    assert told.status_code == 422
    assert "まだ書きかけ" in told.content.decode()
    assert not BidderQuestion.objects.exclude(released_at=None).exists()
    assert client.post(url, {"token": told.context["token"]}).status_code == 302
    assert BidderQuestion.objects.exclude(released_at=None).count() == 2


def test_the_same_is_recorded_once(noticed: World) -> None:
    bidder = next(iter(noticed.bidders.values()))
    asked = {"text": "問い", "received_on": PUBLISHED, "bidder_id": bidder.pk, "now": NOW}
    actions.receive_question(noticed.owner, noticed.case, **asked)
    with pytest.raises(InputError, match="question_twice"):
        actions.receive_question(noticed.owner, noticed.case, **asked)
    actions.receive_question(noticed.owner, noticed.case, **{**asked, "bidder_id": None})  # somebody else may ask the same
    noticed.opened()
    put = {"bidder_id": bidder.pk, "file_name": "a.pdf", "chunks": [b"x"], "now": AFTER}
    actions.record_proposal(noticed.owner, noticed.case, **put)
    with pytest.raises(Conflict, match="proposal_twice"):
        actions.record_proposal(noticed.owner, noticed.case, **put)
    assert Proposal.objects.count() == 1


def test_the_api_asks_for_the_same_tokens(noticed: World) -> None:
    client, base, kind = noticed.client("owner"), f"{API}/{noticed.case.pk}", "application/json"
    row = client.get(f"{base}/bidders").json()["items"][0]
    given = {name: row[name] for name in ("name", "corporate_number", "contact", "helped_drafting", "note", "token")}
    url = f"{base}/bidders/{row['id']}"
    assert client.put(url, {**given, "note": "一"}, kind).status_code == 200
    told = client.put(url, {**given, "note": "二"}, kind)
    assert (told.status_code, told.json()["code"]) == (409, "procurement_notice.changed_meanwhile")
    actions.receive_question(noticed.owner, noticed.case, text="問い", received_on=PUBLISHED, now=NOW)
    asked = client.get(f"{base}/bidder-questions").json()["items"][0]
    answer = f"{base}/bidder-questions/1/answer"
    assert client.put(answer, {"answer": "はい", "token": asked["token"]}, kind).status_code == 200
    assert client.put(answer, {"answer": "いいえ", "token": asked["token"]}, kind).status_code == 409
    plan = client.get(f"{base}/bidder-questions/release").json()
    assert plan["numbers"] == [1]
    assert len(plan["recipients"]) == 2
    assert client.post(f"{base}/bidder-questions/release", {"token": "x"}, kind).status_code == 409
    assert client.post(f"{base}/bidder-questions/release", {"token": plan["token"]}, kind).status_code == 200


def test_a_contract_signed_by_two_is_one() -> None:
    office = Office()
    case = office.case("design-study", award="negotiated")
    office.contract(case)
    with pytest.raises(Conflict, match="wrong_state"):
        office.contract(case)
    assert Contract.objects.count() == 1


def test_without_an_award_a_contract_needs_its_reason() -> None:
    made = bring_to("opened")
    days = {"signed_on": AFTER.date(), "delivery_on": AFTER.date(), "ends_on": AFTER.date(), "supplier": "株式会社みほん"}
    periods = {use.key: "1か月" for use in contract_queries.periods_of(made.case, {}) if not use.read}
    with pytest.raises(InputError, match="not_awarded"):
        actions.sign_contract(made.owner, made.case, now=AFTER, periods=periods, **days)
    page = made.client("owner").get(made.url("sign")).content.decode()
    assert "落札者を決めずに契約する理由" in page
    actions.sign_contract(made.owner, made.case, now=AFTER, periods=periods, reason="不落のため", **days)
    assert made.fresh().state == "contracted"


def test_a_sheet_changes_what_was_shown_and_nothing_that_somebody_decided_meanwhile() -> None:
    office = Office()
    case = office.contracted("design-study")
    row, other = AcceptanceTest.objects.filter(case=case)[:2]
    ref = ref_of(row.clause, row.position)
    sheet = f"番号,結果,見たこと・足りない点・見送る理由\n{ref},合格,見た\n".encode()
    plan = plan_sheet(case, untrusted=sheet, name="t.csv")
    assert (plan.problems, len(plan.rows)) == ([], 1)
    actions.decide_test(office.owner, other, state="passed", version=1, result="見た", now=NOW)  # not one of the sheet
    actions.decide_test(office.owner, row, state="failed", version=1, result="足りない", now=NOW)
    with pytest.raises(Conflict, match="changed_meanwhile"):
        apply_sheet(office.owner, case, untrusted=sheet, name="t.csv", token=plan.token, now=NOW)
    row.refresh_from_db()
    assert row.state == "failed"


def test_an_opinion_is_about_what_the_adviser_was_shown() -> None:
    made = world()
    advisor = made.outsider("advisor")
    actions.add_member(made.owner, made.case, person_id=advisor.pk, part="reader", now=NOW)
    client, url = made.client("advisor"), made.url("opinion")
    shown = client.get(url).context["form"].initial["base_version"]
    case = made.fresh()
    actions.save_answers(made.owner, case, changes={"title": "別の題"}, base_version=case.answers_version, now=NOW)
    told = client.post(url, {"agrees": "yes", "text": "よい", "base_version": shown})
    assert told.status_code == 422
    assert not made.case.opinions.exists()
    now = told.context["form"]["base_version"].value()
    assert client.post(url, {"agrees": "yes", "text": "よい", "base_version": now}).status_code == 302
    assert made.case.opinions.count() == 1
