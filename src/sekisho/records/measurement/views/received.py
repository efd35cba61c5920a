"""提出された報告書: what organisations across the boundary handed up. The report and its figures, nothing behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sekisho.documents import FORMATS, MEDIA_TYPES
from sekisho.documents.model import Cell, CellState, Column, ColumnKind, Document, Table
from sekisho.documents.xlsx import render_xlsx
from sekisho.errors import NotFound
from sekisho.records.downloads import attachment
from sekisho.records.languages import language
from sekisho.records.measurement import actions, queries
from sekisho.records.measurement.presenting import compare
from sekisho.records.measurement.reading import embedded, file_name
from sekisho.records.pages import PageRequest, page

if TYPE_CHECKING:
    from sekisho.records.measurement.models import Submission

__all__ = ["download", "index", "report"]

_PER_PAGE: Final = 50


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """Every organisation's last report, indicator by indicator; ``?format=xlsx`` gives the same table."""
    rows = queries.newest_submissions(request.principal, organization_id=request.organization.pk)
    if request.GET.get("format") == "xlsx":
        name = f"received-{code}-{request.now:%Y%m%d}.xlsx"
        return attachment(_workbook(request, rows), name=name, media_type=MEDIA_TYPES["xlsx"])
    shown = Paginator(rows, _PER_PAGE).get_page(request.GET.get("page"))
    titles, figures = compare(shown)
    return render(request, "measurement/received.html", {"page": shown, "titles": titles, "rows": figures})


def _workbook(request: PageRequest, rows: list[Submission]) -> bytes:
    titles, figures = compare(rows)
    lang = language()
    organization = request.organization
    table = Table(
        columns=(Column(_("組織"), width=3), Column(_("提出"), ColumnKind.DATE), *(Column(t, ColumnKind.NUMBER) for t in titles)),
        rows=tuple(
            (
                Cell(row.report.organization.name),
                Cell(timezone.localdate(row.submitted_at).isoformat()),
                *(Cell(text) if text else Cell(state=CellState.UNMEASURED) for text in texts),
            )
            for row, texts in figures
        ),
        caption=_("提出された報告書"),
        name=_("提出された報告書"),
        empty=_("提出された報告書はありません。"),
        landscape=True,
    )
    return render_xlsx(
        Document(
            title=_("提出された報告書"),
            organization=organization.name_en if lang == "en" and organization.name_en else organization.name,
            language="en" if lang == "en" else "ja",
            as_of=timezone.localtime(request.now),
            fictional=organization.is_fictional,
            blocks=(table,),
        )
    )


def _submission(request: PageRequest, pk: Any) -> Submission:
    return queries.submission(request.principal, organization_id=request.organization.pk, submission_id=pk)


@require_safe
@page
def report(request: PageRequest, code: str, pk: Any) -> HttpResponse:
    """One report that was handed up. Its references lead to its own list: the evidence stays where it is."""
    del code
    row = _submission(request, pk)
    body = mark_safe(embedded(row.report, links=False))  # noqa: S308 - made by documents, which escapes
    return render(request, "measurement/received_report.html", {"submission": row, "body": body, "formats": FORMATS})


@require_safe
@page
def download(request: PageRequest, code: str, pk: Any, output: str) -> HttpResponse:
    """The report that was handed up, as it was issued."""
    del code
    row = _submission(request, pk)
    if output not in FORMATS:
        raise NotFound("access.not_found")
    data = actions.render_report(row.report, output)
    return attachment(data, name=file_name(row.report, output), media_type=MEDIA_TYPES[output])
