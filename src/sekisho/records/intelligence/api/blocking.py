"""Releases to the block list over HTTP."""

from __future__ import annotations

import uuid
from typing import Any

from ninja import Status

from sekisho.records.api_base import ApiRequest, Limit, Offset, Paged
from sekisho.records.intelligence import actions
from sekisho.records.intelligence.api.indicators import chosen
from sekisho.records.intelligence.api.routing import ERRORS, Code, router
from sekisho.records.intelligence.models import Release
from sekisho.records.intelligence.queries import blocking as queries
from sekisho.records.intelligence.queries import notices as notice_queries
from sekisho.records.intelligence.rules.blocking import test_summary
from sekisho.records.intelligence.schemas import blocking as schemas
from sekisho.records.organization import queries as organization_queries

_ONE = "/intelligence/releases/{uuid:block_release_id}"


def _out(row: Release) -> dict[str, Any]:
    names = set(schemas.BlockReleaseOut.model_fields) - {"summary"}
    return {**{name: getattr(row, name) for name in names}, "summary": test_summary(row.test)}


@router.get("/intelligence/releases", response={200: Paged[schemas.BlockReleaseOut], **ERRORS})
def list_releases(
    request: ApiRequest, organization: Code, state: Code = "", limit: Limit = 50, offset: Offset = 0
) -> dict[str, Any]:
    """The releases, newest first. ``state``: testing, failed, tested, pending, approved, dropped."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require(notice_queries.READ, here.pk)
    rows = queries.releases(request.auth, here, state=state)
    return {"items": [_out(row) for row in rows[offset : offset + limit]], "total": rows.count()}


@router.post("/intelligence/releases", response={201: schemas.BlockReleaseOut, **ERRORS})
def prepare(request: ApiRequest, data: schemas.BlockReleaseIn) -> Status[dict[str, Any]]:
    """Choose indicators for the block list; a job tries them on recent logs."""
    here = organization_queries.by_code(request.auth, data.organization)
    notice = notice_queries.notice(request.auth, data.notice) if data.notice else None
    made = actions.prepare(
        request.auth,
        here,
        rows=chosen(request, here, data.indicators),
        notice=notice,
        direction=data.direction,
        expires_on=data.expires_on,
        test_days=data.test_days,
        now=request.now,
    )
    return Status(201, _out(made))


@router.get(_ONE, response={200: schemas.BlockReleaseOut, **ERRORS})
def get_release(request: ApiRequest, block_release_id: uuid.UUID) -> dict[str, Any]:
    """One release with the outcome of its test."""
    return _out(queries.release(request.auth, block_release_id))


@router.post(f"{_ONE}/ask", response={200: schemas.BlockReleaseOut, **ERRORS})
def ask(request: ApiRequest, block_release_id: uuid.UUID, data: schemas.BlockAskIn) -> dict[str, Any]:
    """Ask for approval."""
    row = queries.release(request.auth, block_release_id)
    actions.ask(request.auth, row, reason=data.reason, now=request.now)
    return _out(queries.release(request.auth, block_release_id))


@router.post(f"{_ONE}/test", response={200: schemas.BlockReleaseOut, **ERRORS})
def test_again(request: ApiRequest, block_release_id: uuid.UUID) -> dict[str, Any]:
    """Try it once more on the logs as they are now."""
    actions.test_again(request.auth, queries.release(request.auth, block_release_id), now=request.now)
    return _out(queries.release(request.auth, block_release_id))


@router.post(f"{_ONE}/drop", response={200: schemas.BlockReleaseOut, **ERRORS})
def drop_release(request: ApiRequest, block_release_id: uuid.UUID) -> dict[str, Any]:
    """It is not asked for after all."""
    actions.drop_release(request.auth, queries.release(request.auth, block_release_id), now=request.now)
    return _out(queries.release(request.auth, block_release_id))
