"""The false-block test: which flows of recent logs would have been stopped by a block list, before it is released."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sekisho.engines.detection.indicators.matcher import Matcher
from sekisho.engines.detection.indicators.model import Indicator, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sekisho.engines.detection.indicators.sightings import Sighting
    from sekisho.engines.events.model import Batch

__all__ = ["BLOCKABLE", "FalseBlocks", "try_block_list"]

BLOCKABLE = frozenset({Kind.IP, Kind.NETWORK, Kind.DOMAIN, Kind.URL})


@dataclass(frozen=True, slots=True)
class FalseBlocks:
    """What a block list would have stopped.

    ``stopped``: sightings of the candidates, the most frequent first; ``wide``: those among them that ``many`` different
    machines or ``often`` records used: everyday traffic rather than an intrusion. ``rows``: records that were looked at;
    ``without_columns``: records by source in which no column could hold such an indicator. With no row the test says nothing.
    """

    rows: int
    tested: int
    stopped: tuple[Sighting, ...]
    wide: tuple[Sighting, ...]
    without_columns: dict[str, int] = field(default_factory=dict)

    @property
    def conclusive(self) -> bool:
        """Whether any record was looked at whose columns could hold an indicator."""
        return self.rows > sum(self.without_columns.values())

    def as_dict(self) -> dict[str, Any]:
        """The result as plain JSON values."""
        return {
            "rows": self.rows, "tested": self.tested, "conclusive": self.conclusive, "without_columns": self.without_columns,
            "stopped": [one.as_dict() for one in self.stopped], "wide": [one.indicator.key for one in self.wide],
        }  # fmt: skip


def try_block_list(
    indicators: Iterable[Indicator],
    batches: Iterable[Batch],
    *,
    many: int = 3,
    often: int = 100,
    workers: int = 1,
    tell: Callable[[int], None] | None = None,
) -> FalseBlocks:
    """Try ``indicators`` (those that a network device can block) on ``batches`` of recent logs.

    A hit is either the intrusion itself or a legitimate flow that would break; a person decides. ``many`` machines or ``often``
    records (both at least) put it among ``wide``.
    """
    candidates = [one for one in indicators if one.kind in BLOCKABLE and one.block]
    matcher = Matcher(candidates, text=False, workers=workers)
    sightings = matcher.sightings(places=20)
    matcher.match(batches, sightings, tell=tell)
    stopped = tuple(sightings.results())
    wide = tuple(one for one in stopped if one.count >= often or len(one.hosts) >= many)
    return FalseBlocks(matcher.rows, len(candidates), stopped, wide, dict(matcher.without_columns))
