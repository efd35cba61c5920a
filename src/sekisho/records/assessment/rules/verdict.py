"""Three-valued logic (Kleene): what is not known stays undecided unless the rest decides it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["BASIS_STRENGTH", "Outcome", "Verdict", "all_of", "any_of", "weakest"]


class Verdict(StrEnum):
    """Whether a condition holds."""

    TRUE = "true"
    FALSE = "false"
    UNDECIDED = "undecided"


BASIS_STRENGTH: Final = {"measured": 3, "documented": 2, "declared": 1, "": 0}


@dataclass(frozen=True, slots=True)
class Outcome:
    """A judged condition: verdict, what it rests on, until when that is fresh, and how it came about (JSON values)."""

    verdict: Verdict
    basis: str = ""
    fresh_until: datetime | None = None
    evidence: tuple[uuid.UUID, ...] = ()
    detail: dict[str, Any] = field(default_factory=dict)


def weakest(bases: Iterable[str]) -> str:
    """The weakest basis: it is what the whole can claim."""
    return min(bases, key=BASIS_STRENGTH.__getitem__, default="")


def _first_to_end(outcomes: Sequence[Outcome]) -> datetime | None:
    return min((o.fresh_until for o in outcomes if o.fresh_until is not None), default=None)


def _strength(outcome: Outcome) -> tuple[int, float]:
    end = outcome.fresh_until.timestamp() if outcome.fresh_until else float("inf")
    return BASIS_STRENGTH[outcome.basis], end


def _together(verdict: Verdict, deciding: Sequence[Outcome], detail: dict[str, Any]) -> Outcome:
    """Every one of ``deciding`` is needed: the weakest basis, the first end of freshness."""
    evidence = tuple(dict.fromkeys(e for o in deciding for e in o.evidence))
    return Outcome(verdict, weakest(o.basis for o in deciding), _first_to_end(deciding), evidence, detail)


def _best(verdict: Verdict, deciding: Sequence[Outcome], detail: dict[str, Any]) -> Outcome:
    """Any one of ``deciding`` suffices: the strongest basis, then the longest fresh."""
    best = max(deciding, key=_strength)
    return Outcome(verdict, best.basis, best.fresh_until, best.evidence, detail)


def all_of(outcomes: Sequence[Outcome]) -> Outcome:
    """True when all are; false when one is."""
    detail = {"type": "all", "items": [o.detail for o in outcomes]}
    if failed := [o for o in outcomes if o.verdict is Verdict.FALSE]:
        return _best(Verdict.FALSE, failed, detail | {"verdict": "false"})
    if all(o.verdict is Verdict.TRUE for o in outcomes):
        return _together(Verdict.TRUE, outcomes, detail | {"verdict": "true"})
    return Outcome(Verdict.UNDECIDED, detail=detail | {"verdict": "undecided"})


def any_of(outcomes: Sequence[Outcome]) -> Outcome:
    """True when one is; false when all are not."""
    detail = {"type": "any", "items": [o.detail for o in outcomes]}
    if met := [o for o in outcomes if o.verdict is Verdict.TRUE]:
        return _best(Verdict.TRUE, met, detail | {"verdict": "true"})
    if all(o.verdict is Verdict.FALSE for o in outcomes):
        return _together(Verdict.FALSE, outcomes, detail | {"verdict": "false"})
    return Outcome(Verdict.UNDECIDED, detail=detail | {"verdict": "undecided"})
