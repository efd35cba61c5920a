"""Doors to the engines and libraries that need an extra of the installation: loaded late, a missing one is said as such."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from sekisho.extras import explain

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["load"]


def load(name: str) -> ModuleType:
    """The module ``name`` of this package. Raises MissingComponent when the extra that it needs is not installed."""
    try:
        return import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        missing = explain(error)
        if missing is None:
            raise
        raise missing from error
