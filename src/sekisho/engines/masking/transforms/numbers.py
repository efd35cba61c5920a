"""Columns of numbers, whatever type they have: real values to compute with, and back in the form of the originals."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sekisho.engines.masking.transforms.columns import filled, is_text
from sekisho.engines.masking.transforms.context import Context, rows_error

__all__ = ["Numbers", "read_numbers_of", "write_numbers_as"]

_NUMBER: Final = r"^\s*[+-]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?\s*$"
_EXACT: Final = 2**53
"""Up to here whole numbers are exact as floating-point numbers."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Real values (0 where there is none), which rows hold one, and for texts: digits behind the point, commas, zeros in
    front.
    """

    real: NDArray[np.float64]
    there: NDArray[np.bool_]
    places: NDArray[np.int64] | None = None
    commas: NDArray[np.bool_] | None = None
    width: NDArray[np.int64] | None = None


def read_numbers_of(values: pa.Array, context: Context) -> Numbers:
    """The numbers of a column of texts, integers, decimals or floating-point numbers.

    Raises:
        InputError: ``masking.not_a_number``: texts among numbers, NaN, infinities; ``masking.number_too_large``: not exact.
    """
    there = filled(values)
    if is_text(values.type):
        return _of_texts(values, there, context)
    real = np.asarray(pc.fill_null(values.cast(pa.float64(), safe=False), 0.0).to_numpy(zero_copy_only=False))
    strange = there & ~np.isfinite(real)
    if strange.any():
        raise rows_error("masking.not_a_number", np.flatnonzero(strange), context)
    return Numbers(_exact(real, there, context), there)


def _of_texts(values: pa.Array, there: NDArray[np.bool_], context: Context) -> Numbers:
    plain = pc.utf8_normalize(values, "NFKC")
    numeric = np.asarray(pc.fill_null(pc.match_substring_regex(plain, _NUMBER), fill_value=False))
    wrong = np.flatnonzero(there & ~numeric)
    if len(wrong):
        raise rows_error("masking.not_a_number", wrong, context)
    commas = np.asarray(pc.fill_null(pc.match_substring(plain, ","), fill_value=False))
    bare = pc.utf8_trim_whitespace(pc.replace_substring(plain, ",", ""))
    bare = pc.if_else(pa.array(there), bare, "0")
    real = np.asarray(bare.cast(pa.float64()).to_numpy(zero_copy_only=False))
    point = np.asarray(pc.find_substring(bare, "."))
    length = np.asarray(pc.utf8_length(bare)).astype(np.int64)
    places = np.where(point < 0, 0, length - point - 1)
    padded = np.asarray(pc.match_substring_regex(bare, "^[+-]?0[0-9]"))
    signed = np.asarray(pc.match_substring_regex(bare, "^[+-]"))
    width = np.where(padded, np.where(point < 0, length, point) - signed, 0)
    return Numbers(_exact(real, there, context), there, places, commas, width)


def _exact(real: NDArray[np.float64], there: NDArray[np.bool_], context: Context) -> NDArray[np.float64]:
    large = there & (np.abs(real) > _EXACT)
    if large.any():
        raise rows_error("masking.number_too_large", np.flatnonzero(large), context, limit=_EXACT)
    return real


def write_numbers_as(
    values: pa.Array, numbers: Numbers, real: NDArray[np.float64], there: NDArray[np.bool_], context: Context
) -> pa.Array:
    """New real values in the form of the originals, rounded half to even; rows outside ``there`` stay as they are.

    Raises:
        InputError: a new value does not fit into the column's type.
    """
    if numbers.places is not None:
        return _as_texts(values, numbers, real, there)
    kind = values.type
    if pa.types.is_floating(kind):
        made = pa.array(real).cast(kind)
    elif pa.types.is_integer(kind):
        limits = np.iinfo(kind.to_pandas_dtype())
        rounded = np.rint(real)
        outside = there & ((rounded < float(limits.min)) | (rounded > float(limits.max)))
        if outside.any():
            raise rows_error("masking.noise_outside", np.flatnonzero(outside), context)
        made = pa.array(np.where(there, rounded, 0).astype(np.int64)).cast(kind)
    else:
        made = _as_decimals(real, there, kind, context)
    return pc.if_else(pa.array(there), made, values)


def _as_decimals(real: NDArray[np.float64], there: NDArray[np.bool_], kind: Any, context: Context) -> pa.Array:
    unit = Decimal(1).scaleb(-kind.scale)
    found = [
        Decimal(repr(one)).quantize(unit, rounding=ROUND_HALF_EVEN) if here else None
        for one, here in zip(real.tolist(), there, strict=True)
    ]
    outside = [
        row for row, one in enumerate(found) if one is not None and abs(one) >= Decimal(10) ** (kind.precision - kind.scale)
    ]
    if outside:
        raise rows_error("masking.noise_outside", outside, context)
    return pa.array(found, kind)


def _as_texts(values: pa.Array, numbers: Numbers, real: NDArray[np.float64], there: NDArray[np.bool_]) -> pa.Array:
    assert numbers.places is not None
    assert numbers.commas is not None
    assert numbers.width is not None
    texts: list[str | None] = values.to_pylist()
    for row in np.flatnonzero(there).tolist():
        places, width = int(numbers.places[row]), int(numbers.width[row])
        rounded = round(float(real[row]), places) if places else float(np.rint(real[row]))
        comma = "," if numbers.commas[row] else ""
        digits = f"{abs(rounded):{comma}.{places}f}"
        head, point, tail = digits.partition(".")
        negative = rounded < 0 and any(one in "123456789" for one in digits)
        texts[row] = ("-" if negative else "") + head.zfill(width) + point + tail
    return pa.array(texts, values.type)
