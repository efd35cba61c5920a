"""A system that was bought with requirements is judged by them from its hand-over on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils import timezone

from sekisho.errors import InputError
from sekisho.records.assessment.actions.applicability import refresh_applicability
from sekisho.records.assessment.actions.common import save
from sekisho.records.assessment.models import Judgement, TargetOrigin
from sekisho.records.assessment.queries.targets import BOUGHT_CATALOG, STRENGTH_TARGETS

if TYPE_CHECKING:
    import uuid
    from datetime import date, datetime

    from sekisho.records.organization.principals import Principal
    from sekisho.records.subjects.models import Subject

__all__ = ["BOUGHT_CATALOG", "TakenOver", "take_over"]

_SOURCE: Final = 200


@dataclass(frozen=True, slots=True)
class TakenOver:
    """``judgements``: requirement → id of its judgement; ``targets``: how many targets were set; ``missing``: not asked here."""

    judgements: dict[str, uuid.UUID]
    targets: int
    missing: tuple[str, ...]


def take_over(
    principal: Principal,
    *,
    subject: Subject,
    strengths: Mapping[str, str],
    source: str,
    now: datetime,
    on: date | None = None,
) -> TakenOver:
    """Ask the bought requirements of ``subject``, each to reach its level by ``on`` (today): 低位 → 梅, 中位 → 竹, 高位 → 松.

    ``strengths``: requirement of the catalogue ``sbd`` → low, mid, high; the subject has the attribute ``sbd:<requirement>`` for
    each. ``source`` says where they come from (the number of a case) and is kept as the reason. A level is not judged: that needs
    evidence. A higher target that somebody set stays.

    Raises InputError ``assessment.unknown_strength``; NotFound or NotPermitted without ``subject.edit``.
    """
    principal.require("subject.edit", subject.organization_id)
    if wrong := sorted(set(strengths.values()) - set(STRENGTH_TARGETS)):
        raise InputError("assessment.unknown_strength", value=", ".join(str(w)[:20] for w in wrong))
    day = on or timezone.localdate(now)
    with transaction.atomic():
        refresh_applicability(principal, subject_ids=[subject.pk], now=now)
        rows = Judgement.objects.select_for_update().filter(
            subject=subject, applicable=True, requirement__catalog__key=BOUGHT_CATALOG, requirement__ref__in=list(strengths)
        )
        found, changed = {}, 0
        for row in rows.select_related("requirement__catalog", "subject").order_by("requirement__position"):
            found[row.requirement.ref] = row.pk
            level = STRENGTH_TARGETS[strengths[row.requirement.ref]]
            by_grade = row.target_origin == TargetOrigin.GRADE
            if row.target_level is not None and (row.target_level > level or (row.target_level == level and not by_grade)):
                continue
            changed += 1
            save(
                principal,
                row,
                version=row.version,
                what="target",
                changes={
                    "target_level": level,
                    "target_on": day,
                    "target_origin": TargetOrigin.BOUGHT,
                    "target_reason": source[:_SOURCE],
                },
                now=now,
                reason=source[:_SOURCE],
                facts={"target": int(level), "on": day.isoformat(), "strength": strengths[row.requirement.ref]},
            )
    return TakenOver(found, changed, tuple(sorted(set(strengths) - set(found))))
