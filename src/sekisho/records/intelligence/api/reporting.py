"""The ways out over HTTP: the executives' page, what they order, the words to the staff."""

from __future__ import annotations

import uuid
from typing import Any, Literal

from django.http import HttpResponse
from ninja import Status

from sekisho.documents import ALL_MEDIA_TYPES
from sekisho.documents import render as render_document
from sekisho.errors import NotFound
from sekisho.records.api_base import ApiRequest, Limit, Offset, Paged, bytes_of
from sekisho.records.downloads import attachment
from sekisho.records.intelligence import actions
from sekisho.records.intelligence.api.routing import ERRORS, Code, router
from sekisho.records.intelligence.models import Announcement, Briefing
from sekisho.records.intelligence.queries import notices as notice_queries
from sekisho.records.intelligence.queries import reporting as queries
from sekisho.records.intelligence.schemas import blocking as schemas
from sekisho.records.organization import queries as organization_queries

_BRIEFING = "/intelligence/briefings/{uuid:briefing_id}"
_FILES = bytes_of(*(ALL_MEDIA_TYPES[one] for one in ("docx", "pdf", "html", "md")))
Output = Literal["docx", "pdf", "html", "md"]


@router.get("/intelligence/briefings", response={200: Paged[schemas.BriefingOut], **ERRORS})
def list_briefings(request: ApiRequest, organization: Code, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """The pages that were given to the executives, newest first."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require(notice_queries.READ, here.pk)
    rows = queries.briefings(request.auth, here)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/intelligence/briefings", response={201: schemas.BriefingOut, **ERRORS})
def give_briefing(request: ApiRequest, data: schemas.BriefingIn) -> Status[Briefing]:
    """Freeze a page and note to whom it was given."""
    here = organization_queries.by_code(request.auth, data.organization)
    rows = list(notice_queries.notices(request.auth).filter(pk__in=set(data.notices), organization=here))
    if len(rows) != len(set(data.notices)):
        raise NotFound("access.not_found")
    page = actions.Page(
        title=data.title, horizon=data.horizon, asked=data.asked, given_to=data.given_to, summaries=dict(data.summaries)
    )
    return Status(201, actions.give_briefing(request.auth, here, rows, page, now=request.now))


@router.get(_BRIEFING, response={200: schemas.BriefingOut, **ERRORS})
def get_briefing(request: ApiRequest, briefing_id: uuid.UUID) -> Briefing:
    """One briefing."""
    return queries.briefing(request.auth, briefing_id)


@router.get(f"{_BRIEFING}/file", response={200: str, **ERRORS}, openapi_extra=_FILES)
def briefing_file(request: ApiRequest, briefing_id: uuid.UUID, output: Output = "docx") -> HttpResponse:
    """The page as a file."""
    row = queries.briefing(request.auth, briefing_id)
    content = render_document(actions.document_of(row), output)
    return attachment(content, name=f"{row.number}.{output}", media_type=ALL_MEDIA_TYPES[output])


def _order(one: queries.Ordered) -> dict[str, Any]:
    names = set(schemas.InstructionOut.model_fields) - {"duty_id", "done_at"}
    return {
        **{name: getattr(one.instruction, name) for name in names},
        "duty_id": one.duty.pk if one.duty else None,
        "done_at": one.duty.done_at if one.duty else None,
    }


@router.get(f"{_BRIEFING}/instructions", response={200: list[schemas.InstructionOut], **ERRORS})
def list_instructions(request: ApiRequest, briefing_id: uuid.UUID) -> list[dict[str, Any]]:
    """What was ordered on a briefing, and whether it is done."""
    return [_order(one) for one in queries.instructions_of(queries.briefing(request.auth, briefing_id))]


@router.post(f"{_BRIEFING}/instructions", response={201: list[schemas.InstructionOut], **ERRORS})
def order(request: ApiRequest, briefing_id: uuid.UUID, data: schemas.InstructionIn) -> Status[list[dict[str, Any]]]:
    """Note what was ordered; it becomes a task. Gives all orders of the briefing."""
    row = queries.briefing(request.auth, briefing_id)
    given = data.dict(exclude={"owner"})
    actions.order(request.auth, row, now=request.now, owner_id=data.owner, **given)
    return Status(201, [_order(one) for one in queries.instructions_of(row)])


# ----------------------------------------------------------------------------------------------------------- to the staff


@router.get("/intelligence/announcements", response={200: Paged[schemas.AnnouncementOut], **ERRORS})
def list_announcements(
    request: ApiRequest, organization: Code, ended: bool = False, limit: Limit = 50, offset: Offset = 0
) -> dict[str, Any]:
    """What the staff are to know, newest first."""
    here = organization_queries.by_code(request.auth, organization)
    rows = queries.announcements(request.auth, here, ended=ended)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/intelligence/announcements", response={201: schemas.AnnouncementOut, **ERRORS})
def announce(request: ApiRequest, data: schemas.AnnouncementIn) -> Status[Announcement]:
    """Tell the staff in plain words."""
    here = organization_queries.by_code(request.auth, data.organization)
    notice = notice_queries.notice(request.auth, data.notice) if data.notice else None
    given = data.dict(exclude={"organization", "notice"})
    return Status(201, actions.announce(request.auth, here, notice=notice, now=request.now, **given))


@router.post("/intelligence/announcements/{uuid:announcement_id}/end", response={204: None, **ERRORS})
def end_announcement(request: ApiRequest, announcement_id: uuid.UUID) -> Status[None]:
    """It holds no longer."""
    actions.end_announcement(request.auth, queries.announcement(request.auth, announcement_id), now=request.now)
    return Status(204, None)
