"""事案 over HTTP."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Final, Literal

from django.utils import timezone
from ninja import Router, Status
from pydantic import Field

from sekisho.documents import MEDIA_TYPES, render
from sekisho.records.api_base import ApiRequest, Errors, Limit, Offset, Paged, ReasonIn, bytes_of
from sekisho.records.downloads import attachment
from sekisho.records.incidents import actions, queries, schemas
from sekisho.records.incidents.counting import causes_by_quarter
from sekisho.records.incidents.models import AnalysisSheet, Countermeasure, Incident
from sekisho.records.incidents.rules import Ticked
from sekisho.records.organization import queries as organization_queries

router = Router(tags=["incidents"])
ERRORS: Final = dict.fromkeys((400, 401, 403, 404, 409, 422, 503), Errors)
Code = Annotated[str, Field(max_length=64)]


def _facts(data: schemas._Facts) -> actions.IncidentFacts:
    given = data.model_dump(exclude={"organization", "version", "subject"})
    return actions.IncidentFacts(**given, subject_id=data.subject)


@router.get("/incidents", response={200: Paged[schemas.IncidentOut], **ERRORS})
def list_incidents(
    request: ApiRequest,
    organization: Code,
    state: Literal["open", "unanalysed", "closed", "all"] = "open",
    kind: Code = "",
    near_miss: bool | None = None,
    q: Annotated[str, Field(max_length=300)] = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """Incidents of an organisation and those below, newest first."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require("incident.read", here.pk)
    filters = queries.Filters(state=state, kind=kind, near_miss=near_miss, text=q)
    rows = queries.listed(request.auth, here, filters=filters)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/incidents", response={201: schemas.IncidentOut, **ERRORS})
def record_incident(request: ApiRequest, data: schemas.IncidentIn) -> Status[Incident]:
    """Record an incident."""
    here = organization_queries.by_code(request.auth, data.organization)
    return Status(201, actions.record(request.auth, here, facts=_facts(data), now=request.now))


@router.get("/incidents/causes", response={200: list[schemas.CauseCountOut], **ERRORS})
def count_causes(request: ApiRequest, organization: Code, kind: Code = "", near_miss: bool | None = None) -> list[dict[str, Any]]:
    """In how many analysed incidents each cause had a part, by quarter of the last two years."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require("incident.read", here.pk)
    table = causes_by_quarter(request.auth, here, kind=kind, near_miss=near_miss, today=timezone.localdate(request.now))
    return [
        {
            "factor": row.factor,
            "cause": row.cause,
            "by_quarter": {f"{year}-Q{number}": count for (year, number), count in row.counts.items()},
            "total": row.total,
            "roots": row.roots,
            "after_treatment": row.after_treatment,
        }
        for row in table.rows
    ]


@router.get("/incidents/{uuid:incident_id}", response={200: schemas.IncidentDetailOut, **ERRORS})
def get_incident(request: ApiRequest, incident_id: uuid.UUID) -> dict[str, Any]:
    """One incident with its sheets and countermeasures."""
    row = queries.incident(request.auth, incident_id)
    return {
        **{name: getattr(row, name) for name in schemas.IncidentOut.model_fields},
        "sheets": list(queries.sheets(request.auth, row)),
        "countermeasures": list(queries.countermeasures(request.auth, row)),
    }


@router.put("/incidents/{uuid:incident_id}", response={200: schemas.IncidentOut, **ERRORS})
def edit_incident(request: ApiRequest, incident_id: uuid.UUID, data: schemas.IncidentEditIn) -> Incident:
    """Change what is said of an open incident."""
    row = queries.incident(request.auth, incident_id)
    return actions.edit(request.auth, row, facts=_facts(data), version=data.version, now=request.now)


@router.post("/incidents/{uuid:incident_id}/close", response={200: schemas.IncidentOut, **ERRORS})
def close_incident(request: ApiRequest, incident_id: uuid.UUID, data: schemas.StepIn) -> Incident:
    """The incident is done with: analysed, its countermeasures verified or dropped."""
    row = queries.incident(request.auth, incident_id)
    return actions.close(request.auth, row, note=data.note, version=data.version, now=request.now)


@router.post("/incidents/{uuid:incident_id}/reopen", response={200: schemas.IncidentOut, **ERRORS})
def reopen_incident(request: ApiRequest, incident_id: uuid.UUID, data: ReasonIn) -> Incident:
    """Take a closed incident up again."""
    return actions.reopen(request.auth, queries.incident(request.auth, incident_id), reason=data.reason, now=request.now)


# ------------------------------------------------------------------------------------------------------------- sheets


@router.post("/incidents/{uuid:incident_id}/sheets", response={201: schemas.AnalysisSheetOut, **ERRORS})
def begin_sheet(request: ApiRequest, incident_id: uuid.UUID, data: schemas.SheetIn) -> Status[AnalysisSheet]:
    """Begin a sheet by a method that fits the kind of incident; the draft that is there, if any."""
    row = queries.incident(request.auth, incident_id)
    return Status(201, actions.begin_sheet(request.auth, row, method=data.method, now=request.now))


@router.get("/incidents/sheets/{uuid:sheet_id}", response={200: schemas.AnalysisSheetOut, **ERRORS})
def get_sheet(request: ApiRequest, sheet_id: uuid.UUID) -> AnalysisSheet:
    """One sheet."""
    return queries.sheet(request.auth, sheet_id)


@router.put("/incidents/sheets/{uuid:sheet_id}", response={200: schemas.AnalysisSheetOut, **ERRORS})
def save_sheet(request: ApiRequest, sheet_id: uuid.UUID, data: schemas.SheetSaveIn) -> AnalysisSheet:
    """Save a draft: all of its causes and its conclusion."""
    row = queries.sheet(request.auth, sheet_id)
    lines = [Ticked(one.factor, one.cause, one.text, one.weight) for one in data.causes]
    return actions.save_sheet(request.auth, row, lines=lines, conclusion=data.conclusion, version=data.version, now=request.now)


@router.post("/incidents/sheets/{uuid:sheet_id}/settle", response={200: schemas.AnalysisSheetOut, **ERRORS})
def settle_sheet(request: ApiRequest, sheet_id: uuid.UUID, data: schemas.SheetVersionIn) -> AnalysisSheet:
    """The sheet is right: from now on it is counted."""
    return actions.settle_sheet(request.auth, queries.sheet(request.auth, sheet_id), version=data.version, now=request.now)


@router.delete("/incidents/sheets/{uuid:sheet_id}", response={204: None, **ERRORS})
def discard_sheet(
    request: ApiRequest, sheet_id: uuid.UUID, version: Annotated[int, Field(ge=0, le=2_000_000_000)]
) -> Status[None]:
    """Throw a draft away."""
    actions.discard_sheet(request.auth, queries.sheet(request.auth, sheet_id), version=version, now=request.now)
    return Status(204, None)


@router.get(
    "/incidents/sheets/{uuid:sheet_id}/document", response={200: None, **ERRORS}, openapi_extra=bytes_of(*MEDIA_TYPES.values())
)
def sheet_document(request: ApiRequest, sheet_id: uuid.UUID, form: Literal["docx", "pdf", "html", "xlsx"] = "docx") -> Any:
    """The sheet as a file."""
    from sekisho.records.incidents.writing import write_sheet  # noqa: PLC0415 - only when a file is asked for

    row = queries.sheet(request.auth, sheet_id)
    measures = list(queries.countermeasures(request.auth, row.incident))
    made = write_sheet(row, list(row.causes.all()), measures, request.auth.language)
    name = f"{row.incident.number}-{row.method}.{form}"
    return attachment(render(made, form), name=name, media_type=MEDIA_TYPES[form])


# ---------------------------------------------------------------------------------------------------- countermeasures


@router.post("/incidents/{uuid:incident_id}/countermeasures", response={201: schemas.CountermeasureOut, **ERRORS})
def add_countermeasure(request: ApiRequest, incident_id: uuid.UUID, data: schemas.CountermeasureIn) -> Status[Countermeasure]:
    """Plan what keeps it from happening again; it becomes a corrective action."""
    row = queries.incident(request.auth, incident_id)
    made = actions.add_countermeasure(
        request.auth,
        row,
        what=data.what,
        remedy=data.remedy,
        owner_id=data.owner,
        due_on=data.due_on,
        causes=data.causes,
        now=request.now,
    )
    return Status(201, made)


@router.post("/incidents/countermeasures/{uuid:countermeasure_id}/effect", response={200: schemas.CountermeasureOut, **ERRORS})
def judge_effect(request: ApiRequest, countermeasure_id: uuid.UUID, data: schemas.EffectIn) -> Countermeasure:
    """Say what a countermeasure that was carried out turned out to do."""
    row = queries.countermeasure(request.auth, countermeasure_id)
    return actions.judge_effect(request.auth, row, effect=data.effect, note=data.note, now=request.now)


@router.post("/incidents/measure", response={204: None, **ERRORS})
def measure_incidents(request: ApiRequest, organization: Code) -> Status[None]:
    """Hand in the figures of the last year as evidence about the organisation, now instead of at night."""
    here = organization_queries.by_code(request.auth, organization)
    actions.measure(request.auth, here, now=request.now)
    return Status(204, None)
