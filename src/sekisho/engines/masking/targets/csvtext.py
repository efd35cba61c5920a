"""Batches as the text of CSV, column by column: NULL is nothing, empty text is ``""``."""

from __future__ import annotations

import re
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from sekisho.engines.masking.sources.csvfile import FORMULA

__all__ = ["formula_cells", "heading", "lines", "marked", "words"]

_NUMBER: Final = r"^[+-]?[0-9][0-9,]*(\.[0-9]+)?$"
"""What begins like a formula and is only a number."""


def words(array: pa.Array) -> pa.Array:
    """The values as text, as a person would write them: ISO 8601 days and times, true and false."""
    kind = array.type
    if pa.types.is_string(kind):
        return array
    if pa.types.is_binary(kind):
        values = [None if one is None else "\\x" + one.hex() for one in array.to_pylist()]
        return pa.array(values, pa.string())
    text = array.cast(pa.string())
    if pa.types.is_timestamp(kind) or pa.types.is_time(kind):
        return pc.replace_substring_regex(text, r"(\.[0-9]*?)0+(Z?)$", r"\1\2") if kind.unit == "s" else _shortened(text)
    return text


def _shortened(text: pa.Array) -> pa.Array:
    """Times without a fraction that is nought."""
    return pc.replace_substring_regex(text, r"\.0+(Z?)$", r"\1")


def formula_cells(array: pa.Array) -> pa.Array:
    """Which texts a spreadsheet would take for a formula (numbers with a sign are none)."""
    found = pc.match_substring_regex(array, FORMULA)
    if not pc.any(found).as_py():
        return found
    return pc.and_not(found, pc.match_substring_regex(array, _NUMBER))


def marked(array: pa.Array) -> tuple[pa.Array, int]:
    """Formula-like texts with an apostrophe before them (one more where there are some), and how many."""
    found = pc.fill_null(formula_cells(array), False)  # noqa: FBT003 - Arrow's own signature
    count = int(pc.sum(found).as_py() or 0)
    return (pc.if_else(found, pc.binary_join_element_wise("'", array, ""), array), count) if count else (array, 0)


def lines(columns: list[pa.Array], *, delimiter: str, newline: str, quote_all: bool) -> pa.Array:
    """One text a row with its line end, out of columns of text."""
    cells = [_cells(one, delimiter, quote_all=quote_all) for one in columns]
    joined = cells[0] if len(cells) == 1 else pc.binary_join_element_wise(
        *cells, delimiter, null_handling="replace", null_replacement=""
    )  # fmt: skip
    return pc.binary_join_element_wise(pc.fill_null(joined, ""), newline, "")


def heading(names: list[str], *, delimiter: str, newline: str, quote_all: bool) -> str:
    """The line of headings."""
    return str(lines([pa.array([one]) for one in names], delimiter=delimiter, newline=newline, quote_all=quote_all)[0].as_py())


def _cells(array: pa.Array, delimiter: str, *, quote_all: bool) -> pa.Array:
    special = pc.match_substring_regex(array, f'["\r\n{re.escape(delimiter)}]')
    if pc.any(special).as_py():
        array = pc.if_else(special, pc.replace_substring(array, '"', '""'), array)
    wanted = pc.is_valid(array) if quote_all else pc.or_(special, pc.equal(pc.binary_length(array), 0))
    return pc.if_else(wanted, pc.binary_join_element_wise('"', array, '"', ""), array) if pc.any(wanted).as_py() else array
