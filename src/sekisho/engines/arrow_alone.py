"""Arrow without pandas: where pandas is installed beside it, the first array made from a list imports it.

Nothing here uses pandas, and its import costs about a second of processor time, ten times the reading of a set of event logs.
Arrow asks once in a process whether pandas is there; it is told no.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

__all__ = ["without_pandas"]


class _Absent(MetaPathFinder):
    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        del path, target
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname, name=fullname)
        return None


def without_pandas() -> None:
    """Let Arrow settle that there is no pandas, unless the program has imported it itself."""
    if "pandas" in sys.modules:
        return
    absent = _Absent()
    sys.meta_path.insert(0, absent)
    try:
        pa.array([""])
    finally:
        sys.meta_path.remove(absent)
