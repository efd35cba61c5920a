"""The plan of reviews: what is reviewed, how often, by whom; the next review is a duty."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from sekisho.errors import Conflict, InputError
from sekisho.records.duties import actions as duties
from sekisho.records.ledger.actions import recording
from sekisho.records.monitoring.actions.sources import check_owner
from sekisho.records.monitoring.models import LogSource, Purpose, ReviewPlan
from sekisho.records.monitoring.rules.checking import checked_text
from sekisho.records.monitoring.rules.planning import EVERY, due_after, next_end

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["PlanFacts", "edit_plan", "end_plan", "make_plan", "next_due", "set_duty"]

_TITLE: Final = 200
_BASIS: Final = 200
_REASON: Final = 4000


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What is planned: ids of ``sources``; ``every`` daily, weekly, monthly, quarterly or yearly; whose work it is."""

    title: str
    purpose: str
    sources: Sequence[uuid.UUID]
    every: str
    owner_id: uuid.UUID | None = None
    owner_role: str = ""
    basis: str = ""


def _checked(organization_id: uuid.UUID, facts: PlanFacts, now: datetime) -> tuple[dict[str, Any], list[LogSource]]:
    if facts.purpose not in Purpose.values:
        raise InputError("monitoring.unknown_purpose", name="purpose", value=facts.purpose[:20])
    if facts.every not in EVERY:
        raise InputError("monitoring.unknown_rhythm", name="every", value=facts.every[:20])
    check_owner(organization_id, facts.owner_id, facts.owner_role, now=now)
    values = {
        "title": checked_text(facts.title, name="title", limit=_TITLE, needed=True),
        "purpose": facts.purpose,
        "every": facts.every,
        "owner_id": facts.owner_id,
        "owner_role": "" if facts.owner_id else facts.owner_role,
        "basis": checked_text(facts.basis, name="basis", limit=_BASIS),
    }
    return values, chosen_sources(organization_id, facts.sources)


def chosen_sources(organization_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> list[LogSource]:
    """The sources in use of an organisation with these ids. Raises InputError when there is none, or one is elsewhere."""
    wanted = set(ids)
    if not wanted:
        raise InputError("monitoring.no_sources_chosen", name="sources")
    rows = list(LogSource.objects.filter(organization_id=organization_id, pk__in=wanted, retired_at=None).order_by("name"))
    if len(rows) != len(wanted):
        raise InputError("monitoring.source_elsewhere", name="sources")
    return rows


def next_due(plan: ReviewPlan) -> datetime:
    """Until when the next review of a plan is to be finished."""
    local = timezone.localtime(plan.reviewed_until)
    return due_after(next_end(local, plan.every), plan.every)


def set_duty(principal: Principal, plan: ReviewPlan, *, now: datetime) -> None:
    """The next review of a plan as a duty of whoever it belongs to."""
    duties.set_duty(
        principal,
        source=_duty(plan),
        organization_id=plan.organization_id,
        code="monitoring.duty_review",
        fields={"title": plan.title},
        due_at=plan.due_at,
        owner_id=plan.owner_id,
        owner_role=plan.owner_role,
        basis=plan.basis,
        url=f"monitoring/plans/{plan.pk}/",
        now=now,
    )


def _duty(plan: ReviewPlan) -> str:
    return f"monitoring:plan:{plan.pk}"


def make_plan(
    principal: Principal, *, organization: Organization, facts: PlanFacts, starts_at: datetime, now: datetime
) -> ReviewPlan:
    """Plan reviews from ``starts_at`` on: the first one covers the time from there. Raises InputError, Conflict."""
    principal.require("monitoring.plan", organization.pk)
    values, sources = _checked(organization.pk, facts, now)
    with recording(principal, "monitoring.make_plan", now=now, organization_id=organization.pk) as entry:
        made = ReviewPlan(organization=organization, reviewed_until=starts_at, due_at=now, created_at=now, **values)
        made.due_at = next_due(made)
        _save(made)
        made.sources.set(sources)
        set_duty(principal, made, now=now)
        entry.about(made.pk, *(row.pk for row in sources))
        entry.fact(every=made.every, purpose=made.purpose)
        entry.words(title=made.title)
    return made


def _save(row: ReviewPlan, *, update_fields: list[str] | None = None) -> None:
    try:
        with transaction.atomic():
            row.save(update_fields=update_fields)
    except IntegrityError as error:
        raise Conflict("monitoring.plan_twice", name="title", value=row.title) from error


def edit_plan(principal: Principal, plan: ReviewPlan, *, facts: PlanFacts, version: int, now: datetime) -> ReviewPlan:
    """Change a plan; what is due is counted anew from where the last review ended."""
    principal.require("monitoring.plan", plan.organization_id)
    values, sources = _checked(plan.organization_id, facts, now)
    with recording(principal, "monitoring.edit_plan", now=now, organization_id=plan.organization_id) as entry:
        row = ReviewPlan.objects.select_for_update().get(pk=plan.pk)
        if row.version != version:
            raise Conflict("monitoring.changed_meanwhile")
        if row.ended_at is not None:
            raise Conflict("monitoring.plan_ended")
        changed = [name for name, value in values.items() if getattr(row, name) != value]
        for name in changed:
            setattr(row, name, values[name])
        row.due_at = next_due(row)
        row.version += 1
        _save(row, update_fields=[*(name.removesuffix("_id") for name in changed), "due_at", "version"])
        row.sources.set(sources)
        set_duty(principal, row, now=now)
        entry.about(row.pk)
        entry.fact(changed=sorted(changed), sources=[str(source.pk) for source in sources])
    return row


def end_plan(principal: Principal, plan: ReviewPlan, *, reason: str, now: datetime) -> None:
    """No further reviews of this plan; its duty ends, finished reviews stay."""
    principal.require("monitoring.plan", plan.organization_id)
    reason = checked_text(reason, name="reason", limit=_REASON, needed=True)
    with recording(principal, "monitoring.end_plan", now=now, organization_id=plan.organization_id) as entry:
        if not ReviewPlan.objects.filter(pk=plan.pk, ended_at=None).update(ended_at=now):
            raise Conflict("monitoring.plan_ended")
        duties.complete_by_source(principal, source=_duty(plan), now=now)
        entry.about(plan.pk)
        entry.words(reason=reason)
