"""Documents of the bidding from rows: what was answered to all, one's own sheet, the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from sekisho.documents.numbering import NumberingStyle as Style
from sekisho.errors import NotFound
from sekisho.records.procurement.models import BidderQuestion
from sekisho.records.procurement.queries import notice as notice_queries
from sekisho.records.procurement.queries.cases import rules_of
from sekisho.records.procurement.queries.contract import demanded, latest_notice
from sekisho.records.procurement.writing import outline
from sekisho.records.procurement.writing.bidding import Answer, Place, answer_sheet, comparison_sheet, scoring_sheet

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.documents.model import Document
    from sekisho.records.organization.principals import Principal
    from sekisho.records.procurement.models import Case

__all__ = ["answer_document", "cited", "evaluation_document"]


def cited(case_: Case, *, language: str) -> dict[str, str]:
    """Id of a clause → its number and title in the published specification, in order; empty before the notice."""
    found = latest_notice(case_)
    levels = found.frozen.get("numbering_levels") if found else None
    if not levels:
        return {}
    made = outline(rules_of(case_), demanded(case_), Style(tuple(levels)), "en" if language == "en" else "ja")
    return {name: f"{entry.citation} {entry.title}".strip() for name, entry in made.by_clause.items()}


def _place(case_: Case, *, language: str, now: datetime, issued: bool = True) -> Place:
    organization = case_.organization
    return Place(
        title=case_.title,
        number=case_.number,
        organization=organization.name,
        as_of=timezone.localtime(now),
        language=language,
        fictional=organization.is_fictional,
        issued=issued,
        cited=cited(case_, language=language),
    )


def answer_document(principal: Principal, case_: Case, *, language: str, now: datetime) -> Document:
    """質問回答書: what was released, without who asked."""
    rows = notice_queries.bidder_questions(principal, case_).exclude(released_at=None)
    return answer_sheet(_place(case_, language=language, now=now), [_answer(row) for row in rows])


def _answer(row: BidderQuestion) -> Answer:
    return Answer(
        number=row.number,
        clause=row.clause,
        question=row.text,
        answer=row.answer,
        received_on=row.received_on,
        release=row.release,
        released_at=row.released_at,
    )


def evaluation_document(principal: Principal, case_: Case, *, language: str, now: datetime, name: str) -> Document:
    """One's own sheet (evaluators and owners, after the opening); the whole result once the scoring is closed.

    Raises NotFound. ``name``: of the reader, as their sheet says.
    """
    if not notice_queries.may_see_proposals(principal, case_):
        raise NotFound("access.not_found")
    bidders = [(str(one.pk), one.name) for one in notice_queries.bidders(principal, case_)]
    criteria = notice_queries.wanted(case_)
    evaluation = notice_queries.evaluation_of(case_)
    closed = evaluation is not None and evaluation.closed_at is not None
    place = _place(case_, language=language, now=now, issued=closed)
    if closed:
        found = latest_notice(case_)
        overall = found is not None and found.award == "overall"
        return comparison_sheet(place, criteria, bidders, notice_queries.comparison_of(case_), overall=overall)
    given = notice_queries.given_from(notice_queries.scores(principal, case_))
    return scoring_sheet(place, criteria, bidders, given, evaluator=name)
