"""What is made equal before a keyed function, only as the plan says: the forms of one telephone number, the widths of one
name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from sekisho.engines.masking.transforms.columns import filled, points_of, text_of_points, with_gaps_of

__all__ = ["NORMALISERS", "normalised"]

NORMALISERS: Final = ("nfkc", "trim", "spaces", "hyphens", "lower", "kana")
"""In the order in which they are applied: compatibility forms (full width and half width) to one; blanks at the ends away; all
blanks away; hyphens and dashes away; small letters; hiragana to katakana.
"""
_HYPHENS: Final = "[-\u00ad\u2010-\u2015\u2212\ufe58\ufe63\uff0d]"
_LONG_VOWELS: Final = "[ー\uff70]"
_NUMERIC: Final = "^[0-9０-９()（）+＋ \u3000ー\uff70-]+$"  # where a long vowel sign can only be meant as a hyphen
_HIRAGANA: Final = range(0x3041, 0x3097)
_TO_KATAKANA: Final = 0x60


def normalised(column: pa.Array, steps: Sequence[str]) -> pa.Array:
    """The texts after these steps; NULL stays NULL."""
    if "nfkc" in steps:
        column = pc.utf8_normalize(column, "NFKC")
    if "spaces" in steps:
        column = pc.replace_substring_regex(column, r"[\s\p{Z}]+", "")
    elif "trim" in steps:
        column = pc.utf8_trim_whitespace(column)
    if "hyphens" in steps:
        column = pc.replace_substring_regex(column, _HYPHENS, "")
        numeric = pc.match_substring_regex(column, _NUMERIC)
        column = pc.if_else(numeric, pc.replace_substring_regex(column, _LONG_VOWELS, ""), column)
    if "lower" in steps:
        column = pc.utf8_lower(column)
    return _katakana(column) if "kana" in steps else column


def _katakana(column: pa.Array) -> pa.Array:

    found = points_of(column)
    points = found.points.copy()
    points[(points >= _HIRAGANA.start) & (points < _HIRAGANA.stop)] += _TO_KATAKANA
    return with_gaps_of(text_of_points(found.offsets, points), column, filled(column))
