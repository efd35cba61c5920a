"""Sources, readings, the register of buildings and cards."""

from __future__ import annotations

import uuid
from typing import Any

from ninja import File, Form, Status, UploadedFile

from sekisho.records.api_base import ApiRequest, Limit, Offset, Paged, ReasonIn
from sekisho.records.monitoring import actions
from sekisho.records.monitoring.api.routing import ERRORS, Code, Text, router
from sekisho.records.monitoring.models import Ingestion, LogSource
from sekisho.records.monitoring.queries import sources as queries
from sekisho.records.monitoring.queries.premises import premises
from sekisho.records.monitoring.schemas import sources as schemas
from sekisho.records.organization import queries as organization_queries


def _out(row: LogSource, request: ApiRequest) -> dict[str, Any]:
    quiet = queries.silence_of(row, now=request.now)
    names = set(schemas.LogSourceOut.model_fields) - {"silent_hours"}
    return {**{name: getattr(row, name) for name in names}, "silent_hours": quiet.hours if quiet else None}


def _facts(data: schemas.LogSourceIn | schemas.LogSourceEditIn) -> actions.SourceFacts:
    return actions.SourceFacts(
        name=data.name,
        kind=data.kind,
        subject_id=data.subject,
        owner_id=data.owner,
        owner_role=data.owner_role,
        rhythm_hours=data.rhythm_hours,
        retention_days=data.retention_days,
        time_zone=data.time_zone,
        encoding=data.encoding,
        watches_folder=data.watches_folder,
        note=data.note,
    )


@router.get("/monitoring/sources", response={200: Paged[schemas.LogSourceOut], **ERRORS})
def list_sources(
    request: ApiRequest,
    organization: Code,
    state: Code = "",
    kind: Code = "",
    q: Text = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """Sources of an organisation (its code) and those below; ``state``: empty (in use), retired, all."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require("monitoring.read", here.pk)
    rows = queries.listed(request.auth, here, state=state, kind=kind, text=q)
    return {"items": [_out(row, request) for row in rows[offset : offset + limit]], "total": rows.count()}


@router.post("/monitoring/sources", response={201: schemas.LogSourceOut, **ERRORS})
def register_source(request: ApiRequest, data: schemas.LogSourceIn) -> Status[dict[str, Any]]:
    """Register a source."""
    here = organization_queries.by_code(request.auth, data.organization)
    made = actions.register_source(request.auth, organization=here, facts=_facts(data), now=request.now)
    return Status(201, _out(made, request))


@router.get("/monitoring/sources/{uuid:source_id}", response={200: schemas.LogSourceOut, **ERRORS})
def get_source(request: ApiRequest, source_id: uuid.UUID) -> dict[str, Any]:
    """One source."""
    return _out(queries.source(request.auth, source_id), request)


@router.put("/monitoring/sources/{uuid:source_id}", response={200: schemas.LogSourceOut, **ERRORS})
def edit_source(request: ApiRequest, source_id: uuid.UUID, data: schemas.LogSourceEditIn) -> dict[str, Any]:
    """Change what is said of a source."""
    row = queries.source(request.auth, source_id)
    return _out(actions.edit_source(request.auth, row, facts=_facts(data), version=data.version, now=request.now), request)


@router.post("/monitoring/sources/{uuid:source_id}/retire", response={204: None, **ERRORS})
def retire_source(request: ApiRequest, source_id: uuid.UUID, data: ReasonIn) -> Status[None]:
    """No more logs are taken from it."""
    actions.retire_source(request.auth, queries.source(request.auth, source_id), reason=data.reason, now=request.now)
    return Status(204, None)


@router.post("/monitoring/sources/{uuid:source_id}/files", response={202: schemas.LogIngestionOut, **ERRORS})
def send_files(request: ApiRequest, source_id: uuid.UUID, files: File[list[UploadedFile]]) -> Status[Ingestion]:
    """Hand in log files; a job reads them. With a machine's token only for a source about the machine's own subject."""
    handed = [actions.Handed(str(one.name), one.file) for one in files if one.file is not None]
    if request.auth.machine_id is not None:
        return Status(202, actions.receive_from_machine(request.auth, source_id, handed, now=request.now))
    row = queries.source(request.auth, source_id)
    return Status(202, actions.receive_files(request.auth, row, handed, now=request.now))


@router.get("/monitoring/sources/{uuid:source_id}/ingestions", response={200: Paged[schemas.LogIngestionOut], **ERRORS})
def list_ingestions(request: ApiRequest, source_id: uuid.UUID, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """What was read, newest first."""
    rows = queries.ingestions(request.auth, source=queries.source(request.auth, source_id))
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.get("/monitoring/ingestions/{uuid:ingestion_id}", response={200: schemas.LogIngestionOut, **ERRORS})
def get_ingestion(request: ApiRequest, ingestion_id: uuid.UUID) -> Ingestion:
    """One reading with its report."""
    return queries.ingestion(request.auth, ingestion_id)


@router.get("/monitoring/premises", response={200: Paged[schemas.PremisesEntryOut], **ERRORS})
def list_premises(request: ApiRequest, organization: Code, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """The register of buildings and cards of one organisation."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require("monitoring.search", here.pk)
    rows = premises(request.auth, here)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/monitoring/premises", response={200: Paged[schemas.PremisesEntryOut], **ERRORS})
def replace_premises(request: ApiRequest, organization: Form[Code], file: File[UploadedFile]) -> dict[str, Any]:
    """Put the lines of a sheet (XLSX, CSV) in the place of all that stand there; all or nothing."""
    here = organization_queries.by_code(request.auth, organization)
    actions.replace_premises(
        request.auth,
        organization=here,
        untrusted=file.read(actions.PREMISES_LIMIT + 1),
        filename=str(file.name),
        now=request.now,
    )
    rows = premises(request.auth, here)
    return {"items": list(rows[:500]), "total": rows.count()}
