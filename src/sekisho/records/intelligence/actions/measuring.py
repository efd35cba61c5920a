"""The figures of 5.7 handed in as evidence, so that its level is proposed from them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, OuterRef, Q

from sekisho.engines.observation import encode
from sekisho.errors import InputError, NotFound
from sekisho.records.evidence import actions as evidence
from sekisho.records.intelligence import bound
from sekisho.records.intelligence.models import Handout, Notice, NoticeReceipt
from sekisho.records.intelligence.rules.blocking import BLOCKABLE
from sekisho.records.intelligence.rules.times import WINDOW, NoticeFacts
from sekisho.records.ledger.actions import recording
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["facts_of", "measure", "measure_all"]


def facts_of(organization_id: uuid.UUID, *, now: datetime) -> list[NoticeFacts]:
    """What is known of each notice that was received within the window. One query."""
    kinds = sorted(BLOCKABLE)
    blockable = Q(origins__ioc__kind__in=kinds, origins__ioc__wants_block=True) & (
        Q(origins__ioc__removed_at=None) | Q(origins__ioc__released_at__isnull=False)
    )
    outside = Handout.objects.filter(notice=OuterRef("pk")).exclude(audience="organization")
    given_back = NoticeReceipt.objects.filter(notice=OuterRef("pk"), source__gives_back=True)
    rows = Notice.objects.filter(organization_id=organization_id, received_at__gte=now - WINDOW, received_at__lte=now).annotate(
        iocs=Count("origins", distinct=True),
        blockable=Count("origins", filter=blockable, distinct=True),
        out=Exists(outside),
        again=Exists(given_back),
    )
    return [
        NoticeFacts(
            received=row.received_at,
            verdict=row.verdict,
            horizon=row.horizon,
            judged=row.judged_at,
            blocked=row.blocked_at,
            searched=row.searched_at,
            reported=row.reported_at,
            announced=row.announced_at,
            indicators=row.iocs,
            blockable=row.blockable,
            shared_in=row.again or bool(row.source and row.source.gives_back),
            shared_out=row.out,
        )
        for row in rows.select_related("source").order_by("pk")
    ]


def measure(principal: Principal, organization: Organization, *, now: datetime) -> dict[str, Any]:
    """Hand in the figures of one organisation about itself. Raises InputError when refused, NotFound without its subject."""
    principal.require("intelligence.judge", organization.pk)
    subject = subject_queries.organization_subject(organization.pk)
    if subject is None:
        raise NotFound("access.not_found")
    facts = facts_of(organization.pk, now=now)
    made = bound.load("measuring").observe(facts, kind=subject.kind, name=subject.name, now=now)
    with recording(principal, "intelligence.measure", now=now, organization_id=organization.pk) as entry:
        result = evidence.receive_observations(SYSTEM, observations=[encode(made)], subject=subject, now=now).results[0]
        if result.status == "refused":
            raise InputError(result.code, problems=tuple(result.problems), **result.fields)
        entry.about(subject.pk)
        entry.fact(notices=len(facts), content=result.content_id)
    return {"notices": len(facts)}


def measure_all(principal: Principal, *, now: datetime) -> int:
    """Hand in the figures of every organisation that has notices. By the installation, daily."""
    principal.require("installation.manage", None)
    places = set(Notice.objects.filter(received_at__gte=now - WINDOW).values_list("organization_id", flat=True))
    rows = organization_queries.organizations(SYSTEM).filter(pk__in=places).order_by("pk")
    for one in rows:
        if subject_queries.organization_subject(one.pk) is not None:
            measure(SYSTEM, one, now=now)
    return len(rows)
