"""Masking over HTTP."""

from __future__ import annotations

import uuid
from typing import Any

from ninja import Status

from sekisho.records.api_base import ApiRequest, Limit, Offset, Paged
from sekisho.records.lifecycle.actions import masking as actions
from sekisho.records.lifecycle.api.files import REPORT_FILE, ReportForm, report_file
from sekisho.records.lifecycle.api.routing import ERRORS, Code, router
from sekisho.records.lifecycle.models import MaskPlan, MaskRun
from sekisho.records.lifecycle.queries import masking as queries
from sekisho.records.lifecycle.schemas import masking as schemas
from sekisho.records.organization import queries as organization_queries


def _facts(data: schemas._Facts) -> actions.MaskPlanFacts:
    names = ("name", "purpose", "source", "target", "text")
    return actions.MaskPlanFacts(**{name: getattr(data, name) for name in names})


@router.get("/lifecycle/mask-plans", response={200: Paged[schemas.MaskPlanOut], **ERRORS})
def list_mask_plans(
    request: ApiRequest, organization: Code, ended: bool = False, limit: Limit = 50, offset: Offset = 0
) -> dict[str, Any]:
    """The plans of an organisation and those below."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require(queries.READ, here.pk)
    rows = queries.plans(request.auth, here, ended=ended)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/lifecycle/mask-plans", response={201: schemas.MaskPlanDetailOut, **ERRORS})
def make_mask_plan(request: ApiRequest, data: schemas.MaskPlanIn) -> Status[MaskPlan]:
    """Keep a plan; every mistake in it is named with its line."""
    here = organization_queries.by_code(request.auth, data.organization)
    request.auth.require("lifecycle.mask", here.pk)
    made = actions.make_mask_plan(
        request.auth,
        here,
        source_store=queries.store(request.auth, data.source_store),
        target_store=queries.store(request.auth, data.target_store),
        facts=_facts(data),
        now=request.now,
    )
    return Status(201, made)


@router.post("/lifecycle/mask-plans/propose", response={200: schemas.MaskProposalOut, **ERRORS})
def propose_mask_plan(request: ApiRequest, data: schemas.MaskProposeIn) -> dict[str, str]:
    """Look at data and propose a plan as YAML, to be edited by a person. Nothing is kept but that somebody looked."""
    text = actions.propose_mask_plan(
        request.auth,
        queries.store(request.auth, data.store),
        path=data.source,
        title=data.title,
        recipient=data.recipient,
        now=request.now,
    )
    return {"text": text}


@router.get("/lifecycle/mask-plans/{uuid:mask_plan_id}", response={200: schemas.MaskPlanDetailOut, **ERRORS})
def get_mask_plan(request: ApiRequest, mask_plan_id: uuid.UUID) -> MaskPlan:
    """One plan with its text."""
    row = queries.plan(request.auth, mask_plan_id)
    return queries.plans(request.auth, row.organization, ended=row.ended_at is not None).get(pk=row.pk)


@router.put("/lifecycle/mask-plans/{uuid:mask_plan_id}", response={200: schemas.MaskPlanDetailOut, **ERRORS})
def edit_mask_plan(request: ApiRequest, mask_plan_id: uuid.UUID, data: schemas.MaskPlanEditIn) -> MaskPlan:
    """Change a plan; with another text or other places it has to be approved again."""
    row = queries.plan(request.auth, mask_plan_id)
    return actions.edit_mask_plan(request.auth, row, facts=_facts(data), version=data.version, now=request.now)


@router.post("/lifecycle/mask-plans/{uuid:mask_plan_id}/end", response={204: None, **ERRORS})
def end_mask_plan(request: ApiRequest, mask_plan_id: uuid.UUID, data: schemas.MaskPlanEndIn) -> Status[None]:
    """Use it no more; its runs stay on record."""
    row = queries.plan(request.auth, mask_plan_id)
    actions.end_mask_plan(request.auth, row, version=data.version, now=request.now)
    return Status(204, None)


@router.post("/lifecycle/mask-plans/{uuid:mask_plan_id}/sample", response={200: schemas.MaskSampleOut, **ERRORS})
def sample_mask_plan(request: ApiRequest, mask_plan_id: uuid.UUID) -> dict[str, Any]:
    """A few rows before (partly hidden) and after, for the eye before the run. That somebody looked is recorded."""
    return actions.sample_mask_plan(request.auth, queries.plan(request.auth, mask_plan_id), now=request.now)


@router.post("/lifecycle/mask-plans/{uuid:mask_plan_id}/ask", response={200: schemas.MaskPlanOut, **ERRORS})
def ask_mask_plan(request: ApiRequest, mask_plan_id: uuid.UUID, data: schemas.MaskAskIn) -> MaskPlan:
    """Ask that the plan may run; a second person approves."""
    row = queries.plan(request.auth, mask_plan_id)
    actions.ask_mask_plan(request.auth, row, reason=data.reason, version=data.version, now=request.now)
    return row


@router.get("/lifecycle/mask-plans/{uuid:mask_plan_id}/runs", response={200: Paged[schemas.MaskRunOut], **ERRORS})
def list_mask_runs(request: ApiRequest, mask_plan_id: uuid.UUID, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """The runs of a plan, newest first."""
    rows = queries.runs(request.auth, queries.plan(request.auth, mask_plan_id))
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/lifecycle/mask-plans/{uuid:mask_plan_id}/runs", response={201: schemas.MaskRunOut, **ERRORS})
def begin_mask_run(request: ApiRequest, mask_plan_id: uuid.UUID) -> Status[MaskRun]:
    """Have a job mask and prove. 409 unless the plan, as it is, was approved."""
    row = queries.plan(request.auth, mask_plan_id)
    return Status(201, actions.begin_mask_run(request.auth, row, now=request.now))


@router.get("/lifecycle/mask-runs/{uuid:mask_run_id}", response={200: schemas.MaskRunDetailOut, **ERRORS})
def get_mask_run(request: ApiRequest, mask_run_id: uuid.UUID) -> MaskRun:
    """One run with its proof."""
    return queries.run(request.auth, mask_run_id)


@router.post("/lifecycle/mask-runs/{uuid:mask_run_id}/sign", response={200: schemas.MaskRunOut, **ERRORS})
def sign_mask_run(request: ApiRequest, mask_run_id: uuid.UUID) -> MaskRun:
    """The 保護管理者 has read the report: somebody else than who ran it, and only when the proof holds."""
    return actions.sign_mask_run(request.auth, queries.run(request.auth, mask_run_id), now=request.now)


@router.get("/lifecycle/mask-runs/{uuid:mask_run_id}/report", response={200: None, **ERRORS}, openapi_extra=REPORT_FILE)
def mask_run_report(request: ApiRequest, mask_run_id: uuid.UUID, form: ReportForm = "docx") -> Any:
    """The report of a run as a file. 404 before the run is done."""
    row = queries.run(request.auth, mask_run_id)
    return report_file(row.report, form, name=f"masking-{row.pk}")
