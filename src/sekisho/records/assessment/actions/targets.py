"""One target level for all judgements of a subject, because of its grade: what people or contracts decided stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from sekisho.errors import Conflict, InputError
from sekisho.records.assessment.models import Judgement, JudgementChange, Level, TargetOrigin
from sekisho.records.assessment.queries.targets import TargetPlan, plan_of
from sekisho.records.ledger.actions import recording
from sekisho.records.organization.queries import visible_to

if TYPE_CHECKING:
    from datetime import date, datetime

    from sekisho.records.organization.principals import Principal
    from sekisho.records.subjects.models import Subject

__all__ = ["set_targets"]

_CHUNK: Final = 400
_REASON: Final = 400


def set_targets(
    principal: Principal,
    *,
    subject: Subject,
    level: int,
    on: date,
    reason: str,
    digest: str,
    now: datetime,
    facts: dict[str, Any] | None = None,
) -> TargetPlan:
    """Let every judgement of ``subject`` that applies aim at ``level`` by ``on``, as ``queries.target_plan`` (``digest``) says.

    Targets set by a person, removed by one, or taken over with a contract stay; they are in the plan's ``kept``. ``reason`` says
    which grade asks for it; ``facts`` are added to the one entry of the ledger. The number of queries does not follow that of the
    judgements.

    Raises InputError ``assessment.unknown_level``, ``assessment.target_past``, ``assessment.target_reason``; Conflict
    ``assessment.targets_changed`` when the plan is another one by now; NotPermitted without ``judgement.target``.
    """
    principal.require("judgement.target", subject.organization_id)
    if level not in (Level.UME, Level.TAKE, Level.MATSU):
        raise InputError("assessment.unknown_level", level=level)
    if on < timezone.localdate(now):
        raise InputError("assessment.target_past", on=on.isoformat())
    reason = reason.strip()[:_REASON]
    if not reason:
        raise InputError("assessment.target_reason")
    with transaction.atomic():
        with recording(principal, "judgement.targets", now=now, organization_id=subject.organization_id) as entry:
            rows = visible_to(Judgement.objects.filter(subject=subject, applicable=True), principal, action="judgement.target")
            locked = rows.select_for_update(of=("self",)).select_related("requirement__catalog").defer("requirement__search_text")
            plan = plan_of(
                locked.order_by("requirement__catalog__key", "requirement__position", "pk"), subject=subject, level=level
            )
            if plan.digest != digest:
                raise Conflict("assessment.targets_changed")
            _write(plan, on=on, reason=reason, now=now)
            entry.about(subject.pk, *(one.judgement.pk for one in plan.changing))
            kept = {what: plan.count(what) for what in ("person", "removed", "bought")}
            entry.fact(target=int(level), on=on.isoformat(), set=len(plan.changing), same=len(plan.same), kept=kept)
            entry.fact(**(facts or {}))
            entry.words(reason=reason)
        _remember(principal, plan, on=on, reason=reason, sequence=entry.sequence, now=now)
    return plan


def _write(plan: TargetPlan, *, on: date, reason: str, now: datetime) -> None:
    """One update for each level that results (the contract's own floor may lift a few above the rest)."""
    for level in sorted({one.level for one in plan.changing}):
        ids = [one.judgement.pk for one in plan.changing if one.level == level]
        for start in range(0, len(ids), _CHUNK):
            Judgement.objects.filter(pk__in=ids[start : start + _CHUNK]).update(
                target_level=level,
                target_on=on,
                target_origin=TargetOrigin.GRADE,
                target_reason=reason,
                changed_at=now,
                version=F("version") + 1,
            )


def _remember(principal: Principal, plan: TargetPlan, *, on: date, reason: str, sequence: int | None, now: datetime) -> None:
    """A line of history for each judgement whose target changed."""
    lines = [
        JudgementChange(
            judgement=one.judgement,
            at=now,
            what="target",
            level_before=one.judgement.level,
            level_after=one.judgement.level,
            basis=one.judgement.basis,
            person_id=principal.person_id,
            reason=reason,
            explanation={"target": one.level, "target_before": one.judgement.target_level, "on": on.isoformat()},
            evidence_ids=one.judgement.explanation.get("evidence", []),
            ledger_sequence=sequence,
        )
        for one in plan.changing
    ]
    JudgementChange.objects.bulk_create(lines)
