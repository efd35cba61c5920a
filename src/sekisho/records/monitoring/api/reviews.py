"""Plans and reviews over HTTP."""

from __future__ import annotations

import uuid
from typing import Any

from ninja import Status

from sekisho.records.api_base import ApiRequest, Limit, Offset, Paged, ReasonIn
from sekisho.records.monitoring import actions
from sekisho.records.monitoring.api.routing import ERRORS, Code, router
from sekisho.records.monitoring.models import LogReview, ReviewPlan
from sekisho.records.monitoring.queries import reviews as queries
from sekisho.records.monitoring.schemas import reviews as schemas
from sekisho.records.organization import queries as organization_queries


def _plan(row: ReviewPlan) -> dict[str, Any]:
    names = set(schemas.ReviewPlanOut.model_fields) - {"sources"}
    return {**{name: getattr(row, name) for name in names}, "sources": [source.pk for source in row.sources.all()]}


def _review(row: LogReview) -> dict[str, Any]:
    names = set(schemas.LogReviewOut.model_fields) - {"found"}
    found = getattr(row, "found", None)
    return {**{name: getattr(row, name) for name in names}, "found": row.seen.count() if found is None else found}


def _detail(row: LogReview) -> dict[str, Any]:
    return {
        **_review(row),
        "sources": list(row.sources.values_list("pk", flat=True)),
        "evidence": list(row.evidence.values_list("pk", flat=True)),
        **{name: getattr(row, name) for name in ("explanation", "coverage", "trends", "notes")},
    }


def _facts(data: schemas.ReviewPlanIn | schemas.ReviewPlanEditIn) -> actions.PlanFacts:
    return actions.PlanFacts(
        title=data.title,
        purpose=data.purpose,
        sources=data.sources,
        every=data.every,
        owner_id=data.owner,
        owner_role=data.owner_role,
        basis=data.basis,
    )


@router.get("/monitoring/plans", response={200: Paged[schemas.ReviewPlanOut], **ERRORS})
def list_plans(
    request: ApiRequest, organization: Code, state: Code = "", purpose: Code = "", limit: Limit = 50, offset: Offset = 0
) -> dict[str, Any]:
    """Plans of an organisation and those below, the soonest due first; ``state``: empty (in force), late, ended, all."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require("monitoring.read", here.pk)
    rows = queries.listed_plans(request.auth, here, state=state, purpose=purpose, now=request.now)
    return {"items": [_plan(row) for row in rows[offset : offset + limit]], "total": rows.count()}


@router.post("/monitoring/plans", response={201: schemas.ReviewPlanOut, **ERRORS})
def make_plan(request: ApiRequest, data: schemas.ReviewPlanIn) -> Status[dict[str, Any]]:
    """Plan reviews; the next one is a duty."""
    here = organization_queries.by_code(request.auth, data.organization)
    starts_at = data.starts_at or request.now
    made = actions.make_plan(request.auth, organization=here, facts=_facts(data), starts_at=starts_at, now=request.now)
    return Status(201, _plan(made))


@router.get("/monitoring/plans/{uuid:plan_id}", response={200: schemas.ReviewPlanOut, **ERRORS})
def get_plan(request: ApiRequest, plan_id: uuid.UUID) -> dict[str, Any]:
    """One plan."""
    return _plan(queries.plan(request.auth, plan_id))


@router.put("/monitoring/plans/{uuid:plan_id}", response={200: schemas.ReviewPlanOut, **ERRORS})
def edit_plan(request: ApiRequest, plan_id: uuid.UUID, data: schemas.ReviewPlanEditIn) -> dict[str, Any]:
    """Change a plan."""
    row = queries.plan(request.auth, plan_id)
    actions.edit_plan(request.auth, row, facts=_facts(data), version=data.version, now=request.now)
    return _plan(queries.plan(request.auth, plan_id))


@router.post("/monitoring/plans/{uuid:plan_id}/end", response={204: None, **ERRORS})
def end_plan(request: ApiRequest, plan_id: uuid.UUID, data: ReasonIn) -> Status[None]:
    """No further reviews of it."""
    actions.end_plan(request.auth, queries.plan(request.auth, plan_id), reason=data.reason, now=request.now)
    return Status(204, None)


@router.post("/monitoring/plans/{uuid:plan_id}/reviews", response={201: schemas.LogReviewOut, **ERRORS})
def begin_planned(request: ApiRequest, plan_id: uuid.UUID) -> Status[dict[str, Any]]:
    """Begin the next review of a plan; a job applies the rules."""
    return Status(201, _review(actions.begin_planned(request.auth, queries.plan(request.auth, plan_id), now=request.now)))


@router.get("/monitoring/reviews", response={200: Paged[schemas.LogReviewOut], **ERRORS})
def list_log_reviews(
    request: ApiRequest,
    organization: Code,
    state: Code = "",
    purpose: Code = "",
    plan: uuid.UUID | None = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """Reviews of an organisation and those below, newest first."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require("monitoring.read", here.pk)
    rows = queries.listed_reviews(request.auth, here, state=state, purpose=purpose, plan_id=plan)
    return {"items": [_review(row) for row in rows[offset : offset + limit]], "total": rows.count()}


@router.post("/monitoring/reviews", response={201: schemas.LogReviewOut, **ERRORS})
def begin_log_review(request: ApiRequest, data: schemas.LogReviewIn) -> Status[dict[str, Any]]:
    """Begin a review beside the plans."""
    here = organization_queries.by_code(request.auth, data.organization)
    made = actions.begin_review(
        request.auth,
        organization=here,
        title=data.title,
        purpose=data.purpose,
        sources=data.sources,
        period=(data.since, data.until),
        now=request.now,
    )
    return Status(201, _review(made))


@router.get("/monitoring/reviews/{uuid:log_review_id}", response={200: schemas.LogReviewDetailOut, **ERRORS})
def get_log_review(request: ApiRequest, log_review_id: uuid.UUID) -> dict[str, Any]:
    """One review with its explanation."""
    return _detail(queries.review(request.auth, log_review_id))


@router.put("/monitoring/reviews/{uuid:log_review_id}/notes", response={200: schemas.LogReviewOut, **ERRORS})
def save_notes(request: ApiRequest, log_review_id: uuid.UUID, data: schemas.LogReviewNotesIn) -> dict[str, Any]:
    """Keep what was written so far."""
    row = queries.review(request.auth, log_review_id)
    return _review(actions.save_notes(request.auth, row, notes=data.notes, version=data.version, now=request.now))


@router.post("/monitoring/reviews/{uuid:log_review_id}/rerun", response={202: schemas.LogReviewOut, **ERRORS})
def rerun_log_review(request: ApiRequest, log_review_id: uuid.UUID) -> Status[dict[str, Any]]:
    """Apply the rules once more."""
    actions.rerun_review(request.auth, queries.review(request.auth, log_review_id), now=request.now)
    return Status(202, _review(queries.review(request.auth, log_review_id)))


@router.post("/monitoring/reviews/{uuid:log_review_id}/finish", response={200: schemas.LogReviewDetailOut, **ERRORS})
def finish_log_review(request: ApiRequest, log_review_id: uuid.UUID, data: schemas.LogReviewNotesIn) -> dict[str, Any]:
    """Finish it: coverage is frozen, it becomes evidence, its plan goes on."""
    row = queries.review(request.auth, log_review_id)
    return _detail(actions.finish_review(request.auth, row, notes=data.notes, version=data.version, now=request.now))


@router.post("/monitoring/reviews/{uuid:log_review_id}/cancel", response={204: None, **ERRORS})
def cancel_log_review(request: ApiRequest, log_review_id: uuid.UUID, data: ReasonIn) -> Status[None]:
    """Give it up."""
    actions.cancel_review(request.auth, queries.review(request.auth, log_review_id), reason=data.reason, now=request.now)
    return Status(204, None)
