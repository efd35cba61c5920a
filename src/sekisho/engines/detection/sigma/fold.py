"""How case is folded: one code point to one code point, the same in all three executors.

Sigma compares without regard to case and does not say how. Python's ``str.lower`` turns ``İ`` into two code points, ICU chooses
the final sigma by its neighbours; a columnar engine does neither. Here the simple lower-case mapping of Unicode holds, as Arrow
(and DuckDB, which uses the same library) implement it, so that positions and lengths stay what they are.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["fold", "fold_all", "fold_array"]


def fold_array(values: pa.Array) -> pa.Array:
    """Every value of a string array in lower case."""
    return pc.utf8_lower(values)


def fold_all(values: Iterable[str]) -> list[str]:
    """Every one of ``values`` in lower case."""
    folded: list[str] = fold_array(pa.array(values, pa.string())).to_pylist()
    return folded


@lru_cache(maxsize=65536)
def fold(value: str) -> str:
    """``value`` in lower case."""
    return value.lower() if value.isascii() else fold_all([value])[0]
