"""Findings and suppressions over HTTP."""

from __future__ import annotations

import uuid
from typing import Any, Literal

from ninja import Status

from sekisho.errors import NotFound
from sekisho.records.api_base import ApiRequest, Limit, Offset, Paged
from sekisho.records.monitoring import actions
from sekisho.records.monitoring.api.routing import ERRORS, Code, Text, router
from sekisho.records.monitoring.models import Alert, Suppression
from sekisho.records.monitoring.queries import alerts as queries
from sekisho.records.monitoring.schemas import desk as schemas
from sekisho.records.organization import queries as organization_queries
from sekisho.standards import texts


def _out(row: Alert, request: ApiRequest) -> dict[str, Any]:
    names = set(schemas.LogFindingOut.model_fields) - {"text"}
    text = texts.render(row.code, row.fields, request.auth.language) if row.code else ""
    return {**{name: getattr(row, name) for name in names}, "text": text}


@router.get("/monitoring/findings", response={200: Paged[schemas.LogFindingOut], **ERRORS})
def list_alerts(
    request: ApiRequest,
    organization: Code,
    state: Code = "open",
    purpose: Code = "",
    sign: Code = "",
    severity: Code = "",
    rule: Text = "",
    source: uuid.UUID | None = None,
    assignee: Literal["", "mine", "none"] = "",
    q: Text = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """The queue of an organisation and those below, gravest first. ``state``: open, a state, suppressed, all."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require("monitoring.read", here.pk)
    filters = queries.AlertFilters(
        state=state, purpose=purpose, sign=sign, severity=severity, rule=rule, source_id=source, assignee=assignee, text=q
    )
    rows = queries.listed(request.auth, here, filters=filters)
    return {"items": [_out(row, request) for row in rows[offset : offset + limit]], "total": rows.count()}


@router.get("/monitoring/findings/{uuid:alert_id}", response={200: schemas.LogFindingDetailOut, **ERRORS})
def get_alert(request: ApiRequest, alert_id: uuid.UUID) -> dict[str, Any]:
    """One finding with its events (for those who may search logs) and what people said."""
    row = queries.alert(request.auth, alert_id)
    may_search = request.auth.may("monitoring.search", row.organization_id)
    return {**_out(row, request), "events": row.events if may_search else [], "notes": list(queries.notes_of(row))}


@router.post("/monitoring/findings/{uuid:alert_id}/triage", response={200: schemas.LogFindingOut, **ERRORS})
def triage(request: ApiRequest, alert_id: uuid.UUID, data: schemas.LogTriageIn) -> dict[str, Any]:
    """Say what it is, or only write a note."""
    row = queries.alert(request.auth, alert_id)
    done = actions.triage(request.auth, row, state=data.state, text=data.text, version=data.version, now=request.now)
    return _out(done, request)


@router.post("/monitoring/findings/triage", response={204: None, **ERRORS})
def triage_many(request: ApiRequest, data: schemas.LogTriageManyIn) -> Status[None]:
    """Say the same of several findings of one organisation: all or none."""
    here = organization_queries.by_code(request.auth, data.organization)
    rows = {row.pk: row for row in queries.alerts(request.auth).filter(pk__in=list(data.versions), organization=here)}
    if len(rows) != len(data.versions):
        raise NotFound("access.not_found")
    chosen = [(rows[key], version) for key, version in data.versions.items()]
    actions.triage_many(request.auth, chosen, state=data.state, text=data.text, now=request.now)
    return Status(204, None)


@router.post("/monitoring/findings/{uuid:alert_id}/assign", response={200: schemas.LogFindingOut, **ERRORS})
def assign_alert(request: ApiRequest, alert_id: uuid.UUID, data: schemas.LogFindingAssignIn) -> dict[str, Any]:
    """Say who looks at it."""
    row = queries.alert(request.auth, alert_id)
    return _out(actions.assign_alert(request.auth, row, person_id=data.person, now=request.now), request)


@router.get("/monitoring/suppressions", response={200: Paged[schemas.LogSuppressionOut], **ERRORS})
def list_suppressions(
    request: ApiRequest, organization: Code, state: Literal["", "over", "all"] = "", limit: Limit = 50, offset: Offset = 0
) -> dict[str, Any]:
    """What needs no look, why and until when; ``state``: empty (in force), over, all."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require("monitoring.read", here.pk)
    rows = queries.suppressions(request.auth, here, state=state, now=request.now)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/monitoring/suppressions", response={201: schemas.LogSuppressionOut, **ERRORS})
def suppress(request: ApiRequest, data: schemas.LogSuppressIn) -> Status[Suppression]:
    """Have findings need no look until a day."""
    here = organization_queries.by_code(request.auth, data.organization)
    made = actions.suppress(
        request.auth,
        organization=here,
        rule=data.rule,
        entity=data.entity,
        reason=data.reason,
        expires_at=data.expires_at,
        now=request.now,
    )
    return Status(201, made)


@router.post("/monitoring/suppressions/{uuid:suppression_id}/end", response={204: None, **ERRORS})
def end_suppression(request: ApiRequest, suppression_id: uuid.UUID) -> Status[None]:
    """End a suppression before its day."""
    actions.end_suppression(request.auth, queries.suppression(request.auth, suppression_id), now=request.now)
    return Status(204, None)
