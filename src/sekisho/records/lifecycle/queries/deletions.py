"""Deletions, their copies, certificates, standing orders: what the reader may see, and what stands in their way."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Count, Q, QuerySet

from sekisho.records.lifecycle.models import (
    Certificate,
    Consent,
    DataStore,
    Deletion,
    ErasedPlace,
    FoundEntry,
    Place,
    RetentionEntry,
    ScanRule,
    StandingOrder,
    StockAnswer,
    StockTaking,
    StoreScan,
)
from sekisho.records.lifecycle.queries.retention import book_of, facts_of, standings
from sekisho.records.lifecycle.rules import counting
from sekisho.records.lifecycle.rules.deleting import approved_digest, obstacles
from sekisho.records.organization.queries import visible_to, within
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    from datetime import date

    from sekisho.errors import Problem
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = [
    "answer_counts",
    "certificate",
    "certificates",
    "consent",
    "consents",
    "deletion",
    "deletions",
    "digest_of",
    "erased_place",
    "erased_places",
    "found_entries",
    "listed",
    "obstacles_of",
    "place",
    "scan",
    "scan_rule",
    "standing_order",
    "standing_orders",
    "stock_answer",
    "stock_answers",
    "stock_taking",
    "stock_takings",
    "store",
    "stores",
]

_READ: Final = "lifecycle.read"


def deletions(principal: Principal) -> QuerySet[Deletion]:
    """The deletions that the principal may read."""
    rows = Deletion.objects.select_related("organization", "requested_by", "approved_by", "executed_by", "request", "automatic")
    return visible_to(rows, principal, action=_READ)


def deletion(principal: Principal, deletion_id: uuid.UUID) -> Deletion:
    """One deletion. Raises NotFound."""
    return the_row(deletions(principal).select_related("job", "certificate").filter(pk=deletion_id))


def listed(principal: Principal, organization: Organization, *, state: str = "", text: str = "") -> QuerySet[Deletion]:
    """The deletions of an organisation and those below, newest first, each with the number of its entries."""
    rows = deletions(principal).filter(organization__in=within(organization.pk))
    if state == "open":
        rows = rows.exclude(state__in=("done", "cancelled"))
    elif state:
        rows = rows.filter(state=state)
    if text:
        rows = rows.filter(Q(title__icontains=text) | Q(number__icontains=text) | Q(entries__name__icontains=text)).distinct()
    return rows.annotate(count=Count("entries", distinct=True)).order_by("-created_at", "pk")


def erased_places(row: Deletion) -> QuerySet[ErasedPlace]:
    """What became of each copy of a deletion that the caller may see."""
    rows = ErasedPlace.objects.filter(deletion=row)
    return rows.select_related("entry__organization", "place__store", "place__supplier", "document", "recorded_by")


def erased_place(principal: Principal, erased_place_id: uuid.UUID) -> ErasedPlace:
    """One of them. Raises NotFound."""
    rows = ErasedPlace.objects.select_related("deletion", "entry", "place__store", "place__supplier", "document")
    return the_row(visible_to(rows, principal, field="deletion__organization", action=_READ).filter(pk=erased_place_id))


def digest_of(row: Deletion) -> str:
    """What of the deletion an approval is about, as rules and ledger say it now (rules are read anew, not from the entries)."""
    books: dict[uuid.UUID, Any] = {}
    places: dict[uuid.UUID, list[list[Any]]] = {}
    copies = Place.objects.filter(erased__deletion=row).select_related("store").order_by("pk")
    for one in copies:
        address = (one.store.address, one.store.bucket) if one.store else ("", "")
        places.setdefault(one.entry_id, []).append([str(one.pk), one.kind, one.label, *address, one.locator])
    entries = []
    for entry in row.entries.order_by("pk"):
        if entry.organization_id not in books:
            books[entry.organization_id] = book_of(entry.organization_id)
        book = books[entry.organization_id]
        counted = counting.count(facts_of(entry, book), rules=book.rules)
        entries.append([str(entry.pk), entry.number, entry.public_record, counted.digest, places.get(entry.pk, [])])
    return approved_digest(method=row.method, restore_days=row.restore_days, limits=row.limits, entries=entries)


def obstacles_of(row: Deletion, *, on: date, entries: list[RetentionEntry] | None = None) -> list[Problem]:
    """Every hold, step and date that stands in the way of a deletion on a day."""
    rows = list(row.entries.order_by("number")) if entries is None else entries
    found = standings(rows, on=on)
    return [
        problem
        for one in rows
        for problem in obstacles(one.number, found[one.pk], last_day=one.last_day.isoformat() if one.last_day else "")
    ]


# ------------------------------------------------------------------------------------------ certificates, orders, steps


def certificates(principal: Principal, organization: Organization | None = None) -> QuerySet[Certificate]:
    """The certificates that the principal may read, newest first."""
    rows = Certificate.objects.select_related("organization", "deletion", "issued_by")
    rows = visible_to(rows, principal, action=_READ)
    if organization is not None:
        rows = rows.filter(organization__in=within(organization.pk))
    return rows.order_by("-issued_at", "pk")


def certificate(principal: Principal, certificate_id: uuid.UUID) -> Certificate:
    """One certificate. Raises NotFound."""
    return the_row(certificates(principal).filter(pk=certificate_id))


def standing_orders(principal: Principal, organization: Organization | None = None) -> QuerySet[StandingOrder]:
    """Automatic deletions that the principal may read."""
    rows = StandingOrder.objects.select_related("organization", "store", "subject", "request", "approved_by", "asked_by")
    rows = visible_to(rows, principal, action=_READ)
    if organization is not None:
        rows = rows.filter(organization__in=within(organization.pk))
    return rows.order_by("name", "-created_at", "pk")


def standing_order(principal: Principal, standing_order_id: uuid.UUID) -> StandingOrder:
    """One of them. Raises NotFound."""
    return the_row(standing_orders(principal).filter(pk=standing_order_id))


def consents(principal: Principal, organization: Organization | None = None) -> QuerySet[Consent]:
    """Consents, decisions and transfers, newest first."""
    rows = Consent.objects.select_related("organization", "document", "recorded_by")
    rows = visible_to(rows, principal, action=_READ)
    if organization is not None:
        rows = rows.filter(organization__in=within(organization.pk))
    return rows.annotate(count=Count("entries")).order_by("-recorded_at", "pk")


def consent(principal: Principal, consent_id: uuid.UUID) -> Consent:
    """One of them. Raises NotFound."""
    return the_row(consents(principal).filter(pk=consent_id))


# ------------------------------------------------------------------------------------------------------ stores, scans


def stores(principal: Principal, organization: Organization | None = None, *, retired: bool = False) -> QuerySet[DataStore]:
    """Data stores that the principal may read."""
    rows = visible_to(DataStore.objects.select_related("organization", "subject"), principal, action=_READ)
    if organization is not None:
        rows = rows.filter(organization__in=within(organization.pk))
    return (rows if retired else rows.filter(retired_at=None)).order_by("name", "pk")


def store(principal: Principal, data_store_id: uuid.UUID) -> DataStore:
    """One store. Raises NotFound."""
    return the_row(stores(principal, retired=True).filter(pk=data_store_id))


def scan_rule(principal: Principal, scan_rule_id: uuid.UUID) -> ScanRule:
    """One rule of a store. Raises NotFound."""
    rows = ScanRule.objects.select_related("store", "organization")
    return the_row(visible_to(rows, principal, action=_READ).filter(pk=scan_rule_id))


def scan(principal: Principal, store_scan_id: uuid.UUID) -> StoreScan:
    """One scan. Raises NotFound."""
    rows = StoreScan.objects.select_related("store", "person", "job")
    return the_row(visible_to(rows, principal, action=_READ).filter(pk=store_scan_id))


def found_entries(principal: Principal, store: DataStore, *, state: str = "new") -> QuerySet[FoundEntry]:
    """What scans of a store propose."""
    rows = FoundEntry.objects.select_related("rule", "entry").filter(rule__store=store)
    rows = visible_to(rows, principal, action=_READ)
    return (rows.filter(state=state) if state else rows).order_by("label", "pk")


def place(principal: Principal, place_id: uuid.UUID) -> Place:
    """One copy of an entry. Raises NotFound."""
    rows = Place.objects.select_related("entry", "store", "supplier")
    return the_row(visible_to(rows, principal, field="entry__organization", action=_READ).filter(pk=place_id))


# -------------------------------------------------------------------------------------------------------- stock-taking


def stock_takings(principal: Principal, organization: Organization | None = None) -> QuerySet[StockTaking]:
    """Stock-takings, newest first, each with how many are answered."""
    rows = visible_to(StockTaking.objects.select_related("organization", "started_by", "closed_by"), principal, action=_READ)
    if organization is not None:
        rows = rows.filter(organization__in=within(organization.pk))
    rows = rows.annotate(total=Count("answers"), unanswered=Count("answers", filter=Q(answers__answer="open")))
    return rows.order_by("-started_at", "pk")


def stock_taking(principal: Principal, stock_taking_id: uuid.UUID) -> StockTaking:
    """One of them. Raises NotFound."""
    return the_row(stock_takings(principal).filter(pk=stock_taking_id))


def stock_answers(
    principal: Principal, taking: StockTaking, *, answer: str = "", mine: uuid.UUID | None = None
) -> QuerySet[StockAnswer]:
    """The entries of a stock-taking with what was answered."""
    rows = StockAnswer.objects.filter(taking=taking).select_related("entry__owner", "entry__organization", "answered_by")
    rows = visible_to(rows, principal, field="entry__organization", action=_READ)
    if answer:
        rows = rows.filter(answer=answer)
    if mine is not None:
        rows = rows.filter(entry__owner=mine)
    return rows.order_by("entry__number", "pk")


def answer_counts(taking: StockTaking) -> dict[str, int]:
    """How often each answer was given."""
    return dict(taking.answers.order_by().values_list("answer").annotate(n=Count("pk")))


def stock_answer(principal: Principal, stock_answer_id: uuid.UUID) -> StockAnswer:
    """One of them. Raises NotFound."""
    rows = StockAnswer.objects.select_related("taking", "entry")
    return the_row(visible_to(rows, principal, field="entry__organization", action=_READ).filter(pk=stock_answer_id))
