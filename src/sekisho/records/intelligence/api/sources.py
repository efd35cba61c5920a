"""Sources of threat information over HTTP."""

from __future__ import annotations

import uuid
from typing import Any

from ninja import Status

from sekisho.records.api_base import ApiRequest, Limit, Offset, Paged, ReasonIn
from sekisho.records.intelligence import actions
from sekisho.records.intelligence.api.routing import ERRORS, Code, router
from sekisho.records.intelligence.models import IntelSource
from sekisho.records.intelligence.queries import notices as queries
from sekisho.records.intelligence.schemas import notices as schemas
from sekisho.records.organization import queries as organization_queries

_ONE = "/intelligence/sources/{uuid:intel_source_id}"


@router.get("/intelligence/sources", response={200: Paged[schemas.IntelSourceOut], **ERRORS})
def list_sources(
    request: ApiRequest, organization: Code, retired: bool = False, limit: Limit = 50, offset: Offset = 0
) -> dict[str, Any]:
    """The sources of an organisation and those below it."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require(queries.READ, here.pk)
    rows = queries.sources(request.auth, here, retired=retired)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


def _facts(data: schemas.IntelSourceIn) -> actions.SourceFacts:
    given = data.dict(exclude={"organization", "owner", "version"})
    return actions.SourceFacts(**given, owner_id=data.owner)


@router.post("/intelligence/sources", response={201: schemas.IntelSourceOut, **ERRORS})
def register_source(request: ApiRequest, data: schemas.IntelSourceIn) -> Status[IntelSource]:
    """Register a source."""
    here = organization_queries.by_code(request.auth, data.organization)
    return Status(201, actions.register_source(request.auth, here, _facts(data), now=request.now))


@router.get(_ONE, response={200: schemas.IntelSourceOut, **ERRORS})
def get_source(request: ApiRequest, intel_source_id: uuid.UUID) -> IntelSource:
    """One source."""
    return queries.source(request.auth, intel_source_id)


@router.put(_ONE, response={200: schemas.IntelSourceOut, **ERRORS})
def edit_source(request: ApiRequest, intel_source_id: uuid.UUID, data: schemas.IntelSourceIn) -> IntelSource:
    """Change a source."""
    row = queries.source(request.auth, intel_source_id)
    return actions.edit_source(request.auth, row, _facts(data), version=data.version, now=request.now)


@router.post(f"{_ONE}/looked", response={200: schemas.IntelSourceOut, **ERRORS})
def looked_at(request: ApiRequest, intel_source_id: uuid.UUID) -> IntelSource:
    """Somebody looked; there was nothing new."""
    row = queries.source(request.auth, intel_source_id)
    actions.looked_at(request.auth, row, now=request.now)
    return row


@router.post(f"{_ONE}/poll", response={202: None, **ERRORS})
def poll(request: ApiRequest, intel_source_id: uuid.UUID) -> Status[None]:
    """Have a job fetch what is new from a TAXII server."""
    actions.poll(request.auth, queries.source(request.auth, intel_source_id), now=request.now)
    return Status(202, None)


@router.post(f"{_ONE}/secret", response={204: None, **ERRORS})
def set_secret(request: ApiRequest, intel_source_id: uuid.UUID, data: schemas.SecretIn) -> Status[None]:
    """Keep the secret of a TAXII server; it is never given out."""
    actions.set_secret(request.auth, queries.source(request.auth, intel_source_id), untrusted=data.secret, now=request.now)
    return Status(204, None)


@router.post(f"{_ONE}/retire", response={204: None, **ERRORS})
def retire_source(request: ApiRequest, intel_source_id: uuid.UUID, data: ReasonIn) -> Status[None]:
    """Nobody looks at it any more."""
    actions.retire_source(request.auth, queries.source(request.auth, intel_source_id), reason=data.reason, now=request.now)
    return Status(204, None)
