"""How many records of the *population* are unique, estimated from the class sizes of a sample.

* Zayatz (1991): the chance that a unique record of the sample is unique in the population, by hypergeometric probabilities, with
  the sample's own sizes in place of the population's.
* Pitman (Hoshino 2001): maximum likelihood of Pitman's sampling formula (θ, α) by Newton's method, then
  Γ(θ+1) ÷ Γ(θ+α) · N^α.

Which is used follows Dankar, El Emam et al. (2012) as far as these two go: Pitman up to a sampling fraction of 0.1, else Zayatz.
Their third model (slide negative binomial) is not computed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, isfinite, lgamma, log

import numpy as np
import numpy.typing as npt

__all__ = ["PITMAN_UP_TO", "PopulationUniques", "estimate", "pitman", "zayatz"]

PITMAN_UP_TO = 0.1
_ROUNDS, _ACCURACY = 300, 1e-9


@dataclass(frozen=True, slots=True)
class PopulationUniques:
    """``share`` of the population's records estimated to be unique; ``model`` zayatz, pitman, or census (all of it)."""

    share: float
    model: str
    population: int


def estimate(sizes: npt.NDArray[np.int64], sampling: float) -> PopulationUniques | None:
    """The estimate for a sample of ``sampling`` (0 < share ≤ 1) of the population; None where neither model has an answer."""
    rows = int(sizes.sum())
    population = max(rows, round(rows / sampling))
    ones = int((sizes == 1).sum())
    if population == rows:
        return PopulationUniques(ones / rows, "census", rows)
    if not ones:
        return PopulationUniques(0.0, "zayatz", population)
    if sampling <= PITMAN_UP_TO:
        found = pitman(sizes, population)
        if found is not None:
            return PopulationUniques(found / population, "pitman", population)
    return PopulationUniques(zayatz(sizes, population) / population, "zayatz", population)


def zayatz(sizes: npt.NDArray[np.int64], population: int) -> float:
    """Estimated number of unique records in a population of ``population`` records."""
    rows = int(sizes.sum())
    kinds, counts = np.unique(sizes, return_counts=True)
    share = counts / len(sizes)
    one = np.array([_exactly_one(population, int(size), rows) for size in kinds])
    total = float((share * one).sum())
    if not total or kinds[0] != 1:
        return 0.0
    condition = float(share[0] * one[0]) / total
    return float(counts[0]) * condition * population / rows


def _exactly_one(population: int, marked: int, drawn: int) -> float:
    """Hypergeometric chance that exactly one of ``marked`` is among ``drawn`` of ``population``."""
    rest = population - marked
    if drawn - 1 > rest or marked < 1:
        return 0.0
    return exp(log(marked) + _choose(rest, drawn - 1) - _choose(population, drawn))


def _choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def pitman(sizes: npt.NDArray[np.int64], population: int) -> float | None:
    """Estimated number of unique records; None where the likelihood has no maximum with 0 < α < 1 and θ > 0."""
    rows, classes = int(sizes.sum()), len(sizes)
    histogram = np.bincount(sizes)
    ones, twos = int(histogram[1]), int(histogram[2]) if len(histogram) > 2 else 0  # noqa: PLR2004 - classes of two
    ratio = ones * (ones - 1) / max(twos, 1)
    below = 2 * ones * classes + ones * ratio - rows * ratio
    if not below or not ones:
        return None
    theta = (rows * classes * ratio - ones * (rows - 1) * (2 * classes + ratio)) / below
    alpha = (theta * (ones - rows) + (rows - 1) * ones) / (rows * classes)
    best = _Likelihood(classes, rows, histogram).climb(max(theta, 1e-3), min(max(alpha, 0.02), 0.98))
    if best is None:
        return None
    theta, alpha = best
    uniques = exp(lgamma(theta + 1) - lgamma(theta + alpha) + alpha * log(population))
    return uniques if isfinite(uniques) and uniques <= population else None


class _Likelihood:
    """The likelihood of Pitman's sampling formula for one sample, and the way up to its maximum."""

    def __init__(self, classes: int, rows: int, histogram: npt.NDArray[np.int64]) -> None:
        self._more = (classes - np.cumsum(histogram))[1:-1].astype(np.float64)  # classes with more than j records, j = 1, 2, …
        self._inner = np.arange(1, len(self._more) + 1, dtype=np.float64)
        self._steps, self._drawn = np.arange(1, classes, dtype=np.float64), np.arange(1, rows, dtype=np.float64)

    def _value(self, theta: float, alpha: float) -> float:
        if not (0 < alpha < 1 and theta > 0):
            return -np.inf
        gained = np.log(theta + self._steps * alpha).sum() + (self._more * np.log(self._inner - alpha)).sum()
        return float(gained - np.log(theta + self._drawn).sum())

    def _slopes(self, theta: float, alpha: float) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """First and second derivatives."""
        a, b, c = 1 / (theta + self._steps * alpha), 1 / (theta + self._drawn), 1 / (self._inner - alpha)
        first = np.array([a.sum() - b.sum(), (self._steps * a).sum() - (self._more * c).sum()])
        mixed = -(self._steps * a * a).sum()
        last = -((self._steps * a) ** 2).sum() - (self._more * c * c).sum()
        return first, np.array([[(b * b).sum() - (a * a).sum(), mixed], [mixed, last]])

    def climb(self, theta: float, alpha: float) -> tuple[float, float] | None:
        """Newton's steps, shortened until the likelihood rises; None where it rises towards the border."""
        here = self._value(theta, alpha)
        for _ in range(_ROUNDS):
            first, second = self._slopes(theta, alpha)
            determinant = float(np.linalg.det(second))
            concave = second[0, 0] < 0 and determinant > 0
            move = -np.linalg.solve(second, first) if concave else first / np.abs(np.diag(second))
            length = 1.0
            while length > _ACCURACY:
                there = self._value(theta + length * move[0], alpha + length * move[1])
                if there > here:
                    break
                length /= 2
            else:
                settled = concave and abs(move[0]) < 1e-4 * theta and abs(move[1]) < 1e-4  # noqa: PLR2004 - no way up is left
                return (theta, alpha) if settled else None
            theta, alpha = theta + length * float(move[0]), alpha + length * float(move[1])
            if there - here < _ACCURACY and concave:
                return theta, alpha
            here = there
        return None
