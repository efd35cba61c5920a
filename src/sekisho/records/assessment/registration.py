"""What this room tells the lower rooms and the frame when Django starts."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sekisho.records.assessment import actions, queries
from sekisho.records.assessment.actions import handlers
from sekisho.records.assessment.models import Judgement
from sekisho.records.catalog import hooks as catalog_hooks
from sekisho.records.evidence import hooks as evidence_hooks
from sekisho.records.jobs import actions as jobs
from sekisho.records.jobs import registry as job_registry
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.organization.queries import visible_to
from sekisho.records.requests import registry as requests
from sekisho.records.subjects import hooks as subject_hooks
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sekisho.records.catalog.models import Requirement
    from sekisho.records.jobs.registry import JobContext
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["register"]

_TICK_SECONDS: Final = 600
_PANEL_ROWS: Final = 20


def _propose(context: JobContext) -> dict[str, Any]:
    done = actions.propose(context.principal, subject_ids=[uuid.UUID(s) for s in context.payload["subjects"]], now=context.now)
    return {"evaluated": done.evaluated, "changed": done.changed}


def _refresh(context: JobContext) -> dict[str, Any]:
    """Applicability of all that an organisation has, then the proposals that follow."""
    assert context.organization_id is not None
    done = actions.refresh_applicability(context.principal, organization_id=context.organization_id, now=context.now)
    subjects = subject_queries.subjects(context.principal).filter(organization=context.organization_id)
    actions.propose(context.principal, subject_ids=list(subjects.values_list("pk", flat=True)), now=context.now)
    return {"pairs": done.pairs, "changed": done.changed, "judgements": done.judgements}


def _tick(context: JobContext) -> dict[str, Any]:
    done = actions.tick(context.principal, now=context.now)
    return {"evaluated": done.evaluated, "changed": done.changed}


def _after_ingest(subject_ids: frozenset[uuid.UUID], *, now: datetime) -> None:
    jobs.enqueue(SYSTEM, "assessment.propose", payload={"subjects": sorted(str(pk) for pk in subject_ids)}, now=now)


def _subjects_changed(organization_id: uuid.UUID, *, now: datetime) -> None:
    key = f"assessment.refresh:{organization_id}"
    jobs.enqueue(SYSTEM, "assessment.refresh", organization_id=organization_id, unique_key=key, now=now)


def _panel(
    principal: Principal, *, organization: Organization, requirement: Requirement, now: datetime
) -> catalog_hooks.Panel | None:
    """How the organisation's subjects stand with a requirement."""
    found = queries.judgements(
        principal, now=now, organization_id=organization.pk, filters=queries.Filters(requirement=requirement.pk)
    )
    rows = [(row, queries.is_stale(row, now)) for row in found[:_PANEL_ROWS]]
    if not rows:
        return None
    return catalog_hooks.Panel(
        title=gettext_lazy("判定"),
        template="assessment/_requirement.html",
        context={"rows": rows, "requirement_id": requirement.pk, "more": len(rows) == _PANEL_ROWS},
    )


def _uses(principal: Principal, evidence_id: uuid.UUID) -> Sequence[evidence_hooks.Use]:
    """The judgements that rest on an evidence."""
    rows = visible_to(Judgement.objects.filter(evidence=evidence_id), principal)
    return [
        evidence_hooks.Use(
            title=f"{row.requirement.ref} {row.requirement.title} ／ {row.subject.name}",
            url=reverse("assessment:judgement", args=(row.organization.code, row.pk)),
            detail=_("判定"),
        )
        for row in rows.select_related("requirement", "subject", "organization")[:200]
    ]


def register() -> None:
    """Kinds of request and of job, what follows evidence, where evidence is used."""
    for name, title in (
        ("judgement.override", "assessment.kind_override"),
        ("judgement.declare", "assessment.kind_declare"),
    ):
        requests.register(
            requests.RequestKind(name=name, title=title, action=name, apply=handlers.apply_level, check=handlers.check_level)
        )
    requests.register(
        requests.RequestKind(
            name="applicability.decide",
            title="assessment.kind_applicability",
            action="applicability.decide",
            apply=handlers.apply_applicability,
            check=handlers.check_applicability,
        )
    )
    job_registry.register("assessment.propose", _propose, permission="judgement.declare")
    job_registry.register("assessment.refresh", _refresh, permission="subject.edit")
    job_registry.register("assessment.tick", _tick)
    job_registry.schedule("assessment.tick", kind="assessment.tick", every_seconds=_TICK_SECONDS)
    evidence_hooks.AFTER_INGEST.append(_after_ingest)
    evidence_hooks.USES.append(_uses)
    subject_hooks.SUBJECTS_CHANGED.append(_subjects_changed)
    catalog_hooks.ADOPTED.append(_subjects_changed)
    catalog_hooks.PANELS["assessment"] = _panel
