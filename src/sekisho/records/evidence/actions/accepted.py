"""Accepting a configuration: from then on every difference from it is drift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sekisho.engines.baseline import decode_snapshot
from sekisho.errors import InputError
from sekisho.records.evidence.actions.artifacts import artifact_store
from sekisho.records.evidence.models import AcceptedSnapshot, Observation
from sekisho.records.ledger.actions import recording

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.principals import Principal

__all__ = ["SNAPSHOT_NAME", "accept_snapshot"]

SNAPSHOT_NAME: Final = "baseline-snapshot.json"


def accept_snapshot(principal: Principal, observation: Observation, *, reason: str, now: datetime) -> AcceptedSnapshot:
    """Take the settings that ``observation`` (of the engine ``baseline``) recorded as the accepted ones of its subject.

    The former snapshot is superseded and stays on record. Raises InputError without a reason, for an observation without a
    snapshot, or for one whose file cannot be read.
    """
    principal.require("baseline.accept", observation.organization_id)
    if not reason.strip():
        raise InputError("evidence.accept_reason_missing")
    link = observation.artifact_links.filter(name=SNAPSHOT_NAME).first()
    if observation.engine != "baseline" or link is None:
        raise InputError("evidence.no_snapshot")
    decode_snapshot(artifact_store().read(link.artifact_id))
    with recording(principal, "baseline.accept", now=now, organization_id=observation.organization_id) as entry:
        AcceptedSnapshot.objects.filter(subject=observation.subject_id, superseded_at=None).update(superseded_at=now)
        made = AcceptedSnapshot.objects.create(
            subject_id=observation.subject_id,
            observation=observation,
            artifact_id=link.artifact_id,
            reason=reason,
            accepted_by_id=principal.person_id,
            accepted_at=now,
        )
        entry.about(made.pk, observation.subject_id, observation.pk)
        entry.fact(sha256=link.artifact_id)
        entry.words(reason=reason)
    return made
