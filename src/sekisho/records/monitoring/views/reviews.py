"""Pages of reviews: begun, watched while the rules run, worked on, finished."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.jobs import queries as job_queries
from sekisho.records.languages import language
from sekisho.records.monitoring import actions
from sekisho.records.monitoring.forms.fields import ReasonForm
from sekisho.records.monitoring.forms.reviews import FinishForm, ReviewForm
from sekisho.records.monitoring.queries import alerts as alert_queries
from sekisho.records.monitoring.queries import reviews as queries
from sekisho.records.monitoring.queries import sources as source_queries
from sekisho.records.monitoring.views.alerts import lines_of
from sekisho.records.monitoring.views.common import MOST_EXPORTED, choice_of, export, local, page_of
from sekisho.records.monitoring.views.explaining import explained
from sekisho.records.monitoring.views.names import PURPOSES, REVIEW_STATES
from sekisho.records.pages import PageRequest, beside, page, tell
from sekisho.records.tabular import Column

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sekisho.records.monitoring.models import LogReview

_COLUMNS: Final = (
    Column("title", "点検", "Review", width=34),
    Column("purpose", "目的", "Purpose", width=14),
    Column("start", "期間の始め", "Period from", width=18),
    Column("end", "期間の終わり", "Period to", width=18),
    Column("state", "状態", "State", width=16),
    Column("found", "検出", "Findings", width=10),
    Column("due", "期限", "Due", width=18),
    Column("finished", "終えた日時", "Finished", width=18),
    Column("by", "終えた人", "Finished by", width=24),
    Column("organization", "組織", "Organisation", width=24),
)


def _listed(request: PageRequest) -> QuerySet[LogReview]:
    return queries.listed_reviews(
        request.principal,
        request.organization,
        state=choice_of(request, "state", REVIEW_STATES),
        purpose=choice_of(request, "purpose", PURPOSES),
    )


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """Reviews, newest first."""
    del code
    request.principal.require("monitoring.read", request.organization.pk)
    shown = page_of(request, _listed(request))
    context: dict[str, Any] = {
        "page": shown,
        "rows": [{"review": row, "state": REVIEW_STATES[row.state], "purpose": PURPOSES[row.purpose][0]} for row in shown],
        "states": [(key, name) for key, (_style, name) in REVIEW_STATES.items()],
        "purposes": [(key, name) for key, (name, _what) in PURPOSES.items()],
        "filtered": any(request.GET.get(name) for name in ("purpose", "state")),
        "may_review": request.principal.may("monitoring.review", request.organization.pk),
    }
    return render(request, "monitoring/reviews.html", context)


@require_safe
@page
def export_list(request: PageRequest, code: str, form: str) -> HttpResponse:
    """Exactly the reviews that the list shows."""
    del code
    request.principal.require("monitoring.read", request.organization.pk)
    rows = [
        {
            "title": row.title,
            "purpose": str(PURPOSES[row.purpose][0]),
            "start": local(row.period_start),
            "end": local(row.period_end),
            "state": str(REVIEW_STATES[row.state][1]),
            "found": row.found,  # type: ignore[attr-defined] # annotated
            "due": local(row.due_at),
            "finished": local(row.finished_at),
            "by": str(row.finished_by or ""),
            "organization": row.organization.name,
        }
        for row in _listed(request)[:MOST_EXPORTED]
    ]
    return export(request, _COLUMNS, rows, form=form, title=_("ログの点検"), name="log-reviews")


@require_http_methods(["GET", "POST"])
@page
def create(request: PageRequest, code: str) -> HttpResponse:
    """Begin a review beside the plans."""
    place = request.organization.pk
    request.principal.require("monitoring.review", place)
    now = timezone.localtime(request.now)
    form = ReviewForm(
        request.POST or None,
        sources=source_queries.sources(request.principal).filter(organization=place, retired_at=None).order_by("name"),
        initial={
            "purpose": choice_of(request, "purpose", PURPOSES, default="cause"),
            "since": now - timedelta(days=7),
            "until": now,
        },
    )
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = actions.begin_review(
                request.principal,
                organization=request.organization,
                title=given["title"],
                purpose=given["purpose"],
                sources=[uuid.UUID(key) for key in given["sources"]],
                period=(given["since"], given["until"]),
                now=request.now,
            )
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            return redirect("monitoring:log_review", code, made.pk)
    has_sources = bool(form.fields["sources"].choices)  # type: ignore[attr-defined] # a field of choices
    context = {"form": form, "lines": lines, "has_sources": has_sources}
    return render(request, "monitoring/review_new.html", context, status=422 if form.errors or lines else 200)


def _review(request: PageRequest, log_review_id: uuid.UUID) -> LogReview:
    row = queries.review(request.principal, log_review_id)
    if row.organization_id != request.organization.pk:
        raise NotFound("access.not_found")
    return row


def _job(request: PageRequest, row: LogReview) -> Any:
    return job_queries.jobs(request.principal).filter(pk=row.job_id).first() if row.job_id else None


@require_safe
@page
def detail(request: PageRequest, code: str, log_review_id: uuid.UUID) -> HttpResponse:
    """One review: what was found, what was covered, what people write."""
    del code
    return _detail(request, _review(request, log_review_id))


def _detail(
    request: PageRequest, row: LogReview, *, status: int = 200, form: FinishForm | None = None, lines: Any = ()
) -> HttpResponse:
    if row.state == "running":
        return render(request, "monitoring/review_running.html", {"review": row, "job": _job(request, row)})
    found = page_of(request, alert_queries.of_review(request.principal, row))
    may = request.principal.may("monitoring.review", row.organization_id)
    is_open = row.state == "open"
    error = row.explanation.get("error")
    context = {
        "review": row,
        "state": REVIEW_STATES[row.state],
        "purpose": PURPOSES[row.purpose],
        "page": found,
        "rows": lines_of(found),
        "waiting": row.seen.filter(alert__state="new", alert__suppressed_by=None).count() if is_open else 0,
        "explained": explained(row.explanation, language()) if not error else None,
        "error": error,
        "on_time": row.due_at is None or (row.finished_at or request.now) <= row.due_at,
        "evidence": list(row.evidence.select_related("subject")) if row.state == "finished" else [],
        "may_review": may and is_open,
        "form": form or FinishForm(initial={"notes": row.notes, "version": row.version}),
        "lines": lines,
    }
    return render(request, "monitoring/review.html", context, status=status)


@require_safe
@page
def running(request: PageRequest, code: str, log_review_id: uuid.UUID) -> HttpResponse:
    """The part of the page that renews itself; once the rules have run the page opens anew."""
    row = _review(request, log_review_id)
    response = render(request, "monitoring/_review_running.html", {"review": row, "job": _job(request, row)})
    if row.state != "running":
        response["HX-Redirect"] = reverse("monitoring:log_review", args=[code, row.pk])
    return response


@require_POST
@page
def save(request: PageRequest, code: str, log_review_id: uuid.UUID) -> HttpResponse:
    """Keep the notes, or finish with them (the button says which)."""
    row = _review(request, log_review_id)
    form = FinishForm(request.POST)
    if not form.is_valid():
        return _detail(request, row, status=422, form=form)
    finishing = "finish" in request.POST
    action = actions.finish_review if finishing else actions.save_notes
    try:
        action(request.principal, row, notes=form.cleaned_data["notes"], version=form.cleaned_data["version"], now=request.now)
    except (InputError, Conflict) as error:
        lines = beside(form, error)
        return _detail(request, _review(request, log_review_id), status=error.http_status, form=form, lines=lines)
    messages.success(request, _("点検を終え、エビデンスにしました。") if finishing else _("所見を保存しました。"))
    return redirect("monitoring:log_review", code, row.pk)


@require_POST
@page
def rerun(request: PageRequest, code: str, log_review_id: uuid.UUID) -> HttpResponse:
    """Apply the rules once more."""
    row = _review(request, log_review_id)
    try:
        actions.rerun_review(request.principal, row, now=request.now)
    except (InputError, Conflict) as error:
        tell(request, error)
    return redirect("monitoring:log_review", code, row.pk)


@require_http_methods(["GET", "POST"])
@page
def cancel(request: PageRequest, code: str, log_review_id: uuid.UUID) -> HttpResponse:
    """Give a review up."""
    row = _review(request, log_review_id)
    request.principal.require("monitoring.review", row.organization_id)
    form = ReasonForm(request.POST or None)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.cancel_review(request.principal, row, reason=form.cleaned_data["reason"], now=request.now)
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("点検を取りやめました。"))
            return redirect("monitoring:log_reviews", code)
    context = {"form": form, "lines": lines, "review": row}
    return render(request, "monitoring/review_cancel.html", context, status=422 if form.errors or lines else 200)
