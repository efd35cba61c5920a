"""l-diversity (Machanavajjhala et al. 2006): distinct, entropy and recursive (c,l), for every class at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sekisho.engines.privacyrisk.classes import Spread
from sekisho.engines.privacyrisk.model import Diversity

__all__ = ["DiversityFigures", "distinct_values", "diversity_met", "entropy_l", "recursive_ratio"]

Floats = npt.NDArray[np.float64]
_SLACK = 1e-9  # an entropy of exactly log(l) must not fail by the last bit of a logarithm


@dataclass(frozen=True, slots=True)
class DiversityFigures:
    """The least over all classes: ``distinct`` values, ``entropy`` as exp(H), and per l the largest ratio that c must exceed."""

    distinct: int
    entropy: float
    recursive: dict[int, float]


def distinct_values(spread: Spread) -> npt.NDArray[np.int64]:
    """How many values each class has."""
    return np.diff(spread.starts, append=len(spread.owner))


def entropy_l(spread: Spread) -> Floats:
    """exp(H) of each class, with H = −Σ p·ln p over its values: the l of entropy l-diversity that it just meets."""
    sizes = np.add.reduceat(spread.count, spread.starts).astype(np.float64)
    weighted = np.add.reduceat(spread.count * np.log(spread.count), spread.starts)
    return np.asarray(np.exp(np.log(sizes) - weighted / sizes), dtype=np.float64)


def recursive_ratio(spread: Spread, wanted: int) -> Floats:
    """r1 ÷ (r_l + … + r_m) of each class, its counts r1 ≥ … ≥ r_m: (c,l)-diverse if and only if this is below c; ∞ for m < l."""
    order = np.lexsort((-spread.count, spread.owner))
    counts = spread.count[order]
    sizes = np.add.reduceat(counts, spread.starts)
    position = np.arange(len(counts)) - np.repeat(spread.starts, distinct_values(spread))
    before = np.add.reduceat(np.where(position < wanted - 1, counts, 0), spread.starts)
    tail = (sizes - before).astype(np.float64)
    largest = counts[spread.starts].astype(np.float64)
    with np.errstate(divide="ignore"):
        return np.asarray(largest / tail, dtype=np.float64)


def diversity_met(spread: Spread, demand: Diversity) -> npt.NDArray[np.bool_]:
    """Which classes meet ``demand``."""
    if demand.kind == "distinct":
        return distinct_values(spread) >= demand.l
    if demand.kind == "entropy":
        return entropy_l(spread) >= demand.l * (1 - _SLACK)
    return recursive_ratio(spread, int(demand.l)) < demand.c
