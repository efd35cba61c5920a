"""Pages of sources: the list, registering and changing one, handing in logs, what a reading gave."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.jobs import queries as job_queries
from sekisho.records.languages import language
from sekisho.records.monitoring import actions, eventstore
from sekisho.records.monitoring.forms.fields import ReasonForm, owner_value, split_owner
from sekisho.records.monitoring.forms.sources import SourceForm, UploadForm
from sekisho.records.monitoring.queries import sources as queries
from sekisho.records.monitoring.views.common import MOST_EXPORTED, choice_of, export, local, page_of, text_of
from sekisho.records.monitoring.views.names import INGESTION_STATES, WAYS
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.role_names import ROLE_NAMES
from sekisho.records.pages import PageRequest, beside, page
from sekisho.records.subjects import queries as subject_queries
from sekisho.records.tabular import Column

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sekisho.records.monitoring.models import Ingestion, LogSource

_COLUMNS: Final = (
    Column("name", "名称", "Name", width=30),
    Column("kind", "種類", "Kind", width=24),
    Column("subject", "対象", "Subject", width=24),
    Column("owner", "責任者", "Owner", width=24),
    Column("rhythm", "ふだんの間隔（時間）", "Rhythm (hours)", width=14),
    Column("retention", "残す日数", "Retention (days)", width=12),
    Column("events", "記録の数", "Events", width=12),
    Column("first", "最初の記録", "First event", width=18),
    Column("last", "最後の記録", "Last event", width=18),
    Column("silent", "途絶えている時間", "Silent for (hours)", width=16),
    Column("organization", "組織", "Organisation", width=24),
)


def _listed(request: PageRequest) -> QuerySet[LogSource]:
    return queries.listed(
        request.principal,
        request.organization,
        state=choice_of(request, "state", ("retired", "all")),
        kind=text_of(request, "kind", limit=64),
        text=text_of(request),
    )


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """The sources of the organisation and those below: what comes, since when, and what fell silent."""
    del code
    request.principal.require("monitoring.read", request.organization.pk)
    shown = page_of(request, _listed(request))
    names = eventstore.kind_names(language())
    rows = [
        {
            "source": row,
            "kind": names.get(row.kind, row.kind),
            "silence": queries.silence_of(row, now=request.now),
            "owner": owner_of(row),
        }
        for row in shown
    ]
    context: dict[str, Any] = {
        "page": shown,
        "rows": rows,
        "kinds": names.items(),
        "filtered": any(request.GET.get(name) for name in ("q", "kind", "state")),
        "may_edit": request.principal.may("monitoring.source", request.organization.pk),
    }
    return render(request, "monitoring/sources.html", context)


def owner_of(row: Any) -> str:
    """Who owns a source or a plan, in words."""
    if row.owner:
        return str(row.owner)
    return str(ROLE_NAMES.get(row.owner_role, "")) if row.owner_role else ""


@require_safe
@page
def export_list(request: PageRequest, code: str, form: str) -> HttpResponse:
    """Exactly the sources that the list shows."""
    del code
    request.principal.require("monitoring.read", request.organization.pk)
    names = eventstore.kind_names(language())
    rows = []
    for row in _listed(request)[:MOST_EXPORTED]:
        quiet = queries.silence_of(row, now=request.now)
        rows.append(
            {
                "name": row.name,
                "kind": names.get(row.kind, row.kind),
                "subject": row.subject.name if row.subject else "",
                "owner": owner_of(row),
                "rhythm": row.rhythm_hours,
                "retention": row.retention_days,
                "events": row.events,
                "first": local(row.first_event_at),
                "last": local(row.last_event_at),
                "silent": quiet.hours if quiet else "",
                "organization": row.organization.name,
            }
        )
    return export(request, _COLUMNS, rows, form=form, title=_("ログの取得元"), name="log-sources")


def _form(request: PageRequest, organization_id: uuid.UUID, row: LogSource | None = None) -> SourceForm:
    initial = None
    if row is not None:
        initial = {
            "name": row.name,
            "kind": row.kind,
            "subject": str(row.subject_id or ""),
            "owner": owner_value(row.owner_id, row.owner_role),
            "rhythm_hours": row.rhythm_hours,
            "retention_days": row.retention_days,
            "time_zone": row.time_zone,
            "encoding": row.encoding,
            "watches_folder": row.watches_folder,
            "note": row.note,
        }
    return SourceForm(
        request.POST or None,
        people=organization_queries.people_of(organization_id, today=timezone.localdate(request.now)).order_by("name"),
        subjects=subject_queries.in_organization(request.principal, organization_id)
        .filter(kind__in=("information_system", "host", "site", "device", "cloud_service"))
        .order_by("kind", "name")[:1000],
        language=language(),
        initial=initial,
    )


def _facts(form: SourceForm) -> actions.SourceFacts:
    given = form.cleaned_data
    person, role = split_owner(given["owner"])
    return actions.SourceFacts(
        name=given["name"],
        kind=given["kind"],
        subject_id=uuid.UUID(given["subject"]) if given["subject"] else None,
        owner_id=uuid.UUID(person) if person else None,
        owner_role=role,
        rhythm_hours=given["rhythm_hours"],
        retention_days=given["retention_days"],
        time_zone=given["time_zone"],
        encoding=given["encoding"],
        watches_folder=given["watches_folder"],
        note=given["note"],
    )


@require_http_methods(["GET", "POST"])
@page
def create(request: PageRequest, code: str) -> HttpResponse:
    """Register a source."""
    request.principal.require("monitoring.source", request.organization.pk)
    form = _form(request, request.organization.pk)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.register_source(
                request.principal, organization=request.organization, facts=_facts(form), now=request.now
            )
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("取得元を登録しました。つぎは、ログを渡します。"))
            return redirect("monitoring:source", code, made.pk)
    context = {"form": form, "lines": lines, "source": None}
    return render(request, "monitoring/source_edit.html", context, status=422 if form.errors or lines else 200)


def _source(request: PageRequest, source_id: uuid.UUID) -> LogSource:
    row = queries.source(request.principal, source_id)
    if row.organization_id != request.organization.pk:
        raise NotFound("access.not_found")
    return row


@require_safe
@page
def detail(request: PageRequest, code: str, source_id: uuid.UUID) -> HttpResponse:
    """One source: what is known of it, how logs come in, what was read."""
    del code
    return _detail(request, _source(request, source_id), UploadForm(), [])


def _detail(request: PageRequest, row: LogSource, form: UploadForm, lines: list[str], *, status: int = 200) -> HttpResponse:
    principal = request.principal
    read = page_of(request, queries.ingestions(principal, source=row), each=20)
    context = {
        "source": row,
        "kind": eventstore.kind_names(language()).get(row.kind, row.kind),
        "owner": owner_of(row),
        "silence": queries.silence_of(row, now=request.now),
        "page": read,
        "rows": [{"row": one, "state": INGESTION_STATES[one.state], "way": WAYS.get(one.way, one.way)} for one in read],
        "folder": eventstore.folder_shown(row.organization_id, row.pk) if row.watches_folder else "",
        "may_edit": row.retired_at is None and principal.may("monitoring.source", row.organization_id),
        "may_ingest": row.retired_at is None and principal.may("monitoring.ingest", row.organization_id),
        "may_search": principal.may("monitoring.search", row.organization_id),
        "form": form,
        "lines": lines,
    }
    return render(request, "monitoring/source.html", context, status=status)


@require_http_methods(["POST"])
@page
def upload(request: PageRequest, code: str, source_id: uuid.UUID) -> HttpResponse:
    """Hand in log files; a job reads them."""
    row = _source(request, source_id)
    request.principal.require("monitoring.ingest", row.organization_id)
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _detail(request, row, form, [], status=422)
    handed = [actions.Handed(str(one.name), one.file) for one in form.cleaned_data["logs"]]
    try:
        made = actions.receive_files(request.principal, row, handed, now=request.now)
    except (InputError, Conflict) as error:
        return _detail(request, row, form, beside(form, error), status=error.http_status)
    return redirect("monitoring:ingestion", code, made.pk)


@require_http_methods(["GET", "POST"])
@page
def edit(request: PageRequest, code: str, source_id: uuid.UUID) -> HttpResponse:
    """Change what is said of a source."""
    row = _source(request, source_id)
    request.principal.require("monitoring.source", row.organization_id)
    form = _form(request, row.organization_id, row)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        version = request.POST.get("version", "")
        try:
            actions.edit_source(
                request.principal,
                row,
                facts=_facts(form),
                version=int(version) if version.isascii() and version.isdigit() else row.version,
                now=request.now,
            )
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("取得元の登録を変えました。"))
            return redirect("monitoring:source", code, row.pk)
    context = {"form": form, "lines": lines, "source": row}
    return render(request, "monitoring/source_edit.html", context, status=422 if form.errors or lines else 200)


@require_http_methods(["GET", "POST"])
@page
def retire(request: PageRequest, code: str, source_id: uuid.UUID) -> HttpResponse:
    """No more logs are taken."""
    row = _source(request, source_id)
    request.principal.require("monitoring.source", row.organization_id)
    form = ReasonForm(request.POST or None)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.retire_source(request.principal, row, reason=form.cleaned_data["reason"], now=request.now)
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("取得元を廃止しました。"))
            return redirect("monitoring:sources", code)
    context = {"form": form, "lines": lines, "source": row}
    return render(request, "monitoring/source_retire.html", context, status=422 if form.errors or lines else 200)


# ----------------------------------------------------------------------------------------------------------- readings


def _ingestion(request: PageRequest, ingestion_id: uuid.UUID) -> Ingestion:
    row = queries.ingestion(request.principal, ingestion_id)
    if row.organization_id != request.organization.pk:
        raise NotFound("access.not_found")
    return row


def _ingestion_context(request: PageRequest, row: Ingestion) -> dict[str, Any]:
    job = job_queries.jobs(request.principal).filter(pk=row.job_id).first() if row.job_id else None
    names = eventstore.kind_names(language())
    return {
        "ingestion": row,
        "state": INGESTION_STATES[row.state],
        "way": WAYS.get(row.way, row.way),
        "job": job,
        "kinds": [names.get(key, key) for key in row.report.get("kinds", ())],
        "first_at": _moment(row.report.get("first_at")),
        "last_at": _moment(row.report.get("last_at")),
        "gaps": [(_moment(start), _moment(end)) for start, end in row.report.get("gaps", ())],
    }


def _moment(text: str | None) -> Any:
    return datetime.fromisoformat(text) if text else None


@require_safe
@page
def ingestion(request: PageRequest, code: str, ingestion_id: uuid.UUID) -> HttpResponse:
    """What a reading gave; while it waits, how far it is."""
    del code
    return render(request, "monitoring/ingestion.html", _ingestion_context(request, _ingestion(request, ingestion_id)))


@require_safe
@page
def ingestion_progress(request: PageRequest, code: str, ingestion_id: uuid.UUID) -> HttpResponse:
    """The part of the page that renews itself."""
    del code
    return render(request, "monitoring/_ingestion.html", _ingestion_context(request, _ingestion(request, ingestion_id)))
