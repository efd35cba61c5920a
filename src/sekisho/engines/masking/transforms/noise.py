"""Noise: numbers moved a little by a key, within bounds, whole numbers staying whole and decimals keeping their places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sekisho.engines.masking.transforms.base import KeyedTransform, Traits
from sekisho.engines.masking.transforms.columns import as_text, is_text
from sekisho.engines.masking.transforms.context import Context, rows_error
from sekisho.engines.masking.transforms.numbers import Numbers, read_numbers_of, write_numbers_as
from sekisho.engines.masking.transforms.parameters import choice, flag, names, number
from sekisho.engines.masking.transforms.prf import pseudorandom_numbers, pseudorandom_texts
from sekisho.engines.masking.transforms.replace.entity import entity_texts
from sekisho.errors import Problem

__all__ = ["Noise"]

_BITS: Final = 53
_WIDEST: Final = 10.0
"""Noise is cut off at so many times its scale (Laplace: one of 22,000 values)."""
_MOST: Final = 1e18


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise(KeyedTransform):
    """A pseudorandom number is added to each value.

    It is no differential privacy: noise under a key that depends on the value or the person is the same each time.

    Attributes:
        amount: Scale in the column's unit (uniform: half the width; Laplace: b; normal: standard deviation).
        percent: Scale as a share of the value, instead of ``amount``.
        shape: Distribution.
        by: ``value``: equal values (of one entity, if given) move alike; ``row``: by the number of the row, each for itself.
        entity: Columns that name the person.
        low, high: Bounds; what would lie outside is set to the bound and counted as ``clipped``.
        keep_zero: Zeros stay, since they often mean "none".
    """

    name: ClassVar[str] = "noise"
    purpose: ClassVar[str] = "noise"

    amount: float | None = number(None, low=0.0, high=1e15, optional=True)
    percent: float | None = number(None, low=0.0, high=1000.0, optional=True)
    shape: str = choice("uniform", among=("uniform", "laplace", "normal"))
    by: str = choice("value", among=("value", "row"))
    entity: tuple[str, ...] = names(())
    low: float | None = number(None, low=-1e18, high=1e18, optional=True)
    high: float | None = number(None, low=-1e18, high=1e18, optional=True)
    keep_zero: bool = flag(default=True)

    @property
    def traits(self) -> Traits:
        """Near the original; with the key it can be searched."""
        scope = "row" if self.entity or self.by == "row" else "value"
        return Traits(reversible="by_search_with_key", scope=scope, keeps_format=True, consistent=self.by == "value")  # type: ignore[arg-type]

    def needs(self) -> tuple[str, ...]:
        """The columns of the entity."""
        return self.entity

    def _contradictions(self) -> list[Problem]:
        if (self.amount is None) == (self.percent is None) or 0.0 in {self.amount, self.percent}:
            return [Problem("masking.amount_or_percent", {"path": "amount"}, column="amount")]
        if self.low is not None and self.high is not None and self.low > self.high:
            return [Problem("masking.bounds_crossed", {"path": "low"}, column="low")]
        return []

    def _accepts(self, kind: pa.DataType) -> bool:
        return bool(is_text(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_floating(kind))

    def _applied(self, values: pa.Array, context: Context) -> pa.Array:
        numbers = read_numbers_of(values, context)
        there = numbers.there & (numbers.real != 0) if self.keep_zero else numbers.there
        scale = np.full(len(values), self.amount) if self.amount is not None else np.abs(numbers.real) * (self.percent or 0) / 100
        moved = numbers.real + self._deviates(self._words(values, numbers, context)) * scale
        clipped = np.clip(moved, self.low if self.low is not None else -np.inf, self.high if self.high is not None else np.inf)
        outside = there & (np.abs(clipped) > _MOST)
        if outside.any():
            raise rows_error("masking.noise_outside", np.flatnonzero(outside), context)
        context.memory.count("clipped", int((clipped != moved)[there].sum()))
        result = write_numbers_as(values, numbers, np.where(there, clipped, numbers.real), there, context)
        same = pc.fill_null(pc.equal(as_text(result), as_text(values)), fill_value=False)
        context.memory.count("transformed", int(there.sum()))
        context.memory.count("unchanged", int(np.asarray(same)[there].sum()))
        return result

    def _words(self, values: pa.Array, numbers: Numbers, context: Context) -> NDArray[np.uint64]:
        if self.by == "row":
            return pseudorandom_numbers(self._key(context, f"{self.purpose}:{context.table}"), len(values), context.first_row)
        own = as_text(pa.array(numbers.real))
        if not self.entity:
            return pseudorandom_texts(self._key(context), own)
        entity = entity_texts(self.entity, own, context, self.normalise)
        return pseudorandom_texts(self._key(context), pc.binary_join_element_wise(entity, own, pa.scalar("\x1f")))

    def _deviates(self, words: NDArray[np.uint64]) -> NDArray[np.float64]:
        """Numbers of scale 1 in the distribution, out of 53 pseudorandom bits each."""
        first, second = ((words[:, side] >> np.uint64(64 - _BITS)).astype(np.float64) + 0.5 for side in (0, 1))
        first, second = first / 2.0**_BITS, second / 2.0**_BITS
        if self.shape == "uniform":
            return np.asarray(2 * first - 1)
        if self.shape == "laplace":
            side = np.where(first < 0.5, 1.0, -1.0)  # noqa: PLR2004 - half of the distribution
            return np.asarray(np.clip(side * np.log(2 * np.minimum(first, 1 - first)), -_WIDEST, _WIDEST))
        return np.asarray(np.clip(np.sqrt(-2 * np.log(first)) * np.cos(2 * np.pi * second), -_WIDEST, _WIDEST))
