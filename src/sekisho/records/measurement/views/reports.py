"""報告書: list, build, read, files, issue, hand up, and what stands behind each reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.documents import FORMATS, MEDIA_TYPES
from sekisho.documents.html import stylesheet as document_stylesheet
from sekisho.errors import InputError, NotFound
from sekisho.records.downloads import attachment
from sekisho.records.jobs import actions as job_actions
from sekisho.records.jobs import queries as job_queries
from sekisho.records.languages import language
from sekisho.records.measurement import actions, queries
from sekisho.records.measurement.forms import BuildForm, SubmitForm, TemplateForm
from sekisho.records.measurement.reading import embedded, file_name, reference_shown
from sekisho.records.organization import queries as organization_queries
from sekisho.records.pages import PageRequest, page, say
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    from sekisho.records.measurement.models import Report

__all__ = ["build", "download", "index", "issue", "job", "reference", "report", "stylesheet", "submit", "template"]

_PER_PAGE: Final = 20
_QUICK_PAIRS: Final = 200
"""Up to so many judged pairs a report is built while the reader waits; above, as a job."""


@require_safe
@cache_control(public=True, max_age=3600)
def stylesheet(request: HttpRequest) -> HttpResponse:
    """The style of embedded documents."""
    del request
    return HttpResponse(document_stylesheet(), content_type="text/css; charset=utf-8")


def _report(request: PageRequest, pk: Any) -> Report:
    """A report of the organisation in the address; one that was handed up is read elsewhere."""
    return the_row(queries.reports(request.principal, organization_id=request.organization.pk).filter(pk=pk))


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """All reports of the organisation."""
    del code
    rows = queries.reports(request.principal, organization_id=request.organization.pk)
    rows = rows.prefetch_related("submissions__to_organization")
    context = {
        "page": Paginator(rows, _PER_PAGE).get_page(request.GET.get("page")),
        "may_build": request.principal.may("report.build", request.organization.pk),
        "received": queries.received_reports(request.principal, organization_id=request.organization.pk).count(),
    }
    return render(request, "measurement/reports.html", context)


@require_http_methods(["GET", "POST"])
@page
def build(request: PageRequest, code: str) -> HttpResponse:
    """Choose language and calendar, then build a draft as of now."""
    organization = request.organization
    request.principal.require("report.build", organization.pk)
    calendar = getattr(request.user, "calendar", "wareki")
    form = BuildForm(request.POST or None, initial={"language": language(), "calendar": calendar or "wareki"})
    if request.method == "GET" or not form.is_valid():
        return render(request, "measurement/build.html", {"form": form}, status=422 if form.errors else 200)
    chosen = {"language": form.cleaned_data["language"], "era": form.cleaned_data["calendar"] == "wareki"}
    judged = queries.pairs(request.principal, organization_id=organization.pk, now=request.now).filter(level__isnull=False)
    if judged.count() > _QUICK_PAIRS:
        job_row = job_actions.enqueue(
            request.principal, "report.build", now=request.now, organization_id=organization.pk, payload=chosen
        )
        return redirect("measurement:report_job", code, job_row.pk)
    made = actions.build_report(request.principal, organization=organization, now=request.now, **chosen)
    messages.success(request, _("報告書の下書きを作りました。"))
    return redirect("measurement:report", code, made.pk)


@require_safe
@page
def job(request: PageRequest, code: str, pk: Any) -> HttpResponse:
    """The progress of building or issuing; goes on to the report when it is done."""
    row = job_queries.job(request.principal, pk)
    if row.organization_id != request.organization.pk or not row.kind.startswith("report."):
        raise NotFound("access.not_found")
    if row.state == "done" and row.result:
        url = reverse("measurement:report", args=(code, row.result["report"]))
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": url})
        return redirect(url)
    name = "measurement/_job.html" if request.headers.get("HX-Request") else "measurement/job.html"
    return render(request, name, {"job": row})


@require_safe
@page
def report(request: PageRequest, code: str, pk: Any) -> HttpResponse:
    """The report itself, with its contents and links to what stands behind each figure."""
    del code
    row = _report(request, pk)
    principal = request.principal
    context = {
        "report": row,
        "body": mark_safe(embedded(row, links=True)),  # noqa: S308 - made by documents, which escapes
        "formats": FORMATS,
        "submissions": list(row.submissions.select_related("to_organization")),
        "may_issue": row.state == "draft" and principal.may("report.issue", row.organization_id),
        "may_submit": row.state == "issued" and principal.may("report.submit", row.organization_id),
        "form": TemplateForm(),
    }
    return render(request, "measurement/report.html", context)


@require_safe
@page
def download(request: PageRequest, code: str, pk: Any, output: str) -> HttpResponse:
    """The report as HTML, DOCX, PDF or XLSX."""
    del code
    row = _report(request, pk)
    if output not in FORMATS:
        raise NotFound("access.not_found")
    return attachment(actions.render_report(row, output), name=file_name(row, output), media_type=MEDIA_TYPES[output])


@require_POST
@page
def template(request: PageRequest, code: str, pk: Any) -> HttpResponse:
    """The report as DOCX in the office's own template."""
    del code
    row = _report(request, pk)
    form = TemplateForm(request.POST, request.FILES)
    lines: list[str] = []
    if form.is_valid():
        try:
            data = actions.render_report(row, "docx", template=form.cleaned_data["template"])
            return attachment(data, name=file_name(row, "docx"), media_type=MEDIA_TYPES["docx"])
        except InputError as error:
            lines = say(error, language())
    return render(request, "measurement/template.html", {"report": row, "form": form, "lines": lines}, status=422)


@require_http_methods(["GET", "POST"])
@page
def issue(request: PageRequest, code: str, pk: Any) -> HttpResponse:
    """Confirm, then freeze: four files are rendered, which takes some seconds and runs as a job."""
    row = _report(request, pk)
    request.principal.require("report.issue", row.organization_id)
    if request.method == "GET":
        return render(request, "measurement/issue.html", {"report": row, "references": row.references.count()})
    if row.state == "issued":
        messages.info(request, _("この報告書は、もう発行されています。"))
        return redirect("measurement:report", code, row.pk)
    made = job_actions.enqueue(
        request.principal,
        "report.issue",
        now=request.now,
        organization_id=row.organization_id,
        payload={"report": str(row.pk)},
        unique_key=f"report.issue:{row.pk}",
    )
    return redirect("measurement:report_job", code, made.pk)


@require_http_methods(["GET", "POST"])
@page
def submit(request: PageRequest, code: str, pk: Any) -> HttpResponse:
    """Hand the report up."""
    row = _report(request, pk)
    request.principal.require("report.submit", row.organization_id)
    handed = {s.to_organization_id for s in row.submissions.all()}
    above = [o for o in organization_queries.ancestors(row.organization_id) if o.pk != row.organization_id]
    open_ones = [o for o in above if o.pk not in handed]
    initial = {"to": str(open_ones[-1].pk)} if open_ones else {}
    form = SubmitForm(request.POST or None, above=open_ones, initial=initial)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        chosen = next(o for o in open_ones if str(o.pk) == form.cleaned_data["to"])
        try:
            actions.submit_report(request.principal, row, to=chosen, now=request.now)
        except InputError as error:
            lines = say(error, language())
        else:
            messages.success(request, _("「%s」に提出しました。") % chosen.name)
            return redirect("measurement:report", code, row.pk)
    context = {"report": row, "form": form, "lines": lines, "above": open_ones}
    return render(request, "measurement/submit.html", context, status=422 if request.method == "POST" else 200)


@require_safe
@page
def reference(request: PageRequest, code: str, pk: Any, number: int) -> HttpResponse:
    """What stands behind one reference: the chain as it was when the report was built, and how things stand now."""
    row = _report(request, pk)
    found = queries.reference(request.principal, report_id=row.pk, number=number)
    context = reference_shown(request.principal, found, code=code, now=request.now)
    return render(request, "measurement/reference.html", {**context, "report": row, "reference": found})
