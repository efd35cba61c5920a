"""What leaves the room by other doors, the ledger and the duties, tells nobody more than the room itself."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from tests.records.factories import NOW
from tests.records.procurement.bidding import AFTER, World, world
from tests.records.procurement.test_notice_secrecy import ASKER, bring_to

from sekisho.engines.schedule import ScheduleInputs
from sekisho.records.duties.models import Duty
from sekisho.records.ledger import queries as ledger
from sekisho.records.procurement import actions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]
LEDGER_READERS = ("ciso", "auditor", "administrator")


def recorded(made: World, who: str) -> tuple[set[str], str]:
    """The actions about the case that somebody finds in the ledger (page and API agree), and every word of their entries."""
    client, code = made.client(who), made.case.organization.code
    items = client.get("/api/v1/ledger/entries", {"object_id": str(made.case.pk), "limit": 200}).json()["items"]
    page = client.get(f"/o/{code}/ledger/", {"object": str(made.case.pk)})
    assert [entry.sequence for entry, _name in page.context["rows"]] == [one["sequence"] for one in items][:50]
    words = json.dumps(items, ensure_ascii=False)
    every = client.get("/api/v1/ledger/entries", {"limit": 200}).json()["items"]
    for one in every:
        words += client.get(f"/o/{code}/ledger/{one['sequence']}/").content.decode()
    return {one["action"].removeprefix("procurement.") for one in items}, words


def test_before_the_notice_the_ledger_says_nothing_to_those_who_are_no_members() -> None:
    made = bring_to("preparing")
    for who in LEDGER_READERS:
        found, words = recorded(made, who)
        assert found == set(), who
        assert made.case.title not in words
        assert str(made.case.pk) not in words
    actions.add_member(made.owner, made.case, person_id=made.people["auditor"].pk, part="reader", now=NOW)
    found, words = recorded(made, "auditor")
    assert {"create", "add_member"} <= found
    assert made.case.title in words


@pytest.mark.parametrize("stage", ["noticed", "opened", "awarded"])
def test_bidders_questions_proposals_and_scores_stay_out_of_the_ledger_of_others(stage: str) -> None:
    made = bring_to(stage)
    for who in ("ciso", "auditor"):
        found, words = recorded(made, who)
        assert "publish" in found, who
        assert not found & {"add_bidder", "receive_question", "draft_answer", "release_answers", "record_proposal", "score"}, who
        assert ("open" in found) == (stage != "noticed")
        assert "伏せた" not in words
        assert (ASKER in words) == (stage == "awarded")  # the winner is public
    assert recorded(made, "administrator")[0] == set()  # has no business with procurement at all


def test_a_member_reads_of_proposals_and_scores_as_the_room_shows_them() -> None:
    made = bring_to("opened")
    judge = made.member("evaluator", "chief_officer")
    made.people["judge"] = judge
    made.people["auditor_member"] = made.member("reader", "auditor")
    found, words = recorded(made, "auditor_member")
    assert "add_bidder" in found
    assert not found & {"record_proposal", "score"}
    found, _words = recorded(made, "judge")
    assert "record_proposal" in found
    assert "score" not in found  # somebody else's
    made.score_all("evaluator")
    assert "score" in recorded(made, "judge")[0]  # their own
    actions.close_evaluation(made.owner, made.case, now=AFTER)
    items = made.client("judge").get("/api/v1/ledger/entries", {"action": "procurement.score", "limit": 200}).json()
    assert len({one["actor"] for one in items["items"]}) == 2
    del words


def test_the_chain_is_verified_whole_whatever_the_reader_sees() -> None:
    bring_to("preparing")
    assert ledger.verify().ok


def planned(made: World) -> None:
    """A calendar and gates with their duties."""
    inputs = ScheduleInputs(
        body="municipality",
        municipality="city",
        method="open",
        kind="services",
        amount_yen=30_000_000,
        wished_start=date(2028, 4, 1),
        build_days=180,
    )
    actions.save_schedule(made.owner, made.fresh(), inputs=inputs, version=made.case.version, now=NOW)
    assert actions.make_schedule_duties(made.owner, made.fresh(), now=NOW)
    assert actions.make_gate_duties(made.owner, made.fresh(), now=NOW)


def duties_of(made: World, who: str) -> dict[str, int]:
    """How many duties of the case somebody finds: steps of the calendar, items of gates (page, API, ledger agree)."""
    client, code = made.client(who), made.case.organization.code
    page = client.get(f"/o/{code}/duties/", {"show": "all"})
    assert page.status_code == 200
    items = client.get(f"/api/v1/organizations/{code}/duties", {"show": "all", "limit": 200}).json()["items"]
    found = set(Duty.objects.filter(pk__in=[one["id"] for one in items]).values_list("source", flat=True))
    mine = [source for source in found if str(made.case.pk) in source]
    assert (made.case.number in page.content.decode()) == bool(mine)
    if who in LEDGER_READERS:
        rows = client.get("/api/v1/ledger/entries", {"action": "duty.set", "limit": 200}).json()["items"]
        assert bool(mine) == any(str(made.case.pk) in json.dumps(one["body"]) for one in rows), who
    return {kind: sum(f":{kind}:" in source for source in mine) for kind in ("step", "gate")}


def test_duties_of_a_case_are_for_its_members_until_the_notice_and_its_calendar_after_it_too() -> None:
    made = bring_to("preparing")
    planned(made)
    for who in ("ciso", "auditor", "staff", "procurement"):
        assert duties_of(made, who) == {"step": 0, "gate": 0}, who
    shown = duties_of(made, "owner")
    assert shown["step"] > 3
    assert shown["gate"] > 0
    assert not Duty.objects.filter(source__contains=":gate:", done_at=None).exclude(owner_id=made.owner.person_id).exists()


def test_at_the_notice_the_duties_of_gates_go_to_the_roles_that_have_them() -> None:
    made = world()
    planned(made)
    made.noticed()
    made.outsider("system_officer")
    rows: Any = Duty.objects.filter(source__contains=":gate:", done_at=None)
    assert rows.exists()
    assert not rows.exclude(owner=None).exists()
    shown = duties_of(made, "system_officer")
    assert shown["gate"] > 0
    assert shown["step"] == 0
