"""Names of folders from names in logs: nothing that a log says can lead out of the store or collide."""

from __future__ import annotations

import hashlib
from typing import Final

from sekisho.engines.events.model import Partition

__all__ = ["folder_of"]

_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_LONGEST: Final = 60


def _escaped(text: str) -> str:
    """Lower case; what is not plain becomes ``_``, and a short hash keeps different names apart."""
    plain = "".join(c if c in _PLAIN else "_" for c in text.lower())[:_LONGEST]
    if plain == text:
        return plain or "_"
    return f"{plain}~{hashlib.sha256(text.encode('utf-8', 'backslashreplace')).hexdigest()[:10]}"


def folder_of(partition: Partition) -> str:
    """Where the segments of ``partition`` lie below the store: ``source/channel/event``."""
    return "/".join(("events", _escaped(partition.source), _escaped(partition.channel), _escaped(partition.event)))
