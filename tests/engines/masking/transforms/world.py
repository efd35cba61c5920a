"""What the tests of transforms share: one key, one context."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa

from sekisho.engines.masking.keys import DomainKey, KeyRing
from sekisho.engines.masking.transforms import ColumnMemory, Context, transform_from_plan

RING = KeyRing([DomainKey(bytes(range(32)), domain="test"), DomainKey(bytes(range(1, 33)), domain="other")])
NOT_ONE = "a test's random numbers"


def context(**changes: Any) -> Context:
    given: dict[str, Any] = {
        "keys": RING, "domain": "test", "table": "people", "column": "column", "memory": ColumnMemory(),
        "random": random.Random(7).randbytes,
    }  # fmt: skip
    return Context(**{**given, **changes})


def applied(plan: dict[str, Any], values: Any, **changes: Any) -> list[Any]:
    """The outputs of a transform for values."""
    array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values)
    return transform_from_plan(plan, "columns.column").apply(array, context(**changes)).to_pylist()
