"""How many equal values chance explains, and how many it does not."""

from __future__ import annotations

import math
from typing import Final

__all__ = ["by_chance", "tail"]

_SMALLEST: Final = 1e-6
"""Below this probability a number of equal values is no coincidence."""
_LARGE: Final = 400.0


def tail(expected: float, found: int) -> float:
    """The probability that a Poisson variable with this mean is ``found`` or more."""
    if found <= 0:
        return 1.0
    if expected <= 0:
        return 0.0
    if expected > _LARGE:  # normal approximation with continuity correction
        return 0.5 * math.erfc((found - 0.5 - expected) / math.sqrt(2 * expected))
    term = total = math.exp(-expected)
    for number in range(1, found):
        term *= expected / number
        total += term
    if total < 1.0 - 1e-9:
        return 1.0 - total
    first = -expected + found * math.log(expected) - math.lgamma(found + 1)  # far out: the first term outweighs the rest
    return math.exp(first) / max(1.0 - expected / (found + 1), 1e-9)


def by_chance(expected: float, found: int) -> bool:
    """Whether so many equal values can be chance, when ``expected`` are so on average."""
    return tail(expected, found) >= _SMALLEST
