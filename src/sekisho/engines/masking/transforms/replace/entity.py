"""What a made-up value depends on: the value itself, or the person whom other columns name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sekisho.engines.masking.transforms.base import KeyedTransform, Traits
from sekisho.engines.masking.transforms.columns import as_text, filled, flat
from sekisho.engines.masking.transforms.context import Context
from sekisho.engines.masking.transforms.normalise import normalised
from sekisho.engines.masking.transforms.parameters import names
from sekisho.engines.masking.transforms.prf import pseudorandom_texts
from sekisho.errors import InputError

__all__ = ["Replacement", "entity_texts", "part", "scaled"]

_BETWEEN: Final = "\x1f"
"""Between the columns of an entity: a control character that no cell holds by intent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement(KeyedTransform):
    """A transform to made-up values.

    Attributes:
        entity: Columns that together name the person (or company): all made-up values of one entity agree, a name with its kana,
            an address with its postal code. Without, a value depends on itself alone. A row whose entity is empty does so, too.
    """

    entity: tuple[str, ...] = names(())

    @property
    def traits(self) -> Traits:
        """Back only by trying all inputs with the key; two people may get the same name."""
        return Traits(reversible="by_search_with_key", scope="row" if self.needs() else "value", realistic=True)

    def needs(self) -> tuple[str, ...]:
        """The columns of the entity."""
        return self.entity

    def _entity(self, values: pa.Array, context: Context) -> pa.Array:
        """The text that each made-up value depends on."""
        own = self._prepared(values)
        if not self.entity:
            return own
        return entity_texts(self.entity, own, context, self.normalise)

    def _words(self, values: pa.Array, context: Context) -> NDArray[np.uint64]:
        """Two pseudorandom numbers of 64 bits for each row, shape (n, 2)."""
        return pseudorandom_texts(self._key(context), self._entity(values, context))


def entity_texts(columns: tuple[str, ...], own: pa.Array, context: Context, steps: tuple[str, ...] = ()) -> pa.Array:
    """The entity's columns as one text; the own value where all of them are NULL or empty.

    Raises:
        InputError: a column was not handed in, or has another number of rows.
    """
    parts = []
    for name in columns:
        beside = flat(context.beside(name))
        if len(beside) != len(own):
            raise InputError("masking.columns_uneven", column=name, needed_by=context.column, rows=len(own), found=len(beside))
        parts.append(pc.fill_null(normalised(as_text(beside), steps).cast(own.type), ""))
    there = np.zeros(len(own), dtype=bool)
    for one in parts:
        there |= filled(one)
    joined = parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, pa.scalar(_BETWEEN, own.type))
    return joined if there.all() else pc.if_else(pa.array(there), joined, own)


def part(words: NDArray[np.uint64], word: int, first: int, bits: int) -> NDArray[np.uint64]:
    """``bits`` bits of a pseudorandom word, from bit ``first`` (0: the lowest)."""
    return (words[:, word] >> np.uint64(first)) & np.uint64((1 << bits) - 1)


def scaled(bits: NDArray[np.uint64], width: int, size: NDArray[np.int64] | int) -> NDArray[np.int64]:
    """Numbers of ``width`` bits (at most 32) as numbers from 0 to ``size`` - 1 (below 2**31), evenly but for ``size`` in
    2**width.
    """
    return ((bits * np.asarray(size, dtype=np.uint64)) >> np.uint64(width)).astype(np.int64)
