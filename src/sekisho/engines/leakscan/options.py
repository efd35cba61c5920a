"""What a scan is asked to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sekisho.engines.leakscan.kinds import OPTIONAL, Kind
from sekisho.engines.leakscan.plugs import Recogniser

if TYPE_CHECKING:
    from sekisho.engines.leakscan.own import OwnRules

__all__ = ["BLOCK", "DEFAULT_THRESHOLD", "Options"]

DEFAULT_THRESHOLD: Final = 0.5
BLOCK: Final = 1 << 20
"""Code points that are scanned at once: memory stays at about 40 bytes for each."""


@dataclass(frozen=True, slots=True)
class Options:
    """What to look for, and how.

    ``kinds``: what is looked for. ``threshold``: findings with a lower score are left out. ``key``: secret of the fingerprints,
    empty for none. ``own``: the organisation's own rules. ``recognisers``: of names, addresses, own documents. ``block``: code
    points that are scanned at once.
    """

    kinds: frozenset[Kind] = field(default_factory=lambda: frozenset(Kind) - OPTIONAL)
    threshold: float = DEFAULT_THRESHOLD
    key: bytes = field(default=b"", repr=False)
    own: OwnRules | None = None
    recognisers: tuple[Recogniser, ...] = ()
    block: int = BLOCK
