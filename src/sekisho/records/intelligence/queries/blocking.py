"""Releases, proofs that something is blocked, and what was written out."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, OuterRef, Q

from sekisho.records.intelligence.models import BlockProof, Handout, Release, ReleaseItem
from sekisho.records.intelligence.queries.indicators import iocs
from sekisho.records.intelligence.queries.notices import READ, notices
from sekisho.records.organization.queries import visible_to, within
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sekisho.records.intelligence.models import Ioc, Notice
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["handouts", "items_of", "of_notice", "proofs", "proofs_of", "release", "releases"]


def releases(principal: Principal, organization: Organization | None = None, *, state: str = "") -> QuerySet[Release]:
    """The releases, newest first, of notices that the reader sees, with ``size``."""
    rows = visible_to(Release.objects.select_related("organization", "notice", "made_by", "request"), principal, action=READ)
    if not principal.is_system:
        rows = rows.filter(Q(notice=None) | Q(notice__in=notices(principal).values("pk")))
    if organization is not None:
        rows = rows.filter(organization__in=within(organization.pk))
    if state:
        rows = rows.filter(state=state)
    return rows.annotate(size=Count("items")).order_by("-made_at", "pk")


def release(principal: Principal, release_id: uuid.UUID) -> Release:
    """One release. Raises NotFound."""
    return the_row(releases(principal).filter(pk=release_id))


def of_notice(principal: Principal, row: Notice) -> QuerySet[Release]:
    """The releases of a notice."""
    return releases(principal).filter(notice=row)


def items_of(principal: Principal, row: Release) -> QuerySet[ReleaseItem]:
    """The indicators of a release that the reader sees."""
    return ReleaseItem.objects.filter(release=row, ioc__in=iocs(principal).values("pk")).select_related("ioc").order_by("pk")


def proofs(principal: Principal, organization: Organization | None = None) -> QuerySet[BlockProof]:
    """What shows that something is blocked, newest first, with ``size``: how many indicators it shows."""
    rows = visible_to(BlockProof.objects.select_related("person", "organization"), principal, action=READ)
    if organization is not None:
        rows = rows.filter(organization__in=within(organization.pk))
    return rows.annotate(size=Count("iocs")).order_by("-at", "pk")


def proof(principal: Principal, proof_id: uuid.UUID) -> BlockProof:
    """One proof. Raises NotFound."""
    return the_row(proofs(principal).filter(pk=proof_id))


def proofs_of(principal: Principal, row: Ioc) -> QuerySet[BlockProof]:
    """What shows that an indicator is blocked."""
    return proofs(principal).filter(Exists(BlockProof.iocs.through.objects.filter(blockproof=OuterRef("pk"), ioc=row)))


def handouts(principal: Principal, organization: Organization) -> QuerySet[Handout]:
    """What was written out, newest first."""
    rows = visible_to(Handout.objects.select_related("person", "notice"), principal, action=READ)
    if not principal.is_system:
        rows = rows.filter(Q(notice=None) | Q(notice__in=notices(principal).values("pk")))
    return rows.filter(organization__in=within(organization.pk)).order_by("-at", "pk")
