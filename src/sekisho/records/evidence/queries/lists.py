"""Lists and single rows of evidence, observations, artifacts: what the reader may see."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q

from sekisho.records.evidence import rules
from sekisho.records.evidence.models import Artifact, ArtifactHolder, Evidence, Observation
from sekisho.records.ledger import queries as ledger_queries
from sekisho.records.organization.queries import visible_to, within
from sekisho.records.rows import the_row
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from django.db.models import QuerySet

    from sekisho.records.ledger.models import Entry
    from sekisho.records.organization.principals import Principal

__all__ = [
    "artifact_for",
    "evidence",
    "evidence_state",
    "evidence_with",
    "ledger_entries",
    "observation",
    "observations",
    "stale_soon",
    "state_counts",
]


def _state_filters(now: datetime) -> dict[str, Q]:
    soon = now + timedelta(days=rules.validity().warn_before_days)
    in_force = Q(withdrawn_at=None)
    current = Q(valid_until=None) | Q(valid_until__gt=now)
    return {
        "valid": in_force & current,
        "soon": in_force & Q(valid_until__gt=now, valid_until__lte=soon),
        "expired": in_force & Q(valid_until__lte=now),
        "unreviewed": in_force & current & Q(kind="document", reviewed_at=None),
        "withdrawn": Q(withdrawn_at__isnull=False),
    }


def evidence_state(row: Evidence, *, now: datetime) -> str:
    """valid, soon (runs out shortly), expired or withdrawn."""
    if row.withdrawn_at is not None:
        return "withdrawn"
    if row.valid_until is not None and row.valid_until <= now:
        return "expired"
    if row.valid_until is not None and row.valid_until <= now + timedelta(days=rules.validity().warn_before_days):
        return "soon"
    return "valid"


def evidence(
    principal: Principal,
    *,
    now: datetime,
    organization_id: uuid.UUID | None = None,
    state: str = "",
    kind: str = "",
    document_kind: str = "",
    engine: str = "",
    subject_id: uuid.UUID | None = None,
    text: str = "",
) -> QuerySet[Evidence]:
    """Evidence that the principal sees, newest first. ``state``: valid, soon, expired, unreviewed, withdrawn or "" for all."""
    rows = visible_to(Evidence.objects.select_related("subject", "observation"), principal)
    if organization_id is not None:
        rows = rows.filter(organization__in=within(organization_id))
    if state in (filters := _state_filters(now)):
        rows = rows.filter(filters[state])
    wanted: dict[str, Any] = {
        "kind": kind,
        "document_kind": document_kind,
        "observation__engine": engine,
        "subject_id": subject_id,
    }
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    if text:
        rows = rows.filter(Q(title__icontains=text) | Q(number__icontains=text) | Q(subject__name__icontains=text))
    return rows.order_by("-added_at", "pk")


def state_counts(principal: Principal, *, now: datetime, organization_id: uuid.UUID) -> dict[str, int]:
    """How many are in each state. One query."""
    rows = visible_to(Evidence.objects.filter(organization__in=within(organization_id)), principal)
    return rows.aggregate(**{name: Count("pk", filter=rule) for name, rule in _state_filters(now).items()})


def stale_soon(principal: Principal, *, now: datetime, organization_id: uuid.UUID, period: timedelta) -> QuerySet[Evidence]:
    """Evidence in force that runs out in this ``period``, soonest first."""
    rows = evidence(principal, now=now, organization_id=organization_id, state="valid")
    return rows.filter(valid_until__lte=now + period).order_by("valid_until")


def evidence_with(principal: Principal, evidence_id: uuid.UUID) -> Evidence:
    """One evidence with all that its page shows. Raises NotFound."""
    related = ("subject", "organization", "observation__machine", "artifact", "added_by", "reviewed_by")
    return the_row(visible_to(Evidence.objects.select_related(*related), principal).filter(pk=evidence_id))


def observations(principal: Principal, *, organization_id: uuid.UUID | None = None, **wanted: Any) -> QuerySet[Observation]:
    """Received observations that the principal sees, newest first; ``wanted``: ``subject_id``, ``engine``."""
    rows = visible_to(Observation.objects.select_related("subject", "evidence"), principal)
    if organization_id is not None:
        rows = rows.filter(organization__in=within(organization_id))
    return rows.filter(**{name: value for name, value in wanted.items() if value}).order_by("-observed_at", "pk")


def observation(principal: Principal, observation_id: uuid.UUID) -> Observation:
    """One observation. Raises NotFound."""
    return the_row(observations(principal).filter(pk=observation_id))


def artifact_for(principal: Principal, sha256: str) -> tuple[Artifact, str]:
    """An artifact that an organisation holds which the principal may read (a machine: its own), and its file name there.

    Raises NotFound. An erased one is given, too: its row is the tombstone.
    """
    if principal.machine_id is not None:
        machine = subject_queries.machine_of(principal)
        holders = ArtifactHolder.objects.filter(organization_id=machine.subject.organization_id)
    else:
        holders = visible_to(ArtifactHolder.objects.all(), principal)
    holder = the_row(holders.filter(artifact_id=sha256).select_related("artifact").order_by("received_at"))
    return holder.artifact, holder.name


def ledger_entries(row: Evidence, *, limit: int = 50) -> list[Entry]:
    """The entries of the ledger that name this evidence or its observation, newest first. The caller has seen ``row``."""
    found = {e.sequence: e for e in ledger_queries.history_of(row.pk, limit=limit)}
    if row.observation_id:
        found.update({e.sequence: e for e in ledger_queries.history_of(row.observation_id, limit=limit)})
    return [found[number] for number in sorted(found, reverse=True)]
