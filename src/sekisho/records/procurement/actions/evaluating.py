"""After the opening: proposals under seal, scores of one's own, the closing, the award."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from sekisho.errors import Conflict, InputError, NotPermitted, Problem
from sekisho.records.downloads import safe_file_name
from sekisho.records.evidence import actions as evidence_actions
from sekisho.records.ledger.actions import recording
from sekisho.records.procurement import queries
from sekisho.records.procurement.actions.notice import locked_case
from sekisho.records.procurement.models import Bidder, Evaluation, MemberPart, Proposal, Score
from sekisho.records.procurement.queries import notice as notice_queries
from sekisho.records.procurement.queries import tokens
from sekisho.records.procurement.rules.notice import checked_words
from sekisho.records.procurement.rules.scoring import Wanted, checked_score
from sekisho.records.procurement.rules.tokens import require_token
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    import uuid
    from datetime import datetime
    from io import BufferedReader

    from sekisho.records.organization.principals import Principal
    from sekisho.records.procurement.models import Case

__all__ = ["Judged", "award_contract", "close_evaluation", "fetch_proposal", "record_proposal", "score_bidder"]

_TEXT: Final = 4000
_MOST_YEN: Final = 10**15
_MOST_PROPOSALS: Final = 2000
_TYPES: Final = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}


def _scoring(case: Case, step: str) -> tuple[Case, Evaluation]:
    """The locked case and its evaluation while it is open."""
    found, _stage, evaluation = locked_case(case, step)
    if evaluation is None:  # opened before there were evaluations: no such case is made
        raise Conflict("procurement_notice.not_now", step=step, stage="noticed")
    return found, evaluation


def record_proposal(
    principal: Principal,
    case: Case,
    *,
    bidder_id: uuid.UUID,
    file_name: str,
    chunks: Iterable[bytes],
    note: str = "",
    now: datetime,
) -> Proposal:
    """Keep a bidder's proposal, after the opening only. The bytes are sealed: only this room gives them out again.

    Raises InputError ``evidence.too_large``, ``evidence.empty_file``; NotFound for a bidder of another case; Conflict
    ``procurement_notice.proposal_twice``.
    """
    queries.require_part(principal, case, "procurement.evaluate", MemberPart.OWNER, MemberPart.EVALUATOR)
    words = checked_words(note, name="note", limit=_TEXT)
    # Nothing is stored for a case that does not stand there; the lock below decides.
    if not notice_queries.may_see_proposals(principal, case):
        raise Conflict("procurement_notice.not_now", step="record_proposal", stage="noticed")
    name = safe_file_name(file_name)
    stored = evidence_actions.artifact_store().put(chunks, limit=settings.SEKISHO_MAX_UPLOAD)
    if stored.size == 0:
        raise InputError("evidence.empty_file")
    with recording(principal, "procurement.record_proposal", now=now, organization_id=case.organization_id) as entry:
        found, _evaluation = _scoring(case, "record_proposal")
        bidder = notice_queries.bidder(principal, found, bidder_id)
        if Proposal.objects.filter(case=found).count() >= _MOST_PROPOSALS:
            raise InputError("procurement_notice.too_many", limit=_MOST_PROPOSALS)
        if before := Proposal.objects.filter(case=found, bidder=bidder, artifact=stored.sha256).first():
            raise Conflict("procurement_notice.proposal_twice", name=before.file_name)
        media_type = _TYPES.get(PurePosixPath(name).suffix.lower(), "application/octet-stream")
        artifact = evidence_actions.seal(stored, media_type=media_type, now=now)
        made = Proposal.objects.create(
            case=found, bidder=bidder, artifact=artifact, file_name=name, note=words, person_id=principal.person_id, at=now
        )
        entry.about(found.pk, made.pk, bidder.pk)
        entry.fact(sha256=stored.sha256, size=stored.size)
        entry.words(file_name=name)
    return made


def fetch_proposal(principal: Principal, case: Case, *, proposal_id: uuid.UUID, now: datetime) -> tuple[Proposal, BufferedReader]:
    """The bytes of a proposal for an evaluator; the ledger tells who fetched which. Raises NotFound."""
    with recording(principal, "procurement.fetch_proposal", now=now, organization_id=case.organization_id) as entry:
        found = notice_queries.sealed_proposal(principal, case, proposal_id)
        file = evidence_actions.artifact_store().open(found.artifact_id)
        entry.about(case.pk, found.pk)
        entry.fact(sha256=found.artifact_id)
    return found, file


@dataclass(frozen=True, slots=True)
class Judged:
    """What an evaluator says of one criterion: ``met`` of a mandatory one, ``points`` of an additional one."""

    criterion: str
    met: bool | None = None
    points: Decimal | None = None
    comment: str = ""


def score_bidder(
    principal: Principal, case: Case, *, bidder_id: uuid.UUID, judged: Sequence[Judged], now: datetime
) -> list[Score]:
    """One's own judgement of criteria of one bidder; all or nothing is kept. It may be changed until the closing.

    Raises InputError ``procurement_notice.wrong_scores`` with every fault (``column``: the criterion): points exist only under
    総合評価, from 0 to the maximum with two decimals; a mandatory criterion is met or not.
    """
    queries.require_part(principal, case, "procurement.evaluate", MemberPart.EVALUATOR)
    if principal.person_id is None:
        raise NotPermitted("procurement.not_member", parts=MemberPart.EVALUATOR)
    with recording(principal, "procurement.score", now=now, organization_id=case.organization_id) as entry:
        found, _evaluation = _scoring(case, "score")
        bidder = notice_queries.bidder(principal, found, bidder_id)
        rows = _checked(found, judged)
        made = [
            Score.objects.update_or_create(
                bidder=bidder, criterion=name, evaluator_id=principal.person_id, defaults={"case": found, "at": now, **values}
            )[0]
            for name, values in rows.items()
        ]
        entry.about(found.pk, bidder.pk)
        entry.fact(criteria=list(rows))
        entry.words(scores={name: [str(v["met"]), str(v["points"]), v["comment"]] for name, v in rows.items()})
    return made


def _checked(case: Case, judged: Sequence[Judged]) -> dict[str, dict[str, Any]]:
    """Criterion → what is kept. Raises InputError with every fault."""
    wanted = {one.id: one for one in notice_queries.wanted(case)}
    award = notice_queries.notices(case)[0].award
    rows: dict[str, dict[str, Any]] = {}
    problems = []
    for one in judged[: len(wanted) + 1]:
        try:
            rows[one.criterion] = _one(one, wanted.get(one.criterion), award)
        except InputError as error:
            problems.append(Problem(error.code, error.fields, column=one.criterion[:80]))
    if problems or not rows:
        raise InputError("procurement_notice.wrong_scores", problems=tuple(problems), count=len(problems))
    return rows


def _one(judged: Judged, wanted: Wanted | None, award: str) -> dict[str, Any]:
    if wanted is None:
        raise InputError("procurement_notice.unknown_criterion", criterion=judged.criterion[:40])
    met, points = checked_score(wanted, award=award, met=judged.met, points=judged.points)
    return {"met": met, "points": points, "comment": checked_words(judged.comment, name="comment", limit=_TEXT)}


def close_evaluation(principal: Principal, case: Case, *, now: datetime) -> Evaluation:
    """End the scoring: from now on nothing is changed, and owners and evaluators see all scores. Only owners.

    Raises Conflict ``procurement_notice.no_scores`` when nobody scored everything, InputError ``.scores_missing`` with each
    evaluator who still has to score.
    """
    queries.require_part(principal, case, "procurement.notice", MemberPart.OWNER)
    with recording(principal, "procurement.close_evaluation", now=now, organization_id=case.organization_id) as entry:
        found, evaluation = _scoring(case, "close_evaluation")
        missing = notice_queries.missing_of(found)
        if missing:
            problems = tuple(Problem("procurement_notice.scores_missing_of", {"name": n, "count": c}) for n, c in missing)
            raise InputError("procurement_notice.scores_missing", problems=problems, count=len(problems))
        comparison = notice_queries.comparison_of(found)
        if comparison.standings and notice_queries.wanted(found) and not comparison.counted:
            raise Conflict("procurement_notice.no_scores")
        evaluation.closed_at, evaluation.closed_by_id = now, principal.person_id
        evaluation.save(update_fields=["closed_at", "closed_by"])
        entry.about(found.pk, evaluation.pk)
        entry.fact(bidders=len(comparison.standings), evaluators=len(comparison.counted), left_out=len(comparison.left_out))
    return evaluation


def award_contract(
    principal: Principal,
    case: Case,
    *,
    bidder_id: uuid.UUID,
    reason: str = "",
    price_yen: int | None = None,
    token: str | None = None,
    now: datetime,
) -> Evaluation:
    """Record who won, after the closing. ``price_yen``: the 落札金額 (public; never the 予定価格). Only owners.

    A ``reason`` is needed for a bidder who helped with the drafting, for one who has not the most points, and to name another one
    than before. ``token``: of the award that was shown. Raises Conflict ``procurement_notice.changed_meanwhile``,
    ``.bidder_failed``, InputError ``.award_reason``.
    """
    queries.require_part(principal, case, "procurement.notice", MemberPart.OWNER)
    words = checked_words(reason, name="reason", limit=_TEXT)
    if price_yen is not None and not 0 < price_yen <= _MOST_YEN:
        raise InputError("procurement_notice.price", limit=f"{_MOST_YEN:,}")
    with recording(principal, "procurement.award", now=now, organization_id=case.organization_id) as entry:
        found, evaluation = _scoring(case, "award")
        require_token(token, present=tokens.of_award(evaluation))
        winner = the_row(Bidder.objects.filter(case=found, pk=bidder_id))
        standing = next(s for s in notice_queries.comparison_of(found).standings if s.bidder == str(winner.pk))
        if not standing.passed:
            raise Conflict("procurement_notice.bidder_failed", name=winner.name)
        unusual = winner.helped_drafting or (standing.rank or 1) > 1
        changed = evaluation.winner_id is not None and evaluation.winner_id != winner.pk
        if (unusual or changed) and not words:
            raise InputError("procurement_notice.award_reason")
        evaluation.winner, evaluation.reason, evaluation.price_yen = winner, words, price_yen
        evaluation.awarded_at, evaluation.awarded_by_id = now, principal.person_id
        evaluation.save(update_fields=["winner", "reason", "price_yen", "awarded_at", "awarded_by"])
        entry.about(found.pk, evaluation.pk, winner.pk)
        entry.fact(rank=standing.rank, helped_drafting=winner.helped_drafting, changed=changed)
        entry.words(reason=words, winner=winner.name)
    return evaluation
