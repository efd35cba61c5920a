"""Accepted configurations over HTTP: a person accepts, the machine asks what is accepted."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.http import HttpResponse
from ninja import Router, Schema

from sekisho.errors import NotFound
from sekisho.records.api_base import ApiRequest, Errors
from sekisho.records.evidence import actions, queries
from sekisho.records.evidence.models import AcceptedSnapshot

router = Router(tags=["evidence"])
_ERRORS = {401: Errors, 403: Errors, 404: Errors, 422: Errors}


class AcceptIn(Schema):
    """Why these settings are right."""

    reason: str


class AcceptedOut(Schema):
    """An accepted configuration; ``sha256`` is its file."""

    id: uuid.UUID
    subject_id: uuid.UUID
    observation_id: uuid.UUID
    sha256: str
    reason: str
    accepted_at: datetime
    superseded_at: datetime | None


def _out(row: AcceptedSnapshot) -> AcceptedOut:
    return AcceptedOut(
        id=row.pk,
        subject_id=row.subject_id,
        observation_id=row.observation_id,
        sha256=row.artifact_id,
        reason=row.reason,
        accepted_at=row.accepted_at,
        superseded_at=row.superseded_at,
    )


@router.post("/observations/{observation_id}/accept", response={200: AcceptedOut, **_ERRORS}, operation_id="snapshot_accept")
def accept(request: ApiRequest, observation_id: uuid.UUID, body: AcceptIn) -> AcceptedOut:
    """Accept the settings that this observation recorded."""
    observation = queries.observation(request.auth, observation_id)
    return _out(actions.accept_snapshot(request.auth, observation, reason=body.reason, now=request.now))


@router.get("/subjects/{subject_id}/accepted", response={200: list[AcceptedOut], **_ERRORS}, operation_id="snapshot_list")
def accepted(request: ApiRequest, subject_id: uuid.UUID) -> list[AcceptedOut]:
    """What was accepted for a subject, newest first."""
    return [_out(row) for row in queries.accepted_snapshots(request.auth, subject_id)]


@router.get(
    "/machine/accepted-snapshot",
    response={200: None, **_ERRORS},
    operation_id="snapshot_of_machine",
    openapi_extra={"responses": {200: {"content": {"application/json": {"schema": {"type": "object"}}}}}},
)
def of_machine(request: ApiRequest) -> HttpResponse:
    """The file of the accepted settings, for the enrolled machine that asks; 404 when nothing was accepted yet."""
    if request.auth.machine_id is None:
        raise NotFound("access.not_found")
    row = queries.accepted_for_machine(request.auth)
    data = actions.artifact_store().read(row.artifact_id)
    return HttpResponse(data, content_type="application/json", headers={"X-Sekisho-Sha256": row.artifact_id})
