"""The room's first page, and the page of 予防."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from sekisho.records.languages import language
from sekisho.records.monitoring import drawing
from sekisho.records.monitoring.models import Purpose
from sekisho.records.monitoring.queries import alerts as alert_queries
from sekisho.records.monitoring.queries import reviews as review_queries
from sekisho.records.monitoring.queries import sources as source_queries
from sekisho.records.monitoring.views.alerts import lines_of
from sekisho.records.monitoring.views.names import PURPOSES, REVIEW_STATES
from sekisho.records.monitoring.views.sources import owner_of
from sekisho.records.pages import PageRequest, page
from sekisho.standards import texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sekisho.records.monitoring.models import LogReview


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """What is due, what waits, what fell silent, for each purpose."""
    del code
    principal, here, now = request.principal, request.organization, request.now
    principal.require("monitoring.read", here.pk)
    plans = review_queries.listed_plans(principal, here, now=now)
    sources = source_queries.listed(principal, here)
    running = review_queries.listed_reviews(principal, here).filter(state__in=("running", "open"))[:10]
    silent = source_queries.silent(sources, now=now)
    recent = alert_queries.listed(principal, here, filters=alert_queries.AlertFilters(state="new"))[:8]
    context: dict[str, Any] = {
        "plans": [
            {"plan": row, "purpose": PURPOSES[row.purpose][0], "late": row.due_at < now, "owner": owner_of(row)}
            for row in plans[:8]
        ],
        "reviews": [{"review": row, "state": REVIEW_STATES[row.state], "purpose": PURPOSES[row.purpose][0]} for row in running],
        "silent": silent[:10],
        "silent_count": len(silent),
        "source_count": sources.count(),
        "purposes": [
            {"key": key, "name": name, "what": what, "counts": alert_queries.counts_by_state(principal, here, purpose=key)}
            for key, (name, what) in PURPOSES.items()
        ],
        "waiting": lines_of(recent),
        "may_source": principal.may("monitoring.source", here.pk),
        "may_plan": principal.may("monitoring.plan", here.pk),
        "may_search": principal.may("monitoring.search", here.pk),
        "may_triage": principal.may("monitoring.triage", here.pk),
    }
    return render(request, "monitoring/home.html", context)


@require_safe
@page
def prevention(request: PageRequest, code: str) -> HttpResponse:
    """予防: courses with their limit and the time to it; what is ahead (予兆) apart from what has happened (兆候)."""
    del code
    principal, here = request.principal, request.organization
    principal.require("monitoring.read", here.pk)
    review = (
        review_queries.reviews(principal)
        .filter(organization=here, purpose=Purpose.PREVENTION, state__in=("open", "finished"))
        .order_by("-period_end", "-started_at")
        .first()
    )
    waiting = alert_queries.AlertFilters(state="open", purpose=Purpose.PREVENTION)
    found = lines_of(alert_queries.listed(principal, here, filters=waiting)[:200])
    context: dict[str, Any] = {
        "review": review,
        "courses": courses_of(review) if review is not None else [],
        "ahead": [line for line in found if line["alert"].sign == "precursor"],
        "occurred": [line for line in found if line["alert"].sign == "indication"],
        "may_review": principal.may("monitoring.review", here.pk),
    }
    return render(request, "monitoring/prevention.html", context)


def _course(line: Mapping[str, Any], end: Any) -> dict[str, Any]:
    spoken = language()
    points = [(moment, float(value)) for at, value in line.get("points", ()) if (moment := parse_datetime(at)) is not None]
    reached = parse_datetime(line["reached_at"]) if line.get("reached_at") else None
    title = line.get("title", {})
    shown = title.get(spoken) or title.get("ja") or line.get("rule", "")
    left = (reached - end) if reached is not None else None
    beyond = bool(line.get("is_reached"))
    far = left is not None and left > timedelta(days=line.get("horizon_days", 0))
    return {
        **line,
        "title": shown,
        "sentence": texts.render(line["code"], dict(line.get("fields", {})), spoken) if line.get("code") else "",
        "points": points,
        "reached": reached,
        "beyond": beyond,
        "far": far,
        "left_days": round(left / timedelta(days=1), 1) if left is not None else None,
        "chart": drawing.course_svg(
            points,
            limit=line.get("limit"),
            reached=None if far or beyond else reached,
            label=f"{shown} {line.get('entity', '')}".strip(),
            unit=str(line.get("unit", "")),
        ),
    }


def courses_of(review: LogReview) -> list[dict[str, Any]]:
    """The courses of a review, the one that meets its limit first at the top, those that do not meet it at the end."""
    made = [_course(line, review.period_end) for line in review.trends]
    return sorted(made, key=lambda line: (not line["beyond"], line["left_days"] is None, line["left_days"] or 0.0))
