"""What is asked and what is answered: roles of columns, requirements, and the figures of one table."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from sekisho.errors import InputError

__all__ = [
    "ARX_THRESHOLD",
    "Closeness",
    "Distance",
    "Diversity",
    "Missing",
    "Requirements",
    "Roles",
    "number_or_none",
]

ARX_THRESHOLD: Final = 0.2
"""Risk above which a record counts as at risk, as ARX and El Emam's guide preset it: a class of fewer than five."""


class Missing(StrEnum):
    """How a cell without a value (NULL, empty text, not-a-number: three different ones) counts in a quasi-identifier.

    ``own``: as a value of its own, like any other (ARX does so). ``exclude``: the row is left out, and counted as left out.
    """

    OWN = "own"
    EXCLUDE = "exclude"


class Distance(StrEnum):
    """The ground distance of t-closeness (Li et al. 2007, sections 5.1 and 5.2)."""

    EQUAL = "equal"
    ORDERED = "ordered"
    HIERARCHICAL = "hierarchical"


@dataclass(frozen=True, slots=True)
class Roles:
    """Which column is what. A column of no role is neither known to an attacker nor worth protecting."""

    quasi: tuple[str, ...]
    sensitive: tuple[str, ...] = ()
    direct: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises InputError ``privacy.no_quasi``, ``privacy.two_roles``, ``privacy.role_twice``."""
        if not self.quasi:
            raise InputError("privacy.no_quasi")
        for names in (self.quasi, self.sensitive, self.direct):
            double = sorted({name for name in names if names.count(name) > 1})
            if double:
                raise InputError("privacy.role_twice", columns=", ".join(double))
        seen = [*self.quasi, *self.sensitive, *self.direct]
        double = sorted({name for name in seen if seen.count(name) > 1})
        if double:
            raise InputError("privacy.two_roles", columns=", ".join(double))

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that have a role."""
        return (*self.quasi, *self.sensitive, *self.direct)


@dataclass(frozen=True, slots=True)
class Diversity:
    """One demand of l-diversity: ``kind`` is distinct, entropy (exp of the class's entropy ≥ l) or recursive ((c,l))."""

    column: str
    l: float  # noqa: E741 - the letter is the measure's name
    kind: str = "distinct"
    c: float = 0.0

    def __post_init__(self) -> None:
        """Raises InputError ``privacy.demand_wrong``."""
        sound = self.kind in {"distinct", "entropy", "recursive"} and self.l >= 1
        if self.kind != "entropy":
            sound = sound and float(self.l).is_integer()
        if not sound or (self.kind == "recursive" and self.c <= 0):
            raise InputError("privacy.demand_wrong", demand=f"{self.kind} l={self.l} c={self.c}")


@dataclass(frozen=True, slots=True)
class Closeness:
    """One demand of t-closeness: no class farther than ``t`` (0–1) from the whole table."""

    column: str
    t: float
    distance: Distance = Distance.EQUAL

    def __post_init__(self) -> None:
        """Raises InputError ``privacy.demand_wrong``."""
        if not 0 <= self.t <= 1:
            raise InputError("privacy.demand_wrong", demand=f"t={self.t}")


@dataclass(frozen=True, slots=True)
class Requirements:
    """What a generalised table must keep: every class that is given out has at least ``k`` records, and all other demands.

    ``suppression``: share (0–1) of the records that may be left out for it.
    """

    k: int = 1
    diversity: tuple[Diversity, ...] = ()
    closeness: tuple[Closeness, ...] = ()
    suppression: float = 0.0

    def __post_init__(self) -> None:
        """Raises InputError ``privacy.demand_wrong``."""
        if self.k < 1 or not 0 <= self.suppression <= 1:
            raise InputError("privacy.demand_wrong", demand=f"k={self.k} suppression={self.suppression}")

    @property
    def columns(self) -> tuple[str, ...]:
        """The sensitive columns of which something is asked."""
        return tuple(sorted({*(d.column for d in self.diversity), *(c.column for c in self.closeness)}))

    @property
    def implied_k(self) -> int:
        """The least class size that any class which meets all demands must have: l well-represented values need l records."""
        return max([self.k, *(int(-(-d.l // 1)) for d in self.diversity)])

    def allowed(self, rows: int) -> int:
        """How many of ``rows`` records may be suppressed (rounded down, as ARX does)."""
        return int(self.suppression * rows)

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "k": self.k, "suppression": self.suppression,
            "diversity": [{"column": d.column, "l": d.l, "kind": d.kind, **({"c": d.c} if d.kind == "recursive" else {})}
                          for d in self.diversity],
            "closeness": [{"column": c.column, "t": c.t, "distance": c.distance.value} for c in self.closeness],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Note:
    """Something the reader must know about the figures: a code with fields."""

    code: str
    fields: dict[str, Any] = field(default_factory=dict)


def number_or_none(value: float) -> float | None:
    """``value``, or None for what JSON has no number for (infinite, not a number)."""
    return float(value) if value == value and abs(value) != float("inf") else None  # noqa: PLR0124 - only NaN differs from itself
