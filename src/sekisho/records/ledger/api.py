"""記録簿 over HTTP."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.conf import settings
from ninja import Router, Schema

from sekisho.errors import NotFound
from sekisho.records.api_base import ApiRequest, Limit, Offset, Paged
from sekisho.records.ledger import queries, signing
from sekisho.records.ledger.models import Entry
from sekisho.records.organization import queries as organization_queries

router = Router(tags=["ledger"])


class EntryOut(Schema):
    """One entry; ``body`` is exactly what was hashed."""

    sequence: int
    at: datetime
    actor: str
    action: str
    organization_id: str | None
    object_ids: list[str]
    previous_hash: str
    hash: str
    body: dict[str, Any]


class ChainVerificationOut(Schema):
    """The outcome of walking the chain."""

    ok: bool
    entries: int
    head: str
    breaks: list[dict[str, Any]]


def _out(entry: Entry) -> EntryOut:
    return EntryOut(
        sequence=entry.sequence,
        at=entry.at,
        actor=f"{entry.actor_kind}:{entry.actor_id}",
        action=entry.action,
        organization_id=str(entry.organization_id) if entry.organization_id else None,
        object_ids=entry.object_ids,
        previous_hash=entry.previous_hash,
        hash=entry.hash,
        body=json.loads(entry.body),
    )


def _may_read(request: ApiRequest) -> None:
    if not request.auth.may("ledger.read", None):
        raise NotFound("access.not_found")


@router.get("/ledger/entries", response=Paged[EntryOut], operation_id="ledger_entries")
def entries(
    request: ApiRequest,
    action: str = "",
    actor: str = "",
    object_id: str = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> Paged[EntryOut]:
    """Entries about the organisations whose ledger the caller may read, newest first."""
    _may_read(request)
    rows = queries.entries(
        request.auth,
        organization_ids=None if request.auth.is_system else organization_queries.organization_ids(request.auth, "ledger.read"),
        include_installation=request.auth.may("installation.manage", None),
        action=action,
        actor=actor,
        object_id=object_id,
    )
    return Paged(items=[_out(e) for e in rows[offset : offset + limit]], total=rows.count())


@router.get("/ledger/verification", response=ChainVerificationOut, operation_id="ledger_verify")
def verification(request: ApiRequest) -> ChainVerificationOut:
    """Walk the whole chain now."""
    _may_read(request)
    result = queries.verify()
    return ChainVerificationOut(**{**result.as_dict(), "breaks": [dict(b) for b in result.as_dict()["breaks"]]})


@router.get("/ledger/head", response=dict[str, Any], operation_id="ledger_head")
def head(request: ApiRequest) -> dict[str, Any]:
    """The present head, signed with the installation's key."""
    if not request.auth.may("ledger.export_head", None):
        raise NotFound("access.not_found")
    sequence, digest = queries.head()
    key = signing.load_or_make_key(settings.CONFIG.keys)
    return signing.sign_head(key, sequence=sequence, digest=digest, at=request.now.isoformat())
