"""Towns of Japan with their postal codes, and the municipalities that they lie in."""

from __future__ import annotations

from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from sekisho.engines.lexicon.columns import read

__all__ = ["municipalities", "towns"]


@cache
def municipalities() -> pa.Table:
    """Municipalities and the wards of the designated cities, in the order of their codes.

    ``code`` (five digits, JIS X 0402), ``prefecture``, ``city`` (with its 郡, or its ward: 札幌市中央区), ``prefecture_kana``,
    ``city_kana`` (katakana).
    """
    columns = read("municipalities")
    return pa.table(dict(zip(("code", "prefecture", "city", "prefecture_kana", "city_kana"), columns, strict=True)))


@cache
def towns() -> pa.Table:
    """Every town with every one of its postal codes, in the order of municipalities and codes; about 0.15 s at the first call.

    ``municipality`` (int32, row of :func:`municipalities`), ``postal_code`` (seven digits), ``town`` (may be empty: the code of a
    municipality's other places), ``town_kana``; and for each row its ``prefecture``, ``city``, ``prefecture_kana``, ``city_kana``
    (dictionary arrays: indices and few values).
    """
    row, postal_code, town, town_kana = read("towns")
    municipality = pc.cast(row, pa.int32())
    table = pa.table({"municipality": municipality, "postal_code": postal_code, "town": town, "town_kana": town_kana})
    places = municipalities()
    for column in ("prefecture", "city", "prefecture_kana", "city_kana"):
        values = places.column(column).combine_chunks()
        table = table.append_column(column, pa.DictionaryArray.from_arrays(municipality, values))
    return table
