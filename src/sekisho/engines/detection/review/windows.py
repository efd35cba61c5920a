"""Evaluations over windows of time: matches, counts, different values, sums, sequences, unanswered events, context.

Each function gets a frame that holds every event from one window before ``new`` on, and tells only of what ends in ``new``: a
half open interval of microseconds. So a log can be read in pieces, day by day, and gives the same as when it is read at once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sekisho.engines.detection.review.select import NO_TIME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from sekisho.engines.detection.review.frame import Frame, Grouped

__all__ = ["DAY", "MAX_RECORDS", "MINUTE", "Hit", "Span", "count", "distinct", "match", "sequence", "sum_of", "unanswered"]

MINUTE: Final = 60_000_000
DAY: Final = 24 * 60 * MINUTE
MAX_RECORDS: Final = 50
"""So many records are named with a finding; the number of all is told."""

Record = tuple[str, int, int]  # file and hash, record, time


@dataclass(frozen=True, slots=True)
class Span:
    """From ``start`` (inclusive) to ``end`` (exclusive), microseconds since 1970 UTC."""

    start: int
    end: int

    def holds(self, time: NDArray[np.int64]) -> NDArray[np.bool_]:
        """For each moment whether it lies in the span."""
        return (time >= self.start) & (time < self.end)


@dataclass(slots=True)
class Hit:
    """What an evaluation found: events of one ``group`` between ``first`` and ``last`` (None: without a time)."""

    group: tuple[str, ...]
    count: int
    first: int | None
    last: int | None
    records: list[Record]
    code: str
    fields: dict[str, Any] = field(default_factory=dict)
    around: list[tuple[str, int, list[Record]]] = field(default_factory=list)
    joins: bool = True
    """Whether a later hit of the same group goes on with this one when its first ``decided`` lies within a window of ``last``."""
    decided: int | None = None
    moments: NDArray[np.int64] | None = None
    fresh: int = NO_TIME
    """Times of the events, and from when on none has been seen before: a hit that goes on counts only what is new in it."""


def records(frame: Frame, rows: NDArray[np.int64] | range, limit: int = MAX_RECORDS) -> list[Record]:
    """The first records at ``rows``."""
    return [(str(frame.files[frame.file[i]]), int(frame.record[i]), int(frame.time[i])) for i in list(rows[:limit])]


def _episodes(of: Grouped, ends: NDArray[np.int64], window: int) -> Iterator[tuple[int, int]]:
    """Hits (indices of events that end a window) put together: (first hit, last hit) while less than a window lies between."""
    if not ends.size:
        return
    group, time = of.group[ends], of.frame.time[ends]
    cut = np.flatnonzero((np.diff(group) != 0) | (np.diff(time) > window)) + 1
    for part in np.split(ends, cut):
        yield int(part[0]), int(part[-1])


def match(of: Grouped, new: Span) -> Iterator[Hit]:
    """Each event; those of a group less than a day apart make one hit. Events without a time make one of their own."""
    time = of.frame.time
    timed = np.flatnonzero(new.holds(time) & (time != NO_TIME))
    for first, last in _episodes(of, timed, DAY):
        rows = timed[(timed >= first) & (timed <= last)]
        yield _hit(of, rows, int(rows[0]), new, "watch.found_match")
    for group in np.unique(of.group[time == NO_TIME]):
        rows = np.flatnonzero((time == NO_TIME) & (of.group == group))
        hit = _hit(of, rows, int(rows[0]), new, "watch.found_match")
        hit.first = hit.last = hit.decided = hit.moments = None
        yield hit


def _hit(of: Grouped, rows: NDArray[np.int64], decided: int, new: Span, code: str, **fields: Any) -> Hit:
    """The events at ``rows``; ``decided``: index of the first one at which the condition was met."""
    time = of.frame.time
    return Hit(
        of.names[int(of.group[rows[0]])], int(rows.size), int(time[rows[0]]), int(time[rows[-1]]), records(of.frame, rows), code,
        fields, decided=int(time[decided]), moments=time[rows], fresh=new.start,
    )  # fmt: skip


def count(of: Grouped, new: Span, *, window: int, threshold: int) -> Iterator[Hit]:
    """At least ``threshold`` events within ``window`` microseconds."""
    low = of.back(window)
    within = np.arange(len(of.frame)) - low + 1
    ends = np.flatnonzero((within >= threshold) & new.holds(of.frame.time))
    for first, last in _episodes(of, ends, window):
        rows = np.arange(low[first], last + 1)
        most = int(within[ends[(ends >= first) & (ends <= last)]].max())
        yield _hit(of, rows, first, new, "watch.found_count", most=most, threshold=threshold, minutes=window // MINUTE)


def sum_of(of: Grouped, values: NDArray[np.float64], new: Span, *, window: int, limit: float) -> Iterator[Hit]:
    """Values that add up to at least ``limit`` within ``window``; what is no number counts as nothing."""
    low = of.back(window)
    total = np.concatenate([[0.0], np.cumsum(np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0))])
    within = total[1:] - total[low]
    ends = np.flatnonzero((within >= limit) & new.holds(of.frame.time))
    for first, last in _episodes(of, ends, window):
        rows = np.arange(low[first], last + 1)
        most = float(within[ends[(ends >= first) & (ends <= last)]].max())
        yield _hit(of, rows, first, new, "watch.found_sum", most=_number(most), limit=_number(limit), minutes=window // MINUTE)


def _number(value: float) -> float | int:
    return int(value) if float(value).is_integer() and abs(value) < 2**53 else round(value, 3)


def distinct(of: Grouped, role: str, new: Span, *, window: int, threshold: int) -> Iterator[Hit]:
    """At least ``threshold`` different values of ``role`` within ``window``; events without a value do not count."""
    words, values = of.frame.roles[role]
    low = of.back(window)
    holds = new.holds(of.frame.time)
    pairs = np.unique(np.stack([of.group, values])[:, values >= 0], axis=1)
    many = np.bincount(pairs[0], minlength=max(of.groups, 1)) >= threshold if pairs.size else np.zeros(1, dtype=bool)
    ends, most = [], {}
    for group in np.flatnonzero(many):
        start, stop = np.searchsorted(of.group, [group, group + 1])
        for end, number in _sliding(values, low, int(start), int(stop)):
            if number >= threshold and holds[end]:
                ends.append(end)
                most[end] = number
    for first, last in _episodes(of, np.array(ends, dtype=np.int64), window):
        rows = np.arange(low[first], last + 1)
        highest = max(n for e, n in most.items() if first <= e <= last)
        examples = list(dict.fromkeys(str(words[int(v)]) for v in values[rows] if v >= 0))[:5]
        yield _hit(
            of, rows, first, new, "watch.found_distinct", most=highest, threshold=threshold, minutes=window // MINUTE,
            examples=", ".join(examples),
        )  # fmt: skip


def _sliding(values: NDArray[np.int64], low: NDArray[np.int64], start: int, stop: int) -> Iterator[tuple[int, int]]:
    inside: Counter[int] = Counter()
    begin = start
    for end in range(start, stop):
        if values[end] >= 0:
            inside[int(values[end])] += 1
        while begin < low[end]:
            old = int(values[begin])
            if old >= 0:
                inside[old] -= 1
                if not inside[old]:
                    del inside[old]
            begin += 1
        yield end, len(inside)


def sequence(of: Grouped, new: Span, *, window: int, threshold: int) -> Iterator[Hit]:
    """At least ``threshold`` events of step 0 within ``window`` before one of step 1."""
    step = of.frame.step
    low = of.back(window)
    before = np.concatenate([[0], np.cumsum(step == 0)])
    number = before[:-1] - before[low]
    ends = np.flatnonzero((step == 1) & (number >= threshold) & new.holds(of.frame.time))
    for first, last in _episodes(of, ends, window):
        rows = np.arange(low[first], last + 1)
        most = int(number[ends[(ends >= first) & (ends <= last)]].max())
        hit = _hit(of, rows, first, new, "watch.found_sequence", before=most, minutes=window // MINUTE)
        hit.records = records(of.frame, np.concatenate([[first], rows[rows != first]]))  # the event that decides stands first
        yield hit


def unanswered(of: Grouped, new: Span, *, window: int) -> Iterator[Hit]:
    """An event of step 0 that none of step 1 follows within ``window``. ``new``: when the events of step 0 happened."""
    step = of.frame.step
    answers = np.concatenate([[0], np.cumsum(step == 1)])
    later = answers[of.ahead(window)] - answers[np.arange(len(of.frame)) + 1]
    ends = np.flatnonzero((step == 0) & (later == 0) & new.holds(of.frame.time))
    for first, last in _episodes(of, ends, window):
        rows = ends[(ends >= first) & (ends <= last)]
        yield _hit(of, rows, first, new, "watch.found_unanswered", minutes=window // MINUTE)
