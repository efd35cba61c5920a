"""測定と報告 over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpResponse
from ninja import File, Router, Status, UploadedFile

from sekisho.documents import FORMATS, MEDIA_TYPES
from sekisho.errors import InputError
from sekisho.records.api_base import ApiRequest, Errors, Limit, Offset, Paged, bytes_of
from sekisho.records.assessment import queries as assessment
from sekisho.records.downloads import attachment
from sekisho.records.evidence import queries as evidence
from sekisho.records.jobs import actions as jobs
from sekisho.records.languages import language
from sekisho.records.measurement import actions, queries
from sekisho.records.measurement.forms import LARGEST_TEMPLATE
from sekisho.records.measurement.presenting import unanswered
from sekisho.records.measurement.reading import file_name
from sekisho.records.measurement.schemas import (
    BuildIn,
    IndicatorOut,
    IndicatorTargetIn,
    JobStartedOut,
    LevelsOut,
    ReferenceOut,
    ReportOut,
    SubmissionOut,
    SubmitIn,
    TargetOut,
    UnansweredOut,
    ValueOut,
)
from sekisho.records.organization import queries as organizations
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    from sekisho.records.measurement.models import IndicatorValue, Report, Submission

router = Router(tags=["measurement"])
_REFUSALS: dict[Any, Any] = {403: Errors, 404: Errors, 409: Errors, 422: Errors}


def _value(row: IndicatorValue) -> ValueOut:
    return ValueOut(**{name: getattr(row, name) for name in ValueOut.model_fields})


def _report(row: Report) -> ReportOut:
    given = {name: getattr(row, name) for name in ReportOut.model_fields if name not in {"organization", "document_sha256"}}
    return ReportOut(**given, organization=row.organization.code, document_sha256=row.document_id)


def _submission(row: Submission) -> SubmissionOut:
    report = row.report
    return SubmissionOut(
        id=row.pk,
        report=report.pk,
        organization=report.organization.code,
        to_organization=row.to_organization.code,
        title=report.title,
        period_start=report.period_start,
        period_end=report.period_end,
        submitted_at=row.submitted_at,
        figures=row.figures,
    )


@router.get("/organizations/{code}/levels", response={200: list[LevelsOut], **_REFUSALS}, operation_id="levels_list")
def list_levels(request: ApiRequest, code: str) -> list[LevelsOut]:
    """Levels by catalogue in use and theme, of the organisation and those below it down to the next boundary."""
    place = organizations.by_code(request.auth, code)
    rows = queries.levels(request.auth, organization_id=place.pk, now=request.now, language=language())
    return [
        LevelsOut(
            catalog=row.key,
            title=row.title,
            total=row.total,
            unmeasured=row.unmeasured,
            stale=row.stale,
            **row.bases,
            themes=[
                {
                    "theme": t.theme,
                    "title": t.title,
                    "levels": {"unmeasured" if level is None else str(level): n for level, n in t.levels.items()},
                }
                for t in row.themes
            ],
        )
        for row in rows
    ]


@router.get("/organizations/{code}/indicators", response={200: list[IndicatorOut], **_REFUSALS}, operation_id="indicators_list")
def list_indicators(request: ApiRequest, code: str) -> list[IndicatorOut]:
    """Every computed indicator with its newest value, that of the period before, and the target."""
    place = organizations.by_code(request.auth, code)
    lang = language()
    return [
        IndicatorOut(
            key=row.indicator.key,
            metric=row.indicator.metric,
            title=row.indicator.title.get(lang),
            kind=row.indicator.kind,
            unit=row.indicator.unit.get(lang),
            ratio=row.indicator.ratio,
            direction=row.indicator.direction,
            formula=row.indicator.formula.get(lang),
            value=_value(row.value) if row.value else None,
            previous=_value(row.previous) if row.previous else None,
            target=row.target,
            better=row.better,
        )
        for row in queries.latest(request.auth, organization_id=place.pk)
    ]


@router.get("/indicators/unanswered", response=list[UnansweredOut], operation_id="indicators_unanswered")
def list_unanswered(request: ApiRequest) -> list[UnansweredOut]:
    """Proposed indicators that nothing answers yet (未測定)."""
    del request
    lang = language()
    return [
        UnansweredOut(
            id=one.id,
            title=one.title.get(lang),
            kind=one.kind,
            formula=one.formula.get(lang),
            data_source=one.data_source.get(lang),
            frequency=one.frequency.get(lang),
        )
        for one in unanswered()
    ]


@router.post(
    "/organizations/{code}/indicators/compute", response={200: list[ValueOut], **_REFUSALS}, operation_id="indicators_compute"
)
def compute(request: ApiRequest, code: str) -> list[ValueOut]:
    """Compute all indicators as of now."""
    place = organizations.by_code(request.auth, code)
    return [_value(row) for row in actions.compute(request.auth, organization=place, now=request.now)]


@router.get(
    "/organizations/{code}/indicators/{key}/values", response={200: list[ValueOut], **_REFUSALS}, operation_id="indicator_values"
)
def list_values(request: ApiRequest, code: str, key: str, limit: Limit = 100) -> list[ValueOut]:
    """The stored values of one indicator, newest first."""
    place = organizations.by_code(request.auth, code)
    return [_value(row) for row in queries.series(request.auth, organization_id=place.pk, key=key, limit=limit)]


@router.put(
    "/organizations/{code}/indicators/{key}/target", response={200: TargetOut, **_REFUSALS}, operation_id="indicator_set_target"
)
def set_target(request: ApiRequest, code: str, key: str, data: IndicatorTargetIn) -> TargetOut:
    """Set the target of an indicator."""
    place = organizations.by_code(request.auth, code)
    row = actions.set_target(request.auth, organization=place, key=key, value=data.value, due_on=data.due_on, now=request.now)
    return TargetOut(key=row.key, value=row.value, due_on=row.due_on, set_at=row.set_at)


@router.delete(
    "/organizations/{code}/indicators/{key}/target", response={204: None, **_REFUSALS}, operation_id="indicator_remove_target"
)
def remove_target(request: ApiRequest, code: str, key: str) -> Status[None]:
    """The target no longer holds."""
    place = organizations.by_code(request.auth, code)
    actions.remove_target(request.auth, organization=place, key=key, now=request.now)
    return Status(204, None)


@router.get("/trace/indicator-values/{value_id}", response={200: dict[str, Any], **_REFUSALS}, operation_id="trace_indicator")
def trace_indicator(request: ApiRequest, value_id: UUID) -> dict[str, Any]:
    """この数字のもと: the chain under one stored figure, down to the files and their hashes (checked now)."""
    value = queries.indicator_value(request.auth, value_id)
    return queries.trace_indicator(request.auth, value, now=request.now)


@router.get("/trace/judgements/{judgement_id}", response={200: dict[str, Any], **_REFUSALS}, operation_id="trace_judgement")
def trace_judgement(request: ApiRequest, judgement_id: UUID) -> dict[str, Any]:
    """The chain under one judgement."""
    row = assessment.judgement(request.auth, judgement_id)
    return queries.trace_judgement(request.auth, row, now=request.now)


@router.get("/trace/findings/{finding_id}", response={200: dict[str, Any], **_REFUSALS}, operation_id="trace_finding")
def trace_finding(request: ApiRequest, finding_id: UUID) -> dict[str, Any]:
    """The chain under one finding."""
    return queries.trace_finding(request.auth, evidence.finding(request.auth, finding_id), now=request.now)


@router.get("/reports", response=Paged[ReportOut], operation_id="reports_list")
def list_reports(request: ApiRequest, organization: str = "", limit: Limit = 50, offset: Offset = 0) -> Paged[ReportOut]:
    """Reports, newest first; ``organization`` is a code."""
    place = organizations.by_code(request.auth, organization) if organization else None
    rows = queries.reports(request.auth, organization_id=place.pk if place else None)
    return Paged(items=[_report(row) for row in rows[offset : offset + limit]], total=rows.count())


@router.post("/organizations/{code}/reports", response={201: ReportOut, **_REFUSALS}, operation_id="report_build")
def build(request: ApiRequest, code: str, data: BuildIn) -> Status[ReportOut]:
    """Compute the figures and build a draft as of now."""
    place = organizations.by_code(request.auth, code)
    row = actions.build_report(request.auth, organization=place, now=request.now, language=data.language, era=data.era)
    return Status(201, _report(row))


def _own(request: ApiRequest, report_id: UUID) -> Report:
    return the_row(queries.reports(request.auth).filter(pk=report_id))


@router.get("/reports/{report_id}", response={200: ReportOut, **_REFUSALS}, operation_id="report_get")
def get_report(request: ApiRequest, report_id: UUID) -> ReportOut:
    """One report: of a visible organisation, or one that was handed up to such."""
    return _report(queries.report(request.auth, report_id))


@router.get(
    "/reports/{report_id}/files/{output}",
    response={200: None, **_REFUSALS},
    operation_id="report_download",
    openapi_extra=bytes_of(*MEDIA_TYPES.values()),
)
def download(request: ApiRequest, report_id: UUID, output: str) -> HttpResponse:
    """The report as html, docx, pdf or xlsx; an issued one exactly as it was issued."""
    return _file(queries.report(request.auth, report_id), output)


def _file(row: Report, output: str, template: bytes | None = None) -> HttpResponse:
    if output not in FORMATS:
        raise InputError("documents.unknown_format", format=output[:20])
    data = actions.render_report(row, output, template=template)
    return attachment(data, name=file_name(row, output), media_type=MEDIA_TYPES[output])


@router.post(
    "/reports/{report_id}/docx",
    response={200: None, **_REFUSALS},
    operation_id="report_download_with_template",
    openapi_extra=bytes_of(MEDIA_TYPES["docx"]),
)
def download_with_template(request: ApiRequest, report_id: UUID, template: File[UploadedFile]) -> HttpResponse:
    """The report as DOCX in the office's own template."""
    row = _own(request, report_id)
    if (template.size or 0) > LARGEST_TEMPLATE:
        raise InputError("evidence.too_large", limit=LARGEST_TEMPLATE)
    return _file(row, "docx", template.read())


@router.post("/reports/{report_id}/issue", response={202: JobStartedOut, **_REFUSALS}, operation_id="report_issue")
def issue(request: ApiRequest, report_id: UUID) -> Status[JobStartedOut]:
    """Freeze the report. Four files are rendered, so it runs as a job."""
    row = _own(request, report_id)
    actions.require_issuable(request.auth, row)
    job = jobs.enqueue(
        request.auth,
        "report.issue",
        now=request.now,
        organization_id=row.organization_id,
        payload={"report": str(row.pk)},
        unique_key=f"report.issue:{row.pk}",
    )
    return Status(202, JobStartedOut(job=job.pk))


@router.post("/reports/{report_id}/submissions", response={201: SubmissionOut, **_REFUSALS}, operation_id="report_submit")
def submit(request: ApiRequest, report_id: UUID, data: SubmitIn) -> Status[SubmissionOut]:
    """Hand the issued report up to an organisation above."""
    row = _own(request, report_id)
    above = {o.code: o for o in organizations.ancestors(row.organization_id) if o.pk != row.organization_id}
    if data.to not in above:
        raise InputError("measurement.not_above", organization=data.to[:64])
    made = actions.submit_report(request.auth, row, to=above[data.to], now=request.now)
    return Status(201, _submission(made))


@router.get(
    "/reports/{report_id}/references/{number}", response={200: ReferenceOut, **_REFUSALS}, operation_id="report_reference"
)
def get_reference(request: ApiRequest, report_id: UUID, number: int) -> ReferenceOut:
    """The frozen chain behind one reference; only where the report is one's own."""
    row = queries.reference(request.auth, report_id=report_id, number=number)
    return ReferenceOut(number=row.number, kind=row.kind, target_id=row.target_id, frozen=row.frozen)


@router.get("/submissions", response=Paged[SubmissionOut], operation_id="submissions_list")
def list_submissions(request: ApiRequest, organization: str = "", limit: Limit = 50, offset: Offset = 0) -> Paged[SubmissionOut]:
    """Reports that were handed up to the organisations that the caller sees; ``organization`` is the receiver's code."""
    place = organizations.by_code(request.auth, organization) if organization else None
    rows = queries.received_reports(request.auth, organization_id=place.pk if place else None)
    return Paged(items=[_submission(row) for row in rows[offset : offset + limit]], total=rows.count())
