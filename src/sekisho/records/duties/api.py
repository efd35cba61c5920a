"""The room over HTTP: the same actions and queries as its pages."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from ninja import Router, Status
from pydantic import Field

from sekisho.records.api_base import ApiRequest, Errors, Limit, Offset, Paged
from sekisho.records.duties import actions, queries, schemas
from sekisho.records.duties.models import Duty
from sekisho.records.duties.rules import urgency
from sekisho.records.organization import queries as organization_queries
from sekisho.standards import texts

router = Router(tags=["duties"])
ERRORS = {400: Errors, 401: Errors, 403: Errors, 404: Errors, 409: Errors, 422: Errors}
Text = Annotated[str, Field(max_length=100)]


def _out(duty: Duty, request: ApiRequest) -> dict[str, Any]:
    names = set(schemas.DutyOut.model_fields) - {"text", "basis", "urgency"}
    return {
        **{name: getattr(duty, name) for name in names},
        "text": texts.render(duty.code, duty.fields, get_language() or "ja"),
        "basis": duty.said_basis,
        "urgency": urgency(due_at=duty.due_at, done_at=duty.done_at, now=timezone.localtime(request.now)).value,
    }


@router.get("/organizations/{code}/duties", response={200: Paged[schemas.DutyOut], **ERRORS}, operation_id="duties_list")
def list_duties(
    request: ApiRequest,
    code: str,
    show: Literal["mine", "near", "all", "late", "done"] = "mine",
    owner: Text = "",
    role: Text = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """Duties of an organisation and those below it, the soonest first (done ones: the latest)."""
    here = organization_queries.by_code(request.auth, code)
    rows = queries.listed(request.auth, here, which=show, owner=owner, role=role, now=request.now)
    return {"items": [_out(duty, request) for duty in rows[offset : offset + limit]], "total": rows.count()}


@router.get("/duties/{uuid:duty_id}", response={200: schemas.DutyOut, **ERRORS}, operation_id="duties_get")
def get_duty(request: ApiRequest, duty_id: uuid.UUID) -> dict[str, Any]:
    """One duty."""
    return _out(queries.one(request.auth, duty_id), request)


@router.post("/duties/{uuid:duty_id}/complete", response={204: None, **ERRORS}, operation_id="duties_complete")
def complete(request: ApiRequest, duty_id: uuid.UUID, data: schemas.CompleteIn) -> Status[None]:
    """It is done."""
    actions.complete(request.auth, queries.one(request.auth, duty_id), note=data.note, now=request.now)
    return Status(204, None)


@router.post("/duties/{uuid:duty_id}/assign", response={204: None, **ERRORS}, operation_id="duties_assign")
def assign(request: ApiRequest, duty_id: uuid.UUID, data: schemas.AssignIn) -> Status[None]:
    """Give it to somebody of the organisation."""
    actions.assign(request.auth, queries.one(request.auth, duty_id), owner_id=data.owner_id, now=request.now)
    return Status(204, None)


@router.post("/me/calendar", response={201: schemas.FeedOut, **ERRORS}, operation_id="duties_make_calendar")
def make_calendar(request: ApiRequest) -> Status[dict[str, str]]:
    """A secret path of one's iCalendar feed; the former one ends."""
    secret = actions.make_calendar_feed(request.auth, now=request.now)
    return Status(201, {"path": reverse("duties:feed", args=[secret])})


@router.delete("/me/calendar", response={204: None, **ERRORS}, operation_id="duties_stop_calendar")
def stop_calendar(request: ApiRequest) -> Status[None]:
    """The feed ends."""
    actions.stop_calendar_feed(request.auth, now=request.now)
    return Status(204, None)
