"""この数字のもと: the chain under a figure, a judgement or a finding, and the lists that a count stands for."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.core.paginator import Paginator
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from sekisho.documents.model import Cell, Column, ColumnKind, Document, Table
from sekisho.documents.xlsx import render_xlsx
from sekisho.errors import NotFound
from sekisho.records.assessment import queries as assessment
from sekisho.records.catalog import queries as catalogs
from sekisho.records.downloads import attachment
from sekisho.records.evidence import queries as evidence
from sekisho.records.languages import language
from sekisho.records.measurement import queries
from sekisho.records.measurement.presenting import address, text_of
from sekisho.records.pages import PageRequest, page
from sekisho.records.tabular import XLSX_TYPE
from sekisho.standards.indicators import computed_indicators
from sekisho.standards.texts import render as text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sekisho.records.evidence.models import Finding

__all__ = ["chain_context", "finding", "findings", "indicator", "indicator_findings", "judgement", "pairs"]

_PER_PAGE: Final = 50
_EXPORTED: Final = 5000
_MOMENTS: Final = frozenset(
    {
        "at",
        "as_of",
        "judged_at",
        "observed_at",
        "received_at",
        "reviewed_at",
        "first_seen_at",
        "last_seen_at",
        "closed_at",
        "stale_at",
    }
)
_VIEWS: Final = ("stale", "below_target", "unmeasured", "to_review")
_LONGEST: Final = 100
_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")


def _dated(value: Any, name: str = "") -> Any:
    """The chain with its moments as values, for the reader's calendar."""
    if isinstance(value, dict):
        return {key: _dated(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_dated(inner) for inner in value]
    return datetime.fromisoformat(value) if value and name in _MOMENTS and isinstance(value, str) else value


def chain_context(chain: Mapping[str, Any], code: str) -> dict[str, Any]:
    """What the chain's template wants beside the chain itself."""
    papers = [
        {**p, "url": "" if p.get("gone") else address(("evidence:detail", "evidence:evidence"), code, p["id"])}
        for p in chain.get("evidence", [])
    ]
    known = [p for p in papers if not p.get("gone")]
    moments = sorted(p["observed_at"] or p["received_at"] for p in known)
    files = [(paper, file) for paper in known for file in paper["files"]]
    checked = [file["intact"] for _paper, file in files if file["intact"] is not None]
    return {
        "chain": _dated({**chain, "evidence": papers}),
        "oldest": datetime.fromisoformat(moments[0]) if moments else None,
        "expired": sum(bool(p["valid_until"] and datetime.fromisoformat(p["valid_until"]) < timezone.now()) for p in known),
        "observations": sum(p["kind"] == "observation" for p in known),
        "documents": sum(p["kind"] == "document" for p in known),
        "gone": len(papers) - len(known),
        "files": [(_dated(paper), file) for paper, file in files],
        "file_count": len(files),
        "wrong_files": sum(not ok for ok in checked),
    }


def _wants_json(request: PageRequest) -> bool:
    return request.GET.get("format") == "json"


def _json(chain: Mapping[str, Any], name: str) -> HttpResponse:
    content = json.dumps(chain, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
    # A rule may be called 3/2: that is no folder.
    return attachment(content, name=f"trace-{name.replace('/', '_')}.json", media_type="application/json")


@require_safe
@page
def indicator(request: PageRequest, code: str, pk: Any) -> HttpResponse:
    """The chain under one stored figure."""
    value = queries.indicator_value(request.principal, pk)
    _same_organization(request, value.organization_id)
    chain = queries.trace_indicator(request.principal, value, now=request.now)
    if _wants_json(request):
        return _json(chain, value.key)
    known = computed_indicators().get(value.key)
    numbers = sorted(m["value"] for m in chain["measures"] if m["value"] is not None)
    context = {
        **chain_context(chain, code),
        "value": value,
        "title": chain["indicator"]["title"],
        "text": text_of(known, value.value) if known else value.value,
        "kind": chain["indicator"]["kind"],
        "least": numbers[0] if numbers else None,
        "most": numbers[-1] if numbers else None,
    }
    return render(request, "measurement/trace.html", context)


@require_safe
@page
def judgement(request: PageRequest, code: str, pk: Any) -> HttpResponse:
    """The chain under one judgement."""
    row = assessment.judgement(request.principal, pk)
    _same_organization(request, row.organization_id)
    chain = queries.trace_judgement(request.principal, row, now=request.now)
    if _wants_json(request):
        return _json(chain, f"judgement-{row.requirement.ref}")
    context = {
        **chain_context(chain, code),
        "judgement": row,
        "title": f"{row.requirement.ref} {catalogs.text(row.requirement, 'title', language())}",
        "catalog_title": catalogs.text(row.requirement.catalog, "title", language()),
        "is_stale": assessment.is_stale(row, request.now),
    }
    return render(request, "measurement/trace.html", context)


@require_safe
@page
def finding(request: PageRequest, code: str, pk: Any) -> HttpResponse:
    """The chain under one finding."""
    row = evidence.finding(request.principal, pk)
    chain = queries.trace_finding(request.principal, row, now=request.now)
    if _wants_json(request):
        return _json(chain, f"finding-{row.code}")
    context = {
        **chain_context(chain, code),
        "finding": row,
        "title": chain["finding"]["sentence"],
        "finding_url": address(("evidence:finding",), code, row.pk),
        "act_url": address(("assessment:corrective_new",), code),
    }
    return render(request, "measurement/trace.html", context)


def _same_organization(request: PageRequest, organization_id: Any) -> None:
    if organization_id != request.organization.pk and not _within(request, organization_id):
        raise NotFound("access.not_found")


def _within(request: PageRequest, organization_id: Any) -> bool:
    from sekisho.records.organization.queries import within  # noqa: PLC0415 - only for links between parts of one organisation

    return bool(within(request.organization.pk).filter(descendant=organization_id).exists())


# ------------------------------------------------------------------------------------------------- lists behind a count


def _given(request: PageRequest, name: str) -> str:
    return request.GET.get(name, "").strip().replace("\x00", "")[:_LONGEST]


@require_safe
@page
def pairs(request: PageRequest, code: str) -> HttpResponse:
    """The applicable pairs that a count of levels stands for."""
    del code
    view = _given(request, "view")
    filters = assessment.Filters(
        view=view if view in _VIEWS else "all",
        catalog=_given(request, "catalog"),
        level=_given(request, "level"),
        basis=_given(request, "basis"),
    )
    theme = _given(request, "theme")
    rows = queries.pairs(
        request.principal, organization_id=request.organization.pk, now=request.now, filters=filters, theme=theme
    )
    shown = Paginator(rows, _PER_PAGE).get_page(request.GET.get("page"))
    lang = language()
    lines = [(row, catalogs.text(row.requirement, "title", lang), assessment.is_stale(row, request.now)) for row in shown]
    return render(request, "measurement/pairs.html", {"page": shown, "rows": lines, "theme": theme, "filters": filters})


@require_safe
@page
def findings(request: PageRequest, code: str) -> HttpResponse:
    """The findings that a count stands for; ``?format=xlsx|csv`` gives all of them as a file."""
    state = _given(request, "state")
    rows = queries.findings(
        request.principal,
        organization_id=request.organization.pk,
        state=state if state in {"open", "closed", "all"} else "open",
        engine=_given(request, "engine"),
        severity=_given(request, "severity"),
    )
    if request.GET.get("format") in {"xlsx", "csv"}:
        return _export(request, rows[:_EXPORTED], f"findings-{code}-{request.now:%Y%m%d}")
    shown = Paginator(rows, _PER_PAGE).get_page(request.GET.get("page"))
    lang = language()
    query = request.GET.copy()
    query.pop("page", None)
    context = {"page": shown, "rows": [(row, text(row.code, row.fields, lang)) for row in shown], "query": query.urlencode()}
    return render(request, "measurement/findings.html", context)


@require_safe
@page
def indicator_findings(request: PageRequest, code: str, pk: Any) -> HttpResponse:
    """The findings that an indicator counted, as a file (``?format=csv`` or XLSX)."""
    del code
    value = queries.indicator_value(request.principal, pk)
    _same_organization(request, value.organization_id)
    rows = evidence.findings(request.principal, state="all").filter(pk__in=value.inputs.get("findings", [])[:_EXPORTED])
    return _export(request, rows, f"{value.key}-{value.as_of:%Y%m%d}")


def _export(request: PageRequest, rows: Iterable[Finding], name: str) -> HttpResponse:
    lang = language()
    heads = (_("重大度"), _("検出事項"), _("対象"), _("場所"), _("測定の道具"), _("初めて見た日"), _("解消した日"), "ID")
    lines = [
        (
            text(f"report.severity_{row.severity}", {}, lang),
            text(row.code, row.fields, lang),
            row.subject.name,
            row.location,
            row.engine,
            timezone.localdate(row.first_seen_at).isoformat(),
            timezone.localdate(row.closed_at).isoformat() if row.closed_at else "",
            str(row.pk),
        )
        for row in rows
    ]
    if request.GET.get("format") == "csv":
        file = io.StringIO()
        writer = csv.writer(file)
        # A cell that begins like a formula would be run by a spreadsheet.
        writer.writerows([heads, *([f"'{c}" if c.startswith(_DANGEROUS) else c for c in line] for line in lines)])
        return attachment("\ufeff" + file.getvalue(), name=f"{name}.csv", media_type="text/csv; charset=utf-8")
    kinds = {5: ColumnKind.DATE, 6: ColumnKind.DATE}
    table = Table(
        columns=tuple(Column(head, kinds.get(n, ColumnKind.TEXT), width=4 if n == 1 else None) for n, head in enumerate(heads)),
        rows=tuple(tuple(Cell(cell or None) for cell in line) for line in lines),
        caption=pgettext("several", "検出事項"),
        name=pgettext("several", "検出事項"),
        empty=_("検出事項はありません。"),
        landscape=True,
    )
    organization = request.organization
    document = Document(
        title=pgettext("several", "検出事項"),
        organization=organization.name_en if lang == "en" and organization.name_en else organization.name,
        language="en" if lang == "en" else "ja",
        as_of=timezone.localtime(request.now),
        fictional=organization.is_fictional,
        blocks=(table,),
    )
    return attachment(render_xlsx(document), name=f"{name}.xlsx", media_type=XLSX_TYPE)
