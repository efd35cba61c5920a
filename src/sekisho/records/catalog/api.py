"""The room over HTTP: the same actions and queries as its pages."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from django.utils.translation import get_language
from ninja import File, Router, Status
from ninja.files import UploadedFile
from pydantic import Field

from sekisho.errors import InputError
from sekisho.records.api_base import ApiRequest, Errors, Limit, Offset, Paged
from sekisho.records.catalog import actions, editions, importing, queries, reference, schemas, show
from sekisho.records.catalog.models import Catalog, Mapping, Overlay, Requirement
from sekisho.records.catalog.rules import read_upload
from sekisho.records.organization import queries as organization_queries
from sekisho.standards import texts

router = Router(tags=["catalog"])
ERRORS = {400: Errors, 401: Errors, 403: Errors, 404: Errors, 409: Errors, 422: Errors}
Text = Annotated[str, Field(max_length=100)]
Key = Annotated[str, Field(max_length=64)]


def _language() -> str:
    return get_language() or "ja"


@router.get("/catalogs", response={200: Paged[schemas.CatalogOut], **ERRORS}, operation_id="catalog_list")
def list_catalogs(request: ApiRequest, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """Every visible edition of every catalogue."""
    rows = queries.catalogs(request.auth)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/catalogs/load-standards", response={200: dict[str, int], **ERRORS}, operation_id="catalog_load_standards")
def load_standards(request: ApiRequest) -> dict[str, int]:
    """Bring the catalogues that come with this version into the database; requirements to judge by catalogue."""
    return actions.load_standards(request.auth, now=request.now)


@router.get("/catalogs/{uuid:catalog_id}", response={200: schemas.CatalogOut, **ERRORS}, operation_id="catalog_get")
def get_catalog(request: ApiRequest, catalog_id: uuid.UUID) -> Catalog:
    """One edition."""
    return queries.catalog(request.auth, catalog_id)


@router.get(
    "/catalogs/{uuid:catalog_id}/requirements",
    response={200: Paged[schemas.RequirementRow], **ERRORS},
    operation_id="catalog_requirements",
)
def list_requirements(
    request: ApiRequest,
    catalog_id: uuid.UUID,
    q: Text = "",
    theme: Key = "",
    new: bool = False,
    unverified: bool = False,
    guide: bool = False,
    limit: Limit = 500,
    offset: Offset = 0,
) -> dict[str, Any]:
    """The lines of a catalogue in order, headings among them when nothing is filtered."""
    found = queries.catalog(request.auth, catalog_id)
    filters = show.Filters(words=q, theme=theme, new=new, unverified=unverified, guide=guide)
    rows = queries.lines(request.auth, found.pk, with_words=bool(q))
    kept = [r for r in rows if not filters.any or (not show.is_heading(r) and filters.keeps(r, ()))]
    return {"items": kept[offset : offset + limit], "total": len(kept)}


@router.get(
    "/catalogs/{uuid:catalog_id}/compare/{uuid:other_id}",
    response={200: schemas.ComparisonOut, **ERRORS},
    operation_id="catalog_compare",
)
def compare(request: ApiRequest, catalog_id: uuid.UUID, other_id: uuid.UUID) -> dict[str, Any]:
    """What the edition ``catalog_id`` does to the older ``other_id``."""
    new, old = queries.catalog(request.auth, catalog_id), queries.catalog(request.auth, other_id)
    if (new.key, new.organization_id) != (old.key, old.organization_id):
        raise InputError("catalog.not_editions")
    rows = {one.pk: list(queries.requirements(request.auth, catalog_id=one.pk)) for one in (old, new)}
    diff = editions.compare((old, rows[old.pk]), (new, rows[new.pk]))
    return {
        "old": old.pk,
        "new": new.pk,
        "added": list(diff.added),
        "removed": list(diff.removed),
        "changed": {change.id: list(change.fields) for change in diff.changed},
        "moved": {moved.old_id: list(moved.new_ids) for moved in diff.moved},
        "unchanged": list(diff.unchanged),
    }


@router.get("/requirements", response={200: Paged[schemas.RequirementRow], **ERRORS}, operation_id="catalog_search")
def search(request: ApiRequest, q: Text, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """Requirements of all catalogues with every word of ``q``, the best first; ``total`` counts up to 500."""
    found = queries.search(request.auth, query=q, limit=500)
    return {"items": found[offset : offset + limit], "total": len(found)}


@router.get(
    "/requirements/{uuid:requirement_id}", response={200: schemas.RequirementOut, **ERRORS}, operation_id="catalog_requirement"
)
def get_requirement(request: ApiRequest, requirement_id: uuid.UUID) -> Requirement:
    """One requirement."""
    return queries.requirement(request.auth, requirement_id)


@router.get(
    "/requirements/{uuid:requirement_id}/mappings",
    response={200: Paged[schemas.TieOut], **ERRORS},
    operation_id="catalog_mappings",
)
def mappings(request: ApiRequest, requirement_id: uuid.UUID, limit: Limit = 100, offset: Offset = 0) -> dict[str, Any]:
    """Ties from and to a requirement."""
    rows: list[Mapping] = queries.mappings_of(request.auth, queries.requirement(request.auth, requirement_id))
    return {"items": rows[offset : offset + limit], "total": len(rows)}


@router.get(
    "/organizations/{code}/catalogs", response={200: Paged[schemas.ApplyingOut], **ERRORS}, operation_id="catalog_applying"
)
def applying(request: ApiRequest, code: str, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """Which catalogues hold for an organisation, and why."""
    here = organization_queries.by_code(request.auth, code)
    rows = {row.pk: row for row in queries.catalogs(request.auth)}
    found = [
        {
            "catalog": rows[one.catalog.pk],
            "force": one.force,
            "reason_code": one.reason,
            "reason": texts.render(one.reason, one.fields, _language()),
            "verified": one.verified,
            "adopted": one.adopted,
        }
        for one in queries.applying_to(here.pk)
        if one.catalog.pk in rows
    ]
    return {"items": found[offset : offset + limit], "total": len(found)}


@router.post("/organizations/{code}/catalogs", response={200: schemas.ImportOut, **ERRORS}, operation_id="catalog_import")
def import_catalog(request: ApiRequest, code: str, file: File[UploadedFile], dry_run: bool = True) -> dict[str, Any]:
    """Take in OSCAL (JSON) or one's own rules (XLSX). ``dry_run`` (the default) only says what it would do."""
    here = organization_queries.by_code(request.auth, code)
    request.auth.require("catalog.import", here.pk)
    content = importing.content_of(file)
    name = file.name or ""
    preview = importing.preview(content, name, organization_id=here.pk, language=_language())
    made = None
    if not dry_run:
        made = actions.import_catalog(request.auth, catalog=read_upload(content, name), organization=here, now=request.now)
    return {
        "key": preview.catalog.id,
        "edition": preview.catalog.edition,
        **{name: getattr(preview, name) for name in ("title", "effect", "requirements", "assessable", "groups", "mappings")},
        **{name: list(getattr(preview, name)) for name in ("added", "removed", "warnings")},
        "catalog_id": made.pk if made else None,
    }


@router.post("/organizations/{code}/adoptions", response={204: None, **ERRORS}, operation_id="catalog_adopt")
def adopt(request: ApiRequest, code: str, data: schemas.AdoptionIn) -> Status[None]:
    """Decide whether an organisation judges itself by a catalogue that is offered to it."""
    actions.decide_adoption(
        request.auth,
        organization=organization_queries.by_code(request.auth, code),
        catalog_key=data.catalog_key,
        adopted=data.adopted,
        reason=data.reason,
        now=request.now,
    )
    return Status(204, None)


@router.get(
    "/organizations/{code}/overlays", response={200: Paged[schemas.OverlayOut], **ERRORS}, operation_id="catalog_overlays"
)
def list_overlays(request: ApiRequest, code: str, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """An organisation's own corrections, withdrawn ones too."""
    rows = queries.overlays(request.auth, organization_queries.by_code(request.auth, code))
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/organizations/{code}/overlays", response={201: schemas.OverlayOut, **ERRORS}, operation_id="catalog_add_overlay")
def add_overlay(request: ApiRequest, code: str, data: schemas.OverlayIn) -> Status[Overlay]:
    """Correct a requirement for an organisation and those below it."""
    here = organization_queries.by_code(request.auth, code)
    made = actions.add_overlay(
        request.auth,
        organization=here,
        catalog_key=data.catalog_key,
        ref=data.ref,
        fields=dict(data.fields),
        note=data.note,
        now=request.now,
    )
    return Status(201, made)


@router.post("/overlays/{uuid:overlay_id}/withdraw", response={204: None, **ERRORS}, operation_id="catalog_withdraw_overlay")
def withdraw_overlay(request: ApiRequest, overlay_id: uuid.UUID) -> Status[None]:
    """A correction no longer holds."""
    actions.withdraw_overlay(request.auth, queries.overlay(request.auth, overlay_id), now=request.now)
    return Status(204, None)


@router.get("/facts", response={200: Paged[schemas.FactListOut], **ERRORS}, operation_id="catalog_fact_lists")
def fact_lists(request: ApiRequest, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """The lists of reference facts."""
    del request
    found = [reference.list_of(list_id) for list_id in reference.list_ids()]
    rows = [
        {"id": one.id, "title": one.title.get(_language()), "count": one.count, "confidence": one.confidence} for one in found
    ]
    return {"items": rows[offset : offset + limit], "total": len(rows)}


@router.get("/facts/{list_id}", response={200: Paged[schemas.FactOut], **ERRORS}, operation_id="catalog_facts")
def facts(request: ApiRequest, list_id: str, q: Text = "", limit: Limit = 100, offset: Offset = 0) -> dict[str, Any]:
    """The facts of a list with how each was checked."""
    del request
    found = reference.find(list_id, _language(), q)
    rows = [
        {
            "id": item.id,
            "title": item.title,
            "confidence": item.confidence,
            "verified": item.verified,
            "fields": [(detail.label, reference.plain(detail.value)) for detail in item.details],
        }
        for item in found[offset : offset + limit]
    ]
    return {"items": rows, "total": len(found)}
