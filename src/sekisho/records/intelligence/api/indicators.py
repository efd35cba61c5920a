"""Indicators, the block list and the allow-list over HTTP."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from ninja import File, Form, Status, UploadedFile

from sekisho.errors import NotFound
from sekisho.records.api_base import ApiRequest, Limit, Offset, Paged, bytes_of
from sekisho.records.downloads import attachment, safe_file_name
from sekisho.records.intelligence import actions
from sekisho.records.intelligence.api.routing import ERRORS, Code, Text, router
from sekisho.records.intelligence.models import Allowed, BlockProof, Ioc
from sekisho.records.intelligence.queries import blocking
from sekisho.records.intelligence.queries import indicators as queries
from sekisho.records.intelligence.queries import notices as notice_queries
from sekisho.records.intelligence.rules.blocking import MEDIA
from sekisho.records.intelligence.schemas import blocking as schemas
from sekisho.records.organization import queries as organization_queries

if TYPE_CHECKING:
    from sekisho.records.organization.models import Organization

FILE = bytes_of(*sorted(set(MEDIA.values())))


@router.get("/intelligence/indicators", response={200: Paged[schemas.IocOut], **ERRORS})
def list_iocs(
    request: ApiRequest,
    organization: Code,
    state: Code = "all",
    kind: Code = "",
    tlp: Code = "",
    q: Text = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """The indicators, newest first. ``state``: new, listed, blocked, unproven, seen, expired, removed, all."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require(notice_queries.READ, here.pk)
    filters = queries.IocFilters(state=state, kind=kind, tlp=tlp, text=q.replace("\x00", ""))
    rows = queries.listed(request.auth, here, filters=filters, now=request.now)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.get("/intelligence/indicators/{uuid:ioc_id}", response={200: schemas.IocOut, **ERRORS})
def get_ioc(request: ApiRequest, ioc_id: uuid.UUID) -> Ioc:
    """One indicator."""
    return queries.ioc(request.auth, ioc_id)


def chosen(request: ApiRequest, here: Organization, ids: list[uuid.UUID]) -> list[Ioc]:
    """The indicators of these ids, all of them of one organisation. Raises NotFound."""
    rows = list(queries.iocs(request.auth).filter(pk__in=set(ids), organization=here))
    if len(rows) != len(set(ids)):
        raise NotFound("access.not_found")
    return rows


@router.post("/intelligence/indicators/remove", response={204: None, **ERRORS})
def remove(request: ApiRequest, data: schemas.IocRemoveIn) -> Status[None]:
    """Take indicators off the block list and out of coming searches."""
    here = organization_queries.by_code(request.auth, data.organization)
    actions.remove(request.auth, chosen(request, here, data.indicators), reason=data.reason, now=request.now)
    return Status(204, None)


@router.get("/intelligence/block-list/{slug:list_form}", response={200: str, **ERRORS}, openapi_extra=FILE)
def block_list(request: ApiRequest, list_form: Code, organization: Code) -> HttpResponse:
    """The organisation's block list as its devices fetch it: squid, rpz, hosts, csv or hashes."""
    here = organization_queries.by_code(request.auth, organization)
    given = actions.block_list_file(request.auth, here, list_form, now=request.now)
    return attachment(given.content, name=given.file_name, media_type=given.media_type)


@router.post("/intelligence/hand-outs", response={200: str, **ERRORS}, openapi_extra=FILE)
def hand_out(request: ApiRequest, data: schemas.HandOutIn) -> HttpResponse:
    """Write indicators out for somebody; noted. A refusal names each indicator whose label forbids it."""
    here = organization_queries.by_code(request.auth, data.organization)
    notice = notice_queries.notice(request.auth, data.notice) if data.notice else None
    given = actions.hand_out(
        request.auth, here, form=data.form, audience=data.audience, recipient=data.recipient, notice=notice, now=request.now
    )
    return attachment(given.content, name=given.file_name, media_type=given.media_type)


# -------------------------------------------------------------------------------------------------------- what shows it


@router.get("/intelligence/block-proofs", response={200: Paged[schemas.BlockProofOut], **ERRORS})
def list_proofs(request: ApiRequest, organization: Code, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """What shows that something is stopped, newest first."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require(notice_queries.READ, here.pk)
    rows = blocking.proofs(request.auth, here)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/intelligence/block-proofs", response={201: schemas.BlockProofOut, **ERRORS})
def read_back(request: ApiRequest, data: Form[schemas.BlockProofIn], file: File[UploadedFile]) -> Status[BlockProof]:
    """Show by the configuration of a device what of the block list it stops."""
    here = organization_queries.by_code(request.auth, data.organization)
    made = actions.read_back(
        request.auth,
        here,
        device=data.device,
        form=data.form,
        untrusted=file.read(actions.MOST_BYTES + 1),
        name=safe_file_name(str(file.name)),
        read_at=data.read_at,
        now=request.now,
    )
    return Status(201, blocking.proof(request.auth, made.pk))


# -------------------------------------------------------------------------------------------------------- the allow-list


@router.get("/intelligence/allowed", response={200: Paged[schemas.AllowedOut], **ERRORS})
def list_allowed(
    request: ApiRequest, organization: Code, ended: bool = False, limit: Limit = 50, offset: Offset = 0
) -> dict[str, Any]:
    """What must never be blocked."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require(notice_queries.READ, here.pk)
    rows = queries.allowed(request.auth, here, ended=ended)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/intelligence/allowed", response={201: schemas.AllowedOut, **ERRORS})
def allow(request: ApiRequest, data: schemas.AllowedIn) -> Status[Allowed]:
    """Never block this domain with all below it, or this network."""
    here = organization_queries.by_code(request.auth, data.organization)
    made = actions.allow(request.auth, here, kind=data.kind, value=data.value, reason=data.reason, now=request.now)
    return Status(201, made)


@router.post("/intelligence/allowed/{uuid:allowed_id}/end", response={204: None, **ERRORS})
def end_allowed(request: ApiRequest, allowed_id: uuid.UUID) -> Status[None]:
    """It may be blocked again."""
    actions.end_allowed(request.auth, queries.allowed_one(request.auth, allowed_id), now=request.now)
    return Status(204, None)
