"""Briefings with what was ordered, and announcements to the staff."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef

from sekisho.records.duties import queries as duty_queries
from sekisho.records.intelligence.models import Announcement, Briefing, Instruction, Notice
from sekisho.records.intelligence.queries.notices import READ, notices
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.organization.queries import visible_to, within
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from sekisho.records.duties.models import Duty
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["Ordered", "announcement", "announcements", "briefing", "briefings", "instructions_of", "open_instructions"]


@dataclass(frozen=True, slots=True)
class Ordered:
    """What was ordered, with the task that it became."""

    instruction: Instruction
    duty: Duty | None


def briefings(principal: Principal, organization: Organization | None = None) -> QuerySet[Briefing]:
    """The briefings, newest first: those only all of whose notices the reader sees."""
    rows = visible_to(Briefing.objects.select_related("organization", "person"), principal, action=READ)
    if not principal.is_system:
        hidden = Briefing.notices.through.objects.filter(briefing=OuterRef("pk")).exclude(
            notice__in=notices(principal).values("pk")
        )
        rows = rows.exclude(Exists(hidden))
    if organization is not None:
        rows = rows.filter(organization__in=within(organization.pk))
    return rows.order_by("-at", "pk")


def briefing(principal: Principal, briefing_id: uuid.UUID) -> Briefing:
    """One briefing. Raises NotFound."""
    return the_row(briefings(principal).filter(pk=briefing_id))


def of_notice(principal: Principal, row: Notice) -> QuerySet[Briefing]:
    """The briefings that tell of a notice."""
    return briefings(principal).filter(notices=row)


def _ordered(rows: Iterable[Instruction]) -> list[Ordered]:
    found = list(rows)
    names = [source_of(one.pk) for one in found]
    duties = {duty.source: duty for duty in duty_queries.duties(SYSTEM, state="all").filter(source__in=names)}
    return [Ordered(one, duties.get(source_of(one.pk))) for one in found]


def source_of(instruction_id: uuid.UUID) -> str:
    """The source of the duty that an instruction became."""
    return f"intelligence:instruction:{instruction_id}"


def instructions_of(row: Briefing) -> list[Ordered]:
    """What was ordered on a briefing that the reader sees."""
    return _ordered(Instruction.objects.filter(briefing=row).select_related("owner").order_by("due_on", "at"))


def open_instructions(principal: Principal, organization: Organization) -> list[Ordered]:
    """What was ordered and is not done yet."""
    rows = Instruction.objects.filter(briefing__in=briefings(principal, organization).values("pk"))
    return [one for one in _ordered(rows.select_related("owner", "briefing")) if one.duty is None or one.duty.done_at is None]


def announcements(principal: Principal, organization: Organization, *, ended: bool = False) -> QuerySet[Announcement]:
    """What the staff were told, newest first. Everybody who reads the organisation reads it."""
    rows = visible_to(Announcement.objects.select_related("organization"), principal).filter(organization=organization)
    return (rows if ended else rows.filter(ended_at=None)).order_by("-at", "pk")


def announcement(principal: Principal, announcement_id: uuid.UUID) -> Announcement:
    """One announcement. Raises NotFound."""
    return the_row(visible_to(Announcement.objects.select_related("organization"), principal).filter(pk=announcement_id))
