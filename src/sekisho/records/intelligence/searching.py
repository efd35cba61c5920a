"""What the search box finds in this room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone

from sekisho.records.intelligence.queries.indicators import IocFilters
from sekisho.records.intelligence.queries.indicators import listed as listed_iocs
from sekisho.records.intelligence.queries.notices import NoticeFilters, listed
from sekisho.records.intelligence.rules.labels import shown_label
from sekisho.records.shell import Hit

if TYPE_CHECKING:
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["find"]


def find(principal: Principal, organization: Organization, text: str, limit: int) -> list[Hit]:
    """Notices and indicators whose label lets the principal see them."""
    hits = [
        Hit(row.title, reverse("intelligence:notice", args=[organization.code, row.pk]), row.number, shown_label(row.tlp))
        for row in listed(principal, organization, filters=NoticeFilters(text=text))[:limit]
    ]
    rows = listed_iocs(principal, organization, filters=IocFilters(text=text), now=timezone.now())
    hits += [
        Hit(row.value, reverse("intelligence:ioc", args=[organization.code, row.pk]), "", shown_label(row.tlp))
        for row in rows[: max(0, limit - len(hits))]
    ]
    return hits
