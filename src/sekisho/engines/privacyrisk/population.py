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
    """Estimated number of unique records; None where Newton's method finds no sound θ and α."""
    rows, classes = int(sizes.sum()), len(sizes)
    histogram = np.bincount(sizes)
    ones, twos = int(histogram[1]), int(histogram[2]) if len(histogram) > 2 else 0  # noqa: PLR2004 - classes of two
    more = (classes - np.cumsum(histogram))[1:-1].astype(np.float64)  # classes with more than j records, j = 1, 2, …
    steps, drawn = np.arange(1, classes, dtype=np.float64), np.arange(1, rows, dtype=np.float64)
    ratio = ones * (ones - 1) / max(twos, 1)
    below = 2 * ones * classes + ones * ratio - rows * ratio
    if not below or not ones:
        return None
    theta = (rows * classes * ratio - ones * (rows - 1) * (2 * classes + ratio)) / below
    alpha = (theta * (ones - rows) + (rows - 1) * ones) / (rows * classes)
    inner = np.arange(1, len(more) + 1, dtype=np.float64)
    for _ in range(_ROUNDS):
        with np.errstate(all="ignore"):
            a, b, c = 1 / (theta + steps * alpha), 1 / (theta + drawn), 1 / (inner - alpha)
            first, second = a.sum() - b.sum(), (steps * a).sum() - (more * c).sum()
            tt, ta = (b * b).sum() - (a * a).sum(), -(steps * a * a).sum()
            aa = -(steps * steps * a * a).sum() - (more * c * c).sum()
            determinant = tt * aa - ta * ta
            move = np.array([aa * first - ta * second, tt * second - ta * first]) / determinant
        if not np.isfinite(move).all():
            return None
        theta, alpha = theta - move[0], alpha - move[1]
        if abs(first) < _ACCURACY and abs(second) < _ACCURACY or np.abs(move).max() < _ACCURACY:  # noqa: RUF021 - as it reads
            break
    else:
        return None
    if not 0 < alpha < 1 or theta <= -alpha:
        return None
    uniques = exp(lgamma(theta + 1) - lgamma(theta + alpha) + alpha * log(population))
    return uniques if isfinite(uniques) and uniques <= population else None
