"""What a level that a person asked for rests on: documents that were reviewed, or the person's word alone."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.db.models import Q

from sekisho.records.assessment.actions.common import save
from sekisho.records.assessment.models import Basis, Judgement
from sekisho.records.assessment.sources import family_of
from sekisho.records.evidence import queries as evidence
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.subjects import queries as subject_queries
from sekisho.standards.level_rules import duration, generic_rule

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection

    from sekisho.records.organization.principals import Principal

__all__ = ["ground", "ground_again", "supporting_documents"]

_BY_WORD: Final = (Judgement.State.DECLARED, Judgement.State.OVERRIDDEN)


def supporting_documents(judgement: Judgement, *, now: datetime) -> list[tuple[uuid.UUID, datetime | None]]:
    """Reviewed, valid documents that concern the requirement, held for the subject, a whole of it, or its organisation."""
    above = family_of([judgement.organization_id]).above(judgement.subject_id)
    rows = (
        subject_queries.subjects(SYSTEM)
        .filter(
            Q(evidence__valid_until=None) | Q(evidence__valid_until__gt=now),
            pk__in=above,
            evidence__kind="document",
            evidence__withdrawn_at=None,
            evidence__reviewed_at__isnull=False,
            evidence__valid_from__lte=now,
            evidence__requirement_links__requirement=judgement.requirement_id,
        )
        .order_by()
        .values_list("evidence", "evidence__valid_until")
        .distinct()
    )
    return list(rows)


def ground(judgement: Judgement, *, now: datetime) -> tuple[str, datetime, list[uuid.UUID]]:
    """Basis, until when it holds, and the documents behind it."""
    rule, papers = generic_rule(), supporting_documents(judgement, now=now)
    if not papers:
        return Basis.DECLARED, now + duration(rule.declared_for), []
    last = max((until or datetime.max.replace(tzinfo=now.tzinfo) for _, until in papers))
    return Basis.DOCUMENTED, min(last, now + duration(rule.documented_for)), [pk for pk, _ in papers]


def ground_again(
    principal: Principal,
    *,
    organization_id: uuid.UUID,
    subject_ids: Collection[uuid.UUID],
    below: Collection[uuid.UUID],
    now: datetime,
) -> int:
    """Count as 文書 what was declared before the documents of ``subject_ids`` were reviewed; returns how many judgements.

    ``below``: the subjects that those documents speak for. The level stays what the person said; only what it rests on, and
    until when, changes. Safe to repeat.
    """
    papers = evidence.valid_documents(subject_ids, now)
    concerned = {requirement for paper in papers if paper.reviewed for requirement in paper.requirement_ids}
    if not concerned:
        return 0
    rows = Judgement.objects.filter(
        organization=organization_id,
        subject__in=list(below),
        requirement__in=concerned,
        applicable=True,
        level__isnull=False,
        basis=Basis.DECLARED,
        state__in=_BY_WORD,
        stale_at=None,  # a word that has aged is not renewed by a paper: somebody says it again
        fresh_until__gt=now,
    )
    changed = 0
    for row in rows.select_related("requirement__catalog", "subject").order_by("pk"):
        basis, until, found = ground(row, now=now)
        if basis != Basis.DOCUMENTED:
            continue
        explanation = {**row.explanation, "evidence": [str(pk) for pk in found]}
        changes = {"basis": basis, "fresh_until": until, "explanation": explanation}
        save(principal, row, version=row.version, what="documented", changes=changes, now=now, facts={"basis": str(basis)})
        row.evidence.set(found)  # type: ignore[arg-type] # ids do as well as rows
        changed += 1
    return changed
