"""Pages of 検出事項."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_safe

from sekisho.errors import NotFound
from sekisho.records.downloads import table_attachment
from sekisho.records.evidence import queries
from sekisho.records.pages import PageRequest, page
from sekisho.records.subjects import queries as subject_queries
from sekisho.records.tabular import Choice, Column
from sekisho.standards import texts

if TYPE_CHECKING:
    import uuid

    from django.db.models import QuerySet

    from sekisho.records.evidence.models import Finding

PER_PAGE: Final = 50
MOST_EXPORTED: Final = 100_000
SEVERITY_NAMES: Final = {
    "critical": (gettext_lazy("緊急"), "bad"),
    "high": (gettext_lazy("高"), "bad"),
    "medium": (gettext_lazy("中"), "warn"),
    "low": (gettext_lazy("低"), ""),
    "info": (pgettext_lazy("severity", "参考"), "dashed"),
}
_COLUMNS: Final = (
    Column("severity", "重大度", "Severity", width=10, choices=(
        Choice("critical", "緊急", "Critical"), Choice("high", "高", "High"), Choice("medium", "中", "Medium"),
        Choice("low", "低", "Low"), Choice("info", "参考", "Info"),
    )),
    Column("message", "内容", "Details", width=60),
    Column("subject", "対象", "Subject", width=24),
    Column("location", "場所", "Location", width=40),
    Column("engine", "エンジン", "Engine", width=12),
    Column("code", "コード", "Code", width=24),
    Column("first_seen", "初めて見た日時", "First seen", width=18),
    Column("last_seen", "最後に見た日時", "Last seen", width=18),
    Column("closed", "解消", "Closed", width=18),
)  # fmt: skip


def _listed(request: PageRequest) -> QuerySet[Finding]:
    given = request.GET
    subject = given.get("subject", "")
    state = given.get("state", "open")
    return queries.findings(
        request.principal,
        organization_id=request.organization.pk,
        state=state if state in {"open", "closed", "all"} else "open",
        severity=given.get("severity", "")[:16],
        engine=given.get("engine", "")[:64],
        subject_id=subject_queries.uuid_of(subject) if subject else None,
        text=given.get("q", "").strip()[:100],
    )


def said(row: Finding, language: str) -> str:
    """The sentence of a finding."""
    return texts.render(row.code, row.fields, language)


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """What is wrong, gravest and oldest first."""
    del code
    rows = _listed(request)
    shown = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "page": shown,
        "rows": [(row, said(row, request.principal.language), *SEVERITY_NAMES[row.severity]) for row in shown],
        "severities": [(name, *SEVERITY_NAMES[name]) for name in queries.SEVERITIES],
    }
    return render(request, "evidence/findings.html", context)


@require_safe
@page
def detail(request: PageRequest, code: str, finding_id: uuid.UUID) -> HttpResponse:
    """One finding: what, where, seen when, by which evidence."""
    del code
    row = queries.finding(request.principal, finding_id)
    if row.organization_id != request.organization.pk:
        raise NotFound("access.not_found")
    name, style = SEVERITY_NAMES[row.severity]
    remedy = f"{row.code}_remedy"
    context = {
        "finding": row,
        "sentence": said(row, request.principal.language),
        "severity": name,
        "style": style,
        "remedy": texts.render(remedy, row.fields, request.principal.language) if texts.known(remedy) else "",
    }
    return render(request, "evidence/finding.html", context)


@require_safe
@page
def export(request: PageRequest, code: str, form: str) -> HttpResponse:
    """Exactly what the list shows."""
    language = request.principal.language
    rows = [
        {
            "severity": row.severity,
            "message": said(row, language),
            "subject": row.subject.name,
            "location": row.location,
            "engine": row.engine,
            "code": row.code,
            "first_seen": timezone.localtime(row.first_seen_at),
            "last_seen": timezone.localtime(row.last_seen_at),
            "closed": timezone.localtime(row.closed_at) if row.closed_at else "",
        }
        for row in _listed(request)[:MOST_EXPORTED]
    ]
    name = f"findings-{code}-{timezone.localdate(request.now)}"
    return table_attachment(_COLUMNS, rows, form=form, title=pgettext("several", "検出事項"), name=name, language=language)
