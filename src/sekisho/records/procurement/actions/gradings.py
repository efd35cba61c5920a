"""Grading a system or a case: what the rules propose and what a person decides, kept with the rules' digest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec
from django.utils import timezone

from sekisho.errors import Conflict, InputError, Problem
from sekisho.records.assessment import actions as assessment_actions
from sekisho.records.ledger.actions import recording
from sekisho.records.procurement import queries
from sekisho.records.procurement.actions.cases import save_answers
from sekisho.records.procurement.models import Grading, MemberPart
from sekisho.records.procurement.queries.gradings import GRADED_KINDS, follows, grading_rules
from sekisho.records.procurement.rules.editing import checked_text
from sekisho.records.procurement.rules.grading import answers_from, grade_of, requirement_set_of
from sekisho.records.subjects import actions as subject_actions
from sekisho.standards import texts

if TYPE_CHECKING:
    from datetime import date, datetime

    from sekisho.records.assessment.queries import TargetPlan
    from sekisho.records.organization.principals import Principal
    from sekisho.records.procurement.models import Case
    from sekisho.records.procurement.rules.grading import Graded
    from sekisho.records.subjects.models import Subject

__all__ = ["grade_system", "set_grade_targets"]

_REASON: Final = 4000


def grade_system(
    principal: Principal,
    *,
    answers: Mapping[str, Any],
    now: datetime,
    subject: Subject | None = None,
    case: Case | None = None,
    grade: str = "",
    reason: str = "",
) -> Grading:
    """Grade a subject, or the system that a case buys. ``grade`` other than proposed needs a ``reason``; empty: as proposed.

    The subject's grade, or the case's answer, follows. Raises InputError ``procurement_tools.*``, ``derivation.wrong_answers``;
    Conflict when somebody else changed the subject or the answer meanwhile.
    """
    if (subject is None) == (case is None):
        raise InputError("procurement_tools.one_thing_to_grade")
    organization_id = subject.organization_id if subject is not None else case.organization_id  # type: ignore[union-attr]
    principal.require("procurement.grade", organization_id)
    if case is not None:
        queries.require_part(principal, case, "procurement.grade", MemberPart.OWNER, MemberPart.EDITOR)
        if case.rule_set != "specification":
            raise InputError("procurement_tools.case_not_graded", number=case.number)
    if subject is not None and subject.kind not in GRADED_KINDS:
        raise InputError("procurement_tools.kind_not_graded", kind=subject.kind)
    if subject is not None and subject.retired_at is not None:
        raise Conflict("subjects.retired", subject=subject.name)
    present = grading_rules(organization_id)
    graded = grade_of(present.rules, answers_from(present.rules, answers), settings=present.settings)
    _refuse_open(graded, principal.language)
    reason = checked_text(reason, name="reason", limit=_REASON)
    decided = grade or graded.grade
    wanted = requirement_set_of(graded, decided)
    if decided != graded.grade and not reason:
        raise InputError("procurement_tools.grade_reason_missing", proposed=graded.grade, grade=decided)
    with recording(principal, "procurement.grade", now=now, organization_id=organization_id) as entry:
        about = {"subject": subject} if subject is not None else {"case": case}
        Grading.objects.filter(**about, superseded_at=None).update(superseded_at=now)
        made = Grading.objects.create(
            organization_id=organization_id,
            **about,
            edition=present.edition,
            rule_digest=present.digest,
            answers=graded.answers,
            proposed=graded.grade,
            grade=decided,
            requirement_set=wanted,
            reasons=[msgspec.to_builtins(one) for one in graded.reasons],
            reason=reason,
            decided_by_id=principal.person_id,
            decided_at=now,
        )
        if subject is not None and subject.grade != decided:
            subject_actions.edit_subject(principal, subject, version=subject.version, now=now, changes={"grade": decided})
        if case is not None:
            save_answers(principal, case, changes={"answers.grade": decided}, base_version=case.answers_version, now=now)
        entry.about(made.pk, *(one.pk for one in (subject, case) if one is not None))
        entry.fact(proposed=graded.grade, grade=decided, rules=present.digest)
        entry.words(reason=reason)
    return made


def set_grade_targets(
    principal: Principal, grading: Grading, *, digest: str, now: datetime, on: date | None = None
) -> TargetPlan:
    """Let the judgements of the graded system aim at the level that goes with its grade, by ``on`` (else as the rules say).

    ``digest`` is that of the plan that was looked at (``queries.gradings.follows``). What a person decided, or what was bought,
    stays and is in the plan's ``kept``. Needs ``judgement.target`` beside ``procurement.grade``.

    Raises Conflict ``procurement_tools.grading_superseded``, ``grading_stale``, ``grade_differs``, ``nothing_graded_yet``,
    ``nothing_follows``, ``assessment.targets_changed``; InputError ``assessment.target_past``.
    """
    principal.require("procurement.grade", grading.organization_id)
    row = Grading.objects.select_related("subject", "case__subject", "case__organization").get(pk=grading.pk)
    if row.case is not None:
        queries.require_part(principal, row.case, "procurement.grade", MemberPart.OWNER, MemberPart.EDITOR)
    found = follows(principal, row)
    if found.refused is not None:
        raise found.refused
    subject, target, plan = found.subject, found.target, found.plan
    assert subject is not None
    assert target is not None
    assert plan is not None
    if plan.digest == digest and not plan.changing:
        raise Conflict("procurement_tools.nothing_follows")
    reason = texts.render(
        "procurement_tools.target_reason",
        {"grade": row.grade, "day": timezone.localdate(row.decided_at).isoformat(), "rules": row.rule_digest[:8]},
        principal.language,
    )
    with recording(principal, "procurement.grade_targets", now=now, organization_id=subject.organization_id) as entry:
        plan = assessment_actions.set_targets(
            principal,
            subject=subject,
            level=target.level,
            on=on or target.by(timezone.localdate(now)),
            reason=reason,
            digest=digest,
            now=now,
            facts={"grading": str(row.pk), "grade": row.grade},
        )
        entry.about(row.pk, subject.pk)
        entry.fact(grade=row.grade, target=target.name, set=len(plan.changing), kept=len(plan.kept))
    return plan


def _refuse_open(graded: Graded, language: str) -> None:
    """InputError while a question is open or answers contradict each other, naming the questions."""
    if graded.derivation.unanswered:
        problems = tuple(
            Problem("procurement_tools.question_open", {"question": name}, column=f"answers.{name}")
            for name in graded.derivation.unanswered
        )
        raise InputError("procurement_tools.grade_open", problems=problems, count=len(problems))
    if graded.derivation.errors:
        problems = tuple(
            Problem(
                "procurement_tools.contradiction",
                {"message": one.message.get(language)},
                column=", ".join(one.questions),
            )
            for one in graded.derivation.errors
        )
        raise InputError("procurement_tools.grade_contradicts", problems=problems)
    if not graded.grade:
        raise InputError("procurement_tools.grade_undecided")
