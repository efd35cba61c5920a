"""What a body decided about public records whose period is over: recorded with the document that shows it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from sekisho.errors import Conflict, InputError
from sekisho.records.ledger.actions import recording
from sekisho.records.lifecycle.actions.common import NAME, TEXT, checked_document
from sekisho.records.lifecycle.actions.refreshing import refresh_later
from sekisho.records.lifecycle.models import Consent, ConsentKind, EntryState, RetentionEntry
from sekisho.records.lifecycle.queries import retention as queries
from sekisho.records.lifecycle.rules.checking import checked_choice, checked_day, checked_text
from sekisho.records.lifecycle.rules.public_records import STEP_OF_BODY
from sekisho.records.organization import queries as organization_queries

if TYPE_CHECKING:
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["ConsentFacts", "record_consent", "withdraw_consent"]

_MOST: Final = 5000


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """Which decision (its number and day), about which entries, shown by which document; ``archive`` for a transfer."""

    kind: str
    number: str
    decided_on: date
    document_id: uuid.UUID | None
    entries: Sequence[uuid.UUID] = field(default_factory=tuple)
    archive: str = ""
    note: str = ""


def record_consent(principal: Principal, *, organization: Organization, facts: ConsentFacts, now: datetime) -> Consent:
    """Record a consent to destroy, a decision to destroy, or a transfer (移管). What was transferred is held here no more.

    Raises InputError: a consent that this kind of body does not need (国 only: 廃棄の同意), entries of others or not kept any
    more, a day in the future, no document.
    """
    principal.require("lifecycle.consent", organization.pk)
    values = _checked(principal, organization, facts, now)
    wanted = list(dict.fromkeys(facts.entries))[:_MOST]
    rows = list(queries.in_organization(principal, organization.pk).filter(pk__in=wanted, state=EntryState.HELD))
    if not rows or len(rows) != len(wanted):
        raise InputError("lifecycle.consent_entries", name="entries")
    with recording(principal, "lifecycle.record_consent", now=now, organization_id=organization.pk) as entry:
        made = Consent.objects.create(organization=organization, recorded_by_id=principal.person_id, recorded_at=now, **values)
        made.entries.set(rows)
        if made.kind == ConsentKind.TRANSFER:
            for row in RetentionEntry.objects.select_for_update().filter(pk__in=[one.pk for one in rows]):
                row.state, row.gone_at, row.version = EntryState.TRANSFERRED, now, row.version + 1
                row.save(update_fields=["state", "gone_at", "version"])
        entry.about(made.pk, *(row.pk for row in rows))
        entry.fact(kind=made.kind, decided_on=made.decided_on.isoformat(), document=str(made.document_id))
        entry.words(number=made.number, archive=made.archive, note=made.note)
        refresh_later(organization.pk, now=now)
    return made


def _checked(principal: Principal, organization: Organization, facts: ConsentFacts, now: datetime) -> dict[str, Any]:
    kind = checked_choice(facts.kind, name="kind", known=ConsentKind.values)
    body = organization_queries.body_kind_of(organization.pk)
    step = STEP_OF_BODY.get(body)
    if step is None:
        raise InputError("lifecycle.body_unknown", name="kind")
    if kind == ConsentKind.DISPOSAL_CONSENT and step != "national_disposal":
        raise InputError("lifecycle.consent_not_of_body", name="kind")
    decided_on = checked_day(facts.decided_on, name="decided_on")
    if decided_on > timezone.localdate(now):
        raise InputError("lifecycle.day_in_future", name="decided_on")
    return {
        "kind": kind,
        "number": checked_text(facts.number, name="number", limit=100, needed=True),
        "decided_on": decided_on,
        "document_id": checked_document(principal, organization.pk, facts.document_id, name="document", now=now),
        "archive": checked_text(facts.archive, name="archive", limit=NAME, needed=kind == ConsentKind.TRANSFER),
        "note": checked_text(facts.note, name="note", limit=TEXT),
    }


def withdraw_consent(principal: Principal, consent: Consent, *, reason: str, now: datetime) -> Consent:
    """It does not hold (any more): what was not destroyed yet waits for another. A transfer cannot be taken back here.

    Raises Conflict ``lifecycle.consent_withdrawn``, ``lifecycle.transfer_stays``.
    """
    principal.require("lifecycle.consent", consent.organization_id)
    reason = checked_text(reason, name="reason", limit=TEXT, needed=True)
    with recording(principal, "lifecycle.withdraw_consent", now=now, organization_id=consent.organization_id) as entry:
        row = Consent.objects.select_for_update().get(pk=consent.pk)
        if row.withdrawn_at is not None:
            raise Conflict("lifecycle.consent_withdrawn")
        if row.kind == ConsentKind.TRANSFER:
            raise Conflict("lifecycle.transfer_stays")
        row.withdrawn_at, row.withdrawn_reason = now, reason
        row.save(update_fields=["withdrawn_at", "withdrawn_reason"])
        entry.about(row.pk)
        entry.words(reason=reason)
        refresh_later(row.organization_id, now=now)
    return row
