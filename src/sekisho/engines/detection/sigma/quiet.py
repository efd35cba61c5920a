"""Making many small things that all stay: the collector of cycles, looking at them again and again, would cost as much."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["no_collecting"]


@contextmanager
def no_collecting() -> Iterator[None]:
    """Cycles are not collected while this lasts."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()
