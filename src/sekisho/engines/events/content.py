"""One log, wherever it lies: a file, what a compressed file holds, or a member of an archive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sekisho.engines.unpacking import Guarded

__all__ = ["Content"]


@dataclass(frozen=True, slots=True)
class Content:
    """One log.

    ``name`` as it was handed in (``archive!member`` inside an archive); ``sha256`` and ``size`` (bytes) of the file as it lies on
    disk; ``modified`` when it was last changed; ``open`` gives the bytes without compression.
    """

    name: str
    path: Path
    sha256: str
    size: int
    modified: datetime
    open: Callable[[], Guarded]
    packed: bool = False
    member: str = ""
