"""A batch as the executor sees it: each field's distinct values once, and which of them each event has.

All fields together make one more column, in which keywords are looked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sekisho.engines.detection.sigma.fold import fold_array
from sekisho.engines.detection.sigma.model import KEYWORD
from sekisho.engines.events.model import SYSTEM_COLUMNS

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Column", "Columns", "numbers"]


def numbers(array: NDArray[Any]) -> pa.Array:
    """Whole numbers as an Arrow array over the same memory. (Arrow's own way loads numpy's masked arrays to ask for them.)"""
    whole = np.ascontiguousarray(array, dtype=np.int64)
    return pa.Array.from_buffers(pa.int64(), len(whole), [None, pa.py_buffer(whole)])


class Column:
    """Distinct values of a field. ``codes`` says for each event which it has; an event without the field has ``size``.

    Of all fields together ``codes`` is a table: a row for each field, a column for each event.
    """

    __slots__ = ("_folded", "codes", "name", "size", "values")

    def __init__(self, name: str, array: pa.Array) -> None:
        encoded = array.dictionary_encode()
        self.name = name
        self.values: pa.Array = encoded.dictionary
        self.size = len(self.values)
        indices = encoded.indices
        self.codes: NDArray[np.int32] = (pc.fill_null(indices, self.size) if indices.null_count else indices).to_numpy()
        self._folded: pa.Array | None = None

    @property
    def folded(self) -> pa.Array:
        """The distinct values in lower case, in the same order (values that differ only by case stay apart)."""
        if self._folded is None:
            self._folded = fold_array(self.values)
        return self._folded

    def having(self, marked: NDArray[Any]) -> NDArray[Any]:
        """For each event whether a value that is marked (one mark for each distinct value, and one for none) is among its own."""
        marks = marked[self.codes]
        return marks if marks.ndim == 1 else np.asarray(marks.any(axis=0))

    def value(self, row: int) -> str | None:
        """The value of one event."""
        code = int(self.codes[row])
        return None if code == self.size else self.values[code].as_py()


class Columns:
    """The fields of a batch, made when first asked for. A field is found by its exact name, else without regard to case."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table.combine_chunks()
        self.rows: int = table.num_rows
        self.names = [
            n for n in table.column_names if n not in SYSTEM_COLUMNS and not pa.types.is_null(table.schema.field(n).type)
        ]
        self._exact = set(self.names)
        self._lower: dict[str, str] = {}
        for name in self.names:
            self._lower.setdefault(name.lower(), name)
        self._made: dict[str, Column] = {}

    def resolve(self, field: str) -> str | None:
        """The column of a field; None when these events have none."""
        return field if field in self._exact else self._lower.get(field.lower())

    def get(self, field: str) -> Column | None:
        """The column of a field; None when these events have none."""
        name = (KEYWORD if self.names else None) if field == KEYWORD else self.resolve(field)
        return None if name is None else self.column(name)

    def column(self, name: str) -> Column:
        """The column of this exact name; of :data:`KEYWORD` all fields together."""
        made = self._made.get(name)
        if made is None:
            if name == KEYWORD:
                made = Column(name, pa.concat_arrays([self._array(one) for one in self.names]))
                made.codes = made.codes.reshape(len(self.names), self.rows)
            else:
                made = Column(name, self._array(name))
            self._made[name] = made
        return made

    def _array(self, name: str) -> pa.Array:
        array = self.table.column(name).chunk(0)
        return array if pa.types.is_string(array.type) else array.cast(pa.string())
