"""Who sees what, and when: a table of people, stages and things, through pages, the API, the search box and the evidence room."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.records.factories import NOW, client_for, make_organization, make_subject
from tests.records.procurement.bidding import AFTER, OPENING, PUBLISHED, World, world

from sekisho.records.evidence import actions as evidence_actions
from sekisho.records.evidence.models import Evidence
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.procurement import actions
from sekisho.records.procurement.models import BidderQuestion, Evaluation, Notice, Proposal, Score

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]
API = "/api/v1/procurement/cases"
ASKER = "株式会社みなもソフト"
SECRET = b"%PDF-1.7 the proposal of a company"
STAGES = ("preparing", "noticed", "opened", "closed", "awarded")
MEMBERS = ("owner", "editor", "evaluator", "reader")
OTHERS = ("ciso", "auditor", "advisor", "staff", "procurement", "administrator", "csirt")
MAY_READ = frozenset(OTHERS) - {"administrator", "csirt"}
JUDGES = frozenset({"owner", "evaluator"})


def people(made: World) -> None:
    """One member of each part; one outsider of each role."""
    for part in ("editor", "evaluator", "reader"):
        made.member(part, "procurement" if part == "editor" else "staff")
    for role in OTHERS:
        if role not in made.people:
            made.outsider(role)


def bring_to(stage: str) -> World:
    """A case at a stage, with a question released and one that is not."""
    made = world()
    if stage == "preparing":
        people(made)
        return made
    made.noticed()
    people(made)
    made.with_bidders()
    asker = next(iter(made.bidders.values()))
    for text in ("公表する質問", "伏せた質問"):
        actions.receive_question(made.owner, made.case, text=text, received_on=PUBLISHED, bidder_id=asker.pk, now=NOW)
    actions.draft_answer(made.owner, made.case, number=1, answer="公表する回答", now=NOW)
    actions.release_answers(made.owner, made.case, now=NOW)
    actions.draft_answer(made.owner, made.case, number=2, answer="伏せた回答", now=NOW)
    if stage == "noticed":
        return made
    made.opened()
    actions.record_proposal(made.owner, made.case, bidder_id=asker.pk, file_name="提案.pdf", chunks=[SECRET], now=AFTER)
    made.score_all("evaluator")
    if stage == "opened":
        return made
    actions.close_evaluation(made.owner, made.case, now=AFTER)
    if stage == "awarded":
        actions.award_contract(made.owner, made.case, bidder_id=asker.pk, price_yen=98_000_000, now=AFTER)
    return made


def expected(who: str, stage: str) -> dict[str, bool]:
    """The rule, once more and plainly: thing → whether ``who`` may see it at ``stage``."""
    member, reader = who in MEMBERS, who in MEMBERS or who in MAY_READ
    out = stage != "preparing"
    opened = stage in {"opened", "closed", "awarded"}
    return {
        "case": member or (reader and out),
        "drafts": member,
        "notice": (member or reader) and out,
        "bidders": member,
        "drafted": member and out,
        "released": reader and out,
        "proposals": who in JUDGES and opened,
        "sealed": who == "evaluator" and opened,
        "scores": who in JUDGES and opened,
        "result": who in JUDGES and stage in {"closed", "awarded"},
    }


def body_of(response: Any) -> bytes:
    """All bytes of an answer."""
    return b"".join(response.streaming_content) if response.streaming else response.content


class Reader:
    """One person with a browser; what they can open."""

    def __init__(self, made: World, who: str) -> None:
        self.made, self.who, self.client = made, who, made.client(who)
        self.api = f"{API}/{made.case.pk}"

    def page(self, name: str, *more: Any) -> str | None:
        """The page; None when it does not exist for this person."""
        return self._get(self.made.url(name, *more))

    def json(self, path: str) -> str | None:
        """The answer of the API; likewise."""
        return self._get(f"{self.api}{path}")

    def _get(self, path: str) -> str | None:
        response = self.client.get(path, follow=True)  # the overview sends those who are no members to what was published
        assert response.status_code in {200, 404}, (self.who, path, response.status_code)
        content = body_of(response)
        return None if response.status_code == 404 else content.decode(errors="replace") or "…"

    def fetches(self, path: str) -> bool:
        """Whether the bytes of the proposal come out there."""
        return SECRET in body_of(self.client.get(path))


def by_pages(reader: Reader) -> dict[str, bool]:
    questions, evaluation = reader.page("notice_questions") or "", reader.page("notice_evaluation")
    return {
        "case": reader.page("case") is not None and reader.page("notice") is not None,
        "drafts": any(reader.page(name) is not None for name in ("questions", "requirements", "clauses", "documents", "history")),
        "notice": None
        not in (reader.page("notice_show", 1), reader.page("notice_verify", 1), reader.page("notice_file", 1, "json")),
        "bidders": reader.page("notice_bidders") is not None,
        "drafted": "伏せた質問" in questions and "伏せた回答" in questions,
        "released": "公表する質問" in questions,
        "proposals": evaluation is not None,
        "scores": reader.page("notice_sheet") is not None,
        "result": ">合格<" in (evaluation or ""),
    }


def by_api(reader: Reader) -> dict[str, bool]:
    questions = json.loads(reader.json("/bidder-questions") or "{}").get("items", [])
    texts = [one["text"] for one in questions]
    return {
        "case": reader.json("/evaluation") is not None,
        "drafts": any(reader.json(path) is not None for path in ("", "/changes", "/versions", "/requirements", "/opinions")),
        "notice": reader.json("/notices/1") is not None and reader.json("/notices/1/verify") is not None,
        "bidders": reader.json("/bidders") is not None,
        "drafted": "伏せた質問" in texts,
        "released": "公表する質問" in texts,
        "proposals": reader.json("/proposals") is not None,
        "scores": reader.json("/scores") is not None and reader.json("/evaluation/sheet.xlsx") is not None,
        "result": reader.json("/evaluation/comparison") is not None,
    }


def leaks(reader: Reader, want: dict[str, bool], *, awarded: bool) -> list[str]:
    """Ways in which something comes out that should not (or the winner does not)."""
    found = []
    questions = f"{reader.page('notice_questions')}{reader.page('notice_question', 1)}{reader.json('/bidder-questions')}"
    if reader.who not in MEMBERS and ASKER in questions:
        found.append("who asked")
    main = f"{reader.page('notice')}{reader.json('/evaluation')}"
    if want["case"] and awarded and main.count(ASKER) < 2:
        found.append("the winner is not shown")
    if reader.who not in MEMBERS and not awarded and ASKER in main:
        found.append("a bidder before the award")
    answers = f"{reader.page('notice_answers', 'md')}{reader.json('/bidder-questions/answers.md')}"
    if "伏せた" in answers or ASKER in answers:
        found.append("answers")
    number = reader.made.case.number
    for words in (number, "伏せた質問", "みなもソフト", "提案.pdf"):
        shown = reader.client.get(f"/o/{reader.made.case.organization.code}/search", {"q": words}).content.decode()
        if (reader.made.url("case") in shown) != (want["case"] and words == number):
            found.append(f"search {words}")
    return found


def fetched(reader: Reader, want: dict[str, bool]) -> list[str]:
    """Doors through which the bytes of a proposal come out against the rule."""
    row = Proposal.objects.first()
    if row is None:
        return []
    code, found = reader.made.case.organization.code, []
    own = (reader.made.url("notice_proposal", row.pk), f"{reader.api}/proposals/{row.pk}/file")
    found += [path for path in own if reader.fetches(path) != want["sealed"]]
    evidence = Evidence.objects.get()
    foreign = (f"/o/{code}/evidence/{evidence.pk}/artifacts/{row.artifact_id}", f"/api/v1/artifacts/{row.artifact_id}")
    found += [path for path in foreign if reader.client.get(path).status_code == 200 or reader.fetches(path)]
    if reader.client.head(foreign[1]).status_code == 200:
        found.append("HEAD")
    return found


# The whole table on SQLite; on PostgreSQL the last stage, which holds everything that the others hold.
@pytest.mark.parametrize("stage", [*(pytest.param(s, marks=pytest.mark.only_sqlite) for s in STAGES[:-1]), STAGES[-1]])
def test_everybody_sees_exactly_what_the_table_says(stage: str) -> None:
    made = bring_to(stage)
    evidence_actions.add_document(
        SYSTEM,
        subject=make_subject(made.case.organization),
        title="別の文書",
        document_kind="security_policy",
        file_name="a.txt",
        chunks=[b"x"],
        now=NOW,
    )
    wrong: list[Any] = []
    for who in (*MEMBERS, *OTHERS):
        reader, want = Reader(made, who), expected(who, stage)
        for door, got in (("page", by_pages(reader)), ("api", by_api(reader))):
            wrong += [(who, door, name, seen) for name, seen in got.items() if seen != want[name]]
        wrong += [(who, one) for one in (*leaks(reader, want, awarded=stage == "awarded"), *fetched(reader, want))]
    assert wrong == []


@pytest.mark.parametrize("stage", STAGES)
def test_a_stranger_finds_nothing_at_any_stage(stage: str) -> None:
    made = bring_to(stage)
    stranger = client_for("ciso", make_organization("elsewhere"))
    proposal, bidder = Proposal.objects.first(), next(iter(made.bidders.values()), None)
    addresses = [("notice",), ("notice_publish",), ("notice_correct",), ("notice_show", 1), ("notice_verify", 1)]
    addresses += [("notice_file", 1, "json"), ("notice_bidders",), ("notice_questions",), ("notice_question", 1)]
    addresses += [
        ("notice_question_new",),
        ("notice_release",),
        ("notice_answers", "html"),
        ("notice_evaluation",),
        ("notice_sheet",),
    ]
    addresses += [("notice_proposal_new",)]
    if proposal and bidder:
        addresses += [("notice_proposal", proposal.pk), ("notice_score", bidder.pk), ("notice_bidder", bidder.pk)]
    for name, *more in addresses:
        assert stranger.get(made.url(name, *more)).status_code == 404, name


# (person, address, values) → nobody of these may do it
FORBIDDEN = [
    *((who, "notice_open") for who in ("editor", "evaluator", "reader", "ciso", "auditor", "advisor")),
    *((who, "notice_release") for who in ("editor", "evaluator", "reader", "ciso", "auditor")),
    *((who, "notice_close") for who in ("editor", "evaluator", "reader", "ciso")),
    *((who, "notice_award") for who in ("editor", "evaluator", "reader", "ciso")),
    *((who, "notice_bidders") for who in ("evaluator", "reader", "ciso", "auditor")),
    *((who, "notice_question_new") for who in ("evaluator", "reader", "ciso", "auditor")),
    *((who, "notice_proposal_new") for who in ("editor", "reader", "ciso", "auditor")),
    *((who, "notice_correct") for who in ("editor", "evaluator", "reader", "ciso", "auditor")),
]


@pytest.mark.parametrize("stage", ["noticed", "opened"])
def test_only_those_with_the_part_may_act(stage: str) -> None:
    made = bring_to(stage)

    def counts() -> tuple[Any, ...]:
        rows = tuple(model.objects.count() for model in (Notice, BidderQuestion, Proposal, Score, Evaluation))
        return (*rows, made.fresh().state, made.case.bidders.count(), list(Evaluation.objects.values_list("closed_at", "winner")))

    before = counts()
    bidder = str(next(iter(made.bidders.values())).pk)
    for who, name in FORBIDDEN:
        data = {
            "name": "別の会社", "text": "質問", "received_on": "2026-11-22", "bidder": bidder, "reason": "x", "published_on": "2026-11-22",
            "file": SimpleUploadedFile("a.pdf", b"x"), "do": "publish", "expected": "",
        }  # fmt: skip
        status = made.client(who).post(made.url(name), data).status_code
        assert status in {403, 404, 405}, (who, name, status)
    assert counts() == before


def test_the_api_refuses_the_same() -> None:
    made = bring_to("opened")
    base = f"{API}/{made.case.pk}"
    bidder = next(iter(made.bidders.values())).pk
    calls = [
        ("post", "/open", {}),
        ("post", "/evaluation/close", {}),
        ("post", "/award", {"bidder": str(bidder), "token": "x"}),
        ("post", "/bidder-questions/release", {"token": "x"}),
        ("post", "/bidders", {"name": "x"}),
        ("put", f"/bidders/{bidder}/scores", {"scores": [{"criterion": "GE1", "met": True}]}),
        ("post", "/notices", {"published_on": "2026-11-22"}),
        ("post", "/notices/corrections", {"reason": "x", "published_on": "2026-11-22"}),
    ]
    for who in ("reader", "ciso", "auditor"):
        client = made.client(who)
        for method, path, data in calls:
            response = getattr(client, method)(f"{base}{path}", data=json.dumps(data), content_type="application/json")
            assert response.status_code in {403, 404}, (who, path, response.content)


# --------------------------------------------------------------------------------------------------------------- pages


def test_the_pages_carry_a_case_from_the_notice_to_the_award(monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: PLR0915 - one way, step by step
    """Through the browser's forms, in Japanese; the clock stands where the step needs it."""
    made = world()
    people(made)
    moment = {"now": NOW}
    monkeypatch.setattr("sekisho.web.middleware.timezone.now", lambda: moment["now"])
    advisor = made.people["advisor"]
    actions.add_member(made.owner, made.case, person_id=advisor.pk, part="reader", now=NOW)
    actions.give_opinion(made.principal("advisor"), made.fresh(), agrees=True, text="よい", now=NOW)
    owner = made.client("owner")
    days = {
        "published_on": "2026-11-22",
        "questions_until": "2026-12-10",
        "proposals_until": "2027-01-02T10:00",
        "opening_at": "2027-01-03T10:00",
    }
    assert owner.post(made.url("notice_publish"), {**days, "do": "publish"}).status_code == 422  # nobody saw a preview
    preview = owner.post(made.url("notice_publish"), {**days, "do": "preview"})
    assert preview.status_code == 200
    sha256 = preview.context["preview"].sha256
    assert sha256 in preview.content.decode()
    assert owner.post(made.url("notice_publish"), {**days, "do": "publish", "expected": sha256}).status_code == 302
    assert Notice.objects.get().sha256 == sha256
    assert "公告した時のままです" in owner.get(made.url("notice_verify", 1)).content.decode()
    frozen = owner.get(made.url("notice_file", 1, "json"))
    import hashlib

    assert hashlib.sha256(frozen.content).hexdigest() == sha256
    for form in ("docx", "xlsx", "html", "md"):
        assert owner.get(made.url("notice_file", 1, form)).status_code == 200
    assert owner.post(made.url("notice_bidders"), {"name": "株式会社みなもソフト", "corporate_number": "123"}).status_code == 422
    assert (
        owner.post(made.url("notice_bidders"), {"name": "株式会社みなもソフト", "corporate_number": "7000012050002"}).status_code
        == 302
    )
    bidder = made.case.bidders.get()
    asked = {"received_on": "2026-11-22", "bidder": str(bidder.pk), "text": "みなもソフトの製品は使えますか"}
    page = owner.post(made.url("notice_question_new"), asked, follow=True).content.decode()
    assert "このままでは公表できません" in page

    def answered(text: str) -> dict[str, str]:
        form = owner.get(made.url("notice_question", 1)).context["form"]
        return {"text": text, "answer": "はい", "token": form.initial["token"]}

    assert owner.post(made.url("notice_question", 1), answered(asked["text"])).status_code == 302
    token = owner.get(made.url("notice_release")).context["token"]
    assert owner.post(made.url("notice_release"), {"token": token}).status_code == 422
    assert owner.post(made.url("notice_question", 1), answered("その製品は使えますか")).status_code == 302
    shown = owner.get(made.url("notice_release"))
    assert "その製品は使えますか" in shown.content.decode()
    assert owner.post(made.url("notice_release"), {"token": shown.context["token"]}).status_code == 302
    for form in ("docx", "xlsx", "html"):
        assert owner.get(made.url("notice_answers", form)).status_code == 200
    correction = owner.get(made.url("notice_correct")).context["form"]
    given = {name: correction[name].value() or "" for name in correction.fields}
    given |= {**days, "opening_at": "2027-01-03T10:00", "reason": "開札の日を直す", "clause0": "GE1", "text0": "直した文。"}
    preview = owner.post(made.url("notice_correct"), {**given, "do": "preview"})
    assert preview.status_code == 200, preview.context["lines"]
    sha256 = preview.context["preview"].sha256
    assert owner.post(made.url("notice_correct"), {**given, "do": "publish", "expected": sha256}).status_code == 302
    assert Notice.objects.get(number=2).sha256 == sha256
    assert "開札の日を直す" in owner.get(made.url("notice")).content.decode()
    assert owner.post(made.url("notice_open"), follow=True).status_code == 200
    assert made.fresh().state == "noticed"  # too early
    moment["now"] = OPENING.replace(day=4)
    owner = made.client("owner")  # the session of weeks ago is over
    assert owner.post(made.url("notice_open")).status_code == 302
    assert made.fresh().state == "opened"
    upload = {"bidder": str(bidder.pk), "file": SimpleUploadedFile("提案.pdf", SECRET)}
    assert owner.post(made.url("notice_proposal_new"), upload).status_code == 302
    judge = made.client("evaluator")
    rows = judge.get(made.url("notice_score", bidder.pk)).context["rows"]
    scores = {
        f"{r['key']}-points" if r["wanted"].kind == "additional" else f"{r['key']}-met": "5"
        if r["wanted"].kind == "additional"
        else "yes"
        for r in rows
    }
    wrong = next(key for key in scores if key.endswith("points"))
    refused = judge.post(made.url("notice_score", bidder.pk), {**scores, wrong: "五点"})
    assert refused.status_code == 422
    assert "五点" in refused.content.decode()
    assert owner.post(made.url("notice_close")).status_code == 422
    assert judge.post(made.url("notice_score", bidder.pk), scores).status_code == 302
    assert owner.post(made.url("notice_award"), {"bidder": str(bidder.pk)}).status_code == 422
    assert owner.post(made.url("notice_close")).status_code == 302
    assert owner.get(made.url("notice_evaluation")).status_code == 200
    token = owner.get(made.url("notice_evaluation")).context["form"].initial["token"]
    won = {"bidder": str(bidder.pk), "price_yen": "98000000", "token": token}
    assert owner.post(made.url("notice_award"), won).status_code == 302
    assert Evaluation.objects.get().winner == bidder
    assert "株式会社みなもソフト" in made.client("staff").get(made.url("notice")).content.decode()


def queries_of(client: Any, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


def test_lists_ask_the_database_the_same_however_long_they_are() -> None:
    made = bring_to("noticed")
    client = made.client("owner")
    names = ("notice", "notice_bidders", "notice_questions", "notice_release")
    few = {name: queries_of(client, made.url(name)) for name in names}
    for number in range(12):
        bidder = actions.add_bidder(made.owner, made.case, name=f"会社{number}番", now=NOW)
        row = actions.receive_question(
            made.owner, made.case, text=f"問い{number}", received_on=PUBLISHED, bidder_id=bidder.pk, now=NOW
        )
        actions.draft_answer(made.owner, made.case, number=row.number, answer="はい", now=NOW)
    many = {name: queries_of(client, made.url(name)) for name in names}
    assert {name: many[name] - few[name] for name in names if many[name] > few[name]} == {}
    assert all(count < 40 for count in many.values()), many


def test_the_evaluation_asks_the_database_the_same_however_many_bid() -> None:
    made = bring_to("opened")
    client = made.client("evaluator")
    few = queries_of(client, made.url("notice_evaluation"))
    for number in range(8):
        bidder = actions.add_bidder(made.owner, made.case, name=f"会社{number}番", now=AFTER)
        actions.record_proposal(made.owner, made.case, bidder_id=bidder.pk, file_name="a", chunks=[bytes([number])], now=AFTER)
    assert queries_of(client, made.url("notice_evaluation")) <= few
