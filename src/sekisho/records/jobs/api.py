"""The room over HTTP."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal

from ninja import Router
from pydantic import Field

from sekisho.records.api_base import ApiRequest, Errors, Limit, Offset, Paged
from sekisho.records.jobs import actions, queries, schemas
from sekisho.records.jobs.models import Job
from sekisho.records.organization import queries as organization_queries

router = Router(tags=["jobs"])
ERRORS = {401: Errors, 403: Errors, 404: Errors, 409: Errors, 422: Errors, 503: Errors}


@router.get("/jobs", response={200: Paged[schemas.JobOut], **ERRORS})
def list_jobs(
    request: ApiRequest,
    organization: Annotated[str, Field(max_length=64)] = "",
    state: Literal["", "queued", "running", "done", "failed", "cancelled"] = "",
    kind: Annotated[str, Field(max_length=64)] = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """Jobs, newest first."""
    found = organization_queries.by_code(request.auth, organization) if organization else None
    rows = queries.jobs(request.auth, organization_id=found.pk if found else None, state=state, kind=kind)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.get("/jobs/{job_id}", response={200: schemas.JobOut, **ERRORS})
def get_job(request: ApiRequest, job_id: uuid.UUID) -> Job:
    """One job with its progress and result."""
    return queries.job(request.auth, job_id)


@router.post("/jobs/{job_id}/cancel", response={200: schemas.JobOut, **ERRORS})
def cancel_job(request: ApiRequest, job_id: uuid.UUID) -> Job:
    """Stop it: at once when it waits, at its next step when it runs."""
    return actions.cancel(request.auth, job=queries.job(request.auth, job_id), now=request.now)
