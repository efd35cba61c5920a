"""Documents as evidence: added, reviewed, withdrawn."""

from __future__ import annotations

from datetime import timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from django.conf import settings

from sekisho.errors import Conflict, InputError
from sekisho.records.catalog import queries as catalog_queries
from sekisho.records.database import database_errors
from sekisho.records.downloads import safe_file_name
from sekisho.records.evidence import hooks, rules
from sekisho.records.evidence.actions.artifacts import artifact_store, hold
from sekisho.records.evidence.models import Evidence, EvidenceKind, EvidenceRequirement
from sekisho.records.ledger.actions import recording

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable
    from datetime import datetime

    from sekisho.records.organization.principals import Principal
    from sekisho.records.subjects.models import Subject

__all__ = ["add_document", "link_requirements", "review_document", "withdraw_evidence"]

_TITLE_WIDTH: Final = 300
_NUMBER_WIDTH: Final = 100
# Types by ending, for the download's header only. Whatever it is, it is never shown inside the page.
_TYPES: Final = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".csv": "text/csv",
    ".txt": "text/plain",
    ".json": "application/json",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".zip": "application/zip",
}


def add_document(
    principal: Principal,
    *,
    subject: Subject,
    title: str,
    document_kind: str,
    file_name: str,
    chunks: Iterable[bytes],
    now: datetime,
    requirement_ids: Iterable[uuid.UUID] = (),
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    number: str = "",
    note: str = "",
) -> Evidence:
    """Keep a document as evidence about ``subject``, in force from ``valid_from`` (now) until ``valid_until`` (validity.yaml).

    Raises InputError (title, kind, period, requirements, size), Unavailable when the store is full.
    """
    principal.require("evidence.add", subject.organization_id)
    if subject.retired_at is not None:
        raise Conflict("subjects.retired", subject=subject.name)
    start = valid_from or now
    end = valid_until or start + timedelta(days=rules.validity().document_days)
    _check(title=title, document_kind=document_kind, number=number, start=start, end=end)
    wanted = set(requirement_ids)
    found = set(catalog_queries.requirements(principal).filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()
    if missing := wanted - found:
        raise InputError("evidence.unknown_requirements", names=", ".join(sorted(str(m) for m in missing)))
    name = safe_file_name(file_name)
    stored = artifact_store().put(chunks, limit=settings.SEKISHO_MAX_UPLOAD)
    if stored.size == 0:
        raise InputError("evidence.empty_file")
    with database_errors(), recording(principal, "evidence.add", now=now, organization_id=subject.organization_id) as entry:
        media_type = _TYPES.get(PurePosixPath(name).suffix.lower(), "application/octet-stream")
        artifact = hold(stored, organization_id=subject.organization_id, media_type=media_type, name=name, now=now)
        made = Evidence.objects.create(
            organization_id=subject.organization_id,
            subject=subject,
            kind=EvidenceKind.DOCUMENT,
            artifact=artifact,
            document_kind=document_kind,
            title=title.strip(),
            file_name=name,
            number=number.strip(),
            note=note.strip(),
            valid_from=start,
            valid_until=end,
            added_by_id=principal.person_id,
            added_at=now,
        )
        EvidenceRequirement.objects.bulk_create(EvidenceRequirement(evidence=made, requirement_id=r) for r in sorted(found))
        entry.about(made.pk, subject.pk, stored.sha256)
        entry.fact(kind=document_kind, sha256=stored.sha256, size=stored.size, requirements=[str(r) for r in sorted(found)])
        entry.words(title=made.title, file_name=name)
        _tell(subject.pk, now)
    return made


def _check(*, title: str, document_kind: str, number: str, start: datetime, end: datetime) -> None:
    if not title.strip():
        raise InputError("evidence.title_missing")
    for what, text, limit in (("title", title, _TITLE_WIDTH), ("number", number, _NUMBER_WIDTH)):
        if len(text) > limit:
            raise InputError("evidence.text_too_long", what=what, value=text[:40], limit=limit)
    if document_kind not in rules.document_kinds():
        raise InputError("evidence.unknown_document_kind", value=document_kind[:64])
    if end <= start:
        raise InputError("input.period_reversed")


def review_document(principal: Principal, *, evidence: Evidence, now: datetime, note: str = "") -> Evidence:
    """Say that the document was read and is what it claims to be. Not by the person who added it."""
    principal.require("evidence.review", evidence.organization_id)
    if evidence.kind != EvidenceKind.DOCUMENT:
        raise InputError("evidence.not_a_document")
    if principal.person_id is None or principal.person_id == evidence.added_by_id:
        raise Conflict("evidence.review_by_adder")
    with recording(principal, "evidence.review", now=now, organization_id=evidence.organization_id) as entry:
        rows = Evidence.objects.filter(pk=evidence.pk, withdrawn_at=None)
        if not rows.update(reviewed_by_id=principal.person_id, reviewed_at=now):
            raise Conflict("evidence.already_withdrawn")
        entry.about(evidence.pk)
        entry.words(note=note.strip())
        _tell(evidence.subject_id, now)
    evidence.refresh_from_db()
    return evidence


def link_requirements(principal: Principal, *, evidence: Evidence, requirement_ids: Iterable[uuid.UUID], now: datetime) -> int:
    """Say that a document concerns further requirements; returns how many are new.

    Called by other rooms' actions too, which have checked the right to do what makes them belong together.
    """
    if evidence.kind != EvidenceKind.DOCUMENT:
        raise InputError("evidence.not_a_document")
    if evidence.withdrawn_at is not None:
        raise Conflict("evidence.already_withdrawn")
    wanted = set(requirement_ids)
    known = set(catalog_queries.requirements(principal).filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()
    if missing := wanted - known:
        raise InputError("evidence.unknown_requirements", names=", ".join(sorted(str(m) for m in missing)))
    rows = EvidenceRequirement.objects.filter(evidence=evidence, requirement__in=wanted)
    new = sorted(known - set(rows.values_list("requirement_id", flat=True)))
    if new:
        with recording(principal, "evidence.link", now=now, organization_id=evidence.organization_id) as entry:
            EvidenceRequirement.objects.bulk_create(EvidenceRequirement(evidence=evidence, requirement_id=r) for r in new)
            entry.about(evidence.pk, evidence.subject_id)
            entry.fact(requirements=[str(r) for r in new])
            _tell(evidence.subject_id, now)
    return len(new)


def withdraw_evidence(principal: Principal, *, evidence: Evidence, reason: str, now: datetime) -> Evidence:
    """The evidence may no longer be relied on; it stays on record with the reason."""
    principal.require("evidence.withdraw", evidence.organization_id)
    if not reason.strip():
        raise InputError("evidence.reason_missing")
    with recording(principal, "evidence.withdraw", now=now, organization_id=evidence.organization_id) as entry:
        rows = Evidence.objects.filter(pk=evidence.pk, withdrawn_at=None)
        if not rows.update(withdrawn_at=now, withdrawn_reason=reason.strip()):
            raise Conflict("evidence.already_withdrawn")
        entry.about(evidence.pk)
        entry.words(reason=reason.strip())
        _tell(evidence.subject_id, now)
    evidence.refresh_from_db()
    return evidence


def _tell(subject_id: uuid.UUID, now: datetime) -> None:
    for told in hooks.AFTER_INGEST:
        told(frozenset({subject_id}), now=now)
