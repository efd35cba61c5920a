"""Word templates and ways of numbering over HTTP."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from django.http import HttpResponse
from ninja import File, Form, Status, UploadedFile
from pydantic import Field

from sekisho.documents import MEDIA_TYPES
from sekisho.records.api_base import ApiRequest, bytes_of
from sekisho.records.evidence.downloads import download, read_upload
from sekisho.records.organization import queries as organization_queries
from sekisho.records.procurement import actions
from sekisho.records.procurement.api.routing import ERRORS, router
from sekisho.records.procurement.models import NumberingStyle, WordTemplate
from sekisho.records.procurement.queries import styles as style_queries
from sekisho.records.procurement.schemas import tools as schemas

Code = Annotated[str, Field(max_length=64)]


@router.get("/procurement/word-templates", response={200: list[schemas.TemplateOut], **ERRORS})
def list_word_templates(request: ApiRequest, organization: Code) -> list[WordTemplate]:
    """The Word templates that the organisation keeps, withdrawn ones last."""
    found = organization_queries.by_code(request.auth, organization)
    return list(style_queries.own_word_templates(request.auth, found.pk)[:500])


@router.post("/procurement/word-templates/check", response={200: schemas.PlacesOut, **ERRORS})
def read_word_template(request: ApiRequest, organization: Form[Code], file: File[UploadedFile]) -> dict[str, Any]:
    """The places of a template; nothing is kept."""
    found = organization_queries.by_code(request.auth, organization)
    seen = actions.read_word_template(request.auth, organization=found, untrusted=read_upload(file), filename=str(file.name))
    return {"places": [one.name for one in seen.places], "problems": [one.code for one in seen.problems]}


@router.post("/procurement/word-templates", response={201: schemas.TemplateOut, **ERRORS})
def add_word_template(request: ApiRequest, data: Form[schemas.TemplateIn], file: File[UploadedFile]) -> Status[WordTemplate]:
    """Keep a template for the cases of the organisation and those below it."""
    found = organization_queries.by_code(request.auth, data.organization)
    made = actions.add_word_template(
        request.auth, organization=found, name=data.name, untrusted=read_upload(file), filename=str(file.name), now=request.now
    )
    return Status(201, made)


@router.get(
    "/procurement/word-templates/{template_id}/file",
    response={200: None, **ERRORS},
    openapi_extra=bytes_of(MEDIA_TYPES["docx"]),
)
def download_word_template(request: ApiRequest, template_id: uuid.UUID) -> HttpResponse:
    """The template as it was handed in."""
    row = style_queries.own_word_template(request.auth, template_id)
    return download(row.artifact, row.file_name)


@router.post("/procurement/word-templates/{template_id}/withdraw", response={204: None, **ERRORS})
def withdraw_word_template(request: ApiRequest, template_id: uuid.UUID) -> Status[None]:
    """No longer offer it."""
    actions.withdraw_word_template(request.auth, style_queries.own_word_template(request.auth, template_id), now=request.now)
    return Status(204, None)


@router.get("/procurement/numbering-styles", response={200: list[schemas.NumberingStyleOut], **ERRORS})
def list_numbering_styles(request: ApiRequest, organization: Code) -> list[NumberingStyle]:
    """The organisation's own ways of numbering."""
    found = organization_queries.by_code(request.auth, organization)
    return list(style_queries.own_numbering_styles(request.auth, found.pk)[:500])


@router.post("/procurement/numbering-styles", response={201: schemas.NumberingStyleOut, **ERRORS})
def save_numbering(request: ApiRequest, data: schemas.NumberingStyleIn, style: uuid.UUID | None = None) -> Status[NumberingStyle]:
    """Make a way of numbering, or change ``style``."""
    row = style_queries.own_numbering_style(request.auth, style) if style else None
    found = row.organization if row else organization_queries.by_code(request.auth, data.organization)
    made = actions.save_numbering(request.auth, organization=found, name=data.name, text=data.text, style=row, now=request.now)
    return Status(201, made)


@router.delete("/procurement/numbering-styles/{style_id}", response={204: None, **ERRORS})
def delete_numbering(request: ApiRequest, style_id: uuid.UUID) -> Status[None]:
    """Take a way of numbering away that no case uses."""
    actions.delete_numbering(request.auth, style_queries.own_numbering_style(request.auth, style_id), now=request.now)
    return Status(204, None)
