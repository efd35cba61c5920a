"""Searches, investigations and the watching of staff over HTTP."""

from __future__ import annotations

import uuid
from typing import Any, Literal

from django.utils import timezone
from ninja import Status

from sekisho.errors import NotFound
from sekisho.records.api_base import ApiRequest, Limit, Offset, Paged, ReasonIn
from sekisho.records.monitoring import actions
from sekisho.records.monitoring.api.routing import ERRORS, Code, Text, router
from sekisho.records.monitoring.models import StaffBasis, StaffSearch, Trail, TrailStep
from sekisho.records.monitoring.queries import alerts as alert_queries
from sekisho.records.monitoring.queries import searches as queries
from sekisho.records.monitoring.queries import staff as staff_queries
from sekisho.records.monitoring.rules.searching import query_of
from sekisho.records.monitoring.schemas import desk as schemas
from sekisho.records.organization import queries as organization_queries


@router.post("/monitoring/search", response={200: schemas.LogSearchOut, **ERRORS})
def search(request: ApiRequest, data: schemas.LogSearchIn) -> dict[str, Any]:
    """Search the logs of an organisation and those below. It is recorded; in a trail it is the next step."""
    here = organization_queries.by_code(request.auth, data.organization)
    request.auth.require("monitoring.search", here.pk)
    trail = queries.trail(request.auth, data.trail) if data.trail else None
    if trail is not None and trail.organization_id != here.pk:
        raise NotFound("access.not_found")
    query = query_of(
        since=data.since,
        until=data.until,
        now=request.now,
        text=data.text,
        fields=data.fields,
        sources=[str(key) for key in data.sources],
    )
    done = actions.search(
        request.auth, organization=here, query=query, trail=trail, now=request.now, offset=data.offset, limit=data.limit
    )
    found = done.found
    return {
        "total": found.total,
        "looked_at": found.looked_at,
        "first_at": found.first_at,
        "last_at": found.last_at,
        "events": list(found.rows),
        "bars": list(found.bars),
        "step": done.step.position if done.step else None,
    }


@router.get("/monitoring/trails", response={200: Paged[schemas.LogTrailOut], **ERRORS})
def list_trails(
    request: ApiRequest, organization: Code, state: Literal["", "open", "closed"] = "", limit: Limit = 50, offset: Offset = 0
) -> dict[str, Any]:
    """Investigations of an organisation and those below, the latest first."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require("monitoring.search", here.pk)
    rows = queries.listed_trails(request.auth, here, state=state)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/monitoring/trails", response={201: schemas.LogTrailOut, **ERRORS})
def open_trail(request: ApiRequest, data: schemas.LogTrailIn) -> Status[Trail]:
    """Begin an investigation."""
    here = organization_queries.by_code(request.auth, data.organization)
    alert = alert_queries.alert(request.auth, data.alert) if data.alert else None
    if alert is not None and alert.organization_id != here.pk:
        raise NotFound("access.not_found")
    return Status(201, actions.open_trail(request.auth, organization=here, title=data.title, alert=alert, now=request.now))


@router.get("/monitoring/trails/{uuid:trail_id}", response={200: schemas.LogTrailOut, **ERRORS})
def get_trail(request: ApiRequest, trail_id: uuid.UUID) -> Trail:
    """One investigation."""
    return queries.trail(request.auth, trail_id)


@router.get("/monitoring/trails/{uuid:trail_id}/steps", response={200: Paged[schemas.LogTrailStepOut], **ERRORS})
def list_trail_steps(request: ApiRequest, trail_id: uuid.UUID, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """Its searches in order."""
    rows = queries.steps_of(queries.trail(request.auth, trail_id))
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.put("/monitoring/trails/{uuid:trail_id}/steps/{int:position}", response={200: schemas.LogTrailStepOut, **ERRORS})
def note_step(request: ApiRequest, trail_id: uuid.UUID, position: int, data: schemas.LogTrailNoteIn) -> TrailStep:
    """Write beside a search what it showed."""
    rows = queries.steps_of(queries.trail(request.auth, trail_id)).filter(position=position).select_related("trail")
    step = rows.first()
    if step is None:
        raise NotFound("access.not_found")
    actions.note_step(request.auth, step, note=data.note, now=request.now)
    step.refresh_from_db()
    return step


@router.post("/monitoring/trails/{uuid:trail_id}/close", response={200: schemas.LogTrailOut, **ERRORS})
def close_trail(request: ApiRequest, trail_id: uuid.UUID, data: schemas.LogTrailCloseIn) -> Trail:
    """End it: it becomes evidence, whole and unchangeable."""
    row = queries.trail(request.auth, trail_id)
    return actions.close_trail(request.auth, row, conclusion=data.conclusion, now=request.now)


# ------------------------------------------------------------------------------------------------------ watching staff


def _basis(row: StaffBasis, request: ApiRequest) -> dict[str, Any]:
    names = set(schemas.StaffBasisOut.model_fields) - {"state"}
    state = staff_queries.basis_state(row, today=timezone.localdate(request.now))
    return {**{name: getattr(row, name) for name in names}, "state": state}


def _search(row: StaffSearch, *, with_result: bool) -> dict[str, Any]:
    names = set(schemas.StaffSearchOut.model_fields) - {"result"}
    return {**{name: getattr(row, name) for name in names}, "result": row.result if with_result else None}


@router.get("/monitoring/staff/bases", response={200: Paged[schemas.StaffBasisOut], **ERRORS})
def list_staff_bases(request: ApiRequest, organization: Code, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """The bases on which staff may be watched, newest first."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require("monitoring.staff_read", here.pk)
    rows = staff_queries.listed_bases(request.auth, here)
    return {"items": [_basis(row, request) for row in rows[offset : offset + limit]], "total": rows.count()}


@router.post("/monitoring/staff/bases", response={201: schemas.StaffBasisOut, **ERRORS})
def ask_staff_basis(request: ApiRequest, data: schemas.StaffBasisIn) -> Status[dict[str, Any]]:
    """Register a basis and ask for its approval."""
    here = organization_queries.by_code(request.auth, data.organization)
    facts = actions.BasisFacts(
        purpose=data.purpose,
        rule_document=data.rule_document,
        notice_document=data.notice_document,
        noticed_on=data.noticed_on,
        starts_on=data.starts_on,
        ends_on=data.ends_on,
    )
    made = actions.ask_basis(request.auth, organization=here, facts=facts, reason=data.reason, now=request.now)
    return Status(201, _basis(made, request))


@router.get("/monitoring/staff/bases/{uuid:basis_id}", response={200: schemas.StaffBasisOut, **ERRORS})
def get_staff_basis(request: ApiRequest, basis_id: uuid.UUID) -> dict[str, Any]:
    """One basis."""
    return _basis(staff_queries.basis(request.auth, basis_id), request)


@router.post("/monitoring/staff/bases/{uuid:basis_id}/end", response={204: None, **ERRORS})
def end_staff_basis(request: ApiRequest, basis_id: uuid.UUID, data: ReasonIn) -> Status[None]:
    """No further search on it."""
    actions.end_basis(request.auth, staff_queries.basis(request.auth, basis_id), reason=data.reason, now=request.now)
    return Status(204, None)


@router.get("/monitoring/staff/searches", response={200: Paged[schemas.StaffSearchOut], **ERRORS})
def list_staff_searches(
    request: ApiRequest, organization: Code, basis: uuid.UUID | None = None, q: Text = "", limit: Limit = 50, offset: Offset = 0
) -> dict[str, Any]:
    """Every search in records of staff: who, about whom, why."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require("monitoring.staff_read", here.pk)
    rows = staff_queries.searches(request.auth, here, basis_id=basis, text=q)
    items = [_search(row, with_result=False) for row in rows[offset : offset + limit]]
    return {"items": items, "total": rows.count()}


@router.post("/monitoring/staff/searches", response={201: schemas.StaffSearchOut, **ERRORS})
def search_staff(request: ApiRequest, data: schemas.StaffSearchIn) -> Status[dict[str, Any]]:
    """Join door and log-in records; written down before the result is given."""
    basis = staff_queries.basis(request.auth, data.basis)
    made = actions.search_staff(
        request.auth,
        organization=basis.organization,
        basis=basis,
        about=data.about,
        since=data.since,
        until=data.until,
        reason=data.reason,
        now=request.now,
    )
    return Status(201, _search(made, with_result=True))


@router.get("/monitoring/staff/searches/{uuid:search_id}", response={200: schemas.StaffSearchOut, **ERRORS})
def get_staff_search(request: ApiRequest, search_id: uuid.UUID) -> dict[str, Any]:
    """One search; its result only for those who may search themselves."""
    row = staff_queries.search_of(request.auth, search_id)
    return _search(row, with_result=request.auth.may("monitoring.staff_search", row.organization_id))
