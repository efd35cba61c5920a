"""How many equal values chance explains, and how many it does not."""

from __future__ import annotations

import math
from typing import Final

__all__ = ["by_chance", "tail"]

_SMALLEST: Final = 1e-6
"""Below this probability a number of equal values is no coincidence."""
_LARGE: Final = 1000.0
_PRECISION: Final = 1e-12


def tail(expected: float, found: int) -> float:
    """The probability that a Poisson variable with mean ``expected`` is ``found`` or more.

    Summed term by term; for large means and ``found`` below the mean 0.5 is returned, which the true value exceeds.
    """
    if found <= 0:
        return 1.0
    if expected <= 0:
        return 0.0
    if found <= expected and expected > _LARGE:
        return 0.5
    term = math.exp(found * math.log(expected) - expected - math.lgamma(found + 1))
    total, number = term, found
    while number <= expected or term > total * _PRECISION:
        number += 1
        term *= expected / number
        total += term
    return min(total, 1.0)


def by_chance(expected: float, found: int) -> bool:
    """Whether so many equal values can be chance, when ``expected`` are so on average."""
    return tail(expected, found) >= _SMALLEST
