"""Texts as an encoding gives them back: CP932 holds 〜, − and a few others only as their full-width twins."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from sekisho.engines.masking.tables import Table

__all__ = ["as_held"]

_WHOLE: Final = ("utf", "UTF")
"""Beginnings of the names of encodings that give back every character."""
_SURROGATES: Final = range(0xD800, 0xE000)


def as_held(array: pa.Array, table: Table) -> pa.Array:
    """The values as they are read back from ``table``'s file; what is not text, or not in a file of text, stays."""
    encoding = table.dialect.encoding if table.dialect is not None else "utf-8"
    twins = {} if encoding.startswith(_WHOLE) else _twins(encoding)
    if not twins or not pa.types.is_string(array.type):
        return array
    if not pc.any(pc.match_substring_regex(array, f"[{re.escape(''.join(twins))}]")).as_py():
        return array
    for character, twin in twins.items():
        array = pc.replace_substring(array, character, twin)
    return array


@cache
def _twins(encoding: str) -> dict[str, str]:
    """Characters that the encoding takes and gives back as another one."""
    found = {}
    for code in (*range(0x80, _SURROGATES.start), *range(_SURROGATES.stop, 0x10000)):
        try:
            back = chr(code).encode(encoding).decode(encoding)
        except UnicodeError:
            continue
        if back != chr(code):
            found[chr(code)] = back
    return found
