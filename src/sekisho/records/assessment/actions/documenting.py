"""A level asked for together with the document that it rests on: both, or neither."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from sekisho.errors import Conflict, InputError
from sekisho.records.assessment.actions.common import changed_meanwhile, find
from sekisho.records.assessment.actions.judging import ask_level
from sekisho.records.assessment.models import Level
from sekisho.records.evidence import actions as evidence

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable
    from datetime import datetime

    from sekisho.records.evidence.models import Evidence
    from sekisho.records.organization.principals import Principal
    from sekisho.records.requests.models import Request

__all__ = ["Upload", "declare_with_document", "kind_of_request"]


@dataclass(frozen=True, slots=True)
class Upload:
    """A document as it was handed in; ``chunks`` is read once, up to the installation's limit in bytes."""

    title: str
    document_kind: str
    file_name: str
    chunks: Iterable[bytes]
    number: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None


def kind_of_request(proposed_level: int | None) -> str:
    """What asking for a level needs to be permitted: another one than proposed, or one where nothing is proposed."""
    return "judgement.declare" if proposed_level is None else "judgement.override"


def declare_with_document(
    principal: Principal,
    *,
    judgement_id: uuid.UUID,
    version: int,
    level: int,
    reason: str,
    upload: Upload,
    now: datetime,
) -> tuple[Evidence, Request]:
    """Keep a document about the requirement and the subject of a judgement, and ask for a level with a reason.

    What would make the request fail is looked at before the bytes are kept. Raises what ``evidence.actions.add_document`` and
    ``ask_level`` raise; then neither is recorded.
    """
    judgement = find(principal, judgement_id)
    principal.require("evidence.add", judgement.organization_id)
    principal.require(kind_of_request(judgement.proposed_level), judgement.organization_id)
    if level not in Level.values:
        raise InputError("assessment.unknown_level", level=level)
    if not judgement.applicable:
        raise Conflict("assessment.not_applicable_now")
    if judgement.version != version:
        raise changed_meanwhile(judgement.pk, principal.language)
    if not reason.strip():
        raise InputError("requests.reason_missing")
    with transaction.atomic():
        document = evidence.add_document(
            principal,
            subject=judgement.subject,
            title=upload.title,
            document_kind=upload.document_kind,
            file_name=upload.file_name,
            chunks=upload.chunks,
            requirement_ids=[judgement.requirement_id],
            valid_from=upload.valid_from,
            valid_until=upload.valid_until,
            number=upload.number,
            now=now,
        )
        made = ask_level(principal, judgement_id=judgement_id, version=version, level=level, reason=reason, now=now)
    return document, made
