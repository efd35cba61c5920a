"""What needs the engines of threat information, which the extra ``logs`` brings: loaded when it is first used.

The room starts without the extra; whatever needs it then says how to get it (:func:`load`).
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sekisho.extras import explain

__all__ = ["load"]


def load(name: str) -> Any:
    """The module of that name in this package. Raises MissingComponent ``installation.extra_missing``."""
    try:
        return import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        if (told := explain(error)) is None:
            raise
        raise told from error
