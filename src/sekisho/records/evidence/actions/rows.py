"""The rows of a batch of observations, written with as few statements as the database allows."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sekisho.engines.observation import MeasureStatus
from sekisho.records.evidence import rules
from sekisho.records.evidence.models import (
    Artifact,
    ArtifactHolder,
    Evidence,
    EvidenceKind,
    Measure,
    Observation,
    ObservationArtifact,
)
from sekisho.standards import catalog as standards

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import datetime

    from sekisho.records.subjects.models import Subject

__all__ = ["OBSERVATION_TYPE", "Batch", "write_rows"]

OBSERVATION_TYPE: Final = "application/vnd.sekisho.observation+json"


@dataclass(frozen=True, slots=True)
class Batch:
    """Whose batch it is."""

    subject: Subject
    machine_id: uuid.UUID | None
    person_id: uuid.UUID | None
    now: datetime


def write_rows(batch: Batch, reads: Sequence[rules.Read]) -> list[Observation]:
    """Write observations, their artifacts, measures and evidence; returns the observations in the order of ``reads``."""
    if not reads:
        return []
    rows = [_observation(batch, read) for read in reads]
    _hold_canonical(batch, reads)
    Observation.objects.bulk_create(rows)
    pairs = list(zip(rows, reads, strict=True))
    ObservationArtifact.objects.bulk_create(
        ObservationArtifact(observation=row, artifact_id=a.sha256, name=a.name[:300])
        for row, read in pairs
        for a in read.value.artifacts
    )
    Measure.objects.bulk_create(itertools.chain.from_iterable(_measures(row, read) for row, read in pairs))
    Evidence.objects.bulk_create([_evidence(batch, row) for row in rows])
    return rows


def _observation(batch: Batch, read: rules.Read) -> Observation:
    value = read.value
    collector = {"name": value.collector.name, "version": value.collector.version, "privileged": value.collector.privileged}
    return Observation(
        organization_id=batch.subject.organization_id,
        subject=batch.subject,
        machine_id=batch.machine_id,
        content_id=read.content_id,
        engine=value.engine,
        engine_version=value.engine_version,
        collector=collector,
        observed_at=read.observed_at,
        observed_offset=read.offset,
        received_at=batch.now,
        scope=list(value.scope),
        parameters=value.parameters,
    )


def _hold_canonical(batch: Batch, reads: Sequence[rules.Read]) -> None:
    """The observation's own JSON is an artifact of the organisation."""
    Artifact.objects.bulk_create(
        [Artifact(sha256=r.content_id, size=len(r.canonical), media_type=OBSERVATION_TYPE, stored_at=batch.now) for r in reads],
        ignore_conflicts=True,
    )
    ArtifactHolder.objects.bulk_create(
        [
            ArtifactHolder(
                artifact_id=r.content_id,
                organization_id=batch.subject.organization_id,
                name=f"observation-{r.content_id[:12]}.json",
                received_at=batch.now,
            )
            for r in reads
        ],
        ignore_conflicts=True,
    )


def _measures(row: Observation, read: rules.Read) -> list[Measure]:
    declared = standards.measures()
    return [
        Measure(
            observation=row,
            subject_id=row.subject_id,
            key=m.key,
            dimensions=m.dimensions,
            value=m.value,
            numerator=m.numerator,
            denominator=m.denominator,
            coverage=m.coverage,
            status=str(MeasureStatus(m.status)),
            reason=m.reason[:100],
            held=m.key not in declared,
            observed_at=row.observed_at,
        )
        for m in read.value.measures
    ]


def _evidence(batch: Batch, row: Observation) -> Evidence:
    return Evidence(
        organization_id=row.organization_id,
        subject=batch.subject,
        kind=EvidenceKind.OBSERVATION,
        observation=row,
        artifact_id=row.content_id,
        title=f"{row.engine} {row.engine_version}",
        valid_from=row.observed_at,
        valid_until=rules.valid_until(row.engine, row.observed_at, periods=rules.validity()),
        added_by_id=batch.person_id,
        added_at=batch.now,
    )
