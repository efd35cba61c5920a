"""From the notice to the award over HTTP: the same actions and the same secrecy as the pages."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Annotated, Any, Literal

from django.http import HttpResponse
from ninja import File, Form, Status, UploadedFile
from pydantic import Field

from sekisho.documents import ALL_MEDIA_TYPES, MEDIA_TYPES
from sekisho.errors import NotFound
from sekisho.records.api_base import ApiRequest, Limit, Offset, Paged, bytes_of
from sekisho.records.downloads import attachment
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.api.routing import ERRORS, router
from sekisho.records.procurement.files import document_attachment
from sekisho.records.procurement.queries import bidding_documents, freezing, tokens
from sekisho.records.procurement.queries import notice as notice_queries
from sekisho.records.procurement.queries.notice_period import period_lines
from sekisho.records.procurement.rules.notice import Warned
from sekisho.records.procurement.rules.notice_period import PeriodAnswers
from sekisho.records.procurement.schemas import notice as schemas
from sekisho.standards import texts
from sekisho.standards.model import Text

if TYPE_CHECKING:
    from sekisho.records.procurement.models import Bidder, BidderQuestion, Case, Notice, Proposal, Score
    from sekisho.records.procurement.queries.freezing import Frozen

Number = Annotated[int, Field(ge=1, le=30_000)]
QuestionNumber = Annotated[int, Field(ge=1, le=2_000_000_000)]
AnswerForm = Literal["docx", "xlsx", "html", "md", "pdf"]
_CASE = "/procurement/cases/{case_id}"


def _warnings(request: ApiRequest, found: tuple[Warned, ...]) -> list[dict[str, str]]:
    spoken = request.auth.language
    rows = []
    for one in found:
        fields = {name: value.get(spoken) if isinstance(value, Text) else value for name, value in one.fields.items()}
        rows.append({"code": one.code, "message": texts.render(one.code, fields, spoken)})
    return rows


def _notice(row: Notice) -> dict[str, Any]:
    names = ("number", "sha256", "award", "published_on", "questions_until", "proposals_until", "opening_at", "reason", "at")
    return {**{name: getattr(row, name) for name in names}, "version": row.case_version.number}


def _frozen(request: ApiRequest, made: Frozen) -> dict[str, Any]:
    found = _warnings(request, period_lines(made.period))
    return {"sha256": made.sha256, "award": made.award, "content": made.content, "warnings": found}


def _given(data: schemas.NoticeIn | schemas.CorrectionIn) -> dict[str, Any]:
    """What the action takes; what is said about the time for bids as its value."""
    given = data.dict()
    return {**given, "period": PeriodAnswers(**given["period"]) if given["period"] else None}


@router.get(f"{_CASE}/notices", response={200: Paged[schemas.NoticeOut], **ERRORS})
def list_notices(request: ApiRequest, case_id: uuid.UUID, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """The notice and its corrections, the one in force first."""
    rows = notice_queries.notices(queries.announced_case(request.auth, case_id)).defer("document", "frozen")
    return {"items": [_notice(row) for row in rows[offset : offset + limit]], "total": rows.count()}


@router.post(f"{_CASE}/notices/preview", response={200: schemas.FrozenOut, **ERRORS})
def preview_notice(request: ApiRequest, case_id: uuid.UUID, data: schemas.NoticeIn) -> dict[str, Any]:
    """Exactly what a notice with these days would freeze, with its hash; nothing is written."""
    row = queries.announced_case(request.auth, case_id)
    given = _given(data)
    del given["expected_sha256"]
    return _frozen(request, actions.preview_notice(request.auth, row, now=request.now, **given))


@router.post(f"{_CASE}/notices", response={201: schemas.NoticeOut, **ERRORS})
def publish_notice(request: ApiRequest, case_id: uuid.UUID, data: schemas.NoticeIn) -> Status[dict[str, Any]]:
    """公告: freeze requirements, clauses, criteria and the document."""
    row = queries.announced_case(request.auth, case_id)
    return Status(201, _notice(actions.publish_notice(request.auth, row, now=request.now, **_given(data))))


def _correction(data: schemas.CorrectionIn) -> dict[str, Any]:
    return {**_given(data), "criteria": None if data.criteria is None else [one.dict() for one in data.criteria]}


@router.post(f"{_CASE}/notices/corrections/preview", response={200: schemas.FrozenOut, **ERRORS})
def preview_correction(request: ApiRequest, case_id: uuid.UUID, data: schemas.CorrectionIn) -> dict[str, Any]:
    """Exactly what a correction would freeze; nothing is written."""
    row = queries.announced_case(request.auth, case_id)
    given = _correction(data)
    del given["expected_sha256"]
    return _frozen(request, actions.preview_correction(request.auth, row, now=request.now, **given))


@router.post(f"{_CASE}/notices/corrections", response={201: schemas.NoticeOut, **ERRORS})
def correct_notice(request: ApiRequest, case_id: uuid.UUID, data: schemas.CorrectionIn) -> Status[dict[str, Any]]:
    """訂正公告: a new notice with its reason; the earlier ones stay."""
    row = queries.announced_case(request.auth, case_id)
    return Status(201, _notice(actions.correct_notice(request.auth, row, now=request.now, **_correction(data))))


@router.get(f"{_CASE}/notices/{{number}}", response={200: schemas.NoticeDetailOut, **ERRORS})
def get_notice(request: ApiRequest, case_id: uuid.UUID, number: Number) -> dict[str, Any]:
    """One notice with all that was published."""
    row = notice_queries.notice(queries.announced_case(request.auth, case_id), number)
    return {**_notice(row), "frozen": row.frozen, "document": row.document}


@router.get(f"{_CASE}/notices/{{number}}/verify", response={200: schemas.NoticeVerificationOut, **ERRORS})
def verify_notice(request: ApiRequest, case_id: uuid.UUID, number: Number) -> dict[str, Any]:
    """Compute the hashes anew from what is stored, and say whether they still agree."""
    found = freezing.verify(notice_queries.notice(queries.announced_case(request.auth, case_id), number))
    names = ("agrees", "recorded", "computed", "content", "document", "answers", "dates")
    return {name: getattr(found, name) for name in names}


def _bidder(request: ApiRequest, row: Bidder, every: list[Bidder]) -> dict[str, Any]:
    names = ("id", "name", "corporate_number", "contact", "helped_drafting", "note", "added_at")
    warnings = _warnings(request, notice_queries.warnings_of(row, every))
    return {**{name: getattr(row, name) for name in names}, "token": tokens.of_bidder(row), "warnings": warnings}


@router.get(f"{_CASE}/bidders", response={200: Paged[schemas.BidderOut], **ERRORS})
def list_bidders(request: ApiRequest, case_id: uuid.UUID, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """The bidders, for members of the case."""
    every = list(notice_queries.bidders(request.auth, queries.announced_case(request.auth, case_id)))
    items = [_bidder(request, row, every) for row in every[offset : offset + limit]]
    return {"items": items, "total": len(every)}


@router.post(f"{_CASE}/bidders", response={201: schemas.BidderOut, **ERRORS})
def add_bidder(request: ApiRequest, case_id: uuid.UUID, data: schemas.BidderIn) -> Status[dict[str, Any]]:
    """Record somebody who takes the documents or bids."""
    row = queries.announced_case(request.auth, case_id)
    made = actions.add_bidder(request.auth, row, now=request.now, **data.dict())
    return Status(201, _bidder(request, made, list(notice_queries.bidders(request.auth, row))))


@router.put(f"{_CASE}/bidders/{{bidder_id}}", response={200: schemas.BidderOut, **ERRORS})
def edit_bidder(request: ApiRequest, case_id: uuid.UUID, bidder_id: uuid.UUID, data: schemas.BidderEditIn) -> dict[str, Any]:
    """Correct what is known of a bidder."""
    row = queries.announced_case(request.auth, case_id)
    made = actions.edit_bidder(request.auth, row, bidder_id=bidder_id, now=request.now, **data.dict())
    return _bidder(request, made, list(notice_queries.bidders(request.auth, row)))


def _question(row: BidderQuestion, *, member: bool) -> dict[str, Any]:
    names = ("number", "clause", "text", "received_on", "answer", "released_at", "release")
    return {
        **{name: getattr(row, name) for name in names},
        "bidder": (row.bidder.name if row.bidder else None) if member else None,
        "recipients": [one.name for one in row.recipients.all()] if member else None,
        "token": tokens.of_question(row) if member else None,
    }


@router.get(f"{_CASE}/bidder-questions", response={200: Paged[schemas.BidderQuestionOut], **ERRORS})
def list_bidder_questions(request: ApiRequest, case_id: uuid.UUID, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """Questions and answers: members see all with who asked, others what was released, without names."""
    case = queries.announced_case(request.auth, case_id)
    rows = notice_queries.bidder_questions(request.auth, case)
    member = bool(queries.parts_of(request.auth, case))
    return {"items": [_question(row, member=member) for row in rows[offset : offset + limit]], "total": rows.count()}


@router.post(f"{_CASE}/bidder-questions", response={201: schemas.BidderQuestionOut, **ERRORS})
def receive_question(request: ApiRequest, case_id: uuid.UUID, data: schemas.QuestionIn) -> Status[dict[str, Any]]:
    """Record a question of a bidder."""
    made = actions.receive_question(
        request.auth,
        queries.announced_case(request.auth, case_id),
        text=data.text,
        received_on=data.received_on,
        bidder_id=data.bidder,
        clause=data.clause,
        now=request.now,
    )
    return Status(201, _question(made, member=True))


@router.put(f"{_CASE}/bidder-questions/{{number}}/answer", response={200: schemas.BidderQuestionOut, **ERRORS})
def draft_answer(request: ApiRequest, case_id: uuid.UUID, number: QuestionNumber, data: schemas.AnswerIn) -> dict[str, Any]:
    """Write the answer to a question that is not released."""
    row = queries.announced_case(request.auth, case_id)
    made = actions.draft_answer(request.auth, row, number=number, now=request.now, **data.dict())
    return _question(made, member=True)


@router.get(f"{_CASE}/bidder-questions/release", response={200: schemas.ReleaseOut, **ERRORS})
def preview_release(request: ApiRequest, case_id: uuid.UUID) -> dict[str, Any]:
    """What a release would give out now, and to whom; for members."""
    row = queries.announced_case(request.auth, case_id)
    receivers = list(notice_queries.bidders(request.auth, row))
    batch = list(notice_queries.waiting_answers(request.auth, row))
    names = [one.name for one in receivers]
    return {"numbers": [one.number for one in batch], "recipients": names, "token": tokens.of_release(batch, receivers)}


@router.post(f"{_CASE}/bidder-questions/release", response={200: Paged[schemas.BidderQuestionOut], **ERRORS})
def release_answers(request: ApiRequest, case_id: uuid.UUID, data: schemas.ReleaseIn) -> dict[str, Any]:
    """Give every drafted answer to all bidders at one moment, without the names of those who asked."""
    row = queries.announced_case(request.auth, case_id)
    made = actions.release_answers(request.auth, row, token=data.token, now=request.now)
    numbers = [one.number for one in made]
    rows = notice_queries.bidder_questions(request.auth, row).filter(number__in=numbers)
    return {"items": [_question(one, member=True) for one in rows], "total": len(numbers)}


@router.get(f"{_CASE}/bidder-questions/receivers", response={200: Paged[schemas.ReceiverOut], **ERRORS})
def list_receivers(request: ApiRequest, case_id: uuid.UUID, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """Bidders who came after a release and have not been given every answer; for members."""
    row = queries.announced_case(request.auth, case_id)
    if not queries.parts_of(request.auth, row):
        raise NotFound("access.not_found")
    found = notice_queries.receivers_missing(row)
    items = [{"id": one.pk, "name": one.name, "missing": missing} for one, missing in found[offset : offset + limit]]
    return {"items": items, "total": len(found)}


@router.post(f"{_CASE}/bidders/{{bidder_id}}/answers", response={200: schemas.DeliveredOut, **ERRORS})
def deliver_answers(request: ApiRequest, case_id: uuid.UUID, bidder_id: uuid.UUID) -> dict[str, int]:
    """Record that a bidder who came later was given all answers released so far."""
    row = queries.announced_case(request.auth, case_id)
    return {"delivered": actions.deliver_answers(request.auth, row, bidder_id=bidder_id, now=request.now)}


@router.get(
    f"{_CASE}/bidder-questions/answers.{{form}}",
    response={200: None, **ERRORS},
    openapi_extra=bytes_of(*ALL_MEDIA_TYPES.values()),
)
def get_answers(request: ApiRequest, case_id: uuid.UUID, form: AnswerForm) -> HttpResponse:
    """質問回答書: what was released, as a file."""
    row = queries.announced_case(request.auth, case_id)
    made = bidding_documents.answer_document(request.auth, row, language=request.auth.language, now=request.now)
    return document_attachment(made, form, name=f"{row.number}-answers")


def _evaluation(row: Case) -> dict[str, Any]:
    found = notice_queries.evaluation_of(row)
    awarded = found is not None and found.awarded_at is not None
    return {
        "stage": notice_queries.stage(row, found),
        "opened_at": found.opened_at if found else None,
        "closed_at": found.closed_at if found else None,
        "awarded_at": found.awarded_at if found else None,
        "winner": found.winner.name if awarded and found and found.winner else None,
        "price_yen": found.price_yen if awarded and found else None,
        "token": tokens.of_award(found) if found else None,
    }


@router.get(f"{_CASE}/evaluation", response={200: schemas.EvaluationOut, **ERRORS})
def get_evaluation(request: ApiRequest, case_id: uuid.UUID) -> dict[str, Any]:
    """Where the procedure stands, and who won."""
    return _evaluation(queries.announced_case(request.auth, case_id))


@router.post(f"{_CASE}/open", response={200: schemas.EvaluationOut, **ERRORS})
def open_bids(request: ApiRequest, case_id: uuid.UUID) -> dict[str, Any]:
    """開札, at or after the announced moment."""
    actions.open_bids(request.auth, queries.announced_case(request.auth, case_id), now=request.now)
    return _evaluation(queries.announced_case(request.auth, case_id))


def _proposal(row: Proposal) -> dict[str, Any]:
    names = ("id", "bidder_id", "file_name", "note", "at")
    return {**{name: getattr(row, name) for name in names}, "sha256": row.artifact_id, "size": row.artifact.size}


@router.get(f"{_CASE}/proposals", response={200: Paged[schemas.ProposalOut], **ERRORS})
def list_proposals(request: ApiRequest, case_id: uuid.UUID, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """The proposals, for owners and evaluators after the opening."""
    rows = notice_queries.proposals(request.auth, queries.announced_case(request.auth, case_id))
    return {"items": [_proposal(row) for row in rows[offset : offset + limit]], "total": rows.count()}


@router.post(f"{_CASE}/proposals", response={201: schemas.ProposalOut, **ERRORS})
def record_proposal(
    request: ApiRequest, case_id: uuid.UUID, data: Form[schemas.ProposalIn], file: File[UploadedFile]
) -> Status[dict[str, Any]]:
    """Put a bidder's proposal under seal, after the opening only."""
    made = actions.record_proposal(
        request.auth,
        queries.announced_case(request.auth, case_id),
        bidder_id=data.bidder,
        file_name=str(file.name),
        chunks=file.chunks(),
        note=data.note,
        now=request.now,
    )
    return Status(201, _proposal(made))


@router.get(f"{_CASE}/proposals/{{proposal_id}}/file", response={200: None, **ERRORS}, openapi_extra=bytes_of())
def fetch_proposal(request: ApiRequest, case_id: uuid.UUID, proposal_id: uuid.UUID) -> HttpResponse:
    """The bytes of a proposal, for evaluators; who fetched them is on the ledger."""
    row = queries.announced_case(request.auth, case_id)
    found, file = actions.fetch_proposal(request.auth, row, proposal_id=proposal_id, now=request.now)
    return attachment(file, name=found.file_name, media_type="application/octet-stream")


def _score(row: Score) -> dict[str, Any]:
    names = ("bidder_id", "evaluator_id", "criterion", "met", "points", "comment", "at")
    return {name: getattr(row, name) for name in names}


@router.get(f"{_CASE}/scores", response={200: Paged[schemas.ScoreOut], **ERRORS})
def list_scores(request: ApiRequest, case_id: uuid.UUID, limit: Limit = 100, offset: Offset = 0) -> dict[str, Any]:
    """One's own scores; once the scoring is closed, owners and evaluators see all."""
    rows = notice_queries.scores(request.auth, queries.announced_case(request.auth, case_id))
    return {"items": [_score(row) for row in rows[offset : offset + limit]], "total": rows.count()}


@router.put(f"{_CASE}/bidders/{{bidder_id}}/scores", response={200: Paged[schemas.ScoreOut], **ERRORS})
def score_bidder(request: ApiRequest, case_id: uuid.UUID, bidder_id: uuid.UUID, data: schemas.ScoresIn) -> dict[str, Any]:
    """One's own judgement of criteria of one bidder; all or nothing is kept."""
    judged = [actions.Judged(one.criterion, met=one.met, points=one.points, comment=one.comment) for one in data.scores]
    row = queries.announced_case(request.auth, case_id)
    made = actions.score_bidder(request.auth, row, bidder_id=bidder_id, judged=judged, now=request.now)
    return {"items": [_score(one) for one in made], "total": len(made)}


@router.post(f"{_CASE}/evaluation/close", response={200: schemas.EvaluationOut, **ERRORS})
def close_evaluation(request: ApiRequest, case_id: uuid.UUID) -> dict[str, Any]:
    """End the scoring."""
    actions.close_evaluation(request.auth, queries.announced_case(request.auth, case_id), now=request.now)
    return _evaluation(queries.announced_case(request.auth, case_id))


@router.get(f"{_CASE}/evaluation/comparison", response={200: schemas.ScoresComparisonOut, **ERRORS})
def get_comparison(request: ApiRequest, case_id: uuid.UUID) -> dict[str, Any]:
    """The result, for owners and evaluators once the scoring is closed."""
    row = queries.announced_case(request.auth, case_id)
    found = notice_queries.evaluation_of(row)
    if found is None or found.closed_at is None or not notice_queries.may_see_proposals(request.auth, row):
        raise NotFound("access.not_found")
    made = notice_queries.comparison_of(row)
    names = ("bidder", "passed", "points", "rank", "failed", "split", "means")
    standings = [{name: getattr(one, name) for name in names} for one in made.standings]
    return {"standings": standings, "counted": len(made.counted), "left_out": len(made.left_out)}


@router.get(f"{_CASE}/evaluation/sheet.xlsx", response={200: None, **ERRORS}, openapi_extra=bytes_of(MEDIA_TYPES["xlsx"]))
def get_evaluation_sheet(request: ApiRequest, case_id: uuid.UUID) -> HttpResponse:
    """One's own sheet until the closing, then the result."""
    row = queries.announced_case(request.auth, case_id)
    member = next((one for one in queries.members(row) if one.person_id == request.auth.person_id), None)
    made = bidding_documents.evaluation_document(
        request.auth,
        row,
        language=request.auth.language,
        now=request.now,
        name=member.person.name if member else "",
    )
    return document_attachment(made, "xlsx", name=f"{row.number}-evaluation")


@router.post(f"{_CASE}/award", response={200: schemas.EvaluationOut, **ERRORS})
def award_contract(request: ApiRequest, case_id: uuid.UUID, data: schemas.AwardIn) -> dict[str, Any]:
    """Record who won."""
    actions.award_contract(
        request.auth,
        queries.announced_case(request.auth, case_id),
        bidder_id=data.bidder,
        reason=data.reason,
        price_yen=data.price_yen,
        token=data.token,
        now=request.now,
    )
    return _evaluation(queries.announced_case(request.auth, case_id))
