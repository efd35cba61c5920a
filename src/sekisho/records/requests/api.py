"""The room over HTTP: the same actions and queries as its pages."""

from __future__ import annotations

import uuid
from typing import Any, Literal

from django.utils import timezone
from django.utils.translation import get_language
from ninja import Router, Status

from sekisho.records.api_base import ApiRequest, Errors, Limit, Offset, Paged
from sekisho.records.organization import queries as organization_queries
from sekisho.records.requests import actions, queries, registry, schemas
from sekisho.records.requests.models import Absence, DecisionKind, Request
from sekisho.standards import texts

router = Router(tags=["requests"])
ERRORS = {400: Errors, 401: Errors, 403: Errors, 404: Errors, 409: Errors, 422: Errors}
State = Literal["", "draft", "pending", "returned", "approved", "refused", "withdrawn"]


def _row(row: Request) -> dict[str, Any]:
    names = set(schemas.RequestRow.model_fields) - {"text"}
    text = texts.render(row.summary.get("code", ""), row.summary.get("fields", {}), get_language() or "ja")
    return {**{name: getattr(row, name) for name in names}, "text": text}


def _whole(row: Request) -> dict[str, Any]:
    steps = [
        {
            **{name: getattr(step, name) for name in set(schemas.StepOut.model_fields) - {"decisions"}},
            "decisions": list(step.decisions.all()),
        }
        for step in queries.steps_of(row)
    ]
    return {**_row(row), "payload": row.payload, "reason": row.reason, "steps": steps}


@router.get("/request-kinds", response={200: Paged[schemas.KindOut], **ERRORS}, operation_id="requests_kinds")
def kinds(request: ApiRequest, limit: Limit = 100, offset: Offset = 0) -> dict[str, Any]:
    """What can be asked for."""
    del request
    language = get_language() or "ja"
    rows = [
        {
            "name": kind.name,
            "title": texts.render(kind.title, {}, language),
            "action": kind.action,
            "route": [str(spec.role) for spec in kind.route],
        }
        for kind in registry.kinds().values()
    ]
    return {"items": rows[offset : offset + limit], "total": len(rows)}


@router.get("/organizations/{code}/requests", response={200: Paged[schemas.RequestRow], **ERRORS}, operation_id="requests_list")
def list_requests(
    request: ApiRequest,
    code: str,
    show: Literal["mine", "all"] = "all",
    state: State = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """Requests about an organisation and those below it, newest first."""
    rows = queries.listed(request.auth, organization_queries.by_code(request.auth, code), which=show, state=state)
    return {"items": [_row(row) for row in rows[offset : offset + limit]], "total": rows.count()}


@router.get(
    "/organizations/{code}/requests/waiting",
    response={200: Paged[schemas.WaitingOut], **ERRORS},
    operation_id="requests_waiting",
)
def list_waiting(request: ApiRequest, code: str, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """Steps that wait for the caller's decision."""
    here = organization_queries.by_code(request.auth, code)
    rows = queries.waiting_here(request.auth, here, today=timezone.localdate(request.now))
    found = [
        {"step_id": step.pk, "role": step.role, "advisory": step.advisory, "request": _row(step.request)}
        for step in rows[offset : offset + limit]
    ]
    return {"items": found, "total": rows.count()}


@router.post("/requests", response={201: schemas.RequestOut, **ERRORS}, operation_id="requests_submit")
def submit(request: ApiRequest, data: schemas.RequestIn) -> Status[dict[str, Any]]:
    """Ask for something; the kind checks the payload."""
    made = actions.submit(
        request.auth,
        kind=data.kind,
        organization_id=organization_queries.by_code(request.auth, data.organization).pk,
        payload=data.payload,
        summary={"code": registry.kind(data.kind).title, "fields": {}},
        reason=data.reason,
        subject_id=data.subject_id,
        now=request.now,
    )
    return Status(201, _whole(made))


@router.get("/requests/{uuid:request_id}", response={200: schemas.RequestOut, **ERRORS}, operation_id="requests_get")
def get_request(request: ApiRequest, request_id: uuid.UUID) -> dict[str, Any]:
    """One request with its route."""
    return _whole(queries.one(request.auth, request_id))


@router.post("/requests/{uuid:request_id}/withdraw", response={204: None, **ERRORS}, operation_id="requests_withdraw")
def withdraw(request: ApiRequest, request_id: uuid.UUID) -> Status[None]:
    """引戻し: the requester takes it back."""
    actions.withdraw(request.auth, queries.one(request.auth, request_id), now=request.now)
    return Status(204, None)


@router.post(
    "/requests/{uuid:request_id}/resubmit", response={200: schemas.RequestOut, **ERRORS}, operation_id="requests_resubmit"
)
def resubmit(request: ApiRequest, request_id: uuid.UUID, data: schemas.ResubmitIn) -> dict[str, Any]:
    """Ask again after a return (差戻し)."""
    row = queries.one(request.auth, request_id)
    return _whole(actions.resubmit(request.auth, row, payload=data.payload, reason=data.reason, now=request.now))


@router.post("/request-steps/{uuid:step_id}/decide", response={200: schemas.RequestOut, **ERRORS}, operation_id="requests_decide")
def decide(request: ApiRequest, step_id: uuid.UUID, data: schemas.DecisionIn) -> dict[str, Any]:
    """Approve, return (差戻し), refuse (却下) or give an opinion; in a log-in session, not with a token."""
    row = actions.decide(
        request.auth,
        queries.step(request.auth, step_id),
        kind=DecisionKind(data.decision),
        comment=data.comment,
        now=request.now,
        today=timezone.localdate(request.now),
    )
    return _whole(row)


@router.get("/me/reviews", response={200: Paged[schemas.ReviewOut], **ERRORS}, operation_id="requests_reviews")
def list_reviews(request: ApiRequest, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """What deputies decided for the caller and they have not looked at."""
    rows = queries.reviews_waiting_for(request.auth).order_by("at")
    found = [
        {"decision": row, "request_id": row.step.request_id, "number": row.step.request.number}
        for row in rows[offset : offset + limit]
    ]
    return {"items": found, "total": rows.count()}


@router.post("/me/reviews/{uuid:decision_id}", response={204: None, **ERRORS}, operation_id="requests_review")
def review(request: ApiRequest, decision_id: uuid.UUID) -> Status[None]:
    """後閲: looked at."""
    actions.review_afterwards(request.auth, queries.review_of(request.auth, decision_id), now=request.now)
    return Status(204, None)


@router.get("/me/absences", response={200: Paged[schemas.AbsenceOut], **ERRORS}, operation_id="requests_absences")
def list_absences(request: ApiRequest, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """The caller's absences, newest first."""
    rows = queries.absences(request.auth)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/me/absences", response={201: schemas.AbsenceOut, **ERRORS}, operation_id="requests_add_absence")
def add_absence(request: ApiRequest, data: schemas.AbsenceIn) -> Status[Absence]:
    """Be away; the deputy may decide meanwhile."""
    return Status(201, actions.add_absence(request.auth, now=request.now, **data.dict()))


@router.delete("/me/absences/{uuid:absence_id}", response={204: None, **ERRORS}, operation_id="requests_end_absence")
def end_absence(request: ApiRequest, absence_id: uuid.UUID) -> Status[None]:
    """Back again."""
    actions.end_absence(request.auth, absence_id, now=request.now)
    return Status(204, None)
