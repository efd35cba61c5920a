"""Robust statistics of counts and of values that drift: a few wild figures in the history must not move what is called usual.

Sources: median and MAD with the factor for normal data and finite samples (Croux and Rousseeuw 1992); the square-root transform
of counts (Anscombe 1948), under which a Poisson count has a spread of about one whatever its mean; the slope of Theil (1950) and
Sen (1968) with Sen's interval from Kendall's variance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["MAX_POINTS", "Slope", "Usual", "anscombe", "finite", "mad", "score", "theil_sen", "usual"]

MAX_POINTS: Final = 400
"""More points than this are thinned out evenly before the slope is taken: the pairs grow with the square."""

_NORMAL: Final = 1.4826
_SMALL: Final = {2: 1.196, 3: 1.495, 4: 1.363, 5: 1.206, 6: 1.200, 7: 1.140, 8: 1.129, 9: 1.107}
_Z95: Final = 1.959964


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual: ``low`` and ``high`` are the 5 % and 95 % quantiles of ``samples`` figures (observed ones, not computed).

    ``scale`` is the spread after the square-root transform, at least 1 (that of a Poisson count).
    """

    samples: int
    median: float
    low: float
    high: float
    scale: float


@dataclass(frozen=True, slots=True)
class Slope:
    """A line through points: ``slope`` with its 95 % interval ``low``–``high`` (a unit of x), ``level`` at the last x.

    ``spread`` is the robust standard deviation of the points around the line.
    """

    points: int
    slope: float
    low: float
    high: float
    level: float
    spread: float


def finite(values: ArrayLike) -> NDArray[np.float64]:
    """The values that are numbers, as a flat array."""
    array = np.asarray(values, dtype=np.float64).ravel()
    return array[np.isfinite(array)]


def mad(values: ArrayLike) -> float:
    """Median absolute deviation as a standard deviation of normal data, corrected for small samples; 0 for one value or none."""
    array = finite(values)
    n = array.size
    if n < 2:  # noqa: PLR2004 - one value has no spread
        return 0.0
    factor = _SMALL.get(n) or n / (n - 0.8)
    return float(np.median(np.abs(array - np.median(array)))) * _NORMAL * factor


def anscombe(values: ArrayLike) -> NDArray[np.float64]:
    """2·√(x + 3/8): counts whose spread no longer grows with their mean. Negative values count as 0."""
    return 2 * np.sqrt(np.maximum(np.asarray(values, dtype=np.float64), 0) + 0.375)


def usual(samples: ArrayLike) -> Usual | None:
    """What is usual according to the samples (counts of comparable hours or days); None when none of them is a number."""
    array = finite(samples)
    if not array.size:
        return None
    low, high = np.quantile(array, (0.05, 0.95), method="nearest")
    return Usual(
        samples=int(array.size),
        median=float(np.median(array)),
        low=float(low),
        high=float(high),
        scale=max(1.0, mad(anscombe(array))),
    )


def score(value: float, of: Usual) -> float:
    """By how many spreads ``value`` lies above (negative: below) what is usual; 0 when it is not a number."""
    if not np.isfinite(value):
        return 0.0
    return float((anscombe(value) - anscombe(of.median)) / of.scale)


def theil_sen(x: ArrayLike, y: ArrayLike) -> Slope | None:
    """The median of the slopes of all pairs, with Sen's 95 % interval; None when fewer than three points have different x.

    Points that are no numbers are left out. The interval takes the points for independent: where each one carries over into the
    next (a filling disk does), it is too narrow, which is why callers ask for a minimum of points and a clear direction.
    """
    xs, ys = np.asarray(x, dtype=np.float64).ravel(), np.asarray(y, dtype=np.float64).ravel()
    good = np.isfinite(xs) & np.isfinite(ys)
    xs, ys = xs[good], ys[good]
    if xs.size > MAX_POINTS:
        keep = np.unique(np.linspace(0, xs.size - 1, MAX_POINTS).round().astype(int))
        order = np.argsort(xs, kind="stable")[keep]
        xs, ys = xs[order], ys[order]
    n = xs.size
    if np.unique(xs).size < 3:  # noqa: PLR2004 - two points make a line, three a first doubt
        return None
    i, j = np.triu_indices(n, 1)
    apart = xs[j] != xs[i]
    slopes = np.sort((ys[j] - ys[i])[apart] / (xs[j] - xs[i])[apart])
    middle = float(np.median(slopes))
    ties = np.unique(ys, return_counts=True)[1]
    variance = (n * (n - 1) * (2 * n + 5) - float((ties * (ties - 1) * (2 * ties + 5)).sum())) / 18
    reach = _Z95 * np.sqrt(max(variance, 0.0))
    lower = int(np.clip(np.floor((slopes.size - reach) / 2), 0, slopes.size - 1))
    upper = int(np.clip(np.ceil((slopes.size + reach) / 2), 0, slopes.size - 1))
    intercept = float(np.median(ys - middle * xs))
    return Slope(
        points=int(n),
        slope=middle,
        low=float(slopes[lower]),
        high=float(slopes[upper]),
        level=intercept + middle * float(xs.max()),
        spread=mad(ys - middle * xs),
    )
