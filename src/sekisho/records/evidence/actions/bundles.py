"""Bundles (``*.sekisho``) carried by hand from machines that no network reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sekisho.engines.observation import encode
from sekisho.engines.sending import unpack
from sekisho.records.evidence.actions.artifacts import store_artifact
from sekisho.records.evidence.actions.ingest import MOST_IN_BATCH, BatchResult, receive_observations

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sekisho.records.organization.principals import Principal
    from sekisho.records.subjects.models import Subject

__all__ = ["receive_bundle"]


def receive_bundle(principal: Principal, *, untrusted: Path | bytes, subject: Subject, now: datetime) -> BatchResult:
    """Take in all of a bundle for ``subject``. Raises InputError with every problem of the file; then nothing was taken.

    Its artifacts are stored first, as a machine would send them; the observations then go the way of all observations.
    """
    principal.require("observation.submit", subject.organization_id)
    bundle = unpack(untrusted)
    names = {a.sha256: a for o in bundle.observations for a in o.artifacts}
    for sha256, content in bundle.artifacts.items():
        named = names[sha256]
        store_artifact(
            principal,
            chunks=(content,),
            sha256=sha256,
            media_type=named.media_type,
            name=named.name,
            organization_id=subject.organization_id,
            now=now,
        )
    result = BatchResult([])
    raw = [encode(o) for o in bundle.observations]
    for start in range(0, len(raw), MOST_IN_BATCH):
        part = receive_observations(principal, observations=raw[start : start + MOST_IN_BATCH], subject=subject, now=now)
        result.results.extend(part.results)
    return result
