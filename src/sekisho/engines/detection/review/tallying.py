"""Chosen events as hourly figures: the same for learning and for the period under review."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from sekisho.engines.detection.baselines import SEPARATOR, Rows
from sekisho.standards.watch_rules import Deviation, Silence, classes_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sekisho.engines.detection.baselines import OfficeCalendar, Tally
    from sekisho.engines.detection.review.frame import Frame
    from sekisho.standards.watch_rules import EventClass, WatchRule

__all__ = ["FileNames", "by_hour", "count_rows", "definition"]


class FileNames:
    """File and hash of each file, by number."""

    def __init__(self) -> None:
        """None yet."""
        self.names: list[str] = []
        self._numbers: dict[str, int] = {}

    def numbers(self, files: NDArray[np.int64], names: object) -> NDArray[np.int32]:
        """Numbers that stay, for the numbers of one frame."""
        listed = list(names)  # type: ignore[call-overload]
        codes = np.empty(max(len(listed), 1), dtype=np.int32)
        for i, name in enumerate(listed):
            code = self._numbers.get(name)
            if code is None:
                code = self._numbers[name] = len(self.names)
                self.names.append(name)
            codes[i] = code
        return codes[files]


def definition(rule: WatchRule, classes: Mapping[str, EventClass]) -> str:
    """A hash of what a rule counts (not of its thresholds): figures under another one cannot be compared."""
    about = [msgspec.to_builtins(rule.evaluate), *(msgspec.to_builtins(classes[c]) for c in classes_of(rule.evaluate))]
    return hashlib.sha256(msgspec.json.encode(about, order="sorted")).hexdigest()[:16]


def by_hour(rule: WatchRule) -> bool:
    """Whether a rule compares hours; the figures of all others are kept by day (as if all were in the first hour)."""
    return isinstance(rule.evaluate, Deviation | Silence) and rule.evaluate.per == "hour"


def count_rows(rule: WatchRule, frame: Frame, calendar: OfficeCalendar, tally: Tally, files: FileNames) -> int:
    """Add the events of ``frame`` to the figures of the rule; returns how many have no group."""
    of = frame.grouped(rule.evaluate.group)
    kept = of.frame
    day, hour = calendar.day_and_hour(kept.time)
    if not by_hour(rule):
        hour = np.zeros_like(hour)
    role = getattr(rule.evaluate, "value", None)
    tally.add(
        rule.id,
        Rows(
            names=[SEPARATOR.join(name) for name in of.names], entity=of.group, day=day, hour=hour, time=kept.time,
            file=files.numbers(kept.file, kept.files), record=kept.record, value=kept.values(role) if role else None,
        ),
    )  # fmt: skip
    return of.without
