"""Whole requests that succeed, for operations of procurement that chance hardly ever calls rightly.

Each is (parameters of the path, of the query, body). They need cases in every state, which :func:`states` makes with the real
actions. Nothing that they do is kept, so that each can be sent again and again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from tests.records.factories import give, make_person
from tests.records.procurement.bought import EXAMPLES, make_case

from sekisho.records.organization.permissions import Role
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.models import AcceptanceTest, Case
from sekisho.records.procurement.queries import contract as contract_queries
from sekisho.records.procurement.queries import notice as notice_queries
from sekisho.records.procurement.queries import tokens
from sekisho.records.procurement.queries.diagram import confirmations_of
from sekisho.records.procurement.sheets import write_sheet

if TYPE_CHECKING:
    from tests.contract.api_world import World

BASE: Final = "/api/v1/procurement"
CASE: Final = f"{BASE}/cases/{{case_id}}"
SHEET: Final = (
    b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"type": "library", "name": "a", "version": "1"}]}'
)
SCHEDULE: Final = {
    "build_days": 120, "amount_yen": 20_000_000, "body": "municipality", "method": "open", "kind": "services",
    "municipality": "city", "award": "lowest",
}  # fmt: skip

Request = tuple[dict[str, Any], dict[str, Any], Any]


@dataclass(frozen=True, slots=True)
class States:
    """A case in each state that some operation needs; ``scored`` awaits its closing, ``closed`` its award."""

    negotiable: Case
    scored: Case
    closed: Case
    decided: Case
    accepted: Case
    checked: Case
    bidders: dict[Any, Any]
    proposal: Any


def states(world: World) -> States:
    """Bring cases there."""
    owner, now = world.principal, world.now

    def case(**answers: Any) -> Case:
        return make_case(owner, world.town, "design-study", **answers)

    def signed(example: Case) -> Case:
        day = now.date()
        actions.sign_contract(
            owner, example, supplier="株式会社みほん", reason="少額のため", signed_on=day, delivery_on=day + timedelta(days=90),
            ends_on=day + timedelta(days=400), now=now,
        )  # fmt: skip
        decisions = [
            actions.Decision(row.pk, row.version, "passed", "見た") for row in AcceptanceTest.objects.filter(case=example)
        ]
        actions.decide_tests(owner, queries.case(SYSTEM, example.pk), decisions=decisions, now=now)
        return queries.case(SYSTEM, example.pk)

    bidders, proposals = {}, {}

    def opened() -> Case:
        found, before = case(award="lowest"), now - timedelta(days=60)
        actions.publish_notice(
            owner, found, published_on=before.date(), questions_until=(before + timedelta(days=10)).date(),
            proposals_until=now - timedelta(hours=2), opening_at=now - timedelta(hours=1), now=before,
        )  # fmt: skip
        bidder = bidders[found.pk] = actions.add_bidder(owner, found, name="株式会社みほん", now=before)
        actions.open_bids(owner, queries.case(SYSTEM, found.pk), now=now)
        actions.add_member(owner, found, person_id=world.person.pk, part="evaluator", now=now)
        found = queries.case(SYSTEM, found.pk)
        proposals[found.pk] = actions.record_proposal(
            owner, found, bidder_id=bidder.pk, file_name="提案.pdf", chunks=[b"%PDF-1.7 x"], now=now
        )
        judged = [actions.Judged(wanted.id, met=True) for wanted in notice_queries.wanted(found)]
        actions.score_bidder(owner, found, bidder_id=bidder.pk, judged=judged, now=now)
        return found

    scored, closed = opened(), opened()
    actions.close_evaluation(owner, closed, now=now)
    decided, accepted = signed(case(award="negotiated")), signed(case(award="negotiated"))
    actions.accept(owner, accepted, now=now)
    checked = actions.start_ai_check(owner, world.prepared, title="生成AIの確認", now=now)
    return States(
        case(award="negotiated"), scored, closed, decided, queries.case(SYSTEM, accepted.pk), checked, bidders,
        proposals[scored.pk],
    )  # fmt: skip


def real_requests(world: World) -> dict[str, Request]:
    """Name of an operation → a request that it grants."""
    made = states(world)
    now, day, code = world.now, world.now.date(), world.town.code
    outsider = make_person("outsider")
    give(outsider, Role.STAFF, world.town)
    test = AcceptanceTest.objects.filter(case=world.contracted).order_by("position").first()
    assert test is not None
    procurement_document = world.documents[0]
    actions.attach_evidence(world.principal, world.contracted, evidence_id=world.documents[1].pk, test_ids=[test.pk], now=now)

    def at(case: Case, **more: Any) -> dict[str, Any]:
        return {"case_id": str(case.pk), **{name: str(value) for name, value in more.items()}}

    def file(name: str) -> bytes:
        return (EXAMPLES / name).read_bytes()

    bidder = made.bidders[made.scored.pk]
    days = {
        "published_on": day.isoformat(),
        "questions_until": (day + timedelta(days=10)).isoformat(),
        "proposals_until": (now + timedelta(days=52)).isoformat(),
        "opening_at": (now + timedelta(days=53)).isoformat(),
    }
    contract = {
        "signed_on": day.isoformat(), "delivery_on": (day + timedelta(days=90)).isoformat(),
        "ends_on": (day + timedelta(days=400)).isoformat(), "supplier": "株式会社みほん", "reason": "少額のため",
    }  # fmt: skip
    decision = {"state": "passed", "result": "見た", "version": test.version}
    sheet = write_sheet(contract_queries.acceptance_tests(world.contracted), title="確かめ", language="ja")
    scores = {"scores": [{"criterion": wanted.id, "met": True} for wanted in notice_queries.wanted(made.scored)]}
    rules = {"organization": code, "rule_set": "specification", "files": {}, "settings": {"many_users": 700}, "note": "試し"}
    site = make_case(world.principal, world.town, "booking-site")
    requirement = next(one for one in queries.derivation_of(site).requirements if one.holds)
    correction = {**days, "reason": "誤記のため"}
    upload = {"organization": code, "file": file("design-study.yaml")}
    evaluation = notice_queries.evaluation_of(made.closed)
    agreed = contract_queries.contract_of(world.contracted)
    assert evaluation is not None
    assert agreed is not None
    signed_token = tokens.of_contract(agreed)
    won = {"bidder": str(made.bidders[made.closed.pk].pk), "price_yen": 900_000, "token": tokens.of_award(evaluation)}
    question = notice_queries.bidder_questions(world.principal, world.announced)[0]
    waiting = notice_queries.waiting_answers(world.principal, world.announced)
    receivers = notice_queries.bidders(world.principal, world.announced)
    return {
        f"GET {CASE}/contract": (at(world.contracted), {}, None),
        f"POST {CASE}/contract": (at(made.negotiable), {}, contract),
        f"GET {CASE}/comparison": (at(world.prepared), {"before": "v1"}, None),
        f"GET {CASE}/evaluation/comparison": (at(made.closed), {}, None),
        f"GET {CASE}/evaluation/sheet.xlsx": (at(made.scored), {}, None),
        f"GET {CASE}/proposals": (at(made.scored), {}, None),
        f"GET {CASE}/proposals/{{proposal_id}}/file": (at(made.scored, proposal_id=made.proposal.pk), {}, None),
        f"POST {CASE}/proposals": (
            at(made.scored),
            {},
            {"bidder": str(bidder.pk), "file": b"%PDF-1.7 y"},
        ),
        f"GET {CASE}/scores": (at(made.scored), {}, None),
        f"PUT {CASE}/bidders/{{bidder_id}}/scores": (at(made.scored, bidder_id=bidder.pk), {}, scores),
        f"POST {CASE}/evaluation/close": (at(made.scored), {}, None),
        f"POST {CASE}/award": (at(made.closed), {}, won),
        f"PUT {CASE}/bidders/{{bidder_id}}": (
            at(world.announced, bidder_id=world.bidder.pk),
            {},
            {"name": "株式会社みほん", "contact": "営業課", "token": tokens.of_bidder(world.bidder)},
        ),
        f"PUT {CASE}/bidder-questions/{{number}}/answer": (
            at(world.announced, number=question.number),
            {},
            {"answer": "仕様書のとおり", "token": tokens.of_question(question)},
        ),
        f"POST {CASE}/bidder-questions/release": (at(world.announced), {}, {"token": tokens.of_release(waiting, receivers)}),
        f"PATCH {CASE}/contract": (at(world.contracted), {}, {"reason": "番号の訂正", "number": "第9号", "token": signed_token}),
        f"GET {BASE}/ai-checks/{{case_id}}": (at(made.checked), {}, None),
        f"GET {BASE}/ai-checks/{{case_id}}/document": (at(made.checked), {"output": "xlsx"}, None),
        f"POST {BASE}/cases/import": ({}, {}, upload),
        f"POST {BASE}/cases/import-preview": ({}, {}, upload),
        f"POST {CASE}/accept": (at(made.decided), {}, None),
        f"POST {CASE}/acceptance/decisions": (at(world.contracted), {}, {"decisions": [{**decision, "test_id": str(test.pk)}]}),
        f"POST {CASE}/acceptance/{{test_id}}/decide": (at(world.contracted, test_id=test.pk), {}, decision),
        f"POST {CASE}/acceptance/deliveries": (
            at(world.contracted),
            {},
            {
                "form": "document",
                "test_ids": str(test.pk),
                "title": "成績書",
                "document_kind": "test_record",
                "file": b"%PDF-1.7 z",
            },
        ),
        f"POST {CASE}/acceptance/evidence": (
            at(world.contracted),
            {},
            {"evidence_id": str(procurement_document.pk), "test_ids": [str(test.pk)]},
        ),
        f"DELETE {CASE}/acceptance/{{test_id}}/evidence/{{evidence_id}}": (
            at(world.contracted, test_id=test.pk, evidence_id=world.documents[1].pk),
            {},
            None,
        ),
        f"POST {CASE}/acceptance/sheet": (at(world.contracted), {"dry_run": "true"}, {"file": sheet}),
        f"POST {CASE}/bidder-questions": (at(world.announced), {}, {"text": "いつ始まるか", "received_on": day.isoformat()}),
        f"POST {CASE}/members": (at(world.prepared), {}, {"person": str(outsider.pk), "part": "reader"}),
        f"DELETE {CASE}/members/{{person_id}}/{{part}}": (
            at(world.prepared, person_id=world.colleague.pk, part="editor"),
            {},
            None,
        ),
        f"POST {CASE}/notices": (at(world.prepared), {}, days),
        f"POST {CASE}/notices/preview": (at(world.prepared), {}, days),
        f"POST {CASE}/notices/corrections": (at(world.announced), {}, correction),
        f"POST {CASE}/notices/corrections/preview": (at(world.announced), {}, correction),
        f"PUT {CASE}/gates/{{item}}": (
            at(world.prepared, item="plan_grade"),
            {},
            {"done": True, "note": "格付の記録", "token": tokens.of_gate(None)},
        ),
        f"PUT {CASE}/numbering": (at(world.prepared), {}, {"numbering": str(world.style.pk)}),
        f"PUT {CASE}/diagram/confirmations": (at(world.prepared), {}, {"parts": dict(confirmations_of(world.prepared).parts)}),
        f"PUT {CASE}/schedule": (
            at(world.prepared),
            {},
            {**SCHEDULE, "wished_start": (day + timedelta(days=700)).isoformat(), "version": world.prepared.version},
        ),
        f"PUT {CASE}/requirements/{{requirement_id}}": (
            at(site, requirement_id=requirement.id),
            {},
            {"base_version": site.answers_version, "level": "high", "reason": "重い情報"},
        ),
        f"POST {BASE}/gradings": ({}, {}, {"subject": str(world.system.pk), "answers": world.graded}),
        f"POST {BASE}/numbering-styles": ({}, {}, {"organization": code, "name": "別の様式", "text": "第{n}\n({1})"}),
        f"POST {BASE}/rule-editions": ({}, {}, rules),
        f"POST {BASE}/rule-editions/check": ({}, {}, rules),
        f"POST {BASE}/word-templates": ({}, {}, {"organization": code, "name": "別のひな形", "file": file("template.docx")}),
        f"POST {BASE}/word-templates/check": ({}, {}, {"organization": code, "file": file("template.docx")}),
    }
