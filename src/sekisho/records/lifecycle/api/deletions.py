"""Deletions, certificates and automatic deletion over HTTP."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Any, Literal

from django.http import HttpResponse
from django.utils import timezone
from ninja import File, Status, UploadedFile

from sekisho.documents import MEDIA_TYPES
from sekisho.errors import Conflict, NotFound
from sekisho.records.api_base import ApiRequest, Limit, Offset, Paged, bytes_of
from sekisho.records.downloads import attachment
from sekisho.records.lifecycle import actions
from sekisho.records.lifecycle.actions.certificates import read_certificate
from sekisho.records.lifecycle.api.routing import ERRORS, Code, Text, router
from sekisho.records.lifecycle.models import Certificate, Deletion, ErasedPlace
from sekisho.records.lifecycle.queries import deletions as queries
from sekisho.records.lifecycle.queries.proofs import file_is, proof_of
from sekisho.records.lifecycle.schemas import deletions as schemas
from sekisho.records.lifecycle.schemas.retention import VersionedReasonIn
from sekisho.records.organization import queries as organization_queries

_READ = "lifecycle.read"
_MOST = 50 * 1024 * 1024


def _out(row: Deletion, request: ApiRequest | None = None) -> dict[str, Any]:
    names = set(schemas.DeletionOut.model_fields) - {"obstacles"}
    found = (
        queries.obstacles_of(row, on=timezone.localdate(request.now))
        if request and row.state not in {"done", "cancelled"}
        else []
    )
    return {**{name: getattr(row, name) for name in names}, "obstacles": [one.as_dict() for one in found]}


@router.get("/lifecycle/deletions", response={200: Paged[schemas.DeletionOut], **ERRORS})
def list_deletions(
    request: ApiRequest,
    organization: Code,
    state: Literal["", "open", "draft", "asked", "approved", "stale", "running", "waiting", "done", "partial", "cancelled"] = "",
    q: Text = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """The deletions of an organisation and those below, newest first."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require(_READ, here.pk)
    rows = queries.listed(request.auth, here, state=state, text=q)
    return {"items": [_out(row) for row in rows[offset : offset + limit]], "total": rows.count()}


@router.post("/lifecycle/deletions", response={201: schemas.DeletionOut, **ERRORS})
def make_deletion(request: ApiRequest, data: schemas.DeletionIn) -> Status[dict[str, Any]]:
    """Plan the deletion of entries whose period is over."""
    here = organization_queries.by_code(request.auth, data.organization)
    facts = actions.DeletionFacts(
        title=data.title,
        reason=data.reason,
        entries=data.entries,
        method=data.method,
        restore_days=data.restore_days,
        limits=data.limits.model_dump() if data.limits else {},
    )
    return Status(201, _out(actions.make_deletion(request.auth, organization=here, facts=facts, now=request.now), request))


@router.get("/lifecycle/deletions/{uuid:deletion_id}", response={200: schemas.DeletionOut, **ERRORS})
def get_deletion(request: ApiRequest, deletion_id: uuid.UUID) -> dict[str, Any]:
    """One deletion with what stands in its way."""
    return _out(queries.deletion(request.auth, deletion_id), request)


@router.post("/lifecycle/deletions/{uuid:deletion_id}/dry-run", response={202: schemas.DeletionOut, **ERRORS})
def begin_dry_run(request: ApiRequest, deletion_id: uuid.UUID) -> Status[dict[str, Any]]:
    """Have a job look what would be deleted."""
    row = queries.deletion(request.auth, deletion_id)
    return Status(202, _out(actions.begin_dry_run(request.auth, row, now=request.now)))


@router.post("/lifecycle/deletions/{uuid:deletion_id}/ask", response={200: schemas.DeletionOut, **ERRORS})
def ask_deletion(request: ApiRequest, deletion_id: uuid.UUID, data: VersionedReasonIn) -> dict[str, Any]:
    """Ask a second person to approve it."""
    row = queries.deletion(request.auth, deletion_id)
    return _out(actions.ask_deletion(request.auth, row, reason=data.reason, version=data.version, now=request.now))


@router.post("/lifecycle/deletions/{uuid:deletion_id}/execute", response={202: schemas.DeletionOut, **ERRORS})
def execute_deletion(request: ApiRequest, deletion_id: uuid.UUID, data: schemas.ExecuteIn) -> Status[dict[str, Any]]:
    """Have a job delete what was approved; ``number`` confirms which."""
    row = queries.deletion(request.auth, deletion_id)
    request.auth.require("lifecycle.execute", row.organization_id)
    if data.number != row.number:
        raise Conflict("lifecycle.number_differs", number=row.number)
    return Status(202, _out(actions.execute_deletion(request.auth, row, version=data.version, now=request.now)))


@router.post("/lifecycle/deletions/{uuid:deletion_id}/cancel", response={200: schemas.DeletionOut, **ERRORS})
def cancel_deletion(request: ApiRequest, deletion_id: uuid.UUID, data: VersionedReasonIn) -> dict[str, Any]:
    """Give it up before anything was deleted."""
    row = queries.deletion(request.auth, deletion_id)
    return _out(actions.cancel_deletion(request.auth, row, reason=data.reason, version=data.version, now=request.now))


@router.post("/lifecycle/deletions/{uuid:deletion_id}/restore", response={200: schemas.DeletionOut, **ERRORS})
def restore_deletion(request: ApiRequest, deletion_id: uuid.UUID, data: VersionedReasonIn) -> dict[str, Any]:
    """Bring back what lies aside, as long as its window lasts."""
    row = queries.deletion(request.auth, deletion_id)
    return _out(actions.restore_deletion(request.auth, row, reason=data.reason, version=data.version, now=request.now))


@router.post("/lifecycle/deletions/{uuid:deletion_id}/verify", response={200: schemas.VerifiedOut, **ERRORS})
def verify_deletion(request: ApiRequest, deletion_id: uuid.UUID) -> dict[str, int]:
    """Look again whether everything that was reported gone is gone."""
    return actions.verify_deletion(request.auth, queries.deletion(request.auth, deletion_id), now=request.now)


def _erased_out(row: ErasedPlace) -> dict[str, Any]:
    names = set(schemas.ErasedPlaceOut.model_fields) - {"kind", "label", "report"}
    return {
        **{name: getattr(row, name) for name in names},
        "kind": row.place.kind,
        "label": row.place.label,
        "report": row.report_id or "",
    }


@router.get("/lifecycle/deletions/{uuid:deletion_id}/places", response={200: Paged[schemas.ErasedPlaceOut], **ERRORS})
def list_erased_places(request: ApiRequest, deletion_id: uuid.UUID, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """What became of each copy."""
    rows = queries.erased_places(queries.deletion(request.auth, deletion_id))
    return {"items": [_erased_out(row) for row in rows[offset : offset + limit]], "total": rows.count()}


@router.post("/lifecycle/erased/{uuid:erased_place_id}/supplier", response={200: schemas.ErasedPlaceOut, **ERRORS})
def request_supplier(request: ApiRequest, erased_place_id: uuid.UUID, data: schemas.SupplierIn) -> dict[str, Any]:
    """The supplier was asked to delete its copy."""
    row = queries.erased_place(request.auth, erased_place_id)
    done = actions.request_supplier(
        request.auth, row, requested_on=data.requested_on, how=data.how, version=data.version, now=request.now
    )
    return _erased_out(done)


@router.post("/lifecycle/erased/{uuid:erased_place_id}/record", response={200: schemas.ErasedPlaceOut, **ERRORS})
def record_erasure(request: ApiRequest, erased_place_id: uuid.UUID, data: schemas.RecordIn) -> dict[str, Any]:
    """What people destroyed, or a supplier confirmed."""
    row = queries.erased_place(request.auth, erased_place_id)
    facts = actions.RecordFacts(
        done_on=data.done_on, method=data.method, facts={name: getattr(data, name) for name in actions.FACT_NAMES},
        document_id=data.document,
    )  # fmt: skip
    return _erased_out(actions.record_erasure(request.auth, row, facts=facts, version=data.version, now=request.now))


# --------------------------------------------------------------------------------------------------------- certificates


def _certificate_out(row: Certificate, *, proven: bool = False) -> dict[str, Any]:
    names = set(schemas.CertificateOut.model_fields) - {"proof"}
    made: dict[str, Any] = {name: getattr(row, name) for name in names}
    if proven:
        proof = proof_of(row)
        made["proof"] = {**asdict(proof), "holds": proof.holds}
    return made


@router.post("/lifecycle/deletions/{uuid:deletion_id}/certificate", response={201: schemas.CertificateOut, **ERRORS})
def issue_certificate(request: ApiRequest, deletion_id: uuid.UUID, data: schemas.CertificateIn) -> Status[dict[str, Any]]:
    """Issue the certificate of a deletion that is over."""
    row = queries.deletion(request.auth, deletion_id)
    made = actions.issue_certificate(
        request.auth, row, witness=data.witness, language=data.language, version=data.version, now=request.now
    )
    return Status(201, _certificate_out(made, proven=True))


@router.get("/lifecycle/certificates", response={200: Paged[schemas.CertificateOut], **ERRORS})
def list_certificates(request: ApiRequest, organization: Code, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """Certificates of an organisation and those below."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require(_READ, here.pk)
    rows = queries.certificates(request.auth, here)
    return {"items": [_certificate_out(row) for row in rows[offset : offset + limit]], "total": rows.count()}


@router.get("/lifecycle/certificates/{uuid:certificate_id}", response={200: schemas.CertificateOut, **ERRORS})
def get_certificate(request: ApiRequest, certificate_id: uuid.UUID) -> dict[str, Any]:
    """One certificate, compared anew with the Ledger."""
    return _certificate_out(queries.certificate(request.auth, certificate_id), proven=True)


@router.get(
    "/lifecycle/certificates/{uuid:certificate_id}/file",
    response={200: None, **ERRORS},
    openapi_extra=bytes_of(*(MEDIA_TYPES[form] for form in ("pdf", "docx", "html"))),
)
def get_certificate_file(
    request: ApiRequest, certificate_id: uuid.UUID, form: Literal["pdf", "docx", "html"] = "pdf"
) -> HttpResponse:
    """The certificate as the file that was issued."""
    row = queries.certificate(request.auth, certificate_id)
    if form not in row.renderings:
        raise NotFound("access.not_found")
    return attachment(read_certificate(row, form), name=f"{row.number}.{form}", media_type=MEDIA_TYPES[form])


@router.post("/lifecycle/certificates/{uuid:certificate_id}/check", response={200: schemas.CheckOut, **ERRORS})
def check_certificate_file(request: ApiRequest, certificate_id: uuid.UUID, file: File[UploadedFile]) -> dict[str, str]:
    """Whether a file is one of those that were issued."""
    row = queries.certificate(request.auth, certificate_id)
    return {"format": file_is(row, file.read(_MOST))}


# ------------------------------------------------------------------------------------------------------ automatic ones


@router.get("/lifecycle/automatic", response={200: Paged[schemas.OrderOut], **ERRORS})
def list_orders(request: ApiRequest, organization: Code, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """Automatic deletions of an organisation and those below."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require(_READ, here.pk)
    rows = queries.standing_orders(request.auth, here)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/lifecycle/automatic", response={201: schemas.OrderOut, **ERRORS})
def ask_order(request: ApiRequest, data: schemas.OrderIn) -> Status[Any]:
    """Ask for automatic deletion; it runs once a second person has approved it."""
    here = organization_queries.by_code(request.auth, data.organization)
    facts = actions.OrderFacts(
        name=data.name, reason=data.reason, kinds=data.kinds, store_id=data.store, subject_id=data.subject,
        every_days=data.every_days, method=data.method, limits=data.limits.model_dump() if data.limits else {},
    )  # fmt: skip
    return Status(201, actions.ask_order(request.auth, organization=here, facts=facts, now=request.now))


@router.get("/lifecycle/automatic/{uuid:standing_order_id}", response={200: schemas.OrderOut, **ERRORS})
def get_order(request: ApiRequest, standing_order_id: uuid.UUID) -> Any:
    """One of them."""
    return queries.standing_order(request.auth, standing_order_id)


@router.post("/lifecycle/automatic/{uuid:standing_order_id}/end", response={200: schemas.OrderOut, **ERRORS})
def end_order(request: ApiRequest, standing_order_id: uuid.UUID, data: VersionedReasonIn) -> Any:
    """No more runs."""
    row = queries.standing_order(request.auth, standing_order_id)
    return actions.end_order(request.auth, row, reason=data.reason, version=data.version, now=request.now)
