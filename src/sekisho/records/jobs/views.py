"""Pages of jobs: what runs, how far it is, and stopping it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from sekisho.errors import Conflict
from sekisho.records.jobs import actions, queries
from sekisho.records.jobs.models import JobState
from sekisho.records.pages import PageRequest, page, tell

if TYPE_CHECKING:
    import uuid

    from sekisho.records.jobs.models import Job

PER_PAGE = 50


def _job(request: PageRequest, job_id: uuid.UUID) -> Job:
    row = queries.job(request.principal, job_id)
    if row.organization_id not in {None, request.organization.pk}:
        raise Http404
    return row


def _context(request: PageRequest, row: Job) -> dict[str, Any]:
    is_open = row.state in {JobState.QUEUED, JobState.RUNNING}
    own = row.started_by_id is not None and row.started_by_id == request.principal.person_id
    left = None
    if row.state == JobState.RUNNING and row.started_at and 0 < row.done < row.total:
        spent = (request.now - row.started_at).total_seconds()
        left = round(spent / row.done * (row.total - row.done))
    may_cancel = is_open and not row.cancel_requested and (own or request.principal.may("job.manage", row.organization_id))
    return {"job": row, "is_open": is_open, "left": left, "may_cancel": may_cancel}


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """The organisation's jobs, newest first."""
    del code
    state = request.GET.get("state", "")
    rows = queries.jobs(request.principal, organization_id=request.organization.pk, state=state)
    shown = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "jobs/index.html", {"page": shown, "states": JobState.values})


@require_safe
@page
def detail(request: PageRequest, code: str, job_id: uuid.UUID) -> HttpResponse:
    """One job; its progress renews itself while it is open."""
    del code
    return render(request, "jobs/detail.html", _context(request, _job(request, job_id)))


@require_safe
@page
def progress(request: PageRequest, code: str, job_id: uuid.UUID) -> HttpResponse:
    """The part of the page that renews itself."""
    del code
    return render(request, "jobs/progress.html", _context(request, _job(request, job_id)))


@require_POST
@page
def cancel(request: PageRequest, code: str, job_id: uuid.UUID) -> HttpResponse:
    """Stop a job."""
    row = _job(request, job_id)
    try:
        actions.cancel(request.principal, job=row, now=request.now)
    except Conflict as error:
        tell(request, error)
    return redirect("jobs:detail", code, row.pk)
