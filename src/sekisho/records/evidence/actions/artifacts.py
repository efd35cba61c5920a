"""Bytes in and out of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.database import database_errors
from sekisho.records.evidence import hooks
from sekisho.records.evidence.models import Artifact, ArtifactHolder
from sekisho.records.evidence.store import ArtifactStore, Stored
from sekisho.records.ledger.actions import recording
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable
    from datetime import datetime

    from sekisho.records.organization.principals import Principal

__all__ = ["artifact_store", "erase_artifact", "hold", "organization_of_sender", "seal", "store_artifact"]


def artifact_store() -> ArtifactStore:
    """The store of this installation."""
    return ArtifactStore(settings.CONFIG.store)


def organization_of_sender(principal: Principal, organization_id: uuid.UUID | None, *, action: str) -> uuid.UUID:
    """Where what is sent belongs: a machine's is that of its subject; a person names one in which ``action`` is allowed."""
    if principal.machine_id is not None:
        machine = subject_queries.machine_of(principal)
        return machine.subject.organization_id
    if organization_id is None:
        raise InputError("evidence.organization_missing")
    principal.require(action, organization_id)
    return organization_id


def store_artifact(
    principal: Principal,
    *,
    chunks: Iterable[bytes],
    now: datetime,
    sha256: str | None = None,
    media_type: str = "application/octet-stream",
    name: str = "",
    organization_id: uuid.UUID | None = None,
    action: str = "observation.submit",
) -> Artifact:
    """Take the bytes of an artifact; the sender's organisation then holds it (and only holders may read it).

    Raises InputError ``evidence.hash_mismatch`` or ``evidence.too_large``, Unavailable ``evidence.store_full``.
    """
    organization = organization_of_sender(principal, organization_id, action=action)
    stored = artifact_store().put(chunks, limit=settings.SEKISHO_MAX_UPLOAD, sha256=sha256)
    with database_errors(), recording(principal, "artifact.store", now=now, organization_id=organization) as entry:
        artifact = hold(stored, organization_id=organization, media_type=media_type, name=name, now=now)
        entry.fact(sha256=stored.sha256, size=stored.size)
        entry.about(stored.sha256)
    return artifact


def hold(stored: Stored, *, organization_id: uuid.UUID, media_type: str, name: str, now: datetime) -> Artifact:
    """The row of stored bytes and of their holder; inside the caller's recording."""
    with transaction.atomic():
        artifact = seal(stored, media_type=media_type, now=now)
        ArtifactHolder.objects.get_or_create(
            artifact=artifact, organization_id=organization_id, defaults={"name": name[:300], "received_at": now}
        )
    return artifact


def seal(stored: Stored, *, media_type: str, now: datetime) -> Artifact:
    """The row of stored bytes that nobody holds: no door of this room gives them out. Inside the caller's recording.

    The room that seals gives them out by its own rules, and registers in ``hooks.KEPT`` what must not be deleted.
    """
    with transaction.atomic():
        artifact, _ = Artifact.objects.get_or_create(
            sha256=stored.sha256, defaults={"size": stored.size, "media_type": media_type[:100], "stored_at": now}
        )
        if artifact.erased_at is not None:
            # Whoever sends erased bytes again brings them back; the ledger tells both.
            artifact.erased_at, artifact.erased_reason = None, ""
            artifact.save(update_fields=["erased_at", "erased_reason"])
    return artifact


def erase_artifact(principal: Principal, *, sha256: str, organization_id: uuid.UUID, reason: str, now: datetime) -> Artifact:
    """Delete the bytes; the row stays as a tombstone, so that references keep resolving. ``reason`` is a code (``retention`` …).

    Bytes that another organisation holds too, or that another room sealed, stay in the store; this organisation then no longer
    holds them.
    """
    principal.require("artifact.erase", organization_id)
    holders = ArtifactHolder.objects.filter(artifact_id=sha256)
    if not holders.filter(organization_id=organization_id).exists():
        raise NotFound("access.not_found")
    with recording(principal, "artifact.erase", now=now, organization_id=organization_id) as entry:
        artifact = Artifact.objects.select_for_update().get(pk=sha256)
        if artifact.erased_at is not None:
            raise Conflict("evidence.already_erased")
        elsewhere = holders.exclude(organization_id=organization_id).exists()
        if elsewhere or any(kept(sha256) for kept in hooks.KEPT):
            holders.filter(organization_id=organization_id).delete()
        else:
            artifact.erased_at, artifact.erased_reason = now, reason[:64]
            artifact.save(update_fields=["erased_at", "erased_reason"])
            transaction.on_commit(lambda: artifact_store().delete(sha256))
        entry.about(sha256)
        entry.fact(reason=reason[:64])
    return artifact
