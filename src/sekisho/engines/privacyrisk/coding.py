"""Columns as numbers: every distinct value of a column gets a code, in the order of the values.

NULL, empty text and not-a-number are three values of their own and come first, in this order. Where every other value is a plain
decimal number (at most 15 digits, so that it is one exactly enough), the order is that of the numbers, else that of the code
points. Texts that look different are different values (``1`` and ``01``), even where their numbers are equal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sekisho.errors import InputError

__all__ = ["EMPTY", "NAN", "NULL", "Coded", "code_column", "code_table"]

NULL, EMPTY, NAN = None, "", "NaN"
_DECIMAL = r"^[+-]?[0-9]{1,15}(\.[0-9]{1,9})?$"


@dataclass(frozen=True, slots=True)
class Coded:
    """One column. ``codes``: int32, one a row. ``labels``: the value of each code as text (None for NULL). ``missing``: how many
    of the first codes mean that there is no value. ``numbers``: float64, one a code, where values are numbers (NaN for missing).
    """

    name: str
    codes: npt.NDArray[np.int32]
    labels: tuple[str | None, ...]
    missing: int
    numbers: npt.NDArray[np.float64] | None = None

    @property
    def distinct(self) -> int:
        """How many values there are, the missing ones included."""
        return len(self.labels)

    @property
    def absent(self) -> npt.NDArray[np.bool_]:
        """Which rows have no value."""
        return self.codes < self.missing


def code_table(table: pa.Table, names: tuple[str, ...]) -> dict[str, Coded]:
    """The columns ``names`` of ``table``. Raises InputError ``privacy.column_missing``, ``privacy.no_rows``."""
    absent = [name for name in names if name not in table.column_names]
    if absent:
        raise InputError("privacy.column_missing", columns=", ".join(absent), known=", ".join(table.column_names))
    double = sorted({name for name in names if table.column_names.count(name) > 1})
    if double:
        raise InputError("privacy.column_twice", columns=", ".join(double))
    if not table.num_rows:
        raise InputError("privacy.no_rows")
    return {name: code_column(name, table.column(name)) for name in names}


def code_column(name: str, column: pa.ChunkedArray | pa.Array) -> Coded:
    """Codes of one column of any Arrow type that can be written as text."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(whole, pa.ChunkedArray):  # no chunk at all
        whole = pa.array([], column.type)
    try:
        encoded = whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()
    except pa.ArrowNotImplementedError as error:
        raise InputError("privacy.type_unknown", column=name, type=str(whole.type)) from error
    values, numbers, nan = _values(encoded.dictionary, name)
    indices = encoded.indices.fill_null(len(values)).to_numpy(zero_copy_only=False).astype(np.int64, copy=False)
    return _ordered(name, indices, values, numbers, nan)


def _values(dictionary: pa.Array, name: str) -> tuple[list[str | None], npt.NDArray[np.float64] | None, npt.NDArray[np.bool_]]:
    """The dictionary as texts, as numbers where all are numbers, and which of them are not-a-number."""
    kind = dictionary.type
    nan = np.zeros(len(dictionary), bool)
    if pa.types.is_floating(kind):
        raw = dictionary.to_numpy(zero_copy_only=False).astype(np.float64)
        nan = np.isnan(raw)
        return [NAN if n else _float_text(v) for v, n in zip(raw.tolist(), nan.tolist(), strict=True)], raw, nan
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return pc.cast(dictionary, pa.string()).to_pylist(), pc.cast(dictionary, pa.float64(), safe=False).to_numpy(), nan
    if pa.types.is_boolean(kind):
        return pc.cast(dictionary, pa.string()).to_pylist(), None, nan
    try:
        text = pc.cast(dictionary, pa.string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as error:
        raise InputError("privacy.type_unknown", column=name, type=str(kind)) from error
    filled = pc.filter(text, pc.not_equal(text, ""))
    numeric = len(filled) and pc.all(pc.match_substring_regex(filled, _DECIMAL)).as_py()
    numbers = None
    if numeric:
        numbers = pc.cast(pc.if_else(pc.equal(text, ""), None, text), pa.float64()).to_numpy(zero_copy_only=False)
    return text.to_pylist(), numbers, nan


def _float_text(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)  # noqa: PLR2004 - exact integers


def _ordered(
    name: str, indices: npt.NDArray[np.int64], values: list[str | None],
    numbers: npt.NDArray[np.float64] | None, nan: npt.NDArray[np.bool_],
) -> Coded:  # fmt: skip
    """Codes in the order of the values; values that do not occur (left in a dictionary) and doubles get none."""
    count = len(values)
    present = np.bincount(indices, minlength=count + 1)[: count + 1] > 0
    texts = np.array([v if v is not None else "" for v in values] + [""], dtype=object)
    empty = np.array([v == "" for v in values] + [False])
    rank = np.full(count + 1, 3)
    rank[:count][nan] = 2
    rank[empty] = 1
    rank[:count][[v is None for v in values]] = 0
    rank[count] = 0
    order = _order(texts, rank, numbers)
    order = order[present[order]]
    groups = np.zeros(len(order), np.int64)
    if len(order):  # equal texts of one rank are one value
        same = np.zeros(len(order), bool)
        same[1:] = (texts[order[1:]] == texts[order[:-1]]) & (rank[order[1:]] == rank[order[:-1]])
        groups = np.cumsum(~same) - 1
    code_of = np.full(count + 1, -1, np.int32)
    code_of[order] = groups
    heads = order[np.flatnonzero(np.diff(groups, prepend=-1))] if len(order) else order
    labels = tuple(None if rank[h] == 0 else str(texts[h]) for h in heads)
    missing = int(np.sum(rank[heads] < 3))  # noqa: PLR2004 - the ranks above
    kept = None
    if numbers is not None:
        kept = np.append(numbers, np.nan)[heads].astype(np.float64)
        kept[:missing] = np.nan
    return Coded(name, code_of[indices], labels, missing, kept)


def _order(
    texts: npt.NDArray[np.object_], rank: npt.NDArray[np.int64], numbers: npt.NDArray[np.float64] | None
) -> npt.NDArray[np.int64]:
    by_text = pc.array_sort_indices(pa.array(texts.tolist(), pa.string())).to_numpy().astype(np.int64)
    position = np.empty(len(texts), np.int64)
    position[by_text] = np.arange(len(texts))
    number = np.zeros(len(texts)) if numbers is None else np.nan_to_num(np.append(numbers, 0.0))
    return np.lexsort((position, number, rank))
