"""The latest figures of subjects, in few queries whatever the number of subjects, keys and past observations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db.models import OuterRef, Subquery, UUIDField

from sekisho.records.evidence.models import Evidence, Measure, Observation
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from sekisho.records.organization.principals import Principal

__all__ = ["Figure", "history", "latest_measures", "latest_observations"]

_KEYS_A_QUERY: Final = 12
_IDS_A_QUERY: Final = 500


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure with where it comes from. ``value`` is None unless ``status`` is measured."""

    subject_id: uuid.UUID
    key: str
    dimensions: dict[str, str]
    value: float | None
    numerator: float | None
    denominator: float | None
    coverage: float | None
    status: str
    reason: str
    observed_at: datetime
    observation_id: uuid.UUID
    evidence_id: uuid.UUID
    valid_until: datetime | None
    engine: str


def latest_measures(
    subject_ids: Iterable[uuid.UUID],
    keys: Iterable[str],
    at: datetime,
    *,
    observation_ids: Collection[uuid.UUID] | None = None,
) -> dict[tuple[uuid.UUID, str], list[Figure]]:
    """The figures of the newest observation, for each subject and key, that was observed by ``at`` and is not withdrawn.

    All rows of that observation for the key are given (one for each combination of dimensions): a class that a newer
    run no longer
    names is gone, not kept from an older one. A newest figure with status ``error`` hides older ones: nobody knows
    the present value.
    Held keys are left out. The number of queries grows with keys / 12 only. ``subject_ids`` must already be what the
    reader may see.
    ``observation_ids`` limits the search to these (a frozen report).
    """
    subjects, wanted = list(dict.fromkeys(subject_ids)), list(dict.fromkeys(keys))
    newest = _newest_observations(subjects, wanted, at, observation_ids)
    if not newest:
        return {}
    rows: dict[tuple[uuid.UUID, str], list[Figure]] = {}
    ids = list(set(newest.values()))
    for start in range(0, len(ids), _IDS_A_QUERY):
        found = (
            Measure.objects.filter(observation_id__in=ids[start : start + _IDS_A_QUERY], key__in=wanted, held=False)
            .order_by("pk")
            .values_list(
                "subject_id", "key", "dimensions", "value", "numerator", "denominator", "coverage", "status", "reason",
                "observed_at", "observation_id", "observation__evidence__id", "observation__evidence__valid_until",
                "observation__engine",
            )
        )  # fmt: skip
        for row in found:
            figure = Figure(*row)
            if newest.get((figure.subject_id, figure.key)) == figure.observation_id:
                rows.setdefault((figure.subject_id, figure.key), []).append(figure)
    return rows


def _newest_observations(
    subjects: list[uuid.UUID], keys: list[str], at: datetime, observation_ids: Collection[uuid.UUID] | None
) -> dict[tuple[uuid.UUID, str], uuid.UUID]:
    """For each (subject, key) the newest observation: a seek in the index (subject, key, -observed_at) each, not a scan."""
    newest: dict[tuple[uuid.UUID, str], uuid.UUID] = {}
    candidates = Measure.objects.filter(
        subject=OuterRef("pk"), held=False, observed_at__lte=at, observation__evidence__withdrawn_at=None
    )
    if observation_ids is not None:
        candidates = candidates.filter(observation_id__in=list(observation_ids))
    for start in range(0, len(keys), _KEYS_A_QUERY):
        chunk = keys[start : start + _KEYS_A_QUERY]
        columns = {
            f"newest_{i}": Subquery(
                candidates.filter(key=key).order_by("-observed_at", "-pk").values("observation_id")[:1],
                output_field=UUIDField(),  # SQLite keeps a UUID as text
            )
            for i, key in enumerate(chunk)
        }
        for part in range(0, len(subjects), _IDS_A_QUERY):
            rows = subject_queries.by_ids(subjects[part : part + _IDS_A_QUERY]).annotate(**columns)
            for subject_id, *found in rows.order_by().values_list("pk", *columns):
                newest.update(
                    {(subject_id, key): observation for key, observation in zip(chunk, found, strict=True) if observation}
                )
    return newest


def latest_observations(principal: Principal, subject_id: uuid.UUID, *, at: datetime) -> list[Evidence]:
    """The newest observation of each engine about a subject, as evidence. One query (and one for visibility)."""
    subject_queries.subject(principal, subject_id)
    newest = (
        Observation.objects.filter(subject=OuterRef("observation__subject"), engine=OuterRef("observation__engine"))
        .filter(observed_at__lte=at)
        .order_by("-observed_at", "-received_at")
        .values("pk")[:1]
    )
    return list(
        Evidence.objects.filter(subject_id=subject_id, observation__pk=Subquery(newest))
        .select_related("observation")
        .order_by("observation__engine")
    )


def history(subject_id: uuid.UUID, key: str, *, since: datetime, until: datetime) -> list[tuple[datetime, float | None]]:
    """The figure without dimensions over time, oldest first: (observed_at, value), None where it could not be measured."""
    rows = Measure.objects.filter(
        subject_id=subject_id, key=key, held=False, observed_at__gte=since, observed_at__lte=until, dimensions={}
    )
    return list(rows.order_by("observed_at", "pk").values_list("observed_at", "value"))
