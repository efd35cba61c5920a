"""The mechanism of requests as pure decisions: who has to decide, in which order, and when a step is through."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sekisho.records.organization.permissions import Role

__all__ = ["LINE", "StepSpec", "StepView", "next_position", "plan_route", "step_outcome"]

LINE: Final = (Role.SYSTEM_OFFICER, Role.CHIEF_OFFICER, Role.CISO)
"""The line of responsibility, upwards."""


@dataclass(frozen=True, slots=True)
class StepSpec:
    """A step of a route. Equal positions run in parallel; ``joint`` (合議) asks every holder, ``advisory`` for an opinion."""

    position: int
    role: Role
    joint: bool = False
    advisory: bool = False


@dataclass(frozen=True, slots=True)
class StepView:
    """What the rules need to know of a step."""

    position: int
    state: str
    advisory: bool


def plan_route(
    specs: Sequence[StepSpec],
    *,
    requester_roles: Collection[Role],
    holders: Mapping[Role, Collection[uuid.UUID]],
    requester: uuid.UUID,
) -> tuple[StepSpec, ...]:
    """The steps that this request really needs.

    A deciding step falls away when nobody but the requester holds its role, or when the requester's own role stands as high in
    the line. If no deciding step is left, the next role up the line that somebody else holds decides. Empty only if there is
    nobody else at all, or if the requester is the highest (the caller tells these apart). Advisory steps stay when somebody
    else can be asked. Positions are numbered anew from 1.
    """
    own = max((LINE.index(role) for role in requester_roles if role in LINE), default=-1)

    def others(role: Role) -> bool:
        return any(person != requester for person in holders.get(role, ()))

    def needed(spec: StepSpec) -> bool:
        if not others(spec.role):
            return False
        return spec.advisory or spec.role not in LINE or LINE.index(spec.role) > own

    kept = [spec for spec in specs if needed(spec)]
    if not any(not spec.advisory for spec in kept):
        upwards = next((role for role in LINE[own + 1 :] if others(role)), None)
        if upwards is not None:
            last = max((spec.position for spec in kept), default=0)
            kept.append(StepSpec(position=last + 1, role=upwards))
        else:
            kept = []
    numbers = {old: new for new, old in enumerate(sorted({spec.position for spec in kept}), start=1)}
    return tuple(StepSpec(numbers[s.position], s.role, s.joint, s.advisory) for s in sorted(kept, key=lambda s: s.position))


def step_outcome(*, joint: bool, holders: Collection[uuid.UUID], approved_for: Collection[uuid.UUID]) -> bool:
    """Whether a step is approved: by one holder, or, when ``joint``, by (or for) every holder."""
    if joint:
        return bool(holders) and set(holders) <= set(approved_for)
    return bool(approved_for)


def next_position(steps: Sequence[StepView]) -> int | None:
    """The position that is to be opened now, or None when every deciding step is through. Advisory steps hold up nothing."""
    waiting = sorted(s.position for s in steps if s.state in {"waiting", "open"} and not s.advisory)
    return waiting[0] if waiting else None
