"""What duties of a case have in common: whose they are, when a day ends, where they lead, and when nobody wants them any more."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone

from sekisho.records.duties import actions as duties
from sekisho.records.procurement.models import Case, CaseMember, MemberPart
from sekisho.records.procurement.queries.contract import duties_from

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Mapping

    from sekisho.records.organization.principals import Principal

__all__ = ["drop_duties", "end_of", "owner_id", "page_of"]


def drop_duties(principal: Principal, prefix: str, *, keep: Mapping[str, Any] | Iterable[str], now: datetime) -> int:
    """Open duties of a source that are no longer wanted are done. Returns how many."""
    kept, count = set(keep), 0
    for source in duties_from(prefix).filter(done_at=None).values_list("source", flat=True):
        if source not in kept:
            count += duties.complete_by_source(principal, source=source, now=now)
    return count


def owner_id(case: Case) -> uuid.UUID | None:
    """Whose duties they are: the owner who joined first."""
    rows = CaseMember.objects.filter(case=case, part=MemberPart.OWNER, person__is_active=True)
    return rows.order_by("added_at", "pk").values_list("person_id", flat=True).first()


def end_of(day: date) -> datetime:
    """The end of a day where the installation is, in UTC."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=timezone.get_default_timezone()).astimezone(UTC)


def page_of(case: Case, name: str) -> str:
    """The address of a page of the case."""
    return reverse(name, args=[case.organization.code, case.pk])
