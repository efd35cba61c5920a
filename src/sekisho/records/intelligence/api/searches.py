"""Searches for indicators over HTTP."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils import timezone
from ninja import Status

from sekisho.records.api_base import ApiRequest, Limit, Offset, Paged
from sekisho.records.intelligence import actions
from sekisho.records.intelligence.api.routing import ERRORS, Code, router
from sekisho.records.intelligence.models import IocSearch
from sekisho.records.intelligence.queries import notices as notice_queries
from sekisho.records.intelligence.queries import searches as queries
from sekisho.records.intelligence.schemas import blocking as schemas
from sekisho.records.organization import queries as organization_queries

_MOST_SIGHTINGS = 5_000


@router.get("/intelligence/searches", response={200: Paged[schemas.IocSearchOut], **ERRORS})
def list_searches(
    request: ApiRequest, organization: Code, way: Code = "", limit: Limit = 50, offset: Offset = 0
) -> dict[str, Any]:
    """The searches, newest first. ``way``: backwards, arrival."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require(notice_queries.READ, here.pk)
    rows = queries.searches(request.auth, here, way=way)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/intelligence/searches", response={202: schemas.IocSearchOut, **ERRORS})
def begin_search(request: ApiRequest, data: schemas.IocSearchIn) -> Status[IocSearch]:
    """Have a job look for the indicators of a notice, or for all, in a period of the logs."""
    here = organization_queries.by_code(request.auth, data.organization)
    notice = notice_queries.notice(request.auth, data.notice) if data.notice else None
    since, until = (one if timezone.is_aware(one) else timezone.make_aware(one) for one in (data.since, data.until))
    return Status(202, actions.begin_search(request.auth, here, notice=notice, since=since, until=until, now=request.now))


@router.get("/intelligence/searches/{uuid:ioc_search_id}", response={200: schemas.IocSearchDetailOut, **ERRORS})
def get_search(request: ApiRequest, ioc_search_id: uuid.UUID) -> dict[str, Any]:
    """One search: what it looked at, what it could not, what it saw."""
    row = queries.search(request.auth, ioc_search_id)
    may_search = request.auth.may("monitoring.search", row.organization_id)
    names = set(schemas.IocSearchOut.model_fields)
    sightings = [
        {
            **{name: getattr(one, name) for name in ("ioc_id", "count", "denied", "outside_period", "first_at", "last_at")},
            "hosts": one.hosts if may_search else {},
            "places": one.places if may_search else [],
        }
        for one in queries.sightings_of(request.auth, row)[:_MOST_SIGHTINGS]
    ]
    return {**{name: getattr(row, name) for name in names}, "report": row.report, "sightings": sightings}
