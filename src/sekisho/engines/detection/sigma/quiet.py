"""Making many small things that all stay: the collector of cycles, looking at them again and again, would cost as much."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["no_collecting", "tidy"]


@contextmanager
def no_collecting() -> Iterator[None]:
    """Cycles are not collected while this lasts; what was made and stays counts as old afterwards, and is not walked at once."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.unfreeze()
        if running:
            gc.enable()


def tidy() -> None:
    """Within a long :func:`no_collecting`: drop the cycles made so far, and do not look at what stays again."""
    gc.collect()
    gc.freeze()
