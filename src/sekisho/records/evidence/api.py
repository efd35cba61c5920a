"""The room over HTTP: collectors send artifacts and observations; people read, add, review and withdraw evidence."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import get_language
from ninja import File, Form, Query, Router, Schema, Status, UploadedFile
from pydantic import AwareDatetime, Field

from sekisho.engines.observation import json_schema
from sekisho.errors import InputError, NotFound, Problem
from sekisho.records.api_base import ApiRequest, Errors, Limit, Offset, Paged, bytes_of
from sekisho.records.evidence import actions, queries, schemas
from sekisho.records.evidence.api_accepted import router as accepted_router
from sekisho.records.evidence.downloads import download, read_upload
from sekisho.records.evidence.models import Artifact, Evidence, Finding, Observation
from sekisho.records.organization import queries as organization_queries
from sekisho.records.subjects import queries as subject_queries
from sekisho.standards import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sekisho.records.organization.models import Organization

router = Router(tags=["evidence"])
router.add_router("", accepted_router)
ERRORS = {401: Errors, 403: Errors, 404: Errors, 409: Errors, 413: Errors, 422: Errors, 503: Errors}
MOST_BYTES_IN_BATCH: Final = 64 * 1024 * 1024
_CHUNK: Final = 1024 * 1024
Code = Annotated[str, Field(max_length=64)]
Text = Annotated[str, Field(max_length=200)]


def _organization(request: ApiRequest, code: str) -> Organization | None:
    return organization_queries.by_code(request.auth, code) if code else None


def _language() -> str:
    return get_language() or "ja"


def _said(problem: Problem) -> dict[str, Any]:
    message = texts.render_problem(problem, _language())
    return {"code": problem.code, "fields": problem.fields, "message": message}


def _chunks(request: ApiRequest, limit: int) -> Iterator[bytes]:
    if int(request.headers.get("Content-Length") or 0) > limit:
        raise InputError("evidence.too_large", limit=limit)
    while chunk := request.read(_CHUNK):
        yield chunk


def _batch(result: actions.BatchResult) -> dict[str, Any]:
    return {
        "nonce": result.nonce,
        "results": [
            {
                "content_id": item.content_id,
                "status": item.status,
                "code": item.code,
                "fields": item.fields,
                "message": texts.render(item.code, item.fields, _language()) if item.code else "",
                "problems": [_said(p) for p in item.problems],
                "warnings": [_said(p) for p in item.warnings],
            }
            for item in result.results
        ],
    }


@router.api_operation(["HEAD"], "/artifacts/{sha256}", response={200: None, **ERRORS})
def has_artifact(request: ApiRequest, sha256: Code) -> HttpResponse:
    """Whether the asker's organisation already holds these bytes (200) or they must be sent (404)."""
    artifact, _name = queries.artifact_for(request.auth, sha256)
    if artifact.erased_at is not None or not actions.artifact_store().has(sha256):
        raise NotFound("access.not_found")
    return HttpResponse(headers={"X-Sekisho-Size": str(artifact.size)})


@router.put(
    "/artifacts/{sha256}",
    response={201: schemas.ArtifactOut, **ERRORS},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
def put_artifact(request: ApiRequest, sha256: Code, organization: Code = "", name: Text = "") -> Status[Artifact]:
    """Send bytes by their SHA-256. A machine's go to its own organisation; a person names the ``organization`` (code)."""
    found = _organization(request, organization)
    artifact = actions.store_artifact(
        request.auth,
        chunks=_chunks(request, settings.SEKISHO_MAX_UPLOAD),
        sha256=sha256,
        media_type=(request.content_type or "application/octet-stream")[:100],
        name=name,
        organization_id=found.pk if found else None,
        now=request.now,
    )
    return Status(201, artifact)


@router.get("/artifacts/{sha256}", response={200: None, **ERRORS}, openapi_extra=bytes_of("*/*"))
def get_artifact(request: ApiRequest, sha256: Code) -> HttpResponse:
    """The bytes, always as a download."""
    return download(*queries.artifact_for(request.auth, sha256))


_ENVELOPE: Final = {
    "type": "object",
    "required": ["observations"],
    "properties": {
        "machine": {"type": "string", "description": "identity of the sending machine (a hash)"},
        "counter": {"type": "integer", "description": "grows with each batch"},
        "nonce": {"type": "string", "description": "what the last answer gave"},
        "subject": {"type": "string", "description": "id of the subject, when a person sends"},
        "observations": {"type": "array", "items": {"type": "object", "description": json_schema().get("title", "Observation")}},
    },
}


@router.post(
    "/observations",
    response={200: schemas.BatchOut, **ERRORS},
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": _ENVELOPE}}}},
)
def post_observations(request: ApiRequest) -> dict[str, Any]:
    """Send a batch of observations (their artifacts first). Idempotent by content; each is accepted, a duplicate, or refused."""
    body = bytearray()
    for chunk in _chunks(request, MOST_BYTES_IN_BATCH):
        body += chunk
        if len(body) > MOST_BYTES_IN_BATCH:
            raise InputError("evidence.batch_too_large", limit=MOST_BYTES_IN_BATCH)
    envelope = actions.read_envelope(bytes(body))
    subject = None
    if request.auth.machine_id is None and envelope.subject:
        try:
            subject_id = uuid.UUID(envelope.subject)
        except ValueError as error:
            raise NotFound("access.not_found") from error
        subject = subject_queries.subject(request.auth, subject_id)
    result = actions.receive_observations(
        request.auth,
        observations=[bytes(raw) for raw in envelope.observations],
        machine=envelope.machine,
        nonce=envelope.nonce,
        counter=envelope.counter,
        subject=subject,
        now=request.now,
    )
    return _batch(result)


@router.post("/observations/bundle", response={200: schemas.BatchOut, **ERRORS})
def post_bundle(request: ApiRequest, subject: Form[uuid.UUID], file: File[UploadedFile]) -> dict[str, Any]:
    """Hand in a ``*.sekisho`` file that was carried by hand, for one subject."""
    found = subject_queries.subject(request.auth, subject)
    return _batch(actions.receive_bundle(request.auth, untrusted=read_upload(file), subject=found, now=request.now))


@router.get("/observations", response={200: Paged[schemas.ObservationOut], **ERRORS})
def list_observations(
    request: ApiRequest,
    organization: Code = "",
    subject: uuid.UUID | None = None,
    engine: Code = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """Observations, newest first."""
    found = _organization(request, organization)
    rows = queries.observations(request.auth, organization_id=found.pk if found else None, subject_id=subject, engine=engine)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.get("/observations/{observation_id}", response={200: schemas.ObservationDetailOut, **ERRORS})
def get_observation(request: ApiRequest, observation_id: uuid.UUID) -> Observation:
    """One observation with all its figures."""
    row = queries.observation(request.auth, observation_id)
    row.artifact_ids = [link.artifact_id for link in row.artifact_links.all()]  # type: ignore[attr-defined] # for the schema
    return row


class EvidenceFilter(Schema):
    """How evidence may be narrowed."""

    organization: Code = ""
    state: Literal["", "valid", "soon", "expired", "unreviewed", "withdrawn"] = ""
    kind: Literal["", "observation", "document"] = ""
    document_kind: Code = ""
    engine: Code = ""
    subject: uuid.UUID | None = None
    q: Text = ""


@router.get("/evidence", response={200: Paged[schemas.EvidenceOut], **ERRORS})
def list_evidence(request: ApiRequest, filters: Query[EvidenceFilter], limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """Evidence, newest first."""
    found = _organization(request, filters.organization)
    rows = queries.evidence(
        request.auth,
        now=request.now,
        organization_id=found.pk if found else None,
        state=filters.state,
        kind=filters.kind,
        document_kind=filters.document_kind,
        engine=filters.engine,
        subject_id=filters.subject,
        text=filters.q,
    )
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


class DocumentIn(Schema):
    """What is said of a document."""

    subject: uuid.UUID
    title: Annotated[str, Field(min_length=1, max_length=300)]
    document_kind: Code
    requirements: list[uuid.UUID] = []
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None
    number: Annotated[str, Field(max_length=100)] = ""
    note: Annotated[str, Field(max_length=4000)] = ""


@router.post("/evidence/documents", response={201: schemas.EvidenceOut, **ERRORS})
def add_document(request: ApiRequest, data: Form[DocumentIn], file: File[UploadedFile]) -> Status[Evidence]:
    """Keep a document as evidence."""
    made = actions.add_document(
        request.auth,
        subject=subject_queries.subject(request.auth, data.subject),
        title=data.title,
        document_kind=data.document_kind,
        file_name=file.name or "",
        chunks=file.chunks(),
        requirement_ids=data.requirements,
        valid_from=data.valid_from,
        valid_until=data.valid_until,
        number=data.number,
        note=data.note,
        now=request.now,
    )
    return Status(201, made)


@router.get("/evidence/{evidence_id}", response={200: schemas.EvidenceOut, **ERRORS})
def get_evidence(request: ApiRequest, evidence_id: uuid.UUID) -> Evidence:
    """One evidence."""
    return queries.evidence_with(request.auth, evidence_id)


@router.get("/evidence/{evidence_id}/verification", response={200: schemas.VerificationOut, **ERRORS})
def verify_evidence(request: ApiRequest, evidence_id: uuid.UUID) -> dict[str, Any]:
    """Hash the bytes again and compare."""
    row = queries.evidence_with(request.auth, evidence_id)
    sha256 = row.artifact_id or ""
    erased = row.artifact is not None and row.artifact.erased_at is not None
    return {"sha256": sha256, "erased": erased, "matches": not erased and actions.artifact_store().verify(sha256)}


@router.get("/evidence/{evidence_id}/file", response={200: None, **ERRORS}, openapi_extra=bytes_of("*/*"))
def get_evidence_file(request: ApiRequest, evidence_id: uuid.UUID) -> HttpResponse:
    """The bytes behind an evidence, as a download."""
    row = queries.evidence_with(request.auth, evidence_id)
    if row.artifact is None:
        raise NotFound("access.not_found")
    return download(row.artifact, row.file_name or f"{row.engine_name}-{row.artifact.sha256[:12]}.json")


@router.post("/evidence/{evidence_id}/review", response={200: schemas.EvidenceOut, **ERRORS})
def review(request: ApiRequest, evidence_id: uuid.UUID, data: schemas.ReviewIn) -> Evidence:
    """Say that a document was read and is what it claims to be."""
    row = queries.evidence_with(request.auth, evidence_id)
    return actions.review_document(request.auth, evidence=row, note=data.note, now=request.now)


@router.post("/evidence/{evidence_id}/withdraw", response={200: schemas.EvidenceOut, **ERRORS})
def withdraw(request: ApiRequest, evidence_id: uuid.UUID, data: schemas.ReasonIn) -> Evidence:
    """The evidence may no longer be relied on."""
    row = queries.evidence_with(request.auth, evidence_id)
    return actions.withdraw_evidence(request.auth, evidence=row, reason=data.reason, now=request.now)


@router.post("/evidence/{evidence_id}/erase", response={200: schemas.ArtifactOut, **ERRORS})
def erase(request: ApiRequest, evidence_id: uuid.UUID, data: schemas.ReasonIn) -> Artifact:
    """Erase the bytes behind an evidence; its record stays as a tombstone."""
    row = queries.evidence_with(request.auth, evidence_id)
    if row.artifact_id is None:
        raise NotFound("access.not_found")
    return actions.erase_artifact(
        request.auth, sha256=row.artifact_id, organization_id=row.organization_id, reason=data.reason, now=request.now
    )


def _finding(row: Finding) -> dict[str, Any]:
    names = schemas.FindingOut.model_fields.keys() - {"message"}
    values = {name: getattr(row, name) for name in names}
    return {**values, "message": texts.render(row.code, row.fields, _language())}


@router.get("/findings", response={200: Paged[schemas.FindingOut], **ERRORS})
def list_findings(
    request: ApiRequest,
    organization: Code = "",
    state: Literal["open", "closed", "all"] = "open",
    severity: Literal["", "critical", "high", "medium", "low", "info"] = "",
    engine: Code = "",
    subject: uuid.UUID | None = None,
    q: Text = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """Findings, gravest first."""
    found = _organization(request, organization)
    rows = queries.findings(
        request.auth,
        organization_id=found.pk if found else None,
        state=state,
        severity=severity,
        engine=engine,
        subject_id=subject,
        text=q,
    )
    return {"items": [_finding(row) for row in rows[offset : offset + limit]], "total": rows.count()}


@router.get("/findings/{finding_id}", response={200: schemas.FindingOut, **ERRORS})
def get_finding(request: ApiRequest, finding_id: uuid.UUID) -> dict[str, Any]:
    """One finding."""
    return _finding(queries.finding(request.auth, finding_id))
