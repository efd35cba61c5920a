"""What is handed out of production, over HTTP."""

from __future__ import annotations

import uuid
from typing import Any, Literal

from django.utils import timezone
from ninja import Status

from sekisho.errors import NotFound
from sekisho.records.api_base import ApiRequest, Limit, Offset, Paged
from sekisho.records.lifecycle.actions import handovers as actions
from sekisho.records.lifecycle.api.routing import ERRORS, Code, Text, router
from sekisho.records.lifecycle.models import Handover
from sekisho.records.lifecycle.queries import handovers as queries
from sekisho.records.lifecycle.rules.handing import gaps
from sekisho.records.lifecycle.schemas import handovers as schemas
from sekisho.records.organization import queries as organization_queries


def _facts(data: schemas._Facts) -> actions.HandoverFacts:
    given = data.model_dump(exclude={"organization", "version", "supplier", "mask_run", "assessment", "pledge"})
    return actions.HandoverFacts(
        **given,
        supplier_id=data.supplier,
        mask_run_id=data.mask_run,
        assessment_id=data.assessment,
        pledge_id=data.pledge,
    )


@router.get("/lifecycle/handovers", response={200: Paged[schemas.HandoverOut], **ERRORS})
def list_handovers(
    request: ApiRequest,
    organization: Code,
    show: Literal["", "out", "overdue", "ended", "all"] = "",
    q: Text = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """Handovers of an organisation and those below, newest first."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require(queries.READ, here.pk)
    rows = queries.handovers(request.auth, here, show=show, text=q, today=timezone.localdate(request.now))
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/lifecycle/handovers", response={201: schemas.HandoverOut, **ERRORS})
def make_handover(request: ApiRequest, data: schemas.HandoverIn) -> Status[Handover]:
    """Record that data are to be handed out."""
    here = organization_queries.by_code(request.auth, data.organization)
    return Status(201, actions.make_handover(request.auth, organization=here, facts=_facts(data), now=request.now))


@router.get("/lifecycle/handovers/{uuid:handover_id}", response={200: schemas.HandoverDetailOut, **ERRORS})
def get_handover(request: ApiRequest, handover_id: uuid.UUID) -> dict[str, Any]:
    """One handover with what is missing."""
    row = queries.handover(request.auth, handover_id)
    values = {name: getattr(row, name) for name in schemas.HandoverOut.model_fields}
    return {**values, "missing": gaps(queries.given_of(row))}


@router.put("/lifecycle/handovers/{uuid:handover_id}", response={200: schemas.HandoverOut, **ERRORS})
def edit_handover(request: ApiRequest, handover_id: uuid.UUID, data: schemas.HandoverEditIn) -> Handover:
    """Change it while nobody is asked; an approved one has to be asked for again."""
    row = queries.handover(request.auth, handover_id)
    return actions.edit_handover(request.auth, row, facts=_facts(data), version=data.version, now=request.now)


@router.post("/lifecycle/handovers/{uuid:handover_id}/ask", response={200: schemas.HandoverOut, **ERRORS})
def ask_handover(request: ApiRequest, handover_id: uuid.UUID, data: schemas.HandoverAskIn) -> Handover:
    """Ask that it may be handed out."""
    row = queries.handover(request.auth, handover_id)
    return actions.ask_handover(request.auth, row, reason=data.reason, version=data.version, now=request.now)


@router.post("/lifecycle/handovers/{uuid:handover_id}/withdraw", response={200: schemas.HandoverOut, **ERRORS})
def withdraw_handover(request: ApiRequest, handover_id: uuid.UUID, data: schemas.HandoverAskIn) -> Handover:
    """It is not handed out after all."""
    row = queries.handover(request.auth, handover_id)
    return actions.withdraw_handover(request.auth, row, reason=data.reason, version=data.version, now=request.now)


@router.post("/lifecycle/handovers/{uuid:handover_id}/give", response={200: schemas.HandoverOut, **ERRORS})
def give_handover(request: ApiRequest, handover_id: uuid.UUID, data: schemas.HandoverGiveIn) -> Handover:
    """It was handed out."""
    row = queries.handover(request.auth, handover_id)
    return actions.give_handover(request.auth, row, given_on=data.given_on, how=data.how, version=data.version, now=request.now)


@router.post("/lifecycle/handovers/{uuid:handover_id}/end", response={200: schemas.HandoverOut, **ERRORS})
def end_handover(request: ApiRequest, handover_id: uuid.UUID, data: schemas.HandoverEndIn) -> Handover:
    """It came back or was erased."""
    row = queries.handover(request.auth, handover_id)
    return actions.end_handover(
        request.auth,
        row,
        ended_on=data.ended_on,
        how=data.how,
        note=data.note,
        document_id=data.document,
        version=data.version,
        now=request.now,
    )


@router.post("/lifecycle/handover-measure", response={204: None, **ERRORS})
def handovers_measure(request: ApiRequest, organization: Code) -> Status[None]:
    """Hand in the figures as evidence now instead of at night. 404 without a subject that stands for the organisation."""
    here = organization_queries.by_code(request.auth, organization)
    if not actions.measure_handovers(request.auth, here, now=request.now)["measured"]:
        raise NotFound("access.not_found")
    return Status(204, None)
