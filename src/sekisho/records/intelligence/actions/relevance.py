"""The computed relevance of a notice: what the organisation has, compared with what the notice says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db.models import Sum

from sekisho.records.intelligence import bound
from sekisho.records.intelligence.models import Candidate, Ioc, Notice
from sekisho.records.intelligence.queries.inventory import holdings
from sekisho.records.intelligence.rules.intake import segments

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["compute"]

_LONGEST: Final = 200_000


def _words(notice: Notice) -> str:
    """The text without what may be indicators: a word within an address names no product."""
    places = Candidate.objects.filter(notice=notice, start__isnull=False).values_list("start", "end")
    pieces = segments(notice.text[:_LONGEST], [(start or 0, end or 0, "x") for start, end in places])
    return " ".join(piece for piece, key in pieces if not key)


def compute(notice: Notice, *, now: datetime) -> None:
    """Write score and reasons to the notice. Inside the caller's recording; no decision: that is a person's."""
    held = holdings(notice.organization_id)
    seen = Ioc.objects.filter(origins__notice=notice).aggregate(n=Sum("seen_count"))["n"] or 0
    found = bound.load("weighing").weigh(
        title=notice.title,
        text="\n".join([_words(notice), *notice.sectors]),
        products=tuple(notice.products),
        cves=tuple(notice.cves),
        published=notice.published_at,
        sightings=seen,
        inventory=held,
        now=now,
    )
    value = {**found, "at": now.isoformat(), "inventories": held.inventories, "products": len(held.products)}
    Notice.objects.filter(pk=notice.pk).update(relevance=value)
    notice.relevance = value
