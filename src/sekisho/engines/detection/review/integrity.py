"""What is wrong with the records themselves: numbers that are missing, times that go back or lie ahead, gaps before a start."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from sekisho.engines.detection.review.select import NO_TIME
from sekisho.engines.detection.review.windows import MINUTE, Hit, records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from sekisho.engines.detection.review.frame import Grouped
    from sekisho.engines.detection.review.windows import Span

__all__ = ["MOSTLY", "Numbers", "backwards", "boot_gap", "future"]

MOSTLY: Final = 0.5
"""When more than this share of the numbers is missing, only chosen events are collected: single gaps then say nothing."""

_MAX_RUNS: Final = 20_000  # so many gaps in one log are no gaps: its events are scattered
_RUN: Final = np.dtype([("start", "i8"), ("end", "i8"), ("start_file", "i4"), ("end_file", "i4")])
_START_REACH: Final = 10 * MINUTE


@dataclass
class Numbers:
    """The record numbers of each group that were seen, as runs: memory grows with the gaps, not with the records."""

    files: dict[str, int] = field(default_factory=dict)
    runs: dict[tuple[str, ...], NDArray[np.void]] = field(default_factory=dict)
    scattered: set[tuple[str, ...]] = field(default_factory=set)

    def add(self, of: Grouped, new: Span) -> None:
        """Take in the records of ``new``."""
        keep = new.holds(of.frame.time) & (of.frame.record >= 0)
        codes = np.array([self.files.setdefault(str(f), len(self.files)) for f in of.frame.files], dtype=np.int32)
        for group in np.unique(of.group[keep]):
            rows = np.flatnonzero(keep & (of.group == group))
            made = np.empty(rows.size, dtype=_RUN)
            made["start"] = made["end"] = of.frame.record[rows]
            made["start_file"] = made["end_file"] = codes[of.frame.file[rows]]
            name = of.names[int(group)]
            if name in self.scattered:
                continue
            old = self.runs.get(name)
            self.runs[name] = _joined(made if old is None else np.concatenate([old, made]))
            if self.runs[name].size > _MAX_RUNS:
                self.scattered.add(name)
                del self.runs[name]

    def gaps(self, threshold: int) -> Iterator[Hit]:
        """More than ``threshold`` numbers in a row that nobody has seen, unless most of them are missing anyway."""
        names = list(self.files)
        for group, runs in self.runs.items():
            whole = int(runs["end"][-1] - runs["start"][0]) + 1
            if self.missing(group) > MOSTLY * whole:
                continue
            for left, right in pairwise(runs):
                lost = int(right["start"] - left["end"] - 1)
                if lost > threshold:
                    edge = [(names[left["end_file"]], int(left["end"]), NO_TIME)]
                    edge.append((names[right["start_file"]], int(right["start"]), NO_TIME))
                    shown = {"lost": lost, "after": int(left["end"]), "before": int(right["start"])}
                    yield Hit(group, lost, None, None, edge, "watch.found_missing_numbers", shown, joins=False)

    def missing(self, group: tuple[str, ...]) -> int:
        """How many numbers between the first and the last of a group were not seen."""
        runs = self.runs[group]
        return int((runs["start"][1:] - runs["end"][:-1] - 1).sum())

    def selected(self) -> list[tuple[str, ...]]:
        """Groups of which only chosen events are collected, or so few at a time that gaps say nothing."""
        return [*sorted(self.scattered)] + [
            group for group, runs in self.runs.items()
            if self.missing(group) > MOSTLY * (int(runs["end"][-1] - runs["start"][0]) + 1)
        ]  # fmt: skip


def _joined(runs: NDArray[np.void]) -> NDArray[np.void]:
    runs = runs[np.lexsort((runs["end"], runs["start"]))]
    reach = np.maximum.accumulate(runs["end"])
    new = np.ones(runs.size, dtype=bool)
    new[1:] = runs["start"][1:] > reach[:-1] + 1
    at = np.flatnonzero(new)
    ends = np.append(at[1:], runs.size) - 1
    made = runs[at].copy()
    made["end"] = reach[ends]
    made["end_file"] = runs["end_file"][ends]
    return made


def backwards(of: Grouped, new: Span, *, by: int) -> Iterator[Hit]:
    """From one record number to the next of a group the time goes back by ``by`` microseconds or more."""
    frame = of.frame
    rows = np.flatnonzero(new.holds(frame.time) & (frame.record >= 0))
    rows = rows[np.lexsort((frame.record[rows], of.group[rows]))]
    step = np.diff(frame.time[rows])
    same = (np.diff(of.group[rows]) == 0) & (np.diff(frame.record[rows]) > 0)
    for at in np.flatnonzero(same & (step <= -by)):
        pair = rows[[at, at + 1]]
        back = int(-step[at]) // MINUTE
        yield Hit(
            of.names[int(of.group[pair[0]])], 2, int(frame.time[pair[1]]), int(frame.time[pair[0]]), records(frame, pair),
            "watch.found_backwards", {"minutes": back}, joins=False,
        )  # fmt: skip


def future(of: Grouped, new: Span, *, now: int, by: int) -> Iterator[Hit]:
    """Events that are ``by`` microseconds or more later than ``now``."""
    time = of.frame.time
    late = np.flatnonzero(new.holds(time) & (time >= now + by))
    for group in np.unique(of.group[late]):
        rows = late[of.group[late] == group]
        ahead = int(time[rows].max() - now) // MINUTE
        yield Hit(
            of.names[int(group)], int(rows.size), int(time[rows[0]]), int(time[rows[-1]]), records(of.frame, rows),
            "watch.found_future", {"minutes": ahead}, joins=False,
        )  # fmt: skip


def boot_gap(of: Grouped, new: Span, *, gap: int) -> Iterator[Hit]:
    """``gap`` or more without any record (steps 0 and 1) shortly before a start (step 0) of the same group."""
    time, step = of.frame.time, of.frame.step
    since = np.zeros(time.size, dtype=np.int64)
    if time.size > 1:
        since[1:] = np.where(np.diff(of.group) == 0, np.diff(time), 0)
    low = of.back(_START_REACH)
    told: set[int] = set()
    for at in np.flatnonzero((step == 0) & new.holds(time)):
        longest = int(low[at]) + int(np.argmax(since[low[at] : at + 1]))
        if since[longest] >= gap and longest not in told:
            told.add(longest)
            pair = np.array([longest - 1, longest, at] if longest != at else [longest - 1, at])
            yield Hit(
                of.names[int(of.group[at])], 1, int(time[longest - 1]), int(time[at]), records(of.frame, pair),
                "watch.found_boot_gap", {"minutes": int(since[longest]) // MINUTE}, joins=False,
            )  # fmt: skip
