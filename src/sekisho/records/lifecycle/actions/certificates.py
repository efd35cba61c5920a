"""消去・廃棄証明書: issued once a deletion is over, frozen, numbered, its hash on the Ledger."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.utils import timezone

from sekisho.documents import MEDIA_TYPES, render
from sekisho.errors import Conflict, InputError
from sekisho.records.evidence import actions as evidence
from sekisho.records.ledger.actions import recording
from sekisho.records.lifecycle.actions.common import NAME, fresh, next_number
from sekisho.records.lifecycle.actions.deletions import release_entries
from sekisho.records.lifecycle.actions.refreshing import refresh_later
from sekisho.records.lifecycle.models import Certificate, Consent, Deletion, DeletionState, ErasedPlace, ErasedState
from sekisho.records.lifecycle.queries import deletions as queries
from sekisho.records.lifecycle.rules.certificate import certificate_document, facts_digest
from sekisho.records.lifecycle.rules.checking import checked_choice, checked_text
from sekisho.records.lifecycle.rules.counting import said
from sekisho.records.organization import queries as organization_queries
from sekisho.standards.retention_rules import retention_rules

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.principals import Principal

__all__ = ["CERTIFICATE_FORMATS", "issue_certificate", "read_certificate"]

CERTIFICATE_FORMATS: Final = ("pdf", "docx", "html")


def issue_certificate(
    principal: Principal, deletion: Deletion, *, witness: str, version: int, now: datetime, language: str = "ja"
) -> Certificate:
    """Issue the certificate of a deletion that is done; of one that is partly done, which ends with it and says so.

    Raises Conflict ``lifecycle.not_over``, ``lifecycle.certified``, ``lifecycle.nothing_deleted``; InputError.
    """
    principal.require("lifecycle.certify", deletion.organization_id)
    witness = checked_text(witness, name="witness", limit=NAME, needed=True)
    checked_choice(language, name="language", known=("ja", "en"))
    if principal.person_id is None and not deletion.automatic_id:
        raise InputError("input.person_needed")
    organization_id = deletion.organization_id
    with recording(principal, "lifecycle.issue_certificate", now=now, organization_id=organization_id) as entry:
        row = fresh(Deletion.objects.select_related("organization"), deletion.pk, version)
        if row.state not in {DeletionState.DONE, DeletionState.PARTIAL}:
            raise Conflict("lifecycle.not_over")
        if Certificate.objects.filter(deletion=row).exists():
            raise Conflict("lifecycle.certified")
        places = list(queries.erased_places(row).select_related("report"))
        if not any(one.state == ErasedState.DONE or one.achieved not in {"", "none"} for one in places):
            raise Conflict("lifecycle.nothing_deleted")
        certificate_id = uuid.uuid4()
        number = next_number(
            Certificate.objects.filter(organization_id=organization_id), prefix=f"消証{timezone.localdate(now).year}-", digits=4
        )
        facts = _facts(
            principal, row, places, certificate_id=certificate_id, number=number, witness=witness, language=language, now=now
        )
        digest = facts_digest(facts)
        renderings = _render(principal, row, facts, digest, now=now)
        row.witness, row.version = witness, row.version + 1
        row.finished_at = row.finished_at or now
        row.save(update_fields=["witness", "version", "finished_at"])
        if row.state == DeletionState.PARTIAL:
            release_entries(row)
            refresh_later(organization_id, now=now)
        made = Certificate.objects.create(
            pk=certificate_id, organization_id=organization_id, deletion=row, number=number, facts=facts, sha256=digest,
            sequence=0, issued_by_id=principal.person_id, issued_at=now, renderings=renderings,
        )  # fmt: skip
        entry.about(made.pk, row.pk, *(pk for pk in row.entries.values_list("pk", flat=True)))
        entry.fact(number=number, sha256=digest, renderings=renderings, complete=facts["complete"])
    Certificate.objects.filter(pk=made.pk).update(sequence=entry.sequence)
    made.refresh_from_db()
    return made


def _render(principal: Principal, row: Deletion, facts: dict[str, Any], digest: str, *, now: datetime) -> dict[str, str]:
    document = certificate_document(facts, sha256=digest, base_url=settings.CONFIG.base_url)
    number = facts["number"]
    made = {}
    for form in CERTIFICATE_FORMATS:
        kept = evidence.store_artifact(
            principal,
            chunks=(render(document, form),),
            now=now,
            media_type=MEDIA_TYPES[form],
            name=f"{number}.{form}",
            organization_id=row.organization_id,
            action="lifecycle.certify",
        )
        made[form] = kept.sha256
    return made


def _facts(
    principal: Principal,
    row: Deletion,
    places: Sequence[ErasedPlace],
    *,
    certificate_id: uuid.UUID,
    number: str,
    witness: str,
    language: str,
    now: datetime,
) -> dict[str, Any]:
    zone = timezone.get_current_timezone()

    def moment(at: datetime | None) -> str | None:
        return at.astimezone(zone).isoformat() if at else None

    left = sum(one.state != ErasedState.DONE for one in places)
    issuer = _person(principal)
    return {
        "form": "sekisho.deletion_certificate/1",
        "language": language,
        "number": number,
        "url": f"/o/{row.organization.code}/lifecycle/certificates/{certificate_id}/",
        "organization": {
            "name": row.organization.name_en or row.organization.name if language == "en" else row.organization.name,
            "code": row.organization.code,
            "fictional": row.organization.is_fictional,
        },
        "issued_at": moment(now),
        "issued_by": issuer,
        "witness": witness,
        "deletion": {
            "number": row.number,
            "title": row.title,
            "reason": row.reason,
            "method": row.method,
            "automatic": row.automatic_id is not None,
            "request": row.request.number if row.request else "",
            "requested_by": str(row.requested_by or ""),
            "approved_by": str(row.approved_by or ""),
            "approved_at": moment(row.approved_at),
            "approved_digest": row.approved_digest,
            "executed_by": str(row.executed_by or ""),
            "executed_at": moment(row.executed_at),
        },
        "entries": [_entry(one, language) for one in row.entries.order_by("number")],
        "places": [_place(one) for one in places],
        "consents": [
            {"kind": one.kind, "number": one.number, "decided_on": one.decided_on.isoformat(), "document": str(one.document_id)}
            for one in Consent.objects.filter(entries__deletions=row, withdrawn_at=None).distinct().order_by("recorded_at")
        ],
        "complete": left == 0,
        "left": left,
    }


def _person(principal: Principal) -> str:
    if principal.person_id is None:
        return "Sekisho"
    return organization_queries.names_of([principal.person_id]).get(str(principal.person_id), "")


def _entry(row: Any, language: str) -> dict[str, Any]:
    shown = row.computed
    return {
        "number": row.number,
        "name": row.name,
        "kinds": [one["title"] for one in shown.get("kinds", ())],
        "last_day": row.last_day.isoformat() if row.last_day else None,
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "confidentiality": row.confidentiality,
        "personal": row.personal,
        "my_number": row.my_number,
        "sensitive": row.sensitive,
        "reasons": [
            {"code": one["code"], "fields": said(one["fields"], retention_rules(), language)} for one in shown.get("reasons", ())
        ],
        "rules_digest": row.rules_digest,
    }


def _place(one: ErasedPlace) -> dict[str, Any]:
    outcome = one.outcome
    return {
        "number": one.entry.number,
        "kind": one.place.kind,
        "label": one.place.label,
        "supplier": one.place.supplier.name if one.place.supplier else "",
        "quantity": one.facts.get("quantity", "") or one.place.quantity,
        "state": one.state,
        "achieved": one.achieved or "none",
        "done_on": one.done_on.isoformat() if one.done_on else None,
        "requested_on": one.requested_on.isoformat() if one.requested_on else None,
        "count": outcome.get("done", 0),
        "left": outcome.get("left", 0),
        "bytes": outcome.get("bytes", 0),
        "statements": [{"code": s["code"], "fields": s.get("fields", {})} for s in outcome.get("statements", ())],
        "stopped": outcome.get("stopped"),
        "verified": one.verified.get("result", ""),
        "checked": one.verified.get("checked", 0),
        "facts": dict(sorted(one.facts.items())),
        "document": str(one.document_id) if one.document_id else "",
        "report": one.report_id or "",
    }


def read_certificate(row: Certificate, form: str) -> bytes:
    """The certificate as the file that was issued. The caller has checked that it may be seen."""
    if form not in row.renderings:
        raise InputError("documents.unknown_format", format=form)
    return evidence.artifact_store().read(row.renderings[form])
