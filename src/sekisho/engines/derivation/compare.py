"""Two derivations side by side: two variants of a case, or one case under two editions of the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from sekisho.engines.derivation.result import Derivation, RequirementResult

__all__ = ["Comparison", "DecisionChange", "RequirementChange", "compare"]


class RequirementChange(msgspec.Struct, frozen=True, kw_only=True):
    """A requirement that differs: its range (low, high) and level on both sides; None where it does not hold."""

    id: str
    before: tuple[str, str, str] | None
    after: tuple[str, str, str] | None


class DecisionChange(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that came out differently."""

    id: str
    before: str | None
    after: str | None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What differs. Clauses are ids; ``changed_clauses``: on both sides, with another text."""

    answers: tuple[str, ...]
    conditions: tuple[str, ...]
    decisions: tuple[DecisionChange, ...]
    requirements: tuple[RequirementChange, ...]
    added_clauses: tuple[str, ...]
    removed_clauses: tuple[str, ...]
    changed_clauses: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        return not any(getattr(self, name) for name in self.__struct_fields__)


def _state(result: RequirementResult | None) -> tuple[str, str, str] | None:
    if result is None or not result.holds:
        return None
    return (result.low, result.high, result.level)


def compare(before: Derivation, after: Derivation) -> Comparison:
    """What differs from ``before`` to ``after``."""
    first, second = ({a.question: a.value for a in d.answers} for d in (before, after))
    held, holds = ({c.id: c.value for c in d.conditions} for d in (before, after))
    old, new = ({d.id: d.value for d in x.decisions} for x in (before, after))
    wanted, want = ({r.id: r for r in d.requirements} for d in (before, after))
    was, now = ({c.id: (c.text, c.items) for c in d.included} for d in (before, after))
    return Comparison(
        answers=tuple(name for name in first | second if first.get(name) != second.get(name)),
        conditions=tuple(name for name in held | holds if held.get(name) != holds.get(name)),
        decisions=tuple(
            DecisionChange(id=name, before=old.get(name), after=new.get(name))
            for name in old | new
            if old.get(name) != new.get(name)
        ),
        requirements=tuple(
            RequirementChange(id=name, before=_state(wanted.get(name)), after=_state(want.get(name)))
            for name in wanted | want
            if _state(wanted.get(name)) != _state(want.get(name))
        ),
        added_clauses=tuple(name for name in now if name not in was),
        removed_clauses=tuple(name for name in was if name not in now),
        changed_clauses=tuple(name for name in now if name in was and was[name] != now[name]),
    )
