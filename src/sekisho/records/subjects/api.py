"""The room over HTTP: the same actions and queries as its pages."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from ninja import Router, Status
from pydantic import Field

from sekisho.records.api_base import ApiRequest, Errors, Limit, Offset, Paged
from sekisho.records.organization import queries as organization_queries
from sekisho.records.subjects import actions, queries, schemas
from sekisho.records.subjects.models import ExternalKey, Machine, Subject

router = Router(tags=["subjects"])
ERRORS = {401: Errors, 403: Errors, 404: Errors, 409: Errors, 422: Errors, 503: Errors}
Code = Annotated[str, Field(max_length=64)]
Text = Annotated[str, Field(max_length=100)]


@router.get("/subjects", response={200: Paged[schemas.SubjectOut], **ERRORS})
def list_subjects(
    request: ApiRequest,
    organization: Code,
    kind: Code = "",
    zone: Code = "",
    confidentiality: Code = "",
    q: Text = "",
    retired: bool = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """Subjects of one organisation (its code)."""
    found = organization_queries.by_code(request.auth, organization)
    rows = queries.in_organization(
        request.auth, found.pk, kind=kind, zone=zone, confidentiality=confidentiality, text=q, retired=retired
    )
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/subjects", response={201: schemas.SubjectOut, **ERRORS})
def create_subject(request: ApiRequest, data: schemas.SubjectIn) -> Status[Subject]:
    """Add a subject."""
    values = data.dict()
    organization = organization_queries.by_code(request.auth, values.pop("organization"))
    made = actions.create_subject(request.auth, organization=organization, now=request.now, **values)
    return Status(201, made)


@router.get("/subjects/{subject_id}", response={200: schemas.SubjectDetailOut, **ERRORS})
def get_subject(request: ApiRequest, subject_id: uuid.UUID) -> dict[str, Any]:
    """One subject with its parts and keys."""
    row = queries.subject(request.auth, subject_id)
    links = queries.links(request.auth, row)
    return {
        **schemas.SubjectOut.from_orm(row).dict(),
        "parts": [part.pk for part in links.parts],
        "wholes": [whole.pk for whole in links.wholes],
        "keys": links.keys,
    }


@router.patch("/subjects/{subject_id}", response={200: schemas.SubjectOut, **ERRORS})
def edit_subject(request: ApiRequest, subject_id: uuid.UUID, data: schemas.SubjectPatch) -> Subject:
    """Change fields."""
    changes = data.dict(exclude_unset=True)
    version, asset = changes.pop("version"), changes.pop("asset", None)
    changes = {name: value for name, value in changes.items() if value is not None}
    row = queries.subject(request.auth, subject_id)
    return actions.edit_subject(request.auth, row, version=version, changes=changes, asset=asset, now=request.now)


@router.post("/subjects/{subject_id}/retire", response={200: schemas.SubjectOut, **ERRORS})
def retire_subject(request: ApiRequest, subject_id: uuid.UUID, data: schemas.ReasonIn) -> Subject:
    """No longer in use; records stay, its machines report no more."""
    row = queries.subject(request.auth, subject_id)
    actions.retire_subject(request.auth, row, reason=data.reason, now=request.now)
    return row


@router.post("/subjects/{subject_id}/parts", response={204: None, **ERRORS})
def add_part(request: ApiRequest, subject_id: uuid.UUID, data: schemas.PartIn) -> Status[None]:
    """Another subject belongs to this one."""
    whole, part = queries.subject(request.auth, subject_id), queries.subject(request.auth, data.part)
    actions.add_part(request.auth, whole=whole, part=part, now=request.now)
    return Status(204, None)


@router.delete("/subjects/{subject_id}/parts/{part_id}", response={204: None, **ERRORS})
def remove_part(request: ApiRequest, subject_id: uuid.UUID, part_id: uuid.UUID) -> Status[None]:
    """It no longer belongs to this one."""
    whole, part = queries.subject(request.auth, subject_id), queries.subject(request.auth, part_id)
    actions.remove_part(request.auth, whole=whole, part=part, now=request.now)
    return Status(204, None)


@router.post("/subjects/{subject_id}/keys", response={201: schemas.KeyOut, **ERRORS})
def add_key(request: ApiRequest, subject_id: uuid.UUID, data: schemas.KeyIn) -> Status[ExternalKey]:
    """How others name it."""
    row = queries.subject(request.auth, subject_id)
    return Status(201, actions.add_key(request.auth, subject=row, scheme=data.scheme, value=data.value, now=request.now))


@router.delete("/subjects/{subject_id}/keys/{key_id}", response={204: None, **ERRORS})
def remove_key(request: ApiRequest, subject_id: uuid.UUID, key_id: uuid.UUID) -> Status[None]:
    """The name is no longer used."""
    row = queries.subject(request.auth, subject_id)
    actions.remove_key(request.auth, subject=row, key_id=key_id, now=request.now)
    return Status(204, None)


@router.get("/machines", response={200: Paged[schemas.MachineOut], **ERRORS})
def list_machines(request: ApiRequest, organization: Code, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """Enrolments of one organisation (its code)."""
    found = organization_queries.by_code(request.auth, organization)
    rows = queries.machines(request.auth).filter(subject__organization=found).order_by("name", "pk")
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/machines", response={201: schemas.MachineSecretOut, **ERRORS})
def enroll_machine(request: ApiRequest, data: schemas.MachineIn) -> Status[dict[str, Any]]:
    """Let a collector report about a subject; the secret is given this once."""
    row = queries.subject(request.auth, data.subject)
    machine, secret = actions.enroll_machine(
        request.auth, subject=row, name=data.name, expires_at=data.expires_at, now=request.now
    )
    return Status(201, {**schemas.MachineOut.from_orm(machine).dict(), "secret": secret})


@router.get("/machines/{machine_id}", response={200: schemas.MachineOut, **ERRORS})
def get_machine(request: ApiRequest, machine_id: uuid.UUID) -> Machine:
    """One enrolment."""
    return queries.machine(request.auth, machine_id)


@router.post("/machines/{machine_id}/revoke", response={200: schemas.MachineOut, **ERRORS})
def revoke_machine(request: ApiRequest, machine_id: uuid.UUID) -> Machine:
    """End an enrolment for ever."""
    row = queries.machine(request.auth, machine_id)
    actions.revoke_machine(request.auth, machine=row, now=request.now)
    return row


@router.post("/machines/{machine_id}/resume", response={200: schemas.MachineOut, **ERRORS})
def resume_machine(request: ApiRequest, machine_id: uuid.UUID, data: schemas.ReasonIn) -> Machine:
    """Let a suspended one report again."""
    row = queries.machine(request.auth, machine_id)
    actions.resume_machine(request.auth, machine=row, reason=data.reason, now=request.now)
    return row
