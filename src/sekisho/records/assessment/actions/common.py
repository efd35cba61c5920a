"""What the actions of the room share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from sekisho.errors import Conflict
from sekisho.records.assessment.models import Judgement, JudgementChange
from sekisho.records.assessment.rules.explain import level_name
from sekisho.records.ledger.actions import recording
from sekisho.records.organization.queries import visible_to
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from sekisho.records.organization.principals import Principal

__all__ = ["changed_meanwhile", "find", "save", "source_of_duty"]


def source_of_duty(subject_id: uuid.UUID) -> str:
    """The duty to renew what has gone stale for a subject."""
    return f"assessment:stale:{subject_id}"


def find(principal: Principal, judgement_id: uuid.UUID, *, organization_id: uuid.UUID | None = None) -> Judgement:
    """One judgement with its requirement and subject (of that organisation, where given). Raises NotFound."""
    rows = Judgement.objects.select_related("requirement__catalog", "subject")
    if organization_id is not None:
        rows = rows.filter(organization=organization_id)
    return the_row(visible_to(rows, principal).filter(pk=judgement_id))


def save(
    principal: Principal,
    judgement: Judgement,
    *,
    version: int,
    what: str,
    changes: dict[str, Any],
    now: datetime,
    reason: str = "",
    facts: dict[str, Any] | None = None,
) -> Judgement:
    """Write one judgement, its line of history and its ledger entry.

    Raises Conflict with what the other person saved when someone was faster.
    """
    level_before = judgement.level
    with transaction.atomic():
        with recording(principal, f"judgement.{what}", now=now, organization_id=judgement.organization_id) as entry:
            values = {**changes, "changed_at": now, "version": version + 1}
            if not Judgement.objects.filter(pk=judgement.pk, version=version).update(**values):
                raise changed_meanwhile(judgement.pk, principal.language)
            for name, value in values.items():
                setattr(judgement, name, value)
            entry.about(judgement.pk, judgement.subject_id)
            entry.fact(before=level_before, after=judgement.level, state=str(judgement.state), **(facts or {}))
            entry.words(reason=reason)
        JudgementChange.objects.create(
            judgement=judgement,
            at=now,
            what=what,
            level_before=level_before,
            level_after=judgement.level,
            basis=judgement.basis,
            person_id=principal.person_id,
            reason=reason,
            explanation=judgement.explanation if what == "confirmed" else {},
            evidence_ids=judgement.explanation.get("evidence", []),
            ledger_sequence=entry.sequence,
        )
    return judgement


def changed_meanwhile(judgement_id: uuid.UUID, language: str) -> Conflict:
    """Says what the other person saved, so that nothing has to be looked up."""
    other = Judgement.objects.select_related("judged_by").get(pk=judgement_id)
    return Conflict(
        "assessment.changed_meanwhile",
        level=other.level,
        level_name=level_name(other.level, language),
        state=str(other.state),
        version=other.version,
        by=str(other.judged_by) if other.judged_by else "―",
        at=other.changed_at.isoformat(),
    )
