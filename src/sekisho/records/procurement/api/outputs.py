"""Documents of a case over HTTP: files, the evaluation sheet, numbering, what prevents the notice."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from django.http import HttpResponse
from ninja import Status
from pydantic import Field

from sekisho.documents import ALL_MEDIA_TYPES, MEDIA_TYPES
from sekisho.records.api_base import ApiRequest, Limit, Offset, Paged, bytes_of
from sekisho.records.downloads import attachment
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.api.routing import ERRORS, router
from sekisho.records.procurement.schemas import outputs as schemas
from sekisho.records.procurement.writing import plain, points_of, render_workbook, sheet

if TYPE_CHECKING:
    from sekisho.records.procurement.models import Case
    from sekisho.records.procurement.writing import Material

Which = Literal["specification", "traceability", "evaluation", "reasons"]
FileForm = Literal["docx", "xlsx", "html", "md", "pdf"]
Numbering = Annotated[str, Field(max_length=64)]


def _material(request: ApiRequest, row: Case, numbering: str = "") -> Material:
    return queries.material_of(row, language=request.auth.language, now=request.now, numbering=numbering)


@router.get("/procurement/cases/{case_id}/derivation", response={200: dict[str, Any], **ERRORS})
def get_derivation(request: ApiRequest, case_id: uuid.UUID, numbering: Numbering = "") -> dict[str, Any]:
    """Everything that the rules say about the case, as ``sekisho procurement derive`` prints it."""
    return plain(_material(request, queries.case(request.auth, case_id), numbering))


@router.get("/procurement/cases/{case_id}/obstacles", response={200: Paged[schemas.ObstacleOut], **ERRORS})
def list_obstacles(request: ApiRequest, case_id: uuid.UUID, limit: Limit = 100, offset: Offset = 0) -> dict[str, Any]:
    """What prevents the notice now."""
    row = queries.case(request.auth, case_id)
    found = queries.obstacles_of(row, queries.derivation_of(row))
    items = [{"kind": one.kind, "code": one.code, "at": one.at} for one in found[offset : offset + limit]]
    return {"items": items, "total": len(found)}


@router.get(
    "/procurement/cases/{case_id}/documents/{which}.{form}",
    response={200: None, **ERRORS},
    openapi_extra=bytes_of(*ALL_MEDIA_TYPES.values()),
)
def get_document(
    request: ApiRequest,
    case_id: uuid.UUID,
    which: Which,
    form: FileForm,
    numbering: Numbering = "",
    template: uuid.UUID | None = None,
    draft: bool = False,
) -> HttpResponse:
    """One document as a file; 422 with the list of empty places unless ``draft``. ``template``: a Word template to be filled."""
    row = queries.case(request.auth, case_id)
    material = _material(request, row, numbering)
    data = queries.document_file(row, material, which=which, form=form, template=str(template or ""), draft=draft)
    return attachment(data, name=f"{row.number}-{which}.{form}", media_type=ALL_MEDIA_TYPES[form])


@router.get(
    "/procurement/cases/{case_id}/documents/workbook",
    response={200: None, **ERRORS},
    openapi_extra=bytes_of(MEDIA_TYPES["xlsx"]),
)
def get_workbook(request: ApiRequest, case_id: uuid.UUID) -> HttpResponse:
    """Traceability both ways, questions to bidders and the evaluation sheet as one XLSX workbook."""
    row = queries.case(request.auth, case_id)
    data = render_workbook(_material(request, row))
    return attachment(data, name=f"{row.number}-workbook.xlsx", media_type=MEDIA_TYPES["xlsx"])


@router.get("/procurement/cases/{case_id}/criteria", response={200: schemas.CriteriaOut, **ERRORS})
def get_criteria(request: ApiRequest, case_id: uuid.UUID) -> dict[str, Any]:
    """The evaluation sheet: as it was saved, or as the rules propose it."""
    row = queries.case(request.auth, case_id)
    return _criteria(row, _material(request, row))


def _criteria(row: Case, material: Material) -> dict[str, Any]:
    found = sheet(material)
    return {
        "version": row.version,
        "saved": bool(row.criteria),
        "award": material.award,
        "points": points_of(found),
        "criteria": msgspec.to_builtins(found),
    }


@router.put("/procurement/cases/{case_id}/criteria", response={200: schemas.CriteriaOut, **ERRORS})
def save_criteria(request: ApiRequest, case_id: uuid.UUID, data: schemas.CriteriaIn) -> dict[str, Any]:
    """Keep the evaluation sheet; 422 with every fault, such as points without 総合評価落札方式."""
    row = queries.case(request.auth, case_id)
    kept = [criterion.dict() for criterion in data.criteria]
    saved = actions.save_criteria(request.auth, row, criteria=kept, base_version=data.version, now=request.now)
    return _criteria(saved, _material(request, saved))


@router.put("/procurement/cases/{case_id}/numbering", response={204: None, **ERRORS})
def choose_numbering(request: ApiRequest, case_id: uuid.UUID, data: schemas.NumberingIn) -> Status[None]:
    """Choose how clauses are numbered."""
    row = queries.case(request.auth, case_id)
    actions.choose_numbering(request.auth, row, numbering=data.numbering, now=request.now)
    return Status(204, None)
