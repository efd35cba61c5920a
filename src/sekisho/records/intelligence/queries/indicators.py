"""Indicators, the block list, the allow-list: what the labels of their notices let the reader see."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, OuterRef, Q

from sekisho.records.intelligence.models import Allowed, Ioc, IocOrigin, Notice
from sekisho.records.intelligence.queries.notices import READ, notices
from sekisho.records.intelligence.rules.intake import OwnNames
from sekisho.records.intelligence.rules.labels import LABELS, RED
from sekisho.records.organization.queries import visible_to, within
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = [
    "IocFilters",
    "allowed",
    "block_list",
    "counts_by_state",
    "ioc",
    "iocs",
    "listed",
    "of_notice",
    "origins_of",
    "own_of",
    "searchable",
]


def iocs(principal: Principal) -> QuerySet[Ioc]:
    """The indicators that the principal may see: those of RED notices only as a named person."""
    rows = visible_to(Ioc.objects.select_related("organization"), principal, action=READ)
    if principal.is_system:
        return rows
    seen = IocOrigin.objects.filter(ioc=OuterRef("pk"), notice__in=notices(principal).values("pk"))
    return rows.filter(~Q(tlp=RED) | Q(Exists(seen)))


def ioc(principal: Principal, ioc_id: uuid.UUID) -> Ioc:
    """One indicator. Raises NotFound."""
    return the_row(iocs(principal).filter(pk=ioc_id))


@dataclass(frozen=True, slots=True)
class IocFilters:
    """How the list is narrowed. ``state``: new, listed (on the block list), blocked, unproven, seen, expired, removed or all."""

    state: str = "all"
    kind: str = ""
    tlp: str = ""
    text: str = ""


def _listed_at(now: datetime) -> Q:
    return Q(released_at__isnull=False, removed_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now))


def _state(state: str, now: datetime) -> Q:
    on_list = _listed_at(now)
    known = {
        "new": Q(released_at=None, removed_at=None),
        "listed": on_list,
        "blocked": on_list & Q(blocked_at__isnull=False),
        "unproven": on_list & Q(blocked_at=None),
        "seen": Q(seen_count__gt=0),
        "expired": Q(expires_at__lte=now),
        "removed": Q(removed_at__isnull=False),
    }
    return known.get(state, Q())


def listed(principal: Principal, organization: Organization, *, filters: IocFilters, now: datetime) -> QuerySet[Ioc]:
    """The indicators of an organisation and those below it, the newest first."""
    rows = iocs(principal).filter(_state(filters.state, now), organization__in=within(organization.pk))
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.tlp in LABELS:
        rows = rows.filter(tlp=filters.tlp)
    if filters.text:
        rows = rows.filter(
            Q(value__icontains=filters.text) | Q(original__icontains=filters.text) | Q(title__icontains=filters.text)
        )
    return rows.order_by("-added_at", "kind", "value", "pk")


def counts_by_state(principal: Principal, organization: Organization, *, now: datetime) -> dict[str, int]:
    """State of :class:`IocFilters` → how many. One query."""
    names = ("new", "listed", "blocked", "unproven", "seen", "expired", "removed")
    counts: dict[str, Any] = {name: Count("pk", filter=_state(name, now)) for name in names}
    return iocs(principal).filter(organization__in=within(organization.pk)).order_by().aggregate(all=Count("pk"), **counts)


def of_notice(principal: Principal, row: Notice) -> QuerySet[Ioc]:
    """The confirmed indicators of a notice that the reader sees."""
    return iocs(principal).filter(origins__notice=row).order_by("kind", "value")


def origins_of(principal: Principal, row: Ioc) -> QuerySet[IocOrigin]:
    """From which notices an indicator came, those only that the reader sees."""
    rows = IocOrigin.objects.filter(ioc=row, notice__in=notices(principal).values("pk"))
    return rows.select_related("notice", "notice__source", "person")


def block_list(principal: Principal, organization: Organization, *, now: datetime) -> QuerySet[Ioc]:
    """What stands on the block list of one organisation now: approved, not taken away, not expired."""
    return iocs(principal).filter(_listed_at(now), organization=organization).order_by("kind", "value", "pk")


def searchable(organization_id: uuid.UUID, *, now: datetime) -> QuerySet[Ioc]:
    """What is searched for: all confirmed indicators of an organisation that are neither taken away nor expired.

    Whoever may see them: what was seen of each is shown by :func:`iocs`.
    """
    in_force = Q(removed_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now))
    return Ioc.objects.filter(in_force, organization_id=organization_id).order_by("pk")


def allowed(principal: Principal, organization: Organization, *, ended: bool = False) -> QuerySet[Allowed]:
    """What must not be blocked in an organisation."""
    rows = visible_to(Allowed.objects.select_related("person", "organization"), principal, action=READ).filter(
        organization=organization
    )
    return (rows if ended else rows.filter(ended_at=None)).order_by("kind", "value", "pk")


def allowed_one(principal: Principal, allowed_id: uuid.UUID) -> Allowed:
    """One entry of the allow-list. Raises NotFound."""
    return the_row(visible_to(Allowed.objects.select_related("organization"), principal, action=READ).filter(pk=allowed_id))


def own_of(organization_id: uuid.UUID) -> OwnNames:
    """The organisation's own names and networks."""
    rows = Allowed.objects.filter(organization_id=organization_id, ended_at=None).values_list("kind", "value")
    found: dict[str, list[str]] = {"domain": [], "network": []}
    for kind, value in rows:
        found[kind].append(value)
    return OwnNames(domains=tuple(found["domain"]), networks=tuple(found["network"]))
