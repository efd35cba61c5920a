"""What a level for all judgements of a subject would change in their targets, and what it leaves alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sekisho.records.assessment.models import Judgement, Level, TargetOrigin
from sekisho.records.organization.queries import visible_to

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sekisho.records.organization.principals import Principal
    from sekisho.records.subjects.models import Subject

__all__ = ["BOUGHT_CATALOG", "STRENGTH_TARGETS", "Aim", "TargetPlan", "plan_of", "target_plan"]

BOUGHT_CATALOG: Final = "sbd"
STRENGTH_TARGETS: Final = {"low": Level.UME, "mid": Level.TAKE, "high": Level.MATSU}
"""The target that goes with the strength with which a requirement was bought."""

_KEPT: Final = frozenset({"person", "removed", "bought"})


@dataclass(frozen=True, slots=True)
class Aim:
    """A judgement, the level it would aim at, and what becomes of it: new, raised, lowered, same, person, removed, bought."""

    judgement: Judgement
    level: int
    what: str


@dataclass(frozen=True, slots=True)
class TargetPlan:
    """``changing`` would be written, ``same`` aim there already, ``kept`` were decided by a person or bought with a contract.

    ``digest`` names what was looked at: it becomes another one as soon as a target or the set of judgements changes.
    """

    level: int
    changing: list[Aim] = field(default_factory=list)
    same: list[Aim] = field(default_factory=list)
    kept: list[Aim] = field(default_factory=list)
    digest: str = ""

    @property
    def total(self) -> int:
        """All judgements of the subject that apply."""
        return len(self.changing) + len(self.same) + len(self.kept)

    def count(self, what: str) -> int:
        """How many of one kind (see :class:`Aim`)."""
        return sum(one.what == what for one in (*self.changing, *self.same, *self.kept))


def target_plan(principal: Principal, *, subject: Subject, level: int) -> TargetPlan:
    """What ``level`` as target would do to the judgements of ``subject`` that the principal sees. One query."""
    rows = visible_to(Judgement.objects.filter(subject=subject, applicable=True), principal)
    heavy = ("explanation", "requirement__search_text", "requirement__levels", "requirement__attributes", "requirement__summary")
    rows = rows.select_related("requirement__catalog").defer(*heavy)
    return plan_of(rows.order_by("requirement__catalog__key", "requirement__position", "pk"), subject=subject, level=level)


def plan_of(rows: Iterable[Judgement], *, subject: Subject, level: int) -> TargetPlan:
    """The plan for judgements of ``subject`` (with requirement and catalogue); pure."""
    plan, seen = TargetPlan(level), hashlib.sha256(str(int(level)).encode())
    for row in rows:
        aim = _aim(row, subject, level)
        (plan.kept if aim.what in _KEPT else plan.same if aim.what == "same" else plan.changing).append(aim)
        seen.update(f"\n{row.pk} {row.target_level} {row.target_origin} {aim.level}".encode())
    return TargetPlan(level, plan.changing, plan.same, plan.kept, seen.hexdigest())


def _aim(row: Judgement, subject: Subject, level: int) -> Aim:
    """A target by grade follows the grade, but never below what the requirement was bought with."""
    present, origin = row.target_level, row.target_origin
    if origin == TargetOrigin.BOUGHT:
        return Aim(row, present if present is not None else level, "bought")
    if origin != TargetOrigin.GRADE and (present is not None or origin == TargetOrigin.PERSON):
        return Aim(row, present or Level.NONE, "removed" if present is None else "person")
    wanted = max(level, _bought(row, subject))
    if present is None:
        return Aim(row, wanted, "new")
    return Aim(row, wanted, "same" if present == wanted else "raised" if present < wanted else "lowered")


def _bought(row: Judgement, subject: Subject) -> int:
    if row.requirement.catalog.key != BOUGHT_CATALOG:
        return Level.NONE
    return STRENGTH_TARGETS.get(str(subject.attributes.get(f"{BOUGHT_CATALOG}:{row.requirement.ref}", "")), Level.NONE)
