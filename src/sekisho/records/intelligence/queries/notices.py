"""Notices and what was taken out of them, as far as their labels let the reader see them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, OuterRef, Q

from sekisho.records.intelligence.models import Candidate, CandidateState, IntelSource, Notice, NoticeReader, NoticeStep, Verdict
from sekisho.records.intelligence.rules.labels import LABELS, RED
from sekisho.records.organization.queries import visible_to, within
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = [
    "READ",
    "NoticeFilters",
    "candidates",
    "counts_by_verdict",
    "hidden_ids",
    "listed",
    "notice",
    "notices",
    "readers_of",
    "receipts_of",
    "source",
    "sources",
    "steps_of",
    "with_digest",
]

READ = "intelligence.read"


def notices(principal: Principal) -> QuerySet[Notice]:
    """The notices that the principal may see: those of readable organisations, RED ones only as a named person."""
    rows = visible_to(Notice.objects.select_related("organization", "source", "judged_by"), principal, action=READ)
    return rows if principal.is_system else rows.filter(not_hidden(principal))


def not_hidden(principal: Principal, prefix: str = "") -> Q:
    """Of the notices at ``prefix`` those whose label does not hide them from a reader of the organisation."""
    named = NoticeReader.objects.filter(notice=OuterRef(f"{prefix}pk"), person=principal.person_id)
    return ~Q(**{f"{prefix}tlp": RED}) | Q(Exists(named))


def hidden_ids(principal: Principal) -> set[uuid.UUID]:
    """The ids of all notices that the principal does not see: for what other rooms show of them."""
    return set(Notice.objects.exclude(pk__in=notices(principal).values("pk")).values_list("pk", flat=True))


def notice(principal: Principal, notice_id: uuid.UUID) -> Notice:
    """One notice. Raises NotFound."""
    return the_row(notices(principal).filter(pk=notice_id))


def with_digest(organization_id: uuid.UUID, digests: list[str]) -> dict[str, Notice]:
    """Notices of an organisation that are there already, whoever may see them: for joining what came twice."""
    return {row.digest: row for row in Notice.objects.filter(organization_id=organization_id, digest__in=digests)}


@dataclass(frozen=True, slots=True)
class NoticeFilters:
    """How the list is narrowed. ``state``: waiting, a verdict, unblocked, unreported or all."""

    state: str = "all"
    tlp: str = ""
    horizon: str = ""
    source_id: uuid.UUID | None = None
    text: str = ""


def _in_state(rows: QuerySet[Notice], state: str) -> QuerySet[Notice]:
    if state == "waiting":
        return rows.filter(verdict="")
    if state in Verdict.values:
        return rows.filter(verdict=state)
    if state == "unblocked":
        return rows.filter(released_at__isnull=False, blocked_at=None)
    if state == "unreported":
        return rows.filter(verdict=Verdict.RELEVANT, horizon="short", reported_at=None)
    return rows


def listed(principal: Principal, organization: Organization, *, filters: NoticeFilters) -> QuerySet[Notice]:
    """The notices of an organisation and those below it, the newest first, with ``waiting``: candidates nobody decided on."""
    rows = _in_state(notices(principal).filter(organization__in=within(organization.pk)), filters.state)
    if filters.tlp in LABELS:
        rows = rows.filter(tlp=filters.tlp)
    if filters.horizon:
        rows = rows.filter(horizon=filters.horizon)
    if filters.source_id is not None:
        rows = rows.filter(source=filters.source_id)
    if filters.text:
        words = Q()
        for field in ("title", "number", "text", "reference"):
            words |= Q(**{f"{field}__icontains": filters.text})
        rows = rows.filter(words)
    open_ones = Count("candidates", filter=Q(candidates__state=CandidateState.WAITING), distinct=True)
    return (
        rows.defer("text").annotate(waiting=open_ones, indicators=Count("origins", distinct=True)).order_by("-received_at", "pk")
    )


def counts_by_verdict(principal: Principal, organization: Organization) -> dict[str, int]:
    """Verdict (empty: waiting) → how many notices. One query."""
    rows = notices(principal).filter(organization__in=within(organization.pk)).order_by().values_list("verdict")
    found = dict(rows.annotate(n=Count("pk")))
    return {key: found.get(key, 0) for key in ("", *Verdict.values)}


def candidates(row: Notice, *, state: str = "") -> QuerySet[Candidate]:
    """What looks like an indicator in a notice that the reader sees, in its order."""
    rows = Candidate.objects.filter(notice=row).select_related("decided_by")
    return rows.filter(state=state) if state else rows


def steps_of(row: Notice) -> QuerySet[NoticeStep]:
    """The history, oldest first."""
    return NoticeStep.objects.filter(notice=row).select_related("person").order_by("at", "pk")


def readers_of(row: Notice) -> QuerySet[NoticeReader]:
    """The persons named at a notice."""
    return NoticeReader.objects.filter(notice=row).select_related("person").order_by("added_at", "pk")


def receipts_of(row: Notice) -> list[tuple[str, datetime]]:
    """(source, when) of each later time that it came."""
    return [(str(one.source or ""), one.at) for one in row.receipts.select_related("source")]


def sources(principal: Principal, organization: Organization | None = None, *, retired: bool = False) -> QuerySet[IntelSource]:
    """The sources, by name; of an organisation and those below it."""
    rows = visible_to(IntelSource.objects.select_related("organization", "owner"), principal, action=READ)
    if organization is not None:
        rows = rows.filter(organization__in=within(organization.pk))
    if not retired:
        rows = rows.filter(retired_at=None)
    return rows.annotate(received=Count("notices")).order_by("name", "pk")


def source(principal: Principal, source_id: uuid.UUID) -> IntelSource:
    """One source. Raises NotFound."""
    return the_row(
        visible_to(IntelSource.objects.select_related("organization", "owner"), principal, action=READ).filter(pk=source_id)
    )
