"""Pages of 分析シート: filling one in, settling it, handing it out; and the causes counted over time."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.downloads import attachment, table_attachment
from sekisho.records.incidents import actions, queries
from sekisho.records.incidents.counting import causes_by_quarter
from sekisho.records.incidents.forms import SheetForm
from sekisho.records.incidents.names import SHEET_STATES, WEIGHTS, cause_name, factor_name
from sekisho.records.incidents.views import find
from sekisho.records.languages import language
from sekisho.records.pages import PageRequest, beside, given_of, page, tell, version_of
from sekisho.records.tabular import Column
from sekisho.standards.human_error import human_error

if TYPE_CHECKING:
    from sekisho.records.incidents.counting import CauseTable
    from sekisho.records.incidents.models import AnalysisSheet
    from sekisho.standards.human_error import Method

FORMS: Final = ("docx", "pdf", "html", "xlsx")


def _find(request: PageRequest, sheet_id: uuid.UUID) -> AnalysisSheet:
    row = queries.sheet(request.principal, sheet_id)
    if row.incident.organization_id != request.organization.pk:
        raise NotFound("access.not_found")
    return row


def _method(row: AnalysisSheet) -> Method:
    method = human_error().method(row.method)
    if method is None:  # an id is never taken away
        raise NotFound("access.not_found")
    return method


@require_POST
@page
def begin(request: PageRequest, code: str, incident_id: uuid.UUID) -> HttpResponse:
    """Begin a sheet, or go on with the draft."""
    row = find(request, incident_id)
    try:
        made = actions.begin_sheet(request.principal, row, method=request.POST.get("method", "")[:40], now=request.now)
    except (InputError, Conflict) as error:
        tell(request, error)
        return redirect("incidents:detail", code, row.pk)
    return redirect("incidents:sheet", code, made.pk)


@require_http_methods(["GET", "POST"])
@page
def sheet(request: PageRequest, code: str, sheet_id: uuid.UUID) -> HttpResponse:
    """A sheet: a form while it is a draft and the reader may fill it in, else what it says."""
    row = _find(request, sheet_id)
    method = _method(row)
    lines_given = list(row.causes.all())
    may_fill = row.state == "draft" and request.principal.may("incident.analyse", row.incident.organization_id)
    context: dict[str, Any] = {
        "sheet": row,
        "incident": row.incident,
        "method": method,
        "state": SHEET_STATES[row.state],
        "may_settle": row.state == "draft" and request.principal.may("incident.settle", row.incident.organization_id),
        "may_fill": may_fill,
        "forms": FORMS,
    }
    if not may_fill:
        if request.method == "POST":
            request.principal.require("incident.analyse", row.incident.organization_id)
            tell(request, Conflict("incidents.sheet_settled"))
            return redirect("incidents:sheet", code, row.pk)
        context["factors"] = [
            (factor, [(one, cause_name(one.cause) if one.cause else "", WEIGHTS[one.weight]) for one in lines])
            for factor in method.factors
            if (lines := [one for one in lines_given if one.factor == factor.id])
        ]
        return render(request, "incidents/sheet.html", context)
    form = SheetForm(given_of(request), method=method, given=lines_given, initial={"conclusion": row.conclusion})
    said: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            saved = actions.save_sheet(
                request.principal,
                row,
                lines=form.ticked(),
                conclusion=form.cleaned_data["conclusion"],
                version=version_of(request),
                now=request.now,
            )
        except (InputError, Conflict) as error:
            said = beside(form, error)
        else:
            if "settle" in request.POST:
                return _settle(request, saved)
            messages.success(request, _("下書きを保存しました。"))
            return redirect("incidents:sheet", code, row.pk)
    context |= {"form": form, "lines": said}
    return render(request, "incidents/sheet_edit.html", context, status=422 if form.errors or said else 200)


def _settle(request: PageRequest, row: AnalysisSheet) -> HttpResponse:
    code = row.incident.organization.code
    try:
        actions.settle_sheet(request.principal, row, version=row.version, now=request.now)
    except Conflict as error:
        tell(request, error)
        return redirect("incidents:sheet", code, row.pk)
    messages.success(request, _("分析シートを確定しました。つぎは、再発を防ぐ対策です。"))
    return redirect("incidents:detail", code, row.incident_id)


@require_POST
@page
def settle(request: PageRequest, code: str, sheet_id: uuid.UUID) -> HttpResponse:
    """Settle a draft as it was saved."""
    del code
    row = _find(request, sheet_id)
    if version_of(request) != row.version:
        tell(request, Conflict("incidents.changed_meanwhile"))
        return redirect("incidents:sheet", row.incident.organization.code, row.pk)
    return _settle(request, row)


@require_POST
@page
def discard(request: PageRequest, code: str, sheet_id: uuid.UUID) -> HttpResponse:
    """Throw a draft away."""
    row = _find(request, sheet_id)
    try:
        actions.discard_sheet(request.principal, row, version=version_of(request), now=request.now)
    except Conflict as error:
        tell(request, error)
        return redirect("incidents:sheet", code, row.pk)
    messages.success(request, _("下書きを捨てました。"))
    return redirect("incidents:detail", code, row.incident_id)


@require_safe
@page
def document(request: PageRequest, code: str, sheet_id: uuid.UUID, form: str) -> HttpResponse:
    """The sheet as a file."""
    del code
    row = _find(request, sheet_id)
    if form not in FORMS:
        raise NotFound("access.not_found")
    from sekisho.documents import ALL_MEDIA_TYPES  # noqa: PLC0415 - only when a file is asked for
    from sekisho.documents import render as render_document  # noqa: PLC0415
    from sekisho.records.incidents.writing import write_sheet  # noqa: PLC0415

    made = write_sheet(row, list(row.causes.all()), list(queries.countermeasures(request.principal, row.incident)), language())
    name = f"{row.incident.number}-{row.method}.{form}"
    return attachment(render_document(made, form), name=name, media_type=ALL_MEDIA_TYPES[form])


# ------------------------------------------------------------------------------------------------------------- counts


def _table(request: PageRequest) -> CauseTable:
    request.principal.require("incident.read", request.organization.pk)
    return causes_by_quarter(
        request.principal,
        request.organization,
        kind=request.GET.get("kind", "")[:40],
        near_miss={"yes": True, "no": False}.get(request.GET.get("near_miss", "")),
        today=timezone.localdate(request.now),
    )


@require_safe
@page
def causes(request: PageRequest, code: str) -> HttpResponse:
    """In how many incidents each cause had a part, by quarter; which came back after it was treated."""
    del code
    table = _table(request)
    context = {
        "table": table,
        "rows": [(row, cause_name(row.cause), factor_name(row.factor)) for row in table.rows],
        "factors": [(factor_name(factor), count) for factor, count in table.factors],
        "kinds": [(one.id, one.title.get(language())) for one in human_error().kinds],
        "narrowed": any(request.GET.get(name) for name in ("kind", "near_miss")),
        "documents": human_error().source.documents,
        "note": human_error().confidence_note.get(language()),
    }
    return render(request, "incidents/causes.html", context)


@require_safe
@page
def export_causes(request: PageRequest, code: str, form: str) -> HttpResponse:
    """Exactly what the table shows."""
    if form not in {"xlsx", "csv", "cp932"}:
        raise NotFound("access.not_found")
    table = _table(request)
    columns = (
        Column("factor", "要素", "Factor", width=28),
        Column("cause", "原因", "Cause", width=48),
        *(
            Column(f"q{year}_{number}", f"{year}年度 第{number}四半期", f"FY{year} Q{number}", width=14)
            for year, number in table.quarters
        ),
        Column("total", "計", "Total", width=8),
        Column("roots", "決め手", "Root", width=8),
        Column("back", "対策の後の再発", "After treatment", width=14),
    )
    cells = [
        {
            "factor": factor_name(row.factor),
            "cause": cause_name(row.cause),
            "total": row.total,
            "roots": row.roots,
            "back": row.after_treatment,
            **{f"q{year}_{number}": count for (year, number), count in row.counts.items()},
        }
        for row in table.rows
    ]
    name = f"causes-{code}-{timezone.localdate(request.now)}"
    return table_attachment(columns, cells, form=form, title=_("要因の集計"), name=name, language=language())
