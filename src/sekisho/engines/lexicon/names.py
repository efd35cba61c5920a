"""Surnames and given names of Japan, and foreign names in katakana."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from sekisho.engines.lexicon.columns import read

__all__ = ["Names", "foreign_names", "names"]


@dataclass(frozen=True, slots=True)
class Names:
    """Tables of names; the likeliest stand first, a spelling stands once for each of its readings.

    ``surnames``: ``spelling`` (string), ``kana`` (katakana), ``weight`` (int32: bearers; published estimates down to 7,700,
    below that derived from dictionaries' costs). ``given_names``: ``spelling``, ``kana``, ``sex`` (``m``, ``f``, ``b`` for
    both, empty where no source says it), ``weight`` (int32: 1, 4, 16, 64, by how many sources list it; no public count exists).
    """

    surnames: pa.Table
    given_names: pa.Table


@cache
def names() -> Names:
    """Surnames and given names; read at the first call (about 0.05 s), then kept."""
    spelling, kana, weight = read("surnames")
    given, given_kana, sex, given_weight = read("given_names")
    return Names(
        surnames=pa.table({"spelling": spelling, "kana": kana, "weight": pc.cast(weight, pa.int32())}),
        given_names=pa.table({"spelling": given, "kana": given_kana, "sex": sex, "weight": pc.cast(given_weight, pa.int32())}),
    )


@cache
def foreign_names() -> pa.StringArray:
    """Parts of foreign persons' names in katakana (マリア, サントス), sorted."""
    (spelling,) = read("foreign_names")
    return spelling
