"""Cases over HTTP: beginning, answers, versions, members, opinions, the diagram."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

import msgspec
from ninja import File, Form, Status, UploadedFile
from pydantic import Field

from sekisho.engines import systemdiagram
from sekisho.records.api_base import ApiRequest, Limit, Offset, Paged
from sekisho.records.organization import queries as organization_queries
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.actions.cases import IMPORT_LIMIT
from sekisho.records.procurement.api.routing import ERRORS, router
from sekisho.records.procurement.models import Case, CaseVersion, Opinion
from sekisho.records.procurement.queries.diagram import confirmations_of
from sekisho.records.procurement.schemas import cases as schemas
from sekisho.records.subjects import queries as subject_queries

Code = Annotated[str, Field(max_length=64)]
Text = Annotated[str, Field(max_length=100)]
Number = Annotated[int, Field(ge=1, le=2_000_000_000)]


@router.get("/procurement/cases", response={200: Paged[schemas.CaseOut], **ERRORS})
def list_cases(
    request: ApiRequest,
    organization: Code,
    state: Code = "",
    rule_set: Code = "",
    q: Text = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """The cases of one organisation (its code) and those below that the caller may see, newest change first."""
    found = organization_queries.by_code(request.auth, organization)
    rows = queries.in_organization(request.auth, found.pk, state=state, rule_set=rule_set, text=q)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/procurement/cases", response={201: schemas.CaseOut, **ERRORS})
def create_case(request: ApiRequest, data: schemas.CaseIn) -> Status[Case]:
    """Begin a case; the caller owns it."""
    organization = organization_queries.by_code(request.auth, data.organization)
    made = actions.create_case(request.auth, organization=organization, title=data.title, rule_set=data.rule_set, now=request.now)
    return Status(201, made)


@router.post("/procurement/cases/import-preview", response={200: schemas.CaseImportOut, **ERRORS})
def read_import(request: ApiRequest, organization: Form[Code], file: File[UploadedFile]) -> dict[str, Any]:
    """What an answers file (``sekisho.answers/1``, YAML or JSON) would become; nothing is written."""
    found = organization_queries.by_code(request.auth, organization)
    answers = actions.read_import(
        request.auth, organization=found, untrusted=file.read(IMPORT_LIMIT + 1), filename=str(file.name)
    )
    counted = ("purposes", "information", "tasks", "answers", "decisions", "values")
    return {
        "title": answers.title,
        "rule_set": answers.rule_set,
        **{name: len(getattr(answers, name)) for name in counted},
    }


@router.post("/procurement/cases/import", response={201: schemas.CaseOut, **ERRORS})
def import_case(request: ApiRequest, organization: Form[Code], file: File[UploadedFile]) -> Status[Case]:
    """Begin a case with the answers of a file."""
    found = organization_queries.by_code(request.auth, organization)
    made = actions.import_case(
        request.auth, organization=found, untrusted=file.read(IMPORT_LIMIT + 1), filename=str(file.name), now=request.now
    )
    return Status(201, made)


@router.get("/procurement/cases/{case_id}", response={200: schemas.CaseDetailOut, **ERRORS})
def get_case(request: ApiRequest, case_id: uuid.UUID) -> dict[str, Any]:
    """One case with its answers, its members and what is to be done."""
    row = queries.case(request.auth, case_id)
    last = queries.last_opinion(row)
    progress = queries.progress_of(row, opinion=last.agrees if last else None)
    return {
        **schemas.CaseOut.from_orm(row).dict(),
        "answers": row.answers,
        "members": [{"person_id": m.person_id, "name": m.person.name, "part": m.part} for m in queries.members(row)],
        "steps": list(progress.steps),
    }


@router.post("/procurement/cases/{case_id}/copy", response={201: schemas.CaseOut, **ERRORS})
def copy_case(request: ApiRequest, case_id: uuid.UUID, data: schemas.CaseCopyIn) -> Status[Case]:
    """Begin a case with the answers of this one."""
    row = queries.case(request.auth, case_id)
    return Status(201, actions.copy_case(request.auth, row, title=data.title, variant=data.variant, now=request.now))


@router.patch("/procurement/cases/{case_id}/answers", response={200: schemas.CaseDetailOut, **ERRORS})
def save_answers(request: ApiRequest, case_id: uuid.UUID, data: schemas.CaseAnswersIn) -> dict[str, Any]:
    """Save some keys. 409 when somebody saved one of them since ``base_version``; changes to other keys are merged."""
    row = queries.case(request.auth, case_id)
    actions.save_answers(request.auth, row, changes=data.changes, base_version=data.base_version, now=request.now)
    return get_case(request, case_id)


@router.get("/procurement/cases/{case_id}/changes", response={200: Paged[schemas.CaseChangeOut], **ERRORS})
def list_changes(request: ApiRequest, case_id: uuid.UUID, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """Every saved change, newest first."""
    rows = queries.changes(queries.case(request.auth, case_id))
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.get("/procurement/cases/{case_id}/versions", response={200: Paged[schemas.CaseVersionOut], **ERRORS})
def list_versions(request: ApiRequest, case_id: uuid.UUID, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """The kept versions, newest first."""
    rows = queries.versions(queries.case(request.auth, case_id))
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/procurement/cases/{case_id}/versions", response={201: schemas.CaseVersionOut, **ERRORS})
def keep_version(request: ApiRequest, case_id: uuid.UUID, data: schemas.CaseVersionIn) -> Status[CaseVersion]:
    """Keep the answers as they are now."""
    row = queries.case(request.auth, case_id)
    return Status(201, actions.keep_version(request.auth, row, note=data.note, now=request.now))


@router.post("/procurement/cases/{case_id}/versions/{number}/return", response={200: schemas.CaseDetailOut, **ERRORS})
def return_to_version(request: ApiRequest, case_id: uuid.UUID, number: Number) -> dict[str, Any]:
    """Take the answers of a kept version; the present ones are kept before."""
    actions.return_to_version(request.auth, queries.case(request.auth, case_id), number=number, now=request.now)
    return get_case(request, case_id)


@router.post("/procurement/cases/{case_id}/members", response={201: schemas.CaseMemberOut, **ERRORS})
def add_member(request: ApiRequest, case_id: uuid.UUID, data: schemas.CaseMemberIn) -> Status[dict[str, Any]]:
    """Let somebody work on the case."""
    row = queries.case(request.auth, case_id)
    made = actions.add_member(request.auth, row, person_id=data.person, part=data.part, now=request.now)
    return Status(201, {"person_id": made.person_id, "name": made.person.name, "part": made.part})


@router.delete("/procurement/cases/{case_id}/members/{person_id}/{part}", response={204: None, **ERRORS})
def remove_member(request: ApiRequest, case_id: uuid.UUID, person_id: uuid.UUID, part: Code) -> Status[None]:
    """End somebody's part."""
    row = queries.case(request.auth, case_id)
    actions.remove_member(request.auth, row, person_id=person_id, part=part, now=request.now)
    return Status(204, None)


def _opinion(row: Case, one: Opinion) -> dict[str, Any]:
    return {
        "id": one.pk,
        "person_id": one.person_id,
        "agrees": one.agrees,
        "text": one.text,
        "version": one.case_version.number,
        "current": one.case_version.answers_version == row.answers_version,
        "at": one.at,
    }


@router.get("/procurement/cases/{case_id}/opinions", response={200: Paged[schemas.CaseOpinionOut], **ERRORS})
def list_opinions(request: ApiRequest, case_id: uuid.UUID, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """The recorded opinions, newest first."""
    row = queries.case(request.auth, case_id)
    rows = queries.opinions(row)
    return {"items": [_opinion(row, one) for one in rows[offset : offset + limit]], "total": rows.count()}


@router.post("/procurement/cases/{case_id}/opinions", response={201: schemas.CaseOpinionOut, **ERRORS})
def give_opinion(request: ApiRequest, case_id: uuid.UUID, data: schemas.CaseOpinionIn) -> Status[dict[str, Any]]:
    """Record an opinion on the case as it is now. 409 when the answers changed since `base_version`."""
    row = queries.case(request.auth, case_id)
    made = actions.give_opinion(request.auth, row, now=request.now, **data.dict())
    return Status(201, _opinion(row, made))


@router.put("/procurement/cases/{case_id}/subject", response={200: schemas.CaseOut, **ERRORS})
def link_subject(request: ApiRequest, case_id: uuid.UUID, data: schemas.CaseSubjectIn) -> Case:
    """Say which subject the case is about."""
    row = queries.case(request.auth, case_id)
    subject = subject_queries.subject(request.auth, data.subject) if data.subject else None
    actions.link_subject(request.auth, row, subject=subject, now=request.now)
    return queries.case(request.auth, case_id)


@router.post("/procurement/cases/{case_id}/cancel", response={200: schemas.CaseOut, **ERRORS})
def cancel_case(request: ApiRequest, case_id: uuid.UUID, data: schemas.ReasonIn) -> Case:
    """Stop the case; it stays on record."""
    row = queries.case(request.auth, case_id)
    actions.cancel_case(request.auth, row, reason=data.reason, now=request.now)
    return queries.case(request.auth, case_id)


def _diagram(row: Case, language: str) -> dict[str, Any]:
    applied, known = queries.applied_diagram(row, language=language), confirmations_of(row)
    return {
        "version": row.diagram_version,
        "edits": row.diagram,
        "diagram": msgspec.to_builtins(applied.diagram),
        "orphans": msgspec.to_builtins(applied.orphans),
        "parts": [
            {
                "id": name,
                "fingerprint": fingerprint,
                "confirmed_by": done.person.name if (done := known.confirmed.get(name)) and done.person else "",
                "confirmed_at": done.at if done else None,
            }
            for name, fingerprint in known.parts.items()
        ],
        "svg": systemdiagram.render_svg(applied.diagram, language=language, title=row.title),
    }


@router.get("/procurement/cases/{case_id}/diagram", response={200: schemas.CaseDiagramOut, **ERRORS})
def get_diagram(request: ApiRequest, case_id: uuid.UUID) -> dict[str, Any]:
    """The overview diagram as values and as SVG, with what people changed on it."""
    return _diagram(queries.case(request.auth, case_id), request.auth.language)


@router.put("/procurement/cases/{case_id}/diagram", response={200: schemas.CaseDiagramOut, **ERRORS})
def save_diagram(request: ApiRequest, case_id: uuid.UUID, data: schemas.CaseDiagramIn) -> dict[str, Any]:
    """Save all changes on the diagram. 409 when somebody saved since ``base_version``."""
    row = queries.case(request.auth, case_id)
    saved = actions.save_diagram(request.auth, row, edits=data.edits, base_version=data.base_version, now=request.now)
    return _diagram(saved, request.auth.language)


@router.put("/procurement/cases/{case_id}/diagram/confirmations", response={200: schemas.CaseDiagramOut, **ERRORS})
def confirm_diagram_parts(request: ApiRequest, case_id: uuid.UUID, data: schemas.DiagramConfirmIn) -> dict[str, Any]:
    """Say that a person looked at parts that the program drew, or take it back. 409 when a part changed since it was shown."""
    row = queries.case(request.auth, case_id)
    actions.confirm_parts(request.auth, row, parts=data.parts, confirmed=data.confirmed, now=request.now)
    return _diagram(row, request.auth.language)
