"""What generalising costs, as costs that can be added up over records: the model of a search, and figures for the report.

Each model gives every quasi-identifier a cost for a record that shows a value at a level, and one for a suppressed record:

* ``loss`` – ARX's default, Iyengar's loss: share of the domain that the shown value stands for; suppressed 1; the sum is
  normalised so that untouched data is 0 and suppressed data 1: (Σ ÷ n − 1 ÷ m) ÷ (1 − 1 ÷ m), m values in the domain.
* ``entropy`` – non-uniform entropy (Gionis and Tassa): −log2 of the share of the value among those that look the same,
  normalised by the value for a table whose records are all suppressed.
* ``precision`` – level ÷ height (Sweeney); suppressed 1.

They are put together over the quasi-identifiers by their arithmetic mean, their maximum, or as ARX presets it, the geometric mean
of 1 + loss, less 1. All three rise with every single loss, so a bound of the parts bounds the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from sekisho.engines.privacyrisk.hierarchies import Bound

__all__ = ["Aggregate", "Costs", "LossModel", "aggregated", "costs_of", "discernibility"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class LossModel(StrEnum):
    """Which cost the search makes least."""

    LOSS = "loss"
    ENTROPY = "entropy"
    PRECISION = "precision"


class Aggregate(StrEnum):
    """How the losses of the quasi-identifiers become one number."""

    GEOMETRIC = "geometric"
    ARITHMETIC = "arithmetic"
    MAXIMUM = "maximum"


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs of one quasi-identifier. ``shown[n]``: the normalised loss of all records at level n, none suppressed (0–1).

    ``extra[n]``: by code at level n, what one record adds to the normalised loss when it is suppressed instead of shown.
    """

    shown: tuple[float, ...]
    extra: tuple[Floats, ...]


def costs_of(bound: Bound, records: Ints, model: LossModel, heights: int | None = None) -> Costs:
    """``records``: how many records have each code of the column (level 0)."""
    total = float(records.sum())
    shown, extra = [], []
    for level, codes in enumerate(bound.maps):
        here = np.bincount(codes, weights=records, minlength=len(bound.labels[level]))
        if model is LossModel.LOSS:
            value = _iyengar(bound, level)
            least = 1.0 / bound.domain
            span = (1.0 - least) * total
            cost, more = (here * value).sum() - least * total, 1.0 - value
        elif model is LossModel.PRECISION:
            height = heights or bound.height
            value = np.full(len(here), level / height if height else 0.0)
            span, cost, more = total, (here * value).sum(), 1.0 - value
        else:
            span = _entropy(records, np.zeros(len(records), np.int64))
            cost = _entropy(records, codes)
            with np.errstate(divide="ignore"):
                more = np.where(here > 0, np.log2(total / np.maximum(here, 1)), 0.0)
        shown.append(max(0.0, float(cost) / span) if span else 0.0)
        extra.append(more / span if span else np.zeros(len(here)))
    return Costs(tuple(shown), tuple(extra))


def _iyengar(bound: Bound, level: int) -> Floats:
    return np.asarray(bound.leaves[level] / bound.domain)


def _entropy(records: Ints, codes: npt.NDArray[np.integer]) -> float:
    """Σ over records of log2(records that look the same ÷ records of its own value)."""
    together = np.bincount(codes, weights=records)[codes]
    there = records > 0
    return float((records[there] * np.log2(together[there] / records[there])).sum())


def aggregated(losses: Floats, how: Aggregate) -> Floats:
    """One number for each column of ``losses`` (quasi-identifiers × nodes)."""
    if how is Aggregate.ARITHMETIC:
        return np.asarray(losses.mean(axis=0))
    if how is Aggregate.MAXIMUM:
        return np.asarray(losses.max(axis=0))
    return np.asarray(np.prod((losses + 1.0) ** (1.0 / len(losses)), axis=0) - 1.0)


def discernibility(sizes: Ints, suppressed: int, rows: int) -> int:
    """Bayardo and Agrawal: Σ size² over the classes shown, and the whole table's size for each suppressed record."""
    return int((sizes.astype(object) ** 2).sum() + suppressed * rows) if len(sizes) else suppressed * rows
