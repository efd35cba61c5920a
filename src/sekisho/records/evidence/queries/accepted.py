"""Reads of accepted configurations."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from sekisho.errors import NotFound
from sekisho.records.evidence.models import AcceptedSnapshot
from sekisho.records.organization.queries import visible_to
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sekisho.records.organization.principals import Principal

__all__ = ["accepted_for_machine", "accepted_snapshot", "accepted_snapshots"]


def accepted_snapshots(principal: Principal, subject_id: uuid.UUID) -> QuerySet[AcceptedSnapshot]:
    """All that were ever accepted for a subject, newest first; the present one has no ``superseded_at``."""
    rows = AcceptedSnapshot.objects.filter(subject=subject_id).select_related("accepted_by", "observation")
    return visible_to(rows, principal, field="subject__organization")


def accepted_snapshot(principal: Principal, subject_id: uuid.UUID) -> AcceptedSnapshot | None:
    """The present one, or None."""
    return accepted_snapshots(principal, subject_id).filter(superseded_at=None).first()


def accepted_for_machine(principal: Principal) -> AcceptedSnapshot:
    """The one of the subject that an enrolled machine reports about. Raises NotFound."""
    machine = subject_queries.machine_of(principal)
    found = AcceptedSnapshot.objects.filter(subject=machine.subject_id, superseded_at=None).first()
    if found is None:
        raise NotFound("evidence.nothing_accepted")
    return found
