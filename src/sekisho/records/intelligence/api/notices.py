"""Notices over HTTP."""

from __future__ import annotations

import uuid
from typing import Any

from ninja import File, Form, Status, UploadedFile

from sekisho.records.api_base import ApiRequest, Limit, Offset, Paged
from sekisho.records.downloads import safe_file_name
from sekisho.records.intelligence import actions
from sekisho.records.intelligence.api.routing import ERRORS, Code, Text, router
from sekisho.records.intelligence.models import Notice
from sekisho.records.intelligence.queries import indicators
from sekisho.records.intelligence.queries import notices as queries
from sekisho.records.intelligence.schemas import notices as schemas
from sekisho.records.organization import queries as organization_queries

_ONE = "/intelligence/notices/{uuid:threat_notice_id}"


@router.get("/intelligence/notices", response={200: Paged[schemas.ThreatNoticeOut], **ERRORS})
def list_notices(
    request: ApiRequest,
    organization: Code,
    state: Code = "all",
    tlp: Code = "",
    horizon: Code = "",
    source: uuid.UUID | None = None,
    q: Text = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """What came, newest first. ``state``: waiting, relevant, watch, not_relevant, unblocked, unreported, all."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require(queries.READ, here.pk)
    filters = queries.NoticeFilters(state=state, tlp=tlp, horizon=horizon, source_id=source, text=q.replace("\x00", ""))
    rows = queries.listed(request.auth, here, filters=filters)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/intelligence/notices", response={201: list[schemas.ThreatMaterialOut], **ERRORS})
def take_in(request: ApiRequest, data: Form[schemas.ThreatNoticeIn], file: File[UploadedFile]) -> Status[list[dict[str, Any]]]:
    """Take in a file (mail, text, STIX, MISP, CSV, RSS or Atom). Its candidates wait for a person."""
    here = organization_queries.by_code(request.auth, data.organization)
    source = queries.source(request.auth, data.source) if data.source else None
    content, name = file.read(actions.MOST_BYTES + 1), safe_file_name(str(file.name))
    found = actions.look_into(request.auth, here, untrusted=content, name=name, source=source)
    taking = actions.Taking(source=source, received_at=data.received_at, tlp=data.tlp)
    made = actions.register(request.auth, here, materials=found, untrusted=content, name=name, taking=taking, now=request.now)
    seen = set(queries.notices(request.auth).filter(pk__in=[one.notice.pk for one in made]).values_list("pk", flat=True))
    rows = [
        {"notice": one.notice if one.notice.pk in seen else None, "number": one.notice.number, "joined": one.joined}
        for one in made
    ]
    return Status(201, rows)


def _detail(request: ApiRequest, row: Notice) -> dict[str, Any]:
    names = set(schemas.ThreatNoticeDetailOut.model_fields) - {"indicators", "readers"}
    return {
        **{name: getattr(row, name) for name in names},
        "indicators": list(indicators.of_notice(request.auth, row).values_list("pk", flat=True)[:10_000]),
        "readers": [one.person_id for one in queries.readers_of(row)] if row.tlp == "red" else [],
    }


@router.get(_ONE, response={200: schemas.ThreatNoticeDetailOut, **ERRORS})
def get_notice(request: ApiRequest, threat_notice_id: uuid.UUID) -> dict[str, Any]:
    """One notice with its text."""
    return _detail(request, queries.notice(request.auth, threat_notice_id))


@router.get(f"{_ONE}/candidates", response={200: Paged[schemas.ThreatCandidateOut], **ERRORS})
def list_candidates(
    request: ApiRequest, threat_notice_id: uuid.UUID, state: Code = "", limit: Limit = 50, offset: Offset = 0
) -> dict[str, Any]:
    """What looks like an indicator, in the order of the text. ``state``: waiting, confirmed, dropped."""
    rows = queries.candidates(queries.notice(request.auth, threat_notice_id), state=state)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post(f"{_ONE}/candidates", response={200: schemas.ThreatNoticeDetailOut, **ERRORS})
def decide_candidates(request: ApiRequest, threat_notice_id: uuid.UUID, data: schemas.CandidatesIn) -> dict[str, Any]:
    """These are indicators, or none."""
    row = queries.notice(request.auth, threat_notice_id)
    act = actions.confirm if data.confirm else actions.drop
    act(request.auth, row, candidate_ids=data.candidates, now=request.now)
    return _detail(request, queries.notice(request.auth, threat_notice_id))


@router.post(f"{_ONE}/judge", response={200: schemas.ThreatNoticeDetailOut, **ERRORS})
def judge(request: ApiRequest, threat_notice_id: uuid.UUID, data: schemas.ThreatJudgeIn) -> dict[str, Any]:
    """Say whether it concerns the organisation."""
    row = queries.notice(request.auth, threat_notice_id)
    return _detail(request, actions.judge(request.auth, row, now=request.now, **data.dict()))


@router.post(f"{_ONE}/relevance", response={200: schemas.ThreatNoticeDetailOut, **ERRORS})
def weigh(request: ApiRequest, threat_notice_id: uuid.UUID) -> dict[str, Any]:
    """Compute the relevance anew."""
    row = queries.notice(request.auth, threat_notice_id)
    return _detail(request, actions.refresh_relevance(request.auth, row, now=request.now))


@router.patch(_ONE, response={200: schemas.ThreatNoticeDetailOut, **ERRORS})
def describe(request: ApiRequest, threat_notice_id: uuid.UUID, data: schemas.ThreatDescribeIn) -> dict[str, Any]:
    """Better words: title, products, sectors."""
    row = queries.notice(request.auth, threat_notice_id)
    return _detail(request, actions.describe(request.auth, row, now=request.now, **data.dict()))


@router.post(f"{_ONE}/label", response={200: schemas.ThreatNoticeDetailOut, **ERRORS})
def relabel(request: ApiRequest, threat_notice_id: uuid.UUID, data: schemas.ThreatRelabelIn) -> dict[str, Any]:
    """Another label, with the reason."""
    row = queries.notice(request.auth, threat_notice_id)
    return _detail(request, actions.relabel(request.auth, row, now=request.now, **data.dict()))


@router.post(f"{_ONE}/readers", response={204: None, **ERRORS})
def change_reader(request: ApiRequest, threat_notice_id: uuid.UUID, data: schemas.ReaderIn) -> Status[None]:
    """Name a person for whose eyes a RED notice is, or no longer."""
    row = queries.notice(request.auth, threat_notice_id)
    act = actions.remove_reader if data.remove else actions.add_reader
    act(request.auth, row, person_id=data.person, now=request.now)
    return Status(204, None)
