"""Assessments of re-identification over HTTP."""

from __future__ import annotations

import uuid
from typing import Any

from ninja import Status

from sekisho.records.api_base import ApiRequest, Limit, Offset, Paged
from sekisho.records.lifecycle.actions import assessing as actions
from sekisho.records.lifecycle.api.files import REPORT_FILE, ReportForm, report_file
from sekisho.records.lifecycle.api.routing import ERRORS, Code, Text, router
from sekisho.records.lifecycle.bound import load
from sekisho.records.lifecycle.models import PrivacyAssessment
from sekisho.records.lifecycle.queries import assessing as queries
from sekisho.records.lifecycle.queries import masking as masking_queries
from sekisho.records.lifecycle.schemas import assessing as schemas
from sekisho.records.organization import queries as organization_queries

_COUNTED = frozenset({"k", "counts"})


def _out(row: PrivacyAssessment) -> dict[str, Any]:
    made = {name: getattr(row, name) for name in schemas.AssessmentOut.model_fields if name not in _COUNTED}
    return {
        **made,
        "k": row.figures.get("assessment", {}).get("k"),
        "counts": row.figures.get("checklist", {}).get("counts", {}),
    }


def _detail(row: PrivacyAssessment) -> dict[str, Any]:
    kept = {name: row.figures.get(name, {}) for name in ("assessment", "proposal", "checklist")}
    left = load("assessing").left_open(kept["checklist"]) if kept["checklist"] else []
    return {**_out(row), **kept, "settings": row.settings, "declared": row.declared, "left_open": left}


@router.get("/lifecycle/assessments", response={200: Paged[schemas.AssessmentOut], **ERRORS})
def list_assessments(
    request: ApiRequest, organization: Code, q: Text = "", limit: Limit = 50, offset: Offset = 0
) -> dict[str, Any]:
    """Assessments of an organisation and those below, newest first."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require(queries.READ, here.pk)
    rows = queries.assessments(request.auth, here, text=q)
    return {"items": [_out(row) for row in rows[offset : offset + limit]], "total": rows.count()}


@router.post("/lifecycle/assessments", response={201: schemas.AssessmentDetailOut, **ERRORS})
def assess(request: ApiRequest, data: schemas.AssessIn) -> Status[dict[str, Any]]:
    """Measure a table of a store and join the figures with the duties. The table is not kept."""
    here = organization_queries.by_code(request.auth, data.organization)
    request.auth.require("lifecycle.assess", here.pk)
    given = data.model_dump(exclude={"organization", "store", "mask_run"})
    made = actions.assess_table(
        request.auth,
        here,
        store=masking_queries.store(request.auth, data.store),
        facts=actions.AssessFacts(**given, mask_run_id=data.mask_run),
        now=request.now,
    )
    return Status(201, _detail(made))


@router.get("/lifecycle/assessments/{uuid:assessment_id}", response={200: schemas.AssessmentDetailOut, **ERRORS})
def get_assessment(request: ApiRequest, assessment_id: uuid.UUID) -> dict[str, Any]:
    """One assessment with its figures and duties."""
    return _detail(queries.assessment(request.auth, assessment_id))


@router.put("/lifecycle/assessments/{uuid:assessment_id}/duties/{duty}", response={200: schemas.AssessmentDetailOut, **ERRORS})
def declare_duty(request: ApiRequest, assessment_id: uuid.UUID, duty: Code, data: schemas.DeclareIn) -> dict[str, Any]:
    """Say what was checked for a duty."""
    row = queries.assessment(request.auth, assessment_id)
    return _detail(actions.declare_duty(request.auth, row, duty=duty, note=data.note, version=data.version, now=request.now))


@router.post("/lifecycle/assessments/{uuid:assessment_id}/sign", response={200: schemas.AssessmentDetailOut, **ERRORS})
def sign_assessment(request: ApiRequest, assessment_id: uuid.UUID, data: schemas.AssessmentSignIn) -> dict[str, Any]:
    """The 保護管理者 has read the report: somebody else than who assessed, with no duty contradicted or left open."""
    row = queries.assessment(request.auth, assessment_id)
    return _detail(actions.sign_assessment(request.auth, row, version=data.version, now=request.now))


@router.get("/lifecycle/assessments/{uuid:assessment_id}/report", response={200: None, **ERRORS}, openapi_extra=REPORT_FILE)
def assessment_report(request: ApiRequest, assessment_id: uuid.UUID, form: ReportForm = "docx") -> Any:
    """The report of an assessment as a file."""
    row = queries.assessment(request.auth, assessment_id)
    return report_file(row.report, form, name=f"privacy-{row.pk}")
