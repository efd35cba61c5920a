"""Shuffle: the values of a column change places, within groups if wanted; distributions stay, the link to the row goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sekisho.engines.masking.transforms.base import KeyedTransform, Traits
from sekisho.engines.masking.transforms.columns import as_text, filled, flat
from sekisho.engines.masking.transforms.context import Context, rows_error
from sekisho.engines.masking.transforms.parameters import choice, names
from sekisho.engines.masking.transforms.prf import pseudorandom_numbers

__all__ = ["Shuffle"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shuffle(KeyedTransform):
    """The rows of a group form one circle in keyed order, and each row gets the value of the row before it.

    So no row keeps its own cell where a group has two; it may get an equal value from another one: ``counts["unchanged"]``
    says how many did. The order depends on the number of rows: it is no function of the value, and another run over other rows
    differs.

    Attributes:
        groups: Columns whose combinations the values must not leave.
        alone: A row that is alone in its group is refused, becomes NULL, or is kept (and counted as ``alone``).
        gaps: ``keep`` leaves NULL and empty where they are, ``shuffle`` moves them like values.
    """

    name: ClassVar[str] = "shuffle"
    purpose: ClassVar[str] = "shuffle"

    groups: tuple[str, ...] = names(())
    alone: str = choice("refuse", among=("refuse", "null", "keep"))
    gaps: str = choice("keep", among=("keep", "shuffle"))

    @property
    def traits(self) -> Traits:
        """Real values in other rows."""
        return Traits(reversible="with_key", scope="column", keeps_format=True, consistent=False, realistic=True)

    def needs(self) -> tuple[str, ...]:
        """The columns of the groups."""
        return self.groups

    def _accepts(self, kind: pa.DataType) -> bool:
        return not pa.types.is_nested(kind)

    def _applied(self, values: pa.Array, context: Context) -> pa.Array:
        moving = filled(values) if self.gaps == "keep" else np.ones(len(values), dtype=bool)
        rows = np.flatnonzero(moving)
        groups = self._codes(len(values), context)[rows]
        key = self._key(context, f"{self.purpose}:{context.column}")
        order = np.lexsort((pseudorandom_numbers(key, len(rows))[:, 0], groups))
        ordered = groups[order]
        begins = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(rows) else np.zeros(0, dtype=np.int64)
        sizes = np.diff(np.r_[begins, len(rows)])
        before = np.arange(len(rows)) - 1
        before[begins] = begins + sizes - 1
        source = np.arange(len(values))
        source[rows[order]] = rows[order[before]]
        alone = rows[order[begins[sizes == 1]]]
        result = values.take(pa.array(source))
        if len(alone) and self.alone == "refuse":
            raise rows_error("masking.alone_in_group", np.sort(alone), context, groups=", ".join(self.groups))
        if len(alone) and self.alone == "null":
            keep = np.ones(len(values), dtype=bool)
            keep[alone] = False
            result = pc.if_else(pa.array(keep), result, pa.scalar(None, values.type))
        context.memory.count("alone", len(alone))
        same = pc.fill_null(pc.equal(as_text(result), as_text(values)), fill_value=False)
        context.memory.count("unchanged", int(np.asarray(same)[rows].sum()))
        context.memory.count("transformed", len(rows))
        return result

    def _codes(self, count: int, context: Context) -> NDArray[np.int64]:
        """A number for each row's group."""
        codes = np.zeros(count, dtype=np.int64)
        for name in self.groups:
            encoded = flat(context.beside(name)).dictionary_encode(null_encoding="encode")
            more = np.asarray(encoded.indices).astype(np.int64)
            _, codes = np.unique(codes * (len(encoded.dictionary) + 1) + more, return_inverse=True)
        return codes.astype(np.int64)
