"""A notice with all that was done about it, as the executives' page, the notice's page and the figures tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, Q
from django.utils import timezone

from sekisho.records.intelligence.briefing import Told
from sekisho.records.intelligence.models import IocSearch, IocSighting, SearchState
from sekisho.records.intelligence.queries.indicators import of_notice
from sekisho.records.intelligence.rules.times import Times
from sekisho.standards import texts

if TYPE_CHECKING:
    from sekisho.records.intelligence.models import Notice
    from sekisho.records.organization.principals import Principal

__all__ = ["reason_lines", "times_of", "told"]


def times_of(row: Notice) -> Times:
    """From received to reported."""
    return Times(
        received=row.received_at, judged=row.judged_at, blocked=row.blocked_at, searched=row.searched_at, reported=row.reported_at
    )


def reason_lines(row: Notice, language: str) -> list[str]:
    """Why the notice was computed to concern the organisation, as sentences."""
    return [texts.render(one["code"], one["fields"], language) for one in row.relevance.get("reasons", [])]


def told(principal: Principal, row: Notice, *, summary: str = "") -> Told:
    """What the executives are told of a notice that the principal sees. Four queries."""
    rows = of_notice(principal, row)
    figures = rows.order_by().aggregate(
        indicators=Count("pk", distinct=True),
        listed=Count("pk", filter=Q(released_at__isnull=False, removed_at=None), distinct=True),
        blocked=Count("pk", filter=Q(released_at__isnull=False, removed_at=None, blocked_at__isnull=False), distinct=True),
        seen=Count("pk", filter=Q(seen_count__gt=0), distinct=True),
    )
    search = IocSearch.objects.filter(notice=row, state=SearchState.DONE).order_by("-finished_at").first()
    hosts: set[str] = set()
    for found in IocSighting.objects.filter(ioc__in=rows.order_by().values("pk")).values_list("hosts", flat=True)[:500]:
        hosts |= set(found)
    return Told(
        number=row.number,
        title=row.title,
        tlp=row.tlp,
        source=row.source.name if row.source else "",
        summary=summary or _beginning(row.text),
        verdict_reason=row.verdict_reason,
        times=times_of(row),
        reasons=tuple(reason_lines(row, principal.language)),
        searched=_searched(search, principal.language) if search else "",
        seen_hosts=len(hosts),
        cves=tuple(row.cves),
        **figures,
    )


def _beginning(text: str) -> str:
    """The first words of the notice itself, when nobody wrote a summary."""
    return " ".join(text.split())[:300]


def _searched(search: IocSearch, language: str) -> str:
    coverage = search.report.get("coverage")
    return texts.render(
        "intelligence.brief_searched",
        {
            "since": timezone.localtime(search.since).strftime("%Y-%m-%d"),
            "until": timezone.localtime(search.until).strftime("%Y-%m-%d"),
            "rows": f"{search.report.get('rows', 0):,}",
            "coverage": "―" if coverage is None else f"{coverage * 100:.0f}",
            "sources": len(search.report.get("sources", [])),
        },
        language,
    )
