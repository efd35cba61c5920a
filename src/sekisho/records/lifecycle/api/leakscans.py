"""Leak scans over HTTP."""

from __future__ import annotations

import uuid
from typing import Any, Literal

from ninja import Status

from sekisho.errors import NotFound
from sekisho.records.api_base import ApiRequest, Limit, Offset, Paged, ReasonIn
from sekisho.records.lifecycle.actions import leakscans as actions
from sekisho.records.lifecycle.actions.leak_measuring import measure_leaks
from sekisho.records.lifecycle.api.routing import ERRORS, Code, Text, router
from sekisho.records.lifecycle.models import LeakDecision, LeakPlan, LeakScan
from sekisho.records.lifecycle.queries import leakscans as queries
from sekisho.records.lifecycle.schemas import leakscans as schemas
from sekisho.records.organization import queries as organization_queries


def _facts(data: schemas._Facts) -> actions.LeakPlanFacts:
    given = data.model_dump(exclude={"store", "version", "owner"})
    return actions.LeakPlanFacts(**given, owner_id=data.owner)


def _out(row: LeakPlan) -> dict[str, Any]:
    made = {name: getattr(row, name, None) for name in schemas.LeakPlanOut.model_fields}
    return made if made["last_at"] else {**made, "wrong": None, "open": None}


@router.get("/lifecycle/leak-plans", response={200: Paged[schemas.LeakPlanOut], **ERRORS})
def list_leak_plans(
    request: ApiRequest, organization: Code, ended: bool = False, limit: Limit = 50, offset: Offset = 0
) -> dict[str, Any]:
    """The plans of an organisation and those below."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require(queries.READ, here.pk)
    rows = queries.plans(request.auth, here, ended=ended)
    return {"items": [_out(row) for row in rows[offset : offset + limit]], "total": rows.count()}


@router.post("/lifecycle/leak-plans", response={201: schemas.LeakPlanOut, **ERRORS})
def make_leak_plan(request: ApiRequest, data: schemas.LeakPlanIn) -> Status[dict[str, Any]]:
    """Plan to look through a data store; it runs by itself unless ``every`` is once."""
    store = queries.store(request.auth, data.store)
    return Status(201, _out(actions.make_leak_plan(request.auth, store, facts=_facts(data), now=request.now)))


@router.get("/lifecycle/leak-plans/{uuid:leak_plan_id}", response={200: schemas.LeakPlanDetailOut, **ERRORS})
def get_leak_plan(request: ApiRequest, leak_plan_id: uuid.UUID) -> dict[str, Any]:
    """One plan with its decisions."""
    row = queries.plan(request.auth, leak_plan_id)
    counted = queries.plans(request.auth, row.organization, ended=row.ended_at is not None).get(pk=row.pk)
    return {**_out(counted), "rules": row.rules, "decisions": list(queries.decisions(request.auth, row))}


@router.put("/lifecycle/leak-plans/{uuid:leak_plan_id}", response={200: schemas.LeakPlanOut, **ERRORS})
def edit_leak_plan(request: ApiRequest, leak_plan_id: uuid.UUID, data: schemas.LeakPlanEditIn) -> dict[str, Any]:
    """Change a plan."""
    row = queries.plan(request.auth, leak_plan_id)
    return _out(actions.edit_leak_plan(request.auth, row, facts=_facts(data), version=data.version, now=request.now))


@router.post("/lifecycle/leak-plans/{uuid:leak_plan_id}/end", response={204: None, **ERRORS})
def end_leak_plan(request: ApiRequest, leak_plan_id: uuid.UUID, data: ReasonIn) -> Status[None]:
    """Look through it no more."""
    actions.end_leak_plan(request.auth, queries.plan(request.auth, leak_plan_id), reason=data.reason, now=request.now)
    return Status(204, None)


@router.get("/lifecycle/leak-plans/{uuid:leak_plan_id}/places", response={200: Paged[schemas.LeakPlaceOut], **ERRORS})
def list_leak_places(
    request: ApiRequest,
    leak_plan_id: uuid.UUID,
    state: Literal["open", "allowed", "treated", "all"] = "open",
    q: Text = "",
    kind: Code = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """Where something was found, most findings first."""
    row = queries.plan(request.auth, leak_plan_id)
    rows = queries.places(request.auth, row, state=state, text=q, kind=kind)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.get("/lifecycle/leak-plans/{uuid:leak_plan_id}/scans", response={200: Paged[schemas.LeakScanOut], **ERRORS})
def list_leak_scans(request: ApiRequest, leak_plan_id: uuid.UUID, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """The runs of a plan, newest first."""
    rows = queries.scans(request.auth, queries.plan(request.auth, leak_plan_id))
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/lifecycle/leak-plans/{uuid:leak_plan_id}/scans", response={201: schemas.LeakScanOut, **ERRORS})
def begin_leak_scan(request: ApiRequest, leak_plan_id: uuid.UUID) -> Status[LeakScan]:
    """Have a job look through the store now."""
    row = queries.plan(request.auth, leak_plan_id)
    return Status(201, actions.begin_leak_scan(request.auth, row, now=request.now))


@router.get("/lifecycle/leak-scans/{uuid:leak_scan_id}", response={200: schemas.LeakScanOut, **ERRORS})
def get_leak_scan(request: ApiRequest, leak_scan_id: uuid.UUID) -> LeakScan:
    """One run."""
    return queries.scan(request.auth, leak_scan_id)


@router.post("/lifecycle/leak-plans/{uuid:leak_plan_id}/decisions", response={201: schemas.LeakDecisionOut, **ERRORS})
def decide_leak(request: ApiRequest, leak_plan_id: uuid.UUID, data: schemas.LeakDecisionIn) -> Status[LeakDecision]:
    """Say what may lie where, why, and until when."""
    row = queries.plan(request.auth, leak_plan_id)
    return Status(201, actions.decide_leak(request.auth, row, now=request.now, **data.model_dump()))


@router.post("/lifecycle/leak-decisions/{uuid:leak_decision_id}/end", response={204: None, **ERRORS})
def end_leak_decision(request: ApiRequest, leak_decision_id: uuid.UUID) -> Status[None]:
    """The decision no longer holds."""
    actions.end_leak_decision(request.auth, queries.decision(request.auth, leak_decision_id), now=request.now)
    return Status(204, None)


@router.post("/lifecycle/leak-measure", response={204: None, **ERRORS})
def leaks_measure(request: ApiRequest, organization: Code) -> Status[None]:
    """Hand in the figures as evidence now instead of at night. 404 without a subject that stands for the organisation."""
    here = organization_queries.by_code(request.auth, organization)
    if not measure_leaks(request.auth, here, now=request.now)["measured"]:
        raise NotFound("access.not_found")
    return Status(204, None)
