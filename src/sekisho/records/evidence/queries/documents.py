"""Documents that may be relied on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from sekisho.records.evidence.models import Evidence, EvidenceKind, EvidenceRequirement

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable
    from datetime import datetime

__all__ = ["Document", "valid_documents"]


@dataclass(frozen=True, slots=True)
class Document:
    """A document in force: what a level rule needs to know of it."""

    evidence_id: uuid.UUID
    subject_id: uuid.UUID
    kind: str
    title: str
    valid_from: datetime
    valid_until: datetime | None
    reviewed_at: datetime | None
    requirement_ids: frozenset[uuid.UUID]

    @property
    def reviewed(self) -> bool:
        """Whether somebody other than its adder has reviewed it."""
        return self.reviewed_at is not None


def valid_documents(
    subject_ids: Iterable[uuid.UUID],
    at: datetime,
    *,
    kinds: Iterable[str] | None = None,
    requirement_ids: Iterable[uuid.UUID] | None = None,
    include_expired: bool = False,
) -> list[Document]:
    """Documents of these subjects in force at ``at`` and not withdrawn by then, newest first; at most two queries.

    ``include_expired`` also gives those that were in force once (to say "stale" rather than "missing"). ``subject_ids`` must
    already be what the reader may see. Not reviewed ones are given too; the caller decides whether they count.
    """
    rows = Evidence.objects.filter(kind=EvidenceKind.DOCUMENT, subject_id__in=list(subject_ids), valid_from__lte=at).filter(
        Q(withdrawn_at=None) | Q(withdrawn_at__gt=at)
    )
    if not include_expired:
        rows = rows.filter(Q(valid_until=None) | Q(valid_until__gt=at))
    if kinds is not None:
        rows = rows.filter(document_kind__in=list(kinds))
    if requirement_ids is not None:
        rows = rows.filter(requirement_links__requirement_id__in=list(requirement_ids)).distinct()
    found = list(
        rows.order_by("-valid_from").values_list(
            "pk", "subject_id", "document_kind", "title", "valid_from", "valid_until", "reviewed_at"
        )
    )
    if not found:
        return []
    concerned: dict[uuid.UUID, set[uuid.UUID]] = {}
    links = EvidenceRequirement.objects.filter(evidence_id__in=[row[0] for row in found])
    for evidence_id, requirement_id in links.values_list("evidence_id", "requirement_id"):
        concerned.setdefault(evidence_id, set()).add(requirement_id)
    return [Document(*row, requirement_ids=frozenset(concerned.get(row[0], ()))) for row in found]
