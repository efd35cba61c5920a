"""Where an entry stands on a day, from what is kept beside it. No database, no clock."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

__all__ = ["SOON_DAYS", "Standing", "StandingState", "stands"]

SOON_DAYS = 60
"""What becomes due within so many days is shown as coming."""

StandingState = Literal[
    "gone", "held", "no_rule", "undetermined", "permanent", "kept", "soon", "uncertain", "awaiting", "due", "must_delete"
]


@dataclass(frozen=True, slots=True)
class Standing:
    """``state`` and why: names of holds, steps that are open; ``overdue``: days since it was to be deleted."""

    state: StandingState
    holds: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    overdue: int = 0
    body_unknown: bool = False

    @property
    def deletable(self) -> bool:
        """Whether a deletion may be executed now."""
        return self.state in {"due", "must_delete"}


def stands(
    *,
    gone: bool,
    outcome: str,
    certain: bool,
    due_on: date | None,
    delete_by: date | None,
    steps: Collection[str],
    done: Collection[str],
    holds: Sequence[str],
    body_unknown: bool,
    on: date,
) -> Standing:
    """The strongest that holds: a hold stops everything, nothing goes whose days are not known for certain."""
    open_steps = tuple(step for step in steps if step not in done)
    late = max((on - due_on).days, 0) if due_on and outcome == "dated" else 0
    state: StandingState
    if gone:
        state, late = "gone", 0
    elif holds:
        state = "held"
    elif outcome != "dated" or due_on is None:
        state = "permanent" if outcome == "permanent" else "no_rule" if outcome == "none" else "undetermined"
    elif on < due_on:
        state = "soon" if (due_on - on).days <= SOON_DAYS else "kept"
    elif not certain:
        state = "uncertain"
    elif open_steps or body_unknown:
        state = "awaiting"
    else:
        state = "must_delete" if delete_by is not None and on >= delete_by else "due"
    return Standing(state, tuple(holds), open_steps, late, body_unknown)
