"""From the notice to the award, as far as the reader may see it.

| what | who, and when |
|---|---|
| notices, the frozen specification | everybody who sees the case (``queries.cases``) |
| bidders | members of the case |
| questions | members; others once the answers are released, and never who asked |
| which proposals there are | owners and evaluators, after the opening |
| what stands in them | evaluators, after the opening |
| scores | after the opening each evaluator their own; after the closing owners and evaluators all |
| winner | everybody who sees the case, once awarded |
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Max

from sekisho.errors import NotFound
from sekisho.records.procurement.models import (
    Bidder,
    BidderQuestion,
    CaseMember,
    Evaluation,
    MemberPart,
    Notice,
    Proposal,
    Score,
)
from sekisho.records.procurement.queries.cases import parts_of
from sekisho.records.procurement.queries.contract import latest_notice
from sekisho.records.procurement.rules.notice import Stage, Warned, bidder_warnings, names_in, stage_of
from sekisho.records.procurement.rules.scoring import Comparison, Given, Wanted, compare_scores, missing_scores, wanted_from
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sekisho.records.organization.principals import Principal
    from sekisho.records.procurement.models import Case

__all__ = [
    "bidder",
    "bidder_question",
    "bidder_questions",
    "bidders",
    "comparison_of",
    "evaluation_of",
    "evaluators",
    "given_away",
    "given_away_each",
    "given_from",
    "may_read_proposals",
    "may_see_proposals",
    "missing_of",
    "next_question_number",
    "notice",
    "notices",
    "proposal_is_kept",
    "proposals",
    "receivers_missing",
    "scores",
    "sealed_proposal",
    "stage",
    "waiting_answers",
    "wanted",
    "warnings_of",
]

_JUDGES = frozenset({MemberPart.OWNER, MemberPart.EVALUATOR})


def notices(case_: Case) -> QuerySet[Notice]:
    """The notices of a case that the caller was allowed to see, the one in force first."""
    return Notice.objects.filter(case=case_).select_related("person", "case_version")


def notice(case_: Case, number: int) -> Notice:
    """One notice. Raises NotFound."""
    return the_row(notices(case_).filter(number=number))


def evaluation_of(case_: Case) -> Evaluation | None:
    """What happened since the opening; None before it."""
    return Evaluation.objects.filter(case=case_).select_related("winner", "opened_by", "closed_by", "awarded_by").first()


def stage(case_: Case, evaluation: Evaluation | None) -> Stage:
    """Where the procedure stands."""
    return stage_of(
        case_.state,
        closed=evaluation is not None and evaluation.closed_at is not None,
        awarded=evaluation is not None and evaluation.awarded_at is not None,
    )


def _require(principal: Principal, case_: Case, parts: Iterable[str] = MemberPart.values) -> None:
    if not principal.may("procurement.read", case_.organization_id) or not parts_of(principal, case_) & set(parts):
        raise NotFound("access.not_found")


def bidders(principal: Principal, case_: Case) -> QuerySet[Bidder]:
    """The bidders, for members only. Raises NotFound."""
    _require(principal, case_)
    return Bidder.objects.filter(case=case_).order_by("added_at", "name")


def bidder(principal: Principal, case_: Case, bidder_id: uuid.UUID) -> Bidder:
    """One bidder, for members only. Raises NotFound."""
    return the_row(bidders(principal, case_).filter(pk=bidder_id))


def warnings_of(one: Bidder, all_of_case: Iterable[Bidder]) -> tuple[Warned, ...]:
    """What to look at with a bidder (PR22, no corporate number, the same company twice)."""
    others = [(other.name, other.corporate_number) for other in all_of_case if other.pk != one.pk]
    return bidder_warnings(
        helped_drafting=one.helped_drafting, corporate_number=one.corporate_number, name=one.name, others=others
    )


def bidder_questions(principal: Principal, case_: Case) -> QuerySet[BidderQuestion]:
    """The questions: members see all with who asked; others those that were released, without (``bidder`` must not be shown)."""
    rows = BidderQuestion.objects.filter(case=case_).order_by("number")
    if parts_of(principal, case_):
        return rows.select_related("bidder", "answered_by").prefetch_related("recipients")
    return rows.exclude(released_at=None)


def bidder_question(principal: Principal, case_: Case, number: int) -> BidderQuestion:
    """One question. Raises NotFound."""
    return the_row(bidder_questions(principal, case_).filter(number=number))


def waiting_answers(principal: Principal, case_: Case) -> QuerySet[BidderQuestion]:
    """The questions whose answers are written and not released, for members only. Raises NotFound."""
    _require(principal, case_)
    return BidderQuestion.objects.filter(case=case_, released_at=None).exclude(answer="").order_by("number")


def given_away(case_: Case, texts: Iterable[str]) -> list[str]:
    """The bidders whose names these texts give away."""
    return given_away_each(case_, [tuple(texts)])[0]


def given_away_each(case_: Case, groups: Iterable[Iterable[str]]) -> list[list[str]]:
    """The same for each group of texts, with one look at the bidders."""
    known = list(Bidder.objects.filter(case=case_).values_list("name", "corporate_number"))
    return [sorted({name for text in group for name in names_in(text, known)}) for group in groups]


def receivers_missing(case_: Case) -> list[tuple[Bidder, int]]:
    """Bidders who came after a release, with how many released answers they have not been given."""
    total = BidderQuestion.objects.filter(case=case_).exclude(released_at=None).count()
    if not total:
        return []
    rows = Bidder.objects.filter(case=case_).annotate(had=Count("received_answers", distinct=True)).order_by("added_at")
    return [(row, total - row.had) for row in rows if row.had < total]


def may_see_proposals(principal: Principal, case_: Case) -> bool:
    """Owners and evaluators, once the bids are open."""
    if not principal.may("procurement.read", case_.organization_id) or not parts_of(principal, case_) & _JUDGES:
        return False
    return Evaluation.objects.filter(case=case_).exists()


def proposals(principal: Principal, case_: Case) -> QuerySet[Proposal]:
    """The proposals, for owners and evaluators after the opening. Raises NotFound."""
    if not may_see_proposals(principal, case_):
        raise NotFound("access.not_found")
    return Proposal.objects.filter(case=case_).select_related("bidder", "artifact", "person").order_by("at")


def may_read_proposals(principal: Principal, case_: Case) -> bool:
    """Evaluators, once the bids are open. An owner who also evaluates is made an evaluator, which is on record."""
    return may_see_proposals(principal, case_) and MemberPart.EVALUATOR in parts_of(principal, case_)


def sealed_proposal(principal: Principal, case_: Case, proposal_id: uuid.UUID) -> Proposal:
    """One proposal to be read, for evaluators. Raises NotFound."""
    if not may_read_proposals(principal, case_):
        raise NotFound("access.not_found")
    return the_row(proposals(principal, case_).filter(pk=proposal_id))


def proposal_is_kept(sha256: str) -> bool:
    """Whether bytes are a proposal: they are not deleted because somebody else held the same and erased them."""
    return Proposal.objects.filter(artifact=sha256).exists()


def wanted(case_: Case) -> tuple[Wanted, ...]:
    """The criteria of the notice in force."""
    found = latest_notice(case_)
    return wanted_from(found.frozen) if found else ()


def evaluators(case_: Case) -> QuerySet[CaseMember]:
    """Who evaluates."""
    return CaseMember.objects.filter(case=case_, part=MemberPart.EVALUATOR).select_related("person").order_by("person__name")


def scores(principal: Principal, case_: Case) -> QuerySet[Score]:
    """One's own scores; after the closing, for owners and evaluators, all. Raises NotFound for everybody else."""
    if not may_see_proposals(principal, case_):
        raise NotFound("access.not_found")
    rows = Score.objects.filter(case=case_).select_related("bidder", "evaluator").order_by("bidder__added_at", "criterion")
    found = evaluation_of(case_)
    if found is not None and found.closed_at is not None:
        return rows
    return rows.filter(evaluator=principal.person_id) if principal.person_id else rows.none()


def given_from(rows: Iterable[Score]) -> list[Given]:
    """Scores as values."""
    return [Given(str(row.bidder_id), row.criterion, str(row.evaluator_id), row.met, row.points) for row in rows]


def missing_of(case_: Case) -> list[tuple[str, int]]:
    """Evaluators (names) and how many scores each still has to give; who is done is left out. Says nothing of what was given."""
    people = {str(member.person_id): member.person.name for member in evaluators(case_)}
    listed = [str(pk) for pk in Bidder.objects.filter(case=case_).values_list("pk", flat=True)]
    gaps = missing_scores(wanted(case_), listed, people, given_from(Score.objects.filter(case=case_)))
    return [(people[who], count) for who, count in gaps.items()]


def comparison_of(case_: Case) -> Comparison:
    """All scores compared. For the action of closing and for pages after it: who may see it is decided before."""
    listed = [str(pk) for pk in Bidder.objects.filter(case=case_).order_by("added_at", "name").values_list("pk", flat=True)]
    return compare_scores(wanted(case_), listed, given_from(Score.objects.filter(case=case_)))


def next_question_number(case_: Case) -> int:
    """The number of the next question (inside a transaction that locked the case)."""
    last: dict[str, Any] = BidderQuestion.objects.filter(case=case_).aggregate(last=Max("number"))
    return (last["last"] or 0) + 1
