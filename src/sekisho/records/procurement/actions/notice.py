"""The notice: everything that bidders must meet is frozen; a correction is a new notice beside the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, Required, TypedDict, Unpack

import msgspec
from django.db import IntegrityError
from django.utils import timezone

from sekisho.errors import Conflict, InputError, Problem
from sekisho.records.ledger.actions import recording
from sekisho.records.procurement import queries
from sekisho.records.procurement.actions.cases import keep_version
from sekisho.records.procurement.actions.gates import move_gate_duties
from sekisho.records.procurement.models import AnswerChange, Case, CaseState, Evaluation, MemberPart, Notice
from sekisho.records.procurement.queries import freezing
from sekisho.records.procurement.queries import notice as notice_queries
from sekisho.records.procurement.rules.editing import apply_changes, checked_json, value_at
from sekisho.records.procurement.rules.notice import Dates, Stage, checked_words, require_stage
from sekisho.records.procurement.writing import criteria_from

if TYPE_CHECKING:
    from sekisho.records.ledger.actions import Recording
    from sekisho.records.organization.principals import Principal
    from sekisho.records.procurement.queries.freezing import Frozen
    from sekisho.records.procurement.rules.notice_period import PeriodAnswers

__all__ = ["correct_notice", "locked_case", "open_bids", "preview_correction", "preview_notice", "publish_notice"]

_REASON: Final = 4000
_SHEET: Final = 1_000_000  # bytes of an evaluation sheet as JSON


def locked_case(case: Case, step: str) -> tuple[Case, Stage, Evaluation | None]:
    """The row as it is now, locked until the end of the transaction, when ``step`` may be taken now.

    Raises Conflict ``procurement_notice.not_now``.
    """
    found = Case.objects.select_for_update(of=("self",)).select_related("edition", "organization").get(pk=case.pk)
    evaluation = notice_queries.evaluation_of(found)
    stage = notice_queries.stage(found, evaluation)
    require_stage(step, stage)
    return found, stage, evaluation


class NoticeDays(TypedDict, total=False):
    """The days of a notice, as keywords. A competition needs the last two."""

    published_on: Required[date]
    questions_until: date | None
    proposals_until: datetime | None
    opening_at: datetime | None


class CorrectionParts(NoticeDays, total=False):
    """A corrected notice, as keywords: why, and what changes.

    ``changes``: keys as of ``save_answers`` (``clauses.GE1``, ``values.保存期間``); ``criteria``: the whole sheet, None keeps it.
    """

    reason: Required[str]
    changes: Mapping[str, Any] | None
    criteria: Sequence[Mapping[str, Any]] | None
    period: PeriodAnswers | None


def _dates(days: NoticeDays) -> Dates:
    """The days of a notice; moments as local ones, so that their days are those of the office."""
    proposals, opening = days.get("proposals_until"), days.get("opening_at")
    return Dates(
        published_on=days["published_on"],
        questions_until=days.get("questions_until"),
        proposals_until=timezone.localtime(proposals) if proposals else None,
        opening_at=timezone.localtime(opening) if opening else None,
    )


def preview_notice(
    principal: Principal,
    case: Case,
    *,
    award: str = "",
    period: PeriodAnswers | None = None,
    now: datetime,
    **days: Unpack[NoticeDays],
) -> Frozen:
    """Exactly what :func:`publish_notice` would freeze with these days, with its hash. Writes nothing; raises the same."""
    queries.require_part(principal, case, "procurement.notice", MemberPart.OWNER)
    require_stage("publish", notice_queries.stage(case, notice_queries.evaluation_of(case)))
    return freezing.freeze(case, _dates(days), award=award, now=now, language=principal.language, period=period)


def publish_notice(
    principal: Principal,
    case: Case,
    *,
    award: str = "",
    period: PeriodAnswers | None = None,
    expected_sha256: str = "",
    now: datetime,
    **days: Unpack[NoticeDays],
) -> Notice:
    """公告: freeze requirements, clauses, criteria, numbering and the document. Only owners.

    ``award``: as the question was answered. ``period``: what the time for bids depends on and neither the answers nor the
    calendar say, and the reason for a shorter one.
    ``expected_sha256``: of a preview; refused with Conflict ``procurement_notice.changed_since_preview`` when somebody saved
    meanwhile. Raises as :func:`queries.freezing.freeze`, and Conflict ``procurement_notice.not_now``.
    """
    queries.require_part(principal, case, "procurement.notice", MemberPart.OWNER)
    with recording(principal, "procurement.publish", now=now, organization_id=case.organization_id) as entry:
        found, _stage, _ = locked_case(case, "publish")
        dates = _dates(days)
        frozen = freezing.freeze(found, dates, award=award, now=now, language=principal.language, period=period)
        made = _keep(principal, found, frozen, dates, number=1, reason="", expected=expected_sha256, now=now)
        Case.objects.filter(pk=found.pk).update(state=CaseState.NOTICED, changed_at=now)
        found.state = CaseState.NOTICED
        move_gate_duties(principal, found, now=now)
        entry.about(found.pk, made.pk)
        entry.fact(notice=made.number, sha256=made.sha256, version=made.case_version.number, award=made.award)
        _told_period(entry, made)
    case.state = CaseState.NOTICED
    return made


def _keep(
    principal: Principal, case: Case, frozen: Frozen, dates: Dates, *, number: int, reason: str, expected: str, now: datetime
) -> Notice:
    if expected and expected != frozen.sha256:
        raise Conflict("procurement_notice.changed_since_preview", expected=expected[:12], found=frozen.sha256[:12])
    version = keep_version(principal, case, note="", now=now)
    try:
        return Notice.objects.create(
            case=case,
            number=number,
            case_version=version,
            frozen=frozen.content,
            sha256=frozen.sha256,
            document=frozen.document,
            award=frozen.award,
            published_on=dates.published_on,
            questions_until=dates.questions_until,
            proposals_until=dates.proposals_until,
            opening_at=dates.opening_at,
            reason=reason,
            period=frozen.period,
            person_id=principal.person_id,
            at=now,
        )
    except IntegrityError as error:
        # Only where the database does not lock the case: somebody else was faster by a moment.
        raise Conflict("procurement_notice.not_now", step="publish", stage="noticed") from error


def _told_period(entry: Recording, made: Notice) -> None:
    """How the time for bids was checked, on the ledger; the reasons that were given as words."""
    kept = made.period
    entry.fact(period={name: kept[name] for name in ("outcome", "days", "earliest", "day", "verified") if name in kept})
    entry.words(urgent_reason=kept.get("urgent_reason", ""), period_reason=kept.get("reason", ""))


def preview_correction(principal: Principal, case: Case, *, now: datetime, **parts: Unpack[CorrectionParts]) -> Frozen:
    """Exactly what :func:`correct_notice` would freeze. Writes nothing; raises the same."""
    queries.require_part(principal, case, "procurement.notice", MemberPart.OWNER)
    require_stage("correct", notice_queries.stage(case, notice_queries.evaluation_of(case)))
    changed = Case.objects.select_related("edition", "organization").get(pk=case.pk)
    return _corrected(principal, changed, _correction(parts), now=now)[0]


def correct_notice(
    principal: Principal, case: Case, *, expected_sha256: str = "", now: datetime, **parts: Unpack[CorrectionParts]
) -> Notice:
    """訂正公告: a new notice with its reason; the earlier ones stay. Only before the opening, only owners.

    Strengths that change need the advisor's opinion again, which only a new notice can have: Conflict
    ``procurement_notice.strengths_changed`` where an opinion is needed. Raises as :func:`publish_notice`.
    """
    queries.require_part(principal, case, "procurement.notice", MemberPart.OWNER)
    wanted = _correction(parts)
    with recording(principal, "procurement.correct", now=now, organization_id=case.organization_id) as entry:
        found, _stage, _ = locked_case(case, "correct")
        before, version = found.answers, found.answers_version
        frozen, rows = _corrected(principal, found, wanted, now=now)
        for row in rows:
            row.case, row.version, row.person_id, row.at = found, version + 1, principal.person_id, now
        AnswerChange.objects.bulk_create(rows)
        found.answers_version = version + 1 if found.answers != before else version
        found.title = str(found.answers.get("title") or found.title)
        found.version, found.changed_at = found.version + 1, now
        found.save(update_fields=["answers", "answers_version", "criteria", "title", "version", "changed_at"])
        number = notice_queries.notices(found)[0].number + 1
        made = _keep(
            principal, found, frozen, wanted.dates, number=number, reason=wanted.reason, expected=expected_sha256, now=now
        )
        entry.about(found.pk, made.pk)
        entry.fact(notice=made.number, sha256=made.sha256, version=made.case_version.number, keys=[row.key for row in rows])
        entry.words(reason=wanted.reason)
        _told_period(entry, made)
        move_gate_duties(principal, found, now=now)
    return made


@dataclass(frozen=True, slots=True)
class _Correction:
    """What a correction changes, and why."""

    dates: Dates
    reason: str
    changes: Mapping[str, Any]
    criteria: Sequence[Mapping[str, Any]] | None
    period: PeriodAnswers | None


def _correction(parts: CorrectionParts) -> _Correction:
    return _Correction(
        dates=_dates(parts),
        reason=checked_words(parts["reason"], name="reason", limit=_REASON, required=True),
        changes=parts.get("changes") or {},
        criteria=parts.get("criteria"),
        period=parts.get("period"),
    )


def _corrected(principal: Principal, case: Case, correction: _Correction, *, now: datetime) -> tuple[Frozen, list[AnswerChange]]:
    """What the corrected notice freezes, and the changed answers; ``case`` (in memory) has them afterwards."""
    changes = correction.changes
    before = case.answers
    levels = {result.id: result.level for result in queries.derivation_of(case).requirements if result.holds}
    if changes:
        case.answers = apply_changes(queries.rules_of(case), before, changes)
        case.title = str(case.answers.get("title") or case.title)
    rows = [
        AnswerChange(key=key, before=old, after=new)
        for key in changes
        if (old := value_at(before, key)) != (new := value_at(case.answers, key))
    ]
    if correction.criteria is not None:
        checked_json([dict(row) for row in correction.criteria], name="criteria", limit=_SHEET)
        try:
            case.criteria = msgspec.to_builtins(criteria_from([dict(row) for row in correction.criteria]))
        except msgspec.ValidationError as error:
            message, _, path = str(error).partition(" - at ")
            problem = Problem("derivation.wrong_field", {"detail": message}, column=path.strip("`$.") or ".")
            raise InputError("procurement_outputs.wrong_criteria", problems=(problem,), count=1) from error
    frozen = freezing.freeze(
        case,
        correction.dates,
        award=_award_of(case),
        now=now,
        language=principal.language,
        correction=True,
        reason=correction.reason,
        period=correction.period,
    )
    after = {result.id: result.level for result in frozen.derivation.requirements if result.holds}
    if after != levels and frozen.derivation.decision("opinion_needed") == "yes":
        changed = sorted(name for name in {*levels, *after} if levels.get(name) != after.get(name))
        raise Conflict("procurement_notice.strengths_changed", requirements=", ".join(changed[:20]))
    return frozen, rows


def _award_of(case: Case) -> str:
    """How the award is decided stays as it was announced."""
    return notice_queries.notices(case)[0].award


def open_bids(principal: Principal, case: Case, *, now: datetime) -> Evaluation:
    """開札: from now on proposals are recorded and scored. Only owners, only at or after the announced moment.

    Raises Conflict ``procurement_notice.too_early``, ``procurement_notice.no_opening`` (none was announced), ``.not_now``.
    """
    queries.require_part(principal, case, "procurement.notice", MemberPart.OWNER)
    with recording(principal, "procurement.open", now=now, organization_id=case.organization_id) as entry:
        found, _stage, _ = locked_case(case, "open_bids")
        notice = notice_queries.notices(found)[0]
        if notice.opening_at is None:
            raise Conflict("procurement_notice.no_opening")
        if now < notice.opening_at:
            raise Conflict("procurement_notice.too_early", at=timezone.localtime(notice.opening_at).strftime("%Y-%m-%d %H:%M"))
        made = Evaluation.objects.create(case=found, opened_at=now, opened_by_id=principal.person_id)
        Case.objects.filter(pk=found.pk).update(state=CaseState.OPENED, changed_at=now)
        entry.about(found.pk, made.pk)
        entry.fact(notice=notice.number, sha256=notice.sha256)
    case.state = CaseState.OPENED
    return made
