"""検出事項: what is open, and what was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db.models import Case, Count, IntegerField, Q, Value, When

from sekisho.records.evidence.models import Finding
from sekisho.records.organization.queries import visible_to, within
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable
    from datetime import datetime

    from django.db.models import QuerySet

    from sekisho.records.organization.principals import Principal

__all__ = ["SEVERITIES", "finding", "findings", "open_by_engine", "open_findings", "severity_counts"]

SEVERITIES: Final = ("critical", "high", "medium", "low", "info")
_ORDER: Final = Case(
    *(When(severity=name, then=Value(rank)) for rank, name in enumerate(SEVERITIES)),
    default=Value(len(SEVERITIES)),
    output_field=IntegerField(),
)


def findings(
    principal: Principal,
    *,
    organization_id: uuid.UUID | None = None,
    state: str = "open",
    severity: str = "",
    engine: str = "",
    subject_id: uuid.UUID | None = None,
    text: str = "",
) -> QuerySet[Finding]:
    """Findings that the principal sees, gravest and oldest first. ``state``: open, closed or all; ``text`` in
    code or location.
    """
    rows = visible_to(Finding.objects.select_related("subject"), principal)
    if organization_id is not None:
        rows = rows.filter(organization__in=within(organization_id))
    if state == "open":
        rows = rows.filter(closed_at=None)
    elif state == "closed":
        rows = rows.filter(closed_at__isnull=False)
    for name, value in (("severity", severity), ("engine", engine), ("subject_id", subject_id)):
        if value:
            rows = rows.filter(**{name: value})
    if text:
        rows = rows.filter(Q(code__icontains=text) | Q(location__icontains=text) | Q(subject__name__icontains=text))
    return rows.annotate(rank=_ORDER).order_by("rank", "first_seen_at", "pk")


def finding(principal: Principal, finding_id: uuid.UUID) -> Finding:
    """One finding with the observations that saw it first and last. Raises NotFound."""
    rows = visible_to(
        Finding.objects.select_related(
            "subject", "first_observation__evidence", "last_observation__evidence", "closed_by__evidence"
        ),
        principal,
    )
    return the_row(rows.filter(pk=finding_id))


def open_findings(
    subject_ids: Iterable[uuid.UUID], *, at: datetime | None = None, engines: Iterable[str] | None = None
) -> QuerySet[Finding]:
    """Findings of these subjects that are open (``at``: that were open then). ``subject_ids`` must be what the reader may see."""
    rows = Finding.objects.filter(subject_id__in=list(subject_ids))
    rows = (
        rows.filter(closed_at=None)
        if at is None
        else rows.filter(first_seen_at__lte=at).filter(Q(closed_at=None) | Q(closed_at__gt=at))
    )
    if engines is not None:
        rows = rows.filter(engine__in=list(engines))
    return rows.annotate(rank=_ORDER).order_by("rank", "first_seen_at", "pk")


def severity_counts(rows: QuerySet[Finding]) -> dict[str, int]:
    """How many of ``rows`` have each severity, gravest first; zero where there is none."""
    counted = dict(rows.order_by().values_list("severity").annotate(n=Count("pk")))
    return {name: counted.get(name, 0) for name in SEVERITIES}


def open_by_engine(subject_id: uuid.UUID) -> dict[str, dict[str, int]]:
    """How many findings of a subject (which the reader may see) are open: engine → severity → number. One query."""
    found: dict[str, dict[str, int]] = {}
    rows = Finding.objects.filter(subject=subject_id, closed_at=None).order_by().values_list("engine", "severity")
    for engine, severity, n in rows.annotate(n=Count("pk")):
        found.setdefault(engine, {})[severity] = n
    return found
