"""Re-identification risk by three attackers, as ARX computes it.

From El Emam, *Guide to the De-Identification of Personal Health Information* (2013):

* prosecutor: knows that the person is in the table. A record's risk is 1 ÷ the size f of its class.
* journalist: knows only that the person is in the population. 1 ÷ the size F of the same class in the population.
* marketer: wants as many as possible. The expected share of records that are matched rightly: Σ f ÷ F ÷ n.

Averages are over records: the prosecutor's is (classes ÷ records); the journalist's is the larger of (classes ÷ Σ F) and the
marketer's figure. A record is at risk when its risk is *above* the threshold, not at it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Risk", "journalist", "marketer", "prosecutor"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Risk:
    """``highest`` of any record; ``average``: expected share of records re-identified; ``at_risk``: records above it."""

    highest: float
    average: float
    at_risk: int


def prosecutor(sizes: Ints, threshold: float) -> Risk:
    """From the class sizes of the table (at least one class)."""
    return Risk(1.0 / int(sizes.min()), len(sizes) / int(sizes.sum()), int(sizes[1.0 / sizes > threshold].sum()))


def journalist(sizes: Ints, population: Ints | Floats, threshold: float) -> Risk:
    """``population``: the size of each class in the population, never below its size in the table."""
    average = max(len(sizes) / float(population.sum()), marketer(sizes, population))
    return Risk(1.0 / float(population.min()), average, int(sizes[1.0 / population > threshold].sum()))


def marketer(sizes: Ints, population: Ints | Floats) -> float:
    """Expected share of the table's records that are matched rightly."""
    return float((sizes / population).sum() / sizes.sum())
