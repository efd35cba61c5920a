"""The notice: what prevents it, what is frozen, corrections, equal answers, the evaluation up to the award."""

from __future__ import annotations

import io
import threading
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.db import connection
from tests.records.factories import NOW, make_organization, principal_of
from tests.records.procurement.bidding import AFTER, OPENING, PUBLISHED, World, dates, world
from tests.records.procurement.examples import case_of

from sekisho.documents import render
from sekisho.errors import Conflict, InputError, NotFound, NotPermitted
from sekisho.records.evidence import actions as evidence_actions
from sekisho.records.evidence.models import Artifact
from sekisho.records.procurement import actions
from sekisho.records.procurement import queries as room
from sekisho.records.procurement.models import Bidder, BidderQuestion, Case, CaseVersion, Notice, Proposal, Score
from sekisho.records.procurement.queries import bidding_documents, freezing
from sekisho.records.procurement.queries import notice as queries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


@pytest.fixture
def noticed() -> World:
    made = world()
    made.noticed()
    made.with_bidders()
    made.member("evaluator")
    return made


def first(made: World) -> Bidder:
    return next(iter(made.bidders.values()))


def put(made: World, who: Any = None, content: bytes = b"%PDF-1.7 secret", name: str = "提案書.pdf") -> Proposal:
    return actions.record_proposal(
        who or made.owner, made.case, bidder_id=first(made).pk, file_name=name, chunks=[content], now=AFTER
    )


# ------------------------------------------------------------------------------------------------------- what prevents it


def test_a_notice_without_the_advisors_opinion_is_refused_and_says_so() -> None:
    made = world()
    with pytest.raises(InputError) as caught:
        actions.publish_notice(made.owner, made.case, now=NOW, **dates())
    assert caught.value.code == "procurement_notice.obstacles"
    assert [p.code for p in caught.value.problems] == ["procurement_outputs.obstacle_opinion"]
    assert not Notice.objects.exists()
    assert made.fresh().state == "preparing"


def test_an_opinion_on_an_earlier_version_does_not_count() -> None:
    made = world()
    advisor = made.outsider("advisor")
    actions.add_member(made.owner, made.case, person_id=advisor.pk, part="reader", now=NOW)
    actions.give_opinion(principal_of(advisor), made.case, agrees=True, text="よい", now=NOW)
    actions.save_answers(
        made.owner, made.case, changes={"purposes": ["別の目的"]}, base_version=made.fresh().answers_version, now=NOW
    )
    with pytest.raises(InputError, match="obstacles"):
        actions.publish_notice(made.owner, made.fresh(), now=NOW, **dates())


def test_empty_places_and_missing_answers_are_listed_with_readable_names() -> None:
    made = world(values={})
    with pytest.raises(InputError) as caught:
        actions.publish_notice(made.owner, made.case, now=NOW, **dates())
    places = [p for p in caught.value.problems if p.code.endswith("obstacle_unfilled")]
    assert len(places) == len(room.derivation_of(made.case).unfilled) > 5
    assert all(str(p.fields["clause"]) not in {"GE1", ""} for p in places)  # numbers and titles, not ids


def _study() -> World:
    """A study, which needs no opinion and is awarded without points."""
    organization = make_organization("minamo", name="みなも市", body_kind="municipality")
    case, owner, _client = case_of("design-study", organization=organization)
    return World(case, owner)


def test_points_outside_overall_evaluation_are_refused() -> None:
    made = _study()
    points = [{"id": "x", "title": "提案の内容", "kind": "additional", "points": 10}]
    Case.objects.filter(pk=made.case.pk).update(criteria=points)
    with pytest.raises(InputError) as caught:
        actions.publish_notice(made.owner, made.fresh(), now=NOW, **dates())
    assert [p.code for p in caught.value.problems] == ["procurement_outputs.criterion_points_without_overall"]


@pytest.mark.parametrize(("award", "code"), [("overall", "award_differs"), ("auction", "award_unknown")])
def test_the_award_is_that_of_the_answers(award: str, code: str) -> None:
    made = _study()
    with pytest.raises(InputError) as caught:
        actions.publish_notice(made.owner, made.case, award=award, now=NOW, **dates())
    assert caught.value.code == f"procurement_notice.{code}"


def test_the_estimated_price_in_a_clause_of_ones_own_is_refused() -> None:
    made = _study()
    clause = room.derivation_of(made.case).included[0].id
    plain = {**made.case.answers, "clauses": {clause: {"text": "予定価格は12,000,000円とする。"}}}
    Case.objects.filter(pk=made.case.pk).update(answers=plain)
    with pytest.raises(InputError) as caught:
        actions.publish_notice(made.owner, made.fresh(), now=NOW, **dates())
    assert caught.value.code == "procurement_notice.estimate_in_clauses"
    assert [p.column for p in caught.value.problems] == [clause]


def test_there_is_no_field_for_the_estimated_price() -> None:
    from django.apps import apps

    names = {field.name for model in apps.get_app_config("procurement").get_models() for field in model._meta.get_fields()}
    assert not {name for name in names if "estimate" in name or "yotei" in name}
    assert {name for name in names if "price" in name} == {"price_yen"}  # the 落札金額


# ------------------------------------------------------------------------------------------------------------ frozen


def test_the_preview_is_what_is_published_and_its_hash_agrees_for_ever(noticed: World) -> None:
    made = _other(noticed)
    frozen = actions.preview_notice(made.owner, made.case, now=NOW, **dates())
    later = NOW + timedelta(minutes=7)
    row = actions.publish_notice(made.owner, made.case, expected_sha256=frozen.sha256, now=later, **dates())
    row.refresh_from_db()
    assert row.sha256 == frozen.sha256
    assert row.frozen == frozen.content
    assert row.document == frozen.document
    assert freezing.verify(row).agrees
    assert set(row.frozen) >= {"derivation", "criteria", "numbering", "award", "dates", "document_sha256", "answers_sha256"}
    assert CaseVersion.objects.get(pk=row.case_version_id).answers == made.case.answers
    assert made.fresh().state == "noticed"
    published = room.published_document(made.case)
    assert published is not None
    assert "案" not in str(published.status)
    assert render(published, "docx")


def _other(made: World) -> World:
    """Another case of the same organisation, ready for its notice."""
    case, owner, _client = case_of("design-study", organization=made.case.organization)
    return World(case, owner)


def test_a_preview_that_is_out_of_date_freezes_nothing() -> None:
    made = _study()
    frozen = actions.preview_notice(made.owner, made.case, now=NOW, **dates())
    actions.save_answers(made.owner, made.case, changes={"purposes": ["別の目的"]}, base_version=1, now=NOW)
    with pytest.raises(Conflict, match="changed_since_preview"):
        actions.publish_notice(made.owner, made.fresh(), expected_sha256=frozen.sha256, now=NOW, **dates())
    assert not Notice.objects.exists()
    assert not CaseVersion.objects.exists()


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"frozen": {"award": "overall"}}, "content"),
        ({"document": {}}, "document"),
        ({"published_on": date(2026, 11, 1)}, "dates"),
        ({"award": "lowest"}, "content"),
    ],
)
def test_whatever_is_changed_in_the_database_is_found(noticed: World, change: dict[str, Any], part: str) -> None:
    row = Notice.objects.get()
    if "frozen" in change:
        change = {"frozen": {**row.frozen, "criteria": row.frozen["criteria"][1:]}}
    Notice.objects.filter(pk=row.pk).update(**change)
    found = freezing.verify(Notice.objects.get())
    assert not found.agrees
    assert not getattr(found, part)


def test_changed_answers_of_the_kept_version_are_found(noticed: World) -> None:
    CaseVersion.objects.update(answers={"schema": "x"})
    assert not freezing.verify(Notice.objects.get()).answers


def test_nothing_of_the_case_can_be_changed_after_the_notice(noticed: World) -> None:
    case = noticed.case
    for write in (
        lambda: actions.save_answers(noticed.owner, case, changes={"purposes": []}, base_version=1, now=NOW),
        lambda: actions.save_criteria(noticed.owner, case, criteria=[], base_version=1, now=NOW),
        lambda: actions.choose_numbering(noticed.owner, case, numbering="plain", now=NOW),
        lambda: actions.publish_notice(noticed.owner, case, now=NOW, **dates()),
    ):
        with pytest.raises(Conflict):
            write()


def test_a_correction_is_a_new_notice_and_the_first_stays(noticed: World) -> None:
    before = Notice.objects.get()
    clause = room.derivation_of(noticed.case).included[0].id
    made = actions.correct_notice(
        noticed.owner,
        noticed.case,
        reason="誤記を直す",
        changes={f"clauses.{clause}": {"text": "訂正した文。"}},
        now=NOW,
        **dates(opening_at=OPENING + timedelta(days=5)),
    )
    assert (made.number, made.reason) == (2, "誤記を直す")
    before.refresh_from_db()
    assert freezing.verify(before).agrees
    assert freezing.verify(made).agrees
    assert "訂正した文。" in str(made.document)
    assert "訂正した文。" not in str(before.document)
    assert noticed.fresh().answers["clauses"][clause]["text"] == "訂正した文。"
    assert [row.key for row in noticed.case.changes.filter(version=noticed.case.answers_version)] == [f"clauses.{clause}"]
    assert noticed.case.state == "noticed"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"reason": " "}, "procurement_notice.missing"),
        ({"reason": "予定価格は 12,000,000円"}, "procurement_notice.estimate_price"),
        ({"changes": {"values.保存期間": None, "nonsense.x": 1}}, "procurement.unknown_key"),
        ({"opening_at": NOW - timedelta(days=1)}, "procurement_notice.wrong_dates"),
        ({"criteria": [{"id": "x", "title": ""}]}, "procurement_outputs.wrong_criteria"),
        ({"criteria": [{"nonsense": 1}]}, "procurement_outputs.wrong_criteria"),
        ({"changes": {"decisions.AT-1-1": {"level": "low", "reason": "費用のため"}}}, "procurement_notice.strengths_changed"),
    ],
)
def test_a_correction_that_cannot_be_leaves_everything_as_it_was(noticed: World, fields: dict[str, Any], code: str) -> None:
    answers = noticed.case.answers
    given = {"reason": "直す", **dates(), **fields}
    with pytest.raises((InputError, Conflict)) as caught:
        actions.correct_notice(noticed.owner, noticed.case, now=NOW, **given)
    assert caught.value.code == code
    assert Notice.objects.count() == 1
    assert noticed.fresh().answers == answers


# ------------------------------------------------------------------------------------------------- bidders and questions


def test_bidders_are_recorded_once_with_what_to_look_at(noticed: World) -> None:
    every = list(queries.bidders(noticed.owner, noticed.case))
    assert len(every) == 2
    with pytest.raises(InputError, match="bidder_twice"):
        actions.add_bidder(noticed.owner, noticed.case, name=every[0].name, now=NOW)
    with pytest.raises(InputError, match="corporate_number"):
        actions.add_bidder(noticed.owner, noticed.case, name="別", corporate_number="1234567890123", now=NOW)
    with pytest.raises(InputError, match="estimate_price"):
        actions.add_bidder(noticed.owner, noticed.case, name="別", note="予定価格は1,200万円らしい", now=NOW)
    helper = actions.add_bidder(noticed.owner, noticed.case, name="設計した会社", helped_drafting=True, now=NOW)
    codes = [one.code for one in queries.warnings_of(helper, queries.bidders(noticed.owner, noticed.case))]
    assert codes == ["procurement_notice.helped_drafting", "procurement_notice.no_corporate_number"]
    changed = actions.edit_bidder(
        noticed.owner, noticed.case, bidder_id=helper.pk, name="設計した会社", contact="x@example.jp", now=NOW
    )
    assert (changed.contact, changed.helped_drafting) == ("x@example.jp", False)
    with pytest.raises(InputError, match="bidder_twice"):
        actions.edit_bidder(noticed.owner, noticed.case, bidder_id=helper.pk, name=every[0].name, now=NOW)


def ask(made: World, text: str = "ログの保存期間は何年ですか。", **fields: Any) -> BidderQuestion:
    given = {"received_on": PUBLISHED, "bidder_id": first(made).pk, **fields}
    return actions.receive_question(made.owner, made.case, text=text, now=NOW, **given)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"received_on": PUBLISHED - timedelta(days=1)}, "received_on"),
        ({"received_on": PUBLISHED + timedelta(days=1)}, "received_on"),
        ({"clause": "ZZ9"}, "unknown_clause"),
        ({"text": " "}, "missing"),
        ({"text": "予定価格は1,200万円ですか"}, "estimate_price"),
    ],
)
def test_a_question_that_cannot_be_is_refused(noticed: World, fields: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as caught:
        ask(noticed, **fields)
    assert caught.value.code == f"procurement_notice.{code}"


def test_a_question_after_its_time_is_refused(noticed: World) -> None:
    late = date(2026, 12, 11)
    with pytest.raises(InputError, match="question_late"):
        actions.receive_question(noticed.owner, noticed.case, text="？", received_on=late, now=NOW + timedelta(days=30))


def test_answers_go_to_all_alike_at_one_moment_without_names(noticed: World) -> None:
    with pytest.raises(Conflict, match="nothing_to_release"):
        actions.release_answers(noticed.owner, noticed.case, now=NOW)
    one, two, three = ask(noticed), ask(noticed, "対応するOSは？"), ask(noticed, "まだ答えていない質問")
    actions.draft_answer(noticed.owner, noticed.case, number=one.number, answer="5年です。", now=NOW)
    actions.draft_answer(noticed.owner, noticed.case, number=two.number, answer="定めません。", now=NOW)
    later = NOW + timedelta(hours=1)
    made = actions.release_answers(noticed.owner, noticed.case, now=later)
    assert [row.number for row in made] == [1, 2]
    for number in (1, 2):
        row = BidderQuestion.objects.get(number=number)
        assert (row.released_at, row.release) == (later, 1)
        assert set(row.recipients.all()) == set(noticed.bidders.values())
    three.refresh_from_db()
    assert three.released_at is None
    with pytest.raises(Conflict, match="released"):
        actions.draft_answer(noticed.owner, noticed.case, number=1, answer="やはり3年", now=later)
    late = actions.add_bidder(noticed.owner, noticed.case, name="あとから来た会社", now=later)
    assert queries.receivers_missing(noticed.case) == [(late, 2)]
    assert actions.deliver_answers(noticed.owner, noticed.case, bidder_id=late.pk, now=later) == 2
    assert queries.receivers_missing(noticed.case) == []
    with pytest.raises(NotFound):
        actions.deliver_answers(noticed.owner, noticed.case, bidder_id=late.pk, now=later)
    sheet = bidding_documents.answer_document(noticed.owner, noticed.case, language="ja", now=later)
    words = str(sheet)
    assert "5年です。" in words
    assert "まだ答えていない" not in words
    assert not any(name in words for name in noticed.bidders)
    for form in ("docx", "xlsx", "html"):
        assert render(sheet, form)


@pytest.mark.parametrize(
    ("text", "answer", "where"),
    [
        ("みなもソフトの製品は使えますか", "使えます", "question"),
        ("使えますか", "やまなみ情報さんの言うとおりです", "answer"),
        ("法人番号７００００１２０５０００２の者です", "はい", "question"),
    ],
)
def test_a_text_that_gives_a_bidder_away_is_not_released(noticed: World, text: str, answer: str, where: str) -> None:
    fine = ask(noticed)
    actions.draft_answer(noticed.owner, noticed.case, number=fine.number, answer="はい", now=NOW)
    bad = ask(noticed, text)
    actions.draft_answer(noticed.owner, noticed.case, number=bad.number, answer=answer, now=NOW)
    with pytest.raises(InputError) as caught:
        actions.release_answers(noticed.owner, noticed.case, now=NOW)
    assert [(p.code, p.row) for p in caught.value.problems] == [(f"procurement_notice.name_in_{where}", bad.number)]
    assert not BidderQuestion.objects.exclude(released_at=None).exists()  # not even the other one
    actions.draft_answer(noticed.owner, noticed.case, number=bad.number, answer="はい", text="その製品は使えますか", now=NOW)
    assert len(actions.release_answers(noticed.owner, noticed.case, now=NOW)) == 2


# ------------------------------------------------------------------------------------------------------- opening to award


def test_bids_are_opened_at_the_announced_moment_and_not_before(noticed: World) -> None:
    with pytest.raises(Conflict, match="too_early"):
        actions.open_bids(noticed.owner, noticed.case, now=OPENING - timedelta(seconds=1))
    assert noticed.fresh().state == "noticed"
    actions.open_bids(noticed.owner, noticed.case, now=OPENING)
    assert noticed.fresh().state == "opened"
    with pytest.raises(Conflict):
        actions.open_bids(noticed.owner, noticed.case, now=AFTER)


def test_no_proposal_before_the_opening(noticed: World) -> None:
    with pytest.raises(Conflict, match="not_now"):
        put(noticed)
    assert not Artifact.objects.filter(media_type="application/pdf").exists()
    assert not list(evidence_actions.artifact_store().root.rglob("incoming/*"))


@pytest.mark.parametrize(
    ("name", "kept", "media_type"),
    [
        ("../../etc/passwd", "passwd", "application/octet-stream"),
        ("提案\u202efdp.exe", "提案fdp.exe", "application/octet-stream"),
        ("a.html", "a.html", "application/octet-stream"),
        ("a.svg", "a.svg", "application/octet-stream"),
        ("", "document", "application/octet-stream"),
        ("提案書.PDF", "提案書.PDF", "application/pdf"),
    ],
)
def test_hostile_names_of_files_become_harmless(noticed: World, name: str, kept: str, media_type: str) -> None:
    noticed.opened()
    made = put(noticed, content=b"<script>alert(1)</script>", name=name)
    assert made.file_name == kept
    response = noticed.client("evaluator").get(noticed.url("notice_proposal", made.pk))
    assert response["Content-Type"] == media_type
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert b"".join(response.streaming_content) == b"<script>alert(1)</script>"


def test_empty_and_enormous_files_are_refused_and_nothing_stays(noticed: World, settings: Any) -> None:
    noticed.opened()
    with pytest.raises(InputError, match="empty_file"):
        put(noticed, content=b"")
    settings.SEKISHO_MAX_UPLOAD = 10
    with pytest.raises(InputError, match="too_large"):
        put(noticed, content=b"x" * 11)
    with pytest.raises(NotFound):
        actions.record_proposal(noticed.owner, noticed.case, bidder_id=noticed.case.pk, file_name="a", chunks=[b"y"], now=AFTER)
    assert not Proposal.objects.exists()
    assert not list(evidence_actions.artifact_store().root.rglob("incoming/*"))


def test_a_proposal_has_no_holder_and_survives_whoever_erases_the_same_bytes(noticed: World) -> None:
    noticed.opened()
    made = put(noticed)
    assert not made.artifact.holders.exists()
    keeper = principal_of(noticed.outsider("ciso"))
    organization = noticed.case.organization_id
    evidence_actions.store_artifact(
        keeper, chunks=[b"%PDF-1.7 secret"], now=AFTER, organization_id=organization, action="evidence.add"
    )
    evidence_actions.erase_artifact(keeper, sha256=made.artifact_id, organization_id=organization, reason="retention", now=AFTER)
    _row, file = actions.fetch_proposal(noticed.principal("evaluator"), noticed.case, proposal_id=made.pk, now=AFTER)
    with file:
        assert file.read() == b"%PDF-1.7 secret"
    assert not made.artifact.holders.exists()


def test_who_fetched_a_proposal_is_on_the_ledger(noticed: World) -> None:
    from sekisho.records.ledger.models import Entry

    noticed.opened()
    made = put(noticed)
    actions.fetch_proposal(noticed.principal("evaluator"), noticed.case, proposal_id=made.pk, now=AFTER)[1].close()
    entry = Entry.objects.order_by("-sequence")[0]
    assert (entry.action, entry.actor_id) == ("procurement.fetch_proposal", str(noticed.people["evaluator"].pk))


def test_scores_are_ones_own_and_all_or_nothing_is_kept(noticed: World) -> None:
    noticed.opened()
    evaluator, bidder = noticed.principal("evaluator"), first(noticed)
    wanted = {one.kind: one for one in queries.wanted(noticed.case)}
    good = actions.Judged(wanted["mandatory"].id, met=True)
    bad = actions.Judged(wanted["additional"].id, points=Decimal(9999))
    with pytest.raises(InputError) as caught:
        actions.score_bidder(evaluator, noticed.case, bidder_id=bidder.pk, judged=[good, bad, actions.Judged("x")], now=AFTER)
    assert [p.code.partition(".")[2] for p in caught.value.problems] == ["score_range", "unknown_criterion"]
    assert not Score.objects.exists()
    actions.score_bidder(evaluator, noticed.case, bidder_id=bidder.pk, judged=[good], now=AFTER)
    again = actions.Judged(wanted["mandatory"].id, met=False, comment="示されていない")
    actions.score_bidder(evaluator, noticed.case, bidder_id=bidder.pk, judged=[again], now=AFTER)
    assert [(s.met, s.comment) for s in Score.objects.all()] == [(False, "示されていない")]
    with pytest.raises(NotPermitted):
        actions.score_bidder(noticed.owner, noticed.case, bidder_id=bidder.pk, judged=[good], now=AFTER)


def test_nobody_sees_scores_of_others_before_the_closing(noticed: World) -> None:
    noticed.opened()
    noticed.people["first"] = noticed.people["evaluator"]
    noticed.people["second"] = noticed.member("evaluator")
    noticed.score_all("first")
    assert queries.scores(noticed.principal("first"), noticed.case).count() > 0
    assert queries.scores(noticed.principal("second"), noticed.case).count() == 0
    assert queries.scores(noticed.owner, noticed.case).count() == 0
    with pytest.raises(InputError) as caught:
        actions.close_evaluation(noticed.owner, noticed.case, now=AFTER)
    assert caught.value.code == "procurement_notice.scores_missing"
    assert [p.fields["name"] for p in caught.value.problems] == [noticed.people["second"].name]
    noticed.score_all("second", points="10", fail="やまなみ情報 合同会社")
    actions.close_evaluation(noticed.owner, noticed.case, now=AFTER)
    for name in ("first", "second"):
        assert queries.scores(noticed.principal(name), noticed.case).count() == Score.objects.count()
    assert queries.scores(noticed.owner, noticed.case).count() == Score.objects.count()
    with pytest.raises(Conflict):
        noticed.score_all("second")
    by_bidder = {one.bidder: one for one in queries.comparison_of(noticed.case).standings}
    passed, failed = (by_bidder[str(row.pk)] for row in noticed.bidders.values())
    assert (passed.passed, failed.passed, len(failed.split)) == (True, False, 1)
    assert passed.points == Decimal("7.50") * len(passed.means)
    with pytest.raises(Conflict, match="bidder_failed"):
        actions.award_contract(noticed.owner, noticed.case, bidder_id=noticed.bidders["やまなみ情報 合同会社"].pk, now=AFTER)


def test_the_award_asks_for_a_reason_where_one_is_needed(noticed: World) -> None:
    noticed.opened()
    one, two = noticed.bidders.values()
    noticed.score_all("evaluator")
    with pytest.raises(Conflict, match="not_now"):
        actions.award_contract(noticed.owner, noticed.case, bidder_id=one.pk, now=AFTER)
    actions.close_evaluation(noticed.owner, noticed.case, now=AFTER)
    for price in (0, -1, 10**16):
        with pytest.raises(InputError, match="price"):
            actions.award_contract(noticed.owner, noticed.case, bidder_id=one.pk, price_yen=price, now=AFTER)
    made = actions.award_contract(noticed.owner, noticed.case, bidder_id=one.pk, price_yen=98_000_000, now=AFTER)
    assert (made.winner, made.price_yen) == (one, 98_000_000)
    with pytest.raises(InputError, match="award_reason"):
        actions.award_contract(noticed.owner, noticed.case, bidder_id=two.pk, now=AFTER)
    assert actions.award_contract(noticed.owner, noticed.case, bidder_id=two.pk, reason="辞退のため", now=AFTER).winner == two
    Bidder.objects.filter(pk=one.pk).update(helped_drafting=True)
    with pytest.raises(InputError, match="award_reason"):
        actions.award_contract(noticed.owner, noticed.case, bidder_id=one.pk, now=AFTER)


def test_the_sheet_goes_out_as_a_workbook_that_opens(noticed: World) -> None:
    noticed.opened()
    noticed.score_all("evaluator")
    evaluator = noticed.principal("evaluator")

    def cells() -> str:
        made = bidding_documents.evaluation_document(evaluator, noticed.case, language="ja", now=AFTER, name="評価の人")
        book = openpyxl.load_workbook(io.BytesIO(render(made, "xlsx")))
        return " ".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None)

    own = cells()
    assert "株式会社みなもソフト" in own
    assert "評価の人" in own
    actions.close_evaluation(noticed.owner, noticed.case, now=AFTER)
    assert "合格" in cells()


# ---------------------------------------------------------------------------------------------------------- at one moment


@pytest.mark.django_db(transaction=True)
def test_two_notices_at_one_moment_become_one() -> None:
    made = _study()
    barrier, outcomes = threading.Barrier(2), []

    def go() -> None:
        barrier.wait()
        try:
            outcomes.append(actions.publish_notice(made.owner, made.case, now=NOW, **dates()).number)
        except Conflict as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["1", "procurement_notice.not_now"]
    assert Notice.objects.count() == 1
    assert freezing.verify(Notice.objects.get()).agrees
