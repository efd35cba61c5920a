"""判定表, the list, the bulk confirmation, and their export."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from sekisho.documents.xlsx import render_xlsx
from sekisho.errors import InputError
from sekisho.records.assessment import actions, exports, presenting, queries
from sekisho.records.assessment.models import Judgement
from sekisho.records.assessment.views.common import filters_of, number_of
from sekisho.records.catalog import queries as catalog_queries
from sekisho.records.downloads import attachment
from sekisho.records.languages import language
from sekisho.records.pages import PageRequest, page, say
from sekisho.records.tabular import XLSX_TYPE
from sekisho.standards.texts import render as text

if TYPE_CHECKING:
    from sekisho.records.catalog.models import Catalog

_PER_PAGE: Final = 20
_EXPORT_COLUMNS: Final = 200


def _chosen(request: PageRequest, catalogs: list[tuple[Catalog, int]]) -> Catalog | None:
    key = request.GET.get("catalog", "")
    return next((c for c, _n in catalogs if c.key == key), catalogs[0][0] if catalogs else None)


def _view_of(catalog: Catalog | None) -> str:
    return "new" if catalog is not None and catalog.key == "annex_a_2022" else "all"


@require_GET
@page
def table(request: PageRequest, code: str) -> HttpResponse:
    """Requirements × subjects, with the chosen judgement at the side."""
    del code
    organization = request.organization
    catalogs = queries.catalogs_in_use(request.principal, organization.pk)
    catalog = _chosen(request, catalogs)
    filters = filters_of(request, default_view=_view_of(catalog))
    given = request.GET.copy()
    given["view"] = filters.view  # so that the chip of the default view is marked, and links keep it
    request.GET = given  # type: ignore[assignment] # a copy that may be changed
    at = number_of(request, "columns")
    matrix = queries.matrix(
        request.principal, organization_id=organization.pk, catalog=catalog, filters=filters, page=at, now=request.now
    )
    lang = language()
    rows = [(row, catalog_queries.text(row.requirement, "title", lang)) for row in matrix.rows]
    stale = {cell.pk for row in matrix.rows for cell in row.cells if cell is not None and queries.is_stale(cell, request.now)}
    context: dict[str, Any] = {
        "matrix": matrix,
        "rows": rows,
        "stale": stale,
        "catalogs": [(c, catalog_queries.text(c, "title", lang), n) for c, n in catalogs],
        "catalog": catalog,
        "catalog_title": catalog_queries.text(catalog, "title", lang) if catalog else "",
        "filters": filters,
        "columns_page": Paginator(range(matrix.subject_total), queries.COLUMNS).get_page(at),
        "shown": _at_side(request),
        "query": request.GET.urlencode(),
    }
    return render(request, "assessment/table.html", context)


def _at_side(request: PageRequest) -> presenting.Shown | None:
    try:
        wanted = uuid.UUID(request.GET.get("judgement", ""))
    except ValueError:
        return None
    row = queries.judgement(request.principal, wanted)
    return presenting.show(request.principal, row, now=request.now, lang=language(), whole=False)


@require_GET
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """The list of judgements with every filter."""
    del code
    filters = filters_of(request, default_view="all")
    rows = queries.judgements(request.principal, now=request.now, organization_id=request.organization.pk, filters=filters)
    # Sort the ids alone, then read the twenty rows: sorting whole rows takes most of the page's time.
    shown = Paginator(rows.values_list("pk", flat=True), _PER_PAGE).get_page(request.GET.get("page"))
    lang = language()
    found = rows.filter(pk__in=list(shown))
    lines = [(row, catalog_queries.text(row.requirement, "title", lang), queries.is_stale(row, request.now)) for row in found]
    context = {
        "page": shown,
        "lines": None,
        "rows": lines,
        "filters": filters,
        "query": request.GET.urlencode(),
        "may_confirm": request.principal.is_system or bool(request.principal.roles_for("judgement.confirm")),
    }
    return render(request, "assessment/list.html", context)


@require_GET
@page
def export(request: PageRequest, code: str) -> HttpResponse:
    """判定表 exactly as filtered, as a workbook."""
    catalogs = queries.catalogs_in_use(request.principal, request.organization.pk)
    catalog = _chosen(request, catalogs)
    filters = filters_of(request, default_view=_view_of(catalog))
    found = queries.matrix(
        request.principal,
        organization_id=request.organization.pk,
        catalog=catalog,
        filters=filters,
        page=1,
        now=request.now,
        columns=_EXPORT_COLUMNS,
    )
    document = exports.matrix_document(found, request.organization, now=request.now, lang=language())
    return attachment(render_xlsx(document), name=f"judgements-{code}-{request.now:%Y%m%d}.xlsx", media_type=XLSX_TYPE)


def _confirmable(request: PageRequest) -> list[Judgement]:
    """Those of the address's filters (or ticked ones) that carry a proposal nobody has agreed with."""
    filters = filters_of(request, default_view="all")
    rows = queries.judgements(request.principal, now=request.now, organization_id=request.organization.pk, filters=filters)
    ticked = []
    for given in request.GET.getlist("j"):
        try:
            ticked.append(uuid.UUID(given))
        except ValueError:
            continue
    if ticked:
        rows = rows.filter(pk__in=ticked)
    return list(rows.filter(proposed_level__isnull=False, state__in=("proposed", "to_review", "declared"))[:500])


@require_http_methods(["GET", "POST"])
@page
def confirm_many(request: PageRequest, code: str) -> HttpResponse:
    """Preview, then confirm exactly what was previewed."""
    request.principal.require("judgement.confirm", request.organization.pk)
    if request.method == "POST":
        return _confirm_posted(request, code)
    lang = language()
    rows = [(row, catalog_queries.text(row.requirement, "title", lang)) for row in _confirmable(request)]
    return render(request, "assessment/confirm_many.html", {"rows": rows})


def _confirm_posted(request: PageRequest, code: str) -> HttpResponse:
    versions: dict[uuid.UUID, int] = {}
    for given in request.POST.getlist("j"):
        pk, _sep, version = given.partition("@")
        try:
            versions[uuid.UUID(pk)] = int(version)
        except ValueError as error:
            raise InputError("assessment.request_broken") from error
    done, skipped = actions.confirm_many(request.principal, versions=versions, now=request.now)
    messages.success(request, ngettext("%(n)d件を確認しました。", "%(n)d件を確認しました。", len(done)) % {"n": len(done)})
    for one in skipped[:20]:
        messages.warning(request, " ".join(say(one.error, language())))
    return redirect("assessment:list", code)


@require_GET
@page
def soa(request: PageRequest, code: str) -> HttpResponse:
    """適用宣言書; ``?format=xlsx`` gives the workbook."""
    catalogs = queries.catalogs_in_use(request.principal, request.organization.pk)
    catalog = _chosen(request, catalogs)
    lang = language()
    found = (
        queries.statement_of_applicability(
            request.principal, organization_id=request.organization.pk, catalog=catalog, now=request.now
        )
        if catalog
        else []
    )
    if request.GET.get("format") == "xlsx" and catalog:
        document = exports.soa_document(found, catalog, request.organization, now=request.now, lang=lang)
        name = f"soa-{code}-{catalog.key}-{request.now:%Y%m%d}.xlsx"
        return attachment(render_xlsx(document), name=name, media_type=XLSX_TYPE)
    rows = [
        (
            row,
            catalog_queries.text(row.requirement, "title", lang),
            [reason or text(rule, fields, lang) for rule, fields, reason in row.reasons],
        )
        for row in found
    ]
    context = {
        "rows": rows,
        "catalog": catalog,
        "catalog_title": catalog_queries.text(catalog, "title", lang) if catalog else "",
        "catalogs": [(c, catalog_queries.text(c, "title", lang), n) for c, n in catalogs],
        "applicable": sum(bool(r.applicable) for r in found),
        "excluded": sum(bool(r.excluded and not r.applicable) for r in found),
        "unit": _("要求事項"),
    }
    return render(request, "assessment/soa.html", context)
