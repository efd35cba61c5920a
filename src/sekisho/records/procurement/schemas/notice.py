"""What the API of the notice, of bidders, questions and the evaluation says and takes."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import AwareDatetime, Field

from sekisho.records.procurement.schemas.outputs import CriterionRow

__all__ = [
    "AnswerIn",
    "AwardIn",
    "BidderEditIn",
    "BidderIn",
    "BidderOut",
    "BidderQuestionOut",
    "CorrectionIn",
    "DeliveredOut",
    "EvaluationOut",
    "FrozenOut",
    "NoticeDetailOut",
    "NoticeIn",
    "NoticeOut",
    "NoticePeriodIn",
    "NoticeVerificationOut",
    "ProposalOut",
    "QuestionIn",
    "ReceiverOut",
    "ReleaseIn",
    "ReleaseOut",
    "ScoreOut",
    "ScoresComparisonOut",
    "ScoresIn",
    "WarningOut",
]

Long = Annotated[str, Field(max_length=4000)]
Sha256 = Annotated[str, Field(max_length=64)]
Token = Annotated[str, Field(min_length=1, max_length=64)]
Clause = Annotated[str, Field(max_length=64)]


class NoticePeriodIn(Schema):
    """What the time for bids depends on, where neither the answers nor the calendar of the case say it; null and "" leave it so.

    ``urgent_reason``: why it is urgent (the law then allows less); ``reason``: why it is shorter than the body's own rules say.
    ``amount_yen`` decides about the agreement on government procurement and is not kept.
    """

    municipality: Literal["", "none", "designated_city", "core_city", "city", "town"] = ""
    method: Literal["", "open", "selective"] = ""
    treaty: Literal["", "yes", "no"] = ""
    amount_yen: Annotated[int, Field(ge=1, le=1_000_000_000_000)] | None = None
    off_the_shelf: Literal["", "no", "standard", "electronic"] = ""
    renotice: bool | None = None
    prior_notice: bool | None = None
    grounds: tuple[Literal["e_gazette", "e_documents", "e_bidding"], ...] | None = None
    urgent_reason: Annotated[str, Field(max_length=2000)] = ""
    reason: Annotated[str, Field(max_length=2000)] = ""


class NoticeIn(Schema):
    """The days of a notice. ``award`` only where the question was not asked; ``expected_sha256``: of a preview."""

    published_on: date
    award: Annotated[str, Field(max_length=16)] = ""
    questions_until: date | None = None
    proposals_until: AwareDatetime | None = None
    opening_at: AwareDatetime | None = None
    period: NoticePeriodIn | None = None
    expected_sha256: Sha256 = ""


class CorrectionIn(Schema):
    """A correction: all days anew, and what changes (keys as in saving answers; ``criteria`` null keeps the sheet)."""

    reason: Annotated[str, Field(min_length=1, max_length=4000)]
    published_on: date
    questions_until: date | None = None
    proposals_until: AwareDatetime | None = None
    opening_at: AwareDatetime | None = None
    period: NoticePeriodIn | None = None
    changes: dict[str, Any] = {}
    criteria: Annotated[list[CriterionRow], Field(max_length=1000)] | None = None
    expected_sha256: Sha256 = ""


class WarningOut(Schema):
    """Something to look at; it prevents nothing."""

    code: str
    message: str


class FrozenOut(Schema):
    """What would be published: the content, whose canonical JSON (RFC 8785) has this hash, and what to look at."""

    sha256: str
    award: str
    content: dict[str, Any]
    warnings: list[WarningOut]


class NoticeOut(Schema):
    """A notice or a correction (``number`` above 1)."""

    number: int
    sha256: str
    award: str
    published_on: date
    questions_until: date | None
    proposals_until: datetime | None
    opening_at: datetime | None
    reason: str
    version: int
    at: datetime


class NoticeDetailOut(NoticeOut):
    """A notice with all that was published."""

    frozen: dict[str, Any]
    document: dict[str, Any]


class NoticeVerificationOut(Schema):
    """Whether a notice still is what was published, computed now."""

    agrees: bool
    recorded: str
    computed: str
    content: bool
    document: bool
    answers: bool
    dates: bool


class BidderIn(Schema):
    """Who takes the documents or bids."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    corporate_number: Annotated[str, Field(max_length=20)] = ""
    contact: Annotated[str, Field(max_length=200)] = ""
    helped_drafting: bool = False
    note: Long = ""


class BidderEditIn(BidderIn):
    """What is known of a bidder, corrected. ``token``: of the bidder as it was read."""

    token: Token


class BidderOut(Schema):
    """A bidder, for members, with what to look at. ``token``: to be given back with a correction."""

    id: uuid.UUID
    name: str
    corporate_number: str
    contact: str
    helped_drafting: bool
    note: str
    added_at: datetime
    token: str
    warnings: list[WarningOut]


class QuestionIn(Schema):
    """A question of a bidder."""

    text: Annotated[str, Field(min_length=1, max_length=10_000)]
    received_on: date
    bidder: uuid.UUID | None = None
    clause: Clause = ""


class AnswerIn(Schema):
    """An answer; ``text`` words the question anew. ``token``: of the question as it was read."""

    answer: Annotated[str, Field(max_length=10_000)]
    text: Annotated[str, Field(max_length=10_000)] | None = None
    token: Token


class ReleaseIn(Schema):
    """``token``: of the answers and receivers as they were read (GET bidder-questions/release)."""

    token: Token


class ReleaseOut(Schema):
    """What a release would give out (numbers of questions), to whom, and the token of exactly that."""

    numbers: list[int]
    recipients: list[str]
    token: str


class BidderQuestionOut(Schema):
    """A question. ``bidder``, ``recipients``, ``token`` (to be given back with an answer): for members only, null for others."""

    number: int
    clause: str
    text: str
    received_on: date
    answer: str
    released_at: datetime | None
    release: int | None
    bidder: str | None
    recipients: list[str] | None
    token: str | None


class ReceiverOut(Schema):
    """A bidder who came after a release, with how many answers they have not been given."""

    id: uuid.UUID
    name: str
    missing: int


class DeliveredOut(Schema):
    """How many answers were new to the bidder."""

    delivered: int


class ProposalOut(Schema):
    """A proposal under seal."""

    id: uuid.UUID
    bidder_id: uuid.UUID
    file_name: str
    sha256: str
    size: int
    note: str
    at: datetime


class ProposalIn(Schema):
    """Whose proposal the file is."""

    bidder: uuid.UUID
    note: Long = ""


class ScoreIn(Schema):
    """One criterion: ``met`` of a mandatory one, ``points`` of an additional one."""

    criterion: Annotated[str, Field(max_length=120)]
    met: bool | None = None
    points: Annotated[Decimal, Field(ge=0, le=100_000, max_digits=9)] | None = None
    comment: Long = ""


class ScoresIn(Schema):
    """One's own scores of one bidder; what is not named stays."""

    scores: Annotated[list[ScoreIn], Field(min_length=1, max_length=1000)]


class ScoreOut(Schema):
    """A score."""

    bidder_id: uuid.UUID
    evaluator_id: uuid.UUID
    criterion: str
    met: bool | None
    points: Decimal | None
    comment: str
    at: datetime


class StandingOut(Schema):
    """One bidder after the closing; criteria by their ids."""

    bidder: str
    passed: bool
    points: Decimal | None
    rank: int | None
    failed: list[str]
    split: list[str]
    means: dict[str, Decimal]


class ScoresComparisonOut(Schema):
    """All bidders; how many evaluators counted, and how many were left out because they scored only a part."""

    standings: list[StandingOut]
    counted: int
    left_out: int


class AwardIn(Schema):
    """Who won; ``price_yen`` is the 落札金額 (never the 予定価格). ``token``: of the evaluation as it was read."""

    bidder: uuid.UUID
    reason: Long = ""
    price_yen: Annotated[int, Field(ge=1, le=10**15)] | None = None
    token: Token


class EvaluationOut(Schema):
    """From the opening to the award; ``winner`` and ``price_yen`` are null until then. ``token``: to be given back with an award
    (null before the opening).
    """

    stage: str
    opened_at: datetime | None
    closed_at: datetime | None
    awarded_at: datetime | None
    winner: str | None
    price_yen: int | None
    token: str | None
