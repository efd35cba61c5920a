"""Which documents a level rule asks for, and whether one would meet it once it is reviewed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sekisho.standards.level_rules import LEVELS, DocumentCondition, duration, leaves

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.standards.level_rules import LevelRule

__all__ = ["asked", "meets"]


def asked(rule: LevelRule | None) -> list[tuple[int, DocumentCondition]]:
    """The documents that the rule asks for, each kind once with the lowest level (1–3) that asks for it."""
    found: dict[str, tuple[int, DocumentCondition]] = {}
    for number, name in enumerate(LEVELS, start=1):
        for leaf in leaves(rule.levels[name].condition) if rule else ():
            if isinstance(leaf, DocumentCondition):
                found.setdefault(leaf.kind, (number, leaf))
    return list(found.values())


def meets(condition: DocumentCondition, *, start: datetime, end: datetime | None, now: datetime) -> bool:
    """Whether a reviewed document of that kind, in force from ``start`` to ``end``, counts at ``now``."""
    if condition.fresh:
        last = start + duration(condition.fresh)
        end = last if end is None else min(end, last)
    return start <= now and (end is None or end > now)
