"""The figures of retention and deletion, for the measurement and for the room's first page."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from sekisho.records.lifecycle.models import Certificate, Deletion, EntryState, RetentionEntry, StandingOrder, StockTaking
from sekisho.records.lifecycle.queries.retention import standings
from sekisho.records.lifecycle.rules.measuring import Measured
from sekisho.records.organization.queries import within

if TYPE_CHECKING:
    from datetime import date, datetime

__all__ = ["PERIOD_DAYS", "measured", "overview"]

PERIOD_DAYS: Final = 365
_GRACE_DAYS: Final = 31  # deleted within a month of the first day on which it was due: on time
_BATCH: Final = 1000
_HERE: Final = (EntryState.HELD, EntryState.DELETING)


def _due(rows: QuerySet[RetentionEntry], today: date) -> tuple[dict[str, int], int, int]:
    """How the entries that are due stand (state → count), the days of the oldest that nothing holds, how many are personal."""
    counted: dict[str, int] = {}
    oldest = personal = 0
    due = rows.filter(state__in=_HERE, outcome="dated", due_on__lt=today).order_by("pk")
    last: uuid.UUID | None = None
    while batch := list((due.filter(pk__gt=last) if last else due)[:_BATCH]):
        for row, standing in zip(batch, standings(batch, on=today).values(), strict=True):
            counted[standing.state] = counted.get(standing.state, 0) + 1
            if standing.state != "held":
                oldest, personal = max(oldest, standing.overdue), personal + row.personal
        last = batch[-1].pk
    return counted, oldest, personal


def measured(organization_id: uuid.UUID, *, now: datetime) -> Measured:
    """All figures of an organisation with those below it."""
    area, today, since = within(organization_id), timezone.localdate(now), now - timedelta(days=PERIOD_DAYS)
    rows = RetentionEntry.objects.filter(organization__in=area)
    here = rows.filter(state__in=_HERE).aggregate(
        all=Count("pk"),
        ruled=Count("pk", filter=~Q(outcome="none")),
        known=Count("pk", filter=Q(outcome="permanent") | Q(outcome="dated", certain=True)),
    )
    counted, oldest, personal = _due(rows, today)
    gone = rows.filter(state=EntryState.DELETED, gone_at__gte=since)
    deleted = gone.count()
    on_time = sum(
        1
        for due_on, gone_at in gone.filter(due_on__isnull=False).values_list("due_on", "gone_at")
        if due_on and gone_at and (timezone.localdate(gone_at) - due_on).days <= _GRACE_DAYS
    )
    over = Deletion.objects.filter(organization__in=area, state__in=("done", "partial"), executed_at__gte=since)
    stock = StockTaking.objects.filter(organization__in=area, closed_at__isnull=False).order_by("-closed_at").first()
    return Measured(
        entries=here["all"],
        with_rule=(here["ruled"], here["all"]),
        determined=(here["known"], here["all"]),
        overdue=sum(count for state, count in counted.items() if state != "held"),
        overdue_days=oldest,
        overdue_personal=personal,
        held=counted.get("held", 0),
        awaiting=counted.get("awaiting", 0),
        deleted=deleted,
        on_time=(on_time, deleted),
        automatic=(gone.filter(deletions__automatic__isnull=False, deletions__state="done").distinct().count(), deleted),
        certified=(Certificate.objects.filter(deletion__in=over.values("pk")).count(), over.count()),
        orders=StandingOrder.objects.filter(organization__in=area, ended_at=None, approved_at__isnull=False).count(),
        stock_days=(now - stock.closed_at).days if stock and stock.closed_at else None,
        stock_confirmed=_confirmed(stock),
    )


def _confirmed(stock: StockTaking | None) -> tuple[int, int]:
    if stock is None:
        return (0, 0)
    found = {kind: int(count) for kind, count in stock.result.items()}
    return (found.get("confirmed", 0) + found.get("moved", 0), sum(found.values()))


def overview(rows: QuerySet[RetentionEntry], *, on: date) -> dict[str, int]:
    """Counts for the first page, over what the reader may see: one query."""
    here = Q(state__in=_HERE)
    dated = here & Q(outcome="dated")
    return rows.aggregate(
        all=Count("pk", filter=here),
        overdue=Count("pk", filter=dated & Q(due_on__lt=on)),
        due=Count("pk", filter=dated & Q(due_on=on)),
        soon=Count("pk", filter=dated & Q(due_on__gt=on, due_on__lte=on + timedelta(days=60))),
        undetermined=Count("pk", filter=here & Q(outcome="undetermined")),
        no_rule=Count("pk", filter=here & Q(outcome="none")),
        uncertain=Count("pk", filter=dated & Q(certain=False)),
        personal=Count("pk", filter=dated & Q(due_on__lt=on, personal=True)),
        gone=Count("pk", filter=Q(state=EntryState.DELETED, gone_at__isnull=False)),
        late=Count("pk", filter=Q(state=EntryState.DELETED, gone_at__date__gt=F("due_on"))),
    )
