"""For the finding of causes: what else happened around an event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from sekisho.engines.detection.review.windows import MINUTE, Hit, records

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sekisho.engines.detection.review.frame import Grouped
    from sekisho.engines.detection.review.windows import Span

__all__ = ["NEAREST", "context"]

NEAREST: Final = 20
"""So many events of each class are named, the ones nearest before the event first."""


def context(of: Grouped, new: Span, *, before: int, after: int, around: Sequence[str]) -> Iterator[Hit]:
    """What stands around each event of step 0: the events of the other steps (``around[step − 1]``) of its group.

    Events of step 0 of one group that follow each other within ``before`` are told of as one. ``new``: when they happened.
    """
    step, time = of.frame.step, of.frame.time
    low, high = of.back(before), of.ahead(after)
    anchors = np.flatnonzero((step == 0) & new.holds(time))
    if not anchors.size:
        return
    cut = np.flatnonzero((np.diff(of.group[anchors]) != 0) | (np.diff(time[anchors]) > before)) + 1
    for part in np.split(anchors, cut):
        first, last = int(part[0]), int(part[-1])
        rows = np.arange(low[first], high[last])
        found = []
        for number, name in enumerate(around, start=1):
            mine = rows[step[rows] == number]
            near = mine[np.argsort(np.abs(time[mine] - time[first]), kind="stable")][:NEAREST]
            found.append((name, int(mine.size), records(of.frame, np.sort(near))))
        yield Hit(
            of.names[int(of.group[first])], int(part.size), int(time[first]), int(time[last]), records(of.frame, part),
            "watch.found_context", {"before": before // MINUTE, "after": after // MINUTE, "others": sum(n for _, n, _ in found)},
            around=found, joins=False,
        )  # fmt: skip
