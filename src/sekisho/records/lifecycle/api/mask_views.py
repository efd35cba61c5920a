"""Who sees what by a masking plan, over HTTP."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Annotated, Any

from ninja import Query
from pydantic import Field

from sekisho.records.api_base import ApiRequest
from sekisho.records.lifecycle.actions import mask_views as actions
from sekisho.records.lifecycle.api.routing import ERRORS, router
from sekisho.records.lifecycle.queries import mask_views as queries
from sekisho.records.lifecycle.queries import masking
from sekisho.records.lifecycle.schemas import mask_views as schemas

if TYPE_CHECKING:
    from sekisho.records.lifecycle.bound.mask_views import Views

RoleName = Annotated[str, Field(max_length=200)]
SchemaName = Annotated[str, Query(max_length=63, alias="schema")]  # pydantic has a ``schema`` of its own


@router.get("/lifecycle/mask-plans/{uuid:mask_plan_id}/views", response={200: schemas.MaskViewsOut, **ERRORS})
def mask_views(request: ApiRequest, mask_plan_id: uuid.UUID) -> Views:
    """Which role sees which column how, and of which roles the views can be made in SQL."""
    return queries.views_of(masking.plan(request.auth, mask_plan_id))


@router.get("/lifecycle/mask-plans/{uuid:mask_plan_id}/views/{path:role}/sql", response={200: schemas.MaskViewSqlOut, **ERRORS})
def mask_view_sql(
    request: ApiRequest, mask_plan_id: uuid.UUID, role: RoleName, dialect: schemas.SqlDialect, at_schema: SchemaName = ""
) -> dict[str, str]:
    """The views of a role as SQL. 422 names every column that SQL cannot say. ``schema``: where the tables are."""
    row = masking.plan(request.auth, mask_plan_id)
    return {"text": queries.sql_of(row, role, dialect=dialect, schema=at_schema)}


@router.post(
    "/lifecycle/mask-plans/{uuid:mask_plan_id}/views/{path:role}/sample", response={200: schemas.MaskViewSampleOut, **ERRORS}
)
def sample_mask_view(request: ApiRequest, mask_plan_id: uuid.UUID, role: RoleName) -> dict[str, Any]:
    """A few rows as a role sees them. That somebody looked is recorded."""
    return actions.sample_mask_view(request.auth, masking.plan(request.auth, mask_plan_id), role, now=request.now)
